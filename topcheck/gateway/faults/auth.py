"""Faults of auth: what should be refused is taken, and what is in order is refused."""

import datetime
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import TIMESTAMP, Credentials
from topcheck.gateway.faults.fault import ChangeAnswer, Fault, behaviour, erring
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD, is_signed
from topcheck.generate.requests import classes_of
from topcheck.wire.exchange import Request


def _signed_by(method: str, request: Request) -> bool:
    return request.value(SIGN_METHOD) == method


#: The ways other than the plain one in which a request may be made: in words, and how it is known.
_WAYS: Mapping[str, tuple[str, Callable[[Request], bool]]] = {
    "hmac": ("by hmac", partial(_signed_by, "hmac")),
    "hmac_sha256": ("by hmac_sha256", partial(_signed_by, "hmac-sha256")),
    "get": ("by get", lambda r: r.verb == "GET"),
    "split": ("by split", lambda r: r.verb != "GET" and bool(r.query)),
    "multipart": ("by multipart", lambda r: r.multipart),
    "default": ("without format", lambda r: r.value("format") is None),
    "simplify": ("with simplify", lambda r: r.value("simplify") is not None),
}
#: TOP: error codes.
_NO_SESSION = (26, "Missing session")
#: The formats of a way that has but one.
_SEEN_IN = {"default": (protocol.DEFAULT_FORMAT,), "simplify": ("json",)}


def _refused(*_: object) -> dict[str, str | None]:
    return {SIGN: "0" * 32}


def _signed_anew(request: Request, *_: object) -> dict[str, str | None]:
    named = request.value(SIGN_METHOD)
    return {SIGN_METHOD: named if named in (None, *METHODS) else "md5"}


def _given(
    contract: Contract, name: str, how: str,
    request: Request, caller: Credentials, at: datetime.datetime,
) -> dict[str, str]:  # fmt: skip
    """Give the right value where a request has none, or else where it has a wrong one."""
    right = {
        "method": contract.method,
        "v": protocol.VERSION,
        "app_key": caller.app_key,
        "timestamp": at.strftime(TIMESTAMP),
    }[name]
    sent = request.value(name)
    bad = sent is None if how == "missing" else sent not in (None, right)
    return {name: right} if bad else {}


def _replayed(
    request: Request, caller: Credentials, at: datetime.datetime
) -> dict[str, str | None]:
    """Take what was signed with any moment of the last ten minutes."""
    sent, method = request.value(SIGN) or "", request.value(SIGN_METHOD)
    for seconds in range(protocol.CLOCK_TOLERANCE):
        then = (at - datetime.timedelta(seconds=seconds)).strftime(TIMESTAMP)
        earlier = request.edited(timestamp=then)
        if is_signed(earlier.parameters, sent, method, caller.app_secret):
            return {SIGN_METHOD: method}
    return {}


def _recoded(contract: Contract) -> ChangeAnswer:
    """Give every error one code."""
    root, change = contract.error_root.encode(), erring(contract, *_NO_SESSION)
    return lambda request, told: change(request, told) if root in told.body[:200] else told


def auth_faults(contract: Contract) -> Iterator[Fault]:
    """Yield faults of signature, key, clock and transport."""
    for name in ("method", "v", "app_key", "timestamp"):
        for how in ("missing", "wrong"):
            yield behaviour(f"auth.{name}.{how}", f"exchange.{name}.refused",
                            f"a request is taken though its {name} is {how}",
                            edit=partial(_given, contract, name, how))  # fmt: skip
    yield behaviour("auth.format", "wire.refusal.format",
                    "a format that is none is answered as XML",
                    edit=lambda *_: {"format": "xml"}, formats=("any",),
                    when=lambda r: r.value("format") not in (None, *protocol.FORMATS))  # fmt: skip
    yield behaviour("auth.code", "wire.refusal.code",
                    "whatever is refused is refused as one without a session",
                    answer=_recoded(contract))  # fmt: skip
    refused = "exchange.sign.refused"
    yield behaviour("auth.sign.any", refused, "a request is taken whatever its signature is",
                    edit=_signed_anew)  # fmt: skip
    yield behaviour("auth.sign.uncovered", refused,
                    "a parameter that the signature leaves uncovered is taken",
                    edit=lambda *_: {"partner_id": None},
                    when=lambda r: r.value("partner_id") is not None)  # fmt: skip
    for name, (words, when) in _WAYS.items():
        yield behaviour(f"auth.sign.any_{name}", refused,
                        f"a request {words} is taken whatever its signature is",
                        edit=_signed_anew, when=when,
                        formats=_SEEN_IN.get(name, protocol.FORMATS))  # fmt: skip
    yield behaviour("auth.sign.replayed", refused,
                    "a signature is taken again with a later timestamp",
                    edit=_replayed)  # fmt: skip
    parameters = contract.request.fields.values()
    if not all(text.isascii() for one in parameters for text in classes_of(one).values()):
        yield behaviour("auth.sign.ascii", "wire.sign.md5",
                        "a signature over more than ASCII is refused", edit=_refused,
                        when=lambda r: any(not v.isascii() for _, v in r.parameters))  # fmt: skip
    for method in list(METHODS)[1:]:  # who refuses the first refuses every call
        yield behaviour(f"auth.{method}", f"wire.sign.{method.replace('-', '_')}",
                        f"sign_method {method} is refused",
                        edit=_refused, when=partial(_signed_by, method))  # fmt: skip
    yield behaviour("auth.strict_clock", "wire.timestamp.tolerance",
                    "a timestamp may be one minute off, and not ten", tolerance=60)  # fmt: skip
    yield behaviour("auth.milliseconds", "wire.timestamp.milliseconds",
                    "a timestamp in milliseconds is refused", edit=_refused,
                    when=lambda r: (r.value("timestamp") or "").isdigit())  # fmt: skip
    code, msg = protocol.ACTION_NOT_ALLOWED
    for name in ("get", "split", "multipart"):
        clause, when = f"wire.transport.{name}", _WAYS[name][1]
        yield behaviour(f"transport.{name}", clause, f"a request by {name} is refused",
                        edit=_refused, when=when)  # fmt: skip
        yield behaviour(f"transport.{name}.{code}", clause,
                        f"a request by {name} is answered {code} {msg}",
                        answer=erring(contract, code, msg), when=when)  # fmt: skip
