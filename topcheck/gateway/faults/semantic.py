"""Faults of telling: what an order answers contradicts what was asked, or what was told before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow
from topcheck.gateway.faults.fault import Fault, OrderRead, erring
from topcheck.gateway.orders import Members, model_field
from topcheck.wire.exchange import Request


def semantic_faults(contract: Contract, flow: Flow) -> Iterator[Fault]:
    """Yield semantic faults, stateful ones, and those between the formats."""

    def fault(fault_id: str, path: str, fact: str, sentence: str, **how: Any) -> Fault:
        clause = contract.exchange_clause(path, fact)
        return Fault(fault_id, clause.id, fault_id.partition(".")[0], sentence, **how)

    for path, name in ((path, field.name) for path, field in contract.echoes.items()):
        yield fault(f"semantic.{name}.other", path, "echo",
                    f"the answer is about another {name} than the one asked for",
                    members=_set(name, lambda text: f"{text}7"))  # fmt: skip
        yield fault(f"semantic.{name}.rounded", path, "exact",
                    f"a {name} of many digits goes through a floating-point number",
                    members=_set(name, _rounded))  # fmt: skip
    status, code = flow.path.rpartition(".")[2], flow.stages[1][0]
    yield fault(f"semantic.{status}.other", flow.path, "echo", f"every order is told to be {code}",
                members=_set(status, lambda _told: code))  # fmt: skip
    ended, begun = flow.stages[-1], flow.stages[0][0]
    growing = {path: path.rpartition(".")[2] for path in contract.accumulated}
    for path, name in growing.items():
        yield fault(f"stateful.{name}.shrinks", path, "accumulates",
                    f"{name} is one less at each read", members=_shrinking(name))  # fmt: skip
    yield fault("stateful.revived", flow.path, "terminal",
                "an order that has ended is in process again at the next read",
                members=_left(status, ended, flow.stages[-2][0]))  # fmt: skip
    yield fault("stateful.backwards", flow.path, "terminal",
                "an order goes back to its beginning at each second read",
                members=_alternating(status, begun))  # fmt: skip
    for name in (parameter.name for parameter in contract.optional):
        yield fault(f"semantic.{name}.demanded", name, "required",
                    f"a request without {name} is refused as incomplete",
                    answer=erring(contract, _without(name), *protocol.MISSING_ARGUMENTS),
                    )  # fmt: skip
    asked = {field.name for field in contract.echoes.values()}
    text = next(f.name for f in _plain_texts(contract) if f.name != status)
    for name in (p.name for p in contract.request_rows if p.name not in asked):
        yield fault(f"semantic.{name}.rounded", name, "exact",
                    f"{text} has a {name} of many digits, rounded",
                    members=_repeated(text, name))  # fmt: skip
    yield fault("parity.value", "", "parity", f"XML tells of another {text}",
                members=_in_xml(text))  # fmt: skip
    yield fault("parity.missing", "", "parity", f"XML leaves {text} out",
                members=_in_xml(text, drop=True))  # fmt: skip


def _plain_texts(contract: Contract) -> list[Field]:
    """Return the plain texts of the response that no request asks for."""
    asked = {field.name for field in contract.echoes.values()}
    free = (f for f in model_field(contract).fields.values() if not f.enum and not f.format)
    return [field for field in free if field.family == "string" and field.name not in asked]


def _set(name: str, change: Callable[[str], str]) -> Callable[[OrderRead], Members]:
    def changed(told: OrderRead) -> Members:
        present = name in told.members
        return {**told.members, name: change(str(told.members[name]))} if present else told.members

    return changed


def _rounded(text: str) -> str:
    return str(int(float(text))) if text.isdigit() else text


def _without(name: str) -> Callable[[Request], bool]:
    return lambda request: request.value(name) is None


def _repeated(text: str, parameter: str) -> Callable[[OrderRead], Members]:
    """Repeat what was asked for in a text of the answer, through a floating-point number."""

    def changed(told: OrderRead) -> Members:
        return {**told.members, text: _rounded(told.request.value(parameter) or "")}

    return changed


def _shrinking(name: str) -> Callable[[OrderRead], Members]:
    def change(told: OrderRead) -> Members:
        fee = told.members.get(name)
        if not isinstance(fee, int) or not fee:
            return told.members
        told.memory["less"] = told.memory.get("less", -1) + 1
        return {**told.members, name: max(0, fee - told.memory["less"])}

    return change


def _left(status: str, ended: tuple[str, ...], again: str) -> Callable[[OrderRead], Members]:
    def change(told: OrderRead) -> Members:
        was = told.memory.get("ended", False)
        told.memory["ended"] = told.members.get(status) in ended
        return {**told.members, status: again} if was else told.members

    return change


def _alternating(status: str, begun: str) -> Callable[[OrderRead], Members]:
    def change(told: OrderRead) -> Members:
        told.memory["reads"] = told.memory.get("reads", 0) + 1
        return {**told.members, status: begun} if told.memory["reads"] % 2 == 0 else told.members

    return change


def _in_xml(name: str, *, drop: bool = False) -> Callable[[OrderRead], Members]:
    def change(told: OrderRead) -> Members:
        if told.fmt != "xml":
            return told.members
        others = {key: value for key, value in told.members.items() if key != name}
        return others if drop else {**others, name: "another"}

    return change
