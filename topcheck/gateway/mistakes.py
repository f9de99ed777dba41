"""The usual mistakes of a signature: each a change of how it is made right.

TOP answers `25 Invalid signature` and says no more. Who knows the secret can sign a request again
under each mistake, and see which one gives the signature that was sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from topcheck.contract.protocol import BEYOND_A_DOUBLE
from topcheck.gateway.signing import SIGN, SIGN_METHOD
from topcheck.wire.exchange import RAW, Pairs, Request

#: A whole number, as far as one may have been made a double.
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def _by_bytes(pair: tuple[str, str]) -> bytes:
    return pair[0].encode("utf-8", RAW)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a signature is made; as it stands here, rightly.

    `order` is the key by which `pairs` are sorted, None where they stay as they are; `inner` and
    `between` stand in a pair and between two; `secret` is where it goes, a key of `_KEYED`.
    """

    pairs: Pairs
    method: str
    order: Callable[[tuple[str, str]], object] | None = _by_bytes
    value: Callable[[str], str] = str
    inner: str = ""
    between: str = ""
    charset: tuple[str, str] = ("utf-8", RAW)
    secret: str = "right"  # noqa: S105 - a place, not a secret
    spelling: str = "upper"

    def signature(self, secret: bytes) -> str | None:
        """Make the signature, None where there is none of this kind."""
        pairs = sorted(self.pairs, key=self.order) if self.order else self.pairs  # type: ignore[arg-type]
        text = self.between.join(f"{key}{self.inner}{self.value(value)}" for key, value in pairs)
        keyed = _KEYED.get((self.method.partition("-")[0] == "hmac", self.secret))
        if keyed is None:
            return None
        digest = _DIGESTS[self.method](*keyed(secret, text.encode(*self.charset)))
        return _SPELLINGS[self.spelling](digest)


