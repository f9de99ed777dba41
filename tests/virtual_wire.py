"""A gateway in the same process, behind a wire and clocks that are only told of."""

import datetime
from dataclasses import dataclass, field

from topcheck.gateway.connection import BROKEN
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.timing import Timing
from topcheck.wire.exchange import Exchange, Response, first_header

#: So many bytes of a dripping body come at once.
DROP = 4
#: How long an answer takes that is not held back, in seconds.
AT_ONCE = 0.001


@dataclass
class VirtualTime:
    """Clocks that go on only where something takes its time."""

    began: datetime.datetime = datetime.datetime(2026, 1, 2, 4, 0, 0, tzinfo=datetime.UTC)
    passed: float = 0.0

    def now(self):
        """Return the time."""
        return self.began + datetime.timedelta(seconds=self.passed)

    def sleep(self, seconds):
        """Let time pass."""
        self.passed += seconds

    @property
    def timing(self):
        """The clocks as a run takes them."""
        return Timing(self.now, lambda: self.passed, self.sleep)


@dataclass
class VirtualWire:
    """Carries requests to whoever answers, and its answers back, within a timeout in seconds."""

    answering: object
    time: VirtualTime
    timeout: float = 1.0
    count: int = field(default=0)

    def send(self, request):
        """Make an exchange as the client does over a socket."""
        self.count += 1
        at = self.time.now()
        answer = self.answering.answer(request)
        seconds, failure = self._way(answer)
        self.time.sleep(seconds)
        if failure:
            return Exchange(request, None, at, seconds, failure)
        pairs = answer.headers.items() if isinstance(answer.headers, dict) else answer.headers
        headers = tuple(pairs)
        length = int(first_header(headers, "Content-Length") or len(answer.body))
        return Exchange(
            request, Response(answer.status, headers, answer.body[:length]), at, seconds
        )

    def _way(self, answer):
        """Return how long an answer takes, and why it does not come."""
        if not isinstance(answer, ScriptedResponse):
            return AT_ONCE, None
        if answer.reset:
            return AT_ONCE, BROKEN
        dripping = answer.drip / 1000 * -(-len(answer.body) // DROP)
        if answer.delay / 1000 > self.timeout:
            return self.timeout, "no answer in time"
        if dripping > self.timeout:
            return self.timeout, "the answer does not end in time"
        declared = first_header(tuple(answer.headers.items()), "Content-Length")
        sent = len(answer.body) if answer.cut_after is None else answer.cut_after
        lost = sent < int(declared or len(answer.body))
        return answer.delay / 1000 + dripping + AT_ONCE, BROKEN if lost else None
