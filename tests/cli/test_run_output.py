"""What a run prints, in a pipe and on a terminal: how far it is, and what it ends with."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk.test_gate_sdk import gate
from tests.warm import run_pytest, run_topcheck

ROOT = Path(__file__).parents[2]
CLAUSE = "sdk.response.big_integer"
LIAR = ("--sdk={python} -m tests.liars RoundedAnswer", f"--clause={CLAUSE}")
COMMAND = f"topcheck gate '{LIAR[0]}' --clause={CLAUSE}"
TEST = f"contract_tests/test_sdk.py::test_the_sdk_keeps_the_clause[{CLAUSE}-topcheck]"


@pytest.fixture(scope="module")
def failed():
    """The gate's run over a liar, in a pipe."""
    return gate(*LIAR)


def test_a_pipe_gets_lines_that_do_not_depend_on_the_machine(failed):
    """No escape sequence; pytest's letters on a line of their own; the cases told once."""
    assert "\x1b" not in failed.stdout + failed.stderr
    assert re.fullmatch(r"\.+F\.* +\[100%\]", failed.stdout.split("\n")[0])
    assert re.fullmatch(r"topcheck: topcheck: \d+ cases\n", failed.stderr)


def test_a_failure_is_repeated_by_the_gate(failed):
    """In the words about it as on the last screen, wherever pytest took its tests from."""
    assert failed.stdout.count(COMMAND) == 2
    assert f"  repeat    {COMMAND}\n" in failed.stdout
    assert "-m pytest" not in failed.stdout
    assert failed.stdout.endswith(f"\nverdict: may not ship\n{COMMAND}\n")


def test_a_failure_of_a_clause_is_one_reason(failed):
    """The test that tells of it is none beside it."""
    assert failed.stdout.count("  because ") == 1


def test_pytest_ends_with_the_same_screen():
    """Its own output is whole; its short summary has a line for each failure, also where CI is."""
    words = ("-p", "no:cacheprovider", "contract_tests/test_sdk.py", *LIAR)
    run = run_pytest(*words, environment={"CI": "true"})
    assert run.returncode == 1
    own, screen = re.split(r"\n=+ 1 failed, 2 passed in .* =+\n", run.stdout)
    summary = re.split(r"\n=+ short test summary info =+\n", own)[1]
    assert summary.startswith(f"FAILED {TEST}")
    assert "\n" not in summary
    lines = screen.strip().split("\n")
    assert lines[0] == f"{CLAUSE}  [violation]  topcheck at result.model.paid_fee"
    assert lines[2:4] == ["  because topcheck: 1 clause broken", "verdict: may not ship"]
    assert "pytest" in lines[4]
    assert TEST in lines[4]
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--sdk=nope"], "the driver is broken: nope: it cannot be run: "),
        (["--gateway=http://127.0.0.1:9/router/rest"], "http://127.0.0.1:9/router/rest cannot be "),
    ],
    ids=["driver", "gateway"],
)
def test_what_ends_a_gate_is_one_line(words, why):
    """The reason, on standard error, and code 2; the verdict is all that is on the other."""
    keys = {"TOP_APP_KEY": "1", "TOP_APP_SECRET": "2"}
    run = run_topcheck("gate", *words, environment=keys)
    told = [line for line in run.stderr.splitlines() if not line.endswith(" cases")]
    verdict = "verdict: could not be decided\n"
    assert (run.returncode, run.stdout, len(told)) == (2, verdict, 1), run
    assert told[0].startswith(f"topcheck: {why}")


def on_a_terminal(*command):
    """Run a command on a terminal of its own; return its code and all that came."""
    ours, its = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "80",
                   "LINES": "24"}  # fmt: skip
    for name in ("NO_COLOR", "FORCE_COLOR", "CI"):
        environment.pop(name, None)
    with subprocess.Popen(command, cwd=ROOT, stdin=its, stdout=its, stderr=its,
                          env=environment) as process:  # fmt: skip
        os.close(its)
        came = []
        while True:
            try:
                came.append(os.read(ours, 65536))
            except OSError:  # so it ends on Linux
                break
            if not came[-1]:
                break
    os.close(ours)
    return process.returncode, b"".join(came).decode()


def left_on_the_screen(text):
    """Return the rows that are left once all was obeyed that moves the cursor or erases."""
    rows, at, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", text):
        if part == "\n":
            at, column = at + 1, 0
            rows += [""] * (at == len(rows))
        elif part == "\x1b[1A":
            at -= 1
        elif part == "\x1b[2K":
            rows[at] = ""
        elif part == "\r":
            column = 0
        elif not part.startswith("\x1b"):
            rows[at] = rows[at][:column].ljust(column) + part + rows[at][column + len(part) :]
            column += len(part)
    return rows


def test_a_terminal_sees_how_far_a_gate_is_and_keeps_none_of_it():
    """What is collected, started, called and tested, each with its count; then the screen."""
    code, text = on_a_terminal(sys.executable, "-m", "tests.some_cases", "gate", *LIAR)
    assert code == 1
    drawn = re.sub(r"\x1b\[[0-9;?]*m|[━╸╺]", "", text)
    for counted in (r"collecting +\d+ tests", r"starting +[01]/1 drivers",
                    r"topcheck: its cases +\d+/\d+ cases", r"testing +\d/3 tests"):  # fmt: skip
        assert re.search(counted, drawn), counted
    rows = left_on_the_screen(text)
    assert not [row for row in rows if re.search(r"[━╸╺]|\[100%\]|^\.+F", row)]
    assert "\x1b[1;31mmay not ship\x1b[0m" in text
    assert "\x1b[1;36mtopcheck gate " in text
    assert rows[-2] == COMMAND


def test_a_terminal_is_told_how_the_sandbox_is_judged():
    """A program that waits for the URL is told nothing else."""
    command = [sys.executable, "-c", "from topcheck.cli.main import main; main()", "serve"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for is_terminal in (True, False):
        ours, its = pty.openpty() if is_terminal else os.pipe()
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=its,
                              stderr=subprocess.PIPE, text=True) as server:  # fmt: skip
            os.close(its)
            url = os.read(ours, 4096).decode().strip()
            told = server.stderr.readline() if is_terminal else ""
            server.terminate()
            told += server.stderr.read()
        os.close(ours)
        assert url.endswith("/router/rest")
        words = f"topcheck: in another terminal: topcheck gate --gateway {url}\n"
        assert told == (words if is_terminal else "")
