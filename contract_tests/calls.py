"""Calls of the gateway of this run: with what is expected of each, and as an order of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from topcheck.gateway.client import RequestOptions
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.orders import Order
from topcheck.live.probe import ask
from topcheck.wire.exchange import Exchange
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


def order_of(workspace: Workspace, number: str) -> Order:
    """Make an order that has one number for all its ids, and else is as the page's sample."""
    ids = dict.fromkeys(workspace.contract.request.fields, number)
    told = {name: number for name in ids if name in workspace.model}
    return Order(ids, [{**workspace.model, **told}])
