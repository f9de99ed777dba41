"""What a line of JSON escapes, as people read it."""

import json

import pytest

from topcheck.report.wording import unescaped

#: What stands in a line, and what is shown.
ROWS = [
    (r"\u67e5\u8be2\u6210\u529f", "查询成功"), (r"\u67E5\u8Be2", "查询"), (r"caf\u00e9", "café"),
    (r"\ud83d\ude00", "😀"), (r"\uD83D\uDE00!", "😀!"), (r"a\u0041\u003c\u0026", "aA<&"),
    (r"\ud83d", r"\ud83d"), (r"\ude00\ud83d", r"\ude00\ud83d"), (r"\ud83d\u67e5", r"\ud83d查"),
    (r"\u0000\u001b[31m\u007f\u0085", r"\u0000\u001b[31m\u007f\u0085"), (r"\n\t\r", r"\n\t\r"),
    (r"\u200b\u202e\ufeff\u2028", r"\u200b\u202e\ufeff\u2028"),
    (r"\u0022\u005c\u005cu67e5", r"\u0022\u005c\u005cu67e5"), (r"\"\/\\", r"\"\/\\"),
    (r"\\u67e5", r"\\u67e5"), (r"\\\u67e5", r"\\查"), (r"\\\\u67e5\u67e5", r"\\\\u67e5查"),
    ("查", "查"), ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "shown"), ROWS)
def test_what_is_escaped_and_prints_is_shown(written, shown):
    """As a value and as a name; it says the same to a reader of JSON."""
    line = f'{{"{written}": ["{written}"]}}'
    found = unescaped(line)
    assert found == f'{{"{shown}": ["{shown}"]}}'
    assert json.loads(found) == json.loads(line)


@pytest.mark.parametrize("line", [r"C:\u67e5 loaded", r'{"a": "\u67e5"', "", r'"\u67"',
                                  "[" * 100000 + r'"\u67e5"'])  # fmt: skip
def test_what_is_no_json_stays_as_it_is(line):
    """Nobody knows what it means by that."""
    assert unescaped(line) == line
