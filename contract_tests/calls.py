"""Calls of the gateway of this run: with what is expected of each, and as an order of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from topcheck.gateway.client import RequestOptions, signed
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.orders import Order, leaves_of, telling
from topcheck.gateway.signing import SIGN
from topcheck.generate.requests import ids_of, typed
from topcheck.live.probe import ask
from topcheck.wire.exchange import Exchange, Pairs
from topcheck.workspace import Workspace


def call(
    gateway: Gateway,
    params: Mapping[str, str],
    options: RequestOptions = RequestOptions(),
    **what: Any,
) -> Exchange:
    """Call the method; `what` is expected of the answer besides that it is what was asked for."""
    expected = ask(params, options, **what).expected
    return replace(gateway.call(params, options), expected=expected)


def call_form(gateway: Gateway, pairs: Pairs) -> Exchange:
    """Call with the pairs of a form as they stand, a name twice if it stands twice."""
    request = gateway.prepare({})
    form = (*(pair for pair in request.form if pair[0] != SIGN), *pairs)
    return gateway.send(signed(replace(request, form=form), gateway.credentials.app_secret))


def change(order: Order, members: Mapping[str, Any]) -> None:
    """Move an order on: what it tells from now, by paths from its model on, None for what goes."""
    changed = order.answers[-1]
    for place, value in members.items():
        changed = telling(changed, place, value)
    order.answers = [changed]


def order_of(workspace: Workspace, number: str) -> Order:
    """Make an order that has one number for all its ids, and else is as the page's sample."""
    contract, ids = workspace.contract, ids_of(workspace.contract, number)
    order = Order(ids, [workspace.model])
    echoes = {at: f for at, f in leaves_of(contract).items() if f.path in contract.echoes}
    change(order, {at: typed(field, ids[field.name]) for at, field in echoes.items()})
    return order
