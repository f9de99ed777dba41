"""Toy contracts through the whole chain: what this page lacks, other pages have.

Lists of objects and of texts, prices, dates by type, limits, required parameters, several
top-level members, five levels, one name at two levels: each clause of each toy is kept and broken
like our own.
"""

import json
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from lxml import etree
from xmlschema import XMLSchema10

from contract_tests.pairs import judge_as, over_pairs
from tests.page_builder import java, page, read, row, sample
from topcheck.contract.contract import from_json, to_json
from topcheck.contract.files import derived_files
from topcheck.contract.page.read import derive_contract
from topcheck.generate.cases import Cases
from topcheck.judge.judges import Judges

#: Parameters that travel as JSON text in one: objects with lists and objects in them.
OBJECTS = [
    row(
        "query",
        "Query",
        row("ids", "Number []"),
        row("tags", "String []", example="red"),
        row("range", "Range", row("low", "BigDecimal"), row("high", "Double")),
        row("items", "Item []", row("item_id", "Number"), row("price", "Price")),
        row("urgent", "Boolean", example="true"),
        row("extra", "Map", example=""),
        required="必须",
    ),
    row("more", "Item []", row("item_id", "Number"), row("names", "String []")),
    row("extra", "Map", example=""),
    row("rate", "BigDecimal", example="0.5"),
]

TOYS = {
    "flat": page([row("a", "Number"), row("b", "Boolean", example="true"), row("c")]),
    "lists": page(
        [
            row("total", "Number", example="3"),
            row(
                "toys",
                "ToyDTO []",
                row("toy_id", "Number"),
                row("tags", "String []", example="red"),
                row("sizes", "Number []", example="5"),
                row("made_of", "PartInfo []", row("part", "String"), row("price", "Price")),
            ),
        ],
        [row("ids", "Number []", limits=["最大列表长度:20"]), row("word", limits=["最大长度:8"])],
    ),
    "types": page(
        [
            row("a_date", "Date", example="2018-01-02 12:00:00"),
            row("day", "String", example="2018-01-02", text="日期yyyy-MM-dd"),
            row("cost", "Price", example="5.20"),
            row("raw", "Json", example="x"),
            row("grade", "Number", example="1", text="等级 1(好), 2(坏)"),
        ],
        [
            row("id", "Number", required="必须", limits=["最小值:1", "最大值:100"]),
            row("since", "Date", required="必须", example="2018-01-02 12:00:00"),
            row("kind", "String", text="种类: A(甲), B(乙)"),
            row("open", "Boolean"),
        ],
    ),
    "five levels": page(
        [row("a", "A", row("b", "B", row("c", "C", row("d", "D", row("e", "Number")), row("f"))))]
    ),
    "nothing": page([]),
    "two states": page(
        [
            row(
                "result",
                "ParcelDTO",
                row("status", example="SENT", text="包裹状态: PACKED(已打包), SENT(已寄出)"),
                row(
                    "refund",
                    "RefundDTO",
                    row("status", example="NONE", text="退款状态: NONE(无), DONE(已退)"),
                    row("fee", "Number", example="250", text="累计退款(分)"),
                ),
            )
        ],
        [row("parcel_id", "Number", required="必须", example="7", text="包裹编号")],
        method="demo.parcel.states.query",
    ),
    "two sums": page(
        [
            row(
                "account",
                "AccountDTO",
                row("amount", "Number", example="900", text="累计充值(分)"),
                row("gift", "GiftDTO", row("amount", "Number", example="50", text="累计赠送(分)")),
            )
        ],
        [row("account_no", required="必须")],
    ),
    "a coded echo": page(
        [
            row(
                "result",
                "Result",
                row("kind", example="A", text="种类: A(甲), B(乙)"),
                row("level", "Number", example="1", text="等级: 1(低), 2(高)"),
                row("grade", example="7"),
            )
        ],
        [row("kind"), row("level", "Number"), row("grade", text="等级: 7(好), 8(坏)")],
    ),
    "echoes of every type": page(
        [
            row(
                "result",
                "Result",
                row("urgent", "Boolean", example="true"),
                row("since", "Date", example="2018-01-02 12:00:00"),
                row("cost", "Price", example="5.20"),
                row("request_id", example="1"),
                row("note", example="x"),
            ),
            row("request_id", example="1", text="请求编号: 1(甲), 2(乙)"),
            row(
                "items",
                "Item []",
                row("item_id", example="7"),
                row("state", example="NEW", text="状态: NEW(新), OLD(旧)"),
            ),
        ],
        [
            row("urgent", "Boolean", required="必须"),
            row("since", "Date", required="必须", example="2018-01-02 12:00:00"),
            row("cost", "Price", required="必须", example="5.20"),
            row("item_id", required="必须"),
            row("request_id", required="必须"),
            row("where", "Place", row("x", "Number"), required="必须"),
        ],
    ),
    "an id at two levels": page(
        [
            row(
                "order",
                "OrderDTO",
                row("order_id", "Number"),
                row("parent", "OrderDTO", row("order_id", "Number"), row("title")),
            )
        ],
        [row("order_id", "Number", required="必须")],
    ),
    "decimals and maps": page(
        [
            row(
                "result",
                "Result",
                row("rate", "BigDecimal", example="12.50"),
                row("weights", "Double []", example="0.25"),
                row("extra", "Map", example=""),
                row("extras", "Map []", example=""),
                row("count", "long", example="3"),
            ),
        ],
        [row("rate", "BigDecimal", required="必须", example="0.5"), row("word")],
    ),
    "objects in a request": page(
        [row("result", "Result", row("name"), row("done", "Boolean", example="true"))],
        OBJECTS,
        java=java(OBJECTS),
    ),
    "names of the platform": page(
        [
            row(
                "route",
                "RouteDTO",
                row("method", example="AIR", text="方式: AIR(空运), SEA(海运)"),
                row("sign", "Number", example="0", text="签收: 0(未签), 1(已签)"),
                row("timestamp", "Number", text="累计时长"),
                row("v"),
            )
        ],
        [row("route_id"), row("carrier")],
    ),
}


