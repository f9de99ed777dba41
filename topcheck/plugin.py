"""The pytest plugin: a fixed seed, the workspace, gateway and SDKs of a run, and its outcome."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any, NoReturn

import hypothesis
import pytest
from hypothesis import Phase

from topcheck.cli import evidence, options, workspaces
from topcheck.cli.config import filled, read_config
from topcheck.cli.evidence import worker_input
from topcheck.cli.options import BASELINE, JUDGED_BY, NO_CONFIG, OPTIONS, Option, misplaced
from topcheck.cli.outcome_file import read_outcome
from topcheck.cli.own_fault import NothingJudgedError, in_one_line
from topcheck.cli.packaged import has_tests, run, tests_about
from topcheck.cli.record import run_record
from topcheck.cli.session import BEFORE, REPEAT, WORKSPACE, RunRecorder, fail_on_of, say_on_stderr
from topcheck.cli.summary import write_last_screen, write_summary
from topcheck.contract.model import Clause, Severity
from topcheck.gateway.recording import RecordingError
from topcheck.report.files import begin
from topcheck.report.outcome import EXIT_CODES, UNDECIDED
from topcheck.system import guard_streams
from topcheck.wire.data_file import DataFileError
from topcheck.workspace import Workspace, home, is_installed

#: Tests that have nothing to read unless an option gives it.
_NEEDED = {file: option for option, (file, _) in JUDGED_BY.items()}
_CLAUSE, _EVIDENCE = "clause", "evidence"
#: With so many -v pytest's short summary tells failures in full.
_IN_FULL = 2
#: What pytest calls otherwise than the gate.
_CALLED = {options.REPORT: "topcheck_report", options.VERBOSE: "topcheck_ledger"}
#: Who makes the outcome.
RECORDER = pytest.StashKey[RunRecorder]()
#: Set once the session has begun: from here on pytest says why it exits among its output only.
STARTED = pytest.StashKey[bool]()
#: Set once the evidence is gathered.
GATHERED = pytest.StashKey[bool]()
#: Stands for the values of a mark that finds none: what is not run is told by name.
_NOTHING = pytest.param(
    None,
    marks=pytest.mark.skip("this method has nothing to run the test for"),
    id="nothing",
)
#: Ends a run with exit code 2: pytest writes the name before the reason, as all our lines begin.
_Ended = type("topcheck", (pytest.exit.Exception,), {"__module__": "builtins"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a contract run."""
    group = parser.getgroup("topcheck", "contract tests")
    group.addoption("--topcheck-report", metavar="DIR", help="write the outcome into this folder")
    for option in OPTIONS:
        group.addoption(option.name, help=option.help, **_as_pytest_has_it(option))
    parser.addini("topcheck_cassette_days", default="365",
                  help="how old a recording may be, in days")  # fmt: skip
    group.addoption(
        "--topcheck-ledger",
        action="store_true",
        default=None,
        help="print every row of the ledger at the end",
    )


