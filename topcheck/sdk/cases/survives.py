"""What an SDK survives: bodies that are none, and connections that break or hang."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from topcheck.contract.protocol import FORMATS
from topcheck.gateway.orders import DROP, ScriptedResponse
from topcheck.generate.bodies import HTML
from topcheck.sdk.case import Expect, Observations, Problem, SdkCase, Unseen, failed, shown, told
from topcheck.sdk.cases.documents import Documents, Served, body, raw, written
from topcheck.sdk.cases.errors import RETRIES
from topcheck.sdk.cases.judges import MARK, SLOWLY, as_plainly, right
from topcheck.sdk.driver_protocol import INT
from topcheck.sdk.result import bare, places
from topcheck.sdk.scripted_gateway import ELSEWHERE, HERE

#: How long an SDK may wait where the gateway does not answer, in milliseconds: so long that who
#: then asks again does so in a new second.
PATIENCE = 1500
#: How long the gateway then holds its answer: longer than anybody may wait for an outcome.
HELD = 4000
#: The pause before each few bytes of a body that does not end in time, and how long one takes to
#: come that does, in milliseconds.
A_DROP, DRIPPING = 200, 1800
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


def survives(docs: Documents) -> Iterator[SdkCase]:
    """Yield every case about what is no proper answer."""
    for fmt in FORMATS:
        for cases in (_no_answer, _bodies, _odd_but_right):
            yield from cases(docs, fmt)
        yield _late(docs, fmt)
        for place, name in ((ELSEWHERE, "to another origin"), (HERE, "without end")):
            answer = ScriptedResponse(302, {"Location": place})
            yield docs.case({"sdk.wire.redirect": _redirected}, name, fmt, answer)
    for fmt in FORMATS:
        yield from _statuses(docs, fmt)


def _case(
    docs: Documents, fmt: str, fact: str, name: str, *served: Served,
    expect: Expect = failed, **how: Any,
) -> SdkCase:  # fmt: skip
    """Serve an answer, before it perhaps what is right; by itself it must end as a failure."""
    return docs.case({f"sdk.wire.{fact}": expect, **RETRIES}, name, fmt, *served, **how)


def _no_answer(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    case, serve = partial(_case, docs, fmt), partial(written, docs.sample)
    silent, held = partial(replace, delay=HELD), partial(_cut, hold=HELD)
    yield case("timeout", "no answer", serve(silent), timeout=PATIENCE)
    yield case("timeout", "half a body, then silence", serve(held), timeout=PATIENCE)
    for_ever = partial(replace, drip=A_DROP)
    yield case("timeout", "a body that drips", serve(for_ever), timeout=PATIENCE)
    yield case("timeout", "a body that drips, and ends in time,", docs.sample, serve(_dripping),
               expect=partial(as_plainly, docs.telling))  # fmt: skip
    yield case("reset", "reset", ScriptedResponse(reset=True))
    yield case("reset", "reset late", ScriptedResponse(reset=True, delay=SLOWLY))
    yield case("truncated", "the connection ends", serve(partial(_cut, delay=SLOWLY)))
    yield case("truncated", "the body ends", serve(_ended))


def _cut(raw: ScriptedResponse, **changes: Any) -> ScriptedResponse:
    return replace(raw, cut_after=len(raw.body) // 2, **changes)


def _ended(raw: ScriptedResponse) -> ScriptedResponse:
    return replace(raw, body=raw.body[: len(raw.body) // 2])


def _dripping(raw: ScriptedResponse) -> ScriptedResponse:
    return replace(raw, drip=DRIPPING * DROP // len(raw.body))


def _bodies(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    case, empty = partial(_case, docs, fmt), body(b"", fmt)
    late = replace(empty, delay=SLOWLY)
    yield replace(case("empty", "HTTP 200", late), fresh=True)  # of one before it `stale` tells
    yield case("stale", "empty after a success", docs.sample, empty,
               expect=partial(_not_stale, docs.telling))  # fmt: skip
    for status, delay in ((200, 0), (404, 0), (502, SLOWLY)):
        yield case("html", f"HTTP {status}", ScriptedResponse(status, _HTML, HTML, delay))
    yield case("html", "declared as the format", body(HTML, fmt))
    for content in _STRANGERS[fmt]:
        yield case("unknown_root", content.decode(), body(content, fmt))


def _odd_but_right(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    case, as_sample = partial(_case, docs, fmt), partial(right, docs.telling)
    sample, error = docs.sample, docs.error(ERROR)
    other = {f: raw(docs.sample, o) for f, o in zip(FORMATS, reversed(FORMATS), strict=True)}
    types = {"text/plain": _PLAIN, "text/html": _HTML}
    for name, headers in types.items():
        odd = written(error, partial(replace, headers=headers))
        yield case("content_type", f"an error as {name},", error, odd, expect=_error)
    marked = written(sample, lambda plain: replace(plain, body=MARK + plain.body))
    yield case("bom", "before the body", sample, marked, expect=as_sample)
    yield case("other_format", "the other for", sample, other, expect=as_sample)
    for name, headers in types.items():
        odd = written(sample, partial(replace, headers=headers))
        yield case("content_type", f"a success as {name},", sample, odd, expect=as_sample)
    yield case("gzip", "if asked for", sample, sample, zipped=True,
               expect=partial(as_plainly, docs.telling))  # fmt: skip


def _statuses(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    case, plain = partial(_case, docs, fmt, "http_500"), docs.error(ERROR)
    failing = written(plain, partial(replace, status=500))
    yield case("with an error body", plain, failing, expect=_http_error)
    yield case("with HTML", ScriptedResponse(500, _HTML, HTML), expect=_http_failure)
    yield case("without a body", ScriptedResponse(500, delay=SLOWLY), expect=_http_failure)


def _late(docs: Documents, fmt: str) -> SdkCase:
    """Serve three answers, the second after its caller has given up: the third is the third."""
    first, second, third = (docs.patched({docs.free.path: text}) for text in TURNS)
    late = written(second, partial(replace, delay=PATIENCE + PATIENCE // 2))
    calls = (docs.call(fmt, first), docs.call(fmt, late, timeout=PATIENCE), docs.call(fmt, third))
    expected = {"sdk.wire.stale": partial(_own, docs.free.path)}
    return SdkCase(expected, f"after a late answer {fmt}", calls)


def _own(path: str, observations: Observations) -> Problem | None:
    """Expect each call in turn to hand over its own answer, if it hands over one of them."""
    told = False
    for at, (own, one) in enumerate(zip(TURNS, observations, strict=True)):
        texts = one.result.texts
        text = one.result.raw or "".join(texts[place] for place in places(path, texts))
        found = next((turn for turn in TURNS if turn in text), None)
        told |= found is not None
        if found not in (own, None):
            return Problem(path, shown(own), f"{shown(found)}, of another call", at)
    if not told:
        raise Unseen
    return None


def _not_stale(paths: Collection[str], observations: Observations) -> Problem | None:
    """Expect nothing of the success before; that nothing is no success is another clause."""
    last = observations[-1]
    if not {bare(place) for place in last.result.texts} & {*paths} and not last.result.raw:
        return None
    return Problem("", "a failure: the body was empty", told(last))


def _error(observations: Observations) -> Problem | None:
    """Expect the error as it was told when it came plainly, or a failure: never a success.

    Who takes every error for a success, or tells every code wrongly, is told so by other clauses.
    """
    first, last = observations[0], observations[-1]
    if first.reply.outcome == "response":
        raise Unseen
    if last.reply.outcome != "error_response":
        return failed(observations)
    plainly: Any = {INT: str(ERROR["code"])}
    if first.reply.outcome == "error_response":
        plainly = first.reply.error.get("code")
    same = last.reply.error.get("code") == plainly
    return None if same else Problem("code", shown(plainly), told(last))


def _http_failure(observations: Observations) -> Problem | None:
    """Expect a failure that is not called the caller's, nor the body's."""
    last = observations[-1]
    if not last.reply.uncaught and last.reply.kind in ("client", "parse"):
        return Problem("", "a failure of the platform: HTTP 500", told(last))
    return failed(observations)


def _http_error(observations: Observations) -> Problem | None:
    """Expect the error that stands in the body of HTTP 500, or a failure of HTTP."""
    return (_http_failure if observations[-1].reply.outcome == "failure" else _error)(observations)


def _redirected(observations: Observations) -> Problem | None:
    """Expect a failure, after a few requests at most, and none to another origin."""
    (one,) = observations
    if one.elsewhere:
        return Problem("", "no request to another origin", "the redirect was followed")
    if len(one.seen) > MOST_REDIRECTS + 1:
        most = f"at most {MOST_REDIRECTS} redirects"
        return Problem("", most, f"{len(one.seen) - 1} redirects")
    return failed(observations)
