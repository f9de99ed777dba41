"""Why a clause was not observed at a gateway: what is said has it tried, in truth."""

import pytest

from tests.kill_matrix import CALLER, known_orders
from tests.virtual_wire import VirtualTime, VirtualWire
from tests.workspace import WORKSPACE
from topcheck.contract.model import Severity
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.orders import OrderBook, read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.judge.ledger import HELD, NOT_OBSERVED
from topcheck.live.evidence import judge_gateway
from topcheck.live.runner import Bounds
from topcheck.live.untried import why_untried

CONTRACT = WORKSPACE.contract
KNOWN = read_orders(known_orders(WORKSPACE.default_orders()), CONTRACT)


def asked(orders, told=None, **bounds):
    """Ask a right gateway; return the reason of each clause that was not observed, and the run."""
    time = VirtualTime()
    sandbox = Sandbox(CONTRACT, WORKSPACE.default_orders(), Settings(CALLER), time.now)
    wire = VirtualWire(sandbox, time)
    gateway = Gateway(CONTRACT, wire.send, orders, CALLER, "http://gateway.invalid", time.now)
    run = judge_gateway(gateway, WORKSPACE.judges, Bounds(**bounds), timing=time.timing, tell=told)
    side = run.side(Severity.VIOLATION, lambda _clause: True, lambda _clause: None)
    return {c.clause: c.reason for c in side.clauses if c.state == NOT_OBSERVED}, run


def test_each_reason_names_what_has_it_tried():
    """Without orders and a budget some are not observed; each says what to give, and that helps."""
    without, run = asked(OrderBook())
    orders = "give TOP_ORDERS with two orders or more"
    assert without == {
        "wire.http.latency": "give --latency-budget MS",
        "exchange.biz_order_id.echo": f"{orders}, and their states",
        "exchange.checkout_status.echo": f"{orders}, and their states",
        "exchange.biz_order_id.alone": orders,
        "exchange.checkout_id.alone": orders,
    }
    assert run.in_words("wire.http.latency") == "give --latency-budget MS"
    assert asked(KNOWN)[0] == {"wire.http.latency": "give --latency-budget MS"}
    found, run = asked(KNOWN, latency=5.0)
    assert found == {}
    assert {run.state(clause) for clause in without} == {HELD}
    assert run.in_words("wire.http.latency") == ""


def test_a_run_that_was_bounded_says_so():
    """What was not asked for any more is told by the option that allows it."""
    found, _ = asked(KNOWN, requests=100)
    assert found["exchange.biz_order_id.alone"] == (
        "100 requests were made (--max-requests); allow more with --max-requests"
    )
    assert found["wire.http.latency"] == "give --latency-budget MS"


@pytest.mark.parametrize("side", ["wire", "exchange", "response", "error_response"])
def test_what_a_gateway_may_not_show_has_a_reason(side):
    """Members of an answer, and all between exchanges but what must always be refused."""
    clauses = [clause for clause in CONTRACT.clauses if clause.side == side]
    without = {c.fact for c in clauses if why_untried(c, None) is None}
    if side == "exchange":
        assert without == {"refused"}
    elif side == "wire":
        assert "latency" not in without
    else:
        assert without == set()


def test_how_far_it_is_is_told_after_each_request():
    """Of how many is known once an order is found, and is what is then asked for."""
    told = []
    _, run = asked(KNOWN, told=lambda *how: told.append(how), latency=5.0)
    assert [done for done, _ in told] == list(range(1, run.count + 1))
    assert told[0][1] is None
    assert told[-1] == (run.count, run.count)
    _, run = asked(KNOWN, told=lambda *how: told.append(how), requests=100)
    assert told[-1] == (100, 100)
