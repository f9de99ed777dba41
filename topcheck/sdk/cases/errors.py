"""What an SDK makes of errors, and when it asks again: every shape of error_response."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from topcheck.contract import protocol
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import HOST_COMMENT
from topcheck.generate.breaks import STRANGERS
from topcheck.sdk.case import Call, Observation, Problem, ReceivedRequest, SdkCase, Verdicts, told
from topcheck.sdk.cases.documents import Documents, Served, body, raw, reversed_members, with_member
from topcheck.sdk.cases.judges import SLOWLY, altered, outdated, wrongly_signed
from topcheck.sdk.driver_protocol import INT
from topcheck.sdk.worker import BOUNDED, MOST_TRIES
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import write_xml

#: Codes that stand for the others: of a byte's size and beyond it, of the platform and of business.
CODES = (15, 7, 50, 27, 530, 533, 902, 25, 10, 11, 26, 40)
#: What an error may tell besides its code and msg.
MEMBERS = ("sub_code", "sub_msg", "request_id")
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


def errors(docs: Documents) -> Iterator[SdkCase]:
    """Yield every case about errors and retries."""
    for fmt in protocol.FORMATS:
        for members in _shapes(docs):
            name = " ".join(f"{k}={v}" for k, v in members.items() if k != "msg")
            yield _case(docs, members, fmt, name, docs.error(members))
        members = {"code": 15, "msg": MSG, **_optional(docs)}
        yield from _spellings(docs, members, fmt)
        error = {"code": 15, "msg": MSG, "sub_code": "isp.remote-service-timeout"}
        held = raw(docs.error(error), fmt, delay=SLOWLY)
        yield _retried("an isp. error", docs.call(fmt, held, held, docs.sample))
    yield _retried("HTTP 500", docs.call("json", ScriptedResponse(500, delay=SLOWLY)))


def _case(
    docs: Documents, members: Mapping[str, Any], fmt: str, name: str, error: Served, **how: Any
) -> SdkCase:
    """Serve an error: its members must reach the caller, who asks again if that can help."""
    told_of = [f"sdk.error_response.{name}" for name in ("code", "as_success", "msg", *MEMBERS)]
    clauses = (*told_of, *RETRIES, SAFE)
    return docs.case(clauses, name, fmt, [error], None, partial(_told, members), **how)


def _retried(name: str, call: Call) -> SdkCase:
    """Serve what may be asked again, so slowly that a retry is made in a new second."""
    return SdkCase(RETRIES, f"{name} {call.format}", (call,), besides=asked_again)


def _spellings(docs: Documents, members: Mapping[str, Any], fmt: str) -> Iterator[SdkCase]:
    """Yield an error that says the same in every other way that its format allows."""
    case, plain = partial(_case, docs, members, fmt), docs.error(members)
    yield case("reversed", reversed_members(plain))
    stranger = with_member(plain, "", Node(STRANGERS[0], Kind.STRING, "new"))
    yield case("with an unknown member", stranger)
    if fmt == "xml":
        in_xml, value = write_xml(plain), members["sub_code"].encode()
        in_cdata = in_xml.replace(value, b"<![CDATA[%b]]>" % value)
        yield case("with a comment behind the root", body(in_xml + HOST_COMMENT, fmt))
        yield case("with CDATA", body(in_cdata, fmt))
    else:  # simplify takes the root of a success away, and of no error
        yield case("simplified", plain, simplify=True)


def _optional(docs: Documents) -> dict[str, str]:
    """Return what an error tells that refuses the last of the parameters."""
    sub_code = f"isv.invalid-parameter:{[*docs.fields][-1]}"
    return dict(zip(MEMBERS, (sub_code, "非法参数", "z2dvadaluc5p"), strict=True))


def _shapes(docs: Documents) -> Iterator[dict[str, Any]]:
    """Yield the members of errors: every code with some, and every subset of the optional ones."""
    subsets = [
        dict(chosen)
        for size in range(len(MEMBERS) + 1)
        for chosen in itertools.combinations(_optional(docs).items(), size)
    ]
    for code, members in zip(CODES, itertools.cycle(subsets), strict=False):
        yield {"code": code, "msg": MSG, **members}
    for sub_code in SUB_CODES:
        yield {"code": 15, "msg": MSG, "sub_code": sub_code}
    for code, msg in (protocol.REFUSALS["sign.invalid"], protocol.REFUSALS["app_key.invalid"]):
        yield {"code": code, "msg": msg}


def _told(members: Mapping[str, Any], observations: Sequence[Observation]) -> Verdicts:
    """Judge what was made of an error, and whether it was asked again."""
    (one,) = observations
    verdicts = {**_members(one, members), **asked_again(observations)}
    if members["code"] in CALLERS_FAULT or members.get("sub_code", "").startswith("isv."):
        tries = len(one.seen)
        wanted = Problem("", "one request, for the caller was refused", f"{tries} requests")
        verdicts[SAFE] = wanted if tries > 1 else None
    return verdicts


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
        sent, given = str(members.get(name, "")), observation.reply.error.get(name, "")
        got = given[INT] if isinstance(given, dict) else given
        whole = sent in got if name in ("msg", "sub_msg") else sent == got
        if name in members or (name in ("sub_code", "request_id") and got):
            actual = got or "nothing"
            verdicts[f"{of}{name}"] = None if whole else Problem(name, sent or "nothing", actual)
    return verdicts


def asked_again(observations: Sequence[Observation]) -> Verdicts:
    """Judge the requests of the last call, if it was tried more than once."""
    seen = observations[-1].seen
    pairs, tries = list(itertools.pairwise(seen)), len(seen)
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
