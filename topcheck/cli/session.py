"""One run of pytest as an outcome: what its tests, its gateway and its SDKs came to."""

from __future__ import annotations

import contextlib
import datetime
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from topcheck import __version__
from topcheck.atomic import write_whole
from topcheck.cli.own_fault import own_fault
from topcheck.cli.repeat import repeat_test
from topcheck.contract.model import Clause, Severity
from topcheck.gateway.recording import contract_digest
from topcheck.judge.ledger import BROKEN, EVIDENCE, Ledger
from topcheck.live.connect import connected
from topcheck.live.evidence import LiveRun, judge_gateway
from topcheck.live.runner import MOST_LATE, Bounds
from topcheck.live.side import LIVE as LIVE_EVIDENCE
from topcheck.live.side import files_of, live_side
from topcheck.report.files import FINDINGS, redacted, write_reports
from topcheck.report.outcome import (
    CONTRACT,
    UNDECIDED,
    ClauseState,
    Outcome,
    ReportedFinding,
    Side,
    reasons_of,
    run_verdict,
    side_verdict,
    worst,
)
from topcheck.report.text import reported
from topcheck.sdk.gating import Sdks
from topcheck.sdk.worker import SECRETS
from topcheck.wire.redact import Redactor
from topcheck.workspace import Workspace

WORKSPACE = pytest.StashKey[Workspace]()
LIVE = pytest.StashKey[LiveRun]()
SDKS = pytest.StashKey[Sdks]()
OUTCOME = pytest.StashKey[Outcome]()
#: Makes the command that repeats a clause, where it is not a test of pytest's that is repeated.
REPEAT = pytest.StashKey[Callable[[str], str]]()

#: The test that tells of a driver that does not work: it decides nothing about an SDK.
UNDECIDED_TEST = "test_the_driver_works"
#: The kinds of evidence that tests of the contract itself give.
_OF_TESTS = tuple(kind for kind in EVIDENCE if kind != LIVE_EVIDENCE)
_RECORDED = "recorded"
_GENERATED = tuple(kind for kind in _OF_TESTS if kind != _RECORDED)
#: So many findings of recordings are told of a clause, and so much of a failed test, in characters.
_MOST_FINDINGS, _MOST_MESSAGE = 20, 2000


def open_live(config: pytest.Config, environment: Mapping[str, str]) -> LiveRun:
    """Ask the gateway that the options name. Raises GatewayError."""
    url, insecure = config.getoption("--gateway"), config.getoption("--insecure-http")
    latency = config.getoption("--latency-budget")
    fail_on = Severity.parse(config.getoption("--fail-on"))
    bounds = Bounds(
        requests=config.getoption("--max-requests"),
        rate=config.getoption("--rate"),
        latency=None if latency is None else latency / 1000,
        late=MOST_LATE if fail_on <= Severity.ADVISORY else sys.maxsize,  # or it would hide others
    )
    seed, workspace = _seed(config), config.stash[WORKSPACE]
    number = int(seed) if seed.isdecimal() else 0
    with connected(workspace.contract, url, environment, insecure=insecure) as gateway:
        return judge_gateway(gateway, workspace.judges, bounds, number, fail_on)


def say_on_stderr(config: pytest.Config, words: str) -> None:
    """Write a line past pytest, which keeps what is written while it runs tests."""
    capture = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        sys.stderr.write(f"topcheck: {words}\n")


