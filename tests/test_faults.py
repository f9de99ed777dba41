"""Every fault of the catalogue is convicted under its clause, in each format that can show it."""

import re

import pytest

from tests.kill_matrix import FAULTS, PAGE, convictions
from topcheck.workspace import workspace

#: Clauses about exchanges that no fault can be planted for, and why.
UNPLANTED = {
    "wire.transport.form": "who refuses a form refuses every call, and nothing is observed",
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_convicted_under_its_clause(fault):
    """No fault survives, and none is convicted by something else only."""
    found = convictions(fault)
    assert set(fault.formats) <= found.get(fault.clause, set()), found


def test_every_clause_that_an_answer_can_break_has_its_fault():
    """A clause that no fault shows broken proves nothing about a gateway."""
    clauses = {clause.id for clause in workspace().contract.clauses if clause.id[:8] != "request."}
    assert clauses - {fault.clause for fault in FAULTS.values()} == set(UNPLANTED)


def test_the_docs_list_every_fault():
    """The page of the docs has a row for each fault, with its sentence and its own clause first."""
    rows = dict(re.findall(r"^\| `([^`]+)` +\| (.+)$", PAGE.read_text("utf-8"), re.M))
    assert list(rows) == list(FAULTS)
    for fault in FAULTS.values():
        _kind, sentence, convicted = (cell.strip() for cell in rows[fault.id].split("|")[:3])
        assert sentence == fault.sentence
        assert convicted.startswith(f"`{fault.clause}`")
