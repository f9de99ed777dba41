"""Parameters in every combination, and errors of every shape, against the sandbox."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_tests.pairs import over_pairs
from topcheck.gateway.client import RequestOptions
from topcheck.gateway.orders import Order, ScriptedResponse
from topcheck.generate import requests
from topcheck.wire.write import write_json, write_xml
from topcheck.workspace import workspace as load_workspace

CONTRACT = load_workspace().contract
COVERING = list(requests.covering(CONTRACT))
SAYABLE = [c for c in load_workspace().clauses("request") if load_workspace().cases_of(c, "form")]
FORMATS = ("json", "xml")
HOWS = st.builds(
    RequestOptions,
    format=st.sampled_from(FORMATS),
    sign_method=st.sampled_from(["md5", "hmac", "hmac-sha256"]),
    transport=st.sampled_from(["form", "get", "split", "multipart"]),
)


def _judged(judges, exchange, fmt):
    assert exchange.failure is None
    assert exchange.response.status == 200
    judgement = judges.response.judge(exchange.response.body, fmt)
    assert judgement.findings == ()
    return judgement


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("parameters", COVERING, ids=str)
def test_every_combination_is_served(gateway, judges, parameters, fmt):
    """Every subset of the parameters, with every class of values, gets a conforming success."""
    exchange = gateway.call(parameters.values, RequestOptions(format=fmt))
    assert _judged(judges, exchange, fmt).side == "response"


def test_the_plan_meets_every_subset_and_class():
    """By construction, no subset of the optional parameters and no class of values is left out."""
    met = {frozenset(parameters.values) for parameters in COVERING}
    assert met == {frozenset(f.name for f in subset) for subset in requests.subsets(CONTRACT)}
    for subset in requests.subsets(CONTRACT):
        names = {field.name for field in subset}
        here = [p for p in COVERING if set(p.values) == names]
        for field in subset:
            kinds = {parameters.classes[field.name] for parameters in here}
            assert kinds == set(requests.classes_of(field))


@settings(max_examples=60)
@given(parameters=requests.drawn(CONTRACT), options=HOWS)
def test_any_legal_request_is_served(gateway, judges, parameters, options):
    """Whatever keeps the page is served, however it is signed and sent."""
    exchange = gateway.call(parameters.values, options)
    assert _judged(judges, exchange, options.format).side == "response"


@pytest.mark.evidence("sandbox")
@pytest.mark.parametrize("clause", SAYABLE, ids=lambda clause: clause.id)
def test_the_sandbox_holds_the_request_clauses(workspace, gateway, judges, clause):
    """What keeps a clause of the request is served, what breaks it gets the page's own error."""
    for case in workspace.cases_of(clause, "form"):

        def served_and_refused(pair, name=case.name):
            kept = _judged(judges, gateway.call_form(pair.kept), "json")
            broken = _judged(judges, gateway.call_form(pair.broken), "json")
            assert (kept.side, broken.side) == ("response", "error_response"), name

        over_pairs(case, "form", served_and_refused)


@pytest.mark.evidence("sandbox")
@pytest.mark.parametrize(
    "clause", load_workspace().clauses("error_response"), ids=lambda clause: clause.id
)
@pytest.mark.parametrize("fmt", FORMATS)
def test_errors_survive_the_wire(workspace, gateway, judges, clause, fmt):
    """An error of any shape reaches the judge as it was sent, and what breaks a clause is seen."""
    order = Order({"biz_order_id": "31"}, [])

    def told(pair):
        for body, found in ((pair.kept, False), (pair.broken, True)):
            order.answers[:] = [ScriptedResponse(body=body)]
            exchange = gateway.call(order.ids, RequestOptions(format=fmt))
            judgement = judges.response.judge(exchange.response.body, fmt)
            assert (clause.id in judgement.clauses) == found

    with gateway.knowing(order):
        for case in workspace.cases_of(clause, fmt):
            over_pairs(case, fmt, told)


@settings(max_examples=40)
@given(data=st.data())
def test_errors_of_every_shape_conform(workspace, gateway, judges, data):
    """Code and msg with any of the optional members, in any order, are an error and no alarm."""
    document = data.draw(workspace.cases.kept("error_response"))
    fmt = data.draw(st.sampled_from(FORMATS))
    body = write_json(document) if fmt == "json" else write_xml(document)
    order = Order({"biz_order_id": "32"}, [ScriptedResponse(body=body)])
    with gateway.knowing(order):
        exchange = gateway.call(order.ids, RequestOptions(format=fmt))
    assert _judged(judges, exchange, fmt).side == "error_response"
