"""The SDKs of one pytest run: smoked at its start, gathered once, told at its end."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from topcheck.atomic import write_whole
from topcheck.contract.model import Clause
from topcheck.contract.sdk import SDK_RULES, sdk_clauses
from topcheck.judge.ledger import HELD
from topcheck.report.folder import CONFORMANCE, SDKS
from topcheck.sdk import report
from topcheck.sdk.driver import DriverError
from topcheck.sdk.known_failing import KnownFailures, read_known
from topcheck.sdk.manifest import SdkError, read_sdk
from topcheck.sdk.runner import CaseSource, Evidence, gather, smoke
from topcheck.sdk.states import FAILING, State, state_of, states_of
from topcheck.workspace import workspace

#: The test that tells of a driver that does not work: it decides nothing about an SDK.
UNDECIDED_TEST = "test_the_driver_works"
MAY, MAY_NOT, UNDECIDED = "may ship", "may not ship", "could not be decided"


@dataclass(slots=True)
class Sdks:
    """The SDKs of a run: evidence by name, or why there is none, and what is known to fail."""

    cases: CaseSource
    names: list[str] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    known: dict[str, KnownFailures] = field(default_factory=dict)
    wanted: dict[str, set[str]] = field(default_factory=dict)
    today: datetime.date = field(default_factory=datetime.date.today)
    _gathered: set[str] = field(default_factory=set)

    def parameters(self) -> list[tuple[str, Clause]]:
        """Return each SDK that works with each clause."""
        return [(name, clause) for name in self.evidence for clause in sdk_clauses()]

    def want(self, items: Sequence[pytest.Item]) -> None:
        """Note which clauses of which SDKs this run asks for."""
        for item in items:
            params = getattr(getattr(item, "callspec", None), "params", {})
            if {"sdk", "clause"} <= params.keys():
                self.wanted.setdefault(params["sdk"], set()).add(params["clause"].id)

    def state(self, name: str, clause: str) -> State:
        """Return the state of a clause; the first that is asked for gathers all of its SDK."""
        if name not in self._gathered:
            self._gathered.add(name)
            wanted = self.wanted.get(name, set(SDK_RULES))
            gather(self.evidence[name], self.cases, wanted)
        return state_of(self.evidence[name], clause, self.known.get(name))

    def in_words(self, name: str, state: State) -> str:
        """Tell how an SDK stands to a clause."""
        return report.in_words(self.evidence[name], state, workspace().contract)

    def rotten(self, name: str) -> list[str]:
        """Say what is wrong with the list of an SDK's known failures."""
        known = self.known.get(name)
        return list(known.rotten(list(SDK_RULES), self.today)) if known else []

    def outcome(self) -> list[tuple[Evidence, list[State]]]:
        """Return the states of every clause of the SDKs that were gathered."""
        return [
            (self.evidence[name], states_of(self.evidence[name], self.known.get(name)))
            for name in self.evidence
            if name in self._gathered
        ]

    def verdicts(self) -> dict[str, str]:
        """Return the verdict on each SDK: none on one that was asked for a part of its clauses."""
        found = dict.fromkeys(self.broken, UNDECIDED)
        for evidence, states in self.outcome():
            failing = any(s.word in FAILING for s in states) or self.rotten(evidence.name)
            held = any(s.word == HELD for s in states)
            found[evidence.name] = MAY_NOT if failing else MAY if held else UNDECIDED
            asked = len(self.wanted.get(evidence.name, ()))
            if asked < len(SDK_RULES):
                found[evidence.name] = f"was asked for {asked} of {len(SDK_RULES)} clauses"
        return found


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
            sdks.broken[name] = report.scrubbed(" ".join(reason.split()))
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


def _whose(known: KnownFailures, evidence: Mapping[str, Evidence]) -> str:
    if known.sdk is None and len(evidence) == 1:
        return next(iter(evidence))
    if known.sdk is None:
        raise SdkError(f'{known.path}: with several SDKs a list says whose it is: sdk = "name"')
    if known.sdk not in evidence:
        names = ", ".join(evidence)
        raise SdkError(f"{known.path}: it is the list of {known.sdk}, and gated is {names}")
    return known.sdk


class SdkPlugin:
    """Gathers for the tests that were asked for, and tells the outcome at the end."""

    def __init__(self, config: pytest.Config, sdks: Sdks) -> None:
        self._config = config
        self._sdks = sdks
        self._failed: set[bool] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what is asked for, once all that was not is gone."""
        self._sdks.want(session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell failures that decide from those that leave all open."""
        if report.failed:
            self._failed.add(UNDECIDED_TEST in report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report; a run that only lacks a driver could not be decided."""
        if self._failed == {True}:
            session.exitstatus = pytest.ExitCode.INTERRUPTED
        folder, outcome = self._config.getoption("--topcheck-report"), self._sdks.outcome()
        if folder and outcome:
            contract, verdicts = workspace().contract, self._sdks.verdicts()
            files = {
                SDKS: report.to_json(outcome, verdicts, self._sdks.broken, contract),
                CONFORMANCE: report.to_markdown(outcome),
            }
            write_whole(Path(folder), files)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Draw the matrix and say the verdict on each SDK."""
        outcome = self._sdks.outcome()
        if folder := self._config.getoption("--topcheck-report"):
            terminalreporter.write_line(f"report: {folder}")
        if self._config.getoption("--topcheck-ledger") and outcome:
            terminalreporter.section("topcheck SDKs")
            terminalreporter.write_line(report.matrix(outcome))
        whole = {e.name for e, _ in outcome if len(self._sdks.wanted[e.name]) == len(SDK_RULES)}
        counts = {e.name: f": {report.summary(e, s)}" for e, s in outcome if e.name in whole}
        for name, verdict in self._sdks.verdicts().items():
            reason = self._sdks.broken.get(name)
            line = f"{name} {verdict}{counts.get(name, '')}{f': {reason}' if reason else ''}"
            terminalreporter.write_line(line)
