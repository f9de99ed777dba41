"""Where two texts differ."""

import sys

import pytest

from topcheck.report.difference import difference


def marked(texts):
    """Both texts, with what differs in brackets."""
    return tuple("".join(f"[{p.text}]" if p.differs else p.text for p in one) for one in texts)


@pytest.mark.parametrize(
    ("expected", "actual", "shown"),
    [
        ("9007199254740993", "9007199254740992", ("900719925474099[3]", "900719925474099[2]")),
        ("788", "7880", ("788", "788[0]")),
        ("SUCCEEDED", "SUCCEEDE", ("SUCCEEDE[D]", "SUCCEEDE")),
        ("支付成功", "支付失败", ("支付[成功]", "支付[失败]")),
        ("a\U0001f600b", "a\U0001f601b", ("a[\U0001f600]b", "a[\U0001f601]b")),
        ("same", "same", ("same", "same")),
        ("a whole number", '"100"', ("a whole number", '"100"')),
        ("", "x", ("", "x")),
        ("word " * 60 + "one", "word " * 60 + "two",
         ("word " * 60 + "[one]", "word " * 60 + "[two]")),
        ("788 (long)", "789 (long)", ("78[8] (long)", "78[9] (long)")),
        ("at most 128 of 9", "at most 64 of 8", ("at most [128 of 9]", "at most [64 of 8]")),
        ("abcabc", "abc", ("abc[abc]", "abc")),
    ],
)  # fmt: skip
def test_what_differs_is_told(expected, actual, shown):
    """Where they are alike; where they say different things nothing is marked."""
    assert marked(difference(expected, actual)) == shown


def test_the_longest_texts_are_not_compared():
    """It would take longer than anybody waits."""
    assert marked(difference("a" * 10**6, "a" * 10**6 + "b")) == ("a" * 10**6, "a" * 10**6 + "b")


def lines_run(size):
    """Return how many lines are run to compare two texts of so many signs."""
    count = 0

    def trace(*_):
        nonlocal count
        count += 1
        return trace

    text = "(,)" * (size // 3)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        difference(f"{text}a", f"{text}b")
    finally:
        sys.settrace(before)
    return count


def test_twice_the_text_takes_twice_as_long():
    """A report may have thousands of pairs: by each sign with each it took half a minute."""
    assert lines_run(1500) < 3 * lines_run(750)


@pytest.mark.parametrize("pair", [("abcdef", "abXdef"), ("x" * 300 + "a", "x " * 150 + "b")])
def test_no_character_is_lost(pair):
    """The pieces are the text."""
    for text, pieces in zip(pair, difference(*pair), strict=True):
        assert "".join(piece.text for piece in pieces) == text
