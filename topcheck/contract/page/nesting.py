"""How deep each row stands: rows and XML sample, both depth first, read side by side.

Marks repeated once per level say it, and are believed before anything else.

The table of a flattened page does not tell depth, the XML sample does. A leaf without an example is
missing from the sample, and so is an object without any; where such a row stands is certain only if
there is one way to fit table and sample together. So all ways are followed, row by row: what every
way but one fails is read, what two ways lead through is refused. A request has no XML sample: there
ways are left out that contradict the Java sample, which says what is set on which object.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from topcheck.contract.field import item_name
from topcheck.contract.inferred import in_types
from topcheck.contract.page.java import Path, flat
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.rows import LEAF_MARK, TableRow
from topcheck.wire.limits import MAX_DEPTH
from topcheck.wire.tree import Node

#: So many ways at once are never told apart by the rows that follow.
MAX_WAYS = 16

#: Ways out.
_AGREE = "make table and sample agree in names, order and nesting"
_STATE = f"begin each nested row of the table with {LEAF_MARK} once per level of its depth"


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


def nest(rows: list[TableRow], sample: Node | None, told: Collection[Path] = ()) -> list[Placed]:
    """Place each row. `sample` is the root of the XML sample, None for a request, which has none.

    `told` are the paths that the Java sample of a request sets. Raises PageError where table and
    sample disagree or a depth is undecidable.
    """
    *likelier, last = _readings(rows)
    for reading in likelier:
        with suppress(PageError):
            return _nested(reading, sample, told)
    return _nested(last, sample, told)


def _readings(rows: list[TableRow]) -> Iterator[list[TableRow]]:
    """Yield what the marks may mean: each of them a depth, the repeated ones only, or none.

    Where no row repeats its mark, it says that the row is a leaf. Where some do, a single one says
    that its row stands in one of the top; or, if objects are without, that it is a leaf.
    """
    if all(row.marks < 2 for row in rows):
        yield rows
        return
    yield _stated(rows, 1)
    if all(row.family or not row.marks for row in rows):
        yield _stated(rows, 2)


def _stated(rows: list[TableRow], fewest: int) -> list[TableRow]:
    """Give each row the depth that so many marks state; an object stands right above its rows."""
    found: list[TableRow] = []
    below: int | None = None
    for row in reversed(rows):
        depth = 0 if row.is_top else row.marks if row.marks >= fewest else None
        if depth is None and row.is_object and below and below > 1:
            depth = below - 1
        is_object = row.is_object or bool(depth is not None and below and below > depth)
        found.append(replace(row, depth=depth, is_object=is_object))
        below = depth
    return found[::-1]


def _nested(rows: list[TableRow], sample: Node | None, told: Collection[Path]) -> list[Placed]:
    members = sample.children if sample else []
    ways = [_Way((_Open(-1, members, frozenset(member.name for member in members)),))]
    for at, row in enumerate(rows):
        following = [step for way in ways for step in _steps(way, at, row, sample is not None)]
        if not following:
            raise _stuck(ways[0], rows, row)
        if row.depth is None:
            following = [way for way in following if _path(way, rows, at) in told] or following
        if len(following) > MAX_WAYS:
            raise _undecidable(following, rows)
        ways = following
    return _tree(_only(ways, rows), rows, sample is not None)


def _path(way: _Way, rows: list[TableRow], at: int) -> Path:
    """Return the path of the row that was placed last."""
    above = (one.row for one in way.open if -1 < one.row < at)
    return tuple(flat(rows[row].name) for row in (*above, at))


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
    is_object = row.is_object or row.family == "map"
    is_shown = has_sample and row.cells.sure and row.cells.example and not is_object
    if not is_shown:  # the sample shows each leaf that has an example
        depths = range(due, 1) if row.is_top else range(max(due, 1), len(way.open))
        places += [(depth, None) for depth in depths if row.name not in way.open[depth].names]
    for depth, shown in places:
        is_elsewhere = row.depth is not None and row.depth != depth
        if is_elsewhere or any(inner.is_fresh for inner in way.open[depth + 1 :]):
            continue
        if depth >= MAX_DEPTH:
            way_out = f"take it out: no answer nests deeper than {MAX_DEPTH}"
            raise row.refusal("the row stands too deep", way_out)
        home = way.open[depth]
        home = replace(home, is_fresh=False, taken=home.taken + (shown is not None))
        for opened in _opened(at, row, shown):
            yield _Way((*way.open[:depth], home, *opened), way, home.row, shown)


def _opened(at: int, row: TableRow, element: Node | None) -> Iterator[tuple[_Open, ...]]:
    """Open the row if it has members: for a list those of its first item, which stands for all.

    A map may have rows or none, unless it is marked and the sample shows nothing in it.
    """
    members: Sequence[Node] = element.children if element else ()
    if row.list and members:
        members = members[0].children
    is_map = row.family == "map" and not row.is_object
    if is_map or not (members or row.is_object):
        yield ()
    if members or row.is_object or (is_map and not row.marks and not row.is_top):
        names = frozenset(member.name for member in members)
        yield (_Open(at, members, names, row.is_object or is_map),)


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
    if row.is_object and row.family and not element.children and element.text.strip():
        return f"<{element.name}> has no members (line {element.line})"
    return _other_items(row, element) if row.list and element.children else None


def _other_items(row: TableRow, element: Node) -> str | None:
    """Say why the items of a list are not of the row's class, or not of one class."""
    expected, (first, *others) = item_name(row.type), element.children
    for item in element.children:
        if item.name != expected:
            return f"an item of {row.type} [] is <{expected}>, not <{item.name}> (line {item.line})"
    if row.family == "map":
        return None
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
            return row.refusal("the name stands twice in one object", f"take one out, or {_STATE}")
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
        if one.row.family is None:
            reason = f"the leaf type {one.row.type} is unknown, and no row stands in it"
            raise one.row.refusal(reason, f"{in_types(one.row.type)}; or add its rows below it")
        if has_sample:
            leaf = step.element
            if leaf and leaf.children:  # the first item of a list
                leaf = leaf.children[0]
            cells = one.row.cells.beside(leaf.text if leaf else "", one_cell=not one.row.is_top)
            if leaf and leaf.children and not cells.example:  # a map has no text of its own
                cells = replace(cells, example="{}")
            one.row = replace(one.row, cells=cells)
    return top


