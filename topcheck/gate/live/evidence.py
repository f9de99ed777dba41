"""The evidence of a named gateway: gathered once, judged once, read by the tests and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from topcheck.contract import protocol
from topcheck.contract.field import response_field
from topcheck.contract.model import Clause, Severity
from topcheck.gate.embedded import Gateway
from topcheck.gate.hidden import Hidden
from topcheck.gate.live.asking import Asked, Asker, Bounds
from topcheck.gate.live.connect import GatewayError
from topcheck.gate.live.plan import plan
from topcheck.gate.recorded import observed_in
from topcheck.gate.suite import suite
from topcheck.gateway.signing import SIGN
from topcheck.judge.finding import Finding

#: Why there is no answer, where that is no fault of one: nobody is there, or all are silent.
_ABSENT = ("no connection", "no answer in time", "no secure connection")


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding and the exchanges that show it."""

    finding: Finding
    asked: tuple[Asked, ...]


class Live:
    """What a gateway answered, and what that breaks. Raises GatewayError if nothing can be said."""

    def __init__(
        self, gateway: Gateway, bounds: Bounds = Bounds(), seed: int = 0,  # noqa: B008 - frozen
        fail_on: Severity = Severity.VIOLATION,
    ) -> None:  # fmt: skip
        self._judges = suite().judges
        asker = Asker(gateway, bounds, self._judges.exchanges.judge_body)
        groups = plan(gateway.contract, gateway.orders.orders, seed)
        caller = gateway.credentials
        self._secrets = {caller.app_key, caller.app_secret, caller.session or ""}
        first = asker.ask(next(groups))
        if first:
            self._expect_an_answer(first)
        others = map(asker.ask, groups) if first else ()
        # an answer after which the same was asked again tells of nothing but itself
        self.groups = [*filter(None, (first, *others)), *([asked] for asked in asker.busy)]
        self.count, self.stopped = asker.count, asker.stopped
        self.shown = [shown for group in self.groups for shown in self._shown(group)]
        self.shown += self._course()
        self._expect_a_success(fail_on, None if first else asker.stopped or asker.failure)

    def _shown(self, group: Sequence[Asked]) -> Iterable[Shown]:
        """Yield what each exchange shows by itself, and then what only all of them show."""
        said = set()
        for asked in group:
            for finding in (*asked.judgement.findings, *self._between([asked])):
                said.add(_key(finding))
                yield Shown(finding, (asked,))
        for finding in self._between(group) if len(group) > 1 else ():
            if _key(finding) not in said:
                yield Shown(finding, tuple(self._fewest(group, _key(finding))))

    def _fewest(self, group: Sequence[Asked], key: tuple[str, str, str, str]) -> Sequence[Asked]:
        """Return the fewest exchanges in a row that show a finding still."""
        for size in range(2, len(group)):
            for start in range(len(group) - size + 1):
                some = group[start : start + size]
                if key in map(_key, self._between(some)):
                    return some
        return group

    def _course(self) -> Iterator[Shown]:
        """Yield what an order breaks between groups: nothing shrinks, no end is left."""
        last: dict[tuple[tuple[str, str], ...], tuple[int, Asked]] = {}
        for number, group in enumerate(self.groups):
            for asked in filter(_told, group):
                order = tuple(asked.probe.params.items())
                before, earlier = last.get(order, (number, asked))
                last[order] = number, asked
                if before != number:
                    for finding in self._between([earlier, asked]):
                        if finding.clause.fact in ("accumulates", "terminal"):
                            yield Shown(finding, (earlier, asked))

    def _between(self, group: Sequence[Asked]) -> Sequence[Finding]:
        told = [(asked.read, asked.judgement) for asked in group]
        return self._judges.exchanges.judge_told(told).findings

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
        told = {clause.id for clause in observed_in([a.judgement for a in self.asked])}
        told |= {shown.finding.clause.id for shown in self.shown} | self._observed_exchanges()
        return [clause for clause in suite().contract.clauses if clause.id in told]

    def _observed_exchanges(self) -> set[str]:
        """Return the clauses about exchanges that there was something to judge by."""
        answered = [asked for asked in self.asked if not asked.read.failure]
        told = {f"exchange.{asked.read.wrong}.refused" for asked in answered if asked.read.wrong}
        told |= {asked.read.right for asked in answered if asked.read.right}
        told |= {c.id for c in suite().clauses("wire") if answered and _always(c.id)}
        if any(asked.read.budget for asked in answered):
            told.add("wire.http.latency")
        for group in self.groups:
            plain = [asked for asked in group if _told(asked)]
            told |= _between(plain)
        return told

    def counts(self) -> Mapping[str, Counter[str]]:
        """Count what was observed: outcomes, formats, statuses, combinations of parameters."""
        status = next((f.path for f in response_field(suite().contract).walk() if f.enum), "")
        return {
            "answers": Counter(asked.judgement.side or "unreadable" for asked in self.asked),
            "formats": Counter(asked.read.written for asked in self.asked),
            "statuses": Counter(
                str(asked.judgement.values[status])
                for asked in self.asked
                if status in asked.judgement.values
            ),
            "fields": Counter(
                path
                for asked in self.asked
                if asked.judgement.side == "response"
                for path in filter(None, asked.judgement.values)
            ),
            "parameters": Counter("+".join(asked.probe.params) or "none" for asked in self.asked),
        }

    def _expect_a_success(self, fail_on: Severity, why: str | None) -> None:
        """A run that convicts nothing and saw no success proves nothing; `why` may be known."""
        convicted = any(s.finding.clause.severity >= fail_on for s in self.shown)
        if convicted or any(asked.judgement.side == "response" for asked in self.asked):
            return
        if why:
            raise GatewayError(self.redacted(f"the gateway cannot be judged: {why}"))
        errors = self.redacted(_errors(self.asked))
        raise GatewayError(f"no success was observed, every answer was: {errors}; give TOP_ORDERS")

    def redacted(self, text: str) -> str:
        """Take out what must not be shown, though a gateway repeated it: a text of any kind."""
        return self.hidden.out_of(text)

    @property
    def hidden(self) -> Hidden:
        """What must not be shown: who we are at the gateway, and how we signed."""
        signs = {asked.exchange.request.value(SIGN) or "" for asked in self.asked}
        return Hidden(self._secrets | signs)

    def _expect_an_answer(self, first: Sequence[Asked]) -> None:
        """Say in one line what every call shares before any body was seen."""
        failures = [asked.exchange.failure for asked in first]
        absent = [failure for failure in failures if failure and failure.startswith(_ABSENT)]
        if len(absent) == len(first):
            raise GatewayError(f"the gateway cannot be judged: {', '.join(dict.fromkeys(absent))}")
        refused = [
            asked for asked in first if asked.judgement.values.get("code") in protocol.REFUSAL_CODES
        ]
        worst = max((a.judgement.severity or 0 for a in first), default=0)
        if len(refused) == len(first) and worst < Severity.VIOLATION:
            self.groups = [list(first)]
            errors = self.redacted(_errors(first))
            raise GatewayError(f"no success was observed, every answer was: {errors}")


