"""What is written in a block as commands, and whether a command that is not run could be."""

import functools
import re
import shlex
from dataclasses import dataclass

import click

from tests.docs.pages import ROOT
from tests.warm import run_pytest
from topcheck.cli.commands import commands

#: What else a page tells people to type: none of it is ours.
FOREIGN = ("cat", "cd", "curl", "echo", "export", "git", "grep", "head", "npm", "pip", "printf",
           "schemathesis", "sed")  # fmt: skip
_PROMPT = "$ "
#: Stands where a line ends that is continued.
_CONTINUED = "\0"


@dataclass(frozen=True)
class Step:
    """A command of a page, in which line it stands, what it prints, and its exit code.

    `output` is None where the page does not show it.
    """

    command: str
    line: int
    output: str | None
    code: int


def steps(block):
    """Return the commands of a block; the exit code that its first line tells is the last one's."""
    found = _console(block) if block.language == "console" else _shell(block)
    code = re.fullmatch(r"exit=(\d+)", block.told)
    codes = [0] * (len(found) - 1) + [int(code[1]) if code else 0]
    return [Step(*one, code) for one, code in zip(found, codes, strict=True)]


def _console(block):
    found = []
    for number, line in enumerate(block.text.splitlines(keepends=True), start=block.line):
        if line.startswith(_PROMPT):
            found.append((line.removeprefix(_PROMPT).rstrip("\n"), number, ""))
        elif found:
            command, at, output = found[-1]
            found[-1] = (command, at, output + line)
    if not found:
        raise ValueError(f"line {block.line}: no command stands behind {_PROMPT}")
    return found


def _shell(block):
    whole = re.sub(r"\s*\\\n\s*", lambda _: f" {_CONTINUED}", block.text)
    found, number = [], block.line
    for line in whole.splitlines():
        command = re.sub(r"(^|\s+)# .*$", "", line).replace(_CONTINUED, "").strip()
        found += [(command, number, None)] if command else []
        number += 1 + line.count(_CONTINUED)
    return found


def console_text(given):
    """Write commands with their outputs as the text of a console block."""
    return "".join(f"{_PROMPT}{command}\n{output}" for command, output in given)


def wrong_in(command, *, whole=True):
    """Say what is wrong with a command, without running it; None if nothing is seen.

    In the lines of a page a command need not be `whole`: names of values may stand for them.
    """
    try:
        parts = _parts(command, "|&;" if whole else "")
    except ValueError as error:
        return str(error)
    return next(filter(None, (_wrong(words, whole) for words in parts)), None)


def _parts(command, between):
    """Cut a line of the shell into commands, and each into its words. Raises ValueError."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=between)
    lexer.whitespace_split, lexer.commenters = True, "#"
    parts = [[]]
    for word in lexer:
        parts += [[]] if between and not word.strip(between) else []
        parts[-1] += [word] if word.strip(between) or not between else []
    return parts


def _wrong(words, whole):
    while words and re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    if not words or words[0] in FOREIGN:
        return None
    program, *given = words[: words.index(">") if whole and ">" in words else None]
    if program not in _PROGRAMS:
        return f"nobody knows how to look at {program}"
    return _PROGRAMS[program](given, whole)


def _make(given, whole):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    names = [word for word in given if "=" not in word and not word.startswith("-")]
    missing = [name for name in names[: None if whole else 1] if name not in targets]
    return f"there is no target {missing[0]}" if missing else None


def _topcheck(given, whole):
    command, words = commands, list(given)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name not in command.commands:
            return f"there is no command {name}" if whole or name.islower() else None
        command = command.commands[name]
    known = {name for option in command.params for name in option.opts} | {"--help", "--version"}
    if strange := _strange(words, known):
        return strange
    if whole and not {"--help", "--version"} & set(words):
        try:
            command.make_context(command.name, words)
        except click.ClickException as error:
            return error.format_message()
    return None


def _pytest(given, _whole):
    return _strange(given, _options_of_pytest())


@functools.cache
def _options_of_pytest():
    return {"-p", "-q", "-n", *re.findall(r"--[\w-]+", run_pytest("--help").stdout)}


def _strange(words, known):
    given = [word.partition("=")[0] for word in words if re.match(r"--?[A-Za-z]", word)]
    missing = [name for name in given if name not in known]
    return f"there is no option {missing[0]}" if missing else None


_PROGRAMS = {"make": _make, "topcheck": _topcheck, "pytest": _pytest}


def is_ours(code):
    """Whether code in a line of a page is a command that can be looked at."""
    return code.partition(" ")[0] in _PROGRAMS and " " in code


def plain(code):
    """Write a command of a line without the signs that stand for what may be left out."""
    return re.sub(r"[\[\]…']|\.\.\.", " ", code)
