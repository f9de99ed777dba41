"""The page reader reads what a page says, and loses no line of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings

from tests.page_builder import (
    QUERYSTATUS,
    REAL,
    Row,
    attempt,
    java,
    page,
    read,
    read_tree,
    row,
    tree,
    trees,
    xml,
)
from topcheck.contract.model import PageRow
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.read import derive_contract


def leaves(nodes: Sequence[PageRow]) -> Iterator[PageRow]:
    for node in nodes:
        yield from leaves(node.children) if node.children else (node,)


def only_leaf(text: str) -> PageRow:
    (leaf,) = leaves(read(text).contract.response_rows)
    return leaf


def lost_lines(text: str) -> list[int]:
    lines = re.split(r"\r\n|\n|\r", text)
    margin = read(text).margin
    return [n for n, line in enumerate(lines, start=1) if line.strip() and not margin.get(n)]


# ------------------------------------------------------------------ names, types, lists, nesting


def test_the_builder_renders_the_layout_of_the_transcribed_page() -> None:
    """The toy pages are laid out, line by line, like the real one; only wording may differ."""

    def tables(text: str) -> list[str]:
        start, end = text.index("请求参数"), text.index("请求示例")
        wording = re.compile(r"\S*[\u4e00-\u9fff].*")
        return [wording.sub("…", line) for line in text[start:end].splitlines()]

    def samples(text: str) -> list[str]:
        return text[text.index("响应示例") :].strip().splitlines()

    real = REAL.read_text("utf-8")
    assert tables(QUERYSTATUS) == tables(real)
    assert samples(QUERYSTATUS) == samples(real)


def test_the_real_page_is_read_whole() -> None:
    """The transcribed page gives its parameters, its three levels and its facts."""
    real, toy = read(REAL.read_text("utf-8")), read(QUERYSTATUS)
    assert real.layout.method == "alibaba.alisports.lianbei.xpos.querystatus"
    assert real.layout.category == "阿里体育API"
    assert read_tree(real.contract.request_rows) == read_tree(toy.contract.request_rows)
    assert read_tree(real.contract.response_rows) == read_tree(toy.contract.response_rows)
    rows = real.contract.response_rows
    facts = {leaf.name: (leaf.enum, leaf.format, leaf.unit) for leaf in leaves(rows)}
    states = ("INIT", "PROCESSING", "SUCCEEDED", "FAILED", "CANCELED")
    assert facts["checkout_status"] == (states, None, None)
    assert facts["paid_time"] == (None, "yyyy-MM-dd HH:mm:ss", None)
    assert facts["paid_fee"] == (None, None, "fen")
    assert derive_contract(real).accumulated == ("result.model.paid_fee",)
    assert real.contract.error_codes == ()


@pytest.mark.parametrize("levels", [1, 2, 3, 5, 60])
def test_levels(levels: int) -> None:
    """Each object may have leaves before, between and behind the objects inside it."""
    rows = [row("a"), row("z", "Number")]
    for level in range(1, levels):
        inner = row("o", f"Level{level}DTO", *rows)
        rows = [row("a"), inner, row("m", "Boolean"), row("p", "Other", row("a")), row("z")]
    assert read_tree(read(page(rows)).contract.response_rows) == tree(rows)


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(row("toys", "Toy []", row("a"), row("b")), id="objects"),
        pytest.param(row("toys", "ToyInfoDTO []", row("a")), id="capitals in the class"),
        pytest.param(row("names", "String []"), id="strings"),
        pytest.param(row("ids", "Number []", example="1,2"), id="numbers"),
        pytest.param(row("a", "A []", row("b", "B []", row("c", "String []"))), id="of lists"),
    ],
)
def test_lists(listed: Row) -> None:
    """A list is read at the top and inside an object, and its items are not a level of rows."""
    rows = [row("x"), listed, row("o", "Outer", listed, row("y")), row("z")]
    assert read_tree(read(page(rows)).contract.response_rows) == tree(rows)


def test_the_first_item_tells_the_example_of_a_list() -> None:
    """Example and description of a list of values are told apart by its first item."""
    leaf = only_leaf(page([row("names", "String []", example="甲 乙", text="名 字")]))
    assert (leaf.example, leaf.description) == ("甲 乙", "名 字")


def test_several_items_stand_for_one_type() -> None:
    """A list whose sample shows several items is read like a list with one."""
    rows = [row("toys", "Toy []", row("a"), row("b"))]
    two = page(rows).replace("        </toy>\n", "        </toy>\n<toy><b>2</b></toy>\n")
    assert read(two).contract.response_rows == read(page(rows)).contract.response_rows


@pytest.mark.parametrize("rows", [[], [row("a")], [row("a"), row("o", "O", row("a")), row("b")]])
def test_number_of_top_level_rows(rows: list[Row]) -> None:
    """A page may document no response field, one, or several beside each other."""
    assert read_tree(read(page(rows)).contract.response_rows) == tree(rows)


def test_simple_type_with_members() -> None:
    """A row of a simple type with members is an object, and the margin says so."""
    rows = [row("o", "Outer", row("data", "Json", row("a"), row("b")), row("z"))]
    found = read(page(rows))
    assert read_tree(found.contract.response_rows) == tree(rows)
    noted = [line for line, became in found.margin.items() if "read as an object" in became]
    assert noted[0] == found.contract.response_rows[0].children[0].line
    assert {found.margin[line].split(" (")[0] for line in noted} == {"response o.data"}


@settings(deadline=None)
@given(trees())
def test_round_trip(rows: list[Row]) -> None:
    """Any tree whose leaves all have examples is read back, whatever its cells look like."""
    assert read_tree(read(page(rows)).contract.response_rows) == tree(rows)


# ------------------------------------------------------------------ leaves without an example

BARE = row("bare", example="")


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([BARE, row("z")], id="at the top before a leaf"),
        pytest.param([row("o", "O", row("a")), BARE], id="at the top behind an object"),
        pytest.param([row("o", "O", BARE, row("a"))], id="first in its object"),
        pytest.param([row("o", "O", row("a"), BARE, row("z"))], id="between two leaves"),
        pytest.param([row("o", "O", row("a"), BARE)], id="last below the top"),
        pytest.param([row("o", "O", BARE), row("z")], id="alone in its object"),
        pytest.param(
            [row("o", "O", row("i", "I", row("a"), BARE), row("bare"))], id="its name is taken"
        ),
        pytest.param(
            [row("o", "O", row("i", "I", row("a"), BARE), BARE)], id="twice where each fits once"
        ),
        pytest.param(
            [row("o", "O", row("a"), row("i", "I", BARE), row("z"))], id="an object without any"
        ),
        pytest.param([row("o", "O []", row("a"), BARE, row("z"))], id="in a list"),
    ],
)
def test_leaf_without_example(rows: list[Row]) -> None:
    """A leaf that the sample does not show is read where only one object can hold it."""
    assert read_tree(read(page(rows)).contract.response_rows) == tree(rows)


@settings(deadline=None)
@given(trees(examples=["", "1", "说明"]))
def test_leaves_without_examples(rows: list[Row]) -> None:
    """Any tree is read back or refused for an undecidable depth, never read as another tree."""
    found = attempt(page(rows))
    if isinstance(found, PageError):
        assert "undecidable" in found.reason
        assert found.line
        assert found.row
    else:
        assert read_tree(found.contract.response_rows) == tree(rows)


# ------------------------------------------------------------------ requests


@pytest.mark.parametrize("below", [None, "", "  • "], ids=["on the line", "lines", "bullets"])
@pytest.mark.parametrize("example", ["toy", ""], ids=["example", "no example"])
def test_limits(below: str | None, example: str) -> None:
    """The limits of a row are read wherever they stand, and tell example and description apart."""
    limits = ["最大长度:128", "最大列表长度：20", "最小值: -1", "最大值:9", "默认值:x"]
    limited = row("a", "String []", example=example, limits=limits, limits_below=below)
    found, other = read(page([row("z")], [limited, row("b", text="另一个")])).contract.request_rows
    assert found.limits == {
        "max_length": 128,
        "max_items": 20,
        "minimum": -1,
        "maximum": 9,
        "default": "x",
    }
    assert (found.type, found.list) == ("String", True)
    assert (found.example, found.description) == (example or None, "说明")
    assert (other.name, other.limits, other.description) == ("b", None, "另一个")


@pytest.mark.parametrize(
    ("lines", "limits", "description"),
    [
        (["最大长度:8 默认值:x y"], {"max_length": 8, "default": "x y"}, "说明"),
        (["最大长度:8 更多"], {"max_length": 8}, "更多 说明"),
        (["最大长度:很长"], {"max_length": "很长"}, "说明"),
    ],
)
def test_limits_that_share_a_line(
    lines: list[str], limits: dict[str, str | int], description: str
) -> None:
    """Limits may share a line of their own, and a description may follow them there."""
    contract = read(page([row("z")], [row("a", limits=lines, limits_below="")])).contract
    found = contract.request_rows[0]
    assert (found.example, found.limits, found.description) == ("1", limits, description)


def test_limits_of_a_nested_row() -> None:
    """The limits of a nested parameter are bullets among its cells."""
    limited = row("a", "Number", example="5", limits=["最小值:1", "最大值:9"])
    found = read(page([row("z")], [row("o", "O", limited)])).contract.request_rows[0].children[0]
    assert found.limits == {"minimum": 1, "maximum": 9}
    assert (found.example, found.description) == ("5", "说明")


def test_a_response_has_no_limits() -> None:
    """A table without the column for limits has none: what looks like one is a description."""
    limited = row("a", text="最大长度:8")
    for leaf in leaves(read(page([row("o", "O", limited), limited])).contract.response_rows):
        assert (leaf.example, leaf.limits, leaf.description) == ("1", None, "最大长度:8")


@pytest.mark.parametrize(
    ("word", "required"), [("必须", True), ("可选", False), ("true", True), ("false", False)]
)
def test_required(word: str, required: bool) -> None:
    """Each request row says whether it must be given, at the top and below; a response row not."""
    rows = [row("o", "O", row("a", required=word), required=word), row("b", required=word)]
    found = read(page([row("z")], rows))
    assert [node.required for node in found.contract.request_rows] == [required, required]
    assert found.contract.request_rows[0].children[0].required is required
    assert found.contract.response_rows[0].required is None


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row("a"), row("o", "O", row("b"), row("c"))], id="leaves"),
        pytest.param(
            [row("o", "O", row("b", example="t", text="Type"), row("i", "I", row("c")))],
            id="cells like a name and a type",
        ),
        pytest.param([row("o", "O []", row("b")), row("z", "Number []")], id="a list"),
        pytest.param([row("o", "O", row("b"), row("i", "I", row("c"))), row("z")], id="an object"),
        pytest.param(
            [row("o", "O", row("b"), limits=["默认值:x"], limits_below="• ")],
            id="limits",
        ),
        pytest.param(
            [row("o", "O", row("b"), text="", limits=["默认值:x"], limits_below="• ")],
            id="limits and no description",
        ),
    ],
)
def test_nested_request_rows(rows: list[Row]) -> None:
    """Nested parameters are read where one object alone can hold them: a request has no sample."""
    assert read_tree(read(page([row("z")], rows)).contract.request_rows) == tree(rows)


# ------------------------------------------------------------------ depths that a page states

UNDECIDED = [
    [row("o", "O", row("i", "I", row("a"), row("b")), BARE, row("z"))],
    [row("o", "O", row("i", "I", row("a"), row("b"), BARE), row("z"))],
    [row("o", "O", row("a"), row("i", "I", row("b"), BARE))],
    [row("o", "O", row("a"), row("i", "I", row("b")), BARE)],
    [row("o", "O", row("i", "I", row("a"), row("j", "J", BARE)), BARE)],
    [row("o", "O", row("i", "I", row("j", "J", BARE), row("c", example="")), BARE), row("z")],
    [row("o", "O", row("i", "I []", row("a"), BARE), row("j", "J", BARE))],
]


@pytest.mark.parametrize("rows", UNDECIDED)
@pytest.mark.parametrize("is_request", [False, True], ids=["response", "request"])
def test_stated_depths(rows: list[Row], is_request: bool) -> None:
    """`└` once per level says where a row stands, of objects as of leaves, in either table."""
    plain = page(request=rows) if is_request else page(rows)
    stated = page(request=rows, marks=True) if is_request else page(rows, marks=True)
    assert isinstance(attempt(plain), PageError)
    found = read(stated)
    contract = found.contract
    assert read_tree(contract.request_rows if is_request else contract.response_rows) == tree(rows)


@pytest.mark.parametrize("rows", UNDECIDED)
@pytest.mark.parametrize("between", ["└ ", " └", "└\t"], ids=repr)
def test_objects_need_no_mark(rows: list[Row], between: str) -> None:
    """An object may stay as it is on the page: it stands right above the rows in it."""
    stated = page(rows, marks=True)
    objects = re.compile(r"└+ (\w+\n  • (?:I|J)(?: \[\])?\n)")
    text = objects.sub(r"\1", stated)
    assert text != stated
    assert read_tree(read(text).contract.response_rows) == tree(rows)
    blanks = text.replace("└└", "└" + between.replace("└", "") + "└")
    assert read_tree(read(blanks).contract.response_rows) == tree(rows)


def test_one_row_may_state_its_depth() -> None:
    """One repeated mark settles its own row; the sample settles what has a single one."""
    rows = [row("o", "O", row("i", "I", row("a"), row("b"), BARE), row("z"))]
    text = page(rows)
    assert isinstance(attempt(text), PageError)
    assert read_tree(read(text.replace("└ bare", "└└ bare")).contract.response_rows) == tree(rows)


@settings(deadline=None)
@given(trees(examples=["", "1", "说明"]))
def test_any_tree_that_states_its_depths(rows: list[Row]) -> None:
    """No tree that states its depths is read as another, and only one without any is refused."""
    found = attempt(page(rows, marks=True))
    if isinstance(found, PageError):
        assert "undecidable" in found.reason
        assert "└└" not in page(rows, marks=True)
    else:
        assert read_tree(found.contract.response_rows) == tree(rows)


@settings(deadline=None)
@given(trees())
def test_any_request_that_states_its_depths(rows: list[Row]) -> None:
    """A request has no XML sample, and needs none if it states its depths."""
    found = attempt(page(request=rows, marks=True))
    if isinstance(found, PageError):
        assert "undecidable" in found.reason or "more cells than columns" in found.reason
    else:
        assert read_tree(found.contract.request_rows) == tree(rows)


@pytest.mark.parametrize("text", [REAL.read_text("utf-8"), QUERYSTATUS], ids=["real", "toy"])
@pytest.mark.parametrize("with_objects", [True, False], ids=["all rows", "leaves"])
def test_the_real_page_with_its_depths(text: str, with_objects: bool) -> None:
    """The page of the project says the same with its depths stated, whatever of it states them."""
    depths = {"success": 0}
    lines = []
    for line in text.split("\n"):
        name = line.removeprefix("  • ").removeprefix("└ ")
        inside = "checkout_status paid_fee paid_time checkout_id out_biz_id result_message"
        if line.startswith("  • └ "):
            depths["success"] += name == "success"
            is_deep = name in f"{inside} result_code".split() or (
                name == "success" and depths["success"] == 1
            )
            line = f"  • {'└└' if is_deep else '└'} {name}"
        elif name == "model" and with_objects:
            line = "  • └ model"
        lines.append(line)
    assert read("\n".join(lines)).contract.response_rows == read(text).contract.response_rows


# ------------------------------------------------------------------ the Java sample of a request

SETTLED = [
    [row("p", "P", row("i", "I", row("a"), row("b")))],
    [row("p", "P", row("i", "I", row("a")), row("b"), row("c"))],
    [row("p", "P", row("i", "I", row("j", "J", row("a"), row("b")), row("a"), row("b")), row("a"))],
    [row("p", "P []", row("item_id"), row("i", "I []", row("item_id"), row("out_id")), row("n"))],
    [row("p", "P", row("tags", "String []"), row("i", "I", row("ids", "Number []"), row("z")))],
    [row("p", "P", row("i", "I", row("a"), row("b"))), row("q", "Q", row("a"), row("i", "I",
     row("b"), row("c"))), row("r")],
]  # fmt: skip


@pytest.mark.parametrize("rows", SETTLED)
def test_the_java_sample_settles_a_request(rows: list[Row]) -> None:
    """A parameter stands in the object on which the sample sets it, in lists as well."""
    assert isinstance(attempt(page(request=rows)), PageError)
    assert read_tree(read(page(request=rows, java=java(rows))).contract.request_rows) == tree(rows)


JAVA = [row("p", "P", row("i", "I []", row("a"), row("b")), row("c_d"))]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "AReq req = new AReq();AReq.P obj1 = new AReq.P();\nobj1.setCD(2L); req.setP(obj1);"
            'I x = new I(); x.setA(1L); x.setB("y;obj1.setB(z)");\n'
            "obj1.setI(Arrays.asList(x, x));",
            id="statements in another order",
        ),
        pytest.param(
            "query.setP(obj1);\nList<I> l=new ArrayList<>();l.add(o2);\n"
            'o2 . setA ( 1L ) ;\no2.setB(\n"1"\n);\nobj1.setI(l);\nobj1.setCD(3);\n'
            "rsp = client.execute(query, sessionKey);",
            id="other names and blanks",
        ),
        pytest.param(
            "List<I> l = Collections.singletonList(o2);\n// obj1.setB(1);\no2.setA(1L);\n"
            "o2.setB(true);\nobj1.setI(l); obj1.setCD(o2.getA());\n"
            "req.setP(obj1);",
            id="a list made at once, a comment, a getter",
        ),
        pytest.param(
            "APRequest in = new APRequest();P p = new P();I i = new I();i.setA(1);i.setB(2);"
            "p.setI(i);p.setCD(3);in.setP(p);",
            id="a request that is only made",
        ),
        pytest.param(
            "obj2.setB(1); obj1.setI(obj2); obj1.setCD(2); req.setP(obj1);", id="not every field"
        ),
    ],
)
def test_java_is_read_as_people_write_it(code: str) -> None:
    """The order of statements, the names of variables and the ways to make a list are free."""
    assert isinstance(attempt(page(request=JAVA)), PageError)
    assert read_tree(read(page(request=JAVA, java=code)).contract.request_rows) == tree(JAVA)


@pytest.mark.parametrize(
    "code", ["", "obj1.setB(1);", 'req.setP("{}");', "a.setX(a); req.setP(a);", "set(", '"' * 9]
)
def test_java_that_settles_nothing(code: str) -> None:
    """Where the sample does not say it, the depth is undecidable still."""
    error = attempt(page(request=JAVA, java=code))
    assert isinstance(error, PageError)


def test_stated_depths_are_believed_before_java() -> None:
    """What the page states holds, whatever its Java sample sets where."""
    rows = [row("p", "P", row("i", "I", row("a"), row("b")), row("c"))]
    other = [row("p", "P", row("i", "I", row("a")), row("b"), row("c"))]
    found = read(page(request=rows, java=java(other)))
    assert read_tree(found.contract.request_rows) == tree(other)
    stated = page(request=rows, java=java(other), marks=True)
    assert read_tree(read(stated).contract.request_rows) == tree(rows)


def test_the_margin_of_a_java_sample() -> None:
    """Lines of the sample that settle something are no longer listed as ignored."""
    text = page(request=SETTLED[0], java=java(SETTLED[0]))
    margin = read(text).margin
    became = {text.split("\n")[n - 1]: what for n, what in margin.items()}
    assert became['obj2.setB("1");'] == "sample of 请求示例"
    flat = page(request=[row("a")], java=java(SETTLED[0]))
    assert "ignored: 请求示例" in read(flat).margin.values()


# ------------------------------------------------------------------ families of types

SPELLED = {
    "integer": ["Number", "Integer", "Int", "int", "Long", "long", "Short", "short"],
    "boolean": ["Boolean", "boolean", "Bool", "bool"],
    "string": ["String", "string", "str", "Json", "byte[]", "byte", "File", "Field List"],
    "date": ["Date"],
    "price": ["Price"],
    "decimal": ["BigDecimal", "Decimal", "decimal", "Double", "double", "Float", "float"],
    "map": ["Map"],
}


@pytest.mark.parametrize("family", SPELLED)
@pytest.mark.parametrize("lists", [False, True], ids=["one", "lists"])
def test_types_by_their_family(family: str, lists: bool) -> None:
    """The names that pages and Java have for one family are read alike, at any place."""
    types = [name for name in SPELLED[family] if not lists or name.isidentifier()]
    leaves = [
        row(f"a{n}", f"{name} []" if lists else name, example="1") for n, name in enumerate(types)
    ]
    rows = [*leaves, row("o", "Outer", *leaves), row("z")]
    contract = derive_contract(read(page(rows, rows, java=java(rows))))
    for root in (contract.request, contract.response):
        found = {f.family for f in root.walk() if f.name[:1] == "a" or f.repeated}
        assert found - {"list"} == {family}


@pytest.mark.parametrize("name", ["Money", "uint", "List<Toy>", "Map<String,Object>", "com.toy.Id"])
@pytest.mark.parametrize("family", ["decimal", "string", "map", "date"])
def test_a_given_type(name: str, family: str) -> None:
    """A type that inferred.toml gives a family is a leaf of it, at the top and below."""
    rows = [row("a", name), row("o", "O", row("b", name), row("z"))]
    assert isinstance(attempt(page(rows, rows)), PageError)
    contract = derive_contract(read(page(rows, rows), {name: family}))
    for root in (contract.request, contract.response):
        assert root.fields["a"].family == family
        assert root.fields["o"].fields["b"].family == family
        assert root.fields["o"].fields["b"].row.type == name


@pytest.mark.parametrize("mark", ["└ ", ""], ids=["marked", "unmarked"])
@pytest.mark.parametrize("inside", ["", "<k>1</k><l><m/></l>", "{}", "k=1"], ids=repr)
@pytest.mark.parametrize("at_the_end", [True, False], ids=["last", "in between"])
def test_a_map_holds_anything(mark: str, inside: str, at_the_end: bool) -> None:
    """A map has no rows, whatever the sample shows in it, with and without a mark."""
    leaf = row("a", example="1")
    maps = [row("m", "Map", example="{}")]
    rows = [row("o", "O", *([leaf, *maps] if at_the_end else [*maps, leaf])), row("z")]
    text = page(rows).replace("└ m", f"{mark}m")
    shown = f"<m>{inside}</m>" if inside else ""
    assert "<m>{}</m>" in text
    assert read_tree(read(text.replace("<m>{}</m>", shown)).contract.response_rows) == tree(rows)


def test_a_map_with_rows() -> None:
    """A map whose members the page documents is an object like any other."""
    rows = [row("o", "O", row("m", "Map", row("a"), row("b")), row("z")), row("n", "Map", row("a"))]
    assert read_tree(read(page(rows)).contract.response_rows) == tree(rows)
    assert read_tree(read(page(rows, marks=True)).contract.response_rows) == tree(rows)


# ------------------------------------------------------------------ cells


@pytest.mark.parametrize(
    ("line", "example", "description"),
    [
        ("a String 可选 1 说明", "1", "说明"),
        ("a String 可选 说明", None, "说明"),
        ("a String 可选", None, ""),
        ("a Date 可选 2018-01-02 12:00:00 时间", None, "2018-01-02 12:00:00 时间"),
        ("a Number 可选 类目 编号", None, "类目 编号"),
        ("a Number 可选 编号 1", None, "编号 1"),
        ("a Boolean 可选 是否 成功", None, "是否 成功"),
        ("a Date 可选 今天 时间", None, "今天 时间"),
        ("a\tString\t可选\t1 2\t\t说明 一", "1 2", "说明 一"),
        ("a\tString\t可选\t\t\t说明 一", None, "说明 一"),
        ("a\tString\t可选\t1\t最大长度:8\t说明", "1", "说明"),
        ("a\tString\t可选\t1\t说明", "1", "说明"),
        ("a String 可选 1 说明\n  还有 默认值:3", "1", "说明 还有 默认值:3"),
        ("a String 可选 最大长度:8 说明", None, "说明"),
        ("a String 可选 1 最大长度:8", None, "1"),
    ],
)
def test_cells_of_a_request_line(line: str, example: str | None, description: str) -> None:
    """Where example and description cannot be told apart, there is no example."""
    text = page([row("z")], [row("a")]).replace("a String 可选 1 说明", line)
    found = read(text).contract.request_rows[0]
    assert (found.example, found.description) == (example, description)


@pytest.mark.parametrize(
    ("cells", "sample", "example", "description"),
    [
        ("a String 支付 成功 返回 信息", "支付 成功", "支付 成功", "返回 信息"),
        ("a String 成功 说明", "成功", "成功", "说明"),
        ("a String 成功 说明", "失败", None, "成功 说明"),
        ("a String 成功 说明", "成", None, "成功 说明"),
        ("a String 成功 说明", "", None, "成功 说明"),
        ("a String 成功", "成功", "成功", ""),
        ("a\tString\t成 功\t说明", "成 功", "成 功", "说明"),
    ],
)
def test_cells_of_a_response_line(
    cells: str, sample: str, example: str | None, description: str
) -> None:
    """The sample tells example and description of a line apart; in doubt, no example."""
    shown = f"<a>{sample}</a>" if sample else ""
    text = page([row("a")], sample=f"<toy_get_response>{shown}</toy_get_response>")
    leaf = only_leaf(text.replace("a String 1 说明", cells))
    assert (leaf.name, leaf.example, leaf.description) == ("a", example, description)


@pytest.mark.parametrize(
    ("cells", "sample", "example", "description"),
    [
        (["x y", "说 明"], "x y", "x y", "说 明"),
        (["说明"], "x", None, "说明"),
        (["x"], "x", "x", ""),
        (["x 说明"], "x", None, "x 说明"),
        (["x", "y", "z"], "x", None, "x y z"),
        (["x", "说明\n  还有一行\n又一行"], "x", "x", "说明 还有一行 又一行"),
    ],
)
def test_cells_of_bullets(
    cells: list[str], sample: str, example: str | None, description: str
) -> None:
    """A bullet is one cell: two are example and description, one is what the sample says."""
    root = f"<toy_get_response><o><a>{sample}</a></o></toy_get_response>"
    text = page([row("o", "O", row("a"))], sample=root)
    bullets = "".join(f"  • {cell}\n" for cell in cells)
    leaf = only_leaf(text.replace("  • 1\n  • 说明\n", bullets))
    assert (leaf.name, leaf.example, leaf.description) == ("a", example, description)


def test_cells_like_names_and_types() -> None:
    """Cells that look like names and types do not begin a row."""
    rows = [row("o", "O", row("a", example="Type", text="Type"), row("file", "File", text="File"))]
    assert read_tree(read(page(rows)).contract.response_rows) == tree(rows)


def test_a_line_that_is_no_row() -> None:
    """A line that carries a description on is no row, even if it holds a word like a type."""
    wrapped = row("a", text="状态\n支付: PAID Order")
    found = read(page([wrapped], [wrapped]))
    for (leaf,) in (found.contract.request_rows, found.contract.response_rows):
        assert (leaf.example, leaf.description) == ("1", "状态 支付: PAID Order")


# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("状态: INIT(初始), DONE(完成)", ("INIT", "DONE")),
        ("状态：INIT（初始）、DONE（完成）。", ("INIT", "DONE")),
        ("可选值:a-b(甲);c_1(乙);2(丙)", ("a-b", "c_1", "2")),
        ("状态,INIT (初始) | DONE (完成)", ("INIT", "DONE")),
        (
            "状态。可选值: * WAIT_PAY(等待付款,即:未付) * DONE(完成) * CLOSED（关闭）",
            ("WAIT_PAY", "DONE", "CLOSED"),
        ),
        ("可选值:•INIT(初始)•DONE(完成)", ("INIT", "DONE")),
        ("可选值 * INIT(初始) * DONE(完成)。", ("INIT", "DONE")),
        ("可选值: * INIT(初始) * DONE(完成) * 其他", None),
        ("可选值: * INIT(初始) * DONE(完成) * FAILED", None),
        ("可选值: * INIT(初始) * DONE(完成)等", None),
        ("例如: * INIT(初始) * DONE(完成)", None),
        ("可选值: * NEW * INIT(初始) * DONE(完成)", None),
        ("可选值: * INIT(初始)", None),
        ("面积 W(宽)*H(高)", None),
        ("尺寸: W(宽) * H(高) * D(深)", None),
        ("INIT(初始), DONE(完成)等", None),
        ("INIT(初始), DONE(完成), 等等", None),
        ("INIT(初始), DONE(完成)(等)", None),
        ("INIT(初始), DONE(完成)…", None),
        ("INIT(初始), DONE(完成), etc.", None),
        ("INIT(初始), DONE(完成), 其他(未知)", None),
        ("INIT(初始), DONE(完成) 其他", None),
        ("例如: INIT(初始), DONE(完成)", None),
        ("INIT(初始), DONE(完成), FAILED", None),
        ("NEW, INIT(初始), DONE(完成)", None),
        ("INIT(初始(新)), DONE(完成), FAILED(失败)", None),
        ("INIT(初始), DONE(完成) FAILED(失败)", None),
        ("INIT(初始), DONE(完成)。级别: A(高), B(低)", None),
        ("INIT(初始), INIT(完成)", None),
        ("INIT(初始)", None),
        ("初始(INIT), 完成(DONE)", None),
        ("调用get(), set()", None),
    ],
)
def test_codes(text: str, codes: tuple[str, ...] | None) -> None:
    """A closed list of labelled codes is an enumeration; one that may go on is not."""
    assert only_leaf(page([row("a", text=text)])).enum == codes


@pytest.mark.parametrize(
    ("type_name", "text", "codes"),
    [
        ("Number", "0(上架),-2(下架),99(其他)", ("0", "-2", "99")),
        ("Number", "A(上架),B(下架)", None),
        ("Number", "01(上架),02(下架)", None),
        ("Boolean", "true(是),false(否)", None),
        ("String []", "A(上架),B(下架)", None),
    ],
)
def test_codes_fit_the_type(type_name: str, text: str, codes: tuple[str, ...] | None) -> None:
    """An enumeration is read only if its codes can be values of the type."""
    assert only_leaf(page([row("a", type_name, example="0", text=text)])).enum == codes


@pytest.mark.parametrize(
    ("type_name", "text", "date_format"),
    [
        ("String", "时间yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss"),
        ("String", "时间(yyyy-MM-dd HH:mm:ss)。", "yyyy-MM-dd HH:mm:ss"),
        ("String", "日期,格式:yyyy/MM/dd.", "yyyy/MM/dd"),
        ("String", "yyyyMMddHHmmss", "yyyyMMddHHmmss"),
        ("String", "yyyy-MM-dd HH:mm", None),
        ("String", "yyyy-MM-dd HH:mm:ss.SSS", None),
        ("String", "yyyy-MM-dd'T'HH:mm:ss", None),
        ("String", "yyyy-mm-dd hh:mm:ss", None),
        ("String", "yyyy-MM-dd或yyyyMMdd", None),
        ("String", "yyyy-MM-dd或yyyy-mm-dd", None),
        ("String", "时间", None),
        ("Number", "日期yyyyMMdd", None),
        ("Date", "时间", "yyyy-MM-dd HH:mm:ss"),
        ("Date", "格式:yyyy-mm-dd hh:mm:ss", "yyyy-MM-dd HH:mm:ss"),
    ],
)
def test_date_format(type_name: str, text: str, date_format: str | None) -> None:
    """A date format is read if it is whole and the only one; a Date has the platform's."""
    assert only_leaf(page([row("a", type_name, text=text)])).format == date_format


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("金额(分)", "fen"),
        ("金额（单位：分）", "fen"),
        ("金额,单位:分", "fen"),
        ("金额,单位为分,不含运费", "fen"),
        ("金额,以分为单位", "fen"),
        ("金额,单位:元。如:200.07,表示:200元7分", None),
        ("时长(分钟)", None),
        ("时长,单位:分钟", None),
        ("店铺评分(分)", None),
        ("部分", None),
    ],
)
def test_unit(text: str, unit: str | None) -> None:
    """Money counted in 分 has the unit fen; minutes, points and yuan have not."""
    assert only_leaf(page([row("a", "Number", text=text)])).unit == unit


