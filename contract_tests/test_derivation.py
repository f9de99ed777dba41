"""The committed files are what the page gives, and the page keeps its own contract."""

import re

import pytest

from topcheck.contract.files import derived_files, differences, rules_text
from topcheck.contract.inferred import read_types
from topcheck.contract.page.read import derive_contract, read_page
from topcheck.generate import trees
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import write_json, write_xml
from topcheck.wire.xml_reader import read_xml

FILES = (
    "contract.json",
    "request.schema.json",
    "response.schema.json",
    "error_response.schema.json",
    "response.xsd",
    "orders.schema.json",
    "openapi.json",
)


def test_derived_files_are_what_the_page_gives(workspace):
    """Nothing that is derived was edited by hand, and nothing is stale."""
    rules = rules_text(workspace.folder)
    page = read_page((workspace.folder / "page.txt").read_bytes(), read_types(rules))
    files = derived_files(derive_contract(page, rules))
    assert set(files) == set(FILES)
    assert list(differences(files, workspace.folder, exact=True)) == []


@pytest.fixture
def page(workspace):
    """The page of this home, read."""
    types = read_types(rules_text(workspace.folder))
    return read_page((workspace.folder / "page.txt").read_bytes(), types)


def test_every_line_of_the_page_became_something(page):
    """No line of the page is lost."""
    lines = [line.number for line in page.layout.lines if line.text.strip()]
    assert [number for number in lines if number not in page.margin] == []


def xml_sample(page, heading):
    """Return the XML sample below a heading, as it stands on the page."""
    text = "\n".join(line.text for line in page.layout.sections[heading])
    return text[text.index("<") :].strip().encode()


def test_the_xml_samples_conform(page, judges):
    """The page's XML samples keep every clause."""
    for heading in ("响应示例", "异常示例"):
        assert judges.response.judge(xml_sample(page, heading), "xml").findings == ()


def test_the_derived_json_twins_conform(workspace, judges):
    """The JSON twins, which the page does not show and we derive, keep every clause."""
    for sample in (workspace.sample, workspace.error_sample):
        assert judges.response.judge(write_json(sample), "json").findings == ()


def neutral(element, field):
    """Turn an XML element into the neutral tree that both formats are written from."""
    if not field.holds_members:
        return Node(field.name, trees.KINDS.get(field.family, Kind.STRING), element.text)
    root = Node(field.name, Kind.OBJECT)
    for name, member in field.fields.items():
        found = [neutral(child, member) for child in element.children if child.name == name]
        if member.repeated:
            found = [Node(name, Kind.ARRAY, children=found)]
        root.children.extend(found)
    return root


@pytest.mark.parametrize("side", ["response", "error_response"])
def test_the_examples_make_the_samples(workspace, page, side):
    """What the tables give as examples is what the XML samples show, and nothing else."""
    root, sample, heading = {
        "response": (workspace.contract.response, workspace.sample, "响应示例"),
        "error_response": (workspace.contract.error, workspace.error_sample, "异常示例"),
    }[side]
    element = read_xml(xml_sample(page, heading)).root.children[0]
    shown = trees.document(neutral(element, root))
    assert write_xml(sample) == write_xml(shown)


def _flows(workspace):
    return workspace.flows


@pytest.mark.each("flow", _flows)
def test_a_flow_tells_of_every_code(contract, flow):
    """A flow orders exactly the codes that the page lists: a new code has a place in it."""
    told = [code for stage in flow.stages for code in stage]
    assert sorted(told) == sorted(trees.field_at(contract.response, flow.path).enum)


def test_ids_are_built_from_side_path_and_fact(contract):
    """A clause has one name everywhere: side, path on the wire, fact, in ASCII."""
    sides = "request|response|error_response|wire|exchange"
    for clause in contract.clauses:
        assert re.fullmatch(rf"({sides})(\.[A-Za-z0-9_]+)*\.[a-z_0-9]+", clause.id)
        across = clause.side == "exchange"
        path = contract.short_names.get(clause.path, clause.path) if across else clause.path
        assert clause.id == ".".join(filter(None, (clause.side, path, clause.fact)))


@pytest.mark.parametrize("side", ["response", "error_response"])
def test_every_field_has_a_type_clause(contract, side):
    """No field of either tree is without a clause about its type."""
    facts = {clause.id: clause.fact for clause in contract.clauses}
    for field in contract.trees[side].walk():
        assert facts[field.clause_id("type")] == "type"