#: Each way to bring in the secret, by whether it is the key of an HMAC: the key and the text.
_KEYED: Mapping[tuple[bool, str], Callable[[bytes, bytes], tuple[bytes, bytes]]] = {
    (False, "right"): lambda secret, text: (b"", secret + text + secret),
    (False, "front"): lambda secret, text: (b"", secret + text),
    (False, "behind"): lambda secret, text: (b"", text + secret),
    (True, "right"): lambda secret, text: (secret, text),
    (True, "swapped"): lambda secret, text: (text, secret),
    (True, "padded"): lambda secret, text: (secret, secret + text + secret),
}
_DIGESTS: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "md5": lambda _key, text: hashlib.md5(text, usedforsecurity=False).digest(),
    "hmac": lambda key, text: hmac.digest(key, text, "md5"),
    "hmac-sha256": lambda key, text: hmac.digest(key, text, "sha256"),
    "sha1": lambda _key, text: hashlib.sha1(text, usedforsecurity=False).digest(),
    "sha256": lambda _key, text: hashlib.sha256(text).digest(),
    "hmac-sha1": lambda key, text: hmac.digest(key, text, "sha1"),
}
_SPELLINGS: Mapping[str, Callable[[bytes], str]] = {
    "upper": lambda digest: digest.hex().upper(),
    "lower": bytes.hex,
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "base64 of hex": lambda digest: base64.b64encode(digest.hex().encode()).decode(),
    "base64 of HEX": lambda digest: base64.b64encode(digest.hex().upper().encode()).decode(),
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: its id, what it is in this request, and the recipe that it makes of a right one.

    Two of the same `slot` cannot be made at once.
    """

    id: str
    detail: str
    slot: str
    made: Callable[[Recipe], Recipe]


def _quoted(text: str) -> str:
    return quote(text, safe="", errors=RAW)


def _quoted_plus(text: str) -> str:
    return quote_plus(text, errors=RAW)


def _lower_escapes(text: str) -> str:
    pieces = text.split("%")
    return "%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])


def _in_halves(text: str) -> str:
    """Part each character beyond the first plane, as Java's modified UTF-8 does."""
    return "".join(map(_halves, text))


def _halves(char: str) -> str:
    high, low = divmod(max(0, ord(char) - 0x10000), 0x400)
    return chr(0xD800 + high) + chr(0xDC00 + low) if ord(char) > 0xFFFF else char


def _rounded(text: str) -> str:
    return str(int(float(text))) if _WHOLE.fullmatch(text) else text


def _respelled(text: str, *, ensure_ascii: bool = False, **how: Any) -> str:
    """Write JSON text in another way; what is no object and no list stays as it is."""
    try:
        found = json.loads(text) if text[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        found = None
    return text if found is None else json.dumps(found, ensure_ascii=ensure_ascii, **how)


#: Mistakes in how a text is made of the pairs, and a signature of it, in the order of these steps:
#: slot, id, what is told, and what of the recipe it changes.
_STEPS: tuple[tuple[str, str, str, Mapping[str, object]], ...] = (
    *(("value", "sign.values_encoded", f"by {name}", {"value": way})
      for name, way in {
          "%XX, a blank as +": _quoted_plus,
          "%XX": lambda text: quote(text, errors=RAW),
          "%XX, / too": _quoted,
          "%XX, as JavaScript does": lambda text: quote(text, "!'()*", errors=RAW),
          "%XX, as Java does": lambda text: quote_plus(text, "*", errors=RAW).replace("~", "%7E"),
          "%xx in lower case": lambda text: _lower_escapes(_quoted_plus(text)),
      }.items()),
    *(("order", "sign.order", how, {"order": key})
      for how, key in {
          "as they were sent": None,
          "without regard to case": lambda pair: pair[0].lower(),
          "by a locale": lambda pair: (pair[0].replace("_", "").lower(), pair[0].swapcase()),
          "by the values": lambda pair: pair[1],
      }.items()),
    *(("join", "sign.pairs_joined", how, {"inner": inner, "between": between})
      for how, inner, between in (
          ("k=v&k=v", "=", "&"), ("k=vk=v", "=", ""), ("kv&kv", "", "&"), ("k:v,k:v", ":", ","),
      )),
    *(("charset", "sign.charset", name, {"charset": (name, "replace")})
      for name in ("gb18030", "latin-1", "ascii", "utf-16-le", "utf-16-be")),
    ("charset", "sign.charset", "each half of a surrogate pair by itself",
     {"charset": ("utf-8", "surrogatepass"), "value": _in_halves}),
    *(("method", "sign.other_method", name, {"method": name}) for name in _DIGESTS),
    ("secret", "sign.secret_once", "in front only", {"secret": "front"}),
    ("secret", "sign.secret_once", "behind only", {"secret": "behind"}),
    ("secret", "sign.hmac_swapped", "", {"secret": "swapped"}),
    ("secret", "sign.hmac_padded", "", {"secret": "padded"}),
    ("spelling", "sign.lower_case", "", {"spelling": "lower"}),
    *(("spelling", "sign.base64", "", {"spelling": name})
      for name in _SPELLINGS if name.startswith("base64")),
)  # fmt: skip


#: How a value may have been changed between signing and sending: what was signed, if this was sent.
_CHANGES: Mapping[str, Callable[[str], str]] = {
    "blanks around it taken off": str.strip,
    "rounded through a double": _rounded,
    "a blank as +": lambda text: text.replace(" ", "+"),
    "+ as a blank": lambda text: text.replace("+", " "),
    "a blank as %20": lambda text: text.replace(" ", "%20"),
    "escaped": _quoted,
    "escaped, a blank as +": _quoted_plus,
    "unescaped": unquote,
    "unescaped, + as a blank": unquote_plus,
    "an emoji as ?": lambda text: "".join("?" if ord(char) > 0xFFFF else char for char in text),
    "an emoji as ??": lambda text: "".join("??" if ord(char) > 0xFFFF else char for char in text),
    "an emoji left out": lambda text: "".join(char for char in text if ord(char) <= 0xFFFF),
    "what is not ASCII left out": lambda text: "".join(filter(str.isascii, text)),
    "its case": str.lower,
    "its case upwards": str.upper,
    "CR LF as LF": lambda text: text.replace("\r\n", "\n"),
    "LF as CR LF": lambda text: text.replace("\n", "\r\n"),
    "a blank behind it": lambda text: f"{text} ",
    "a blank in front of it": lambda text: f" {text}",
    "a line break behind it": lambda text: f"{text}\n",
    "with a fraction": lambda text: f"{text}.0",
    "null": lambda _text: "null",
    "its JSON without blanks": lambda text: _respelled(text, separators=(",", ":")),
    "its JSON with blanks": lambda text: _respelled(text),
    "its JSON in ASCII": lambda text: _respelled(text, separators=(",", ":"), ensure_ascii=True),
    "its JSON in ASCII, with blanks": lambda text: _respelled(text, ensure_ascii=True),
    "its JSON with its names sorted": lambda text: _respelled(
        text, separators=(",", ":"), sort_keys=True
    ),
}
#: How far a double may be from the whole number of at most 19 digits that was made one.
_NEAR = 512
#: The slot of what is wrong with one parameter.
PARAMETER = "parameter"
#: So much is signed to find a pair, in bytes, which takes a second; each costs so many besides.
MOST_SIGNED, _EACH = 100_000_000, 1_500
#: What a parameter that is not sent may have been signed as.
_NOTHINGS = ("", "null", "undefined", "None")


def mistakes(request: Request, unsent: Iterable[str]) -> list[Mistake]:
    """Return the mistakes that a request may show, those first that are made first.

    `unsent` are parameters that might have been signed though they were not sent.
    """
    found = [*_of_whole(request), *_of_parameters(request, unsent)]
    return found + [
        Mistake(id_, detail, slot, _changing(changes)) for slot, id_, detail, changes in _STEPS
    ]


def _changing(changes: Mapping[str, object]) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, **changes)  # type: ignore[arg-type]


def _keeping(kept: Callable[[str, str], bool]) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, pairs=tuple(p for p in recipe.pairs if kept(*p)))