def test_accumulated() -> None:
    """What the page calls accumulated is listed by path: numbers of the response, not in lists."""
    summed = row("sum", "Number", text="累计金额")
    rows = [
        row("o", "O", summed, row("s", text="累计"), row("n", "Number", text="非累计金额")),
        row("l", "L []", summed),
        row("total", "Number", text="累积次数"),
    ]
    assert derive_contract(read(page(rows, [summed]))).accumulated == ("o.sum", "total")


# ------------------------------------------------------------------ head, samples, error codes

NOTICE = "注意:以下文档只适用于TOP接口,请谨慎使用!"
BREADCRUMB = "文档中心 > API类目 > 玩具API"


@pytest.mark.parametrize(
    ("head", "category"),
    [([BREADCRUMB], "玩具API"), ([], None), ([NOTICE], None), ([NOTICE, BREADCRUMB], "玩具API")],
    ids=["breadcrumb", "nothing", "notice", "notice and breadcrumb"],
)
def test_head(head: list[str], category: str | None) -> None:
    """A notice may stand before the breadcrumb, and either may be missing."""
    layout = read(page([row("a")], head=head)).layout
    assert (layout.method, layout.title) == ("taobao.toy.get", "查询玩具")
    assert (layout.category, layout.description) == (category, "查询一个玩具")


