"""Whatever a terminal can show: the same words, what it cannot show escaped, the same exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm import run_pytest, run_topcheck

ROOT = Path(__file__).parents[2]
PAGE = "schemas/alibaba.alisports.lianbei.xpos.querystatus/page.txt"
COMMAND = ("-c", "from topcheck.cli.main import main; main()")
LIAR = "--sdk={python} -m tests.liars RoundedAnswer"
BROKEN = (
    '{"alibaba_alisports_lianbei_xpos_querystatus_response":{"result":{"model":'
    '{"checkout_status":"支付\\u0007 \\ud83d\\ude00"}}}}'
)
CLAUSE = "sdk.response.big_integer"
COMMANDS = {
    "check": ((*COMMAND, "check", "-"), 1),
    "check ndjson": ((*COMMAND, "check", "--output=ndjson", "-"), 1),
    "derive --show": ((*COMMAND, "derive", "--show", PAGE), 0),
    "serve --list-faults": ((*COMMAND, "serve", "--list-faults"), 0),
}
RUNS = {
    "gate": ((*COMMAND, "gate", LIAR, f"--clause={CLAUSE}"), 1),
    "pytest": (("-m", "pytest", "-q", "-p", "no:cacheprovider", "contract_tests/test_sdk.py", LIAR,
                f"--clause={CLAUSE}"), 1),
}  # fmt: skip
CHINESE = "到目前为止累计支付的金额"


def run(arguments, **environment):
    """Run a command, cold, with its output in some encoding; return its code and its bytes."""
    removed = ("PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL", "LANG")
    kept = {name: value for name, value in os.environ.items() if name not in removed}
    found = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, input=BROKEN.encode(), capture_output=True,
        check=False, env={**kept, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    assert b"Traceback" not in found.stdout + found.stderr
    if environment.get("PYTHONIOENCODING") == "ascii":
        assert (found.stdout + found.stderr).isascii()
    return found.returncode, found.stdout


def run_warm(arguments, encoding):
    """Run the same forked off a warm process: its streams are opened as Python opens them."""
    forked = run_pytest if arguments[:2] == ("-m", "pytest") else run_topcheck
    options = {"stdin": BROKEN.encode()} if forked is run_topcheck else {}
    found = forked(*arguments[2:], environment={"PYTHONIOENCODING": encoding}, **options)
    assert "Traceback" not in found.stdout + found.stderr
    return found.returncode, found.stdout.encode(encoding)


def escaped(text, encoding):
    """Return a text as a terminal of an encoding can show it."""
    return text.encode(encoding, "backslashreplace")


@pytest.fixture(scope="module")
def plain():
    """What each command prints where everything can be shown."""
    return {name: run(arguments, PYTHONIOENCODING="utf-8")
            for name, (arguments, _) in COMMANDS.items()}  # fmt: skip


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "gbk", "cp437", "shift_jis"])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_cannot_be_shown_is_escaped(name, encoding, plain):
    """Nothing is lost but the look of it."""
    code, whole = plain[name]
    assert code == COMMANDS[name][1]
    arguments = COMMANDS[name][0]
    cold = encoding == "ascii"
    found = run(arguments, PYTHONIOENCODING=encoding) if cold else run_warm(arguments, encoding)
    assert found == (code, escaped(whole.decode(), encoding))


@pytest.mark.parametrize("environment", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"},
                                         {"LC_ALL": "POSIX"}, {"LANG": "C"}], ids=str)  # fmt: skip
@pytest.mark.skipif(
    not sys.prefix.isascii(), reason="Python reads its own .pth files in the locale's encoding"
)
def test_the_locale_of_a_bare_machine(environment, plain):
    """Python itself may take it for UTF-8."""
    code, whole = plain["check"]
    found, out = run(COMMANDS["check"][0], **environment)
    assert found == code
    assert out in (whole, escaped(whole.decode(), "ascii"))


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
@pytest.mark.parametrize("name", RUNS)
def test_runs_of_pytest(name, encoding):
    """The words of a failure are there, line by line, and the exit code is that of the failure."""
    arguments, expected = RUNS[name]
    cold = encoding == "ascii"
    code, out = run(arguments, PYTHONIOENCODING=encoding) if cold else run_warm(arguments, encoding)
    assert code == expected
    lines = [line for line in out.splitlines() if line.startswith(b"  page:")]
    assert len(lines) == 1
    assert escaped(CHINESE, encoding) in lines[0]


def test_what_is_wrong_is_escaped_too(tmp_path):
    """Standard error is a terminal as well."""
    missing = run((*COMMAND, "check", str(tmp_path / "订单.json")), PYTHONIOENCODING="ascii")
    assert missing == (2, b"")


def test_a_file_whose_name_is_no_text(tmp_path):
    """A name may hold any bytes; it is told escaped."""
    path = os.fsencode(tmp_path) + b"/\xff.json"
    Path(os.fsdecode(path)).write_text("{}")
    code, out = run((*COMMAND, "check", path), PYTHONIOENCODING="utf-8")
    assert (code, b"\\udcff.json: violates" in out) == (1, True)