def _as_pytest_has_it(option: Option) -> dict[str, Any]:
    """Describe an option to pytest: None stands for what was not typed."""
    if option.flag:
        return {"action": "store_true", "default": None}
    if option.choices:
        return {"choices": option.choices}
    action = "append" if option.repeatable else "store"
    return {"action": action, "metavar": option.metavar, "type": option.read}


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Record, where that is asked for, and end; run the package's tests where there are no own.

    That is so in a workspace without tests, where no tests are named.
    """
    try:
        told = _configure(config)
    except DataFileError as error:
        say_on_stderr(config, str(error))
        return EXIT_CODES[UNDECIDED]
    if is_installed(config.rootpath):  # nothing is written there, a cache of pytest's neither
        for plugin in ("cacheprovider", "stepwise"):
            config.pluginmanager.set_blocked(plugin)
    if config.getoption("--record"):
        if wrong := misplaced(vars(config.option)):
            say_on_stderr(config, wrong)
            return EXIT_CODES[UNDECIDED]
        return run_record(vars(config.option))
    if _has_own_tests(config):
        for line in told:
            say_on_stderr(config, line)
        return None
    tests = tests_about(option for option in _NEEDED.values() if config.getoption(option))
    return run([*config.invocation_params.args, *tests], config.invocation_params.plugins)


def _configure(config: pytest.Config) -> list[str]:
    """Give each option that was not typed what is configured, or its default; tell which.

    A command in a file is run by the gate alone. A worker of pytest-xdist is given what was typed
    only: it reads all else again, and tells nothing. Raises DataFileError.
    """
    names = {option.key: _CALLED.get(option, option.key) for option in (*OPTIONS, *_CALLED)}
    typed = {k: v for k, name in names.items() if (v := getattr(config.option, name)) is not None}
    defaults = {option.key: option.unset for option in (*OPTIONS, *_CALLED)}
    read = not typed.get(NO_CONFIG.key)
    found = read_config(Path(), os.environ, [options.SDK_OPTION]) if read else []
    values, told = filled({**defaults, **typed}, typed, found)
    for key, value in values.items():
        setattr(config.option, names[key], value)
    return told if worker_input(config) is None else []


def _has_own_tests(config: pytest.Config) -> bool:
    """Whether a run is about tests of the user's own, or about none that the package has."""
    if config.args_source is not pytest.Config.ArgsSource.INVOCATION_DIR:
        return True
    here = config.invocation_params.dir
    if not (
        config.getoption("--workspace") or workspaces.nearest_workspace(here) not in (None, home())
    ):
        return True
    return has_tests(here, config.getini("python_files"), config.getini("norecursedirs"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix what must not differ between two runs: seed, examples, and no clock in any property."""
    guard_streams()  # pytest itself would escape whole lines, their ends too
    if config.option.verbose < _IN_FULL:  # else each failure is told whole twice where CI is set
        config.option.force_short_summary = True
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
    try:
        given = map(config.getoption, ("--workspace", "--method", "--cassettes"))
        workspace = workspaces.open_workspace(*given)
        if config.getoption("--gateway"):
            workspaces.refuse_to_write(workspace)
        if (baseline := config.getoption(BASELINE.name)) and worker_input(config) is None:
            method = workspace.contract.method
            config.stash[BEFORE] = read_outcome(baseline, method)
    except Exception as error:
        _end(config, in_one_line(error))
    config.stash[WORKSPACE] = workspace
    config.stash[RECORDER] = RunRecorder(config, workspace)
    config.pluginmanager.register(config.stash[RECORDER])


@pytest.hookimpl(trylast=True)  # once Hypothesis is ready to draw
def pytest_sessionstart(session: pytest.Session) -> None:
    """Prepare what is needed to collect the tests; of a worker that is given."""
    config = session.config
    if (given := worker_input(config)) is not None:
        evidence.take_share(config, given)
        return
    workspace = config.stash[WORKSPACE]
    folder = config.getoption("--topcheck-report")
    with _deciding(config):
        if folder and not config.getoption("collectonly"):
            begin(Path(folder), [clause.id for clause in workspace.contract.clauses])
        if wrong := misplaced(vars(config.option)):
            raise NothingJudgedError(wrong)
        _read_recordings(config, workspace)
        evidence.open_evidence(config)
    for words in workspaces.about_workspace(workspace):
        say_on_stderr(config, words)
    config.stash[STARTED] = True


def _read_recordings(config: pytest.Config, workspace: Workspace) -> None:
    """Read what is recorded, and say what is passed over. Raises RecordingError."""
    recorded, folder = workspace.recorded, config.getoption("--cassettes")
    if folder is not None and not recorded.recordings:
        there = Path(folder).exists()
        what = (
            f"no recording of {workspace.contract.method}" if there else "there is no such folder"
        )
        way_out = "--record writes those of the sandbox into it, or name another"
        raise RecordingError(f"{folder}: {'; '.join([what, *recorded.passed_over, way_out])}")
    config.stash[RECORDER].passed_over = recorded.passed_over
    for words in recorded.passed_over:
        say_on_stderr(config, words)


@contextlib.contextmanager
def _deciding(config: pytest.Config) -> Iterator[None]:
    """End the run, undecided and with one line, if what it is to decide by cannot be had."""
    try:
        yield
    except Exception as error:
        why = in_one_line(error)
        config.stash[RECORDER].undecided(why)
        if config.stash.get(STARTED, False):
            say_on_stderr(config, why)
        _end(config, why)


def _end(config: pytest.Config, why: str) -> NoReturn:
    """End the run; a gate says why in one line, and pytest nothing more."""
    if REPEAT in config.stash:
        config.pluginmanager.unregister(name="terminalreporter")
    raise _Ended(why, returncode=EXIT_CODES[UNDECIDED])


def option_of(path: PurePath) -> str | None:
    """Return the option without which the tests in a file have nothing to read, if there is one."""
    return _NEEDED.get("/".join(path.parts[-2:]))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests of a gateway or an SDK where none is named: they have nothing to read.

    Where one is named, and no tests are, only those that are about it are run.
    """
    needed = option_of(collection_path)
    if needed:
        return None if config.getoption(needed) else True
    named = any(config.getoption(option) for option in _NEEDED.values())
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return True if named and everything and collection_path.suffix == ".py" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test for each value that a mark reads off the workspace."""
    for mark in metafunc.definition.iter_markers("each"):
        name, values = mark.args
        found = list(values(metafunc.config.stash[WORKSPACE]))
        metafunc.parametrize(name, found or [_NOTHING], ids=[_id(one) for one in found] or None)


def _id(value: Any) -> str:
    named = getattr(value, "id", None) or getattr(value, "name", None)
    return str(named if named is not None else value)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the clauses that are asked for: none without any such clause."""
    if patterns := config.getoption("--clause"):
        asked = [item for item in items if _is_about(item, patterns)]
        items[:] = asked if any(map(_clause_of, asked)) else []


def _is_about(item: pytest.Item, patterns: Sequence[str]) -> bool:
    """Whether a test is about a clause that is asked for, or about the driver behind it."""
    if clause := _clause_of(item):
        return options.is_asked_for(clause.id, patterns)
    return JUDGED_BY["--sdk"][0] in item.nodeid


def _clause_of(item: pytest.Item) -> Clause | None:
    found = _parameters(item).get(_CLAUSE)
    return found if isinstance(found, Clause) else None


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return getattr(getattr(item, "callspec", None), "params", {})


@pytest.hookimpl(trylast=True)  # once the terminal's own line is whole
def pytest_collection_finish(session: pytest.Session) -> None:
    """Gather the evidence that the collected tests read, once all that is not run is gone."""
    if worker_input(session.config) is None:
        _gather(session.config, [item.nodeid for item in session.items])


def _gather(config: pytest.Config, tests: Sequence[str]) -> None:
    config.stash[RECORDER].planned(tests)
    with _deciding(config):
        evidence.check_collected(config, tests)
        if not config.getoption("collectonly"):
            evidence.gather(config, tests)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist what it collects its tests by."""
    evidence.begin_sharing(node.config, node.workerinput)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Sequence[str]) -> None:
    """Gather all evidence once the first worker has collected, before any is given a test."""
    if not node.config.stash.get(GATHERED, False):
        node.config.stash[GATHERED] = True
        _gather(node.config, ids)
        with _deciding(node.config):
            evidence.share(node.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    evidence.end_sharing(config)


@pytest.fixture(scope="session")
def workspace(pytestconfig: pytest.Config) -> Workspace:
    """The workspace of this run."""
    return pytestconfig.stash[WORKSPACE]


@pytest.fixture(scope="session")
def fail_on(pytestconfig: pytest.Config) -> Severity:
    """How much a finding must weigh to fail."""
    return fail_on_of(pytestconfig)


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
    write_summary(terminalreporter, config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """End with the last screen, behind all that pytest says; a gate's is written by the gate."""
    yield
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal and REPEAT not in session.config.stash:
        write_last_screen(terminal, session.config)