def _seed(config: pytest.Config) -> str:
    return str(config.getoption("--hypothesis-seed"))


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test that failed, the clause and the evidence that it is about, if any, and why."""

    nodeid: str
    message: str
    clause: str | None = None
    evidence: str | None = None


@dataclass(slots=True)
class RunRecorder:
    """Keeps what the tests of a run tell, and makes the outcome of it."""

    config: pytest.Config
    ledger: Ledger = field(default_factory=Ledger)
    failed: dict[str, FailedTest] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    left_out: int = 0

    # -------------------------------------------------------------- what pytest tells

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test says of its clause, and that it failed or was not run."""
        told: dict[str, Any] = dict(report.user_properties)
        clause, evidence = told.get("clause"), told.get("evidence")
        if report.failed and report.nodeid not in self.failed:
            message = str(report.longreprtext)[-_MOST_MESSAGE:]
            self.failed[report.nodeid] = FailedTest(report.nodeid, message, clause, evidence)
        if report.skipped and clause is None and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.skipped.append(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
        if clause and evidence in _OF_TESTS and (report.when == "call" or report.failed):
            self.ledger.record(clause, str(evidence), not report.failed)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected."""
        if report.failed:
            message = str(report.longrepr)[-_MOST_MESSAGE:]
            self.failed[report.nodeid] = FailedTest(report.nodeid, message)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count what another plugin took away."""
        self.left_out += len(items)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Make the outcome, and write the reports; a run that only lacks a driver is undecided."""
        try:
            outcome = self.outcome()
            if outcome.sides:
                self._write(outcome)
            if set(self._undecided()) and not self._failing():
                session.exitstatus = pytest.ExitCode.INTERRUPTED
        except OSError as error:
            self._end(session, f"{error.filename}: {error.strerror}")
        except Exception as error:
            self._end(session, own_fault(error))

    def _end(self, session: pytest.Session, why: str) -> None:
        """End a run whose outcome cannot be told."""
        say_on_stderr(self.config, why)
        session.exitstatus = pytest.ExitCode.INTERRUPTED

    # -------------------------------------------------------------- the outcome

    def outcome(self) -> Outcome:
        """Return what the run came to."""
        workspace = self.config.stash[WORKSPACE]
        sides = list(self._sides(workspace))
        failing = [f"{nodeid} failed" for nodeid in self._failing()]
        undecided = list(self._undecided())
        reasons = [*(r for side in sides for r in reasons_of(side, self._fail_on)), *failing]
        return self._made(run_verdict(sides, failing, undecided), [*reasons, *undecided], sides)

    def undecided(self, why: str) -> None:
        """Write the outcome of a run that can decide nothing."""
        self._write(self._made(UNDECIDED, [why], []))

    def _made(self, verdict: str, reasons: Sequence[str], sides: Sequence[Side]) -> Outcome:
        workspace = self.config.stash[WORKSPACE]
        return Outcome(
            topcheck=__version__,
            method=workspace.contract.method,
            contract=contract_digest(workspace.contract),
            at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            seed=_seed(self.config),
            verdict=verdict,
            reasons=tuple(reasons),
            not_run=tuple(self.skipped),
            sides=tuple(sides),
        )

    def _write(self, outcome: Outcome) -> None:
        """Take out all secrets once, and write every report."""
        live, folder = self.config.stash.get(LIVE, None), self.config.getoption("--topcheck-report")
        redactor = live.redactor if live else Redactor(SECRETS)
        if folder:
            outcome = write_reports(outcome, Path(folder), redactor)
            if live and (files := files_of(live)):
                write_whole(Path(folder) / FINDINGS, files)
        else:
            outcome = redacted(outcome, redactor)
        self.config.stash[OUTCOME] = outcome

    # -------------------------------------------------------------- sides

    @property
    def _fail_on(self) -> Severity:
        return Severity.parse(self.config.getoption("--fail-on"))

    def _sides(self, workspace: Workspace) -> Iterator[Side]:
        if self.ledger.seen:
            yield self._contract_side(workspace)
        if live := self.config.stash.get(LIVE, None):
            yield live_side(live, self._fail_on, self._is_wanted, self._repeat_live)
        if sdks := self.config.stash.get(SDKS, None):
            yield from sdks.sides(self._repeat_sdk)

    def _contract_side(self, workspace: Workspace) -> Side:
        kinds = [kind for kind in _OF_TESTS if any(kind == seen for _, seen in self.ledger.seen)]
        wanted = [clause for clause in workspace.contract.clauses if self._is_wanted(clause)]
        states = tuple(self._contract_state(workspace, clause, kinds) for clause in wanted)
        partial = bool(self.config.getoption("--clause"))
        verdict = side_verdict(
            states, self._fail_on, partial=partial, failed=self._failing(*_OF_TESTS)
        )
        return Side(CONTRACT, CONTRACT, {"folder": workspace.folder.name}, verdict, clauses=states)

    def _contract_state(
        self, workspace: Workspace, clause: Clause, kinds: Sequence[str]
    ) -> ClauseState:
        evidence = self.ledger.states(clause.id, kinds)
        failed = [one for one in self.failed.values() if one.clause == clause.id]
        findings = [self._of_test(one, clause) for one in failed if one.evidence in _GENERATED]
        if _RECORDED in kinds:
            recorded = workspace.recorded
            for finding in recorded.evidence.findings:
                if finding.clause.id == clause.id:
                    evidence[_RECORDED] = BROKEN
                    names = ", ".join(path.name for path in recorded.paths(finding))
                    findings.append(reported(finding, names))
        states, found = worst(evidence.values()), tuple(findings[:_MOST_FINDINGS])
        return ClauseState(clause.id, clause.severity, states, evidence, findings=found)

    def _of_test(self, failed: FailedTest, clause: Clause) -> ReportedFinding:
        expected, again = "no test of the clause fails", self._repeat(failed.nodeid, clause.id)
        return ReportedFinding(failed.nodeid, clause.path, expected, failed.message, repeat=again)

    def _is_wanted(self, clause: Clause) -> bool:
        patterns = self.config.getoption("--clause")
        return not patterns or any(fnmatchcase(clause.id, pattern) for pattern in patterns)

    # -------------------------------------------------------------- reasons and commands

    def _failing(self, *kinds: str) -> list[str]:
        """Return the tests that decide against: of some evidence, or all whose failure does."""
        return [
            nodeid
            for nodeid, one in self.failed.items()
            if UNDECIDED_TEST not in nodeid and (not kinds or one.evidence in kinds)
        ]

    def _undecided(self) -> Iterator[str]:
        """Yield what leaves a run open: a driver that does not work, tests that were not run."""
        sdks = self.config.stash.get(SDKS, None)
        broken = sdks.broken.items() if sdks and UNDECIDED_TEST in "".join(self.failed) else ()
        yield from (f"{name}: {why}" for name, why in broken)
        if self.left_out:
            yield f"{self.left_out} tests were left out by a plugin of pytest's"

    def _repeat(self, nodeid: str, clause: str) -> str:
        repeat = self.config.stash.get(REPEAT, None)
        return repeat(clause) if repeat else repeat_test(self.config, nodeid)

    def _repeat_live(self, clause: Clause) -> str:
        test = f"contract_tests/test_live.py::test_the_gateway_keeps_the_clause[{clause.id}]"
        return self._repeat(test, clause.id)

    def _repeat_sdk(self, name: str, clause: str) -> str:
        test = f"contract_tests/test_sdk.py::test_the_sdk_keeps_the_clause[{clause}-{name}]"
        return self._repeat(test, clause)
