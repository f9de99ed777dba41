"""From the text of a page to its rows, and from these to the contract: the one way in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from topcheck.contract import protocol
from topcheck.contract.clauses import derive_clauses
from topcheck.contract.contract import Contract, unique_ids
from topcheck.contract.field import Field
from topcheck.contract.inferred import RuleError, Source, fitting, read_inferred, read_order
from topcheck.contract.model import ErrorCode, PageRow
from topcheck.contract.page import words
from topcheck.contract.page.java import set_paths
from topcheck.contract.page.lines import Layout, Line, Margin, PageError, cut, decode, runs, tidy
from topcheck.contract.page.nesting import Placed, nest
from topcheck.contract.page.rows import BULLET, TableRow, read_rows, unmarked
from topcheck.wire.tree import MessageError, Node
from topcheck.wire.xml_reader import read_xml

ERROR_COLUMNS = ["错误码", "错误描述", "解决方案"]
#: An error code begins with a word in ASCII; any other line carries on the row above.
CODE_ROW = re.compile(r"\s*[A-Za-z0-9_-][!-~]*(?:\s|$)")

#: The codes that an enumeration may have, by the family of the type.
CODES = {"integer": re.compile(protocol.INTEGER_PATTERN), "string": re.compile(r".+")}

TABS = ("XML示例", "JSON示例")
#: Names the charset of an answer's bytes, which is not that of the page that shows it.
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")

#: What the reader refuses, by its clause, and the way out. Whatever else it finds is unreadable.
_REFUSED = {
    "wire.body.doctype": ("holds what no answer may", "take it out of the sample"),
    "wire.body.limits": ("is too deep or too large", "shorten it: no answer is so deep or large"),
}
_UNREADABLE = (
    "is not well-formed or is cut off",
    "copy it again, whole and as the page shows it",
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says: its contract, which has no clauses before any rule is applied.

    `quotes` holds the page's words by the line where they begin, `margin` what each line became.
    """

    layout: Layout
    contract: Contract
    quotes: dict[int, str]
    margin: dict[int, str]


def read_method(body: bytes) -> str:
    """Read only which method a page is about. Raises PageError."""
    return cut(decode(body), Margin()).method


def read_page(body: bytes, types: Mapping[str, str] = {}) -> Page:
    """Read a page; `types` are the families of leaf types that the platform's own list lacks.

    Raises PageError if anything that must be certain is not.
    """
    margin = Margin()
    layout = cut(decode(body), margin)
    sections = layout.sections
    known = {**protocol.LEAF_TYPES, **types}
    rows = read_rows("请求参数", sections["请求参数"], margin, True, known)
    java = sections.get("请求示例", []) if any(not row.is_top for row in rows) else []
    margin.note(java, "sample of 请求示例")
    request = nest(rows, None, set_paths("\n".join(line.text for line in java)))
    rows = read_rows("响应参数", sections["响应参数"], margin, False, known)
    sample = _read_sample("响应示例", sections["响应示例"], margin)
    method = layout.method.removeprefix(protocol.DROPPED_PREFIX)
    root = method.replace(".", "_") + protocol.ROOT_SUFFIX
    if sample.name != root:
        reason = f"the sample's root is <{sample.name}>, the method's is <{root}>"
        raise PageError(reason, "copy sample and method from one page", sample.line)
    response = nest(rows, sample)
    contract = Contract(
        method=layout.method,
        title=layout.title,
        category=layout.category,
        description=layout.description,
        root=root,
        error_root=protocol.ERROR_ROOT,
        request_rows=_page_rows("request ", request, margin),
        response_rows=_page_rows("response ", response, margin),
        error_rows=_error_rows(_read_sample("异常示例", sections["异常示例"], margin), margin),
        error_codes=_error_codes(sections["错误码解释"], margin),
        types=types,
    )
    return Page(layout, contract, margin.quotes, margin.notes)


def derive_contract(page: Page, rules: Source = "") -> Contract:
    """Derive the contract from a page and its rules. Raises PageError or RuleError."""
    contract = page.contract
    found = _types_of(contract)
    for name in contract.types:
        if name not in found:
            raise RuleError(f"[types] {name}: no row of the page has it as type; take the line out")
    order = read_order(rules, contract.request, contract.response)
    contract = replace(contract, order=order)
    found_rules, flows = read_inferred(rules, contract.response)
    grow = [leaf.path for leaf in contract.single_leaves if _accumulates(leaf)]
    clauses = derive_clauses(contract, page.quotes, grow, found_rules, flows)
    return replace(contract, clauses=unique_ids(clauses))


def derive_fitting(page: Page, rules_text: str) -> tuple[Contract, Source, list[str]]:
    """Derive the contract from a page and what of some rules fits it: that, and why the rest not.

    Raises PageError, or RuleError for what fits no page.
    """
    contract = page.contract
    rules, left_out = fitting(rules_text, contract.request, contract.response)
    found = _types_of(contract)
    used = {name: family for name, family in contract.types.items() if name in found}
    fitted = replace(page, contract=replace(contract, types=used))
    return derive_contract(fitted, rules), rules, left_out


def _types_of(contract: Contract) -> set[str]:
    trees = contract.trees.values()
    return {field.row.type for tree in trees for field in tree.walk() if field.row}


