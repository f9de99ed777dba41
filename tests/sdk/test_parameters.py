"""The values of parameters: what an SDK is given, and what of it stands on the wire."""

import pytest

from tests.other_pages import ODD, SHAPES, workspace
from topcheck.gateway.sandbox import simplified
from topcheck.generate import requests, trees
from topcheck.judge.request import RequestJudge
from topcheck.sdk.cases.parameters import (
    lost,
    on_the_wire,
    plain,
    plain_values,
    special_values,
    typed,
)
from topcheck.sdk.driver_protocol import encode
from topcheck.sdk.result import sdk_result
from topcheck.wire.write import write_json

QUERY = workspace("an object with lists").contract.request.fields["query"]
GIVEN = {
    "tags": ["支付", "b"],
    "items": [{"amount": 9007199254740993, "names": ["x"], "day": "2018-01-02 12:00:00"}],
    "rate": "5.20",
}
SENT = {
    "plainly": '{"tags":["支付","b"],"items":[{"amount":9007199254740993,"names":["x"],'
    '"day":"2018-01-02 12:00:00"}],"rate":"5.20"}',
}


def sent(**changes):
    """Write the object plainly, with some pieces of it written otherwise."""
    text = SENT["plainly"]
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    "text",
    [
        SENT["plainly"],
        sent(blanks=(",", " ,\n "), colons=('":', '" : ')),
        sent(escape=("支付", "\\u652f\\u4ed8")),
        sent(letter=('"b"', '"\\u0062"')),
        sent(name=('"rate"', '"r\\u0061te"')),
        sent(number=('"5.20"', "5.20")),
        '{"rate":"5.20","items":[{"day":"2018-01-02 12:00:00","names":["x"],'
        '"amount":9007199254740993}],"tags":["支付","b"]}',
    ],
)
def test_json_is_compared_by_value(text):
    """The order of members, blanks and escapes are free, and so is how a decimal is written."""
    assert lost(QUERY, GIVEN, text) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (None, "query"),
        ("", "query"),
        ("{", "query"),
        ("{'rate':'5.20'}", "query"),
        ("[]", "query"),
        ("null", "query"),
        (sent(a=("9007199254740993", "9007199254740992")), "query.items.amount"),
        (sent(a=("9007199254740993", "9.007199254740993e15")), "query.items.amount"),
        (sent(a=("9007199254740993", '"9007199254740993"')), "query.items.amount"),
        (sent(a=('["x"]', '"x"')), "query.items.names"),
        (sent(a=('["x"]', "[]")), "query.items.names"),
        (sent(a=('["支付","b"]', '["b","支付"]')), "query.tags"),
        (sent(a=('["支付","b"]', '["支付"]')), "query.tags"),
        (sent(a=('"5.20"', "5.2")), "query.rate"),
        (sent(a=('"5.20"', '"5.2"')), "query.rate"),
        (sent(a=("2018-01-02 12:00:00", "1514865600000")), "query.items.day"),
        (sent(a=(',"rate":"5.20"', "")), "query.rate"),
        (sent(a=(',"rate":"5.20"', ',"rate":null')), "query.rate"),
        (sent(a=('"rate":"5.20"', '"rate":"5.20","extra":null')), "query.extra"),
        (sent(a=('"rate":"5.20"', '"rate":"5.20","rate":"5.20"')), "query"),
    ],
)
def test_what_is_lost_in_json_is_named(text, path):
    """A value that is another, or of another type, or missing, or too many, is told by its path."""
    assert lost(QUERY, GIVEN, text) == path


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a,b", True), ("a, b", False), ("b,a", False), ("a", False), ("a,b,", False),
     ('["a","b"]', False), ("a;b", False)],
)  # fmt: skip
def test_a_list_of_leaves_is_joined_by_commas(text, kept):
    """Neither with blanks, nor as JSON, nor in another order."""
    field = workspace("list_of_texts").contract.request.fields["words"]
    assert (lost(field, ["a", "b"], text) is None) is kept


