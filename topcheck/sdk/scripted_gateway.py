"""The gateway of one driver: a sandbox that keeps what it was asked, and answers by script."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from topcheck.contract.protocol import SANDBOX_HOST
from topcheck.gateway.client import now
from topcheck.gateway.orders import Order, ScriptedResponse
from topcheck.gateway.sandbox import Sandbox
from topcheck.gateway.server import serving
from topcheck.sdk.case import Call, ReceivedRequest
from topcheck.wire.exchange import Request, Response

#: Stands in the headers of a raw answer for an origin that is not the gateway's, and for its own.
ELSEWHERE, HERE = "{elsewhere}", "{here}"


class ScriptedGateway:
    """Answers one driver. What is scripted is answered without checking the request."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._script: Order | None = None
        self._zipped = False
        self._seen: list[ReceivedRequest] = []
        self._busy_until = 0.0
        self._origins: dict[str, str] = {}
        self._listener: socket.socket | None = None
        self.url = ""

    @contextlib.contextmanager
    def open(self) -> Iterator[ScriptedGateway]:
        """Serve while the block runs, and listen at another origin that must stay unvisited."""
        with serving(self) as self.url, socket.create_server((SANDBOX_HOST, 0)) as self._listener:
            self._listener.setblocking(False)
            parts = urlsplit(self.url)
            other = f"{parts.scheme}://{SANDBOX_HOST}:{self._listener.getsockname()[1]}"
            self._origins = {ELSEWHERE: f"{other}{parts.path}", HERE: self.url}
            yield self

    def begin(self, call: Call) -> None:
        """Set the stage for one call: its script, and nothing seen."""
        with self._lock:
            self._script = Order({}, list(call.answers)) if call.answers else None
            self._zipped = call.zipped
            self._seen, self._busy_until = [], 0.0

    def seen(self) -> tuple[ReceivedRequest, ...]:
        """Return the requests since the call began."""
        with self._lock:
            return tuple(self._seen)

    def quiet_since(self, began: float) -> float:
        """Return since when nothing has happened here: the last request, or when the call began."""
        with self._lock:
            return max([began, *(seen.at for seen in self._seen)])

    def holding(self) -> bool:
        """Whether an answer, or the end of one, is still due."""
        with self._lock:
            return time.monotonic() < self._busy_until

    def visited_elsewhere(self) -> bool:
        """Whether somebody has come to the other origin since this was last asked."""
        visited = False
        with contextlib.suppress(BlockingIOError):
            while self._listener:
                self._listener.accept()[0].close()
                visited = True
        return visited

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer a request, and keep it."""
        at = time.monotonic()
        with self._lock:
            answer = self._scripted(request) if self._script else self._sandbox.answer(request)
            if isinstance(answer, ScriptedResponse):
                self._busy_until = at + (answer.delay + answer.hold) / 1000
            self._seen.append(ReceivedRequest(request, now(), at, answer))
        return answer

    def _scripted(self, request: Request) -> ScriptedResponse:
        raw = self._script.read() if self._script else None
        assert isinstance(raw, ScriptedResponse)  # noqa: S101 - cases hold raw answers only
        headers = {k: self._origins.get(v, v) for k, v in raw.headers.items()}
        body = raw.body
        if self._zipped and "gzip" in (request.header("Accept-Encoding") or ""):
            headers["Content-Encoding"], body = "gzip", gzip.compress(body)
        return replace(raw, headers=headers, body=body)