@dataclass(frozen=True)
class Toy:
    """A toy contract with its judges and cases."""

    contract: object
    judges: Judges
    cases: Cases
    sample: bytes
    engines: dict


def _engines(files):
    """Return two ways to ask the schemas, by format."""
    schema = json.loads(files["response.schema.json"])
    compiled, reference = jsonschema_rs.Draft202012Validator(schema), Draft202012Validator(schema)
    xsd = XMLSchema10(files["response.xsd"])
    libxml2 = etree.XMLSchema(etree.fromstring(files["response.xsd"].encode()))
    return {
        "json": [lambda b: compiled.is_valid(json.loads(b)),
                 lambda b: reference.is_valid(json.loads(b))],
        "xml": [lambda b: libxml2.validate(etree.fromstring(b)),
                lambda b: xsd.is_valid(ET.fromstring(b))],
    }  # fmt: skip


def build(name):
    """Build a toy."""
    contract, shown = derive_contract(read(TOYS[name])), sample(TOYS[name])
    judges, cases = Judges(contract), Cases(contract)
    return Toy(contract, judges, cases, shown, _engines(derived_files(contract)))


BUILT = {name: build(name) for name in TOYS}
CLAUSES = [
    pytest.param(toy, clause, id=f"{name}: {clause.id}")
    for name, toy in BUILT.items()
    for clause in toy.contract.clauses
    if clause.side not in ("error_response", "wire")
]


@pytest.mark.parametrize(("toy", "clause"), CLAUSES)
def test_every_clause_of_a_toy_is_kept_and_broken(toy, clause):
    """Each clause has cases, and in every format what keeps it passes, what breaks it does not."""
    cases = toy.cases.of(clause)
    assert cases
    for case in cases:
        for fmt in case.formats:

            def keeps_and_breaks(pair, fmt=fmt, name=case.name):
                kept = judge_as(toy.judges, clause.side, fmt, pair.kept)
                assert kept.findings == (), name
                assert clause.id in kept.tried, name
                broken = judge_as(toy.judges, clause.side, fmt, pair.broken)
                assert clause.id in broken.clauses, name

            over_pairs(case, fmt, keeps_and_breaks)


