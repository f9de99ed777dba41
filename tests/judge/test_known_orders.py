"""Whose order is told, whether each id finds one alone, and by which code is refused."""

import json
from dataclasses import replace

import pytest

from tests.workspace import WORKSPACE
from topcheck.contract.protocol import CONTENT_TYPES, REFUSAL_CLASSES
from topcheck.judge.evidence import Judged
from topcheck.wire.exchange import Exchange, Expectation, Request, Response

ROOT = WORKSPACE.contract.root
NUMBER, SLIP = "biz_order_id", "checkout_id"
OF_1, OF_2 = {NUMBER: "1", SLIP: "11"}, {NUMBER: "2", SLIP: "22"}


def read(body, **expected):
    """Make an exchange that was answered with a body."""
    answer = Response(200, (("Content-Type", CONTENT_TYPES["json"]),), json.dumps(body).encode())
    what = Expectation(format="json", codings=(), **expected)
    return Exchange(Request("POST"), answer, at=None, seconds=0.1, expected=what)


def telling(slip):
    """Write a success that tells of a slip."""
    model = {SLIP: slip, "checkout_status": "INIT", "success": True, "paid_fee": 0}
    return {ROOT: {"result": {"success": True, "model": model}}}


def erring(code, **members):
    """Write an error."""
    return {"error_response": {"code": code, "msg": "x", **members}}


NOTHING = {ROOT: {"result": {"success": False}}}


def judged(*reads):
    """Return which clauses are broken, and which were tried."""
    found = WORKSPACE.judges.exchanges.judge(reads)
    return found.clauses, found.tried


# ------------------------------------------------------------------ whose order is told

