"""What an audit came to, as one value, and as the JSON and the outcome that are made of it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from topcheck import __version__
from topcheck.audit.blocks import Task
from topcheck.audit.counting import GONE
from topcheck.audit.inputs import EMPTY, Archive, state_of
from topcheck.audit.store import Store
from topcheck.audit.tally import Sample, Tally, Unreadable
from topcheck.contract.contract import Contract
from topcheck.contract.model import Clause, Severity
from topcheck.gateway.recording import contract_digest
from topcheck.judge.ledger import BROKEN, HELD, NOT_OBSERVED
from topcheck.report.outcome import (
    GATEWAY,
    UNDECIDED,
    ClauseState,
    Outcome,
    PageQuote,
    ReportedFinding,
    Side,
    reasons_of,
    run_verdict,
    side_verdict,
)
from topcheck.report.wording import ANSWER_VERDICTS

#: The kind of evidence that recorded answers give.
RECORDED = "recorded"
_UNREAD = "places that could not be read"


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit came to: the archives, what was counted in them, how long that took.

    `firsts` are, by task, how many records of its file stand before it.
    """

    contract: Contract
    archives: Sequence[Archive]
    tally: Tally
    firsts: Mapping[int, int]
    files: Mapping[int, int]
    seconds: float = 0.0

    @property
    def judged(self) -> int:
        """How many records were judged."""
        return self.tally.verdicts.total()

    @property
    def lost(self) -> list[Unreadable]:
        """What could not be read; an empty file is none of it."""
        return [one for one in self.tally.unreadable if one.reason != EMPTY]

    @property
    def complete(self) -> bool:
        """Whether all archives were read to their ends."""
        return not any(one.rest for one in self.lost)

    @property
    def broken(self) -> list[Clause]:
        """The broken clauses, the heaviest first, and of these the most frequent."""
        found = [self.contract.by_id[name] for name in self.tally.clauses]
        return sorted(found, key=lambda c: (-c.severity, -self.tally.clauses[c.id], c.id))

    def fails(self, fail_on: Severity) -> bool:
        """Whether a broken clause weighs as much as fails."""
        return any(clause.severity >= fail_on for clause in self.broken)

    def name(self, file: int) -> str:
        """Return what a file is called."""
        return self.archives[file].address

    @property
    def not_judged(self) -> dict[str, int]:
        """How many records tell nothing of a clause that is about more than a body, by its id.

        Also what was passed over, by what it is.
        """
        judged, looked = self.judged, self.tally.looked
        around = (c.id for c in self.contract.clauses
                  if c.side in ("exchange", "wire") and c.path != "body")  # fmt: skip
        found = {name: judged - looked[name] for name in around}
        more = self.tally.lost > len(self.tally.unreadable)
        unread = {_UNREAD: self.tally.lost} if more else {}
        return {**{n: count for n, count in found.items() if count},
                **dict(sorted(self.tally.passed_over.items())), **unread}  # fmt: skip


def gathered(
    contract: Contract, archives: Sequence[Archive], tasks: Sequence[Task], store: Store
) -> Audit:
    """Add up what was kept of all tasks, and look whether an archive has changed meanwhile."""
    total, before, file = Tally(), 0, -1
    firsts: dict[int, int] = {}
    for number, tally in store.tallies():
        task = tasks[number]
        before = before if task.file == file else 0
        file, firsts[number] = task.file, before
        total.merge(tally, before)
        before += tally.records
    problems = list(_problems(archives))
    unread = sorted([*total.unreadable, *problems], key=lambda one: (one.file, one.offset))
    total.unreadable = list(_once(unread))
    total.lost += len(problems) + len(total.unreadable) - len(unread)
    files = {task.number: task.file for task in tasks}
    return Audit(contract, archives, total, firsts, files)


def _problems(archives: Sequence[Archive]) -> Iterator[Unreadable]:
    """Yield why archives were not read at all, and which have changed since they were found."""
    for file, archive in enumerate(archives):
        if archive.problem is not None:
            yield Unreadable(file, 0, archive.problem, rest=True)
            continue
        try:
            size, mark = state_of(archive.place)
        except OSError:
            continue  # where it was needed it was missed
        if size > archive.size:
            yield Unreadable(file, archive.size, "it grew while it was read", rest=True)
        elif size < archive.size or mark != archive.mark:
            yield Unreadable(file, 0, "it changed while it was read", rest=True)


