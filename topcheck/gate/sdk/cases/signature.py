"""Whether a request is signed rightly, by the method that it names."""

from __future__ import annotations

from topcheck.gate.sdk.case import Problem
from topcheck.gate.sdk.lane import CALLER
from topcheck.gateway.exchange import Request
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD, md5_prefixed, signed_bytes
from topcheck.message.tree import excerpt

#: So much of what must be signed is shown, in characters: names and values without separators.
_SHOWN = 400


def wrongly_signed(request: Request, asked: str | None = None) -> Problem | None:
    """Say what is wrong with a signature; `asked` is the method that the SDK was told to use."""
    sent = (request.value(SIGN) or "").upper()  # whether lower case is accepted is open
    named = request.value(SIGN_METHOD)
    method = named or "md5"
    if method not in METHODS:
        return Problem(SIGN_METHOD, asked or "md5", method)
    makers = [METHODS[method], *([] if named else [md5_prefixed])]
    secret, text = CALLER.app_secret.encode(), signed_bytes(request.parameters)
    if sent in {make(secret, text).upper() for make in makers}:
        return None
    covered = excerpt(text.decode("utf-8", "replace"), _SHOWN)
    return Problem(SIGN, f"the {method} signature over {covered}", "another one")
