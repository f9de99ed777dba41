"""A gateway that a person named with --gateway; without one this file is not collected."""

import pytest

from topcheck.gate.suite import suite as load_suite
from topcheck.plugin import LIVE

pytestmark = pytest.mark.evidence("live")


def pytest_generate_tests(metafunc):
    """Ask for each clause that the gateway's answers tell of."""
    live = metafunc.config.stash[LIVE]
    exchange = ("echo", "exact", "parity", "accumulates", "terminal")
    of = {
        "test_no_answer_breaks_the_clause": live.observed(),
        "test_the_reads_of_an_order_tell_one_story": [
            c for c in load_suite().clauses("exchange") if c.fact in exchange
        ],
        "test_what_is_not_in_order_is_refused": [
            c for c in load_suite().clauses("exchange") if c.fact == "refused"
        ],
    }[metafunc.function.__name__]
    metafunc.parametrize("clause", of, ids=[clause.id for clause in of])


@pytest.fixture
def live(pytestconfig):
    """What was read from the gateway."""
    return pytestconfig.stash[LIVE]


def test_no_answer_breaks_the_clause(live, clause, fail_on):
    """No answer of the gateway breaks the clause, as far as it weighs enough."""
    broken = [f for _, j in live.judged for f in j.findings if f.clause.id == clause.id]
    assert clause.severity < fail_on or broken == []


def test_the_reads_of_an_order_tell_one_story(live, judges, clause):
    """Read as JSON, XML and JSON again, no order breaks the clause."""
    for poll in live.polls:
        found = judges.exchanges.judge(poll).findings
        assert [f for f in found if f.clause.id == clause.id] == []


def test_what_is_not_in_order_is_refused(live, judges, clause):
    """A request with this parameter missing or wrong is answered with an error."""
    for read in live.refusals:
        assert clause.id not in judges.exchanges.judge([read]).clauses
