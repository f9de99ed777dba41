"""One run of pytest as an outcome: what its tests, its gateway and its SDKs came to."""

import contextlib
import datetime
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

import topcheck.report.outcome as outcomes
from topcheck import __version__
from topcheck.cli.options import RENEW, all_words, is_asked_for, judging_test, others_than
from topcheck.cli.own_fault import in_one_line
from topcheck.contract.files import PAGE
from topcheck.contract.model import Clause, Severity
from topcheck.contract.sdk import sdk_clauses
from topcheck.gateway.recording import contract_digest
from topcheck.judge.finding import Finding
from topcheck.judge.ledger import BROKEN, EVIDENCE, SURPRISE, Ledger
from topcheck.live.connect import connected
from topcheck.live.evidence import LIVE_EVIDENCE, MOST_FINDINGS, LiveRun, judge_gateway
from topcheck.live.reproducer import files_of, script_of
from topcheck.live.runner import MOST_LATE, Bounds, Tell
from topcheck.report.exchanges import MOST_WHOLE, reported_exchange
from topcheck.report.files import redacted, write_reports
from topcheck.report.outcome import CONTRACT, SDK, ClauseSource, ClauseState, Outcome, Side
from topcheck.report.since import since
from topcheck.report.text import reported
from topcheck.sdk.gating import REDACTOR, Sdks
from topcheck.system import command_of, is_beside, say
from topcheck.wire.redact import Redactor, secrets_of
from topcheck.workspace import Workspace, contradictions

WORKSPACE = pytest.StashKey[Workspace]()
LIVE = pytest.StashKey[LiveRun]()
SDKS = pytest.StashKey[Sdks]()
OUTCOME = pytest.StashKey[Outcome]()
#: The baseline.
BEFORE = pytest.StashKey[Outcome]()
#: Makes the command that repeats a clause in a test, where it is no command of pytest's.
REPEAT = pytest.StashKey[Callable[[str, str | None], str]]()

#: The test that tells of a driver that does not work: it decides nothing about an SDK.
UNDECIDED_TEST = "test_the_driver_works"
#: The kinds of evidence that tests of the contract itself give.
_OF_TESTS = tuple(kind for kind in EVIDENCE if kind != LIVE_EVIDENCE)
_RECORDED = "recorded"
_RECORDED_TEST = "contract_tests/test_recorded.py::test_no_recording_breaks_the_clause"
_BUT_RECORDED = tuple(kind for kind in _OF_TESTS if kind != _RECORDED)
#: Under this name a worker tells how many tests were left out.
_LEFT_OUT = "topcheck_left_out"
_T = TypeVar("_T")
#: pytest's codes for a run that did not come to its end.
_CUT_SHORT = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
#: So much of a failed test is told, in characters.
_MOST_MESSAGE = 2000


def fail_on_of(config: pytest.Config) -> Severity:
    """Return how much a finding must weigh to fail."""
    return Severity.parse(config.getoption("--fail-on"))


def open_live(config: pytest.Config, tell: Tell | None = None) -> LiveRun:
    """Ask the gateway that the options name; `tell` is told how far. Raises GatewayError."""
    url, insecure = config.getoption("--gateway"), config.getoption("--insecure-http")
    latency, fail_on = config.getoption("--latency-budget"), fail_on_of(config)
    bounds = Bounds(
        requests=config.getoption("--max-requests"),
        rate=config.getoption("--rate"),
        latency=None if latency is None else latency / 1000,
        late=MOST_LATE if fail_on <= Severity.ADVISORY else sys.maxsize,  # or it would hide others
    )
    seed, workspace = str(config.getoption("--hypothesis-seed")), config.stash[WORKSPACE]
    number = int(seed) if seed.isdecimal() else 0
    with connected(workspace.contract, url, os.environ, insecure=insecure) as gateway:
        return judge_gateway(gateway, workspace.judges, bounds, number, fail_on, tell=tell)


def past_capture(config: pytest.Config) -> contextlib.AbstractContextManager[None]:
    """Let a block write past pytest, which keeps what is written while it runs tests."""
    capture = config.pluginmanager.get_plugin("capturemanager")
    return capture.global_and_fixture_disabled() if capture else contextlib.nullcontext()


def say_on_stderr(config: pytest.Config, words: str) -> None:
    """Write a line past pytest."""
    with past_capture(config):
        say(words, error=True)


