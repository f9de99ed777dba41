"""One gate: a pytest run of the contract tests with a verdict on top."""

import contextlib
import os
import shutil
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from topcheck.cli import packaged
from topcheck.cli.github import tell_job
from topcheck.cli.options import CLAUSE, all_words, others_than
from topcheck.cli.session import OUTCOME, REPEAT, SDKS, WORKSPACE
from topcheck.report.files import PAGE_FILE
from topcheck.report.outcome import EXIT_CODES, UNDECIDED, Outcome
from topcheck.report.progress import Meter, progress
from topcheck.report.terminal import last_screen
from topcheck.report.theme import is_screen, show
from topcheck.system import command_of
from topcheck.workspace import Workspace

#: pytest's codes that leave the decision to the outcome: all tests passed, or some failed.
_RUN = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
#: The category of a test's report, its letter, and its word, which may have a colour.
_Status = tuple[str, str, str | tuple[str, Mapping[str, bool]]]


class _Gate:
    """Tells pytest how a failure is repeated, and keeps the outcome of its run.

    On a terminal it draws how far the run is, in place of pytest's letters. `ended` says that the
    run came to an end before it could decide, and that the reason was said.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.outcome: Outcome | None = None
        self.workspace: Workspace | None = None
        self.ended = False
        self.on_screen = is_screen(sys.stdout) and is_screen(sys.stderr)
        self._drawing = contextlib.ExitStack()
        self._meter = Meter()

    def _draw(self, what: str, total: int | None = None) -> None:
        self._drawing.close()
        if self.on_screen:
            self._meter = self._drawing.enter_context(progress(what, total, "tests"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        self._draw("collecting")

    def pytest_itemcollected(self) -> None:
        self._meter.advance()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self) -> None:
        self._drawing.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        self._draw("testing", len(session.items))

    def pytest_runtest_logfinish(self) -> None:
        self._meter.advance()

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, _Status, _Status]:
        category, letter, word = yield
        return category, "" if self.on_screen else letter, word

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self._drawing.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[REPEAT] = lambda nodeid, clause: self._repeat(config, nodeid, clause)

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self._drawing.close()
        self.ended = not config.pluginmanager.has_plugin("terminalreporter")
        self.outcome = config.stash.get(OUTCOME, None)
        self.workspace = config.stash.get(WORKSPACE, None)

    def _repeat(self, config: pytest.Config, nodeid: str, clause: str | None) -> str:
        """Write the command that judges a clause again, or all: of an SDK without the others."""
        sdks = config.stash.get(SDKS, None)
        named = (s for s in (sdks.evidence if sdks else ()) if nodeid.endswith(f"[{clause}-{s}]"))
        alone = next((sdks.alone(name) for name in named), {}) if sdks else {}
        words = all_words({**self._given, CLAUSE.key: (), **alone}, others_than(nodeid))
        words += [f"{CLAUSE.name}={clause}"] if clause else []
        return command_of(["topcheck", "gate", *words])


def run_gate(
    given: Mapping[str, Any], report: Path | None, style: str | None = None, *,
    verbose: bool = False,
) -> int:  # fmt: skip
    """Run the gate and print its last screen; return the exit code.

    `given` has the options of `cli.options` by their keys. With SDKs it is about them, and the
    contract's own tests are left out. pytest's own codes for a run that tested nothing become
    "could not be decided". A job of GitHub is told, in the style of annotations that is asked for.
    """
    if report:
        report.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PYTEST_ADDOPTS", None)  # neither that nor a project's own options may narrow it
    gate = _Gate(given)
    arguments = _arguments(given, report, verbose)
    # without letters there is no line of them to end with a percentage
    arguments += ["--override-ini=console_output_style=classic"] if gate.on_screen else []
    code = packaged.run(arguments, [gate])
    outcome = gate.outcome
    if outcome is not None:
        tell_job(outcome, gate.workspace, style)
    if gate.ended or outcome is None:
        if outcome or not gate.ended:  # of what never began there is none
            show(f"verdict: {UNDECIDED}")
        return EXIT_CODES[UNDECIDED]
    page = report / PAGE_FILE if report else None  # which may not have been written
    where = page if page and page.exists() else "--report DIR"
    show("\n" + last_screen(outcome, f"{where} lists them", *shutil.get_terminal_size()))
    return EXIT_CODES[outcome.verdict if code in _RUN else UNDECIDED]


def _arguments(given: Mapping[str, Any], report: Path | None, verbose: bool) -> list[str]:
    named = ["--sdk", *(["--gateway"] if given["gateway"] else [])] if given["sdk"] else []
    arguments = [*packaged.tests_about(named), "-q", "-rxX", "--no-header"]
    arguments += ["--topcheck-ledger"] if verbose else []
    arguments += all_words(given)
    arguments += [f"--topcheck-report={report}"] if report else []
    return arguments