@pytest.mark.parametrize("title", ["查询(性能高)玩具", "玩具（新）"], ids=["inside", "at the end"])
def test_title_with_brackets(title: str) -> None:
    """A title may hold brackets of its own."""
    assert read(page([row("a")], title=title)).layout.title == title


@pytest.mark.parametrize("ending", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_line_endings(ending: str) -> None:
    """Line endings and a byte order mark do not matter."""
    text = page([row("o", "O", row("a"))], error_codes=["isv.a 一 二"])
    assert read("\ufeff" + text.replace("\n", ending)) == read(text)


def test_indented_page() -> None:
    """A page may be indented, as copied text often is below a list of limits."""
    limited = row("c", limits=["默认值:1"], limits_below="• ")
    text = page([row("o", "O", row("a"), row("b"))], [limited])
    indented = re.sub("(?m)^", "    ", text)
    assert read(indented).contract.request_rows == read(text).contract.request_rows
    assert read(indented).contract.response_rows == read(text).contract.response_rows


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        pytest.param('<?xml version="1.0" encoding="UTF-8"?>\n', "", id="declaration"),
        pytest.param('<?xml version="1.0"\n  encoding="GBK"?>\n', "", id="another charset"),
        pytest.param("<!-- 示例 -->\n", "", id="comment"),
        pytest.param("\n\n", ' list="true"', id="attribute"),
        pytest.param("", ' xmlns:x="urn:x" x:a="1"', id="namespace of no element"),
    ],
)
def test_what_a_sample_may_have_besides(before: str, inside: str) -> None:
    """A declaration, comments and attributes change neither names nor depth of the elements."""
    rows = [row("o", "O", row("a", example="成功"), row("b"))]
    plain = xml("toy_get_response", rows)
    found = read(page(rows, sample=before + plain.replace("<o>", f"<o{inside}>")))
    assert found.contract.response_rows == read(page(rows)).contract.response_rows


