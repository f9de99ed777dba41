"""The order book of the sandbox: which orders there are, and what each read of one answers.

The file is a list of orders: ids by which each is asked for, and members of its model, unknown ones
left out. An order may carry `answers`, served one a read, the last again and again; an answer is
all members of the model, or `{"raw": {…}}`, which is sent as it stands.
"""

import base64
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from topcheck.contract.clauses import fits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow, Rule
from topcheck.contract.orders_schema import ANSWERS, orders_schema
from topcheck.contract.protocol import BEYOND_A_DOUBLE
from topcheck.generate import trees
from topcheck.generate.requests import ids_of
from topcheck.judge.literals import spelled
from topcheck.wire.data_file import MEMBER, DataFileError, check
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
        """Find the order that all given ids name: the first, if none is; None if there is none."""
        named = (order for order in self.orders if ids.items() <= order.ids.items())
        return next(named, None)


def leaves_of(contract: Contract) -> dict[str, Field]:
    """Return the leaves outside lists that tell of an order, by their path from the model on."""
    home = f"{contract.model.path}." if contract.model.path else ""
    found = (field for field in contract.single_leaves if field.path.startswith(home))
    return {field.path.removeprefix(home): field for field in found}


def told(members: Members, path: str) -> Any:
    """Return what members tell at a path from the model on, None if nothing."""
    first, _, rest = path.partition(".")
    found = members.get(first)
    return told(found, rest) if rest and isinstance(found, dict) else None if rest else found


def telling(members: Members, path: str, value: Any) -> Members:
    """Return members that tell a value at a path from the model on, None for what goes."""
    first, _, rest = path.partition(".")
    inner = members.get(first)
    if rest:
        value = telling(inner if isinstance(inner, dict) else {}, rest, value)
    others = {name: one for name, one in members.items() if name != first or value is not None}
    return others if value is None else {**others, first: value}


def members_at(path: str, document: Node) -> Members:
    """Return the members of the object at a path of an answer, none if it is not there."""
    place = trees.spot(document, path)
    return dict(json.loads(write_json(place.node))) if place else {}


def default_orders(contract: Contract, rules: Sequence[Rule], flows: Sequence[Flow]) -> OrderBook:
    """Return an order in each documented state, one that moves on, and one with a long id.

    All are told as the page's sample tells its own, but for what an inferred rule asks of a state.
    Where a page has no state, or nothing that names an order, there is one order of the sample's.
    """
    root, sample, model = contract.response, trees.sample(contract.response), contract.model
    leaves = leaves_of(contract)

    def members(ids: Mapping[str, str], patch: Mapping[str, str]) -> Members:
        repeated = {f.path: ids[f.name] for f in leaves.values() if f.path in contract.echoes}
        patch = {**repeated, **patch}
        document = trees.mended(sample, root, rules, patch) or trees.patched(sample, root, patch)
        return members_at(model.path, document)

    def order(number: str, *patches: Mapping[str, str]) -> Order:
        ids = ids_of(contract, number)
        return Order(ids, [members(ids, patch) for patch in patches])

    courses = enumerate(_courses(contract, flows), start=1)
    orders = [order(str(number), *course) for number, course in courses]
    if not any(fits(field, LONG_ID) for field in contract.ids):
        return OrderBook(orders)
    # an id that no member is named after is told in a text: so it shows whether it was rounded
    inside = [field.path for field in contract.unasked_texts if field in leaves.values()]
    return OrderBook([*orders, order(LONG_ID, dict.fromkeys(inside[:1], LONG_ID))])


def _courses(contract: Contract, flows: Sequence[Flow]) -> list[list[dict[str, str]]]:
    """Return what each read of each order tells of its state, nothing where the page has none."""
    paths = [flow.path for flow in flows] + [field.path for field in contract.coded]
    state = next((path for path in paths if path not in contract.echoes), None)
    if state is None or not contract.ids:
        return [[{}]]
    moving = [flow.stages for flow in flows if flow.path == state]
    codes = trees.field_at(contract.response, state).enum or itertools.chain(*moving[0])
    courses = [*([code] for code in codes), *([stage[0] for stage in found] for found in moving)]
    return [[{state: code} for code in course] for course in courses]


def read_orders(text: str, contract: Contract) -> OrderBook:
    """Read an order book: what may stand in it, its schema says. Raises OrdersError."""
    try:
        data = json.loads(
            text, parse_float=_finite, parse_constant=_finite, object_pairs_hook=_once
        )
        check(data, orders_schema(contract), MEMBER, "order")
    except ValueError as error:
        raise OrdersError(f"not JSON: {error}") from None
    except RecursionError:
        raise OrdersError("not JSON of an order book: it is nested too deep") from None
    except DataFileError as error:
        raise OrdersError(str(error)) from None
    names = tuple(contract.model.fields)
    return OrderBook(_order(order, contract.request.fields, names) for order in data)


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError(f"a member stands twice among {', '.join(found)}")
    return found


def _finite(text: str) -> float:
    if math.isfinite(number := float(text)):
        return number
    raise ValueError(f"{text} is no number that can be written")


def _order(data: dict[str, Any], ids: Mapping[str, Field], names: tuple[str, ...]) -> Order:
    is_script = isinstance(data.get(ANSWERS), list)
    given = {n: _id(data[n], field) for n, field in ids.items() if data.get(n) is not None}
    if is_script:
        return Order(given, [_answer(answer) for answer in data[ANSWERS]])
    return Order(given, [{name: value for name, value in data.items() if name in names}])


def _id(value: Any, field: Field) -> str:
    if field.holds_members and isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return ",".join(_id(one, replace(field, repeated=False)) for one in value)
    return spelled(value)


def _answer(data: dict[str, Any]) -> Members | ScriptedResponse:
    if "raw" not in data:
        return data
    raw = {name: value for name, value in data["raw"].items() if value is not None}
    return ScriptedResponse(
        status=raw.get("status", 200),
        headers={name: str(value) for name, value in raw.get("headers", {}).items()},
        body=base64.b64decode(raw.get("body_base64", "")),
        delay=raw.get("delay_ms", 0),
        cut_after=raw.get("cut_after"),
        hold=raw.get("hold_ms", 0),
        drip=raw.get("drip_ms", 0),
        reset=raw.get("reset", False),
        lines=tuple(raw.get("lines", ())),
    )
