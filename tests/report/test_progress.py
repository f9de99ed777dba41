"""How far long work is: drawn on a terminal, with its own clock, and nowhere else."""

import io
import re

import pytest

from topcheck.report.progress import progress

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self):
        """Return that it is one."""
        return True


class Seconds:
    """A clock that goes on where it is told to."""

    now = 0.0

    def __call__(self):
        """Return the seconds that have passed."""
        return self.now


@pytest.fixture(autouse=True)
def _terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def drawn(text):
    """Return the lines that were drawn one after the other, without what moves the cursor."""
    return [line.strip() for line in re.split(r"[\r\n]+", ESCAPES.sub("", text)) if line.strip()]


def run(total, steps, note="", stream=None, what="asking the gateway"):
    """Draw ten requests a second."""
    screen, clock = stream or Screen(), Seconds()
    with progress(what, total, "requests", stream=screen, clock=clock) as meter:
        for step in range(1, steps + 1):
            clock.now += 0.1
            meter.at(step, note=note)
    return screen.getvalue()


def test_it_is_drawn_at_once_with_what_is_to_come():
    """Before the first is done."""
    assert drawn(run(200, 0))[0].replace("━", "").split() == [
        "asking", "the", "gateway", "0/200", "requests",
    ]  # fmt: skip


def test_it_tells_count_rate_and_time_left():
    """Ten a second, of two hundred fifty are done: fifteen seconds are left."""
    last = drawn(run(200, 50))[-1]
    assert re.sub(r"\s+", " ", last.replace("━", "").replace("╸", "").replace("╺", "")) == (
        "asking the gateway 50/200 requests 10/s 15 s left"
    )


def test_how_many_there_are_may_be_learnt_or_never_known():
    """Without a total there is no time left; with one too small nothing is more than all."""
    assert drawn(run(None, 50))[-1].endswith("50 requests  10/s")
    assert "15/15 requests" in drawn(run(10, 15))[-1]


def test_how_many_there_are_is_drawn_as_soon_as_it_is_learnt():
    """However short it is since the line was drawn last: the work may be done before the next."""
    screen = Screen()
    with progress("node", None, "cases", stream=screen, clock=Seconds()) as meter:
        meter.at(0, 312)
    assert drawn(screen.getvalue())[-1].endswith("0/312 cases")


def test_it_is_gone_when_the_work_is_done():
    """The line is erased, and the cursor is shown again."""
    assert run(9, 9).endswith("\x1b[2K")
    assert "\x1b[?25h" in run(9, 9)


def test_it_is_not_drawn_more_often_than_ten_times_a_second():
    """A thousand steps in a second take no thousand drawings."""
    screen, clock = Screen(), Seconds()
    with progress("judging", 1000, "bodies", stream=screen, clock=clock) as meter:
        for _ in range(1000):
            clock.now += 0.001
            meter.advance()
    assert 9 <= screen.getvalue().count("judging") <= 13


def test_a_line_is_never_wider_than_the_terminal(monkeypatch):
    """What is waited for may be long, and hostile."""
    monkeypatch.setenv("COLUMNS", "60")
    text = run(200, 9, note="waiting for \x1b[2J支付" * 30, what="支付\x07")
    assert "\x07" not in text
    assert "\x1b[2J" not in text
    assert max(map(len, drawn(text))) <= 60


@pytest.mark.parametrize("term", ["dumb", "unknown", "DUMB"])
def test_a_terminal_that_obeys_nothing_is_left_alone(monkeypatch, term):
    """As some editors have it."""
    monkeypatch.setenv("TERM", term)
    assert run(9, 9) == ""


def test_nothing_is_drawn_in_a_pipe(monkeypatch):
    """Nor with colours forced: what keeps the output would keep each line."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run(9, 9, stream=io.StringIO()) == ""


def test_no_colours_where_none_are_wanted(monkeypatch):
    """The line moves, and is plain."""
    coloured = re.compile(r"\x1b\[[0-9;]+m")
    assert coloured.search(run(9, 9))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured.search(run(9, 9))
