"""Why a request is refused: what the platform would not say, from the request and the secret."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.mistakes import MISTAKES
from topcheck.gateway.client import GATEWAY_ZONE
from topcheck.gateway.mistakes import Mistake, Recipe, fitting, mistakes
from topcheck.gateway.sandbox import Refusal, moment
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD, signed_bytes
from topcheck.wire.exchange import FORM, RAW, Pairs, Request
from topcheck.wire.redact import Redactor
from topcheck.wire.tree import escaped

#: The time that is right, as an offset from UTC.
_OWN = datetime.timedelta(hours=8)
_RANK: Mapping[str, int] = {id_: rank for rank, id_ in enumerate(MISTAKES)}
#: What the platform's parameters may be, where that is known of all requests.
_ALLOWED: Mapping[str, Collection[str]] = {
    "v": (protocol.VERSION,),
    "format": protocol.FORMATS,
    SIGN_METHOD: tuple(METHODS),
    "simplify": ("true", "false"),
}
_OPTIONAL = (*(n for n in protocol.COMMON_PARAMETERS if n not in protocol.REFUSED_PARAMETERS),)
_DOTTED = re.compile(r"[a-z0-9]+(\.[a-z0-9_]+)+")
_MULTIPART = "multipart/form-data"
_HEX = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{64}")
_SESSION = re.compile(r"""\bsession\b["'\s]*[:=>]["'\s]*([^"'\s&<,;}]+)""")
_NOT_ALL = "of such a long request not every pair of mistakes was tried"
#: The offsets from UTC in use, in hours; what is near none of them is a clock that is wrong.
_ZONES = (*range(-12, 15), -9.5, -3.5, -2.5, 3.5, 4.5, 5.5, 5.75, 6.5, 8.75, 9.5, 10.5, 12.75)
#: How near a timestamp must be to the time of another zone, to be called so.
_NEAR = datetime.timedelta(minutes=1)
#: How a moment is often written, if not as it should be, and the name for it.
_OTHERWISE: Mapping[str, str] = {
    r"\d{10}": "seconds since the epoch",
    r"\d{14}": "yyyyMMddHHmmss",
    r"\d{4}-\d\d?-\d\d?T.*": "ISO 8601 with a T",
    r"\d{4}/\d\d?/\d\d? .*": "with slashes",
    r"\d{4}-\d\d?-\d\d?": "a date without a time",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d+": "with fractions of a second",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.+": "with something behind it",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of who asks: the secret, and, where it is not None, what else must be right.

    `unsent` are parameters that might have been signed without being sent; `tolerance` is how many
    seconds a timestamp may be off, None for any number.
    """

    secret: str
    app_key: str | None = None
    method: str | None = None
    unsent: Sequence[str] = _OPTIONAL
    tolerance: int | None = protocol.CLOCK_TOLERANCE

    @classmethod
    def of(cls, contract: Contract | None, secret: str, app_key: str | None) -> Known:
        """Return what is known, that of a method where its contract is given."""
        if contract is None:
            return cls(secret, app_key)
        return cls(secret, app_key, contract.method, (*contract.request.fields, *_OPTIONAL))


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong: its id in `contract.mistakes`, its sentence, and what else fits."""

    id: str
    text: str
    also: tuple[str, ...] = ()

    def is_about(self, name: str) -> bool:
        """Whether it may be why a parameter is not as it should be."""
        kind, _, rest = self.id.partition(".")
        if kind in ("missing", "invalid"):
            return rest == name
        return kind == name or kind in ("parameter", "encoding")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a request is refused, and the text that should have been signed, without its secrets."""

    why: tuple[Reason, ...]
    to_sign: str


def diagnose(request: Request, known: Known, clock: datetime.datetime | None) -> Diagnosis:
    """Say what is wrong with a request; nothing is named that was not seen to be so.

    `clock` is when it arrived, None where that is not known: then no timestamp is too old.
    """
    why = tuple(_of_encoding(request))
    request = _as_meant(request)
    why += (*_of_values(request, known), *_of_time(request, clock, known.tolerance))
    if request.value(SIGN) and not any(one.id == f"invalid.{SIGN_METHOD}" for one in why):
        why += tuple(_of_signature(request, known, why))
    hidden = Redactor([known.secret, *sessions(request)])
    told = tuple(replace(one, text=hidden.redacted(one.text)) for one in why)
    return Diagnosis(told, escaped(hidden.redacted(_to_sign(request))))


def sessions(request: Request) -> Iterator[str]:
    """Yield what is the session of a request, or may be: its body need not be a form."""
    for name, value in (*request.parameters, *_as_meant(request).form):
        if name == "session":
            yield value
        yield from _SESSION.findall(name)
        yield from _SESSION.findall(value)


def _reason(id_: str, detail: str = "", also: Sequence[str] = ()) -> Reason:
    sentence = MISTAKES[id_]
    return Reason(id_, f"{sentence} ({escaped(detail)})" if detail else sentence, tuple(also))


def _of_encoding(request: Request) -> Iterator[Reason]:
    declared = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if request.form and request.headers and declared not in (FORM.partition(";")[0], _MULTIPART):
        yield _reason("encoding.not_form", declared or "no Content-Type")
    if raw := next((pair for pair in request.parameters if any(map(_is_raw, pair))), None):
        name = ascii(raw[0])[1:-1] if _is_raw(raw[0]) else raw[0]
        which = "" if any("\ufffd" in _as_gb(text) for text in raw) else ": it reads as GBK"
        yield _reason("encoding.charset", f"{name}{which}")
    names = [name for name, _ in request.parameters]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield _reason("parameter.twice", name)


