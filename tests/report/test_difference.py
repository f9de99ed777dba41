"""Where two texts differ."""

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
    ],
)  # fmt: skip
def test_what_differs_is_told(expected, actual, shown):
    """Where they are alike; where they say different things nothing is marked."""
    assert marked(difference(expected, actual)) == shown


def test_the_longest_texts_are_not_compared():
    """It would take longer than anybody waits."""
    assert marked(difference("a" * 10**6, "a" * 10**6 + "b")) == ("a" * 10**6, "a" * 10**6 + "b")


@pytest.mark.parametrize("pair", [("abcdef", "abXdef"), ("x" * 300 + "a", "x " * 150 + "b")])
def test_no_character_is_lost(pair):
    """The pieces are the text."""
    for text, pieces in zip(pair, difference(*pair), strict=True):
        assert "".join(piece.text for piece in pieces) == text
