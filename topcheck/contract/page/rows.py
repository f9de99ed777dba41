"""The tables of a page: which lines make a row.

A top-level row stands on one line. The rows below it are bullets, a cell a bullet, and `└` marks a
leaf, or, repeated once per level, any row with its depth. How deep a nested row stands otherwise
cannot be seen here: the samples settle that (`nesting`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from topcheck.contract.inferred import TYPE_NAME, in_types
from topcheck.contract.page.cells import Cells, from_bullets, from_columns, from_line, is_limit
from topcheck.contract.page.lines import Line, Margin, PageError, runs, tidy
from topcheck.contract.protocol import LEAF_TYPES
from topcheck.wire.tree import excerpt

BULLET = "•"
LEAF_MARK = "└"

NAME = re.compile(r"(?!(?i:xml))[A-Za-z_][A-Za-z0-9_]*")
#: One mark, or one for each level of depth.
_MARKS = re.compile(rf"(?:{LEAF_MARK}\s*)*")
#: What is like a type (one leaf type has a blank); whether it is one shows later.
_LIKE_A_TYPE = rf"(?:Field List|{TYPE_NAME})(?: \[\])?"
#: A line like a row: a name, and what is like a type.
TOP_ROW = re.compile(rf"(?P<name>\S+)\s+(?P<type>{_LIKE_A_TYPE})(?:\s+(?P<rest>\S.*))?")

REQUIRED, EXAMPLE, LIMITS, DESCRIPTION = "是否必须", "示例值", "更多限制", "描述"
COLUMNS = ("名称", "类型", REQUIRED, EXAMPLE, LIMITS, DESCRIPTION)
#: What stands in the column 是否必须.
IS_REQUIRED = {"必须": True, "可选": False, "true": True, "false": False}

#: Name, type and one cell more: with less a row is cut off.
FEWEST_CELLS = 3


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table, at a depth that is not yet known below the top.

    `family` is that of a leaf type, None for a class. `is_object` says that the table itself shows
    the row to have members. `marks` counts the `└` before its name, `depth` is what is stated.
    """

    name: str
    type: str
    list: bool
    family: str | None
    is_object: bool
    required: bool | None
    cells: Cells
    lines: tuple[Line, ...]
    marks: int = 0
    depth: int | None = None

    @property
    def line(self) -> int:
        """The line of the page where the row begins, counted from 1."""
        return self.lines[0].number

    @property
    def is_top(self) -> bool:
        """Whether the row stands at the top of its table."""
        return not _is_bullet(self.lines[0])

    def refusal(self, reason: str, way_out: str) -> PageError:
        """Make the error that refuses the row."""
        return PageError(reason, way_out, self.line, self.name)


@dataclass(frozen=True, slots=True)
class _Table:
    """What tells the rows of a table: its columns, and the family of each leaf type.

    `type` matches a leaf type (`byte[]` before `byte`), or a class: a capital first.
    """

    columns: list[str]
    types: Mapping[str, str]
    type: re.Pattern[str]

    @classmethod
    def of(cls, columns: list[str], types: Mapping[str, str]) -> "_Table":
        leaf = "|".join(map(re.escape, sorted(types, key=len, reverse=True)))
        pattern = rf"(?P<name>{leaf}|[A-Z][A-Za-z0-9_.$]*)(?P<list> ?\[\])?"
        return cls(columns, types, re.compile(pattern))


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
        return unmarked(self.text)

    def refusal(self, reason: str, way_out: str) -> PageError:
        return PageError(reason, way_out, self.lines[0].number, self.name)


def unmarked(text: str) -> str:
    """Take the marks off the front of a cell."""
    return _MARKS.sub("", text, count=1).strip()


def read_rows(
    name: str, section: list[Line], margin: Margin, needs_required: bool, types: Mapping[str, str]
) -> list[TableRow]:
    """Read a table; `types` are the families by leaf type.

    Raises PageError on an unknown column or a line that belongs to no row.
    """
    lines = [line for line in section if line.text.strip()]
    known = [column for column in COLUMNS if needs_required or column not in (REQUIRED, LIMITS)]
    header = f"begin the table with the line {' '.join(known)}"
    if not lines:
        at = section[-1].number if section else None
        raise PageError(f"the table {name} has no header", header, at)
    table = _Table.of(_columns(lines[0], needs_required, header), types)
    margin.note(lines[:1], f"header of {name}")
    tops = {at: top for at, line in enumerate(lines) if at and (top := _top(line, table))}
    if lines[1:] and 1 not in tops:
        reason = f"not a row of the table: {excerpt(lines[1].text.strip())!r}"
        way_out = "write a row of the top on one line, name and type first, or take the line out"
        raise PageError(reason, way_out, lines[1].number)
    blocks = zip(tops.values(), runs(lines, tops), strict=True)
    return [row for top, block in blocks for row in _rows_of(top, block, table)]


