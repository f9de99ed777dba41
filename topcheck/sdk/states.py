"""The state of a clause for one SDK, from its results and the list of what is known to fail."""

from __future__ import annotations

from dataclasses import dataclass

from topcheck.contract.model import Severity
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge.ledger import (
    BROKEN,
    HELD,
    KNOWN_FAILING,
    NOT_OBSERVED,
    NOT_SUPPORTED,
    SURPRISE,
)
from topcheck.sdk.case import Observation, Problem
from topcheck.sdk.known_failing import KnownFailures
from topcheck.sdk.runner import SdkEvidence

#: What every clause of an SDK weighs.
SEVERITY = Severity.VIOLATION
#: What keeps an SDK from shipping.
FAILING = (BROKEN, SURPRISE)


@dataclass(frozen=True, slots=True)
class BrokenCase:
    """One case that breaks a clause."""

    case: str
    problem: Problem
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class State:
    """The state of one clause for one SDK, what breaks it, and why that is known or not tried."""

    clause: str
    word: str
    reason: str | None = None
    broken: tuple[BrokenCase, ...] = ()


def state_of(evidence: SdkEvidence, clause: str, known: KnownFailures | None) -> State:
    """Tell the state of a clause. One broken case outweighs any number of held ones."""
    told = [r for r in evidence.results if clause in r.verdicts]
    broken = tuple(
        BrokenCase(result.case.name, problem, result.observations)
        for result in told
        if (problem := result.verdicts[clause]) is not None
    )
    entry = known.of(clause) if known else None
    if broken and entry:
        return State(clause, KNOWN_FAILING, f"{entry.reason} (until {entry.expires})", broken)
    if broken:
        return State(clause, BROKEN, None, broken)
    if clause in evidence.unsupported:
        return State(
            clause, NOT_SUPPORTED, f"it has no {', '.join(sorted(evidence.lacks[clause]))}"
        )
    if not told or clause in evidence.missing:
        return State(clause, NOT_OBSERVED)
    return State(clause, SURPRISE, entry.reason) if entry else State(clause, HELD)


def states_of(evidence: SdkEvidence, known: KnownFailures | None) -> list[State]:
    """Tell the state of every clause, in the order of the report."""
    return [state_of(evidence, clause, known) for clause in SDK_RULES]
