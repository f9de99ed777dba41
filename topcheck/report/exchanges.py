"""Whole exchanges for the outcome: heads, bodies and times, without secrets and of bounded size."""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from topcheck.contract.inferred import Scalar
from topcheck.judge.finding import shorten
from topcheck.report.outcome import ReportedExchange, ReportedMessage
from topcheck.wire.exchange import SECRET, Exchange, Pairs, Request, Response
from topcheck.wire.redact import REDACTED, Redactor, encoded, request_line
from topcheck.wire.tree import CUT, MessageError

#: So many findings of a clause have their exchanges whole, and each so many of them.
MOST_WHOLE, MOST_EXCHANGES = 3, 8
#: So much of a body, or of a head, is shown, in characters.
MOST_SHOWN = 8192
#: Headers that may let somebody in, whoever set them.
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "set-cookie"}
_NOBODY = Redactor([])


def reported_exchange(
    exchange: Exchange, values: Mapping[str, Scalar], path: str, redactor: Redactor = _NOBODY
) -> ReportedExchange:
    """Write an exchange of a finding at a path; `values` is what its answer tells, by path."""
    told = redactor.redacted(shorten(str(values[path]))) if path in values else None
    response, seconds = exchange.response, exchange.seconds
    return ReportedExchange(
        moment(exchange.at),
        None if seconds is None else round(seconds * 1000, 1),
        reported_request(exchange.request, redactor),
        reported_answer(response, redactor) if response else None,
        told,
        exchange.failure,
    )


def moment(at: datetime.datetime | None) -> str | None:
    """Write a time as ISO 8601 does, in UTC and to the millisecond."""
    return at.astimezone(datetime.UTC).isoformat(timespec="milliseconds") if at else None


def reported_request(request: Request, redactor: Redactor = _NOBODY) -> ReportedMessage:
    """Write a request as the wire has it; each parameter that is secret by its name is masked."""
    body = (_parts(request) if request.multipart else encoded(request.form)).encode()
    shown = _message(f"{request_line(request)} HTTP/1.1", request.headers, (), body, redactor)
    length = request.header("Content-Length") or ""
    return replace(shown, size=int(length)) if re.fullmatch("[0-9]{1,9}", length) else shown


def reported_answer(response: Response, redactor: Redactor = _NOBODY) -> ReportedMessage:
    """Write an answer as the wire has it, but for its compression."""
    notes, body = [], response.body
    if response.coding:
        try:
            body = response.content()
            notes.append(f"unpacked from {response.coding}")
        except MessageError as error:
            body = b""  # a secret in what is compressed cannot be seen
            notes.append(f"not shown: {error.reason}")
    first = f"HTTP/1.1 {response.status}"
    shown = _message(first, response.headers, response.malformed, body, redactor, notes)
    return replace(shown, size=len(response.body) + response.left_out)


def _message(
    first: str, headers: Pairs, lines: Iterable[str], body: bytes, redactor: Redactor,
    notes: Iterable[str] = (),
) -> ReportedMessage:  # fmt: skip
    shown, told = _text(body, redactor)
    masked = (f"{k}: {REDACTED if k.lower() in _SECRET_HEADERS else v}" for k, v in headers)
    head = "\n".join([first, *masked, *lines])
    head = redactor.redacted(head if len(head) <= MOST_SHOWN else head[:MOST_SHOWN] + CUT)
    note = "; ".join([*notes, *told])
    return ReportedMessage(head, shown, len(body), note or None)


def _text(body: bytes, redactor: Redactor) -> tuple[str, list[str]]:
    """Write the beginning of a body, and say what is not as it came.

    Secrets go first, while they are bytes; of more than what is shown, so that no half of one
    stays at the end.
    """
    clean = redactor.redacted_bytes(body[: 8 * MOST_SHOWN])
    text, notes = clean.decode("utf-8", "backslashreplace"), []
    if len(body) > 8 * MOST_SHOWN or len(text) > MOST_SHOWN:
        text = text[:MOST_SHOWN] + CUT
        notes = [f"cut: its first {MOST_SHOWN:,} characters are shown"]
    try:
        body[: 4 * MOST_SHOWN].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data" or len(body) <= 4 * MOST_SHOWN:
            notes.append("bytes that are no UTF-8 are escaped")
    return redactor.redacted(text), notes


def _parts(request: Request) -> str:
    """Write the parts of a multipart form, by the boundary that its head declares."""
    declared = (request.header("Content-Type") or "").partition("boundary=")[2]
    boundary = f"--{declared or 'boundary'}"
    parts = (
        f'{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        f"{REDACTED if name in SECRET else value}\r\n"
        for name, value in request.form
    )
    return "".join(parts) + f"{boundary}--\r\n"
