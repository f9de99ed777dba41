"""`summary.md` for a CI job, and the page of the docs about SDKs."""

import re
from dataclasses import replace

import pytest

from drivers.conformance import conformance
from tests.outcomes import RUNS, contract_run, hostile, live_run, outcome, sdk_run, state
from topcheck.contract.model import Severity
from topcheck.judge.ledger import BROKEN, HELD, KNOWN_FAILING, NOT_OBSERVED, NOT_SUPPORTED
from topcheck.report.markdown import as_summary
from topcheck.report.outcome import CONTRACT, MAY_NOT, MAY_SHIP, SDK, ClauseState, Side
from topcheck.workspace import home

PAGE = home() / "docs" / "conformance.md"
STATES = {"✓": HELD, "✗": KNOWN_FAILING, "–": NOT_SUPPORTED, "?": NOT_OBSERVED}


# ----------------------------------------------------------------- summary


def test_the_summary_begins_with_the_verdict_and_what_is_broken():
    """Verdict, reasons, what is broken with its facts, and then the rest."""
    lines = as_summary(live_run()).splitlines()
    assert lines[0] == "# a.b.c: may not ship"
    order = ["- because querystatus: 1 clause broken", "## 2 broken",
             "- `response.a.type` (violation) broken: gateway", "  - expected: a whole number",
             '  - actual: "1.5"', "  - page:12: a Number 是 the state",
             "- `wire.http.latency` (advisory) broken: gateway", "## What was judged",
             "- **gateway** (gateway) may not ship: 1 held, 2 broken, 1 not observed"]  # fmt: skip
    places = [lines.index(line) for line in order]
    assert places == sorted(places)


def test_the_summary_of_sdks_tells_each():
    """What each lacks, what it was advised, and which was not run."""
    text = as_summary(sdk_run())
    assert "- not run: java: its install failed" in text
    assert "(it has no format xml, simplify)" in text
    assert "  - advice: the session travels in the query" in text
    assert "- `sdk.b` (violation) passes though known to fail: node\n  - reason: the SDK" in text
    assert "- **php** (sdk) could not be decided" in text
    assert "  - and 1 more like it" in text


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


def test_hostile_texts_are_nothing_but_text():
    """No text of others ends its line, is a tag, a link, or code, or is obeyed by a terminal."""
    text = as_summary(hostile())
    known = re.compile(r"(# |## |- |  - |topcheck )|$")
    assert all(known.match(line) for line in text.split("\n"))
    assert not set("\x00\x1b\r\u202e\ud800\ufffe<>|[]\\") & set(text)
    assert set(re.findall("`[^`]*`", text)) <= {f"`sdk.{n}`" for n in range(18)}
    assert "支付成功 \U0001f600" in text


# ------------------------------------------------------------- conformance


def table(text):
    """The rows of a Markdown table, without its head."""
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines()[2:]]


def read_page(text):
    """The outcome and the rules that a page tells of."""
    sdks, marks, rules = (table(t) for t in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE))
    reasons = {
        (part.split(":")[0], clause): reason
        for part in text.split("\n### ")[1:]
        for clause, reason in re.findall(r"^- `(\S+)`: (.*)$", part, re.MULTILINE)
    }
    sides = []
    for at, (driver, language, title, words) in enumerate(sdks):
        name = driver.strip("`")
        lacks = re.findall(r"it has no (.*)\)", words)
        clauses = tuple(
            ClauseState(row[0].strip("`"), Severity.VIOLATION, STATES[row[at + 1]], {},
                        reasons.get((name, row[0].strip("`"))))
            for row in marks
        )  # fmt: skip
        about = {"language": language, "title": title,
                 "lacks": lacks[0].split(", ") if lacks else []}  # fmt: skip
        sides.append(Side(name, SDK, about, MAY_SHIP, (), clauses))
    return outcome(*sides), {clause.strip("`"): rule for clause, rule in rules}


def test_the_page_of_the_docs_is_written_byte_for_byte():
    """The same content gives the page as it stands, and other content another one."""
    page = PAGE.read_text("utf-8")
    made, rules = read_page(page)
    assert conformance(made, rules) == page
    other = replace(made.sides[0], clauses=made.sides[0].clauses[1:])
    assert conformance(outcome(other, *made.sides[1:]), rules) != page


def test_the_marks_tell_the_states():
    """✓ held, ✗ broken or known to be, – not supported, ? not observed."""
    page = conformance(sdk_run(), dict.fromkeys(["sdk.a", "sdk.c", "sdk.d", "sdk.e", "sdk.x"], "r"))
    rows = [re.sub(" +", " ", line) for line in page.splitlines() if line.startswith("| `sdk.")]
    assert rows[:5] == ["| `sdk.a` | ✗ | ✓ |", "| `sdk.c` | ✗ | ✓ |", "| `sdk.d` | ✓ | ✓ |",
                        "| `sdk.e` | – | ✓ |", "| `sdk.x` | ? | ? |"]  # fmt: skip
    assert "php" not in page
    assert "### node: topSdk 1.1.2\n\n- `sdk.c`: the SDK rounds (until 2027-12-31)\n" in page


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
    assert "| `sdk.a`  | a rule |" in page
