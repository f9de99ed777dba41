"""What no single answer can show: echo, parity, polls and refusals, against the sandbox."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from contract_tests.calls import call, change, order_of
from contract_tests.order_machine import order_machine
from topcheck.contract.protocol import REFUSED_PARAMETERS
from topcheck.gateway.client import RequestOptions
from topcheck.live.plan import states_of
from topcheck.live.probe import ask

pytestmark = pytest.mark.evidence("sandbox")

FORMATS = ("json", "xml")
#: No floating-point number holds it, and no other order has it.
LONG_ID = str(2**53 + 3)


def _of(*facts):
    """Return a function that gives the clauses across exchanges that are of some facts."""

    def of(workspace):
        return [clause for clause in workspace.clauses("exchange") if clause.fact in facts]

    return of


@pytest.fixture(scope="session")
def polls(workspace, gateway):
    """Every known order, read as JSON, as XML and as JSON again: gathered once.

    One more has a long id in all its texts, so that an id without a member of its own is told too.
    """
    long = order_of(workspace, LONG_ID)
    texts = {field.name for field in workspace.contract.unasked_texts}
    change(long, **dict.fromkeys(texts & workspace.model.keys(), LONG_ID))
    with gateway.knowing(long):
        return [_polled(workspace, gateway, order) for order in list(gateway.orders.orders)]


def _polled(workspace, gateway, order):
    stated = states_of(workspace.contract, order)
    options = map(RequestOptions, ("json", "xml", "json"))
    return [call(gateway, order.ids, one, stated=stated) for one in options]


@pytest.fixture(scope="session")
def evidence(judges, polls):
    """What the reads of each order show, all of which are successes."""
    sides = {judges.exchanges.judge_body(one).side for reads in polls for one in reads}
    assert sides == {"response"}
    return [judges.exchanges.judge(reads) for reads in polls]


@pytest.fixture(scope="session")
def refusals(gateway):
    """Requests with one of the platform's parameters missing or wrong: gathered once."""
    found = {}
    for name in REFUSED_PARAMETERS:
        for fmt in FORMATS:
            for value in (None, "0" * 32):
                options = RequestOptions(format=fmt)
                expected = ask({}, options, refused=name).expected
                exchange = gateway.call_wrong(name, value, options)
                found.setdefault(name, []).append(replace(exchange, expected=expected))
    return found


@pytest.mark.each("clause", _of("echo", "exact", "parity", "accumulates", "terminal"))
def test_the_reads_of_an_order_tell_one_story(evidence, clause):
    """Read as JSON, XML and JSON again, no order breaks the clause, and some order tries it."""
    assert not [one.findings for one in evidence if clause.id in one.clauses]
    assert any(clause.id in one.tried for one in evidence)


@pytest.mark.each("clause", _of("required"))
def test_an_optional_parameter_may_be_left_out(judges, gateway, clause):
    """A known order is found without this parameter, by the others."""
    for order in list(gateway.orders.orders):
        rest = {name: value for name, value in order.ids.items() if name != clause.path}
        for fmt in FORMATS:
            what = {"ids": order.ids, "accepted": clause.id}
            exchange = call(gateway, rest, RequestOptions(format=fmt), **what)
            evidence = judges.exchanges.judge([exchange])
            assert evidence.findings == ()
            assert clause.id in evidence.tried


@pytest.mark.each("clause", _of("refused"))
def test_what_is_not_in_order_is_refused(judges, refusals, clause):
    """A request with this parameter missing or wrong gets an error that keeps the contract."""
    for exchange in refusals[clause.path]:
        evidence = judges.exchanges.judge([exchange])
        assert evidence.findings == ()
        assert clause.id in evidence.tried
        assert judges.exchanges.judge_body(exchange).side == "error_response"


@pytest.mark.each("clause", _of("terminal"))
def test_an_order_that_is_paid_failed_or_cancelled(workspace, judges, gateway, clause):
    """Whatever happens to an order between reads, its reads tell one story."""
    flow = next(flow for flow in workspace.flows if flow.path == clause.path)
    order = order_of(workspace, "41")
    answers = list(order.answers)

    def start():
        order.answers[:] = answers
        return lambda fmt: call(gateway, order.ids, RequestOptions(format=fmt)), partial(
            change, order
        )

    machine = order_machine(workspace.contract, flow, judges.exchanges, start)
    bounds = settings(max_examples=25, stateful_step_count=12)
    with gateway.knowing(order):
        run_state_machine_as_test(machine, settings=bounds)
