"""The pytest plugin: a fixed seed, the workspace, gateway and SDKs of a run, and its outcome."""

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
from hypothesis import Phase

from topcheck.cli.options import OPTIONS, Option, misplaced
from topcheck.cli.own_fault import own_fault
from topcheck.cli.record import run_record
from topcheck.cli.session import (
    LIVE,
    OUTCOME,
    SDKS,
    WORKSPACE,
    RunRecorder,
    open_live,
    say_on_stderr,
)
from topcheck.contract.model import Clause, Severity
from topcheck.gateway.recording import RecordingError
from topcheck.live.connect import GatewayError
from topcheck.live.evidence import LiveRun
from topcheck.live.page_diff import page_diff, table
from topcheck.report.files import begin
from topcheck.report.outcome import EXIT_CODES, SDK, UNDECIDED
from topcheck.report.terminal import ledger_table, matrix, summary
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.gating import open_sdks
from topcheck.sdk.manifest import SdkError
from topcheck.workspace import Workspace, home, load_workspace

__all__ = ["LIVE", "OUTCOME", "SDKS", "WORKSPACE"]

#: Tests that have nothing to read unless an option gives it.
_NEEDED = {"contract_tests/test_live.py": "--gateway", "contract_tests/test_sdk.py": "--sdk"}
_CLAUSE, _EVIDENCE = "clause", "evidence"
#: Who makes the outcome.
RECORDER = pytest.StashKey[RunRecorder]()
#: Set once the evidence is gathered.
GATHERED = pytest.StashKey[bool]()
#: Stands for the values of a mark that finds none: what is not run is told by name.
_NOTHING = pytest.param(None, marks=pytest.mark.skip("the workspace has nothing of this kind"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a contract run."""
    group = parser.getgroup("topcheck", "contract tests")
    group.addoption("--topcheck-report", metavar="DIR", help="write the outcome into this folder")
    for option in OPTIONS:
        group.addoption(option.name, help=option.help, **_as_pytest_has_it(option))
    parser.addini("topcheck_cassette_days", default="365",
                  help="how old a recording may be, in days")  # fmt: skip
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
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Record, where that is asked for, and end: no test is run."""
    if not config.getoption("--record"):
        return None
    if wrong := misplaced(vars(config.option)):
        say_on_stderr(config, wrong)
        return EXIT_CODES[UNDECIDED]
    return run_record(config.getoption("--cassettes"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix what must not differ between two runs: seed, examples, and no clock in any property."""
    config.addinivalue_line("markers", "evidence(kind): the ledger's column for these tests")
    config.addinivalue_line("markers", "each(name, values): one test for each value, made of the "
                                       "workspace by a function")  # fmt: skip
    if config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = "0"
    # without the phase that explains: it traces every line and makes a failure minutes slow
    phases = [Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink]
    hypothesis.settings.register_profile("topcheck", database=None, deadline=None, phases=phases)
    if config.getoption("--hypothesis-profile") is None:
        hypothesis.settings.load_profile("topcheck")
    workspace = load_workspace(home(), config.getoption("--cassettes"))
    config.stash[WORKSPACE] = workspace
    config.stash[RECORDER] = RunRecorder(config, workspace)
    config.pluginmanager.register(config.stash[RECORDER])


@pytest.hookimpl(trylast=True)  # once Hypothesis is ready to draw
def pytest_sessionstart(session: pytest.Session) -> None:
    """Gather all evidence before anything is collected, so that the tests read it."""
    config = session.config
    workspace = config.stash[WORKSPACE]
    if folder := config.getoption("--topcheck-report"):
        begin(Path(folder), [clause.id for clause in workspace.contract.clauses])
    if wrong := misplaced(vars(config.option)):
        end_undecided(config, wrong)
    try:
        _gather(config, workspace)
    except (RecordingError, GatewayError, SdkError) as error:
        end_undecided(config, str(error))
    except Exception as error:
        end_undecided(config, own_fault(error))
    config.stash[GATHERED] = True


def _gather(config: pytest.Config, workspace: Workspace) -> None:
    recorded, folder = workspace.recorded, config.getoption("--cassettes")
    if folder is not None and not recorded.recordings:
        why = "; ".join([f"no recording of {workspace.contract.method}", *recorded.passed_over])
        raise RecordingError(f"{folder}: {why}")
    config.stash[RECORDER].skipped += recorded.passed_over
    for words in recorded.passed_over if not hasattr(config, "workerinput") else ():
        say_on_stderr(config, words)
    if config.getoption("--gateway") is not None:
        config.stash[LIVE] = open_live(config, os.environ)
    if given := config.getoption("--sdk"):
        lists = config.getoption("--known-failing")
        say = partial(say_on_stderr, config)
        config.stash[SDKS] = open_sdks(given, lists, sdk_cases(workspace), say)


def end_undecided(config: pytest.Config, why: str) -> NoReturn:
    """End a run that can decide nothing, with one line and the exit code that says so."""
    config.stash[RECORDER].undecided(why)
    if config.stash.get(GATHERED, False):  # from here on pytest says it among its own output only
        say_on_stderr(config, why)
    pytest.exit(why, returncode=EXIT_CODES[UNDECIDED])


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test for each value that a mark reads off the workspace."""
    for mark in metafunc.definition.iter_markers("each"):
        name, values = mark.args
        found = list(values(metafunc.config.stash[WORKSPACE])) or [_NOTHING]
        metafunc.parametrize(name, found, ids=[_id(value) for value in found])


def _id(value: Any) -> str:
    named = getattr(value, "id", None) or getattr(value, "name", None)
    return str(named if named is not None else value)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the clauses that are asked for; a run without any is undecided."""
    if patterns := config.getoption("--clause"):
        asked = [item for item in items if _is_asked_for(item, patterns)]
        if not any(_clause_of(item) for item in asked):
            end_undecided(config, f"no clause is called {' or '.join(patterns)}")
        items[:] = asked


def _is_asked_for(item: pytest.Item, patterns: Sequence[str]) -> bool:
    """Whether a test is about a clause that is asked for, or about the driver behind it."""
    clause = _clause_of(item)
    if clause is None:
        return "contract_tests/test_sdk.py" in item.nodeid
    return any(fnmatchcase(clause.id, pattern) for pattern in patterns)


def _clause_of(item: pytest.Item) -> Clause | None:
    found = _parameters(item).get(_CLAUSE)
    return found if isinstance(found, Clause) else None


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return getattr(getattr(item, "callspec", None), "params", {})


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Gather the evidence of an SDK before the first test that reads it."""
    sdk, sdks = _parameters(item).get("sdk"), item.config.stash.get(SDKS, None)
    if sdk and sdks:
        try:
            sdks.gather(sdk)
        except Exception as error:
            end_undecided(item.config, own_fault(error))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which clauses of which SDKs are asked for, once all that was not is gone."""
    if sdks := session.config.stash.get(SDKS, None):
        params = map(_parameters, session.items)
        sdks.want((p["sdk"], p[_CLAUSE].id) for p in params if {"sdk", _CLAUSE} <= p.keys())


@pytest.fixture(scope="session")
def workspace(pytestconfig: pytest.Config) -> Workspace:
    """The workspace of this run."""
    return pytestconfig.stash[WORKSPACE]


@pytest.fixture(scope="session")
def fail_on(pytestconfig: pytest.Config) -> Severity:
    """How much a finding must weigh to fail."""
    return Severity.parse(pytestconfig.getoption("--fail-on"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a report tell which clause it is about, and which evidence it is."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    clause, mark = _clause_of(item), item.get_closest_marker("evidence")
    if clause is not None and mark is not None:
        report.user_properties += [(_CLAUSE, clause.id), (_EVIDENCE, mark.args[0])]
    return report  # type: ignore[return-value]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what the run came to: counts, and what was not held; all rows where they are wanted."""
    outcome = config.stash.get(OUTCOME, None)
    for side in outcome.sides if outcome else ():
        terminalreporter.section(f"topcheck {side.name}")
        if config.getoption("--topcheck-ledger") and side.kind != SDK:
            terminalreporter.write_line(ledger_table(side))
        for line in summary(side):
            terminalreporter.write_line(line)
    if outcome and config.getoption("--topcheck-ledger") and SDKS in config.stash:
        terminalreporter.section("topcheck SDKs")
        terminalreporter.write_line(matrix(outcome))
    if config.getoption("--page-diff") and (live := config.stash.get(LIVE, None)):
        terminalreporter.section("topcheck page-diff")
        terminalreporter.write_line(live.redactor.redacted(_page_diff(config, live)))
    if folder := config.getoption("--topcheck-report"):
        terminalreporter.write_line(f"report: {folder}")


def _page_diff(config: pytest.Config, live: LiveRun) -> str:
    workspace = config.stash[WORKSPACE]
    judge = workspace.judges.exchanges.judge_body
    recorded = [judge(one.exchange) for _, one in workspace.recorded.recordings]
    answers = [result.judgement for result in live.results]
    return table(page_diff(workspace.contract, recorded, answers))
