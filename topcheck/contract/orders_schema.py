"""What may stand in a list of orders: the published schema, with the names of one method in it."""

from typing import Any

from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.json_schema import Schema
from topcheck.wire.data_file import published

#: Where an order has what its reads answer.
ANSWERS = "answers"
#: Half a surrogate pair is no character.
_CHARACTERS = {"not": {"type": "string", "pattern": "[\\ud800-\\udfff]"}}


def orders_schema(contract: Contract) -> Schema:
    """Write the schema of the orders of a method: its members and its parameters, and no others.

    A member of an order may have any value: what a gateway answers may be wrong on purpose.
    """
    general = published("orders")
    script = general["items"]["properties"][ANSWERS]
    ids, members = contract.request.fields, contract.model.fields
    names = ", ".join(dict.fromkeys((*ids, *members)))
    properties: dict[str, Any] = {name: _member(field) for name, field in members.items()}
    properties |= {name: _parameter(field) for name, field in ids.items()}
    properties[ANSWERS] = _script(script, properties.get(ANSWERS))
    order = {
        **general["items"],
        "description": f"An order is an object; known are {names}",
        "additionalProperties": False,
        "properties": properties,
    }
    if ids:
        named = [{"required": [id_], "properties": {id_: {"not": {"type": "null"}}}} for id_ in ids]
        order["allOf"] = [{"description": f"It has none of {', '.join(ids)}", "anyOf": named}]
    title = f"{contract.method}: orders that a gateway knows"
    return {**{k: v for k, v in general.items() if k != "examples"}, "title": title, "items": order}


def _script(script: Schema, member: Schema | None) -> Schema:
    """Return what may stand as the script of an order, where a member may have its name."""
    if member is None:
        return script
    return {"description": script["description"], "if": {"type": "array"}, "then": script,
            "else": member}  # fmt: skip


def _member(field: Field) -> Schema:
    words = field.row.description if field.row else ""
    return {"description": words, **({"examples": [*field.enum]} if field.enum else {})}


def _parameter(field: Field) -> Schema:
    """Write the schema of a parameter, as a text or as the value that it stands for."""
    kinds, said = {"boolean": (["boolean"], "true or false")}.get(
        field.family, (["integer"], "a whole number")
    )
    if field.holds_members:
        kinds, said = ["object", "array", "integer"], "JSON"
    words = f": {field.row.description}" if field.row else ""
    one = {"description": f"A text or {said}{words}", "type": ["string", *kinds, "null"],
           **_CHARACTERS}  # fmt: skip
    if not field.repeated or field.holds_members:
        return one
    single = {**one, "type": ["string", *kinds]}
    return {**one, "description": f"A text or {said}, or a list of them{words}",
            "type": [*one["type"], "array"], "items": single}  # fmt: skip
