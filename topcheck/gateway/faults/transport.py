"""Faults of sending: what is around an answer, or sometimes instead of it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from topcheck.contract import protocol
from topcheck.gateway.faults.fault import ChangeAnswer, Fault, Served
from topcheck.gateway.orders import ScriptedResponse
from topcheck.generate.bodies import HTML
from topcheck.wire.exchange import PATH, Response
from topcheck.wire.limits import MAX_BODY_BYTES

#: How often a fault that comes only sometimes comes: at every answer with this number.
SOMETIMES = 7
#: How long a slow answer takes, and the pause before each drop of a dripping one, in milliseconds.
SLOWLY, A_DROP = 300, 200
_MANY_HEADERS = {f"X-Header-{number}": "x" * 100 for number in range(200)}


def _with_header(name: str, value: str) -> ChangeAnswer:
    def change(served: Served) -> Response:
        kept = [pair for pair in served.response.headers if pair[0].lower() != name.lower()]
        return replace(served.response, headers=(*kept, (name, value)))

    return change


def _raw(**how: Any) -> ChangeAnswer:
    """Send the answer in another way."""
    return lambda served: ScriptedResponse(served.response.status, dict(served.response.headers),
                              served.response.body, **how)  # fmt: skip


def _half(served: Served) -> ScriptedResponse:
    response = served.response
    return ScriptedResponse(response.status, dict(response.headers), response.body,
               cut_after=len(response.body) // 2)  # fmt: skip


def _short(served: Served) -> ScriptedResponse:
    body = served.response.body
    headers = {**dict(served.response.headers), "Content-Length": str(len(body) // 2)}
    return ScriptedResponse(served.response.status, headers, body, cut_after=len(body))


def _zipped(served: Served) -> Response:
    headers = (*served.response.headers, ("Content-Encoding", "gzip"))
    return replace(served.response, headers=headers, body=gzip.compress(served.response.body))


def _sometimes(change: ChangeAnswer) -> ChangeAnswer:
    return lambda served: change(served) if served.count % SOMETIMES == 0 else served.response


def _huge(served: Served) -> Response:
    blanks = b" " * (MAX_BODY_BYTES + 1)
    return replace(served.response, body=served.response.body + blanks)


def as_html(served: Served) -> Response:
    """Answer with a page of HTML."""
    return replace(served.response, headers=(("Content-Type", "text/html"),), body=HTML)


def _status(code: int) -> ChangeAnswer:
    return lambda served: replace(served.response, status=code)


def _other_type(served: Served) -> Response:
    other = protocol.CONTENT_TYPES["xml" if served.fmt == "json" else "json"]
    return _with_header("Content-Type", other)(served)  # type: ignore[return-value]


def _other_charset(served: Served) -> Response:
    declared = protocol.CONTENT_TYPES[served.fmt].replace("UTF-8", "GBK")
    return _with_header("Content-Type", declared)(served)  # type: ignore[return-value]


def transport_faults() -> Iterator[Fault]:
    """Yield faults of the transport, slow answers, and what goes wrong only sometimes."""
    rows: list[tuple[str, str, str, str, ChangeAnswer]] = [
        ("transport.status", "wire.http.status", "transport",
         "an answer comes with HTTP 404", _status(404)),
        ("transport.server_error", "wire.http.server_error", "transport",
         "an answer comes with HTTP 500", _status(500)),
        ("transport.plain", "wire.http.content_type", "transport",
         "an answer is declared as plain text",
         _with_header("Content-Type", "text/plain;charset=UTF-8")),
        ("transport.other_type", "wire.body.type", "transport",
         "JSON is declared as XML, and XML as JSON", _other_type),
        ("transport.other_charset", "wire.body.encoding", "transport",
         "UTF-8 is declared as GBK", _other_charset),
        ("transport.gzip", "wire.http.gzip", "transport",
         "an answer is compressed though nobody asked for it", _zipped),
        ("transport.half", "wire.http.connection", "transport",
         "the connection ends after half a body", _half),
        ("transport.short_length", "wire.body.syntax", "transport",
         "the declared length is shorter than the body", _short),
        ("transport.reset", "wire.http.connection", "transport",
         "the connection is reset", _raw(reset=True)),
        ("transport.drip", "wire.http.connection", "transport",
         "a body comes drop by drop, and never ends in time", _raw(drip=A_DROP)),
        ("transport.many_headers", "wire.http.connection", "transport",
         "the headers do not end", lambda served: replace(
             served.response, headers=(*served.response.headers, *_MANY_HEADERS.items()))),
        ("transport.endless", "wire.body.limits", "transport",
         f"every {SOMETIMES}th body is larger than any answer", _sometimes(_huge)),
        ("transport.redirect", "wire.body.type", "transport",
         "every answer is a redirect to where it came from",
         lambda _served: ScriptedResponse(302, {"Location": PATH})),
        ("latency.slow", "wire.http.latency", "latency",
         f"an answer takes {SLOWLY} ms", _raw(delay=SLOWLY)),
        ("intermittent.html", "wire.body.type", "intermittent",
         f"every {SOMETIMES}th answer is a page of HTML", _sometimes(as_html)),
        ("intermittent.reset", "wire.http.connection", "intermittent",
         f"every {SOMETIMES}th connection is reset", _sometimes(_raw(reset=True))),
        ("intermittent.server_error", "wire.http.server_error", "intermittent",
         f"every {SOMETIMES}th answer comes with HTTP 500", _sometimes(_status(500))),
    ]  # fmt: skip
    yield from (Fault(*row[:4], answer=row[4]) for row in rows)
