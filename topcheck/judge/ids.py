"""Ids that went through a floating-point number: which may not fit, and what becomes of them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_LONG = re.compile("-?[0-9]{16,40}")
#: A number in any spelling that a printer of floating-point numbers has, digits grouped or not.
_NUMBER = re.compile(r"[+-]?[0-9][0-9,_' ]{0,60}([.][0-9]{0,40})?([eE][+-]?[0-9]{1,3})?")
_GROUPING = str.maketrans("", "", ",_' ")


def beyond_a_double(text: str) -> bool:
    """Whether a text is a whole number that a floating-point number may not hold: 16 digits."""
    return _LONG.fullmatch(text) is not None


def same_double(one: str, other: str) -> bool:
    """Whether two texts are one number to who reads ids as floating-point numbers."""
    mine, theirs = _number(one), _number(other)
    return mine is not None and theirs is not None and float(mine) == float(theirs)


def spells_the_double(asked: str, text: str) -> bool:
    """Whether a text is, in any spelling, what a floating-point number makes of an id.

    That number is written exactly, or as shortly as tells it apart; another number near by, which
    happens to be the same double, is none of it.
    """
    number = _number(text)
    if number is None or not same_double(asked, text):
        return False
    return number in (Decimal(float(asked)), Decimal(repr(float(asked))))


def _number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.translate(_GROUPING))
    except InvalidOperation:
        return None
