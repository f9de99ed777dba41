"""How numbers and booleans are spelled: plainly, oddly but readably, or not at all."""

from __future__ import annotations

import re
from decimal import Decimal

from topcheck.contract.inferred import Scalar
from topcheck.contract.protocol import INTEGER_PATTERN
from topcheck.wire.limits import MAX_DIGITS

PLAIN = re.compile(INTEGER_PATTERN)
#: Signs, leading zeros and an empty fraction: XML readers differ on them, but no value is lost.
ODD_IN_XML = re.compile(r"[+-]?[0-9]+([.]0+)?")
#: What a form may carry for a Number: whether `007` and `+5` are accepted is open, so both pass.
IN_FORM = re.compile(r"[+-]?[0-9]+")
#: White space of XML 1.0; other blanks are characters like any other.
XML_BLANKS = " \t\r\n"


def spelled(value: Scalar) -> str:
    """Spell a value as both formats do."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def json_integer(literal: str) -> int | None:
    """Read a JSON number that is a whole number, however it is spelled; None if it is not one."""
    if PLAIN.fullmatch(literal):
        return int(literal)
    number = Decimal(literal)
    return int(number) if number == number.to_integral_value() else None


def xml_integer(text: str) -> int | None:
    """Read an XML text that is a whole number, however it is spelled; None if it is not one.

    Raises OverflowError on a number of more digits than any reader must take.
    """
    text = text.strip(XML_BLANKS)
    if not ODD_IN_XML.fullmatch(text):
        return None
    if len(text) > MAX_DIGITS:
        raise OverflowError
    return int(text.partition(".")[0])
