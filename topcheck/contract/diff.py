"""Two pages of one method, compared: each change with its kind, its place and its clauses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import product, zip_longest
from typing import Any

from topcheck.contract.changes import KINDS, ChangeKind
from topcheck.contract.comparison import differing
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow, Rule
from topcheck.contract.model import Clause
from topcheck.contract.row_changes import Steps, row_differences, rows_of, type_said, value_of

Rows = tuple[Field | None, Field | None]
Said = tuple[str | None, str | None]
Lines = tuple[int | None, int | None]

#: The facts of the clauses that a fact of a row stands for.
_STANDS_FOR: Mapping[str, tuple[str, ...]] = {
    "type": ("type",),
    "unit": ("type",),
    "enum": ("enum",),
    "format": ("format",),
    "required": ("required", "null"),
    "limits": ("range",),
    "accumulates": ("accumulates",),
}
#: The facts of a row with which clauses of any fact come and go, and those below it too.
_WITH_ALL = ("type", "list", "items", "member")
_WORDS = ("example", "description", "class", "documented")
_HEAD, _ROOTS = ("title", "category", "description"), ("root", "error_root")
#: How like each other two names are of which one may have become the other, of 1.
_ALIKE = 0.6
#: Of more pairs than these, in a page that is another one, no name is guessed.
_MOST_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Documented:
    """A method as one side of a comparison has it: `text` is that of its page, where one was read.

    Where `rules` and `flows` are not known, their clauses are compared all the same.
    """

    contract: Contract
    rules: tuple[Rule, ...] = ()
    flows: tuple[Flow, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PageChange:
    """One change: its kind, by the name in `KINDS`, the row, and the fact of it that changed.

    `path` is as the page nests its rows. `said` is what stands in both, and `lines` where, each
    None where there is nothing; `hint` says what else it may be.
    """

    name: str
    side: str
    path: str
    fact: str
    said: Said
    lines: Lines = (None, None)
    clauses: tuple[str, ...] = ()
    hint: str | None = None

    @property
    def kind(self) -> ChangeKind:
        """What it means."""
        return KINDS[self.name]


def page_changes(old: Documented, new: Documented) -> list[PageChange]:
    """Return every change between two pages of one method, in the order of the pages.

    Where nothing changed that is read off them, the first line that differs is the one change.
    """
    run = _Comparison(old, new)
    found = [*run.head()]
    for side in old.contract.trees:
        found += run.side(side)
    found += [*run.error_codes(), *run.rules(), *run.flows()]
    found += run.other_clauses()
    return found or [*_other_text(old.text or "", new.text or "")]


def _other_text(*texts: str) -> Iterator[PageChange]:
    lines = zip_longest(*(text.split("\n") for text in texts))
    for at, (old, new) in enumerate(lines, start=1):
        if old != new and all(texts):
            yield PageChange("page.text.changed", "page", "", "text", (old, new), (at, at))
            return


@dataclass(slots=True)
class _Comparison:
    """Two sides, and the clauses that a change has named."""

    old: Documented
    new: Documented
    about: tuple[Mapping[str, list[Clause]], ...] = ()
    named: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.about = tuple(_by_place(one.contract.clauses) for one in (self.old, self.new))

    def head(self) -> Iterator[PageChange]:
        for name in (*_HEAD, *_ROOTS):
            old, new = (getattr(one.contract, name) for one in (self.old, self.new))
            kind = "answer.root.renamed" if name in _ROOTS else "page.head.changed"
            clauses = ("wire.body.root",) if name in _ROOTS else ()
            if old != new:
                yield PageChange(kind, "page", "", name, (old, new), clauses=clauses)

    def side(self, side: str) -> Iterator[PageChange]:
        """Yield the changes of the rows of a side."""
        old, new, placed = rows_of(self.old.contract.trees[side], self.new.contract.trees[side])
        gone = {steps: row for steps, row in old.items() if steps not in new}
        come = {steps: row for steps, row in new.items() if steps not in old}
        renamed = dict(_renamed(gone, come))
        moved = _moved(gone, come, renamed)
        for steps, row in old.items():
            if steps in new:
                yield from self._row(side, steps, (row, new[steps]), steps in placed)
            elif to := moved.get(steps):
                said = ".".join(steps), ".".join(to)
                yield self._change("member.moved", steps, "member", said, (row, come[to]))
            elif steps[:-1] not in gone:
                found = self._change("member.removed", steps, "member", (type_said(row), None),
                                     (row, None))  # fmt: skip
                yield _hinted(found, renamed.get(steps), "perhaps it is called {} now")
        arrived, former = set(moved.values()), {to: steps for steps, to in renamed.items()}
        for steps, row in come.items():
            if steps not in arrived and steps[:-1] not in come:
                name = "member.added" + "_required" * (row.required and side == "request")
                found = self._change(name, steps, "member", (None, type_said(row)), (None, row))
                yield _hinted(found, former.get(steps), "perhaps it was called {}")
        yield from _orders(side, old, new)

    def _row(
        self, side: str, steps: Steps, rows: tuple[Field, Field], placed: bool
    ) -> Iterator[PageChange]:
        contracts = self.old.contract, self.new.contract
        for one in row_differences(side, steps, rows, contracts, placed=placed):
            said = one.before, one.after
            if one.fact == "enum" and one.inner:
                said = one.before and one.inner, one.after and one.inner
            yield self._change(one.name, steps, one.fact, said, rows, one.inner)

    def _change(
        self, name: str, steps: Steps, fact: str, said: tuple[Any, Any], rows: Rows,
        inner: str | None = None,
    ) -> PageChange:  # fmt: skip
        side = next(row.side for row in rows if row)
        clauses = dict.fromkeys(self._clauses(side, rows, fact))
        self.named.update(clauses)
        old, new = (row.row.line if row and row.row else None for row in rows)
        return PageChange(
            f"{where(side)}.{name}", side, ".".join(steps), (fact == "limits" and inner) or fact,
            (_shown(said[0]), _shown(said[1])), (old, new), tuple(clauses),
        )  # fmt: skip

    def _clauses(self, side: str, rows: Rows, fact: str) -> Iterator[str]:
        """Yield the clauses that a fact of a row stands for, and those that come or go with it."""
        if fact in _WORDS:
            return
        if fact == "member":
            yield from (_known_above(row) for row in rows if row)
        found = [
            [c for c in about.get(row.path, ()) if _is_about(c, side, row, fact in _WITH_ALL)]
            if row else [] for about, row in zip(self.about, rows, strict=True)
        ]  # fmt: skip
        come_or_go = {clause.id for clause in found[0]} ^ {clause.id for clause in found[1]}
        for clause in sorted((*found[0], *found[1]), key=lambda one: one.side != side):
            with_it = fact in _WITH_ALL or clause.side != side
            if clause.fact in _STANDS_FOR.get(fact, ()) or (with_it and clause.id in come_or_go):
                yield clause.id

    def error_codes(self) -> Iterator[PageChange]:
        """Yield how the tables of error codes differ."""
        codes: list[dict[str, str]] = [{}, {}]
        for said, one in zip(codes, (self.old, self.new), strict=True):
            for row in one.contract.error_codes:
                words = " ".join(filter(None, (said.get(row.code), row.description, row.solution)))
                said[row.code] = words
        for (code, *_), old, new in differing(codes[0], codes[1]):
            how = "added" if old is None else "removed" if new is None else "changed"
            name = f"answer.error_code.{how}"
            yield PageChange(name, "error_response", "code", code, (old, new))

    def rules(self) -> Iterator[PageChange]:
        """Yield the rules that say something else under the same name."""
        former = {rule.id: rule for rule in self.old.rules}
        for new in self.new.rules:
            old = former.get(new.id, new)
            if (old.when, old.then) != (new.when, new.then):
                said = _rule_said(old), _rule_said(new)
                yield PageChange("answer.rule.changed", "response", new.path, new.fact, said,
                                 clauses=(new.id,))  # fmt: skip

    def flows(self) -> Iterator[PageChange]:
        """Yield the flows that allow something else."""
        former = {flow.path: flow for flow in self.old.flows}
        for new in self.new.flows:
            old = former.get(new.path, new)
            if old.stages != new.stages:
                said = _flow_said(old), _flow_said(new)
                name = f"answer.flow.{'loosened' if _loosens(old, new) else 'tightened'}"
                clause = self.new.contract.exchange_clause(new.path, "terminal")
                yield PageChange(name, "response", new.path, "terminal", said,
                                 clauses=(clause.id,))  # fmt: skip

    def other_clauses(self) -> Iterator[PageChange]:
        """Yield the clauses that come or go, and that no change has named."""
        old, new = self.old.contract.by_id, self.new.contract.by_id
        left = (old.keys() ^ new.keys()) - self.named
        for one in {**old, **new}.values():
            if one.id in left:
                kind = "page.clause"
                if one.source == "inferred":
                    kind = "answer.flow" if one.fact == "terminal" else "answer.rule"
                name = f"{kind}.{'added' if one.id in new else 'removed'}"
                said = one.why if one.id in old else None, one.why if one.id in new else None
                lines = one.line if one.id in old else None, one.line if one.id in new else None
                yield PageChange(name, one.side, one.path, one.fact, said, lines, (one.id,))


def where(side: str) -> str:
    """Say where a row stands, as the names in `KINDS` begin."""
    return "request" if side == "request" else "answer"


def _hinted(change: PageChange, other: Steps | None, words: str) -> PageChange:
    return replace(change, hint=words.format(other[-1])) if other else change


def _rule_said(rule: Rule) -> str:
    return f"when {dict(rule.when)} then {dict(rule.then)}"


def _flow_said(flow: Flow) -> str:
    return ", ".join("/".join(codes) for codes in flow.stages)


def _known_above(row: Field) -> str:
    """Name the clause that a member breaks in the page that does not know it."""
    return replace(row, path=row.path.rpartition(".")[0]).clause_id("known")


def _by_place(clauses: Iterable[Clause]) -> Mapping[str, list[Clause]]:
    """Return the clauses of the page and the platform by their paths, and by those above them."""
    found: dict[str, list[Clause]] = {}
    for clause in clauses:
        steps = clause.path.split(".") if clause.source != "inferred" else []
        for end in range(1, len(steps) + 1):
            found.setdefault(".".join(steps[:end]), []).append(clause)
    return found


def _is_about(clause: Clause, side: str, row: Field, below: bool) -> bool:
    own = below or clause.path in (row.path, value_of(row).path)
    return own and clause.side in (side, "exchange")


def _loosens(old: Flow, new: Flow) -> bool:
    codes = {code for flow in (old, new) for codes in flow.stages for code in codes}
    return any(_may(new, *pair) and not _may(old, *pair) for pair in product(codes, codes))


def _may(flow: Flow, earlier: str, later: str) -> bool:
    return not (flow.knows(earlier) and flow.knows(later)) or flow.allows(earlier, later)


def _shown(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)


def _renamed(
    gone: Mapping[Steps, Field], come: Mapping[Steps, Field]
) -> Iterator[tuple[Steps, Steps]]:
    """Yield rows that may have another name now: of one object, of one type, and alike."""
    left = dict(come) if len(gone) * len(come) <= _MOST_PAIRS else {}
    for steps, row in gone.items():
        likeness = {to: _likeness(row, left[to]) for to in left if to[:-1] == steps[:-1]}
        best = max(likeness, key=likeness.__getitem__, default=steps)
        if likeness.get(best, 0) >= _ALIKE:
            del left[best]
            yield steps, best


def _likeness(one: Field, other: Field) -> float:
    if type_said(one) != type_said(other):
        return 0
    inner = [value_of(row).fields.keys() for row in (one, other)]
    words = [row.row.description if row.row else "" for row in (one, other)]
    same = words[0] == words[1] != "" or (inner[0] == inner[1] and inner[0])
    return 1 if same else SequenceMatcher(None, one.name, other.name).ratio()


def _moved(
    gone: Mapping[Steps, Field], come: Mapping[Steps, Field], renamed: Mapping[Steps, Steps]
) -> dict[Steps, Steps]:
    """Return the rows that stand elsewhere: the one of a name that went, and that came, of a type.

    What went with a row that moved, or that may have another name, has not moved itself.
    """
    moved: dict[Steps, Steps] = {}
    went, came = (Counter(steps[-1] for steps in rows) for rows in (gone, come))
    arrived = {steps[-1]: steps for steps in come}
    for steps, row in gone.items():
        to = arrived.get(steps[-1], steps)
        if max(went[to[-1]], came[to[-1]]) > 1 or to[:-1] == steps[:-1]:
            continue
        above = [(steps[:-n], to[:-n]) for n in range(1, min(len(steps), len(to)))]
        with_it = any({**renamed, **moved}.get(one) == other for one, other in above)
        if type_said(row) == type_said(come[to]) and not with_it:
            moved[steps] = to
    return moved


def _orders(
    side: str, old: Mapping[Steps, Field], new: Mapping[Steps, Field]
) -> Iterator[PageChange]:
    """Yield the objects whose members are listed in another order."""
    names: list[dict[Steps, list[str]]] = [{}, {}]
    for found, one, other in ((names[0], old, new), (names[1], new, old)):
        for *above, name in (steps for steps in one if steps in other):
            found.setdefault(tuple(above), []).append(name)
    for place, listed in names[0].items():
        if listed != names[1][place]:
            said = ", ".join(listed), ", ".join(names[1][place])
            yield PageChange(f"{where(side)}.order.changed", side, ".".join(place), "order", said)