def test_error_sample() -> None:
    """The members of an error are the platform's, with the page's examples."""
    found = read(page([row("a")], error=[("code", "15"), ("msg", "错"), ("request_id", "x1")]))
    examples = {node.name: (node.required, node.example) for node in found.contract.error_rows}
    assert examples == {
        "code": (True, "15"),
        "msg": (True, "错"),
        "sub_code": (False, None),
        "sub_msg": (False, None),
        "request_id": (False, "x1"),
    }
    assert {found.quotes[node.line] for node in found.contract.error_rows if node.line} == {
        "<code>15</code>",
        "<msg>错</msg>",
        "<request_id>x1</request_id>",
    }


def test_error_codes() -> None:
    """Error codes are read a row a line; a line that begins with no code carries the row on."""
    rows = [
        "isv.toy-missing:20019 没有玩具 请检查参数",
        "  isp.error 系统 暂时 错误",
        "50\t远程 错误\t请 重试",
        "稍后再试",
        "-4003 未知",
    ]
    found = read(page([row("a")], error_codes=rows)).contract.error_codes
    assert [(one.code, one.description, one.solution) for one in found] == [
        ("isv.toy-missing:20019", "没有玩具", "请检查参数"),
        ("isp.error", "系统 暂时 错误", None),
        ("50", "远程 错误", "请 重试 稍后再试"),
        ("-4003", "未知", None),
    ]


