"""From the text of a page to its nodes: the one way in."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace

from topcheck.contract import protocol
from topcheck.contract.model import ErrorCode, PageRow
from topcheck.contract.page import words
from topcheck.contract.page.cells import tidy
from topcheck.contract.page.lines import Layout, Line, Margin, PageError, cut, decode
from topcheck.contract.page.nesting import Placed, nest
from topcheck.contract.page.rows import TableRow, read_rows
from topcheck.contract.page.sample import read_sample
from topcheck.wire.tree import Node

ERROR_COLUMNS = ["错误码", "错误描述", "解决方案"]
#: An error code begins with a word in ASCII; any other line carries on the row above.
CODE_ROW = re.compile(r"\s*[A-Za-z0-9_-][!-~]*(?:\s|$)")

#: The codes that an enumeration may have, by the family of the type.
CODES = {"integer": re.compile(r"0|-?[1-9][0-9]*"), "string": re.compile(r".+")}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says, before any rule of the platform is applied.

    `quotes` holds the page's words by the line where they begin, `margin` what each line became.
    """

    layout: Layout
    root: str
    request: tuple[PageRow, ...]
    response: tuple[PageRow, ...]
    error: tuple[PageRow, ...]
    error_codes: tuple[ErrorCode, ...]
    accumulated: tuple[str, ...]
    quotes: dict[int, str]
    margin: dict[int, str]


def read_page(body: bytes) -> Page:
    """Read a page. Raises PageError if anything that must be certain is not."""
    margin = Margin()
    layout = cut(decode(body), margin)
    sections = layout.sections
    request = nest(read_rows("请求参数", sections["请求参数"], margin, True), None)
    rows = read_rows("响应参数", sections["响应参数"], margin, False)
    sample = read_sample("响应示例", sections["响应示例"], margin)
    root = root_name(layout.method)
    if sample.name != root:
        reason = f"the sample's root is <{sample.name}>, the method's is <{root}>"
        raise PageError(reason, sample.line)
    response = nest(rows, sample)
    error_sample = read_sample("异常示例", sections["异常示例"], margin)
    nodes = _Nodes(margin)
    return Page(
        layout=layout,
        root=root,
        request=nodes.build("request", request),
        response=nodes.build("response", response),
        error=_error_nodes(error_sample, nodes),
        error_codes=_error_codes(sections["错误码解释"], margin),
        accumulated=tuple(nodes.accumulated),
        quotes=nodes.quotes,
        margin=margin.notes,
    )


def root_name(method: str) -> str:
    """Name the success root: without `taobao.`, dots as underscores, `_response` behind."""
    return method.removeprefix(protocol.DROPPED_PREFIX).replace(".", "_") + protocol.ROOT_SUFFIX


class _Nodes:
    """Builds nodes from placed rows, and keeps what does not fit into a node."""

    def __init__(self, margin: Margin) -> None:
        self._margin = margin
        self.quotes: dict[int, str] = {}
        self.accumulated: list[str] = []

    def build(
        self, side: str, members: list[Placed], prefix: str = "", in_list: bool = False
    ) -> tuple[PageRow, ...]:
        return tuple(
            self._node(side, f"{prefix}{placed.row.name}", placed, in_list) for placed in members
        )

    def _node(self, side: str, path: str, placed: Placed, in_list: bool) -> PageRow:
        row, cells = placed.row, placed.cells
        note = f"{side} {path}"
        if placed.children and row.type in protocol.LEAF_TYPES:
            note += f" (a {row.type} with members: read as an object)"
        self._margin.note(row.lines, note)
        self.quotes[row.line] = _quote(row)
        is_value = not placed.children and not row.list
        said = cells.description if is_value else ""
        counts = side == "response" and row.type == "Number" and not in_list
        if counts and words.accumulates(said):
            self.accumulated.append(path)
        return PageRow(
            name=row.name,
            type=row.type,
            list=row.list,
            required=row.required,
            example=cells.example,
            limits=dict(cells.limits) or None,
            enum=_codes(row.type, said),
            format=_format(row.type, said),
            unit=words.unit(said),
            description=cells.description,
            line=row.line,
            children=self.build(side, placed.children, f"{path}.", in_list or row.list),
        )


def _codes(type_name: str, said: str) -> tuple[str, ...] | None:
    """Read the enumeration of a value, if its codes can be values of the type."""
    pattern = CODES.get(protocol.LEAF_TYPES.get(type_name, ""))
    found = words.codes(said)
    return found if found and pattern and all(map(pattern.fullmatch, found)) else None


def _format(type_name: str, said: str) -> str | None:
    if type_name == "Date":
        return protocol.DATE_FORMAT
    return words.date_format(said) if type_name == "String" else None


def _quote(row: TableRow) -> str:
    texts = [line.text.strip().lstrip("•").strip().removeprefix("└").strip() for line in row.lines]
    return " ".join(" ".join(texts).split())


def _error_nodes(sample: Node, nodes: _Nodes) -> tuple[PageRow, ...]:
    """The platform's envelope, with the page's examples."""
    if sample.name != protocol.ERROR_ROOT:
        raise PageError(f"the error sample's root is <{sample.name}>", sample.line)
    shown: dict[str, Node] = {}
    known = {member.name for member in protocol.ERROR_MEMBERS}
    for element in sample.children:
        if element.name not in known or element.children:
            raise PageError(f"<{element.name}> is no member of an error", element.line)
        if element.name in shown:
            raise PageError(f"<{element.name}> stands twice in the error", element.line)
        shown[element.name] = element
        nodes.quotes[element.line] = f"<{element.name}>{element.text}</{element.name}>"
    return tuple(
        replace(member, example=found.text.strip() or None, line=found.line) if found else member
        for member in protocol.ERROR_MEMBERS
        for found in [shown.get(member.name)]
    )


def _error_codes(section: list[Line], margin: Margin) -> tuple[ErrorCode, ...]:
    lines = [line for line in section if line.text.strip()]
    if not lines or lines[0].text.split() != ERROR_COLUMNS:
        at = lines[0].number if lines else None
        raise PageError("the table 错误码解释 has no header: the page is cut off", at)
    margin.note(lines[:1], "header of 错误码解释")
    margin.note(lines[1:], "error code")
    starts = [at for at, line in enumerate(lines) if at and CODE_ROW.match(line.text)]
    if lines[1:] and starts[:1] != [1]:
        raise PageError("not a row of the table 错误码解释", lines[1].number)
    return tuple(
        _error_code([line.text for line in lines[start:end]])
        for start, end in itertools.pairwise([*starts, len(lines)])
    )


def _error_code(texts: list[str]) -> ErrorCode:
    """Read a row; lines that carry it on belong to its last cell."""
    head, *wrapped = texts
    cells = [tidy(cell) for cell in (head.strip().split("\t") if "\t" in head else head.split())]
    code, *rest = cells
    if len(rest) == 2:
        return ErrorCode(code, rest[0], tidy(" ".join([rest[1], *wrapped])) or None)
    return ErrorCode(code, tidy(" ".join([*rest, *wrapped])), None)
