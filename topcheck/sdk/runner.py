"""Evidence of one SDK: all its cases, over several copies of its driver, each with its gateway."""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import Credentials
from topcheck.gateway.orders import OrderBook
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.sdk.case import CHINA, Call, Observation, Problem, SdkCase, Setting, can_of
from topcheck.sdk.driver import DriverCopy, DriverError
from topcheck.sdk.manifest import MANIFEST, Sdk
from topcheck.sdk.runtime import REAL, Runtime
from topcheck.sdk.scripted_gateway import ScriptedGateway
from topcheck.sdk.worker import ENDLESS, PROTOCOL, SECRETS, Worker

#: The most copies of a driver that share the cases of the usual setting.
COPIES = 4
#: To start a copy takes as long as about so many cases that need not wait.
_WORTH_A_COPY = 25
#: So long is waited for a driver that breaks down, over all its cases and copies, in seconds.
MOST_BROKEN_SECONDS = 60.0
#: The versions in a text: that of the SDK, and of what it runs on.
_VERSIONS = re.compile(r"[\w.+-]+")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case: its verdicts, and the observations that they are about."""

    case: SdkCase
    verdicts: Mapping[str, Problem | None]
    observations: tuple[Observation, ...] = ()


@dataclass(slots=True)
class SdkEvidence:
    """What was seen of one SDK: who it says it is, and the results of the cases it could run.

    `lacks` holds what it cannot do for the other cases, by clause. `unsupported` are the clauses
    that have no other case, `missing` those of a case that was run, or was to be, and told nothing.
    """

    sdk: Sdk
    started: Mapping[str, Any]
    name: str
    results: list[CaseResult] = field(default_factory=list)
    lacks: dict[str, set[str]] = field(default_factory=dict)
    unsupported: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """The package and its version."""
        about = self.started["sdk"]
        return self.sdk.title or f"{about['name']} {about['version']}"


class CaseSource(Protocol):
    """Where cases come from: what a gateway needs to answer them, and the cases."""

    contract: Contract
    credentials: Credentials

    def orders(self) -> OrderBook:
        """Return a fresh order book, by which what is not scripted is answered."""

    def plain(self, fmt: str) -> Call:
        """Return a call that needs nothing, and is answered as usual."""

    def all(self, fmt: str) -> Sequence[SdkCase]:
        """Return every case, in the order of the report; requests are looked at in one format."""


def smoke(sdk: Sdk, cases: CaseSource, runtime: Runtime | None = None) -> SdkEvidence:
    """Start a driver and make one plain call. Raises DriverError if it does not work at all.

    Without a runtime it is run on the machine itself, as by `gather`.
    """
    with opened(sdk, CHINA, cases, runtime or REAL) as worker:
        started = worker.start()
        observation = worker.call(cases.plain(_format(started)))
        if not observation.seen:
            said = observation.reply.get("message", "")
            raise DriverError(f"it sends nothing to the gateway that it is given: {said[:200]}")
    version = started["sdk"]["version"]
    if sdk.version is not None and sdk.version not in _VERSIONS.findall(version):
        raise DriverError(f"its {MANIFEST} says version {sdk.version}, and it says {version}")
    return SdkEvidence(sdk, started, sdk.name or started["sdk"]["name"])


def gather(
    evidence: SdkEvidence, cases: CaseSource, wanted: Set[str], runtime: Runtime | None = None
) -> None:
    """Run the cases of some clauses that the SDK can run, and keep the results in their order."""
    asked = [
        case
        for case in cases.all(_format(evidence.started))
        if PROTOCOL in wanted or not wanted.isdisjoint(case.clauses)
    ]
    can = can_of(evidence.started)
    runnable = [case for case in asked if case.needs <= can]
    for case in asked:
        for clause in case.clauses if not case.needs <= can else ():
            evidence.lacks.setdefault(clause, set()).update(case.needs - can)
    evidence.unsupported = frozenset(evidence.lacks).difference(*(c.clauses for c in runnable))
    run = _Run(evidence.sdk, cases, runtime or REAL)
    workers = _workers(runnable, (runtime or REAL).at_once)
    with ThreadPoolExecutor((runtime or REAL).at_once) as pool:
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


def _workers(
    cases: Sequence[SdkCase], at_once: int
) -> list[tuple[Setting, deque[tuple[int, SdkCase]]]]:
    """Return a queue of cases for each copy of the driver; those of one setting share theirs."""
    queues: dict[Setting, deque[tuple[int, SdkCase]]] = {}
    # what waits is begun first, so that the rest runs beside it
    for position, case in sorted(enumerate(cases), key=lambda pair: not pair[1].waits):
        queues.setdefault(case.setting, deque()).append((position, case))
    return [
        (setting, queue)
        for setting, queue in queues.items()
        for _ in range(min(_copies(queue), at_once) if setting == CHINA else 1)
    ]


def _copies(queue: Sequence[tuple[int, SdkCase]]) -> int:
    """Return how many copies cases are worth: one for each that waits, and for each so many."""
    waiting = sum(case.waits for _, case in queue)
    return min(COPIES, waiting + -(-(len(queue) - waiting) // _WORTH_A_COPY))


@contextlib.contextmanager
def opened(
    sdk: Sdk, setting: Setting, cases: CaseSource, runtime: Runtime = REAL
) -> Iterator[Worker]:
    """Open a worker while the block runs; its copy of the driver is made when it is needed."""
    credentials = cases.credentials
    sandbox = Sandbox(cases.contract, cases.orders(), Settings(credentials), runtime.timing.now)
    gateway = ScriptedGateway(sandbox, runtime.timing)

    def copy() -> DriverCopy:
        return runtime.copy(sdk, setting.zone, SECRETS)

    given = credentials if setting.session else replace(credentials, session=None)
    with runtime.serve(gateway) as origins:
        worker = Worker(copy, gateway, origins, given, cases.contract.method)
        try:
            yield worker
        finally:
            worker.kill()


class _Run:
    """One gathering: workers take cases from a queue until it is empty or the driver too broken.

    Threads share only what is atomic: taking from a queue, and adding to the results.
    """

    def __init__(self, sdk: Sdk, cases: CaseSource, runtime: Runtime) -> None:
        self._sdk = sdk
        self._cases = cases
        self._runtime = runtime
        self.results: list[tuple[int, CaseResult]] = []
        self._broken_seconds: list[float] = []
        self._breaking: set[str] = set()  # clauses that a fresh copy was seen to break

    def worker(self, setting: Setting, queue: deque[tuple[int, SdkCase]]) -> None:
        """Run cases on one copy of the driver; a copy that broke is replaced."""
        position, case = 0, None
        with opened(self._sdk, setting, self._cases, self._runtime) as worker:
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
                    self.results.append((position, CaseResult(case, last)))

    def _one(self, worker: Worker, case: SdkCase) -> list[CaseResult]:
        """Run a case; one that breaks a copy that had other calls is run again in a fresh one.

        If it gets through there its clause is not to blame: the command that repeats the failure
        of a clause runs nothing else.
        """
        before, began = worker.calls, self._runtime.timing.monotonic()
        first, error = _tried(worker, case)
        if error is None:
            return [first]
        endless = any(len(one.seen) > ENDLESS for one in first.observations)
        stands = before == 0 or endless or first.verdicts.keys() <= self._breaking
        again, twice = (first, error) if stands else _tried(worker, case)
        self._broken_seconds.append(self._runtime.timing.monotonic() - began)
        if twice:
            self._breaking.update(again.verdicts)
            return [again]
        at = before + len(first.observations)
        actual = f"{error}, at call {at}; in a fresh copy the same call got through"
        worn = {PROTOCOL: Problem("", "an outcome, whatever was called before", actual)}
        return [CaseResult(case, worn, first.observations), again]


def _tried(worker: Worker, case: SdkCase) -> tuple[CaseResult, DriverError | None]:
    """Run a case on a worker; also say what broke the driver, if it is broken."""
    observations: list[Observation] = []
    try:
        worker.start()
        for call in case.calls:
            observations.append(worker.call(call))  # noqa: PERF401 - kept if the next breaks
    except DriverError as error:
        verdicts, last = worker.broken(error, case.clauses), worker.unanswered(error)
        worker.kill()
        return CaseResult(case, verdicts, (*observations, *last)), error
    return CaseResult(case, {**case.judge(observations), PROTOCOL: None}, tuple(observations)), None
