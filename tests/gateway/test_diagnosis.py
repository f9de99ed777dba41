"""Why a request is refused: each mistake is named by who knows the secret, alone and in pairs."""

import json
from pathlib import Path

import pytest

from tests.gateway.wrong_signer import (
    MISTAKES,
    NOON,
    OWN,
    PAIRS,
    SECRET,
    SENT,
    SESSION,
    Draft,
)
from tests.others.second import workspace_of
from topcheck.contract.mistakes import MISTAKES as MISTAKES_OF_REQUESTS
from topcheck.gateway.diagnosis import Known, diagnose
from topcheck.gateway.mistakes import Recipe, mistakes
from topcheck.wire.exchange import Request

UNSENT = ("partner_id", "target_app_key", "simplify")
KNOWN = Known(SECRET, SENT["app_key"], SENT["method"], UNSENT)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
WAYS = [(id_, way) for id_, ways in MISTAKES.items() for way in ways]


def made(*ways):
    """Make a request with some mistakes."""
    draft = Draft()
    for way in ways:
        way(draft)
    query, form = draft.sent()
    return Request("POST", query, form, headers=draft.headers)


def why(request, known=KNOWN, clock=NOON):
    """Return the ids of what is named."""
    return [reason.id for reason in diagnose(request, known, clock).why]


def test_a_right_request_is_named_nothing():
    """Nothing is said of what is in order."""
    assert why(made()) == []


@pytest.mark.parametrize(("id_", "way"), WAYS, ids=[id_ for id_, _ in WAYS])
def test_a_mistake_is_named(id_, way):
    """Each mistake is named, and nothing else."""
    assert why(made(way)) == [id_]


@pytest.mark.parametrize(("first", "second"), PAIRS[::5])
def test_two_mistakes_are_named(first, second):
    """Of two that can be made at once both are named, and nothing else."""
    assert {*why(made(MISTAKES[first][0], MISTAKES[second][0]))} == {first, second}


def test_there_are_pairs_enough():
    """The pairs are those of most mistakes with most others."""
    assert len(PAIRS[::5]) > 70


def test_every_mistake_of_the_list_is_made():
    """No id of the closed list stands there without being shown."""
    shown = {id_ for id_, ways in MISTAKES.items() if ways} | {
        "parameter.twice", "encoding.charset", "encoding.not_form",
    }  # fmt: skip
    anything_goes = {f"invalid.{name}" for name in ("session", "partner_id", "target_app_key")}
    assert MISTAKES_OF_REQUESTS.keys() - anything_goes == shown


def test_what_is_named_says_which_parameter():
    """The text names the parameter, and how it was changed."""
    (reason,) = diagnose(made(MISTAKES["sign.parameter_changed"][0]), KNOWN, NOON).why
    assert "checkout_id" in reason.text
    assert "blanks" in reason.text


def test_of_two_that_show_alike_the_more_special_is_named():
    """The other is told as what it may be also."""
    (reason,) = diagnose(made(MISTAKES["sign.sign_method_left_out"][0]), KNOWN, NOON).why
    assert (reason.id, reason.also) == ("sign.sign_method_left_out", ("sign.parameter_left_out",))


@pytest.mark.parametrize("value", ["2.0", "1.0"])
@pytest.mark.parametrize("where", ["query", "form", "end"])
def test_a_parameter_twice(where, value):
    """A name that stands twice is named; whichever of its values was signed, that is no mistake."""
    query, form = Draft().sent()
    more = (("v", value),)
    query, form = {"query": (more, form), "form": ((), more + form), "end": ((), form + more)}[
        where
    ]
    found = why(Request("POST", query, form, headers=FORM))
    assert found[:1] == ["parameter.twice"]
    alone = {"sign.query_left_out"} if where == "query" and value != "2.0" else set()
    assert set(found[1:]) - {"invalid.v"} == alone


def test_another_charset():
    """Bytes that are no UTF-8 are told as such, and signed as their sender meant them."""
    query, form = Draft().sent()
    raw = OWN["checkout_id"].encode("gb18030").decode("utf-8", "surrogateescape")
    sent = tuple((k, raw if k == "checkout_id" else v) for k, v in form)
    assert why(Request("POST", query, sent, headers=FORM)) == ["encoding.charset"]


