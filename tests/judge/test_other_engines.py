"""Two engines that share no code with the reference accept and refuse as it does."""

import json
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from contract_tests import schemas
from tests.workspace import WORKSPACE
from topcheck.wire.write import write_json, write_xml

SIDES = ("request", "response", "error_response")


@pytest.fixture(scope="module")
def libxml2():
    """The published XSD in libxml2."""
    text = schemas.published(WORKSPACE, schemas.XSD_FILE)
    return etree.XMLSchema(etree.fromstring(text.encode()))


def agree_on_xml(libxml2, body):
    """Compare libxml2 and xmlschema on one body."""
    assert libxml2.validate(etree.fromstring(body)) == schemas.accepts_xml(WORKSPACE, body), body


def agree_on_json(side, body):
    """Compare jsonschema-rs and jsonschema on one body."""
    engine = jsonschema_rs.Draft202012Validator(schemas.json_schema(WORKSPACE, side))
    assert engine.is_valid(json.loads(body)) == schemas.accepts_json(WORKSPACE, side, body), body


@pytest.mark.parametrize("side", SIDES)
def test_jsonschema_rs_agrees_on_every_case(side):
    """On a broken message of every case, the compiled engine says what jsonschema says."""
    shown = schemas.shown(WORKSPACE, "json", side)
    assert shown
    for one in shown:
        agree_on_json(side, one.body)


def test_libxml2_agrees_on_every_case(libxml2):
    """On a broken message of every case, libxml2 says what xmlschema says."""
    shown = schemas.shown(WORKSPACE, "xml", "response", "error_response")
    assert shown
    for one in shown:
        agree_on_xml(libxml2, one.body)


@pytest.mark.parametrize("side", ["response", "error_response"])
@settings(max_examples=100)
@given(data=st.data())
def test_all_engines_agree_on_generated_messages(libxml2, side, data):
    """On generated messages, conforming and broken, every engine says the same."""
    cases = [c for clause in WORKSPACE.clauses(side) for c in WORKSPACE.cases.of(clause)]
    trees = [case for case in cases if case.clause.source != "inferred" and case.name not in BYTES]
    case = data.draw(st.sampled_from(trees))
    fmt = data.draw(st.sampled_from(case.formats))
    pair = data.draw(case.pairs(fmt))
    for body in (pair.kept, pair.broken):
        if fmt == "json":
            agree_on_json(side, body)
        else:
            agree_on_xml(libxml2, body)


#: Cases that never pass the lexical layer.
BYTES = ("byte order mark", "other charset")

NUMBERS = (2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**30, 0.5, 1e18, True)


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_engines_agree_on_numbers(number):
    """At the ends of the range and beyond, no engine rounds a number."""
    body = json.dumps({"error_response": {"code": number, "msg": "m"}})
    agree_on_json("error_response", body)


@settings(max_examples=200)
@given(st.text())
def test_engines_agree_on_texts(text):
    """A pattern means the same in every dialect, newlines and foreign digits included."""
    root = WORKSPACE.contract.root
    body = json.dumps({root: {"result": {"model": {"paid_time": text, "checkout_status": text}}}})
    agree_on_json("response", body)


def test_the_sample_is_accepted_by_all(libxml2):
    """The page's sample, and its derived twin, are accepted everywhere."""
    assert libxml2.validate(etree.fromstring(write_xml(WORKSPACE.sample)))
    assert schemas.xsd(WORKSPACE).is_valid(ET.fromstring(write_xml(WORKSPACE.sample)))
    agree_on_json("response", write_json(WORKSPACE.sample))
