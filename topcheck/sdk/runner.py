"""Evidence of one SDK: all its cases, over several copies of its driver, each with its gateway."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.report.outcome import PageQuote, ReportedFinding
from topcheck.report.text import excerpt
from topcheck.sdk.case import (
    CHINA,
    Observation,
    Problem,
    SdkCase,
    SdkCases,
    Setting,
    Verdicts,
    told,
)
from topcheck.sdk.driver import REAL, DriverError, Runtime
from topcheck.sdk.driver_protocol import Started
from topcheck.sdk.known_failing import KnownFailures
from topcheck.sdk.manifest import MANIFEST, Sdk
from topcheck.sdk.scripted_gateway import ScriptedGateway
from topcheck.sdk.worker import CALLER, ENDLESS, PROTOCOL, SECRETS, Worker
from topcheck.wire.exchange import Response
from topcheck.wire.redact import on_the_wire

#: The most copies of a driver that share the cases of the usual setting.
COPIES = 4
#: To start a copy takes as long as about so many cases that need not wait.
_WORTH_A_COPY = 25
#: So long is waited for a driver that breaks down, over all its cases and copies, in seconds.
MOST_BROKEN_SECONDS = 60.0
#: So much of a served body is shown, in characters.
_BODY_SHOWN = 300
#: The versions in a text: that of the SDK, and of what it runs on.
_VERSIONS = re.compile(r"[\w.+-]+")

#: Cases with their positions, taken by several workers in turn.
_Queue = Iterator[tuple[int, SdkCase]]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case: its verdicts, the observations, and what broke the driver if it is."""

    case: SdkCase
    verdicts: Verdicts
    observations: tuple[Observation, ...] = ()
    error: DriverError | None = None

    def findings(self, contract: Contract) -> Iterator[tuple[str, ReportedFinding | None]]:
        """Yield each clause with what breaks it, None if it is kept."""
        for clause, problem in self.verdicts.items():
            yield clause, self._finding(problem, contract) if problem else None

    def _finding(self, problem: Problem, contract: Contract) -> ReportedFinding:
        shows = self.observations[problem.call :][:1]
        seen = shows[0].seen if shows else ()
        return ReportedFinding(
            case=self.case.name,
            path=problem.path,
            expected=problem.expected,
            actual=problem.actual,
            request=on_the_wire(seen[0].request) if seen else None,
            answer=_answer(seen[-1].answer) if seen else None,
            handed=told(shows[0]) if shows else None,
            page=_page(problem.path, contract),
        )


@dataclass(slots=True)
class SdkEvidence:
    """What was seen of one SDK: who it says it is, and the verdicts of the cases it could run.

    `verdicts` holds for each clause of those cases what breaks it in each that tells of it, None
    where it is kept. `lacks` holds by clause what the SDK cannot do for the other cases, `known`
    what is known to fail.
    """

    sdk: Sdk
    started: Started
    name: str
    verdicts: dict[str, list[ReportedFinding | None]] = field(default_factory=dict)
    lacks: dict[str, set[str]] = field(default_factory=dict)
    known: KnownFailures | None = None

    @property
    def about(self) -> Mapping[str, Any]:
        """What an outcome says of the SDK: the driver's own words, package and version, lacks."""
        sdk = self.started.sdk
        title = self.sdk.title or f"{sdk['name']} {sdk['version']}"
        return {**sdk, "title": title, "lacks": sorted(set().union(*self.lacks.values()))}


def smoke(sdk: Sdk, cases: SdkCases, runtime: Runtime | None = None) -> SdkEvidence:
    """Start a driver and make one plain call. Raises DriverError if it does not work at all.

    Without a runtime it is run on the machine itself, as by `gather`.
    """
    with opened(sdk, CHINA, cases, runtime) as worker:
        started = worker.start()
        observation = worker.call(cases.plain(_format(started)))
        if not observation.seen:
            said = observation.reply.message
            raise DriverError(f"it sends nothing to the gateway that it is given: {said[:200]}")
    version = started.sdk["version"]
    if sdk.version is not None and sdk.version not in _VERSIONS.findall(version):
        raise DriverError(f"its {MANIFEST} says version {sdk.version}, and it says {version}")
    return SdkEvidence(sdk, started, sdk.name or started.sdk["name"])


