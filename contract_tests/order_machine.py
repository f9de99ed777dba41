"""A state machine over one order: it is paid, failed or cancelled between reads in both formats.

It judges all reads after each step, so a broken clause shrinks to the shortest sequence that shows
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from topcheck.contract.inferred import Flow
from topcheck.judge.exchanges import ExchangeJudge, Read

#: Reads the order in a format: what was asked, and the body that came back.
ReadOrder = Callable[[str], Read]
#: Moves the order on: members of its model, None for one that goes.
ChangeOrder = Callable[..., None]

PRICE = 1000
PAID_AT = "2018-01-02 12:00:00"


def order_machine(
    flow: Flow,
    judge: ExchangeJudge,
    start: Callable[[], tuple[ReadOrder, ChangeOrder]],
) -> type[RuleBasedStateMachine]:
    """Make the machine. `start` opens a fresh order for each run; `flow` names its states.

    The first final state is the one that full payment leads to.
    """
    status = flow.path.rpartition(".")[2]
    initial, paying, ended = flow.stages[0][0], flow.stages[1][0], flow.stages[-1]

    class OrderMachine(RuleBasedStateMachine):
        """One order; `reads` is all that was told of it."""

        @initialize()
        def open(self) -> None:
            self.read_order, self.change_order = start()
            self.state, self.paid = initial, 0
            self.reads: list[Read] = []
            self.change_order(**{status: initial, "paid_fee": 0, "paid_time": None})

        def _move(self, state: str, paid: int, **members: Any) -> None:
            self.state, self.paid = state, paid
            self.change_order(**{status: state, "paid_fee": paid, **members})

        @rule()
        def read_as_json(self) -> None:
            self.reads.append(self.read_order("json"))

        @rule()
        def read_as_xml(self) -> None:
            self.reads.append(self.read_order("xml"))

        @precondition(lambda self: self.state not in ended and self.paid < PRICE - 1)
        @rule(data=st.data())
        def pay_a_part(self, data: st.DataObject) -> None:
            part = data.draw(st.integers(1, PRICE - 1 - self.paid), label="part")
            self._move(paying, self.paid + part)

        @precondition(lambda self: self.state not in ended)
        @rule()
        def pay_the_rest(self) -> None:
            self._move(ended[0], PRICE, paid_time=PAID_AT)

        @precondition(lambda self: self.state not in ended)
        @rule(state=st.sampled_from(ended[1:]))
        def end_otherwise(self, state: str) -> None:
            self._move(state, self.paid)

        @invariant()
        def the_reads_tell_one_story(self) -> None:
            broken = judge.judge(getattr(self, "reads", [])).findings
            told = [(f.clause.id, f.path, f.expected, f.actual) for f in broken]
            assert not told, told  # noqa: S101 - the machine is a test

    return OrderMachine
