"""Parameters in every combination, and errors of every shape, against the sandbox."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_tests.pairs import over_pairs
from topcheck.gateway.client import How
from topcheck.gateway.orders import Order, Raw
from topcheck.generate import requests
from topcheck.wire.write import write_json, write_xml
from topcheck.workspace import suite as load_suite

CONTRACT = load_suite().contract
COVERING = list(requests.covering(CONTRACT))
SAYABLE = [c for c in load_suite().clauses("request") if load_suite().cases_of(c, "form")]
FORMATS = ("json", "xml")
HOWS = st.builds(
    How,
    format=st.sampled_from(FORMATS),
    sign_method=st.sampled_from(["md5", "hmac", "hmac-sha256"]),
    transport=st.sampled_from(["form", "get", "split", "multipart"]),
)


def _judged(judges, exchange, written):
    assert exchange.failure is None
    assert exchange.response.status == 200
    judgement = judges.response.judge(exchange.response.body, written)
    assert judgement.findings == ()
    return judgement


@pytest.mark.parametrize("written", FORMATS)
@pytest.mark.parametrize("parameters", COVERING, ids=str)
def test_every_combination_is_served(gateway, judges, parameters, written):
    """Every subset of the parameters, with every class of values, gets a conforming success."""
    exchange = gateway.call(parameters.values, How(format=written))
    assert _judged(judges, exchange, written).side == "response"


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
@given(parameters=requests.drawn(CONTRACT), how=HOWS)
def test_any_legal_request_is_served(gateway, judges, parameters, how):
    """Whatever keeps the page is served, however it is signed and sent."""
    exchange = gateway.call(parameters.values, how)
    assert _judged(judges, exchange, how.format).side == "response"


@pytest.mark.evidence("sandbox")
@pytest.mark.parametrize("clause", SAYABLE, ids=lambda clause: clause.id)
def test_the_sandbox_holds_the_request_clauses(suite, gateway, judges, clause):
    """What keeps a clause of the request is served, what breaks it gets the page's own error."""
    for case in suite.cases_of(clause, "form"):

        def served_and_refused(pair, name=case.name):
            kept = _judged(judges, gateway.call_form(pair.kept), "json")
            broken = _judged(judges, gateway.call_form(pair.broken), "json")
            assert (kept.side, broken.side) == ("response", "error_response"), name

        over_pairs(case, "form", served_and_refused)


@pytest.mark.evidence("sandbox")
@pytest.mark.parametrize(
    "clause", load_suite().clauses("error_response"), ids=lambda clause: clause.id
)
@pytest.mark.parametrize("written", FORMATS)
def test_errors_survive_the_wire(suite, gateway, judges, clause, written):
    """An error of any shape reaches the judge as it was sent, and what breaks a clause is seen."""
    order = Order({"biz_order_id": "31"}, [])

    def told(pair):
        for body, found in ((pair.kept, False), (pair.broken, True)):
            order.answers[:] = [Raw(body=body)]
            exchange = gateway.call(order.ids, How(format=written))
            judgement = judges.response.judge(exchange.response.body, written)
            assert (clause.id in judgement.clauses) == found

    with gateway.knowing(order):
        for case in suite.cases_of(clause, written):
            over_pairs(case, written, told)


@settings(max_examples=40)
@given(data=st.data())
def test_errors_of_every_shape_conform(suite, gateway, judges, data):
    """Code and msg with any of the optional members, in any order, are an error and no alarm."""
    document = data.draw(suite.cases.kept("error_response"))
    written = data.draw(st.sampled_from(FORMATS))
    body = write_json(document) if written == "json" else write_xml(document)
    order = Order({"biz_order_id": "32"}, [Raw(body=body)])
    with gateway.knowing(order):
        exchange = gateway.call(order.ids, How(format=written))
    assert _judged(judges, exchange, written).side == "error_response"
