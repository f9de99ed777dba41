"""`topcheck explain`: what is told of a clause, of each kind, and of what is none."""

import functools

import pytest
from click.testing import CliRunner

from tests.workspace import WORKSPACE
from topcheck.cli import explain, workspaces
from topcheck.cli.commands import commands
from topcheck.contract import protocol
from topcheck.contract.sdk import SDK_RULES

PAID = "response.result.model.paid_fee"


@pytest.fixture(autouse=True)
def _once(monkeypatch):
    """The workspace is loaded, and the cases of the gate are made, once for all tests here."""
    monkeypatch.setattr(explain, "sdk_cases", CASES)
    monkeypatch.setattr(workspaces, "open_workspace", lambda *_, **__: WORKSPACE)


CASES = functools.cache(explain.sdk_cases)
#: A clause of each fact and source of each side.
KINDS = {(c.side, c.fact, c.source, c.rule): c for c in WORKSPACE.clauses()}


def told(clause):
    """Run the command; return what it says by its labels."""
    ran = CliRunner().invoke(commands, ["explain", clause], standalone_mode=False)
    assert ran.exception is None, ran.exception
    lines = ran.output.splitlines()
    assert lines[0].startswith(f"{clause}  [")
    found = []
    for line in lines[1:]:
        label, words = line[2:14].strip(), line[15:]
        found.append((label, words) if label else (found[-1][0], f"{found.pop()[1]}\n{words}"))
    return found


def text(clause, label):
    """Return what is told under a label."""
    return [words for name, words in told(clause) if name == label]


@pytest.mark.parametrize("clause", KINDS.values(), ids=lambda clause: clause.id)
def test_each_kind_of_clause_is_explained(clause):
    """Its words with their line, its rule with its source, and both messages in each format."""
    lines = dict(told(clause.id))
    assert lines["rule"]
    assert lines["from"]
    if clause.quote:
        assert lines[f"page:{clause.line}"] == clause.quote
    if clause.rule:
        assert lines["rule"] == f"{clause.rule}: {protocol.RULES[clause.rule]}"
        assert lines["from"] == protocol.STATED[clause.rule][1]
    if clause.source == "inferred":
        assert "inferred.toml" in lines["from"]
    for fmt in ("json", "form" if clause.side == "request" else "xml"):
        if WORKSPACE.cases_of(clause, fmt):
            assert lines[f"kept {fmt}"] != lines[f"broken {fmt}"] or clause.side in (
                "exchange",
                "wire",
            )
        else:
            assert lines[fmt] == "it cannot be broken in this format"


def test_a_type_has_its_constraints_and_messages():
    """Where they stand in both schemas, and what they say; the plainest message of either side."""
    (schema,) = text(f"{PAID}.type", "JSON Schema")
    assert schema.endswith('/model/properties/paid_fee: "type": "integer"')
    assert text(f"{PAID}.type", "XSD")[0].endswith('/result/model/paid_fee: base="xs:integer"')
    assert '"paid_fee":0' in text(f"{PAID}.type", "kept json")[0]
    assert '"paid_fee":"abc"' in text(f"{PAID}.type", "broken json")[0]
    also = "(letters; also: quoted, fraction, empty, boolean, members)"
    assert text(f"{PAID}.type", "broken json")[0].endswith(also)


@pytest.mark.parametrize(
    ("clause", "label", "said"),
    [
        (f"{PAID}.range", "JSON Schema", '"maximum": 9223372036854775807'),
        (f"{PAID}.range", "XSD", 'maxInclusive="9223372036854775807"'),
        (f"{PAID}.lexical", "XSD", 'pattern="0|-?[1-9][0-9]*"'),
        ("response.result.model.checkout_status.enum", "XSD", 'enumeration="INIT" '),
        ("response.result.model.paid_time.format", "JSON Schema", '"maxLength": 19'),
        ("response.result.required", "XSD", 'minOccurs="1"'),
        ("response.result.model.known", "JSON Schema", '"additionalProperties": false'),
        ("response.result.model.type", "XSD", "complexType"),
        ("wire.body.root", "JSON Schema", '"required": ["alibaba_'),
        (f"{PAID}.consistent", "JSON Schema", "nothing in it stands for this clause alone"),
        (f"{PAID}.place", "XSD", "nothing in it stands for this clause alone"),
    ],
)
def test_the_constraint_of_a_schema(clause, label, said):
    """The keyword with its value, the facet, or that there is none."""
    assert any(said in words for words in text(clause, label))


def test_what_no_answer_shows_is_told_as_exchanges():
    """What was asked, how long it took, all headers, and the body."""
    words = "\n".join(line for _, line in told("wire.http.gzip"))
    assert "Content-Encoding: gzip" in words
    assert "after 2.5 s" in "\n".join(line for _, line in told("wire.http.latency"))
    assert text("wire.http.connection", "broken json")[0].startswith("asked")
    assert "no answer after" in "\n".join(line for _, line in told("wire.http.connection"))


@pytest.mark.parametrize("clause", SDK_RULES)
def test_each_clause_of_an_sdk_is_explained(clause):
    """Its rule, what an SDK is asked, what it is answered; or that it has no case of its own."""
    lines = dict(told(clause))
    assert lines["rule"] == SDK_RULES[clause]
    if "case" not in lines:
        assert clause == "sdk.driver.protocol"
        assert lines["cases"].startswith("none of its own")
        return
    assert lines["call"].startswith(("json", "xml"))
    assert lines["answer"]
    assert int(lines["cases"].partition(":")[0]) > 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (f"{PAID}.tpye", f"did you mean {PAID}.type"),
        ("response.paid_fee.type", "there is no clause"),
        ("sdk.request.sign_sha256", "did you mean sdk.request.sign_hmac_sha256"),
        ("WIRE.HTTP.GZIP", "there is no clause WIRE.HTTP.GZIP"),
        ("nothing like it", "topcheck gate --verbose lists them"),
        ("", "topcheck gate --verbose lists them"),
        (PAID, f"is the beginning of 7 clauses, and one is explained: {PAID}.type"),
        ("sdk", "is the beginning of 57 clauses"),
        ("wire.sign.*", "is a pattern of 3 clauses"),
        ("*", "is a pattern of"),
        ("nothing.*", "there is no clause nothing.*"),
    ],
)
def test_what_is_no_clause_is_one_line(given, said):
    """The nearest ids, or that a pattern or a beginning is given; the exit code is 2."""
    found = CliRunner().invoke(commands, ["explain", given], standalone_mode=False)
    words = str(found.exception)
    assert said in words
    assert "\n" not in words
    assert len(words) < 700
    assert type(found.exception).__name__ == "ClickException"


def test_what_cannot_be_printed_is_escaped():
    """No control character of a message reaches a terminal."""
    for clause in ("response.result.model.paid_time.format", "wire.body.encoding"):
        assert all(words.replace("\n", "").isprintable() for _, words in told(clause))
