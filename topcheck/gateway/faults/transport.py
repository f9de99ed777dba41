"""Faults of sending: what is around an answer, or sometimes instead of it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import Credentials, signed
from topcheck.gateway.faults.fault import ChangeAnswer, EditRequest, Fault, Served
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.signing import SIGN
from topcheck.gateway.timing import Clock
from topcheck.generate.bodies import HTML
from topcheck.wire.exchange import PATH, Request, Response
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


def _html(served: Served) -> Response:
    return replace(served.response, headers=(("Content-Type", "text/html"),), body=HTML)


def _when(matches: Callable[[Request], bool], change: ChangeAnswer) -> ChangeAnswer:
    return lambda served: change(served) if matches(served.request) else served.response


def _one(name: str) -> Callable[[Request], bool]:
    """Match a request whose parameter needs more than a double, or more than ASCII."""

    def matches(request: Request) -> bool:
        value = request.value(name) or ""
        return not value.isascii() or len(value.strip("-")) > 15

    return matches


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
         f"every {SOMETIMES}th answer is a page of HTML", _sometimes(_html)),
        ("intermittent.reset", "wire.http.connection", "intermittent",
         f"every {SOMETIMES}th connection is reset", _sometimes(_raw(reset=True))),
        ("intermittent.server_error", "wire.http.server_error", "intermittent",
         f"every {SOMETIMES}th answer comes with HTTP 500", _sometimes(_status(500))),
    ]  # fmt: skip
    yield from (Fault(*row[:4], answer=row[4]) for row in rows)


def conditional_faults(contract: Contract) -> Iterator[Fault]:
    """Yield faults that only some requests meet, and formats that are not what was asked for."""
    for parameter in contract.request_rows:
        yield Fault(f"conditional.{parameter.name}", "wire.body.type", "conditional",
                    f"a long or Chinese {parameter.name} is answered with a page of HTML",
                    answer=_when(_one(parameter.name), _html))  # fmt: skip

    for status in contract.coded:
        yield Fault(f"conditional.{status.name}.lost", f"exchange.{status.name}.echo",
                    "conditional", "an order with an id of many digits is not found",
                    edit=_looked_up_rounded(contract))  # fmt: skip

    def json_always(request: Request, caller: Credentials, _clock: Clock) -> Request:
        return (
            signed(request.edited(format="json"), caller.app_secret) if _fine(request) else request
        )

    yield Fault("envelope.json_only", "wire.body.type", "envelope",
                "JSON is answered whatever is asked for",
                edit=json_always, formats=("xml",))  # fmt: skip
    yield Fault("envelope.json_by_default", "wire.body.type", "envelope",
                "JSON is answered where no format is asked for",
                edit=lambda r, caller, clock: json_always(r, caller, clock)
                if r.value("format") is None else r, formats=("xml",))  # fmt: skip
    whole = next(c.id for c in contract.clauses if c.rule == "one_outcome")
    yield Fault("envelope.never_simple", whole, "envelope",
                "the root stays though simplify asks for none",
                edit=lambda r, caller, _clock: signed(r.edited(simplify=None), caller.app_secret)
                if r.value("simplify") else r, formats=("json",))  # fmt: skip


def _looked_up_rounded(contract: Contract) -> EditRequest:
    """Look for another order than the one that was asked for: ids go through a double."""

    def edit(request: Request, caller: Credentials, _clock: Clock) -> Request:
        ids = {p.name: request.value(p.name) or "" for p in contract.request_rows}
        rounded = {k: str(int(float(v))) for k, v in ids.items() if v.isdigit() and len(v) < 20}
        changed = {name: value for name, value in rounded.items() if value != ids[name]}
        if not changed or not _fine(request):
            return request
        return signed(request.edited(**changed), caller.app_secret)

    return edit


def _fine(request: Request) -> bool:
    """Whether a request says who it is, so that signing it anew repairs nothing."""
    return len(request.value(SIGN) or "") >= 32 and request.value(SIGN) != "0" * 32
