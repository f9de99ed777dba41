"""Evidence: what exchanges show of each clause, whether they kept it or broke it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from topcheck.contract.inferred import Scalar
from topcheck.contract.model import Clause
from topcheck.contract.protocol import REQUEST_ID
from topcheck.judge.finding import Finding, Judgement, shorten
from topcheck.wire.exchange import Exchange, Expectation


@dataclass(frozen=True)
class Judged:
    """An exchange, and the judgement of its body."""

    exchange: Exchange
    judgement: Judgement

    @property
    def expected(self) -> Expectation:
        """What was expected of the exchange."""
        return self.exchange.expected

    @cached_property
    def told(self) -> Mapping[str, Scalar]:
        """What the answer tells, by path: all but the id that TOP gives every answer."""
        return {k: v for k, v in self.judgement.values.items() if k != REQUEST_ID}


@dataclass(frozen=True, slots=True)
class Trial:
    """One look at the thing that a clause is about: what was found if it is broken."""

    clause: Clause
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found broken, each with the exchanges that show it, and which clauses were tried."""

    findings: tuple[Finding, ...] = ()
    tried: frozenset[str] = frozenset()

    @property
    def clauses(self) -> set[str]:
        """The ids of the broken clauses."""
        return {finding.clause.id for finding in self.findings}


def merged(parts: Iterable[Evidence]) -> Evidence:
    """Take several pieces of evidence for one."""
    found = list(parts)
    findings = tuple(finding for part in found for finding in part.findings)
    return Evidence(findings, frozenset().union(*(part.tried for part in found)))


def gathered(trials: Iterable[Trial]) -> Evidence:
    """Gather trials; what is said of the same exchanges twice is said once."""
    tried: set[str] = set()
    findings: dict[tuple[object, ...], Finding] = {}
    for trial in trials:
        tried.add(trial.clause.id)
        if found := trial.finding:
            said = found.clause.id, found.path, found.line, found.column, found.expected
            findings.setdefault((*said, found.actual, *map(id, found.exchanges)), found)
    return Evidence(tuple(findings.values()), frozenset(tried))


def kept(clause: Clause) -> Trial:
    """Say that a clause was looked at, and was in order."""
    return Trial(clause)


def broken(clause: Clause, path: str, expected: str, actual: str, *reads: Judged) -> Trial:
    """Say how a clause is broken, and which exchanges show it."""
    exchanges = tuple(read.exchange for read in reads)
    finding = Finding(clause, path, shorten(expected), shorten(actual), exchanges=exchanges)
    return Trial(clause, finding)
