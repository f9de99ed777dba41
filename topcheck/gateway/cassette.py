"""Cassettes as vcrpy writes them, in all its layouts, and as other ports of VCR do."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from topcheck.gateway import recorded_parts as parts
from topcheck.gateway.recorded_parts import UnreadableError
from topcheck.wire.exchange import Exchange, Response, first_header

#: Under what the exchanges stand: in vcrpy, and in VCR and betamax.
_LISTS = ("interactions", "http_interactions")


def read_cassette(data: Any) -> tuple[list[Exchange], Mapping[str, Any]]:
    """Read the exchanges of a cassette in its order, and what it says of itself.

    `at` is the exchange's own time, if it has one. Raises UnreadableError.
    """
    held, told = data, None
    if isinstance(data, dict):  # before vcrpy 1.0 the list was all there was
        held, told = next((data[key] for key in _LISTS if key in data), None), data.get("metadata")
    if not isinstance(held, list):
        raise UnreadableError(f"it is no recording: no list of exchanges stands under {_LISTS[0]}")
    metadata = told if isinstance(told, dict) else {}
    # this tool, which says its version, keeps a body as it was sent
    read = partial(_exchange, as_sent="tool_version" in metadata)
    return parts.numbered("exchange", held, read), metadata


def _exchange(item: object, *, as_sent: bool) -> Exchange:
    found = parts.mapping(item, parts.NO_REQUEST)
    sent = parts.mapping(found.get("request"), parts.NO_REQUEST)
    answer = parts.mapping(found.get("response") or None, parts.NO_RESPONSE)
    declared = parts.headers(sent.get("headers"))
    # before vcrpy 1.0 the address lay in pieces, of which the path alone says what was asked
    url = next((sent[key] for key in ("uri", "url", "path") if sent.get(key)), "")
    request = parts.request(sent.get("method"), url, sent.get("body"), declared)
    response = _response(answer, as_sent)
    at = parts.moment(parts.scalar(found.get("recorded_at")))
    at = at or parts.moment(response.header("Date"))
    return Exchange(request, response, at, seconds=None)


def _response(answer: Mapping[Any, Any], as_sent: bool) -> Response:
    """Read an answer; older stubs of httpx wrote it in a layout of their own."""
    code = parts.status(answer["status"] if "status" in answer else answer.get("status_code"))
    headers = parts.headers(answer.get("headers"))
    body = answer["body"] if "body" in answer else answer.get("content")
    text = body.get("string") if isinstance(body, dict) else body
    found = parts.content(body)
    # what is compressed is no text: where it is, a client like aiohttp had unpacked it before it
    # was recorded, unless its length says that it was sent so
    as_sent = as_sent or first_header(headers, "Content-Length") == str(len(found))
    return Response(code, headers, found, isinstance(text, str) and not as_sent)
