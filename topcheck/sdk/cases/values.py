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


def is_special(field: Field, text: str) -> bool:
    """Whether a value is of a kind that clients lose: a large integer, or a text with signs."""
    if field.enum or field.format or field.family not in ("integer", "string"):
        return False
    if field.family == "integer":
        return abs(int(text)) > _SMALL
    return not (text.isascii() and text.isalnum())


def plain(field: Field, position: int = 0) -> Any:
    """Return a plain value that is neither zero nor empty; another for another position."""
    classes = values_of(field).items()
    found = [text for kind, text in classes if not is_special(field, text) and kind != "zero"]
    return typed(field, found[position % len(found)])
