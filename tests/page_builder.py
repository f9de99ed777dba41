"""Toy pages in the layout of a copied TOP page, rendered from a nested description.

The builder shares nothing with the reader, so that the two cannot agree on one mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from topcheck.contract.model import PageRow
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.read import Page, read_page

#: The transcribed page of the method that this project is about.
REAL = (
    Path(__file__).parent.parent
    / "schemas"
    / "alibaba.alisports.lianbei.xpos.querystatus"
    / "page.txt"
)

Tree = tuple[tuple[str, str, bool, "Tree"], ...]


@dataclass(frozen=True)
class Row:
    """A row with its cells; an empty cell is left out, as on the page."""

    name: str
    type: str
    children: tuple[Row, ...]
    example: str
    text: str
    required: str
    limits: tuple[str, ...]
    limits_below: str | None

    @property
    def class_name(self) -> str:
        return self.type.removesuffix(" []")

    @property
    def is_list(self) -> bool:
        return self.type.endswith(" []")


def row(
    name: str,
    type: str = "String",  # noqa: A002
    *children: Row,
    example: str = "1",
    text: str = "说明",
    required: str = "可选",
    limits: Sequence[str] = (),
    limits_below: str | None = None,
) -> Row:
    """Describe a row. `limits_below` is what begins a line of limits: a bullet, or nothing."""
    if children and example == "1":
        example = "{}"
    return Row(name, type, children, example, text, required, tuple(limits), limits_below)


def page(
    response: Sequence[Row] = (),
    request: Sequence[Row] = (),
    *,
    method: str = "taobao.toy.get",
    title: str = "查询玩具",
    head: Sequence[str] = ("文档中心 > API类目 > 玩具API",),
    text: str = "查询一个玩具",
    sample: str | None = None,
    error: Sequence[tuple[str, str]] = (("code", "50"), ("msg", "Remote service error")),
    error_codes: Sequence[str] = (),
    java: str = "TaobaoClient client = null;",
    marks: bool = False,
) -> str:
    """Render a page; `marks` says that each nested row states its depth."""
    root = method.removeprefix("taobao.").replace(".", "_") + "_response"
    parts = [
        *head,
        f"{method} ({title})",
        text,
        "公共参数",
        "请求参数",
        _joined(["名称 类型 是否必须 示例值 更多限制 描述", *_table(request, True, marks)]),
        "响应参数",
        _joined(["名称 类型 示例值 描述", *_table(response, False, marks)]),
        "请求示例",
        _joined(["  • JAVA", "  • .NET", java]),
        "响应示例",
        _joined(["  • XML示例", "  • JSON示例", sample or xml(root, response)]),
        "异常示例",
        _joined(["  • XML示例", "  • JSON示例", "<error_response>"])
        + "".join(f"\n    <{name}>{value}</{name}>" for name, value in error)
        + "\n</error_response>",
        "错误码解释",
        _joined(["错误码 错误描述 解决方案", *error_codes]),
        "API工具",
        "如何获得此API",
        "FAQ",
        "返回\n顶部",
    ]
    return "\n\n".join(parts)


def xml(root: str, rows: Sequence[Row]) -> str:
    """Render the XML sample: what has no example, and no member with one, is left out."""
    return _joined([f"<{root}>", *_elements(rows, "    "), f"</{root}>"])


def java(rows: Sequence[Row]) -> str:
    """Render the Java sample of a request as the platform's site does."""
    lines = ["ToyGetRequest req = new ToyGetRequest();"]
    _set("req", rows, lines)
    return _joined([*lines, "ToyGetResponse rsp = client.execute(req, sessionKey);"])


def _set(owner: str, rows: Sequence[Row], lines: list[str]) -> None:
    for one in rows:
        setter = f"{owner}.set{''.join(part.title() for part in one.name.split('_'))}"
        if not one.children:
            lines += [f'{setter}("{one.example}");'] if one.example else []
            continue
        number, kind = len(lines), f"ToyGetRequest.{one.class_name}"
        handed = f"obj{number}"
        if one.is_list:
            handed = f"list{number}"
            lines.append(f"List<{kind}> {handed} = new ArrayList<{kind}>();")
        lines.append(f"{kind} obj{number} = new {kind}();")
        lines += [f"{handed}.add(obj{number});"] if one.is_list else []
        _set(f"obj{number}", one.children, lines)
        lines.append(f"{setter}({handed});")


def sample(text: str) -> bytes:
    """Cut the XML sample of the answer out of a page."""
    section = text[text.index("响应示例") : text.index("异常示例")]
    return section[section.index("<") :].strip().encode()


def item(class_name: str) -> str:
    """Name the items of a list."""
    letters = (f"_{letter.lower()}" if letter.isupper() else letter for letter in class_name)
    return "".join(letters).removeprefix("_")


def tree(rows: Sequence[Row]) -> Tree:
    """Reduce a description to names, types, lists and nesting."""
    return tuple((r.name, r.class_name, r.is_list, tree(r.children)) for r in rows)


def read(text: str, types: Mapping[str, str] = {}) -> Page:
    """Read a page."""
    return read_page(text.encode(), types)


