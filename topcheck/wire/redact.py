"""What must never be shown, taken out of whatever is, though a gateway or an SDK repeated it."""

import html
import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from topcheck.wire.exchange import RAW, SECRET, Exchange, Pairs, Request
from topcheck.wire.tree import CUT

#: What stands in its place.
REDACTED = "(secret)"
#: A shorter word is no secret, and might stand anywhere.
SHORTEST = 4
_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
#: A text may hold what is no character of its own.
_LENIENT = "surrogatepass"
#: A text may be escaped so often before it is looked at.
_TIMES = 3
_UNICODE = re.compile(r"\\+u([0-9a-fA-F]{4})")


class Redactor:
    """Takes secrets out of texts, as they are or as JSON, XML and URLs write them.

    Of a text, and not of bytes, what stands behind a name of one goes as well.

    `signs` are signatures: letters and digits that nobody writes in another way.
    """

    def __init__(self, secrets: Iterable[str], signs: Iterable[str] = ()) -> None:
        words, plain = _longest_first(secrets), _longest_first(signs)
        self._forms = _longest_first([*(form for word in words for form in _forms(word)), *plain])
        ways = [_spelled(word, encoding) for word in words for encoding in _ENCODINGS]
        ways += [re.escape(sign.encode()) for sign in plain]
        self._pattern = re.compile(b"|".join(ways) or b"(?!)", re.IGNORECASE)

    def redacted(self, text: str) -> str:
        """Return a text without them; the half of one that was cut off is taken out as well."""
        *cut, last = text.split(CUT)
        whole = CUT.join([*map(self._without_half, cut), last])
        body = self.redacted_bytes(whole.encode(errors=_LENIENT))
        return without_named(body).decode(errors=_LENIENT)

    def redacted_data(self, data: Any) -> Any:
        """Return what will be written as JSON without them, while nothing of it is escaped."""
        if isinstance(data, dict):
            return {self.redacted(name): self.redacted_data(value) for name, value in data.items()}
        if isinstance(data, list):
            return [self.redacted_data(value) for value in data]
        return self.redacted(data) if isinstance(data, str) else data

    def redacted_bytes(self, body: bytes) -> bytes:
        """Return a body without them, in the encodings that a gateway may answer in."""
        return self._pattern.sub(REDACTED.encode(), body)

    def _without_half(self, text: str) -> str:
        for form in self._forms:
            for length in range(min(len(form), len(text)), SHORTEST - 1, -1):
                if text.endswith(form[:length]):
                    return text[:-length] + REDACTED
        return text


def secrets_of(exchanges: Iterable[Exchange]) -> list[str]:
    """Return what requests hold that is secret by its name."""
    pairs = (pair for exchange in exchanges for pair in exchange.request.parameters)
    return [value for name, value in pairs if name in SECRET]


def may_hold(text: str, secrets: Iterable[str]) -> bool:
    """Whether a text may have a secret, or how one begins: to tell so costs little."""
    begins = [secret[:SHORTEST].lower() for secret in secrets if len(secret) >= SHORTEST]
    plain = text
    for _ in range(_TIMES if begins and any(sign in text for sign in "%&\\") else 0):
        plain = _UNICODE.sub(lambda found: chr(int(found[1], 16)), plain)
        plain = html.unescape(unquote(plain))
    both = text.lower(), plain.lower()
    return any(one in form for one in begins for form in both)


def without(text: str, secrets: Collection[str]) -> str:
    """Return a text without secrets; what cannot have any is not searched for all their forms."""
    if may_hold(text, secrets):
        return Redactor(secrets).redacted(text)
    return without_named(text.encode(errors=_LENIENT)).decode(errors=_LENIENT)


def without_named(body: bytes) -> bytes:
    """Return a text without what stands behind a name of a secret; $ and ( begin none."""
    return _NAMED.sub(rb"\g<before>" + REDACTED.encode(), body) if _NAME.search(body) else body


def on_the_wire(request: Request) -> str:
    """Write a request in a line as the wire has it: its verb, path and query, and then its form.

    Each parameter that is secret by its name is left out by its value.
    """
    form, kind = encoded(request.form), "multipart " if request.multipart else ""
    return f"{request_line(request)} {kind}{form}" if form else request_line(request)


