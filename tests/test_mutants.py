"""Mutants: how they are made and judged, and which must be convicted, under which clause."""

import re

import pytest

from tests.mutant_matrix import (
    CONVICTED,
    DRIVER,
    GATEWAY,
    PAGE,
    ROOT,
    SURVIVES,
    UNDECIDED,
    UNLOADED,
    all_mutants,
    faults,
    judged,
    listed,
    reasons,
)
from tests.mutants import mutants

#: What a gateway or a driver does, what is changed for it, and the clauses that convict it.
NAMED = {
    "answers every number with the first order": (
        GATEWAY, "biz in (None, number)", "True", "exchange.biz_order_id.echo"),
    "answers every number alone with the last order": (
        GATEWAY, "biz in (None, number)", "(biz in (None, number) if checkout else number > 9)",
        "exchange.biz_order_id.echo"),
    "finds no order by its number alone": (
        GATEWAY, 'checkout in (None, model["checkout_id"])', 'checkout == model["checkout_id"]',
        "exchange.biz_order_id.alone"),
    "finds no order by its slip alone": (
        GATEWAY, "biz in (None, number)", "biz == number", "exchange.checkout_id.alone"),
    "finds no order by its number, nor by both": (
        GATEWAY, "biz in (None, number)", "biz is None", "exchange.biz_order_id.alone"),
    "finds no order by its slip, nor by both": (
        GATEWAY, 'checkout in (None, model["checkout_id"])', "checkout is None",
        "exchange.checkout_id.alone"),
    "finds one order by its slip only": (
        GATEWAY, "biz in (None, number)", "biz in (None, number if number != 6 else 7)",
        "exchange.biz_order_id.alone", "exchange.checkout_status.echo"),
    "refuses a wrong signature with 26": (GATEWAY, "(25,", "(26,", "wire.refusal.code"),
    "refuses a missing signature with 26": (GATEWAY, "(24,", "(26,", "wire.refusal.code"),
    "refuses an unknown key with 30": (GATEWAY, "(29,", "(30,", "wire.refusal.code"),
    "refuses a missing key with 27": (GATEWAY, "(28,", "(27,", "wire.refusal.code"),
    "refuses a stale timestamp with 32": (GATEWAY, "(31,", "(32,", "wire.refusal.code"),
    "refuses a missing timestamp with 40": (GATEWAY, "(30,", "(40,", "wire.refusal.code"),
    "refuses a wrong method with 23": (GATEWAY, "(22,", "(23,", "wire.refusal.code"),
    "refuses a missing method with 28": (GATEWAY, "(21,", "(28,", "wire.refusal.code"),
    "refuses a version with 35": (GATEWAY, "(34,", "(35,", "wire.refusal.code"),
    "refuses a missing version with 31": (GATEWAY, "(32,", "(31,", "wire.refusal.code"),
    "refuses a format with 25": (GATEWAY, "(23,", "(25,", "wire.refusal.code"),
    "answers format=yaml as XML": (GATEWAY, "value in TYPES", "True", "wire.refusal.format"),
    "fails at a date that there is not": (
        GATEWAY, "(TypeError, ValueError)", "TypeError",
        "wire.body.syntax", "wire.http.content_type", "wire.http.server_error"),
    "rounds numbers": (
        DRIVER, '{"$int": node.text} if', '{"$int": str(int(float(node.text)))} if',
        "sdk.response.big_integer"),
}  # fmt: skip
#: What changes nothing that anybody could mind.
LEGAL = {
    "another code of the class": (GATEWAY, "(25,", "(24,"),
    "33 for a version": (GATEWAY, "(34,", "(33,"),
    "other words": (GATEWAY, "Invalid Signature", "invalid-signature"),
    "no sub_code": (GATEWAY, '{"sub_code": sub_code, "sub_msg": sub_message}', "{}"),
    "no id of TOP": (GATEWAY, '{"request_id": secrets.token_hex(6)}', "{}"),
    "escapes in JSON": (GATEWAY, "ensure_ascii=False", "ensure_ascii=True"),
    "little said of what is not found": (
        GATEWAY, 'return result(500, "ORDER_NOT_FOUND", "订单不存在")',
        'return {"success": False}'),
    "another message of a failure": (DRIVER, 'f"HTTP {response.status}: {words}"', '"?"'),
}  # fmt: skip


