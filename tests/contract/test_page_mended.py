"""Every refusal of a page names its way out, and a page that follows it is read."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.test_page_refused import (
    BARE,
    BROKEN,
    CLOSE,
    INNER,
    OPEN,
    TEXT,
    TOY,
    deep,
    sampled,
)
from tests.page_builder import page, row
from topcheck.contract.files import derived_files
from topcheck.contract.inferred import read_types
from topcheck.contract.page import lines as page_lines
from topcheck.contract.page.lines import MAX_PAGE_BYTES, MAX_PAGE_LINES, PageError
from topcheck.contract.page.read import Page, derive_contract, read_page

#: What mends a page: its text as it should be, or an edit that takes its steps from the way out.
#: Either may come with the text of inferred.toml.
Mended = tuple[str, str]
Mend = str | Callable[[str, PageError], Mended]


def in_types(text: str, error: PageError) -> Mended:
    """Write the line of [types] that the way out gives into inferred.toml."""
    told = re.search(r'say what it is in inferred.toml: \[types\] (\S+ = "\w+")', error.way_out)
    assert told
    return text, f"[types]\n{told[1]}\n"


def as_header(text: str, error: PageError) -> Mended:
    """Put the header that the way out gives in the place of the line that is refused."""
    return with_header(text, error, instead=True)


def with_header(text: str, error: PageError, instead: bool = False) -> Mended:
    """Put the header that the way out gives before the line that is refused."""
    assert error.line
    found = text.split("\n")
    header = re.fullmatch("begin the table with the line (.*)", error.way_out)
    assert header
    found[error.line - 1 : error.line - 1 + instead] = [header[1]]
    return "\n".join(found), ""


def without_line(text: str, error: PageError) -> Mended:
    """Take the line out that is refused."""
    assert error.line
    found = text.split("\n")
    del found[error.line - 1]
    return "\n".join(found), ""


def as_leaf(text: str, error: PageError) -> Mended:
    """Begin the row that is refused with a mark."""
    assert error.row
    assert "begin the row with └ if it is a leaf" in error.way_out
    return text.replace(f"• {error.row}\n", f"• └ {error.row}\n"), ""


def shown_leaf(text: str, error: PageError) -> Mended:
    """Begin the row that is refused with a mark, and show it in the sample."""
    marked, rules = as_leaf(text, error)
    return marked.replace("<o>", f"<o><{error.row}>1</{error.row}>"), rules


def but(old: str, new: str) -> Callable[[str, PageError], Mended]:
    """Change the refused page in one place."""

    def mend(text: str, _error: PageError) -> Mended:
        assert old in text
        return text.replace(old, new), ""

    return mend


MARKS = "begin each nested row of the table with └ once per level of its depth"
AGREE = "make table and sample agree in names, order and nesting"
AGAIN = "copy it again, whole and as the page shows it"

#: For each broken page, a telling part of the way out, and the page that follows it.
MENDED: dict[str, tuple[str, Mend]] = {
    "unknown column": ("名称 类型 示例值 描述", as_header),
    "no column for types": ("名称 类型 示例值 描述", as_header),
    "no column for required": ("名称 类型 是否必须 示例值 更多限制 描述", as_header),
    "columns in another order": ("名称 类型 示例值 描述", as_header),
    "no header": ("名称 类型 示例值 描述", with_header),
    "no table": ("名称 类型 示例值 描述", lambda text, error: with_header(
        text.replace(text[text.index(OPEN):text.index(CLOSE)], OPEN), error)),
    "unknown leaf type": ("[types] Money", in_types),
    "unknown type at the top": ("[types] uint", in_types),
    "unknown type in a request": ("[types] uint", in_types),
    "type with parameters": ('[types] "List<Toy>"', in_types),
    "name that is none": ("as the sample has it", but("a-b", "a_b")),
    "line before the first row": ("take the line out", without_line),
    "bullets before the first row": ("write a row of the top on one line", TEXT),
    "row without type and text": ("such as Number or String", TEXT),
    "row cut off": ("add its cells", TEXT),
    "start of a row in doubt": ("begin the row, where it does, with └", lambda text, _error: (
        text.replace("• Data", "• └ Data").replace("i>", "Data>"), "")),
    "row that may hide another": ("add what the other row lacks", TEXT),
    "limits in a response": ("take its lines out", but("• 最大长度:8\n• 说明\n", "")),
    "row without a name": ("add what the other row lacks",
                           page([row("o", "O", row("a"), BARE, row("z"))])),
    "request row without required": ("one of 必须, 可选", TEXT),
    "nested request row without required": ("one of 必须, 可选", TEXT),
    "request depth undecidable": (MARKS, page(
        request=[row("p", "P", row("i", "I", row("a"), row("b")))], marks=True)),
    "depth undecidable behind an object": (MARKS, page(
        [row("o", "O", INNER, BARE, row("z"))], marks=True)),
    "depth undecidable at the end": (MARKS, page(
        [row("o", "O", row("a"), row("i", "I", row("b"), BARE))], marks=True)),
    "depth of an object undecidable": (MARKS, page(
        [row("o", "O", INNER, row("j", "J", BARE))], marks=True)),
    "depth undecidable too often": (MARKS, page(
        [row("x", "O", deep(6, "1")[0], *[row(f"bare{n}", example="") for n in range(40)])],
        marks=True)),
    "row that the sample lacks": (AGREE, page(TOY[:1])),
    "row with tabs that the sample lacks": (AGREE, but("<z>1</z>", "<a>1</a><z>1</z>")),
    "row behind the sample's end": (AGREE, but("</a></o>", "</a><b>1</b></o>")),
    "element without a row": ("add its row", sampled([row("a"), row("b")], "<a>1</a><b>1</b>")),
    "rows in another order": (AGREE, but("<b>1</b><a>1</a>", "<a>1</a><b>1</b>")),
    "top row that the sample nests": (AGREE, but("<b>1</b></o>", "</o><b>1</b>")),
    "nested row at the sample's top": (AGREE, but("</o><b>1</b>", "<b>1</b></o>")),
    "leaf marked as an object": ("└ if it is a leaf", as_leaf),
    "object without members": ("which the sample must show if it has an example", shown_leaf),
    "object at the end of the table": ("which the sample must show", shown_leaf),
    "object of a class without rows": ('[types] Inner = "map"', in_types),
    "class at the top without rows": ('[types] Inner = "map"', in_types),
    "last class without rows": ("add its rows below it", sampled(
        [row("o", "O", row("z"), row("i", "Inner", row("b")))],
        "<o><z>1</z><i><b>1</b></i></o>")),
    "unmarked class without rows": ('[types] Inner = "map"', in_types),
    "unmarked class without rows before a leaf": ('[types] Inner = "map"', in_types),
    "class without rows in a request": ('[types] Inner = "map"', in_types),
    "leaf type with members in the sample only": ("take what is in it out of the sample",
                                                  but("<b>1</b>", "")),
    "list of a class without a plain name": ("one plain word", lambda text, _error: (
        text.replace("Outer$Inner", "Inner"), '[types]\nInner = "map"')),
    "depth stated beyond what is open": (MARKS, but("└└└└ b", "└└ b")),
    "depth stated against the sample": (MARKS, but("└└ z", "└ z")),
    "single mark against the sample": (MARKS, but("└ c", "└└ c")),
    "stated depth that leaves an object empty": (MARKS, but("└ z", "└└ z")),
    "repeated marks in a request that skip a level": (MARKS, but("└└└ b", "└└ b")),
    "items of another class": (AGREE, but("toy_dto>", "toy_d_t_o>")),
    "items that disagree": (AGREE, but("<b>1</b>", "")),
    "name twice in a request": ("take one out", without_line),
    "name twice in an object": ("take one out", page([row("o", "O", row("a"))])),
    "too deep": ("shorten it", page(deep(40, "1"))),
    "too deep without a sample": ("nests deeper than 64", page(deep(62, ""))),
    "no sample": ("which begins with <", TEXT),
    "JSON sample": ("which begins with <", but("{\n", f"{OPEN}<a>1</a>\n")),
    "sample cut off": (AGAIN, TEXT),
    "sample without an end": (AGAIN, TEXT),
    "sample with a DOCTYPE": ("take it out of the sample", but("<!DOCTYPE a>", "")),
    "second sample": (AGAIN, TEXT),
    "declaration inside a sample": (AGAIN, TEXT),
    "declaration cut off": (AGAIN, TEXT),
    "element without a row behind a declaration": ("add its row", but("<b/>", "")),
    "sample in a namespace": ("from one page", TEXT),
    "element in a namespace": ("agree in names", but("x:b", "b")),
    "member in a namespace": (AGREE, but(" xmlns='urn:toy'", "")),
    "prefix without a namespace": (AGAIN, but("x:a>", "a>")),
    "sample of too many elements": ("shorten it", page([row("a")])),
    "sample of another method": ("from one page", TEXT),
    "no method": ("such as taobao.item.get (title)", but("\n查询\n", "\ntaobao.toy.get (查询)\n")),
    "heading twice": ("take one of the two out", without_line),
    "headings in another order": ("behind 如何获得此API", TEXT),
    "nothing behind the error codes": ("end it with a line 顶部",
                                       f"{TEXT.partition('API工具')[0]}顶部"),
    "error codes without a header": ("错误码 错误描述 解决方案", with_header),
    "error code without a code": ("begin the line with its code",
                                  but("\n没有玩具", "\n50 没有玩具")),
    "error sample of another root": ("<error_response>", TEXT),
    "unknown member of an error": ("take it out", without_line),
    "member of an error twice": ("take one of the two out", without_line),
    "members inside an error's member": ("each a text", but("<a/>", "50")),
    "NUL byte": ("take it out", but("\0", "")),
}  # fmt: skip

#: The same of bodies: what no text of a page shows.
BODIES: dict[str, tuple[bytes, str, bytes]] = {
    "another charset": (TEXT.encode("gb18030"), "save it as UTF-8", TEXT.encode()),
    "too many bytes": (TEXT.encode().ljust(MAX_PAGE_BYTES + 1), "of one method alone",
                       TEXT.encode()),
    "too many lines": (TEXT.encode() + b"\n" * MAX_PAGE_LINES, "of one method alone",
                       TEXT.encode()),
    "a heading is missing": (TEXT.replace("错误码解释", "").encode(), "copy the whole page",
                             TEXT.encode()),
}  # fmt: skip


def refusal(body: bytes) -> PageError:
    """Return why a page is refused."""
    with pytest.raises(PageError) as refused:
        read_page(body)
    return refused.value


@pytest.mark.parametrize("name", BROKEN)
def test_a_page_that_follows_the_way_out_is_read(name: str) -> None:
    """What a refusal advises is said in its line, and mends the page: all of it is derived."""
    text = BROKEN[name][0]
    error = refusal(text.encode())
    told, mend = MENDED[name]
    assert told in error.way_out
    assert str(error).endswith(f"; {error.way_out}")
    assert "\n" not in str(error)
    mended, rules = (mend, "") if isinstance(mend, str) else mend(text, error)
    assert (mended, rules) != (text, "")
    found = read_page(mended.encode(), read_types(rules))
    assert isinstance(found, Page)
    assert derived_files(derive_contract(found, rules))


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_follows_the_way_out_is_read(name: str) -> None:
    """So does what is advised of bytes that are no page."""
    body, told, mended = BODIES[name]
    assert told in refusal(body).way_out
    assert read_page(mended)


def refusing() -> set[tuple[str, int, int]]:
    """Return each place of the reader that makes a refusal: file, first line and last."""
    found = set()
    for path in Path(page_lines.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", None))
                if name in ("PageError", "refusal"):
                    found.add((path.name, node.lineno, node.end_lineno or node.lineno))
    return found


def test_every_refusal_has_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """No place of the reader refuses a page without a broken page here, and so without its twin."""
    made: set[tuple[str, int]] = set()
    init = PageError.__init__

    def noting(self: PageError, *args: object) -> None:
        made.update((Path(one.filename).name, one.lineno) for one in inspect.stack(0)[1:4])
        init(self, *args)  # type: ignore[arg-type]

    assert sorted(MENDED) == sorted(BROKEN)
    monkeypatch.setattr(PageError, "__init__", noting)
    for body in [
        *(text.encode() for text, *_ in BROKEN.values()),
        *(b for b, *_ in BODIES.values()),
    ]:
        refusal(body)
    sites = refusing()
    silent = [s for s in sites if not any(f == s[0] and s[1] <= n <= s[2] for f, n in made)]
    assert len(sites) > 30
    assert silent == []