@pytest.mark.parametrize("name", [*SHAPES, *ODD])
def test_what_an_sdk_is_given_is_what_the_page_asks_for(name):
    """Each value, written as it stands on the wire, breaks nothing of the page."""
    contract = workspace(name).contract
    judge, fields = RequestJudge(contract), contract.request.fields
    usual = {name: plain(field) for name, field in fields.items()}
    for name, field in fields.items():
        plainly = [typed(field, text) for text in plain_values(field).values()]
        for value in (*plainly, *(value for _, _, value in special_values(field))):
            assert lost(field, value, on_the_wire(value)) is None
            pairs = {one: on_the_wire(given) for one, given in {**usual, name: value}.items()}
            assert judge.judge_form(pairs.items()).findings == ()


def test_a_value_travels_to_the_driver_as_it_is():
    """An object as an object, a list as a list, and the integers in them as text."""
    assert encode(GIVEN) == {
        **GIVEN,
        "items": [{**GIVEN["items"][0], "amount": {"$int": "9007199254740993"}}],
    }
    assert encode([1, True, "1", None]) == [{"$int": "1"}, True, "1", None]


def test_of_many_optional_parameters_some_subsets_are_met():
    """None, each alone, all but one, and all; of a few each subset there is."""
    found = [len(one) for one in requests.subsets(workspace("many parameters").contract)]
    assert found == [0, *[1] * 12, *[11] * 12, 12]
    few = list(requests.subsets(workspace("every type").contract))
    assert len(few) == 14
    assert len(list(requests.subsets(workspace("lists of every type").contract))) == 4


# ------------------------------------------------------------------ what is handed over

LISTS = workspace("lists in lists").contract.response
INNER = {"d": "1", "e": {"number": [{"$int": "4"}]}}
PLACE = "a.a_d_t_o[0].b.b_d_t_o[0].c.c_d_t_o[0]"


@pytest.mark.parametrize(
    "body",
    [
        {LISTS.name: {"a": {"a_d_t_o": [{"b": {"b_d_t_o": [{"c": {"c_d_t_o": [INNER]}}]}}]}}},
        {"a": {"a_d_t_o": [{"b": {"b_d_t_o": [{"c": {"c_d_t_o": [INNER]}}]}}]}},
        {"a": [{"b": [{"c": [{"d": "1", "e": [{"$int": "4"}]}]}]}]},
        {"a": [{"b": {"b_d_t_o": [{"c": [INNER]}]}}]},
        [{"b": [{"c": [INNER]}]}],
        {"a_d_t_o": [{"b": [{"c": [INNER]}]}]},
        {"a": [{"b": [{"c": [{**INNER, "f": None}], "x": {}}]}], "more": {}},
    ],
)
def test_a_list_is_read_in_either_form(body):
    """With the member that TOP wraps around its items, or without."""
    found = sdk_result(body, LISTS)
    assert found.texts == {f"{PLACE}.d": "1", f"{PLACE}.e.number[0]": "4"}


@pytest.mark.parametrize(
    "body",
    [
        {"a": {"a_d_t_o": {"b": {"b_d_t_o": {"c": {"c_d_t_o": INNER}}}}}},
        {"a": {"b": {"c": INNER}}},
        {"a": [{"b": {"b_d_t_o": {"c": [INNER]}}}]},
        INNER,
        [],
        {"a": {}},
    ],
)
def test_an_object_is_no_list_of_one(body):
    """What stands in no list is at another place than an item."""
    assert f"{PLACE}.d" not in sdk_result(body, LISTS).texts


def test_simplify_unwraps_lists_in_lists():
    """At any depth, and what the items hold stays."""
    found = workspace("lists in lists")
    root = trees.copied(found.sample).children[0]
    assert write_json(simplified(root, LISTS)) == b'{"a":[{"b":[{"c":[{"d":"1","e":[4]}]}]}]}'


def test_a_member_of_a_missing_list_is_put_into_an_item():
    """The lists above are built with it, one item each; what is there is kept."""
    document = trees.document(trees.Node(LISTS.name, trees.Kind.OBJECT))
    trees.put(document, LISTS, "a.a_d_t_o.b.b_d_t_o.c.c_d_t_o.e.number", 7)
    trees.put(document, LISTS, "a.a_d_t_o.b.b_d_t_o.c.c_d_t_o.d", "x")
    inner = b'{"c":{"c_d_t_o":[{"e":{"number":[7]},"d":"x"}]}}'
    expected = b'{"%s":{"a":{"a_d_t_o":[{"b":{"b_d_t_o":[%s]}}]}}}' % (LISTS.name.encode(), inner)
    assert write_json(document) == expected
