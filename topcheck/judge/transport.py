"""The first layer: what HTTP itself says of an answer, against the body and what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from topcheck.contract import protocol
from topcheck.contract.model import Clause
from topcheck.judge.finding import Finding, shorten
from topcheck.judge.read import Read
from topcheck.judge.response import family


def judge_transport(read: Read, clauses: Mapping[str, Clause]) -> Iterator[Finding]:
    """Report what is wrong around a body. A read without headers has nothing to be judged by."""
    for clause_id, expected, actual in _problems(read):
        yield Finding(clauses[clause_id], "", expected, shorten(actual))


def _problems(read: Read) -> Iterator[tuple[str, str, str]]:
    if read.budget is not None and read.seconds > read.budget:
        yield "wire.http.latency", f"within {read.budget:g} s", f"after {read.seconds:.3f} s"
    if read.failure:
        yield "wire.http.connection", "a whole answer", read.failure
        return
    if read.status >= 500:
        yield "wire.http.server_error", "an answer", f"HTTP {read.status}"
    elif read.status != 200:
        yield "wire.http.status", "HTTP 200", f"HTTP {read.status}"
    if read.compressed:
        actual = read.header("Content-Encoding") or ""
        yield "wire.http.gzip", "no compression: none was asked for", actual
    elif read.headers is not None and read.body:
        yield from _declared(read)


def _declared(read: Read) -> Iterator[tuple[str, str, str]]:
    """Compare the declared media type with the body, and with what its format is declared as."""
    declared, found = read.media_type, family(read.body)
    told = next((name for name, types in protocol.MEDIA_TYPES.items() if declared in types), None)
    if told is not None and told != found:
        yield "wire.body.type", f"{told}, as {declared} declares", found
    elif declared not in protocol.MEDIA_TYPES.get(found, (declared,)):
        expected = " or ".join(protocol.MEDIA_TYPES[found])
        yield "wire.http.content_type", expected, declared or "nothing declared"
