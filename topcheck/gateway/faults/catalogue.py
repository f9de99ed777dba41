"""All faults: one a clause that a body can break, from the contract, and those of behaviour."""

from collections.abc import Sequence

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow
from topcheck.gateway.faults.auth import auth_faults
from topcheck.gateway.faults.bodies import body_faults
from topcheck.gateway.faults.conditional import conditional_faults
from topcheck.gateway.faults.fault import Fault
from topcheck.gateway.faults.semantic import semantic_faults
from topcheck.gateway.faults.transport import TRANSPORT_FAULTS
from topcheck.generate.cases import Cases


def catalogue(contract: Contract, cases: Cases, flows: Sequence[Flow]) -> dict[str, Fault]:
    """Return every fault by its id."""
    faults = [
        *body_faults(contract, cases),
        *auth_faults(contract),
        *(fault for flow in flows for fault in semantic_faults(contract, flow)),
        *TRANSPORT_FAULTS,
        *conditional_faults(contract),
    ]
    return {fault.id: fault for fault in faults}
