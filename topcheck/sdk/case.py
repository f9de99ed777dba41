"""A case: calls, what the gateway answers to each, and how what came of it is judged."""

import contextlib
import datetime
import json
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from topcheck.contract.contract import Contract
from topcheck.contract.protocol import DEFAULT_FORMAT
from topcheck.contract.sdk import ABOUT_ANSWERS
from topcheck.gateway.orders import OrderBook, ScriptedResponse
from topcheck.sdk.driver_protocol import INT, UNDEFINED, Reply
from topcheck.sdk.result import SdkResult
from topcheck.wire.exchange import Request, Response
from topcheck.wire.tree import excerpt

#: How long an SDK may wait for an answer, in milliseconds, where the case is not about waiting.
TIMEOUT = 5000
#: So much of a value of a message is shown, in characters.
_MOST_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Setting:
    """Under what a driver runs: the machine's zone, and whether it has a session."""

    zone: str = "Asia/Shanghai"
    session: bool = False


CHINA = Setting()
NEW_YORK = Setting("America/New_York")

#: A scripted answer, by the format that the request asks for.
Answer = Mapping[str, ScriptedResponse]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an SDK, and what the gateway answers: its own answer where there is no script.

    `format` is what the SDK is told to ask for; an answer is written in it, and mostly in the other
    one too, for an SDK that asks for that. `params` are typed: an int is an integer, None the
    language's null. `sign_method` None is the first that the SDK claims. With `zipped` the answer
    is compressed for who asks for gzip. `timeout` is in milliseconds, and so is `after`: how long
    after its outcome a request to another origin is still waited for.
    """

    params: Mapping[str, Any]
    format: str = "json"
    sign_method: str | None = None
    simplify: bool = False
    timeout: int = TIMEOUT
    answers: tuple[Answer, ...] = ()
    zipped: bool = False
    after: int = 0

    def is_written(self, fmt: str) -> bool:
        """Whether all its answers are there in a format."""
        return all(fmt in answer for answer in self.answers)


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as the gateway saw it, when, `at` in monotonic seconds, and what it answered."""

    request: Request
    clock: datetime.datetime
    at: float
    answer: Response | ScriptedResponse


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of one call: the reply of the driver, and the requests that reached the gateway.

    `call` names the `sign_method` that was asked for. `result` is what the SDK handed over, if the
    outcome is a response. `elsewhere` tells that the SDK went to another origin, `leaked` that
    something secret stood in its log.
    """

    call: Call
    reply: Reply
    result: SdkResult
    seen: tuple[ReceivedRequest, ...]
    elsewhere: bool = False
    leaked: bool = False

    @property
    def asked(self) -> str:
        """The format that its request asks for: it need not be the one that the SDK was told."""
        return asked_format(self.seen[0].request) if self.seen else self.call.format


def asked_format(request: Request) -> str:
    """Return the format that a request asks for, as a gateway understands it."""
    return request.value("format") or DEFAULT_FORMAT


@dataclass(frozen=True, slots=True)
class Problem:
    """How a clause is broken: at which path, what was expected, and what there was.

    `call` is the position of the call that shows it, the last one unless it is said.
    """

    path: str
    expected: str
    actual: str
    call: int = -1


class Unseen(Exception):  # noqa: N818 - no error of anybody's
    """What a clause is about could not be observed."""


#: What came of a case's calls, in their order.
Observations = Sequence[Observation]
#: Judges them by one clause: a problem, or None where the clause is kept. Raises Unseen.
Expect = Callable[[Observations], Problem | None]
#: What was judged by each clause; one that is missing could not be observed.
Verdicts = Mapping[str, Problem | None]


@dataclass(frozen=True, slots=True)
class SdkCase:
    """One case: by each clause what is expected of its calls, with what is served to them.

    The first clause is also the one that is broken where no outcome comes at all. `needs` is what
    an SDK must be able to do for the case, in the words of `Started.can`; `about` is what it needs
    besides what its calls use. `fresh` asks for a copy of the driver that was called for nothing
    else: what was answered before would tell.
    """

    expected: Mapping[str, Expect]
    name: str
    calls: tuple[Call, ...]
    setting: Setting = CHINA
    about: frozenset[str] = frozenset()
    fresh: bool = False

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that it is about."""
        return tuple(self.expected)

    def judge(self, observations: Observations) -> Verdicts:
        """Judge the observations of the calls, in their order.

        Who asks for another format than it was told is answered in that one. What it then makes of
        it is no clause's but the format's own, unless it reads it rightly.
        """
        strays = [one for one in observations if one.asked != one.call.format]
        unwritten = not all(one.call.is_written(one.asked) for one in strays)
        verdicts = {}
        for clause, expect in self.expected.items():
            strayed = bool(strays) and clause in ABOUT_ANSWERS
            if strayed and unwritten:
                continue
            with contextlib.suppress(Unseen):
                problem = expect(observations)
                if not (strayed and problem):
                    verdicts[clause] = problem
        return verdicts

    @property
    def needs(self) -> Set[str]:
        """Return what an SDK must be able to do for this case."""
        found = {f"format {call.format}" for call in self.calls} | self.about
        found |= {f"sign_method {call.sign_method}" for call in self.calls if call.sign_method}
        found |= {"simplify" for call in self.calls if call.simplify}
        return found | {"session"} if self.setting.session else found

    @property
    def seconds(self) -> float:
        """How long its calls wait for their answers at least: it is better begun early."""
        waits = (min(call.timeout, *(raw.lasts for raw in call.answers[0].values()))
                 for call in self.calls if call.answers)  # fmt: skip
        return sum(waits) / 1000


@dataclass(frozen=True, slots=True)
class SdkCases:
    """The cases of a contract, and what a gateway needs to answer them.

    `orders` makes a fresh order book, by which what is not scripted is answered; `plain` a call in
    a format that needs nothing; `all` every case, in the order of the report, with its requests in
    a format.
    """

    contract: Contract
    orders: Callable[[], OrderBook]
    plain: Callable[[str], Call]
    all: Callable[[str], Sequence[SdkCase]]


def failed(observations: Observations) -> Problem | None:
    """Expect the last outcome to be a failure that the caller can catch."""
    last = observations[-1]
    if last.reply.outcome == "failure" and not last.reply.uncaught:
        return None
    return Problem("", "a failure that the caller can catch", told(last))


def told(observation: Observation) -> str:
    """Say in a line what the SDK made of a call."""
    reply = observation.reply
    if reply.outcome == "response":
        return f"a response: {shown(reply.body)}"
    if reply.outcome == "error_response":
        members = ", ".join(f"{name} {shown(value)}" for name, value in reply.error.items())
        return f"an error_response: {members or 'without members'}"
    if reply.outcome == "none":
        return f"nothing: {reply.message}"
    failure = "an uncaught failure" if reply.uncaught else "a failure"
    return f"{failure} ({reply.kind}): {shown(reply.message)}"


def shown(value: Any) -> str:
    """Show a value of a message in one short line."""
    return excerpt(_words(value), _MOST_SHOWN)


def shown_at(result: SdkResult, place: str) -> str:
    """Show what stands at a path of a result: a number or a flag as it is, a text in quotes."""
    text, is_plain = result.texts[place], result.kinds[place] in ("number", "boolean")
    return excerpt(text, _MOST_SHOWN) if is_plain else shown(text)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        if INT in value:
            return str(value[INT])
        if UNDEFINED in value:
            return "undefined"
        return "{" + ", ".join(f"{k}: {shown(v)}" for k, v in list(value.items())[:20]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value[:20])) + "]"
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
