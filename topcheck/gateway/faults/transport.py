"""Faults of transport: what is around an answer, or sometimes instead of it."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.faults.fault import ChangeAnswer, Fault, behaviour
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import format_of
from topcheck.generate import trees
from topcheck.generate.bodies import HTML
from topcheck.wire.exchange import PATH, Request, Response
from topcheck.wire.limits import MAX_BODY_BYTES, MAX_HEAD_LINES
from topcheck.wire.write import write_json

#: How often a fault that comes only sometimes comes: at every answer with this number.
SOMETIMES = 7
#: How long a slow answer takes, and the pause before each drop of a dripping one, in milliseconds.
SLOWLY, A_DROP = 300, 200
_MANY_HEADERS = tuple((f"X-{number}", "x") for number in range(MAX_HEAD_LINES + 1))


def as_html(_request: Request, response: Response) -> Response:
    """Answer with a page of HTML."""
    return replace(response, headers=(("Content-Type", "text/html"),), body=HTML)


def _declared(content_type: Callable[[Request], str]) -> ChangeAnswer:
    """Declare another type, by what was asked."""

    def change(request: Request, response: Response) -> Response:
        kept = (pair for pair in response.headers if pair[0] != "Content-Type")
        return replace(response, headers=(*kept, ("Content-Type", content_type(request))))

    return change


def _status(code: int) -> ChangeAnswer:
    return lambda _request, response: replace(response, status=code)


def _raw(response: Response, **how: Any) -> ScriptedResponse:
    """Send an answer in another way."""
    headers = {**dict(response.headers), **how.pop("headers", {})}
    return ScriptedResponse(response.status, headers, response.body, **how)


def _line(line: str) -> ChangeAnswer:
    return lambda _request, response: _raw(response, lines=(line,))


def _more(*headers: tuple[str, str]) -> ChangeAnswer:
    return lambda _request, response: replace(response, headers=(*response.headers, *headers))


def _reset(_request: Request, response: Response) -> ScriptedResponse:
    return _raw(response, reset=True)


def _short(_request: Request, response: Response) -> ScriptedResponse:
    length = len(response.body)
    return _raw(response, headers={"Content-Length": str(length // 2)}, cut_after=length)


def _zipped(_request: Request, response: Response) -> Response:
    headers = (*response.headers, ("Content-Encoding", "gzip"))
    return replace(response, headers=headers, body=gzip.compress(response.body))


def transport_faults(contract: Contract) -> Iterator[Fault]:
    """Yield faults of the transport, slow answers, and what goes wrong only sometimes.

    UTF-8 that could be GBK as well shows a wrong charset in XML alone, which declares its own.
    """
    sample = write_json(trees.sample(contract.response))
    is_both = sample.decode("gbk", "ignore").encode("gbk") == sample
    for fault in _FAULTS:
        only_xml = fault.id == _OTHER_CHARSET and is_both
        yield replace(fault, formats=("xml",)) if only_xml else fault


_OTHER_CHARSET = "transport.other_charset"
_FAULTS = (
    behaviour("transport.status", "wire.http.status",
              "an answer comes with HTTP 404", answer=_status(404)),
    behaviour("transport.server_error", "wire.http.server_error",
              "an answer comes with HTTP 500", answer=_status(500)),
    behaviour("transport.plain", "wire.http.content_type",
              "an answer is declared as plain text",
              answer=_declared(lambda _request: "text/plain;charset=UTF-8")),
    behaviour("transport.other_type", "wire.body.type",
              "JSON is declared as XML, and XML as JSON",
              answer=_declared(lambda request: protocol.CONTENT_TYPES[
                  "xml" if format_of(request) == "json" else "json"])),
    behaviour(_OTHER_CHARSET, "wire.body.encoding", "UTF-8 is declared as GBK",
              answer=_declared(lambda request: protocol.CONTENT_TYPES[
                  format_of(request)].replace("UTF-8", "GBK"))),
    behaviour("transport.gzip", "wire.http.gzip",
              "an answer is compressed though nobody asked for it", answer=_zipped),
    behaviour("transport.half", "wire.http.connection",
              "the connection ends after half a body",
              answer=lambda _, response: _raw(response, cut_after=len(response.body) // 2)),
    behaviour("transport.short_length", "wire.body.syntax",
              "the declared length is shorter than the body", answer=_short),
    behaviour("transport.reset", "wire.http.connection",
              "every second connection is reset", answer=_reset, every=2),
    behaviour("transport.drip", "wire.http.connection",
              "a body comes drop by drop, and never ends in time",
              answer=lambda _, response: _raw(response, drip=A_DROP)),
    behaviour("transport.many_headers", "wire.http.head",
              "the headers do not end", answer=_more(*_MANY_HEADERS)),
    behaviour("transport.header_blank", "wire.http.head",
              "a header has a blank before its colon", answer=_line("X-Served-By : sandbox")),
    behaviour("transport.header_no_colon", "wire.http.head",
              "a line of the head has no colon", answer=_line("served by the sandbox")),
    behaviour("transport.two_types", "wire.http.head",
              "an answer is declared as text/html as well",
              answer=_more(("Content-Type", protocol.MEDIA_TYPES["html"][0]))),
    behaviour("transport.two_charsets", "wire.http.head",
              "an answer is declared in a second charset",
              answer=_declared(lambda request: protocol.CONTENT_TYPES[
                  format_of(request)] + ";charset=GBK")),
    behaviour("transport.endless", "wire.body.limits",
              f"every {SOMETIMES}th body is larger than any answer",
              every=SOMETIMES, answer=lambda _, response: replace(
                  response, body=response.body + b" " * (MAX_BODY_BYTES + 1))),
    behaviour("transport.redirect", "wire.body.type",
              "every answer is a redirect to where it came from",
              answer=lambda *_: ScriptedResponse(302, {"Location": PATH})),
    behaviour("latency.slow", "wire.http.latency",
              f"an answer takes {SLOWLY} ms", budget=SLOWLY - 100,
              answer=lambda _, response: _raw(response, delay=SLOWLY)),
    behaviour("intermittent.html", "wire.body.type",
              f"every {SOMETIMES}th answer is a page of HTML", answer=as_html, every=SOMETIMES),
    behaviour("intermittent.reset", "wire.http.connection",
              f"every {SOMETIMES}th connection is reset",
              answer=_reset, every=SOMETIMES),
    behaviour("intermittent.server_error", "wire.http.server_error",
              f"every {SOMETIMES}th answer comes with HTTP 500",
              answer=_status(500), every=SOMETIMES),
)  # fmt: skip
