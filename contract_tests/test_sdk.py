"""An SDK that a person named with --sdk; without one this file is not collected."""

import pytest

from topcheck.cli.evidence import RUN_EVIDENCE
from topcheck.cli.options import judging_test
from topcheck.cli.session import repeat_test
from topcheck.contract.sdk import sdk_clauses
from topcheck.judge.ledger import BROKEN, HELD, KNOWN_FAILING, SURPRISE


def pytest_generate_tests(metafunc):
    """Ask each SDK for each clause."""
    sdks = metafunc.config.stash[RUN_EVIDENCE]
    if "clause" in metafunc.fixturenames:
        found = [(name, clause) for name in sdks.working for clause in sdk_clauses()]
        ids = [f"{clause.id}-{name}" for name, clause in found]
        metafunc.parametrize(("sdk", "clause"), found, ids=ids)
    elif "any_sdk" in metafunc.fixturenames:
        metafunc.parametrize("any_sdk", list(sdks.drivers))
    else:
        metafunc.parametrize("sdk", sdks.working)


@pytest.fixture
def sdks(pytestconfig):
    """What was seen of the SDKs of this run."""
    return pytestconfig.stash[RUN_EVIDENCE]


def test_the_driver_works(sdks, any_sdk):
    """The driver starts, speaks the protocol, and calls the gateway that it is given."""
    if broken := sdks.drivers[any_sdk]:
        pytest.fail(f"the driver is broken: {broken}", pytrace=False)


def test_the_list_of_known_failures_is_in_order(sdks, sdk):
    """Every entry of the list matches a clause, and none has expired."""
    if rotten := sdks.rotten[sdk]:
        pytest.fail("\n".join(rotten), pytrace=False)


@pytest.mark.evidence("sdk")
def test_the_sdk_keeps_the_clause(sdks, sdk, clause, request):
    """Nothing that was seen of the SDK breaks the clause."""
    state, words = sdks.told(judging_test("--sdk", clause.id, sdk))
    if state in (BROKEN, SURPRISE):
        again = repeat_test(request.config, request.node.nodeid, clause.id)
        pytest.fail(f"{words}\n  repeat    {again}", pytrace=False)
    if state == KNOWN_FAILING:
        pytest.xfail(f"{sdk}: {words}")
    if state != HELD:
        pytest.skip(": ".join(filter(None, (sdk, clause.id, state, words))))
