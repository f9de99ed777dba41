"""Recordings: one exchange a file, in vcrpy's format, scrubbed before anything reaches the disk.

What is written is on an allow-list; everything else of a request, and every header not listed, is
left out or replaced. The metadata says when and where an exchange was recorded, against which
contract, and by which version of this tool.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from topcheck.gateway.client import Clock
from topcheck.wire.exchange import FORM, PATH, Exchange, Request, Response

SUFFIX = ".yaml"
EMBEDDED = "embedded"
#: No address is kept: the origin in the metadata says where an exchange was recorded.
URL = f"http://gateway.invalid{PATH}"
SCRUBBED = "SCRUBBED"

#: The platform's parameters whose values are kept; of all others only the name is.
KEPT_PARAMETERS = frozenset({"method", "timestamp", "format", "v", "sign_method", "simplify"})
KEPT_HEADERS = ("Content-Type", "Content-Encoding")
#: What two requests must share to have one answer, beside the business parameters.
MATCHED_PARAMETERS = ("method", "format", "simplify")


class RecordingError(Exception):
    """A recording cannot be read: which file, and why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded exchange and where it comes from."""

    request: Request
    response: Response
    recorded_at: str
    origin: str
    contract_digest: str
    tool_version: str

    @property
    def format(self) -> str:
        """The format that was asked for."""
        return self.request.value("format") or protocol.DEFAULT_FORMAT


def contract_digest(contract: Contract) -> str:
    """Digest the clauses without their wording: the same for every transcription of a page."""
    clauses = [[c.id, c.fact, str(c.severity), c.source, c.rule] for c in contract.clauses]
    return hashlib.sha256(json.dumps(clauses).encode()).hexdigest()[:16]


def match_key(request: Request, contract: Contract) -> tuple[Any, ...]:
    """Return what makes two requests the same question, whoever signs it and when."""
    names = (*MATCHED_PARAMETERS, *contract.request.fields)
    return (request.verb, *((name, request.value(name)) for name in names))


def write_recording(
    path: Path, exchange: Exchange, contract: Contract, origin: str, version: str
) -> None:
    """Write one exchange, whole or not at all. Raises ValueError if it has no response."""
    if exchange.response is None:
        raise ValueError(f"nothing to record: {exchange.failure}")
    business = frozenset(contract.request.fields)
    at = exchange.at.astimezone(datetime.UTC).isoformat(timespec="seconds")
    text = serialize(
        {
            "requests": [_scrubbed(exchange.request, business)],
            "responses": [_kept(exchange.response)],
            "metadata": {
                "recorded_at": at,
                "origin": origin,
                "contract_digest": contract_digest(contract),
                "tool_version": version,
            },
        },
        yamlserializer,
    )
    write_whole(path.parent, {path.name: text})


def _scrubbed(request: Request, business: frozenset[str]) -> VcrRequest:
    kept = KEPT_PARAMETERS | business
    query, form = (
        urlencode([(name, value if name in kept else SCRUBBED) for name, value in pairs])
        for pairs in (request.query, request.form)
    )
    url = f"{URL}?{query}" if query else URL
    return VcrRequest(request.verb, url, form, {"Content-Type": FORM} if form else {})


def _kept(response: Response) -> dict[str, Any]:
    headers = {name: [value] for name in KEPT_HEADERS if (value := response.header(name))}
    status = {"code": response.status, "message": ""}
    return {"status": status, "headers": headers, "body": {"string": response.body}}


def read_recording(path: Path) -> Recording:
    """Read one recording. Raises RecordingError for what is none, is cut off, or names a type."""
    try:
        found = deserialize(path.read_text("utf-8"), yamlserializer)
        requests, responses, metadata = found
        (request,), (response,) = requests, responses
        return _recording(request, response, metadata)
    except (yaml.YAMLError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())[:120]
        raise RecordingError(f"{path}: it cannot be read: {reason}") from None
    except (KeyError, TypeError, AttributeError):
        raise RecordingError(f"{path}: it is not one recorded exchange with its origin") from None


def _recording(
    request: VcrRequest, response: dict[str, Any], metadata: Mapping[str, str]
) -> Recording:
    query = tuple(parse_qsl(urlsplit(request.uri).query, keep_blank_values=True))
    body = (request.body or b"").decode() if isinstance(request.body, bytes) else request.body or ""
    form = tuple(parse_qsl(body, keep_blank_values=True))
    headers = tuple((name, value) for name, found in response["headers"].items() for value in found)
    content = response["body"]["string"]
    return Recording(
        Request(request.method, query, form),
        Response(response["status"]["code"], headers, content),
        metadata["recorded_at"],
        metadata["origin"],
        metadata["contract_digest"],
        metadata["tool_version"],
    )


class Player:
    """Answers requests from recordings, as a client does from a gateway.

    Of several recordings of one question the first answers.
    """

    def __init__(self, recordings: Iterable[Recording], contract: Contract, clock: Clock) -> None:
        self._contract = contract
        self._clock = clock
        self._answers: dict[tuple[Any, ...], Response] = {}
        for one in recordings:
            self._answers.setdefault(match_key(one.request, contract), one.response)

    def send(self, request: Request) -> Exchange:
        """Answer a request; one that was never recorded is a failure of the exchange."""
        response = self._answers.get(match_key(request, self._contract))
        failure = None if response else "nothing like this was recorded"
        return Exchange(request, response, self._clock(), 0.0, failure)