def _columns(header: Line, needs_required: bool, way_out: str) -> list[str]:
    names = header.text.split()
    for column in names:
        if column not in COLUMNS:
            raise PageError(f"unknown column {excerpt(column)}", way_out, header.number)
    for column in COLUMNS:
        needed = column not in (EXAMPLE, LIMITS) and (needs_required or column != REQUIRED)
        if needed and column not in names:
            raise PageError(f"the column {column} is missing", way_out, header.number)
    if names != [column for column in COLUMNS if column in names]:
        reason = "the columns stand twice or in an unknown order"
        raise PageError(reason, way_out, header.number)
    return names


def _top(line: Line, table: _Table) -> re.Match[str] | None:
    """Match a line that begins a top-level row, and does not carry on the cell above."""
    match = None if _is_bullet(line) else TOP_ROW.fullmatch(line.text.strip())
    if match is None:
        return None
    words = (match["rest"] or "").split(maxsplit=1)
    says_required = REQUIRED in table.columns and words[:1] and words[0] in IS_REQUIRED
    is_leaf_type = match["type"].removesuffix("[]").rstrip() in table.types
    is_capital = match["type"][0].isupper()
    is_type = is_leaf_type or is_capital or REQUIRED not in table.columns
    is_row = (is_leaf_type and is_capital) or (is_type and NAME.fullmatch(match["name"]))
    return match if says_required or is_row else None


def _rows_of(top: re.Match[str], block: list[Line], table: _Table) -> Iterator[TableRow]:
    """Read a top-level row and the rows nested in it."""
    starts = [at for at, line in enumerate(block) if _is_bullet(line)]
    bullets = [_Bullet(_joined(lines), lines) for lines in runs(block, starts)]
    own = _own_bullets(bullets, table)
    groups = _groups(bullets[own:], table)
    end = starts[own] if own < len(starts) else len(block)
    yield _top_row(top, block[:end], table, bool(groups))
    for group in groups:
        yield _nested_row(group, table)


def _is_bullet(line: Line) -> bool:
    return line.text.lstrip().startswith(BULLET)


def _joined(lines: list[Line]) -> str:
    """Join the lines of a cell, without its bullet."""
    return tidy(" ".join(line.text for line in lines)).lstrip(f"{BULLET} ")


def _own_bullets(bullets: list[_Bullet], table: _Table) -> int:
    """Count the bullets that are cells of the top-level row: limits, and then its description."""
    if LIMITS not in table.columns:
        return 0
    limits = next((at for at, b in enumerate(bullets) if not is_limit(b.text)), len(bullets))
    if not 0 < limits < len(bullets):
        return limits
    begins = bullets[limits].is_leaf or _begins_object(bullets, limits, table)
    return limits if begins else limits + 1


def _groups(bullets: list[_Bullet], table: _Table) -> list[list[_Bullet]]:
    """Cut the bullets before each nested row."""
    starts = [0] if bullets else []
    for at in range(1, len(bullets)):
        if bullets[at].is_leaf or (
            at - starts[-1] >= FEWEST_CELLS and _begins_object(bullets, at, table, starts[-1])
        ):
            starts.append(at)
    return runs(bullets, starts)


def _begins_object(
    bullets: list[_Bullet], at: int, table: _Table, start: int | None = None
) -> bool:
    """Whether an unmarked row begins here: its first cells are like a name and a type.

    Raises PageError if, for all one can see, it may as well begin one cell later.
    """
    first = bullets[at : at + FEWEST_CELLS]
    if len(first) < FEWEST_CELLS or any(bullet.is_leaf for bullet in first):
        return False
    if not NAME.fullmatch(first[0].text) or not table.type.fullmatch(first[1].text):
        return False
    if REQUIRED in table.columns:
        return first[2].text in IS_REQUIRED
    if start == at - FEWEST_CELLS and _begins_object(bullets, at + 1, table):
        way_out = f"begin the row, where it does, with {LEAF_MARK} once per level of its depth"
        raise bullets[at].refusal("the row may begin here or one cell later", way_out)
    return True


