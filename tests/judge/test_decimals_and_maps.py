"""Decimals and maps, which our own page does not have: each spelling with its verdict."""

import json

import pytest

from tests.contract.test_toys import BUILT
from tests.page_builder import java, page, read, row
from topcheck.contract.page.read import derive_contract
from topcheck.generate.reads import read as exchange
from topcheck.generate.trees import document, plain
from topcheck.judge.judges import Judges

TOY = BUILT["decimals and maps"]
RATE, EXTRA = "response.result.rate", "response.result.extra"
TYPE, LEXICAL, NULL = f"{RATE}.type", f"{RATE}.lexical", f"{RATE}.null"
HUGE = "123456789012345678901234567890.000000000000000000001"


def judged(inside, fmt):
    """Judge an answer with something inside its result."""
    if fmt == "json":
        body = f'{{"toy_get_response":{{"result":{{{inside}}}}}}}'
    else:
        body = f"<toy_get_response><result>{inside}</result></toy_get_response>"
    return TOY.judges.response.judge(body.encode(), fmt)


IN_JSON = [
    ("0", None), ("12.50", None), ("-3", None), ("0.1", None), (HUGE, None), ("-0.5", None),
    ('"12.50"', None), ('"-3"', None), ('"0"', None), (f'"{HUGE}"', None),
    ('"9007199254740993"', None),
    ("1e2", LEXICAL), ("1.5E-3", LEXICAL), ("15e0", LEXICAL), ("-1.0e+2", LEXICAL),
    ('"1e2"', TYPE), ('"1,5"', TYPE), ('" 1.5"', TYPE), ('"1.5\\n"', TYPE), ('""', TYPE),
    ('"+1"', TYPE), ('"01"', TYPE), ('".5"', TYPE), ('"5."', TYPE), ('"NaN"', TYPE),
    ('"\u0661"', TYPE), ("true", TYPE),
    ("{}", TYPE), ("[1.5]", TYPE), ("null", NULL), ("NaN", "wire.body.syntax"),
]  # fmt: skip
IN_XML = [
    ("0", None), ("12.50", None), ("-3", None), (HUGE, None), ("<![CDATA[1.5]]>", None),
    ("1.<!-- -->5", None),
    ("+1.5", LEXICAL), (" 1.5 ", LEXICAL), ("01.50", LEXICAL), (".5", LEXICAL), ("5.", LEXICAL),
    ("\n1", LEXICAL),
    ("1e2", TYPE), ("1,5", TYPE), ("", TYPE), ("INF", TYPE), ("abc", TYPE), ("1.5.1", TYPE),
    ("\u3000" "1.5", TYPE), ("\u0661", TYPE), ("<a>1</a>", TYPE), (".", TYPE), ("-", TYPE),
    ("1" * 401, "wire.body.limits"), ("<?x?>1", "response.result.known"),
]  # fmt: skip


@pytest.mark.parametrize(("literal", "clause"), IN_JSON)
def test_a_decimal_in_json(literal, clause):
    """A number or its plain text is right; an exponent is drift in a number, and wrong in text."""
    assert judged(f'"rate":{literal}', "json").clauses == ({clause} if clause else set())


@pytest.mark.parametrize(("text", "clause"), IN_XML)
def test_a_decimal_in_xml(text, clause):
    """All that XML Schema takes for a decimal is readable; what is not plain is drift."""
    found = judged(f"<rate>{text}</rate>", "xml").clauses
    assert found == ({clause} if clause else set())


@pytest.mark.parametrize(
    ("one", "other"),
    [("12.50", "12.5"), ("12.50", "12.50"), ('"12.5"', "12.50"), ("100", "100.0"), ("1e2", "100"),
     ("0", "-0.0"), (HUGE, HUGE)],
)  # fmt: skip
def test_spellings_of_one_decimal_are_one_value(one, other):
    """What is compared between exchanges and formats is the number, and not its spelling."""
    mine, theirs = judged(f'"rate":{one}', "json"), judged(f"<rate>{other}</rate>", "xml")
    assert mine.values["result.rate"] == theirs.values["result.rate"]


@pytest.mark.parametrize("other", ["12.51", "-12.5", "1.25", "125", f"{HUGE}1"])
def test_another_decimal_is_another_value(other):
    """No digit of it is lost to a floating-point number."""
    mine, theirs = judged('"rate":12.50', "json"), judged(f"<rate>{other}</rate>", "xml")
    assert mine.values["result.rate"] != theirs.values["result.rate"]


@pytest.mark.parametrize(("told", "clauses"), [("0.50", set()), ("0.5", set()),
                                               ("0.51", {"exchange.rate.echo"})])  # fmt: skip
def test_an_echo_of_a_decimal(told, clauses):
    """An answer that spells the decimal otherwise is about what was asked for."""
    answer = document(plain("toy_get_response", {"result": {"rate": told}}))
    reads = (exchange("json", answer, parameters={"rate": "0.50"}),)
    assert TOY.judges.exchanges.judge(reads).clauses == clauses


MAPS = [
    "{}", '{"a":1}', '{"rate":"x","result":null}', '{"a":{"b":[1,{"c":true}]}}', '{"extra":{}}',
]  # fmt: skip


@pytest.mark.parametrize("value", MAPS)
def test_a_map_in_json(value):
    """Whatever is in a map is right, names of the page in other places too."""
    assert judged(f'"extra":{value},"extras":{{"map":[{value},{{}}]}}', "json").findings == ()


