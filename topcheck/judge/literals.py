"""How numbers and booleans are spelled: plainly, oddly but readably, or not at all.

And ids that went through a floating-point number: which may not fit, and what becomes of them.
"""

import re
from decimal import Decimal

from topcheck.contract.field import Field
from topcheck.contract.inferred import Scalar
from topcheck.contract.protocol import DECIMAL_PATTERN, INTEGER_PATTERN
from topcheck.wire.limits import MAX_DIGITS

PLAIN = re.compile(INTEGER_PATTERN)
PLAIN_DECIMAL = re.compile(DECIMAL_PATTERN)
#: Signs, leading zeros and an empty fraction: XML readers differ on them, but no value is lost.
ODD_IN_XML = re.compile(r"[+-]?[0-9]+([.]0+)?")
#: What a form may carry for a Number: whether `007` and `+5` are accepted is open, so both pass.
IN_FORM = re.compile(r"[+-]?[0-9]+")
#: White space of XML 1.0; other blanks are characters like any other.
XML_BLANKS = " \t\r\n"
#: The same of a decimal: all that XML Schema takes for one.
_ODD_DECIMAL = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)")
_LONG = re.compile("-?[0-9]{16,40}")
#: A number in any spelling that a printer of floating-point numbers has, once blanks and marks that
#: only group digits are gone: sign, whole part with groups or without, fraction, exponent, type.
_NUMBER = re.compile(
    r"([+-]?)([0-9]{1,60}|[0-9]{1,4}(?:,[0-9]{2,4}){1,20}|[0-9]{1,4}(?:[.][0-9]{2,4}){1,20})?"
    r"(?:[.,]([0-9]{0,60}))?(?:(?:[eEdD]|[x×*]10\^?)([+-]?[0-9]{1,3}))?[LlDdFfNnMm]?"
)
#: No number is written in more characters.
_LONGEST = 200
_GROUPING = re.compile(r"[\s_'’٬]+")


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
    number = _spelled_as(ODD_IN_XML, text)
    return None if number is None else int(number.partition(".")[0])


def xml_decimal(text: str) -> str | None:
    """Write an XML text that is a decimal plainly, however it is spelled; None if it is not one.

    Raises OverflowError on a number of more digits than any reader must take.
    """
    number = _spelled_as(_ODD_DECIMAL, text)
    if number is None or PLAIN_DECIMAL.fullmatch(number):
        return number
    return f"{Decimal(number):f}"


def _spelled_as(pattern: re.Pattern[str], text: str) -> str | None:
    number = text.strip(XML_BLANKS)
    if not pattern.fullmatch(number):
        return None
    if len(number) > MAX_DIGITS:
        raise OverflowError
    return number


def amount(value: Scalar | None) -> Decimal | None:
    """Return a number, or an amount as text, by its value; None for what is neither."""
    text = spelled(value) if value is not None else ""
    return Decimal(text) if PLAIN_DECIMAL.fullmatch(text) else None


def compared(field: Field, text: str) -> str:
    """Return the text by which a value is compared: of an amount the same for all its spellings."""
    number = _number(text) if field.family in ("decimal", "price") else None
    if number is None:
        return text
    digits = f"{number:f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits == "-0" else digits


def beyond_a_double(text: str) -> bool:
    """Whether a text is a whole number that a floating-point number may not hold: 16 digits."""
    return _LONG.fullmatch(text) is not None


def spells_the_double(asked: str, text: str) -> bool:
    """Whether a text is, in any spelling, what a floating-point number makes of an id.

    That number is written exactly, with the 17 digits that any such number needs, or as shortly as
    tells it apart; another number near by, which happens to be the same double, is none of it.
    """
    double = float(asked)
    spellings = Decimal(double), Decimal(f"{double:.16e}"), Decimal(repr(double))
    return _number(text) in spellings


def _number(text: str) -> Decimal | None:
    found = _NUMBER.fullmatch(_GROUPING.sub("", text)) if len(text) <= _LONGEST else None
    sign, whole, fraction, exponent = (part or "" for part in found.groups()) if found else [""] * 4
    digits = whole.translate({ord(","): "", ord("."): ""})
    return Decimal(f"{sign}{digits}.{fraction}E{exponent or 0}") if digits + fraction else None
