"""The order book of the sandbox: which orders there are, and what each read of one answers.

The file is a list of orders: ids by which each is asked for, and members of its model, unknown ones
left out. An order may carry `answers`, served one a read, the last again and again; an answer is
the members of the model, or `{"raw": {…}}`, which is sent as it stands.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow, Rule
from topcheck.generate import trees
from topcheck.generate.requests import ids_of
from topcheck.generate.values import BEYOND_A_DOUBLE
from topcheck.wire.tree import Node
from topcheck.wire.write import write_json

#: How many bytes of a body that drips come at once.
DROP = 4
#: An id that no floating-point number can hold.
LONG_ID = str(BEYOND_A_DOUBLE)


class OrdersError(Exception):
    """An order book cannot be read: where, and why."""


@dataclass(frozen=True, slots=True)
class ScriptedResponse:
    """A response that is sent as it stands, whatever was asked.

    `delay` is in milliseconds; `cut_after` is how many bytes of the body go out before the
    connection closes; `hold` is how many milliseconds it stays open and silent before that;
    `drip` is how many milliseconds pass before each few bytes of the body; `reset` drops it without
    an answer. `lines` stand in its head as they are, behind the headers.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: int = 0
    cut_after: int | None = None
    hold: int = 0
    drip: int = 0
    reset: bool = False
    lines: tuple[str, ...] = ()

    @property
    def lasts(self) -> int:
        """How many milliseconds pass before its end, or that of its connection."""
        drops = -(-len(self.body) // DROP)
        return self.delay + drops * self.drip + self.hold


#: The members of a model by name.
Members = dict[str, Any]


@dataclass(slots=True)
class Order:
    """An order: the ids it is asked by, and what its reads answer, in turn."""

    ids: Mapping[str, str]
    answers: list[Members | ScriptedResponse]

    def read(self) -> Members | ScriptedResponse:
        """Answer the next read; the last answer stays."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class OrderBook:
    """The orders of one sandbox."""

    def __init__(self, orders: Iterable[Order] = ()) -> None:
        self.orders = list(orders)

    def find(self, ids: Mapping[str, str]) -> Order | None:
        """Find the order that all given ids name; None if there is none, or none is given."""
        named = (order for order in self.orders if ids and ids.items() <= order.ids.items())
        return next(named, None)


def model_field(contract: Contract) -> Field:
    """Return the object that tells of the order.

    The first that repeats an id of the request; else the first with a coded state; else the first.
    """
    ids = set(contract.request.fields)
    objects = [field for field in contract.response.walk() if field.path and field.fields]
    return (
        *(field for field in objects if ids & set(field.fields)),
        *(field for field in objects if any(member.enum for member in field.fields.values())),
        *objects,
        contract.response,
    )[0]


def members_at(path: str, document: Node) -> Members:
    """Return the members of the object at a path of an answer, none if it is not there."""
    place = trees.spot(document, path)
    return dict(json.loads(write_json(place.node))) if place else {}


def default_orders(contract: Contract, rules: Sequence[Rule], flows: Sequence[Flow]) -> OrderBook:
    """Return an order in each documented state, one that moves on, and one with a long id.

    All are told as the page's sample tells its own, but for what an inferred rule asks of a state.
    """
    root, model, sample = contract.response, model_field(contract), trees.sample(contract.response)
    status = next((field for field in model.fields.values() if field.enum), None)
    if status is None:
        return OrderBook()

    def members(ids: Mapping[str, str], patch: Mapping[str, str]) -> Members:
        told = {path: ids[field.name] for path, field in contract.echoes.items()}
        patch = {**told, **patch}
        document = trees.mended(sample, root, rules, patch) or trees.patched(sample, root, patch)
        return members_at(model.path, document)

    def order(number: str, *patches: Mapping[str, str]) -> Order:
        ids = ids_of(contract, number)
        return Order(ids, [members(ids, patch) for patch in patches])

    courses = [[code] for code in status.enum or ()]
    courses += [[stage[0] for stage in flow.stages] for flow in flows if flow.path == status.path]
    orders = [
        order(str(number), *({status.path: code} for code in course))
        for number, course in enumerate(courses, start=1)
    ]
    # an id that no member is named after is told in a text: so it shows whether it was rounded
    inside = [f.path for f in contract.unasked_texts if f in model.fields.values()]
    return OrderBook([*orders, order(LONG_ID, dict.fromkeys(inside[:1], LONG_ID))])


def read_orders(text: str, contract: Contract) -> OrderBook:
    """Read an order book. Raises OrdersError."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise OrdersError(f"not JSON: {error}") from None
    except RecursionError:
        raise OrdersError("not JSON of an order book: it is nested too deep") from None
    if not isinstance(data, list) or not all(isinstance(order, dict) for order in data):
        raise OrdersError("an order book is a list of objects")
    ids = tuple(contract.request.fields)
    names = tuple(model_field(contract).fields)
    orders = []
    for position, order in enumerate(data, start=1):
        try:
            orders.append(_order(order, ids, names))
        except OrdersError as error:
            raise OrdersError(f"order {position}: {error}") from None
    return OrderBook(orders)


def _order(data: dict[str, Any], ids: tuple[str, ...], names: tuple[str, ...]) -> Order:
    answers = data.pop("answers", None)
    if unknown := [name for name in data if name not in (*ids, *names)]:
        raise OrdersError(f"unknown member {unknown[0]}; known are {', '.join((*ids, *names))}")
    given = {name: _id(name, data[name]) for name in ids if data.get(name) is not None}
    if not given:
        raise OrdersError(f"it has none of {', '.join(ids)}")
    members = {name: value for name, value in data.items() if name in names}
    if answers is None:
        return Order(given, [members])
    if not isinstance(answers, list) or not answers:
        raise OrdersError("answers is a list of at least one answer")
    return Order(given, [_answer(answer, members) for answer in answers])


def _id(name: str, value: Any) -> str:
    text = str(value)
    whole = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    if not whole or any("\ud800" <= character <= "\udfff" for character in text):
        raise OrdersError(f"{name} is a text or a whole number")
    return text


def _answer(data: Any, members: Members) -> Members | ScriptedResponse:
    if not isinstance(data, dict):
        raise OrdersError("an answer is an object")
    if "raw" not in data:
        return {**members, **data}
    try:
        raw = {name: value for name, value in data["raw"].items() if value is not None}
        return ScriptedResponse(
            status=_whole(raw, "status", 200, 200, 599),
            headers={str(k): str(v) for k, v in raw.pop("headers", {}).items()},
            body=base64.b64decode(raw.pop("body_base64", ""), validate=True),
            delay=_whole(raw, "delay_ms", 0),
            cut_after=_whole(raw, "cut_after", 0) if "cut_after" in raw else None,
            hold=_whole(raw, "hold_ms", 0),
            drip=_whole(raw, "drip_ms", 0),
            reset=bool(raw.pop("reset", False)),
            lines=tuple(map(str, raw.pop("lines", ()))),
            **raw,
        )
    except (binascii.Error, TypeError, ValueError, AttributeError) as error:
        raise OrdersError(f"a raw answer cannot be read: {error}") from None


def _whole(raw: dict[str, Any], name: str, default: int, low: int = 0, high: int = 2**31) -> int:
    """Take a whole number within bounds out of a raw answer. Raises ValueError."""
    value = raw.pop(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name} is a whole number from {low} to {high}")
    return value
