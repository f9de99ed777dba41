"""Evidence of one SDK: all its cases, over several copies of its driver, each with its gateway."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from topcheck.contract import protocol
from topcheck.sdk.case import CHINA, Call, Observation, Problem, SdkCase, Setting, can_of
from topcheck.sdk.cases.answers import Answers
from topcheck.sdk.cases.documents import Documents, raw
from topcheck.sdk.cases.errors import Errors
from topcheck.sdk.cases.sends import Sends
from topcheck.sdk.cases.survives import Survives
from topcheck.sdk.driver import DriverError
from topcheck.sdk.manifest import MANIFEST, Sdk
from topcheck.sdk.worker import CALLER, ENDLESS, PROTOCOL, Worker, opened
from topcheck.workspace import workspace

#: Copies of a driver that share the cases of the usual setting.
COPIES = 4
#: So long is waited for a driver that breaks down, over all its cases and copies, in seconds.
MOST_BROKEN_SECONDS = 60.0
#: The versions in a text: that of the SDK, and of what it runs on.
_VERSIONS = re.compile(r"[\w.+-]+")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case: its verdicts, and the observations that they are about."""

    case: SdkCase
    verdicts: Mapping[str, Problem | None]
    observations: tuple[Observation, ...] = ()


@dataclass(slots=True)
class Evidence:
    """What was seen of one SDK: who it says it is, and the results of the cases it could run.

    `lacks` holds what it cannot do for the other cases, by clause. `unsupported` are the clauses
    that have no other case, `missing` those of a case that was run, or was to be, and told nothing.
    """

    sdk: Sdk
    started: Mapping[str, Any]
    name: str
    results: list[Result] = field(default_factory=list)
    lacks: dict[str, set[str]] = field(default_factory=dict)
    unsupported: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """The package and its version."""
        about = self.started["sdk"]
        return self.sdk.title or f"{about['name']} {about['version']}"


@cache
def documents() -> Documents:
    """Return what the cases serve: answers of this home's contract."""
    return Documents(workspace().contract, workspace().rules, workspace().sample)


@cache
def all_cases(fmt: str) -> tuple[SdkCase, ...]:
    """Return every case, in the order of the report; what is sent is looked at in one format."""
    served = documents()
    makers = (
        Sends(served, CALLER, fmt),
        *(m(served) for m in (Answers, Errors, Survives)),
    )
    return tuple(case for maker in makers for case in maker.cases())


def smoke(sdk: Sdk) -> Evidence:
    """Start a driver and make one plain call. Raises DriverError if it does not work at all."""
    with opened(sdk, CHINA) as worker:
        started = worker.start()
        fmt = _format(started)
        answer = raw(documents().sample, fmt)
        observation = worker.call(Call(documents().params(), fmt, answers=(answer,)))
        if not observation.seen:
            said = observation.reply.get("message", "")
            raise DriverError(f"it sends nothing to the gateway that it is given: {said[:200]}")
    version = started["sdk"]["version"]
    if sdk.version is not None and sdk.version not in _VERSIONS.findall(version):
        raise DriverError(f"its {MANIFEST} says version {sdk.version}, and it says {version}")
    return Evidence(sdk, started, sdk.name or started["sdk"]["name"])


def gather(evidence: Evidence, wanted: Set[str]) -> None:
    """Run the cases of some clauses that the SDK can run, and keep the results in their order."""
    cases = [
        case
        for case in all_cases(_format(evidence.started))
        if PROTOCOL in wanted or not wanted.isdisjoint(case.clauses)
    ]
    can = can_of(evidence.started)
    runnable = [case for case in cases if case.needs <= can]
    for case in cases:
        for clause in case.clauses if not case.needs <= can else ():
            evidence.lacks.setdefault(clause, set()).update(case.needs - can)
    evidence.unsupported = frozenset(evidence.lacks).difference(*(c.clauses for c in runnable))
    run, workers = _Run(evidence.sdk), _workers(runnable)
    with ThreadPoolExecutor(max(len(workers), 1)) as pool:
        for done in [pool.submit(run.worker, setting, queue) for setting, queue in workers]:
            done.result()
    evidence.results = [result for _, result in sorted(run.results, key=lambda pair: pair[0])]
    told = {id(r.case) for r in evidence.results if r.case.clauses[0] in r.verdicts}
    evidence.missing = frozenset(case.clauses[0] for case in runnable if id(case) not in told)