def repeat_test(config: pytest.Config, nodeid: str, clause: str | None) -> str:
    """Write the command that repeats a test, of a clause or of none: the gate's own, else its."""
    repeat = config.stash.get(REPEAT, None)
    return repeat(nodeid, clause) if repeat else _repeat_by_pytest(config, nodeid)


def _repeat_by_pytest(config: pytest.Config, nodeid: str) -> str:
    """Write the command that runs one test again as this run of pytest ran it."""
    here = config.rootpath == Path.cwd()
    test = nodeid if here else str(config.rootpath / nodeid)
    ours = is_beside(Path(shutil.which("pytest") or "").absolute(), Path(sys.executable))
    words = ["pytest"] if ours else [sys.executable, "-m", "pytest"]
    words += [] if here else [f"--rootdir={config.rootpath}", "-p", "topcheck.plugin"]
    words.append(test)
    words += all_words(vars(config.option), others_than(nodeid))
    words.append(f"--hypothesis-seed={config.getoption('--hypothesis-seed')}")
    return command_of(words)


@dataclass(frozen=True, slots=True)
class FailedTest:
    """Why a test failed, and the clause and the evidence that it is about, if any."""

    message: str
    clause: str | None = None
    evidence: str | None = None


@dataclass(slots=True, eq=False)
class RunRecorder:
    """Keeps what the tests of a run tell, and makes the outcome of it.

    Equal to itself alone: pytest puts plugins into sets, where a folder has its own conftest.py.

    `failed` has the tests that decide against, by id; `driver_failed` says that a driver does not
    work, `passed_over` which recordings are not of this method, `left_out` how many tests another
    plugin took away, `interrupted` that others were not begun, `judged` of which evidence of a
    gateway or an SDK a test told. `ended` is why it came to an end before it could decide. A worker
    of pytest-xdist tells all this to the process that makes the outcome.
    """

    config: pytest.Config
    workspace: Workspace
    ledger: Ledger = field(default_factory=Ledger)
    failed: dict[str, FailedTest] = field(default_factory=dict)
    driver_failed: bool = False
    passed_over: tuple[str, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    left_out: int = 0
    interrupted: bool = False
    judged: set[str] = field(default_factory=set)
    ended: bool = False
    _order: dict[str, int] = field(default_factory=dict)

    def planned(self, tests: Sequence[str]) -> None:
        """Note in which order tests are told, whoever runs them first."""
        self._order = {test: number for number, test in enumerate(tests)}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test says of its clause, and that it failed or was not run."""
        told: dict[str, Any] = dict(report.user_properties)
        clause, evidence = told.get("clause"), told.get("evidence")
        if report.failed and UNDECIDED_TEST in report.nodeid:
            self.driver_failed = True
        elif report.failed:
            message = str(report.longreprtext)[-_MOST_MESSAGE:]
            self.failed.setdefault(report.nodeid, FailedTest(message, clause, evidence))
        if report.skipped and clause is None and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.skipped[report.nodeid] = reason.removeprefix("Skipped: ")
        if report.when == "call" and (not report.skipped or hasattr(report, "wasxfail")):
            self.judged.add(str(evidence))
        if clause and evidence in _OF_TESTS and (report.when == "call" or report.failed):
            self.ledger.record(clause, str(evidence), not report.failed)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected."""
        if report.failed:
            self.failed[report.nodeid] = FailedTest(str(report.longrepr)[-_MOST_MESSAGE:])

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count what another plugin took away, where the run is to decide about something.

        Whoever runs some of the tests by hand asked for no more.
        """
        named = self.config.getoption("--gateway") or self.config.getoption("--sdk")
        if named or REPEAT in self.config.stash:
            self.left_out += len(items)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Make the outcome, and write the reports; a run that only lacks a driver is undecided."""
        if (told := getattr(self.config, "workeroutput", None)) is not None:
            told[_LEFT_OUT] = self.left_out
            return
        self.interrupted = session.exitstatus in _CUT_SHORT
        if not self.ended and not self.config.getoption("collectonly"):
            self._finish(session)

    def _finish(self, session: pytest.Session) -> None:
        try:
            outcome = self.outcome()
            if outcome.sides or self.left_out:
                self._write(outcome)
            elif folder := self.config.getoption("--topcheck-report"):
                say_on_stderr(self.config, f"{folder}: no report: no test here judged a clause")
            if (left_open := self._left_open()) and not self.failed:
                session.exitstatus = pytest.ExitCode.INTERRUPTED
                said = REPEAT in self.config.stash or self.interrupted  # the gate or pytest says it
                for why in () if said else left_open:
                    say_on_stderr(self.config, why)
            sdks = self.config.stash.get(SDKS, None)
            for words in sdks.renew() if sdks and self.config.getoption(RENEW.name) else ():
                say_on_stderr(self.config, words)
        except Exception as error:
            say_on_stderr(self.config, in_one_line(error))
            session.exitstatus = pytest.ExitCode.INTERRUPTED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over how many tests were taken away from a worker: all collect the same."""
        told = getattr(node, "workeroutput", {}).get(_LEFT_OUT, 0)
        self.left_out = max(self.left_out, told)

    def _in_order(self, told: Mapping[str, _T]) -> list[tuple[str, _T]]:
        return sorted(told.items(), key=lambda pair: self._order.get(pair[0], -1))

    def outcome(self) -> Outcome:
        """Return what the run came to."""
        sides = list(self._sides())
        self.failed = dict(self._in_order(self.failed))
        failing = [f"{nodeid} failed" for nodeid in self.failed]
        states = ((c.clause, c.state) for side in sides for c in side.clauses)
        known = {clause for clause, state in states if state in (BROKEN, SURPRISE)}
        # a test whose clause is told is no reason of its own
        told = [
            f"{nodeid} failed" for nodeid, one in self.failed.items() if one.clause not in known
        ]
        fail_on, left_open = fail_on_of(self.config), self._left_open()
        broken = [reason for side in sides for reason in outcomes.reasons_of(side, fail_on)]
        verdict = outcomes.run_verdict(sides, failing, left_open)
        reasons = [*self._of_page(sides), *broken, *told, *left_open]
        return self._repeated(self._made(verdict, reasons, sides))

    def _of_page(self, sides: Sequence[Side]) -> Iterator[str]:
        """Say first, where tests of the contract failed, that the page contradicts itself."""
        if self.failed and any(side.kind == CONTRACT for side in sides):
            yield from (f"{PAGE}:{words}" for words in contradictions(self.workspace.contract))

    def _repeated(self, made: Outcome) -> Outcome:
        """Let the first side tell how the first failure is repeated, where no finding does."""
        if outcomes.next_command(made) or not (made.sides and self.failed):
            return made
        nodeid, one = next(iter(self.failed.items()))
        side, *others = made.sides
        about = {**side.about, "repeat": repeat_test(self.config, nodeid, one.clause)}
        return replace(made, sides=(replace(side, about=about), *others))

    def undecided(self, why: str) -> None:
        """Write the outcome of a run that can decide nothing, where it can be written."""
        self.ended = True
        with contextlib.suppress(OSError):  # a report that cannot be written may be the reason
            self._write(self._made(outcomes.UNDECIDED, [why], []))

    def _left_open(self) -> list[str]:
        """Say what leaves a run open: a driver that does not work, tests that were not run."""
        sdks = self.config.stash.get(SDKS, None)
        broken = sdks.broken if sdks and self.driver_failed else {}
        told = [f"{name}: {why}" for name, why in broken.items()]
        if self.interrupted:
            told.append("the run ended before all its tests were run: run it again")
        if self.left_out:
            told.append(
                f"{self.left_out} tests were left out by a plugin of pytest's: run them all"
            )
        for option, kind in (("--gateway", LIVE_EVIDENCE), ("--sdk", SDK)):
            if self.config.getoption(option) and kind not in self.judged and not broken:
                told.append(f"no clause of what {option} names was judged: those asked for were "
                            "not observed; ask for others as well")  # fmt: skip
        return told

    def _made(self, verdict: str, reasons: Sequence[str], sides: Sequence[Side]) -> Outcome:
        contract = self.workspace.contract
        made = Outcome(
            topcheck=__version__,
            method=contract.method,
            contract=contract_digest(contract),
            at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            seed=str(self.config.getoption("--hypothesis-seed")),
            verdict=verdict,
            reasons=tuple(reasons),
            not_run=(
                *self.passed_over,
                *(f"{test}: {why}" for test, why in self._in_order(self.skipped)),
            ),
            sides=tuple(sides),
            page=self.workspace.page,
            sources=tuple(self._sources(sides)),
        )
        before = self.config.stash.get(BEFORE, None)
        return replace(made, since=since(before, made)) if before else made

    def _sources(self, sides: Sequence[Side]) -> Iterator[ClauseSource]:
        """Say where the clauses of the sides come from; an SDK's are of no page."""
        told = {state.clause for side in sides for state in side.clauses}
        for one in (*self.workspace.contract.clauses, *sdk_clauses()):
            if one.id in told:
                yield ClauseSource(one.id, one.side, one.source, one.line, one.rule, one.why)

    def _write(self, outcome: Outcome) -> None:
        """Take out all secrets once, and write every report. Raises OSError, the outcome kept."""
        live, folder = self.config.stash.get(LIVE, None), self.config.getoption("--topcheck-report")
        outcome = redacted(outcome, REDACTOR)
        if live:  # beside it there may be SDKs, who were given secrets of the gate's
            outcome = redacted(outcome, live.redactor)
        self.config.stash[OUTCOME] = outcome
        if folder:
            clauses = [clause.id for clause in self.workspace.contract.clauses]
            redactor, findings = (live.redactor, files_of(live)) if live else (REDACTOR, {})
            write_reports(outcome, Path(folder), redactor, findings, clauses)

    def _sides(self) -> Iterator[Side]:
        if self.ledger.seen:
            yield self._contract_side()
        if live := self.config.stash.get(LIVE, None):
            wanted, repeat = self._is_wanted, self._repeat_live
            yield live.side(fail_on_of(self.config), wanted, repeat, script_of)
        if sdks := self.config.stash.get(SDKS, None):
            yield from sdks.sides(self._repeat_sdk)

    def _contract_side(self) -> Side:
        kinds = [kind for kind in _OF_TESTS if any(kind == seen for _, seen in self.ledger.seen)]
        wanted = filter(self._is_wanted, self.workspace.contract.clauses)
        states = tuple(self._contract_state(clause, kinds) for clause in wanted)
        partial = bool(self.config.getoption("--clause"))
        failed = [nodeid for nodeid, one in self.failed.items() if one.evidence in _OF_TESTS]
        verdict = outcomes.side_verdict(
            states, fail_on_of(self.config), partial=partial, failed=failed,
            undecided=["interrupted"] * self.interrupted,
        )  # fmt: skip
        about = {"folder": self.workspace.folder.name}
        return Side(CONTRACT, CONTRACT, about, verdict, clauses=states)

    def _contract_state(self, clause: Clause, kinds: Sequence[str]) -> ClauseState:
        evidence = self.ledger.states(clause.id, kinds)
        findings = [
            self._of_test(nodeid, one.message, clause)
            for nodeid, one in self.failed.items()
            if one.clause == clause.id and one.evidence in _BUT_RECORDED
        ]
        if _RECORDED in kinds:
            again = self._repeat(f"{_RECORDED_TEST}[{clause.id}]", clause.id)
            recorded = self.workspace.recorded
            for finding in recorded.evidence.findings:
                if finding.clause.id == clause.id:
                    evidence[_RECORDED] = BROKEN
                    names = ", ".join(path.name for path in recorded.paths(finding))
                    told = replace(reported(finding, names), repeat=again)
                    if len(findings) < MOST_WHOLE:
                        told = replace(told, exchanges=self._whole(finding))
                    findings.append(told)
        state, found = outcomes.worst(evidence.values()), tuple(findings[:MOST_FINDINGS])
        return ClauseState(clause.id, clause.severity, state, evidence, findings=found)

    def _whole(self, finding: Finding) -> tuple[outcomes.ReportedExchange, ...]:
        judge = self.workspace.judges.exchanges.judge_body
        redactor = Redactor(secrets_of(finding.exchanges))  # once: to make one takes long
        return tuple(
            reported_exchange(one, judge(one).values, finding.path, redactor)
            for one in finding.exchanges
        )

    def _of_test(self, nodeid: str, message: str, clause: Clause) -> outcomes.ReportedFinding:
        expected, again = "no test of the clause fails", self._repeat(nodeid, clause.id)
        return outcomes.ReportedFinding(nodeid, clause.path, expected, message, repeat=again)

    def _is_wanted(self, clause: Clause) -> bool:
        patterns = self.config.getoption("--clause")
        return not patterns or is_asked_for(clause.id, patterns)

    def _repeat(self, nodeid: str, clause: str) -> str:
        return repeat_test(self.config, nodeid, clause)

    def _repeat_live(self, clause: Clause) -> str:
        return self._repeat(judging_test("--gateway", clause.id), clause.id)

    def _repeat_sdk(self, name: str, clause: str) -> str:
        return self._repeat(judging_test("--sdk", clause, name), clause)
