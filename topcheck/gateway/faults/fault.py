"""One fault: where it takes hold of the sandbox, and what it does there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from topcheck.contract.contract import Contract
from topcheck.gateway.client import Credentials
from topcheck.gateway.orders import Members, Order, OrderBook, ScriptedResponse
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.timing import Clock
from topcheck.generate import trees
from topcheck.generate.bodies import WRITERS
from topcheck.wire.exchange import Request, Response


@dataclass(frozen=True, slots=True)
class OrderRead:
    """A read of an order that is about to be answered: to which request, and what was told before.

    `memory` is the order's own, and lasts.
    """

    members: Members
    request: Request
    memory: dict[str, Any]

    @property
    def fmt(self) -> str:
        """The format that was asked for."""
        return _written(self.request)


@dataclass(frozen=True, slots=True)
class Served:
    """An answer that is about to be sent: to which request, and which of all answers it is."""

    request: Request
    response: Response
    count: int

    @property
    def fmt(self) -> str:
        """The format that was asked for."""
        return _written(self.request)


def _written(request: Request) -> str:
    return "json" if request.value("format") == "json" else "xml"


#: Changes a request before it is checked; knows whom the sandbox answers, and the time.
EditRequest = Callable[[Request, Credentials, Clock], Request]
ChangeMembers = Callable[[OrderRead], Members]
ChangeAnswer = Callable[[Served], Response | ScriptedResponse]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: its id, the clause that it breaks, its class, and what it is in a sentence.

    It takes hold of the request, of what an order tells, of the answer, or of the clock's
    tolerance. `formats` are those in which it can be seen.
    """

    id: str
    clause: str
    kind: str
    sentence: str
    edit: EditRequest | None = None
    members: ChangeMembers | None = None
    answer: ChangeAnswer | None = None
    tolerance: int | None = None
    formats: tuple[str, ...] = ("json", "xml")


def erring(
    contract: Contract, matches: Callable[[Request], bool], code: int, msg: str
) -> ChangeAnswer:
    """Answer what matches with an error, whatever it asks."""
    document = trees.error(contract.error, {"code": code, "msg": msg})

    def change(served: Served) -> Response:
        if not matches(served.request):
            return served.response
        return replace(served.response, body=WRITERS[served.fmt](document))

    return change


class Faulty:
    """A sandbox with one fault."""

    def __init__(
        self, fault: Fault, contract: Contract, orders: OrderBook, settings: Settings, clock: Clock
    ) -> None:
        self._fault = fault
        self._settings = settings
        self._clock = clock
        self._count = 0
        self._request = Request("POST")
        if fault.tolerance is not None:
            settings = replace(settings, tolerance=fault.tolerance)
        book = _FaultyBook(orders, self._told) if fault.members else orders
        self._sandbox = Sandbox(contract, book, settings, clock)

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer a request, with the fault in it."""
        self._count += 1
        self._request = request
        edited = request
        if self._fault.edit:
            edited = self._fault.edit(request, self._settings.credentials, self._clock)
        found = self._sandbox.answer(edited)
        if self._fault.answer is None or isinstance(found, ScriptedResponse):
            return found
        return self._fault.answer(Served(request, found, self._count))

    def _told(self, members: Members, memory: dict[str, Any]) -> Members:
        if self._fault.members is None:
            return members
        return self._fault.members(OrderRead(dict(members), self._request, memory))


@dataclass(slots=True)
class _FaultyOrder(Order):
    """An order that tells what a fault makes of the truth."""

    truth: Order = field(default_factory=lambda: Order({}, []))
    tell: Callable[[Members, dict[str, Any]], Members] = lambda members, _memory: members
    memory: dict[str, Any] = field(default_factory=dict)

    def read(self) -> Members | ScriptedResponse:
        """Read the truth, and tell something else."""
        found = self.truth.read()
        return found if isinstance(found, ScriptedResponse) else self.tell(found, self.memory)


class _FaultyBook(OrderBook):
    """The same orders, told with a fault."""

    def __init__(
        self, orders: OrderBook, tell: Callable[[Members, dict[str, Any]], Members]
    ) -> None:
        super().__init__(_FaultyOrder(o.ids, o.answers, o, tell) for o in orders.orders)
