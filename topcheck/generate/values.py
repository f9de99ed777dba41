"""Strategies for single values that keep the contract."""

import datetime
import string
from decimal import Decimal

from hypothesis import strategies as st

from topcheck.contract import dates
from topcheck.contract.clauses import amounts, bounds, limits
from topcheck.contract.field import Field
from topcheck.contract.inferred import Scalar

#: Texts that clients get wrong: nothing, blanks, Chinese, astral, what forms and markup escape.
TEXTS = ("", " ", "0", "007", "支付 788&=+%", "\U0001d4b3\U00020bb7", "<a>&amp;\"'", "a\tb", "null")

#: What both formats carry: no surrogates, no control characters, no non-characters.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")

#: So far from its only limit an amount is drawn.
_WIDE = 10**6
_FIRST = datetime.datetime(1000, 1, 1)
_SECONDS = int((datetime.datetime(9999, 12, 31, 23, 59, 59) - _FIRST).total_seconds())


def value(field: Field, given: bool = False) -> st.SearchStrategy[Scalar]:
    """Draw a value that keeps every clause of a leaf; one that is `given` is no empty text.

    A form counts an empty parameter as not given, so a required one never is.
    """
    if field.enum:
        return st.sampled_from([int(c) if field.family == "integer" else c for c in field.enum])
    if field.format:
        letters = dates.strftime(field.format)
        # one draw, where `datetimes` makes seven
        return st.integers(0, _SECONDS).map(
            lambda seconds: (_FIRST + datetime.timedelta(seconds=seconds)).strftime(letters)
        )
    if field.family == "string":
        needed = given or (field.side == "request" and field.required)
        return texts(int(needed), min(limits(field).get("max_length", 12), 12))
    return _FAMILIES[field.family](field)


def texts(least: int = 0, most: int = 12) -> st.SearchStrategy[str]:
    """Draw a text that both formats carry, of so many characters."""
    known = st.sampled_from([text for text in TEXTS if least <= len(text) <= most])
    return known | st.text(CHARACTERS, min_size=least, max_size=max(least, most // 2))


def _amount(field: Field) -> st.SearchStrategy[Scalar]:
    """Draw an amount as text: within its limits, where it has any."""
    low, high = amounts(field)
    most = 2 if field.family == "price" else 20
    if low is not None or high is not None:
        least = low if low is not None else (high or 0) - _WIDE
        return st.decimals(least, least + _WIDE if high is None else high, places=most).map(_plain)
    fractions = st.text(string.digits, min_size=1, max_size=most).map(lambda digits: f".{digits}")
    whole = st.integers(-(10**6), 10**6) if field.family == "price" else st.integers()
    return st.builds(str.__add__, whole.map(str), st.just("") | fractions)


def _plain(amount: Decimal) -> str:
    return f"{amount:f}".removeprefix("-") if not amount else f"{amount:f}"


_FAMILIES = {
    # Hypothesis itself favours the ends and small numbers
    "integer": lambda field: st.integers(*bounds(field)),
    "boolean": lambda _field: st.booleans(),
    "price": _amount,
    "decimal": _amount,
}
