"""The page of the docs about SDKs, read back: what it tells of which SDK."""

import re
from itertools import chain

from drivers.conformance import MARKS
from tests.outcomes import outcome
from topcheck.contract.model import Severity
from topcheck.judge.ledger import HELD
from topcheck.report.outcome import MAY_SHIP, SDK, ClauseState, Side

#: The states by their marks.
STATES = {mark: state for state, mark in MARKS.items()}


def table(text):
    """The rows of a Markdown table, its head too."""
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines()]
    return [rows[0], *rows[2:]]


def unwrapped(text):
    """The paragraphs and the items of a page, each in one line."""
    joined = re.sub(r"\n +", " ", text)
    for block in joined.split("\n\n"):
        if block.startswith(("- ", "1. ")):
            yield from block.rstrip("\n").split("\n")
        elif not block.startswith("|"):
            yield block.replace("\n", " ").rstrip()


def read_page(text):
    """The outcome and the rules that a page tells of."""
    text = re.sub(r"\\([-+*#>.)])", r"\1", text)
    before, _, rules = text.partition("\n## What each clause asks\n")
    blocks = list(unwrapped(before))
    found = [re.fullmatch(r"(\d+)\. `(.+?)` \((.*?)\): (.*)", block) for block in blocks]
    sdks = {m[1]: (m[2], m[3].partition(", "), m[4]) for m in found if m}
    rules = dict(re.fullmatch(r"- `(\S+)`: (.*)", one).groups() for one in unwrapped(rules.strip()))
    states = _states(before, blocks, {name: number for number, (name, *_) in sdks.items()})
    sides = []
    for number, (name, (language, _, title), words) in sdks.items():
        lacks = re.search(r" \(its driver has no (.*?)\)", words)
        reasons, counted = _reasons(before, name), _counted(words)
        found = ((clause, states[number, clause]) for clause in rules)
        clauses = tuple(
            ClauseState(
                c, Severity.VIOLATION, state, {}, reasons.get(c) or next(counted[state], None)
            )
            for c, state in found
        )
        about = {
            "language": language,
            "title": title,
            "lacks": lacks[1].split(", ") if lacks else [],
        }
        sides.append(Side(name, SDK, about, MAY_SHIP, (), clauses))
    return outcome(*sides), rules


def _counted(words):
    """The reasons of each state, each as often as it is counted; whose they are is not told."""
    told = re.findall(r"(\d+) ([a-z ]+?)(?: \(its driver .*?\)|: (.*?))?(?:[;,] |$)", words)
    return {
        state: chain(*([why or None] * int(number) for number, word, why in told if word == state))
        for state in STATES.values()
    }


def _states(text, blocks, numbers):
    """The state of each clause, by the number of an SDK: of tables, and of what is folded.

    `numbers` has the number of each by its name.
    """
    states = {}
    for block in blocks:
        if same := re.fullmatch(r"(.+) by all: (.*)", block):
            for clause in re.findall("`(.+?)`", same[2]):
                states |= {(number, clause): same[1].lower() for number in numbers.values()}
    tables = [table(t) for t in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]
    for (_, *heads), *rows in tables:
        for clause, *marks in rows:
            for number, mark in zip(heads, marks, strict=True):
                states[number, clause.strip("`")] = STATES[mark]
    all_held = [re.findall("`(.+?)`", b) for b in blocks if b.startswith("All of it is held by: ")]
    for clause in {clause.strip("`") for _, *rows in tables for clause, *_ in rows}:
        states |= {(numbers[name], clause): HELD for names in all_held for name in names}
    return states


def _reasons(text, name):
    parts = [part for part in text.split("\n### ") if part.startswith(f"{name}:")]
    return dict(found.groups() for part in parts for line in unwrapped(part)
                if (found := re.fullmatch(r"- `(\S+)`: (.*)", line)))  # fmt: skip
