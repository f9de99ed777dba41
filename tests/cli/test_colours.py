"""What a command found: coloured and without commands to a terminal for people, plain for programs.

Every command that has an output for programs is asked for both.
"""

import re

import pytest
from click.testing import CliRunner

from tests.audit.archives import BAD, LINE
from tests.cli.test_diagnose import AT, RIGHT, SECRET, curl
from tests.page_changes import PAGE
from topcheck.cli.commands import commands

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
OTHER = PAGE.replace("CANCELED(取消)", "CANCELED(取消), REFUNDED(退款)")
#: The files of each command, its options, its output for programs, and what must be coloured.
COMMANDS = {
    "check": ({"a.json": BAD}, (), "ndjson", "\x1b[1;31mviolates"),
    "diff": ({"old.txt": PAGE, "new.txt": OTHER}, (), "json", "\x1b[1;31m"),
    "diagnose": ({"request": curl({**RIGHT, "sign": "0" * 32})}, ("--at", AT), "json",
                 "\x1b[1;31mrefused"),
    "audit": ({"a.ndjson": BAD + b"\n" + LINE}, (), "json", "[\x1b[1;31mviolation"),
}  # fmt: skip


def said(name, folder, output, **environment):
    """Run a command; return what it writes to standard output."""
    files, options, *_ = COMMANDS[name]
    for file, content in files.items():
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    words = [name, *(str(folder / file) for file in files), *options, "--output", output]
    held = {"TOP_APP_SECRET": SECRET, "TOP_APP_KEY": None, "NO_COLOR": None, "FORCE_COLOR": None}
    found = CliRunner().invoke(commands, words, env=held | environment, standalone_mode=False)
    assert found.exception is None, found.exception
    return found.stdout


def test_every_command_with_such_an_output_is_here():
    """One that comes anew is to be looked at as well."""
    own = commands.commands.items()
    found = {name for name, one in own for p in one.params if "--output" in p.opts}
    assert found == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_people_have_colours_and_programs_have_none(name, tmp_path):
    """Taken off, they leave what a pipe has; what a program reads is the same with them."""
    *_, output, coloured = COMMANDS[name]
    plain, shown = (said(name, tmp_path, "text", FORCE_COLOR=on) for on in ("", "1"))
    assert coloured in shown
    assert "\x1b" not in plain
    times = re.compile(r"[\d.]+ s$", re.MULTILINE)
    assert times.sub("", COLOURS.sub("", shown)) == times.sub("", plain)
    assert "\x1b" not in said(name, tmp_path, output, FORCE_COLOR="1")
