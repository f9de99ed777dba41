"""What the sandbox was asked, what it answered, and why it refused: a line of JSON a request."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

from topcheck.gateway.diagnosis import Known, diagnose, sessions
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import Settings
from topcheck.gateway.server import Answering
from topcheck.gateway.timing import Clock
from topcheck.judge.response import ResponseJudge
from topcheck.wire.exchange import Request, Response
from topcheck.wire.redact import Redactor, on_the_wire
from topcheck.workspace import Workspace

STDOUT = "-"
#: Its owner reads it, and nobody else.
_MODE = 0o600


def open_log(name: str) -> IO[str]:
    """Open a log to be appended to, `-` for standard output. Raises OSError."""
    if name == STDOUT:
        return sys.stdout
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _MODE)
    return os.fdopen(file, "a", encoding="utf-8")


class LoggedGateway:
    """Answers as a gateway does, and tells of each request once it is answered.

    `tell` is given a line of what was asked, and the record of it.
    """

    def __init__(
        self, gateway: Answering, workspace: Workspace, settings: Settings, clock: Clock,
        tell: Callable[[str, dict[str, Any]], None],
    ) -> None:  # fmt: skip
        secret, key = settings.credentials.app_secret, settings.credentials.app_key
        known = Known.of(workspace.contract, secret, key)
        self._known = replace(known, tolerance=settings.tolerance)
        self._gateway = gateway
        self._judge = workspace.judges.response
        self._clock = clock
        self._tell = tell

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer one request."""
        at = self._clock()
        answer = self._gateway.answer(request)
        found = diagnose(request, self._known, at)
        record = {
            "at": at.isoformat(timespec="milliseconds"),
            "method": request.value("method"),
            "path": request.path,
            "answer": _error(answer, self._judge),
            **asdict(found),
        }
        hidden = Redactor([self._known.secret, *sessions(request)])
        self._tell(hidden.redacted(on_the_wire(request)), hidden.redacted_data(record))
        return answer


def _error(answer: Response | ScriptedResponse, judge: ResponseJudge) -> dict[str, Any] | None:
    """Return code and message of a refusal, None for any other answer."""
    judged = judge.judge(answer.body)
    if judged.side != "error_response":
        return None
    return {name: judged.values.get(name) for name in ("code", "msg")}


def line_of(record: dict[str, Any]) -> str:
    """Write a record as one line: no control character of a request is in it."""
    return json.dumps(record, ensure_ascii=False)


def in_words(asked: str, record: dict[str, Any]) -> str:
    """Say in a line or more what was asked, what was answered, and why it was refused."""
    error = record["answer"]
    came = f"refused: {error['code']} {error['msg']}" if error else "answered"
    reasons = [f"  {reason['id']}: {reason['text']}" for reason in record["why"]]
    return "\n".join([f"{asked} {came}", *reasons])
