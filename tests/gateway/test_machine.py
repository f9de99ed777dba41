"""The state machine convicts a faulty order book, each fault under its clause, in few steps."""

import datetime
import re
from functools import partial

import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from contract_tests.calls import change, order_of
from contract_tests.order_machine import order_machine
from tests.workspace import WORKSPACE
from topcheck.gateway.client import Credentials, RequestOptions, prepare
from topcheck.gateway.orders import Order, OrderBook
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.live.probe import ask
from topcheck.wire.exchange import Exchange

MINE = Credentials("key", "secret")
NOON = datetime.datetime(2026, 1, 2, 4, 0, 0, tzinfo=datetime.UTC)
ORDER = order_of(WORKSPACE, "41")


class Faulty(Order):
    """An order whose book tells of it what `fault` makes of the truth."""

    fault = None
    fmt = "json"
    last = None

    def read(self):
        """Answer with the fault in it, and remember what was told before."""
        told = self.fault(dict(super().read()), self.fmt, self.last)
        self.last = told
        return told


def wrong_echo(members, _written, _last):
    """Tell of another payment slip."""
    return {**members, "checkout_id": "42"}


def other_in_xml(members, fmt, _last):
    """Tell XML readers another number."""
    return {**members, "out_biz_id": "901"} if fmt == "xml" else members


def shrinking_fee(members, _written, last):
    """Lose a fen at each read once something is paid."""
    if last and last["paid_fee"] > 0:
        return {**members, "paid_fee": last["paid_fee"] - 1}
    return members


def left_the_end(members, _written, last):
    """Go back to the beginning after the end."""
    ended = WORKSPACE.flows[0].stages[-1]
    if last and last["checkout_status"] in ended:
        return {**members, "checkout_status": "PROCESSING"}
    return members


STEPS = ("read_as_json", "read_as_xml", "pay_a_part", "pay_the_rest", "end_otherwise")
FAULTS = {
    "exchange.checkout_id.echo": (wrong_echo, 1),
    "exchange.parity": (other_in_xml, 3),
    "exchange.paid_fee.accumulates": (shrinking_fee, 3),
    "exchange.checkout_status.terminal": (left_the_end, 3),
}


def run(fault):
    """Run the machine on a sandbox whose one order has a fault."""
    order = Faulty(ORDER.ids, [])
    order.fault = fault
    sandbox = Sandbox(WORKSPACE.contract, OrderBook([order]), Settings(MINE), lambda: NOON)

    def start():
        order.answers[:] = ORDER.answers
        order.last = None

        def read(fmt):
            order.fmt = fmt
            options = RequestOptions(format=fmt)
            request = prepare(WORKSPACE.contract.method, order.ids, MINE, lambda: NOON, options)
            expected = ask(order.ids, options).expected
            return Exchange(request, sandbox.answer(request), NOON, 0.1, expected=expected)

        return read, partial(change, order)

    judge, flow = WORKSPACE.judges.exchanges, WORKSPACE.flows[0]
    machine = order_machine(WORKSPACE.contract, flow, judge, start)
    bounds = settings(max_examples=100, stateful_step_count=12, database=None, deadline=None,
                      phases=[Phase.generate, Phase.shrink])  # fmt: skip
    seed(0)(machine)
    run_state_machine_as_test(machine, settings=bounds)


def test_a_faultless_book_passes():
    """Without a fault the machine finds nothing."""
    run(lambda members, _written, _last: members)


@pytest.mark.parametrize(("clause", "fault", "reads"), [(c, *f) for c, f in FAULTS.items()],
                         ids=FAULTS)  # fmt: skip
def test_a_fault_is_convicted_by_a_minimal_sequence(clause, fault, reads):
    """The clause is named, and the sequence that shows it has no read too many."""
    with pytest.raises(AssertionError) as failure:
        run(fault)
    assert clause in str(failure.value)
    told = "\n".join(failure.value.__notes__)
    steps = [step for step in re.findall(r"state\.(\w+)\(", told) if step in STEPS]
    assert sum(step.startswith("read") for step in steps) <= reads
    assert len(steps) <= reads + 1
