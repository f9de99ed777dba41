"""Credentials as shells, files and editors hand them over: what is wrong is said, and no value."""

import pytest

from tests.workspace import WORKSPACE
from topcheck.live.connect import GatewayError, connected

VALUE = "0f1e2d3c4b5a"
GIVEN = {"TOP_APP_KEY": "12345678", "TOP_APP_SECRET": VALUE, "TOP_SESSION": "6100"}
WRONG = {
    f"{VALUE}\n": "ends with a line break",
    f"{VALUE}\r\n": "ends with a line break",
    f"{VALUE}\r": "ends with a line break",
    f"\n{VALUE}": "begins with a line break",
    f"{VALUE} ": "ends with a blank",
    f" {VALUE}": "begins with a blank",
    f"\t{VALUE}": "begins with a blank",
    f"{VALUE}\u00a0": "ends with a blank",
    f"{VALUE}\u3000": "ends with a blank",
    f'"{VALUE}"': "stands in quotes",
    f"'{VALUE}'": "stands in quotes",
    f"\u201c{VALUE}\u201d": "stands in quotes",
    f"\ufeff{VALUE}": "begins with a byte order mark",
    f"\u200b{VALUE}": "begins with a byte order mark or another invisible character",
    f"{VALUE[:4]}\n{VALUE[4:]}": "holds an invisible character, its 5. one",
    f"{VALUE}\u200b": "holds an invisible character, its 13. one",
    f"{VALUE[:3]}\x1b[0m": "holds an invisible character, its 4. one",
    f"{VALUE}\udcff": "holds bytes that are no text",
}


def refusal(**changes):
    """Return why a gateway is not reached with some variables."""
    environment = {**GIVEN, **changes}
    with pytest.raises(GatewayError) as refused, \
            connected(WORKSPACE.contract, "http://127.0.0.1:9/", environment):  # fmt: skip
        pass
    return str(refused.value)


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("value", WRONG, ids=ascii)
def test_what_is_wrong_is_named(name, value):
    """One line has the variable and what to take away, and nothing of the value."""
    words = refusal(**{name: value})
    assert words.startswith(f"{name} {WRONG[value]}")
    assert words.endswith(": give it without")
    assert "\n" not in words
    assert not any(VALUE[at : at + 3] in words for at in range(len(VALUE) - 2))


@pytest.mark.parametrize(
    "value", [VALUE, "a b", "pass\"word'", "'", "日本", "=;&%+/\\", "“", "0"], ids=ascii
)
def test_what_may_be_a_secret_is_taken(value):
    """Blanks, quotes and Chinese within are a secret's own."""
    environment = {**GIVEN, "TOP_APP_SECRET": value}
    with connected(WORKSPACE.contract, "http://127.0.0.1:9/", environment) as gateway:
        assert gateway.credentials.app_secret == value
