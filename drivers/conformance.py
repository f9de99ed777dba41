"""The page of the docs about SDKs, written from the outcome of a gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tabulate import tabulate

from topcheck.judge.ledger import KNOWN_FAILING, NOT_OBSERVED, STATES
from topcheck.report.outcome import SDK, Outcome, Side
from topcheck.report.wording import counted, plain

#: How a state looks in the page of the docs.
_MARKS: Mapping[str, str] = dict(zip(STATES, "✓✗✓✗–?", strict=True))
_INTRODUCTION = """# Conformance of SDKs

What `topcheck gate` found. ✓ held, ✗ broken, – not supported by the
SDK or its driver, ? not observed, as the members of an answer whose text is handed over as it came.
A reference client is our own, by the usual means of a language: one that `topcheck driver new`
copies."""
_CAUSES = """## Why

Each failure of a released SDK is in the list of its driver's folder, with its cause and the date
until which it is tolerated."""
_RULES = "## What each clause asks"


def conformance(outcome: Outcome, rules: Mapping[str, str]) -> str:
    """Write the page of the docs: the SDKs, their clauses, the cause of each failure, the rules.

    `rules` has each clause with its rule. An SDK of which nothing was seen is left out.
    """
    sides = [side for side in outcome.sides if side.kind == SDK and side.clauses]
    found = [{clause.clause: clause.state for clause in side.clauses} for side in sides]
    sdks = [
        [f"`{_cell(s.name)}`", *map(_cell, (_about(s, "language"), _about(s, "title"), counted(s)))]
        for s in sides
    ]
    rows = [
        [f"`{clause}`", *(_MARKS[states.get(clause, NOT_OBSERVED)] for states in found)]
        for clause in rules
    ]
    parts = [
        _INTRODUCTION,
        _table(["driver", "language", "SDK", "clauses"], sdks),
        _table(["clause", *(_cell(side.name) for side in sides)], rows),
        *_causes(sides),
        _RULES,
        _table(["clause", "rule"], [[f"`{clause}`", rule] for clause, rule in rules.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _causes(sides: list[Side]) -> Iterator[str]:
    failing = {s.name: [c for c in s.clauses if c.state == KNOWN_FAILING] for s in sides}
    if any(failing.values()):
        yield _CAUSES
    for side in sides:
        if clauses := failing[side.name]:
            yield f"### {_cell(side.name)}: {_cell(_about(side, 'title'))}"
            yield "\n".join(f"- `{c.clause}`: {_cell(c.reason or '')}" for c in clauses)


def _about(side: Side, name: str) -> str:
    return str(side.about.get(name, ""))


def _cell(text: str) -> str:
    """Write a text of our own lists; only what would end its cell or begin a tag is escaped."""
    return plain(text).replace("<", "&lt;").replace("|", "&#124;")


def _table(headers: list[str], rows: list[list[str]]) -> str:
    return str(tabulate(rows, headers=headers, tablefmt="github"))
