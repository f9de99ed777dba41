"""`summary.md` for a CI job, and the page of the docs about SDKs."""

import re
from dataclasses import replace

import pytest

from drivers.conformance import conformance
from tests.commands import OBEYED, obeyed
from tests.conformance_page import STATES, read_page, unwrapped
from tests.outcomes import (
    HOSTILE,
    RUNS,
    contract_run,
    finding,
    hostile,
    live_run,
    outcome,
    sdk_run,
    state,
)
from topcheck.contract.model import Severity
from topcheck.judge.ledger import BROKEN, HELD, NOT_OBSERVED, NOT_SUPPORTED, SURPRISE
from topcheck.report.markdown import as_summary
from topcheck.report.outcome import (
    CONTRACT,
    MAY_NOT,
    MAY_SHIP,
    SDK,
    Change,
    ClauseState,
    Side,
    Since,
)
from topcheck.workspace import home

PAGE = home() / "docs" / "conformance.md"


# ----------------------------------------------------------------- summary


def test_the_summary_begins_with_the_verdict_and_what_is_broken():
    """Verdict, reasons, what is broken with its facts, and then the rest."""
    lines = as_summary(live_run()).splitlines()
    assert lines[0] == "# a.b.c: may not ship"
    order = ["- because querystatus: 1 clause broken", "## 2 broken",
             "<summary><code>response.a.type</code> (violation) broken, gateway: expected a whole "
             'number, actual "1.5"</summary>', "- expected: a whole number",
             '- actual: "1.5"', "- page:12: a Number 是 the state", "request", "```text",
             "GET a=1", "GET a=2", "```", "</details>",
             "<summary><code>wire.http.latency</code> (advisory) broken, gateway: expected a whole "
             'number, actual "1.5"</summary>', "## What was judged",
             "- **gateway** (gateway) may not ship: 1 held, 2 broken, 1 not observed"]  # fmt: skip
    at = 0
    for line in order:
        at = lines.index(line, at)
    opened = [line for line in lines if "details>" in line]
    assert opened == ["<details>", "</details>"] * 2


def test_the_summary_of_sdks_tells_each():
    """What each lacks, what it was advised, and which was not run."""
    text = as_summary(sdk_run())
    assert "- not run: java: its install failed" in text
    assert "- **node** (sdk) may not ship: 1 held, 1 broken, 1 passes though known to fail" in text
    assert "  - advice: the session travels in the query" in text
    heading = "<code>sdk.b</code> (violation) passes though known to fail, node</summary>"
    assert f"{heading}\n\n- reason: the SDK rounds (until 2027-12-31)\n" in text
    assert "- **php** (sdk) could not be decided" in text
    assert "\nand 1 more like it\n" in text


def not_seen(number=3):
    """An SDK with so many reasons why clauses were not tried, of which the first is of two."""
    clauses = [state(NOT_SUPPORTED, f"sdk.{n}", reason=f"it has no {n} `x`") for n in range(number)]
    again = replace(clauses[0], clause="sdk.again")
    untold = state(NOT_OBSERVED, "sdk.untold", reason=None)
    return Side("node", SDK, {"lacks": ["format xml"]}, MAY_SHIP, (), (*clauses, again, untold))


def test_what_was_not_seen_is_told_by_each_reason():
    """As a terminal tells it: the count, and why; not at all where nobody knows."""
    text = as_summary(outcome(not_seen()))
    assert ("- **node** (sdk) may ship: 4 not supported, 1 not observed\n"
            "  - 2 not supported: it has no 0 &#96;x&#96;\n"
            "  - 1 not supported: it has no 1 &#96;x&#96;\n"
            "  - 1 not supported: it has no 2 &#96;x&#96;\n\n") in text  # fmt: skip
    assert as_summary(outcome(not_seen(99))).count("  - 1 not supported") == 8


def test_the_summary_of_a_run_that_may_ship_is_short():
    """There is nothing broken to tell."""
    text = as_summary(contract_run())
    assert text.startswith("# a.b.c: may ship\n")
    assert "broken" not in text


def test_the_summary_is_bounded():
    """Servers refuse more than a megabyte; the rest stands in outcome.json."""
    clauses = tuple(state(BROKEN, f"response.{n}.type") for n in range(1000))
    text = as_summary(outcome(Side("a" * 9999, CONTRACT, {}, MAY_NOT, (), clauses)))
    assert "- and 950 more in outcome.json" in text
    assert len(text) < 100_000


