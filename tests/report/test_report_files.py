"""The folder of a report: of one run, whole, free of secrets, and open for one more format."""

import ast
import json
from pathlib import Path

import pytest

from tests.outcomes import RUNS, SAID, hostile, live_run, planted
from topcheck.report import files
from topcheck.report.files import FINDINGS, WRITERS, begin, redacted, write_reports
from topcheck.report.terminal import failure, last_screen, ledger_table, matrix, summary
from topcheck.wire.redact import REDACTED, Redactor

SECRET = 'se&cret/"of-the\\house"'  # noqa: S105 - planted
NOBODY = Redactor([])
FOLDER = Path(files.__file__).parent


def printed(outcome):
    """All that a terminal shows of an outcome."""
    yield last_screen(outcome)
    yield matrix(outcome)
    for side in outcome.sides:
        yield from summary(side)
        yield ledger_table(side)
        yield from (failure(side, clause) for clause in side.clauses)


# ------------------------------------------------------------------- files


def test_every_format_is_written(tmp_path):
    """The folder is made, and what was written is told."""
    shown = write_reports(live_run(), tmp_path / "a" / "b", NOBODY)
    assert shown == live_run()
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == set(WRITERS)


def test_hostile_texts_can_be_written(tmp_path):
    """Half of a surrogate pair has no place in UTF-8, and is no reason to write nothing."""
    write_reports(hostile(), tmp_path, NOBODY)
    for name in WRITERS:
        assert "支付成功" in (tmp_path / name).read_text("utf-8")


def test_what_an_earlier_run_left_is_removed_and_nothing_else(tmp_path):
    """A run that ends early leaves no report of another one."""
    write_reports(live_run(), tmp_path, NOBODY)
    (tmp_path / FINDINGS).mkdir()
    for name in ("response.a.type.sh", "response.a.type.json", "response.a.type.xml", "mine.sh"):
        (tmp_path / FINDINGS / name).write_text("")
    (tmp_path / "mine.txt").write_text("")
    begin(tmp_path, ["response.a.type", "response.b.type"])
    left = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert left == ["findings/mine.sh", "mine.txt"]


def test_a_folder_is_begun_where_there_is_none(tmp_path):
    """That it cannot be made is seen before anything is asked."""
    begin(tmp_path / "new", [])
    assert (tmp_path / "new").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        begin(tmp_path / "file", [])


def test_a_writer_that_fails_leaves_no_report(tmp_path, monkeypatch):
    """All are written, or none."""
    monkeypatch.setitem(WRITERS, "later.txt", lambda outcome: outcome.nothing)
    with pytest.raises(AttributeError):
        write_reports(live_run(), tmp_path, NOBODY)
    assert list(tmp_path.iterdir()) == []


# ----------------------------------------------------------------- secrets


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
@pytest.mark.parametrize("spelled", [SECRET, json.dumps(SECRET)[1:-1], SECRET[:9] + "…"])
def test_a_secret_in_any_text_appears_nowhere(tmp_path, run, spelled):
    """In no file, and nothing that is printed, though it stands in every text of the outcome."""
    told = planted(run(), spelled)
    clean = write_reports(told, tmp_path, Redactor([SECRET]))
    texts = [*((tmp_path / name).read_text("utf-8") for name in WRITERS), *printed(clean)]
    assert any(REDACTED in text for text in texts)
    for text in texts:
        assert "se&cret" not in text
        assert "se&amp;cret" not in text
        assert "of-the" not in text
    # the check can fail: without redaction it is everywhere
    write_reports(told, tmp_path, NOBODY)
    assert all("cret" in (tmp_path / name).read_text("utf-8") for name in WRITERS)


def test_a_secret_that_is_a_word_of_ours_spoils_nothing(tmp_path):
    """Its word stays where only we can have written it, and goes wherever else it stands."""
    clean = write_reports(planted(live_run(), " broken"), tmp_path, Redactor(SAID))
    (side,) = clean.sides
    assert side.name == f"{REDACTED} {REDACTED}"
    assert [c.state for c in side.clauses] == [c.state for c in live_run().sides[0].clauses]
    assert side.clauses[1].clause == "response.a.type"
    assert side.clauses[1].findings[0].actual == f'"1.5" {REDACTED}'


def test_an_outcome_without_secrets_stays_as_it_is():
    """Redaction changes nothing else."""
    for run in (*RUNS.values(), hostile):
        assert redacted(run(), Redactor([SECRET])) == run()


# --------------------------------------------------------------- one format


def test_a_new_format_is_a_function_and_a_row(tmp_path, monkeypatch):
    """It is written, redacted and removed like the others."""
    monkeypatch.setitem(WRITERS, "verdict.txt", lambda o: f"{o.verdict}: {o.reasons[0]}\n")
    write_reports(planted(live_run(), SECRET), tmp_path, Redactor([SECRET]))
    text = (tmp_path / "verdict.txt").read_text("utf-8")
    assert text == f"may not ship: querystatus: 1 clause broken{REDACTED}\n"
    begin(tmp_path, [])
    assert list(tmp_path.iterdir()) == []


#: What all that write may read; what puts them together, or writes what is no outcome.
SHARED = {"outcome", "since", "wording", "difference", "html_text"}
OTHERS = {"__init__", "exchanges", "files", "page_changes", "progress", "text", "theme"}
#: The modules that write.
FORMATS = {path.stem for path in FOLDER.glob("*.py")} - SHARED - OTHERS


def imports(path):
    """The modules of this folder that a module or a test imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("topcheck.report"):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            yield from (name.split(".")[2] for name in names if name.count(".") > 1)


def test_no_writer_knows_another():
    """Without one of them the others work: it takes its file, its row and its tests along."""
    for name in FORMATS:
        assert set(imports(FOLDER / f"{name}.py")) <= SHARED
        own = Path(__file__).with_name(f"test_report_{name}.py")
        assert set(imports(own)) & FORMATS == {name}
    for name in SHARED:
        assert set(imports(FOLDER / f"{name}.py")) <= SHARED
    assert set(imports(Path(__file__).with_name("test_outcome.py"))) & FORMATS == set()


def test_a_writer_reads_the_outcome_and_nothing_else():
    """No writer knows how anything was judged, nor a clock, a file or the environment."""
    for name in FORMATS:
        tree = ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))
        found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        found |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                  for alias in node.names}  # fmt: skip
        ours = {module for module in found if module.startswith("topcheck")}
        shared = {"topcheck.judge.ledger", *(f"topcheck.report.{one}" for one in SHARED)}
        # besides, how heavy a clause is, and what a runner of a CI job takes for a command
        assert ours - shared <= {"topcheck.contract.model", "topcheck.system"}
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                 and node.module in ours - shared for alias in node.names}  # fmt: skip
        assert names <= {"Severity", "plain", "without_commands"}
        assert found.isdisjoint({"os", "time", "datetime", "pathlib", "subprocess", "socket"})
