"""Recordings: one exchange a file, in vcrpy's format, scrubbed before anything reaches the disk.

What is written is on an allow-list; everything else of a request, and every header not listed, is
left out or replaced. The metadata says when and where an exchange was recorded, against which
contract, and by which version of this tool.

vcrpy is imported where a recording is read or written: it brings a web client along, which judging
a body must not wait for.
"""

import codecs
import contextlib
import datetime
import gc
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import yaml

from topcheck.atomic import write_whole
from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway import recorded_parts as parts
from topcheck.gateway.cassette import read_cassette
from topcheck.gateway.har import read_har
from topcheck.gateway.recorded_parts import UnreadableError
from topcheck.wire.declared import accepted_codings
from topcheck.wire.exchange import FORM, PATH, Exchange, Expectation, Request
from topcheck.wire.limits import MAX_DEPTH
from topcheck.wire.tree import excerpt

if TYPE_CHECKING:
    from vcr.request import Request as VcrRequest

SUFFIX = ".yaml"
#: How files are called that hold recordings; what is written has the first of them.
SUFFIXES = (SUFFIX, ".yml", ".json", ".har")
EMBEDDED = "embedded"
#: Stands for a time that is not known: before all that is.
UNDATED = datetime.datetime.min.replace(tzinfo=datetime.UTC)
#: No address is kept: the origin in the metadata says where an exchange was recorded.
URL = f"http://gateway.invalid{PATH}"
SCRUBBED = "SCRUBBED"

#: The platform's parameters whose values are kept; of all others only the name is.
KEPT_PARAMETERS = frozenset({"method", "timestamp", "format", "v", "sign_method", "simplify"})
KEPT_HEADERS = ("Content-Type", "Content-Encoding")
#: How a recording begins: with the members of a cassette or of an archive.
_BEGINS = re.compile(
    rb"""\s*(\{\s*["']?(version["']?\s*:[^{\[]{0,20},\s*["']?)?(http_)?interactions["']?\s*:"""
    rb"""|\{\s*"log"\s*:\s*\{\s*"(version|creator|browser|pages|entries|comment|_\w*)"\s*:"""
    rb"""|\[\s*\{\s*"re(quest|sponse)"\s*:)"""
)
_IS_YAML = re.compile(
    rb"""\A\s*+(?![<{\[])(?s:.*\n)?(["']?(http_)?interactions["']?|-\s+request)\s*:"""
)
_HEAD, _MARKS = 65536, codecs.BOM_UTF8 + codecs.BOM_UTF16
_JSON = ("{", "[")
_WAY_OUT = "record it anew, or take it away"
_TOO_DEEP = "it is nested too deeply"
#: What a file of our own says of its exchange.
_METADATA = ("recorded_at", "origin", "contract_digest", "tool_version")


class RecordingError(Exception):
    """A recording cannot be read: which file, and why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded exchange, and where it comes from: None is what the file does not say.

    `exchange.at` is when it was recorded, by the file or by the answer's own `Date`; `number` is
    its place in the file, from 0. An entry of an archive that is no call has no response.
    """

    exchange: Exchange
    number: int = 0
    recorded_at: str | None = None
    origin: str | None = None
    contract_digest: str | None = None
    tool_version: str | None = None

    def age(self, today: datetime.date) -> int | None:
        """Return how many days ago it was recorded, None if that is unknown.

        Raises RecordingError for a time that is none, or has not come yet.
        """
        at = self.exchange.at
        if at is None:
            if self.recorded_at is None:
                return None
            raise RecordingError(f"{excerpt(self.recorded_at)!r} is no date of a recording")
        days = (today - at.date()).days
        if days < -1:  # its clock may be a day ahead of ours
            raise RecordingError(f"{at.date()} has not come yet, so it dates no recording")
        return days


def contract_digest(contract: Contract) -> str:
    """Digest the clauses without their wording: the same for every transcription of a page."""
    clauses = [[c.id, c.fact, str(c.severity), c.source, c.rule] for c in contract.clauses]
    return hashlib.sha256(json.dumps(clauses).encode()).hexdigest()[:16]


def write_recording(
    path: Path, exchange: Exchange, contract: Contract, origin: str, version: str
) -> None:
    """Write one exchange, whole or not at all. Raises ValueError if it has no response."""
    from vcr.serialize import serialize
    from vcr.serializers import yamlserializer

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


