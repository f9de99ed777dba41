"""Colours: where there are any, what is coloured, and what never reaches a terminal."""

import io
import re
import sys

import pytest

from tests.outcomes import HOSTILE, RUNS, hostile
from topcheck.report.terminal import failure, last_screen, ledger_table, matrix, summary
from topcheck.report.theme import has_colours, is_screen, painted, show

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Stream(io.TextIOWrapper):
    """A stream that is a terminal or a pipe, in an encoding."""

    def __init__(self, terminal, encoding="utf-8"):
        super().__init__(io.BytesIO(), encoding, "backslashreplace", newline="")
        self.terminal = terminal

    def isatty(self):
        """Return whether it is a terminal."""
        return self.terminal

    def written(self):
        """Return the bytes that came."""
        self.flush()
        return self.buffer.getvalue()


@pytest.mark.parametrize(
    ("terminal", "environment", "colours"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "unknown"}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (True, {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        (False, {"TERM": "xterm"}, False),
        (False, {"COLUMNS": "200"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": ""}, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_where_there_are_colours(terminal, environment, colours):
    """`NO_COLOR` outweighs all, `FORCE_COLOR` the rest; a line moves on a terminal alone."""
    assert has_colours(Stream(terminal), environment) is colours
    dumb = environment.get("TERM") in ("dumb", "unknown")
    assert is_screen(Stream(terminal), environment) is (terminal and not dumb)


def test_a_stream_that_is_not_there_has_none():
    """Under some services there is no standard output, or it is closed."""
    closed = Stream(True)
    closed.close()
    assert not has_colours(None, {})
    assert not has_colours(closed, {})


def texts():
    """All that is written of every outcome."""
    for run in (*RUNS.values(), hostile):
        told = run()
        yield from (last_screen(told), matrix(told))
        for side in told.sides:
            yield from (ledger_table(side), "\n".join(summary(side)))
            yield from (failure(side, clause) for clause in side.clauses)


def test_colours_are_never_the_only_sign():
    """Taken off, they leave the text as it was."""
    for text in texts():
        assert COLOURS.sub("", painted(text)) == text


@pytest.mark.parametrize(
    ("line", "coloured"),
    [
        ("verdict: may ship", "\x1b[1;32mmay ship"),
        ("verdict: these clauses hold", "\x1b[1;32mthese clauses hold"),
        ("verdict: may not ship", "\x1b[1;31mmay not ship"),
        ("verdict: could not be decided", "\x1b[1;33mcould not be decided"),
        ("4 clauses: 1 held, 2 broken, 1 not observed", "2 \x1b[1;31mbroken"),
        ("-: violates", "\x1b[1;31mviolates"),
        ("a.json, exchange 3: conforms", "\x1b[1;32mconforms"),
        ("  1:87  response.a.type  [violation]", "\x1b[1mresponse.a.type\x1b[0m  [\x1b[1;31mvio"),
        ("  -  wire.http.status  [drift]", "[\x1b[1;33mdrift"),
        ("      expected  a whole number", "\x1b[36mexpected"),
        ("  expected 1 | actual 2", "| \x1b[36mactual"),
        ("  because x: 1 clause broken", "\x1b[36mbecause"),
        ("topcheck gate --clause=a", "\x1b[1;36mtopcheck gate"),
        ("request.http: refused", "\x1b[1;31mrefused"),
    ],
)
def test_what_is_coloured(line, coloured):
    """Each kind of line that a person looks for."""
    assert coloured in painted(line)


def test_nothing_is_red_that_is_none():
    """No clause broken is no alarm, and a row that holds weighs nothing."""
    assert "\x1b[1;31m" not in painted("148 clauses: 148 held, 0 broken, 0 not observed")
    assert "\x1b[1;31m" not in painted("response.a.type  violation  held  held")


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1"}])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "gbk"])
def test_no_control_character_reaches_a_terminal(monkeypatch, environment, encoding):
    """Whoever wrote it: but for our own colours nothing is obeyed, and no line is lost."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Stream(False, encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    show(f"  expected {HOSTILE}\nverdict: may ship")
    text = stream.written().decode(encoding)
    assert bool(COLOURS.search(text)) is bool(environment)
    lines = COLOURS.sub("", text).split("\n")
    assert [line.isprintable() for line in lines] == [True] * 4
    assert lines[2:] == ["verdict: may ship", ""]


def test_a_pipe_gets_the_text_and_nothing_else(monkeypatch):
    """No escape sequence, however wide the terminal beside it is."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for text in texts():
        stream = Stream(False)
        monkeypatch.setattr(sys, "stdout", stream)
        show(text)
        assert stream.written().decode() == f"{text}\n"


def test_a_wide_blank_of_a_page_is_shown(monkeypatch):
    """Chinese text has it; every other blank that is not a plain one is told by its number."""
    stream = Stream(False)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    show("支付\u3000金额\xa0(分)\t\u2028")
    assert stream.written().decode() == "支付\u3000金额\\u00a0(分)\\u0009\\u2028\n"
