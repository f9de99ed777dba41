"""A worker: one copy of a driver with a gateway of its own, on which calls are made in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import Credentials
from topcheck.sdk import driver_protocol
from topcheck.sdk.case import Call, Observation, Problem, Verdicts
from topcheck.sdk.driver import Babbled, DriverCopy, DriverError, Silent
from topcheck.sdk.driver_protocol import Reply, Started
from topcheck.sdk.result import sdk_result
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


@dataclass(slots=True)
class Worker:
    """One copy of a driver with a gateway of its own; `copy` makes one when it is first needed.

    The SDK calls the contract's method, at the gateway's own origin, as who the credentials say.
    """

    copy: Callable[[], DriverCopy]
    gateway: ScriptedGateway
    origins: Origins
    credentials: Credentials
    contract: Contract
    _driver: DriverCopy | None = None
    _started: Started | None = None
    _seq: int = 0
    _call: Call | None = None
    _elsewhere: bool = False

    def start(self) -> Started:
        """Start a copy, unless one runs. Raises DriverError."""
        self._call = None
        if self._driver is None or self._started is None:
            self._seq, self._driver = 0, self.copy()
            message = {
                "cmd": "start",
                "protocol": driver_protocol.PROTOCOL,
                "gateway": self.origins.url,
                "app_key": self.credentials.app_key,
                "app_secret": self.credentials.app_secret,
                "session": self.credentials.session,
            }
            try:
                self._started = self._driver.start(message)
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
        """Make one call on the copy that runs. Raises DriverError if no outcome comes of it."""
        if self._driver is None or self._started is None:
            raise DriverError("it is not running")
        call = replace(call, sign_method=call.sign_method or self._started.sign_method)
        self._call, self._seq, self._elsewhere = call, self._seq + 1, False
        self.gateway.begin(call, self.origins)
        message = {
            "cmd": "call",
            "seq": self._seq,
            "method": self.contract.method,
            "params": {name: driver_protocol.encode(value) for name, value in call.params.items()},
            "format": call.format,
            "sign_method": call.sign_method,
            "simplify": call.simplify,
            "timeout_ms": call.timeout,
        }
        fields = self.contract.response.walk()
        if lists := [field.path for field in fields if field.family == "list"]:
            message["lists"] = lists
        reply = self._driver.call(message, lambda: self._due(call))
        late = self.gateway.timing.monotonic() > self._due(call, patient=False)
        if late and len(self.gateway.seen()) < 2:
            raise Silent("it said nothing in time")
        if call.after:
            self.gateway.timing.sleep(call.after / 1000)
        return self._observed(call, reply)

    def _due(self, call: Call, *, patient: bool = True) -> float:
        """When an outcome is due; `patient` bears with a pause before a second try.

        Whether that was a pause can be told afterwards only.
        """
        self._elsewhere |= self.origins.visited()
        seen, timeout = self.gateway.seen(), call.timeout / 1000
        if len(seen) > ENDLESS:
            return self.gateway.began
        quiet_since = max([self.gateway.began, *(request.at for request in seen)])
        if len(seen) > 1:
            return quiet_since + timeout + BACK_OFF
        return quiet_since + max(timeout + GRACE, BACK_OFF if patient else 0)

    def _observed(self, call: Call, reply: Reply) -> Observation:
        self._elsewhere |= self.origins.visited()
        result = sdk_result(reply.body, self.contract.response)
        leaked = self._driver is not None and self._driver.leaked()
        return Observation(call, reply, result, self.gateway.seen(), self._elsewhere, leaked)

    def broken(self, error: DriverError, clauses: Sequence[str]) -> Verdicts:
        """Say which of a case's clauses is broken by an outcome that never came."""
        if isinstance(error, Babbled) or self._call is None:
            return {PROTOCOL: Problem("", "the driver protocol", str(error))}
        clause, seen = clauses[0], self.gateway.seen()
        expected = f"an outcome within {self._call.timeout / 1000 + GRACE:g} s"
        if not isinstance(error, Silent):
            expected, actual = "an outcome", str(error)
        elif len(seen) > ENDLESS:
            # to follow a redirect is no retry: where that is the case, it is not about retries
            clause = BOUNDED if BOUNDED in clauses else clause
            expected, actual = f"at most {MOST_TRIES} requests", f"{len(seen)} requests, and no end"
        elif self.gateway.holding(self._due(self._call, patient=False)):
            actual = "silence, while the gateway held its answer"
        else:
            why = "though the gateway had long answered" if seen else "and nothing was sent"
            actual = f"silence, {why}"
        return {clause: Problem("", expected, actual)}

    def unanswered(self, error: DriverError) -> list[Observation]:
        """Return what was seen of the call that has no outcome, if one was made."""
        reply = Reply("none", message=str(error))
        return [self._observed(self._call, reply)] if self._call else []
