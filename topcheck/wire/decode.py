"""Bytes to text: which charset a body is in, and whether everything that names it agrees."""

import codecs
import re
from dataclasses import dataclass

from topcheck.wire.limits import MAX_BODY_BYTES
from topcheck.wire.tree import MessageError, excerpt, place

#: The charsets that are read, by the names that Python knows too, and the labels of each.
CHARSETS = {
    "utf-8": "utf-8 utf8 utf8mb4 unicode-1-1-utf-8",
    "us-ascii": "us-ascii ascii ansi-x3.4-1968 iso646-us",
    "iso-8859-1": "iso-8859-1 iso8859-1 iso88591 latin1 latin-1 l1",
    "windows-1252": "windows-1252 cp1252 x-cp1252",
    "gbk": "gbk cp936 ms936 x-gbk",
    "gb2312": "gb2312 gb-2312-80 euc-cn csgb2312",
    "gb18030": "gb18030 gb18030-2000",
    "big5": "big5 big-5 cn-big5 x-x-big5 csbig5",
    "shift_jis": "shift-jis shiftjis sjis x-sjis ms-kanji csshiftjis",
    "euc-jp": "euc-jp eucjp x-euc-jp",
    "euc-kr": "euc-kr euckr cseuckr",
    "utf-16": "utf-16 utf16",
    "utf-16le": "utf-16le utf-16-le utf16le",
    "utf-16be": "utf-16be utf-16-be utf16be",
}
LABELS = {label: name for name, labels in CHARSETS.items() for label in labels.split()}

#: The first match wins: the marks of UTF-32 begin or end like those of UTF-16, and are not read.
MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32le"),
    (b"\x00\x00\xfe\xff", "utf-32be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16le"),
    (b"\xfe\xff", "utf-16be"),
)

#: Of two bytes each, which are often those of a character of UTF-8 too.
DOUBLE_BYTE = frozenset({"gbk", "gb2312", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"})
UTF_16 = frozenset({"utf-16", "utf-16le", "utf-16be"})

#: A charset and those that hold all of it: two such names do not contradict each other.
SUPERSETS = {
    "us-ascii": frozenset(CHARSETS) - UTF_16,
    "gb2312": frozenset({"gbk", "gb18030"}),
    "gbk": frozenset({"gb18030"}),
    "utf-16le": frozenset({"utf-16"}),
    "utf-16be": frozenset({"utf-16"}),
}

#: The encoding that an XML declaration names. One that does not stand in the first bytes is
#: overlooked, as are NULs: without them all our charsets write a declaration as ASCII does.
DECLARATION = re.compile(
    rb"<\?xml[ \t\r\n][^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*"
    rb"(?:\"([^\">]*)\"|'([^'>]*)')"
)
DECLARATION_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a body without its byte order mark, and what there is to say about its bytes."""

    text: str
    encoding: str
    bom: bool
    recoded: bool


def decode(body: bytes, charset: str | None = None, *, xml: bool = False) -> Decoded:
    """Decode a body by its byte order mark, else `charset`, else its declaration, else as UTF-8.

    `charset` is what a header declared; only XML has a declaration. Raises MessageError if the body
    is too large or empty, if it cannot be decoded, or if these four contradict each other.
    """
    if len(body) > MAX_BODY_BYTES:
        reason = f"the body has {len(body)} bytes, more than {MAX_BODY_BYTES}"
        raise MessageError("wire.body.limits", reason)
    if not body:
        raise MessageError("wire.body.syntax", "the body is empty")
    mark, marked = next((pair for pair in MARKS if body.startswith(pair[0])), (b"", ""))
    content = body[len(mark) :]
    claims = _claims(marked, charset, content if xml else b"")
    source, encoding = claims[0] if claims else ("default", "utf-8")
    if encoding == "utf-16":
        encoding = "utf-16le" if content[1:2] == b"\0" else "utf-16be"
    if not mark and encoding != "utf-8":
        _deny_utf_8(content, encoding, source)
    text = _text(content, encoding)
    for other_source, other in claims[1:]:
        if not _agree(encoding, other, text):
            reason = f"the {source} says {encoding}, the {other_source} says {other}"
            raise MessageError("wire.body.encoding", reason, actual=other)
    recoded = encoding in UTF_16 or (encoding != "utf-8" and not content.isascii())
    return Decoded(text, encoding, bool(mark), recoded)


def _claims(marked: str, charset: str | None, content: bytes) -> list[tuple[str, str]]:
    """List who names a charset and which, the one to be believed first."""
    claims = [("byte order mark", marked)] if marked else []
    if charset is not None:
        claims.append(("header", charset.strip().strip("\"'")))
    if declared := DECLARATION.match(content[:DECLARATION_BYTES].replace(b"\0", b"")):
        claims.append(("XML declaration", b"".join(declared.groups(b"")).decode("latin-1")))
    return [(source, _canonical(label, source)) for source, label in claims]


def charset_name(label: str) -> str | None:
    """Return our name of a charset, None if it is not read; all that Python has for UTF-8 is."""
    if name := LABELS.get(label.lower().replace("_", "-")):
        return name
    try:
        return "utf-8" if codecs.lookup(label).name == "utf-8" else None
    except (LookupError, ValueError):
        return None


def _canonical(label: str, source: str) -> str:
    name = charset_name(label)
    if name is None:
        reason = f"the {source} names a charset that is not read: {excerpt(label)!r}"
        raise MessageError("wire.body.encoding", reason, actual=excerpt(label))
    return name


def _deny_utf_8(content: bytes, encoding: str, source: str) -> None:
    """Raise if bytes of another declared charset are UTF-8 and can hardly be what was declared."""
    # UTF-16 has a NUL in every bracket, blank and digit; no UTF-8 body has one anywhere.
    if b"\0" in content if encoding in UTF_16 else content.isascii():
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return
    if encoding in DOUBLE_BYTE and max(text) < "\u0800":
        return
    reason = f"the {source} says {encoding}, the bytes are UTF-8"
    raise MessageError("wire.body.encoding", reason, actual="utf-8")


def _text(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        line, column = place(before, len(before))
        actual = content[error.start : max(error.end, error.start + 1)][:8].hex(" ")
        reason = f"the bytes {actual} are not {encoding}"
        raise MessageError("wire.body.encoding", reason, line, column, actual=actual) from None


def _agree(encoding: str, other: str, text: str) -> bool:
    """Tell whether a second name is the first one, or that of a sub- or superset of it."""
    if other == encoding or other in SUPERSETS.get(encoding, ()):
        return True
    if encoding not in SUPERSETS.get(other, ()):
        return False
    try:
        text.encode(other)
    except UnicodeEncodeError:
        return False
    return True


def is_utf8(data: bytes) -> bool:
    """Whether data is text in UTF-8; an encoded surrogate is none."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