def gather(
    evidence: SdkEvidence, cases: SdkCases, wanted: Set[str], runtime: Runtime | None = None
) -> None:
    """Run the cases of some clauses that the SDK can run, and keep the verdicts in their order."""
    can, every = evidence.started.can, cases.all(_format(evidence.started))
    asked = [c for c in every if PROTOCOL in wanted or not wanted.isdisjoint(c.clauses)]
    runnable = [case for case in asked if case.needs <= can]
    evidence.verdicts = {clause: [] for case in runnable for clause in case.clauses}
    for case in asked:
        for clause in case.clauses if case.needs - can else ():
            evidence.lacks.setdefault(clause, set()).update(case.needs - can)
    run = _Run(evidence.sdk, cases, runtime or REAL)
    with ThreadPoolExecutor(run.runtime.at_once) as pool:
        workers = _workers(runnable, run.runtime.at_once)
        for done in [pool.submit(run.worker, setting, queue) for setting, queue in workers]:
            done.result()
    silent = dict(enumerate(runnable))
    for position, result in sorted(run.results, key=lambda pair: pair[0]):
        for clause, finding in result.findings(cases.contract):
            evidence.verdicts.setdefault(clause, []).append(finding)
        if result.case.clauses[0] in result.verdicts:
            silent.pop(position, None)
    for case in silent.values():  # what one case could not tell is not held by the others
        verdicts = evidence.verdicts[case.clauses[0]]
        verdicts[:] = filter(None, verdicts)


def _format(started: Started) -> str:
    """Return a format that a driver can read: JSON rather than XML. Raises DriverError."""
    for fmt in reversed(protocol.FORMATS):
        if f"format {fmt}" in started.can:
            return fmt
    raise DriverError(f"it can read neither {' nor '.join(protocol.FORMATS)}")


def _workers(cases: Sequence[SdkCase], at_once: int) -> Iterator[tuple[Setting, _Queue]]:
    """Yield a queue of cases for each copy of the driver; those of one setting share theirs."""
    queues: dict[Setting, list[tuple[int, SdkCase]]] = {}
    # what waits is begun first, so that the rest runs beside it
    for position, case in sorted(enumerate(cases), key=lambda pair: not pair[1].waits):
        queues.setdefault(case.setting, []).append((position, case))
    for setting, queue in queues.items():
        # a copy for each case that waits, and for each so many of the others
        waiting = sum(case.waits for _, case in queue)
        worth = waiting + -(-(len(queue) - waiting) // _WORTH_A_COPY)
        shared = iter(queue)
        for _ in range(min(COPIES, worth, at_once) if setting == CHINA else 1):
            yield setting, shared


@contextlib.contextmanager
def opened(
    sdk: Sdk, setting: Setting, cases: SdkCases, runtime: Runtime | None = None
) -> Iterator[Worker]:
    """Open a worker while the block runs; its copy of the driver is made when it is needed."""
    runtime = runtime or REAL
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
class _Run:
    """One gathering: workers take cases from a queue until it is empty or the driver too broken.

    Threads share only what is atomic: taking from a queue, and adding to the results. `breaking`
    are the clauses that a fresh copy was seen to break.
    """

    sdk: Sdk
    cases: SdkCases
    runtime: Runtime
    results: list[tuple[int, CaseResult]] = field(default_factory=list)
    broken_seconds: list[float] = field(default_factory=list)
    breaking: set[str] = field(default_factory=set)

    def worker(self, setting: Setting, queue: _Queue) -> None:
        """Run cases on one copy of the driver; a copy that broke is replaced."""
        with opened(self.sdk, setting, self.cases, self.runtime) as worker:
            for position, case in queue:
                if sum(self.broken_seconds) >= MOST_BROKEN_SECONDS:
                    break
                last = position, case
                self.results += [(position, result) for result in self._one(worker, case)]
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


def _page(path: str, contract: Contract) -> PageQuote | None:
    for side in ("request", "response"):
        clause = contract.located.get((side, path, "type"))
        if clause and clause.quote and clause.line:
            return PageQuote(clause.line, clause.quote)
    return None


def _answer(answer: Response | ScriptedResponse) -> str:
    notes = ""
    if isinstance(answer, ScriptedResponse):
        if answer.reset:
            return "the connection was reset"
        notes = f", after {answer.delay} ms" if answer.delay else ""
        notes += f", cut after {answer.cut_after} bytes" if answer.cut_after is not None else ""
    declared = dict(answer.headers).get("Content-Type", "")
    text = excerpt(answer.body, _BODY_SHOWN) or "(empty)"
    return f"HTTP {answer.status} {declared}{notes} {text}"
