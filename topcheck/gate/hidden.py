"""What must never be shown, taken out of whatever is, though a gateway or an SDK repeated it."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from topcheck.message.tree import CUT

#: What stands in its place.
HIDDEN = "(secret)"
#: A shorter word is no secret, and might stand anywhere.
SHORTEST = 4
_ENCODINGS = ("utf-8", "gb18030")


class Hidden:
    """Takes secrets out of texts, as they are or as JSON, XML and URLs write them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {form for secret in secrets for form in _forms(secret)}
        long = (form for form in found if len(form) >= SHORTEST)
        self._forms = sorted(long, key=len, reverse=True)
        self._bytes = [form.encode(e, "replace") for form in self._forms for e in _ENCODINGS]

    def out_of(self, text: str) -> str:
        """Return a text without them; the half of one that was cut off is taken out as well."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        *cut, last = text.split(CUT)
        return CUT.join([*map(self._without_half, cut), last])

    def out_of_bytes(self, body: bytes) -> bytes:
        """Return a body without them, in the encodings that a gateway may answer in."""
        for form in self._bytes:
            body = body.replace(form, HIDDEN.encode())
        return body

    def _without_half(self, text: str) -> str:
        for form in self._forms:
            for length in range(min(len(form) - 1, len(text)), SHORTEST - 1, -1):
                if text.endswith(form[:length]):
                    return text[:-length] + HIDDEN
        return text


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
