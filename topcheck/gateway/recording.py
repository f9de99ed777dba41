"""Recordings: one exchange a file, in vcrpy's format, scrubbed before anything reaches the disk.

What is written is on an allow-list; everything else of a request, and every header not listed, is
left out or replaced. The metadata says when and where an exchange was recorded, against which
contract, and by which version of this tool.
"""

import contextlib
import datetime
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import yaml
from vcr.request import Request as VcrRequest
from vcr.serialize import deserialize, serialize
from vcr.serializers import yamlserializer

from topcheck.atomic import write_whole
from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.wire.declared import accepted_codings
from topcheck.wire.exchange import (
    FORM,
    PATH,
    Exchange,
    Expectation,
    Request,
    Response,
    first_header,
)

SUFFIX = ".yaml"
EMBEDDED = "embedded"
#: No address is kept: the origin in the metadata says where an exchange was recorded.
URL = f"http://gateway.invalid{PATH}"
SCRUBBED = "SCRUBBED"

#: The platform's parameters whose values are kept; of all others only the name is.
KEPT_PARAMETERS = frozenset({"method", "timestamp", "format", "v", "sign_method", "simplify"})
KEPT_HEADERS = ("Content-Type", "Content-Encoding")
#: What a file of our own says of its exchange.
_METADATA = ("recorded_at", "origin", "contract_digest", "tool_version")


class RecordingError(Exception):
    """A recording cannot be read: which file, and why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded exchange, and where it comes from: None is what the file does not say.

    `exchange.at` is when it was recorded, by the file or by the answer's own `Date`.
    """

    exchange: Exchange
    recorded_at: str | None = None
    origin: str | None = None
    contract_digest: str | None = None
    tool_version: str | None = None

    def age(self, today: datetime.date) -> int | None:
        """Return how many days ago it was recorded, None if that is unknown.

        Raises RecordingError for a time that is none, or has not come yet.
        """
        at = self.exchange.at
        if at is None and self.recorded_at is not None:
            raise RecordingError(f"{self.recorded_at!r} is no date of a recording")
        days = None if at is None else (today - at.date()).days
        if days is not None and days < -1:  # its clock may be a day ahead of ours
            raise RecordingError(f"{self.recorded_at} has not come yet, so it dates no recording")
        return days


def contract_digest(contract: Contract) -> str:
    """Digest the clauses without their wording: the same for every transcription of a page."""
    clauses = [[c.id, c.fact, str(c.severity), c.source, c.rule] for c in contract.clauses]
    return hashlib.sha256(json.dumps(clauses).encode()).hexdigest()[:16]


def write_recording(
    path: Path, exchange: Exchange, contract: Contract, origin: str, version: str
) -> None:
    """Write one exchange, whole or not at all. Raises ValueError if it has no response."""
    response = exchange.response
    if response is None or exchange.at is None:
        raise ValueError(f"nothing to record: {exchange.failure}")
    answer = {
        "status": {"code": response.status, "message": ""},
        "headers": {name: found for name in KEPT_HEADERS if (found := response.values(name))},
        "body": {"string": response.body},
    }
    metadata = {
        "recorded_at": exchange.at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "origin": origin,
        "contract_digest": contract_digest(contract),
        "tool_version": version,
    }
    sent = _scrubbed(exchange.request, KEPT_PARAMETERS | contract.request.fields.keys())
    cassette = {"requests": [sent], "responses": [answer], "metadata": metadata}
    write_whole(path.parent, {path.name: serialize(cassette, yamlserializer)})


def _scrubbed(request: Request, kept: Collection[str]) -> VcrRequest:
    query, form = (
        urlencode([(name, value if name in kept else SCRUBBED) for name, value in pairs])
        for pairs in (request.query, request.form)
    )
    url = f"{URL}?{query}" if query else URL
    return VcrRequest(request.verb, url, form, {"Content-Type": FORM} if form else {})


def read_recordings(path: Path) -> list[Recording]:
    """Read the exchanges of one file, in its order.

    Raises RecordingError for what is none, is cut off, or names a type.
    """
    try:
        requests, responses, *metadata = deserialize(path.read_text("utf-8"), yamlserializer)
    except (yaml.YAMLError, ValueError, OSError) as error:
        raise RecordingError(f"{path}: it cannot be read: {_in_a_line(error)}") from None
    except (KeyError, TypeError, AttributeError):
        raise RecordingError(f"{path}: it is no recording, as vcrpy writes one") from None
    if not responses:
        raise RecordingError(f"{path}: it holds no exchange")
    pairs = zip(requests, responses, strict=True)
    return [
        _recording(f"{path}: exchange {number}", request, response, *metadata)
        for number, (request, response) in enumerate(pairs)
    ]


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]


def _recording(
    where: str, request: VcrRequest, response: Mapping[str, Any], metadata: object = None
) -> Recording:
    told = metadata if isinstance(metadata, dict) else {}
    known = {name: _text(told.get(name)) for name in _METADATA}
    try:
        sent, answer = _request(request), _response(response)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RecordingError(f"{where}: it cannot be read: {_in_a_line(error)}") from None
    at = _moment(known["recorded_at"]) or _moment(answer.header("Date"))
    return Recording(Exchange(sent, answer, at, None, expected=asked_by(sent)), **known)


def _text(value: object) -> str | None:
    """Return what a person or a program wrote: YAML makes a date of what looks like one."""
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return None if value is None else str(value)


def _moment(text: str | None) -> datetime.datetime | None:
    """Read a time as ISO 8601 or as HTTP writes it (RFC 9110, section 5.6.7), if it is one."""
    for read in (datetime.datetime.fromisoformat, parsedate_to_datetime):
        with contextlib.suppress(ValueError, TypeError):
            found = read(text or "")
            return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    return None


def _request(request: VcrRequest) -> Request:
    """Read what was asked, and nothing else of it: a recorded request is not judged."""
    query = tuple(parse_qsl(urlsplit(request.uri).query, keep_blank_values=True))
    headers = tuple((name, str(value)) for name, value in request.headers.items())
    declared = first_header(headers, "Content-Type") or ""
    body = request.body or b""
    content = body.encode() if isinstance(body, str) else body
    multipart = declared.lower().startswith("multipart/")
    text = content.decode("utf-8", "replace")
    form = _multipart(declared, content) if multipart else parse_qsl(text, keep_blank_values=True)
    return Request(request.method, query, tuple(form), multipart, headers=headers)


def _multipart(declared: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the fields of multipart/form-data (RFC 7578); a file is none."""
    head = f"Content-Type: {declared}\r\n\r\n".encode()
    for part in message_from_bytes(head + content, policy=HTTP).iter_parts():
        name = part.get_param("name", header="Content-Disposition")
        if name is not None and part.get_filename() is None:
            yield str(name), bytes(part.get_payload(decode=True)).decode("utf-8", "replace")


def _response(response: Mapping[str, Any]) -> Response:
    headers = tuple(
        (name, str(value))
        for name, found in response["headers"].items()
        for value in ([found] if isinstance(found, str) else found)
    )
    body = response["body"]["string"] or b""
    content = body.encode() if isinstance(body, str) else body
    return Response(int(response["status"]["code"]), headers, content)


def asked_by(request: Request) -> Expectation:
    """Read off a request what it asked; whether it was in order is not judged."""
    common = protocol.COMMON_PARAMETERS
    return Expectation(
        parameters={name: value for name, value in request.parameters if name not in common},
        format=request.value("format") or protocol.DEFAULT_FORMAT,
        simplify=request.value("simplify") == "true",
        codings=accepted_codings(request.header("Accept-Encoding")),
    )
