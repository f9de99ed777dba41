"""Time as an argument: the clock on the wall, the one that only goes on, and waiting."""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass

#: Tells the time, aware of its zone.
Clock = Callable[[], datetime.datetime]


def now() -> datetime.datetime:
    """Return the time, aware of its zone: the clock of a run against the world."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """The clocks of a run, and how it waits. `monotonic` and `sleep` are in seconds."""

    now: Clock = now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
