"""One gate: a pytest run of the contract tests with a verdict on top."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from topcheck.home import home

MAY_SHIP, MAY_NOT, UNDECIDED = 0, 1, 2
VERDICTS = {MAY_SHIP: "may ship", MAY_NOT: "may not ship", UNDECIDED: "could not be decided"}


class _Failures:
    """Remembers what failed, for the reasons under the verdict."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.seed = "0"

    def pytest_configure(self, config: pytest.Config) -> None:
        self.seed = str(config.getoption("--hypothesis-seed"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.nodeid not in self.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def run_gate(gateway: str | None, fail_on: str, report: Path | None) -> int:
    """Run the gate and print its verdict; return the exit code.

    pytest's own codes for a run that tested nothing become "could not be decided".
    """
    if report:
        report.mkdir(parents=True, exist_ok=True)
    tests = home() / "contract_tests"
    arguments = [str(tests), f"--rootdir={home()}", "-p", "topcheck.plugin", "--topcheck-ledger"]
    arguments += ["-q", "-ra", "--no-header", "-p", "no:cacheprovider"]
    if gateway:
        arguments += [f"--gateway={gateway}", f"--fail-on={fail_on}"]
    if report:
        arguments += [f"--topcheck-report={report}", f"--junitxml={report / 'junit.xml'}"]
    failures = _Failures()
    code = int(pytest.main(arguments, plugins=[failures]))
    verdict = code if code in (MAY_SHIP, MAY_NOT) else UNDECIDED
    click.echo(f"\nverdict: {VERDICTS[verdict]}")
    for nodeid in failures.failed[:10]:
        click.echo(f"  because {nodeid} failed")
    if failures.failed:
        seed = f"--hypothesis-seed={failures.seed}"
        click.echo(f"repeat the first: pytest '{failures.failed[0]}' {seed}")
    return verdict