#: The most that a text of a few characters becomes: wide, escaped, and of several bytes.
FILLS = ("`" * 9 + "<", "\u202e\x00\n", "\U0001f600")


@pytest.mark.parametrize("fill", FILLS)
def test_the_summary_has_less_than_a_megabyte_whatever_stands_in_it(fill):
    """In bytes; what is left out is counted, and no block is cut in two."""
    long = fill * 5_000
    facts = dict.fromkeys(("case", "expected", "actual", "request", "answer", "handed"), long)
    clauses = tuple(state(BROKEN, f"sdk.{n}", findings=(finding(**facts),)) for n in range(300))
    sides = [Side(f"{n}{long}", SDK, {"lacks": [long]}, MAY_NOT, (long,) * 9, clauses[: 300 - n])
             for n in range(60)]  # fmt: skip
    made = outcome(*sides, reasons=(long,) * 200, not_run=(long,) * 200)
    changes = tuple(Change(long, f"sdk.{n}") for n in range(500))
    made = replace(made, since=Since(long, MAY_SHIP, changes, changes, (long,) * 500))
    whole = as_summary(made)
    assert "## What was judged" in whole
    for most, text in ((1_000_000, whole), (3_000, as_summary(made, 3_000))):
        assert len(text.encode("utf-8", "backslashreplace")) <= most
        assert text.count("<details>\n") == text.count("\n</details>\n")
        assert not text or text.startswith("# a.b.c: may not ship\n")
    assert as_summary(outcome(), 9) == ""


def test_a_summary_that_is_short_of_room_says_what_it_left_out():
    """Whole clauses, the lightest first."""
    clauses = tuple(state(BROKEN, f"sdk.{n}") for n in range(9))
    made = outcome(Side("node", SDK, {}, MAY_NOT, (), clauses))
    whole = as_summary(made)
    text = as_summary(made, len(whole.encode()) - 1)
    assert "<code>sdk.7</code>" in text
    assert "<code>sdk.8</code>" not in text
    assert "- and 1 more in outcome.json" in text


FENCE = re.compile(r"(`{3,})text$")


def read_summary(text):
    """What CommonMark makes of a summary: lines outside of fences, and what stands in each."""
    outside, fenced, fence = [], [], None
    for line in text.split("\n"):
        if fence is None and (begun := FENCE.match(line)):
            fence, code = begun[1], []
        elif fence is not None and re.fullmatch(rf" {{0,3}}`{{{len(fence)},}}\s*", line):
            fenced.append("\n".join(code))
            fence = None
        elif fence is not None:
            code.append(line)
        else:
            outside.append(line)
    assert fence is None
    return outside, fenced


TAGS = re.compile(r"</?(details|summary|code)>")
KNOWN = re.compile(r"(# |## |- |  - |topcheck |(request|answer|handed|repeat)$|"
                   r"and \d+ more like it$"
                   r"|<details>$|</details>$|<summary><code>|)|$")  # fmt: skip
BODY = (
    "`" * 9 + "\n```text\n`````````\n</details><script>alert(1)</script>\n    # x\n~~~\n\u2028```"
)


@pytest.mark.parametrize("hostile_text", [HOSTILE, BODY, *OBEYED])
def test_hostile_texts_are_nothing_but_text(hostile_text):
    """No text of others ends its line, is a tag, a link, or code, or is obeyed by a terminal."""
    text = as_summary(hostile(hostile_text))
    outside, fenced = read_summary(text)
    assert all(KNOWN.match(line) for line in outside)
    assert not set("<>|[]\\`") & set(TAGS.sub("", "\n".join(outside))) - {"\\"}
    assert not set("\x00\x1b\r\u202e\u2028\ud800\ufffe") & set(text)
    assert "://" not in "\n".join(outside)
    assert len(fenced) == 4 * 12
    assert obeyed(text) == []


def test_a_body_in_a_fence_is_as_it_was():
    """Save what does not print."""
    node = outcome(Side("node", SDK, {}, MAY_NOT, (), (
        state(BROKEN, "sdk.a", findings=(finding(handed=BODY, answer="支付成功 \U0001f600"),)),
    )))  # fmt: skip
    _, fenced = read_summary(as_summary(node))
    assert fenced[1:3] == ["支付成功 \U0001f600", BODY.replace("\u2028", "\\u2028")]


