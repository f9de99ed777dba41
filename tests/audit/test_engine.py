"""Whoever does the tasks, and whatever happens to them: the same answer, and nothing lost."""

import itertools
import json
import multiprocessing
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.corpora import lines
from tests.audit.archives import BAD, CORPUS, LINE, audited, told, without_engine, written
from tests.workspace import WORKSPACE
from topcheck.audit import blocks, engine
from topcheck.audit.store import CheckpointError, Store
from topcheck.cli import audit as command

SIZE = 32 * 1024


@pytest.fixture
def small_tasks(monkeypatch):
    """Cut archives into many tasks, and start processes for small ones too."""
    monkeypatch.setattr(blocks.tasks_of, "__defaults__", (SIZE,))


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """An archive of answers with faults."""
    folder = tmp_path_factory.mktemp("archive")
    written(folder, "a.ndjson", b"\n".join(lines(CORPUS, "json", 600)))
    written(folder, "b.ndjson", b"\n".join(lines(CORPUS, "xml", 60)))
    return folder


@pytest.fixture(scope="module")
def reference(archive, tmp_path_factory):
    """What the reference says of each of its records, and the findings file."""
    path = tmp_path_factory.mktemp("reference") / "findings"
    return without_engine(audited(archive, alone=True, findings=path)), path.read_bytes()


def test_findings_are_what_the_reference_says(tmp_path):
    """Record by record, through shapes, of 2,000 answers."""
    path = tmp_path / "findings"
    files = [written(tmp_path, f"{fmt}.ndjson", b"\n".join(lines(CORPUS, fmt, count)))
             for fmt, count in (("json", 1500), ("xml", 500))]  # fmt: skip
    data = audited(*files, findings=path, code=1)
    assert data["engine"]["judged_by_reference"] < 1000
    by_hand = []
    for file, fmt in zip(files, ("json", "xml"), strict=True):
        offset = 0
        for record, line in enumerate(file.read_bytes().split(b"\n")):
            body = line if fmt == "json" else json.loads(line)["body"].encode()
            judgement = WORKSPACE.judges.response.judge(body)
            if judgement.findings:
                by_hand.append({"file": str(file), "offset": offset, "record": record,
                                "verdict": judgement.verdict,
                                "clauses": sorted(judgement.clauses)})  # fmt: skip
            offset += len(line) + 1
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == by_hand


@pytest.mark.usefixtures("small_tasks")
def test_the_number_of_jobs_changes_nothing(archive, reference, tmp_path):
    path = tmp_path / "findings"
    for jobs in (1, 2, 3):
        data = audited(archive, findings=path, jobs=jobs)
        assert (without_engine(data), path.read_bytes()) == reference


@pytest.mark.parametrize("size", [1, 400, 1000, 5000])
def test_any_cut_gives_each_line_to_one_task(tmp_path, size):
    """However small the tasks are, and with lines longer than they are."""
    content = b"\n".join([LINE, b"", BAD, b"{}", BAD + b" " * 3000, LINE, BAD])
    path = written(tmp_path, "a.ndjson", content)
    (archive,) = command.find_archives([str(path)], command.form_of(WORKSPACE.contract, ()))
    found = []
    for task in blocks.tasks_of([archive], size):
        with path.open("rb") as file:
            file.seek(max(0, task.start - 1))
            pieces, at = iter(lambda file=file: file.read(256), b""), task.start
            if at:
                pieces, at = blocks.from_line_start(pieces, at)
            for block in blocks.line_blocks(pieces, at, task.stop):
                found += blocks.lines(block)
    offsets = [0, *(match.end() for match in re.finditer(b"\n", content))]
    parts = zip(offsets, content.split(b"\n"), strict=True)
    assert found == [(at, line) for at, line in parts if line]


class Killing(engine.Processes):
    """Kills one of its processes whenever so many tasks were given."""

    def __init__(self, jobs, every=3, times=1):
        super().__init__(jobs)
        self.count, self.every, self.times = itertools.count(1), every, times

    def submit(self, job, task):
        """Give a task, and kill whoever may have begun it."""
        future = super().submit(job, task)
        if self.times and next(self.count) % self.every == 0:
            self.times -= 1
            for child in set(multiprocessing.active_children()) - self.others:
                os.kill(child.pid, signal.SIGKILL)
                break
        return future


