"""What an SDK survives: bodies that are none, and connections that break or hang."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from topcheck.contract import protocol
from topcheck.gateway.orders import ScriptedResponse
from topcheck.generate import trees
from topcheck.generate.bodies import HTML
from topcheck.sdk.case import (
    TIMEOUT,
    Call,
    Observation,
    Problem,
    SdkCase,
    Verdicts,
    caught_failure,
    shown,
    told,
)
from topcheck.sdk.cases.answers import as_plainly
from topcheck.sdk.cases.documents import Documents, body, raw
from topcheck.sdk.cases.errors import RETRIES, asked_again
from topcheck.sdk.cases.values import is_free
from topcheck.sdk.driver_protocol import INT
from topcheck.sdk.result import sdk_result
from topcheck.sdk.scripted_gateway import ELSEWHERE, HERE

#: How long an SDK may wait where the gateway does not answer, in milliseconds.
PATIENCE = 1000
#: How long the gateway then holds its answer: longer than anybody may wait for an outcome.
HELD = 4000
MOST_REDIRECTS = 5
#: A code that no client makes up by itself.
ERROR = {"code": 533, "msg": "Remote service error", "sub_code": "isp.remote-service-error"}
_HTML = {"Content-Type": "text/html;charset=UTF-8"}
_PLAIN = {"Content-Type": "text/plain;charset=UTF-8"}

#: Judges the observations of a case's calls under its clause.
Rule = Callable[[str, Sequence[Observation]], Verdicts]


class Survives:
    """The cases of one contract."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._root = documents.root
        self._params = documents.params()
        self._leaves = [field.path for field in documents.leaves]

    def cases(self) -> Iterator[SdkCase]:
        """Yield every case about what is no proper answer."""
        for fmt in protocol.FORMATS:
            yield from self._no_answer(fmt)
            yield from self._bodies(fmt)
            yield from self._odd_but_right(fmt)
            yield self._late(fmt)
            yield from self._redirects(fmt)
        yield from self._statuses()

    # -------------------------------------------------------------- cases

    def _case(
        self, fact: str, name: str, fmt: str, answer: ScriptedResponse, rule: Rule | None = None,
        timeout: int = TIMEOUT, *, zipped: bool = False, before: Sequence[ScriptedResponse] = (),
    ) -> SdkCase:  # fmt: skip
        clause = f"sdk.wire.{fact}"
        own = rule or _failure
        calls = [
            Call(self._params, fmt, timeout=timeout, answers=(one,)) for one in (*before, answer)
        ]
        calls[-1] = replace(calls[-1], zipped=zipped)

        def judge(observations: Sequence[Observation]) -> Verdicts:
            return {**own(clause, observations), **asked_again(observations[-1])}

        return SdkCase((clause, *RETRIES), f"{name} {fmt}", tuple(calls), judge)

    def _no_answer(self, fmt: str) -> Iterator[SdkCase]:
        sample = self._documents.sample
        half = raw(sample, fmt, cut_after=len(raw(sample, fmt).body) // 2)
        yield self._case("timeout", "no answer", fmt, raw(sample, fmt, delay=HELD),
                         timeout=PATIENCE)  # fmt: skip
        yield self._case("timeout", "half a body, then silence", fmt,
                         replace(half, hold=HELD), timeout=PATIENCE)  # fmt: skip
        yield self._case("reset", "reset", fmt, ScriptedResponse(reset=True))
        yield self._case("truncated", "the connection ends", fmt, half)
        yield self._case("truncated", "the body ends", fmt,
                         body(half.body[: half.cut_after], fmt))  # fmt: skip

    def _late(self, fmt: str) -> SdkCase:
        """Serve three answers, the second after its caller has given up: the third is the third."""
        clause = "sdk.wire.stale"
        leaf = next(filter(is_free, self._documents.leaves))
        texts = ("first", "second", "third")
        first, second, third = (
            raw(trees.patched(self._documents.sample, self._root, {leaf.path: text}), fmt)
            for text in texts
        )
        late = replace(second, delay=PATIENCE + PATIENCE // 2)
        calls = [Call(self._params, fmt, answers=(one,)) for one in (first, late, third)]
        calls[1] = replace(calls[1], timeout=PATIENCE)

        def judge(observations: Sequence[Observation]) -> Verdicts:
            for at, (own, one) in enumerate(zip(texts, observations, strict=True)):
                if one.outcome == "response":
                    found = sdk_result(one.reply["body"], self._root, fmt).texts.get(leaf.path)
                    if found in texts and found != own:
                        actual = f"{found}, of another call"
                        return {clause: Problem(leaf.path, own, actual, at)}
            return {clause: None}

        return SdkCase((clause,), f"after a late answer {fmt}", tuple(calls), judge)

    def _bodies(self, fmt: str) -> Iterator[SdkCase]:
        sample = raw(self._documents.sample, fmt)
        empty = body(b"", fmt)
        yield self._case("empty", "HTTP 200", fmt, empty, self._nothing)
        yield self._case("stale", "empty after a success", fmt, empty, self._stale,
                         before=[sample])  # fmt: skip
        for status in (200, 404, 502):
            yield self._case("html", f"HTTP {status}", fmt, ScriptedResponse(status, _HTML, HTML))
        yield self._case("html", "declared as the format", fmt, body(HTML, fmt))
        strangers = {
            "json": (b'{"other_response":{}}', b"{}", b"null", b"[]", b'"ok"'),
            "xml": (b"<other_response/>", b'<?xml version="1.0"?><result/>'),
        }
        for content in strangers[fmt]:
            yield self._case("unknown_root", content.decode(), fmt, body(content, fmt))

    def _odd_but_right(self, fmt: str) -> Iterator[SdkCase]:
        document = self._documents.sample
        sample, other = raw(document, fmt), "xml" if fmt == "json" else "json"
        error = raw(self._documents.error(ERROR), fmt)
        marked = body(b"\xef\xbb\xbf" + sample.body, fmt)
        odd = [("bom", "before the body", marked), ("other_format", f"{other} for",
                                                    raw(document, other))]  # fmt: skip
        for headers in (_PLAIN, _HTML):
            declared = headers["Content-Type"].partition(";")[0]
            odd.append(("content_type", f"a success as {declared},",
                        replace(sample, headers=headers)))  # fmt: skip
            yield self._case("content_type", f"an error as {declared},", fmt,
                             replace(error, headers=headers), _error, before=[error])  # fmt: skip
        for fact, name, answer in odd:
            yield self._case(fact, name, fmt, answer, self._right, before=[sample])
        yield self._case("gzip", "if asked for", fmt, sample, self._whole, zipped=True,
                         before=[sample])  # fmt: skip

    def _statuses(self) -> Iterator[SdkCase]:
        for fmt in protocol.FORMATS:
            plain = raw(self._documents.error(ERROR), fmt)
            failed = replace(plain, status=500)
            yield self._case("http_500", "with an error body", fmt, failed, _http_error,
                             before=[plain])  # fmt: skip
            page = ScriptedResponse(500, _HTML, HTML)
            yield self._case("http_500", "with HTML", fmt, page, _http_failure)
            yield self._case(
                "http_500", "without a body", fmt, ScriptedResponse(500), _http_failure
            )

    def _redirects(self, fmt: str) -> Iterator[SdkCase]:
        for place, name in ((ELSEWHERE, "to another origin"), (HERE, "without end")):
            answer = ScriptedResponse(302, {"Location": place})
            yield SdkCase(("sdk.wire.redirect",), f"{name} {fmt}",
                       (Call(self._params, fmt, answers=(answer,)),), _redirected)  # fmt: skip

    # -------------------------------------------------------------- rules

    def _right(self, clause: str, observations: Sequence[Observation]) -> Verdicts:
        """Accept an answer that was read as the plain one before it, or a failure."""
        last = observations[-1]
        if last.outcome == "response":
            return self._whole(clause, observations)
        return {clause: caught_failure(last)}

    def _whole(self, clause: str, observations: Sequence[Observation]) -> Verdicts:
        return as_plainly(clause, self._root, self._leaves)(observations)

    def _stale(self, clause: str, observations: Sequence[Observation]) -> Verdicts:
        last = observations[-1]
        if last.outcome != "response" or not self._values(last):
            return {clause: None}  # that nothing is no success is another clause
        return {clause: Problem("", "a failure: the body was empty", told(last))}

    def _nothing(self, clause: str, observations: Sequence[Observation]) -> Verdicts:
        last = observations[-1]
        if last.outcome == "response" and self._values(last):
            return {}  # the answer of another call: told by the clause `stale`
        return {clause: caught_failure(last)}

    def _values(self, observation: Observation) -> bool:
        found = sdk_result(observation.reply["body"], self._root, observation.call.format)
        return any(path in found.texts for path in self._leaves)


def _failure(clause: str, observations: Sequence[Observation]) -> Verdicts:
    """Accept a failure only."""
    return {clause: caught_failure(observations[-1])}


def _error(clause: str, observations: Sequence[Observation]) -> Verdicts:
    """Accept the error as it was told when it came plainly, or a failure: never a success.

    Who takes every error for a success, or tells every code wrongly, is told so by other clauses.
    """
    first, last = observations[0], observations[-1]
    if first.outcome == "response":
        return {}
    if last.outcome != "error_response":
        return {clause: caught_failure(last)}
    sent: Any = {INT: str(ERROR["code"])}
    plainly = first.reply.get("code") if first.outcome == "error_response" else sent
    same = last.reply.get("code") == plainly
    return {clause: None if same else Problem("code", shown(plainly), told(last))}


def _http_failure(clause: str, observations: Sequence[Observation]) -> Verdicts:
    """Accept a failure, as long as it is not called the caller's, nor the body's."""
    last = observations[-1]
    if last.outcome == "failure" and last.caught and last.reply["kind"] in ("client", "parse"):
        return {clause: Problem("", "a failure of the platform: HTTP 500", told(last))}
    return {clause: caught_failure(last)}


def _http_error(clause: str, observations: Sequence[Observation]) -> Verdicts:
    """Accept the error that stands in the body of HTTP 500, or a failure of HTTP."""
    failed = observations[-1].outcome == "failure"
    return (_http_failure if failed else _error)(clause, observations)


def _redirected(observations: Sequence[Observation]) -> Verdicts:
    (one,) = observations
    clause = "sdk.wire.redirect"
    if one.elsewhere:
        return {clause: Problem("", "no request to another origin", "the redirect was followed")}
    if len(one.seen) > MOST_REDIRECTS + 1:
        most = f"at most {MOST_REDIRECTS} redirects"
        return {clause: Problem("", most, f"{len(one.seen) - 1} redirects")}
    return {clause: caught_failure(one)}
