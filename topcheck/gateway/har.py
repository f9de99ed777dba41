"""HTTP archives (HAR 1.2), as browsers and proxies export them."""

import contextlib
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from topcheck.gateway import recorded_parts as parts
from topcheck.gateway.recorded_parts import UnreadableError
from topcheck.wire.decode import charset_name
from topcheck.wire.exchange import Exchange, Request, Response

#: Of an exchange that has an answer which was not read.
NO_CALL = "it is no call of a method"
_GZIP = b"\x1f\x8b"


def read_har(data: Mapping[str, Any]) -> list[Exchange]:
    """Read the entries of an archive in its order; what is no call of TOP has no response.

    Raises UnreadableError.
    """
    log = parts.mapping(data.get("log"), "it is no HTTP archive: its log holds nothing")
    entries = log.get("entries")
    if not isinstance(entries, list):
        raise UnreadableError("it is an HTTP archive without a list of entries")
    return parts.numbered("entry", entries, read_entry)


def read_entry(item: object) -> Exchange:
    """Read one entry of an archive. Raises UnreadableError."""
    entry = parts.mapping(item, parts.NO_REQUEST)
    sent = parts.mapping(entry.get("request"), parts.NO_REQUEST)
    request = _request(sent)
    at, seconds = parts.moment(parts.scalar(entry.get("startedDateTime"))), _seconds(entry)
    if not request.value("method") or request.verb.upper() not in ("GET", "POST"):
        return Exchange(request, None, at, seconds, NO_CALL)
    answer = parts.mapping(entry.get("response") or None, parts.NO_RESPONSE)
    if answer.get("status") in (0, None):  # a browser writes 0 where no answer came
        raise UnreadableError(parts.NO_RESPONSE)
    return Exchange(request, _response(answer), at, seconds)


def _seconds(entry: Mapping[Any, Any]) -> float | None:
    """Return how long an answer took; -1 is an archive's word for what is not known."""
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        taken = float(entry["time"]) / 1000 if "time" in entry else -1
        return taken if 0 <= taken < math.inf else None
    return None


def _request(sent: Mapping[Any, Any]) -> Request:
    """Read a request: its form as it was sent, else as the archive took it apart."""
    headers = parts.headers(sent.get("headers"))
    posted = sent.get("postData") or {}
    data = parts.mapping(posted, "a request whose postData holds nothing")
    kind = parts.scalar(data.get("mimeType"))
    declared = (("Content-Type", kind), *headers) if kind else headers
    found = parts.request(sent.get("method"), sent.get("url"), data.get("text"), declared)
    found = replace(found, headers=headers)
    if not found.form:
        found = replace(found, form=tuple(parts.pairs(data.get("params"))))
    if not found.query:
        found = replace(found, query=tuple(parts.pairs(sent.get("queryString"))))
    return found


def _response(answer: Mapping[Any, Any]) -> Response:
    """Read an answer: its body is unpacked already, and its text is decoded."""
    empty = Response(parts.status(answer.get("status")), parts.headers(answer.get("headers")), b"")
    held = parts.mapping(answer.get("content") or {}, "an answer whose content holds nothing")
    text, size = held.get("text"), held.get("size")
    if text is None and isinstance(size, int) and size > 0:
        raise UnreadableError("an answer without its body: export the archive with content")
    if held.get("encoding"):
        body = parts.unpacked(text)
        return replace(empty, body=body, unpacked=not body.startswith(_GZIP))
    return replace(empty, body=encoded(text, empty.charset), unpacked=True)


def encoded(text: object, charset: str | None) -> bytes:
    """Encode a text again as it was sent, as far as its header tells."""
    encoding = charset_name(charset or "") or "utf-8"
    try:
        return text.encode(encoding) if isinstance(text, str) else parts.content(text)
    except UnicodeEncodeError:
        return parts.content(text)
