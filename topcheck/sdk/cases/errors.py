"""What an SDK makes of errors, and when it asks again: every shape of error_response."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from topcheck.contract import protocol
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import HOST_COMMENT
from topcheck.generate.breaks import STRANGERS
from topcheck.sdk.case import Call, Observation, Problem, ReceivedRequest, SdkCase, Verdicts, told
from topcheck.sdk.cases.documents import (
    Documents,
    body,
    raw,
    reversed_members,
    with_member,
)
from topcheck.sdk.cases.signature import SLOWLY, altered, outdated, wrongly_signed
from topcheck.sdk.driver_protocol import INT
from topcheck.sdk.worker import BOUNDED, MOST_TRIES
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import write_xml

#: Codes that stand for the others: of a byte's size and beyond it, of the platform and of business.
CODES = (15, 7, 50, 27, 530, 533, 902, 25, 10, 11, 26, 40)
MEMBERS: Mapping[str, str] = {
    "sub_code": "isv.invalid-parameter:checkout_id",
    "sub_msg": "非法参数",
    "request_id": "z2dvadaluc5p",
}
MSG = "Remote service error"
#: What else is seen in the wild: no pattern holds of a sub_code.
SUB_CODES = (
    "-4003",
    "2401",
    "session-expired",
    "accesscontrol.limited-by-api-access-count",
    "isp.remote-service-error",
    "isv.user-not-exist:invalid-nick",
    " isv.Order Not-Found ",
)

#: Refusals after which a fresh signature can help: the timestamp's.
_WORTH_A_TRY = {protocol.REFUSALS[f"timestamp.{how}"][0] for how in ("missing", "invalid")}
CALLERS_FAULT = (protocol.REFUSAL_CODES | protocol.CALLER_CODES) - _WORTH_A_TRY

SAFE, SIGNATURE, SAME = "sdk.retry.safe", "sdk.retry.signature", "sdk.retry.parameters"
#: What is judged of every call that may be made again.
RETRIES = (SIGNATURE, SAME, BOUNDED)


class Errors:
    """The cases of one contract."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._params = documents.params()

    def cases(self) -> Iterator[SdkCase]:
        """Yield every case about errors and retries."""
        for fmt in protocol.FORMATS:
            for members in shapes():
                name = " ".join(f"{k}={v}" for k, v in members.items() if k != "msg")
                answer = raw(self._documents.error(members), fmt)
                yield self._shape(name, members, answer, fmt)
            yield from self._spellings(fmt)
            yield self._retried("an isp. error", self._isp(fmt), fmt)
        yield self._retried("HTTP 500", [ScriptedResponse(status=500, delay=SLOWLY)], "json")

    def _spellings(self, fmt: str) -> Iterator[SdkCase]:
        """Yield an error that says the same in every other way that its format allows."""
        members = {"code": 15, "msg": MSG, **MEMBERS}
        plain = self._documents.error(members)
        stranger = with_member(plain, "", Node(STRANGERS[0], Kind.STRING, "new"))
        spelt = {
            "reversed": raw(reversed_members(plain), fmt),
            "with an unknown member": raw(stranger, fmt),
        }
        if fmt == "xml":
            in_xml, value = write_xml(plain), MEMBERS["sub_code"].encode()
            in_cdata = in_xml.replace(value, b"<![CDATA[%b]]>" % value)
            spelt["with a comment behind the root"] = body(in_xml + HOST_COMMENT, fmt)
            spelt["with CDATA"] = body(in_cdata, fmt)
        for name, answer in spelt.items():
            yield self._shape(name, members, answer, fmt)
        if fmt == "json":  # simplify takes the root of a success away, and of no error
            yield self._shape("simplified", members, raw(plain, fmt), fmt, simplify=True)

    def _shape(
        self, name: str, members: Mapping[str, Any], answer: ScriptedResponse, fmt: str, **how: Any
    ) -> SdkCase:
        clauses = [f"sdk.error_response.{name}" for name in ("code", "as_success", "msg", *MEMBERS)]

        def judge(observations: Sequence[Observation]) -> Verdicts:
            (one,) = observations
            verdicts = {**_members(one, members), **asked_again(one)}
            if _is_callers_fault(members):
                tries = len(one.seen)
                wanted = Problem("", "one request, for the caller was refused", f"{tries} requests")
                verdicts[SAFE] = wanted if tries > 1 else None
            return verdicts

        calls = (Call(self._params, fmt, answers=(answer,), **how),)
        return SdkCase((*clauses, *RETRIES, SAFE), f"{name} {fmt}", calls, judge)

    def _isp(self, fmt: str) -> list[ScriptedResponse]:
        error = {"code": 15, "msg": MSG, "sub_code": "isp.remote-service-timeout"}
        held = raw(self._documents.error(error), fmt, delay=SLOWLY)
        return [held, held, raw(self._documents.sample, fmt)]

    def _retried(self, name: str, answers: Sequence[ScriptedResponse], fmt: str) -> SdkCase:
        """Serve what may be asked again, so slowly that a retry is made in a new second."""
        call = Call(self._params, fmt, answers=tuple(answers))
        return SdkCase(RETRIES, f"{name} {fmt}", (call,), lambda seen: asked_again(seen[-1]))