def attempt(text: str, types: Mapping[str, str] = {}) -> Page | PageError:
    """Read a page, or return why it was refused."""
    try:
        return read(text, types)
    except PageError as error:
        return error


def read_tree(nodes: Sequence[PageRow]) -> Tree:
    """Reduce what was read to names, types, lists and nesting."""
    return tuple((n.name, n.type, n.list, read_tree(n.children)) for n in nodes)


_LEAF_TYPES = st.sampled_from(
    ["Number", "String", "Boolean", "Date", "Price", "Json", "byte[]", "Number []", "String []"]
)
_CLASSES = st.sampled_from(["Item", "ItemDTO", "QResult", "Item []", "ItemDTO []", "String"])
#: Among them words that are like names and types, and text that XML escapes.
_EXAMPLES = ("1", "true", "2018-01-02 12:00:00", "a<b & c", "成功", "Type", "b")
_TEXTS = ("说明", "说明 String", "Type", "a", "String", "a(甲), b(乙)")


def trees(
    examples: Sequence[str] = _EXAMPLES, texts: Sequence[str] = _TEXTS
) -> st.SearchStrategy[list[Row]]:
    """Draw rows of up to five levels; the same names return at every level."""
    cells = {"example": st.sampled_from(examples), "text": st.sampled_from(texts)}
    leaf = st.builds(row, st.just(""), _LEAF_TYPES, **cells)
    rows = _siblings(leaf)
    for _ in range(4):
        rows = _siblings(st.one_of(leaf, _objects(rows)))
    return rows


def _objects(rows: st.SearchStrategy[list[Row]]) -> st.SearchStrategy[Row]:
    def build(type_name: str, example: str, members: list[Row]) -> Row:
        return row("", type_name, *members, example=example, text="对象")

    return st.builds(build, _CLASSES, st.sampled_from(["", "{}", "data"]), rows)


def _siblings(rows: st.SearchStrategy[Row]) -> st.SearchStrategy[list[Row]]:
    names = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)
    return names.flatmap(
        lambda drawn: st.tuples(*(rows for _ in drawn)).map(
            lambda found: [replace(r, name=n) for r, n in zip(found, drawn, strict=True)]
        )
    )


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def _table(rows: Sequence[Row], is_request: bool, marks: bool) -> Iterator[str]:
    for one in rows:
        cells = [one.name, one.type, one.required if is_request else "", one.example]
        if one.limits_below is None:
            yield " ".join(filter(None, [*cells, *one.limits, one.text]))
        else:
            yield " ".join(filter(None, cells))
            below = filter(None, (*one.limits, one.text))
            yield from (f"{one.limits_below}{cell}" for cell in below)
        for cell in _nested(one.children, is_request, 1 if marks else None):
            yield f"  • {cell}"


def _nested(rows: Sequence[Row], is_request: bool, depth: int | None) -> Iterator[str]:
    for one in rows:
        mark = f"{'└' * depth} " if depth else "" if one.children else "└ "
        required = one.required if is_request else ""
        cells = (f"{mark}{one.name}", one.type, required, one.example, *one.limits, one.text)
        yield from filter(None, cells)
        yield from _nested(one.children, is_request, depth and depth + 1)


def _elements(rows: Sequence[Row], indent: str) -> Iterator[str]:
    for one in rows:
        content = list(_content(one, indent))
        if len(content) == 1 and not content[0].lstrip().startswith("<"):
            yield f"{indent}<{one.name}>{content[0]}</{one.name}>"
        elif content:
            yield from (f"{indent}<{one.name}>", *content, f"{indent}</{one.name}>")


def _content(one: Row, indent: str) -> Iterator[str]:
    inner = indent + "    "
    if one.is_list:
        single = replace(one, name=item(one.class_name), type=one.class_name)
        yield from _elements([single], inner)
    elif one.children:
        yield from _elements(one.children, inner)
    elif one.example:
        yield escape(one.example)


#: The rows of the method that this project is about, without its words.
QUERYSTATUS = page(
    method="alibaba.alisports.lianbei.xpos.querystatus",
    request=[row("biz_order_id", "Number"), row("checkout_id")],
    response=[
        row(
            "result",
            "QingchengXPosResult",
            row(
                "model",
                "QingchengQueryPayStatusRespDTO",
                row("paid_fee", "Number", example="100"),
                row("paid_time", example="2018-01-02 12:00:00"),
                row("checkout_status", example="PROCESSING"),
                row("checkout_id", example="788"),
                row("out_biz_id", example="900"),
                row("result_message", example="查询成功"),
                row("result_code", example="0"),
                row("success", "Boolean", example="true"),
            ),
            row("http_status_code", "Number", example="200"),
            row("msg_code", example="0"),
            row("msg_info", example="查询支付状态成功"),
            row("success", "Boolean", example="true"),
            example="querypospaystatus_result",
        )
    ],
    error=[
        ("code", "50"),
        ("msg", "Remote service error"),
        ("sub_code", "isv.invalid-parameter"),
        ("sub_msg", "非法参数"),
    ],
)
