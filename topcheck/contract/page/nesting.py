"""How deep each row stands: rows and XML sample, both depth first, read side by side.

The table of a flattened page does not tell depth, the XML sample does. A leaf without an example is
missing from the sample, and so is an object without any; where such a row stands is certain only if
there is one way to fit table and sample together. So all ways are followed, row by row: what every
way but one fails is read, what two ways lead through is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from topcheck.contract.field import item_name
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
    children: list[Placed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Open:
    """An object that is still open: the row that opened it, -1 at the top, and its members.

    These are the members in the sample, `names` their names; the first `taken` have had their rows.
    `is_fresh` says that the object must have a member and has none yet.
    """

    row: int
    members: Sequence[Node]
    names: frozenset[str]
    is_fresh: bool = False
    taken: int = 0

    @property
    def next(self) -> Node | None:
        return self.members[self.taken] if self.taken < len(self.members) else None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to fit the rows so far: the objects still open, and where the last row went.

    `parent` is the row of the object it went to, `element` what the sample shows of it, if any.
    """

    open: tuple[_Open, ...]
    before: _Way | None = None
    parent: int = -1
    element: Node | None = None

    @property
    def steps(self) -> list[_Way]:
        """The way from its start, a step a row."""
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
    def next(self) -> Node | None:
        """The element of the sample that comes next."""
        return self.open[self.due].next


def nest(rows: list[TableRow], sample: Node | None) -> list[Placed]:
    """Place each row. `sample` is the root of the XML sample, None for a request, which has none.

    Raises PageError where table and sample disagree or a depth is undecidable.
    """
    members = sample.children if sample else []
    ways = [_Way((_Open(-1, members, frozenset(member.name for member in members)),))]
    for at, row in enumerate(rows):
        following = [step for way in ways for step in _steps(way, at, row, sample is not None)]
        if not following:
            raise _stuck(ways[0], rows, row)
        if len(following) > MAX_WAYS:
            raise _undecidable(following, rows)
        ways = following
    return _tree(_only(ways, rows), rows, sample is not None)


def _only(ways: list[_Way], rows: list[TableRow]) -> _Way:
    """Return the one way that leaves nothing open, with each name once in its object."""
    complete = [way for way in ways if not any(one.next or one.is_fresh for one in way.open)]
    if not complete:
        raise _stuck(ways[0], rows, None)
    twice = [_twice(way, rows) for way in complete]
    unique = [way for way, error in zip(complete, twice, strict=True) if error is None]
    if not unique:
        raise next(filter(None, twice))
    if len(unique) > 1:
        raise _undecidable(unique, rows)
    return unique[0]


def _steps(way: _Way, at: int, row: TableRow, has_sample: bool) -> Iterator[_Way]:
    """Yield each way to place one more row: as the sample shows it, or where it shows none."""
    due = way.due
    places = [] if _mismatch(way, row) else [(due, way.next)]
    is_shown = has_sample and row.cells.sure and row.cells.example and not row.is_object
    if not is_shown:  # the sample shows each leaf that has an example
        depths = range(due, 1) if row.is_top else range(max(due, 1), len(way.open))
        places += [(depth, None) for depth in depths if row.name not in way.open[depth].names]
    for depth, shown in places:
        if any(inner.is_fresh for inner in way.open[depth + 1 :]):
            continue
        if depth >= MAX_DEPTH:
            raise row.refusal("the row stands too deep")
        home = way.open[depth]
        home = replace(home, is_fresh=False, taken=home.taken + (shown is not None))
        yield _Way((*way.open[:depth], home, *_opened(at, row, shown)), way, home.row, shown)


def _opened(at: int, row: TableRow, element: Node | None) -> Iterator[_Open]:
    """Open the row if it has members: for a list those of its first item, which stands for all."""
    members: Sequence[Node] = element.children if element else ()
    if row.list and members:
        members = members[0].children
    if members or row.is_object:
        yield _Open(at, members, frozenset(member.name for member in members), row.is_object)


def _mismatch(way: _Way, row: TableRow) -> str | None:
    """Say why the element that comes next in the sample is none of this row, if so."""
    element = way.next
    if element is None:
        return "the XML sample has no such element here"
    if element.name != row.name:
        return f"the sample has <{element.name}> here (line {element.line})"
    if row.is_top != (way.due == 0):
        inside = "inside another object" if way.due else "at the top"
        return f"<{element.name}> stands {inside} (line {element.line})"
    if row.is_object and row.type in LEAF_TYPES and not element.children and element.text.strip():
        return f"<{element.name}> has no members (line {element.line})"
    return _other_items(row, element) if row.list and element.children else None


def _other_items(row: TableRow, element: Node) -> str | None:
    """Say why the items of a list are not of the row's class, or not of one class."""
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


def _twice(way: _Way, rows: list[TableRow]) -> PageError | None:
    """Refuse a row whose name its object has already."""
    seen: set[tuple[int, str]] = set()
    for step, row in zip(way.steps, rows, strict=True):
        if (step.parent, row.name) in seen:
            return row.refusal("the name stands twice in one object")
        seen.add((step.parent, row.name))
    return None


def _tree(way: _Way, rows: list[TableRow], has_sample: bool) -> list[Placed]:
    """Build the tree. Each leaf must have a type of the platform, each object members."""
    placed = [Placed(row) for row in rows]
    top: list[Placed] = []
    for step, one in zip(way.steps, placed, strict=True):
        (top if step.parent < 0 else placed[step.parent].children).append(one)
    for step, one in zip(way.steps, placed, strict=True):
        if one.children:
            continue
        if one.row.type not in LEAF_TYPES:
            raise one.row.refusal(f"the leaf type {one.row.type} is unknown")
        if has_sample:
            leaf = step.element
            if leaf and leaf.children:  # the first item of a list
                leaf = leaf.children[0]
            cells = one.row.cells.beside(leaf.text if leaf else "", one_cell=not one.row.is_top)
            one.row = replace(one.row, cells=cells)
    return top


def _stuck(way: _Way, rows: list[TableRow], row: TableRow | None) -> PageError:
    """Say why no way leads on to a row, or, without one, what is missing at the table's end."""
    if row and not (row.is_top and way.open[-1].is_fresh):
        reason = _mismatch(way, row) or f"a row before <{row.name}> has no members"
        return row.refusal(f"table and XML sample disagree: {reason}")
    if not row and (element := way.next):
        reason = f"table and XML sample disagree: <{element.name}> has no row"
        return PageError(reason, element.line, element.name)
    return rows[way.open[-1].row].refusal("the object has no members")


def _undecidable(ways: list[_Way], rows: list[TableRow]) -> PageError:
    """Name the first row that ways place differently."""
    steps = zip(*(way.steps for way in ways), strict=True)
    parents = [sorted({step.parent for step in each}) for each in steps]
    at = next(at for at, found in enumerate(parents) if len(found) > 1)
    homes = [rows[parent] for parent in parents[at]]
    names = " or ".join(f"{home.name} (line {home.line})" for home in homes)
    reason = f"its depth is undecidable: it may stand in {names}, and no XML sample shows where"
    return rows[at].refusal(reason)
