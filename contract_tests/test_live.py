"""A gateway that a person named with --gateway; without one this file is not collected."""

import pytest

from topcheck.cli.evidence import RUN_EVIDENCE
from topcheck.cli.options import judging_test
from topcheck.cli.session import repeat_test
from topcheck.judge.ledger import BROKEN, NOT_OBSERVED
from topcheck.live.evidence import clauses_of_answers

pytestmark = pytest.mark.evidence("live")


@pytest.fixture(scope="session")
def live(pytestconfig):
    """What the gateway's answers say of each clause."""
    return pytestconfig.stash[RUN_EVIDENCE]


@pytest.mark.each("clause", lambda workspace: clauses_of_answers(workspace.contract))
def test_the_gateway_keeps_the_clause(live, clause, fail_on, request):
    """No exchange with the gateway breaks the clause, as far as it weighs enough."""
    state, words = live.told(judging_test("--gateway", clause.id))
    if state == BROKEN and clause.severity >= fail_on:
        again = repeat_test(request.config, request.node.nodeid, clause.id)
        pytest.fail(f"{words}\n  repeat    {again}", pytrace=False)
    if state == NOT_OBSERVED:
        pytest.skip(": ".join(filter(None, (clause.id, state, words))))
