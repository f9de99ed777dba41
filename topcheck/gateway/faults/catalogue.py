"""All faults: one a clause that a body can break, from the contract, and those of behaviour."""

import fnmatch
from collections.abc import Mapping, Sequence

from topcheck.contract.clauses import NEEDS
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow
from topcheck.gateway.faults.auth import auth_faults
from topcheck.gateway.faults.bodies import body_faults
from topcheck.gateway.faults.conditional import conditional_faults
from topcheck.gateway.faults.fault import Fault
from topcheck.gateway.faults.semantic import semantic_faults
from topcheck.gateway.faults.transport import transport_faults
from topcheck.generate.cases import Cases


def catalogue(contract: Contract, cases: Cases, flows: Sequence[Flow]) -> dict[str, Fault]:
    """Return every fault by its id."""
    faults = [
        *body_faults(contract, cases),
        *auth_faults(contract),
        *semantic_faults(contract, flows),
        *transport_faults(contract),
        *conditional_faults(contract),
    ]
    return {fault.id: fault for fault in faults}


#: What the faults that hang on a page need of it, by how they are called.
_NEEDS: Mapping[str, str] = {
    "inferred": "a [[rule]] in inferred.toml",
    "semantic.*.other": NEEDS["echo"],
    "semantic.*.rounded": NEEDS["exact"],
    "stateful.*.shrinks": NEEDS["accumulates"],
    "stateful.*revived": NEEDS["terminal"],
    "stateful.*backwards": NEEDS["terminal"],
    "semantic.*.demanded": NEEDS["required"],
    "semantic.*.never_alone": NEEDS["alone"],
    "semantic.*.ignored": f"{NEEDS['alone']}, of which the answer repeats one",
    "parity.*": NEEDS["parity"],
    "auth.sign.ascii": "a parameter that may be Chinese",
    "conditional.*.lost": "an answer that has codes, and an id of many digits",
}


def left_out(contract: Contract, faults: Mapping[str, Fault]) -> dict[str, str]:
    """Return the kinds of faults that find nothing to bite on in a page, and what they need."""
    names, more = contract.request.fields, "a value that is long or Chinese"
    needs = {**_NEEDS, **{f"conditional.{name}": more for name in names}}
    found = [*faults, *(fault.kind for fault in faults.values())]
    return {what: need for what, need in needs.items() if not fnmatch.filter(found, what)}
