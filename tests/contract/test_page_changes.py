"""What a change of a page means: a table of kinds, held against the judge, mirrored, and mutated.

With ALL_PAGES in the environment, as `make pages` sets it, every line of every page is mutated.
"""

import datetime
import functools
import json
import os
from dataclasses import replace

import pytest

from tests.contract.test_page_refused import FILLED, damaged
from tests.page_builder import REAL, attempt
from tests.page_changes import CASES, RULES, changes_of, documented, found, verdict
from tests.pages import FOLDER, NAMES
from topcheck.contract import diff
from topcheck.contract.changes import BREAKING, COMPATIBLE, DRIFT, KINDS
from topcheck.contract.clauses import amounts, bounds, limits
from topcheck.contract.comparison import differing
from topcheck.contract.contract import to_json
from topcheck.contract.dates import strftime
from topcheck.contract.diff import page_changes
from topcheck.contract.model import Severity
from topcheck.contract.page.lines import PageError
from topcheck.contract.sdk import SDK_RULES
from topcheck.generate.cases import write_as
from topcheck.generate.trees import document
from topcheck.judge.request import RequestJudge
from topcheck.judge.response import ResponseJudge
from topcheck.wire.tree import Kind, Node

TEXTS = {"real": REAL.read_text("utf-8"), "filled": FILLED,
         **{name: (FOLDER / f"{name}.txt").read_text("utf-8") for name in NAMES}}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_change_has_its_kind_and_its_verdict(name):
    """For readers of JSON, for readers of XML, and for senders."""
    assert found(CASES[name]) == CASES[name].changes


def test_every_kind_has_its_row():
    """At least thirty kinds of change, and none that no page shows."""
    shown = {kind for case in CASES.values() for kind in case.changes}
    assert KINDS.keys() - shown == {"answer.root.renamed"}  # of one method no page has another
    assert len(shown) >= 30


def test_what_tells_of_an_sdk_is_a_clause():
    """No kind names a clause that no SDK is judged by."""
    named = {clause for kind in KINDS.values() for clause in (*kind.told_by, *kind.warned_by)}
    assert named
    assert named <= SDK_RULES.keys()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "answer.root.renamed"])
@pytest.mark.parametrize("who", ["json", "xml", "senders"])
def test_a_wrong_row_is_found(kind, who, monkeypatch):
    """A table with another verdict for anybody fails a row above."""
    case = next(case for case in CASES.values() if kind in case.changes)
    right = getattr(KINDS[kind], who)
    wrong = BREAKING if right != BREAKING else COMPATIBLE
    monkeypatch.setattr(diff, "KINDS", {**KINDS, kind: replace(KINDS[kind], **{who: wrong})})
    assert found(case) != case.changes


def test_a_root_of_another_name():
    """It is found in contracts alone: a page whose sample has another root is refused."""
    old = documented(TEXTS["flat"])
    for name in ("root", "error_root"):
        new = replace(old, contract=replace(old.contract, **{name: "other_response"}))
        (change,) = page_changes(old, new)
        assert (change.name, change.fact, verdict(change.kind)) == (
            "answer.root.renamed", name, "BB-")  # fmt: skip
        assert change.said == (getattr(old.contract, name), "other_response")


# ------------------------------------------------------------------ the rule behind the table

_WEIGHTS = {COMPATIBLE: 0, DRIFT: Severity.DRIFT, BREAKING: Severity.VIOLATION}
#: Kinds that break though each answer, or request, conforms to the other page.
UNSEEN = ("member.removed", "unit.", "accumulates.", "default.", "rule.", "flow.", "root.",
          "required.lost", "list.gained_other")  # fmt: skip
#: A limit that is no number is one of which nothing is known.
_IN_WORDS = "request: a limit in words"


@functools.cache
def judges(text):
    """Return the judges of a page."""
    contract = documented(text).contract
    return ResponseJudge(contract), RequestJudge(contract)


@functools.cache
def kept(text, side):
    """Return documents that keep a page: each value of each leaf, and only what is required."""
    root = documented(text).contract.trees[side]
    return [document(_object(root, turn)) for turn in (None, *range(6))]


def _object(field, turn):
    members = [f for f in field.fields.values() if turn is not None or f.required or f.repeated]
    children = [_member(child, turn) for child in members]
    return Node(field.name, Kind.OBJECT, children=children)


def _member(field, turn):
    """A list has two items, or as many as it may have, in the first turn, else one."""
    count = field.limits.get("max_items", 2) if turn == 0 and field.repeated else 1
    items = [_value(field, turn) for _ in range(count)]
    return Node(field.name, Kind.ARRAY, children=items) if field.repeated else items[0]


def _value(field, turn):
    if field.family in ("object", "list"):
        return _object(field, turn)
    if field.family == "map":
        return Node(field.name, Kind.OBJECT, children=[Node("k", Kind.STRING, "v")])
    texts = [*_texts(field)]
    kind, text = texts[(turn or 0) % len(texts)]
    return Node(field.name, kind, text)


