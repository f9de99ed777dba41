"""How texts of others stand in a page: legible, bounded, and broken where a reader breaks them.

What is broken between its parts is the same text, whoever copies it.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from topcheck.system import plain
from topcheck.wire.tree import CUT

#: The most that is shown of one text, in characters.
_MOST_TEXT = 10_000
#: A form of more parameters is broken anywhere; so much of a request tells it from the next.
_MOST_PARAMETERS, _AN_END = 64, 90
#: A part of a name or of an address, with what ends it.
_PART = re.compile(r"(?:[^./]|[.](?=[0-9]))+[./]*|[./]+")
#: Where a browser would end a line within a word.
_BROKEN_AT = re.compile(r"[^\w.]")


def legible(value: object) -> object:
    """Write what does not print as escapes, but line ends, and cut what is far too long."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if len(value) > _MOST_TEXT:
        value = f"{value[:_MOST_TEXT]}… ({len(value):,} characters in all)"
    return value if value.isprintable() else "\n".join(map(_line, value.split("\n")))


def parts(text: str) -> Markup:
    """Write a name or an address so that a line may end behind each part, but not in a number."""
    return Markup("<wbr/>").join(_PART.findall(str(legible(text))))


def _kept(parts: Iterable[str], between: str) -> Markup:
    """Write parts that no line ends within, as far as they fit into one."""
    spans = (Markup("<span>{}</span>").format(p) if _BROKEN_AT.search(p) else p for p in parts)
    return Markup(between).join(spans)  # noqa: S704 - it is ours


def words(text: str) -> Markup:
    """Write commands so that lines end at blanks only: an option is not cut at its hyphens."""
    lines = str(legible(text)).split("\n")
    return Markup("\n").join(_kept(line.split(" "), " ") for line in lines)


def parameters(text: str) -> Markup:
    """Write a form so that its lines end between parameters."""
    text = str(legible(text))
    if "\n" in text or not 0 < text.count("&") <= _MOST_PARAMETERS:
        return escape(text)
    return _kept(re.findall("[^&]*&|[^&]+$", text), "")


def end(text: str) -> str:
    """Return the last parameters of a request, in which one differs from the next."""
    line = text.rstrip().rpartition("\n")[2]
    return line if len(line) <= _AN_END else f"{CUT}{line[-_AN_END:].partition('&')[2]}"


def _line(text: str) -> str:
    return "\t".join(map(plain, text.removesuffix("\r").split("\t")))
