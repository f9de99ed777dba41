"""What HTTP says around a body: time, connection, status, coding, and the declared type."""

from collections.abc import Iterator

from topcheck.contract import protocol
from topcheck.judge.body_kind import described
from topcheck.judge.envelope import family
from topcheck.wire.exchange import Exchange, Response
from topcheck.wire.tree import MessageError

#: The id of a clause that was looked at, whether it is broken, what was expected, what there was.
HttpLook = tuple[str, bool, str, str]


def looks(exchange: Exchange) -> Iterator[HttpLook]:
    """Yield each clause about what is around a body that an exchange could break."""
    budget, asked = exchange.expected.budget, exchange.expected.codings
    seconds, response = exchange.seconds, exchange.response
    if budget is not None and seconds is not None:
        words = f"within {budget:g} s", f"after {seconds:.3f} s"
        yield "wire.http.latency", seconds > budget, *words
    if response is None or seconds is not None:  # a recording has its answer, or it would be none
        words = "a whole answer", exchange.failure or "none"
        yield "wire.http.connection", response is None, *words
    if response is None:
        return
    status = f"HTTP {response.status}"
    yield "wire.http.server_error", response.status >= 500, "an answer", status
    if response.status < 500:
        yield "wire.http.status", response.status != 200, "HTTP 200", status
    if asked is not None:
        wanted = f"{' or '.join(asked)}, as was" if asked else "no compression: none was"
        words = f"{wanted} asked for", response.coding or ""
        yield "wire.http.gzip", response.coding not in (None, *asked), *words
    yield from _declared(response)


def _declared(response: Response) -> Iterator[HttpLook]:
    """Compare the declared media type with the body, and with what its format is declared as."""
    try:
        body = response.content()
        found = family(body)
    except MessageError:
        return
    if not response.body:
        return
    declared = response.media_type
    told = next((name for name, types in protocol.MEDIA_TYPES.items() if declared in types), None)
    if told is not None and told != found:
        yield "wire.body.type", True, f"{told}, as {declared} declares", described(found, body)
    elif types := protocol.MEDIA_TYPES.get(found):
        words = " or ".join(types), declared or "nothing declared"
        yield "wire.http.content_type", declared not in types, *words
