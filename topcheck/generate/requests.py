"""Requests: every subset of the parameters, every class of values, by construction and by drawing.

Values are the text of the wire.
"""

import datetime
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract import dates
from topcheck.contract.clauses import amounts, bounds, fits, limits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.protocol import BEYOND_A_DOUBLE
from topcheck.generate.answers import Messages
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import write_json

_LONG = 512
#: So many items a list has, where its limit allows them.
_ITEMS = 3
#: Of so many optional parameters every subset is tried.
_FEW = 4
#: What a map may hold.
_MAPS: tuple[dict[str, Any], ...] = ({"key": "788"}, {}, {"键": {"inner": [1, True, "支付单"]}})


@dataclass(frozen=True, slots=True)
class Parameters:
    """The business parameters of a request, and the class of each value."""

    classes: Mapping[str, str]
    values: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join(f"{name}={kind}" for name, kind in self.classes.items()) or "no parameter"


def classes_of(field: Field) -> dict[str, str]:
    """Return a value of each class that a parameter must be met with.

    A list of leaves is parted by commas; an object, or a list of them, is JSON text in one.
    """
    if field.holds_members:
        values = _objects(field).items()
        return {kind: json.dumps(value, ensure_ascii=False) for kind, value in values}
    found = _leaf_classes(field)
    most = limits(field).get("max_items", _ITEMS)
    if not field.repeated or most < 2:
        return found
    some = itertools.islice(itertools.cycle(found.values()), min(most, _ITEMS))
    return {**found, "several": ",".join(some)}


def _leaf_classes(field: Field) -> dict[str, str]:
    if field.enum:
        return {code: code for code in field.enum}
    return _dates(field.format) if field.format else _CLASSES[field.family](field)


def _objects(field: Field) -> dict[str, Any]:
    """Return an object, or a list of them: all members in each of their classes, and others."""
    found = {"members": _plain(field, 0)}
    leaves = [leaf for leaf in field.walk() if not leaf.holds_members]
    for at in range(1, max((len(_leaf_classes(leaf)) for leaf in leaves), default=len(_MAPS))):
        found[f"members-{at + 1}"] = _plain(field, at)
    if any(not inner.required for inner in field.fields.values()):
        found["required-members"] = _plain(field, 0, only_required=True)
    if field.repeated and limits(field).get("max_items", _ITEMS) > 1:
        found["several"] = [*_plain(field, 0), *_plain(field, 1)]
    return found


def _plain(field: Field, at: int, only_required: bool = False) -> Any:
    """Return plain data of one class of each leaf: of that at a position, or round from there."""
    if field.family == "map":
        value: Any = _MAPS[at % len(_MAPS)]
    elif field.holds_members:
        members = (one for one in field.fields.values() if one.required or not only_required)
        value = {one.name: _plain(one, at, only_required) for one in members}
    else:
        found = list(_leaf_classes(field).values())
        value = typed(field, found[at % len(found)])
    return [value] if field.repeated else value


def typed(field: Field, text: str) -> Any:
    """Give the text of a leaf the type of its field: what is no number and no flag stays text."""
    return json.loads(text) if field.family in ("integer", "boolean") else text


def ids_of(contract: Contract, number: str) -> dict[str, str]:
    """Return parameters that ask by one number; what cannot be it has the value of a class."""
    fields = contract.request.fields
    coded = {f.name: f for f in contract.echoes.values()
             if fields[f.name].is_plain and not f.is_plain}  # fmt: skip
    return {
        name: number if field in contract.ids and fits(field, number)
        else next(iter(classes_of(coded.get(name, field)).values()))
        for name, field in fields.items()
    }  # fmt: skip


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


def _amounts(kinds: Mapping[str, str], field: Field) -> dict[str, str]:
    """Return the amounts within the limits of a field, and those limits."""
    low, high = amounts(field)
    found = {
        kind: text
        for kind, text in kinds.items()
        if (low is None or Decimal(text) >= low) and (high is None or Decimal(text) <= high)
    }
    ends = {"smallest": low, "largest": high}
    return found | {kind: f"{limit:f}" for kind, limit in ends.items() if limit is not None}


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
    "price": partial(_amounts, {"whole": "5", "cents": "5.20", "negative": "-0.01"}),
    "decimal": partial(_amounts, {"whole": "5", "cents": "5.20", "long": "-0.0123456789012345678"}),
}


def subsets(contract: Contract) -> Iterator[tuple[Field, ...]]:
    """Yield every subset of the optional parameters, with all the required ones.

    Of more than a few parameters there are too many: then none, each, all but each, and all.
    """
    fields = contract.request.fields.values()
    required = tuple(field for field in fields if field.required)
    optional = [field for field in fields if not field.required]
    count = len(optional)
    sizes = range(count + 1) if count <= _FEW else (0, 1, count - 1, count)
    for size in sizes:
        for chosen in itertools.combinations(optional, size):
            yield (*required, *chosen)


def covering(
    contract: Contract, classes: Callable[[Field], Mapping[str, str]] = classes_of
) -> Iterator[Parameters]:
    """Yield requests that together meet every subset, and in each subset every class of values.

    Where there are too many subsets, it is only in the largest that every class is met.
    """
    fields = contract.request.fields.values()
    is_few = sum(not field.required for field in fields) <= _FEW
    for subset in subsets(contract):
        kinds = {field.name: list(classes(field).items()) for field in subset}
        rows = max(map(len, kinds.values()), default=1)
        for row in range(rows if is_few or len(subset) == len(fields) else 1):
            picked = {name: found[row % len(found)] for name, found in kinds.items()}
            yield Parameters(
                {name: kind for name, (kind, _) in picked.items()},
                {name: text for name, (_, text) in picked.items()},
            )


def drawn(contract: Contract) -> st.SearchStrategy[Parameters]:
    """Draw a subset and values of any class, or beyond the classes."""
    choices, messages = list(subsets(contract)), Messages(contract.request)
    values = {
        field.name: st.sampled_from(sorted(classes_of(field).values()))
        | messages.members(field).map(form_value).filter(bool)
        for field in contract.request.fields.values()
    }

    @st.composite
    def parameters(draw: DrawFn) -> Parameters:
        subset = draw(st.sampled_from(choices))
        return Parameters({}, {field.name: draw(values[field.name]) for field in subset})

    return parameters()


def form_value(node: Node) -> str:
    """Write the value of a parameter as a form has it: objects as JSON, other lists with commas."""
    is_list = node.kind is Kind.ARRAY
    if any(one.kind is Kind.OBJECT for one in (node, *(node.children if is_list else ()))):
        return write_json(node).decode()
    return ",".join(item.text for item in node.children) if is_list else node.text
