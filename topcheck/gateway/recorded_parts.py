"""The parts of a recorded exchange in all the forms that recorders write them in.

What a person or another program wrote has no type: each part is given its own here, or is refused
in words that say what is wrong with it.
"""

import base64
import binascii
import contextlib
import datetime
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes
from email.policy import HTTP
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from topcheck.wire.exchange import Pairs, Request, first_header
from topcheck.wire.tree import excerpt

_Part = TypeVar("_Part")

NO_REQUEST, NO_RESPONSE = "an exchange without a request", "an exchange without a response"
_NO_TEXT = "a body that is neither text nor bytes: put text in quotes"
_NO_PAIRS = "headers or parameters that are no names with values"
#: How a body is held that may be text or bytes.
_HELD = ("base64_string", "string")


class UnreadableError(Exception):
    """A recording, or a part of one, is not what it should be: how, in words."""


def numbered(noun: str, items: Sequence[Any], read: Callable[[Any], _Part]) -> list[_Part]:
    """Read what a file holds in its order. Raises UnreadableError with the place, from 0."""
    found = []
    for number, item in enumerate(items):
        try:
            found.append(read(item))
        except UnreadableError as error:
            raise UnreadableError(f"{noun} {number}: {error}") from None
    return found


def mapping(value: object, otherwise: str) -> dict[Any, Any]:
    """Return what holds members by their names. Raises UnreadableError, as it is to be said."""
    if not isinstance(value, dict):
        raise UnreadableError(otherwise)
    return value


def scalar(value: object) -> str | None:
    """Write a single value as text: YAML and JSON make numbers and dates of what looks like one.

    Half a surrogate pair, which no output has a place for, is replaced. None is what holds others:
    it might hold itself.
    """
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        return None
    try:
        return str(value).encode("utf-8", "replace").decode()
    except ValueError:  # a number of more digits than are read
        return None


def moment(text: str | None) -> datetime.datetime | None:
    """Read a time as ISO 8601 or as HTTP writes it (RFC 9110, section 5.6.7), if it is one."""
    for read in (datetime.datetime.fromisoformat, parsedate_to_datetime):
        with contextlib.suppress(ValueError, TypeError, OverflowError, IndexError):
            found = read(text or "")
            return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    return None


def status(value: object) -> int:
    """Read a status: the code, alone or with its words. Raises UnreadableError."""
    if isinstance(value, dict):
        value = value.get("code")
    code = (scalar(value) or "").partition(" ")[0]
    if not (code.isdecimal() and 100 <= int(code[:9]) <= 999):
        raise UnreadableError("an answer without an HTTP status")
    return int(code)


def headers(value: object) -> Pairs:
    """Read headers, by their names or in a list; what HTTP/2 puts among them is left out.

    Raises UnreadableError.
    """
    return tuple((name, text) for name, text in pairs(value) if not name.startswith(":"))


def pairs(value: object) -> Iterator[tuple[str, str]]:
    """Yield names and values, of which a name may have several. Raises UnreadableError."""
    if isinstance(value, dict):
        for name, held in value.items():
            for one in held if isinstance(held, list | tuple) else [held]:
                yield _pair(name, one)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _listed(item)
    elif value is not None:
        raise UnreadableError(_NO_PAIRS)


def _listed(item: object) -> Iterator[tuple[str, str]]:
    """Yield what one item of a list stands for: a line, a pair, or a list of pairs."""
    if isinstance(item, str):
        name, _, text = item.partition(":")
        yield name.strip(), text.strip()
    elif isinstance(item, dict):
        yield _pair(item.get("name"), item.get("value"))
    elif isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[0], str | bytes):
        yield from pairs({item[0]: item[1]})
    else:
        for one in item if isinstance(item, list | tuple) else [item]:
            yield _pair(*(one if isinstance(one, list | tuple) and len(one) == 2 else (one, [])))


def _pair(name: object, value: object) -> tuple[str, str]:
    texts = scalar(name), scalar(value)
    if not texts[0] or texts[1] is None:
        raise UnreadableError(_NO_PAIRS)
    return texts[0], texts[1]


def content(value: object) -> bytes:
    """Read a body: text, bytes, pieces of them, or a mapping with either. Raises UnreadableError.

    A body that is empty, null or missing has no bytes.
    """
    if isinstance(value, dict):
        held = next((name for name in _HELD if value.get(name) is not None), None)
        inner = value[held] if held else None
        if isinstance(inner, dict) or not set(value) <= {*_HELD, "encoding"}:
            raise UnreadableError(_NO_TEXT)
        return unpacked(inner) if held == _HELD[0] else content(inner)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, BytesIO):  # an old recorder kept what a body was read from
        return value.getvalue()
    if isinstance(value, list | tuple | Iterator):
        return b"".join(content(_piece(piece)) for piece in value)
    if value is not None and not isinstance(value, bytes):
        raise UnreadableError(_NO_TEXT)
    return value or b""


def _piece(value: object) -> str | bytes:
    if not isinstance(value, str | bytes):
        raise UnreadableError(_NO_TEXT)
    return value


def unpacked(text: object) -> bytes:
    """Undo Base64. Raises UnreadableError."""
    if isinstance(text, str | bytes):
        with contextlib.suppress(binascii.Error, ValueError):
            return base64.b64decode(b"".join(content(text).split()), validate=True)
    raise UnreadableError("a body that is not Base64, as it says")


def request(verb: object, url: object, body: object, declared: Pairs) -> Request:
    """Read what was asked, and nothing else of it: a recorded request is not judged.

    Raises UnreadableError.
    """
    address = _address(url)
    try:
        query = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    except ValueError:
        raise UnreadableError("a request whose address cannot be read") from None
    kind = first_header(declared, "Content-Type") or ""
    multipart = kind.lower().startswith("multipart/")
    form = _form(body, kind if multipart else None)
    name = verb if isinstance(verb, str) else ""
    where = address.partition("?")[0]
    return Request(name or "POST", tuple(query), tuple(form), multipart, where, declared)


def _address(url: object) -> str:
    text = scalar(url)
    if text is None:
        raise UnreadableError("a request whose address is no text")
    return text


def _form(body: object, multipart: str | None) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form: as it was sent, or as the client held it."""
    named = isinstance(body, dict) and not set(body) <= {*_HELD, "encoding"}
    listed = isinstance(body, list | tuple) and all(isinstance(one, list | tuple) for one in body)
    if named or listed:
        yield from pairs(body)
    elif multipart:
        yield from _parts(multipart, content(body))
    else:
        text = content(body).decode("utf-8", "replace")
        yield from parse_qsl(text, keep_blank_values=True)


def _parts(declared: str, body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the fields of multipart/form-data (RFC 7578); a file is none."""
    head = f"Content-Type: {declared}\r\n\r\n".encode()
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        name = part.get_param("name", header="Content-Disposition")
        if name is not None and part.get_filename() is None:
            yield str(name), bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def in_a_line(words: object) -> str:
    """Write what a parser says in one short line."""
    return excerpt(" ".join(str(words).split()), 120)
