"""The contract as OpenAPI 3.1, for fuzzers, code generators, mock servers and editors.

What it says comes from the JSON Schemas and from the protocol. The clauses that it cannot say are
listed in it, under `x-not-expressed`, by the reason.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from topcheck.contract import dates, protocol
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.json_schema import ANNOTATION, Schema, body_schema, field_schema
from topcheck.contract.model import Severity
from topcheck.wire.exchange import FORM, PATH

NOT_EXPRESSED = "x-not-expressed"

#: What is said by other means than a schema: by the status, the media types, the operations.
_SAID = {"wire.http.status", "wire.http.server_error", "wire.http.content_type",
         "wire.transport.form", "wire.transport.get"}  # fmt: skip
_RULE = "it is a rule between members, implied by the page's words"
_UNSEEN = "no schema sees it in a value of this type"
#: Why a clause is not in the document, by its fact; of the wire by its path.
REASONS: Mapping[str, str] = {
    **dict.fromkeys(("type", "range", "enum", "format", "known", "null"), _UNSEEN),
    "unique": "a reader of JSON sees one of two members that have one name",
    "lexical": "how a text was encoded and a number spelt is gone once it is read",
    "place": "the name is refused as an unknown one: that it belongs elsewhere is not said",
    **dict.fromkeys(("order", "consistent", "present", "secret"), _RULE),
    **dict.fromkeys(("echo", "exact"), "it compares an answer with its request"),
    "parity": "it compares an answer in JSON with one in XML",
    **dict.fromkeys(("accumulates", "terminal"), "it compares answers that follow each other"),
    **dict.fromkeys(("required", "alone"), "it takes several requests about one order"),
    "refused": "a refusal has HTTP 200 too: which request must get one is not said",
    "body": "it is about the bytes of a body, before they are read",
    "http": "it is about the connection, the head, the compression or the time of an answer",
    "sign": "a signature is computed from the whole request, which no security scheme can say",
    "transport": "each verb is described with one way to send: all of it in the form or the query",
    "timestamp": "it compares the time in GMT+8 with the gateway's clock, or writes it otherwise",
    "refusal": "which code answers which mistake is not said",
}
_DRIFT = "it is refused like all that is wrong: that it is drift is not said"

#: Values in one parameter, parted by commas.
_COMMAS = {"style": "form", "explode": False}


def document(contract: Contract) -> dict[str, Any]:
    """Write the OpenAPI document; the same contract always gives the same one."""
    warning = f"This is not the whole contract: see `{NOT_EXPRESSED}`."
    signature = {"type": "apiKey", "in": "query", "name": "sign"}
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": contract.method,
            "version": protocol.VERSION,
            "description": f"{contract.description}\n\n{warning}".strip(),
        },
        "paths": {PATH: _operations(contract)},
        "components": {
            "schemas": _schemas(contract),
            "responses": {"answer": _answer(contract)},
            "securitySchemes": {"signature": {**signature, "description": protocol.SIGNATURE}},
        },
    }
    return {**whole, NOT_EXPRESSED: list(_not_expressed(contract, set(_named(whole))))}


def _operations(contract: Contract) -> dict[str, Any]:
    """Write both ways to send: all in a form, or in a query that the security scheme signs."""
    form = _form(contract)
    lists = {name: _COMMAS for name, one in form["properties"].items() if "items" in one}
    content = {"schema": form, **({"encoding": lists} if lists else {})}
    body = {"required": True, "content": {FORM.partition(";")[0]: content}}
    parameters = [
        {"name": name, "in": "query", "required": name in form["required"], "schema": schema}
        | lists.get(name, {})
        for name, schema in form["properties"].items()
        if name != "sign"
    ]
    by_query = {"security": [{"signature": []}], "parameters": parameters}
    title = {"summary": contract.title} if contract.title else {}
    answers = {"responses": {"200": {"$ref": "#/components/responses/answer"}}}
    return {
        "post": {"operationId": contract.method, **title, "requestBody": body, **answers},
        "get": {"operationId": f"{contract.method}.by_query", **title, **by_query, **answers},
    }


def _form(contract: Contract) -> Schema:
    """Write the schema of all parameters, as they are on the wire."""
    schema = field_schema(contract.request)
    own = {name: _parameter(field) for name, field in contract.request.fields.items()}
    return {
        **schema,
        "required": [*protocol.REFUSED_PARAMETERS, *schema.get("required", [])],
        "properties": {**own, **_common(contract.method)},
    }


def _parameter(field: Field) -> Schema:
    """Write the schema of a parameter: an object, or a list of objects, is JSON text."""
    schema, example = field_schema(field), _example(field)
    if field.holds_members:
        media_type = protocol.MEDIA_TYPES["json"][-1]
        schema = {"type": "string", "contentMediaType": media_type, "contentSchema": schema}
        example = None if example is None else json.dumps(example, ensure_ascii=False)
    return {**schema, **({} if example is None else {"examples": [example]})}


def _common(method: str) -> dict[str, Schema]:
    """Write the schemas of the platform's own parameters."""
    date = f"^({'|'.join(dates.patterns(protocol.DATE_FORMAT))})$"
    minutes = protocol.CLOCK_TOLERANCE // 60
    known: dict[str, Schema] = {
        "method": {"const": method},
        "timestamp": {
            "pattern": date,
            "maxLength": len(protocol.DATE_FORMAT),
            "description": f"the time in GMT+8 wherever the caller is, at most {minutes} min off",
        },
        "v": {"const": protocol.VERSION},
        "sign": {"pattern": protocol.SIGN_PATTERN, "description": protocol.SIGNATURE},
        "sign_method": {"enum": [*protocol.SIGN_METHODS]},
        "format": {"enum": [*protocol.FORMATS], "default": protocol.DEFAULT_FORMAT},
        "simplify": {
            "enum": ["false"],
            "description": "with true, an answer in JSON has no root, which is not described here",
        },
    }
    return {n: {"type": "string", **known.get(n, {})} for n in protocol.COMMON_PARAMETERS}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas(contract: Contract) -> dict[str, Schema]:
    """Write the schemas of both roots, and of the JSON documents around them.

    In XML they have the same members: of a list, the item alone is repeated.
    """
    found = {}
    for root in (contract.response, contract.error):
        found[root.name] = {**field_schema(root), "xml": {"name": root.name}}
        body = body_schema(contract, root.side)
        del body["$schema"], body["title"]  # only a whole document has these
        found[f"json_{root.side}"] = {**body, "properties": {root.name: _reference(root.name)}}
    return found


