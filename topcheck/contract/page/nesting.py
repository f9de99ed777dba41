"""How deep each row stands: rows and XML sample, both depth first, read side by side.

The table of a flattened page does not tell depth, the XML sample does. A leaf without an example is
missing from the sample, and so is an object without any; where such a row stands is certain only if
there is one way to fit table and sample together. So all ways are followed, row by row: what every
way but one fails is read, what two ways lead through is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from topcheck.contract.field import item_name
from topcheck.contract.page.cells import Cells
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.rows import TableRow
from topcheck.contract.protocol import LEAF_TYPES
from topcheck.wire.limits import MAX_DEPTH
from topcheck.wire.tree import Node

#: So many ways at once are never told apart by the rows that follow.
MAX_WAYS = 16


@dataclass(slots=True)
class Placed:
    """A row at its depth, with its cells told apart by the sample."""

    row: TableRow
    cells: Cells
    children: list[Placed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Open:
    """An object that is still open: the row that opened it, and its members in the sample.

    `names` are those of its members in the sample, the first `taken` of which have had their rows.
    `is_fresh` says that it must have a member and has none yet.
    """

    row: int
    members: tuple[Node, ...] = ()
    names: frozenset[str] = frozenset()
    taken: int = 0
    is_fresh: bool = False

    @property
    def next(self) -> Node | None:
        return self.members[self.taken] if self.taken < len(self.members) else None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to fit the rows so far: the objects still open, and where the last row went.

    `parent` is the row of the object it went to, -1 at the top; `element` is None where the sample
    does not show it.
    """

    open: tuple[_Open, ...]
    before: _Way | None = None
    parent: int = -1
    element: Node | None = None

    @property
    def steps(self) -> list[_Way]:
        """Return the way from its start, a step a row."""
        found, way = [], self
        while way.before:
            found.append(way)
            way = way.before
        return found[::-1]

    @property
    def due(self) -> int:
        """The innermost open object for which the sample still holds a member; else the top."""
        return next((at for at in reversed(range(len(self.open))) if self.open[at].next), 0)

    @property
    def is_complete(self) -> bool:
        """Whether the rows so far may be all: no object, and not the sample, holds more."""
        return not any(one.next or one.is_fresh for one in self.open)

    @property
    def next(self) -> Node | None:
        """The element of the sample that comes next."""
        return self.open[self.due].next


def nest(rows: list[TableRow], sample: Node | None) -> list[Placed]:
    """Place each row. `sample` is the root of the XML sample, None for a request, which has none.

    Raises PageError where table and sample disagree or a depth is undecidable.
    """
    members = tuple(sample.children) if sample else ()
    ways = [_Way((_Open(-1, members, _names(members)),))]
    for at in range(len(rows)):
        ways = _following(ways, at, rows, sample is not None)
    return _tree(_only(ways, rows), rows, sample is not None)


# ------------------------------------------------------------------ ways


def _following(ways: list[_Way], at: int, rows: list[TableRow], has_sample: bool) -> list[_Way]:
    """Lead all ways one row further. Raises PageError if none leads on, or too many do."""
    following = [step for way in ways for step in _steps(way, at, rows[at], has_sample)]
    if not following:
        raise _disagreement(ways[0], rows[at], rows)
    if len(following) > MAX_WAYS:
        raise _undecidable(following, rows)
    return following


def _only(ways: list[_Way], rows: list[TableRow]) -> _Way:
    """Return the one complete way with each name once in its object. Raises PageError."""
    complete = [way for way in ways if way.is_complete]
    if not complete:
        raise _leftover(ways[0], rows)
    twice = [_twice(way, rows) for way in complete]
    unique = [way for way, fault in zip(complete, twice, strict=True) if fault is None]
    if not unique:
        raise next(filter(None, twice))
    if len(unique) > 1:
        raise _undecidable(unique, rows)
    return unique[0]


def _steps(way: _Way, at: int, row: TableRow, has_sample: bool) -> Iterator[_Way]:
    """Yield each way to place one more row."""
    element, due = way.next, way.due
    if element and element.name == row.name and row.is_top == (due == 0):
        yield from _step(way, due, at, row, element)
    if has_sample and row.cells.sure and row.cells.example and not row.is_object:
        return  # the sample shows each leaf that has an example
    depths = range(1) if row.is_top else range(max(due, 1), len(way.open))
    for depth in depths:
        if depth >= due and row.name not in way.open[depth].names:
            yield from _step(way, depth, at, row, None)


