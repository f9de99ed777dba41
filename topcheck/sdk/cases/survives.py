"""What an SDK survives: bodies that are none, and connections that break or hang."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from topcheck.contract import protocol
from topcheck.gateway.orders import ScriptedResponse
from topcheck.generate.bodies import HTML
from topcheck.sdk.case import (
    TIMEOUT,
    Expect,
    Observation,
    Problem,
    SdkCase,
    Unseen,
    caught_failure,
    shown,
    told,
)
from topcheck.sdk.cases.documents import Documents, body, raw
from topcheck.sdk.cases.errors import RETRIES, asked_again
from topcheck.sdk.cases.judges import as_plainly, failed, right
from topcheck.sdk.driver_protocol import INT
from topcheck.sdk.scripted_gateway import ELSEWHERE, HERE

#: How long an SDK may wait where the gateway does not answer, in milliseconds.
PATIENCE = 1000
#: How long the gateway then holds its answer: longer than anybody may wait for an outcome.
HELD = 4000
MOST_REDIRECTS = 5
#: A code that no client makes up by itself.
ERROR = {"code": 533, "msg": "Remote service error", "sub_code": "isp.remote-service-error"}
#: What the three answers of a row say, of which the second comes too late.
TURNS = ("first", "second", "third")
_HTML = {"Content-Type": "text/html;charset=UTF-8"}
_PLAIN = {"Content-Type": "text/plain;charset=UTF-8"}
#: Bodies without the documented root.
_STRANGERS = {
    "json": (b'{"other_response":{}}', b"{}", b"null", b"[]", b'"ok"'),
    "xml": (b"<other_response/>", b'<?xml version="1.0"?><result/>'),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What is served, `before` it what is right, and what is expected to come of it.

    `timeout` is in milliseconds.
    """

    fact: str
    name: str
    answer: ScriptedResponse
    expect: Expect = failed
    before: ScriptedResponse | None = None
    timeout: int = TIMEOUT
    zipped: bool = False


def survives(docs: Documents) -> Iterator[SdkCase]:
    """Yield every case about what is no proper answer."""
    for fmt in protocol.FORMATS:
        for rows in (_no_answer, _bodies, _odd_but_right):
            yield from (_case(docs, row, fmt) for row in rows(docs, fmt))
        yield _late(docs, fmt)
        for place, name in ((ELSEWHERE, "to another origin"), (HERE, "without end")):
            call = docs.call(fmt, ScriptedResponse(302, {"Location": place}))
            yield SdkCase(("sdk.wire.redirect",), f"{name} {fmt}", (call,), _redirected)
    for fmt in protocol.FORMATS:
        yield from (_case(docs, row, fmt) for row in _statuses(docs, fmt))


def _case(docs: Documents, row: Row, fmt: str) -> SdkCase:
    last = docs.call(fmt, row.answer, timeout=row.timeout, zipped=row.zipped)
    calls = (docs.call(fmt, row.before), last) if row.before else (last,)
    return SdkCase((f"sdk.wire.{row.fact}", *RETRIES), f"{row.name} {fmt}", calls, row.expect,
                   partial(asked_again, docs))  # fmt: skip


