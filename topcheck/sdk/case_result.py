"""What came of one case: its verdicts, and what is reported of what is broken."""

from collections.abc import Iterator
from dataclasses import dataclass

from topcheck.contract.contract import Contract
from topcheck.gateway.orders import ScriptedResponse
from topcheck.report.outcome import PageQuote, ReportedFinding
from topcheck.report.text import excerpt
from topcheck.sdk.case import Observation, Problem, SdkCase, Verdicts, told
from topcheck.sdk.driver import DriverError
from topcheck.sdk.result import bare
from topcheck.wire.exchange import Response
from topcheck.wire.redact import on_the_wire

#: So much of a served body is shown, in characters.
_BODY_SHOWN = 300


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


def _page(path: str, contract: Contract) -> PageQuote | None:
    for side in ("request", "response"):
        clause = contract.located.get((side, bare(path), "type"))
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
