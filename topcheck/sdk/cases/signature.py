"""What is wrong with a request: by itself in its signature, and beside the one before it."""

from __future__ import annotations

from topcheck.contract import protocol
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD, is_signed, signed_bytes
from topcheck.sdk.case import Problem, ReceivedRequest
from topcheck.sdk.worker import CALLER
from topcheck.wire.exchange import Request
from topcheck.wire.tree import excerpt

#: So much of what must be signed is shown, in characters: names and values without separators.
_SHOWN = 400
#: How far apart two requests must arrive to have been made in different seconds, in seconds.
NEW_SECOND = 1.2
#: How long an answer is held so that the next request falls into a new second, in milliseconds.
SLOWLY = 1300


def wrongly_signed(request: Request, asked: str | None = None) -> Problem | None:
    """Say what is wrong with a signature; `asked` is the method that the SDK was told to use."""
    method = request.value(SIGN_METHOD) or None
    if method and method not in METHODS:
        return Problem(SIGN_METHOD, asked or "md5", method)
    if is_signed(request.parameters, request.value(SIGN) or "", method, CALLER.app_secret):
        return None
    covered = excerpt(signed_bytes(request.parameters).decode("utf-8", "replace"), _SHOWN)
    return Problem(SIGN, f"the {method or 'md5'} signature over {covered}", "another one")


def left_out(request: Request, name: str) -> Problem | None:
    """Say that a parameter is sent, but left out of the signature."""
    others = tuple(pair for pair in request.parameters if pair[0] != name)
    given, method = request.value(SIGN) or "", request.value(SIGN_METHOD) or None
    if others == request.parameters or not is_signed(others, given, method, CALLER.app_secret):
        return None
    return Problem(SIGN, f"a signature over {name} too", "one over all the others")


def own(request: Request) -> list[tuple[str, str]]:
    """Return the parameters of the method itself."""
    return [pair for pair in request.parameters if pair[0] not in protocol.COMMON_PARAMETERS]


def altered(first: ReceivedRequest, later: ReceivedRequest) -> Problem | None:
    """Say that a request carries other parameters than the one that it repeats."""
    given, found = sorted(own(first.request)), sorted(own(later.request))
    if given == found:
        return None
    return Problem("", f"the parameters {dict(given)} again", str(dict(found)))


def outdated(first: ReceivedRequest, later: ReceivedRequest) -> Problem | None:
    """Say that a request of another second carries the timestamp of the one before it."""
    stamp, gap = later.request.value("timestamp"), later.at - first.at
    if gap < NEW_SECOND or stamp != first.request.value("timestamp"):
        return None
    return Problem("timestamp", f"a new one after {gap:.1f} s", f"the same one, {stamp}")
