"""The committed files are what the page gives, and the page keeps its own contract."""

import re

import pytest

from topcheck.contract.derive import derive as derive_page
from topcheck.contract.derive import differences, rules_text
from topcheck.contract.field import error_field, response_field
from topcheck.message.write import write_json

FILES = (
    "contract.json",
    "request.schema.json",
    "response.schema.json",
    "error_response.schema.json",
    "response.xsd",
)


def test_derived_files_are_what_the_page_gives(suite):
    """Nothing that is derived was edited by hand, and nothing is stale."""
    derived = derive_page((suite.folder / "page.txt").read_bytes(), rules_text(suite.folder))
    assert set(derived.files) == set(FILES)
    assert list(differences(derived.files, suite.folder, exact=True)) == []


def test_every_line_of_the_page_became_something(suite):
    """No line of the page is lost."""
    lines = [line.number for line in suite.page.layout.lines if line.text.strip()]
    assert [number for number in lines if number not in suite.page.margin] == []


def test_model_and_http_status_code_are_brothers(contract):
    """The page's trap: the mark of a leaf says nothing about its depth, the sample does."""
    (result,) = contract.response
    names = [node.name for node in result.children]
    assert names[:2] == ["model", "http_status_code"]
    assert "paid_fee" in [node.name for node in result.children[0].children]


def test_the_xml_samples_conform(suite, judges):
    """The page's XML samples keep every clause."""
    for text in (suite.page.sample, suite.page.error_sample):
        assert judges.response.judge(text.encode(), "xml").findings == ()


def test_the_derived_json_twins_conform(suite, judges):
    """The JSON twins, which the page does not show and we derive, keep every clause."""
    for sample in (suite.sample, suite.error_sample):
        assert judges.response.judge(write_json(sample), "json").findings == ()


def test_the_samples_show_every_example(suite):
    """What a table gives as an example of a leaf stands in the sample as well."""
    shown = suite.page.sample
    leaves = [f for f in response_field(suite.contract).walk() if f.row and not f.holds_members]
    assert leaves
    for leaf in leaves:
        assert f"<{leaf.name}>{leaf.row.example}</{leaf.name}>" in shown


def test_ids_are_built_from_side_path_and_fact(contract):
    """A clause has one name everywhere: side, path on the wire, fact, in ASCII."""
    sides = "request|response|error_response|wire|exchange"
    for clause in contract.clauses:
        assert re.fullmatch(rf"({sides})(\.[a-z0-9_]+)*\.[a-z_0-9]+", clause.id)
        assert clause.id.endswith(f".{clause.fact}")


@pytest.mark.parametrize("root_of", [response_field, error_field], ids=["success", "error"])
def test_every_field_has_a_type_clause(contract, root_of):
    """No field of either tree is without a clause about its type."""
    for field in root_of(contract).walk():
        assert contract.clause(field.clause_id("type")).fact == "type"