def _answer(contract: Contract) -> dict[str, Any]:
    roots = (contract.response, contract.error)
    samples = {root.name: _example(root) or {} for root in roots}
    in_json = {
        "schema": {"oneOf": [_reference(f"json_{root.side}") for root in roots]},
        "examples": {name: {"value": {name: value}} for name, value in samples.items()},
    }
    in_xml = {  # the root's name, which tells them apart, is not part of its schema
        "schema": {"anyOf": [_reference(root.name) for root in roots]},
        "examples": {name: {"value": _xml(name, value)} for name, value in samples.items()},
    }
    content = {
        **dict.fromkeys(protocol.MEDIA_TYPES["json"], in_json),
        **dict.fromkeys(protocol.MEDIA_TYPES["xml"], in_xml),
    }
    return {"description": protocol.RULES["status_200"], "content": content}


def _example(field: Field) -> Any:
    """Return what the page's examples make of a field, as JSON data; None if they show nothing."""
    text = field.row.example if field.row else None
    value: Any = text or None
    if field.holds_members:
        shown = {name: _example(member) for name, member in field.fields.items()}
        found = {name: member for name, member in shown.items() if member is not None}
        value = found or ({} if text and field.family == "map" else None)
    elif text and (pattern := protocol.LITERALS.get(field.family)):
        value = json.loads(text) if re.fullmatch(pattern, text) else None
    return [value] if field.repeated and value is not None else value


def _xml(name: str, value: Any) -> str:
    root = ET.Element(name)
    _add_members(root, value)
    ET.indent(root, "    ")
    return ET.tostring(root, encoding="unicode")


def _add_members(element: ET.Element, value: Any) -> None:
    if not isinstance(value, dict):
        element.text = value if isinstance(value, str) else json.dumps(value)
        return
    for name, member in value.items():
        for item in member if isinstance(member, list) else [member]:
            _add_members(ET.SubElement(element, name), item)


def _named(data: Any) -> Iterator[str]:
    """Yield the ids of the clauses that the schemas in a document stand for."""
    if isinstance(data, dict):
        yield from (one for ids in data.get(ANNOTATION, {}).values() for one in ids)
        data = list(data.values())
    for value in data if isinstance(data, list) else ():
        yield from _named(value)


def _not_expressed(contract: Contract, named: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the clauses that are not said, or not as what they are, by the reason."""
    found: dict[str, list[str]] = {}
    for clause in contract.clauses:
        if clause.id not in named | _SAID:
            kind = clause.path if clause.side == "wire" else clause.fact
            found.setdefault(REASONS[kind], []).append(clause.id)
        elif clause.severity is Severity.DRIFT:
            found.setdefault(_DRIFT, []).append(clause.id)
    yield from ({"reason": reason, "clauses": ids} for reason, ids in found.items())