def _format(started: Mapping[str, Any]) -> str:
    """Return a format that a driver can read: JSON rather than XML. Raises DriverError."""
    found = (f for f in reversed(protocol.FORMATS) if f in started["can"]["formats"])
    if fmt := next(found, None):
        return fmt
    raise DriverError(f"it can read neither {' nor '.join(protocol.FORMATS)}")


def _workers(cases: Sequence[SdkCase]) -> list[tuple[Setting, deque[tuple[int, SdkCase]]]]:
    """Return a queue of cases for each copy of the driver; those of one setting share theirs."""
    queues: dict[Setting, deque[tuple[int, SdkCase]]] = {}
    # what waits is begun first, so that the rest runs beside it
    for position, case in sorted(enumerate(cases), key=lambda pair: not pair[1].waits):
        queues.setdefault(case.setting, deque()).append((position, case))
    return [
        (setting, queue)
        for setting, queue in queues.items()
        for _ in range(min(COPIES, len(queue)) if setting == CHINA else 1)
    ]


class _Run:
    """One gathering: lanes take cases from their queue until it is empty or the driver too broken.

    Threads share only what is atomic: taking from a queue, and adding to the results.
    """

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self.results: list[tuple[int, Result]] = []
        self._broken_seconds: list[float] = []
        self._breaking: set[str] = set()  # clauses that a fresh copy was seen to break

    def worker(self, setting: Setting, queue: deque[tuple[int, SdkCase]]) -> None:
        """Run cases on one copy of the driver; a copy that broke is replaced."""
        position, case = 0, None
        with opened(self._sdk, setting) as worker:
            while sum(self._broken_seconds) < MOST_BROKEN_SECONDS:
                try:
                    position, case = queue.popleft()
                except IndexError:
                    break
                self.results.extend((position, result) for result in self._one(worker, case))
            try:
                worker.stop()
            except DriverError as error:
                expected = "it ends when it is told to, and says no more"
                last = {PROTOCOL: Problem("", expected, str(error))}
                if case:
                    self.results.append((position, Result(case, last)))

    def _one(self, worker: Worker, case: SdkCase) -> list[Result]:
        """Run a case; one that breaks a copy that had other calls is run again in a fresh one.

        If it gets through there its clause is not to blame: the command that repeats the failure
        of a clause runs nothing else.
        """
        before, began = worker.calls, time.monotonic()
        first, error = _tried(worker, case)
        if error is None:
            return [first]
        endless = any(len(one.seen) > ENDLESS for one in first.observations)
        stands = before == 0 or endless or first.verdicts.keys() <= self._breaking
        again, twice = (first, error) if stands else _tried(worker, case)
        self._broken_seconds.append(time.monotonic() - began)
        if twice:
            self._breaking.update(again.verdicts)
            return [again]
        at = before + len(first.observations)
        actual = f"{error}, at call {at}; in a fresh copy the same call got through"
        worn = {PROTOCOL: Problem("", "an outcome, whatever was called before", actual)}
        return [Result(case, worn, first.observations), again]


def _tried(worker: Worker, case: SdkCase) -> tuple[Result, DriverError | None]:
    """Run a case on a lane; also say what broke the driver, if it is broken."""
    observations: list[Observation] = []
    try:
        worker.start()
        for call in case.calls:
            observations.append(worker.call(call))  # noqa: PERF401 - kept if the next breaks
    except DriverError as error:
        verdicts, last = worker.broken(error, case.clauses), worker.unanswered(error)
        worker.kill()
        return Result(case, verdicts, (*observations, *last)), error
    return Result(case, {**case.judge(observations), PROTOCOL: None}, tuple(observations)), None
