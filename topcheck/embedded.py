"""The embedded sandbox with a client on it: the gateway of a run that names no other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import Client, Credentials, RequestOptions, now, prepare, signed
from topcheck.gateway.orders import Order, OrderBook
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.signing import SIGN
from topcheck.wire.exchange import Exchange, Pairs, Request
from topcheck.workspace import workspace

CREDENTIALS = Credentials(protocol.SANDBOX_KEY, protocol.SANDBOX_SECRET)


@dataclass(frozen=True)
class Gateway:
    """A gateway that can be called, and the orders it knows."""

    contract: Contract
    client: Client
    orders: OrderBook
    credentials: Credentials = CREDENTIALS

    @contextlib.contextmanager
    def knowing(self, order: Order) -> Iterator[None]:
        """Know one more order while the block runs."""
        self.orders.orders.append(order)
        try:
            yield
        finally:
            self.orders.orders.remove(order)

    def call(
        self, params: Mapping[str, str], options: RequestOptions = RequestOptions()
    ) -> Exchange:
        """Call the method with business parameters; the wire's failures are in the exchange."""
        return self.client.send(
            prepare(self.contract.method, params, self.credentials, now, options)
        )

    def call_form(self, pairs: Pairs) -> Exchange:
        """Call with the pairs of a form as they stand, a name twice if it stands twice."""
        request = prepare(self.contract.method, {}, self.credentials, now)
        form = (*(pair for pair in request.form if pair[0] != SIGN), *pairs)
        unsigned = Request(request.verb, form=form)
        return self.client.send(signed(unsigned, self.credentials.app_secret))

    def call_wrong(self, name: str, value: str | None, options: RequestOptions) -> Exchange:
        """Call with one of the platform's parameters wrong or, where None, left out.

        The request is signed again, unless the signature is what is wrong.
        """
        request = prepare(self.contract.method, {}, self.credentials, now, options)
        edited = request.edited(**{name: value})
        return self.client.send(
            edited if name == SIGN else signed(edited, self.credentials.app_secret)
        )


@contextlib.contextmanager
def embedded() -> Iterator[Gateway]:
    """Run a sandbox with an order in each state on loopback, and a client on it."""
    contract = workspace().contract
    orders = workspace().default_orders()
    sandbox = Sandbox(contract, orders, Settings(CREDENTIALS), now)
    with serving(sandbox) as url, Client(url) as client:
        yield Gateway(contract, client, orders)
