"""The outcome of a run as one value, its verdict, and its JSON. Every report is written from it.

A field holds what the member of its name in `outcome.json` holds, in the same order; what a member
means is told in `schemas/outcome.schema.json`. What does not apply is None.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from topcheck.contract.model import Severity
from topcheck.judge.ledger import BROKEN, EVIDENCE, HELD, NOT_OBSERVED, SURPRISE, WORST_FIRST

#: What a side is: the contract's own tests, a gateway, or an SDK behind its driver.
CONTRACT, GATEWAY, SDK = KINDS = ("contract", "gateway", "sdk")
#: Where evidence can come from, that of an SDK included.
EVIDENCE_KINDS = (*EVIDENCE, SDK)

MAY_SHIP, MAY_NOT, UNDECIDED = "may ship", "may not ship", "could not be decided"
#: What a run of some clauses may say at best.
CLAUSES_HOLD = "these clauses hold"
#: The exit code of a run by its verdict: what failed is 1, what is open is 2.
EXIT_CODES: Mapping[str, int] = {MAY_SHIP: 0, CLAUSES_HOLD: 0, MAY_NOT: 1, UNDECIDED: 2}


@dataclass(frozen=True, slots=True)
class PageQuote:
    """The page's own words about a clause, with their line from 1."""

    line: int
    quote: str


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """A request or an answer as the wire has it: `head`, then as much of its `body` as is shown.

    `size` is the whole body in bytes; `note` says what else there is to know of what is shown.
    """

    head: str
    body: str
    size: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedExchange:
    """A request, what came of it, when (ISO 8601), and how long that took.

    `told` is what the answer tells where the finding is; `note` says why there is no answer, or
    what befell it.
    """

    at: str | None
    milliseconds: float | None
    request: ReportedMessage
    answer: ReportedMessage | None = None
    told: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """One thing that breaks a clause, in words, and the command that repeats it.

    Several requests that show it together stand in `request`, a line each. `exchanges` has them
    whole, of the first findings of a clause; `script` asks the gateway anew, by curl.
    """

    case: str | None
    path: str
    expected: str
    actual: str
    request: str | None = None
    answer: str | None = None
    handed: str | None = None
    page: PageQuote | None = None
    repeat: str | None = None
    exchanges: tuple[ReportedExchange, ...] = ()
    script: str | None = None


