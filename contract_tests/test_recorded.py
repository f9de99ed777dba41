"""Recorded exchanges, judged as if they had just come in."""

import datetime

import pytest

from topcheck.gateway.recording import contract_digest
from topcheck.home import home
from topcheck.recorded import FOLDER, age, cassettes, judged, observed
from topcheck.workspace import workspace as load_workspace

RECORDED = cassettes()


@pytest.mark.evidence("recorded")
@pytest.mark.parametrize("clause", observed(), ids=lambda clause: clause.id)
def test_no_recording_breaks_the_clause(clause):
    """Of the recordings that tell of a clause, none breaks it."""
    broken = [path.name for path, judgement in judged() if clause.id in judgement.clauses]
    assert broken == [], f"{clause.quote or clause.why}"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_a_recording_knows_its_origin(path):
    """Each recording says when and where it was made, and is against today's contract."""
    recording = cassettes()[path]
    assert recording.recorded_at
    assert recording.origin
    assert recording.contract_digest == contract_digest(load_workspace().contract)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_a_recording_is_not_too_old(path, pytestconfig):
    """What was recorded too long ago proves nothing of today; the limit is in pyproject.toml."""
    limit = int(pytestconfig.getini("topcheck_cassette_days"))
    days = age(cassettes()[path], datetime.datetime.now(datetime.UTC).date())
    assert days <= limit, f"recorded {days} days ago: pytest --record records it anew"


def test_both_formats_of_every_status_are_recorded(workspace):
    """Every status that the page lists is recorded as JSON and as XML."""
    flow = workspace.flows[0]
    codes = {code for stage in flow.stages for code in stage}
    for fmt in ("json", "xml"):
        mine = [one for path, one in judged() if cassettes()[path].format == fmt]
        assert codes <= {one.values.get(flow.path) for one in mine}


def test_every_file_is_a_recording_that_is_read():
    """A file that lies among the recordings and is read by nobody proves nothing."""
    folder = home() / FOLDER
    assert sorted(folder.iterdir()) == list(RECORDED)
