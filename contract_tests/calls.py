"""Calls of the gateway of this run: with what is expected of each, and as an order of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from topcheck.gateway.client import RequestOptions, signed
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.orders import Order
from topcheck.gateway.signing import SIGN
from topcheck.generate.requests import ids_of
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


def change(order: Order, **members: Any) -> None:
    """Move an order on: what it answers from now, None for a member that goes."""
    changed = {**order.answers[-1], **members}
    order.answers = [{name: value for name, value in changed.items() if value is not None}]


def order_of(workspace: Workspace, number: str) -> Order:
    """Make an order that has one number for all its ids, and else is as the page's sample."""
    ids = ids_of(workspace.contract, number)
    told = {name: text for name, text in ids.items() if name in workspace.model}
    return Order(ids, [{**workspace.model, **told}])
