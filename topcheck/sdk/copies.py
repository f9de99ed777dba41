"""Copies of one driver, each with its gateway, that share the cases of a gathering."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from dataclasses import dataclass, field, replace
from functools import partial

from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.sdk.case import CHINA, Observation, Problem, SdkCase, SdkCases, Setting
from topcheck.sdk.case_result import CaseResult
from topcheck.sdk.driver import DriverError, Runtime
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.scripted_gateway import ScriptedGateway
from topcheck.sdk.worker import CALLER, ENDLESS, PROTOCOL, SECRETS, Worker

#: How many copies of a driver share the cases of the usual setting at first.
COPIES = 8
#: A case that takes so much longer than its answers do, in seconds, shows an SDK that pauses: then
#: another copy of its driver helps.
_PAUSE = 1.0
#: How often that is looked for, and how far all is told, in seconds.
_LOOK = 1.0
#: So many of the cases that are waited for are named.
_MOST_NAMED = 3
#: To start a copy takes as long as about so many cases that need not wait.
_WORTH_A_COPY = 25
#: So long is waited for a driver that breaks down, over all its cases and copies, in seconds.
MOST_BROKEN_SECONDS = 120.0

#: The stack of each thread, in bytes. The usual eight megabytes for each of some forty threads are
#: more than all else that a gate holds, and a thread that gets no memory may hang who starts it.
_STACK = 2**20
#: So long is waited for the other copies after a fault of ours, in seconds.
_LAST = 10.0

#: Cases with their positions, taken by several workers in turn.
_Queue = deque[tuple[int, SdkCase]]
#: Is told how many cases are done, of how many, and what is waited for.
Say = Callable[[int, int, str], None]


@contextlib.contextmanager
def opened(sdk: Sdk, setting: Setting, cases: SdkCases, runtime: Runtime) -> Iterator[Worker]:
    """Open a worker while the block runs; its copy of the driver is made when it is needed."""
    sandbox = Sandbox(cases.contract, cases.orders(), Settings(CALLER), runtime.timing.now)
    gateway = ScriptedGateway(sandbox, runtime.timing)
    copy = partial(runtime.copy, sdk, setting.zone, SECRETS)
    caller = CALLER if setting.session else replace(CALLER, session=None)
    with runtime.serve(gateway) as origins:
        worker = Worker(copy, gateway, origins, caller, cases.contract)
        try:
            yield worker
        finally:
            worker.kill()


@dataclass(slots=True)
class Copies:
    """Copies of one driver: workers that take cases until there are none, or it is too broken.

    Threads share only what is atomic: taking from a queue, adding to the results, and noting what
    runs since when. `slots` are as many as copies may run at once, `breaking` the clauses that a
    fresh copy was seen to break, `helped` the cases beside which a copy was added.
    """

    sdk: Sdk
    cases: SdkCases
    runtime: Runtime
    slots: threading.Semaphore
    workers: list[Future[None]] = field(default_factory=list)
    running: dict[int, tuple[float, SdkCase]] = field(default_factory=dict)
    helped: set[int] = field(default_factory=set)
    results: list[tuple[int, CaseResult]] = field(default_factory=list)
    broken_seconds: list[float] = field(default_factory=list)
    breaking: set[str] = field(default_factory=set)

    def run(self, cases: Sequence[SdkCase], say: Say) -> None:
        """Run cases, and say from time to time how far that is."""
        queues = {}
        for setting, queue in _workers(cases, self.runtime.at_once):
            queues[setting] = queue
            self._add(setting, queue)
        say(0, len(cases), "")
        try:
            while self._are_running():
                self._help(queues)
                left = sum(map(len, queues.values())) + len(self.running)
                say(len(cases) - left, len(cases), self._waits())
        finally:  # after a fault of ours the other copies take no more cases
            for queue in queues.values():
                queue.clear()
            wait(self.workers, _LAST)

    def _are_running(self) -> bool:
        """Wait a moment; whether any copy still runs. Raises what went wrong beside one."""
        found = wait(self.workers, _LOOK, FIRST_EXCEPTION)
        for worker in found.done:
            worker.result()
        return bool(found.not_done)

    def _add(self, setting: Setting, queue: _Queue) -> None:
        ended: Future[None] = Future()
        thread = threading.Thread(target=self._work, args=(ended, setting, queue), daemon=True)
        thread.start()
        self.workers.append(ended)

    def _work(self, ended: Future[None], setting: Setting, queue: _Queue) -> None:
        """Run a worker in a thread of its own; what goes wrong is raised where it is waited for."""
        try:
            with self.slots:
                self._take_cases(setting, queue)
        except Exception as error:
            ended.set_exception(error)
        else:
            ended.set_result(None)

    def _help(self, queues: Mapping[Setting, _Queue]) -> None:
        """Add a copy beside each case in which the SDK pauses, while others wait for one."""
        now = self.runtime.timing.monotonic()
        for position, (began, case) in list(self.running.items()):
            queue, pauses = queues[case.setting], now - began > case.seconds + _PAUSE
            free = len(self.workers) < self.runtime.at_once
            if pauses and free and queue and position not in self.helped:
                self.helped.add(position)
                self._add(case.setting, queue)

    def _waits(self) -> str:
        """Say which cases have run for long; nothing if none has."""
        now, running = self.runtime.timing.monotonic(), list(self.running.values())
        long = [f"{c.clauses[0]} ({c.name})" for began, c in running if now - began > _LOOK]
        more = [f"{len(long) - _MOST_NAMED} more"] if len(long) > _MOST_NAMED else []
        words = "; ".join(long[:_MOST_NAMED] + more)
        return f"waiting for {words}" if words else ""

    def _take_cases(self, setting: Setting, queue: _Queue) -> None:
        """Run cases on one copy of the driver; a copy that broke, or waits, is replaced."""
        with opened(self.sdk, setting, self.cases, self.runtime) as worker:
            for position, case in _taken(queue):
                if sum(self.broken_seconds) >= MOST_BROKEN_SECONDS:
                    break
                last = position, case
                if case.fresh:
                    worker.kill()
                self.running[position] = self.runtime.timing.monotonic(), case
                self.results += [(position, result) for result in self._one(worker, case)]
                del self.running[position]
                if worker.gateway.forget():  # what still comes must not be taken for another's
                    worker.kill()
            try:
                worker.stop()
            except DriverError as error:
                position, case = last
                expected = "it ends when it is told to, and says no more"
                verdicts = {PROTOCOL: Problem("", expected, str(error))}
                self.results.append((position, CaseResult(case, verdicts)))

    def _one(self, worker: Worker, case: SdkCase) -> list[CaseResult]:
        """Run a case; one that breaks a copy that had other calls is run again in a fresh one.

        If it gets through there its clause is not to blame: the command that repeats the failure
        of a clause runs nothing else.
        """
        before, began = worker.calls, self.runtime.timing.monotonic()
        first = _tried(worker, case)
        if first.error is None:
            return [first]
        endless = any(len(one.seen) > ENDLESS for one in first.observations)
        stands = before == 0 or endless or first.verdicts.keys() <= self.breaking
        again = first if stands else _tried(worker, case)
        self.broken_seconds.append(self.runtime.timing.monotonic() - began)
        if again.error:
            self.breaking.update(again.verdicts)
            return [again]
        at = before + len(first.observations)
        actual = f"{first.error}, at call {at}; in a fresh copy the same call got through"
        worn = {PROTOCOL: Problem("", "an outcome, whatever was called before", actual)}
        return [CaseResult(case, worn, first.observations), again]


def _tried(worker: Worker, case: SdkCase) -> CaseResult:
    """Run a case on a worker."""
    observations: list[Observation] = []
    try:
        worker.start()
        for call in case.calls:
            observations.append(worker.call(call))  # noqa: PERF401 - kept if the next breaks
    except DriverError as error:
        verdicts, last = worker.broken(error, case.clauses), worker.unanswered(error)
        worker.kill()
        return CaseResult(case, verdicts, (*observations, *last), error)
    return CaseResult(case, {**case.judge(observations), PROTOCOL: None}, tuple(observations))


def run_all(
    sdk: Sdk, cases: SdkCases, runnable: Sequence[SdkCase], runtime: Runtime, say: Say
) -> list[tuple[int, CaseResult]]:
    """Run cases, each with its position in its results; `say` is told how far that is."""
    usual = threading.stack_size(_STACK)
    try:
        copies = Copies(sdk, cases, runtime, threading.Semaphore(runtime.at_once))
        copies.run(runnable, say)
    finally:
        threading.stack_size(usual)
    return sorted(copies.results, key=lambda pair: pair[0])


def _workers(cases: Sequence[SdkCase], at_once: int) -> Iterator[tuple[Setting, _Queue]]:
    """Yield a queue of cases for each copy of the driver; those of one setting share theirs."""
    queues: dict[Setting, _Queue] = {}
    # what waits is begun first, so that the rest runs beside it
    for position, case in sorted(enumerate(cases), key=lambda pair: not pair[1].seconds):
        queues.setdefault(case.setting, deque()).append((position, case))
    for setting, queue in queues.items():
        # a copy for each case that waits, and for each so many of the others
        waiting = sum(case.seconds > 0 for _, case in queue)
        worth = waiting + -(-(len(queue) - waiting) // _WORTH_A_COPY)
        for _ in range(min(COPIES, worth, at_once) if setting == CHINA else 1):
            yield setting, queue


def _taken(queue: _Queue) -> Iterator[tuple[int, SdkCase]]:
    with contextlib.suppress(IndexError):
        while True:
            yield queue.popleft()
