"""The values that parameters are given, and whether what is sent carries them.

On the wire an object, or a list of objects, is JSON text, and a list of leaves is joined by commas.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from topcheck.contract.clauses import limits
from topcheck.contract.field import Field
from topcheck.gateway.orders import LONG_ID
from topcheck.generate import requests
from topcheck.judge.literals import spelled
from topcheck.wire.json_reader import read_json
from topcheck.wire.tree import Kind, MessageError, Node

#: Integers beyond this are a matter of their own.
_SMALL = 2**31
#: Texts that readers of XML and of forms like to trim, or to take for a number.
_TEXTS = {"blanks": " 7\n8 \n", "digits": LONG_ID}
_LONGEST = max(map(len, _TEXTS.values()))
#: So many items a list has, if the page allows them: two tell their order, and a lost one.
_ITEMS = 2
#: What a leaf of an object is in JSON, by its family; of any other it is a text.
_KINDS = {
    "integer": (Kind.NUMBER,),
    "boolean": (Kind.BOOLEAN,),
    "decimal": (Kind.STRING, Kind.NUMBER),
}


def values_of(field: Field) -> dict[str, str]:
    """Return a value of each class that a leaf must be met with in an SDK, and some of our own."""
    most = limits(field).get("max_length", _LONGEST)
    own = {kind: text for kind, text in _TEXTS.items() if is_free(field) and len(text) <= most}
    return {**requests.classes_of(replace(field, repeated=False)), **own}


def is_free(field: Field) -> bool:
    """Whether any text may stand in a field."""
    return field.family == "string" and not field.enum and not field.format


def is_one_value(field: Field) -> bool:
    """Whether a field is a single leaf: neither an object nor a list."""
    return not (field.holds_members or field.repeated)


def typed(field: Field, text: str) -> Any:
    """Give the text of a value the type of its field: that of an object or a list is JSON."""
    return requests.typed(field, text) if is_one_value(field) else json.loads(text)


def plain_values(field: Field) -> dict[str, str]:
    """Return the values that no client loses."""
    if is_one_value(field):
        values, special = values_of(field), _special(field)
        return {kind: text for kind, text in values.items() if kind not in special} or values
    made = {
        "whole": _made(field),
        "others": _made(field, 1),
        "required": _made(field, needed=True),
        "one-item": _made(field, items=1),
    }
    found: dict[str, str] = {}
    for kind, value in made.items():
        if value and value not in (made[other] for other in found):
            found[kind] = json.dumps(value, ensure_ascii=False)
    return found


def special_values(field: Field) -> Iterator[tuple[str, str, Any]]:
    """Yield the values that clients lose, by the fact that they are about, with their class.

    Those are large integers, and texts with signs; an object has them in its leaves.
    """
    for fact, family in (("big_integer", "integer"), ("encoding", "string")):
        leaves = [leaf for leaf in _with_members(field).walk() if leaf.family == family]
        for kind in dict.fromkeys(kind for leaf in leaves for kind in _special(leaf)):
            yield fact, kind, _made(field, kind=kind)


def _special(leaf: Field) -> dict[str, str]:
    if leaf.enum or leaf.format or leaf.family not in ("integer", "string"):
        return {}
    found = values_of(leaf).items()
    if leaf.family == "integer":
        return {kind: text for kind, text in found if abs(int(text)) > _SMALL}
    return {kind: text for kind, text in found if not (text.isascii() and text.isalnum())}


def plain(field: Field, position: int = 0) -> Any:
    """Return a plain value that is neither zero nor empty; another for another position."""
    values = plain_values(field)
    found = [text for kind, text in values.items() if kind != "zero"] or [*values.values()]
    return typed(field, found[position % len(found)])


def _made(
    field: Field, position: int = 0, kind: str = "", items: int = _ITEMS, needed: bool = False
) -> Any:
    """Make a value; `kind` is that of the leaves that can have it, all others are plain.

    `items` is how many a list has at most; with `needed` an object has just what it must.
    """
    if field.repeated:
        one = replace(field, repeated=False)
        most = min(items, limits(field).get("max_items") or items)
        return [_made(one, position + at, kind, items, needed) for at in range(most)]
    if field.holds_members:
        members = _with_members(field).fields.values()
        chosen = [one for one in members if one.required and needed] or members
        return {one.name: _made(one, position, kind, items, needed) for one in chosen}
    text = _special(field).get(kind)
    return plain(field, position) if text is None else typed(field, text)


def _with_members(field: Field) -> Field:
    """Give a map one member, a text, for the page names none."""
    if field.family != "map" or field.fields:
        return replace(field, fields={n: _with_members(one) for n, one in field.fields.items()})
    return replace(field, fields={"key": Field(field.side, f"{field.path}.key", "key", "string")})


# ------------------------------------------------------------------ on the wire


def on_the_wire(value: Any) -> str:
    """Write a value as it stands on the wire; of JSON that is one spelling of many."""
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, dict) for item in items):
        return json.dumps(value, ensure_ascii=False)
    return ",".join(map(spelled, items))


def lost(field: Field, value: Any, text: str | None) -> str | None:
    """Return the path at which what is sent does not carry a value; None if it does.

    None and the empty text need not be sent. JSON is compared by value: the order of members,
    blanks and escapes are free, and what is not set is absent.
    """
    if value in (None, ""):
        return field.name if text else None
    if not field.holds_members:
        return None if text == on_the_wire(value) else field.name
    try:
        sent = read_json((text or "").encode(errors="surrogatepass")).root
    except MessageError:
        return field.name
    return _differing(field, value, sent)


def _differing(field: Field, value: Any, sent: Node) -> str | None:
    """Return the path of the first place at which a node has another value."""
    members = field.fields
    if isinstance(value, list):
        if sent.kind is not Kind.ARRAY or len(sent.children) != len(value):
            return field.path
        pairs = [(field, *pair) for pair in zip(value, sent.children, strict=True)]
    elif isinstance(value, dict):
        found = {child.name: child for child in sent.children}
        if sent.kind is not Kind.OBJECT or len(found) != len(sent.children):
            return field.path
        if strange := [name for name in found if name not in value]:
            return f"{field.path}.{strange[0]}"
        missing = Node("", Kind.NULL)
        pairs = [(members.get(n, field), v, found.get(n, missing)) for n, v in value.items()]
    else:
        kinds = _KINDS.get(field.family, (Kind.STRING,))
        same = sent.kind in kinds and sent.text == spelled(value)
        return None if same else field.path
    return next(filter(None, itertools.starmap(_differing, pairs)), None)
