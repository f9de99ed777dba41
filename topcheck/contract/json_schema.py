"""The contract as JSON Schemas, draft 2020-12. Closed: they accept what the page documents.

Each subschema lists, under `x-clauses`, the clauses that each of its constraints stands for.
"""

from __future__ import annotations

import json
from typing import Any

from topcheck.contract import dates, protocol
from topcheck.contract.clauses import bounds, limits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ANNOTATION = "x-clauses"

#: JSON types of the leaf families.
TYPES = {
    "integer": "integer",
    "boolean": "boolean",
    "string": "string",
    "date": "string",
    "price": "string",
}

Schema = dict[str, Any]


def response_schema(contract: Contract) -> Schema:
    """Write the schema of a success body."""
    return _document(contract, contract.response, "a success answer")


def error_schema(contract: Contract) -> Schema:
    """Write the schema of an error body."""
    return _document(contract, contract.error, "an error")


def request_schema(contract: Contract) -> Schema:
    """Write the schema of the business parameters, as one object."""
    root = contract.request
    return {
        "$schema": DIALECT,
        "title": f"{contract.method}: the business parameters of a request",
        **_object(root),
    }


def to_text(schema: Schema) -> str:
    """Format a schema for a reader; the same schema always gives the same text."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _document(contract: Contract, root: Field, what: str) -> Schema:
    clauses = {
        "type": ["wire.body.root"],
        "required": ["wire.body.root"],
        "additionalProperties": [root.clause_id("known")],
    }
    return {
        "$schema": DIALECT,
        "title": f"{contract.method}: {what}",
        "type": "object",
        "required": [root.name],
        "properties": {root.name: _value(root)},
        "additionalProperties": False,
        ANNOTATION: clauses,
    }


def _value(field: Field) -> Schema:
    words = field.row.description if field.row else ""
    described = {"description": words} if words else {}
    schema = {**described, **(_object if field.holds_members else _leaf)(field)}
    return _array(field, schema) if field.repeated else schema


def _object(field: Field) -> Schema:
    required = [child for child in field.fields.values() if child.required]
    schema: Schema = {"type": "object"}
    clauses: Schema = {"type": _refused(field)}
    if required:
        schema["required"] = [child.name for child in required]
        clauses["required"] = [child.clause_id("required") for child in required]
    schema["properties"] = {child.name: _value(child) for child in field.fields.values()}
    schema["additionalProperties"] = False
    clauses["additionalProperties"] = [field.clause_id("known")]
    return {**schema, ANNOTATION: clauses}


def _refused(field: Field) -> list[str]:
    """Return the clauses that a `type` stands for: it refuses null as well."""
    facts = ["type"]
    if field.path and (field.required or field.side != "request"):
        facts.append("required" if field.required else "null")
    return [field.clause_id(fact) for fact in facts]


def _array(field: Field, items: Schema) -> Schema:
    schema: Schema = {"type": "array", "items": items}
    clauses: Schema = {"type": _refused(field)}
    if most := limits(field).get("max_items"):
        schema["maxItems"] = most
        clauses["maxItems"] = [field.clause_id("range")]
    return {**schema, ANNOTATION: clauses}


def _leaf(field: Field) -> Schema:
    if field.enum:
        codes = [int(code) if field.family == "integer" else code for code in field.enum]
        # a value of another type is no code either, so `enum` stands for the type as well
        return {"enum": codes, ANNOTATION: {"enum": [field.clause_id("enum"), *_refused(field)]}}
    schema: Schema = {"type": TYPES[field.family]}
    clauses: Schema = {"type": _refused(field)}
    for keyword, (value, fact) in _constraints(field).items():
        schema[keyword] = value
        clauses[keyword] = [field.clause_id(fact)]
    return {**schema, ANNOTATION: clauses}


def _constraints(field: Field) -> dict[str, tuple[Any, str]]:
    """Return the keywords beside `type`, each with its value and the fact it stands for."""
    limit = limits(field)
    if field.family == "integer":
        low, high = bounds(field)
        return {"minimum": (low, "range"), "maximum": (high, "range")}
    if field.format:
        pattern = "|".join(dates.patterns(field.format))
        # `$` alone would let Python's `re` accept a newline at the end
        return {"pattern": (f"^({pattern})$", "format"), "maxLength": (len(field.format), "format")}
    if field.family == "price":
        return {"pattern": (rf"^({protocol.PRICE_PATTERN})(?![\s\S])", "type")}
    if "max_length" in limit:
        return {"maxLength": (limit["max_length"], "range")}
    return {}