@pytest.mark.parametrize("name", TOYS)
def test_the_sample_of_a_toy_conforms(name):
    """The XML sample that settles the depth is judged by what it settled."""
    toy = BUILT[name]
    assert toy.judges.response.judge(toy.sample, "xml").findings == ()


@pytest.mark.parametrize("name", TOYS)
def test_a_contract_survives_its_file(name):
    """What is written to contract.json is read back as it was, sides and paths of clauses too."""
    contract = BUILT[name].contract
    again = from_json(to_json(contract))
    assert again == contract
    assert again.located == contract.located
    assert len(again.located) == len(again.by_id) == len(contract.clauses)


@pytest.mark.parametrize("name", TOYS)
def test_only_a_parameter_is_said_to_be_required(name):
    """The page says it of parameters alone; an older file that says it of errors reads alike."""
    contract = BUILT[name].contract
    data = json.loads(to_json(contract))
    for side, kind in (("request", bool), ("response", type(None)), ("error", type(None))):
        rows = [*data[side]]
        while rows:
            row = rows.pop()
            assert isinstance(row["required"], kind), (side, row["name"])
            rows += row["children"]
    for row in data["error"]:
        row["required"] = row["name"] in ("code", "msg")
    assert from_json(json.dumps(data)) == contract


#: The ids of clauses across exchanges: of names that stand twice on a page, and that stand once.
NAMED = [
    pytest.param(name, path, fact, f"exchange.{short}.{fact}", id=f"{name}: {path} {fact}")
    for name, path, facts, short in [
        ("two states", "result.status", ("echo",), "result.status"),
        ("two states", "result.refund.status", ("echo",), "refund.status"),
        ("two states", "result.refund.fee", ("accumulates",), "fee"),
        ("two sums", "account.amount", ("accumulates",), "account.amount"),
        ("two sums", "account.gift.amount", ("accumulates",), "gift.amount"),
        ("a coded echo", "result.kind", ("echo",), "kind"),
        ("a coded echo", "result.level", ("echo",), "level"),
        ("echoes of every type", "result.urgent", ("echo",), "urgent"),
        ("echoes of every type", "result.since", ("echo",), "since"),
        ("echoes of every type", "result.cost", ("echo",), "cost"),
        ("echoes of every type", "result.request_id", ("echo", "exact"), "result.request_id"),
        ("an id at two levels", "order.order_id", ("echo", "exact"), "order.order_id"),
        ("an id at two levels", "order.parent.order_id", ("echo", "exact"), "parent.order_id"),
        ("names of the platform", "route.method", ("echo",), "method"),
        ("names of the platform", "route.sign", ("echo",), "sign"),
        ("names of the platform", "route.timestamp", ("accumulates",), "timestamp"),
    ]
    for fact in facts
]


@pytest.mark.parametrize(("name", "path", "fact", "clause_id"), NAMED)
def test_an_exchange_id_takes_as_much_path_as_tells_it_apart(name, path, fact, clause_id):
    """The last name of a path enters the id, and what stands before it only if it must."""
    assert BUILT[name].contract.exchange_clause(path, fact).id == clause_id


@pytest.mark.parametrize(("name", "path", "fact", "clause_id"), NAMED)
def test_each_place_of_a_name_is_judged_by_its_own_clause(name, path, fact, clause_id):
    """What breaks the clause of one place breaks no clause of another place of that name."""
    toy = BUILT[name]
    (case,) = toy.cases.of(toy.contract.exchange_clause(path, fact))
    for fmt in case.formats:

        def breaks_only_its_own(pair):
            assert judge_as(toy.judges, "exchange", "", pair.broken).clauses == {clause_id}

        over_pairs(case, fmt, breaks_only_its_own)