def _read_sample(name: str, section: list[Line], margin: Margin) -> Node:
    """Read the XML sample of a section and return its root; lines count from the page's start.

    A name in an XML namespace is `{uri}local`, and so that of no row. Attributes are kept, and say
    nothing of names and depth. Raises PageError if there is no sample or it cannot be read.
    """
    tabs = [line for line in section if _is_tab(line)]
    sample = [line for line in section if line.text.strip() and not _is_tab(line)]
    margin.note(tabs, "ignored: tab of the sample")
    if not sample or not sample[0].text.lstrip().startswith("<"):
        near = sample[:1] or tabs[-1:] or section[-1:]
        way_out = "copy it with its XML sample, which begins with <"
        raise PageError(f"{name} has no XML sample", way_out, near[0].number if near else None)
    margin.note(sample, f"sample of {name}")
    try:
        return read_xml(_body(section)).root.children[0]
    except MessageError as error:
        wrong, way_out = _REFUSED.get(error.clause, _UNREADABLE)
        reason = f"the sample of {name} {wrong}: {error.reason}"
        raise PageError(reason, way_out, error.line) from None


def _is_tab(line: Line) -> bool:
    return line.text.strip().strip(f" \t{BULLET}") in TABS


def _body(section: list[Line]) -> bytes:
    """Return the sample behind as many line feeds as put each element on its line of the page."""
    text = "\n".join("" if _is_tab(line) else line.text for line in section).rstrip()
    text = "\n" * (section[0].number - 1) + text
    if declaration := _DECLARATION.match(text):
        text = "\n" * declaration[0].count("\n") + text[declaration.end() :]
    return text.encode()


def _accumulates(leaf: Field) -> bool:
    """Whether the page says that an amount only grows."""
    is_amount = leaf.family in ("integer", "price", "decimal")
    return bool(leaf.row and is_amount and words.accumulates(leaf.row.description))


def _page_rows(where: str, members: list[Placed], margin: Margin) -> tuple[PageRow, ...]:
    return tuple(_page_row(f"{where}{placed.row.name}", placed, margin) for placed in members)


def _page_row(where: str, placed: Placed, margin: Margin) -> PageRow:
    """Make a row of the page, and note where its lines went: its side and its path."""
    row, cells = placed.row, placed.row.cells
    is_odd = placed.children and row.family
    odd = f" (a {row.type} with members: read as an object)" if is_odd else ""
    margin.note(row.lines, where + odd)
    margin.quotes[row.line] = _quote(row)
    said = "" if placed.children or row.list else cells.description
    return PageRow(
        name=row.name,
        type=row.type,
        list=row.list,
        required=row.required,
        example=cells.example,
        limits=dict(cells.limits) or None,
        enum=_codes(row.family, said),
        format=_format(row.family, said),
        unit=words.unit(said),
        description=cells.description,
        line=row.line,
        children=_page_rows(f"{where}.", placed.children, margin),
    )


def _codes(family: str | None, said: str) -> tuple[str, ...] | None:
    """Read the enumeration of a value, if its codes can be values of the family."""
    pattern = CODES.get(family or "")
    found = words.codes(said)
    return found if found and pattern and all(map(pattern.fullmatch, found)) else None


def _format(family: str | None, said: str) -> str | None:
    if family == "date":
        return protocol.DATE_FORMAT
    return words.date_format(said) if family == "string" else None


def _quote(row: TableRow) -> str:
    texts = [line.text.strip().lstrip(BULLET).strip() for line in row.lines]
    return tidy(" ".join(map(unmarked, texts)))


def _error_rows(sample: Node, margin: Margin) -> tuple[PageRow, ...]:
    """Return the platform's envelope, with the page's examples."""
    if sample.name != protocol.ERROR_ROOT:
        reason = f"the error sample's root is <{sample.name}>"
        raise PageError(reason, f"write it as <{protocol.ERROR_ROOT}>", sample.line)
    shown: dict[str, PageRow] = {}
    known = {member.name: member for member in protocol.ERROR_MEMBERS}
    for element in sample.children:
        name, text = element.name, element.text
        if name not in known or element.children:
            way_out = f"take it out: an error has {', '.join(known)}, each a text"
            raise PageError(f"<{name}> is no member of an error", way_out, element.line)
        if name in shown:
            reason = f"<{name}> stands twice in the error"
            raise PageError(reason, "take one of the two out", element.line)
        shown[name] = replace(known[name], example=text.strip() or None, line=element.line)
        margin.quotes[element.line] = f"<{name}>{text}</{name}>"
    return tuple((known | shown).values())


def _error_codes(section: list[Line], margin: Margin) -> tuple[ErrorCode, ...]:
    lines = [line for line in section if line.text.strip()]
    if not lines or lines[0].text.split() != ERROR_COLUMNS:
        at = lines[0].number if lines else None
        way_out = f"begin the table with the line {' '.join(ERROR_COLUMNS)}"
        reason = "the table 错误码解释 has no header: the page is cut off"
        raise PageError(reason, way_out, at)
    margin.note(lines[:1], "header of 错误码解释")
    margin.note(lines[1:], "error code")
    starts = [at for at, line in enumerate(lines) if at and CODE_ROW.match(line.text)]
    if lines[1:] and starts[:1] != [1]:
        way_out = "begin the line with its code, or take it out"
        raise PageError("not a row of the table 错误码解释", way_out, lines[1].number)
    return tuple(_error_code([line.text for line in row]) for row in runs(lines, starts))


def _error_code(texts: list[str]) -> ErrorCode:
    """Read a row; lines that carry it on belong to its last cell."""
    head, *wrapped = texts
    code, *rest = map(tidy, head.strip().split("\t") if "\t" in head else head.split())
    if len(rest) == 2:
        return ErrorCode(code, rest[0], tidy(" ".join([rest[1], *wrapped])) or None)
    return ErrorCode(code, tidy(" ".join([*rest, *wrapped])), None)