def _stuck(way: _Way, rows: list[TableRow], row: TableRow | None) -> PageError:
    """Say why no way leads on to a row, or, without one, what is missing at the table's end."""
    if _is_left_empty(way, row):
        return _without_rows(rows[way.open[-1].row], way.open[-1].next)
    if row is None:
        element = way.next
        assert element  # noqa: S101 - all objects had rows, so a member of the sample is left
        reason = f"table and XML sample disagree: <{element.name}> has no row"
        return PageError(reason, f"add its row, or {_AGREE}", element.line, element.name)
    wrong = _mismatch(way, row)
    if row.depth is not None and not row.is_top and (wrong is None or not way.next):
        marks = f"{LEAF_MARK} says" if row.marks == 1 else f"{row.marks} {LEAF_MARK} say"
        why = "no row above it is so deep"
        if row.depth < len(way.open):
            has_sample = way.open[0].members
            why = "the sample has it elsewhere" if has_sample else "an object above it has no rows"
        reason = f"its {marks} depth {row.depth}, and {why}"
        return row.refusal(reason, f"{_STATE}, and {_AGREE}")
    way_out = _AGREE
    if row.is_object and row.family:
        way_out = f"begin the row with {LEAF_MARK} if it is a leaf, or {_AGREE}"
    wrong = wrong or f"a row before <{row.name}> has no members"
    return row.refusal(f"table and XML sample disagree: {wrong}", way_out)


def _is_left_empty(way: _Way, row: TableRow | None) -> bool:
    """Whether the last row is an object, and the row behind it, if any, is none of its own."""
    inner = way.open[-1]
    if inner.row < 0 or inner.row != len(way.steps) - 1:
        return False
    if row is None or row.is_top:
        return True
    return row.name not in inner.names and any(row.name in one.names for one in way.open[:-1])


def _without_rows(row: TableRow, shown: Node | None) -> PageError:
    """Refuse an object that no row stands in; `shown` is what the sample has in it, if anything."""
    reason = "the object has no members: no row stands in it"
    if shown:
        reason += f", though the sample shows <{shown.name}> (line {shown.line})"
    if row.family is None:
        way_out = f"add its rows below it, or {in_types(row.type, 'map')}"
    elif row.is_object:
        leaf = f"begin the row with {LEAF_MARK} if it is a leaf, which the sample must show"
        way_out = f"{leaf} if it has an example; or add its rows below it"
    else:
        way_out = "add its rows below it, or take what is in it out of the sample"
    return row.refusal(reason, way_out)


def _undecidable(ways: list[_Way], rows: list[TableRow]) -> PageError:
    """Name the first row that ways place differently."""
    steps = zip(*(way.steps for way in ways), strict=True)
    parents = [sorted({step.parent for step in each}) for each in steps]
    at = next(at for at, found in enumerate(parents) if len(found) > 1)
    homes = [rows[parent] for parent in parents[at]]
    names = " or ".join(f"{home.name} (line {home.line})" for home in homes)
    reason = f"its depth is undecidable: it may stand in {names}, and no sample shows where"
    return rows[at].refusal(reason, _STATE)
