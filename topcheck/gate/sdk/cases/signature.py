"""Whether a request is signed rightly, by the method that it names."""

from __future__ import annotations

from topcheck.gate.sdk.case import Problem
from topcheck.gate.sdk.lane import CALLER
from topcheck.gateway.exchange import Request
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD, is_signed, signed_bytes
from topcheck.message.tree import excerpt

#: So much of what must be signed is shown, in characters: names and values without separators.
_SHOWN = 400


def wrongly_signed(request: Request, asked: str | None = None) -> Problem | None:
    """Say what is wrong with a signature; `asked` is the method that the SDK was told to use."""
    method = request.value(SIGN_METHOD) or None
    if method and method not in METHODS:
        return Problem(SIGN_METHOD, asked or "md5", method)
    if is_signed(request.parameters, request.value(SIGN) or "", method, CALLER.app_secret):
        return None
    covered = excerpt(signed_bytes(request.parameters).decode("utf-8", "replace"), _SHOWN)
    return Problem(SIGN, f"the {method or 'md5'} signature over {covered}", "another one")
