"""`openapi.json`: it says what the schemas say, names what it cannot say, and its examples hold."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from tests.page_builder import REAL, read, sample
from topcheck.contract import openapi, protocol
from topcheck.contract.contract import Contract, indented
from topcheck.contract.files import CONTRACT, ContractError, derived_files, differences, load
from topcheck.contract.model import Clause, Severity
from topcheck.contract.page.read import derive_contract
from topcheck.gateway.signing import METHODS, sign
from topcheck.generate.cases import Cases
from topcheck.generate.examples import examples
from topcheck.judge.judges import Judges
from topcheck.judge.request import RequestJudge

PAGES = {
    path.stem if path != REAL else "querystatus": path
    for path in (REAL, *sorted((Path(__file__).parents[1] / "pages").glob("*.txt")))
}
#: Those over whose cases the schemas are compared: ours, lists, and an object in a request.
JUDGED = ("querystatus", "list_of_objects", "object_parameter")
OPERATIONS = ("get", "post")


@dataclass(frozen=True)
class Described:
    """A page with its contract and its derived files."""

    text: str
    contract: Contract

    @cached_property
    def files(self):
        return derived_files(self.contract)

    @cached_property
    def document(self):
        return json.loads(self.files["openapi.json"])

    @cached_property
    def operations(self):
        (path,) = self.document["paths"].values()
        return path

    @property
    def content(self):
        return self.document["components"]["responses"]["answer"]["content"]

    @property
    def form(self):
        (content,) = self.operations["post"]["requestBody"]["content"].values()
        return content

    def validator(self, schema):
        """Return what judges by a schema of the document."""
        whole = {**schema, "components": self.document["components"]}
        return jsonschema_rs.Draft202012Validator(whole)


def described(name):
    text = PAGES[name].read_text("utf-8")
    return Described(text, derive_contract(read(text)))


DESCRIBED = {name: described(name) for name in PAGES}


@pytest.fixture(params=PAGES)
def page(request):
    return DESCRIBED[request.param]


@pytest.fixture(params=JUDGED)
def judged(request):
    return DESCRIBED[request.param]


# ------------------------------------------------------------------ answers


def bodies(contract, *sides):
    """Draw what keeps and what breaks each case of some sides, as it is parsed."""
    cases = Cases(contract)
    for clause in contract.clauses:
        if clause.side in sides or clause.id == "wire.body.root":
            for case in (case for case in cases.of(clause) if "json" in case.formats):
                (pair,) = examples(case.pairs("json"), 1)
                yield from ((case, kind, body) for kind, body in parsed(pair))


def parsed(pair):
    for kind, body in (("kept", pair.kept), ("broken", pair.broken)):
        try:
            yield kind, json.loads(body)
        except ValueError:  # no schema meets what no reader reads
            continue


def test_answers_are_judged_as_by_the_published_schemas(judged):
    """Of every case, kept and broken, it accepts what one of the two schemas accepts."""
    sides = ("response", "error_response")
    published = {
        side: jsonschema_rs.Draft202012Validator(json.loads(judged.files[f"{side}.schema.json"]))
        for side in sides
    }
    validators = [
        judged.validator(judged.content[t]["schema"]) for t in protocol.MEDIA_TYPES["json"]
    ]
    seen = Counter()
    for case, kind, body in bodies(judged.contract, *sides):
        expected = any(one.is_valid(body) for one in published.values())
        assert {one.is_valid(body) for one in validators} == {expected}, (case.clause.id, case.name)
        seen[kind, expected] += 1
    assert seen["kept", True] > 20
    assert seen["broken", False] > 20
    assert not seen["kept", False]


def test_the_schema_of_a_root_is_the_published_one(page):
    """Both formats are described by it; XML has its name besides."""
    for root in (page.contract.response, page.contract.error):
        published = json.loads(page.files[f"{root.side}.schema.json"])["properties"][root.name]
        own = page.document["components"]["schemas"][root.name]
        assert own == {**published, "xml": {"name": root.name}}
    for media_type in protocol.MEDIA_TYPES["xml"]:
        found = page.content[media_type]["schema"]["anyOf"]
        assert [one["$ref"].rpartition("/")[2] for one in found] == [
            page.contract.root, page.contract.error_root,
        ]  # fmt: skip


def test_answers_are_of_the_declared_types_and_of_one_status(page):
    """Success and error come with HTTP 200, as any media type that is right for the format."""
    declared = [*protocol.MEDIA_TYPES["json"], *protocol.MEDIA_TYPES["xml"]]
    assert [*page.content] == declared
    assert {declared_as.partition(";")[0] for declared_as in protocol.CONTENT_TYPES.values()} <= {
        *declared
    }
    for verb in OPERATIONS:
        assert page.operations[verb]["responses"] == {
            "200": {"$ref": "#/components/responses/answer"}
        }


# ------------------------------------------------------------------ examples


def test_the_examples_are_the_samples_of_the_page(page):
    """In XML they are the page's samples, element by element, and the judge finds nothing."""
    shown = page.content["text/xml"]["examples"]
    assert canonical(shown[page.contract.root]["value"]) == canonical(sample(page.text))
    assert canonical(shown["error_response"]["value"]) == canonical(error_sample(page.text))
    judge = Judges(page.contract).response
    for example in shown.values():
        assert judge.judge(example["value"].encode(), "xml").findings == ()


