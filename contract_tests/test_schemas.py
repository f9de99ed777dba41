"""The published schemas: what they accept and refuse, and that each constraint earns its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contract_tests import schemas
from contract_tests.pairs import over_pairs
from topcheck.contract.model import Severity
from topcheck.generate import trees
from topcheck.generate.values import CHARACTERS, TEXTS, value
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import write_json, write_xml

SIDES = tuple(schemas.JSON_FILES)


def _named(constraints):
    """Return a function that gives the clauses that a schema names, in the contract's order."""

    def named(workspace):
        ids = {one for constraint in constraints(workspace) for one in constraint.clauses}
        return [clause for clause in workspace.clauses(*SIDES) if clause.id in ids]

    return named


# blanks around a number are invisible to an XSD: docs/schemas.md
def _visible(case):
    return not (case.clause.fact == "lexical" and case.name == "blanks")


@pytest.mark.parametrize("side", SIDES)
def test_json_schemas_are_schemas(workspace, side):
    """Each JSON Schema is valid against its own dialect."""
    Draft202012Validator.check_schema(schemas.json_schema(workspace, side))


@pytest.mark.parametrize("side", SIDES)
def test_every_constraint_names_its_clause(workspace, side):
    """No constraint of a JSON Schema is without the clause it stands for."""
    assert schemas.unannotated_json(schemas.json_schema(workspace, side)) == []


@pytest.mark.evidence("schema")
@pytest.mark.each("clause", _named(schemas.json_constraints))
def test_json_schema_accepts_and_refuses(workspace, clause):
    """The published JSON Schema accepts what keeps a clause it names and refuses what breaks it."""
    for case in workspace.cases_of(clause, "json"):

        def accepts_and_refuses(pair, name=case.name):
            assert schemas.accepts_json(workspace, clause.side, pair.kept)
            assert not schemas.accepts_json(workspace, clause.side, pair.broken), name

        over_pairs(case, "json", accepts_and_refuses)


@pytest.mark.evidence("schema")
@pytest.mark.each("clause", _named(schemas.xsd_constraints))
def test_xsd_accepts_and_refuses(workspace, clause):
    """The published XSD accepts what keeps a clause it names, and refuses what breaks it."""
    for case in filter(_visible, workspace.cases_of(clause, "xml")):

        def accepts_and_refuses(pair, name=case.name):
            assert schemas.accepts_xml(workspace, pair.kept)
            assert not schemas.accepts_xml(workspace, pair.broken), name

        over_pairs(case, "xml", accepts_and_refuses)


def _misplaced_in(path):
    """Return what the cases are called that put a name where it does not belong: into a path."""
    return f"in {path or 'the root'}"


def _is_covered(constraint, shown):
    """Whether a message is among those that one constraint refuses."""
    if constraint.keyword == "additionalProperties" and shown.clause.fact == "place":
        return shown.name == _misplaced_in(constraint.path.replace("(document)", ""))
    return shown.clause.id in constraint.clauses


@pytest.mark.each("constraint", schemas.json_constraints)
def test_json_constraint_earns_its_place(workspace, constraint):
    """Without one constraint, exactly the messages that break its clauses are accepted."""
    weakened = schemas.without_json(workspace, constraint)
    refused = schemas.refused(workspace, "json", constraint.side)
    pool = [*refused, *_documents_without(workspace.contract, constraint)]
    accepted = [shown for shown, body in pool if weakened.is_valid(body)]
    assert [shown for shown in accepted if not _is_covered(constraint, shown)] == []
    told = {shown.clause.id for shown in accepted if shown.clause.fact != "place"}
    assert told == set(constraint.clauses)


def _documents_without(contract, constraint):
    """Return what breaks the constraints of the document itself, which stand for its root."""
    bodies = {"type": [], "required": {}}
    if constraint.path != "(document)" or constraint.keyword not in bodies:
        return []
    broken = schemas.BrokenMessage(contract.by_id["wire.body.root"], "", b"")
    return [(broken, bodies[constraint.keyword])]


@pytest.mark.each("constraint", schemas.xsd_constraints)
def test_xsd_constraint_earns_its_place(workspace, constraint):
    """Without one constraint, exactly the messages that break its clauses are accepted.

    The facets of an element stand on its type: without the type, all that is wrong at this element
    or below it is accepted.
    """
    weakened = schemas.without_xsd(workspace, constraint)
    pool = schemas.refused(workspace, "xml", constraint.side)
    accepted = [shown for shown, element in pool if weakened.is_valid(element)]
    root = workspace.contract.trees[constraint.side]
    inside = {field.path for field in trees.field_at(root, constraint.path).walk()}
    for shown in accepted:
        if constraint.keyword != "type":
            assert shown.clause.id in constraint.clauses
        elif shown.clause.fact == "place":
            assert shown.name in set(map(_misplaced_in, inside))
        else:
            assert (shown.clause.side, shown.clause.path in inside) == (constraint.side, True)
    assert set(constraint.clauses) <= {shown.clause.id for shown in accepted}


# ------------------------------------------------------------------ both schemas say the same


def _values(contract, field):
    """Return values for a leaf, good and bad, that both formats spell alike."""
    kind = trees.KINDS.get(field.family, Kind.STRING)
    good = value(field).map(lambda v: trees.scalar(field, v))
    codes = [code for one in contract.coded for code in one.enum]
    days = ["2018-02-30 00:00:00", "2016-02-29 23:59:59"]
    words = st.sampled_from([*TEXTS, *codes, *days, "true"])
    texts = (words | st.text(CHARACTERS, max_size=20)).filter(_has_no_drift)
    odd = texts.map(lambda text: Node(field.name, Kind.STRING, text))
    numbers = st.integers(-(2**66), 2**66).map(lambda n: Node(field.name, Kind.NUMBER, str(n)))
    return good | (odd if kind is not Kind.NUMBER else odd | numbers)


def _has_no_drift(text):
    """What one format reads as a number and the other as text is no common value."""
    return text.strip() not in ("0", "007", "true", "false") and not text.strip().isdecimal()


@st.composite
def _documents(draw, workspace, root):
    document = draw(workspace.cases.kept(root.side))
    leaves = [f for f in root.walk() if not f.holds_members and trees.spot(document, f.path)]
    for leaf in leaves if draw(st.booleans()) else leaves[:1]:
        trees.spot(document, leaf.path).replace(draw(_values(workspace.contract, leaf)))
    return document


@pytest.mark.parametrize("side", ["response", "error_response"])
def test_json_schema_and_xsd_agree(workspace, side):
    """JSON Schema and XSD accept and refuse the same generated values."""

    @settings(max_examples=80)
    @given(_documents(workspace, workspace.contract.trees[side]))
    def agree(document):
        in_json = schemas.accepts_json(workspace, side, write_json(document))
        assert schemas.accepts_xml(workspace, write_xml(document)) == in_json

    agree()


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_the_judge_refuses_what_the_schemas_refuse(workspace, judges, fmt):
    """No broken message that a schema refuses passes the judge, and drift is all it lets pass."""
    for shown in schemas.shown(workspace, fmt, "response", "error_response"):
        judgement = judges.response.judge(shown.body, fmt)
        if not schemas.accepts(workspace, fmt, shown.clause.side, shown.body):
            assert judgement.severity in (Severity.DRIFT, Severity.VIOLATION), shown
