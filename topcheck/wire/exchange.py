"""One raw request and one raw response, with their times and what was expected of them.

Live, recorded or scripted: what every judge and recorder reads is this.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from topcheck.wire.declared import Declared, coding_name, declared
from topcheck.wire.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES, MAX_HEAD_LINES
from topcheck.wire.tree import MessageError

#: Names and values in their order; a name may stand twice.
Pairs = tuple[tuple[str, str], ...]

#: Parameters whose values are shown nowhere, not even when an assertion fails or they are answered.
SECRET = frozenset({"app_key", "app_secret", "sign", "session"})

FORM = "application/x-www-form-urlencoded;charset=utf-8"
#: So bytes that were received and are no UTF-8 are kept in a text: they may be signed all the same.
RAW = "surrogateescape"

#: Where a gateway answers.
PATH = "/router/rest"

#: Why there is no answer, where its head is longer than any that is read.
LONG_HEAD = (
    f"the head of the answer has more than {MAX_HEAD_LINES} lines, "
    f"or more than {MAX_HEAD_BYTES} bytes"
)

#: How zlib reads a coding: with the wrapper of gzip, or with that of zlib, or with neither.
_WINDOWS: Mapping[str, tuple[int, ...]] = {"gzip": (31,), "deflate": (15, -15)}


def first_header(headers: Pairs, name: str) -> str | None:
    """Return the first value of a header, in whatever case its name is; None if it is missing."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def form_pairs(text: str) -> Pairs:
    """Read a form (WHATWG URL, section 5.1); what looks like a JSON object is kept whole.

    Bytes that are no UTF-8 stay as they came.
    """
    if text.lstrip().startswith("{") and text.rstrip().endswith("}"):
        return ((text, ""),)
    return tuple(parse_qsl(text, keep_blank_values=True, errors=RAW))


@dataclass(frozen=True, slots=True)
class Request:
    """A request on the wire: `query` and `form` are decoded pairs in their order.

    `path` and `headers` are known of a request that was received; of a recorded one `path` is the
    address that it was sent to, whole but for its query.
    """

    verb: str
    query: Pairs = ()
    form: Pairs = ()
    multipart: bool = False
    path: str = PATH
    headers: Pairs = ()

    def __repr__(self) -> str:
        shown = ", ".join(k if k in SECRET else f"{k}={v!r}" for k, v in self.parameters)
        return f"Request({self.verb}, {shown})"

    @property
    def parameters(self) -> Pairs:
        """All parameters, those of the query first: the gateway merges them."""
        return self.query + self.form

    def value(self, name: str) -> str | None:
        """Return the first value of a parameter, None if it is not sent."""
        return next((value for key, value in self.parameters if key == name), None)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None if it is missing."""
        return first_header(self.headers, name)

    def edited(self, **changes: str | None) -> Request:
        """Return a copy with parameters set or, where None, left out; the signature stays."""

        def edit(pairs: Pairs) -> Pairs:
            kept = ((k, changes.get(k, v)) for k, v in pairs)
            return tuple((k, v) for k, v in kept if v is not None)

        query, form, present = edit(self.query), edit(self.form), dict(self.parameters)
        added = tuple((k, v) for k, v in changes.items() if k not in present and v is not None)
        if self.form or not self.query:
            return replace(self, query=query, form=form + added)
        return replace(self, query=query + added, form=form)


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it came: `headers` in their order, `body` undecoded.

    `unpacked` is a body that is known only as it was before it was compressed. `malformed` are the
    lines of its head that are no header lines, shortened; a recording has none. `left_out` is how
    many bytes of the body are kept no more.
    """

    status: int
    headers: Pairs
    body: bytes
    unpacked: bool = False
    malformed: tuple[str, ...] = ()
    left_out: int = 0

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None if it is missing."""
        return first_header(self.headers, name)

    def values(self, name: str) -> list[str]:
        """Return all values of a header, in their order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def declared(self) -> Declared:
        """The media types and charsets that are declared."""
        return declared(self.values("Content-Type"))

    @property
    def media_type(self) -> str | None:
        """The declared media type, None if there is none, or no single one."""
        found = self.declared
        return found.types[0] if found.types and found.one_type else None

    @property
    def charset(self) -> str | None:
        """The declared charset, None if there is none, or no single one."""
        found = self.declared
        return found.charsets[0] if found.charsets and found.one_charset else None

    @property
    def coding(self) -> str | None:
        """The declared content coding, None if the body is what it is."""
        coding = coding_name(self.header("Content-Encoding") or "")
        return None if coding in ("", "identity") else coding

    @property
    def is_read(self) -> bool:
        """Whether what its coding did to the body can be undone here."""
        return self.coding is None or self.coding in _WINDOWS

    def content(self) -> bytes:
        """Return the body as it was before it was compressed (RFC 9110, section 8.4).

        Raises MessageError for a coding that is not read, for what it cannot have made, and beyond
        the limits.
        """
        if self.coding is None or self.unpacked:
            return self.body
        return uncompressed(self.body, self.coding)


def uncompressed(body: bytes, coding: str) -> bytes:
    """Undo a content coding, or a transfer coding, by its name. Raises MessageError."""
    for window in _WINDOWS.get(coding, ()):
        try:
            return _inflated(body, window)
        except zlib.error:
            continue
    reason = f"the content coding {coding!r} is not read"
    if coding in _WINDOWS:
        reason = f"the body is not {coding}, as its header says"
    raise MessageError("wire.body.encoding", reason)


def _inflated(body: bytes, window: int) -> bytes:
    """Undo a compression; it may have been made in several pieces."""
    found = bytearray()
    while body:
        piece = zlib.decompressobj(window)
        found += piece.decompress(body, MAX_BODY_BYTES + 1 - len(found))
        if len(found) > MAX_BODY_BYTES:
            reason = f"the body has more than {MAX_BODY_BYTES} bytes once it is unpacked"
            raise MessageError("wire.body.limits", reason)
        if not piece.eof:
            raise zlib.error("it is cut off")
        body = piece.unused_data
    return bytes(found)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a request asked, and what is known beforehand of its answer.

    `parameters` are the business parameters that were asked for, `format` the format (None: any).
    `refused` names the platform's parameter that is wrong or missing: such a request must be
    refused. `accepted` is the id of the clause by which a request must be accepted; `found` tells
    that the same, asked plainly, is answered with success. `sign_method` is None where the
    signature is not to be judged. The order with these `ids` is known to be told as `stated`, by
    path; `orders` are the ids of all that are known. `codes` are those that a refusal may have,
    none where they are not judged. `budget` is how long an answer may take, in seconds; `codings`
    are the content codings that were asked for, None where that is not known.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    simplify: bool = False
    sign_method: str | None = None
    refused: str | None = None
    accepted: str | None = None
    found: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)
    stated: Mapping[str, str] = field(default_factory=dict)
    orders: Sequence[Mapping[str, str]] = ()
    codes: Set[int] = frozenset()
    budget: float | None = None
    codings: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came back: a response, or the reason why none did.

    `at` is when it was sent, or recorded; `seconds` how long the answer took, None if that is not
    known.
    """

    request: Request
    response: Response | None
    at: datetime.datetime | None
    seconds: float | None
    failure: str | None = None
    expected: Expectation = Expectation()
