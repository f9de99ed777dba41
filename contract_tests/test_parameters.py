"""Parameters in every combination, and errors of every shape, against the sandbox."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_tests.calls import call, call_form, order_of
from contract_tests.pairs import over_pairs
from topcheck.contract.protocol import CONTENT_TYPES
from topcheck.gateway.client import RequestOptions
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.recording import asked_by
from topcheck.generate import requests
from topcheck.generate.bodies import WRITERS
from topcheck.judge.evidence import Judged

FORMATS = ("json", "xml")
HOWS = st.builds(
    RequestOptions,
    format=st.sampled_from(FORMATS),
    sign_method=st.sampled_from(["md5", "hmac", "hmac-sha256"]),
    transport=st.sampled_from(["form", "get", "split", "multipart"]),
)


def _covering(workspace):
    return requests.covering(workspace.contract)


def _sayable(workspace):
    """Return the clauses of the request that a form can break."""
    return [c for c in workspace.clauses("request") if workspace.cases_of(c, "form")]


def _judged(judges, exchange):
    """Judge an exchange by what its own request asked: nothing about it is wrong."""
    asked = replace(exchange, expected=asked_by(exchange.request))
    read = Judged(asked, judges.exchanges.judge_body(asked))
    assert judges.exchanges.judge_read([read]).findings == ()
    return read.judgement


@pytest.mark.each("fmt", lambda _workspace: FORMATS)
@pytest.mark.each("parameters", _covering)
def test_every_combination_is_served(gateway, judges, parameters, fmt):
    """Every subset of the parameters, with every class of values, gets a conforming success."""
    exchange = gateway.call(parameters.values, RequestOptions(format=fmt))
    assert _judged(judges, exchange).side == "response"


def test_the_plan_meets_every_subset_and_class(contract):
    """By construction, no subset of the optional parameters and no class of values is left out.

    Where there are too many subsets for that, none, each alone, all but each and all are tried, and
    every class in the largest.
    """
    covering, subsets = list(requests.covering(contract)), list(requests.subsets(contract))
    met = {frozenset(parameters.values) for parameters in covering}
    assert met == {frozenset(field.name for field in subset) for subset in subsets}
    optional = contract.request.fields.keys() - {f.name for f in min(subsets, key=len)}
    every = len(subsets) == 2 ** len(optional)
    least = {0, 1, len(optional) - 1, len(optional)}
    assert every or {len(one) - len(min(subsets, key=len)) for one in subsets} == least
    for subset in subsets if every else [max(subsets, key=len)]:
        names = {field.name for field in subset}
        here = [p for p in covering if set(p.values) == names]
        for field in subset:
            kinds = {parameters.classes[field.name] for parameters in here}
            assert kinds == set(requests.classes_of(field))


def test_any_legal_request_is_served(contract, gateway, judges):
    """Whatever keeps the page is served, however it is signed and sent."""

    @settings(max_examples=60)
    @given(parameters=requests.drawn(contract), options=HOWS)
    def is_served(parameters, options):
        exchange = gateway.call(parameters.values, options)
        assert _judged(judges, exchange).side == "response"

    is_served()


@pytest.mark.evidence("sandbox")
@pytest.mark.each("clause", _sayable)
def test_the_sandbox_holds_the_request_clauses(workspace, gateway, judges, clause):
    """What keeps a clause of the request is served, what breaks it gets the page's own error."""
    for case in workspace.cases_of(clause, "form"):

        def served_and_refused(pair, name=case.name):
            kept = _judged(judges, call_form(gateway, pair.kept))
            broken = _judged(judges, call_form(gateway, pair.broken))
            assert (kept.side, broken.side) == ("response", "error_response"), name

        over_pairs(case, "form", served_and_refused)


@pytest.mark.evidence("sandbox")
@pytest.mark.each("clause", lambda workspace: workspace.clauses("error_response"))
@pytest.mark.each("fmt", lambda _workspace: FORMATS)
def test_errors_survive_the_wire(workspace, gateway, judges, clause, fmt):
    """An error of any shape reaches the judge as it was sent, and what breaks a clause is seen."""
    order = order_of(workspace, "31")

    def told(pair):
        for body, found in ((pair.kept, False), (pair.broken, True)):
            order.answers[:] = [ScriptedResponse(body=body)]
            exchange = call(gateway, order.ids, RequestOptions(format=fmt))
            judgement = judges.exchanges.judge_body(exchange)
            assert clause.id in judgement.tried
            assert (clause.id in judgement.clauses) == found

    with gateway.knowing(order):
        for case in workspace.cases_of(clause, fmt):
            over_pairs(case, fmt, told)


def test_errors_of_every_shape_conform(workspace, gateway, judges):
    """Code and msg with any of the optional members, in any order, are an error and no alarm."""
    order = order_of(workspace, "32")

    @settings(max_examples=40)
    @given(document=workspace.cases.kept("error_response"), fmt=st.sampled_from(FORMATS))
    def conforms(document, fmt):
        headers, body = {"Content-Type": CONTENT_TYPES[fmt]}, WRITERS[fmt](document)
        order.answers[:] = [ScriptedResponse(headers=headers, body=body)]
        exchange = gateway.call(order.ids, RequestOptions(format=fmt))
        assert _judged(judges, exchange).side == "error_response"

    with gateway.knowing(order):
        conforms()
