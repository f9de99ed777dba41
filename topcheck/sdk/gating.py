"""The SDKs of one run: smoked at its start, gathered once, told at its end."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from topcheck.contract.contract import Contract
from topcheck.contract.model import Clause
from topcheck.contract.sdk import SDK_RULES, sdk_clauses
from topcheck.report.outcome import UNDECIDED, Side, side_verdict
from topcheck.sdk.driver import DriverError
from topcheck.sdk.known_failing import KnownFailures, read_known
from topcheck.sdk.manifest import SdkError, read_sdk
from topcheck.sdk.runner import CaseSource, SdkEvidence, gather, smoke
from topcheck.sdk.side import broken_side, in_words, sdk_side
from topcheck.sdk.states import SEVERITY, State, state_of, states_of
from topcheck.sdk.worker import SECRETS
from topcheck.wire.redact import Redactor

#: What is never shown, whoever put it there.
REDACTOR = Redactor(SECRETS)


@dataclass(slots=True)
class Sdks:
    """The SDKs of a run: evidence by name, or why there is none, and what is known to fail."""

    cases: CaseSource
    names: list[str] = field(default_factory=list)
    evidence: dict[str, SdkEvidence] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    known: dict[str, KnownFailures] = field(default_factory=dict)
    wanted: dict[str, set[str]] = field(default_factory=dict)
    today: datetime.date = field(default_factory=datetime.date.today)
    _gathered: set[str] = field(default_factory=set)

    def parameters(self) -> list[tuple[str, Clause]]:
        """Return each SDK that works with each clause."""
        return [(name, clause) for name in self.evidence for clause in sdk_clauses()]

    def want(self, asked: Iterable[tuple[str, str]]) -> None:
        """Note which clauses of which SDKs this run asks for."""
        for name, clause in asked:
            self.wanted.setdefault(name, set()).add(clause)

    def gather(self, name: str) -> None:
        """Gather the evidence of an SDK, once, as far as it is asked for."""
        if name not in self._gathered:
            self._gathered.add(name)
            wanted = self.wanted.get(name, set(SDK_RULES))
            gather(self.evidence[name], self.cases, wanted)

    def state(self, name: str, clause: str) -> State:
        """Return the state of a clause."""
        self.gather(name)
        return state_of(self.evidence[name], clause, self.known.get(name))

    def in_words(self, name: str, state: State, contract: Contract, repeat: str) -> str:
        """Tell how an SDK stands to a clause, and how that is repeated."""
        found = self.evidence[name]
        side = sdk_side(found, [state], "", contract, lambda _clause: repeat)
        return REDACTOR.redacted(in_words(side, side.clauses[0]))

    def rotten(self, name: str) -> list[str]:
        """Say what is wrong with the list of an SDK's known failures."""
        known = self.known.get(name)
        return list(known.rotten(list(SDK_RULES), self.today)) if known else []

    def sides(self, contract: Contract, repeat: Callable[[str, str], str | None]) -> list[Side]:
        """Return the sides of the outcome: those that were gathered, and those that do not work.

        `repeat` makes the command that repeats a failure, of an SDK and a clause. Only what was
        asked for is told.
        """
        gathered = [name for name in self.evidence if name in self._gathered]
        found = [self._side(name, contract, repeat) for name in gathered]
        return found + [broken_side(name, why, UNDECIDED) for name, why in self.broken.items()]

    def _side(
        self, name: str, contract: Contract, repeat: Callable[[str, str], str | None]
    ) -> Side:
        evidence, wanted = self.evidence[name], self.wanted.get(name, set(SDK_RULES))
        states = [s for s in states_of(evidence, self.known.get(name)) if s.clause in wanted]
        side = sdk_side(evidence, states, "", contract, lambda clause: repeat(name, clause))
        verdict = side_verdict(
            side.clauses, SEVERITY, partial=len(wanted) < len(SDK_RULES), failed=self.rotten(name)
        )
        return replace(side, verdict=verdict)


def open_sdks(given: Sequence[str], lists: Sequence[str], cases: CaseSource) -> Sdks:
    """Smoke every SDK and read the lists. Raises SdkError or KnownError.

    A driver that does not work is kept with its reason; that none works is an SdkError.
    """
    sdks = Sdks(cases)
    for one in given:
        try:
            evidence = smoke(read_sdk(one), cases)
        except (DriverError, SdkError) as error:
            name = _unique(one, sdks.names)
            reason = str(error) if isinstance(error, SdkError) else f"{one}: {error}"
            sdks.broken[name] = REDACTOR.redacted(" ".join(reason.split()))
        else:
            name = _unique(evidence.name, sdks.names)
            evidence.name = name
            sdks.evidence[name] = evidence
        sdks.names.append(name)
    if not sdks.evidence:
        raise SdkError("the driver is broken: " + "; ".join(sdks.broken.values()))
    for path in lists:
        known = read_known(Path(path))
        whose = _whose(known, sdks.evidence)
        if whose in sdks.known:
            raise SdkError(f"{path}: {whose} has a list already, {sdks.known[whose].path}")
        sdks.known[whose] = known
    return sdks


def _unique(name: str, taken: Sequence[str]) -> str:
    """Make a name that can stand in the id of a test, and is nobody else's."""
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-") or "sdk"
    return plain if plain not in taken else _unique(f"{plain}-{taken.count(plain) + 1}", taken)


def _whose(known: KnownFailures, evidence: Mapping[str, SdkEvidence]) -> str:
    if known.sdk is None and len(evidence) == 1:
        return next(iter(evidence))
    if known.sdk is None:
        raise SdkError(f'{known.path}: with several SDKs a list says whose it is: sdk = "name"')
    if known.sdk not in evidence:
        names = ", ".join(evidence)
        raise SdkError(f"{known.path}: it is the list of {known.sdk}, and gated is {names}")
    return known.sdk
