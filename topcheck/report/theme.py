"""Where text is shown: which streams are screens, and what is coloured there, and how.

What is coloured is told in words as well: with its colours taken off a text is the same.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from topcheck.system import printable, say

if TYPE_CHECKING:
    from rich.console import Console


#: The output that a person reads; all others are for programs.
TEXT = "text"
#: The theme: what a part of a line is, and how that looks.
_STYLES = {"bad": "bold red", "good": "bold green", "open": "bold yellow", "clause": "bold",
           "name": "cyan", "command": "bold cyan"}  # fmt: skip
_WORDS = {
    "bad": "may not ship|violates|broken|breaking|breaks|passes though known to fail|refused|wrong",
    "good": "may ship|these clauses hold|conforms|compatible|held|in order|answered",
    "open": "could not be decided|not observed|not supported|not known|known failing|survives|"
            "drift|advisory",
}  # fmt: skip
_LEVEL = r"\[(?:(?P<bad>violation)|(?P<open>drift|advisory))\]"
_WORD = "(?:" + "|".join(f"(?P<{style}>{words})" for style, words in _WORDS.items()) + ")"
_NAMES = ("at|in|case|expected|actual|request|answer|handed|rule|reason|first in|also in|repeat|"
          r"because|not run|advice|mend|log|next|page:\d+|kept|breaks")  # fmt: skip
_COMMANDS = r"topcheck (?:gate|driver smoke)|\S*pytest|\S*python\S* -m pytest"
#: What is what in a line of ours, by its shape. Where a line of somebody else has such a shape,
#: nothing but its colour is wrong.
_PARTS = (
    rf"^verdict: {_WORD}(?: \(|$)",
    rf"^ {{0,2}}(?:[\d:-]+  )?(?P<clause>[\w.]+)  {_LEVEL}",  # the head of a finding
    rf"\] {_WORD}: ",
    rf"(?:^ *|[:,] )(?!0 )\d+ (?:clauses? )?{_WORD}(?=[,:;( ]|$)",  # counts, of something
    rf"^[^:\n]*:? {_WORD}(?=:|$)",
    rf"(?<=  ){_WORD}(?=  |$)",  # a column of the ledger
    rf"^ {{2,6}}(?P<name>{_NAMES})(?=[: ])",
    r"(?<= \| )(?P<name>actual)(?= )",
    rf"^(?:  repeat +)?(?P<command>(?:{_COMMANDS}) .*)$",
)


def is_screen(stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether what is written there can be written over: a terminal that obeys."""
    dumb = environment.get("TERM", "").lower() in ("dumb", "unknown")
    return stream is not None and not stream.closed and stream.isatty() and not dumb


def has_colours(stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether what is written there is coloured: `NO_COLOR`, else `FORCE_COLOR`, else a screen."""
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or is_screen(stream, environment)


def console(stream: TextIO, *, coloured: bool, screen: bool = False) -> Console:
    """Return a console of rich's: nothing but our theme is coloured, and no text is markup.

    It is as wide as the terminal, or as `COLUMNS` says. Libraries are imported here, where there is
    something to draw: what only prints must not wait for them.
    """
    from rich.console import Console
    from rich.theme import Theme

    return Console(
        file=stream, force_terminal=screen or coloured, force_interactive=screen,
        color_system="standard" if coloured else None, no_color=not coloured, markup=False,
        emoji=False, highlight=False, theme=Theme(_STYLES),
    )  # fmt: skip


def painted(text: str) -> str:
    """Colour the lines of a text by what they say; taken off, the colours leave it as it was."""
    from rich.text import Text

    shown = Text(text)
    for part in _PARTS:
        shown.highlight_regex(re.compile(part, re.MULTILINE))
    stream = io.StringIO()
    console(stream, coloured=True).print(shown, soft_wrap=True, end="")
    return stream.getvalue()


def show(text: str) -> None:
    """Write what a person reads to standard output, in colours where it has any.

    No control character reaches a terminal, whoever wrote it. Raises OSError.
    """
    lines = printable(text)
    say(painted(lines) if has_colours(sys.stdout) else lines)


def tell(text: str, output: str) -> None:
    """Write what was found to standard output: for a person as `show` does, else as it is.

    Raises OSError.
    """
    if output == TEXT:
        show(text)
    else:
        say(text)
