"""A gateway that a person named with --gateway; without one this file is not collected."""

import pytest

from topcheck.cli.session import repeat_test
from topcheck.plugin import LIVE
from topcheck.report.text import in_words

pytestmark = pytest.mark.evidence("live")


def pytest_generate_tests(metafunc):
    """Ask for each clause that the gateway's answers tried."""
    tried = metafunc.config.stash[LIVE].observed
    metafunc.parametrize("clause", tried, ids=[clause.id for clause in tried])


@pytest.fixture
def live(pytestconfig):
    """What was read from the gateway."""
    return pytestconfig.stash[LIVE]


def test_the_gateway_keeps_the_clause(live, clause, fail_on, request):
    """No exchange with the gateway breaks the clause, as far as it weighs enough."""
    found = live.broken(clause.id)
    if found and clause.severity >= fail_on:
        again = repeat_test(request.config, request.node.nodeid)
        told = live.redactor.redacted(in_words(found[0], len(found) - 1))
        pytest.fail(f"{told}\n  repeat    {again}", pytrace=False)
