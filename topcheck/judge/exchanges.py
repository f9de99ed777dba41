"""The judge across exchanges: what no single answer can show."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow, Scalar
from topcheck.contract.protocol import REQUEST_ID
from topcheck.judge.finding import Finding, Judgement, by_id, shorten
from topcheck.judge.outcomes import OutcomeJudge
from topcheck.judge.read import Read
from topcheck.judge.response import ResponseJudge
from topcheck.judge.transport import judge_transport

__all__ = ["ExchangeJudge", "Read"]


@dataclass(frozen=True, slots=True)
class _Told:
    """A read with what its body says."""

    read: Read
    judgement: Judgement
    values: Mapping[str, Scalar] = field(default_factory=dict)


class ExchangeJudge:
    """Judges the reads of one order, oldest first."""

    def __init__(
        self, contract: Contract, response: ResponseJudge, flows: Sequence[Flow] = ()
    ) -> None:
        self._clauses = by_id(contract.clauses)
        self._response = response
        self._echoes = {f.name: path for path, f in contract.echoes.items()}
        self._elsewhere = [n for n in contract.request.fields if n not in self._echoes]
        self._growing = {c.id: c.path for c in contract.clauses if c.fact == "accumulates"}
        self.outcomes = OutcomeJudge(contract)
        self._flows = flows

    def judge_body(self, read: Read) -> Judgement:
        """Judge the body of one read by what was asked for and declared."""
        if read.failure or read.compressed:
            return Judgement(())
        return self._response.judge(read.body, read.fmt, read.charset, read.simplify)

    def judge(self, reads: Sequence[Read]) -> Judgement:
        """Report what the reads break on the wire and together; what a body breaks is not said."""
        return self.judge_told([(read, self.judge_body(read)) for read in reads])

    def judge_told(self, reads: Sequence[tuple[Read, Judgement]]) -> Judgement:
        """Report the same of reads whose bodies were judged already."""
        told = [_told(read, judgement) for read, judgement in reads]
        plain = [one for one in told if one.read.wrong is None]
        successes = [one for one in plain if one.judgement.side == "response"]
        findings = [
            *(f for one in told for f in judge_transport(one.read, self._clauses)),
            *self.outcomes.judge(reads),
            *(f for one in successes for f in (*self._echo(one), *self._exact(one))),
            *(f for one in successes for f in self._stated(one)),
            *(f for three in zip(plain, plain[1:], plain[2:]) for f in self._parity(*three, plain)),  # noqa: B905
            *(f for two in itertools.pairwise(successes) for f in self._order(*two)),
        ]
        return Judgement(tuple(findings), "exchange")

    def _finding(self, clause_id: str, path: str, expected: str, actual: str) -> Finding:
        return Finding(self._clauses[clause_id], path, shorten(expected), shorten(actual))

    def _echo(self, told: _Told) -> Iterator[Finding]:
        for name, path in self._echoes.items():
            asked, answered = told.read.asked.get(name), told.values.get(path)
            told_of = asked and asked.strip()  # what a blank one stands for is open
            if asked and told_of and answered is not None and asked != str(answered):
                fact = "exact" if _same_double(asked, str(answered)) else "echo"
                yield self._finding(f"exchange.{name}.{fact}", path, asked, str(answered))

    def _exact(self, told: _Told) -> Iterator[Finding]:
        """Look for an id that is repeated nowhere by name, rounded wherever it may stand."""
        others = {k: str(v) for k, v in told.values.items() if k not in self._echoes.values()}
        for name in self._elsewhere:
            asked = told.read.asked.get(name, "")
            for path, answered in others.items() if _beyond_a_double(asked) else ():
                rounded = _beyond_a_double(answered) and _written_by_a_double(answered)
                if answered != asked and rounded and _same_double(asked, answered):
                    yield self._finding(f"exchange.{name}.exact", path, asked, answered)

    def _stated(self, told: _Told) -> Iterator[Finding]:
        left_out = told.read.ids.items() - told.read.asked.items()
        if any(str(told.values.get(self._echoes.get(k, ""), v)) != v for k, v in left_out):
            return  # it is another order that was meant
        for path, stated in told.read.stated.items():
            answered = told.values.get(path)
            if answered is not None and str(answered) != stated:
                name = path.rpartition(".")[2]
                yield self._finding(f"exchange.{name}.echo", path, stated, str(answered))

    def _parity(
        self, first: _Told, other: _Told, again: _Told, plain: Sequence[_Told]
    ) -> Iterator[Finding]:
        """Compare J, X, J: an order may move between two reads, so both outer ones must agree."""
        if not _comparable(first, other, again, plain):
            return
        formats = [one.read.fmt for one in (first, other, again)]
        if formats[0] != formats[2] or formats[0] == formats[1] or first.values != again.values:
            return
        for path in dict.fromkeys([*first.values, *other.values]):
            mine, theirs = first.values.get(path), other.values.get(path)
            if mine != theirs and _one_format_is_sure(path, plain):
                expected = f"{mine} as in {formats[0]}"
                yield self._finding("exchange.parity", path, expected, f"{theirs} in {formats[1]}")

    def _order(self, earlier: _Told, later: _Told) -> Iterator[Finding]:
        """Compare two reads in their order: what grows never shrinks, what ended stays."""
        for clause_id, path in self._growing.items():
            before, after = earlier.values.get(path), later.values.get(path)
            if isinstance(before, int) and isinstance(after, int) and after < before:
                yield self._finding(clause_id, path, f"at least {before}", str(after))
        for flow in self._flows:
            was, now = str(earlier.values.get(flow.path)), str(later.values.get(flow.path))
            if not flow.allows(was, now):
                clause_id = f"exchange.{flow.path.rpartition('.')[2]}.terminal"
                yield self._finding(clause_id, flow.path, f"{was} or what follows it", now)


def _told(read: Read, judgement: Judgement) -> _Told:
    values = {k: v for k, v in judgement.values.items() if k != REQUEST_ID}
    return _Told(read, judgement, values)


def _comparable(first: _Told, other: _Told, again: _Told, plain: Sequence[_Told]) -> bool:
    """Whether three reads tell stories that can be compared.

    What cannot be read tells none, and an error now and then is no story of one format: one format
    must answer with errors always, and the other never.
    """
    sides = [one.judgement.side for one in (first, other, again)]
    if None in sides or sides[0] == sides[1]:
        return None not in sides
    told: dict[str, list[str | None]] = {}
    for one in plain:
        told.setdefault(one.read.fmt, []).append(one.judgement.side)
    return all(len(found) > 1 and len(set(found)) == 1 for found in told.values())


def _beyond_a_double(text: str) -> bool:
    """Whether a text is a whole number that a floating-point number may not hold."""
    return re.fullmatch("-?[0-9]{16,40}", text) is not None


def _one_format_is_sure(path: str, plain: Sequence[_Told]) -> bool:
    """Whether all reads of one of the formats tell the same: what differs anyhow shows nothing."""
    told: dict[str, set[Scalar | None]] = {}
    for one in plain:
        told.setdefault(one.read.fmt, set()).add(one.values.get(path))
    return any(len(values) == 1 for values in told.values())


def _written_by_a_double(text: str) -> bool:
    """Whether a number is written as a floating-point number is: exactly, or as short as it can."""
    exact = int(float(text))
    return int(text) in (exact, int(Decimal(repr(float(text)))))


def _same_double(one: str, other: str) -> bool:
    """Whether two texts are one number to who reads ids as floating-point numbers."""
    try:
        return float(one) == float(other)
    except ValueError:
        return False
