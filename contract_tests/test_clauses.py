"""Every clause, kept by one message and broken by another, in each format that can say it.

A test's parameter is the id of its clause. A clause that nothing here can break fails: a rule that
cannot be broken proves nothing.
"""

import pytest

from contract_tests.pairs import over_pairs
from topcheck.workspace import suite as load_suite

pytestmark = pytest.mark.evidence("generated")

ALL = load_suite().clauses()
REQUEST = load_suite().clauses("request")
MESSAGES = [clause for clause in ALL if clause not in REQUEST]


def _sayable(clauses, written):
    """Return the clauses that a format can break; the others are in docs/schemas.md."""
    return [clause for clause in clauses if load_suite().cases_of(clause, written)]


def _check_pairs(suite, clause, written):
    side = clause.id.partition(".")[0]
    for case in suite.cases_of(clause, written):

        def keeps_and_breaks(pair, name=case.name):
            kept = suite.judges.judge(side, written, pair.kept)
            assert kept.findings == (), f"{name}: what keeps the clause is found fault with"
            broken = suite.judges.judge(side, written, pair.broken)
            assert clause.id in broken.clauses, f"{name}: what breaks the clause is not reported"

        over_pairs(case, written, keeps_and_breaks)


@pytest.mark.parametrize("clause", ALL, ids=lambda clause: clause.id)
def test_a_clause_can_be_broken(suite, clause):
    """A clause without a pair is a defect of the suite."""
    assert suite.cases.of(clause)


@pytest.mark.parametrize("clause", _sayable(MESSAGES, "json"), ids=lambda clause: clause.id)
def test_kept_and_broken_in_json(suite, clause):
    """In JSON, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(suite, clause, "json")


@pytest.mark.parametrize("clause", _sayable(MESSAGES, "xml"), ids=lambda clause: clause.id)
def test_kept_and_broken_in_xml(suite, clause):
    """In XML, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(suite, clause, "xml")


@pytest.mark.parametrize("clause", _sayable(REQUEST, "form"), ids=lambda clause: clause.id)
def test_kept_and_broken_in_a_form(suite, clause):
    """In a form, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(suite, clause, "form")


@pytest.mark.parametrize("clause", _sayable(REQUEST, "json"), ids=lambda clause: clause.id)
def test_kept_and_broken_as_typed_parameters(suite, clause):
    """As typed values, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(suite, clause, "json")