def canonical(text):
    """Write XML in one way; what a map holds is text on the page."""
    return ET.canonicalize(text, strip_text=True).replace("{}", "")


def error_sample(text):
    section = text[text.index("异常示例") : text.index("错误码解释")]
    return section[section.index("<") :].strip()


def test_the_examples_in_json_conform(page):
    """The JSON twins are accepted by the schema that they stand beside, and by the judge."""
    judge = Judges(page.contract).response
    for media_type in protocol.MEDIA_TYPES["json"]:
        content = page.content[media_type]
        for example in content["examples"].values():
            assert page.validator(content["schema"]).is_valid(example["value"])
            assert judge.judge(json.dumps(example["value"]).encode(), "json").findings == ()


def test_an_example_that_is_none_of_its_type_shows_nothing():
    """A page may give a text as the example of a number: that is no answer."""
    contract = DESCRIBED["flat"].contract
    odd = {"capacity": "四十", "is_open": "是"}
    rows = tuple(replace(r, example=odd.get(r.name, r.example)) for r in contract.response_rows)
    document = openapi.document(replace(contract, response_rows=rows))
    content = document["components"]["responses"]["answer"]["content"]["application/json"]
    (root, *_) = content["examples"].values()
    assert set(root["value"][contract.root]) == {"shelf_name", "opened_at"}


# ------------------------------------------------------------------ requests


def test_the_examples_of_a_request_are_taken(page):
    """What the examples make is, written as the document says, in order for the sandbox."""
    sent = dict(on_the_wire(page))
    assert {*page.contract.request.fields} >= {*sent}
    judge = RequestJudge(page.contract)
    assert judge.judge_form(tuple(sent.items())).findings == ()


def on_the_wire(page):
    own = page.contract.request.fields
    for name, schema in page.form["schema"]["properties"].items():
        if name in own and "examples" in schema:
            (value,) = schema["examples"]
            if schema.get("type") == "array":
                assert page.form["encoding"][name] == {"style": "form", "explode": False}
                value = ",".join(map(str, value))
            elif schema.get("contentMediaType") == "application/json":
                assert jsonschema_rs.is_valid(schema["contentSchema"], json.loads(value))
            yield name, str(value).lower() if isinstance(value, bool) else str(value)


def test_parameters_are_the_published_ones(page):
    """A plain one is as in the published schema; an object, or a list of them, is JSON text."""
    whole = json.loads(page.files["request.schema.json"])
    published, needed = whole["properties"], whole.get("required", [])
    assert page.form["schema"]["required"] == [*protocol.REFUSED_PARAMETERS, *needed]
    for name, field in page.contract.request.fields.items():
        own = dict(page.form["schema"]["properties"][name])
        own.pop("examples", None)
        text = {"type": "string", "contentMediaType": "application/json"}
        assert own == ({**text, "contentSchema": published[name]} if field.holds_members
                       else published[name])  # fmt: skip


def test_requests_are_judged_as_by_the_published_schema():
    """Of every case of a request, kept and broken: the platform's own parameters change nothing."""
    page = DESCRIBED["querystatus"]
    published = jsonschema_rs.Draft202012Validator(json.loads(page.files["request.schema.json"]))
    form = page.validator(page.form["schema"])
    seen = Counter()
    for case, kind, body in bodies(page.contract, "request"):
        if case.clause.side == "request" and isinstance(body, dict):
            expected = published.is_valid(body)
            assert form.is_valid({**platform(page), **body}) == expected, case.clause.id
            seen[kind, expected] += 1
    assert seen["kept", True]
    assert seen["broken", False]


