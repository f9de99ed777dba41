"""Tasks given to workers, in this process, in others of this machine, or of a Dask cluster."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    wait,
)
from typing import Any, Protocol

from topcheck.audit.auditor import Auditor, Job
from topcheck.audit.blocks import Task
from topcheck.audit.counting import count
from topcheck.audit.record_counts import Counted
from topcheck.audit.unpack import Reading
from topcheck.judge.shapes.guard import ShapeDisagreement

#: Pools that break one after the other, without a task done in between, before that ends the audit.
_MOST_BREAKS = 3
#: So often it is told how far the work is, in seconds.
_EVERY = 0.2
_START = "forkserver"
#: What Dask raises where a task has ended worker after worker, or the scheduler is gone.
_LOST = ("KilledWorker", "FutureCancelledError", "CommClosedError")
#: What Dask's executor stumbles over where a task that was lost is done elsewhere meanwhile.
_LOST_AND_DONE = f"cannot unpack non-iterable {Counted.__name__} object"


class EngineError(Exception):
    """The tasks cannot be done: why, in one line."""


class Workers(Protocol):
    """Who does tasks: at most `room` of them are given at a time."""

    room: int

    def submit(self, job: Job, task: Task) -> Future[Counted]:
        """Have a task done."""

    def renew(self) -> None:
        """Begin anew after a worker was lost; what was not done is forgotten."""

    def read(self) -> int:
        """Return how many bytes were read, as far as that is known."""

    def end(self, *, at_once: bool) -> None:
        """Let all workers go, at once or when they have done what they do."""


def run(
    job: Job, tasks: Iterable[Task], workers: Workers, keep: Callable[[int, Counted], object],
    told: Callable[[int], object] = lambda _bytes: None,
) -> None:  # fmt: skip
    """Have all tasks done, and keep what comes of each, in any order. Raises EngineError.

    A task whose worker is lost is done again. `told` is told how many bytes were read.
    """
    waiting, again = iter(tasks), list[Task]()
    running: dict[Future[Counted], Task] = {}
    breaks = done_bytes = 0
    while True:
        while len(running) < workers.room:
            task = again.pop(0) if again else next(waiting, None)
            if task is None:
                break
            running[_submitted(workers, job, task)] = task
        if not running:
            return
        done, _ = wait(running, _EVERY, FIRST_COMPLETED)
        found = [(running.pop(future), _result(future)) for future in done]
        for task, counted in found:
            if counted is not None:
                keep(task.number, counted)
                breaks, done_bytes = 0, done_bytes + task.size
        if lost := [task for task, counted in found if counted is None]:
            breaks += 1
            if breaks > _MOST_BREAKS:
                where = lost[0].archive.address
                raise EngineError(f"worker after worker ended, the last one in {where}")
            workers.renew()
            again = sorted([*again, *lost, *running.values()], key=lambda task: task.number)
            running.clear()
        told(max(workers.read(), done_bytes))


def _submitted(workers: Workers, job: Job, task: Task) -> Future[Counted]:
    try:
        return workers.submit(job, task)
    except BrokenExecutor as error:
        future: Future[Counted] = Future()
        future.set_exception(error)
        return future


def _result(future: Future[Counted]) -> Counted | None:
    """Return what came of a task, None if its worker was lost. Raises what it raised."""
    try:
        return future.result()
    except (BrokenExecutor, CancelledError):
        return None
    except Exception as error:
        if type(error).__name__ in _LOST or str(error) == _LOST_AND_DONE:
            return None
        raise


#: Each thread has an auditor of its own: what it learns is of no other.
_OWN = threading.local()


def do(job: Job, task: Task, reading: Reading = lambda _bytes: None) -> Counted:
    """Do a task by the auditor of this thread. Raises EngineError where no shape can be trusted."""
    if getattr(_OWN, "auditor", None) is None or _OWN.auditor.job != job:
        _OWN.auditor = Auditor(job)
    try:
        return count(_OWN.auditor, task, reading)
    except ShapeDisagreement as error:
        raise EngineError(f"{task.archive.address}: {error}: no verdict can be trusted") from None


class Here:
    """Does each task at once, in this process."""

    room = 1

    def __init__(self, told: Callable[[int], object] = lambda _bytes: None) -> None:
        self._told = told
        self._bytes = 0
        gc.freeze()  # what is loaded stays: to look through it for garbage costs a tenth

    def submit(self, job: Job, task: Task) -> Future[Counted]:
        """Do a task."""
        future: Future[Counted] = Future()
        future.set_result(do(job, task, self._reading))
        return future

    def _reading(self, count: int) -> None:
        self._bytes += count
        self._told(self._bytes)

    def read(self) -> int:
        """Return how many bytes were read."""
        return self._bytes

    def renew(self) -> None:
        """Do nothing: nobody is lost."""

    def end(self, *, at_once: bool) -> None:  # noqa: ARG002 - nobody is there to be ended
        """Have what was loaded looked through again."""
        gc.unfreeze()


class Processes:
    """Does tasks in so many processes of this machine."""

    def __init__(self, jobs: int) -> None:
        self.room = 2 * jobs
        self._jobs = jobs
        methods = multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context(_START if _START in methods else "spawn")
        if _START in methods:
            self._context.set_forkserver_preload(["topcheck.audit.preloaded"])
        self._bytes = self._context.Value("Q", 0)
        self.others = set(multiprocessing.active_children())
        self._begin()

    def _begin(self) -> None:
        self._pool = ProcessPoolExecutor(
            self._jobs, self._context, initializer=_begin_worker, initargs=(self._bytes,)
        )

    def submit(self, job: Job, task: Task) -> Future[Counted]:
        """Have a task done by the next process that is free."""
        with _interrupts_wait():  # what is started here inherits that, and is ended by us
            return self._pool.submit(_do_and_tell, job, task)

    def read(self) -> int:
        """Return how many bytes all processes have read."""
        return int(self._bytes.value)

    def renew(self) -> None:
        """Start other processes."""
        self.end(at_once=True)
        self._begin()

    def end(self, *, at_once: bool) -> None:
        """End the processes."""
        if at_once:
            for child in set(multiprocessing.active_children()) - self.others:
                child.terminate()
        self._pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Let Ctrl-C wait until the block has run, where the system can do that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_READ: list[Any] = []


def _begin_worker(read: Any) -> None:
    """Tell what is read, and end with the process that has started this one."""
    _READ[:] = [read]
    gc.freeze()
    parent = multiprocessing.parent_process()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    signal.raise_signal(signal.SIGTERM)


def _do_and_tell(job: Job, task: Task) -> Counted:
    def reading(count: int) -> None:
        with _READ[0].get_lock():
            _READ[0].value += count

    return do(job, task, reading)
