"""What a driver says though nobody sees it: the line is shown escaped, with what stands there."""

import pytest

from topcheck.sdk.driver_protocol import ProtocolError, read_outcome, read_started

STARTED = (b'{"ok":true,"protocol":1,"sdk":{"name":"a","version":"1","language":"x"},'
           b'"can":{"formats":["json"],"sign_methods":["md5"]}}')  # fmt: skip
LINES = {
    "a byte order mark": (b"\xef\xbb\xbf", "character 1 is U+FEFF (a byte order mark: UTF-8 is "
                          'written without one): \\ufeff{"ok":true'),
    "a zero width space": ("\u200b".encode(), "U+200B (ZERO WIDTH SPACE): \\u200b{"),
    "a no-break space": ("\u00a0".encode(), "U+00A0 (NO-BREAK SPACE): \\u00a0{"),
    "a word joiner": ("\u2060".encode(), "U+2060 (WORD JOINER): \\u2060{"),
    "an ideographic space": ("\u3000".encode(), "U+3000 (IDEOGRAPHIC SPACE): \\u3000{"),
    "NUL": (b"\0", "U+0000 (NUL: is it UTF-16, or padding?): \\u0000{"),
    "an escape": (b"\x1b[0m", "U+001B (an escape of a terminal: turn colours off): \\u001b[0m{"),
    "a bell": (b"\x07", "U+0007 (a control character): \\u0007{"),
    "a form feed": (b"\f", "U+000C (a control character): \\u000c{"),
    "a right-to-left mark": ("\u200f".encode(), "U+200F (RIGHT-TO-LEFT MARK)"),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("read", [read_started, lambda line: read_outcome(line, 1)])
def test_a_line_that_begins_unseen(name, read):
    """The line says which character it is, where, and shows it escaped."""
    before, words = LINES[name]
    with pytest.raises(ProtocolError) as refused:
        read(before + STARTED)
    assert "a line that is no JSON: character 1 is " in str(refused.value)
    assert words in str(refused.value)
    assert str(refused.value).isprintable()


def test_utf_16():
    """Its second byte is NUL."""
    with pytest.raises(ProtocolError, match=r"character 2 is U\+0000 \(NUL: is it UTF-16"):
        read_started(STARTED.decode().encode("utf-16-le"))


def test_bytes_that_are_no_text_are_shown():
    """Each as it is."""
    with pytest.raises(ProtocolError, match=r"is no JSON: \\xff\\xfe"):
        read_started(b"\xff\xfe hello")


def test_what_is_seen_is_shown_as_it_is():
    """A line in words is no riddle; its blanks, and the line end of Windows, are JSON's own."""
    with pytest.raises(ProtocolError, match=r"is no JSON: 启动中…$"):
        read_started("启动中…".encode())
    assert read_started(b" \t" + STARTED + b"\r").sdk["name"] == "a"
