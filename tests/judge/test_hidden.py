"""What must not be shown is not: whole, escaped, or the half of it that was left by a cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topcheck.wire.redact import REDACTED, Redactor
from topcheck.wire.tree import excerpt

SECRET = 'se&cret/"of-the\\house"'  # noqa: S105 - planted


@pytest.mark.parametrize(
    "spelled",
    [SECRET, 'se&cret/\\"of-the\\\\house\\"', "se&amp;cret/&quot;of-the\\house&quot;",
     "se%26cret%2F%22of-the%5Chouse%22", 'se&amp;cret/"of-the\\house"',
     'se&cret\\/\\"of-the\\\\house\\"', "".join(f"&#{ord(char)};" for char in SECRET),
     json.dumps(json.dumps(SECRET)[1:-1])[1:-1], "".join(f"&#x0{ord(char):X};" for char in SECRET),
     "".join(f"\\u{ord(char):04X}" for char in SECRET), SECRET.upper()],
)  # fmt: skip
def test_a_secret_is_taken_out_however_it_is_written(spelled):
    """As it is, and as JSON, XML and a URL may write it."""
    assert Redactor([SECRET]).redacted(f"<{spelled}>") == f"<{REDACTED}>"


@given(st.text("ab ", max_size=20), st.integers(1, 40))
def test_no_cut_leaves_a_half(before, limit):
    """Wherever a text is shortened, four characters of a secret are never left."""
    shown = Redactor([SECRET]).redacted(excerpt(before + SECRET, limit))
    assert not any(SECRET[:4] in piece for piece in shown.split(REDACTED))


def test_what_is_short_is_no_secret():
    """A word of three letters might stand anywhere."""
    assert Redactor(["abc", ""]).redacted("abcabc…") == "abcabc…"


def test_the_longer_secret_goes_first():
    """A secret that another one begins with leaves nothing of the other."""
    assert Redactor(["token", "token-of-ours"]).redacted("token-of-ours, token") == (
        f"{REDACTED}, {REDACTED}"
    )


def test_the_half_of_a_secret_that_holds_another_goes_whole():
    """What was cut off is taken out before what stands inside of it."""
    redactor = Redactor(["before-12345678-after", "12345678"])
    assert redactor.redacted("x before-12345678-a…") == f"x {REDACTED}…"


def test_what_is_no_character_stays():
    """A text with half of a surrogate pair is no reason to fall over."""
    assert Redactor([SECRET]).redacted("\ud800 \U0001f600") == "\ud800 \U0001f600"


def test_what_will_be_json_is_rid_of_them_before():
    """The half that a cut left is found in names and values, before JSON escapes it again."""
    cut = json.dumps(SECRET)[:12] + "…"
    assert Redactor([SECRET]).redacted_data({SECRET: [cut, 1, None]}) == {
        REDACTED: [f'"{REDACTED}…', 1, None]
    }