def _is_raw(text: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in text)


def _of_values(request: Request, known: Known) -> Iterator[Reason]:
    allowed: dict[str, Collection[str]] = dict(_ALLOWED)
    if known.app_key is not None:
        allowed["app_key"] = (known.app_key,)
    if known.method is not None:
        allowed["method"] = (known.method,)
    for name in protocol.COMMON_PARAMETERS:
        value = request.value(name)
        if not value:
            if name in protocol.REFUSED_PARAMETERS:
                yield _reason(f"missing.{name}")
        elif name in allowed and value not in allowed[name]:
            hidden = name == "app_key"
            yield _reason(f"invalid.{name}", "" if hidden else value)
        elif name == "method" and known.method is None and not _DOTTED.fullmatch(value):
            yield _reason("invalid.method", value)


def _of_time(
    request: Request, clock: datetime.datetime | None, tolerance: int | None
) -> Iterator[Reason]:
    text = request.value("timestamp")
    if not text:
        return
    if how := next((how for form, how in _OTHERWISE.items() if re.fullmatch(form, text)), None):
        yield _reason("timestamp.format", how)
        return
    try:
        at = moment(text)
    except Refusal:
        yield _reason("invalid.timestamp", text)
        return
    if clock is None or tolerance is None:
        return
    off = at - clock
    if abs(off).total_seconds() <= tolerance:
        return
    zones = {zone: datetime.timedelta(hours=zone) - _OWN for zone in _ZONES}
    zone = next((zone for zone, away in zones.items() if abs(off - away) <= _NEAR), None)
    if zone is not None:
        away = f"{abs(off) / datetime.timedelta(hours=1):.4g} h"
        side = "behind" if off < datetime.timedelta() else "ahead"
        yield _reason("timestamp.zone", f"{away} {side}, as in GMT{zone:+g}")
    else:
        there = clock.astimezone(GATEWAY_ZONE).strftime("%Y-%m-%d %H:%M:%S")
        yield _reason("invalid.timestamp", f"{text}, when it is {there} in GMT+8")


def _of_signature(request: Request, known: Known, before: Sequence[Reason]) -> Iterator[Reason]:
    """Sign the request again, rightly and under each usual mistake."""
    sent, secret = request.value(SIGN) or "", known.secret.encode()
    if _HEX.fullmatch(sent) and sent != sent.upper():
        sent = sent.lower()  # lower case in part is lower case
    method = request.value(SIGN_METHOD)
    usual = mistakes(request, [name for name in known.unsent if request.value(name) is None])
    for pairs in _readings(request):
        covered = tuple(pair for pair in pairs if pair[0] != SIGN)
        found, complete = fitting(Recipe(covered, method or "md5"), sent, secret, usual)
        if found:
            break
    else:
        if not _HEX.fullmatch(sent):
            yield _reason("invalid.sign", "it is no hex of 32 or 64 digits")
        elif all(one.id != "invalid.app_key" for one in before):  # another app, another secret
            yield _reason("sign.secret", "" if complete else _NOT_ALL)
        return
    if method is None and ("sign.secret_once", "in front only") in _named(found):
        return  # as clients of 2015 sign; open, so nothing is said
    best = min(found, key=lambda fit: [_RANK[one.id] for one in fit])
    for place, mistake in enumerate(best):
        others = {fit[place].id for fit in found if _same_but(fit, best, place)}
        also = sorted(others - {mistake.id}, key=_RANK.__getitem__)
        yield _reason(mistake.id, mistake.detail, also)


def _same_but(fit: Sequence[Mistake], best: Sequence[Mistake], place: int) -> bool:
    """Whether two explanations differ at one place only."""
    return [*fit[:place], *fit[place + 1 :]] == [*best[:place], *best[place + 1 :]]


def _named(found: Sequence[Sequence[Mistake]]) -> set[tuple[str, str]]:
    return {(fit[0].id, fit[0].detail) for fit in found if len(fit) == 1}


def _as_meant(request: Request) -> Request:
    """Return a request with the members of a JSON body as its parameters, else as it is."""
    members = _members(request.form[0][0]) if len(request.form) == 1 else ()
    return replace(request, form=members) if members else request


def _readings(request: Request) -> Iterator[Pairs]:
    """Yield what the parameters are, and what their sender may have meant by them."""
    yield request.parameters
    if any(map(_is_raw, (text for pair in request.parameters for text in pair))):
        yield tuple((_as_gb(name), _as_gb(value)) for name, value in request.parameters)
    if len(last := dict(request.parameters)) < len(request.parameters):  # one of two is signed
        yield tuple(last.items())
        yield tuple(dict(reversed(request.parameters)).items())


def _as_gb(text: str) -> str:
    return text.encode("utf-8", RAW).decode("gb18030", "replace")


def _members(body: str) -> Pairs:
    """Return the members of a JSON body as parameters."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(found, dict):
        return ()
    texts = ((k, v if isinstance(v, str) else json.dumps(v)) for k, v in found.items())
    return tuple((_without_halves(k), _without_halves(v)) for k, v in texts)


def _without_halves(text: str) -> str:
    """Put a question mark for half a surrogate pair that no byte stands for, as encoders do."""
    return "".join("?" if "\ud800" <= c <= "\udfff" and not _is_raw(c) else c for c in text)


def _to_sign(request: Request) -> str:
    return signed_bytes(request.parameters).decode("utf-8", "backslashreplace")
