"""One gate: a pytest run of the contract tests with a verdict on top."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from topcheck.cli.options import OPTIONS
from topcheck.cli.repeat import repeat_command
from topcheck.home import home

MAY_SHIP, MAY_NOT, UNDECIDED = 0, 1, 2
#: So many reasons are named; the report has all.
_REASONS = 10
VERDICTS = {MAY_SHIP: "may ship", MAY_NOT: "may not ship", UNDECIDED: "could not be decided"}


class _Failures:
    """Remembers what failed, for the reasons under the verdict, and whether all was run."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.left_out = 0
        self.config: pytest.Config | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.nodeid not in self.failed:
            self.failed.append(report.nodeid)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.left_out += len(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def run_gate(given: Mapping[str, Any], report: Path | None) -> int:
    """Run the gate and print its verdict; return the exit code.

    `given` has the options of `gate.options` by their keys. With SDKs it is about them, and the
    contract's own tests are left out. pytest's own codes for a run that tested nothing become
    "could not be decided".
    """
    if report:
        report.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PYTEST_ADDOPTS", None)  # neither that nor a project's own options may narrow it
    failures = _Failures()
    with tempfile.TemporaryDirectory(prefix="topcheck-") as scratch:
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", scratch)
        code = int(pytest.main(_arguments(given, report), plugins=[failures]))
    verdict = code if code in (MAY_SHIP, MAY_NOT) else UNDECIDED
    if verdict == MAY_SHIP and failures.left_out:
        verdict = UNDECIDED
    click.echo(f"\nverdict: {VERDICTS[verdict]}")
    if failures.left_out:
        click.echo(f"  because {failures.left_out} tests were left out by a plugin of pytest's")
    for nodeid in failures.failed[:_REASONS]:
        click.echo(f"  because {nodeid} failed")
    if more := failures.failed[_REASONS:]:
        click.echo(f"  and {len(more)} more failed")
    if failures.failed and failures.config:
        click.echo(f"repeat the first: {repeat_command(failures.config, failures.failed[0])}")
    return verdict


def _arguments(given: Mapping[str, Any], report: Path | None) -> list[str]:
    arguments = [*_tests(given), f"--rootdir={home()}", "-c", str(home() / "pyproject.toml")]
    arguments += ["-p", "topcheck.plugin", "-o", "filterwarnings=default"]
    arguments += ["--topcheck-ledger", "-q", "-rsxX", "--no-header", "-p", "no:cacheprovider"]
    arguments += [word for option in OPTIONS for word in option.words(given[option.key])]
    if report:
        arguments += [f"--topcheck-report={report}", f"--junitxml={report / 'junit.xml'}"]
    return arguments


def _tests(given: Mapping[str, Any]) -> list[str]:
    tests = home() / "contract_tests"
    if not given["sdk"]:
        return [str(tests)]
    live = [str(tests / "test_live.py")] if given["gateway"] else []
    return [str(tests / "test_sdk.py"), *live]