@pytest.mark.usefixtures("small_tasks")
def test_a_lost_worker_costs_a_repetition_and_no_more(archive, reference, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "Processes", Killing)
    path = tmp_path / "findings"
    data = audited(archive, findings=path, jobs=2, code=1)
    assert (without_engine(data), path.read_bytes()) == reference


def test_workers_that_all_end_are_one_line(tmp_path):
    """A pool that breaks again and again is given up."""

    class Broken:
        room = 2

        def submit(self, _job, _task):
            raise engine.BrokenExecutor

        def renew(self):
            pass

        def read(self):
            return 0

    path = written(tmp_path, "a.ndjson", LINE)
    archives = command.find_archives([str(path)], command.form_of(WORKSPACE.contract, ()))
    job = command.Job.by(WORKSPACE)
    with pytest.raises(engine.EngineError, match="worker after worker ended"):
        engine.run(job, blocks.tasks_of(archives), Broken(), lambda *_: None)


# ---------------------------------------------------------------- checkpoints


def interrupted_after(count):
    """Return a keeper of results that is interrupted once so many are kept."""
    kept, keep = itertools.count(1), Store.keep

    def interrupted(self, number, counted):
        keep(self, number, counted)
        if next(kept) == count:
            raise KeyboardInterrupt

    return interrupted


@pytest.mark.usefixtures("small_tasks")
def test_an_interrupted_audit_goes_on(archive, reference, tmp_path, monkeypatch):
    """Ctrl-C says how, and what comes of it in the end is the same, byte for byte."""
    path, checkpoint = tmp_path / "findings", tmp_path / "checkpoint"
    options = {"findings": path, "checkpoint": checkpoint, "jobs": 1}
    monkeypatch.setattr(sys, "argv", ["/x/topcheck", "audit", "a b", "--checkpoint", "c"])
    with monkeypatch.context() as patch:
        patch.setattr(Store, "keep", interrupted_after(5))
        code, said, why = told(archive, **options)
    assert (code, said) == (2, "")
    assert re.search(r"interrupted: 5 of \d\d parts are judged; go on with: ", why)
    assert why.endswith(": topcheck audit 'a b' --checkpoint c\n")
    assert not path.exists()
    kept = []
    with monkeypatch.context() as patch:
        keep = Store.keep
        patch.setattr(Store, "keep", lambda *given: (kept.append(given[1]), keep(*given)))
        data = audited(archive, **options)
    assert min(kept) == 5
    assert (without_engine(data), path.read_bytes()) == reference


@pytest.mark.usefixtures("small_tasks")
def test_an_interrupted_audit_leaves_a_checkpoint(archive, reference, tmp_path, monkeypatch):
    """Though none was named, and nothing that lies there is written over."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["topcheck", "audit", "x"])
    written(tmp_path, command.LEFT_BEHIND, b"mine")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "keep", interrupted_after(3))
        why = told(archive, jobs=1)[2]
    left = Path(f"{command.LEFT_BEHIND}-2")
    assert why.endswith(f": topcheck audit x --checkpoint {left}\n")
    assert without_engine(audited(archive, checkpoint=left, jobs=1)) == reference[0]


@pytest.mark.usefixtures("small_tasks")
def test_checkpoints_that_are_left_are_no_archives(tmp_path, monkeypatch):
    """However many lie in the working folder, and that is what is audited."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a.ndjson", b"\n".join(lines(CORPUS, "json", 600)))
    first = audited(".", jobs=1)
    for left in (command.LEFT_BEHIND, f"{command.LEFT_BEHIND}-2", f"{command.LEFT_BEHIND}-3"):
        with monkeypatch.context() as patch:
            patch.setattr(Store, "keep", interrupted_after(3))
            assert told(".", jobs=1)[2].endswith(f" --checkpoint {left}\n")
    for checkpoint in (left, "another", None):
        data = audited(".", checkpoint=checkpoint and Path(checkpoint), jobs=1)
        assert without_engine(data) == without_engine(first)
        Path("another").unlink(missing_ok=True)  # a name of one's own is known where it is given


