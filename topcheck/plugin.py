"""The pytest plugin: a fixed seed, and the ledger of what the contract tests have seen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.outcomes import Exit
from hypothesis import Phase

from topcheck.atomic import write_whole
from topcheck.cli.options import OPTIONS, Option, misplaced
from topcheck.cli.record import record_all
from topcheck.contract.model import Severity
from topcheck.embedded import embedded
from topcheck.gateway.recording import RecordingError
from topcheck.home import home
from topcheck.judge.ledger import Ledger
from topcheck.live.connect import GatewayError
from topcheck.live.evidence import Live
from topcheck.live.session import LivePlugin, open_live
from topcheck.recorded import FOLDER, cassettes
from topcheck.report.folder import LEDGER, begin
from topcheck.sdk.cases.catalogue import SdkCases
from topcheck.sdk.known_failing import KnownError
from topcheck.sdk.manifest import SdkError
from topcheck.sdk.session import SdkPlugin, Sdks, open_sdks
from topcheck.workspace import workspace

LIVE = pytest.StashKey[Live]()
SDKS = pytest.StashKey[Sdks]()
#: Tests that have nothing to read unless an option gives it.
_NEEDED = {"contract_tests/test_live.py": "--gateway", "contract_tests/test_sdk.py": "--sdk"}
_CLAUSE, _EVIDENCE = "clause", "evidence"
DEFAULT_SEED = "0"
UNDECIDED = 2
#: How old a recording may be unless pyproject.toml says otherwise, in days.
CASSETTE_DAYS = 365


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a contract run."""
    group = parser.getgroup("topcheck", "contract tests")
    group.addoption("--topcheck-report", metavar="DIR", help="write ledger.json into this folder")
    for option in OPTIONS:
        group.addoption(option.name, help=option.help, **_as_pytest_has_it(option))
    parser.addini("topcheck_cassette_days", default=str(CASSETTE_DAYS),
                  help="how old a recording may be, in days")  # fmt: skip
    group.addoption("--record", action="store_true", help="record the cassettes anew, first")
    group.addoption(
        "--topcheck-ledger", action="store_true", help="print every row of the ledger at the end"
    )


def _as_pytest_has_it(option: Option) -> dict[str, Any]:
    if option.flag:
        return {"action": "store_true"}
    if option.choices:
        return {"choices": option.choices, "default": option.default}
    action = "append" if option.repeatable else "store"
    return {"action": action, "metavar": option.metavar, "type": option.read,
            "default": [] if option.repeatable else option.default}  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix what must not differ between two runs: seed, examples, and no clock in any property."""
    config.addinivalue_line("markers", "evidence(kind): the ledger's column for these tests")
    if config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = DEFAULT_SEED
    # without the phase that explains: it traces every line and makes a failure minutes slow
    phases = [Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink]
    hypothesis.settings.register_profile("topcheck", database=None, deadline=None, phases=phases)
    if config.getoption("--hypothesis-profile") is None:
        hypothesis.settings.load_profile("topcheck")
    config.pluginmanager.register(_Recorder(config), "topcheck-ledger")


@pytest.hookimpl(trylast=True)  # once Hypothesis is ready to draw
def pytest_sessionstart(session: pytest.Session) -> None:
    """Record before anything is collected, so that the run judges what it recorded."""
    if session.config.getoption("--record"):
        with embedded() as gateway:
            record_all(gateway, home() / FOLDER)
    config = session.config
    if folder := config.getoption("--topcheck-report"):
        begin(Path(folder), [clause.id for clause in workspace().contract.clauses])
    if wrong := misplaced({option.key: config.getoption(option.name) for option in OPTIONS}):
        raise Undecided(wrong)
    try:
        cassettes()
        if config.getoption("--gateway") is not None:
            live = open_live(config, os.environ)
            config.stash[LIVE] = live
            config.pluginmanager.register(LivePlugin(config, live), "topcheck-gateway")
        if given := config.getoption("--sdk"):
            sdks = open_sdks(given, config.getoption("--known-failing"), SdkCases.of(workspace()))
            config.stash[SDKS] = sdks
            config.pluginmanager.register(SdkPlugin(config, sdks), "topcheck-sdks")
    except (RecordingError, GatewayError, SdkError, KnownError) as error:
        raise Undecided(str(error)) from None


class Undecided(Exit):
    """A run can decide nothing: pytest ends with one line, and the exit code that says so."""

    def __init__(self, why: str) -> None:
        super().__init__(why, returncode=UNDECIDED)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests of a gateway or an SDK where none is named: they have nothing to read.

    Where one is named, and no tests are, only those that are about it are run.
    """
    needed = _NEEDED.get("/".join(collection_path.parts[-2:]))
    if needed:
        return None if config.getoption(needed) else True
    named = any(config.getoption(option) for option in _NEEDED.values())
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return True if named and everything and collection_path.suffix == ".py" else None


@pytest.fixture(scope="session")
def fail_on(pytestconfig: pytest.Config) -> Severity:
    """How much a finding must weigh to fail."""
    return Severity.parse(pytestconfig.getoption("--fail-on"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a report tell which clause it is about, and which evidence it is."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    clause = getattr(item, "callspec", None) and item.callspec.params.get(_CLAUSE)  # type: ignore[attr-defined]
    mark = item.get_closest_marker("evidence")
    if clause is not None and mark is not None:
        report.user_properties += [(_CLAUSE, clause.id), (_EVIDENCE, mark.args[0])]
    return report  # type: ignore[return-value]


class _Recorder:
    """Keeps the ledger of one run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.ledger = Ledger(workspace().contract.clauses)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told: dict[str, Any] = dict(report.user_properties)
        if _CLAUSE in told and (report.when == "call" or report.failed):
            self.ledger.record(told[_CLAUSE], told[_EVIDENCE], not report.failed)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.ledger.seen:
            return
        terminalreporter.section("topcheck ledger")
        if self._config.getoption("--topcheck-ledger"):
            terminalreporter.write_line(self.ledger.table())
        for line in self.ledger.summary():
            terminalreporter.write_line(line)

    def pytest_sessionfinish(self) -> None:
        folder = self._config.getoption("--topcheck-report")
        if folder and self.ledger.seen:
            write_whole(Path(folder), {LEDGER: self.ledger.to_json()})
