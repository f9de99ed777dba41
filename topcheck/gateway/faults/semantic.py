"""Semantic faults: what an order tells contradicts what was asked, or what was told before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow
from topcheck.gateway.faults.fault import Fault, OrderRead, behaviour, erring
from topcheck.gateway.orders import Members, leaves_of, telling, told
from topcheck.gateway.sandbox import format_of
from topcheck.generate.requests import classes_of, typed
from topcheck.judge.literals import amount, spelled
from topcheck.wire.exchange import Request

#: The number of the sandbox's first order, and one that it does not know.
_FIRST, _UNKNOWN = "1", "404"


def semantic_faults(contract: Contract, flows: Sequence[Flow]) -> Iterator[Fault]:
    """Yield semantic faults, stateful ones, and those between the formats."""
    leaves = leaves_of(contract)
    yield from _of_what_was_asked(contract, leaves)
    yield from _of_states(contract, leaves, flows)
    yield from _of_parameters(contract)
    yield from _of_formats(contract, leaves)


def _fault(
    contract: Contract, fault_id: str, path: str, fact: str, sentence: str, **how: Any
) -> Fault:
    return behaviour(fault_id, contract.exchange_clause(path, fact).id, sentence, **how)


def _of_what_was_asked(contract: Contract, leaves: Mapping[str, Field]) -> Iterator[Fault]:
    """Yield an answer about another value of what it repeats, and about a rounded one."""
    fault = partial(_fault, contract)
    for place, field in leaves.items():
        if field.path in contract.echoes:
            name = contract.short_names[field.path]
            yield fault(f"semantic.{name}.other", field.path, "echo",
                        f"the answer is about another {name} than the one asked for",
                        members=partial(_set, place, partial(_another, field)))  # fmt: skip
            if ("exchange", field.path, "exact") in contract.located:
                yield fault(f"semantic.{name}.rounded", field.path, "exact",
                            f"a {name} of many digits goes through a floating-point number",
                            members=partial(_set, place, _rounded))  # fmt: skip


def _of_states(
    contract: Contract, leaves: Mapping[str, Field], flows: Sequence[Flow]
) -> Iterator[Fault]:
    """Yield states that are not the stated ones, sums that shrink, and a course that goes back."""
    fault, names = partial(_fault, contract), contract.short_names
    seconds = {flow.path: flow.stages[1][0] for flow in flows}
    places = {field.path: place for place, field in leaves.items()}
    for field in (one for one in contract.coded if one.path not in contract.echoes):
        path, codes = field.path, field.enum or ()
        code = seconds.get(path, codes[1])
        instead = partial(telling, path=places[path], value=typed(field, code))
        yield fault(f"semantic.{names[path]}.other", path, "echo",
                    f"every order is told to be {code}",
                    members=lambda read, tell=instead: tell(read.members))  # fmt: skip
    for path in contract.accumulated:
        yield fault(f"stateful.{names[path]}.shrinks", path, "accumulates",
                    f"{names[path]} is one less at each read",
                    members=partial(_shrinking, places[path]))  # fmt: skip
    for flow in flows:
        word = "stateful" if flow is flows[0] else f"stateful.{names[flow.path]}"
        place, begun = places[flow.path], flow.stages[0][0]
        yield fault(f"{word}.revived", flow.path, "terminal",
                    "an order that has ended is in process again at the next read",
                    members=partial(_revived, place, flow))  # fmt: skip
        yield fault(f"{word}.backwards", flow.path, "terminal",
                    "an order goes back to its beginning at each second read",
                    members=partial(_alternating, place, begun))  # fmt: skip


def _of_parameters(contract: Contract) -> Iterator[Fault]:
    """Yield an optional parameter that is demanded, and ids that find no order, or any."""
    fault = partial(_fault, contract)
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


def _of_formats(contract: Contract, leaves: Mapping[str, Field]) -> Iterator[Fault]:
    """Yield an id that is rounded in some text, and XML that tells of something else."""
    fault = partial(_fault, contract)
    texts = [place for place, field in leaves.items() if field in contract.unasked_texts]
    repeated = {field.name for field in contract.echoes.values()}
    for field in contract.ids if texts else ():
        is_told = ("exchange", field.name, "exact") in contract.located
        if is_told and field.name not in repeated:
            yield fault(f"semantic.{field.name}.rounded", field.name, "exact",
                        f"{texts[0]} has a {field.name} of many digits, rounded",
                        members=partial(_repeated, texts[0], field.name))  # fmt: skip
    # what the sample does not show cannot be left out
    shown = {place: field for place, field in leaves.items() if field.row and field.row.example}
    for place in [*(place for place in texts if place in shown), *shown, *leaves][:1]:
        yield fault("parity.value", "", "parity", f"XML tells of another {place}",
                    members=partial(_in_xml, place, partial(_another, leaves[place])))  # fmt: skip
        yield fault("parity.missing", "", "parity", f"XML leaves {place} out",
                    members=partial(_in_xml, place, lambda _told: None))  # fmt: skip


def _set(place: str, change: Callable[[Any], Any], read: OrderRead) -> Members:
    before = told(read.members, place)
    return read.members if before is None else telling(read.members, place, change(before))


def _another(field: Field, before: Any) -> Any:
    """Return another value of a field, of its type."""
    if field.is_plain and before is not None:
        return typed(field, f"{before}7")
    others = [text for text in classes_of(field).values() if text != spelled(before)]
    return typed(field, others[0]) if others else before


def _rounded(before: Any) -> Any:
    text = str(before)
    return type(before)(int(float(text))) if text.isdecimal() else before


def _lacks(name: str, request: Request) -> bool:
    return request.value(name) is None


def _is_alone(contract: Contract, name: str, request: Request) -> bool:
    return [n for n in contract.request.fields if request.value(n) is not None] == [name]


def _repeated(place: str, parameter: str, read: OrderRead) -> Members:
    """Repeat what was asked for in a text of the answer, through a floating-point number."""
    return telling(read.members, place, _rounded(read.request.value(parameter) or ""))


def _shrinking(place: str, read: OrderRead) -> Members:
    before = told(read.members, place)
    sum_ = amount(before)
    if not sum_:
        return read.members
    read.memory["less"] = read.memory.get("less", -1) + 1
    less = max(Decimal(0), sum_ - read.memory["less"])
    return telling(read.members, place, type(before)(f"{less:f}"))


def _revived(place: str, flow: Flow, read: OrderRead) -> Members:
    was = read.memory.get("ended", False)
    read.memory["ended"] = told(read.members, place) in flow.stages[-1]
    return telling(read.members, place, flow.stages[-2][0]) if was else read.members


def _alternating(place: str, begun: str, read: OrderRead) -> Members:
    read.memory["reads"] = read.memory.get("reads", 0) + 1
    is_second = read.memory["reads"] % 2 == 0
    return telling(read.members, place, begun) if is_second else read.members


def _in_xml(place: str, change: Callable[[Any], Any], read: OrderRead) -> Members:
    if format_of(read.request) != "xml":
        return read.members
    return telling(read.members, place, change(told(read.members, place)))
