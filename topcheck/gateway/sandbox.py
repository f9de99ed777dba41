"""The sandbox: what TOP would answer, from the request, an order book and a clock, and no I/O."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.dates import patterns
from topcheck.contract.field import Field
from topcheck.gateway.client import GATEWAY_ZONE, TIMESTAMP, Credentials
from topcheck.gateway.orders import Members, Order, OrderBook, ScriptedResponse
from topcheck.gateway.signing import SIGN, SIGN_METHOD, is_signed
from topcheck.gateway.timing import Clock
from topcheck.generate import trees
from topcheck.judge.request import RequestJudge
from topcheck.wire.exchange import PATH, Request, Response
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import write_json, write_xml

#: Behind the root of its XML, TOP names the host that answered.
HOST_COMMENT = b"<!--topcheck sandbox-->\n"
#: strptime takes fewer digits too, more blanks, and those of other scripts.
_WRITTEN = re.compile("|".join(patterns(protocol.DATE_FORMAT)))
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """The platform refuses a request: what is wrong, as a key of `protocol.REFUSALS`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom a sandbox answers: one key, and how far a timestamp may be off (None: any)."""

    credentials: Credentials
    tolerance: int | None = protocol.CLOCK_TOLERANCE


class Sandbox:
    """Answers requests by one contract. Its only state is the order book and a count of answers."""

    def __init__(
        self, contract: Contract, orders: OrderBook, settings: Settings, clock: Clock
    ) -> None:
        self._contract = contract
        self._orders = orders
        self._settings = settings
        self._clock = clock
        self._judge = RequestJudge(contract)
        self._sample = trees.sample(contract.response)
        self._model = contract.model.path
        self._count = 0

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer one request."""
        if request.path != PATH:
            words = f"only {PATH} answers\n".encode()
            return Response(404, (("Content-Type", "text/plain"),), words)
        self._count += 1
        fmt = format_of(request)
        try:
            self._check(request)
        except Refusal as refusal:
            code, msg = protocol.REFUSALS[str(refusal)]
            return self._written(trees.error(self._contract.error, {"code": code, "msg": msg}), fmt)
        own = [pair for pair in request.parameters if pair[0] not in protocol.COMMON_PARAMETERS]
        if self._judge.judge_form(own).findings:
            return self._written(trees.sample(self._contract.error), fmt)
        order = self._order({name: value for name, value in own if value})
        found = self._read(order, request) if order else None
        if isinstance(found, ScriptedResponse):
            return found
        told = self._failed() if found is None else self._told(found)
        return self._written(told, fmt, request.value("simplify") == "true")

    def _check(self, request: Request) -> None:
        """Check what the platform does, in its order. Raises Refusal."""
        credentials, tolerance = self._settings.credentials, self._settings.tolerance
        only = {
            "method": self._contract.method,
            "v": protocol.VERSION,
            "app_key": credentials.app_key,
        }
        for name, value in only.items():
            if _given(request, name) != value:
                raise Refusal(f"{name}.invalid")
        off = abs((self._clock() - moment(_given(request, "timestamp"))).total_seconds())
        if tolerance is not None and off > tolerance:
            raise Refusal("timestamp.invalid")
        if (request.value("format") or protocol.DEFAULT_FORMAT) not in protocol.FORMATS:
            raise Refusal("format.invalid")
        sent, method = _given(request, SIGN), request.value(SIGN_METHOD)
        if not is_signed(request.parameters, sent, method, credentials.app_secret):
            raise Refusal("sign.invalid")

    def _order(self, given: Mapping[str, str]) -> Order | None:
        """Find an order by what names it; what else is asked chooses none, and alone the first."""
        if not given and self._contract.request.fields:
            return None
        naming = self._contract.naming
        return self._orders.find({name: v for name, v in given.items() if name in naming})

    def _read(self, order: Order, _request: Request) -> Members | ScriptedResponse:
        return order.read()

    def _told(self, members: Members) -> Node:
        """Tell of an order as the page's sample tells of its own."""
        document = trees.copied(self._sample)
        trees.object_at(document, self._model).children = trees.plain("", members).children
        return document

    def _failed(self) -> Node:
        """Say with each flag, and with nothing else, that the call did not succeed."""
        root = self._contract.response
        document = trees.document(Node(root.name, Kind.OBJECT))
        trees.object_at(document, self._model.partition(".")[0])
        for flag in self._contract.outer_flags:
            trees.put(document, root, flag, False)
        return document

    def _written(self, document: Node, fmt: str, simplify: bool = False) -> Response:
        root = document.children[0]
        if all(child.name != protocol.REQUEST_ID for child in root.children):
            root.children.append(Node(protocol.REQUEST_ID, Kind.STRING, self._request_id()))
        if fmt == "xml":
            body = write_xml(document) + HOST_COMMENT
        else:
            body = write_json(simplified(root, self._contract.response) if simplify else document)
        return Response(200, (("Content-Type", protocol.CONTENT_TYPES[fmt]),), body)

    def _request_id(self) -> str:
        number, letters = self._count * 2654435761 % 36**12, ""
        for _ in range(12):
            number, digit = divmod(number, 36)
            letters += _BASE36[digit]
        return letters


def format_of(request: Request) -> str:
    """Return the format in which a request is answered, refused or not."""
    asked = request.value("format")
    return asked if asked in protocol.FORMATS else protocol.DEFAULT_FORMAT


def _given(request: Request, name: str) -> str:
    value = request.value(name)
    if not value:
        raise Refusal(f"{name}.missing")
    return value


def moment(text: str) -> datetime.datetime:
    """Read a timestamp in GMT+8; some clients send milliseconds since the epoch instead."""
    try:
        if text.isascii() and text.isdigit():
            return datetime.datetime.fromtimestamp(int(text) / 1000, datetime.UTC)
        if _WRITTEN.fullmatch(text):
            return datetime.datetime.strptime(text, TIMESTAMP).replace(tzinfo=GATEWAY_ZONE)
    except (ValueError, OverflowError, OSError):
        pass
    raise Refusal("timestamp.invalid")


def simplified(node: Node, field: Field) -> Node:
    """Drop the root's name and the wrappers of lists, those inside of lists too."""
    children = [_unwrapped(child, field.fields.get(child.name)) for child in node.children]
    return replace(node, children=children)


def _unwrapped(node: Node, field: Field | None) -> Node:
    if field is None or not field.fields:
        return node
    if field.family != "list" or not node.children:
        return simplified(node, field)
    (item,) = field.fields.values()
    items = [_unwrapped(one, item) for one in node.children[0].children]
    return Node(node.name, Kind.ARRAY, children=items)
