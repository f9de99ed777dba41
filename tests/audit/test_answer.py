"""What is told of an audit: as text, as JSON, as an outcome, and by the exit code."""

import contextlib
import gzip
import io
import json
import re

import jsonschema
import pytest

from tests.audit.archives import BAD, DRIFT, ENUM, LINE, answer, audited, obj, told, written
from tests.other_pages import SHAPES
from tests.other_pages import workspace as page_of
from topcheck.audit import tally
from topcheck.cli import audit as command
from topcheck.cli.audit import AuditOptions, audit_all
from topcheck.generate.bodies import WRITERS
from topcheck.report.outcome import EXIT_CODES, from_data
from topcheck.workspace import home

SCHEMA = json.loads((home() / "schemas" / "outcome.schema.json").read_text("utf-8"))
ADVISORY = answer(paid_fee=-5).encode()


def test_the_answer_as_json(tmp_path):
    """Its members, in their order, are those that are promised."""
    path = written(tmp_path, "a.ndjson", b"\n".join([LINE, BAD, BAD]))
    data = audited(path)
    assert list(data) == ["records", "verdicts", "clauses", "observed", "not_judged", "unreadable",
                          "complete", "engine"]  # fmt: skip
    assert list(data["engine"]) == ["shapes", "judged_by_reference", "seconds"]
    place = {"file": str(path), "offset": len(LINE) + 1, "record": 1}
    (clause,) = data["clauses"]
    assert list(clause) == ["clause", "severity", "count", "first", "samples"]
    assert (clause["clause"], clause["severity"], clause["count"]) == (ENUM, "violation", 2)
    assert clause["first"] == place
    assert clause["samples"][0] == {
        **place, "path": "result.model.checkout_status", "actual": '"PAID"',
        "expected": "one of INIT, PROCESSING, SUCCEEDED, FAILED, CANCELED",
    }  # fmt: skip


def test_the_answer_as_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a.ndjson", b"\n".join([LINE, BAD, DRIFT, BAD]))
    written(tmp_path, "b.gz", gzip.compress(LINE)[:-9])
    code, said, why = told("a.ndjson", "b.gz")
    assert (code, why) == (2, "")
    assert said.splitlines()[:7] == [
        f"{ENUM}  [violation]  2 answers",
        "    at        result.model.checkout_status",
        "    expected  one of INIT, PROCESSING, SUCCEEDED, FAILED, CANCELED",
        '    actual    "PAID"',
        "    page:31  checkout_status String PROCESSING 支付单现在的状态…), SUCCEEDED(成功), "
        "FAILED(失败), CANCELED(取消)",
        f"    first in  a.ndjson record 1 at byte {len(LINE) + 1}",
        "    also in   record 3",
    ]
    *_, engine, totals = said.splitlines()
    assert said.splitlines()[-6:-2] == [
        "observed result.model.checkout_status: PAID (2), PROCESSING (2)",
        "observed undocumented: result.extra (1)",
        "not judged: 35 clauses about more than a body, in up to 4 answers; "
        "--output json names them",
        "not read: b.gz at byte 0: it is cut off",
    ]
    assert re.fullmatch(r"4 judged by the reference, 0 by [01] shapes?; [0-9.]+ s", engine)
    assert totals == "4 answers in 2 files: 1 conforms, 1 drift, 2 violates; 1 not read"


def test_a_member_without_a_name_is_observed(tmp_path):
    """What has no letters is told by words; data has it as it is."""
    path = written(tmp_path, "a.ndjson", LINE.replace(b'{"result"', b'{"": 1, "result"'))
    assert "\nobserved undocumented: (no name) (1)\n" in told(path)[1]
    assert audited(path)["observed"]["undocumented"] == {"": 1}


@pytest.mark.parametrize(("lines", "codes"), [
    ([LINE], (0, 0, 0)), ([LINE, ADVISORY], (0, 0, 1)), ([LINE, DRIFT], (0, 1, 1)),
    ([LINE, BAD], (1, 1, 1)), ([b"{"], (1, 1, 1)), ([obj(), b"{"], (2, 2, 2)),
    ([obj(), obj(BAD.decode()), b"{"], (2, 2, 2)), ([obj(request="method=other")], (2, 2, 2)),
])  # fmt: skip
def test_the_exit_code_says_what_weighs_enough(tmp_path, lines, codes):
    """What could not be read outweighs a finding, and nothing is in order where nothing was judged.

    An outcome says the same as the code.
    """
    path = written(tmp_path, "a.ndjson", b"\n".join(lines))
    for level, code in zip(("violation", "drift", "advisory"), codes, strict=True):
        audited(path, fail_on=level, code=code, report=tmp_path / level)
        outcome = json.loads((tmp_path / level / "outcome.json").read_text("utf-8"))
        assert EXIT_CODES[outcome["verdict"]] == code


