"""Records, judged by shapes or by the reference, and counted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from topcheck.audit.auditor import Auditor
from topcheck.audit.blocks import Block
from topcheck.audit.reads import ReadAt, ReadsOfOneOrder
from topcheck.audit.records import Record, format_seen
from topcheck.audit.tally import MOST_SAMPLES, UNDOCUMENTED, Tally
from topcheck.judge.body_verdict import BlockVerdicts, BodyVerdict, verdict_of
from topcheck.judge.finding import Judgement
from topcheck.judge.shapes.match import ENDS
from topcheck.wire.exchange import Exchange
from topcheck.wire.limits import MAX_BODY_BYTES
from topcheck.wire.redact import Redactor, secrets_of, without
from topcheck.wire.tree import Format

ANOTHER, NO_CALL = "exchanges of another method", "exchanges that are no calls of TOP"
#: So much is packed at once.
_MANY = 1000

#: A record: where it begins, its number in the task, its body.
_Item = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a task: a tally, and lines of what does not conform, packed, in their order.

    Such a line is a list in JSON: offset, number in the task, verdict, clauses.
    """

    tally: Tally
    findings: bytes = b""


@dataclass(slots=True)
class RecordCounts:
    """What is counted of the records of one task, of the archive with the number `file`."""

    auditor: Auditor
    file: int
    tally: Tally = field(default_factory=Tally)
    reads: ReadsOfOneOrder = field(init=False)
    batches: dict[tuple[Format, Format | None], list[_Item]] = field(default_factory=dict)
    told: list[tuple[int, int, str, tuple[str, ...]]] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reads = ReadsOfOneOrder(self.auditor.exchanges, self.auditor.contract)

    def number(self) -> int:
        """Count a record, and return its number."""
        self.tally.records += 1
        return self.tally.records - 1

    def end(self) -> Counted:
        """Judge what waits, and return what was counted."""
        self._judged(self.reads.end())
        self.flush()
        self.pack()
        self.tally.looked = self.reads.looked
        self.tally.unreadable.sort(key=lambda one: one.offset)
        self.tally.tried |= self.auditor.reference.tried | self.auditor.reference.odd
        self.tally.shapes = sum(one.known for one in self.auditor.shapes.values())
        self.auditor.shown.update({name: len(s) for name, s in self.tally.samples.items()})
        return Counted(self.tally, b"".join(self.packed))

    def block(self, block: Block, bodies: bytes, end: bytes, found: BlockVerdicts) -> None:
        """Take what was found of the bodies of a block's lines, which have `end` between them."""
        before = self.tally.records
        self.tally.records += found.bodies
        parts: list[bytes] = []
        items: list[bytes] = []

        def item(index: int) -> _Item:
            if not parts:
                parts.extend(block.data.split(b"\n"))
                items.extend(bodies.split(end))
            at = block.at + sum(map(len, parts[:index])) + index
            return at, before + index, items[index].removesuffix(b"\r")

        self._take(found, item, self.auditor.job.format, block.at)

    def body(self, at: int, number: int, body: bytes, asked: Format | None = None) -> None:
        """Take a body; those of one format wait, so that many are judged at a time."""
        fmt = format_seen(body)
        asked = asked or self.auditor.job.format
        is_one = not body or ENDS[fmt] in body or len(body) > MAX_BODY_BYTES
        if is_one or self.auditor.job.alone:
            self.alone(at, number, body, asked)
        else:
            self.batches.setdefault((fmt, asked), []).append((at, number, body))

    def flush(self) -> None:
        """Judge the bodies that wait."""
        for (fmt, asked), items in self.batches.items():
            block = ENDS[fmt].join(body for _, _, body in items)
            found = self.auditor.judge_block(block, fmt, asked)
            self._take(found, items.__getitem__, asked, items[0][0])
        self.batches.clear()

    def _take(
        self, found: BlockVerdicts, item: Callable[[int], _Item], asked: Format | None, start: int
    ) -> None:
        """Count what was found of bodies from a byte on; those that are told are judged again."""
        self.tally.by_reference += found.referred
        for verdict, many in found.counts().items():
            self._count(verdict, many)
        for (place, value), many in found.told.items():
            self.tally.tell(self.auditor.names[place], value, many)
        every = {clause for verdict in found.counts() for clause in verdict.clauses}
        if not (self.auditor.job.findings or self._wants(every, start)):
            return
        for index, verdict in found.nonconforming():
            at, number, body = item(index)
            self._note(at, number, verdict)
            if self._wants(verdict.clauses, at):
                judgement = self.auditor.reference.judge(body, asked)
                self.tally.show(judgement.findings, self.file, at, number, Redactor(()))

    def _wants(self, clauses: Iterable[str], at: int) -> bool:
        """Whether a record from a byte on may be among the first of all that break a clause."""
        shown = self.auditor.shown
        return self.tally.wants((one for one in clauses if shown[one] < MOST_SAMPLES), at)

    def _count(self, verdict: BodyVerdict, many: int = 1, secrets: Collection[str] = ()) -> None:
        self.tally.add(verdict, many)
        by_id = self.auditor.contract.by_id
        for clause_id, path in verdict.broken:
            if by_id[clause_id].fact == "known":
                self.tally.tell(UNDOCUMENTED, without(path, secrets), many)

    def _note(self, at: int, number: int, verdict: BodyVerdict) -> None:
        if self.auditor.job.findings:
            self.told.append((at, number, verdict.verdict, verdict.clauses))

    def alone(self, at: int, number: int, body: bytes, asked: Format | None) -> None:
        """Judge a body that cannot be one of a block."""
        judgement = self.auditor.reference.judge(body, asked)
        self._take_one(at, number, judgement)

    def exchange(self, at: int, number: int, record: Record) -> None:
        """Take an exchange, which waits for the next read of its order."""
        exchange = record.exchange
        if exchange is None or exchange.response is None:
            self.tally.passed_over[NO_CALL] += 1
            return
        method = self.auditor.contract.method
        if (exchange.request.value("method") or method) != method:
            self.tally.passed_over[ANOTHER] += 1
            return
        self._judged(self.reads.add(ReadAt(at, number, record, exchange)))

    def _judged(self, reads: Iterator[tuple[ReadAt, Judgement]]) -> None:
        for read, judgement in reads:
            self._take_one(read.at, read.number, judgement, read.exchange)

    def _take_one(
        self, at: int, number: int, judgement: Judgement, exchange: Exchange | None = None
    ) -> None:
        verdict, secrets = verdict_of(judgement), secrets_of([exchange] if exchange else ())
        self.tally.by_reference += 1
        self._count(verdict, secrets=secrets)
        for name, value in self.auditor.told(judgement):
            self.tally.tell(name, without(value, secrets))
        if verdict.broken:
            self._note(at, number, verdict)
            if self._wants(verdict.clauses, at):
                found = judgement.findings
                self.tally.show(found, self.file, at, number, Redactor(secrets))

    def pack(self) -> None:
        """Pack what is told of records before which none waits to be judged."""
        first = self.reads.first
        self.told.sort()
        ready = [one for one in self.told if first is None or one[1] < first]
        if ready and (first is None or len(ready) >= _MANY):
            self.told = self.told[len(ready) :]
            text = "".join(f"{json.dumps(one)}\n" for one in ready)
            self.packed.append(gzip.compress(text.encode(), 1))
