"""A gateway in the same process, behind a wire and clocks that are only told of."""

import datetime
from dataclasses import dataclass, field

from topcheck.gateway.connection import BROKEN, RESET
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.timing import Timing
from topcheck.wire.exchange import LONG_HEAD, PATH, Exchange, first_header
from topcheck.wire.http import HeadLimitError, HttpExchange

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


def pairs_of(answer):
    """Return the headers of an answer, in their order."""
    return tuple(answer.headers.items() if isinstance(answer.headers, dict) else answer.headers)


def received(request, answer, at, seconds):
    """Make an exchange of what the client reads from the bytes of an answer."""
    pairs = pairs_of(answer)
    if first_header(pairs, "Content-Length") is None:
        pairs += (("Content-Length", str(len(answer.body))),)
    lines = [f"{name}: {value}" for name, value in pairs] + list(getattr(answer, "lines", ()))
    head = "\r\n".join([f"HTTP/1.1 {answer.status} -", *lines, "", ""]).encode()
    spoken = HttpExchange()
    spoken.request(request.verb, PATH, {"Host": "gateway.invalid"}, None)
    try:
        assert spoken.feed(head + answer.body)
    except HeadLimitError:
        return Exchange(request, None, at, seconds, LONG_HEAD)
    return Exchange(request, spoken.response(), at, seconds)


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
        return received(request, answer, at, seconds)

    def _way(self, answer):
        """Return how long an answer takes, and why it does not come."""
        if not isinstance(answer, ScriptedResponse):
            return AT_ONCE, None
        if answer.reset:
            return AT_ONCE, RESET
        dripping = answer.drip / 1000 * -(-len(answer.body) // DROP)
        if answer.delay / 1000 > self.timeout:
            return self.timeout, "no answer in time"
        if dripping > self.timeout:
            return self.timeout, "the answer does not end in time"
        declared = first_header(pairs_of(answer), "Content-Length")
        sent = len(answer.body) if answer.cut_after is None else answer.cut_after
        lost = sent < int(declared or len(answer.body))
        return answer.delay / 1000 + dripping + AT_ONCE, BROKEN if lost else None
