"""What an SDK sends: every combination and class of values, judged from the raw request."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.field import Field
from topcheck.gateway.client import GATEWAY_ZONE, TIMESTAMP
from topcheck.gateway.sandbox import Refusal, moment
from topcheck.gateway.signing import METHODS, SIGN_METHOD
from topcheck.generate.requests import covering
from topcheck.sdk.case import (
    CHINA,
    NEW_YORK,
    Call,
    Expect,
    Observation,
    Observations,
    Problem,
    SdkCase,
    Setting,
    Unseen,
    failed,
    told,
)
from topcheck.sdk.cases import parameters
from topcheck.sdk.cases.documents import Documents, raw
from topcheck.sdk.cases.judges import SLOWLY, left_out, outdated, own, wrongly_signed
from topcheck.sdk.worker import CALLER
from topcheck.wire.exchange import Request

#: The zones in which the clock is looked at, and what the last one has besides.
ZONES = (CHINA, NEW_YORK, Setting("UTC", session=True))
#: How far a timestamp may be from the moment it arrives, in seconds.
CLOCK_SECONDS = 60

#: What an SDK need not be able to do: its clauses are about nothing else.
OPTIONAL = {"session", "simplify"}

#: Says what is wrong with a request, None if nothing is.
Check = Callable[[Observation, Request], Problem | None]


def sends(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    """Yield every case about what is sent; what is not about the format is asked for in `fmt`."""
    fields, call = docs.fields, partial(docs.call, fmt)

    def case(fact: str, name: str, check: Check, *calls: Call, **how: Any) -> SdkCase:
        return _case(docs, fact, name, partial(_sent, check), *calls, **how)

    for one in covering(docs.contract, parameters.plain_values) if fields else ():
        params = {name: parameters.typed(fields[name], text) for name, text in one.values.items()}
        yield case("parameters", str(one), partial(_values, fields), call(params=params))
    yield from _special_values(docs, fmt)
    for method in METHODS:
        fact = f"sign_{method.replace('-', '_')}"
        yield case(fact, "plain values", _signature, call(sign_method=method))
    for setting in ZONES:
        yield case("timestamp", setting.zone, _timestamp, call(), setting=setting)
    slow = raw(docs.sample, fmt, delay=SLOWLY)
    yield SdkCase({"sdk.request.timestamp": _in_another_second}, "in another second",
                  (call(slow), call()))  # fmt: skip
    for asked in protocol.FORMATS:
        yield case("format", asked, _format, docs.call(asked))
    for setting, name in ((CHINA, "without a session"), (ZONES[-1], "with a session")):
        check = partial(_session, setting.session)
        yield case("session", name, check, call(), setting=setting)
    for simplify, name in ((True, "asked for"), (False, "not asked for")):
        yield case("simplify", name, _simplify, docs.call("json", simplify=simplify))
    yield from _in_a_row(docs, fmt)


def _in_a_row(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    """Yield calls of which each could carry something of the one before it, if any could."""
    others = {name: parameters.plain(field, 1) for name, field in docs.fields.items()}
    needed = {name: value for name, value in others.items() if docs.fields[name].required}
    rows = [docs.params, *({**needed, name: value} for name, value in others.items()), docs.params]
    if any(one != docs.params for one in rows):
        calls = tuple(docs.call(fmt, params=row) for row in rows)
        expected = {"sdk.request.unaltered": partial(_unaltered, docs.fields)}
        yield SdkCase(expected, "calls in a row", calls)


def _case(
    docs: Documents, fact: str, name: str, expect: Expect, *calls: Call, setting: Setting = CHINA
) -> SdkCase:
    """Judge what is expected of some calls, and of every request what holds of all."""
    expected: dict[str, Expect] = {
        f"sdk.request.{fact}": expect,
        "sdk.request.envelope": partial(_each, partial(_envelope, docs.contract.method)),
        "sdk.request.undocumented": partial(_each, partial(_undocumented, docs.fields)),
        "sdk.request.unique": partial(_each, _unique),
        "sdk.request.secret": partial(_each, _secret),
    }
    return SdkCase(expected, name, calls, setting, frozenset(OPTIONAL & {fact}))


def _special_values(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    """Yield each value that is easily lost, in one parameter, after a plain call."""
    for name, field in docs.fields.items():
        special = list(parameters.special_values(field))
        for method in (None, *METHODS):
            rows = [row for row in special if not method or row[0] == "encoding"]
            if not (field.required or method):
                rows.append(("null", "null", None))
            first, by = docs.call(fmt, sign_method=method), f" by {method}" if method else ""
            expect = partial(_beside, docs.fields, name)
            for about, kind, value in rows:
                call = replace(first, params={**docs.params, name: value})
                yield _case(docs, about, f"{name}={kind}{by}", expect, first, call)


def _beside(fields: Mapping[str, Field], name: str, observations: Observations) -> Problem | None:
    """Judge one parameter's value, and the signature, beside those of the plain call before it.

    What is wrong in that one already is told under its own clause, and not at each value.
    """
    plainly, last = observations
    spoilt: Collection[str] = [name]
    if plainly.seen:
        spoilt = _wrong(fields, plainly, plainly.seen[0].request)
    if name in spoilt:
        raise Unseen
    others = {one: field for one, field in fields.items() if one not in spoilt}
    problem = _sent(partial(_values, others), observations)
    if problem or not last.seen or _sent(_signature, [plainly]):
        return problem
    return _sent(_signature, observations)


def _each(check: Check, observations: Observations) -> Problem | None:
    """Judge the first request of each call."""
    sent = [(one, one.seen[0].request) for one in observations if one.seen]
    if not sent:
        raise Unseen
    return next(filter(None, (check(*pair) for pair in sent)), None)


def _sent(check: Check, observations: Observations) -> Problem | None:
    """Check the first request of the last call; that there is none is a problem too.

    Null may be refused before anything is sent, in a way that the caller can catch.
    """
    last = observations[-1]
    if not last.seen and None in last.call.params.values():
        return failed(observations)
    if not last.seen:
        return Problem("", "a request", f"none was sent, and the caller got {told(last)}")
    return check(last, last.seen[0].request)


def _in_another_second(observations: Observations) -> Problem | None:
    """Expect each of two calls, the first answered a second later, to have a time of its own."""
    if not all(one.seen for one in observations):
        raise Unseen
    return outdated(*(one.seen[0] for one in observations))


def _unaltered(fields: Mapping[str, Field], observations: Observations) -> Problem | None:
    """Expect a call to send nothing of the call before it."""
    for at, (before, one) in enumerate(itertools.pairwise(observations), start=1):
        stale, given = before.call.params, one.call.params
        sent = own(one.seen[0].request) if one.seen else []
        for name, text in (pair for pair in sent if pair[0] in fields and pair[0] in stale):
            field, value, former = fields[name], given.get(name), stale[name]
            if parameters.lost(field, value, text) and not parameters.lost(field, former, text):
                actual = f"{text}, which is of the call before it"
                return Problem(name, _shown(value), actual, at)
    return None


def _shown(value: Any) -> str:
    """Show a parameter as it must stand on the wire."""
    return "nothing" if value is None else parameters.on_the_wire(value)


def _values(
    fields: Mapping[str, Field], observation: Observation, request: Request
) -> Problem | None:
    return next(iter(_wrong(fields, observation, request).values()), None)


def _wrong(
    fields: Mapping[str, Field], observation: Observation, request: Request
) -> dict[str, Problem]:
    """Say by name which documented parameters are not sent as they were given."""
    sent, given = dict(own(request)), observation.call.params
    problems = {}
    for name in dict.fromkeys([*given, *sent]):
        value, text = given.get(name), sent.get(name)
        if name in fields and (path := parameters.lost(fields[name], value, text)):
            problems[name] = Problem(path, _shown(value), text or "nothing")
    return problems


def _signature(observation: Observation, request: Request) -> Problem | None:
    return wrongly_signed(request, observation.call.sign_method)


def _timestamp(observation: Observation, request: Request) -> Problem | None:
    at = observation.seen[0].clock
    sent = request.value("timestamp") or ""
    try:
        off = abs((moment(sent) - at).total_seconds())
    except Refusal:
        off = math.inf
    expected = f"about {at.astimezone(GATEWAY_ZONE).strftime(TIMESTAMP)}, in GMT+8"
    return Problem("timestamp", expected, sent or "nothing") if off > CLOCK_SECONDS else None


def _format(observation: Observation, request: Request) -> Problem | None:
    sent, asked = request.value("format"), observation.call.format
    kept = (sent or protocol.DEFAULT_FORMAT) == asked
    actual = sent or f"nothing, which is {protocol.DEFAULT_FORMAT}"
    return _carried(request, "format", kept, asked, actual)


def _session(wanted: bool, _observation: Observation, request: Request) -> Problem | None:
    sent = request.value("session")
    kept = sent == (CALLER.session if wanted else None)
    expected = "the session" if wanted else "nothing"
    actual = "nothing" if sent is None else "another one"
    return _carried(request, "session", kept, expected, actual)


def _simplify(observation: Observation, request: Request) -> Problem | None:
    sent, asked = request.value("simplify"), observation.call.simplify
    kept, expected = (sent == "true") == asked, "true" if asked else "nothing"
    return _carried(request, "simplify", kept, expected, sent or "nothing")


def _carried(request: Request, name: str, kept: bool, expected: str, actual: str) -> Problem | None:
    """Judge a parameter that is sent as it should be, if it is `kept`, by its place in the sign."""
    return left_out(request, name) if kept else Problem(name, expected, actual)


def _envelope(method: str, observation: Observation, request: Request) -> Problem | None:
    expected = {"method": method, "app_key": CALLER.app_key, "v": protocol.VERSION}
    expected[SIGN_METHOD] = observation.call.sign_method or ""  # required, though it may be borne
    for name, value in expected.items():
        if request.value(name) != value:
            return Problem(name, value, request.value(name) or "nothing")
    return None


def _undocumented(
    fields: Collection[str], _observation: Observation, request: Request
) -> Problem | None:
    known = {*protocol.COMMON_PARAMETERS, *fields}
    strangers = sorted({name for name, _ in request.parameters} - known)
    return Problem(strangers[0], "nothing", "sent") if strangers else None


def _unique(_observation: Observation, request: Request) -> Problem | None:
    times = Counter(name for name, _ in request.parameters)
    twice = next((name for name, count in times.items() if count > 1), None)
    return Problem(twice, "once", f"{times[twice]} times") if twice else None


def _secret(observation: Observation, request: Request) -> Problem | None:
    """Judge what leaks; that a session stands in the query is advised against, and no more."""
    if observation.leaked:
        return Problem("", "no secret in the log", "the app_secret or the session, on stderr")
    secret = CALLER.app_secret
    for name, value in (*request.parameters, *request.headers, ("path", request.path)):
        if secret in value or secret in name:
            return Problem(name, "no secret", "the app_secret")
    return None