def test_optional_sections() -> None:
    """A page may do without common parameters, a request example and most of its footer."""
    text = page([row("a")], [row("q")])
    start, end = text.index("请求示例"), text.index("响应示例")
    found = read((text[:start] + text[end : text.index("如何")]).replace("公共参数\n\n", ""))
    assert read_tree(found.contract.request_rows) == read_tree(read(text).contract.request_rows)
    assert read_tree(found.contract.response_rows) == read_tree(read(text).contract.response_rows)


# ------------------------------------------------------------------ no line is lost


def test_margin() -> None:
    """The margin says of each line what it became, or that it is ignored."""
    text = page([row("a")], [row("q")], head=[NOTICE, BREADCRUMB], error_codes=["isv.a 一"])
    margin = read(text).margin
    lines = text.split("\n")
    became = {lines[number - 1].strip(): what for number, what in margin.items()}
    assert (
        became
        | {
            NOTICE: "ignored: notice",
            BREADCRUMB: "breadcrumb",
            "taobao.toy.get (查询玩具)": "method and title",
            "查询一个玩具": "description",
            "请求参数": "heading",
            "名称 类型 示例值 描述": "header of 响应参数",
            "q String 可选 1 说明": "request q",
            "a String 1 说明": "response a",
            "• JAVA": "ignored: 请求示例",
            "• XML示例": "ignored: tab of the sample",
            "<a>1</a>": "sample of 响应示例",
            "<code>50</code>": "sample of 异常示例",
            "错误码 错误描述 解决方案": "header of 错误码解释",
            "isv.a 一": "error code",
            "顶部": "heading",
        }
        == became
    )


