"""Recorded exchanges, judged each by itself, and consecutive reads of one order together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from topcheck.audit.records import Record
from topcheck.contract.contract import Contract
from topcheck.judge.evidence import Evidence, Judged
from topcheck.judge.exchanges import ExchangeJudge
from topcheck.judge.finding import Finding, Judgement
from topcheck.wire.exchange import Exchange

#: So many reads are judged together; those that follow are judged together again.
MOST_READS = 64


@dataclass(frozen=True, slots=True)
class ReadAt:
    """A record with the byte where it begins, and its number in its task."""

    at: int
    number: int
    record: Record
    exchange: Exchange


@dataclass(slots=True)
class ReadsOfOneOrder:
    """Gathers reads until another order is asked for.

    `looked` counts the reads in which something around or between bodies was looked at, by clause.
    """

    judge: ExchangeJudge
    contract: Contract
    looked: Counter[str] = field(default_factory=Counter)
    waiting: list[ReadAt] = field(default_factory=list)

    @property
    def first(self) -> int | None:
        """The number of the first record that waits, None if none does."""
        return self.waiting[0].number if self.waiting else None

    def add(self, read: ReadAt) -> Iterator[tuple[ReadAt, Judgement]]:
        """Take a read; yield the reads that are judged by now."""
        last = self.waiting[-1] if self.waiting else None
        if last and (_order(last) != _order(read) or len(self.waiting) >= MOST_READS):
            yield from self.end()
        self.waiting.append(read)

    def end(self) -> Iterator[tuple[ReadAt, Judgement]]:
        """Yield what waits, judged."""
        reads, self.waiting = self.waiting, []
        judged = [Judged(read.exchange, self.judge.judge_body(read.exchange)) for read in reads]
        alone = [self.judge.judge_read([one]) for one in judged]
        together = self.judge.judge_read(judged) if len(reads) > 1 else Evidence()
        between = together.tried.difference(*(one.tried for one in alone))
        for name in between:
            self.looked[name] += len(reads) - 1
        for read, one, evidence in zip(reads, judged, alone, strict=True):
            found = [*evidence.findings, *_shown_by(together, one)]
            yield read, self._judgement(read, one.judgement, evidence, found)

    def _judgement(
        self, read: ReadAt, body: Judgement, alone: Evidence, found: list[Finding]
    ) -> Judgement:
        """Return the judgement of a record, without what was not recorded of its exchange."""
        located = self.contract.located
        unknown = {located["wire", "http", fact].id for fact in read.record.unknown}
        self.looked.update(alone.tried - body.tried - unknown)
        kept = tuple(one for one in found if one.clause.id not in unknown)
        return Judgement(kept, body.left_out, body.look, body.trials)


def _order(read: ReadAt) -> object:
    """Return what tells of which order a read is; of a request that says nothing it is itself."""
    asked = frozenset(read.exchange.expected.parameters.items())
    known = read.record.carries and asked
    return (read.exchange.request.path, asked) if known else id(read)


def _shown_by(evidence: Evidence, read: Judged) -> Iterator[Finding]:
    """Yield what several reads show, of which this is the last."""
    for finding in evidence.findings:
        if len(finding.exchanges) > 1 and finding.exchanges[-1] is read.exchange:
            yield finding