def test_a_json_body_is_no_form():
    """The members of a JSON body are read to see whether the signature fits."""
    _, form = Draft().sent()
    headers = (("Content-Type", "application/json"),)
    body = ((json.dumps(dict(form)), ""),)
    assert why(Request("POST", (), body, headers=headers)) == ["encoding.not_form"]
    form = dict(made(MISTAKES["invalid.v"][0], MISTAKES["sign.order"][0]).form)
    body = ((json.dumps(form), ""),)
    found = why(Request("POST", (), body, headers=headers))
    assert found == ["encoding.not_form", "invalid.v", "sign.order"]


def test_without_a_clock_no_timestamp_is_too_old():
    """Nothing is guessed about when a request was sent."""
    assert why(made(MISTAKES["timestamp.zone"][0]), clock=None) == []


def test_another_app_has_another_secret():
    """Of a signature by the secret of another app nothing is said."""
    request = made(MISTAKES["invalid.app_key"][0], MISTAKES["sign.secret"][0])
    assert why(request) == ["invalid.app_key"]


def test_the_signature_of_2015_is_not_named():
    """Without sign_method the secret may stand in front only: it is open, so nothing is said."""

    def old(draft):
        draft.form.pop("sign_method")
        draft.key = "front"

    assert why(made(old)) == []


@pytest.mark.parametrize("way", [way for _, way in WAYS], ids=[id_ for id_, _ in WAYS])
def test_nothing_secret_is_shown(way):
    """Neither the secret nor the session stands in any text, and no control character."""
    found = diagnose(made(way), KNOWN, NOON)
    for text in (found.to_sign, *(reason.text for reason in found.why)):
        assert SECRET not in text
        assert SESSION not in text
        assert text.isprintable()


