"""Lists: null among their items, and items that are named like the list."""

import json

import pytest

from tests.page_builder import page, row
from topcheck.contract.page.read import derive_contract, read_page
from topcheck.judge.request import RequestJudge
from topcheck.judge.response import ResponseJudge

LISTS = [row("ids", "Number []"), row("names", "String []"), row("o", "O []", row("a", "Number"))]
TEXT = page(LISTS, LISTS)
CONTRACTS = {
    required: derive_contract(read_page(TEXT.replace("可选", required).encode()))
    for required in ("可选", "必须")
}
REQUESTS = [
    ({"ids": [None, 1]}, {("ids", "ids[0]")}),
    ({"ids": [None, "x"]}, {("ids", "ids[0]"), ("ids", "ids[1]")}),
    ({"ids": [1, "x", None]}, {("ids", "ids[1]"), ("ids", "ids[2]")}),
    ({"names": ["a", None, 5]}, {("names", "names[1]"), ("names", "names[2]")}),
    ({"o": [None, {"a": "x"}]}, {("o", "o[0]"), ("o.a", "o[1].a")}),
    ({"o": [{"a": 1}, None]}, {("o", "o[1]")}),
]
FULL = {"ids": [1], "names": ["a"], "o": [{"a": 1}]}


@pytest.mark.parametrize("required", CONTRACTS)
@pytest.mark.parametrize(("members", "wrong"), REQUESTS)
def test_a_null_item_of_a_parameter_is_of_the_wrong_type(members, wrong, required):
    """Each is named by its own place, whether the parameter may be left out or not."""
    judge = RequestJudge(CONTRACTS[required])
    found = judge.judge_json(json.dumps({**FULL, **members}).encode()).findings
    assert {(f.clause.id, f.path) for f in found} == {(f"request.{p}.type", at) for p, at in wrong}


def test_a_null_item_in_a_form_is_judged_too():
    """An object, or a list of them, is JSON text in one parameter."""
    judge = RequestJudge(CONTRACTS["可选"])
    assert judge.judge_form([("o", '[null,{"a":"x"}]')]).clauses == {
        "request.o.type", "request.o.a.type"
    }  # fmt: skip


@pytest.mark.parametrize("text", ["\udcff", '[{"a":"\udcff"}]', '[{"a":1}]\ud800', "[", "a", "1"])
def test_what_is_no_json_is_no_list_of_objects(text):
    """Bytes that were received and are no text are none either."""
    assert RequestJudge(CONTRACTS["可选"]).judge_form([("o", text)]).clauses == {"request.o.type"}


@pytest.mark.parametrize("at", range(3))
def test_what_stands_behind_a_null_item_is_named_by_its_place(at):
    """In an answer null is drift: the item behind it keeps its number."""
    contract = CONTRACTS["可选"]
    items = [*[None] * at, {"a": "x"}]
    body = json.dumps({contract.root: {"o": {"o": items}}}).encode()
    found = {
        f.path for f in ResponseJudge(contract).judge(body).findings if f.clause.fact == "type"
    }
    assert found == {f"o.o[{at}].a"}


@pytest.mark.parametrize("body", ['{"o": {"o": [{"a": 1}]}}', "<o><o><a>1</a></o></o>"])
def test_an_item_may_have_the_name_of_its_list(body):
    """Where the name is out of place, it is the list that belongs elsewhere."""
    root = CONTRACTS["可选"].root
    is_json = body[0] == "{"
    right = f'{{"{root}": {body}}}' if is_json else f"<{root}>{body}</{root}>"
    wrong = right.replace('"a": 1', '"o": 1').replace("<a>1</a>", "<o>1</o>")
    judge = ResponseJudge(CONTRACTS["可选"])
    assert judge.judge(right.encode()).clauses == set()
    found = judge.judge(wrong.encode()).findings
    assert [(f.clause.id, f.expected) for f in found] == [("response.o.place", "in the root")]
