"""Asking within bounds: so many requests, so fast, so long, again where that helps, no further."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from topcheck.contract import protocol
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.timing import Timing
from topcheck.judge.evidence import Judged
from topcheck.judge.finding import Judgement, shorten
from topcheck.judge.outcomes import is_busy
from topcheck.live.plan import Probes
from topcheck.live.probe import Probe
from topcheck.wire.exchange import Exchange, Request
from topcheck.wire.limits import MAX_BODY_BYTES, MOST_REQUESTS

#: How often a busy answer is asked again, signed anew, and how long is waited first, in seconds.
TRIES, PAUSE = 3, 0.2
_FOR_SECONDS = re.compile(r"(?<!\d)(\d{1,9})\s{0,9}(?:more\s{1,9})?(?:seconds?|秒)", re.IGNORECASE)
#: So much is kept of a body that is too large, once it is judged, in bytes.
_BEGINNING = 65536
#: Exchanges in a row without a whole answer, after which nothing more is asked.
MOST_LOST = 3
#: Answers in a row over the latency budget, after which the finding is sure enough.
MOST_LATE = 12
#: Is told how many requests were made, and of how many, None while that is not known.
Tell = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a gateway is asked.

    `requests` is how many there may be, `rate` how many in a second (None: as fast as it answers),
    `seconds` how long all of it may take besides, and `latency` how long an answer may, in seconds.
    After `late` answers in a row that take longer no more is asked.
    """

    requests: int = MOST_REQUESTS
    rate: float | None = None
    seconds: float = 20.0
    latency: float | None = None
    late: int = sys.maxsize


@dataclass(frozen=True, slots=True)
class ProbeResult(Judged):
    """What came of a probe, and its request as it was signed."""

    probe: Probe
    signed: Request


def _begun(exchange: Exchange) -> Exchange:
    """Forget all of a body that is too large but its beginning, or a run would hold them all."""
    response = exchange.response
    if response is None or len(response.body) <= MAX_BODY_BYTES:
        return exchange
    body, left_out = response.body[:_BEGINNING], len(response.body) - _BEGINNING
    return replace(exchange, response=replace(response, body=body, left_out=left_out))


class Runner:
    """Asks one gateway.

    `stopped` says why no more was asked than was, None if all was; `failure` why the last exchange
    got no whole answer; `busy` has the answers after which the same was asked again.
    """

    def __init__(
        self, gateway: Gateway, bounds: Bounds, judge: Callable[[Exchange], Judgement],
        timing: Timing, tell: Tell | None = None,
    ) -> None:  # fmt: skip
        self._gateway = gateway
        self._tell = tell
        self._of: int | None = None
        self._bounds = bounds
        self._judge = judge
        self._timing = timing
        self._began = timing.monotonic()
        self._lost = self._late = 0
        self.count = 0
        self.busy: list[ProbeResult] = []
        self.failure: str | None = None
        self.stopped: str | None = None

    def expect(self, groups: Iterator[Probes]) -> None:
        """Count what is still to come, if somebody is told, as far as the bounds allow."""
        if self._tell:
            self._of = min(self.count + sum(map(len, groups)), self._bounds.requests)

    def ask(self, group: Probes) -> list[ProbeResult]:
        """Ask a group, as far as the bounds allow."""
        results = []
        for probe in group:
            result = self._patiently(probe)
            if result is None:
                break
            results.append(result)
        return results

    def _patiently(self, probe: Probe) -> ProbeResult | None:
        """Ask again, signed anew, while the gateway says that it is busy; None if it stays so."""
        for tries in range(TRIES):
            if self.stopped or not self._may_ask():
                return None
            result = self._once(probe)
            wait = self._wait(result.judgement, tries)
            if wait is None:
                return result
            self.busy.append(result)
            values = result.judgement.values
            told = f"{values.get('code')} {values.get('sub_code', '')}"
            self.failure = f"it stays busy: {shorten(told.strip())}"
            if wait > self._left():
                asks = wait > PAUSE * 2**TRIES
                self.stopped = f"the gateway asks to wait {wait:g} s" if asks else self.failure
                return None
            if tries + 1 < TRIES:
                self._timing.sleep(wait)
        return None

    def _once(self, probe: Probe) -> ProbeResult:
        gateway = self._gateway
        if pause := self._pause():
            self._timing.sleep(pause)
        self.count += 1
        method, caller = gateway.contract.method, gateway.credentials
        signed, request = probe.requests(method, caller, self._timing.now)
        sent = gateway.send(request)
        if self._tell:
            self._tell(self.count, self._of)
        self._count_failures(sent)
        exchange = replace(sent, expected=replace(probe.expected, budget=self._bounds.latency))
        return ProbeResult(_begun(exchange), self._judge(exchange), probe, signed)

    def _count_failures(self, sent: Exchange) -> None:
        """Stop where answer after answer fails to come, or to come within the budget."""
        self.failure = sent.failure
        self._lost = self._lost + 1 if sent.response is None else 0
        if self._lost >= (MOST_LOST if self._lost < self.count else MOST_LOST - 1):
            self.stopped = f"{self._lost} requests in a row got no whole answer"
        budget = self._bounds.latency
        late = budget is not None and sent.seconds is not None and sent.seconds > budget
        self._late = self._late + 1 if late else 0
        if self._late >= self._bounds.late:
            self.stopped = f"{self._late} answers in a row were over the latency budget"

    def _may_ask(self) -> bool:
        if self.count >= self._bounds.requests:
            self.stopped = f"{self._bounds.requests} requests were made (--max-requests)"
        elif self._left() <= self._pause():
            self.stopped = f"{self._bounds.seconds:g} s are over"
        return self.stopped is None

    def _left(self) -> float:
        paced = self.count / self._bounds.rate if self._bounds.rate else 0.0
        return self._began + paced + self._bounds.seconds - self._timing.monotonic()

    def _pause(self) -> float:
        """Return how long to wait so as not to ask too often."""
        if not self._bounds.rate:
            return 0.0
        return max(0.0, self._began + self.count / self._bounds.rate - self._timing.monotonic())

    def _wait(self, judgement: Judgement, tries: int) -> float | None:
        """Return how long to wait before the same is asked again, None if that is no use."""
        if judgement.side != "error_response":
            return None
        values = judgement.values
        code, named = values.get("code"), _FOR_SECONDS.search(str(values.get("sub_msg", "")))
        if code == protocol.QUOTA_CODE and named:
            return float(named[1])
        return PAUSE * 2**tries if is_busy(values) else None