def _late(docs: Documents, fmt: str) -> SdkCase:
    """Serve three answers, the second after its caller has given up: the third is the third."""
    first, second, third = (raw(docs.patched({docs.free.path: text}), fmt) for text in TURNS)
    late = replace(second, delay=PATIENCE + PATIENCE // 2)
    calls = (docs.call(fmt, first), docs.call(fmt, late, timeout=PATIENCE), docs.call(fmt, third))
    return SdkCase(("sdk.wire.stale",), f"after a late answer {fmt}", calls, partial(_own, docs))


# ------------------------------------------------------------------ rows


def _no_answer(docs: Documents, fmt: str) -> Iterator[Row]:
    sample = raw(docs.sample, fmt)
    half = replace(sample, cut_after=len(sample.body) // 2)
    yield Row("timeout", "no answer", replace(sample, delay=HELD), timeout=PATIENCE)
    yield Row("timeout", "half a body, then silence", replace(half, hold=HELD), timeout=PATIENCE)
    yield Row("reset", "reset", ScriptedResponse(reset=True))
    yield Row("truncated", "the connection ends", half)
    yield Row("truncated", "the body ends", body(half.body[: half.cut_after], fmt))


def _bodies(docs: Documents, fmt: str) -> Iterator[Row]:
    sample, empty = raw(docs.sample, fmt), body(b"", fmt)
    yield Row("empty", "HTTP 200", empty, partial(_nothing, docs))
    yield Row("stale", "empty after a success", empty, partial(_not_stale, docs), sample)
    for status in (200, 404, 502):
        yield Row("html", f"HTTP {status}", ScriptedResponse(status, _HTML, HTML))
    yield Row("html", "declared as the format", body(HTML, fmt))
    for content in _STRANGERS[fmt]:
        yield Row("unknown_root", content.decode(), body(content, fmt))


def _odd_but_right(docs: Documents, fmt: str) -> Iterator[Row]:
    sample, error = raw(docs.sample, fmt), raw(docs.error(ERROR), fmt)
    other = "xml" if fmt == "json" else "json"
    as_sample, types = partial(right, docs), {"text/plain": _PLAIN, "text/html": _HTML}
    for name, headers in types.items():
        yield Row("content_type", f"an error as {name},", replace(error, headers=headers), _error,
                  error)  # fmt: skip
    marked = replace(sample, body=b"\xef\xbb\xbf" + sample.body)
    yield Row("bom", "before the body", marked, as_sample, sample)
    yield Row("other_format", f"{other} for", raw(docs.sample, other), as_sample, sample)
    for name, headers in types.items():
        yield Row("content_type", f"a success as {name},", replace(sample, headers=headers),
                  as_sample, sample)  # fmt: skip
    yield Row("gzip", "if asked for", sample, partial(as_plainly, docs), sample, zipped=True)


def _statuses(docs: Documents, fmt: str) -> Iterator[Row]:
    plain = raw(docs.error(ERROR), fmt)
    failing = replace(plain, status=500)
    yield Row("http_500", "with an error body", failing, _http_error, plain)
    yield Row("http_500", "with HTML", ScriptedResponse(500, _HTML, HTML), _http_failure)
    yield Row("http_500", "without a body", ScriptedResponse(500), _http_failure)


# ------------------------------------------------------------------ what is expected


def _own(docs: Documents, observations: Sequence[Observation]) -> Problem | None:
    """Expect each call in turn to hand over its own answer, if it hands over one of them."""
    path = docs.free.path
    for at, (own, one) in enumerate(zip(TURNS, observations, strict=True)):
        found = docs.read(one).texts.get(path) if one.outcome == "response" else None
        if found in TURNS and found != own:
            return Problem(path, own, f"{found}, of another call", at)
    return None


def _not_stale(docs: Documents, observations: Sequence[Observation]) -> Problem | None:
    """Expect nothing of the success before; that nothing is no success is another clause."""
    last = observations[-1]
    if last.outcome == "response" and _has_values(docs, last):
        return Problem("", "a failure: the body was empty", told(last))
    return None


def _nothing(docs: Documents, observations: Sequence[Observation]) -> Problem | None:
    """Expect a failure; the answer of another call is told by the clause `stale`."""
    last = observations[-1]
    if last.outcome == "response" and _has_values(docs, last):
        raise Unseen
    return caught_failure(last)


def _has_values(docs: Documents, observation: Observation) -> bool:
    return not docs.read(observation).texts.keys().isdisjoint(docs.paths)


def _error(observations: Sequence[Observation]) -> Problem | None:
    """Expect the error as it was told when it came plainly, or a failure: never a success.

    Who takes every error for a success, or tells every code wrongly, is told so by other clauses.
    """
    first, last = observations[0], observations[-1]
    if first.outcome == "response":
        raise Unseen
    if last.outcome != "error_response":
        return caught_failure(last)
    sent: Any = {INT: str(ERROR["code"])}
    plainly = first.reply.get("code") if first.outcome == "error_response" else sent
    same = last.reply.get("code") == plainly
    return None if same else Problem("code", shown(plainly), told(last))


def _http_failure(observations: Sequence[Observation]) -> Problem | None:
    """Expect a failure that is not called the caller's, nor the body's."""
    last = observations[-1]
    if last.outcome == "failure" and last.caught and last.reply["kind"] in ("client", "parse"):
        return Problem("", "a failure of the platform: HTTP 500", told(last))
    return caught_failure(last)


def _http_error(observations: Sequence[Observation]) -> Problem | None:
    """Expect the error that stands in the body of HTTP 500, or a failure of HTTP."""
    return (_http_failure if observations[-1].outcome == "failure" else _error)(observations)


def _redirected(observations: Sequence[Observation]) -> Problem | None:
    """Expect a failure, after a few requests at most, and none to another origin."""
    (one,) = observations
    if one.elsewhere:
        return Problem("", "no request to another origin", "the redirect was followed")
    if len(one.seen) > MOST_REDIRECTS + 1:
        most = f"at most {MOST_REDIRECTS} redirects"
        return Problem("", most, f"{len(one.seen) - 1} redirects")
    return caught_failure(one)
