"""Every clause, kept by one message and broken by another, in each format that can say it.

A test's parameter is the id of its clause. A clause that nothing here can break fails: a rule that
cannot be broken proves nothing.
"""

import pytest

from contract_tests.pairs import over_pairs
from topcheck.workspace import workspace as load_workspace

pytestmark = pytest.mark.evidence("generated")

ALL = load_workspace().clauses()
REQUEST = load_workspace().clauses("request")
MESSAGES = [clause for clause in ALL if clause not in REQUEST]


def _sayable(clauses, fmt):
    """Return the clauses that a format can break; the others are in docs/schemas.md."""
    return [clause for clause in clauses if load_workspace().cases_of(clause, fmt)]


def _check_pairs(workspace, clause, fmt):
    side = clause.id.partition(".")[0]
    for case in workspace.cases_of(clause, fmt):

        def keeps_and_breaks(pair, name=case.name):
            kept = workspace.judges.judge(side, fmt, pair.kept)
            assert kept.findings == (), f"{name}: what keeps the clause is found fault with"
            broken = workspace.judges.judge(side, fmt, pair.broken)
            assert clause.id in broken.clauses, f"{name}: what breaks the clause is not reported"

        over_pairs(case, fmt, keeps_and_breaks)


@pytest.mark.parametrize("clause", ALL, ids=lambda clause: clause.id)
def test_a_clause_can_be_broken(workspace, clause):
    """A clause without a pair is a defect of the suite."""
    assert workspace.cases.of(clause)


@pytest.mark.parametrize("clause", _sayable(MESSAGES, "json"), ids=lambda clause: clause.id)
def test_kept_and_broken_in_json(workspace, clause):
    """In JSON, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(workspace, clause, "json")


@pytest.mark.parametrize("clause", _sayable(MESSAGES, "xml"), ids=lambda clause: clause.id)
def test_kept_and_broken_in_xml(workspace, clause):
    """In XML, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(workspace, clause, "xml")


@pytest.mark.parametrize("clause", _sayable(REQUEST, "form"), ids=lambda clause: clause.id)
def test_kept_and_broken_in_a_form(workspace, clause):
    """In a form, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(workspace, clause, "form")


@pytest.mark.parametrize("clause", _sayable(REQUEST, "json"), ids=lambda clause: clause.id)
def test_kept_and_broken_as_typed_parameters(workspace, clause):
    """As typed values, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(workspace, clause, "json")
