"""A gateway that can be called, and the embedded sandbox as one: that of a run that names none."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import Client, Credentials, RequestOptions, prepare, signed
from topcheck.gateway.orders import Order, OrderBook
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.signing import SIGN
from topcheck.gateway.timing import Clock, now
from topcheck.wire.exchange import Exchange, Request

CREDENTIALS = Credentials(protocol.SANDBOX_KEY, protocol.SANDBOX_SECRET)


@dataclass(frozen=True)
class Gateway:
    """How requests reach a gateway, as whom, and the orders that it knows.

    `send` makes an exchange of a request; what fails on the wire is in it. `url` is for showing.
    """

    contract: Contract
    send: Callable[[Request], Exchange]
    orders: OrderBook
    credentials: Credentials = CREDENTIALS
    url: str = ""
    clock: Clock = now

    @contextlib.contextmanager
    def knowing(self, order: Order) -> Iterator[None]:
        """Know one more order while the block runs: it is found first, where nothing names any."""
        self.orders.orders.insert(0, order)
        try:
            yield
        finally:
            self.orders.orders.remove(order)

    def prepare(
        self, params: Mapping[str, str], options: RequestOptions = RequestOptions()
    ) -> Request:
        """Build a signed request with business parameters."""
        return prepare(self.contract.method, params, self.credentials, self.clock, options)

    def call(
        self, params: Mapping[str, str], options: RequestOptions = RequestOptions()
    ) -> Exchange:
        """Call the method with business parameters."""
        return self.send(self.prepare(params, options))

    def call_wrong(self, name: str, value: str | None, options: RequestOptions) -> Exchange:
        """Call with one of the platform's parameters wrong or, where None, left out.

        The request is signed again, unless the signature is what is wrong.
        """
        edited = self.prepare({}, options).edited(**{name: value})
        return self.send(edited if name == SIGN else signed(edited, self.credentials.app_secret))


@contextlib.contextmanager
def embedded(contract: Contract, orders: OrderBook) -> Iterator[Gateway]:
    """Run a sandbox with these orders on loopback, and a client on it."""
    sandbox = Sandbox(contract, orders, Settings(CREDENTIALS), now)
    with serving(sandbox) as url, Client(url) as client:
        yield Gateway(contract, client.send, orders, url=url)