def _errors(asked: Sequence[Asked]) -> str:
    told = (one.judgement.values for one in asked if one.judgement.side == "error_response")
    found = Counter(f"{values.get('code')} {values.get('msg')}" for values in told)
    return ", ".join(words for words, _ in found.most_common(3)) or "none that can be read"


def _always(clause_id: str) -> bool:
    return clause_id.startswith(("wire.http.", "wire.body.")) and clause_id != "wire.http.latency"


def _told(asked: Asked) -> bool:
    return asked.judgement.side == "response" and not asked.read.wrong


def _between(plain: Sequence[Asked]) -> set[str]:
    """Return the clauses between exchanges that these successes of one group could break."""
    clauses = suite().clauses("exchange")
    names = {name for asked in plain for name in asked.read.asked}
    names |= {path.rpartition(".")[2] for asked in plain for path in asked.read.stated}
    facts = {"echo", "exact"} if plain else set()
    facts |= {"accumulates", "terminal"} if len(plain) > 1 else set()
    facts |= {"parity"} if len({asked.read.written for asked in plain}) > 1 else set()
    return {c.id for c in clauses if c.fact in facts
            and (c.fact not in ("echo", "exact") or c.id.split(".")[1] in names)}  # fmt: skip


def _key(finding: Finding) -> tuple[str, str, str, str]:
    return finding.clause.id, finding.path, finding.expected, finding.actual


def _length(asked: Asked) -> int:
    return sum(len(name) + len(value) for name, value in asked.exchange.request.parameters)
