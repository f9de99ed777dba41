"""Every clause, kept by one message and broken by another, in each format that can say it.

A test's parameter is the id of its clause. A clause that nothing here can break fails: a rule that
cannot be broken proves nothing. What keeps a clause, and what breaks it, tries it; what cannot
break it does not.
"""

import pytest

from contract_tests import untried
from contract_tests.pairs import judge_as, over_pairs
from topcheck.contract.clauses import lacking
from topcheck.generate.cases import write_as
from topcheck.generate.examples import examples

pytestmark = pytest.mark.evidence("generated")


def _all(workspace):
    return workspace.clauses()


def _messages(workspace):
    """Return the clauses that are not about a request alone."""
    return [clause for clause in workspace.clauses() if clause.side != "request"]


def _sayable(fmt, messages=False):
    """Return a function that gives the clauses of messages, or of requests, that a format breaks.

    The others are in docs/schemas.md.
    """

    def sayable(workspace):
        clauses = _messages(workspace) if messages else workspace.clauses("request")
        return [clause for clause in clauses if workspace.cases_of(clause, fmt)]

    return sayable


def _check_pairs(workspace, clause, fmt):
    for case in workspace.cases_of(clause, fmt):

        def keeps_and_breaks(pair, name=case.name):
            kept = judge_as(workspace.judges, clause.side, fmt, pair.kept)
            assert kept.findings == (), f"{name}: what keeps the clause is found fault with"
            assert clause.id in kept.tried, f"{name}: what keeps the clause does not try it"
            broken = judge_as(workspace.judges, clause.side, fmt, pair.broken)
            assert clause.id in broken.clauses, f"{name}: what breaks the clause is not reported"
            assert clause.id in broken.tried, f"{name}: what breaks the clause does not try it"

        over_pairs(case, fmt, keeps_and_breaks)


def test_no_kind_of_clause_is_lacking(contract):
    """What a page does not have is not judged, and that is said."""
    if found := lacking(contract):
        told = "; ".join(f"{fact} (that takes {need})" for fact, need in found.items())
        pytest.skip(f"between several answers this page shows nothing of: {told}")


@pytest.mark.each("clause", _all)
def test_a_clause_can_be_broken(workspace, clause):
    """A clause without a pair is a defect of the suite."""
    assert workspace.cases.of(clause)


@pytest.mark.each("clause", _sayable("json", messages=True))
def test_kept_and_broken_in_json(workspace, clause):
    """In JSON, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(workspace, clause, "json")


@pytest.mark.each("clause", _sayable("xml", messages=True))
def test_kept_and_broken_in_xml(workspace, clause):
    """In XML, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(workspace, clause, "xml")


@pytest.mark.each("clause", _sayable("form"))
def test_kept_and_broken_in_a_form(workspace, clause):
    """In a form, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(workspace, clause, "form")


@pytest.mark.each("clause", _sayable("json"))
def test_kept_and_broken_as_typed_parameters(workspace, clause):
    """As typed values, what keeps the clause passes and what breaks it is reported under its id."""
    _check_pairs(workspace, clause, "json")


# ------------------------------------------------------------------ what cannot break a clause


@pytest.mark.each("fmt", lambda _workspace: ("json", "xml"))
@pytest.mark.each("clause", _messages)
def test_what_cannot_break_a_clause_does_not_try_it(workspace, clause, fmt):
    """Only what could have shown that a clause is broken counts for it."""
    across = clause.side in ("exchange", "wire") and clause.path != "body"
    cases = workspace.cases_of(clause, fmt) if across else []
    kept = [one.kept for case in cases for one in examples(case.pairs(fmt), untried.DRAWN)]
    shown = list(untried.messages(workspace, clause, fmt, kept))
    assert shown
    judge = workspace.judges.exchanges
    assert [name for name, reads in shown if clause.id in judge.judge(reads).tried] == []


@pytest.mark.each("fmt", lambda _workspace: ("json", "form"))
@pytest.mark.each("clause", lambda workspace: workspace.clauses("request"))
def test_parameters_that_cannot_break_a_clause_do_not_try_it(workspace, clause, fmt):
    """What is not sent can be neither right nor wrong, and no answer tells of a request."""
    judge = workspace.judges
    shown = untried.of_parameters(workspace, clause, fmt)
    tried = [name for name, it in shown if clause.id in judge_as(judge, "request", fmt, it).tried]
    for reads in untried.answers(workspace, "response", "json"):
        tried += ["an answer"] if clause.id in judge.exchanges.judge(reads).tried else []
    assert tried == []


@pytest.mark.parametrize("fmt", ["json", "form"])
def test_parameters_try_clauses_of_requests_only(workspace, fmt):
    """No parameter shows anything of an answer."""
    root, by_id = workspace.contract.request, workspace.contract.by_id
    for document in untried.documents(workspace, "request"):
        judgement = judge_as(workspace.judges, "request", fmt, write_as(fmt, root, document))
        assert {by_id[one].side for one in judgement.tried} == {"request"}
