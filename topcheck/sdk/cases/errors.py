"""What an SDK makes of errors, and when it asks again: every shape of error_response."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from topcheck.contract import protocol
from topcheck.gateway.sandbox import HOST_COMMENT
from topcheck.generate.breaks import STRANGERS
from topcheck.sdk.case import Expect, Observations, Problem, SdkCase, Unseen, shown, told
from topcheck.sdk.cases import documents
from topcheck.sdk.cases.documents import Documents, Served
from topcheck.sdk.cases.judges import SLOWLY, altered, signed_anew
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


def errors(docs: Documents) -> Iterator[SdkCase]:
    """Yield every case about errors and retries."""
    for fmt in protocol.FORMATS:
        for name, document in _answers(docs):
            safe = {"sdk.retry.safe": partial(_at_most, 1, "one request, for it was answered")}
            yield docs.case({**safe, **RETRIES}, f"after {name}", fmt, document)
        for members in _shapes(docs):
            name = " ".join(f"{k}={v}" for k, v in members.items() if k != "msg")
            yield _case(docs, members, fmt, name, docs.error(members))
        members = {"code": 15, "msg": MSG, **_optional(docs)}
        yield from _spellings(docs, members, fmt)
        code, msg = protocol.REFUSALS["timestamp.invalid"]
        members = {"code": code, "msg": msg}
        refused = documents.written(docs.error(members), partial(replace, delay=SLOWLY))
        yield _case(docs, members, fmt, "a timestamp that is refused", refused)
        error = {"code": 15, "msg": MSG, "sub_code": "isp.remote-service-timeout"}
        held = documents.written(docs.error(error), partial(replace, delay=SLOWLY))
        call = docs.call(fmt, held, held, docs.sample)
        yield SdkCase(RETRIES, f"an isp. error {fmt}", (call,))


def _answers(docs: Documents) -> Iterator[tuple[str, Node]]:
    """Yield answers after which nobody must ask again, with a name: yes, no, and each state."""
    refused, flags = docs.failed()
    yield "a success", docs.sample
    if flags:
        yield "a call that did not succeed", refused
    for leaf in docs.leaves:
        values = [False] if leaf.family == "boolean" and leaf.path not in flags else leaf.enum or ()
        for value in values:
            if document := docs.consistent({leaf.path: value}):
                yield f"{leaf.path} {value}", document


def _case(
    docs: Documents, members: Mapping[str, Any], fmt: str, name: str, error: Served, **how: Any
) -> SdkCase:
    """Serve an error: its members must reach the caller, who asks again if that can help."""
    names = ("code", "as_success", "msg", *MEMBERS)
    expected = {f"sdk.error_response.{name}": partial(_told, members, name) for name in names}
    safe = {"sdk.retry.safe": partial(_safe, members)}
    return docs.case({**expected, **RETRIES, **safe}, name, fmt, error, **how)


def _spellings(docs: Documents, members: Mapping[str, Any], fmt: str) -> Iterator[SdkCase]:
    """Yield an error that says the same in every other way that its format allows."""
    case, plain = partial(_case, docs, members, fmt), docs.error(members)
    yield case("reversed", documents.reversed_members(plain))
    stranger = documents.with_member(plain, "", Node(STRANGERS[0], Kind.STRING, "new"))
    yield case("with an unknown member", stranger)
    if fmt == "xml":
        in_xml, value = write_xml(plain), members["sub_code"].encode()
        in_cdata = in_xml.replace(value, b"<![CDATA[%b]]>" % value)
        commented = documents.body(in_xml + HOST_COMMENT, fmt)
        yield case("with a comment behind the root", {fmt: commented})
        yield case("with CDATA", {fmt: documents.body(in_cdata, fmt)})
    else:  # simplify takes the root of a success away, and of no error
        yield case("simplified", plain, simplify=True)


def _optional(docs: Documents) -> dict[str, str]:
    """Return what an error tells that refuses the last of the parameters."""
    sub_code = ":".join(("isv.invalid-parameter", *[*docs.fields][-1:]))
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


def _told(members: Mapping[str, Any], name: str, observations: Observations) -> Problem | None:
    """Expect no success, and a member as it was sent; of a failure that the code is lost."""
    (one,) = observations
    if name == "as_success":
        success = Problem("", "an error_response", told(one))
        return success if one.reply.outcome == "response" else None
    if name == "code" and one.reply.outcome == "failure":
        return Problem(name, shown(members[name]), told(one))
    sent, given = str(members.get(name, "")), one.reply.error.get(name, "")
    got = given[INT] if isinstance(given, dict) else given
    made_up = got and name in ("sub_code", "request_id")
    if one.reply.outcome != "error_response" or not (name in members or made_up):
        raise Unseen
    whole = sent in got if name in ("msg", "sub_msg") else sent == got
    if whole:
        return None
    expected = shown(members[name]) if name in members else "nothing"
    return Problem(name, expected, shown(given) if got else "nothing")


def _safe(members: Mapping[str, Any], observations: Observations) -> Problem | None:
    """Expect one request where an error says that to ask again cannot help."""
    if members["code"] not in CALLERS_FAULT and not members.get("sub_code", "").startswith("isv."):
        raise Unseen
    return _at_most(1, "one request, for the caller was refused", observations)


def _at_most(most: int, expected: str, observations: Observations) -> Problem | None:
    tries = len(observations[-1].seen)
    return Problem("", expected, f"{tries} requests") if tries > most else None


def _each(check: Callable[..., Problem | None], observations: Observations) -> Problem | None:
    """Check each request of the last call beside each that came before it."""
    pairs = itertools.combinations(observations[-1].seen, 2)
    return next(filter(None, itertools.starmap(check, pairs)), None)


#: What is expected of every call that may be made again.
RETRIES: Mapping[str, Expect] = {
    "sdk.retry.signature": partial(_each, signed_anew),
    "sdk.retry.parameters": partial(_each, altered),
    BOUNDED: partial(_at_most, MOST_TRIES, f"at most {MOST_TRIES} requests"),
}