@pytest.mark.parametrize("value", ["", "<a>1</a>", "<rate>x</rate><rate/>", '<a b="1"><c/></a>',
                                   "{}", "k=1", "text <b/>"])  # fmt: skip
def test_a_map_in_xml(value):
    """In XML, any elements and any text."""
    inside = f"<extra>{value}</extra><extras><map>{value}</map><map/></extras>"
    assert judged(inside, "xml").findings == ()


@pytest.mark.parametrize(
    ("value", "clause"),
    [("1", f"{EXTRA}.type"), ('"{}"', f"{EXTRA}.type"), ("[]", f"{EXTRA}.type"),
     ("true", f"{EXTRA}.type"), ("null", f"{EXTRA}.null"), ('{"a":1,"a":2}', "wire.body.syntax"),
     ('{"a":NaN}', "wire.body.syntax")],
)  # fmt: skip
def test_no_map_in_json(value, clause):
    """A map is an object, and JSON like any other."""
    assert clause in judged(f'"extra":{value}', "json").clauses


# ------------------------------------------------------------------ objects in a request

SENT = BUILT["objects in a request"]
GOOD = {"ids": [1, 2], "tags": ["a"], "range": {"low": "0.5", "high": 2.5},
        "items": [{"item_id": 1, "price": "5.20"}], "urgent": True,
        "extra": {"any": [1]}}  # fmt: skip


def sent(**parameters):
    """Judge the form of some parameters; what is no text is sent as JSON."""
    texts = {n: v if isinstance(v, str) else json.dumps(v) for n, v in parameters.items()}
    return SENT.judges.request.judge_form(list(texts.items())).clauses


@pytest.mark.parametrize(
    ("changes", "clauses"),
    [
        ({}, set()),
        ({"ids": []}, set()),
        ({"items": []}, set()),
        ({"ids": ["1"]}, {"request.query.ids.type"}),
        ({"ids": 1}, {"request.query.ids.type"}),
        ({"ids": [2**63]}, {"request.query.ids.range"}),
        ({"tags": [1]}, {"request.query.tags.type"}),
        ({"tags": "a,b"}, {"request.query.tags.type"}),
        ({"range": {"low": "x"}}, {"request.query.range.low.type"}),
        ({"range": []}, {"request.query.range.type"}),
        ({"range": {"middle": 1}}, {"request.query.range.known"}),
        ({"items": [{"item_id": "1"}]}, {"request.query.items.item_id.type"}),
        ({"items": [{"more": 1}]}, {"request.query.items.known"}),
        ({"items": {"item_id": 1}}, {"request.query.items.type"}),
        ({"urgent": "true"}, {"request.query.urgent.type"}),
        ({"extra": "x"}, {"request.query.extra.type"}),
        ({"more": 1}, {"request.query.known"}),
    ],
)
def test_an_object_in_a_parameter(changes, clauses):
    """An object travels as JSON text in one parameter, and is judged to its leaves."""
    assert sent(query={**GOOD, **changes}) == clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", {"request.query.required"}),
        ("{", {"request.query.type"}),
        ("null", {"request.query.required"}),
        ("[]", {"request.query.type"}),
        ("text", {"request.query.type"}),
        ('{"ids":[1],"ids":[2]}', {"request.query.ids.unique"}),
    ],
)
def test_no_object_in_a_parameter(text, clauses):
    """What is no object is told, and never a fault of ours."""
    assert sent(query=text) == clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [('[{"item_id":1,"names":["a"]},{}]', set()), ("[]", set()),
     ('{"item_id":1}', {"request.more.type"}), ('[{"names":"a"}]', {"request.more.names.type"}),
     ("1,2", {"request.more.type"}), ('[{"x":1}]', {"request.more.known"})],
)  # fmt: skip
def test_a_list_of_objects_in_a_parameter(text, clauses):
    """So does a list of objects."""
    assert sent(query=GOOD, more=text) == clauses


@pytest.mark.parametrize(("text", "clauses"), [("0.5", set()), ("5", set()), ("-1.25", set()),
    ("x", {"request.rate.type"}), ("1e2", {"request.rate.type"})])  # fmt: skip
def test_a_decimal_in_a_parameter(text, clauses):
    """A decimal is its text."""
    assert sent(query=GOOD, rate=text) == clauses


def test_limits_inside_an_object():
    """Limits of nested parameters hold as they do at the top."""
    rows = [row("q", "Q", row("n", "Number", limits=["最大值:9"]),
                row("l", "String []", limits=["最大列表长度:1"]))]  # fmt: skip
    judges = Judges(derive_contract(read(page(request=rows, java=java(rows)))))
    found = judges.request.judge_form([("q", '{"n":10,"l":["a","b"]}')]).clauses
    assert found == {"request.q.n.range", "request.q.l.range"}


@pytest.mark.parametrize(
    "extra",
    ['<extra a="1"/>', '<extra a="1"><any>1</any></extra>', '<extra xml:lang="zh">text</extra>',
     "<extra><?x?></extra>", "<extra><?x?>text</extra>", '<extra xmlns:n="u" n:a="1"/>'],
)  # fmt: skip
def test_an_attribute_of_a_map_is_known_of_the_object_around_it(extra):
    """A map may hold any members, and an attribute or an instruction is none."""
    assert judged(extra, "xml").clauses == {"response.result.known"}
