"""A probe: one request to a gateway, and what it is for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from topcheck.gateway.client import (
    GATEWAY_ZONE,
    TIMESTAMP,
    Clock,
    Credentials,
    RequestOptions,
    prepare,
    signed,
)
from topcheck.wire.exchange import Request


@dataclass(frozen=True, slots=True)
class Probe:
    """One request, and what it is for.

    `edits` change parameters, None leaving one out, before all is signed, and `after` when it is:
    the signature stays. `shift` moves the clock, in minutes; with `epoch` the timestamp is in
    milliseconds; with `fresh` what was signed by the moved clock is sent with the time itself.
    `wrong`, `right`, `found`, `stated` and `ids` are as in `judge.read`. `poll` marks the reads of
    one order, `known` those of one that the gateway is said to know.
    """

    params: Mapping[str, str]
    options: RequestOptions = RequestOptions()
    stated: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    wrong: str | None = None
    right: str | None = None
    found: bool = False
    edits: Mapping[str, str | None] = field(default_factory=dict)
    after: Mapping[str, str | None] = field(default_factory=dict)
    shift: int = 0
    epoch: bool = False
    fresh: bool = False
    poll: bool = False
    known: bool = False

    def requests(self, method: str, credentials: Credentials, clock: Clock) -> Requests:
        """Build the request as it is signed, and as it is sent."""
        moment = clock()
        moved = moment + datetime.timedelta(minutes=self.shift)
        plain = prepare(method, self.params, credentials, lambda: moved, self.options)
        edits = dict(self.edits)
        if self.epoch:
            edits["timestamp"] = str(int(moved.timestamp() * 1000))
        whole = signed(plain.edited(**edits), credentials.app_secret) if edits else plain
        after = dict(self.after)
        if self.fresh:
            after["timestamp"] = moment.astimezone(GATEWAY_ZONE).strftime(TIMESTAMP)
        return Requests(whole, whole.edited(**after))


@dataclass(frozen=True, slots=True)
class Requests:
    """A request as it was signed, and as it is sent: another one only if that is the point."""

    signed: Request
    sent: Request