def shapes() -> Iterator[dict[str, Any]]:
    """Yield the members of errors: every code with some, and every subset of the optional ones."""
    subsets = [
        dict(chosen)
        for size in range(len(MEMBERS) + 1)
        for chosen in itertools.combinations(MEMBERS.items(), size)
    ]
    for code, members in zip(CODES, itertools.cycle(subsets), strict=False):
        yield {"code": code, "msg": MSG, **members}
    for sub_code in SUB_CODES:
        yield {"code": 15, "msg": MSG, "sub_code": sub_code}
    for code, msg in (protocol.REFUSALS["sign.invalid"], protocol.REFUSALS["app_key.invalid"]):
        yield {"code": code, "msg": msg}


def _is_callers_fault(members: Mapping[str, Any]) -> bool:
    """Whether an error says that to ask again cannot help."""
    return members["code"] in CALLERS_FAULT or members.get("sub_code", "").startswith("isv.")


def _members(observation: Observation, members: Mapping[str, Any]) -> dict[str, Problem | None]:
    """Judge what reached the caller of an error; what makes the next senseless ends it."""
    of = "sdk.error_response."
    if observation.outcome == "response":
        return {f"{of}as_success": Problem("", "an error_response", told(observation))}
    verdicts: dict[str, Problem | None] = {f"{of}as_success": None}
    if observation.outcome == "failure":
        lost = Problem("code", str(members["code"]), told(observation))
        return {**verdicts, f"{of}code": lost}
    for name in ("code", "msg", *MEMBERS):
        sent, got = str(members.get(name, "")), _text(observation.reply.get(name))
        whole = sent in got if name in ("msg", "sub_msg") else sent == got
        if name in members or (name in ("sub_code", "request_id") and got):
            actual = got or "nothing"
            verdicts[f"{of}{name}"] = None if whole else Problem(name, sent or "nothing", actual)
    return verdicts


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get(INT, ""))
    return str(value or "")


def asked_again(observation: Observation) -> dict[str, Problem | None]:
    """Judge the requests of a call that was tried more than once."""
    pairs = list(itertools.pairwise(observation.seen))
    tries = len(observation.seen)
    too_often = Problem("", f"at most {MOST_TRIES} requests", f"{tries} requests")
    return {
        SIGNATURE: next(filter(None, itertools.starmap(_signed_anew, pairs)), None),
        SAME: next(filter(None, itertools.starmap(altered, pairs)), None),
        BOUNDED: too_often if tries > MOST_TRIES else None,
    }


def _signed_anew(first: ReceivedRequest, again: ReceivedRequest) -> Problem | None:
    """Judge that who asks again in another second signs again, and rightly if it can."""
    if problem := outdated(first, again):
        return problem
    return None if wrongly_signed(first.request) else wrongly_signed(again.request)