def _texts(field):
    """Yield values of a leaf, within its limits."""
    number = field.family == "integer"
    if field.enum:
        yield from ((Kind.NUMBER if number else Kind.STRING, code) for code in field.enum)
    elif number:
        yield from ((Kind.NUMBER, str(limit)) for limit in bounds(field))
    elif field.format:
        moment = datetime.datetime(2018, 1, 2, 12, 34, 56)
        yield Kind.STRING, moment.strftime(strftime(field.format))
    elif field.family in ("price", "decimal"):
        for limit, other in zip(amounts(field), ("-5", "0.12"), strict=True):
            yield Kind.STRING, other if limit is None else str(limit)
        if field.family == "decimal":
            yield from ((Kind.NUMBER, "0.125"), (Kind.STRING, "0.125"))
    elif field.family == "boolean":
        yield from ((Kind.BOOLEAN, word) for word in ("true", "false"))
    else:
        most = limits(field).get("max_length", 40)
        yield from ((Kind.STRING, text[:most]) for text in ("乙,丙", "5", "x" * 40))


def worst(judgements):
    """Return how much the heaviest finding weighs."""
    return max((f.clause.severity for one in judgements for f in one.findings), default=0)


def weight(case, who):
    """Return how much a case weighs by the table, and whether a contract shows it."""
    kinds = {name: getattr(KINDS[name], who) for name in case.changes}
    seen = [n for n, v in kinds.items() if v in (BREAKING, DRIFT) and not _is_unseen(n)]
    return max(_WEIGHTS.get(one, 0) for one in kinds.values()), bool(seen)


def _is_unseen(name):
    return name.partition(".")[2].startswith(UNSEEN)


@pytest.mark.parametrize("fmt", ["json", "xml"])
@pytest.mark.parametrize("name", [n for n in CASES if not n.startswith("request")])
def test_what_the_new_page_allows_is_judged_by_the_old_one(name, fmt):
    """Nothing that breaks the old contract is called compatible, and nothing else breaking."""
    case = CASES[name]
    root = documented(case.new).contract.response
    judge = judges(case.old)[0].judge
    found = worst(judge(write_as(fmt, root, tree), fmt) for tree in kept(case.new, "response"))
    said, shows = weight(case, fmt)
    assert found <= said or found == Severity.ADVISORY
    assert found or not shows


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("request")])
def test_what_was_sent_is_judged_by_the_new_page(name):
    """A request of the old page is refused by the new one only where the table says so."""
    case = CASES[name]
    root = documented(case.old).contract.request
    judge = judges(case.new)[1].judge_form
    found = worst(judge(write_as("form", root, tree)) for tree in kept(case.old, "request"))
    said, shows = weight(case, "senders")
    assert found <= said
    assert found or not shows or name == _IN_WORDS


# ------------------------------------------------------------------ both ways, and every line


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_is_as_itself(name):
    """Nothing changed, with rules and without."""
    rules = RULES if name == "real" else ""
    assert page_changes(documented(TEXTS[name], rules), documented(TEXTS[name], rules)) == []


@pytest.mark.parametrize("name", CASES)
def test_the_way_back_is_the_mirror(name):
    """From the new page to the old one each change is there, the other way round."""
    case = CASES[name]
    back = replace(case, old=case.new, new=case.old, old_rules=case.new_rules,
                   new_rules=case.old_rules)  # fmt: skip
    there = {(c.side, c.fact, c.said, c.lines, *sorted(c.clauses)) for c in changes_of(case)}
    mirrored = {(c.side, c.fact, c.said[::-1], c.lines[::-1], *sorted(c.clauses))
                for c in changes_of(back)}  # fmt: skip
    assert there == mirrored


@pytest.mark.parametrize("name", TEXTS)
def test_no_difference_of_two_pages_is_lost(name):
    """A line lost, doubled or swapped: what the contract has otherwise is told, else its words."""
    lines, old = TEXTS[name].split("\n"), documented(TEXTS[name])
    before, told = _said(old), 0
    for at in range(0, len(lines), 1 if os.environ.get("ALL_PAGES") else 9):
        for text in damaged(lines, at):
            if text == TEXTS[name] or isinstance(attempt(text), PageError):
                continue
            new = documented.__wrapped__(text)
            if new.contract.method == old.contract.method:
                names = {change.name for change in page_changes(old, new)}
                assert names
                other = [*differing(before, _said(new), {"line", "quote"})]
                named = {one for one in names if not one.endswith("order.changed")}
                assert (named - {"page.text.changed"} != set()) == (other != [])
                told += 1
    assert told


def _said(documented):
    """What a contract says, whatever the order of its error codes."""
    said = json.loads(to_json(documented.contract))
    said["error_codes"].sort(key=lambda row: row["code"])
    return said
