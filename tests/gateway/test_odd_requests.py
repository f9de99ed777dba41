"""Faults meet requests that a person sends: none of them is answered with a failure of ours."""

import pytest

from tests.workspace import WORKSPACE
from topcheck.gateway.client import RequestOptions, prepare
from topcheck.gateway.embedded import CREDENTIALS
from topcheck.gateway.faults.catalogue import catalogue
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.sandbox import Settings
from topcheck.gateway.timing import now

FAULTS = catalogue(WORKSPACE.contract, WORKSPACE.cases, WORKSPACE.flows)
#: Ids that are digits to some readers and none to others, or no text at all.
ODD = ["²", "①", "٣", "９", "1²", "-1", "+1", " 1", "\udcff", "支", "1e3"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", ["conditional", "semantic"])
def test_an_odd_id_is_answered_whatever_the_fault(kind, odd):
    """A fault that rounds ids rounds those that are numbers."""
    params = dict.fromkeys(WORKSPACE.contract.request.fields, odd)
    request = prepare(WORKSPACE.contract.method, params, CREDENTIALS, now, RequestOptions())
    for fault in (fault for fault in FAULTS.values() if fault.kind == kind):
        orders, settings = WORKSPACE.default_orders(), Settings(CREDENTIALS)
        answer = Faulty(fault, WORKSPACE.contract, orders, settings, now).answer(request)
        assert answer.body, fault.id
