"""Reaching a gateway that a person names: credentials and orders from the environment only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from topcheck.gate.embedded import Gateway
from topcheck.gate.suite import suite
from topcheck.gateway.client import Client, Credentials
from topcheck.gateway.orders import OrderBook, OrdersError, read_orders

#: Where plain HTTP shows nothing to anybody.
_LOOPBACK = ("127.", "localhost", "::1")


class GatewayError(Exception):
    """A gateway cannot be judged: why, in one line, and without its credentials."""


def connect(
    url: str, environment: Mapping[str, str], timeout: float = 10.0, *, insecure: bool = False
) -> Gateway:
    """Connect to a gateway with what the environment holds. Raises GatewayError."""
    key, secret = environment.get("TOP_APP_KEY"), environment.get("TOP_APP_SECRET")
    if not key or not secret:
        raise GatewayError("give TOP_APP_KEY and TOP_APP_SECRET in the environment")
    credentials = Credentials(key, secret, environment.get("TOP_SESSION") or None)
    host = urlsplit(url).hostname or ""
    if urlsplit(url).scheme == "http" and not host.startswith(_LOOPBACK) and not insecure:
        raise GatewayError(f"plain HTTP to {host} shows the session to anybody: "
                           "name https, or give --insecure-http")  # fmt: skip
    try:
        client = Client(url, timeout, environment=environment)
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
