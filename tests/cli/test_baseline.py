"""`--baseline`: an earlier outcome is read before anything runs, and decides nothing."""

import json
from dataclasses import replace

import pytest

from tests.outcomes import RUNS, contract_run, hostile
from tests.warm import run_pytest, run_topcheck
from topcheck import __version__
from topcheck.cli.options import all_words, others_than
from topcheck.cli.outcome_file import OutcomeFileError, read_outcome
from topcheck.report.files import write_reports
from topcheck.report.json import as_json
from topcheck.report.outcome import to_data
from topcheck.wire.redact import Redactor

NOBODY = Redactor([])


@pytest.mark.parametrize("run", [*RUNS.values(), hostile])
def test_what_was_written_is_read_again(tmp_path, run):
    """Whatever stands in its texts; a byte order mark is no matter."""
    made = replace(run(), topcheck=__version__, at="2027-01-31T12:00:00+00:00")
    write_reports(made, tmp_path, NOBODY)
    file = tmp_path / "outcome.json"
    assert read_outcome(file) == made
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_outcome(file, made.method) == made


def test_an_outcome_of_an_earlier_version_is_read(tmp_path):
    """It has no changes of its own."""
    data = to_data(replace(contract_run(), topcheck="0.0.9"))
    del data["since"]
    (tmp_path / "outcome.json").write_text(json.dumps(data))
    assert read_outcome(tmp_path / "outcome.json").since is None


def spoiled(**members):
    """The bytes of an outcome, with some members of other values."""
    return json.dumps({**to_data(contract_run()), **members}).encode()


DEEP = b'{"sides":' + b"[" * 100_000
WRONG = {
    "nothing": (b"", "no outcome.json"),
    "not JSON": (b"<testsuites/>", "no outcome.json"),
    "cut": (as_json(contract_run()).encode()[:-9], "no outcome.json"),
    "UTF-16": ("{}".encode("utf-16"), "save it as UTF-8"),
    "deep": (DEEP, "nested too deep"),
    "long number": (b'{"seed":' + b"9" * 9999 + b"}", "no outcome.json"),
    "a list": (b"[]", "the whole"),
    "another document": (b'{"openapi":"3.1.0"}', "the whole"),
    "one more member": (spoiled(more=1), "the whole"),
    "a state of its own": (spoiled(verdict="green"), 'verdict: "green" is not one of'),
    "a time that is none": (spoiled(at="now\n\x1b[2J"), "no outcome.json"),
    "a later version": (spoiled(topcheck="99.0.1"), f"99.0.1, and this is {__version__}"),
    "a version that is none": (spoiled(topcheck="next"), "next is no version"),
    "another method": (spoiled(method="a.b\n\x1b.c"), "is of a.b\\u000a\\u001b.c, and this run"),
}


@pytest.mark.parametrize(("body", "said"), WRONG.values(), ids=list(WRONG))
def test_what_is_no_baseline_is_one_line(tmp_path, body, said):
    """It names the file, and says what is wrong with it."""
    (tmp_path / "outcome.json").write_bytes(body)
    with pytest.raises(OutcomeFileError) as found:
        read_outcome(tmp_path / "outcome.json", "x.y")
    line = str(found.value)
    assert line.startswith(str(tmp_path / "outcome.json"))
    assert said in line
    assert line.isprintable()
    assert len(line) < 400 + len(str(tmp_path))


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, name):
    """Not there, or a folder."""
    with pytest.raises(OutcomeFileError, match=r"No such file|Is a directory"):
        read_outcome(tmp_path / name)


# -------------------------------------------------------------------- runs

CLAUSE = "exchange.parity"


def gate(*options):
    """Gate one clause of the contract."""
    return run_topcheck("gate", f"--clause={CLAUSE}", *options)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report folder of a run without a baseline."""
    folder = tmp_path_factory.mktemp("report")
    assert gate(f"--report={folder}").returncode == 0
    return folder


def test_a_run_tells_what_changed_and_decides_as_before(report):
    """Though its own report takes the place of the baseline."""
    file = report / "outcome.json"
    data = json.loads(file.read_text("utf-8"))
    assert data["since"] is None
    (clause,) = data["sides"][0]["clauses"]
    held = [kind for kind, state in clause["evidence"].items() if state == "held"]
    clause.update(state="broken", evidence={**clause["evidence"], held[0]: "broken"})
    data["verdict"] = "may not ship"
    file.write_text(json.dumps(data), "utf-8")
    run = gate(f"--report={report}", f"--baseline={file}")
    assert run.returncode == 0, run.stdout
    assert f"since {data['at']} (may not ship): 0 broken anew, 1 mended" in run.stdout
    assert f"  mended: {CLAUSE}\n" in run.stdout
    found = json.loads(file.read_text("utf-8"))
    assert found["verdict"] == "these clauses hold"
    assert found["since"] == {
        "at": data["at"], "verdict": "may not ship", "broken": [], "not_compared": [],
        "mended": [{"side": "contract", "clause": CLAUSE}],
    }  # fmt: skip


@pytest.mark.parametrize("named", ["missing.json", "outcome.json"])
def test_a_wrong_baseline_ends_the_run_before_it_begins(tmp_path, named):
    """One line and 2; nothing is run, and no report of an earlier run is removed."""
    file, report = tmp_path / named, tmp_path / "outcome.json"
    report.write_bytes(WRONG["another method"][0])
    run = gate(f"--baseline={file}", f"--report={tmp_path}")
    assert (run.returncode, run.stderr.count("\n")) == (2, 1), run.stderr
    assert str(file) in run.stderr
    assert report.read_bytes() == WRONG["another method"][0]
    assert "passed" not in run.stdout
    run = run_pytest(f"--baseline={file}", "contract_tests/test_schemas.py")
    assert (run.returncode, run.stderr.count("\n"), str(file) in run.stderr) == (2, 1, True)


def test_a_command_that_repeats_a_clause_has_no_baseline():
    """It is about one clause, and by then the file is another."""
    from tests.cli.test_options import NOTHING

    given = {**NOTHING, "baseline": "report/outcome.json", "gateway": "http://a.test/"}
    assert all_words(given) == ["--gateway=http://a.test/", "--baseline=report/outcome.json"]
    test = "contract_tests/test_live.py::test_the_gateway_keeps_the_clause[a]"
    assert all_words(given, others_than(test)) == ["--gateway=http://a.test/"]
