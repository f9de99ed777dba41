"""What the headers of an answer declare of its body, however often, and what a request takes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message as Header
from email.utils import collapse_rfc2231_value
from functools import lru_cache

from topcheck.wire.decode import charset_name

#: The members of a list (RFC 9110, section 5.6.1); a comma between quotes parts none.
_MEMBERS = re.compile(r'(?:"[^"]*"|[^,])+')
#: So much of a Content-Type is read; more is in no honest one.
_MOST_READ = 4096
#: Codings of one content by two names (RFC 9110, section 8.4.1), and those that `*` stands for.
_ALIASES = {"x-gzip": "gzip", "x-compress": "compress"}
_CODINGS = ("gzip", "deflate", "br", "zstd", "compress")


@dataclass(frozen=True, slots=True)
class Declared:
    """What Content-Type says, however often: media types in lower case, and charsets as named."""

    types: tuple[str, ...]
    charsets: tuple[str, ...]

    @property
    def several(self) -> bool:
        """Whether something is said more than once, and so might be contradicted."""
        return len(self.types) > 1 or len(self.charsets) > 1

    @property
    def one_type(self) -> bool:
        """Whether all media types are the same."""
        return len(set(self.types)) <= 1

    @property
    def one_charset(self) -> bool:
        """Whether all charsets are the same, and none is a list of them."""
        named = {charset_name(charset) or charset.lower() for charset in self.charsets}
        return len(named) <= 1 and not any("," in charset for charset in named)


def declared(values: Iterable[str]) -> Declared:
    """Read all values of Content-Type (RFC 9110, section 8.3); an empty charset is none."""
    return _declared(tuple(values))


@lru_cache(maxsize=256)  # a gateway declares but a few
def _declared(values: tuple[str, ...]) -> Declared:
    texts = (value[:_MOST_READ].encode(errors="replace").decode() for value in values)
    members = [member for text in texts for member in _MEMBERS.findall(text) if member.strip()]
    types = (member.partition(";")[0].strip().lower() for member in members)
    charsets = (charset for member in members for charset in _charsets(member))
    return Declared(tuple(filter(None, types)), tuple(charsets))


def _charsets(member: str) -> Iterator[str]:
    header = Header()
    header["Content-Type"] = member
    for name, value in header.get_params([]):
        if name.lower() == "charset":
            try:
                charset = collapse_rfc2231_value(value)
            except ValueError:  # a charset of its own that is none
                charset = str(value[-1])
            if named := charset.strip(" \t\"'"):
                yield named


def coding_name(coding: str) -> str:
    """Return the one name of a content coding."""
    name = coding.strip().lower()
    return _ALIASES.get(name, name)


def accepted_codings(accepted: str | None) -> tuple[str, ...] | None:
    """Return the codings that an Accept-Encoding accepts (RFC 9110, section 12.5.3).

    None, any, where there is no such header; none where it is empty. `*` is any that is not named.
    """
    if accepted is None:
        return None
    weights = dict(_weighted(accepted))
    others = dict.fromkeys(_CODINGS, weights["*"]) if "*" in weights else {}
    asked = {**others, **weights}
    return tuple(name for name, weight in asked.items() if weight and name not in ("*", "identity"))


def _weighted(accepted: str) -> Iterator[tuple[str, bool]]:
    """Yield each coding that is named, and whether its weight is above zero."""
    for member in accepted.split(","):
        coding, *parameters = member.split(";")
        zero = any(re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", p, re.IGNORECASE) for p in parameters)
        if coding.strip():
            yield coding_name(coding), not zero