#: The clauses across exchanges that are not about every page.
ACROSS = {
    "a coded echo": {"kind.echo", "level.echo", "grade.echo"},
    # neither what stands in a list nor the platform's own id is compared with anything
    "echoes of every type": {"urgent.echo", "since.echo", "cost.echo", "result.request_id.echo",
                             "result.request_id.exact", "item_id.exact"},
}  # fmt: skip


@pytest.mark.parametrize("name", ACROSS)
def test_only_what_is_judged_has_a_clause_across_exchanges(name):
    """No code and no object is an id, and what the judge reads nowhere is not compared."""
    everywhere = ("required", "refused", "parity")
    clauses = [c for c in BUILT[name].contract.clauses if c.side == "exchange"]
    found = {clause.id for clause in clauses if clause.fact not in everywhere}
    assert found == {f"exchange.{one}" for one in ACROSS[name]}


def test_names_of_the_platform_are_told_apart_by_the_fact():
    """A field may be called as a parameter of the platform, which has a clause of its own."""
    contract = BUILT["names of the platform"].contract
    assert contract.exchange_clause("method", "refused").id == "exchange.method.refused"
    assert contract.exchange_clause("route.method", "echo").id == "exchange.method.echo"


@pytest.mark.parametrize("name", TOYS)
@settings(max_examples=30)
@given(data=st.data())
def test_engines_agree_on_a_toy(name, data):
    """On a toy's messages, kept and broken, the engines of both formats agree among themselves."""
    toy = BUILT[name]
    clauses = [c for c in toy.contract.clauses if c.side == "response"]
    cases = [case for clause in clauses for case in toy.cases.of(clause)]
    case = data.draw(st.sampled_from([c for c in cases if c.clause.id != "response.lexical"]))
    fmt = data.draw(st.sampled_from(case.formats))
    pair = data.draw(case.pairs(fmt))
    for body in (pair.kept, pair.broken):
        said = [accepts(body) for accepts in toy.engines[fmt]]
        assert said in ([True, True], [False, False])


LIST = '{"toy_get_response":{"toys":{"toy_d_t_o":[{"tags":{"string":["a","b"]}},{"toy_id":%s}]}}}'


def test_a_finding_in_a_list_names_the_item():
    """The clause of a list's item has no number, the path of a finding has."""
    judgement = BUILT["lists"].judges.response.judge((LIST % '"x"').encode(), "json")
    (finding,) = judgement.findings
    assert finding.clause.id == "response.toys.toy_d_t_o.toy_id.type"
    assert finding.path == "toys.toy_d_t_o[1].toy_id"


def test_the_same_list_in_xml():
    """Repeated elements are items, not members that stand twice."""
    body = (
        "<toy_get_response><toys><toy_d_t_o><tags><string>a</string><string>b</string></tags>"
        "</toy_d_t_o><toy_d_t_o><toy_id>x</toy_id></toy_d_t_o></toys></toy_get_response>"
    )
    (finding,) = BUILT["lists"].judges.response.judge(body.encode(), "xml").findings
    assert finding.clause.id == "response.toys.toy_d_t_o.toy_id.type"
    assert finding.path == "toys.toy_d_t_o[1].toy_id"


def test_simplify_flattens_lists():
    """Asked for with simplify, a list stands without its wrapper."""
    body = b'{"total":1,"toys":[{"toy_id":1,"tags":["a"]},{"sizes":["x"]}]}'
    judgement = BUILT["lists"].judges.response.judge(body, "json", simplify=True)
    assert judgement.clauses == {"response.toys.toy_d_t_o.sizes.number.type"}


def test_no_outcome_is_asked_of_several_members():
    """The rule `one_outcome` holds only where the page has one top-level member, an object."""
    ids = {clause.id for clause in BUILT["flat"].contract.clauses}
    assert not any(one.endswith(".required") and one.startswith("response.") for one in ids)
    assert "response.a.required" in {clause.id for clause in BUILT["five levels"].contract.clauses}
