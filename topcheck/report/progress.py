"""How far long work is: a line on a terminal that counts, and is gone when the work is done.

Elsewhere nothing is drawn: what a pipe keeps must not depend on how fast a machine is.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

from topcheck.report.theme import console, has_colours, is_screen
from topcheck.system import plain

if TYPE_CHECKING:
    from rich.progress import Progress

#: The line is drawn anew after so long, in seconds, and the bar takes so many columns.
_EVERY, _BAR = 0.1, 20


class Meter:
    """Is told how far the work is, and draws it; without a bar it only counts."""

    def __init__(
        self, total: int | None = None, unit: str = "", bar: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.done = 0
        self.total = total
        self._unit = unit
        self._bar = bar
        self._clock = clock
        self._due = clock()
        self.at(0)

    @property
    def is_drawn(self) -> bool:
        """Whether anybody sees it."""
        return self._bar is not None

    def advance(self, count: int = 1) -> None:
        """Tell that so much more is done."""
        self.at(self.done + count)

    def at(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell how much is done, of how much where that is known by now, and what is waited for.

        What was thought to be all grows with what is done.
        """
        self.done, learnt = done, self.total is None and total is not None
        total = total or self.total
        self.total = None if total is None else max(done, total)
        if self._bar is not None and (learnt or self._clock() >= self._due):
            self._due = self._clock() + _EVERY
            (task,) = self._bar.task_ids
            self._bar.update(task, completed=done, total=self.total, visible=True)
            self._bar.update(task, told=self._told(self._bar, note), refresh=True)

    def _told(self, bar: Progress, note: str) -> str:
        (task,) = bar.tasks
        of = "" if self.total is None else f"/{self.total}"
        told = [f"{self.done}{of} {self._unit}".rstrip()]
        if speed := task.speed:
            told.append(f"{speed:.0f}/s" if speed >= 10 else f"{speed:.1f}/s")
        if task.time_remaining and not task.finished:
            told.append(f"{_span(task.time_remaining)} left")
        return "  ".join([*told, plain(note)]).rstrip()


@contextlib.contextmanager
def progress(
    what: str, total: int | None = None, unit: str = "", *, stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Meter]:  # fmt: skip
    """Draw how far some work is while the block runs: the count, the rate, the time left.

    `what` names the work and `unit` what is counted, in the plural; `total` is how many there are,
    None while that is not known. It is drawn at once where `stream`, else standard error, is a
    terminal. `clock` tells seconds that only go on.
    """
    shown = sys.stderr if stream is None else stream
    if not is_screen(shown):
        yield Meter(total, unit, clock=clock)
        return
    from rich.progress import BarColumn, Progress, TextColumn

    screen = console(shown, coloured=has_colours(shown), screen=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(_BAR),
               TextColumn("{task.fields[told]}", markup=False))  # fmt: skip
    with Progress(
        *columns, console=screen, auto_refresh=False, transient=True, redirect_stdout=False,
        redirect_stderr=False, get_time=clock,
    ) as bar:  # fmt: skip
        bar.add_task(plain(what), total=total, told="", visible=False)
        yield Meter(total, unit, bar, clock)


def _span(seconds: float) -> str:
    """Write a length of time in one unit, as one says it."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