def test_the_summary_tells_what_changed_since_a_baseline():
    """With its names."""
    since = Since("2027-01-30", MAY_SHIP, (Change("gateway", "response.a.type"),), (), ("node",))
    lines = as_summary(replace(live_run(), since=since)).splitlines()
    assert "- since 2027-01-30 (may ship): 1 broken anew, 0 mended" in lines
    assert "- broken anew: response.a.type" in lines
    assert "- not compared: node" in lines


# ------------------------------------------------------------- conformance


def test_the_page_of_the_docs_is_written_byte_for_byte():
    """The same content gives the page as it stands, and other content another one."""
    page = PAGE.read_text("utf-8")
    made, rules = read_page(page)
    assert conformance(made, rules) == page
    other = replace(made.sides[0], clauses=made.sides[0].clauses[1:])
    assert conformance(outcome(other, *made.sides[1:]), rules) != page


def test_the_marks_tell_the_states():
    """✓ held, ✗ broken, (✗) known to be, – not supported, ? not observed."""
    page = conformance(sdk_run(), dict.fromkeys(["sdk.a", "sdk.c", "sdk.d", "sdk.e", "sdk.x"], "r"))
    rows = [re.sub(" +", " ", line) for line in page.splitlines() if line.startswith("| `sdk.")]
    assert rows == ["| `sdk.a` | ✗ |", "| `sdk.c` | (✗) |", "| `sdk.e` | – |"]
    assert "\nAll of it is held by: `go`\n" in page
    assert "\nThe columns: 1 `node`\n" in page
    assert "\nHeld by all: `sdk.d`\n" in page
    assert "\nNot observed by all: `sdk.x`\n" in page
    assert "php" not in page
    assert "### node: topSdk 1.1.2\n\n- `sdk.c`: the SDK rounds (until 2027-12-31)\n" in page


def test_an_sdk_is_counted_by_what_it_lacks_or_by_each_reason():
    """What its driver has not is told once; of what else was not tried, each reason."""
    kept = {"sdk.0": "a rule"}
    pages = [
        conformance(outcome(side), kept) for side in (not_seen(), replace(not_seen(), about={}))
    ]
    told = [next(line for line in unwrapped(page) if line.startswith("1. ")) for page in pages]
    assert told == [
        "1. `node` (): 4 not supported (its driver has no format xml), 1 not observed",
        "1. `node` (): 2 not supported: it has no 0 `x`; 1 not supported: it has no 1 `x`; "
        "1 not supported: it has no 2 `x`; 1 not observed",
    ]


def many_sdks(number):
    """So many SDKs, each broken in its own way, save for every third."""
    words = [*STATES.values(), BROKEN, SURPRISE]
    for n in range(number):
        clauses = tuple(
            ClauseState(f"sdk.{c}", Severity.VIOLATION,
                        HELD if n % 3 == 0 or c % 4 == 0 else words[(n + c) % len(words)], {})
            for c in range(12)
        )  # fmt: skip
        yield Side(f"driver-{n}", SDK, {"language": "C++", "title": f"an SDK {n}"}, MAY_SHIP, (),
                   clauses)  # fmt: skip


@pytest.mark.parametrize("number", [1, 2, 3, 9, 20, 40])
def test_what_is_folded_still_tells_every_state(number):
    """Read back, it is the data: of each SDK each clause, whatever is the same for all of them."""
    sides = list(many_sdks(number))
    rules = {f"sdk.{c}": "a rule of - 3. words # and more " * 9 for c in range(13)}
    page = conformance(outcome(*sides), rules)
    made, told = read_page(page)
    states = [{c.clause: c.state for c in side.clauses} for side in made.sides]
    assert states == [{**{c.clause: c.state for c in side.clauses}, "sdk.12": NOT_OBSERVED}
                      for side in sides]  # fmt: skip
    assert [side.about for side in made.sides] == [{**s.about, "lacks": []} for s in sides]
    assert told == {clause: rule.strip() for clause, rule in rules.items()}
    assert max(map(len, page.splitlines())) <= 90


def test_hostile_texts_break_no_table():
    """Every row has as many cells as its head, and nothing is a tag."""
    page = conformance(hostile(), {"sdk.0": "a rule"})
    for found in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({line.count("|") for line in found.splitlines()}) == 1
    assert "<" not in page
    assert not set("\x00\x1b\r\ud800") & set(page)


@pytest.mark.parametrize("run", [RUNS["contract"], RUNS["live"]])
def test_a_page_without_sdks_has_the_rules(run):
    """It is about SDKs, and nothing else gets into it."""
    page = conformance(run(), {"sdk.a": "a rule"})
    assert "gateway" not in page
    assert "- `sdk.a`: a rule" in page