def test_samples_are_the_first_and_few(tmp_path):
    """The first ones by file and offset, whatever was judged before."""
    files = [
        written(tmp_path, f"{name}.ndjson", b"\n".join([LINE, BAD, BAD, BAD])) for name in "ba"
    ]
    (clause,) = audited(*files)["clauses"]
    assert clause["count"] == 6
    told_ = [(one["file"], one["record"]) for one in clause["samples"]]
    assert told_ == [(str(files[0]), 1), (str(files[0]), 2), (str(files[0]), 3),
                     (str(files[1]), 1), (str(files[1]), 2)]  # fmt: skip


def test_damaged_records_are_listed_up_to_a_bound(tmp_path, monkeypatch):
    """All are counted."""
    monkeypatch.setattr(tally, "MOST_UNREADABLE", 3)
    path = written(tmp_path, "a.ndjson", b"\n".join([obj(), *[b"{"] * 10]))
    data = audited(path, code=2)
    assert len(data["unreadable"]) == 3
    assert data["not_judged"]["places that could not be read"] == 10
    lines = told(path)[1].splitlines()
    assert sum(line.startswith(f"not read: {path}") for line in lines) == 3
    assert "not read: and 7 places more; --output json lists them" in lines
    assert lines[-1] == "1 answer in 1 file: 1 conforms; 10 not read"


def test_the_outcome_of_an_audit(tmp_path):
    """It keeps the published schema, and says of each clause whether it was seen to hold."""
    path, report = written(tmp_path, "a.ndjson", b"\n".join([LINE, BAD])), tmp_path / "report"
    told(path, report=report)
    data = json.loads((report / "outcome.json").read_text("utf-8"))
    jsonschema.validate(data, SCHEMA)
    (side,) = from_data(data).sides
    states = {clause.clause: clause.state for clause in side.clauses}
    assert states[ENUM] == "broken"
    assert states["response.result.model.paid_fee.type"] == "held"
    assert states["response.result.known"] == "held"
    assert states["exchange.parity"] == "not observed"
    assert data["verdict"] == "may not ship"
    assert (report / "summary.md").exists()
    finding = next(clause for clause in side.clauses if clause.clause == ENUM).findings[0]
    assert finding.case == f"{path}, record 1 at byte {len(LINE) + 1}"


def test_credentials_of_the_environment_are_shown_nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv("TOP_APP_SECRET", "PAIDPAID")
    path = written(tmp_path, "a.ndjson", answer(checkout_status="PAIDPAID").encode())
    for output in ("text", "json"):
        code, said, _ = told(path, output=output)
        assert code == 1
        assert "PAIDPAID" not in str(said)
        assert "(secret)" in str(said)


@pytest.mark.parametrize("option", ["findings", "report"])
def test_what_cannot_be_written_is_told_before_anything_is_judged(tmp_path, monkeypatch, option):
    """Nobody wants to hear of it after hours."""
    path = written(tmp_path, "a.ndjson", LINE)
    monkeypatch.setattr(command, "find_archives", None)
    with pytest.raises(OSError, match=r"a\.ndjson"):
        told(path, **{option: path / "below"})


@pytest.mark.parametrize("shape", SHAPES)
def test_archives_of_any_method_are_judged(tmp_path, shape):
    """Both formats of the page's own answer conform; what is beside it is counted."""
    workspace = page_of(shape)
    bodies = {fmt: write(workspace.sample) for fmt, write in WRITERS.items()}
    lines = [bodies["json"].replace(b"\n", b" "), obj(bodies["xml"].decode())]
    path = written(tmp_path, "a.ndjson", b"\n".join(lines * 20))
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = audit_all(workspace, [str(path)], AuditOptions(fail_on="advisory"))
    assert code == 0, out.getvalue()
    assert out.getvalue().endswith("40 answers in 1 file: 40 conforms\n")