VALUES = {
    "that are odd": " value+{} 😀%",
    "that are JSON": '{{"a": [1, "支付 {}"]}}',
    "that are long": "x" * 10_000 + "{}",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_all_pairs_over_thirty_parameters_are_some_ten_thousand(value, monkeypatch):
    """The work is bounded, whatever the values: in signatures, and in bytes that are signed."""
    made_of = []
    right = Recipe.signature

    def signature(recipe, secret):
        made_of.append(sum(len(name) + len(text) for name, text in recipe.pairs))
        return right(recipe, secret)

    monkeypatch.setattr(Recipe, "signature", signature)
    form = (*SENT.items(), *((f"name{n}", value.format(n)) for n in range(22)), ("sign", "A" * 32))
    (reason,) = diagnose(Request("POST", (), form, headers=FORM), KNOWN, NOON).why
    assert reason.id == "sign.secret"
    singles = len(mistakes(Request("POST", (), form), UNSENT)) + 1
    assert len(made_of) < 25_000
    assert sum(made_of[singles:]) < 120_000_000
    told = "not every pair" in reason.text
    assert told == (value == VALUES["that are long"])


def test_of_a_long_text_the_pairs_without_a_parameter_are_tried():
    """Those are tried first: what articles get wrong is named of any request that TOP takes."""
    form = {**SENT, **OWN, "long": "支付" * 2000}
    ways = (MISTAKES["sign.pairs_joined"][0], MISTAKES["sign.lower_case"][0])
    found = why(made(lambda draft: draft.form.update(form), *ways))
    assert {*found} == {"sign.lower_case", "sign.pairs_joined"}


JSON_TEXT = '{"name": "支付 788", "rows": [{"a": 1}, {"a": 2}]}'
RESPELLED = {
    "without blanks": json.dumps(json.loads(JSON_TEXT), ensure_ascii=False, separators=(",", ":")),
    "in ASCII": json.dumps(json.loads(JSON_TEXT), separators=(",", ":")),
    "in ASCII, with blanks": json.dumps(json.loads(JSON_TEXT)),
}


@pytest.mark.parametrize("signed", RESPELLED.values(), ids=RESPELLED)
@pytest.mark.parametrize("page", ["object_parameter", "list_of_objects_in_request"])
def test_an_object_that_was_written_twice(page, signed, tmp_path):
    """Of any method: one JSON text was signed and another sent, alone and with another mistake."""
    contract = workspace_of(page, tmp_path).contract
    known = Known.of(contract, SECRET, SENT["app_key"])
    name = next(f.name for f in contract.request.fields.values() if f.holds_members)
    sends = {"method": contract.method, name: JSON_TEXT}
    own = [lambda draft: draft.form.pop("checkout_id"), lambda draft: draft.form.update(sends)]
    assert why(made(*own), known) == []
    wrong = lambda draft: draft.late.append(lambda one: one.sign_instead(**{name: signed}))  # noqa: E731
    (reason,) = diagnose(made(*own, wrong), known, NOON).why
    assert reason.id == "sign.parameter_changed"
    assert f"{name}: its JSON" in reason.text
    both = made(*own, wrong, MISTAKES["sign.pairs_joined"][0])
    assert {*why(both, known)} == {"sign.parameter_changed", "sign.pairs_joined"}
    left_out = lambda draft: draft.late.append(lambda one: one.sign_instead(**{name: None}))  # noqa: E731
    assert why(made(*own, left_out), known) == ["sign.parameter_left_out"]


def test_the_docs_list_every_mistake():
    """Each id stands in the page about refusals, with its sentence."""
    page = (Path(__file__).parents[2] / "docs" / "refused.md").read_text("utf-8")
    for id_, sentence in MISTAKES_OF_REQUESTS.items():
        if not id_.startswith(("missing.", "invalid.")):
            assert f"\n- `{id_}`: {sentence}\n" in page


@pytest.mark.parametrize("name", ["v", "format", "method", "timestamp", "simplify", SECRET])
def test_a_secret_that_is_sent_is_not_shown(name):
    """Whoever sends it as a value, or as a name, is told what is wrong without it."""
    request = made(lambda draft: draft.form.update({name: SECRET}))
    found = diagnose(request, KNOWN, NOON)
    assert [text for text in (found.to_sign, *(r.text for r in found.why)) if SECRET in text] == []
    assert name == SECRET or found.why


SESSIONS = {
    "JSON": ((json.dumps({"session": SESSION, "v": "2.0"}), ""),),
    "JSON with blanks": ((json.dumps({"a": 1, "session": SESSION}, indent=2), ""),),
    "half a JSON": (('{"session": "' + SESSION + '", "v"', ""),),
    "JSON in a parameter": (("v", "2.0"), ("data", json.dumps({"session": SESSION}))),
    "XML": ((f"<request><session>{SESSION}</session></request>", ""),),
    "escaped twice": ((f"v=2.0&session={SESSION}&app_key=1", ""),),
    "twice": (("session", "another-session"), ("session", SESSION)),
    "twice, the other way": (("session", SESSION), ("session", "another-session")),
    "lines": ((f"v: 2.0\nsession: {SESSION}\n", ""),),
}


@pytest.mark.parametrize("form", SESSIONS.values(), ids=SESSIONS)
def test_a_session_is_shown_wherever_it_stands_by_nobody(form):
    """A body need not be a form for its session to be one."""
    headers = (("Content-Type", "application/json"),)
    found = diagnose(Request("POST", (), (*form, ("sign", "0" * 32)), headers=headers), KNOWN, NOON)
    told = (found.to_sign, *(reason.text for reason in found.why))
    assert [text for text in told if SESSION in text or "another-session" in text] == []
    assert "(secret)" in found.to_sign


ODD = (
    "9" * 400,
    "9" * 5000,
    "-" + "9" * 20,
    "\udc80",
    "\udcff\udcfe",
    "\0",
    "{",
    "[" * 3000,
    '{"a": 1e999}',
    '{"a": NaN}',
    '{"a": "\\ud800"}',
    "%zz",
    "\u0661\u0662",
    "\U0010ffff",
    "İ",
    "",
)


@pytest.mark.parametrize("name", ["checkout_id", "sign", "timestamp"])
@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_nothing_that_is_sent_is_too_odd(name, value):
    """Whatever stands in whichever parameter, in a form or in JSON, something is said of it."""
    sent = {"sign": "A" * 32, name: value}
    body = ((json.dumps(sent).replace("\\udc", "\\ud8"), ""),)
    for parameters in (tuple(sent.items()), body):
        found = diagnose(Request("POST", (), parameters, headers=FORM), Known(SECRET), NOON)
        assert found.to_sign.isprintable()
        assert found.why
