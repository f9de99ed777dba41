"""What a record is: a body alone, or an object with a body and what was recorded beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from topcheck.gateway import recorded_parts as parts
from topcheck.gateway.har import encoded
from topcheck.gateway.recorded_parts import UnreadableError
from topcheck.gateway.recording import asked_by
from topcheck.wire.exchange import Exchange, Request, Response, form_pairs
from topcheck.wire.tree import Format

BOM = b"\xef\xbb\xbf"
#: What a body may end with that was a line: that says nothing, and bodies are judged in lines.
ENDS_OF_LINES = "\r\n"
#: The members of a recorded object.
MEMBERS = ("body", "format", "request", "at", "status", "headers")
#: Those that make it an exchange.
AROUND = ("request", "status", "headers")
#: Under these names a request has its address.
_ADDRESSES = ("url", "uri")


class RecordForm:
    """How recorded objects look: the names of their members where they have others, by ours.

    A dot in such a name leads into an object. What has one of the documented `roots` is a body.
    `any_root` is a pattern of them. `given` are the names that were given, `body_name` is that of
    the member with the body.
    """

    def __init__(self, roots: Iterable[str], names: Mapping[str, str] = {}) -> None:
        self.roots, self.given = frozenset(roots), names
        self.any_root = "|".join(sorted(self.roots))
        self._names = {name: names.get(name, name) for name in MEMBERS}
        self.body_name = self._names["body"]
        self._tops = {name: other.partition(".")[0] for name, other in self._names.items()}
        self._beside = frozenset(self._tops[name] for name in ("format", *AROUND))
        #: How the name of the member with the body is written.
        self._mark = self._names["body"].rpartition(".")[2].encode()

    def read(self, line: bytes) -> dict[str, Any] | None:
        """Read a recorded object, None for any other text."""
        line = line.removeprefix(BOM)  # of a file that was put behind another one
        if not line.startswith(b"{") or not (self._mark in line or b"\\" in line):
            return None
        try:
            data = json.loads(line.decode())
        except (ValueError, RecursionError):
            return None
        bare = isinstance(data, dict) and self.roots.isdisjoint(data)
        return data if bare and isinstance(self.value(data, "body"), str) else None

    def has_only_body(self, data: object) -> bool:
        """Whether that is a recorded object with nothing else of use."""
        if not isinstance(data, dict) or not isinstance(data.get(self.body_name), str):
            return False
        return self._beside.isdisjoint(data) and self.roots.isdisjoint(data)

    def value(self, data: Mapping[str, Any], member: str) -> Any:
        """Return a member of an object, None if it is not there."""
        name = self._names[member]
        if name in data:
            return data[name]
        if self._tops[member] not in data:
            return None
        found: Any = data
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found


@dataclass(frozen=True, slots=True)
class Record:
    """A recorded answer: what was asked for, and the exchange that it is of, if that is known.

    `unknown` are the facts of HTTP that were not recorded, and `carries` tells of a request.
    """

    body: bytes
    format: Format | None = None
    exchange: Exchange | None = None
    carries: bool = False
    unknown: frozenset[str] = frozenset()


def record_of(data: Mapping[str, Any], form: RecordForm, asked: Format | None = None) -> Record:
    """Make a record of a recorded object. Raises UnreadableError.

    `asked` is the format that was asked for where neither the object nor its request says it.
    """
    text: str = form.value(data, "body")
    told = format_of(parts.scalar(form.value(data, "format")) or "")
    around = (form.value(data, name) for name in AROUND)  # of which a dash says nothing
    sent, status, headers = (None if value in ("", "-") else value for value in around)
    if sent is None and status is None and headers is None:
        return Record(parts.content(text.rstrip(ENDS_OF_LINES)), told)
    pairs = parts.headers(headers)
    answer = Response(200 if status is None else parts.status(status), pairs, b"", unpacked=True)
    body = encoded(text, answer.charset)
    request = Request("POST") if sent is None else _request(sent)
    at = parts.moment(parts.scalar(form.value(data, "at")))
    exchange = Exchange(request, replace(answer, body=body), at, seconds=None)
    expected = asked_by(request)
    said = expected.format if request.value("format") or asked is None else asked
    exchange = replace(exchange, expected=replace(expected, format=told or said))
    return Record(body, told, exchange, sent is not None, _unknown(status, headers))


def format_of(word: str) -> Format | None:
    """Return the format that a word names, if it names one."""
    found: dict[str, Format] = {"json": "json", "xml": "xml"}
    return found.get(word.lower())


def format_seen(body: bytes) -> Format:
    """Return the format that a body seems to have."""
    return "xml" if body.lstrip(BOM + b" \t\r\n").startswith(b"<") else "json"


def is_json(text: bytes) -> bool:
    """Whether a text is JSON, and can be read."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _unknown(status: object, headers: object) -> frozenset[str]:
    """Return the facts of HTTP that cannot be judged where no status, or no header, is known."""
    of_status = ("status", "server_error") if status is None else ()
    return frozenset((*of_status, *(("content_type",) if headers is None else ())))


def _request(sent: object) -> Request:
    """Read what was asked: a query or form, an address, parameters by name, or a whole request."""
    if isinstance(sent, str) and sent.startswith("{") and is_json(sent.encode("utf-8", "replace")):
        sent = json.loads(sent)
    if isinstance(sent, str):
        if sent.startswith(("GET ", "POST ")):  # as it stands in the first line of HTTP
            verb, target = sent.split(" ")[:2]
            return parts.request(verb, target, None, ())
        if sent.startswith(("http://", "https://", "/")):
            return parts.request("GET", sent, None, ())
        return Request("POST", form=_form(sent))
    held = sent if isinstance(sent, dict) else {}
    address = next((held[name] for name in _ADDRESSES if isinstance(held.get(name), str)), None)
    if address is None:
        return Request("POST", form=tuple(parts.pairs(sent)))
    posted = held.get("postData")
    text = posted.get("text") if isinstance(posted, dict) else held.get("body")
    return parts.request(held.get("method"), address, text, parts.headers(held.get("headers")))


def _form(text: str) -> tuple[tuple[str, str], ...]:
    pairs = form_pairs(text.strip().removeprefix("?"))
    if not any(value for _, value in pairs):
        raise UnreadableError("a request that is no query, form or address")
    return pairs
