"""One fault: where it takes hold of the sandbox, and what it does there."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from topcheck.contract.contract import Contract
from topcheck.contract.model import Severity
from topcheck.gateway.client import GATEWAY_ZONE, Credentials, signed
from topcheck.gateway.orders import Members, Order, OrderBook, ScriptedResponse
from topcheck.gateway.sandbox import Sandbox, Settings, format_of
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD
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


#: Returns what is other in a request than was sent, None for a parameter that goes; knows whom the
#: sandbox answers, and the time at the gateway. It is signed anew unless the signature is changed.
EditRequest = Callable[[Request, Credentials, datetime.datetime], Mapping[str, str | None]]
ChangeMembers = Callable[[OrderRead], Members]
ChangeAnswer = Callable[[Request, Response], Response | ScriptedResponse]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: its id, the clause that it breaks, its class, and what it is in a sentence.

    It takes hold of the request, of what an order tells, of the answer, or of the clock's
    tolerance (in seconds): `when` a request is such, and at answers whose number `every` divides.
    `formats` are those in which it can be seen, `budget` the time that an answer may take, in
    milliseconds, where it shows by nothing else.
    """

    id: str
    clause: str
    kind: str
    sentence: str
    edit: EditRequest | None = None
    members: ChangeMembers | None = None
    answer: ChangeAnswer | None = None
    tolerance: int | None = None
    when: Callable[[Request], bool] = lambda _request: True
    every: int = 1
    formats: tuple[str, ...] = ("json", "xml")
    budget: int | None = None

    def options(self, contract: Contract) -> str:
        """Return the options with which a run fails by the clause of this fault, "" if by none."""
        severity = contract.by_id[self.clause].severity
        words = [f"--latency-budget {self.budget}"] if self.budget is not None else []
        words += [f"--fail-on {severity}"] if severity < Severity.VIOLATION else []
        return " ".join(words)


def behaviour(fault_id: str, clause: str, sentence: str, **how: Any) -> Fault:
    """Make a fault of behaviour, whose class is the first word of its id."""
    return Fault(fault_id, clause, fault_id.partition(".")[0], sentence, **how)


def erring(contract: Contract, code: int, msg: str) -> ChangeAnswer:
    """Answer with an error, whatever is asked."""
    document = trees.error(contract.error, {"code": code, "msg": msg})
    return lambda request, response: replace(response, body=WRITERS[format_of(request)](document))


class Faulty(Sandbox):
    """A sandbox with one fault."""

    def __init__(
        self, fault: Fault, contract: Contract, orders: OrderBook, settings: Settings, clock: Clock
    ) -> None:
        if fault.tolerance is not None:
            settings = replace(settings, tolerance=fault.tolerance)
        super().__init__(contract, orders, settings, clock)
        self._fault = fault
        self._memories: defaultdict[object, dict[str, Any]] = defaultdict(dict)

    def answer(self, request: Request) -> Response | ScriptedResponse:
        """Answer a request, with the fault in it."""
        fault = self._fault
        if not fault.when(request):
            return super().answer(request)
        found = super().answer(self._edited(request))
        if fault.answer is None or isinstance(found, ScriptedResponse) or self._count % fault.every:
            return found
        return fault.answer(request, found)

    def _edited(self, request: Request) -> Request:
        caller, at = self._settings.credentials, self._clock().astimezone(GATEWAY_ZONE)
        changes = self._fault.edit(request, caller, at) if self._fault.edit else {}
        edited = request.edited(**changes) if changes else request
        anew = changes and SIGN not in changes and edited.value(SIGN_METHOD) in (None, *METHODS)
        return signed(edited, caller.app_secret) if anew else edited

    def _read(self, order: Order, request: Request) -> Members | ScriptedResponse:
        found = super()._read(order, request)
        if self._fault.members is None or isinstance(found, ScriptedResponse):
            return found
        memory = self._memories[tuple(order.ids.items())]
        return self._fault.members(OrderRead(found, request, memory))
