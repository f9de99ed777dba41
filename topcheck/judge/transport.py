"""What HTTP says around a body: time, connection, status, coding, and the declared type."""

from collections.abc import Iterator

from topcheck.contract import protocol
from topcheck.judge.body_kind import described
from topcheck.judge.envelope import family
from topcheck.wire.exchange import LONG_HEAD, Exchange, Response
from topcheck.wire.tree import MessageError, excerpt

#: The id of a clause that was looked at, whether it is broken, what was expected, what there was.
HttpLook = tuple[str, bool, str, str]

_HEAD = "lines of a name, a colon and a value"
_ONE_TYPE = "one Content-Type, with one charset"
#: So much is shown of a line that is no header, where there are more.
_MOST_SHOWN = 60


def looks(exchange: Exchange) -> Iterator[HttpLook]:
    """Yield each clause about what is around a body that an exchange could break."""
    budget, asked = exchange.expected.budget, exchange.expected.codings
    seconds, response = exchange.seconds, exchange.response
    if budget is not None and seconds is not None:
        words = f"within {budget:g} s", f"after {seconds:.3f} s"
        yield "wire.http.latency", seconds > budget, *words
    if exchange.failure == LONG_HEAD:
        yield "wire.http.head", True, protocol.RULES["head"], LONG_HEAD
    # a recording has its answer, or it would be none
    elif response is None or seconds is not None:
        words = "a whole answer", exchange.failure or "none"
        yield "wire.http.connection", response is None, *words
    if response is None:
        return
    yield from _of_head(response, live=seconds is not None)
    status = f"HTTP {response.status}"
    yield "wire.http.server_error", response.status >= 500, "an answer", status
    if response.status < 500:
        yield "wire.http.status", response.status != 200, "HTTP 200", status
    if asked is not None:
        wanted = f"{' or '.join(asked)}, as was" if asked else "no compression: none was"
        words = f"{wanted} asked for", response.coding or ""
        yield "wire.http.gzip", response.coding not in (None, *asked), *words
    yield from _declared(response)


def _of_head(response: Response, live: bool) -> Iterator[HttpLook]:
    """Look at header lines, which only a live answer has, and at what is declared twice."""
    found, lines = response.declared, response.malformed
    if lines:
        more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
        yield "wire.http.head", True, _HEAD, f"{excerpt(lines[0], _MOST_SHOWN)}{more}"
    if not (found.one_type and found.one_charset):
        yield "wire.http.head", True, _ONE_TYPE, ", ".join(response.values("Content-Type"))
    elif found.several or (live and not lines):
        yield "wire.http.head", False, _HEAD, ""


def _declared(response: Response) -> Iterator[HttpLook]:
    """Compare the declared media type with the body, and with what its format is declared as."""
    try:
        body = response.content()
        found = family(body)
    except MessageError:
        return
    if not response.body or not response.declared.one_type:
        return
    declared = response.media_type
    told = next((name for name, types in protocol.MEDIA_TYPES.items() if declared in types), None)
    if told is not None and told != found:
        yield "wire.body.type", True, f"{told}, as {declared} declares", described(found, body)
    elif types := protocol.MEDIA_TYPES.get(found):
        words = " or ".join(types), declared or "nothing declared"
        yield "wire.http.content_type", declared not in types, *words
