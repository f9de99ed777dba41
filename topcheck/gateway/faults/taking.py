"""Faults of taking: what should be refused is taken, and what is in order is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from topcheck.contract import protocol
from topcheck.contract.model import Contract
from topcheck.gateway.client import GATEWAY_ZONE, TIMESTAMP, Clock, Credentials, signed
from topcheck.gateway.exchange import Request
from topcheck.gateway.faults.fault import EditRequest, Fault
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD


def _refusing(matches: Callable[[Request], bool]) -> EditRequest:
    """Refuse what matches, as if its signature were wrong."""
    return lambda request, _caller, _clock: (
        request.edited(**{SIGN: "0" * 32}) if matches(request) else request
    )


def _taking(repair: Callable[[Request, Credentials, Clock], Request]) -> EditRequest:
    """Take what should be refused: repair the request, and sign it anew."""

    def edit(request: Request, caller: Credentials, clock: Clock) -> Request:
        repaired = repair(request, caller, clock)
        return request if repaired is request else signed(repaired, caller.app_secret)

    return edit


def _always_signed(request: Request, _caller: Credentials, _clock: Clock) -> Request:
    return request.edited(**{SIGN: "any"})


def _given(name: str, value: Callable[[Credentials, Clock], str], *, missing: bool) -> EditRequest:
    """Take a request whose parameter is missing, or else wrong."""

    def repair(request: Request, caller: Credentials, clock: Clock) -> Request:
        right, sent = value(caller, clock), request.value(name)
        bad = sent is None if missing else sent is not None and sent != right
        return request.edited(**{name: right}) if bad else request

    return _taking(repair)


def _time(_caller: Credentials, clock: Clock) -> str:
    return clock().astimezone(GATEWAY_ZONE).strftime(TIMESTAMP)


def _signed_by(method: str) -> Callable[[Request], bool]:
    return lambda request: request.value(SIGN_METHOD) == method


def taking(contract: Contract) -> Iterator[Fault]:
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
    taken = _taking(_always_signed)
    yield Fault("auth.sign.any", "exchange.sign.refused", "auth",
                "a request is taken whatever its signature is", edit=taken)  # fmt: skip
    yield Fault("auth.sign.uncovered", "exchange.sign.refused", "auth",
                "a parameter that the signature leaves uncovered is taken",
                edit=_taking(lambda r, _caller, _clock:
                             r if r.value("partner_id") is None else r.edited(partner_id=None)),
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
    placed: Mapping[str, Callable[[Request], bool]] = {
        "get": lambda r: r.verb == "GET",
        "split": lambda r: bool(r.query and r.form),
        "multipart": lambda r: r.multipart,
    }
    for name, matches in placed.items():
        yield Fault(f"transport.{name}", f"wire.transport.{name}", "transport",
                    f"a request by {name} is refused", edit=_refusing(matches))  # fmt: skip
