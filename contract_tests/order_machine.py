"""A state machine over one order: it is paid, failed or cancelled between reads in both formats.

It judges all reads after each step, so a broken clause shrinks to the shortest sequence that shows
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow
from topcheck.gateway.orders import leaves_of
from topcheck.generate.requests import classes_of
from topcheck.judge.evidence import Judged
from topcheck.judge.exchanges import ExchangeJudge
from topcheck.wire.exchange import Exchange

#: Reads the order in a format: what was asked, and what came back.
ReadOrder = Callable[[str], Exchange]
#: Moves the order on: what it tells, by paths from its model on, None for what goes.
ChangeOrder = Callable[[Mapping[str, Any]], None]

PRICE = 1000


@dataclass(frozen=True, slots=True)
class OrderMembers:
    """What tells of an order's course: the leaves of its model, as far as the page has them.

    `moments` are those that say when the order was paid, each with what it says then.
    """

    state: str
    amounts: Mapping[str, Field]
    moments: Mapping[str, str]

    @classmethod
    def of(cls, contract: Contract, flow: Flow) -> OrderMembers:
        """Read them off a contract, for the order whose states a flow names."""
        leaves = leaves_of(contract).items()
        return cls(
            next(place for place, field in leaves if field.path == flow.path),
            {place: field for place, field in leaves if field.path in contract.accumulated},
            {
                place: next(iter(classes_of(field).values()))
                for place, field in leaves
                if field.format and field.path not in contract.echoes
            },
        )

    def told(self, state: str, paid: int) -> dict[str, Any]:
        """Return what is told of a state and of what was paid till then."""
        is_whole = {place: field.family == "integer" for place, field in self.amounts.items()}
        sums = {place: paid if whole else str(paid) for place, whole in is_whole.items()}
        return {self.state: state, **sums}


def order_machine(
    contract: Contract,
    flow: Flow,
    judge: ExchangeJudge,
    start: Callable[[], tuple[ReadOrder, ChangeOrder]],
) -> type[RuleBasedStateMachine]:
    """Make the machine. `start` opens a fresh order for each run; `flow` names its states.

    The first final state is the one that full payment leads to.
    """
    members = OrderMembers.of(contract, flow)
    initial, paying, ended = flow.stages[0][0], flow.stages[-2][0], flow.stages[-1]

    class OrderMachine(RuleBasedStateMachine):
        """One order; `reads` is all that was told of it."""

        @initialize()
        def open(self) -> None:
            self.read_order, self.change_order = start()
            self.reads: list[Judged] = []
            self._move(initial, 0, dict.fromkeys(members.moments))

        def _move(
            self, state: str, paid: int, moments: Mapping[str, str | None] = MappingProxyType({})
        ) -> None:
            self.state, self.paid = state, paid
            self.change_order({**members.told(state, paid), **moments})

        def _read(self, fmt: str) -> None:
            exchange = self.read_order(fmt)
            self.reads.append(Judged(exchange, judge.judge_body(exchange)))

        @rule()
        def read_as_json(self) -> None:
            self._read("json")

        @rule()
        def read_as_xml(self) -> None:
            self._read("xml")

        @precondition(lambda self: self.state not in ended and self.paid < PRICE - 1)
        @rule(data=st.data())
        def pay_a_part(self, data: st.DataObject) -> None:
            part = data.draw(st.integers(1, PRICE - 1 - self.paid), label="part")
            self._move(paying, self.paid + part)

        @precondition(lambda self: self.state not in ended)
        @rule()
        def pay_the_rest(self) -> None:
            self._move(ended[0], PRICE, members.moments)

        @precondition(lambda self: self.state not in ended)
        @rule(state=st.sampled_from(ended[1:] or ended))
        def end_otherwise(self, state: str) -> None:
            self._move(state, self.paid)

        @invariant()
        def the_reads_tell_one_story(self) -> None:
            broken = judge.judge_read(getattr(self, "reads", [])).findings
            told = [(f.clause.id, f.path, f.expected, f.actual) for f in broken]
            assert not told, told

    return OrderMachine
