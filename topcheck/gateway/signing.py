"""TOP's signature. Source: the platform's documentation; golden vectors in `tests/`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping

SIGN = "sign"
SIGN_METHOD = "sign_method"


def _md5(secret: bytes, text: bytes) -> str:
    return hashlib.md5(secret + text + secret, usedforsecurity=False).hexdigest()


def _hmac_md5(secret: bytes, text: bytes) -> str:
    return hmac.new(secret, text, "md5").hexdigest()


def _hmac_sha256(secret: bytes, text: bytes) -> str:
    return hmac.new(secret, text, "sha256").hexdigest()


def _md5_prefixed(secret: bytes, text: bytes) -> str:
    """Sign as clients of 2015 do, which send no `sign_method`: the secret stands in front only."""
    return hashlib.md5(secret + text, usedforsecurity=False).hexdigest()


#: The methods by the value of `sign_method`.
METHODS: Mapping[str, Callable[[bytes, bytes], str]] = {
    "md5": _md5,
    "hmac": _hmac_md5,
    "hmac-sha256": _hmac_sha256,
}


def base_string(parameters: Iterable[tuple[str, str]]) -> str:
    """Join keys and raw values in the byte order of the keys, without `sign` and separators."""
    covered = (pair for pair in parameters if pair[0] != SIGN)
    pairs = sorted(covered, key=lambda pair: pair[0].encode("utf-8", "surrogateescape"))
    return "".join(f"{key}{value}" for key, value in pairs)


def signed_bytes(parameters: Iterable[tuple[str, str]]) -> bytes:
    """Return what is signed. Bytes that were received and are no UTF-8 stay as they came."""
    return base_string(parameters).encode("utf-8", "surrogateescape")


def is_signed(
    parameters: Iterable[tuple[str, str]], sent: str, method: str | None, secret: str
) -> bool:
    """Whether a signature fits what was sent with it, by the `sign_method` that was named.

    Open, so taken either way: lower case, and no method at all with the signature of 2015.
    """
    if method is not None and method not in METHODS:
        return False
    makers = [METHODS[method]] if method else [METHODS["md5"], _md5_prefixed]
    key, text = secret.encode(), signed_bytes(parameters)
    given = sent.upper().encode("utf-8", "surrogateescape")
    return any(hmac.compare_digest(given, make(key, text).upper().encode()) for make in makers)


def sign(parameters: Iterable[tuple[str, str]], secret: str, method: str) -> str:
    """Sign all parameters of query and body: upper-case hex. Raises KeyError on another method."""
    return METHODS[method](secret.encode(), signed_bytes(parameters)).upper()
