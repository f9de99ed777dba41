"""What no single answer can show: echo, parity, polls and refusals, against the sandbox."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from contract_tests.calls import call, change, order_of
from contract_tests.order_machine import order_machine
from topcheck.contract.protocol import REFUSAL_CLASSES, REFUSED_PARAMETERS
from topcheck.gateway.client import RequestOptions
from topcheck.gateway.orders import leaves_of
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
    contract, long = workspace.contract, order_of(workspace, LONG_ID)
    texts = [at for at, field in leaves_of(contract).items() if field in contract.unasked_texts]
    change(long, dict.fromkeys(texts, LONG_ID))
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
                codes = REFUSAL_CLASSES[name]
                expected = ask({}, options, refused=name, codes=codes).expected
                exchange = gateway.call_wrong(name, value, options)
                found.setdefault(name, []).append(replace(exchange, expected=expected))
    return found


def _asked_alone(workspace):
    """Return the clauses that show only where an id is left out."""
    found = _of("required", "alone", "echo")(workspace)
    return [c for c in found if c.fact != "echo" or c.path in workspace.contract.unrepeated]


def _polled_clauses(workspace):
    """Return those of the reads of an order that show by all its ids."""
    found = _of("echo", "exact", "parity", "accumulates", "terminal")(workspace)
    return [clause for clause in found if clause not in _asked_alone(workspace)]


@pytest.mark.each("clause", _polled_clauses)
def test_the_reads_of_an_order_tell_one_story(evidence, clause):
    """Read as JSON, XML and JSON again, no order breaks the clause, and some order tries it."""
    assert not [one.findings for one in evidence if clause.id in one.clauses]
    assert any(clause.id in one.tried for one in evidence)


@pytest.fixture(scope="session")
def left_out(workspace, gateway):
    """Every known order, asked for without one of its ids in both formats: gathered once."""
    orders = [order.ids for order in gateway.orders.orders]
    found = []
    for ids in orders:
        for clause in _of("required")(workspace):
            rest = {name: value for name, value in ids.items() if name != clause.path}
            what = {"ids": ids, "accepted": clause.id, "found": True, "orders": orders}
            found.append([call(gateway, rest, RequestOptions(fmt), **what) for fmt in FORMATS])
    return found


@pytest.mark.each("clause", _asked_alone)
def test_an_optional_parameter_may_be_left_out(judges, gateway, left_out, clause):
    """A known order is found by each of its ids alone, and no other is told."""
    evidence = [judges.exchanges.judge(reads) for reads in left_out]
    assert not [one.findings for one in evidence if clause.id in one.clauses]
    assert sum(clause.id in one.tried for one in evidence) == len(gateway.orders.orders)


@pytest.mark.each("clause", _of("refused"))
def test_what_is_not_in_order_is_refused(judges, refusals, clause):
    """A request with this parameter missing or wrong gets an error that keeps the contract."""
    for exchange in refusals[clause.path]:
        evidence = judges.exchanges.judge([exchange])
        assert evidence.findings == ()
        assert clause.id in evidence.tried
        assert judges.exchanges.judge_body(exchange).side == "error_response"


def _of_refusals(workspace):
    return [clause for clause in workspace.clauses("wire") if clause.path == "refusal"]


@pytest.mark.each("clause", _of_refusals)
def test_a_refusal_says_what_was_wrong(judges, gateway, refusals, clause):
    """Its code is of the class of what was wrong, an unknown format among it."""
    what = {"refused": "format", "codes": REFUSAL_CLASSES["format"]}
    expected = replace(ask({}, **what).expected, format=None)
    exchange = replace(gateway.call_wrong("format", "yaml", RequestOptions()), expected=expected)
    evidence = judges.exchanges.judge(
        [exchange, *(one for found in refusals.values() for one in found)]
    )
    assert evidence.findings == ()
    assert clause.id in evidence.tried


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
