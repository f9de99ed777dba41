"""The first layer: what HTTP itself says of an answer, against the body and what was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from topcheck.contract import protocol
from topcheck.judge.envelope import family
from topcheck.wire.exchange import Exchange, Response
from topcheck.wire.tree import MessageError

#: What was expected, and what there was.
Difference = tuple[str, str]
#: A clause that was looked at, and how it is broken, if it is.
HttpLook = tuple[str, Difference | None]


def looks(exchange: Exchange) -> Iterator[HttpLook]:
    """Yield each clause about what is around a body that an exchange could break."""
    expected, response = exchange.expected, exchange.response
    if expected.budget is not None and exchange.seconds is not None:
        late = exchange.seconds > expected.budget
        words = f"within {expected.budget:g} s", f"after {exchange.seconds:.3f} s"
        yield "wire.http.latency", words if late else None
    if response is None:
        yield "wire.http.connection", ("a whole answer", exchange.failure or "none")
        return
    if exchange.seconds is not None:  # a recording has its answer, or it would be none
        yield "wire.http.connection", None
    yield from _status(response)
    yield from _coding(response, expected.codings)
    yield from _declared(response)


def _status(response: Response) -> Iterator[HttpLook]:
    actual = f"HTTP {response.status}"
    failed = response.status >= 500
    yield "wire.http.server_error", ("an answer", actual) if failed else None
    if not failed:
        yield "wire.http.status", ("HTTP 200", actual) if response.status != 200 else None


def _coding(response: Response, asked: tuple[str, ...] | None) -> Iterator[HttpLook]:
    if asked is None:
        return
    unasked = response.coding is not None and response.coding not in asked
    wanted = (
        f"{' or '.join(asked)}, as was asked for" if asked else "no compression: none was asked for"
    )
    yield "wire.http.gzip", (wanted, response.coding or "") if unasked else None


def _declared(response: Response) -> Iterator[HttpLook]:
    """Compare the declared media type with the body, and with what its format is declared as."""
    try:
        found = family(response.content())
    except MessageError:
        return
    if not response.body:
        return
    declared = response.media_type
    told = next((name for name, types in protocol.MEDIA_TYPES.items() if declared in types), None)
    if told is not None and told != found:
        yield "wire.body.type", (f"{told}, as {declared} declares", found)
        return
    types = protocol.MEDIA_TYPES.get(found)
    if types is not None:
        wrong = declared not in types
        words = " or ".join(types), declared or "nothing declared"
        yield "wire.http.content_type", words if wrong else None
