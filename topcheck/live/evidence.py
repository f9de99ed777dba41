"""The evidence of a named gateway: gathered once, judged once, read by the tests and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from topcheck.contract.contract import Contract
from topcheck.contract.model import Clause, Severity
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.signing import SIGN
from topcheck.gateway.timing import Timing
from topcheck.judge.evidence import Evidence
from topcheck.judge.finding import Finding, shorten
from topcheck.judge.judges import Judges, RunJudge
from topcheck.judge.ledger import BROKEN, HELD, NOT_OBSERVED
from topcheck.live.connect import GatewayError
from topcheck.live.inconclusive import why_no_success, why_silent, why_too_little, with_advice
from topcheck.live.plan import POLL, Plan
from topcheck.live.runner import Bounds, ProbeResult, Runner, Tell
from topcheck.live.untried import why_untried
from topcheck.report.exchanges import MOST_WHOLE, reported_exchange
from topcheck.report.outcome import GATEWAY, ClauseState, ReportedExchange, Side, side_verdict
from topcheck.report.text import in_words, reported
from topcheck.wire.exchange import Exchange
from topcheck.wire.redact import Redactor

#: The kind of evidence that a gateway gives.
LIVE_EVIDENCE = "live"
#: So many findings of a clause are told; the rest are of the same kind.
MOST_FINDINGS = 20


def clauses_of_answers(contract: Contract) -> list[Clause]:
    """Return the clauses that a gateway's answers can be about: requests are ours."""
    return [clause for clause in contract.clauses if clause.side != "request"]


def judge_gateway(
    gateway: Gateway, judges: Judges, bounds: Bounds = Bounds(), seed: int = 0,
    fail_on: Severity = Severity.VIOLATION, timing: Timing = Timing(),
    tell: Tell | None = None,
) -> LiveRun:  # fmt: skip
    """Ask a gateway and judge its answers. Raises GatewayError if nothing can be said of it.

    `tell` is told after each request how many were made, and of how many.
    """
    orders = gateway.orders.orders
    judge = judges.run([order.ids for order in orders])
    runner = Runner(gateway, bounds, judges.exchanges.judge_body, timing, tell)
    groups: list[list[ProbeResult]] = []
    for group in _asked(Plan(gateway.contract, orders, seed), runner, judge):
        groups.append(group)
        if len(groups) == 1 and (silent := why_silent(group)):
            raise _undecided(gateway, groups, silent)
    nothing = None if groups else with_advice(runner.stopped or runner.failure or "")
    # an answer after which the same was asked again tells of nothing but itself
    groups += [[result] for result in runner.busy]
    polls = [group for group in groups if group[0].probe.poll]
    whole = [group for group in polls if group[0].probe.known and len(group) == len(POLL)]
    run = LiveRun(gateway, groups, judge.judge(groups, whole), runner.count, runner.stopped)
    if any(finding.clause.severity >= fail_on for finding in run.evidence.findings):
        return run
    # what convicts nothing proves nothing, unless it saw enough
    if not any(judge.succeeded(result) for group in polls for result in group):
        raise _undecided(gateway, groups, nothing or why_no_success(groups[0]))
    unread, lost = max(0, len(orders) - len(polls)), judge.never_found(whole)
    if too_little := why_too_little(run.evidence.tried, runner.stopped, unread, lost):
        raise _undecided(gateway, groups, too_little)
    return run


def _asked(plan: Plan, runner: Runner, judge: RunJudge) -> Iterator[list[ProbeResult]]:
    """Ask for one order after the other until one is found, and then all else.

    Where not even the first is answered, nothing more is asked.
    """
    others = list(plan.targets)
    plain = others[0]
    while others and not plain.found:
        target = others.pop(0)
        poll = runner.ask(plan.poll(target))
        if poll:
            yield poll
        elif target is plan.targets[0]:
            return
        if found := _formats(poll, judge):
            plain = replace(target, found=found)
            plan.note(target.ids, found)
    runner.expect(plan.rest(plain, others))
    for group in plan.rest(plain, others):
        results = runner.ask(group)
        expected = group[0].expected
        tried = results and expected.accepted and expected.found
        if tried and not any(map(judge.succeeded, results)):  # once may be chance
            results += runner.ask(group)
        if group[0].poll and (found := _formats(results, judge)):
            plan.note(expected.parameters, found)
        if results:
            yield results


def _formats(poll: Sequence[ProbeResult], judge: RunJudge) -> frozenset[str]:
    """Return the formats in which an order was found."""
    return frozenset(str(read.expected.format) for read in poll if judge.succeeded(read))


def _undecided(gateway: Gateway, groups: Sequence[list[ProbeResult]], why: str) -> GatewayError:
    redactor = _redactor(gateway, groups)
    return GatewayError(redactor.redacted(f"{gateway.url} cannot be judged: {why}"))


