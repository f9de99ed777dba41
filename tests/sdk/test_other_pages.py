"""The gate of SDKs on pages of every shape, each driver in the process of its judge."""

import os
import re

import pytest

from tests import liars
from tests.in_process import in_process
from tests.other_pages import ODD, SHAPES, cases
from tests.page_liars import HONEST, LIARS
from tests.some_cases import some
from topcheck.contract.model import Severity
from topcheck.contract.sdk import PAGE_NEEDS, SDK_RULES
from topcheck.judge.ledger import BROKEN, HELD, NOT_OBSERVED
from topcheck.report.outcome import MAY_SHIP, SDK, Side, side_verdict
from topcheck.report.terminal import summary
from topcheck.sdk.driver import DriverError
from topcheck.sdk.gating import state_of
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.runner import gather, smoke

#: What no page can show that has no codes, and no dates.
_CODES = {"response.status", "response.unknown_code"}
_NUMBERS = {"response.zero", "response.big_integer"}
_TEXTS = {"response.member", "response.absent", "response.text", "response.date"}
_SUCCESS = {"response.not_success"}
_PARAMETERS = {"request.parameters", "request.big_integer", "request.encoding", "request.null",
               "request.unaltered"}  # fmt: skip
#: What a page has no case of, by its shape; all else is tried.
UNTRIED = {
    "flat": _CODES | _SUCCESS,
    "list_of_objects": _CODES | _SUCCESS | {"request.encoding", "response.date"},
    "list_of_objects_in_request": _SUCCESS | {"request.null", "response.date"},
    "list_of_texts": _CODES | {"response.date"},
    "no_parameters": _CODES | _SUCCESS | _NUMBERS | _PARAMETERS,
    "no_response_rows": _CODES
    | _SUCCESS
    | _NUMBERS
    | _TEXTS
    | {"request.encoding", "response.order"},
    "object_parameter": _CODES | _SUCCESS | {"response.date"},
    "price_date_map": _CODES | _SUCCESS | {"request.big_integer", "response.big_integer"},
    "three_levels": set(),
    "nothing at all": {clause.removeprefix("sdk.") for clause in PAGE_NEEDS},
    "lists in lists": _CODES | _SUCCESS | {"request.encoding", "request.null", "response.date"},
    "lists of every type": _CODES | _SUCCESS | {"request.big_integer", "response.big_integer"},
    "an object with lists": _CODES | _SUCCESS | _NUMBERS | {"response.date", "response.order"},
}
#: Drivers that know nothing of a page, and are wrong on those that have little.
ANYWHERE = {
    "StaleAnswer": "no_response_rows",
    "LateAnswer": "nothing at all",
    "NoEscapes": "nothing at all",
    "NoRequestId": "no_response_rows",
    "RootOnly": "nothing at all",
    "OtherFormat": "no_response_rows",
    "AllText": "flat",
    "LocalTime": "no_parameters",
    "NullAsWord": "price_date_map",
    "TrimmedText": "flat",
}


def gated(page, driver, chosen=lambda cases: cases):
    """Judge a driver's class on a page; return the state of each clause."""
    runtime, asked = in_process(lambda _sdk: driver()), chosen(cases(page))
    evidence = smoke(Sdk("driver", (), "."), asked, runtime)
    gather(evidence, asked, set(SDK_RULES), runtime)
    return [state_of(evidence, clause) for clause in SDK_RULES]


def broken(page, driver):
    """Return the clauses that a driver breaks on a page, in all cases of its own and some others.

    With ALL_PAGES in the environment, as `make pages` sets it, in all cases.
    """
    whole = "ALL_PAGES" in os.environ
    own = getattr(driver, "clauses", frozenset())
    found = gated(page, driver, lambda cases: cases if whole else some(cases, own))
    return {state.clause for state in found if state.state == BROKEN}


@pytest.mark.parametrize("page", [*SHAPES, *ODD])
def test_the_reference_may_ship_on_every_page(page):
    """It holds what the page can show; what it cannot is left out by name, and nothing else."""
    states = gated(page, liars.Reference)
    assert [state for state in states if state.state not in (HELD, NOT_OBSERVED)] == []
    untried = {state.clause: state.reason for state in states if state.state == NOT_OBSERVED}
    assert untried == {clause: f"this page has no {PAGE_NEEDS[clause]}" for clause in untried}
    if page in UNTRIED:
        assert {clause.removeprefix("sdk.") for clause in untried} == UNTRIED[page]
    assert side_verdict(states, Severity.VIOLATION) == MAY_SHIP


def test_what_is_left_out_is_told():
    """The counts of a run name each clause that the page has no case of, and why."""
    states = gated("no_parameters", liars.Reference)
    lines = list(summary(Side("topcheck", SDK, {}, MAY_SHIP, (), tuple(states))))
    assert lines[0] == "topcheck may ship: 47 held, 10 not observed"
    told = "\n".join(lines)
    assert "\n  1 not observed: this page has no parameter\n    sdk.request.parameters\n" in told
    untried = [one.clause for one in states if one.state == NOT_OBSERVED]
    assert sorted(re.findall(r"sdk\.[\w.]+", told)) == sorted(untried)
    numbers = [int(line.split()[0]) for line in lines[1:] if " not observed: " in line]
    assert sum(numbers) == len(untried) == 10


@pytest.mark.parametrize("name", LIARS)
def test_a_liar_is_convicted_under_its_clauses_and_no_other(name):
    """What it does wrong with what its page has breaks just the clauses that are about that."""
    assert broken(LIARS[name].page, LIARS[name]) == LIARS[name].clauses


@pytest.mark.parametrize("name", HONEST)
def test_who_is_right_in_an_uncommon_way_is_convicted_of_nothing(name):
    """Another legal form of a list or an object breaks nothing, and hides none of its texts."""
    states = gated(HONEST[name].page, HONEST[name])
    assert [state for state in states if state.state == BROKEN] == []
    texts = [state.state for state in states if state.clause == "sdk.response.text"]
    assert texts == [HELD]


@pytest.mark.parametrize("name", ANYWHERE)
def test_a_liar_is_convicted_on_a_page_that_has_little(name):
    """Who is wrong with any answer is so too where there is no text, no row and no parameter."""
    liar = liars.LIARS[name]
    assert broken(ANYWHERE[name], liar) == liar.clauses


def test_a_liar_says_what_it_does():
    """Each has one docstring of its own."""
    told = [driver.__doc__ for driver in (*LIARS.values(), *HONEST.values())]
    assert len(set(told)) == len(told)
    assert all(told)


# ------------------------------------------------------------------ drivers for another method


class Refuses(liars.Reference):
    """It knows the methods that it was built for."""

    def call(self, _message):
        return {"outcome": "failure", "kind": "client", "message": "unknown method"}


class RefusesByTheProtocol(liars.Reference):
    """It says so as a driver that does not work."""

    def call(self, _message):
        return {"ok": False, "message": "unknown method"}


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        (Refuses, "it sends nothing to the gateway that it is given: unknown method"),
        (RefusesByTheProtocol, "it refused a call: unknown method"),
    ],
)
def test_a_driver_for_another_method_is_one_line(driver, said):
    """It is not gated: the first call tells that it is for another method."""
    with pytest.raises(DriverError) as error:
        gated("flat", driver)
    assert str(error.value) == said


def test_a_method_that_is_only_misspelt_is_a_broken_clause():
    """Who writes the right method wrongly is judged, and breaks the clause about it."""

    class UpperCase(liars.Resigning):
        def edited(self, request, message):
            return request.edited(method=message["method"].upper())

    assert "sdk.request.envelope" in broken("flat", UpperCase)