def test_a_killed_audit_goes_on(archive, reference, tmp_path):
    """Killed for good in the middle, its processes end too, and all that was done is kept."""
    checkpoint, path = tmp_path / "checkpoint", tmp_path / "findings"
    child = multiprocessing.get_context("fork").Process(
        target=_until_killed, args=(archive, checkpoint, path)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    with closing(sqlite3.connect(checkpoint)) as connection, connection:
        (done,) = connection.execute("select count(*) from task").fetchone()
    assert done == 4
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks.tasks_of, "__defaults__", (SIZE,))
        data = audited(archive, checkpoint=checkpoint, findings=path, jobs=1)
    assert (without_engine(data), path.read_bytes()) == reference


def _until_killed(archive, checkpoint, path):
    blocks.tasks_of.__defaults__ = (SIZE,)
    keep, count = Store.keep, itertools.count(1)

    def killed(self, *given):
        keep(self, *given)
        if next(count) == 4:
            os.kill(os.getpid(), signal.SIGKILL)

    Store.keep = killed
    told(archive, checkpoint=checkpoint, findings=path, jobs=1)


@pytest.mark.parametrize(("changed", "words"), [
    ("inputs", "it is of an audit with other inputs: name another file, or remove it"),
    ("options", "it is of an audit with other options: name another file, or remove it"),
    ("contract", "it is of an audit with other contract: name another file, or remove it"),
    ("version", "it is of an audit with another version: name another file, or remove it"),
    ("layout", "it is of an audit with another layout: name another file, or remove it"),
    ("text", "it is no checkpoint"),
    ("other", "it is no checkpoint"),
])  # fmt: skip
def test_a_checkpoint_of_something_else_is_refused(tmp_path, monkeypatch, changed, words):
    path, checkpoint = written(tmp_path, "a.ndjson", LINE), tmp_path / "checkpoint"
    audited(path, checkpoint=checkpoint, code=0)
    options = {}
    if changed == "inputs":
        written(tmp_path, "a.ndjson", LINE + b"\n")
    elif changed == "options":
        options["format"] = "json"
    elif changed == "contract":
        monkeypatch.setattr(command, "RULES", "page.txt")
    elif changed == "version":
        monkeypatch.setattr(command, "__version__", "0.0.1")
    elif changed == "layout":
        with closing(sqlite3.connect(checkpoint)) as connection, connection:
            connection.execute("update about set value = '0' where name = 'layout'")
    elif changed == "text":
        checkpoint.write_text("not a database at all, and longer than a header is" * 10)
    else:
        checkpoint.unlink()
        with closing(sqlite3.connect(checkpoint)) as connection, connection:
            connection.execute("create table other (x)")
    code, _, why = told(path, checkpoint=checkpoint, **options)
    assert (code, why) == (2, f"topcheck: {checkpoint}: {words}\n")


def test_a_checkpoint_that_is_refused_is_let_go(tmp_path):
    """While the error is still at hand, another audit may take it."""
    path = tmp_path / "checkpoint"
    Store(path, {"options": "1"}).close()
    with pytest.raises(CheckpointError) as refused:
        Store(path, {"options": "2"})
    Store(path, {"options": "1"}).close()
    assert refused.traceback


