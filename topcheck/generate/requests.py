"""Requests: every subset of the parameters, every class of values, by construction and by drawing.

Values are the text of the wire.
"""

import datetime
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract import dates
from topcheck.contract.clauses import bounds, limits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.generate.values import BEYOND_A_DOUBLE, value

_LONG = 512


@dataclass(frozen=True, slots=True)
class Parameters:
    """The business parameters of a request, and the class of each value."""

    classes: Mapping[str, str]
    values: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join(f"{name}={kind}" for name, kind in self.classes.items()) or "none"


def classes_of(field: Field) -> dict[str, str]:
    """Return a value of each class that a parameter must be met with.

    An object, or a list of them, is JSON text in one parameter.
    """
    if field.holds_members:
        return {"members": json.dumps(_plain(field), ensure_ascii=False)}
    if field.enum:
        return {code: code for code in field.enum}
    return _dates(field.format) if field.format else _CLASSES[field.family](field)


def _plain(field: Field) -> Any:
    """Return plain data of the first class of each leaf."""
    if field.holds_members:
        value = {member.name: _plain(member) for member in field.fields.values()}
    else:
        value = typed(field, next(iter(classes_of(field).values())))
    return [value] if field.repeated else value


def typed(field: Field, text: str) -> Any:
    """Give the text of a value the type of its field; what is no number and no flag stays text."""
    if field.family in ("integer", "boolean") or field.holds_members:
        return json.loads(text)
    return text


def ids_of(contract: Contract, number: str) -> dict[str, str]:
    """Return parameters that ask by one number; what is no plain value has that of its class."""
    fields = contract.request.fields.items()
    return {
        name: number if field.is_plain else next(iter(classes_of(field).values()))
        for name, field in fields
    }


def _integers(field: Field) -> dict[str, str]:
    low, high = bounds(field)
    numbers = {
        "zero": 0,
        "one": 1,
        "negative": -1,
        "beyond-a-double": BEYOND_A_DOUBLE,
        "largest": high,
        "smallest": low,
    }
    return {name: str(number) for name, number in numbers.items() if low <= number <= high}


def _texts(field: Field) -> dict[str, str]:
    most = limits(field).get("max_length", _LONG)
    texts = {
        "plain": "788",
        "leading-zeros": "00788",
        "chinese": "支付单",
        "astral": "\U0001d4b3\U00020bb7",
        "sign-sensitive": "&=+% ?#/",
        "at-sign": "@788",
        "markup": "<a>&amp;\"'",
        "long": "x" * most,
    }
    return {name: text for name, text in texts.items() if len(text) <= most}


def _dates(date_format: str) -> dict[str, str]:
    days = {
        "plain": datetime.datetime(2018, 1, 2, 12),
        "leap-day": datetime.datetime(2016, 2, 29),
        "year-end": datetime.datetime(2018, 12, 31, 23),
    }
    return {name: day.strftime(dates.strftime(date_format)) for name, day in days.items()}


_CLASSES: Mapping[str, Callable[[Field], dict[str, str]]] = {
    "integer": _integers,
    "string": _texts,
    "boolean": lambda _field: {"true": "true", "false": "false"},
    "price": lambda _field: {"whole": "5", "cents": "5.20", "negative": "-0.01"},
    "decimal": lambda _field: {"whole": "5", "cents": "5.20", "long": "-0.0123456789012345678"},
}


def subsets(contract: Contract) -> Iterator[tuple[Field, ...]]:
    """Yield every subset of the optional parameters, with all the required ones."""
    fields = contract.request.fields.values()
    required = tuple(field for field in fields if field.required)
    optional = [field for field in fields if not field.required]
    for size in range(len(optional) + 1):
        for chosen in itertools.combinations(optional, size):
            yield (*required, *chosen)


def covering(
    contract: Contract, classes: Callable[[Field], Mapping[str, str]] = classes_of
) -> Iterator[Parameters]:
    """Yield requests that together meet every subset, and in each subset every class of values."""
    for subset in subsets(contract):
        kinds = {field.name: list(classes(field).items()) for field in subset}
        for row in range(max(map(len, kinds.values()), default=1)):
            picked = {name: found[row % len(found)] for name, found in kinds.items()}
            yield Parameters(
                {name: kind for name, (kind, _) in picked.items()},
                {name: text for name, (_, text) in picked.items()},
            )


def drawn(contract: Contract) -> st.SearchStrategy[Parameters]:
    """Draw a subset and values of any class, or beyond the classes."""
    choices = list(subsets(contract))
    values = {
        field.name: st.sampled_from(sorted(classes_of(field).values()))
        | (st.nothing() if field.holds_members else value(field).map(str).filter(bool))
        for field in contract.request.fields.values()
    }

    @st.composite
    def parameters(draw: DrawFn) -> Parameters:
        subset = draw(st.sampled_from(choices))
        return Parameters({}, {field.name: draw(values[field.name]) for field in subset})

    return parameters()
