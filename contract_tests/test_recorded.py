"""Recorded exchanges, judged as if they had just come in."""

import datetime

import pytest

from topcheck.cli.options import OF_RECORDINGS
from topcheck.gateway.recording import SUFFIXES, contract_digest
from topcheck.report.text import in_words
from topcheck.system import command_of, files_under


def _tried(workspace):
    """Return the clauses that some recording tried."""
    tried = workspace.recorded.evidence.tried
    return [clause for clause in workspace.contract.clauses if clause.id in tried]


def _files(workspace):
    return list(workspace.recorded.files)


@pytest.mark.evidence("recorded")
@pytest.mark.each("clause", _tried)
def test_no_recording_breaks_the_clause(workspace, clause, fail_on):
    """Of the recordings that tried a clause, none breaks it, as far as it weighs enough."""
    recorded = workspace.recorded
    found = [f for f in recorded.evidence.findings if f.clause.id == clause.id]
    if found and clause.severity >= fail_on:
        where = ", ".join(path.name for path in recorded.paths(found[0]))
        pytest.fail(in_words(found[0], len(found) - 1, where), pytrace=False)


@pytest.mark.each("path", _files)
def test_a_recording_knows_its_origin(workspace, path):
    """What says something of itself says when and where it was made, and by which contract."""
    for recording in workspace.recorded.files[path]:
        if not _tells_of_itself(recording):
            pytest.skip("it does not say where it was recorded, and by which contract")
        assert recording.recorded_at
        assert recording.origin
        assert recording.contract_digest


def test_the_recordings_are_by_the_contract_of_today(workspace, pytestconfig):
    """None is left from before the page changed: that is told once, and not for each of them."""
    today = contract_digest(workspace.contract)
    recordings = workspace.recorded.recordings
    old = [path.name for path, one in recordings if one.contract_digest not in (None, today)]
    if old:
        among = f"{old[0]} and {len(old) - 1} others" if len(old) > 1 else old[0]
        given = vars(pytestconfig.option)
        words = [word for option in OF_RECORDINGS for word in option.words(given[option.key])]
        again = command_of(["topcheck", "gate", "--record", *words])
        pytest.fail(f"{among} were recorded before the page changed: record them anew: {again}",
                    pytrace=False)  # fmt: skip


@pytest.mark.each("path", _files)
def test_a_recording_is_not_too_old(workspace, path, pytestconfig):
    """What was recorded too long ago proves nothing of today; the limit is in pyproject.toml."""
    limit = int(pytestconfig.getini("topcheck_cassette_days"))
    today = datetime.datetime.now(datetime.UTC).date()
    for recording in workspace.recorded.files[path]:
        days = recording.age(today)
        if days is None and not _tells_of_itself(recording):
            pytest.skip("it does not say when it was recorded: its age is not known")
        assert days is not None, "it does not say when it was recorded"
        assert days <= limit, f"recorded {days} days ago: pytest --record records it anew"


def _tells_of_itself(recording):
    """Whether a file is one of ours: other recorders write what was sent and answered only."""
    return any((recording.origin, recording.contract_digest, recording.tool_version))


def _flows(workspace):
    return workspace.flows


@pytest.mark.each("flow", _flows)
def test_both_formats_of_every_status_are_recorded(workspace, judges, flow, pytestconfig):
    """Every state that a flow orders is recorded as JSON and as XML."""
    if pytestconfig.getoption("--cassettes") is not None:
        pytest.skip("what the recordings of --cassettes do not hold is not observed")
    recordings = [one for _, one in workspace.recorded.recordings]
    if not any(map(_tells_of_itself, recordings)):
        pytest.skip("nothing was recorded here: topcheck gate --record does that")
    codes = {code for stage in flow.stages for code in stage}
    for fmt in ("json", "xml"):
        mine = [one.exchange for one in recordings if one.exchange.expected.format == fmt]
        told = [judges.exchanges.judge_body(one).values for one in mine]
        assert codes <= {values.get(flow.path) for values in told}


def test_every_file_is_a_recording_that_is_read(workspace):
    """A file that lies among the recordings and is read by nobody proves nothing."""
    read = set(workspace.recorded.files)
    unread = [path.name for path in files_under(workspace.cassettes) if path not in read]
    called = " or ".join(SUFFIXES)
    assert not unread, f"no recording is called so; one ends in {called}: {', '.join(unread)}"
