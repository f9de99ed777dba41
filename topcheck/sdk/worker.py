"""A worker: one copy of a driver with a gateway of its own, on which calls are made in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from topcheck.contract import protocol
from topcheck.gateway.client import Credentials
from topcheck.sdk import driver_protocol as messages
from topcheck.sdk.case import Call, Observation, Problem
from topcheck.sdk.driver import Babbled, DriverCopy, DriverError, Silent
from topcheck.sdk.scripted_gateway import Origins, ScriptedGateway

#: Who the SDK is at the gate's own sandboxes. Its secrets are looked for in all that is sent.
SECRETS = ("a-secret-of-the-gate", "a-session-of-the-gate")
CALLER = Credentials(protocol.SANDBOX_KEY, *SECRETS)

#: How much longer than its own timeout an SDK may take, in seconds.
GRACE = 2.0
#: How long an SDK may pause between two tries, once it is seen to try again, in seconds.
BACK_OFF = 8.0
#: A call is tried at most so often; who asks more often than `ENDLESS` will not stop by itself.
MOST_TRIES = 5
ENDLESS = 2 * MOST_TRIES

#: Clauses that no case is about: what breaks them can show in any.
PROTOCOL, BOUNDED = "sdk.driver.protocol", "sdk.retry.bounded"


class Worker:
    """One copy of a driver with a gateway of its own; `copy` makes one when it is first needed.

    The SDK calls `method`, at the gateway's own origin, as who the credentials say.
    """

    def __init__(
        self, copy: Callable[[], DriverCopy], gateway: ScriptedGateway, origins: Origins,
        credentials: Credentials, method: str,
    ) -> None:  # fmt: skip
        self._copy = copy
        self._gateway = gateway
        self._origins = origins
        self._credentials = credentials
        self._method = method
        self._driver: DriverCopy | None = None
        self._started: dict[str, Any] = {}
        self._seq = 0
        self._call: Call | None = None
        self._elsewhere = False

    def start(self) -> dict[str, Any]:
        """Start a copy, unless one runs. Raises DriverError."""
        self._call = None
        if self._driver is None:
            self._seq = 0
            self._driver = self._copy()
            try:
                self._started = self._driver.start(
                    {
                        "cmd": "start",
                        "protocol": messages.PROTOCOL,
                        "gateway": self._origins.url,
                        "app_key": self._credentials.app_key,
                        "app_secret": self._credentials.app_secret,
                        "session": self._credentials.session,
                    }
                )
            except Silent:
                raise Silent("it did not start in time") from None
        return self._started

    @property
    def calls(self) -> int:
        """How many calls the copy that runs has had."""
        return self._seq if self._driver else 0

    def stop(self) -> None:
        """Tell the copy to end, if one runs. Raises DriverError if it does it wrongly."""
        driver, self._driver = self._driver, None
        if driver:
            driver.stop()

    def kill(self) -> None:
        """End the copy, if one runs."""
        driver, self._driver = self._driver, None
        if driver:
            driver.kill()

    def call(self, call: Call) -> Observation:
        """Make one call. Raises DriverError if no outcome comes of it."""
        if self._driver is None:
            raise DriverError("it is not running")
        self._call, self._seq, self._elsewhere = call, self._seq + 1, False
        self._gateway.begin(call, self._origins)
        message = {
            "cmd": "call",
            "seq": self._seq,
            "method": self._method,
            "params": {name: messages.encode(value) for name, value in call.params.items()},
            "format": call.format,
            "sign_method": call.sign_method or self._started["can"]["sign_methods"][0],
            "simplify": call.simplify,
            "timeout_ms": call.timeout,
        }
        reply = self._driver.call(message, lambda: self._due(call))
        return self._observed(call, reply)

    def _due(self, call: Call) -> float:
        self._elsewhere |= self._origins.visited()
        tries = len(self._gateway.seen())
        if tries > ENDLESS:
            return self._gateway.began()
        grace = GRACE if tries < 2 else BACK_OFF  # who asks again may wait before that
        return self._gateway.quiet_since() + call.timeout / 1000 + grace

    def _observed(self, call: Call, reply: Mapping[str, Any]) -> Observation:
        self._elsewhere |= self._origins.visited()
        return Observation(call, reply, self._gateway.seen(), self._elsewhere)

    def broken(self, error: DriverError, clauses: Sequence[str]) -> dict[str, Problem | None]:
        """Say which of a case's clauses is broken by an outcome that never came."""
        clause = clauses[0]
        if isinstance(error, Babbled) or self._call is None:
            return {PROTOCOL: Problem("", "the driver protocol", str(error))}
        if not isinstance(error, Silent):
            return {clause: Problem("", "an outcome", str(error))}
        seen = self._gateway.seen()
        if len(seen) > ENDLESS:
            endless = Problem(
                "", f"at most {MOST_TRIES} requests", f"{len(seen)} requests, and no end"
            )
            # to follow a redirect is no retry: where that is the case, it is not about retries
            return {BOUNDED if BOUNDED in clauses else clause: endless}
        within = f"an outcome within {self._call.timeout / 1000 + GRACE:g} s"
        if self._gateway.holding():
            return {clause: Problem("", within, "silence, while the gateway held its answer")}
        why = "though the gateway had long answered" if seen else "and nothing was sent"
        return {clause: Problem("", within, f"silence, {why}")}

    def unanswered(self, error: DriverError) -> list[Observation]:
        """Return what was seen of the call that has no outcome, if one was made."""
        reply = {"outcome": "none", "message": str(error)}
        return [self._observed(self._call, reply)] if self._call else []