ECHO = f"exchange.{NUMBER}.echo"
#: The known orders, the slip that is told where number 1 is asked for alone, and what that shows.
TOLD = {
    "its own": ([OF_1, OF_2], "11", "kept"),
    "another's": ([OF_1, OF_2], "22", "broken"),
    "another's, its own being unknown": ([{NUMBER: "1"}, OF_2], "22", "broken"),
    "one that nobody is known to have": ([OF_1, OF_2], "33", "kept"),
    "one of two of its own": ([OF_1, {**OF_1, SLIP: "12"}, OF_2], "12", "kept"),
    "one that both have": ([{**OF_1, SLIP: "22"}, OF_2, {NUMBER: "3", SLIP: "33"}], "22", "kept"),
    "one that is known without a number": ([OF_1, {SLIP: "22"}, {NUMBER: "3", SLIP: "33"}],
                                           "22", "kept"),
    "no other order is known": ([OF_1], "22", "untried"),
    "no other slip is known": ([OF_1, {NUMBER: "2"}], "22", "untried"),
    "nothing is known": ([], "22", "untried"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_whose_slip_is_told(name):
    """A number alone is not answered with what is known to be another's, and only known to be."""
    orders, slip, shown = TOLD[name]
    broken, tried = judged(read(telling(slip), parameters={NUMBER: "1"}, orders=orders))
    assert (ECHO in broken, ECHO in tried) == (shown == "broken", shown != "untried")


@pytest.mark.parametrize("parameters", [OF_1, {SLIP: "22"}, {}])
def test_who_asks_by_the_slip_is_told_by_the_slip(parameters):
    """Of another number than the one that was left out, or that goes with it, nothing is said."""
    assert ECHO not in judged(read(telling("22"), parameters=parameters, orders=[OF_1, OF_2]))[1]


def test_an_answer_without_a_slip_tells_whose_it_is_to_nobody():
    """What is not there can be neither right nor wrong."""
    body = telling("22")
    del body[ROOT]["result"]["model"][SLIP]
    assert ECHO not in judged(read(body, parameters={NUMBER: "1"}, orders=[OF_1, OF_2]))[1]


# ------------------------------------------------------------------ by one id alone

ALONE, REQUIRED = f"exchange.{NUMBER}.alone", f"exchange.{SLIP}.required"
BUSY = erring(15, sub_code="isp.remote-service-timeout")
MISSING = erring(40, sub_code="isv.missing-parameter:x")
FOUND = telling("11")
#: Answers where number 1, which is found by both its ids, is asked for alone, and what they show.
ANSWERS = {
    "found": ([FOUND, FOUND], {ALONE: "kept"}),
    "found once": ([NOTHING, FOUND], {ALONE: "kept"}),
    "never found": ([NOTHING, NOTHING], {ALONE: "broken"}),
    "a business error": ([erring(15, sub_code="isv.not-found")] * 2, {ALONE: "broken"}),
    "a refusal": ([erring(25)] * 2, {ALONE: "broken"}),
    "once is chance": ([NOTHING], {}),
    "refused as missing": ([MISSING, MISSING], {REQUIRED: "broken"}),
    "busy": ([BUSY, BUSY], {}),
    "busy once": ([BUSY, NOTHING], {}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_id_finds_an_order_alone(name):
    """Never found by one id is `alone`, and refused as missing is `required`: never both."""
    bodies, shown = ANSWERS[name]
    what = {"parameters": {NUMBER: "1"}, "ids": OF_1, "found": True, "accepted": REQUIRED}
    broken, tried = judged(*(read(body, **what) for body in bodies))
    assert {c for c in (ALONE, REQUIRED) if c in broken} == {
        c for c, word in shown.items() if word == "broken"
    }
    assert (ALONE in tried) == (ALONE in shown)


@pytest.mark.parametrize(
    "change", [{"found": False}, {"parameters": OF_1}, {"ids": {}}, {"ids": {NUMBER: "1"}}],
    ids=["not found by both", "asked by both", "of no order", "of an order with one id"],
)  # fmt: skip
def test_what_is_not_known_to_be_there_may_be_not_found(change):
    """Only a known order that is found by both ids has to be found by one."""
    what = {"parameters": {NUMBER: "1"}, "ids": OF_1, "found": True, **change}
    assert ALONE not in judged(read(NOTHING, **what), read(NOTHING, **what))[1]


#: What is answered, to the number alone and to the slip alone, of an order that both do not find;
#: and by which of them it is never found.
OTHERWISE = {
    "by the slip": ([NOTHING, NOTHING], [FOUND, FOUND], {f"exchange.{NUMBER}.alone"}),
    "by the slip, once": ([NOTHING, NOTHING], [NOTHING, FOUND], {f"exchange.{NUMBER}.alone"}),
    "by the number": ([FOUND, FOUND], [NOTHING, NOTHING], {f"exchange.{SLIP}.alone"}),
    "by either": ([FOUND, FOUND], [FOUND, FOUND], set()),
    "by neither": ([NOTHING, NOTHING], [NOTHING, NOTHING], set()),
    "the number is that of another": ([telling("99")] * 2, [NOTHING, NOTHING], set()),
    "each is that of another": ([telling("99")] * 2, [FOUND, FOUND], set()),
    "the number is asked for once": ([NOTHING], [FOUND, FOUND], set()),
    "the number is refused as missing": ([MISSING, MISSING], [FOUND, FOUND], set()),
    "it is busy": ([BUSY, NOTHING], [FOUND, FOUND], set()),
}


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("name", OTHERWISE)
def test_what_one_id_finds_the_other_finds(name, known):
    """A known order that both do not find is found by each of them, or by neither."""
    by_number, by_slip, never = OTHERWISE[name]
    asked = [({NUMBER: "1"}, by_number), ({SLIP: "11"}, by_slip)]
    reads = [[read(body, parameters=ids, ids=OF_1) for body in bodies] for ids, bodies in asked]
    judge = WORKSPACE.judges.exchanges.judge_body
    groups = [[Judged(one, judge(one)) for one in group] for group in reads]
    found = WORKSPACE.judges.run([OF_1] if known else []).judge(groups, [])
    assert {one for one in found.clauses if one.endswith(".alone")} == (never if known else set())


# ------------------------------------------------------------------ how it is refused

CODE, FORMAT = "wire.refusal.code", "wire.refusal.format"


@pytest.mark.parametrize("name", REFUSAL_CLASSES)
def test_a_code_is_of_its_class(name):
    """Every code of the class is in order, and none of another, nor one that there is not."""
    codes = REFUSAL_CLASSES[name]
    others = {26, 27, 35, 40, *set().union(*REFUSAL_CLASSES.values())} - codes
    for code in codes | others:
        what = {"refused": name, "codes": codes, "found": True}
        broken, tried = judged(read(erring(code), **what))
        assert (CODE in broken) == (code in others), code
        assert CODE in tried


@pytest.mark.parametrize(
    "body", [erring(15, sub_code="isv.x"), erring(50), erring(530), erring(44), erring(7),
             erring(10), erring(26, sub_code="isp.x"), NOTHING, telling("11")],
)  # fmt: skip
def test_what_is_not_said_by_a_code_is_not_judged_by_it(body):
    """An error of the business, a quota, a busy platform and what is no error have other words."""
    what = {"refused": "sign", "codes": REFUSAL_CLASSES["sign"], "found": True}
    assert CODE not in judged(read(body, **what))[1]


def test_a_code_is_judged_only_where_it_is_said_what_is_wrong():
    """In the ways that a gateway may not know, what is refused may be the way."""
    assert CODE not in judged(read(erring(26), refused="sign", found=True))[1]


@pytest.mark.parametrize(
    ("body", "shown"),
    [(erring(23), "kept"), (telling("11"), "broken"), (NOTHING, "kept"),
     (erring(15, sub_code="isv.x"), "kept")],
)  # fmt: skip
def test_an_unknown_format_is_refused(body, shown):
    """Whatever is answered to it but a success refuses it, if the order is found otherwise."""
    asked = read(body, refused="format", codes=REFUSAL_CLASSES["format"], found=True)
    broken, tried = judged(replace(asked, expected=replace(asked.expected, format=None)))
    assert (FORMAT in broken, FORMAT in tried) == (shown == "broken", True)
