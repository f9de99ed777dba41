"""Toy contracts through the whole chain: what this page lacks, other pages have.

Lists of objects and of texts, prices, dates by type, limits, required parameters, several
top-level members, five levels: each clause of each toy is kept and broken like our own.
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

from contract_tests.pairs import over_pairs
from tests.pages import page, row, sample
from topcheck.contract.contract import from_json, to_json
from topcheck.contract.page.derive import derive
from topcheck.generate import trees
from topcheck.generate.cases import Cases
from topcheck.judge.judges import Judges
from topcheck.wire.xml_reader import read_xml

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
    derived, shown = derive(TOYS[name].encode()), sample(TOYS[name])
    contract = derived.contract
    element = read_xml(shown).root.children[0]
    document = trees.document(trees.neutral(element, contract.response))
    judges, cases = Judges(contract), Cases(contract, (), document)
    return Toy(contract, judges, cases, shown, _engines(derived.files))


BUILT = {name: build(name) for name in TOYS}
CLAUSES = [
    pytest.param(toy, clause, id=f"{name}: {clause.id}")
    for name, toy in BUILT.items()
    for clause in toy.contract.clauses
    if not clause.id.startswith(("error_response.", "wire."))
]


@pytest.mark.parametrize(("toy", "clause"), CLAUSES)
def test_every_clause_of_a_toy_is_kept_and_broken(toy, clause):
    """Each clause has cases, and in every format what keeps it passes, what breaks it does not."""
    cases = toy.cases.of(clause)
    assert cases
    side = clause.id.partition(".")[0]
    for case in cases:
        for fmt in case.formats:

            def keeps_and_breaks(pair, fmt=fmt, name=case.name):
                assert toy.judges.judge(side, fmt, pair.kept).findings == ()
                assert clause.id in toy.judges.judge(side, fmt, pair.broken).clauses, name

            over_pairs(case, fmt, keeps_and_breaks)


@pytest.mark.parametrize("name", TOYS)
def test_the_sample_of_a_toy_conforms(name):
    """The XML sample that settles the depth is judged by what it settled."""
    toy = BUILT[name]
    assert toy.judges.response.judge(toy.sample, "xml").findings == ()


@pytest.mark.parametrize("name", TOYS)
def test_a_contract_survives_its_file(name):
    """What is written to contract.json is read back as it was."""
    contract = BUILT[name].contract
    assert from_json(to_json(contract)) == contract


@pytest.mark.parametrize("name", TOYS)
@settings(max_examples=30)
@given(data=st.data())
def test_engines_agree_on_a_toy(name, data):
    """On a toy's messages, kept and broken, the engines of both formats agree among themselves."""
    toy = BUILT[name]
    clauses = [c for c in toy.contract.clauses if c.id.startswith("response.")]
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
