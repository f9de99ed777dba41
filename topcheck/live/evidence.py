"""The evidence of a named gateway: gathered once, judged once, read by the tests and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from topcheck.contract.model import Clause, Severity
from topcheck.embedded import Gateway
from topcheck.gateway.signing import SIGN
from topcheck.live import observed
from topcheck.live.connect import GatewayError
from topcheck.live.findings import Shown, never_found, shown_by, succeeded
from topcheck.live.inconclusive import why_no_success, why_silent, why_too_little
from topcheck.live.plan import Plan
from topcheck.live.runner import Asked, Bounds, Runner
from topcheck.wire.redact import Redactor
from topcheck.workspace import workspace


class Live:
    """What a gateway answered, and what that breaks. Raises GatewayError if nothing can be said."""

    def __init__(
        self, gateway: Gateway, bounds: Bounds = Bounds(), seed: int = 0,
        fail_on: Severity = Severity.VIOLATION,
    ) -> None:  # fmt: skip
        caller = gateway.credentials
        self._secrets = {caller.app_key, caller.app_secret, caller.session or ""}
        self._url = gateway.client.url
        self.groups: list[list[Asked]] = []
        self._known = [order.ids for order in gateway.orders.orders]
        runner = Runner(gateway, bounds, workspace().judges.exchanges.judge_body)
        self._gather(runner, Plan(gateway.contract, gateway.orders.orders, seed))
        why = None if self.groups else runner.stopped or runner.failure
        # an answer after which the same was asked again tells of nothing but itself
        self.groups += [[asked] for asked in runner.busy]
        self.count, self.stopped = runner.count, runner.stopped
        self.shown = list(shown_by(self.groups, self._known))
        if not any(shown.finding.clause.severity >= fail_on for shown in self.shown):
            self._expect_evidence(why)

    def _gather(self, runner: Runner, plan: Plan) -> None:
        """Ask for one order after the other until one is found, and then all else."""
        others = list(plan.targets)
        plain = others[0]
        while others and not plain.found:
            target = others.pop(0)
            poll = runner.ask(plan.poll(target))
            if not poll and not self.groups:
                return
            if not self.groups and (why := why_silent(poll)):
                self.groups.append(poll)
                raise self._undecided(why)
            self.groups.append(poll)
            if found := frozenset(asked.read.fmt for asked in filter(succeeded, poll)):
                plain = replace(target, found=found)
                plan.found.append(target.ids)
        for group in plan.rest(plain, others):
            asked = runner.ask(group)
            tried = asked and group[0].right and group[0].found
            if tried and not any(map(succeeded, asked)):  # once may be chance
                asked += runner.ask(group)
            if group[0].poll and any(map(succeeded, asked)):
                plan.found.append(group[0].params)
            self.groups += [asked] if asked else []

    @property
    def asked(self) -> list[Asked]:
        """All exchanges, in their order."""
        return [asked for group in self.groups for asked in group]

    def broken(self, clause_id: str) -> list[Shown]:
        """Return what breaks a clause, what takes the fewest and shortest requests first."""
        found = [shown for shown in self.shown if shown.finding.clause.id == clause_id]
        return sorted(found, key=lambda s: (len(s.asked), sum(map(_length, s.asked))))

    def observed(self) -> list[Clause]:
        """Return the clauses that some answer tells of, or breaks."""
        told = observed.observed_by(self.groups)
        told |= {shown.finding.clause.id for shown in self.shown}
        return [clause for clause in workspace().contract.clauses if clause.id in told]

    def counts(self) -> Mapping[str, Counter[str]]:
        """Count what was observed."""
        return observed.counts(self.asked)

    def redacted(self, text: str) -> str:
        """Take out what must not be shown, though a gateway repeated it: a text of any kind."""
        return self.redactor.redacted(text)

    @property
    def redactor(self) -> Redactor:
        """What must not be shown: who we are at the gateway, and how we signed."""
        signs = {asked.exchange.request.value(SIGN) or "" for asked in self.asked}
        return Redactor(self._secrets, signs)

    # -------------------------------------------------------------- undecided

    def _expect_evidence(self, why: str | None) -> None:
        """A run that convicts nothing proves nothing, unless it saw enough; `why` may be known."""
        polls = [group for group in self.groups if group[0].probe.poll]
        if not any(succeeded(asked) for group in polls for asked in group):
            raise self._undecided(why or why_no_success(self.groups[0]))
        unread = max(0, len(self._known) - len(polls))
        told = observed.observed_by(self.groups)
        if too_little := why_too_little(told, self.stopped, unread, never_found(self.groups)):
            raise self._undecided(too_little)

    def _undecided(self, why: str) -> GatewayError:
        return GatewayError(self.redacted(f"{self._url} cannot be judged: {why}"))


def _length(asked: Asked) -> int:
    return sum(len(name) + len(value) for name, value in asked.exchange.request.parameters)
