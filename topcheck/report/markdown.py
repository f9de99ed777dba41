"""`summary.md`, for the summary of a CI job, and the page of the docs about SDKs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tabulate import tabulate

from topcheck.judge.ledger import KNOWN_FAILING, NOT_OBSERVED, STATES
from topcheck.report.outcome import SDK, ClauseState, Outcome, Side, broken
from topcheck.report.wording import counted, facts, one_line, plain

#: So many broken clauses are told in the summary, and so much of each text.
_MOST_BROKEN, _MOST_COLUMNS = 50, 300
#: What means something to Markdown or HTML wherever it stands in a line.
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|#~$@]")
#: How a state looks in the page of the docs.
_MARKS: Mapping[str, str] = dict(zip(STATES, "✓✗✓✗–?", strict=True))
_INTRODUCTION = """# Conformance of SDKs

What `topcheck gate` found. ✓ held, ✗ broken, – not supported by the
SDK or its driver, ? not observed. A reference client is our own, by the usual means of a language
for which no released TOP SDK can be had by name."""
_CAUSES = """## Why

Each failure of a released SDK is in the list of its driver's folder, with its cause and the date
until which it is tolerated."""
_RULES = "## What each clause asks"


def as_summary(outcome: Outcome) -> str:
    """Write the summary: the verdict and its reasons, what is broken, and what of each side."""
    return "\n".join(_summary(outcome)) + "\n"


def _summary(outcome: Outcome) -> Iterator[str]:
    yield f"# {_text(outcome.method)}: {outcome.verdict}\n"
    yield from (f"- because {_text(reason)}" for reason in outcome.reasons)
    yield from (f"- not run: {_text(text)}" for text in outcome.not_run)
    found = broken(outcome)
    if found:
        yield f"\n## {len(found)} broken\n"
    for side, clause in found[:_MOST_BROKEN]:
        yield from _broken(side, clause)
    if len(found) > _MOST_BROKEN:
        yield f"- and {len(found) - _MOST_BROKEN} more in outcome.json"
    yield "\n## What was judged\n"
    for side in outcome.sides:
        yield f"- **{_text(side.name)}** ({side.kind}) {side.verdict}: {_text(counted(side))}"
        yield from (f"  - advice: {_text(advice)}" for advice in side.advice)
    yield (f"\ntopcheck {_text(outcome.topcheck)}, contract {_text(outcome.contract)}, "
           f"seed {_text(outcome.seed)}, {_text(outcome.at)}")  # fmt: skip


def _broken(side: Side, clause: ClauseState) -> Iterator[str]:
    yield f"- `{clause.clause}` ({clause.severity}) {clause.state}: {_text(side.name)}"
    if clause.reason:
        yield f"  - reason: {_text(clause.reason)}"
    for finding in clause.findings[:1]:
        yield from (f"  - {name}: {_text(text)}" for name, text in facts(finding))
    if len(clause.findings) > 1:
        yield f"  - and {len(clause.findings) - 1} more like it"


def _text(text: str) -> str:
    """Write a text of others as one line that is nothing but text."""
    shortened = one_line(text, _MOST_COLUMNS)
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shortened)


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
