"""An SDK that a person named with --sdk; without one this file is not collected."""

import pytest

from topcheck.cli.session import repeat_test
from topcheck.contract.sdk import sdk_clauses
from topcheck.judge.ledger import BROKEN, HELD, KNOWN_FAILING, SURPRISE
from topcheck.plugin import SDKS


def pytest_generate_tests(metafunc):
    """Ask each SDK for each clause."""
    sdks = metafunc.config.stash[SDKS]
    if "clause" in metafunc.fixturenames:
        found = [(name, clause) for name in sdks.evidence for clause in sdk_clauses()]
        ids = [f"{clause.id}-{name}" for name, clause in found]
        metafunc.parametrize(("sdk", "clause"), found, ids=ids)
    else:
        names = sdks.names if "any_sdk" in metafunc.fixturenames else list(sdks.evidence)
        parameter = "any_sdk" if "any_sdk" in metafunc.fixturenames else "sdk"
        metafunc.parametrize(parameter, names)


@pytest.fixture
def sdks(pytestconfig):
    """The SDKs of this run."""
    return pytestconfig.stash[SDKS]


def test_the_driver_works(sdks, any_sdk):
    """The driver starts, speaks the protocol, and calls the gateway that it is given."""
    if any_sdk in sdks.broken:
        pytest.fail(f"the driver is broken: {sdks.broken[any_sdk]}", pytrace=False)


def test_the_list_of_known_failures_is_in_order(sdks, sdk):
    """Every entry of the list matches a clause, and none has expired."""
    if rotten := sdks.rotten(sdk):
        pytest.fail("\n".join(rotten), pytrace=False)


@pytest.mark.evidence("sdk")
def test_the_sdk_keeps_the_clause(sdks, sdk, clause, request):
    """Nothing that was seen of the SDK breaks the clause."""
    found = sdks.state(sdk, clause.id, repeat_test(request.config, request.node.nodeid))
    if found.state in (BROKEN, SURPRISE):
        pytest.fail(sdks.in_words(sdk, found), pytrace=False)
    if found.state == KNOWN_FAILING:
        pytest.xfail(f"{sdk}: {found.reason}")
    if found.state != HELD:
        pytest.skip(": ".join(filter(None, (sdk, clause.id, found.state, found.reason))))
