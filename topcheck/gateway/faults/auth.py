"""Faults of taking: what should be refused is taken, and what is in order is refused."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import GATEWAY_ZONE, TIMESTAMP, Credentials, signed
from topcheck.gateway.faults.fault import EditRequest, Fault, erring
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD, is_signed
from topcheck.gateway.timing import Clock
from topcheck.wire.exchange import Request


def _refusing(matches: Callable[[Request], bool]) -> EditRequest:
    """Refuse what matches, as if its signature were wrong."""
    return lambda request, _caller, _clock: (
        request.edited(**{SIGN: "0" * 32}) if matches(request) else request
    )


def _accepting(repair: Callable[[Request, Credentials, Clock], Request]) -> EditRequest:
    """Take what should be refused: repair the request, and sign it anew."""

    def edit(request: Request, caller: Credentials, clock: Clock) -> Request:
        repaired = repair(request, caller, clock)
        return request if repaired is request else signed(repaired, caller.app_secret)

    return edit


def _always_signed(request: Request, _caller: Credentials, _clock: Clock) -> Request:
    named = request.value(SIGN_METHOD)
    method = named if named in (None, *METHODS) else "md5"
    return request.edited(**{SIGN: "any", SIGN_METHOD: method})


def _given(name: str, value: Callable[[Credentials, Clock], str], *, missing: bool) -> EditRequest:
    """Take a request whose parameter is missing, or else wrong."""

    def repair(request: Request, caller: Credentials, clock: Clock) -> Request:
        right, sent = value(caller, clock), request.value(name)
        bad = sent is None if missing else sent is not None and sent != right
        return request.edited(**{name: right}) if bad else request

    return _accepting(repair)


def _time(_caller: Credentials, clock: Clock) -> str:
    return clock().astimezone(GATEWAY_ZONE).strftime(TIMESTAMP)


def _signed_by(method: str) -> Callable[[Request], bool]:
    return lambda request: request.value(SIGN_METHOD) == method


#: The ways other than the plain one in which a request may be made.
_WAYS: Mapping[str, Callable[[Request], bool]] = {
    "hmac": _signed_by("hmac"),
    "hmac_sha256": _signed_by("hmac-sha256"),
    "get": lambda r: r.verb == "GET",
    "split": lambda r: bool(r.query and r.form),
    "multipart": lambda r: r.multipart,
    "default": lambda r: r.value("format") is None,
    "simplify": lambda r: r.value("simplify") is not None,
}
_BY = {name: f"by {name}" for name in _WAYS} | {"default": "without format",
                                                 "simplify": "with simplify"}  # fmt: skip
#: The formats of a way that has but one.
_SEEN_IN = {"default": (protocol.DEFAULT_FORMAT,), "simplify": ("json",)}


def _only(matches: Callable[[Request], bool], edit: EditRequest) -> EditRequest:
    return lambda request, caller, clock: (
        edit(request, caller, clock) if matches(request) else request
    )


def _replayed(request: Request, caller: Credentials, clock: Clock) -> Request:
    """Take what was signed with any moment of the last ten minutes."""
    sent, method = request.value(SIGN) or "", request.value(SIGN_METHOD)
    at = clock().astimezone(GATEWAY_ZONE)
    for seconds in range(protocol.CLOCK_TOLERANCE):
        then = (at - datetime.timedelta(seconds=seconds)).strftime(TIMESTAMP)
        earlier = request.edited(timestamp=then)
        if is_signed(earlier.parameters, sent, method, caller.app_secret):
            return signed(request, caller.app_secret)
    return request


def auth_faults(contract: Contract) -> Iterator[Fault]:
    """Yield faults of signature, key, clock and transport."""
    values: Mapping[str, Callable[[Credentials, Clock], str]] = {
        "method": lambda _caller, _clock: contract.method,
        "v": lambda _caller, _clock: protocol.VERSION,
        "app_key": lambda caller, _clock: caller.app_key,
        "timestamp": _time,
    }
    for name, value in values.items():
        for missing in (True, False):
            how = "missing" if missing else "wrong"
            yield Fault(f"auth.{name}.{how}", f"exchange.{name}.refused", "auth",
                        f"a request is taken though its {name} is {how}",
                        edit=_given(name, value, missing=missing))  # fmt: skip
    taken = _accepting(_always_signed)
    yield Fault("auth.sign.any", "exchange.sign.refused", "auth",
                "a request is taken whatever its signature is", edit=taken)  # fmt: skip
    yield Fault("auth.sign.uncovered", "exchange.sign.refused", "auth",
                "a parameter that the signature leaves uncovered is taken",
                edit=_accepting(lambda r, _caller, _clock:
                             r if r.value("partner_id") is None else r.edited(partner_id=None)),
                )  # fmt: skip
    for name, matches in _WAYS.items():
        yield Fault(
            f"auth.sign.any_{name}",
            "exchange.sign.refused",
            "auth",
            f"a request {_BY[name]} is taken whatever its signature is",
            edit=_only(matches, taken),
            formats=_SEEN_IN.get(name, protocol.FORMATS),
        )
    yield Fault("auth.sign.replayed", "exchange.sign.refused", "auth",
                "a signature is taken again with a later timestamp", edit=_replayed)  # fmt: skip
    yield Fault("auth.sign.ascii", "wire.sign.md5", "auth",
                "a signature over more than ASCII is refused",
                edit=_refusing(lambda r: any(not v.isascii() for _, v in r.parameters)),
                )  # fmt: skip
    for method in list(METHODS)[1:]:  # who refuses the first refuses every call
        clause = f"wire.sign.{method.replace('-', '_')}"
        yield Fault(f"auth.{method}", clause, "auth", f"sign_method {method} is refused",
                    edit=_refusing(_signed_by(method)))  # fmt: skip
    yield Fault("auth.strict_clock", "wire.timestamp.tolerance", "auth",
                "a timestamp may be one minute off, and not ten", tolerance=60)  # fmt: skip
    yield Fault("auth.milliseconds", "wire.timestamp.milliseconds", "auth",
                "a timestamp in milliseconds is refused",
                edit=_refusing(lambda r: (r.value("timestamp") or "").isdigit()))  # fmt: skip
    code, msg = protocol.ACTION_NOT_ALLOWED
    for name in ("get", "split", "multipart"):
        yield Fault(f"transport.{name}", f"wire.transport.{name}", "transport",
                    f"a request by {name} is refused", edit=_refusing(_WAYS[name]))  # fmt: skip
        yield Fault(f"transport.{name}.{code}", f"wire.transport.{name}", "transport",
                    f"a request by {name} is answered {code} {msg}",
                    answer=erring(contract, _WAYS[name], code, msg))  # fmt: skip