def platform(page):
    """Return the platform's own parameters, as they must be."""
    return {
        "method": page.contract.method,
        "app_key": "1",
        "timestamp": "2016-02-29 12:00:00",
        "v": "2.0",
        "sign": "0" * 32,
    }


class Both:
    """Two engines that do not agree on how a pattern ends."""

    def __init__(self, schema):
        self._engines = jsonschema_rs.Draft202012Validator(schema), Draft202012Validator(schema)

    def is_valid(self, body):
        (verdict,) = {engine.is_valid(body) for engine in self._engines}
        return verdict


#: What is none of the platform's parameters as they must be.
WRONG = [
    ("method", "taobao.other"), ("v", "1.0"), ("v", 2.0), ("app_key", 1), ("sign", "a" * 32),
    ("sign", "A" * 33), ("sign", "A" * 32 + "\n"), ("timestamp", "2015-02-29 12:00:00"),
    ("timestamp", "2016-02-29T12:00:00"), ("timestamp", "2016-02-29 12:00:00\n"),
    ("timestamp", "1456718400000"), ("format", "yaml"),
    ("sign_method", "sha1"), ("simplify", "true"), ("more", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[name for name, _ in WRONG])
def test_the_platforms_parameters_are_as_documented(page, name, value):
    """Each is required or not, and has its values: what is otherwise is refused."""
    form = page.form["schema"]
    properties = {
        n: s for n, s in form["properties"].items() if n not in page.contract.request.fields
    }
    assert [*properties] == [*protocol.COMMON_PARAMETERS]
    needed = [n for n in form["required"] if n in properties]
    schema = Both({**form, "properties": properties, "required": needed})
    right = platform(page)
    optional = {"format": "json", "sign_method": "hmac-sha256", "session": "x", "simplify": "false"}
    assert schema.is_valid(right)
    assert schema.is_valid({**right, **optional})
    assert not schema.is_valid({**right, name: value})
    assert set(needed) == {*protocol.REFUSED_PARAMETERS}
    for one in needed:
        assert not schema.is_valid({n: v for n, v in right.items() if n != one})


def test_a_query_carries_the_same_and_is_signed_by_the_scheme(page):
    """Each parameter of the form stands in the query; `sign` is put there by the scheme."""
    form, query = page.form, page.operations["get"]
    found = {one["name"]: one for one in query["parameters"]}
    assert [*found] == [name for name in form["schema"]["properties"] if name != "sign"]
    for name, one in found.items():
        assert one["in"] == "query"
        assert one["schema"] == form["schema"]["properties"][name]
        assert one["required"] == (name in form["schema"]["required"])
        style = {key: one[key] for key in ("style", "explode") if key in one}
        assert style == form.get("encoding", {}).get(name, {})
    ((scheme, _),) = query["security"][0].items()
    described = page.document["components"]["securitySchemes"][scheme]
    assert (described["in"], described["name"]) == ("query", "sign")


def test_the_signature_is_described_as_it_is_made():
    """The methods are those that the sandbox takes, and their signatures are of the pattern."""
    assert tuple(METHODS) == protocol.SIGN_METHODS
    properties = DESCRIBED["querystatus"].form["schema"]["properties"]
    assert properties["sign_method"]["enum"] == [*METHODS]
    for method in METHODS:
        made = sign([("a", "1")], "secret", method)
        assert jsonschema_rs.is_valid(properties["sign"], made)
        assert not jsonschema_rs.is_valid(properties["sign"], made.lower())


# ------------------------------------------------------------------ what it cannot say


#: What its status, its media types and its operations say.
OTHERWISE_SAID = {
    "wire.http.status", "wire.http.server_error", "wire.http.content_type", "wire.transport.form",
    "wire.transport.get",
}  # fmt: skip


def test_each_clause_is_said_or_listed_with_a_reason(page):
    """Nobody can take the document for the whole contract: no clause is left out in silence."""
    listed = Counter(one for group in page.document["x-not-expressed"] for one in group["clauses"])
    assert not [clause_id for clause_id, times in listed.items() if times > 1]
    assert all(group["reason"] for group in page.document["x-not-expressed"])
    by_id = page.contract.by_id
    assert [clause_id for clause_id in listed if clause_id not in by_id] == []
    said = set(annotated(page.document)) | OTHERWISE_SAID
    assert said | set(listed) == set(by_id)
    assert {by_id[one].severity for one in said & set(listed)} == {Severity.DRIFT}
    assert [one for one in said - set(listed) if by_id[one].severity is Severity.DRIFT] == []


def annotated(data):
    """Yield the clauses that the schemas of the document name."""
    if isinstance(data, dict):
        yield from (one for ids in data.get("x-clauses", {}).values() for one in ids)
    for value in (
        data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    ):
        yield from annotated(value)


def test_what_openapi_is_blind_to_is_listed():
    """Signature, clock, duplicates, what lies between exchanges, advice and drift are named."""
    groups = DESCRIBED["querystatus"].document["x-not-expressed"]
    listed = {clause_id for group in groups for clause_id in group["clauses"]}
    clauses = DESCRIBED["querystatus"].contract.clauses
    blind = {"echo", "exact", "parity", "accumulates", "refused", "unique", "known", "null",
             "lexical"}  # fmt: skip
    for clause in clauses:
        if clause.fact in blind or clause.severity is not Severity.VIOLATION:
            assert (clause.id in listed) != (clause.id in OTHERWISE_SAID), clause.id
    assert {"wire.sign.md5", "wire.timestamp.tolerance", "wire.body.doctype"} <= listed


def test_every_fact_has_a_reason_not_to_be_said():
    """Whatever the page, it is described: a fact that no schema sees is listed with its reason."""
    clauses = DESCRIBED["flat"].contract.clauses
    families = {clause.path for clause in clauses if clause.side == "wire"}
    assert set(openapi.REASONS) == {*protocol.FACTS, *families}
    assert all(openapi.REASONS.values())


def test_a_fact_without_a_reason_is_no_document():
    """A new fact that no schema says needs a reason."""
    contract = DESCRIBED["flat"].contract
    odd = Clause("exchange.odd", "exchange", "", "odd", Severity.VIOLATION, "platform")
    with pytest.raises(KeyError, match="odd"):
        openapi.document(replace(contract, clauses=(*contract.clauses, odd)))


# ------------------------------------------------------------------ derived


def test_the_document_is_compared_byte_for_byte(tmp_path):
    """`derive --check` tells of one that was edited, and of one that is missing."""
    files = DESCRIBED["flat"].files
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert list(differences(files, tmp_path, exact=True)) == []
    edited = {**DESCRIBED["flat"].document, "openapi": "3.1.1"}
    (tmp_path / "openapi.json").write_text(indented(edited), "utf-8")
    (told,) = differences(files, tmp_path, exact=True)
    assert told.startswith("openapi.json")
    (tmp_path / "openapi.json").unlink()
    (told,) = differences(files, tmp_path, exact=True)
    assert "openapi.json: it is missing" in told


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        (lambda text: "[" * 100_000 + text, "contract.json: it is not JSON"),
        (lambda text: text.replace('"id": "request.type"', '"id": ["request.type"]'), "clauses.0"),
        (lambda text: text.replace('"required": true', '"required": 1', 1), "committed 1, derived"),
    ],
    ids=["deep", "list", "number"],
)
def test_whatever_a_contract_was_edited_into_differs(tmp_path, edited, said):
    """Nothing that JSON can hold is a fault of ours, or the same as something else."""
    files = DESCRIBED["flat"].files
    (tmp_path / CONTRACT).write_text(edited(files[CONTRACT]), "utf-8")
    told = list(differences(files, tmp_path, exact=False))
    assert any(said in one for one in told)


def test_a_contract_that_is_nested_too_deep_is_none(tmp_path):
    """As one that is no JSON."""
    (tmp_path / CONTRACT).write_text("[" * 100_000, "utf-8")
    with pytest.raises(ContractError, match=r"is not a contract: derive it again"):
        load(tmp_path)


@pytest.mark.parametrize("name", PAGES)
def test_the_same_page_gives_the_same_bytes(name):
    """Nothing in it hangs on when, where, or in which process it was written."""
    assert described(name).files["openapi.json"] == DESCRIBED[name].files["openapi.json"]