def changed(path, old, new):
    """Judge a source with one text replaced."""
    source = (ROOT / path).read_text("utf-8")
    assert source.count(old) == 1
    return judged(path, source.replace(old, new))


@pytest.mark.parametrize("path", [GATEWAY, DRIVER])
def test_what_is_not_changed_conforms(path):
    """Nothing is found wrong with who does nothing wrong."""
    found = judged(path, (ROOT / path).read_text("utf-8"))
    assert (found.word, found.why) == (SURVIVES, ())


@pytest.mark.parametrize("name", NAMED)
def test_a_mutant_is_convicted_under_its_clause_and_no_other(name):
    """What a user would mind has a clause, and breaks no other."""
    *change, clauses = *NAMED[name][:3], NAMED[name][3:]
    found = changed(*change)
    assert (found.word, found.why) == (CONVICTED, clauses)


@pytest.mark.parametrize("name", LEGAL)
def test_a_mutant_that_is_legal_survives(name):
    """What nobody could mind is not found fault with."""
    found = changed(*LEGAL[name])
    assert (found.word, found.why) == (SURVIVES, ())


def test_what_never_succeeds_is_undecided_and_what_does_not_start_is_told():
    """Neither is taken for a conviction, nor for a survivor."""
    assert changed(GATEWAY, "value == key", "False").word == UNDECIDED
    assert changed(GATEWAY, "GMT8 = ", "GMT8 = nothing.").word == UNLOADED


SMALL = '''
"""A docstring."""

def small(a: int = 1, *, b="x"):
    """Another."""
    if a < 1 and not b:
        return [a, b][1:]
    return {"a": a + 2}

def left(): return 1
'''


def test_every_kind_of_place_is_changed_once_at_a_time():
    """Comparisons, conditions, constants, operators, operands, elements, slices and statements."""
    made = list(mutants(SMALL, frozenset({"left"})))
    names = [mutant.name.removeprefix("small: ") for mutant in made]
    assert {"a < 1 and (not b) => a < 1 or not b", "a < 1 and (not b) => a <= 1 and (not b)",
            "a < 1 and (not b) => a < 1 and b", "a < 1 and (not b) => not b", "1 => 2",
            "return [a, b][1:] => return [a, b][:]", "return [a, b][1:] => return [b][1:]",
            "return {'a': a + 2} => return {'a': a - 2}", "return {'a': a + 2} => return {}",
            "return {'a': a + 2} => pass"} <= set(names)  # fmt: skip
    assert len(set(names)) == len(names)
    assert len({mutant.source for mutant in made}) == len(made)
    assert not any("left" in name or "docstring" in name for name in names)
    assert [mutant.source for mutant in mutants(SMALL, frozenset({"left"}))] == [
        mutant.source for mutant in made
    ]


def test_a_survivor_without_a_reason_and_a_reason_without_a_survivor_are_faults():
    """Both are named, by source and change."""
    survives = judged(GATEWAY, (ROOT / GATEWAY).read_text("utf-8"))
    known = {("there", "gone"): ("legal", "why"), ("there", "bare"): ("legal", "")}
    found = {("here", "lives"): survives, ("there", "bare"): survives}
    told = " | ".join(faults(found, known))
    assert [name for name in ("lives", "gone", "bare") if told.count(name) == 1] == [
        "lives", "gone", "bare"]  # fmt: skip
    assert list(faults({("there", "x"): survives}, {("there", "x"): ("legal", "why")})) == []


def test_the_docs_list_every_survivor_with_its_reason():
    """The page is that of the mutants and reasons that there are: `make mutants` writes it."""
    every, known = all_mutants(), reasons()
    text = PAGE.read_text("utf-8")
    assert known.keys() <= every.keys()
    told = {listed(key[1], every[key].line, *reason) for key, reason in known.items()}
    assert set(re.findall(r"^- line .*\n.*$", text, re.M)) == told
    assert sum(path == GATEWAY for path, _ in every) >= 250
    assert sum(path == DRIVER for path, _ in every) >= 150
