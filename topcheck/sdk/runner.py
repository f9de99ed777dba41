"""Evidence of one SDK: all its cases, over several copies of its driver, each with its gateway."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.sdk import PAGE_NEEDS
from topcheck.report.outcome import ReportedFinding
from topcheck.sdk.case import CHINA, SdkCases
from topcheck.sdk.case_result import CaseResult
from topcheck.sdk.copies import Say, opened, run_all
from topcheck.sdk.driver import REAL, DriverError, Runtime
from topcheck.sdk.driver_protocol import Started
from topcheck.sdk.known_failing import KnownFailures
from topcheck.sdk.manifest import MANIFEST, Sdk
from topcheck.sdk.worker import PROTOCOL, SECRETS

#: The versions in a text: that of the SDK, and of what it runs on.
_VERSIONS = re.compile(r"[\w.+-]+")

#: What has no weight, and had better be otherwise.
SESSION_IN_QUERY = (
    "the session travels in the query of the gateway's URL, where logs keep it: "
    "better in the body of a POST"
)


@dataclass(slots=True)
class SdkEvidence:
    """What was seen of one SDK: who it says it is, and the verdicts of the cases it could run.

    `verdicts` holds for each clause of those cases what breaks it in each that tells of it, None
    where it is kept. `lacks` holds by clause what the SDK cannot do for the other cases, `known`
    what is known to fail, `advice` what is no clause and had better be otherwise, `untried` says
    by clause why the page has no case of it.
    """

    sdk: Sdk
    started: Started
    name: str
    verdicts: dict[str, list[ReportedFinding | None]] = field(default_factory=dict)
    lacks: dict[str, set[str]] = field(default_factory=dict)
    known: KnownFailures | None = None
    advice: tuple[str, ...] = ()
    untried: Mapping[str, str] = field(default_factory=dict)

    @property
    def called(self) -> str:
        """What it is called where no other has that name."""
        return self.sdk.name or str(self.started.sdk["name"])

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
    with opened(sdk, CHINA, cases, runtime or REAL) as worker:
        started = worker.start()
        check_version(sdk, started)
        observation = worker.call(cases.plain(readable_format(started)))
        if not observation.seen:
            said = observation.reply.message
            raise DriverError(f"it sends nothing to the gateway that it is given: {said[:200]}")
    method = cases.contract.method
    called = observation.seen[0].request.value("method")
    if called and _last_word(called) != _last_word(method):  # else it is the SDK that is wrong
        raise DriverError(f"it is a driver for another method: it calls {called}, and not {method}")
    return SdkEvidence(sdk, started, sdk.name or started.sdk["name"])


def check_version(sdk: Sdk, started: Started) -> None:
    """Raise DriverError where a driver says that it drives another version than its manifest."""
    version = started.sdk["version"]
    if sdk.version is not None and sdk.version not in _VERSIONS.findall(version):
        raise DriverError(f"its {MANIFEST} says version {sdk.version}, and it says {version}",
                          "let both say the version of the SDK")  # fmt: skip


def _last_word(method: str) -> str:
    return method.rpartition(".")[2].lower()


def gather(
    evidence: SdkEvidence, cases: SdkCases, wanted: Set[str], runtime: Runtime | None = None,
    say: Say = lambda _done, _of, _waits: None,
) -> None:  # fmt: skip
    """Run the cases of some clauses that the SDK can run, and keep the verdicts in their order."""
    can, every = evidence.started.can, cases.all(readable_format(evidence.started))
    asked = [c for c in every if PROTOCOL in wanted or not wanted.isdisjoint(c.clauses)]
    runnable = [case for case in asked if case.needs <= can]
    evidence.verdicts = {clause: [] for case in runnable for clause in case.clauses}
    for case in asked:
        for clause in case.clauses if case.needs - can else ():
            evidence.lacks.setdefault(clause, set()).update(case.needs - can)
    shown = {clause for case in every for clause in case.clauses}
    evidence.untried = {c: f"this page has no {what}" for c, what in PAGE_NEEDS.items()
                        if c not in shown}  # fmt: skip
    results = run_all(evidence.sdk, cases, runnable, runtime or REAL, say)
    evidence.advice = tuple(dict.fromkeys(a for _, result in results for a in _advice(result)))
    silent = dict(enumerate(runnable))
    for position, result in results:
        for clause, finding in result.findings(cases.contract):
            evidence.verdicts.setdefault(clause, []).append(finding)
        if result.case.clauses[0] in result.verdicts:
            silent.pop(position, None)
    for case in silent.values():  # what one case could not tell is not held by the others
        verdicts = evidence.verdicts[case.clauses[0]]
        verdicts[:] = filter(None, verdicts)


def readable_format(started: Started) -> str:
    """Return a format that a driver can read: JSON rather than XML. Raises DriverError."""
    for fmt in reversed(protocol.FORMATS):
        if f"format {fmt}" in started.can:
            return fmt
    raise DriverError(f"it can read neither {' nor '.join(protocol.FORMATS)}",
                      'name what the SDK reads: "can":{"formats":["json"],…}')  # fmt: skip


def _advice(result: CaseResult) -> Iterator[str]:
    requests = (seen.request for one in result.observations for seen in one.seen)
    if any(SECRETS[1] in value for request in requests for _, value in request.query):
        yield SESSION_IN_QUERY
