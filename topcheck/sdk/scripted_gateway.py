"""The gateway of one driver: a pure sandbox that keeps what it was asked, and answers by script."""

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import Sandbox
from topcheck.gateway.timing import Timing
from topcheck.sdk.case import Call, ReceivedRequest
from topcheck.wire.declared import accepted_codings
from topcheck.wire.exchange import Request, Response

#: Stands in the headers of a raw answer for an origin that is not the gateway's, and for its own.
ELSEWHERE, HERE = "{elsewhere}", "{here}"


@dataclass(frozen=True, slots=True)
class Origins:
    """Where a gateway is reached, and the URL of another origin that must stay unvisited.

    `visited` tells whether somebody has come to the other origin since it was last asked.
    """

    url: str
    elsewhere: str
    visited: Callable[[], bool]


class ScriptedGateway:
    """Answers one driver. What is scripted is answered without checking the request.

    `began` is when the last call began, in seconds.
    """

    def __init__(self, sandbox: Sandbox, timing: Timing) -> None:
        self._sandbox = sandbox
        self._timing = timing
        self._lock = threading.Lock()
        self._script: list[ScriptedResponse] = []
        self._urls: dict[str, str] = {}
        self._zipped = False
        self.began = self._busy_until = 0.0
        self._seen: list[ReceivedRequest] = []

    def begin(self, call: Call, origins: Origins) -> None:
        """Begin a call at some origins: with its script, and nothing seen."""
        with self._lock:
            self._script, self._zipped = list(call.answers), call.zipped
            self._urls = {ELSEWHERE: origins.elsewhere, HERE: origins.url}
            self.began, self._busy_until = self._timing.monotonic(), 0.0
            self._seen = []

    def seen(self) -> tuple[ReceivedRequest, ...]:
        """Return the requests since the call began."""
        with self._lock:
            return tuple(self._seen)

    def holding(self) -> bool:
        """Whether an answer, or the end of one, is still due."""
        with self._lock:
            return self._timing.monotonic() < self._busy_until

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer a request, and keep it."""
        at = self._timing.monotonic()
        with self._lock:
            answer = self._scripted(request) if self._script else self._sandbox.answer(request)
            if isinstance(answer, ScriptedResponse):
                self._busy_until = at + (answer.delay + answer.hold) / 1000
            self._seen.append(ReceivedRequest(request, self._timing.now(), at, answer))
        return answer

    def _scripted(self, request: Request) -> ScriptedResponse:
        raw = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        headers, body = {k: self._urls.get(v, v) for k, v in raw.headers.items()}, raw.body
        asked = accepted_codings(request.header("Accept-Encoding")) or ()
        if self._zipped and "gzip" in asked:
            headers["Content-Encoding"], body = "gzip", gzip.compress(body)
        return replace(raw, headers=headers, body=body)