@pytest.mark.parametrize("change", [
    "update task set tally = '{}'", "update task set tally = 'nothing'", "drop table task",
    "update task set tally = '[]'", "update task set findings = x'00'",
    "update task set findings = x'1f8b'", "update task set findings = null",
    "update task set number = 7", "update task set number = -1",
    "insert into task select 99, tally, findings, mark from task",
    "insert into task values (1, '{}', x'', 0)",
    """update task set tally = replace(tally, '"file": 0', '"file": 55')""",
    """update task set tally = replace(tally, '"records": 1', '"records": "1"')""",
    """update task set tally = replace(tally, 'status.enum', 'status.nothing')""",
    """update task set tally = replace(tally, '"samples": {', '"samples": 3, "other": {')""",
])  # fmt: skip
def test_a_checkpoint_that_is_damaged_is_one_line(tmp_path, change):
    """What is in it is not read again; the findings of before stay."""
    path, checkpoint = written(tmp_path, "a.ndjson", BAD), tmp_path / "checkpoint"
    findings = tmp_path / "findings"
    audited(path, checkpoint=checkpoint, findings=findings, code=1)
    findings.write_text("of before")
    with closing(sqlite3.connect(checkpoint)) as connection, connection:
        connection.execute(change)
    code, said, why = told(path, checkpoint=checkpoint, findings=findings)
    words = "it is damaged: name another file, or remove it"
    assert (code, said, why) == (2, "", f"topcheck: {checkpoint}: {words}\n")
    assert findings.read_text() == "of before"


@pytest.fixture
def full_disk():
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_tasks")
def test_a_full_disk_is_one_line_and_costs_nothing(archive, reference, tmp_path, full_disk):
    """What was judged before is kept; once there is room the same command goes on."""
    checkpoint, path = tmp_path / "checkpoint", tmp_path / "findings"
    options = {"checkpoint": checkpoint, "findings": path, "jobs": 1}
    full_disk(20_000)
    code, said, why = told(archive, **options)
    assert (code, said, why.count("\n")) == (2, "", 1)
    assert why.startswith(f"topcheck: {checkpoint}: ")
    assert why.endswith(": make room, and give the same command again\n")
    full_disk(resource.RLIM_INFINITY)
    data = audited(archive, **options)
    assert (without_engine(data), path.read_bytes()) == reference


def test_findings_that_do_not_fit_are_named(archive, tmp_path, full_disk):
    path = tmp_path / "findings"
    full_disk(512)
    with pytest.raises(OSError, match=r"File too large: '.*/findings'"):
        told(archive / "a.ndjson", findings=path, jobs=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["folder", "nowhere/checkpoint"])
def test_a_checkpoint_that_cannot_be_written_is_one_line(tmp_path, place):
    (tmp_path / "folder").mkdir()
    code, said, why = told(written(tmp_path, "a.ndjson", LINE), checkpoint=tmp_path / place)
    assert (code, said) == (2, "")
    assert why == f"topcheck: {tmp_path / place}: no file can be written there: name another one\n"


def test_a_checkpoint_serves_one_audit_at_a_time(tmp_path):
    path, checkpoint = written(tmp_path, "a.ndjson", LINE), tmp_path / "checkpoint"
    audited(path, checkpoint=checkpoint, code=0)
    with closing(sqlite3.connect(checkpoint)) as connection, connection:
        connection.execute("begin exclusive")
        code, _, why = told(path, checkpoint=checkpoint)
    assert (code, why) == (2, f"topcheck: {checkpoint}: another audit writes it\n")


def test_shapes_that_disagree_end_the_audit(tmp_path, monkeypatch):
    """No verdict is told that cannot be trusted."""
    from topcheck.judge.shapes.guard import ShapeDisagreement, Shapes

    def disagreeing(_self, block):
        raise ShapeDisagreement(block, "one", "another")

    monkeypatch.setattr(Shapes, "judge_block", disagreeing)
    code, said, why = told(written(tmp_path, "a.ndjson", LINE))
    assert (code, said) == (2, "")
    assert why.count("\n") == 1
    assert "its shape says one, the reference another: no verdict can be trusted" in why


def test_ctrl_c_ends_a_real_audit(archive, tmp_path):
    """In processes of its own, of which none says anything."""
    big, checkpoint = tmp_path / "big.ndjson", tmp_path / "checkpoint"
    big.write_bytes(((archive / "a.ndjson").read_bytes() + b"\n") * 300)
    words = [sys.executable, "-c", "from topcheck.cli.main import main; main()", "audit", str(big),
             "--jobs", "2", "--by-reference", "--checkpoint", str(checkpoint)]  # fmt: skip
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)  # fmt: skip
    while not checkpoint.exists():
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("topcheck: interrupted: "), err
    assert err.endswith(f"--checkpoint {checkpoint}\n")
    assert err.count("\n") == 1
