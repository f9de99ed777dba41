"""What exchanges show: each by itself, those of a group together, and all of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from topcheck.contract import protocol
from topcheck.judge.finding import Finding, by_id
from topcheck.live.inconclusive import outcome
from topcheck.live.plan import POLL
from topcheck.live.runner import Asked
from topcheck.workspace import workspace

Groups = Sequence[Sequence[Asked]]
#: How the clauses about where parameters stand begin.
_WAYS = "wire.transport."


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding and the exchanges that show it."""

    finding: Finding
    asked: tuple[Asked, ...]


def succeeded(asked: Asked) -> bool:
    """Whether an answer tells of an order."""
    return workspace().judges.exchanges.outcomes.tells(asked.judgement)


def told(asked: Asked) -> bool:
    """Whether an answer tells of an order that was rightly asked for."""
    return succeeded(asked) and not asked.read.wrong


def shown_by(groups: Groups, known: Sequence[Mapping[str, str]]) -> Iterator[Shown]:
    """Yield all that the groups of a run show; `known` are the ids of the orders that are known."""
    for group in groups:
        yield from _of_group(group)
    yield from _course(groups, known)
    yield from _only_otherwise(groups)
    for group in never_found(groups):
        for last in {asked.read.fmt: asked for asked in group}.values():
            yield from _never_as_stated(last)


def _never_as_stated(asked: Asked) -> Iterator[Shown]:
    clauses = by_id(workspace().contract.clauses)
    for path, stated in asked.read.stated.items():
        clause = clauses[f"exchange.{path.rpartition('.')[2]}.echo"]
        actual = f"never found: {outcome(asked)}"
        yield Shown(Finding(clause, path, stated, actual), (asked,))


def never_found(groups: Groups) -> list[Sequence[Asked]]:
    """Return the whole polls of known orders that no read found, where others were found."""
    known = [group for group in groups if len(group) == len(POLL) and group[0].probe.known]
    lost = [group for group in known if not any(map(succeeded, group))]
    told = [group for group in lost if all(map(_not_found, group))]
    return told if len(lost) < len(known) else []


def _not_found(asked: Asked) -> bool:
    """Whether an answer, that is no success, is about the order and not about the request."""
    judgement = asked.judgement
    return judgement.side is not None and (
        judgement.values.get("code") not in protocol.REFUSAL_CODES
    )


def _only_otherwise(groups: Groups) -> Iterator[Shown]:
    """Yield the ways in which an order is never found, though it is in others."""
    ways = (a for group in groups for a in group if (a.read.right or "").startswith(_WAYS))
    tried = [asked for asked in ways if not asked.read.found]
    same = {(a.read.fmt, *a.probe.params.items()) for a in filter(succeeded, tried)}
    taken = {asked.read.right for asked in filter(succeeded, tried)}
    for asked in tried:
        order = (asked.read.fmt, *asked.probe.params.items())
        if order in same and asked.read.right not in taken and asked.judgement.side:
            clause = by_id(workspace().contract.clauses)[str(asked.read.right)]
            finding = Finding(clause, "", "a success, as in other ways", outcome(asked))
            yield Shown(finding, (asked,))


def _of_group(group: Sequence[Asked]) -> Iterator[Shown]:
    """Yield what each exchange shows by itself, and then what only all of them show."""
    said = set()
    for asked in group:
        for finding in (*asked.judgement.findings, *_between([asked])):
            said.add(_key(finding))
            yield Shown(finding, (asked,))
    for finding in _between(group) if len(group) > 1 else ():
        if _key(finding) not in said:
            yield Shown(finding, tuple(_fewest(group, _key(finding))))


def _fewest(group: Sequence[Asked], key: tuple[str, str, str, str]) -> Sequence[Asked]:
    """Return the fewest exchanges in a row that show a finding still."""
    for size in range(2, len(group)):
        for start in range(len(group) - size + 1):
            some = group[start : start + size]
            if key in map(_key, _between(some)):
                return some
    return group


def _course(groups: Groups, known: Sequence[Mapping[str, str]]) -> Iterator[Shown]:
    """Yield what an order breaks between groups: nothing shrinks, no end is left."""
    last: dict[tuple[tuple[str, str], ...], tuple[int, Asked]] = {}
    repeated = {f.name: path for path, f in workspace().contract.echoes.items()}
    for number, group in enumerate(groups):
        for asked in (one for one in group if told(one) and one.probe.params):
            order = tuple(_order(asked, known, repeated).items())
            before, earlier = last.get(order, (number, asked))
            last[order] = number, asked
            if before != number:
                for finding in _between([earlier, asked]):
                    if finding.clause.fact in ("accumulates", "terminal"):
                        yield Shown(finding, (earlier, asked))


def _order(
    asked: Asked, known: Sequence[Mapping[str, str]], repeated: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the ids of the known order that an answer is about, or else what was asked for.

    A parameter that was left out is told by the answer, or it might be about any order; `repeated`
    are the paths at which answers tell parameters.
    """
    params = asked.probe.params
    for ids in known:
        rest = {name: value for name, value in ids.items() if name not in params}
        told = {n: str(asked.judgement.values.get(path)) for n, path in repeated.items()}
        if params.items() <= ids.items() and rest.items() <= told.items():
            return ids
    return params


def _between(group: Sequence[Asked]) -> Sequence[Finding]:
    reads = [(asked.read, asked.judgement) for asked in group]
    return workspace().judges.exchanges.judge_told(reads).findings


def _key(finding: Finding) -> tuple[str, str, str, str]:
    return finding.clause.id, finding.path, finding.expected, finding.actual
