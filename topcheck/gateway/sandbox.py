"""The sandbox: what TOP would answer, from the request, an order book and a clock, and no I/O."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.dates import patterns
from topcheck.contract.field import Field
from topcheck.contract.model import PageRow
from topcheck.gateway.client import GATEWAY_ZONE, TIMESTAMP, Credentials
from topcheck.gateway.orders import Members, OrderBook, ScriptedResponse, model_field
from topcheck.gateway.signing import SIGN, SIGN_METHOD, is_signed
from topcheck.gateway.timing import Clock
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
        self._success, self._error = contract.response, contract.error
        self._model = model_field(contract)
        self._count = 0

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer one request."""
        if request.path != PATH:
            words = f"only {PATH} answers\n".encode()
            return Response(404, (("Content-Type", "text/plain"),), words)
        self._count += 1
        fmt = request.value("format") or protocol.DEFAULT_FORMAT
        if fmt not in protocol.FORMATS:
            fmt = protocol.DEFAULT_FORMAT
        try:
            for check in CHECKS:
                check(self, request)
        except Refusal as refusal:
            code, msg = protocol.REFUSALS[str(refusal)]
            return self._failure(fmt, {"code": code, "msg": msg})
        own = [pair for pair in request.parameters if pair[0] not in protocol.COMMON_PARAMETERS]
        if self._judge.judge_form(own).findings:
            return self._failure(fmt, _examples(self._contract.error_rows))
        given = {name: value for name, value in own if value}
        return self._business(given, fmt, request.value("simplify") == "true")

    # -------------------------------------------------------------- business

    def _business(
        self, given: Mapping[str, str], fmt: str, simplify: bool
    ) -> Response | ScriptedResponse:
        order = self._orders.find(given)
        found = order.read() if order else None
        if isinstance(found, ScriptedResponse):
            return found
        root = Node(self._success.name, Kind.OBJECT)
        root.children.append(_outcome(self._success, self._model, found))
        return self._written(root, fmt, simplify)

    def _failure(self, fmt: str, members: Mapping[str, Any]) -> Response:
        children = [_node(name, value) for name, value in members.items()]
        return self._written(Node(self._error.name, Kind.OBJECT, children=children), fmt)

    def _written(self, root: Node, fmt: str, simplify: bool = False) -> Response:
        root.children.append(Node(protocol.REQUEST_ID, Kind.STRING, self._request_id()))
        document = Node("", Kind.OBJECT, children=[root])
        if fmt == "xml":
            body = write_xml(document) + HOST_COMMENT
        elif simplify and root.name == self._success.name:
            body = write_json(simplified(root, self._success))
        else:
            body = write_json(document)
        headers = (("Content-Type", protocol.CONTENT_TYPES[fmt]),)
        return Response(200, headers, body)

    def _request_id(self) -> str:
        number, letters = self._count * 2654435761 % 36**12, ""
        for _ in range(12):
            number, digit = divmod(number, 36)
            letters += _BASE36[digit]
        return letters

    # -------------------------------------------------------------- platform checks

    def _check_method(self, request: Request) -> None:
        if _given(request, "method") != self._contract.method:
            raise Refusal("method.invalid")

    def _check_version(self, request: Request) -> None:
        if _given(request, "v") != protocol.VERSION:
            raise Refusal("v.invalid")

    def _check_app_key(self, request: Request) -> None:
        if _given(request, "app_key") != self._settings.credentials.app_key:
            raise Refusal("app_key.invalid")

    def _check_timestamp(self, request: Request) -> None:
        sent = moment(_given(request, "timestamp"))
        tolerance = self._settings.tolerance
        if tolerance is not None and abs((self._clock() - sent).total_seconds()) > tolerance:
            raise Refusal("timestamp.invalid")

    def _check_format(self, request: Request) -> None:
        if (request.value("format") or protocol.DEFAULT_FORMAT) not in protocol.FORMATS:
            raise Refusal("format.invalid")

    def _check_sign(self, request: Request) -> None:
        sent, method = _given(request, SIGN), request.value(SIGN_METHOD)
        secret = self._settings.credentials.app_secret
        if not is_signed(request.parameters, sent, method, secret):
            raise Refusal("sign.invalid")


#: In the order in which a request is refused.
CHECKS: tuple[Callable[[Sandbox, Request], None], ...] = (
    Sandbox._check_method,
    Sandbox._check_version,
    Sandbox._check_app_key,
    Sandbox._check_timestamp,
    Sandbox._check_format,
    Sandbox._check_sign,
)


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


# ------------------------------------------------------------------ answers as trees


def _outcome(success: Field, model: Field, members: Members | None) -> Node:
    """Build what stands below the root; without members the call did not succeed."""
    outer = next(field for field in success.fields.values() if field.family == "object")
    node = Node(outer.name, Kind.OBJECT)
    for field in outer.fields.values():
        if field.path == model.path:
            if members is not None:
                node.children.append(_node(field.name, members))
        elif field.row and field.row.example is not None:
            node.children.append(_node(field.name, _typed(field.row)))
    if members is None:
        node.children = [
            Node(child.name, Kind.BOOLEAN, "false")
            for child in node.children
            if child.kind is Kind.BOOLEAN
        ]
    return node


def _examples(rows: tuple[PageRow, ...]) -> dict[str, Any]:
    return {row.name: _typed(row) for row in rows if row.example is not None}


def _typed(row: PageRow) -> Any:
    text = row.example or ""
    if row.type == "Boolean":
        return text == "true"
    return int(text) if row.type == "Number" else text


def _node(name: str, value: Any) -> Node:
    if isinstance(value, dict):
        return Node(name, Kind.OBJECT, children=[_node(k, v) for k, v in value.items()])
    if isinstance(value, list):
        return Node(name, Kind.ARRAY, children=[_node(name, item) for item in value])
    if isinstance(value, bool):
        return Node(name, Kind.BOOLEAN, str(value).lower())
    if value is None:
        return Node(name, Kind.NULL, "null")
    return Node(name, Kind.STRING if isinstance(value, str) else Kind.NUMBER, str(value))


def simplified(node: Node, field: Field) -> Node:
    """Drop the root's name and the wrappers of lists."""
    children = []
    for child in node.children:
        member = field.fields.get(child.name)
        if member and member.family == "list" and child.children:
            child = Node(child.name, Kind.ARRAY, children=child.children[0].children)
        elif member and member.family == "object":
            child = simplified(child, member)
        children.append(child)
    return Node(node.name, node.kind, children=children)
