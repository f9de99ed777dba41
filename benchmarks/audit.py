"""What an audit must keep on large archives; exit 1 if it does not. Not collected by pytest.

`python -m benchmarks.audit [check|memory|workers]`: that findings are what the reference says,
record by record, how much memory a worker takes above the interpreter with its imports, and what
two workers cost together.
"""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.connection
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from benchmarks.corpora import Corpus, lines
from tests.audit.archives import har
from tests.workspace import WORKSPACE
from topcheck.audit.auditor import Job, form_of
from topcheck.audit.blocks import Task, tasks_of
from topcheck.audit.engine import Processes, do, run
from topcheck.audit.inputs import find_archives
from topcheck.cli.audit import AuditOptions, audit_all

#: The archive of the check: how many answers, of which one in two hundred errs.
COUNTS = {"json": 1_000_000, "xml": 250_000}
PLANTED = Corpus("planted", faults=0.005, orders=4, escapes=0.01)
ONE_GATEWAY = Corpus("one gateway", faults=0.005)
#: A worker may take so much, in MB, and so much more on the largest archive, as a ratio.
MOST, FLAT = 64, 1.05
RECORDS, HAR_MB = (50_000, 1_000_000), (20, 160)
#: So much CPU two workers may take together, as a ratio to one; of rounds the best counts, for
#: others share the machine.
TOGETHER, ROUNDS = 1.15, 3


def write(path: Path, corpus: Corpus, fmt: str, count: int) -> None:
    """Write an archive of made-up answers."""
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in islice(lines(corpus, fmt, count), count))


def write_har(path: Path, size: int) -> None:
    """Write an HTTP archive of about so many MB."""
    body = next(PLANTED.bodies("json", 1))
    whole = json.loads(har(body))
    entry = json.dumps(whole["log"]["entries"][0]).encode()
    with path.open("wb") as file:
        file.write(b'{"log": {"version": "1.2", "creator": {}, "entries": [')
        file.write(b",\n".join([entry] * (size * 1_000_000 // len(entry))) + b"]}}")


def check() -> Iterator[tuple[str, bool]]:
    """Yield whether the findings of each format are what the reference says."""
    with tempfile.TemporaryDirectory() as folder:
        for fmt, count in COUNTS.items():
            path = Path(folder, f"{fmt}.ndjson")
            write(path, PLANTED, fmt, count)
            found = [Path(folder, name) for name in ("shapes", "reference")]
            for findings, alone in zip(found, (False, True), strict=True):
                options = AuditOptions(findings=findings, alone=alone)
                audit_all(WORKSPACE, [str(path)], options)
            same = found[0].read_bytes() == found[1].read_bytes()
            number = found[0].read_bytes().count(b"\n")
            yield f"{number} of {count} answers in {fmt} err as the reference says", same


def memory() -> Iterator[tuple[str, bool]]:
    """Yield how much memory each archive takes, and whether it is bounded and flat."""
    with tempfile.TemporaryDirectory() as folder:
        for kind, corpus, sizes in (
            ("json", ONE_GATEWAY, RECORDS), ("json", PLANTED, RECORDS),
            ("xml", ONE_GATEWAY, RECORDS), ("har", PLANTED, HAR_MB),
        ):  # fmt: skip
            taken = []
            for size in sizes:
                path = Path(folder, f"{kind}.{size}")
                if kind == "har":
                    write_har(path, size)
                else:
                    write(path, corpus, kind, size)
                taken.append(_in_process(path))
                path.unlink()
            (base, small), (_, large) = taken
            above = f"{small - base:.1f} MB for {sizes[0]}, {large - base:.1f} MB for {sizes[1]}"
            kept = large - base <= MOST and large <= FLAT * small
            what = f"{corpus.name} in {kind}"
            yield f"{what}: {base:.1f} MB with the imports, and above it {above}", kept


def workers() -> Iterator[tuple[str, bool]]:
    """Yield what workers cost, without the imports: each would import a main module again.

    So they are started by a process that has none.
    """
    words = [sys.executable, "-c", "from benchmarks import audit; audit.measure_workers()"]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own
    yield from ((line, two <= TOGETHER * one) for line, one, two in json.loads(done.stdout))


def measure_workers() -> None:
    """Print the CPU of one worker and of two, from their start on.

    Where two take turns, each with half of the tasks, neither waits for what the other reads: what
    is more than that is the machine's, and not done twice.
    """
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for fmt, count in COUNTS.items():
            path = Path(folder, fmt)
            write(path, ONE_GATEWAY, fmt, count)
            tasks = list(tasks_of(find_archives([str(path)], form_of(WORKSPACE.contract, ()))))
            rounds = [
                (_cpu(tasks, 1), _cpu(tasks, 2), _cpu(tasks[::2], 1) + _cpu(tasks[1::2], 1))
                for _ in range(ROUNDS)
            ]
            one, two, turns = map(min, zip(*rounds, strict=True))
            told = f"{one:.2f} s of CPU for one worker, {two:.2f} s for two together"
            ratios = f"{two / one:.2f} of it, {turns / one:.2f} where they take turns"
            found.append((f"{fmt}: {told}, {ratios}", one, two))
    sys.stdout.write(json.dumps(found))


def _cpu(tasks: Iterable[Task], jobs: int) -> float:
    """Have tasks done by so many workers; return the seconds of CPU that these took."""
    pool = Processes(jobs)
    run(Job.by(WORKSPACE), tasks, pool, lambda *_: None)
    children = set(multiprocessing.active_children()) - pool.others
    stats = [Path(f"/proc/{child.pid}/stat").read_text("ascii") for child in children]
    pool.end(at_once=False)
    ticks = sum(int(number) for one in stats for number in one.rpartition(")")[2].split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _in_process(path: Path) -> tuple[float, float]:
    """Judge an archive in a fresh process; return its memory before and at most, in MB."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_judge, args=(str(path), theirs))
    process.start()
    found: tuple[float, float] = ours.recv()
    process.join()
    return found


def _judge(path: str, pipe: multiprocessing.connection.Connection) -> None:
    job = Job.by(WORKSPACE, findings=True)
    before = _resident("VmRSS")
    archives = find_archives([path], form_of(WORKSPACE.contract, ()))
    for task in tasks_of(archives):
        do(job, task)
    pipe.send((before, _resident("VmHWM")))


def _resident(name: str) -> float:
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    (line,) = (line for line in status if line.startswith(name))
    return int(line.split()[1]) / 1024


def main(words: list[str]) -> int:
    """Print what was found."""
    parts = {"check": check, "memory": memory, "workers": workers}
    kept = True
    for word in words or parts:
        for line, ok in parts[word]():
            print(f"{line}: {'kept' if ok else 'MISSED'}", flush=True)
            kept &= ok
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
