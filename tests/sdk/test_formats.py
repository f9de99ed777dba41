"""An answer is in the format that is asked for on the wire, whatever the SDK was told."""

import pytest

from tests.in_process import Clock
from tests.workspace import WORKSPACE
from topcheck.contract.protocol import FORMATS
from topcheck.contract.sdk import ABOUT_ANSWERS, SDK_RULES
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.timing import Timing
from topcheck.sdk.case import Observation, ReceivedRequest
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.driver_protocol import Reply
from topcheck.sdk.result import SdkResult, sdk_result
from topcheck.sdk.scripted_gateway import Origins, ScriptedGateway
from topcheck.sdk.worker import CALLER
from topcheck.wire.exchange import Request

CASES = sdk_cases(WORKSPACE)
STARTS = {"json": b"{", "xml": b"<"}
#: What the same answer is in no other format: spelt as only one can, or about a document type.
ONE_FORMAT = {"sdk.response.spelling", "sdk.response.comment", "sdk.response.simplify",
              "sdk.wire.entities"}  # fmt: skip


def served(call, asked):
    """Ask a gateway that has begun a call for a format, and return the body."""
    clock = Clock()
    timing = Timing(clock.wall, clock.monotonic, clock.wait)
    sandbox = Sandbox(CASES.contract, CASES.orders(), Settings(CALLER), clock.wall)
    gateway = ScriptedGateway(sandbox, timing)
    gateway.begin(call, Origins("http://here", "http://elsewhere", lambda: False))
    return gateway.answer(Request("POST", (), (("format", asked),) if asked else ())).body


@pytest.mark.parametrize("told", FORMATS)
@pytest.mark.parametrize("asked", [*FORMATS, "", "yaml"])
def test_an_answer_is_in_the_format_that_is_asked_for(told, asked):
    """Without a format that is XML, as the platform has it; an unknown one changes nothing."""
    right = told if asked == "yaml" else asked or "xml"
    assert served(CASES.plain(told), asked).startswith(STARTS[right])


def test_every_case_can_answer_in_the_format_that_it_asks_for():
    """And in the other one too, unless it is about what only one format has."""
    for case in CASES.all("json"):
        for call in case.calls:
            assert call.is_written(call.format), case.name
            other = next(fmt for fmt in FORMATS if fmt != call.format)
            one = call.is_written(other) or not ONE_FORMAT.isdisjoint(case.clauses)
            assert one or "error_response" in case.clauses[0], case.name


def test_the_other_format_is_other_than_the_one_that_was_asked_for():
    """A body in another format than asked stays that, whichever was asked for."""
    (*cases,) = (case for case in CASES.all("json") if "sdk.wire.other_format" in case.clauses)
    assert len(cases) == len(FORMATS)
    for case in cases:
        answer = case.calls[-1].answers[-1]
        assert all(not answer[fmt].body.startswith(STARTS[fmt]) for fmt in FORMATS)


def test_what_an_sdk_makes_of_a_format_that_it_was_not_told_to_ask_for_is_not_its_fault():
    """Only what is read rightly counts; what is about requests and retries is judged as ever."""
    case = next(case for case in CASES.all("json") if case.clauses[0] == "sdk.response.status")
    call = case.calls[0]
    request = Request("POST", (), (("format", "json" if call.format == "xml" else "xml"),))
    sent = (ReceivedRequest(request, None, 0.0, None),)
    lost = Observation(call, Reply("failure", kind="parse"), SdkResult(), sent)
    assert case.judge([lost]) == {}
    (told,) = case.judge([Observation(call, Reply("failure"), SdkResult(), ())]).values()
    assert told.expected == "a response"


def test_the_clauses_about_answers_are_just_those():
    """What is sent, repeated, or said on the driver's lines is no matter of the answer's format."""
    others = [clause for clause in SDK_RULES if clause not in ABOUT_ANSWERS]
    assert {clause.split(".")[1] for clause in others} == {"request", "retry", "driver"}
    assert {clause.split(".")[1] for clause in ABOUT_ANSWERS} == {
        "response", "error_response", "wire",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "null", '{"a":1}', "<a/>", "ok", "\ufeff{}"])
def test_raw_text_is_read_by_nobody(text):
    """Of a text as a whole nothing is observed but the text."""
    assert sdk_result(text, CASES.contract.response) == SdkResult(raw=text)
