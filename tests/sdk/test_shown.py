"""How a value is shown in what is expected and what there was: a number bare, a text in quotes."""

from functools import partial

import pytest

from tests.workspace import WORKSPACE
from topcheck.generate import trees
from topcheck.sdk.case import Observation
from topcheck.sdk.cases import judges
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.driver_protocol import INT, Reply
from topcheck.sdk.result import SdkResult, sdk_result

ROOT = WORKSPACE.contract.response
CASES = sdk_cases(WORKSPACE)
FEE, TEXT, FLAG = "result.model.paid_fee", "result.model.out_biz_id", "result.success"
BIG = {INT: "9007199254740993"}
#: A place, what is served there, what is handed over, and how both are shown.
ROWS = [
    (FEE, BIG, {INT: "9007199254740992"}, "9007199254740993", "9007199254740992"),
    (FEE, BIG, "9007199254740992", "9007199254740993", '"9007199254740992"'),
    (FEE, BIG, 9007199254740992, "9007199254740993", "9007199254740992"),
    (FEE, BIG, None, "9007199254740993", "nothing"),
    (FEE, BIG, True, "9007199254740993", "true"),
    (FEE, BIG, {"$opaque": "float"}, "9007199254740993", '"opaque float"'),
    (TEXT, "900", {INT: "901"}, '"900"', "901"),
    (TEXT, "900", "901", '"900"', '"901"'),
    (TEXT, "a\nb", "a b", '"a\\nb"', '"a b"'),
    (TEXT, "9007199254740993", "9007199254740992", '"9007199254740993"', '"9007199254740992"'),
    (FLAG, True, False, "true", "false"),
    (FLAG, True, "True", "true", '"True"'),
]  # fmt: skip


def answer(path, value):
    """Return an answer with one leaf, as a driver hands it over."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def handing(path, value):
    """Return what came of a call that handed over an answer with one leaf."""
    body = answer(path, value)
    return Observation(
        CASES.plain("json"), Reply("response", body=body), sdk_result(body, ROOT), ()
    )


def document(path, value):
    """Return the document of an answer with one leaf."""
    plain = int(value[INT]) if isinstance(value, dict) else value
    return trees.document(trees.plain(ROOT.name, answer(path, plain)))


@pytest.mark.parametrize(("path", "told", "handed", "expected", "actual"), ROWS)
def test_a_value_is_shown_by_its_kind(path, told, handed, expected, actual):
    """Whichever judge names it: what was served, or what came of the call before."""
    one = handing(path, handed)
    problem = judges.handed(document(path, told), [path], [one])
    assert (problem.expected, problem.actual) == (expected, actual)
    plainly = judges.as_plainly([path], [handing(path, told), one])
    assert (plainly.expected, plainly.actual) == (expected, actual)


@pytest.mark.parametrize(
    ("path", "handed", "actual"), [(path, handed, actual) for path, _, handed, _, actual in ROWS]
)
def test_a_value_that_was_not_served_is_shown_by_its_kind(path, handed, actual):
    """Nothing is expected of what was not there."""
    problem = judges.absent(path, [handing(path, handed)])
    assert (problem.actual if problem else "nothing") == actual


@pytest.mark.parametrize(
    ("flag", "actual"), [(True, "true"), ("true", '"true"'), ({INT: "1"}, "1"), ("", '""')]
)
def test_a_flag_that_says_success_is_shown_by_its_kind(flag, actual):
    """The flag of a call that did not succeed is false."""
    problem = judges.unsuccessful([FLAG], [handing(FLAG, True), handing(FLAG, flag)])
    assert (problem.expected, problem.actual) == ("false", actual)


@pytest.mark.parametrize(
    ("name", "error", "expected", "actual"),
    [("code", {"code": {INT: "16"}}, "{}", "16"), ("code", {"code": "x"}, "{}", '"x"'),
     ("code", {}, "{}", "nothing"), ("msg", {"msg": "a"}, '"{}"', '"a"'),
     ("sub_code", {"sub_code": "2"}, '"{}"', '"2"'), ("sub_msg", {}, '"{}"', "nothing")],
)  # fmt: skip
def test_what_is_told_of_an_error_is_shown_by_its_kind(name, error, expected, actual):
    """A code is a number, all else of an error is text."""
    clause = f"sdk.error_response.{name}"
    members, expect = next(
        (one.args[0], one)
        for case in CASES.all("json")
        if isinstance(one := case.expected.get(clause), partial) and name in one.args[0]
    )
    what = Observation(CASES.plain("json"), Reply("error_response", error=error), SdkResult(), ())
    problem = expect([what])
    assert (problem.expected, problem.actual) == (expected.format(members[name]), actual)
