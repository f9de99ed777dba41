"""What an SDK sends: every combination and class of values, judged from the raw request."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from topcheck.contract import protocol
from topcheck.gateway.client import GATEWAY_ZONE, TIMESTAMP, Credentials
from topcheck.gateway.sandbox import Refusal, moment
from topcheck.gateway.signing import METHODS, SIGN_METHOD
from topcheck.generate.requests import subsets
from topcheck.sdk.case import (
    CHINA,
    NEW_YORK,
    Call,
    Observation,
    Problem,
    SdkCase,
    Setting,
    Verdicts,
    caught_failure,
    told,
)
from topcheck.sdk.cases.documents import Documents, raw
from topcheck.sdk.cases.signature import SLOWLY, left_out, outdated, own, wrongly_signed
from topcheck.sdk.cases.values import is_special, plain, typed, values_of
from topcheck.wire.exchange import Request

#: The zones in which the clock is looked at, and what the last one has besides.
ZONES = (CHINA, NEW_YORK, Setting("UTC", session=True))
#: How far a timestamp may be from the moment it arrives, in seconds.
CLOCK_SECONDS = 60

#: Says what is wrong with a request, None if nothing is.
Check = Callable[[Observation, Request], Problem | None]


class Sends:
    """The cases of one contract, for a caller with these credentials who reads this format."""

    def __init__(self, documents: Documents, credentials: Credentials, fmt: str) -> None:
        self._contract = documents.contract
        self._credentials = credentials
        self._written = fmt
        self._fields = documents.contract.request.fields
        self._plain = documents.params()
        self._slow = raw(documents.sample, fmt, delay=SLOWLY)

    def cases(self) -> Iterator[SdkCase]:
        """Yield every case about what is sent."""
        yield from self._combinations()
        yield from self._special_values()
        for method in METHODS:
            calls = [self._call(self._plain, sign_method=method)]
            clause = f"sdk.request.sign_{method.replace('-', '_')}"
            yield self._case(clause, "plain values", calls, self._signature)
        for setting in ZONES:
            yield self._case("sdk.request.timestamp", setting.zone, [self._call(self._plain)],
                             self._timestamp, setting)  # fmt: skip
        yield self._another_second()
        for fmt in protocol.FORMATS:
            yield self._case("sdk.request.format", fmt, [Call(self._plain, fmt)],
                             self._format)  # fmt: skip
        for setting in (CHINA, ZONES[-1]):
            name = "with a session" if setting.session else "without a session"
            yield self._case("sdk.request.session", name, [self._call(self._plain)],
                             self._session(setting), setting, "session")  # fmt: skip
        for simplify in (True, False):
            yield self._case("sdk.request.simplify", "asked for" if simplify else "not asked for",
                             [Call(self._plain, simplify=simplify)], self._simplify,
                             about="simplify")  # fmt: skip
        yield self._unaltered()

    # -------------------------------------------------------------- cases

    def _call(self, params: Mapping[str, Any], **how: Any) -> Call:
        return Call(params, self._written, **how)

    def _case(
        self, clause: str, name: str, calls: list[Call], check: Check, setting: Setting = CHINA,
        about: str | None = None,
    ) -> SdkCase:  # fmt: skip
        """Judge the last call by its own check, and every request by what holds of all."""
        always: Mapping[str, Check] = {
            "sdk.request.envelope": self._envelope,
            "sdk.request.undocumented": self._undocumented,
            "sdk.request.unique": self._unique,
            "sdk.request.secret": self._secret,
        }

        def judge(observations: Sequence[Observation]) -> Verdicts:
            last = observations[-1]
            verdicts: dict[str, Problem | None] = {}
            for one in observations:
                for clause_id, rule in always.items():
                    if one.seen and verdicts.get(clause_id) is None:
                        verdicts[clause_id] = rule(one, one.seen[0].request)
            verdicts[clause] = _sent(last, check)
            return verdicts

        needs = frozenset({about} if about else ())
        return SdkCase((clause, *always), name, tuple(calls), judge, setting, needs)

    def _combinations(self) -> Iterator[SdkCase]:
        """Yield every subset of the parameters, with every class of plain values."""
        for subset in subsets(self._contract):
            kinds = {
                f.name: [(k, v) for k, v in values_of(f).items() if not is_special(f, v)]
                for f in subset
            }
            for row in range(max(map(len, kinds.values()), default=1)):
                picked = {name: found[row % len(found)] for name, found in kinds.items()}
                params = {name: typed(self._fields[name], v) for name, (_, v) in picked.items()}
                name = " ".join(f"{name}={kind}" for name, (kind, _) in picked.items())
                yield self._case("sdk.request.parameters", name or "none", [self._call(params)],
                                 self._values)  # fmt: skip

    def _special_values(self) -> Iterator[SdkCase]:
        """Yield each value that is easily lost, in one parameter, after a plain call."""
        for name, field in self._fields.items():
            special = [(k, v) for k, v in values_of(field).items() if is_special(field, v)]
            clause = "big_integer" if field.family == "integer" else "encoding"
            found = [(clause, kind, typed(field, value)) for kind, value in special]
            if not field.required:
                found.append(("null", "null", None))
            for fact, kind, value in found:
                yield self._signed_case(f"sdk.request.{fact}", f"{name}={kind}", name, value)
            for method in METHODS if clause == "encoding" else ():
                for kind, value in special:
                    yield self._signed_case(f"sdk.request.{clause}", f"{name}={kind} by {method}",
                                            name, value, sign_method=method)  # fmt: skip

    def _signed_case(
        self, clause: str, name: str, parameter: str, value: Any, **how: Any
    ) -> SdkCase:
        """Judge a value that is sent after a plain one, and its signature if that one's is right.

        A signature that is always wrong is told under its own clause, and not at each value.
        """
        special = {**self._plain, parameter: value}
        calls = [self._call(params, **how) for params in (self._plain, special)]
        case = self._case(clause, name, calls, self._values)

        def judge(observations: Sequence[Observation]) -> Verdicts:
            verdicts = dict(case.judge(observations))
            first, last = observations[0], observations[-1]
            if last.seen and verdicts[clause] is None and _sent(first, self._signature) is None:
                verdicts[clause] = _sent(last, self._signature)
            return verdicts

        return SdkCase(case.clauses, name, case.calls, judge)

    def _another_second(self) -> SdkCase:
        """Call, be answered in another second, and call again: each has the time of its own."""
        clause = "sdk.request.timestamp"
        calls = (self._call(self._plain, answers=(self._slow,)), self._call(self._plain))

        def judge(observations: Sequence[Observation]) -> Verdicts:
            sent = [one.seen[0] for one in observations if one.seen]
            return {clause: outdated(*sent)} if len(sent) == len(calls) else {}

        return SdkCase((clause,), "in another second", calls, judge)

    def _unaltered(self) -> SdkCase:
        """Call with all parameters, then with each alone, then with all again."""
        alone = [self._call({name: plain(self._fields[name], 1)}) for name in self._fields]
        calls = [self._call(self._plain), *alone, self._call(self._plain)]
        clause = "sdk.request.unaltered"

        def judge(observations: Sequence[Observation]) -> Verdicts:
            for at, (before, one) in enumerate(itertools.pairwise(observations), start=1):
                stale = {name: _wire(v) for name, v in before.call.params.items()}
                for name, value in own(one.seen[0].request) if one.seen else ():
                    expected = _given(one.call).get(name)
                    if value != expected and value == stale.get(name):
                        wanted = "nothing" if expected is None else expected
                        actual = f"{value}, which is of the call before it"
                        return {clause: Problem(name, wanted, actual, at)}
            return {clause: None}

        return SdkCase((clause,), "calls in a row", tuple(calls), judge)

    # -------------------------------------------------------------- checks

    def _values(self, observation: Observation, request: Request) -> Problem | None:
        sent, given = dict(own(request)), _given(observation.call)
        for name in dict.fromkeys([*given, *sent]):
            documented = name in self._fields  # what is not is told by another clause
            if documented and (sent.get(name) or None) != (given.get(name) or None):
                return Problem(name, given.get(name, "nothing"), sent.get(name, "nothing"))
        return None

    def _signature(self, observation: Observation, request: Request) -> Problem | None:
        return wrongly_signed(request, observation.call.sign_method)

    def _timestamp(self, observation: Observation, request: Request) -> Problem | None:
        at = observation.seen[0].clock
        sent = request.value("timestamp") or ""
        expected = f"about {at.astimezone(GATEWAY_ZONE).strftime(TIMESTAMP)}, in GMT+8"
        try:
            off = abs((moment(sent) - at).total_seconds())
        except Refusal:
            return Problem("timestamp", expected, sent or "nothing")
        return Problem("timestamp", expected, sent) if off > CLOCK_SECONDS else None

    def _format(self, observation: Observation, request: Request) -> Problem | None:
        sent = request.value("format")
        asked = observation.call.format
        if (sent or protocol.DEFAULT_FORMAT) == asked:
            return left_out(request, "format")
        return Problem("format", asked, sent or f"nothing, which is {protocol.DEFAULT_FORMAT}")

    def _session(self, setting: Setting) -> Check:
        expected = self._credentials.session if setting.session else None

        def check(_observation: Observation, request: Request) -> Problem | None:
            sent = request.value("session")
            if sent == expected:
                return left_out(request, "session")
            return Problem("session", "the session" if expected else "nothing",
                           "nothing" if sent is None else "another one")  # fmt: skip

        return check

    def _simplify(self, observation: Observation, request: Request) -> Problem | None:
        sent = request.value("simplify")
        asked = observation.call.simplify
        if (sent == "true") == asked:
            return left_out(request, "simplify")
        return Problem("simplify", "true" if asked else "nothing", sent or "nothing")

    def _envelope(self, observation: Observation, request: Request) -> Problem | None:
        expected = {
            "method": self._contract.method,
            "app_key": self._credentials.app_key,
            "v": protocol.VERSION,
        }
        asked = observation.call.sign_method
        if asked and request.value(SIGN_METHOD):  # whether it may be left out is open
            expected[SIGN_METHOD] = asked
        for name, value in expected.items():
            if request.value(name) != value:
                return Problem(name, value, request.value(name) or "nothing")
        return None

    def _undocumented(self, _observation: Observation, request: Request) -> Problem | None:
        known = {*protocol.COMMON_PARAMETERS, *self._fields}
        strangers = sorted({name for name, _ in request.parameters} - known)
        return Problem(strangers[0], "nothing", "sent") if strangers else None

    def _unique(self, _observation: Observation, request: Request) -> Problem | None:
        times = Counter(name for name, _ in request.parameters)
        twice = next((name for name, count in times.items() if count > 1), None)
        return Problem(twice, "once", f"{times[twice]} times") if twice else None

    def _secret(self, _observation: Observation, request: Request) -> Problem | None:
        secret, session = self._credentials.app_secret, self._credentials.session
        everything = (*request.parameters, *request.headers, ("path", request.path))
        for name, value in everything:
            if secret in value or secret in name:
                return Problem(name, "no secret", "the app_secret")
        if session and any(session in value for _, value in request.query):
            return Problem("session", "in the body", "in the URL")
        return None


def _sent(observation: Observation, check: Check) -> Problem | None:
    """Check the first request of a call; that there is none is a problem too.

    Null may be refused before anything is sent, in a way that the caller can catch.
    """
    if not observation.seen and None in observation.call.params.values():
        return caught_failure(observation)
    if not observation.seen:
        return Problem("", "a request", f"none was sent, and the caller got {told(observation)}")
    return check(observation, observation.seen[0].request)


def _given(call: Call) -> dict[str, str]:
    """Return the parameters of a call as they must stand on the wire."""
    return {name: _wire(value) for name, value in call.params.items() if value is not None}


def _wire(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