WHOLE = {
    "real": REAL.read_text("utf-8"),
    "levels": QUERYSTATUS,
    "notice": page([row("a")], head=[NOTICE, BREADCRUMB, "第二行"]),
    "limits": page([row("z")], [row("a", limits=["默认值:1", "最大长度:2"], limits_below="  • ")]),
    "nested request": page([row("z")], [row("o", "O", row("a", limits=["最大长度:2"]))]),
    "wrapped": page([row("o", "O", row("a", text="一\n二\n三"), text="一\n二")]),
    "error codes": page([row("a")], error_codes=["isv.a 一 二", "三", "isv.b"]),
    "public parameters": page([row("a")]).replace("公共参数", "公共参数\n\n名称 类型\nv String"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_no_line_is_lost(name: str) -> None:
    """Every line of a page that is not blank is read into something or listed as ignored."""
    assert lost_lines(WHOLE[name]) == []


@settings(deadline=None)
@given(trees())
def test_no_line_of_any_tree_is_lost(rows: list[Row]) -> None:
    """Each line of any tree's rows is part of a field, and each field can be quoted."""
    text = page(rows)
    found = read(text)
    assert lost_lines(text) == []
    for node in leaves(found.contract.response_rows):
        assert node.line is not None
        assert found.quotes[node.line].startswith(f"{node.name} {node.type}")
