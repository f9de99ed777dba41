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

from topcheck.wire.exchange import RAW, Pairs, Request, first_header, form_pairs

_Part = TypeVar("_Part")

NO_REQUEST, NO_RESPONSE = "an exchange without a request", "an exchange without a response"
_NO_PAIRS = "headers or parameters that are no names with values"
#: What holds a body that may be text or bytes.
_HELD = {"base64_string", "string", "encoding"}


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
    """Read headers, by their names, in a list or in lines; without those of HTTP/2 itself.

    Raises UnreadableError.
    """
    listed = value.splitlines() if isinstance(value, str) else value
    return tuple((name, text) for name, text in pairs(listed) if not name.startswith(":"))


def pairs(value: object, *, nested: bool = True) -> Iterator[tuple[str, str]]:
    """Yield names and values, of which a name may have several. Raises UnreadableError.

    A list may hold pairs, lines, objects with a name and a value, and a list of these.
    """
    items = [*value.items()] if isinstance(value, dict) else value or []
    for item in items if isinstance(items, list | tuple) else [()]:
        if isinstance(item, str):
            item = [part.strip() for part in item.partition(":")[::2]]
        elif isinstance(item, dict):
            item = item.get("name"), item.get("value")
        if nested and isinstance(item, list | tuple) and item and isinstance(item[0], list | tuple):
            yield from pairs(item, nested=False)
        elif isinstance(item, list | tuple) and len(item) == 2:
            held = item[1] if isinstance(item[1], list | tuple) else [item[1]]
            yield from (_pair(item[0], one) for one in held)
        else:
            raise UnreadableError(_NO_PAIRS)


def _pair(name: object, value: object) -> tuple[str, str]:
    texts = scalar(name), scalar(value)
    if not texts[0] or texts[1] is None:
        raise UnreadableError(_NO_PAIRS)
    return texts[0], texts[1]


def content(value: object) -> bytes:
    """Read a body: text, bytes, pieces of them, or a mapping with either. Raises UnreadableError.

    A body that is empty, null or missing has no bytes.
    """
    if isinstance(value, dict) and set(value) <= _HELD:
        packed = value.get("base64_string")
        return content(value.get("string")) if packed is None else unpacked(packed)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, BytesIO):  # an old recorder kept what a body was read from
        return value.getvalue()
    if isinstance(value, list | tuple | Iterator):
        pieces = [*value]
        value = b"".join(map(content, pieces)) if all(map(_is_held, pieces)) else pieces
    if value is not None and not isinstance(value, bytes):
        raise UnreadableError("a body that is neither text nor bytes: put text in quotes")
    return value or b""


def _is_held(value: object) -> bool:
    return isinstance(value, str | bytes)


def unpacked(text: object) -> bytes:
    """Undo Base64. Raises UnreadableError."""
    if _is_held(text):
        with contextlib.suppress(binascii.Error, ValueError):
            return base64.b64decode(b"".join(content(text).split()), validate=True)
    raise UnreadableError("a body that is not Base64, as it says")


def request(verb: object, url: object, body: object, declared: Pairs) -> Request:
    """Read what was asked, and nothing else of it: a recorded request is not judged.

    Raises UnreadableError.
    """
    address = scalar(url)
    try:
        query = parse_qsl(urlsplit(address or "").query, keep_blank_values=True, errors=RAW)
    except ValueError:
        address = None
    if address is None:
        raise UnreadableError("a request whose address cannot be read")
    kind = first_header(declared, "Content-Type") or ""
    multipart = kind.lower().startswith("multipart/")
    form = _form(body, kind if multipart else None)
    name, where = verb if isinstance(verb, str) else "", address.partition("?")[0]
    return Request(name or "POST", tuple(query), tuple(form), multipart, where, declared)


def _form(body: object, multipart: str | None) -> Iterator[tuple[str, str]]:
    """Return the fields of a form: as it was sent, or as the client held it."""
    named = isinstance(body, dict) and not set(body) <= _HELD
    listed = isinstance(body, list | tuple) and all(isinstance(one, list | tuple) for one in body)
    if named or listed:
        return pairs(body)
    if multipart:
        return _parts(multipart, content(body))
    return iter(form_pairs(content(body).decode("utf-8", RAW)))


def _parts(declared: str, body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the fields of multipart/form-data (RFC 7578); a file is none."""
    head = f"Content-Type: {declared}\r\n\r\n".encode()
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        name = part.get_param("name", header="Content-Disposition")
        if name is not None and part.get_filename() is None:
            yield str(name), bytes(part.get_payload(decode=True) or b"").decode("utf-8", RAW)
