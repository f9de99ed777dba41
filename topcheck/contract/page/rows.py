"""The tables of a page: which lines make a row.

A top-level row stands on one line. The rows below it are bullets, a cell a bullet, and `└` marks a
leaf. How deep a nested row stands cannot be seen here: the XML sample settles that (`nesting`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from topcheck.contract import protocol
from topcheck.contract.page.cells import Cells, from_bullets, from_columns, from_line, is_limit
from topcheck.contract.page.lines import Line, Margin, PageError, runs, tidy

BULLET = "•"
LEAF_MARK = "└"

NAME = re.compile(r"(?!(?i:xml))[A-Za-z_][A-Za-z0-9_]*")
#: A leaf type of the platform (`byte[]` before `byte`), or a class: a capital first.
_LEAF_TYPE = "|".join(map(re.escape, sorted(protocol.LEAF_TYPES, key=len, reverse=True)))
TYPE = re.compile(rf"(?P<name>{_LEAF_TYPE}|[A-Z][A-Za-z0-9_.$]*)(?P<list> ?\[\])?")
#: A line like a row: two words, the second like a type. Whether it is a type shows later.
TOP_ROW = re.compile(r"(?P<name>\S+)\s+(?P<type>[A-Za-z][!-~]*(?: \[\])?)(?:\s+(?P<rest>\S.*))?")

REQUIRED, EXAMPLE, LIMITS, DESCRIPTION = "是否必须", "示例值", "更多限制", "描述"
COLUMNS = ("名称", "类型", REQUIRED, EXAMPLE, LIMITS, DESCRIPTION)
#: What stands in the column 是否必须.
IS_REQUIRED = {"必须": True, "可选": False, "true": True, "false": False}

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
    is_object: bool
    required: bool | None
    cells: Cells
    lines: tuple[Line, ...]

    @property
    def line(self) -> int:
        """The line of the page where the row begins, counted from 1."""
        return self.lines[0].number

    @property
    def is_top(self) -> bool:
        """Whether the row stands at the top of its table."""
        return not _is_bullet(self.lines[0])

    def refusal(self, reason: str) -> PageError:
        """Make the error that refuses the row."""
        return PageError(reason, self.line, self.name)


@dataclass(frozen=True, slots=True)
class _Bullet:
    """A cell of a nested row, with the lines that carry it on."""

    text: str
    lines: list[Line]

    @property
    def is_leaf(self) -> bool:
        return self.text.startswith(LEAF_MARK)

    @property
    def name(self) -> str:
        return self.text.removeprefix(LEAF_MARK).strip()

    def refusal(self, reason: str) -> PageError:
        return PageError(reason, self.lines[0].number, self.name)


def read_rows(
    name: str, section: list[Line], margin: Margin, needs_required: bool
) -> list[TableRow]:
    """Read a table. Raises PageError on an unknown column or a line that belongs to no row."""
    lines = [line for line in section if line.text.strip()]
    if not lines:
        raise PageError(f"the table {name} has no header", section[-1].number if section else None)
    columns = _columns(lines[0], needs_required)
    margin.note(lines[:1], f"header of {name}")
    tops = {at: top for at, line in enumerate(lines) if at and (top := _top(line, columns))}
    if lines[1:] and 1 not in tops:
        raise PageError(f"not a row of the table: {lines[1].text.strip()!r}", lines[1].number)
    blocks = zip(tops.values(), runs(lines, tops), strict=True)
    return [row for top, block in blocks for row in _rows_of(top, block, columns)]


def _columns(header: Line, needs_required: bool) -> list[str]:
    names = header.text.split()
    for column in names:
        if column not in COLUMNS:
            raise PageError(f"unknown column {column}", header.number)
    for column in COLUMNS:
        needed = column not in (EXAMPLE, LIMITS) and (needs_required or column != REQUIRED)
        if needed and column not in names:
            raise PageError(f"the column {column} is missing", header.number)
    if names != [column for column in COLUMNS if column in names]:
        raise PageError("the columns stand twice or in an unknown order", header.number)
    return names


def _top(line: Line, columns: list[str]) -> re.Match[str] | None:
    """Match a line that begins a top-level row, and does not carry on the cell above."""
    match = None if _is_bullet(line) else TOP_ROW.fullmatch(line.text.strip())
    if match is None:
        return None
    words = (match["rest"] or "").split(maxsplit=1)
    says_required = REQUIRED in columns and words[:1] and words[0] in IS_REQUIRED
    is_leaf_type = match["type"].removesuffix("[]").rstrip() in protocol.LEAF_TYPES
    is_class = match["type"][0].isupper() or REQUIRED not in columns
    is_row = says_required or is_leaf_type or (is_class and NAME.fullmatch(match["name"]))
    return match if is_row else None


def _rows_of(top: re.Match[str], block: list[Line], columns: list[str]) -> Iterator[TableRow]:
    """Read a top-level row and the rows nested in it."""
    starts = [at for at, line in enumerate(block) if _is_bullet(line)]
    bullets = [_Bullet(_joined(lines), lines) for lines in runs(block, starts)]
    own = _own_bullets(bullets, columns)
    groups = _groups(bullets[own:], columns)
    end = starts[own] if own < len(starts) else len(block)
    yield _top_row(top, block[:end], columns, bool(groups))
    for group in groups:
        yield _nested_row(group, columns)


def _is_bullet(line: Line) -> bool:
    return line.text.lstrip().startswith(BULLET)


def _joined(lines: list[Line]) -> str:
    """Join the lines of a cell, without its bullet."""
    return tidy(" ".join(line.text for line in lines)).lstrip(f"{BULLET} ")


def _own_bullets(bullets: list[_Bullet], columns: list[str]) -> int:
    """Count the bullets that are cells of the top-level row: limits, and then its description."""
    if LIMITS not in columns:
        return 0
    limits = next((at for at, b in enumerate(bullets) if not is_limit(b.text)), len(bullets))
    if not 0 < limits < len(bullets):
        return limits
    begins = bullets[limits].is_leaf or _begins_object(bullets, limits, columns)
    return limits if begins else limits + 1


def _groups(bullets: list[_Bullet], columns: list[str]) -> list[list[_Bullet]]:
    """Cut the bullets before each nested row."""
    starts = [0] if bullets else []
    for at in range(1, len(bullets)):
        if bullets[at].is_leaf or (
            at - starts[-1] >= FEWEST_CELLS and _begins_object(bullets, at, columns, starts[-1])
        ):
            starts.append(at)
    return runs(bullets, starts)


def _begins_object(
    bullets: list[_Bullet], at: int, columns: list[str], start: int | None = None
) -> bool:
    """Whether an unmarked row begins here: its first cells are like a name and a type.

    Raises PageError if, for all one can see, it may as well begin one cell later.
    """
    first = bullets[at : at + FEWEST_CELLS]
    if len(first) < FEWEST_CELLS or any(bullet.is_leaf for bullet in first):
        return False
    if not NAME.fullmatch(first[0].text) or not TYPE.fullmatch(first[1].text):
        return False
    if REQUIRED in columns:
        return first[2].text in IS_REQUIRED
    if start == at - FEWEST_CELLS and _begins_object(bullets, at + 1, columns):
        raise bullets[at].refusal("the row may begin here or one cell later")
    return True


def _top_row(
    match: re.Match[str], lines: list[Line], columns: list[str], is_object: bool
) -> TableRow:
    head, *wrapped = lines
    rest = tidy(match["rest"] or "").split(" ")
    required = _required(rest, match["name"], head, columns)
    more = [_joined([line]) for line in wrapped]
    exact = [tidy(cell) for cell in head.text.lstrip().rstrip(" ").split("\t")]
    if len(exact) == len(columns):
        said = dict(zip(columns, exact, strict=True))
        cells = from_columns(said.get(EXAMPLE, ""), said.get(LIMITS, ""), said[DESCRIPTION], more)
    else:
        cells = from_line(" ".join(rest), more, match["type"], LIMITS in columns)
    name, type_name, is_list = _named(match["name"], match["type"], head)
    return TableRow(name, type_name, is_list, is_object, required, cells, tuple(lines))


def _nested_row(group: list[_Bullet], columns: list[str]) -> TableRow:
    if len(group) < FEWEST_CELLS:
        raise group[0].refusal("the row is cut off: it has fewer cells than any row")
    first, second, *rest = group
    lines = tuple(line for bullet in group for line in bullet.lines)
    parts = [bullet.text for bullet in rest]
    required = _required(parts, first.name, lines[0], columns)
    _refuse_hidden_row(group, parts)
    name, type_name, is_list = _named(first.name, second.text, lines[0])
    cells = from_bullets(parts, LIMITS in columns)
    return TableRow(name, type_name, is_list, not first.is_leaf, required, cells, lines)


def _refuse_hidden_row(group: list[_Bullet], parts: list[str]) -> None:
    """Refuse a row of more cells than columns if another, broken row may be among them."""
    if len(parts) - sum(map(is_limit, parts)) <= 2:
        return
    for at, bullet in enumerate(group[FEWEST_CELLS:], start=FEWEST_CELLS):
        match = TYPE.fullmatch(bullet.text)
        is_type = match and (match["list"] or match["name"] in protocol.LEAF_TYPES)
        is_name = NAME.fullmatch(bullet.text) and at + FEWEST_CELLS <= len(group)
        if is_type or is_name:
            raise group[0].refusal("the row has more cells than columns: another may hide there")


def _named(name: str, type_text: str, line: Line) -> tuple[str, str, bool]:
    """Return name, type, and whether it is a list. Raises PageError if name or type is none."""
    if not NAME.fullmatch(name):
        raise PageError(f"{name!r} is no name", line.number, name)
    match = TYPE.fullmatch(type_text)
    if not match:
        raise PageError(f"the type {type_text!r} is unknown", line.number, name)
    return name, match["name"], bool(match["list"])


def _required(words: list[str], name: str, line: Line, columns: list[str]) -> bool | None:
    """Take the cell 是否必须 off the front, None where the table has no such column."""
    if REQUIRED not in columns:
        return None
    if not words or words[0] not in IS_REQUIRED:
        raise PageError("the row does not say whether it must be given", line.number, name)
    return IS_REQUIRED[words.pop(0)]
