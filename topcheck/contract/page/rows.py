"""The tables of a page: which lines make a row.

A top-level row stands on one line. The rows below it are bullets, a cell a bullet, and `└` marks a
leaf. How deep a nested row stands cannot be seen here: the XML sample settles that (`nesting`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from topcheck.contract import protocol
from topcheck.contract.page.cells import (
    Cells,
    from_bullets,
    from_columns,
    from_line,
    is_limit,
    tidy,
)
from topcheck.contract.page.lines import Line, Margin, PageError

BULLET = "•"
LEAF_MARK = "└"

NAME = re.compile(r"(?!(?i:xml))[A-Za-z_][A-Za-z0-9_]*")
#: A leaf type of the platform (`byte[]` before `byte`), or a class: a capital first.
_LEAF_TYPE = "|".join(map(re.escape, sorted(protocol.LEAF_TYPES, key=len, reverse=True)))
TYPE = re.compile(rf"(?P<name>{_LEAF_TYPE}|[A-Z][A-Za-z0-9_.$]*)(?P<list> ?\[\])?")
#: A line like a row: two words, the second like a type. Whether it is a type shows later.
TOP_ROW = re.compile(r"(?P<name>\S+)\s+(?P<type>[A-Za-z][!-~]*(?: \[\])?)(?:\s+(?P<rest>\S.*))?")

COLUMNS = ("名称", "类型", "是否必须", "示例值", "更多限制", "描述")
REQUIRED = {"必须": True, "可选": False, "true": True, "false": False}

#: Name, type and one cell more: with less a row is cut off.
FEWEST_CELLS = 3


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table, at a depth that is not yet known below the top.

    `is_object` says that the table itself shows the row to have members.
    """

    name: str
    type: str
    list: bool
    is_top: bool
    is_object: bool
    required: bool | None
    cells: Cells
    lines: tuple[Line, ...]

    @property
    def line(self) -> int:
        """The line of the page where the row begins, counted from 1."""
        return self.lines[0].number


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a table, as its header names them."""

    columns: list[str]

    @property
    def has_required(self) -> bool:
        return "是否必须" in self.columns

    @property
    def has_limits(self) -> bool:
        return "更多限制" in self.columns


@dataclass(frozen=True, slots=True)
class _Block:
    """The line of a top-level row, and all lines up to the next."""

    match: re.Match[str]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class _Bullet:
    """A cell of a nested row, with the lines that carry it on."""

    text: str
    lines: tuple[Line, ...]

    @property
    def is_leaf(self) -> bool:
        return self.text.startswith(LEAF_MARK)

    @property
    def name(self) -> str:
        return self.text.removeprefix(LEAF_MARK).strip()


def read_rows(
    name: str, section: list[Line], margin: Margin, needs_required: bool
) -> list[TableRow]:
    """Read a table. Raises PageError on an unknown column or a line that belongs to no row."""
    lines = [line for line in section if line.text.strip()]
    if not lines:
        raise PageError(f"the table {name} has no header", section[-1].number if section else None)
    table = _Table(_columns(lines[0], needs_required))
    margin.note(lines[:1], f"header of {name}")
    return [row for block in _blocks(lines[1:], table) for row in _rows_of(block, table)]


def _columns(header: Line, needs_required: bool) -> list[str]:
    names = header.text.split()
    for column in names:
        if column not in COLUMNS:
            raise PageError(f"unknown column {column}", header.number)
    needed = {"名称", "类型", "描述"} | ({"是否必须"} if needs_required else set())
    if missing := [column for column in COLUMNS if column in needed - set(names)]:
        raise PageError(f"the column {missing[0]} is missing", header.number)
    if names != [column for column in COLUMNS if column in names]:
        raise PageError("the columns stand twice or in an unknown order", header.number)
    return names


# ------------------------------------------------------------------ lines to rows


def _is_bullet(line: Line) -> bool:
    return line.text.lstrip().startswith(BULLET)


def _top(line: Line, table: _Table) -> re.Match[str] | None:
    """Match a line that begins a top-level row, and does not carry on the cell above."""
    match = None if _is_bullet(line) else TOP_ROW.fullmatch(line.text.strip())
    if match is None:
        return None
    words = (match["rest"] or "").split(maxsplit=1)
    says_required = table.has_required and words[:1] and words[0] in REQUIRED
    is_leaf_type = match["type"].removesuffix("[]").rstrip() in protocol.LEAF_TYPES
    is_class = match["type"][0].isupper() or not table.has_required
    is_row = says_required or is_leaf_type or (is_class and NAME.fullmatch(match["name"]))
    return match if is_row else None


def _blocks(lines: list[Line], table: _Table) -> Iterator[_Block]:
    """Cut the table before each top-level row."""
    block: _Block | None = None
    for line in lines:
        if match := _top(line, table):
            if block:
                yield block
            block = _Block(match, [line])
        elif block:
            block.lines.append(line)
        else:
            raise PageError(f"not a row of the table: {line.text.strip()!r}", line.number)
    if block:
        yield block


def _rows_of(block: _Block, table: _Table) -> Iterator[TableRow]:
    """Read a top-level row and the rows nested in it."""
    bullets = list(_bullets(block.lines))
    own = _own_bullets(bullets, table)
    groups = list(_groups(bullets[own:], table))
    nested = {line.number for bullet in bullets[own:] for line in bullet.lines}
    lines = tuple(line for line in block.lines if line.number not in nested)
    yield _top_row(block.match, lines, table, bool(groups))
    for group in groups:
        yield _nested_row(group, table)


def _bullets(lines: list[Line]) -> Iterator[_Bullet]:
    """Join each bullet with the lines below that carry it on."""
    starts = [at for at, line in enumerate(lines) if _is_bullet(line)]
    for start, end in itertools.pairwise([*starts, len(lines)]):
        text = " ".join(line.text for line in lines[start:end])
        yield _Bullet(_without_bullet(text), tuple(lines[start:end]))


def _without_bullet(text: str) -> str:
    return tidy(text).lstrip(f"{BULLET} ")


def _own_bullets(bullets: list[_Bullet], table: _Table) -> int:
    """Count the bullets that are cells of the top-level row: limits, and then its description."""
    if not table.has_limits:
        return 0
    limits = next((at for at, b in enumerate(bullets) if not is_limit(b.text)), len(bullets))
    if not 0 < limits < len(bullets):
        return limits
    begins = bullets[limits].is_leaf or _begins_object(bullets, limits, table)
    return limits if begins else limits + 1


def _groups(bullets: list[_Bullet], table: _Table) -> Iterator[list[_Bullet]]:
    """Cut the bullets before each nested row."""
    start = 0
    for at in range(1, len(bullets)):
        if bullets[at].is_leaf or (
            at - start >= FEWEST_CELLS and _begins_object(bullets, at, table, start)
        ):
            yield bullets[start:at]
            start = at
    if bullets:
        yield bullets[start:]


def _begins_object(
    bullets: Sequence[_Bullet], at: int, table: _Table, start: int | None = None
) -> bool:
    """Whether an unmarked row begins here: its first cells are like a name and a type.

    Raises PageError if, for all one can see, it may as well begin one cell later.
    """
    first = bullets[at : at + FEWEST_CELLS]
    if len(first) < FEWEST_CELLS or any(bullet.is_leaf for bullet in first):
        return False
    if not NAME.fullmatch(first[0].text) or not TYPE.fullmatch(first[1].text):
        return False
    if table.has_required:
        return first[2].text in REQUIRED
    if start is not None and at - start == FEWEST_CELLS and _begins_object(bullets, at + 1, table):
        raise _refusal("the row may begin here or one cell later", bullets[at])
    return True


def _refusal(reason: str, bullet: _Bullet) -> PageError:
    return PageError(reason, bullet.lines[0].number, bullet.name)


# ------------------------------------------------------------------ rows


def _top_row(
    match: re.Match[str], lines: tuple[Line, ...], table: _Table, is_object: bool
) -> TableRow:
    head, *wrapped = lines
    rest = tidy(match["rest"] or "").split(" ")
    required = _required(rest, match["name"], head.number) if table.has_required else None
    more = [_without_bullet(line.text) for line in wrapped]
    exact = [tidy(cell) for cell in head.text.lstrip().rstrip(" ").split("\t")]
    if len(exact) == len(table.columns):
        by_column = dict(zip(table.columns, exact, strict=True))
        example, limits = by_column.get("示例值", ""), by_column.get("更多限制", "")
        cells = from_columns(example, limits, by_column["描述"], more)
    else:
        cells = from_line(" ".join(rest), more, match["type"], table.has_limits)
    type_name, is_list = _type(match["type"], match["name"], head)
    return TableRow(
        name=match["name"],
        type=type_name,
        list=is_list,
        is_top=True,
        is_object=is_object,
        required=required,
        cells=cells,
        lines=lines,
    )


def _nested_row(group: list[_Bullet], table: _Table) -> TableRow:
    lines = tuple(line for bullet in group for line in bullet.lines)
    if len(group) < FEWEST_CELLS:
        raise _refusal("the row is cut off: it has fewer cells than any row", group[0])
    first, second, *rest = group
    parts = [bullet.text for bullet in rest]
    required = _required(parts, first.name, lines[0].number) if table.has_required else None
    _refuse_hidden_row(group, parts)
    type_name, is_list = _type(second.text, first.name, lines[0])
    return TableRow(
        name=first.name,
        type=type_name,
        list=is_list,
        is_top=False,
        is_object=not first.is_leaf,
        required=required,
        cells=from_bullets(parts, table.has_limits),
        lines=lines,
    )


def _refuse_hidden_row(group: list[_Bullet], parts: list[str]) -> None:
    """Refuse a row of more cells than columns if another, broken row may be among them."""
    if len(parts) - sum(map(is_limit, parts)) <= 2:
        return
    for at, bullet in enumerate(group[FEWEST_CELLS:], start=FEWEST_CELLS):
        match = TYPE.fullmatch(bullet.text)
        is_type = match and (match["list"] or match["name"] in protocol.LEAF_TYPES)
        is_name = NAME.fullmatch(bullet.text) and at + FEWEST_CELLS <= len(group)
        if is_type or is_name:
            raise _refusal("the row has more cells than columns: another may hide there", group[0])


def _type(type_text: str, name: str, line: Line) -> tuple[str, bool]:
    """Part a type from the mark of a list. Raises PageError if name or type is none."""
    if not NAME.fullmatch(name):
        raise PageError(f"{name!r} is no name", line.number, name)
    match = TYPE.fullmatch(type_text)
    if not match:
        raise PageError(f"the type {type_text!r} is unknown", line.number, name)
    return match["name"], bool(match["list"])


def _required(words: list[str], name: str, line: int) -> bool:
    """Take the cell 是否必须 off the front."""
    if not words or words[0] not in REQUIRED:
        raise PageError("the row does not say whether it must be given", line, name)
    return REQUIRED[words.pop(0)]
