"""Where text is shown: which streams are screens, and what is coloured there, and how."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def is_screen(stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether what is written there can be written over: a terminal that obeys."""
    dumb = environment.get("TERM", "").lower() in ("dumb", "unknown")
    return stream is not None and not stream.closed and stream.isatty() and not dumb


def has_colours(stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether what is written there is coloured: `NO_COLOR`, else `FORCE_COLOR`, else a screen."""
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or is_screen(stream, environment)


def console(
    stream: TextIO, *, coloured: bool, screen: bool = False, columns: int | None = None
) -> Console:
    """Return a console of rich's: nothing but our theme is coloured, and no text is markup.

    Without `columns` it is as wide as the terminal, or as `COLUMNS` says. Libraries are imported
    here, where there is something to draw: what only prints must not wait for them.
    """
    from rich.console import Console

    return Console(
        file=stream, width=columns, force_terminal=screen or coloured, force_interactive=screen,
        color_system="standard" if coloured else None, no_color=not coloured, markup=False,
        emoji=False, highlight=False,
    )  # fmt: skip
