"""What pytest says of a run at its end: counts and what was not held, and the last screen."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from topcheck.cli.session import LIVE, OUTCOME, REPEAT, SDKS, WORKSPACE
from topcheck.live.evidence import LiveRun
from topcheck.live.page_diff import page_diff, table
from topcheck.report.files import OUTCOME_FILE, PAGE_FILE
from topcheck.report.outcome import SDK
from topcheck.report.terminal import last_screen, ledger_table, matrix, not_run, summary, title
from topcheck.report.theme import painted


def write_summary(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write counts, and what was not held; all rows where they are wanted."""
    outcome = config.stash.get(OUTCOME, None)
    titled = [(side, title(side, outcome.method)) for side in outcome.sides] if outcome else []
    for side, words in titled:
        terminal.section(words)
        if config.getoption("--topcheck-ledger") and side.kind != SDK:
            _write(terminal, [ledger_table(side)])
        _write(terminal, summary(side))
    if outcome and config.getoption("--topcheck-ledger") and SDKS in config.stash:
        terminal.section("topcheck SDKs")
        _write(terminal, [matrix(outcome)])
    if outcome and REPEAT in config.stash:  # pytest itself lists them
        _write(terminal, not_run(outcome))
    if config.getoption("--page-diff") and (live := config.stash.get(LIVE, None)):
        terminal.section("topcheck page-diff")
        terminal.write_line(live.redactor.redacted(_page_diff(config, live)))
    folder = config.getoption("--topcheck-report")
    if folder and Path(folder, OUTCOME_FILE).exists():  # or it was said why it could not be written
        terminal.write_line(f"report: {Path(folder, PAGE_FILE)}")


def write_last_screen(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the last screen of a run that judged something."""
    outcome = config.stash.get(OUTCOME, None)
    if outcome and outcome.sides:
        where = config.getoption("--topcheck-report") or "--topcheck-report=DIR"
        size = shutil.get_terminal_size()
        _write(terminal, ["", last_screen(outcome, f"{where} lists them", *size)])


def _write(terminal: pytest.TerminalReporter, lines: Iterable[str]) -> None:
    """Write lines of ours, in colours where pytest has any."""
    if text := "\n".join(lines):
        terminal.write_line(painted(text) if terminal.hasmarkup else text)


def _page_diff(config: pytest.Config, live: LiveRun) -> str:
    workspace = config.stash[WORKSPACE]
    judge = workspace.judges.exchanges.judge_body
    recorded = [judge(one.exchange) for _, one in workspace.recorded.recordings]
    answers = [result.judgement for result in live.results]
    return table(page_diff(workspace.contract, recorded, answers))
