"""What no single answer can show: echo, parity, polls and refusals, against the sandbox."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from topcheck.contract.protocol import REFUSED_PARAMETERS
from topcheck.gateway.client import RequestOptions
from topcheck.gateway.orders import Order
from contract_tests.order_machine import order_machine
from topcheck.judge.exchanges import Read
from topcheck.live.plan import states_of
from topcheck.workspace import workspace as load_workspace

pytestmark = pytest.mark.evidence("sandbox")

SUITE = load_workspace()
CLAUSES = {clause.id: clause for clause in SUITE.clauses("exchange")}
FORMATS = ("json", "xml")


def _of(*facts):
    return [clause for clause in CLAUSES.values() if clause.fact in facts]


@pytest.fixture(scope="session")
def polls(gateway, judges):
    """Every known order, read as JSON, as XML and as JSON again: gathered once."""
    found = []
    for order in list(gateway.orders.orders):
        stated, reads = states_of(SUITE.contract, order), []
        for fmt in ("json", "xml", "json"):
            body = gateway.call(order.ids, RequestOptions(format=fmt)).response.body
            assert judges.response.judge(body, fmt).side == "response"
            reads.append(Read(order.ids, fmt, body, stated=stated))
        found.append(reads)
    assert any(read.stated for reads in found for read in reads)
    return found


@pytest.fixture(scope="session")
def refusals(gateway):
    """Requests with one of the platform's parameters missing or wrong: gathered once."""
    found = {}
    for name in REFUSED_PARAMETERS:
        for fmt in FORMATS:
            for value in (None, "0" * 32):
                exchange = gateway.call_wrong(name, value, RequestOptions(format=fmt))
                read = Read({}, fmt, exchange.response.body, wrong=name)
                found.setdefault(name, []).append(read)
    return found


@pytest.mark.parametrize("clause", _of("echo", "exact", "parity", "accumulates", "terminal"),
                         ids=lambda clause: clause.id)  # fmt: skip
def test_the_reads_of_an_order_tell_one_story(judges, polls, clause):
    """Read as JSON, XML and JSON again, no known order breaks the clause."""
    for reads in polls:
        assert clause.id not in judges.exchanges.judge(reads).clauses


@pytest.mark.parametrize("clause", _of("required"), ids=lambda clause: clause.id)
def test_an_optional_parameter_may_be_left_out(judges, gateway, clause):
    """A known order is found without this parameter, by the others."""
    name = clause.id.split(".")[1]
    for order in list(gateway.orders.orders):
        rest = {key: value for key, value in order.ids.items() if key != name}
        for fmt in FORMATS:
            exchange = gateway.call(rest, RequestOptions(format=fmt))
            read = Read(rest, fmt, exchange.response.body, right=clause.id)
            assert judges.exchanges.judge([read]).clauses == set()
            assert judges.response.judge(read.body, fmt).side == "response"


@pytest.mark.parametrize("clause", _of("refused"), ids=lambda clause: clause.id)
def test_what_is_not_in_order_is_refused(judges, refusals, clause):
    """A request with this parameter missing or wrong gets an error that keeps the contract."""
    for read in refusals[clause.id.split(".")[1]]:
        assert clause.id not in judges.exchanges.judge([read]).clauses
        judgement = judges.response.judge(read.body, read.fmt)
        assert (judgement.side, judgement.findings) == ("error_response", ())


@pytest.mark.parametrize("clause", _of("terminal"), ids=lambda clause: clause.id)
def test_an_order_that_is_paid_failed_or_cancelled(workspace, judges, gateway, clause):
    """Whatever happens to an order between reads, its reads tell one story."""
    flow = next(f for f in workspace.flows if f.path.endswith(f".{clause.id.split('.')[1]}"))
    order = Order({"biz_order_id": "41", "checkout_id": "41"}, [{}])

    def start():
        order.answers[:] = [{**workspace.model, "checkout_id": "41"}]

        def read(fmt):
            exchange = gateway.call(order.ids, RequestOptions(format=fmt))
            return Read(order.ids, fmt, exchange.response.body)

        return read, order.change

    machine = order_machine(flow, judges.exchanges, start)
    bounds = settings(max_examples=25, stateful_step_count=12)
    with gateway.knowing(order):
        run_state_machine_as_test(machine, settings=bounds)
