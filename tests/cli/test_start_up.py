"""What a command imports: help waits for nothing, a body not for the web."""

import os
import signal
import subprocess
import sys
from functools import partial
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from topcheck.cli.commands import commands

ROOT = Path(__file__).parents[2]
#: Ends a command and prints what is imported by then, as the last line.
PROGRAM = """
import sys
from topcheck.cli.main import main
try:
    main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules})
"""
#: Is interrupted when it imports a module, and says so where it goes on.
INTERRUPTED = """
import os, signal, sys
module = sys.argv.pop(1)
class Interrupting:
    def find_spec(self, name, *_):
        if name == module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from topcheck.cli.main import main
main()
"""
#: What is installed beside the package, by the names under which it is imported; an interpreter
#: begins with some of those that have an underscore in front.
LIBRARIES = {name for name in packages_distributions() if not name.startswith("_")} - {"topcheck"}
#: What serves, records or runs tests: each takes longer to import than to judge a body.
UNNEEDED = {"aiohttp", "pytest", "vcr"}


def libraries(*arguments):
    """Return the libraries that a command imports, in a process of its own."""
    run = cold("-c", PROGRAM, *arguments)
    assert run.stdout, run.stderr
    return set(run.stdout.splitlines()[-1].split()) & LIBRARIES


def cold(*words, **given):
    """Run Python in a process of its own, and return what came of it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TOP_APP_SECRET": "helloworld"}
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=environment,
                          capture_output=True, text=True, check=False, **given)  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["", "--help", "--version", "--unknown", *(f"{name} --help" for name in commands.commands)],
)
def test_help_waits_for_no_library(words):
    """Help, the version and a mistake in a command line need what reads a command line."""
    assert libraries(*words.split()) == {"click"}


@pytest.mark.parametrize(
    "words",
    ["derive tests/pages/three_levels.txt --show", "check docs/refused.curl",
     "diagnose docs/refused.curl"],
)  # fmt: skip
def test_no_command_waits_for_what_it_does_not_use(words):
    """A page, a body, a request: none waits for a server, a recorder or a runner of tests."""
    assert not libraries(*words.split()) & UNNEEDED


def test_a_body_that_conforms_waits_for_no_file_system(tmp_path):
    """Those of archives are needed only to say that a file is one."""
    body = tmp_path / "a.json"
    body.write_text('{"error_response":{"code":15,"msg":"x"}}', "utf-8")
    assert "fsspec" not in libraries("check", str(body))


def test_a_recording_is_read_by_its_recorder():
    """What is imported when it is needed is there then."""
    assert libraries("check", "cassettes/init.xml.yaml") >= {"vcr", "yaml"}


@pytest.mark.parametrize("module", ["topcheck.cli.commands", "click", "topcheck.report.text"])
def test_an_interrupt_while_the_modules_load_ends_in_silence(module):
    """A shell calls that exit code 130; what is loaded is no concern of who pressed Ctrl-C."""
    run = cold("-c", INTERRUPTED, module, "--help")
    assert (run.returncode, run.stdout, run.stderr) == (-signal.SIGINT, "", "")


def test_an_interrupt_while_a_command_loads_is_told():
    """From there on it is as in the middle of the command."""
    run = cold("-c", INTERRUPTED, "topcheck.cli.check", "check", "page.txt")
    said = run.stderr.split("\n")[-2:]
    assert (run.returncode, said) == (2, ["topcheck: it was interrupted before its end", ""])


def test_an_interrupt_that_is_ignored_stays_so():
    """What runs behind `nohup` does not end because its terminal does."""
    ignore = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    run = cold("-c", INTERRUPTED, "click", "--version", preexec_fn=ignore)
    assert (run.returncode, run.stderr) == (0, "")