def _step(way: _Way, depth: int, at: int, row: TableRow, element: Node | None) -> Iterator[_Way]:
    """Put the row into the open object of that depth, and close those within; or into none."""
    if any(inner.is_fresh for inner in way.open[depth + 1 :]):
        return
    if element and _contradiction(row, element):
        return
    if depth >= MAX_DEPTH:
        raise PageError("the row stands too deep", row.line, row.name)
    parent = way.open[depth]
    parent = replace(parent, taken=parent.taken + (element is not None), is_fresh=False)
    opened = (*way.open[:depth], parent)
    members = _members(row, element) if element else ()
    if members or row.is_object:
        opened = (*opened, _Open(at, members, _names(members), is_fresh=row.is_object))
    yield _Way(opened, way, parent.row, element)


def _contradiction(row: TableRow, element: Node) -> str | None:
    """Say why an element of the right name is none of this row, if so."""
    if row.is_object and row.type in LEAF_TYPES and not element.children and element.text.strip():
        return f"<{element.name}> has no members (line {element.line})"
    if not row.list or not element.children:
        return None
    expected, (first, *others) = item_name(row.type), element.children
    for item in element.children:
        if item.name != expected:
            return f"an item of {row.type} [] is <{expected}>, not <{item.name}> (line {item.line})"
    known = {path for path, _ in _paths(first)} if others else set()
    for path, member in (found for item in others for found in _paths(item)):
        if path not in known:
            return f"{path} (line {member.line}) is not in the first item of {element.name}"
    return None


def _paths(element: Node, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """Yield all below an element, each with its path from there."""
    for child in element.children:
        yield f"{prefix}{child.name}", child
        yield from _paths(child, f"{prefix}{child.name}.")


def _members(row: TableRow, element: Node) -> tuple[Node, ...]:
    """Return the members of an element, for a list those of its first item: it stands for all."""
    children = element.children
    return tuple(children[0].children if row.list and children else children)


def _names(members: tuple[Node, ...]) -> frozenset[str]:
    return frozenset(member.name for member in members)


# ------------------------------------------------------------------ results


def _twice(way: _Way, rows: list[TableRow]) -> PageError | None:
    """Refuse a row whose name its object has already."""
    seen: set[tuple[int, str]] = set()
    for step, row in zip(way.steps, rows, strict=True):
        if (step.parent, row.name) in seen:
            return PageError("the name stands twice in one object", row.line, row.name)
        seen.add((step.parent, row.name))
    return None


def _tree(way: _Way, rows: list[TableRow], has_sample: bool) -> list[Placed]:
    """Build the tree. Each leaf must have a type of the platform, each object members."""
    placed = [Placed(row, row.cells) for row in rows]
    top: list[Placed] = []
    for step, one in zip(way.steps, placed, strict=True):
        (top if step.parent < 0 else placed[step.parent].children).append(one)
    for step, one in zip(way.steps, placed, strict=True):
        if one.children:
            continue
        if one.row.type not in LEAF_TYPES:
            reason = f"the leaf type {one.row.type} is unknown"
            raise PageError(reason, one.row.line, one.row.name)
        if has_sample:
            shown = _text(step.element) if step.element else ""
            one.cells = one.cells.beside(shown, one_cell=not one.row.is_top)
    return top


def _text(element: Node) -> str:
    """Return the text of a leaf, or of the first item of a list."""
    return element.children[0].text if element.children else element.text


# ------------------------------------------------------------------ refusals


def _disagreement(way: _Way, row: TableRow, rows: list[TableRow]) -> PageError:
    """Say why no way leads on."""
    element, inside = way.next, "inside another object" if way.due else "at the top"
    if row.is_top and way.open[-1].is_fresh:
        return _memberless(rows[way.open[-1].row])
    if element is None:
        reason = "the XML sample has no such element here"
    elif element.name != row.name:
        reason = f"the sample has <{element.name}> here (line {element.line})"
    elif row.is_top != (way.due == 0):
        reason = f"<{element.name}> stands {inside} (line {element.line})"
    else:
        reason = _contradiction(row, element) or f"a row before <{element.name}> has no members"
    return PageError(f"table and XML sample disagree: {reason}", row.line, row.name)


def _leftover(way: _Way, rows: list[TableRow]) -> PageError:
    """Say what is missing at the end of the table."""
    if element := way.next:
        reason = f"table and XML sample disagree: <{element.name}> has no row"
        return PageError(reason, element.line, element.name)
    return _memberless(rows[way.open[-1].row])


def _memberless(row: TableRow) -> PageError:
    return PageError("the object has no members", row.line, row.name)


def _undecidable(ways: list[_Way], rows: list[TableRow]) -> PageError:
    """Name the first row that ways place differently."""
    steps = zip(*(way.steps for way in ways), strict=True)
    parents = [sorted({step.parent for step in each}) for each in steps]
    at = next(at for at, found in enumerate(parents) if len(found) > 1)
    homes = [rows[parent] for parent in parents[at]]
    names = " or ".join(f"{home.name} (line {home.line})" for home in homes)
    return PageError(
        f"its depth is undecidable: it may stand in {names}, and no XML sample shows where",
        rows[at].line,
        rows[at].name,
    )
