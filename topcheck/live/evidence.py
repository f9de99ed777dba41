"""The evidence of a named gateway: gathered once, judged once, read by the tests and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from topcheck.contract.contract import Contract
from topcheck.contract.model import Clause, Severity
from topcheck.gateway.client import Credentials
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.signing import SIGN
from topcheck.gateway.timing import Timing
from topcheck.judge.evidence import Evidence
from topcheck.judge.finding import Finding, shorten
from topcheck.judge.judges import Judges, RunJudge
from topcheck.live.connect import GatewayError
from topcheck.live.inconclusive import why_no_success, why_silent, why_too_little
from topcheck.live.plan import POLL, Plan
from topcheck.live.runner import Bounds, ProbeResult, Runner
from topcheck.wire.redact import Redactor

#: The results of probes that are judged together.
ResultGroup = list[ProbeResult]


def judge_gateway(
    gateway: Gateway, judges: Judges, bounds: Bounds = Bounds(), seed: int = 0,
    fail_on: Severity = Severity.VIOLATION, timing: Timing = Timing(),
) -> LiveRun:  # fmt: skip
    """Ask a gateway and judge its answers. Raises GatewayError if nothing can be said of it."""
    known = [order.ids for order in gateway.orders.orders]
    runner = Runner(gateway, bounds, judges.exchanges.judge_body, timing)
    gathering = _Gathering(gateway, runner, judges.run(known))
    gathering.gather(Plan(gateway.contract, gateway.orders.orders, seed))
    return gathering.run(fail_on, len(known))


@dataclass(frozen=True)
class LiveRun:
    """What a gateway answered, and what that shows.

    `count` is how often it was asked, `stopped` why not oftener, None if all was asked.
    """

    gateway: Gateway
    groups: Sequence[ResultGroup]
    evidence: Evidence
    count: int
    stopped: str | None

    @cached_property
    def results(self) -> list[ProbeResult]:
        """All results, in their order."""
        return [result for group in self.groups for result in group]

    def broken(self, clause_id: str) -> list[Finding]:
        """Return what breaks a clause, what takes the fewest and shortest requests first."""
        found = [f for f in self.evidence.findings if f.clause.id == clause_id]
        return sorted(found, key=lambda f: (len(f.exchanges), _length(f)))

    def shown_by(self, finding: Finding) -> list[ProbeResult]:
        """Return the results that show a finding."""
        return [self._by_exchange[id(exchange)] for exchange in finding.exchanges]

    @cached_property
    def _by_exchange(self) -> Mapping[int, ProbeResult]:
        return {id(result.exchange): result for result in self.results}

    @property
    def observed(self) -> list[Clause]:
        """The clauses that the answers tried, in the order of the contract."""
        return [c for c in self.gateway.contract.clauses if c.id in self.evidence.tried]

    def counts(self) -> Mapping[str, Counter[str]]:
        """Count what was observed: outcomes, formats, states, members, parameters."""
        return counts(self.gateway.contract, self.results)

    @cached_property
    def redactor(self) -> Redactor:
        """What must not be shown: who we are at the gateway, and how we signed."""
        return redactor_of(self.gateway.credentials, self.results)


def redactor_of(caller: Credentials, results: Sequence[ProbeResult]) -> Redactor:
    """Take out who calls, and how it signed."""
    signs = {result.exchange.request.value(SIGN) or "" for result in results}
    return Redactor({caller.app_key, caller.app_secret, caller.session or ""}, signs)


class _Gathering:
    """One run against a gateway, as far as it has come."""

    def __init__(self, gateway: Gateway, runner: Runner, judge: RunJudge) -> None:
        self._gateway = gateway
        self._runner = runner
        self._judge = judge
        self._groups: list[ResultGroup] = []

    def gather(self, plan: Plan) -> None:
        """Ask for one order after the other until one is found, and then all else."""
        others = list(plan.targets)
        plain = others[0]
        while others and not plain.found:
            target = others.pop(0)
            poll = self._runner.ask(plan.poll(target))
            if not poll and not self._groups:
                return
            silent = None if self._groups else why_silent(poll)
            self._groups.append(poll)
            if silent:
                raise self._undecided(silent)
            if found := frozenset(str(r.read.expected.format) for r in poll if self._found(r)):
                plain = replace(target, found=found)
                plan.found.append(target.ids)
        for group in plan.rest(plain, others):
            results = self._runner.ask(group)
            expected = group[0].expected
            tried = results and expected.accepted and expected.found
            if tried and not any(map(self._found, results)):  # once may be chance
                results += self._runner.ask(group)
            if group[0].poll and any(map(self._found, results)):
                plan.found.append(group[0].params)
            self._groups += [results] if results else []

    def _found(self, result: ProbeResult) -> bool:
        return self._judge.succeeded(result.read)

    def run(self, fail_on: Severity, known: int) -> LiveRun:
        """Judge all that was gathered. Raises GatewayError if that says nothing."""
        runner = self._runner
        why = None if self._groups else runner.stopped or runner.failure
        # an answer after which the same was asked again tells of nothing but itself
        self._groups += [[result] for result in runner.busy]
        polls = [group for group in self._groups if group and group[0].probe.poll]
        whole = [
            [result.read for result in group]
            for group in polls
            if group[0].probe.known and len(group) == len(POLL)
        ]
        reads = [[result.read for result in group] for group in self._groups]
        evidence = self._judge.judge(reads, whole)
        run = LiveRun(self._gateway, self._groups, evidence, runner.count, runner.stopped)
        if not any(finding.clause.severity >= fail_on for finding in evidence.findings):
            # what convicts nothing proves nothing, unless it saw enough
            if not any(self._found(result) for group in polls for result in group):
                raise self._undecided(why or why_no_success(self._groups[0]))
            lost = self._judge.never_found(whole)
            unread = max(0, known - len(polls))
            if too_little := why_too_little(evidence.tried, runner.stopped, unread, lost):
                raise self._undecided(too_little)
        return run

    def _undecided(self, why: str) -> GatewayError:
        results = [result for group in self._groups for result in group]
        redactor = redactor_of(self._gateway.credentials, results)
        return GatewayError(redactor.redacted(f"{self._gateway.url} cannot be judged: {why}"))


def _length(finding: Finding) -> int:
    pairs = (pair for one in finding.exchanges for pair in one.request.parameters)
    return sum(len(name) + len(value) for name, value in pairs)


def counts(contract: Contract, results: Sequence[ProbeResult]) -> Mapping[str, Counter[str]]:
    """Count what was observed: outcomes, formats, states, members, parameters."""
    state = next((field.path for field in contract.coded), "")
    values = [result.judgement.values for result in results]
    successes = [r.judgement.values for r in results if r.judgement.side == "response"]
    return {
        "answers": Counter(result.judgement.side or "unreadable" for result in results),
        "formats": Counter(str(result.read.expected.format) for result in results),
        "statuses": Counter(shorten(str(found[state])) for found in values if state in found),
        "fields": Counter(path for found in successes for path in filter(None, found)),
        "parameters": Counter("+".join(result.probe.params) or "none" for result in results),
    }
