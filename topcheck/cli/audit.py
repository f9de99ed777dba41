"""`topcheck audit`: archives of recorded answers are judged, and what was found is counted."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import click

from topcheck import __version__
from topcheck.audit.answer import Audit, as_data, findings_of, gathered, outcome_of
from topcheck.audit.auditor import Job, form_of
from topcheck.audit.blocks import TASK_BYTES, Task, tasks_of
from topcheck.audit.cluster import Cluster
from topcheck.audit.engine import EngineError, Here, Processes, Workers, run
from topcheck.audit.inputs import Archive, InputError, find_archives
from topcheck.audit.records import MEMBERS
from topcheck.audit.store import CheckpointError, Store
from topcheck.audit.text import as_text
from topcheck.cli.options import BROKEN, OK, UNUSABLE
from topcheck.cli.workspaces import about_workspace
from topcheck.contract.files import CONTRACT, RULES
from topcheck.contract.model import Severity
from topcheck.live.connect import CREDENTIALS
from topcheck.report.files import begin, write_reports
from topcheck.report.progress import progress
from topcheck.report.theme import TEXT, tell
from topcheck.report.wording import amount
from topcheck.system import command_of, real_path, say
from topcheck.wire.redact import Redactor
from topcheck.wire.tree import Format
from topcheck.workspace import Workspace

#: Where an interrupted audit leaves what it has, unless a checkpoint is named.
LEFT_BEHIND = "topcheck-audit.checkpoint"
_MB = 1_000_000
#: Below this size it is quicker to judge than to start processes.
_SMALL = TASK_BYTES // 2


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What was asked for, by the names of the options; `alone` keeps shapes out."""

    format: Format | None = None
    jobs: int | None = None
    cluster: str | None = None
    checkpoint: Path | None = None
    findings: Path | None = None
    member: tuple[str, ...] = ()
    report: Path | None = None
    output: str = TEXT
    fail_on: str = str(Severity.VIOLATION)
    alone: bool = False


def audit_all(workspace: Workspace, paths: Sequence[str], options: AuditOptions) -> int:
    """Judge all archives that paths name, and say what was found; return the exit code.

    Raises click.UsageError for options that are none, and what says in one line what else is not
    in order.
    """
    names = _members(options.member)
    if options.jobs and options.cluster:
        raise click.UsageError("--jobs is about this machine, --cluster about others: give one")
    both = [real_path(path) for path in (options.findings, options.checkpoint) if path]
    if len(set(both)) < len(both):
        raise click.UsageError("--findings and --checkpoint name one file: give two")
    for words in about_workspace(workspace):
        say(words, error=True)
    _begin(workspace, options)
    checkpoint = options.checkpoint or Path(LEFT_BEHIND)
    written = [options.findings or checkpoint, options.report or checkpoint]
    left = Path().glob(f"{LEFT_BEHIND}*")  # an audit that goes on finds what it did before
    without = [str(checkpoint), f"{checkpoint}-journal", *map(str, [*written, *left])]
    job = Job.by(workspace, format=options.format, names=names, alone=options.alone,
                 findings=options.findings is not None)  # fmt: skip
    try:
        archives = find_archives(paths, form_of(workspace.contract, names), without)
        for words in _hints(archives):
            say(words, error=True)
        about = _about(workspace, archives, job)
        job = replace(job, inputs=about["inputs"])
        with closing(Store(options.checkpoint, about)) as store:
            this = _Run(options, job, archives, store)
            try:
                return _told(this.audit(workspace), store, options)
            except KeyboardInterrupt:
                this.interrupted()
                return UNUSABLE
    except (InputError, CheckpointError, EngineError) as error:
        say(str(error), error=True)
        return UNUSABLE


def _begin(workspace: Workspace, options: AuditOptions) -> None:
    """See that there will be room for what is found, before hours go by. Raises OSError."""
    if options.findings:
        os.scandir(options.findings.parent).close()  # names the folder where that is missing
        tempfile.TemporaryFile(dir=options.findings.parent).close()
    if options.report:
        begin(options.report, (clause.id for clause in workspace.contract.clauses))


