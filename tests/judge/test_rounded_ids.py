"""An id that went through a floating-point number is convicted in whatever spelling it comes back.

What such a number does not make of the id is another id: `echo` where the answer repeats it by its
name, and nothing elsewhere.
"""

import json

import pytest

from tests.workspace import WORKSPACE
from topcheck.wire.exchange import Exchange, Expectation, Request, Response

ASKED = "9007199254740993"
ROOT = WORKSPACE.contract.root
MODEL = {"paid_fee": "100", "paid_time": '"2018-01-02 12:00:00"', "checkout_status": '"SUCCEEDED"',
         "checkout_id": '"3"', "success": "true"}  # fmt: skip
TYPES = {"json": "text/javascript;charset=UTF-8", "xml": "text/xml;charset=UTF-8"}

#: The number 9007199254740992, as printers of many languages and locales write it.
ROUNDED = [
    "9007199254740992", "9.007199254740992E15", "9.007199254740992e+15", "9007199254740992.0",
    "9007199254740992.", "9,007,199,254,740,992", "9,007,199,254,740,992.00",
    "9.007.199.254.740.992", "9.007.199.254.740.992,00", "9 007 199 254 740 992",
    "9\u00a0007\u00a0199\u00a0254\u00a0740\u00a0992",
    "9\u202f007\u202f199\u202f254\u202f740\u202f992",
    "9_007_199_254_740_992", "9'007'199'254'740'992", "9’007’199’254’740’992",
    "90,07,19,92,54,740,992", "9007,1992,5474,0992", "+9007199254740992", "+9.007199254740992E+015",
    "0.9007199254740992E16", ".9007199254740992E16", "9,007199254740992E15", "90071992547409920e-1",
    "9.007199254740992D15", "9.007199254740992×10^15", "9007199254740992L", "9007199254740992n",
    " 9007199254740992 ",
]  # fmt: skip

#: What no floating-point number makes of it.
OTHERS = [
    "9007199254740991", "9007199254740994", "9007199254740993.0", "9.007199254740993E15",
    "9007199254740992.5", "9.007199254740992E16", "9.007199254740992E-15", "-9007199254740992",
    "9007199254740.992", "$9007199254740992", "9007199254740992.0.0", "9007199254740992 SUCCEEDED",
    "9007199254740992" * 20, " " * 400 + "9007199254740992", "E15", ".", "",
]  # fmt: skip

#: As numbers of JSON: what a floating-point number makes of the id, and what it does not.
NUMBERS = {
    "9007199254740992": True, "9.007199254740992E15": True, "9007199254740992.0": True,
    "9007199254740992e0": True, "90071992547409920e-1": True, "0.9007199254740992e+16": True,
    "9007199254740991": False, "9.007199254740994E15": False, "9007199254740993": False,
}  # fmt: skip


def broken(fmt, name, written, asked):
    """Return the clauses across exchanges that an answer breaks, one of whose members is given."""
    members = MODEL | {name: written if fmt == "json" else json.dumps(written)}
    if fmt == "json":
        model = ",".join(f'"{key}":{value}' for key, value in members.items())
        body = f'{{"{ROOT}":{{"result":{{"model":{{{model}}},"success":true}}}}}}'
    else:
        texts = {key: str(json.loads(value)) for key, value in members.items()} | {
            "success": "true"
        }
        model = "".join(f"<{key}>{value}</{key}>" for key, value in texts.items())
        inside = f"<model>{model}</model><success>true</success>"
        body = f"<{ROOT}><result>{inside}</result></{ROOT}>"
    response = Response(200, (("Content-Type", TYPES[fmt]),), body.encode())
    expected = Expectation(parameters=asked, format=fmt)
    exchange = Exchange(Request("POST"), response, None, None, expected=expected)
    found = WORKSPACE.judges.exchanges.judge([exchange]).clauses
    return {clause for clause in found if clause.startswith("exchange.")}


def by_name(fmt, written):
    """Ask for an id that the answer repeats by its name."""
    return broken(fmt, "checkout_id", written, {"checkout_id": ASKED})


def elsewhere(fmt, written):
    """Ask for an id that the answer repeats in a member of another name, if at all."""
    return broken(fmt, "out_biz_id", written, {"biz_order_id": ASKED, "checkout_id": "3"})


@pytest.mark.parametrize("text", ROUNDED)
@pytest.mark.parametrize("fmt", TYPES)
def test_every_spelling_of_the_rounded_id_is_exact(fmt, text):
    """As text, in both formats, by its name and elsewhere."""
    written = json.dumps(text) if fmt == "json" else text
    assert by_name(fmt, written) == {"exchange.checkout_id.exact"}
    assert elsewhere(fmt, written) == {"exchange.biz_order_id.exact"}


@pytest.mark.parametrize("text", OTHERS, ids=lambda text: text[:30])
@pytest.mark.parametrize("fmt", TYPES)
def test_what_no_double_makes_is_another_id(fmt, text):
    """Repeated by its name it is `echo`; elsewhere it may be anything."""
    written = json.dumps(text) if fmt == "json" else text
    assert by_name(fmt, written) == {"exchange.checkout_id.echo"}
    assert elsewhere(fmt, written) == set()


@pytest.mark.parametrize(("number", "rounded"), NUMBERS.items())
def test_a_number_of_json_is_read_alike(number, rounded):
    """That it is no text is a finding of its own."""
    right = number == ASKED
    assert by_name("json", number) == (
        set()
        if right
        else {"exchange.checkout_id.exact" if rounded else "exchange.checkout_id.echo"}
    )
    assert elsewhere("json", number) == ({"exchange.biz_order_id.exact"} if rounded else set())


#: What languages print of the number that they make of an id.
PRINTED = {
    "98765432109876543210": ["98765432109876543488", "9.876543210987654e+19",
                             "9.8765432109876543e+19", "98765432109876540000"],
    "123456789012345678": ["123456789012345680", "1.2345678901234568E17"],
    "1000000000000000": ["1.0E15", "1e+15", "1000000000000000.0"],
}  # fmt: skip


@pytest.mark.parametrize("asked", PRINTED)
def test_each_printer_of_the_same_number_is_convicted(asked):
    """Exactly, with 17 digits, as shortly as can be; and an id that the number happens to hold."""
    found = {text: broken("xml", "out_biz_id", text, {"biz_order_id": asked, "checkout_id": "3"})
             for text in PRINTED[asked]}  # fmt: skip
    assert found == {text: {"exchange.biz_order_id.exact"} for text in PRINTED[asked]}


@pytest.mark.parametrize(
    "text", ["9.00719925474099E14", "900719925474099.0", "900,719,925,474,099"]
)
def test_a_short_id_is_never_exact(text):
    """What a floating-point number surely holds is not lost in one: by name it is `echo`."""
    asked = "900719925474099"
    assert broken("xml", "checkout_id", text, {"checkout_id": asked}) == {
        "exchange.checkout_id.echo"
    }
    assert broken("xml", "out_biz_id", text, {"biz_order_id": asked, "checkout_id": "3"}) == set()
