"""Panes: what a terminal shows of runs of each kind, byte for byte as it was looked at."""

import re

import pytest

from tests.panes import CONTRACTS, FOLDER, RUNS, SIZES, pane, panes, whole
from topcheck.report import theme
from topcheck.report.terminal import last_screen

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
#: What must be seen at the end of each: what failed, why, and what is run next.
ANSWERS = {
    "contract-may-ship": ["148 held, 0 broken", "verdict: may ship"],
    "contract-broken": ["response.result.model.checkout_status.enum  [violation]",
                        'actual "succeeded"  (page:31)', "member 支付单", "verdict: may not ship",
                        "topcheck gate --cassettes=recordings --clause=response."],
    "live-broken": ["/272 requests  ", " s left", "actual -1  (page:23)", "verdict: may not ship",
                    "1 not observed: give --latency-budget MS", "topcheck gateway http",
                    "topcheck gate --gateway=http"],
    "two-sdks": ["topcheck may ship: 57 held", "sticky may not ship: ", "verdict: may not ship",
                 "sticky at biz_order_id", "topcheck gate --sdk=drivers/sticky --clause=sdk."],
    "undecided": ["php: the driver is broken: ", "install it, or give its path",
                  "verdict: could not be decided", "topcheck driver smoke drivers/php"],
}  # fmt: skip


def kept(name):
    """Return a pane as it is kept."""
    return (FOLDER / name).read_text("utf-8")


def test_every_pane_is_as_it_is_kept():
    """`make panes` makes them anew; then they are to be looked at."""
    made = dict(panes())
    outcomes = {f"{name}.json" for name in CONTRACTS}
    assert {path.name for path in FOLDER.iterdir()} == made.keys() | outcomes
    for name, text in made.items():
        assert text == kept(name), name


@pytest.mark.parametrize("name", RUNS)
def test_a_pane_answers(name):
    """What failed, why, and what to run next, in each size, with colour and without."""
    for width, height in SIZES:
        plain, coloured = (kept(f"{name}-{width}x{height}.{kind}") for kind in ("txt", "ansi"))
        for answer in ANSWERS[name]:
            assert answer in re.sub(r"\s{3,}", " ", plain), answer
        assert "\x1b" not in plain
        assert "\x1b" in coloured
        words = [re.sub("[━╸╺ ]+", " ", ESCAPES.sub("", text)) for text in (plain, coloured)]
        assert words[0] == words[1]


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("style", ["bad", "good", "open", "clause", "name", "command"])
def test_a_lost_colour_is_seen(name, style, monkeypatch):
    """A style that some pane has cannot be lost without that pane being another."""
    sgr = {"bad": "1;31", "good": "1;32", "open": "1;33", "clause": "1", "name": "36",
           "command": "1;36"}  # fmt: skip
    text = pane(name, SIZES[0], True)
    monkeypatch.setitem(theme._STYLES, style, "")
    assert (pane(name, SIZES[0], True) != text) is (f"\x1b[{sgr[style]}m" in text)


def test_every_style_is_in_some_pane():
    """What no pane shows was looked at by nobody."""
    shown = "".join(kept(path.name) for path in FOLDER.glob("*.ansi"))
    for sgr in ("1;31", "1;32", "1;33", "1", "36", "1;36"):
        assert f"\x1b[{sgr}m" in shown, sgr


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", RUNS)
def test_the_last_screen_is_the_last_of_a_pane(name, size):
    """It fits, and stands below all else."""
    screen = last_screen(RUNS[name](), "--report DIR lists them", *size)
    assert "\n".join(whole(name, size)).endswith(f"\n\n{screen}")
    assert len(screen.split("\n")) < size[1]
