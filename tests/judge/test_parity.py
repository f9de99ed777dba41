"""Whether JSON and XML tell the same: by what was written where a value is not of its type."""

import pytest

from tests.page_builder import page, read, row
from topcheck.contract.page.read import derive_contract
from topcheck.contract.protocol import CONTENT_TYPES
from topcheck.judge.judges import Judges
from topcheck.wire.exchange import Exchange, Expectation, Request, Response

PARITY = "exchange.parity"
ROWS = [
    row("number", "Number"), row("flag", "Boolean", example="true"), row("text"),
    row("price", "Price", example="5.50"), row("rate", "BigDecimal", example="0.5"),
    row("ids", "Number []"), row("lines", "Line []", row("sum", "Number")),
    row("inner", "Inner", row("deep")),
]  # fmt: skip
CONTRACT = derive_contract(read(page([row("result", "Result", *ROWS)], [row("word")])))
EXCHANGES = Judges(CONTRACT).exchanges

#: The members of an answer in JSON and in XML, which say the same.
ALIKE = [
    ('"number":"abc"', "<number>abc</number>"),
    ('"number":"1.5"', "<number>1.5</number>"),
    ('"number":1.5', "<number>1.5</number>"),
    ('"number":1e-3', "<number>1e-3</number>"),
    ('"number":"100"', "<number>100</number>"),
    ('"number":100', "<number>100</number>"),
    ('"number":100.0', "<number>100</number>"),
    ('"number":" 7 "', "<number> 7 </number>"),
    ('"number":"+7"', "<number>+7</number>"),
    ('"number":true', "<number>true</number>"),
    ('"number":{"a":1}', "<number><a>1</a></number>"),
    ('"number":{}', "<number/>"),
    ('"number":""', "<number/>"),
    ('"number":null', "<number/>"),
    ('"flag":"yes"', "<flag>yes</flag>"),
    ('"flag":" true"', "<flag> true</flag>"),
    ('"flag":"true"', "<flag>true</flag>"),
    ('"flag":1', "<flag>1</flag>"),
    ('"flag":"TRUE"', "<flag>TRUE</flag>"),
    ('"text":5', "<text>5</text>"),
    ('"text":5.5', "<text>5.5</text>"),
    ('"text":1e2', "<text>1e2</text>"),
    ('"text":true', "<text>true</text>"),
    ('"text":{"a":1}', "<text><a>1</a></text>"),
    ('"text":{"a":1}', "<text>\n  <a>1</a>\n</text>"),
    ('"price":5.50', "<price>5.50</price>"),
    ('"price":"x"', "<price>x</price>"),
    ('"rate":"1,5"', "<rate>1,5</rate>"),
    ('"rate":"0.5"', "<rate>0.50</rate>"),
    ('"ids":{"number":"7"}', "<ids><number>7</number></ids>"),
    ('"ids":{"number":7}', "<ids><number>7</number></ids>"),
    ('"lines":{"line":{"sum":7}}', "<lines><line><sum>7</sum></line></lines>"),
    ('"inner":"abc"', "<inner>abc</inner>"),
    ('"inner":5', "<inner>5</inner>"),
    ('"inner":{"deep":"a"}', "<inner><deep>a</deep></inner>"),
]
#: The same of what says another thing: and how both are told.
APART = [
    ('"number":"abc"', "<number>abd</number>", "abc", "abd"),
    ('"number":"abc"', "<number>7</number>", "abc", "7"),
    ('"number":7', "<number>abc</number>", "7", "abc"),
    ('"number":"abc"', "", "abc", "nothing"),
    ("", "<number>abc</number>", "nothing", "abc"),
    ('"number":1.5', "<number>1.7</number>", "1.5", "1.7"),
    ('"number":7', "<number>8</number>", "7", "8"),
    ('"number":"7"', "<number>8</number>", "7", "8"),
    ('"flag":true', "<flag>false</flag>", "true", "false"),
    ('"flag":"yes"', "<flag>no</flag>", "yes", "no"),
    ('"flag":"true"', "<flag>false</flag>", "true", "false"),
    ('"flag":1', "<flag>0</flag>", "1", "0"),
    ('"flag":1', "<flag>true</flag>", "1", "true"),
    ('"text":5', "<text>6</text>", "5", "6"),
    ('"text":5.5', "<text>5.6</text>", "5.5", "5.6"),
    ('"text":"a"', "<text>b</text>", "a", "b"),
    ('"text":"a"', "<text> a</text>", "a", " a"),
    ('"text":"a"', "<text><a>1</a></text>", "a", "nothing"),
    ('"price":5.50', "<price>6.50</price>", "5.50", "6.50"),
    ('"rate":"1,5"', "<rate>1,6</rate>", "1,5", "1,6"),
    ('"inner":"abc"', "<inner>abd</inner>", "abc", "abd"),
    ('"inner":{"deep":"a"}', "<inner><deep>b</deep></inner>", "a", "b"),
]


def read_as(fmt, inside):
    """Make a read that was answered with these members."""
    if fmt == "json":
        body = f'{{"toy_get_response":{{"result":{{{inside}}}}}}}'
    else:
        body = f"<toy_get_response><result>{inside}</result></toy_get_response>"
    answer = Response(200, (("Content-Type", CONTENT_TYPES[fmt]),), body.encode())
    what = Expectation(format=fmt, codings=(), parameters={"word": "1"})
    return Exchange(Request("POST"), answer, at=None, seconds=0.1, expected=what)


def differences(*reads):
    """Return how both formats are told wherever they differ."""
    found = EXCHANGES.judge(reads)
    return [(f.expected, f.actual) for f in found.findings if f.clause.id == PARITY], found.tried


@pytest.mark.parametrize(("json", "xml"), ALIKE)
def test_what_is_written_alike_is_no_difference(json, xml):
    """A value that is not of its type is news of its type alone, in whichever order it is asked."""
    mine, theirs = read_as("json", json), read_as("xml", xml)
    for one, other in ((mine, theirs), (theirs, mine)):
        found, tried = differences(one, other, one)
        assert found == []
        assert PARITY in tried


@pytest.mark.parametrize(("json", "xml", "expected", "actual"), APART)
def test_what_is_written_otherwise_is_one(json, xml, expected, actual):
    """And both are told as they were written."""
    mine, theirs = read_as("json", json), read_as("xml", xml)
    found, _ = differences(mine, theirs, mine)
    assert found == [(f"{expected}, as in json", f"{actual}, in xml")]
    found, _ = differences(theirs, mine, theirs)
    assert found == [(f"{actual}, as in xml", f"{expected}, in json")]


@pytest.mark.parametrize("values", [("1", "2"), ("1.5", "2.5"), ('{"a":1}', "7")])
def test_the_id_of_an_answer_differs_always(values):
    """Whatever its type is: no two answers have the same."""
    reads = [
        read_as("json", '"text":"a"},"request_id":' + values[0] + ',"_":{'),
        read_as("xml", f"<text>a</text></result><request_id>{values[1]}</request_id><result>"),
        read_as("json", '"text":"a"},"request_id":' + values[1] + ',"_":{'),
    ]
    found, tried = differences(*reads)
    assert found == []
    assert PARITY in tried


def test_what_moves_meanwhile_shows_nothing_whatever_its_type():
    """The outer two must tell the same, in what could not be read too."""
    first, last = read_as("xml", "<number>abc</number>"), read_as("xml", "<number>abd</number>")
    found, _ = differences(first, read_as("json", '"number":"x"'), last)
    assert found == []
