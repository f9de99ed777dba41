"""A report folder that cannot be written, is full, or is written by two runs at once."""

import errno
import json
import multiprocessing
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.outcomes import contract_run, live_run
from tests.warm import run_topcheck
from topcheck import atomic
from topcheck.atomic import write_whole
from topcheck.report.files import FINDINGS, WRITERS, begin, write_reports
from topcheck.wire.redact import Redactor

NOBODY = Redactor([])
ROOT = Path(__file__).parents[2]


def left(folder):
    """What stands in a folder, at any depth."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# ------------------------------------------------------------- whole, or not


def test_a_name_with_a_folder_joins_what_is_there(tmp_path):
    """A new folder is moved whole; into one that is there, file by file."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "mine").write_text("mine")
    write_whole(tmp_path, {"a/b/one": "1", "a/c/two": "2", "d/e/three": b"3", "four": "4"})
    assert left(tmp_path) == ["a", "a/b", "a/b/one", "a/c", "a/c/two", "a/mine", "d", "d/e",
                              "d/e/three", "four"]  # fmt: skip
    write_whole(tmp_path, {"four": "5"}, instead_of=["a/b/one", "not there"])
    assert not (tmp_path / "a" / "b" / "one").exists()
    assert (tmp_path / "four").read_text() == "5"


def test_a_full_disk_writes_nothing_and_is_named(tmp_path, monkeypatch):
    """That error has no name of a file: the folder's is said. What was there stays."""
    (tmp_path / "outcome.json").write_text("old")
    written = Path.write_bytes

    def full(path, body):
        if path.name == "summary.md":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written(path, body)

    monkeypatch.setattr(atomic.Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device") as found:
        write_reports(live_run(), tmp_path, NOBODY, {"a.sh": "#"}, ["a"])
    assert found.value.filename == str(tmp_path)
    assert left(tmp_path) == ["outcome.json"]
    assert (tmp_path / "outcome.json").read_text() == "old"


def test_findings_are_written_with_the_reports_or_not_at_all(tmp_path):
    """In one step; those of a run that ended meanwhile are gone, and what is not ours stays."""
    begin(tmp_path, ["a", "b"])
    write_reports(live_run(), tmp_path, NOBODY, {"a.sh": "1", "a.json": b"{}"}, ["a", "b"])
    (tmp_path / FINDINGS / "mine.sh").write_text("")
    write_reports(live_run(), tmp_path, NOBODY, {"b.sh": "2"}, ["a", "b"])
    assert left(tmp_path / FINDINGS) == ["b.sh", "mine.sh"]


def test_a_folder_in_the_place_of_a_report_is_told_first(tmp_path):
    """Before anything is asked."""
    (tmp_path / "junit.xml").mkdir()
    with pytest.raises(OSError, match=r"junit\.xml") as found:
        begin(tmp_path, [])
    assert found.value.filename == str(tmp_path / "junit.xml")


def test_a_folder_without_rights_is_named(tmp_path, monkeypatch):
    """A file system that is read-only says so of the folder."""
    denied = OSError(errno.EROFS, os.strerror(errno.EROFS), str(tmp_path))

    def refuse(*_, **__):
        raise denied

    monkeypatch.setattr(atomic.tempfile, "TemporaryDirectory", refuse)
    with pytest.raises(OSError, match="Read-only file system"):
        write_whole(tmp_path, {"a": "1"})
    assert left(tmp_path) == []


# ------------------------------------------------------------- two at once


def _write_often(folder, number):
    made = (live_run, contract_run)[number % 2]()
    made = replace(made, seed=str(number), reasons=("x" * 20_000,))
    findings = {f"c{n}.sh": str(number) for n in range(number, number + 3)}
    for _ in range(12):
        write_reports(made, folder, NOBODY, findings, [f"c{n}" for n in range(9)])


@pytest.mark.parametrize("others", [1, 3])
def test_a_folder_that_several_write_is_of_one_of_them(tmp_path, others):
    """Never a mix: the reports and the files of findings are of one run."""
    context = multiprocessing.get_context("fork")
    runs = [context.Process(target=_write_often, args=(tmp_path, n)) for n in range(others + 1)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(60)
    assert [run.exitcode for run in runs] == [0] * len(runs)
    seed = json.loads((tmp_path / "outcome.json").read_text("utf-8"))["seed"]
    number = int(seed)
    assert f"seed {seed}" in (tmp_path / "summary.md").read_text("utf-8")
    assert left(tmp_path / FINDINGS) == [f"c{n}.sh" for n in range(number, number + 3)]
    assert {path.read_text() for path in (tmp_path / FINDINGS).iterdir()} == {seed}
    assert set(left(tmp_path)) == {*WRITERS, FINDINGS, *(f"{FINDINGS}/c{n}.sh" for n in
                                                         range(number, number + 3))}  # fmt: skip


REMOVE = """import sys
from pathlib import Path
from topcheck.atomic import remove
print("now", flush=True)
remove(Path(sys.argv[1]), ["a", "b"])"""


def test_who_removes_waits_for_who_writes(tmp_path, monkeypatch):
    """A run that begins takes nothing out of what another one is just moving to its place."""
    moved, others = Path.replace, []

    def slowly(path, target):
        if not others:
            words = [sys.executable, "-c", REMOVE, str(tmp_path)]
            others.append(subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE))
            others[0].stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                others[0].wait(0.3)
        return moved(path, target)

    monkeypatch.setattr(atomic.Path, "replace", slowly)
    write_whole(tmp_path, {"a": "1", "b": "2"})
    assert others[0].wait(10) == 0
    others[0].stdout.close()
    assert left(tmp_path) == []


# -------------------------------------------------------------------- runs


def test_a_run_whose_report_does_not_fit_still_tells_its_verdict(tmp_path):
    """One line, the last screen, 2, and nothing half written."""
    found = run_topcheck("gate", "--clause=error_response.*", f"--report={tmp_path}", largest=2500)
    assert (found.returncode, found.stderr) == (2, f"topcheck: {tmp_path}: File too large\n")
    assert found.stdout.rstrip().endswith("verdict: these clauses hold")
    assert left(tmp_path) == []


@pytest.mark.parametrize("place", ["a file", "a file/below", "/proc/report"])
def test_a_folder_that_cannot_be_made_ends_a_run_before_it_begins(tmp_path, place):
    """One line that names it, and 2."""
    (tmp_path / "a file").touch()
    found = run_topcheck("gate", "--clause=exchange.parity", f"--report={tmp_path / place}")
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1), found.stderr
    assert place in found.stderr