def _members(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read `NAME=NAME`: our name of a member, and theirs. Raises click.UsageError."""
    pairs = [one.partition("=")[::2] for one in given]
    for one, (name, other) in zip(given, pairs, strict=True):
        is_text = other and other == other.encode("utf-8", "ignore").decode()
        if name not in MEMBERS or not is_text or [first for first, _ in pairs].count(name) > 1:
            known = f"the first is one of {', '.join(MEMBERS)}, each once"
            raise click.UsageError(f"--member {one}: give NAME=NAME; {known}")
    return tuple(sorted(pairs))


def _hints(archives: Sequence[Archive]) -> Iterator[str]:
    """Yield what may be named otherwise: of the first archive with such a thing, and how many."""
    found = [archive for archive in archives if archive.hint]
    for first in found[:1]:
        more = f", and {amount(len(found) - 1, 'file')} more" if found[1:] else ""
        yield f"{first.address}{more}: {first.hint}"


def _about(workspace: Workspace, archives: Sequence[Archive], job: Job) -> dict[str, str]:
    """Return what has to be the same for a checkpoint to be of this audit."""
    files = [(a.place, a.size, a.mark, a.kind) for a in archives]
    held = [workspace.folder / name for name in (CONTRACT, RULES)]
    contract = [path.read_bytes().hex() for path in held if path.exists()]
    options = [job.format, job.names, job.findings, TASK_BYTES]
    told = {"version": __version__, "inputs": files, "contract": contract, "options": options}
    return {name: hashlib.sha256(json.dumps(value).encode()).hexdigest()
            for name, value in told.items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Run:
    """One audit."""

    options: AuditOptions
    job: Job
    archives: Sequence[Archive]
    store: Store

    def audit(self, workspace: Workspace) -> Audit:
        """Judge what is not judged yet."""
        began, tasks = time.monotonic(), list(tasks_of(self.archives))
        done = self.store.done
        left = [task for task in tasks if task.number not in done]
        total = sum(archive.size for archive in self.archives)
        before = sum(task.size for task in tasks if task.number in done)
        with progress("judging", max(1, total // _MB), "MB") as meter:
            self._run(left, lambda read: meter.at(min(before + read, total) // _MB))
        audit = gathered(workspace.contract, self.archives, tasks, self.store)
        return replace(audit, seconds=time.monotonic() - began)

    def _run(self, tasks: Sequence[Task], told: Callable[[int], object]) -> None:
        if not tasks:
            return
        workers = self._workers(tasks, told)
        at_once = True
        try:
            run(self.job, tasks, workers, self.store.keep, told)
            at_once = False
        finally:
            workers.end(at_once=at_once)

    def _workers(self, tasks: Sequence[Task], told: Callable[[int], object]) -> Workers:
        if self.options.cluster:
            return Cluster(self.options.cluster)
        jobs = self.options.jobs or os.cpu_count() or 1
        small = self.options.jobs is None and sum(task.size for task in tasks) < _SMALL
        return Here(told) if jobs == 1 or small or len(tasks) == 1 else Processes(jobs)

    def interrupted(self) -> None:
        """Leave a checkpoint, and say how to go on."""
        count = sum(1 for _ in tasks_of(self.archives))
        path = self.options.checkpoint
        if path is None:
            path = _free(Path(LEFT_BEHIND))
            self.store.save_as(path)
        done = len(self.store.done)
        again = ["topcheck", *sys.argv[1:]]
        again += [] if self.options.checkpoint else ["--checkpoint", str(path)]
        words = f"interrupted: {done} of {count} parts are judged; go on with"
        say(f"{words}: {command_of(again)}", error=True)


def _free(path: Path) -> Path:
    """Return a path at which there is nothing: this one, or one with a number behind it."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))
    return next(one for one in itertools.chain([path], numbered) if not one.exists())


def _told(audit: Audit, store: Store, options: AuditOptions) -> int:
    """Write what was found wherever it was asked for, and return the exit code."""
    redactor = Redactor(os.environ.get(name, "") for name in CREDENTIALS)
    fail_on = Severity.parse(options.fail_on)
    if options.findings:
        _write(options.findings, findings_of(audit, store))
    if options.report:
        write_reports(outcome_of(audit, "recorded answers", fail_on), options.report, redactor)
    if options.output == TEXT:
        text = redactor.redacted(as_text(audit))
    else:
        data = redactor.redacted_data(as_data(audit))
        text = json.dumps(data, ensure_ascii=False, indent=2)
        if not audit.judged:
            say("nothing was judged: no answer of the method was found", error=True)
    tell(text, options.output)
    if audit.lost or not audit.judged:
        return UNUSABLE
    return BROKEN if audit.fails(fail_on) else OK


def _write(path: Path, lines: Iterable[str]) -> None:
    """Write a file whole or not at all, however large. Raises OSError."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as temporary:
        written = Path(temporary, path.name)
        try:
            with written.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                file.writelines(lines)
            written.replace(path)
        except OSError as error:  # of a disk that is full it does not say where
            raise OSError(error.errno, error.strerror, str(path)) from None
