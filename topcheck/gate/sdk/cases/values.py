"""Values of parameters as an SDK's caller gives them: typed, plain ones and special ones."""

from __future__ import annotations

from typing import Any

from topcheck.contract.field import Field
from topcheck.generate.requests import classes_of

#: Integers beyond this are a matter of their own.
_SMALL = 2**31


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
    classes = classes_of(field).items()
    found = [text for kind, text in classes if not is_special(field, text) and kind != "zero"]
    return typed(field, found[position % len(found)])