def _of_whole(request: Request) -> Iterator[Mistake]:
    """Yield what leaves out more than one parameter, or a special one."""
    if request.value(SIGN_METHOD) is not None:
        without = _keeping(lambda name, _: name != SIGN_METHOD)
        yield Mistake("sign.sign_method_left_out", "", "sign_method", without)
    if any(not value.strip() for _, value in request.parameters):
        without = _keeping(lambda _, value: bool(value.strip()))
        yield Mistake("sign.empty_left_out", "", "empty", without)
    parts = (("body", request.query, request.form), ("query", request.form, request.query))
    for part, kept, left_out in parts:
        if left_out:
            yield Mistake(f"sign.{part}_left_out", "", "part", _only(kept))


def _only(pairs: Pairs) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, pairs=tuple(p for p in recipe.pairs if p in pairs))


def _of_parameters(request: Request, unsent: Iterable[str]) -> Iterator[Mistake]:
    """Yield what is wrong with one parameter, by its name."""
    for name in unsent:
        for nothing in _NOTHINGS:
            told = f"{name}={nothing}" if nothing else name
            yield Mistake("sign.empty_signed", told, PARAMETER, _adding(name, nothing))
    for name, value in dict(request.parameters).items():
        if name == SIGN:
            continue
        yield Mistake("sign.parameter_left_out", name, PARAMETER, _without(name))
        for how, signed in _otherwise(value):
            changed = _setting(name, signed)
            yield Mistake("sign.parameter_changed", f"{name}: {how}", PARAMETER, changed)


def _otherwise(value: str) -> Iterator[tuple[str, str]]:
    """Yield how else a value may have been signed, each other text once."""
    seen = {value}
    for how, change in _CHANGES.items():
        if (signed := change(value)) not in seen:
            seen.add(signed)
            yield how, signed
    if _WHOLE.fullmatch(value) and int(value) >= BEYOND_A_DOUBLE - 1:
        for exact in range(int(value) - _NEAR, int(value) + _NEAR + 1):
            if exact != int(value) and _rounded(str(exact)) == value:
                yield "rounded through a double once it was signed", str(exact)


def _without(name: str) -> Callable[[Recipe], Recipe]:
    return _keeping(lambda other, _: other != name)


def _adding(name: str, value: str) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, pairs=(*recipe.pairs, (name, value)))


def _setting(name: str, value: str) -> Callable[[Recipe], Recipe]:
    def made(recipe: Recipe) -> Recipe:
        return replace(recipe, pairs=tuple((k, value if k == name else v) for k, v in recipe.pairs))

    return made


def fitting(
    recipe: Recipe, sent: str, secret: bytes, usual: Iterable[Mistake]
) -> tuple[list[tuple[Mistake, ...]], bool]:
    """Return the fewest mistakes that give a signature, all that do so; and whether all were tried.

    `[()]` means that it is right, `[]` that nothing fits. Two mistakes of parameters are not tried,
    nor, of a long text, more pairs than `MOST_SIGNED` allows: those of a parameter come last.
    """
    if _gives(recipe, secret, sent):
        return [()], True
    tried = [(mistake, mistake.made(recipe)) for mistake in usual]
    if alone := [(one,) for one, made in tried if _gives(made, secret, sent)]:
        return [*alone], True
    pairs = [pair for pair in combinations(tried, 2) if pair[0][0].slot != pair[1][0].slot]
    pairs.sort(key=lambda pair: pair[0][0].slot == PARAMETER)
    length = len("".join(map("".join, recipe.pairs)).encode("utf-8", "surrogatepass"))
    most = MOST_SIGNED // (_EACH + length)
    found = [(first, second) for (first, made), (second, _) in pairs[:most]
             if _gives(second.made(made), secret, sent)]  # fmt: skip
    return [*found], len(pairs) <= most


def _gives(recipe: Recipe, secret: bytes, sent: str) -> bool:
    try:
        return recipe.signature(secret) == sent
    except UnicodeError:
        return False