def _redactor(gateway: Gateway, groups: Sequence[list[ProbeResult]]) -> Redactor:
    caller = gateway.credentials
    signs = {r.exchange.request.value(SIGN) or "" for group in groups for r in group}
    return Redactor({caller.app_key, caller.app_secret, caller.session or ""}, signs)


@dataclass(frozen=True)
class LiveRun:
    """What a gateway answered, and what that shows.

    `count` is how often it was asked, `stopped` why not oftener, None if all was asked.
    """

    gateway: Gateway
    groups: Sequence[list[ProbeResult]]
    evidence: Evidence
    count: int
    stopped: str | None

    @property
    def results(self) -> list[ProbeResult]:
        """All results, in their order."""
        return [result for group in self.groups for result in group]

    def broken(self, clause_id: str) -> list[Finding]:
        """Return what breaks a clause, what takes the fewest and shortest requests first."""
        found = [f for f in self.evidence.findings if f.clause.id == clause_id]
        return sorted(found, key=lambda f: (len(f.exchanges), _length(f)))

    @property
    def clauses(self) -> list[Clause]:
        """The clauses that a gateway's answers can be about."""
        return clauses_of_answers(self.gateway.contract)

    def state(self, clause_id: str) -> str:
        """Return the state of a clause: broken, held or not observed."""
        tried = HELD if clause_id in self.evidence.tried else NOT_OBSERVED
        return BROKEN if self.broken(clause_id) else tried

    def in_words(self, clause_id: str) -> str:
        """Tell what breaks a clause, or what has it tried, without secrets; else nothing."""
        found = self.broken(clause_id)
        words = in_words(found[0], len(found) - 1) if found else self._untried(clause_id)
        return self.redactor.redacted(words or "")

    def _untried(self, clause_id: str) -> str | None:
        if self.state(clause_id) != NOT_OBSERVED:
            return None
        return why_untried(self.gateway.contract.by_id[clause_id], self.stopped)

    @cached_property
    def redactor(self) -> Redactor:
        """What must not be shown: who we are at the gateway, and how we signed."""
        return _redactor(self.gateway, self.groups)

    def side(
        self, fail_on: Severity, wanted: Callable[[Clause], bool],
        repeat: Callable[[Clause], str | None],
        script: Callable[[LiveRun, Finding], str] = lambda _run, _finding: "",
    ) -> Side:  # fmt: skip
        """Write what was seen as a side of the outcome.

        `wanted` says which clauses the run asked for, `repeat` makes the command that repeats one,
        `script` what asks the gateway anew; requests are ours, so it tells of none of theirs.
        """
        asked = [clause for clause in self.clauses if wanted(clause)]
        states = tuple(self._state(clause, repeat(clause), script) for clause in asked)
        about = {"requests": self.count, "stopped": self.stopped, "observed": self._counts()}
        verdict = side_verdict(states, fail_on, partial=len(asked) < len(self.clauses))
        return Side(self.gateway.url, GATEWAY, about, verdict, clauses=states)

    def _state(
        self, clause: Clause, again: str | None, script: Callable[[LiveRun, Finding], str]
    ) -> ClauseState:
        found, word = self.broken(clause.id), self.state(clause.id)
        findings = [replace(reported(f), repeat=again) for f in found[:MOST_FINDINGS]]
        for at, finding in enumerate(found[:MOST_WHOLE]):
            whole = tuple(self._whole(one, finding.path) for one in finding.exchanges)
            findings[at] = replace(
                findings[at], exchanges=whole, script=script(self, finding) or None
            )
        evidence, reason = {LIVE_EVIDENCE: word}, self._untried(clause.id)
        return ClauseState(clause.id, clause.severity, word, evidence, reason, tuple(findings))

    def _whole(self, exchange: Exchange, path: str) -> ReportedExchange:
        values = self.asked[id(exchange)].judgement.values
        return reported_exchange(exchange, values, path, self.redactor)

    @cached_property
    def asked(self) -> dict[int, ProbeResult]:
        """All results by the id of their exchange: equal ones are not the same."""
        return {id(result.exchange): result for result in self.results}

    def _counts(self) -> dict[str, dict[str, int]]:
        """Count what was observed: outcomes, formats, states, members, parameters."""
        states = [field.path for field in self.gateway.contract.coded[:1]]
        results = self.results
        values = [result.judgement.values for result in results]
        successes = [r.judgement.values for r in results if r.judgement.side == "response"]
        asked = [result.expected.parameters for result in results]
        observed = {
            "answers": (result.judgement.side or "unreadable" for result in results),
            "formats": (result.expected.format or "any" for result in results),
            "statuses": (
                shorten(str(found[path])) for found in values for path in states if path in found
            ),
            "fields": (path for found in successes for path in filter(None, found)),
            "parameters": ("+".join(names) or "none" for names in asked),
        }
        return {what: dict(Counter(named)) for what, named in observed.items()}


def _length(finding: Finding) -> int:
    pairs = (pair for one in finding.exchanges for pair in one.request.parameters)
    return sum(len(name) + len(value) for name, value in pairs)