def _once(unread: Sequence[Unreadable]) -> Iterator[Unreadable]:
    """Leave out, of a file, why the rest was not read, once that was said."""
    said: set[tuple[int, str]] = set()
    for one in unread:
        key = one.file, one.reason
        if not (one.rest and one.reason == GONE and key in said):
            yield one
        said.add(key)


def as_data(audit: Audit) -> dict[str, Any]:
    """Return an audit as JSON has it."""
    tally = audit.tally
    return {
        "records": audit.judged,
        "verdicts": {word: tally.verdicts[word] for word in ANSWER_VERDICTS},
        "clauses": [_clause(audit, clause) for clause in audit.broken],
        "observed": {name: tally.observed[name].shown() for name in sorted(tally.observed)},
        "not_judged": audit.not_judged,
        "unreadable": [
            {"file": audit.name(one.file), "offset": one.offset, "reason": one.reason}
            for one in tally.unreadable
        ],
        "complete": audit.complete,
        "engine": {
            "shapes": tally.shapes,
            "judged_by_reference": tally.by_reference,
            "seconds": round(audit.seconds, 3),
        },
    }


def _clause(audit: Audit, clause: Clause) -> dict[str, Any]:
    samples = [_sample(audit, one) for one in audit.tally.samples[clause.id]]
    first = {name: samples[0][name] for name in ("file", "offset", "record")}
    return {"clause": clause.id, "severity": str(clause.severity),
            "count": audit.tally.clauses[clause.id], "first": first,
            "samples": samples}  # fmt: skip


def _sample(audit: Audit, one: Sample) -> dict[str, Any]:
    return {"file": audit.name(one.file), "offset": one.offset, "record": one.record,
            "path": one.path, "expected": one.expected, "actual": one.actual}  # fmt: skip


def findings_of(audit: Audit, store: Store) -> Iterator[str]:
    """Yield a line of JSON for each record that does not conform, by file and offset."""
    for number, (offset, record, verdict, clauses) in store.findings():
        place = {"file": audit.name(audit.files[number]), "offset": offset}
        told = {"record": record + audit.firsts[number], "verdict": verdict, "clauses": clauses}
        yield json.dumps({**place, **told}, ensure_ascii=False) + "\n"


def outcome_of(audit: Audit, name: str, fail_on: Severity) -> Outcome:
    """Write what an audit came to as the outcome of a run: answers are a gateway's."""
    tally, contract = audit.tally, audit.contract
    states = tuple(_state(audit, c) for c in contract.clauses if c.side != "request")
    observed = {name: values.shown() for name, values in tally.observed.items()}
    about = {"records": audit.judged, "verdicts": dict(tally.verdicts), "observed": observed,
             "not_judged": audit.not_judged}  # fmt: skip
    unread = [f"{audit.name(one.file)} at {one.offset}: {one.reason}" for one in audit.lost]
    side = Side(name, GATEWAY, about, side_verdict(states, fail_on), clauses=states)
    return Outcome(
        topcheck=__version__,
        method=contract.method,
        contract=contract_digest(contract),
        at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        seed="0",
        verdict=UNDECIDED if unread else run_verdict([side]),
        reasons=(*reasons_of(side, fail_on), *unread[:_MOST_REASONS]),
        sides=(side,),
    )


#: So many places that could not be read are reasons in an outcome.
_MOST_REASONS = 20


def _state(audit: Audit, clause: Clause) -> ClauseState:
    tally = audit.tally
    seen = clause.id in tally.tried or tally.looked[clause.id]
    state = BROKEN if tally.clauses[clause.id] else HELD if seen else NOT_OBSERVED
    quote = PageQuote(clause.line, clause.quote) if clause.line and clause.quote else None
    findings = tuple(
        ReportedFinding(f"{audit.name(one.file)}, record {one.record} at byte {one.offset}",
                        one.path, one.expected, one.actual, page=quote)
        for one in tally.samples.get(clause.id, ())
    )  # fmt: skip
    return ClauseState(clause.id, clause.severity, state, {RECORDED: state}, findings=findings)
