"""Reaching a gateway that a person names: credentials and orders from the environment only."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from topcheck.contract.contract import Contract
from topcheck.contract.protocol import SANDBOX_KEY, SANDBOX_SECRET
from topcheck.gateway.client import Client, Credentials
from topcheck.gateway.connection import BundleError, is_loopback
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.orders import OrderBook, OrdersError, read_orders
from topcheck.live.plan import states_of
from topcheck.wire.data_file import shown_name
from topcheck.wire.text_file import TextFileError, text_of

#: In what a caller's key, secret and session are given.
CREDENTIALS = ("TOP_APP_KEY", "TOP_APP_SECRET", "TOP_SESSION")
_NO_CREDENTIALS = (
    "give TOP_APP_KEY and TOP_APP_SECRET in the environment; "
    f"topcheck serve takes {SANDBOX_KEY} and {SANDBOX_SECRET}"
)
_LINE_BREAK = "[\n\r\x85\u2028]"
#: What a shell, a file or an editor puts into a credential, and how it is told.
_MARRED: Mapping[str, str] = {
    r"\A[\ufeff\u200b]": "begins with a byte order mark or another invisible character",
    rf"{_LINE_BREAK}\Z": "ends with a line break",
    r"\s\Z": "ends with a blank",
    rf"\A{_LINE_BREAK}": "begins with a line break",
    r"\A\s": "begins with a blank",
    r"""(?s)\A(".*"|'.*'|`.*`|\u201c.*\u201d|\u2018.*\u2019)\Z""": "stands in quotes",
    r"[\ud800-\udfff]": "holds bytes that are no text",
}


class GatewayError(Exception):
    """A gateway cannot be judged: why, in one line, and without its credentials."""


@contextlib.contextmanager
def connected(
    contract: Contract, url: str, environment: Mapping[str, str], timeout: float = 10.0, *,
    insecure: bool = False,
) -> Iterator[Gateway]:  # fmt: skip
    """Reach a gateway with what the environment holds, while the block runs.

    `timeout` is in seconds. Raises GatewayError.
    """
    key, secret, session = (environment.get(name, "") for name in CREDENTIALS)
    if not key or not secret:
        raise GatewayError(_NO_CREDENTIALS)
    for name, value in zip(CREDENTIALS, (key, secret, session), strict=True):
        if wrong := _wrong(value):
            raise GatewayError(f"{name} {wrong}: give it without")
    credentials = Credentials(key, secret, session or None)
    _check_address(url, insecure)
    try:
        client = Client(url, timeout, environment=environment)
    except BundleError as error:
        raise GatewayError(str(error)) from None
    except ValueError:
        raise GatewayError("--gateway is no address, or its proxy is none") from None
    orders = _orders(environment.get("TOP_ORDERS"), contract)
    with client:
        yield Gateway(contract, client.send, orders, credentials, url)


def _wrong(value: str) -> str | None:
    """Say what of a credential a shell, a file or an editor put there; nothing of the value."""
    for pattern, words in _MARRED.items():
        if re.search(pattern, value):
            return words
    hidden = next((at for at, char in enumerate(value, 1) if not char.isprintable()), None)
    return f"holds an invisible character, its {hidden}. one" if hidden else None


def _check_address(url: str, insecure: bool) -> None:
    """Refuse what is no plain address, and what would show a session to a network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        raise GatewayError("--gateway is no address of a gateway") from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise GatewayError("--gateway is an address that begins with https:// or http://")
    if parts.username or parts.password or parts.query:
        raise GatewayError("--gateway is an address without user, password and query")
    if parts.scheme == "http" and not is_loopback(host) and not insecure:
        raise GatewayError(f"plain HTTP to {host} shows the session to anybody: "
                           "name https, or give --insecure-http")  # fmt: skip


def _orders(given: str | None, contract: Contract) -> OrderBook:
    if not given:
        return OrderBook()
    plain = given.strip("\ufeff \t\r\n")
    try:
        text = plain if plain.startswith("[") else text_of(Path(plain).read_bytes())
        found = read_orders(text, contract)
        _check_states(found, contract)
    except OSError:
        what = f"neither a JSON list nor a file that can be read: {shown_name(plain)}"
        raise GatewayError(f"TOP_ORDERS is {what}") from None
    except (TextFileError, OrdersError) as error:
        raise GatewayError(f"TOP_ORDERS: {error}") from None
    return found


def _check_states(book: OrderBook, contract: Contract) -> None:
    """Refuse a state that is none: every answer would contradict it."""
    codes = {field.path: field.enum or () for field in contract.coded}
    for number, order in enumerate(book.orders, 1):
        for path, state in states_of(contract, order).items():
            if state not in codes[path]:
                name = path.rpartition(".")[2]
                raise OrdersError(f"order {number}: {name} is one of {', '.join(codes[path])}")
