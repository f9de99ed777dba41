"""The gateway of one driver: a pure sandbox that keeps what it was asked, and answers by script."""

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import Sandbox
from topcheck.gateway.timing import Timing
from topcheck.sdk.case import Answer, Call, ReceivedRequest, asked_format
from topcheck.wire.declared import accepted_codings
from topcheck.wire.exchange import Request, Response

#: Stands in a raw answer for an origin that is not the gateway's, and, as a header, for its own.
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
    """Answers one driver. What is scripted is answered without checking more than the format.

    `began` is when the last call began, in seconds, by the clock of `timing`.
    """

    def __init__(self, sandbox: Sandbox, timing: Timing) -> None:
        self._sandbox = sandbox
        self.timing = timing
        self._lock = threading.Lock()
        self._script: list[Answer] = []
        self._told = ""
        self._urls: dict[str, str] = {}
        self._zipped = False
        self.began = self._busy_until = self._owes_until = 0.0
        self._seen: list[ReceivedRequest] = []

    def begin(self, call: Call, origins: Origins) -> None:
        """Begin a call at some origins: with its script, and nothing seen."""
        with self._lock:
            self._script, self._told = list(call.answers), call.format
            self._zipped = call.zipped
            self._urls = {ELSEWHERE: origins.elsewhere, HERE: origins.url}
            self.began, self._busy_until = self.timing.monotonic(), 0.0
            self._seen = []

    def seen(self) -> tuple[ReceivedRequest, ...]:
        """Return the requests since the call began."""
        with self._lock:
            return tuple(self._seen)

    def holding(self, at: float) -> bool:
        """Whether an answer of the call, or the end of one, was still due at a moment."""
        with self._lock:
            return at < self._busy_until

    def forget(self) -> bool:
        """Forget what is still due of all calls; whether there was anything."""
        with self._lock:
            owed, self._owes_until = self._owes_until > self.timing.monotonic(), 0.0
            return owed

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer a request, and keep it."""
        at = self.timing.monotonic()
        with self._lock:
            answer = self._scripted(request) if self._script else self._sandbox.answer(request)
            if isinstance(answer, ScriptedResponse):
                self._busy_until = at + answer.lasts / 1000
                self._owes_until = max(self._owes_until, self._busy_until)
            self._seen.append(ReceivedRequest(request, self.timing.now(), at, answer))
        return answer

    def _scripted(self, request: Request) -> ScriptedResponse:
        answer = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        raw = answer.get(asked_format(request), answer[self._told])
        headers = {k: self._urls.get(v, v) for k, v in raw.headers.items()}
        body = raw.body.replace(ELSEWHERE.encode(), self._urls[ELSEWHERE].encode())
        accepted = accepted_codings(request.header("Accept-Encoding")) or ()
        if self._zipped and "gzip" in accepted:
            headers["Content-Encoding"], body = "gzip", gzip.compress(body)
        return replace(raw, headers=headers, body=body)
