"""All faults: one a clause that a body can break, from the contract, and those of behaviour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow
from topcheck.contract.model import Clause
from topcheck.gateway.faults.auth import auth_faults
from topcheck.gateway.faults.fault import Fault, Served
from topcheck.gateway.faults.semantic import semantic_faults
from topcheck.gateway.faults.transport import conditional_faults, transport_faults
from topcheck.generate.cases import Case, Cases
from topcheck.generate.examples import examples
from topcheck.wire.exchange import Response

#: The class of a fault in a body, by the fact that it breaks.
_KINDS = {"lexical": "lexical", "known": "schema", "null": "schema"}


def catalogue(contract: Contract, cases: Cases, flows: Sequence[Flow]) -> dict[str, Fault]:
    """Return every fault by its id."""
    faults = [
        *_of_bodies(contract, cases),
        *auth_faults(contract),
        *(fault for flow in flows for fault in semantic_faults(contract, flow)),
        *transport_faults(),
        *conditional_faults(contract),
    ]
    return {fault.id: fault for fault in faults}


def _of_bodies(contract: Contract, cases: Cases) -> Iterator[Fault]:
    for clause in contract.clauses:
        side = clause.id.partition(".")[0]
        if side == "request" or side == "exchange" or clause.id in protocol.WIRE:
            continue
        ways = {
            fmt: case
            for fmt in protocol.FORMATS
            for case in reversed(cases.of(clause))
            if fmt in case.formats
        }
        if ways:
            yield _body_fault(contract, clause, ways)


def _body_fault(contract: Contract, clause: Clause, ways: Mapping[str, Case]) -> Fault:
    bodies: dict[str, bytes] = {}
    error = clause.id.startswith("error_response.")

    def answer(served: Served) -> Response:
        simplified = served.request.value("simplify") is not None  # that is another shape
        fitting = _is_error(served.response, contract) == error and served.fmt in ways
        if simplified or not fitting:
            return served.response
        if served.fmt not in bodies:  # drawn when it is first needed: that takes its time
            (pair,) = examples(ways[served.fmt].pairs(served.fmt), 1)
            bodies[served.fmt] = bytes(pair.broken)  # type: ignore[arg-type]
        declared = protocol.CONTENT_TYPES[served.fmt]
        if clause.fact == "lexical":  # another charset is that of the body alone
            declared = declared.partition(";")[0]
        return Response(200, (("Content-Type", declared),), bodies[served.fmt])

    kind = "inferred" if clause.source == "inferred" else _KINDS.get(clause.fact, "schema")
    kind = "envelope" if clause.id.startswith("wire.") else kind
    names = " or ".join(dict.fromkeys(case.name for case in ways.values()))
    place = ".".join(clause.id.split(".")[1:-1]) or "body"
    sentence = f"{'an error' if error else 'a success'} breaks {clause.fact} of {place}: {names}"
    return Fault(clause.id, clause.id, kind, sentence, answer=answer, formats=tuple(ways))


def _is_error(response: Response, contract: Contract) -> bool:
    return contract.error_root.encode() in response.body[:200]
