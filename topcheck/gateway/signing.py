"""TOP's signature. Source: the platform's documentation; golden vectors in `tests/gateway/`."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping

SIGN = "sign"
SIGN_METHOD = "sign_method"


def _md5(text: bytes) -> str:
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


#: The methods by the value of `sign_method`: each signs a text with a secret, in lower-case hex.
METHODS: Mapping[str, Callable[[bytes, bytes], str]] = {
    "md5": lambda secret, text: _md5(secret + text + secret),
    "hmac": lambda secret, text: hmac.new(secret, text, "md5").hexdigest(),
    "hmac-sha256": lambda secret, text: hmac.new(secret, text, "sha256").hexdigest(),
}


def signed_bytes(parameters: Iterable[tuple[str, str]]) -> bytes:
    """Return what is signed: keys and raw values in the byte order of the keys, without `sign`.

    Bytes that were received and are no UTF-8 stay as they came.
    """
    covered = (pair for pair in parameters if pair[0] != SIGN)
    pairs = sorted(covered, key=lambda pair: pair[0].encode("utf-8", "surrogateescape"))
    return "".join(f"{key}{value}" for key, value in pairs).encode("utf-8", "surrogateescape")


def is_signed(
    parameters: Iterable[tuple[str, str]], sent: str, method: str | None, secret: str
) -> bool:
    """Whether a signature fits what was sent with it, by the `sign_method` that was named.

    Open, so taken either way: lower case, and no method at all with the signature of 2015, when the
    secret stood in front only.
    """
    if method is not None and method not in METHODS:
        return False
    key, text = secret.encode(), signed_bytes(parameters)
    fitting = [METHODS[method or "md5"](key, text), *([] if method else [_md5(key + text)])]
    given = sent.upper().encode("utf-8", "surrogateescape")
    return any(hmac.compare_digest(given, one.upper().encode()) for one in fitting)


def sign(parameters: Iterable[tuple[str, str]], secret: str, method: str) -> str:
    """Sign all parameters of query and body: upper-case hex. Raises KeyError on another method."""
    return METHODS[method](secret.encode(), signed_bytes(parameters)).upper()
