"""Faults of bodies: for each clause of one, a body that breaks it, drawn from its pairs."""

from collections.abc import Iterator, Mapping

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.model import Clause
from topcheck.gateway.faults.fault import Fault
from topcheck.gateway.sandbox import format_of
from topcheck.generate.cases import Case, Cases
from topcheck.generate.examples import examples
from topcheck.wire.exchange import Request, Response


def body_faults(contract: Contract, cases: Cases) -> Iterator[Fault]:
    """Yield one fault a clause that a body can break, in each format that can say it."""
    for clause in contract.clauses:
        if clause.side in ("request", "exchange") or clause.id in protocol.WIRE:
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
    error = clause.side == contract.error.side
    root = contract.error_root.encode()

    def answer(request: Request, response: Response) -> Response:
        fmt = format_of(request)
        if (root in response.body[:200]) != error or fmt not in ways:
            return response
        if fmt not in bodies:  # drawn when it is first needed: that takes its time
            (pair,) = examples(ways[fmt].pairs(fmt), 1)
            bodies[fmt] = bytes(pair.broken)  # type: ignore[arg-type]
        declared = protocol.CONTENT_TYPES[fmt]
        if clause.fact == "lexical":  # another charset is that of the body alone
            declared = declared.partition(";")[0]
        return Response(200, (("Content-Type", declared),), bodies[fmt])

    by_hand = "lexical" if clause.fact == "lexical" else "schema"
    kind = "inferred" if clause.source == "inferred" else by_hand
    kind = "envelope" if clause.side == "wire" else kind
    names = " or ".join(dict.fromkeys(case.name for case in ways.values()))
    place = clause.path or "body"
    sentence = f"{'an error' if error else 'a success'} breaks {clause.fact} of {place}: {names}"
    return Fault(
        clause.id, clause.id, kind, sentence, answer=answer, formats=tuple(ways),
        when=lambda request: request.value("simplify") is None,  # that is another shape
    )  # fmt: skip
