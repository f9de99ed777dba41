"""One gate: a pytest run of the contract tests with a verdict on top."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from topcheck.cli import packaged
from topcheck.cli.github import tell_job
from topcheck.cli.options import CLAUSE, all_words, others_than
from topcheck.cli.session import OUTCOME, REPEAT, WORKSPACE
from topcheck.report.outcome import EXIT_CODES, UNDECIDED, Outcome
from topcheck.report.terminal import last_screen
from topcheck.system import command_of, say
from topcheck.workspace import Workspace

#: pytest's codes that leave the decision to the outcome: all tests passed, or some failed.
_RUN = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


class _Gate:
    """Tells pytest how a failure is repeated, and keeps the outcome of its run."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.outcome: Outcome | None = None
        self.workspace: Workspace | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[REPEAT] = self._repeat

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.outcome = config.stash.get(OUTCOME, None)
        self.workspace = config.stash.get(WORKSPACE, None)

    def _repeat(self, nodeid: str, clause: str) -> str:
        words = all_words({**self._given, CLAUSE.key: ()}, others_than(nodeid))
        return command_of(["topcheck", "gate", *words, f"{CLAUSE.name}={clause}"])


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
    code = packaged.run(_arguments(given, report, verbose), [gate])
    outcome = gate.outcome
    if outcome is None:
        say(f"\nverdict: {UNDECIDED}")
        return EXIT_CODES[UNDECIDED]
    tell_job(outcome, gate.workspace, style)
    summary = report / "summary.md" if report else None  # which may not have been written
    where = summary if summary and summary.exists() else "--report DIR"
    say("\n" + last_screen(outcome, f"{where} lists them", *shutil.get_terminal_size()))
    return EXIT_CODES[outcome.verdict if code in _RUN else UNDECIDED]


def _arguments(given: Mapping[str, Any], report: Path | None, verbose: bool) -> list[str]:
    arguments = [*_tests(given), "-q", "-rsxX", "--no-header"]
    arguments += ["--topcheck-ledger"] if verbose else []
    arguments += all_words(given)
    arguments += [f"--topcheck-report={report}"] if report else []
    return arguments


def _tests(given: Mapping[str, Any]) -> list[str]:
    if not given["sdk"]:
        return packaged.tests_about([])
    return packaged.tests_about(["--sdk", "--gateway"] if given["gateway"] else ["--sdk"])
