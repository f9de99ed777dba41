"""The page reader refuses what is not certain, and says where and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.page_builder import REAL, Row, attempt, page, read, row, trees
from topcheck.contract.model import PageRow
from topcheck.contract.page.lines import MAX_PAGE_BYTES, MAX_PAGE_LINES, PageError
from topcheck.contract.page.read import Page, read_page
from topcheck.wire.limits import MAX_MEMBERS

BARE = row("bare", example="")
INNER = row("i", "Inner", row("b"), row("c", "Number"))
TOY = [row("o", "Outer", row("a"), INNER, row("z"))]
TEXT = page(TOY, [row("q", required="必须"), row("p", "Param", row("r"))])
LINES = TEXT.split("\n")
OPEN, CLOSE = "<toy_get_response>", "</toy_get_response>"


def but(old: str, new: str) -> str:
    """Change the whole page in one place."""
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


def sampled(rows: Sequence[Row], inside: str) -> str:
    """Render a page with a sample of its own."""
    return page(rows, sample=f"{OPEN}\n{inside}\n{CLOSE}")


def deep(levels: int, example: str) -> list[Row]:
    """Nest a leaf in so many objects."""
    leaf = row("a", example=example)
    return [reduce(lambda inner, _: row("o", "O", inner), range(levels), leaf)]


TABLE = TEXT[TEXT.index("o Outer") : TEXT.index("\n\n请求示例")]

#: What is wrong, the page, the line where it shows, the row, and a telling part of the reason.
BROKEN: dict[str, tuple[str, str, str | None, str]] = {
    "unknown column": (
        but("名称 类型 示例值 描述", "名称 类型 示例值 备注 描述"),
        "名称 类型 示例值 备注 描述",
        None,
        "unknown column 备注",
    ),
    "no column for types": (
        but("名称 类型 示例值 描述", "名称 示例值 描述"),
        "名称 示例值 描述",
        None,
        "column 类型 is missing",
    ),
    "no column for required": (
        but("名称 类型 是否必须 示例值 更多限制 描述", "名称 类型 示例值 描述"),
        "名称 类型 示例值 描述",
        None,
        "column 是否必须 is missing",
    ),
    "columns in another order": (
        but("名称 类型 示例值 描述", "名称 类型 描述 示例值"),
        "名称 类型 描述 示例值",
        None,
        "order",
    ),
    "no header": (but("名称 类型 示例值 描述\n", ""), "o Outer {} 说明", None, "unknown column"),
    "no table": (but("名称 类型 示例值 描述\n", "").replace(TABLE, ""), "", None, "no header"),
    "unknown leaf type": (
        page([row("o", "O", row("a", "Money"))]),
        "• └ a",
        "a",
        "leaf type Money is unknown",
    ),
    "unknown type at the top": (page([row("a", "uint")]), "a uint 1 说明", "a", "type 'uint'"),
    "unknown type in a request": (
        page(request=[row("z"), row("a", "uint")]),
        "a uint 可选 1 说明",
        "a",
        "type 'uint'",
    ),
    "type with parameters": (
        page([row("z"), row("a", "List<Toy>")]),
        "a List<Toy> 1 说明",
        "a",
        "type 'List<Toy>' is unknown",
    ),
    "name that is none": (
        page([row("z"), row("a-b", "String")]),
        "a-b String 1 说明",
        "a-b",
        "no name",
    ),
    "line before the first row": (
        but("o Outer {} 说明", "以下\no Outer {} 说明"),
        "以下",
        None,
        "not a row",
    ),
    "bullets before the first row": (but("o Outer {} 说明\n", ""), "• └ a", None, "not a row"),
    "row without type and text": (but("• └ z\n  • String", "• └ z"), "• └ z", "z", "type '1'"),
    "row cut off": (
        but("• └ z\n  • String\n  • 1\n  • 说明", "• └ z\n  • String"),
        "• └ z",
        "z",
        "cut off",
    ),
    "start of a row in doubt": (
        but("• 说明\n  • i\n  • Inner", "• t\n  • Data\n  • Inner"),
        "• t",
        "t",
        "one cell later",
    ),
    "row that may hide another": (
        but("• └ c\n  • Number\n  • 1", "• c\n  • 1"),
        "• └ b",
        "b",
        "another may hide",
    ),
    "limits in a response": (
        page([row("a", limits=["最大长度:8"], limits_below="• ")]),
        "• 最大长度:8",
        "最大长度:8",
        "cut off",
    ),
    "row without a name": (
        page([row("o", "O", row("a"), BARE, row("z"))]).replace("  • └ bare\n", ""),
        "• └ a",
        "a",
        "another may hide",
    ),
    "request row without required": (
        but("q String 必须 1 说明", "q String 1 说明"),
        "q String 1 说明",
        "q",
        "must be given",
    ),
    "nested request row without required": (
        but("• └ r\n  • String\n  • 可选", "• └ r\n  • String"),
        "• └ r",
        "r",
        "must be given",
    ),
    "request depth undecidable": (
        page(request=[row("p", "P", row("i", "I", row("a"), row("b")))]),
        "• └ b",
        "b",
        "undecidable: it may stand in p (line",
    ),
    "depth undecidable behind an object": (
        page([row("o", "O", INNER, BARE, row("z"))]),
        "• └ bare",
        "bare",
        "undecidable: it may stand in o (line",
    ),
    "depth undecidable at the end": (
        page([row("o", "O", row("a"), row("i", "I", row("b"), BARE))]),
        "• └ bare",
        "bare",
        "undecidable",
    ),
    "depth of an object undecidable": (
        page([row("o", "O", INNER, row("j", "J", BARE))]),
        "• j",
        "j",
        "undecidable",
    ),
    "depth undecidable too often": (
        page([row("x", "O", deep(6, "1")[0], *[row(f"bare{n}", example="") for n in range(40)])]),
        "• └ bare0",
        "bare0",
        "undecidable",
    ),
    "row that the sample lacks": (
        sampled(TOY[:1], "<o><a>1</a><z>1</z></o>"),
        "• └ b",
        "b",
        "the sample has <z> here",
    ),
    "row with tabs that the sample lacks": (
        sampled([row("a"), row("z")], "<z>1</z>").replace("a String 1 说明", "a\tString\t1\t说明"),
        "a\tString\t1\t说明",
        "a",
        "the sample has <z> here",
    ),
    "row behind the sample's end": (
        sampled([row("o", "O", row("a"), row("b"))], "<o><a>1</a></o>"),
        "• └ b",
        "b",
        "no such element",
    ),
    "element without a row": (
        sampled([row("a")], "<a>1</a>\n<b>1</b>"),
        "<b>1</b>",
        "b",
        "<b> has no row",
    ),
    "rows in another order": (
        sampled([row("o", "O", row("a"), row("b"))], "<o><b>1</b><a>1</a></o>"),
        "• └ a",
        "a",
        "the sample has <b> here",
    ),
    "top row that the sample nests": (
        sampled([row("o", "O", row("a")), row("b")], "<o><a>1</a><b>1</b></o>"),
        "b String 1 说明",
        "b",
        "<b> stands inside another object",
    ),
    "nested row at the sample's top": (
        sampled([row("o", "O", row("a"), row("b"))], "<o><a>1</a></o><b>1</b>"),
        "• └ b",
        "b",
        "<b> stands at the top",
    ),
    "leaf marked as an object": (
        but("• └ a", "• a"),
        "• a",
        "a",
        "<a> has no members",
    ),
    "object without members": (
        page([row("o", "O", row("a")), row("z")]).replace("• └ a", "• a").replace("<a>1</a>", ""),
        "• a",
        "a",
        "no members",
    ),
    "object at the end of the table": (
        sampled([row("o", "O", row("a"))], "<o></o>").replace("• └ a", "• a"),
        "• a",
        "a",
        "no members",
    ),
    "object of a class without rows": (
        sampled([row("o", "O", row("i", "Inner"), row("z"))], "<o><i><b>1</b></i><z>1</z></o>"),
        "• └ i",
        "i",
        "no row stands in it, though the sample shows <b>",
    ),
    "class at the top without rows": (
        sampled([row("i", "Inner"), row("z")], "<i><b>1</b></i><z>1</z>"),
        "i Inner 1 说明",
        "i",
        "no row stands in it, though the sample shows <b>",
    ),
    "last class without rows": (
        sampled([row("o", "O", row("z"), row("i", "Inner"))], "<o><z>1</z><i><b>1</b></i></o>"),
        "• └ i",
        "i",
        "no row stands in it, though the sample shows <b>",
    ),
    "unmarked class without rows": (
        page([row("o", "O", row("z"), row("i", "Inner", example="{}"))])
        .replace("• └ i", "• i")
        .replace("<i>{}</i>", ""),
        "• i",
        "i",
        "no row stands in it",
    ),
    "unmarked class without rows before a leaf": (
        page([row("o", "O", row("i", "Inner", example="{}"), row("z"))])
        .replace("• └ i", "• i")
        .replace("<i>{}</i>", ""),
        "• i",
        "i",
        "no row stands in it",
    ),
    "class without rows in a request": (
        page(request=[row("o", "O", row("z"), row("i", "Inner", example="{}")), row("y")]).replace(
            "• └ i", "• i"
        ),
        "• i",
        "i",
        "no row stands in it",
    ),
    "leaf type with members in the sample only": (
        sampled([row("j", "Json"), row("z")], "<j><b>1</b></j><z>1</z>"),
        "j Json 1 说明",
        "j",
        "no row stands in it, though the sample shows <b>",
    ),
    "list of a class without a plain name": (
        page(request=[row("l", "Outer$Inner []")]),
        "l Outer$Inner [] 可选 1 说明",
        "l",
        "have no name on the wire",
    ),
    "depth stated beyond what is open": (
        page([row("o", "O", row("a"), row("i", "I", row("b")))], marks=True).replace(
            "└└ b", "└└└└ b"
        ),
        "• └└└└ b",
        "b",
        "its 4 └ say depth 4, and no row above it is so deep",
    ),
    "depth stated against the sample": (
        page([row("o", "O", INNER, row("z"))], marks=True).replace("• └ z", "• └└ z"),
        "• └└ z",
        "z",
        "its 2 └ say depth 2, and the sample has it elsewhere",
    ),
    "single mark against the sample": (
        page([row("o", "O", INNER, row("z"))], marks=True).replace("• └└ c", "• └ c"),
        "• └ c",
        "c",
        "its └ says depth 1, and the sample has it elsewhere",
    ),
    "stated depth that leaves an object empty": (
        page(request=[row("o", "O", INNER, row("j", "J", row("z")))], marks=True)
        .replace("└└ z", "└ z")
        .replace("└ j", "j"),
        "• └ z",
        "z",
        "its └ says depth 1, and an object above it has no rows",
    ),
    "repeated marks in a request that skip a level": (
        page(request=[row("o", "O", row("i", "I", row("b")))], marks=True).replace("└└ b", "└└└ b"),
        "• └└└ b",
        "b",
        "its 3 └ say depth 3, and no row above it is so deep",
    ),
    "items of another class": (
        page([row("l", "ToyDTO []", row("a"))]).replace("toy_d_t_o>", "toy_dto>"),
        "l ToyDTO [] {} 说明",
        "l",
        "is <toy_d_t_o>, not <toy_dto>",
    ),
    "items that disagree": (
        sampled([row("l", "T []", row("a"))], "<l><t><a>1</a></t><t><a>1</a><b>1</b></t></l>"),
        "l T [] {} 说明",
        "l",
        "not in the first item",
    ),
    "name twice in a request": (
        page(request=[row("a"), row("a", "Number")]),
        "a Number 可选 1 说明",
        "a",
        "twice",
    ),
    "name twice in an object": (
        page([row("o", "O", row("a"), row("a", "Number"))]),
        "• └ a",
        "a",
        "twice",
    ),
    "too deep": (page(deep(70, "1")), "<o>", None, "too deep"),
    "too deep without a sample": (page(deep(70, "")), "• o", "o", "too deep"),
    "no sample": (
        but(TEXT[TEXT.index(OPEN) : TEXT.index("\n\n异常示例")], ""),
        "• JSON示例",
        None,
        "no XML sample",
    ),
    "JSON sample": (sampled([row("a")], "").replace(OPEN, "{"), "{", None, "no XML sample"),
    "sample cut off": (but("        </i>\n", ""), "</o>", None, "cut off: mismatched tag"),
    "sample without an end": (but(f"{CLOSE}\n", ""), "</o>", None, "cut off: no element found"),
    "sample with a DOCTYPE": (but(OPEN, f"<!DOCTYPE a>{OPEN}"), "<!DOCTYPE a>", None, "DOCTYPE"),
    "second sample": (but(CLOSE, f"{CLOSE}\n<a/>"), "<a/>", None, "junk after document element"),
    "declaration inside a sample": (
        but("    <o>", "<?xml version='1.0'?><o>"),
        "<?xml version",
        None,
        "not at start",
    ),
    "declaration cut off": (
        but(OPEN, f"<?xml version='1.0'\n{OPEN}"),
        "<?xml version",
        None,
        "cut off: unclosed token",
    ),
    "element without a row behind a declaration": (
        page([row("a")], sample=f"<?xml\n version='1.0'?>\n{OPEN}<a>1</a>\n\n<b/>{CLOSE}"),
        "<b/>",
        "b",
        "<b> has no row",
    ),
    "sample in a namespace": (
        but(OPEN, OPEN.replace(">", " xmlns='urn:toy'>")),
        "<toy_get_response xmlns",
        None,
        "root is <{urn:toy}toy_get_response>",
    ),
    "element in a namespace": (
        sampled([row("a"), row("b")], "<a>1</a>\n<x:b xmlns:x='urn:toy'>1</x:b>"),
        "<x:b",
        "{urn:toy}b",
        "<{urn:toy}b> has no row",
    ),
    "member in a namespace": (
        sampled([row("o", "O", row("a"))], "<o><a xmlns='urn:toy'>1</a></o>"),
        "• └ a",
        "a",
        "the sample has <{urn:toy}a> here",
    ),
    "prefix without a namespace": (
        sampled([row("a")], "<x:a>1</x:a>"),
        "<x:a>",
        None,
        "unbound prefix",
    ),
    "sample of too many elements": (
        sampled([row("a")], "<a/>" * MAX_MEMBERS),
        "<a/>",
        None,
        f"too large: more than {MAX_MEMBERS}",
    ),
    "sample of another method": (
        but("taobao.toy.get", "taobao.toy.set"),
        OPEN,
        None,
        "the method's is <toy_set_response>",
    ),
    "no method": (but("taobao.toy.get (查询玩具)", "查询"), "查询一个玩具", None, "method"),
    "heading twice": (
        but("说明\n\n请求示例", "说明\n\n请求参数\n\n请求示例"),
        "请求参数",
        None,
        "twice",
    ),
    "headings in another order": (
        but("FAQ\n\n", "").replace("请求示例", "FAQ"),
        "FAQ",
        None,
        "FAQ stands before",
    ),
    "nothing behind the error codes": (
        TEXT[: TEXT.index("API工具")].rstrip(),
        "错误码 错误描述 解决方案",
        None,
        "cut off",
    ),
    "error codes without a header": (
        but("错误码 错误描述 解决方案\n", "50 错误\n"),
        "50 错误",
        None,
        "no header",
    ),
    "error code without a code": (
        page([row("a")], error_codes=["没有玩具"]),
        "没有玩具",
        None,
        "not a row",
    ),
    "error sample of another root": (
        TEXT.replace("error_response>", "error>"),
        "<error>",
        None,
        "<error>",
    ),
    "unknown member of an error": (
        page([row("a")], error=[("code", "50"), ("text", "x")]),
        "<text>x</text>",
        None,
        "no member of an error",
    ),
    "member of an error twice": (
        page([row("a")], error=[("code", "50"), ("code", "51")]),
        "<code>51</code>",
        None,
        "twice",
    ),
    "members inside an error's member": (
        page([row("a")], error=[("code", "<a/>")]),
        "<code><a/></code>",
        None,
        "no member of an error",
    ),
    "NUL byte": (but("查询一个玩具", "查询\0玩具"), "查询\0玩具", None, "NUL"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_page(name: str) -> None:
    """A page that is not certain is refused with line, row and reason."""
    text, at, in_row, reason = BROKEN[name]
    error = attempt(text)
    assert isinstance(error, PageError)
    assert reason in error.reason
    assert error.row == in_row
    assert error.line
    assert text.split("\n")[error.line - 1].strip().startswith(at)
    where = f"line {error.line}, row {in_row}" if in_row else f"line {error.line}"
    assert str(error) == f"{where}: {error.reason}; {error.way_out}"
    assert error.way_out


@pytest.mark.parametrize(
    "heading", ["请求参数", "响应参数", "响应示例", "异常示例", "错误码解释"], ids=ascii
)
def test_missing_heading(heading: str) -> None:
    """A page without one of its sections is refused as cut off."""
    error = attempt(TEXT.replace(f"{heading}\n\n", ""))
    assert isinstance(error, PageError)
    assert error.reason == f"the heading {heading} is missing: the page is cut off"


def test_whole_page() -> None:
    """The page that the broken ones are made of is whole."""
    assert isinstance(attempt(TEXT), Page)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "line 1: .* missing", id="empty"),
        pytest.param(TEXT.encode("gb18030"), "line 1: .* not UTF-8", id="another charset"),
        pytest.param(
            f"{TEXT}\n".encode() + b"\xff", f"line {len(LINES) + 1}: .* not UTF-8", id="one byte"
        ),
        pytest.param(TEXT.encode().ljust(MAX_PAGE_BYTES + 1), "^a page has .* bytes", id="large"),
        pytest.param(b"\n" * MAX_PAGE_LINES, f"line {MAX_PAGE_LINES + 1}: .* lines", id="long"),
    ],
)
def test_no_page(body: bytes, reason: str) -> None:
    """What is no text, or more than any page, is refused."""
    with pytest.raises(PageError) as refused:
        read_page(body)
    assert re.match(reason, str(refused.value))


def test_as_large_as_may_be() -> None:
    """A page that just keeps the limits is read."""
    lines = TEXT + "\n" * (MAX_PAGE_LINES - len(LINES))
    found = read_page(lines.encode().ljust(MAX_PAGE_BYTES))
    assert found.contract == read(TEXT).contract


# ------------------------------------------------------------------ damage


def said(found: Page) -> tuple[object, ...]:
    """What becomes of a page, without the lines that are ignored."""
    contract = found.contract
    head = (contract.method, contract.title, contract.category)
    rows = (contract.request_rows, contract.response_rows, contract.error_rows)
    return (*head, *rows, contract.error_codes, found.quotes)


def paths(nodes: Sequence[PageRow], prefix: str = "") -> Iterator[tuple[str, str, bool]]:
    for node in nodes:
        yield f"{prefix}{node.name}", node.type, node.list
        yield from paths(node.children, f"{prefix}{node.name}.")


def damaged(lines: list[str], at: int) -> Iterator[str]:
    """Drop a line, double it, and swap it with the next."""
    yield "\n".join([*lines[:at], *lines[at + 1 :]])
    yield "\n".join([*lines[:at], lines[at], *lines[at:]])
    yield "\n".join([*lines[:at], *lines[at : at + 2][::-1], *lines[at + 2 :]])


def table(lines: list[str]) -> range:
    """The places of the response rows."""
    return range(lines.index("响应参数") + 3, lines.index("请求示例") - 1)


FILLED = page(TOY, [row("q", limits=["最大长度:8"])], error_codes=["isv.a 一 二", "isv.b 三 四"])


@pytest.mark.parametrize("text", [REAL.read_text("utf-8"), FILLED], ids=["real", "filled"])
def test_cut_after_every_line(text: str) -> None:
    """A page that is cut off is refused; only lines behind its last table may go unnoticed."""
    lines = text.split("\n")
    whole = said(read(text))
    for end in range(len(lines)):
        found = attempt("\n".join(lines[:end]))
        assert isinstance(found, Page) == (end > lines.index("API工具"))
        assert isinstance(found, PageError) or said(found) == whole


@pytest.mark.parametrize("text", [REAL.read_text("utf-8"), FILLED], ids=["real", "filled"])
def test_damaged_table(text: str) -> None:
    """A line of the table that is lost, doubled or swapped never moves or loses a field."""
    lines = text.split("\n")
    whole = list(paths(read(text).contract.response_rows))
    for at in table(lines):
        for found in map(attempt, damaged(lines, at)):
            assert (
                isinstance(found, PageError) or list(paths(found.contract.response_rows)) == whole
            )


@settings(deadline=None, max_examples=40)
@given(trees(["1", "true", "成 功"], ["说明", "状态(新)"]), st.data())
def test_damaged_table_of_any_tree(rows: list[Row], data: st.DataObject) -> None:
    """Nor does it on another page, if no cell is like a name or a type."""
    lines = page(rows).split("\n")
    whole = list(paths(read("\n".join(lines)).contract.response_rows))
    at = data.draw(st.sampled_from(table(lines)))
    for found in map(attempt, damaged(lines, at)):
        assert isinstance(found, PageError) or list(paths(found.contract.response_rows)) == whole


def test_damaged_page() -> None:
    """A line lost, doubled or swapped anywhere is read or refused, and nothing else."""
    lines = FILLED.split("\n")
    outcomes = {type(attempt(text)) for at in range(len(lines)) for text in damaged(lines, at)}
    assert outcomes == {Page, PageError}


@settings(deadline=None)
@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_garbage(body: bytes) -> None:
    """Whatever the bytes, nothing but a refusal comes back."""
    with pytest.raises(PageError):
        read_page(body)


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=30), st.sampled_from(range(4)))
def test_garbage_in_a_section(garbage: list[str], section: int) -> None:
    """The lines of a page in another order and section are read or refused, and nothing else."""
    start = ["请求参数\n", "响应参数\n", "  • JSON示例\n", "解决方案\n"][section]
    before, after = TEXT.split(start, 1)
    assert isinstance(attempt("\n".join([before + start, *garbage, after])), Page | PageError)


@pytest.mark.parametrize(
    "unit",
    [
        "a.",
        "a b\n",
        "a String\n",
        "• a\n",
        "• └└ a\n",
        "(单位",
        "<a>",
        " ",
        "a.setB(",
        "a.setB(a);",
        "a.add(b);b.add(a);",
        "a=b\n",
        '\\"',
    ],
    ids=repr,
)
def test_a_mebibyte_of_garbage(unit: str) -> None:
    """One thing over and over, as long as a page may be, is refused; no search in it is slow."""
    garbage = unit * ((MAX_PAGE_BYTES - len(TEXT.encode())) // len(unit.encode()))
    assert isinstance(attempt(garbage), PageError)
    assert isinstance(
        attempt(but("o Outer {} 说明", f"o Outer {{}} 说明 {garbage}y")), Page | PageError
    )
    assert isinstance(attempt(but("    <o>", garbage)), PageError)
    sample = f"{garbage} client.execute(a);"
    assert isinstance(attempt(but("TaobaoClient client = null;", sample)), Page | PageError)
