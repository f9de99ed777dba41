"""A probe: one request to a gateway, and what it is for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from topcheck.contract.protocol import DEFAULT_FORMAT
from topcheck.gateway import client
from topcheck.gateway.client import Credentials, RequestOptions
from topcheck.gateway.timing import Clock
from topcheck.wire.exchange import Expectation, Request


@dataclass(frozen=True, slots=True)
class Probe:
    """One request, and what is expected of it.

    `edits` change parameters, None leaving one out, before all is signed, and `after` when it is:
    the signature stays. `shift` moves the clock, in minutes; with `epoch` the timestamp is in
    milliseconds; with `fresh` what was signed by the moved clock is sent with the time itself.
    `poll` marks the reads of one order, `known` those of one that the gateway is said to know.
    """

    expected: Expectation
    options: RequestOptions = RequestOptions()
    edits: Mapping[str, str | None] = field(default_factory=dict)
    after: Mapping[str, str | None] = field(default_factory=dict)
    shift: int = 0
    epoch: bool = False
    fresh: bool = False
    poll: bool = False
    known: bool = False

    def expecting(self, **what: Any) -> Probe:
        """Return a probe of which something else is expected."""
        return replace(self, expected=replace(self.expected, **what))

    def requests(
        self, method: str, credentials: Credentials, clock: Clock
    ) -> tuple[Request, Request]:
        """Build the request as it is signed, and as it is sent: another only if that is meant."""
        moment = clock()
        moved = moment + datetime.timedelta(minutes=self.shift)
        plain = client.prepare(
            method, self.expected.parameters, credentials, lambda: moved, self.options
        )
        edits = dict(self.edits)
        if self.epoch:
            edits["timestamp"] = str(int(moved.timestamp() * 1000))
        whole = client.signed(plain.edited(**edits), credentials.app_secret) if edits else plain
        after = dict(self.after)
        if self.fresh:
            after["timestamp"] = moment.astimezone(client.GATEWAY_ZONE).strftime(client.TIMESTAMP)
        return whole, whole.edited(**after)


def ask(
    params: Mapping[str, str], options: RequestOptions = RequestOptions(), **what: Any
) -> Probe:
    """Ask for something, made in some way; `what` is expected of it besides. No coding is."""
    expected = Expectation(
        parameters=params,
        format=options.format or DEFAULT_FORMAT,
        simplify=options.simplify,
        sign_method=options.sign_method,
        codings=(),
        **what,
    )
    return Probe(expected, options)
