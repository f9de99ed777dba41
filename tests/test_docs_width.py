"""No table of a page that is generated is wider than a screen shows, nor most of what is around it.

What GitHub shows of a wider table must be scrolled, and its last columns are not seen.
"""

from pathlib import Path

import pytest

from drivers.conformance import item, table

DOCS = Path(__file__).parents[1] / "docs"
GENERATED = ("conformance.md", "faults.md", "mutants.md")
WIDTH = 90


def tables(text):
    """The lines of a page that are rows of a table."""
    return [line for line in text.splitlines() if line.lstrip().startswith("|")]


@pytest.mark.parametrize("name", GENERATED)
def test_no_row_of_a_table_is_wider_than_a_page(name):
    """In characters."""
    text = (DOCS / name).read_text("utf-8")
    assert [line for line in tables(text) if len(line) > WIDTH] == []
    if name != "faults.md":
        assert tables(text)


@pytest.mark.parametrize("name", GENERATED[:2])
def test_no_line_is_wider_than_a_page(name):
    """Save for one word that is."""
    lines = (DOCS / name).read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []


def test_an_item_is_told_in_lines_of_the_page():
    """Code stays in one piece, and no line in the middle of a sentence begins another item."""
    text = "a " * 43 + "- b 2. c # d `topcheck gate --gateway URL` " + "e " * 40
    lines = item(text, "-").split("\n")
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].startswith("- a")
    assert all(line.startswith("  ") for line in lines[1:])
    assert not any(line.lstrip().startswith(("- ", "2. ", "# ")) for line in lines[1:])
    assert any("`topcheck gate --gateway URL`" in line for line in lines)
    assert item("", "-") == "-"
    long = "x" * 200
    assert item(f"a {long}", "-") == f"- a\n  {long}"


def test_a_table_is_one_of_githubs():
    """Its rows have as many cells as its head, and are aligned."""
    assert table(["clause", "1"], [["`a`", "(✗)"]]).split("\n") == [
        "| clause | 1   |", "|--------|-----|", "| `a`    | (✗) |",
    ]  # fmt: skip
