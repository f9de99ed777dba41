"""A gateway that a person names: credentials and known orders from the environment only.

Exchanges are gathered once, before anything is collected; the tests in `test_live` read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from topcheck.contract import protocol
from topcheck.contract.field import request_field
from topcheck.contract.model import Clause
from topcheck.gate.embedded import Gateway
from topcheck.gate.recorded import observed_in
from topcheck.gate.suite import suite
from topcheck.gateway.client import Client, Credentials, How
from topcheck.gateway.exchange import Exchange
from topcheck.gateway.orders import OrderBook, OrdersError, read_orders
from topcheck.judge.exchanges import Read
from topcheck.judge.finding import Judgement

#: Asked for where no known order is given: many sandboxes and mocks answer any id.
ANY_ID = "1"
#: J, X, J: an order may move between two reads, so both outer ones must agree.
POLL = ("json", "xml", "json")


class GatewayError(Exception):
    """A gateway cannot be judged: why, in one line, and without its credentials."""


class Live:
    """What was read from a gateway: polls of orders, and what it says to requests out of order."""

    def __init__(self, gateway: Gateway) -> None:
        any_ids = dict.fromkeys(request_field(gateway.contract).fields, ANY_ID)
        orders = [order.ids for order in gateway.orders.orders] or [any_ids]
        self.polls = [[_read(gateway, ids, written) for written in POLL] for ids in orders]
        self.refusals = [
            _refused(gateway, name, value, written)
            for name in protocol.REFUSED_PARAMETERS
            for value in (None, "0" * 32)
            for written in protocol.FORMATS
        ]
        judge = suite().judges.response
        self.judged: list[tuple[Read, Judgement]] = [
            (read, judge.judge(read.body, read.written)) for poll in self.polls for read in poll
        ]
        if not any(j.side == "response" or j.findings for _, j in self.judged):
            codes = {f"{j.values.get('code')} {j.values.get('msg')}" for _, j in self.judged}
            raise GatewayError(f"no success was observed, every answer was: {', '.join(codes)}")

    def observed(self) -> list[Clause]:
        """Return the clauses of a body that some answer tells of."""
        return observed_in([judgement for _, judgement in self.judged])


def connect(url: str, environment: Mapping[str, str]) -> Gateway:
    """Connect to a gateway with what the environment holds. Raises GatewayError."""
    key, secret = environment.get("TOP_APP_KEY"), environment.get("TOP_APP_SECRET")
    if not key or not secret:
        raise GatewayError("give TOP_APP_KEY and TOP_APP_SECRET in the environment")
    credentials = Credentials(key, secret, environment.get("TOP_SESSION") or None)
    try:
        client = Client(url)
    except ValueError as error:
        raise GatewayError(f"{url!r} is no address of a gateway: {error}") from None
    return Gateway(suite().contract, client, _orders(environment.get("TOP_ORDERS")), credentials)


def _orders(given: str | None) -> OrderBook:
    if not given:
        return OrderBook()
    try:
        text = given if given.lstrip().startswith("[") else Path(given).read_text("utf-8")
        return read_orders(text, suite().contract)
    except (OSError, UnicodeDecodeError):
        raise GatewayError(
            "TOP_ORDERS is neither a JSON list nor a file that can be read"
        ) from None
    except OrdersError as error:
        raise GatewayError(f"TOP_ORDERS: {error}") from None


def _read(gateway: Gateway, ids: Mapping[str, str], written: str) -> Read:
    return Read(ids, written, _body(gateway.call(ids, How(format=written))))


def _refused(gateway: Gateway, name: str, value: str | None, written: str) -> Read:
    body = _body(gateway.call_wrong(name, value, How(format=written)))
    return Read({}, written, body, wrong=name)


def _body(exchange: Exchange) -> bytes:
    if exchange.response is None:
        raise GatewayError(f"the gateway cannot be judged: {exchange.failure}")
    return exchange.response.body