@dataclass(frozen=True, slots=True)
class ClauseState:
    """A clause of a side: its state over all evidence, by evidence, and what breaks it.

    `evidence` has a state for each kind that was looked for; `reason` is why a clause is known to
    fail, or was not tried.
    """

    clause: str
    severity: Severity
    state: str
    evidence: Mapping[str, str]
    reason: str | None = None
    findings: tuple[ReportedFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """What was judged: the contract's own tests, a gateway, or an SDK.

    `about` is free JSON. The writers show what they know of it: of an SDK `language`, `title` and
    `lacks` (a list of what it has not), of one whose driver does not work `reason` and `repeat`
    (the command that tries it), of a gateway `requests`, `stopped` and `observed` (counts by name
    by what was counted). `advice` has no weight.
    """

    name: str
    kind: str
    about: Mapping[str, Any]
    verdict: str
    advice: tuple[str, ...] = ()
    clauses: tuple[ClauseState, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A clause of a side, named by the side's name, whose state is another than before."""

    side: str
    clause: str


@dataclass(frozen=True, slots=True)
class Since:
    """What is otherwise than in an earlier outcome, of which `at` and `verdict` are told.

    `broken` is what is broken now and was not then, `mended` what was broken and is not any more,
    `not_compared` what only one of the two runs looked at.
    """

    at: str
    verdict: str
    broken: tuple[Change, ...] = ()
    mended: tuple[Change, ...] = ()
    not_compared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseSource:
    """Where a clause comes from: its line of the page, or the rule and why it is one.

    `kind` is the side of the contract that it is on, or "sdk".
    """

    clause: str
    kind: str
    source: str
    line: int | None = None
    rule: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    `topcheck` is the version, `contract` the contract's digest, `at` a time as ISO 8601 writes it.
    `page` is the text of the page that lines count in, `sources` has the clauses of all sides.
    """

    topcheck: str
    method: str
    contract: str
    at: str
    seed: str
    verdict: str
    reasons: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    since: Since | None = None
    page: str | None = None
    sources: tuple[ClauseSource, ...] = ()


def worst(states: Iterable[str]) -> str:
    """Return the state that outweighs the others; of none it is "not observed"."""
    found = set(states)
    return next((state for state in WORST_FIRST if state in found), NOT_OBSERVED)


def counts(clauses: Iterable[ClauseState], order: Sequence[str]) -> dict[str, int]:
    """Count the clauses that are in each state, in the order given."""
    found = [clause.state for clause in clauses]
    return {state: found.count(state) for state in order}


def broken(outcome: Outcome) -> list[tuple[Side, ClauseState]]:
    """Return what is broken, or passes though known to fail, the heaviest first."""
    found = [(s, c) for s in outcome.sides for c in s.clauses if c.state in (BROKEN, SURPRISE)]
    return sorted(found, key=lambda pair: -pair[1].severity)


def next_command(outcome: Outcome) -> str | None:
    """Return the command that repeats the first failure, else one that tries a broken driver."""
    failed = (finding.repeat for _, clause in broken(outcome) for finding in clause.findings)
    undecided = (side.about.get("repeat") for side in outcome.sides)
    return next(filter(None, itertools.chain(failed, undecided)), None)


def fails(clause: ClauseState, fail_on: Severity) -> bool:
    """Whether a clause keeps a side from passing: broken and heavy enough, or a rotten list."""
    heavy = clause.state == BROKEN and clause.severity >= fail_on
    return heavy or clause.state == SURPRISE


def side_verdict(
    clauses: Iterable[ClauseState], fail_on: Severity, *,
    partial: bool = False, failed: Sequence[str] = (), undecided: Sequence[str] = (),
) -> str:  # fmt: skip
    """Derive the verdict of a side; failure outweighs doubt, and nothing held is doubt.

    `failed` and `undecided` are reasons beside the clauses: a list that is not in order, a driver
    that does not work. `partial` says that only some clauses were asked for.
    """
    found = list(clauses)
    if failed or any(fails(clause, fail_on) for clause in found):
        return MAY_NOT
    if undecided or not any(clause.state == HELD for clause in found):
        return UNDECIDED
    return CLAUSES_HOLD if partial else MAY_SHIP


def run_verdict(
    sides: Iterable[Side], failed: Sequence[str] = (), undecided: Sequence[str] = ()
) -> str:
    """Derive the verdict of a run: the heaviest of its sides' and of the reasons beside them.

    One side that fails fails the run; else one that is undecided leaves it open, as does a run
    without any side.
    """
    found = {side.verdict for side in sides} or {UNDECIDED}
    found |= {MAY_NOT} if failed else set()
    found |= {UNDECIDED} if undecided else set()
    return next(word for word in (MAY_NOT, UNDECIDED, CLAUSES_HOLD, MAY_SHIP) if word in found)


def reasons_of(side: Side, fail_on: Severity) -> Iterator[str]:
    """Say what of a side's clauses keeps it from passing."""
    failing = [clause for clause in side.clauses if fails(clause, fail_on)]
    for state, number in counts(failing, (BROKEN, SURPRISE)).items():
        if number:
            yield f"{side.name}: {number} {'clause' if number == 1 else 'clauses'} {state}"
    if side.clauses and not failing and not any(c.state == HELD for c in side.clauses):
        yield f"{side.name}: no clause was seen to hold"


def to_data(value: Any) -> Any:
    """Return an outcome, or a part of one, as `outcome.json` has it."""
    if is_dataclass(value):
        return {one.name: to_data(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Severity):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): to_data(one) for name, one in value.items()}
    return [to_data(one) for one in value] if isinstance(value, (tuple, list)) else value


def from_data(data: Mapping[str, Any]) -> Outcome:
    """Read what `to_data` returned; earlier versions left some members out.

    Raises KeyError, TypeError or ValueError if it is not that.
    """
    made: Outcome = _made(Outcome, data)
    return made


_hints = functools.cache(get_type_hints)


def _made(kind: Any, data: Any) -> Any:
    """Make what a field holds, by its type."""
    origin, (of, *_) = get_origin(kind), get_args(kind) or (kind,)
    if origin is UnionType:
        return None if data is None else _made(of, data)
    if origin is tuple:
        return tuple(_made(of, one) for one in data)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: _made(_hints(kind)[name], data[name]) for name in data})
    return Severity.parse(data) if kind is Severity else data
