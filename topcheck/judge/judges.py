"""All judges of one contract behind one door, and that of a whole run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow, Rule
from topcheck.judge.evidence import Evidence, Judged, Trial, broken, gathered, merged
from topcheck.judge.exchanges import ExchangeJudge
from topcheck.judge.finding import shorten
from topcheck.judge.literals import spelled
from topcheck.judge.outcomes import finds_nothing, refuses, tells_of_asking
from topcheck.judge.request import RequestJudge
from topcheck.judge.response import ResponseJudge

#: Reads that are judged together, oldest first.
JudgedReads = Sequence[Judged]


class Judges:
    """Judges requests, responses and successive reads by one contract."""

    def __init__(
        self, contract: Contract, rules: Sequence[Rule] = (), flows: Sequence[Flow] = ()
    ) -> None:
        self._contract = contract
        self.response = ResponseJudge(contract, rules)
        self.request = RequestJudge(contract)
        self.exchanges = ExchangeJudge(contract, self.response, flows)

    def run(self, known: Sequence[Mapping[str, str]]) -> RunJudge:
        """Return the judge of a run against a gateway that is known to know these orders."""
        return RunJudge(self._contract, self.exchanges, known)


class RunJudge:
    """Judges the groups of one run, and what only all of them together show.

    `known` are the ids of orders that are known to be there.
    """

    def __init__(
        self, contract: Contract, judge: ExchangeJudge, known: Sequence[Mapping[str, str]]
    ) -> None:
        self._contract = contract
        self._judge = judge
        self._known = known

    def judge(self, groups: Sequence[JudgedReads], polls: Sequence[JudgedReads]) -> Evidence:
        """Judge all that was read; `polls` are the whole polls of known orders among the groups."""
        return merged([*map(self._judge.judge_read, groups), gathered(self._of_all(groups, polls))])

    def never_found(self, polls: Sequence[JudgedReads]) -> list[JudgedReads]:
        """Return the polls of known orders that no read found, where others were found."""
        lost = [group for group in polls if not any(map(self.succeeded, group))]
        if len(lost) == len(polls):
            return []
        return [group for group in lost if all(map(_not_found, group))]

    def succeeded(self, read: Judged) -> bool:
        """Whether an answer tells of an order."""
        return self._judge.outcomes.tells(read.judgement)

    def _of_all(
        self, groups: Sequence[JudgedReads], polls: Sequence[JudgedReads]
    ) -> Iterator[Trial]:
        yield from self._course(groups)
        yield from self._only_otherwise(groups)
        yield from self._only_by_the_other(groups)
        for group in self.never_found(polls):
            yield from self._never_as_stated(group)

    def _never_as_stated(self, group: JudgedReads) -> Iterator[Trial]:
        for last in {read.expected.format: read for read in group}.values():
            for path, stated in last.expected.stated.items():
                clause = self._contract.exchange_clause(path, "echo")
                yield broken(clause, path, stated, f"never found: {came_of(last)}", last)

    def _only_otherwise(self, groups: Sequence[JudgedReads]) -> Iterator[Trial]:
        """Yield the ways in which an order is never found, though it is in others."""
        ways = [read for group in groups for read in group if self._is_a_way(read)]
        taken = [read for read in ways if self.succeeded(read)]
        same = set(map(_question, taken))
        never = {read.expected.accepted for read in ways} - {r.expected.accepted for r in taken}
        for read in ways:
            accepted = read.expected.accepted
            if accepted in never and _question(read) in same and tells_of_asking(read):
                clause = self._contract.by_id[str(accepted)]
                yield broken(clause, "", "a success, as in other ways", came_of(read), read)

    def _only_by_the_other(self, groups: Sequence[JudgedReads]) -> Iterator[Trial]:
        """Yield the id by which a known order is never found, nor by both, but by the other one."""
        asked: dict[tuple[tuple[str, str], ...], dict[str, list[Judged]]] = {}
        for read in (read for group in groups for read in group if not read.expected.found):
            ids, (name, *others) = read.expected.ids, (*read.expected.parameters, "")
            if ids in self._known and others == [""]:
                asked.setdefault(tuple(ids.items()), {}).setdefault(name, []).append(read)
        for ways in asked.values():
            found = any(self._is_told(read) for reads in ways.values() for read in reads)
            for name, reads in ways.items():
                clause = self._contract.located.get(("exchange", name, "alone"))
                never = len(reads) > 1 and all(map(finds_nothing, reads))
                if clause and found and never and not any(map(self.succeeded, reads)):
                    words = "a success, as by the other id", came_of(reads[-1])
                    yield broken(clause, "", *words, *reads)

    def _is_told(self, read: Judged) -> bool:
        """Whether an answer tells of an order, and of no other than the known one."""
        told = self._repeated(read)
        return self.succeeded(read) and told.items() <= {**told, **read.expected.ids}.items()

    def _repeated(self, read: Judged) -> Mapping[str, str]:
        """Return the parameters that an answer repeats, by their names."""
        values, echoes = read.judgement.values, self._contract.echoes
        return {f.name: spelled(values[path]) for path, f in echoes.items() if path in values}

    def _is_a_way(self, read: Judged) -> bool:
        clause = self._contract.by_id.get(read.expected.accepted or "")
        about = clause is not None and (clause.side, clause.path) == ("wire", "transport")
        return about and not read.expected.found

    def _course(self, groups: Sequence[JudgedReads]) -> Iterator[Trial]:
        """Yield what an order shows between groups: nothing shrinks, no end is left."""
        last: dict[tuple[tuple[str, str], ...], tuple[int, Judged]] = {}
        numbered = ((number, read) for number, group in enumerate(groups) for read in group)
        for number, read in numbered:
            if read.expected.parameters and not read.expected.refused and self.succeeded(read):
                order = tuple(self._order(read).items())
                before, earlier = last.get(order, (number, read))
                last[order] = number, read
                if before != number:
                    yield from self._judge.course(earlier, read)

    def _order(self, read: Judged) -> Mapping[str, str]:
        """Return the ids of the known order that an answer is about, or else what was asked for.

        A parameter that was left out is told by the answer, or it might be about any order.
        """
        params, told = read.expected.parameters, self._repeated(read)
        for ids in self._known:
            rest = {name: value for name, value in ids.items() if name not in params}
            if params.items() <= ids.items() and rest.items() <= told.items():
                return ids
        return params


def came_of(read: Judged) -> str:
    """Say what came of a call that found no order."""
    if read.judgement.side == "error_response":
        values = read.judgement.values
        return shorten(f"{values.get('code')} {values.get('msg')}")
    return "a call without success" if read.judgement.side else "nothing that can be read"


def _question(read: Judged) -> tuple[object, ...]:
    return (read.expected.format, *read.expected.parameters.items())


def _not_found(read: Judged) -> bool:
    """Whether an answer, that is no success, is about the order and not about the request."""
    return read.judgement.side is not None and not refuses(read.judgement.values)