def request_line(request: Request) -> str:
    """Write the verb, the path and the query of a request; what is secret is left out."""
    query = f"?{encoded(request.query)}" if request.query else ""
    return f"{request.verb} {quote(request.path, safe='/:')}{query}"


def encoded(pairs: Pairs) -> str:
    """Write parameters as a form; each that is secret by its name is left out by its value."""
    return "&".join(
        f"{_escaped(name)}={REDACTED if name in SECRET else _escaped(value)}"
        for name, value in pairs
    )


def _escaped(text: str) -> str:
    """Escape as a form does; bytes that were no text are shown as such bytes."""
    try:
        return quote_plus(text, errors=RAW)
    except UnicodeEncodeError:  # half a surrogate pair
        return quote_plus(text, errors=_LENIENT)


def _longest_first(texts: Iterable[str]) -> list[str]:
    """Return what may be a secret, each once: one may be a part of another."""
    return sorted({text for text in texts if len(text) >= SHORTEST}, key=len, reverse=True)


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it is usually written, for what a cut has left of it."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    yield quote(secret, safe="")
    yield quote_plus(secret)


def _spelled(secret: str, encoding: str) -> bytes:
    """Return a pattern of a secret in which each character may be written in any of its ways."""
    return b"".join(b"(?:" + b"|".join(_ways(char, encoding)) + b")" for char in secret)


def _ways(char: str, encoding: str) -> Iterator[bytes]:
    """Yield patterns of a character; what JSON escapes may have been escaped again and again."""
    raw, code = char.encode(encoding, "replace"), ord(char)
    slashes = {'"': rb"\\{0,16}", "/": rb"\\{0,16}"}.get(char, b"")
    yield rb"\\{1,16}" if char == "\\" else slashes + re.escape(raw)
    utf16 = char.encode("utf-16-be", _LENIENT).hex()
    yield b"".join(rb"\\{1,16}u" + utf16[i : i + 4].encode() for i in range(0, len(utf16), 4))
    yield f"&#0*{code};|&#x0*{code:x};".encode()
    yield "".join(f"%(?:25)*{byte:02x}" for byte in raw).encode()
    yield re.escape(html.escape(char).encode(encoding, "replace"))
    yield from {"'": (b"&apos;",), " ": (rb"\+",)}.get(char, ())


def _named() -> re.Pattern[bytes]:
    """Return a pattern of what stands behind a name of a secret: `before`, and then its value.

    It is an element of XML, a member of JSON or of an archive in it, a part of a form or an
    attribute, or a part of a multipart form; each sign is as it is, or escaped.
    """
    signs = {name: _spelled(char, "utf-8").decode() for name, char in _SIGNS.items()}
    found = "".join(_NAMED_AS.split()).format(**signs, name=_NAME.pattern.decode())
    return re.compile(found.encode(), re.IGNORECASE)


_NAME = re.compile(f"(?:{'|'.join(sorted(SECRET))})".encode(), re.IGNORECASE)
_SIGNS = {"mark": '"', "equal": "=", "colon": ":", "less": "<", "more": ">", "slash": "/"}
_NAMED_AS = r"""
(?P<before>(?:
(?P<whole>{less}(?:\w+:)?{name}(?:\s[^<>]*)?(?<!/){more})|
(?:{mark}|'){name}(?:{mark}|')(?:\s|\\[rnt])*(?:,\s*{mark}value{mark}\s*)?{colon}(?:\s|\\[rnt])*|
{name}(?:{equal}|\s*{equal}\s*(?={mark}|'))|
name={mark}{name}{mark}(?:\s|\\[rnt])+
)(?:(?(whole)(?!))(?P<quote>{mark}|'))?)
(?(whole)(?s:.)*?(?={less}{slash}(?:\w+:)?{name}|\Z)|
(?(quote)(?![$(])(?:(?!(?P=quote))(?:\\.|.))*|
(?:[\[{{][^\]}}]*|(?!null|[$(])(?:[^&\s"'<>\\,}}]|\\/)+)))
"""
_NAMED = _named()
