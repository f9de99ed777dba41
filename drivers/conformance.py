"""The page of the docs about SDKs, written from the outcome of a gate."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from topcheck.judge.ledger import HELD, KNOWN_FAILING, NOT_OBSERVED, NOT_SUPPORTED, STATES
from topcheck.report.outcome import SDK, Outcome, Side
from topcheck.report.wording import plain, tallied

#: No line of a page is wider, in characters, save for a word that is.
WIDTH = 90
#: How a state looks in the page of the docs, in the order of the states.
MARKS: Mapping[str, str] = dict(zip(STATES, ("✓", "✗", "(✓)", "(✗)", "–", "?"), strict=True))
#: So many SDKs stand beside each other in a table.
_COLUMNS = 8
_INTRODUCTION = """# Conformance of SDKs

What `topcheck gate` found. A reference client is our own, by the usual means of a
language: one that `topcheck driver new` copies."""
_MATRIX = """## What is not held by all

✓ held, ✗ broken, (✗) known to fail, (✓) passes though known to fail, – not supported by
the SDK or its driver, ? not observed, as the members of an answer whose text is handed
over as it came."""
_CAUSES = """## Why

Each failure of a released SDK is in the list of its driver's folder, with its cause and
the date until which it is tolerated."""
_RULES = "## What each clause asks"


def conformance(outcome: Outcome, rules: Mapping[str, str]) -> str:
    """Write the page of the docs: the SDKs, their clauses, the cause of each failure, the rules.

    `rules` has each clause with its rule. An SDK of which nothing was seen is left out. What is the
    same for all SDKs, or for all clauses of one, is told in a sentence.
    """
    sides = [side for side in outcome.sides if side.kind == SDK and side.clauses]
    found = {side.name: {c.clause: c.state for c in side.clauses} for side in sides}
    states = {clause: [row.get(clause, NOT_OBSERVED) for row in found.values()] for clause in rules}
    parts = [
        _INTRODUCTION,
        "\n".join(item(_sdk(side), f"{number}.") for number, side in enumerate(sides, 1)),
        *_same(states),
        *_matrix(states, [f"`{_text(side.name)}`" for side in sides]),
        *_causes(sides),
        _RULES,
        "\n".join(item(f"`{clause}`: {_text(rule)}") for clause, rule in rules.items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sdk(side: Side) -> str:
    about = ", ".join(filter(None, (_about(side, name) for name in ("language", "title"))))
    told = [words for state in STATES for words in _told(side, state)]
    words = ("; " if any(": " in one for one in told) else ", ").join(told)
    return f"`{_text(side.name)}` ({_text(about)}): {_text(words)}"


def _told(side: Side, state: str) -> Iterator[str]:
    """Count what is in a state, for each reason; what a driver has not is told at once."""
    number = sum(clause.state == state for clause in side.clauses)
    lacks = ", ".join(side.about.get("lacks") or ())
    if state == NOT_SUPPORTED and lacks and number:
        yield f"{number} {state} (its driver has no {lacks})"
    else:
        yield from (words for words, _ in tallied(side, [state]))


def _same(states: Mapping[str, list[str]]) -> Iterator[str]:
    """Name the clauses that are in one state for all SDKs."""
    for state in STATES:
        if clauses := [f"`{c}`" for c, row in states.items() if row and set(row) == {state}]:
            yield item(f"{state.capitalize()} by all: {', '.join(clauses)}", "")


def _matrix(states: Mapping[str, list[str]], names: list[str]) -> Iterator[str]:
    """Draw what differs, without the SDKs that hold all of it."""
    rows = {clause: row for clause, row in states.items() if len(set(row)) > 1}
    places = range(len(names) if rows else 0)
    differing = [at for at in places if any(row[at] != HELD for row in rows.values())]
    if rows:
        yield _MATRIX
    if same := [names[at] for at in places if at not in differing]:
        yield item(f"All of it is held by: {', '.join(same)}", "")
    for first in range(0, len(differing), _COLUMNS):
        shown = differing[first : first + _COLUMNS]
        yield item("The columns: " + ", ".join(f"{at + 1} {names[at]}" for at in shown), "")
        body = [[f"`{clause}`", *(MARKS[row[at]] for at in shown)] for clause, row in rows.items()]
        yield table(["clause", *(str(at + 1) for at in shown)], body)


def _causes(sides: list[Side]) -> Iterator[str]:
    failing = {s.name: [c for c in s.clauses if c.state == KNOWN_FAILING] for s in sides}
    if any(failing.values()):
        yield _CAUSES
    for side in sides:
        if clauses := failing[side.name]:
            yield f"### {_text(side.name)}: {_text(_about(side, 'title'))}"
            yield "\n".join(item(f"`{c.clause}`: {_text(c.reason or '')}") for c in clauses)


def _about(side: Side, name: str) -> str:
    return str(side.about.get(name, ""))


def _text(text: str) -> str:
    """Write a text of our own lists; only what would end its cell or begin a tag is escaped."""
    return plain(text).replace("<", "&lt;").replace("|", "&#124;")


def item(text: str, bullet: str = "-") -> str:
    """Write an item of a list, or with no bullet a paragraph, in lines of the page's width."""
    indent = " " * (len(bullet) + 1) if bullet else ""
    whole = re.sub("`[^`]*`", lambda code: code[0].replace(" ", "\0"), text)  # code is to be copied
    lines = textwrap.wrap(whole, WIDTH - len(indent), break_long_words=False,
                          break_on_hyphens=False)  # fmt: skip
    # what begins a list or a heading begins none in the middle of a sentence
    rest = [re.sub(r"^(\d*)([-+*#>.)])(?= |$)", r"\1\\\2", line) for line in lines[1:]]
    told = f"\n{indent}".join([f"{bullet} {lines[0]}".lstrip(), *rest]) if lines else bullet
    return told.replace("\0", " ")


def table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Draw a table of GitHub's Markdown, its columns as wide as need be."""
    cells = [[*headers], *([*row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (wide + 2) for wide in widths) + "|")
    return "\n".join(lines)
