"""The contract as JSON Schemas, draft 2020-12. Closed: they accept what the page documents.

Each subschema lists, under `x-clauses`, the clauses that each of its constraints stands for.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from topcheck.contract import dates, protocol
from topcheck.contract.clauses import amounts, bounds, limits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ANNOTATION = "x-clauses"

#: The types of the leaf families: JSON Schema and XSD name them alike, but for a decimal.
TYPES = {
    **{name: name for name in ("integer", "boolean", "decimal")},
    **dict.fromkeys(("string", "date", "price"), "string"),
}

#: How numbers are written as text, by family.
TEXTS = {"price": protocol.PRICE_PATTERN, "decimal": protocol.DECIMAL_PATTERN}

#: What the schema of each side is about.
TITLES = {
    "request": "the business parameters of a request",
    "response": "a success answer",
    "error_response": "an error",
}

Schema = dict[str, Any]
#: A keyword, its value, and the clauses it stands for.
Keyword = tuple[str, Any, list[str]]


def body_schema(contract: Contract, side: str) -> Schema:
    """Write the schema of an answer with its root, or of the business parameters as one object."""
    root = contract.trees[side]
    head = {"$schema": DIALECT, "title": f"{contract.method}: {TITLES[side]}"}
    if side == "request":
        return head | field_schema(root)
    return head | _annotated(
        ("type", "object", ["wire.body.root"]),
        ("required", [root.name], ["wire.body.root"]),
        ("properties", {root.name: field_schema(root)}, []),
        ("additionalProperties", False, [root.clause_id("known")]),
    )


def field_schema(field: Field) -> Schema:
    """Write the schema of a value at a place on the wire."""
    words = field.row.description if field.row else ""
    described = {"description": words} if words else {}
    single = replace(field, required=False) if field.repeated else field  # its list is required
    schema = {**described, **(_object if field.holds_members else _leaf)(single)}
    if not field.repeated:
        return schema
    return _annotated(
        ("type", "array", _refused(field)),
        ("items", schema, []),
        ("maxItems", limits(field).get("max_items") or None, [field.clause_id("range")]),
    )


def _annotated(*keywords: Keyword) -> Schema:
    """Write a schema and what its keywords stand for; a keyword without a value is left out."""
    given = [keyword for keyword in keywords if keyword[1] is not None]
    clauses = {name: stands_for for name, _, stands_for in given if stands_for}
    return {**{name: value for name, value, _ in given}, ANNOTATION: clauses}


def _object(field: Field) -> Schema:
    members = field.fields.values()
    needed = {child.name: child.clause_id("required") for child in members if child.required}
    return _annotated(
        ("type", "object", _refused(field)),
        ("required", list(needed) or None, list(needed.values())),
        ("properties", {child.name: field_schema(child) for child in members}, []),
        ("additionalProperties", False if field.is_closed else None, [field.clause_id("known")]),
    )


def _refused(field: Field) -> list[str]:
    """Return the clauses that a `type` stands for: it refuses null as well."""
    facts = ["type"]
    if field.path and (field.required or field.side != "request"):
        facts.append("required" if field.required else "null")
    return [field.clause_id(fact) for fact in facts]


def _leaf(field: Field) -> Schema:
    if field.enum:
        codes = [int(code) if field.family == "integer" else code for code in field.enum]
        # a value of another type is no code either, so `enum` stands for the type as well
        return _annotated(("enum", codes, [field.clause_id("enum"), *_refused(field)]))
    types = ["number", "string"] if field.family == "decimal" else TYPES[field.family]
    return _annotated(("type", types, _refused(field)), *_constraints(field))


def _constraints(field: Field) -> Iterator[Keyword]:
    if field.family == "integer":
        low, high = bounds(field)
        yield "minimum", low, [field.clause_id("range")]
        yield "maximum", high, [field.clause_id("range")]
    elif field.format:
        pattern = "|".join(dates.patterns(field.format))
        # `$` alone would let Python's `re` accept a newline at the end
        yield "pattern", f"^({pattern})$", [field.clause_id("format")]
        yield "maxLength", len(field.format), [field.clause_id("format")]
    elif field.family in TEXTS:
        # these see an amount that is a number; of a text the judge alone says it
        numbers = amounts(field) if field.family == "decimal" else (None, None)
        for keyword, limit in zip(("minimum", "maximum"), numbers, strict=True):
            plain = limit if limit is None else int(limit) if limit % 1 == 0 else float(limit)
            yield keyword, plain, [field.clause_id("range")]
        yield "pattern", rf"^({TEXTS[field.family]})(?![\s\S])", [field.clause_id("type")]
    else:
        yield "maxLength", limits(field).get("max_length"), [field.clause_id("range")]