def _top_row(match: re.Match[str], lines: list[Line], table: _Table, is_object: bool) -> TableRow:
    head, *wrapped = lines
    columns = table.columns
    rest = tidy(match["rest"] or "").split(" ")
    required = _required(rest, match["name"], head, columns)
    more = [_joined([line]) for line in wrapped]
    exact = [tidy(cell) for cell in head.text.lstrip().rstrip(" ").split("\t")]
    name = match["name"]
    type_name, is_list, family = _typed(name, match["type"], head, table)
    if len(exact) == len(columns):
        said = dict(zip(columns, exact, strict=True))
        cells = from_columns(said.get(EXAMPLE, ""), said.get(LIMITS, ""), said[DESCRIPTION], more)
    else:
        cells = from_line(" ".join(rest), more, family, LIMITS in columns)
    return TableRow(name, type_name, is_list, family, is_object, required, cells, tuple(lines))


def _nested_row(group: list[_Bullet], table: _Table) -> TableRow:
    if len(group) < FEWEST_CELLS:
        reason = "the row is cut off: it has fewer cells than any row"
        raise group[0].refusal(reason, "add its cells, or take its lines out")
    first, second, *rest = group
    lines = tuple(line for bullet in group for line in bullet.lines)
    parts = [bullet.text for bullet in rest]
    name = first.name
    required = _required(parts, name, lines[0], table.columns)
    _refuse_hidden_row(group, parts, table)
    type_name, is_list, family = _typed(name, second.text, lines[0], table)
    is_object = not first.is_leaf and family != "map"
    cells = from_bullets(parts, LIMITS in table.columns)
    marks = first.text[: -len(name)].count(LEAF_MARK)
    return TableRow(name, type_name, is_list, family, is_object, required, cells, lines, marks)


def _refuse_hidden_row(group: list[_Bullet], parts: list[str], table: _Table) -> None:
    """Refuse a row of more cells than columns if another, broken row may be among them."""
    if len(parts) - sum(map(is_limit, parts)) <= 2:
        return
    for at, bullet in enumerate(group[FEWEST_CELLS:], start=FEWEST_CELLS):
        match = table.type.fullmatch(bullet.text)
        is_type = match and (match["list"] or match["name"] in table.types)
        is_name = NAME.fullmatch(bullet.text) and at + FEWEST_CELLS <= len(group)
        if is_type or is_name:
            reason = "the row has more cells than columns: another may hide there"
            way_out = "add what the other row lacks, or join the lines that are one cell"
            raise group[0].refusal(reason, way_out)


def _typed(name: str, type_text: str, line: Line, table: _Table) -> tuple[str, bool, str | None]:
    """Return type, whether it is a list, and family. Raises PageError if name or type is none."""
    if not NAME.fullmatch(name):
        way_out = "write the name as the sample has it: ASCII letters, digits and underscores"
        raise PageError(f"{excerpt(name)!r} is no name", way_out, line.number, name)
    match = table.type.fullmatch(type_text)
    if not match:
        reason = f"the type {excerpt(type_text)!r} is unknown"
        raise PageError(reason, _type_given(type_text), line.number, name)
    if match["list"] and not match["name"].isidentifier() and match["name"] not in LEAF_TYPES:
        reason = f"the items of a list of {match['name']} have no name on the wire"
        way_out = "write its class as one plain word"
        raise PageError(reason, way_out, line.number, name)
    return match["name"], bool(match["list"]), table.types.get(match["name"])


def _type_given(type_text: str) -> str:
    name, is_like_one = type_text.removesuffix("[]").rstrip(), re.compile(TYPE_NAME).fullmatch
    return in_types(name) if is_like_one(name) else "write its type here, such as Number or String"


def _required(words: list[str], name: str, line: Line, columns: list[str]) -> bool | None:
    """Take the cell 是否必须 off the front, None where the table has no such column."""
    if REQUIRED not in columns:
        return None
    if not words or words[0] not in IS_REQUIRED:
        reason = "the row does not say whether it must be given"
        way_out = f"write one of {', '.join(IS_REQUIRED)} behind its type"
        raise PageError(reason, way_out, line.number, name)
    return IS_REQUIRED[words.pop(0)]
