"""Values of parameters as an SDK's caller gives them: typed, plain ones and special ones."""

from __future__ import annotations

from typing import Any

from topcheck.contract.clauses import limits
from topcheck.contract.field import Field
from topcheck.gateway.orders import BEYOND_A_DOUBLE
from topcheck.generate.requests import classes_of

#: Integers beyond this are a matter of their own.
_SMALL = 2**31
#: Texts that readers of XML and of forms like to trim, or to take for a number.
_TEXTS = {"blanks": " 7\n8 \n", "digits": BEYOND_A_DOUBLE}
_LONGEST = max(map(len, _TEXTS.values()))


def values_of(field: Field) -> dict[str, str]:
    """Return a value of each class that a field must be met with in an SDK, and some of our own."""
    most = limits(field).get("max_length", _LONGEST)
    own = {kind: text for kind, text in _TEXTS.items() if is_free(field) and len(text) <= most}
    return {**classes_of(field), **own}


def is_free(field: Field) -> bool:
    """Whether any text may stand in a field."""
    return field.family == "string" and not field.enum and not field.format


def typed(field: Field, text: str) -> Any:
    """Give a value the type of its field."""
    if field.family == "boolean":
        return text == "true"
    return int(text) if field.family == "integer" else text


def plain_values(field: Field) -> dict[str, str]:
    """Return the values that no client loses."""
    lost = special_values(field)
    return {kind: text for kind, text in values_of(field).items() if kind not in lost}


def special_values(field: Field) -> dict[str, str]:
    """Return the values that clients lose: large integers, and texts with signs."""
    if field.enum or field.format or field.family not in ("integer", "string"):
        return {}
    found = values_of(field).items()
    if field.family == "integer":
        return {kind: text for kind, text in found if abs(int(text)) > _SMALL}
    return {kind: text for kind, text in found if not (text.isascii() and text.isalnum())}


def plain(field: Field, position: int = 0) -> Any:
    """Return a plain value that is neither zero nor empty; another for another position."""
    found = [text for kind, text in plain_values(field).items() if kind != "zero"]
    return typed(field, found[position % len(found)])
