"""Semantic faults: what an order tells contradicts what was asked, or what was told before."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow
from topcheck.gateway.faults.fault import Fault, OrderRead, behaviour, erring
from topcheck.gateway.orders import Members, model_field
from topcheck.gateway.sandbox import format_of
from topcheck.wire.exchange import Request

#: The number of the sandbox's first order, and one that it does not know.
_FIRST, _UNKNOWN = "1", "404"


def semantic_faults(contract: Contract, flow: Flow) -> Iterator[Fault]:
    """Yield semantic faults, stateful ones, and those between the formats."""

    def fault(fault_id: str, path: str, fact: str, sentence: str, **how: Any) -> Fault:
        return behaviour(fault_id, contract.exchange_clause(path, fact).id, sentence, **how)

    asked = {field.name for field in contract.echoes.values()}
    for path, field in contract.echoes.items():
        yield fault(f"semantic.{field.name}.other", path, "echo",
                    f"the answer is about another {field.name} than the one asked for",
                    members=partial(_set, field.name, lambda text: f"{text}7"))  # fmt: skip
        yield fault(f"semantic.{field.name}.rounded", path, "exact",
                    f"a {field.name} of many digits goes through a floating-point number",
                    members=partial(_set, field.name, _rounded))  # fmt: skip
    status, code = flow.path.rpartition(".")[2], flow.stages[1][0]
    yield fault(f"semantic.{status}.other", flow.path, "echo", f"every order is told to be {code}",
                members=partial(_set, status, lambda _told: code))  # fmt: skip
    for path in contract.accumulated:
        name = path.rpartition(".")[2]
        yield fault(f"stateful.{name}.shrinks", path, "accumulates",
                    f"{name} is one less at each read",
                    members=partial(_shrinking, name))  # fmt: skip
    yield fault("stateful.revived", flow.path, "terminal",
                "an order that has ended is in process again at the next read",
                members=partial(_revived, status, flow))  # fmt: skip
    yield fault("stateful.backwards", flow.path, "terminal",
                "an order goes back to its beginning at each second read",
                members=partial(_alternating, status, flow.stages[0][0]))  # fmt: skip
    for name in (parameter.name for parameter in contract.optional):
        yield fault(f"semantic.{name}.demanded", name, "required",
                    f"a request without {name} is refused as incomplete",
                    answer=erring(contract, *protocol.MISSING_ARGUMENTS),
                    when=partial(_lacks, name))  # fmt: skip
    for name in (parameter.name for parameter in contract.alternatives):
        alone = partial(_is_alone, contract, name)
        yield fault(f"semantic.{name}.never_alone", name, "alone",
                    f"an order is not found by its {name} alone",
                    edit=lambda *_, name=name: {name: _UNKNOWN}, when=alone)  # fmt: skip
        if name in contract.unrepeated:
            yield fault(f"semantic.{name}.ignored", name, "echo",
                        f"whatever {name} is asked for alone, the answer is about the first",
                        edit=lambda *_, name=name: {name: _FIRST}, when=alone)  # fmt: skip
    model = model_field(contract).fields.values()
    text = next(f.name for f in contract.unasked_texts if f in model and f.path != flow.path)
    for name in (name for name in contract.request.fields if name not in asked):
        yield fault(f"semantic.{name}.rounded", name, "exact",
                    f"{text} has a {name} of many digits, rounded",
                    members=partial(_repeated, text, name))  # fmt: skip
    yield fault("parity.value", "", "parity", f"XML tells of another {text}",
                members=partial(_in_xml, text))  # fmt: skip
    yield fault("parity.missing", "", "parity", f"XML leaves {text} out",
                members=partial(_in_xml, text, drop=True))  # fmt: skip


def _set(name: str, change: Callable[[str], str], told: OrderRead) -> Members:
    present = name in told.members
    return {**told.members, name: change(str(told.members[name]))} if present else told.members


def _rounded(text: str) -> str:
    return str(int(float(text))) if text.isdecimal() else text


def _lacks(name: str, request: Request) -> bool:
    return request.value(name) is None


def _is_alone(contract: Contract, name: str, request: Request) -> bool:
    return [n for n in contract.request.fields if request.value(n) is not None] == [name]


def _repeated(text: str, parameter: str, told: OrderRead) -> Members:
    """Repeat what was asked for in a text of the answer, through a floating-point number."""
    return {**told.members, text: _rounded(told.request.value(parameter) or "")}


def _shrinking(name: str, told: OrderRead) -> Members:
    fee = told.members.get(name)
    if not isinstance(fee, int) or not fee:
        return told.members
    told.memory["less"] = told.memory.get("less", -1) + 1
    return {**told.members, name: max(0, fee - told.memory["less"])}


def _revived(status: str, flow: Flow, told: OrderRead) -> Members:
    was = told.memory.get("ended", False)
    told.memory["ended"] = told.members.get(status) in flow.stages[-1]
    return {**told.members, status: flow.stages[-2][0]} if was else told.members


def _alternating(status: str, begun: str, told: OrderRead) -> Members:
    told.memory["reads"] = told.memory.get("reads", 0) + 1
    return {**told.members, status: begun} if told.memory["reads"] % 2 == 0 else told.members


def _in_xml(name: str, told: OrderRead, *, drop: bool = False) -> Members:
    if format_of(told.request) != "xml":
        return told.members
    others = {key: value for key, value in told.members.items() if key != name}
    return others if drop else {**others, name: "another"}