def _scrubbed(request: Request, kept: Collection[str]) -> "VcrRequest":
    from vcr.request import Request as VcrRequest

    query, form = (
        urlencode([(name, value if name in kept else SCRUBBED) for name, value in pairs])
        for pairs in (request.query, request.form)
    )
    url = f"{URL}?{query}" if query else URL
    return VcrRequest(request.verb, url, form, {"Content-Type": FORM} if form else {})


def is_recording(head: bytes) -> bool:
    """Tell by the beginning of a file whether it is meant to be a recording."""
    text = head[:_HEAD].lstrip(_MARKS).replace(b"\0", b"")
    return _BEGINS.match(text) is not None or _IS_YAML.search(text) is not None


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Leave garbage alone: of a large file it would be looked for again and again, for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_without_collection()
def read_recordings(path: Path, body: bytes | None = None) -> list[Recording]:
    """Read the exchanges of one file, oldest first: a cassette, or an HTTP archive.

    `body` is what was read of the file already, all of it. Raises RecordingError for what is none,
    is cut off, or names a type.
    """
    try:
        found = _recordings(_parsed(path.read_bytes() if body is None else body))
    except UnreadableError as error:
        raise RecordingError(f"{path}: {error}; {_WAY_OUT}") from None
    except RecursionError:
        raise RecordingError(f"{path}: {_TOO_DEEP}; {_WAY_OUT}") from None
    except OSError as error:
        raise RecordingError(f"{path}: it cannot be read: {error.strerror}") from None
    if not found:
        raise RecordingError(f"{path}: it holds no exchange; {_WAY_OUT}")
    return found


def _parsed(body: bytes) -> Any:
    """Parse a file, which is JSON or YAML. Raises UnreadableError."""
    from vcr.migration import preprocess_yaml
    from vcr.serializers import yamlserializer

    marked = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = body.decode("utf-16" if marked else "utf-8-sig")
        if text.lstrip()[:1] in _JSON:
            with contextlib.suppress(ValueError):
                return json.loads(text)
        _bound_depth(text)
        return yamlserializer.deserialize(preprocess_yaml(text))
    except UnicodeDecodeError as error:
        raise UnreadableError(f"it is no UTF-8 text at byte {error.start}") from None
    except yaml.YAMLError as error:
        raise UnreadableError(f"it is cut off, or no YAML or JSON: {_of_yaml(error)}") from None
    except (ValueError, TypeError, KeyError, AttributeError):  # of a tag that holds something else
        raise UnreadableError("it holds a value that cannot be what its tag says") from None


def _of_yaml(error: yaml.YAMLError) -> str:
    words = str(error)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        words = f"line {error.problem_mark.line + 1}: {error.problem}"
    return excerpt(" ".join(words.split()), 120)


def _bound_depth(text: str) -> None:
    """Refuse what is nested so deeply that the parser would not come back from it."""
    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise UnreadableError(_TOO_DEEP)


def _recordings(data: Any) -> list[Recording]:
    archive = isinstance(data, dict) and "log" in data
    exchanges, told = (read_har(data), {}) if archive else read_cassette(data)
    known = {name: parts.scalar(told[name]) for name in _METADATA if told.get(name) is not None}
    at = parts.moment(known.get("recorded_at"))
    dated = [replace(one, at=at or one.at) for one in exchanges]
    readable = parts.numbered("exchange", dated, with_question)
    found = [Recording(one, number, **known) for number, one in enumerate(readable)]
    # the entries of an archive stand in any order
    return sorted(found, key=lambda one: one.exchange.at or UNDATED) if archive else found


def with_question(exchange: Exchange) -> Exchange:
    """Return an exchange with what it asked; a body in a coding that was asked for has to be read.

    Raises UnreadableError.
    """
    asked, response = asked_by(exchange.request), exchange.response
    read = response is None or response.unpacked or response.is_read
    if response and not read and response.coding in (asked.codings or ()):
        raise UnreadableError(f"an answer in {response.coding}, which is not read: ask for gzip")
    return replace(exchange, expected=asked)


def asked_by(request: Request) -> Expectation:
    """Read off a request what it asked; whether it was in order is not judged."""
    common = protocol.COMMON_PARAMETERS
    accepted = [value for name, value in request.headers if name.lower() == "accept-encoding"]
    asked = (request.value("format") or protocol.DEFAULT_FORMAT) if request.parameters else None
    return Expectation(
        parameters={name: value for name, value in request.parameters if name not in common},
        format=asked if asked in protocol.FORMATS else None,
        simplify=request.value("simplify") == "true",
        codings=accepted_codings(", ".join(accepted) if accepted else None),
    )
