"""What came of one case: its verdicts, and what is reported of what is broken."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from topcheck.contract.contract import Contract
from topcheck.contract.sdk import ABOUT_REQUESTS
from topcheck.gateway.diagnosis import Known, diagnose
from topcheck.gateway.orders import ScriptedResponse
from topcheck.report.exchanges import MOST_EXCHANGES, moment, reported_answer, reported_request
from topcheck.report.outcome import PageQuote, ReportedExchange, ReportedFinding
from topcheck.report.text import excerpt
from topcheck.sdk.case import Observation, Problem, ReceivedRequest, SdkCase, Verdicts, told
from topcheck.sdk.driver import DriverError
from topcheck.sdk.result import bare
from topcheck.sdk.worker import CALLER
from topcheck.wire.exchange import Response
from topcheck.wire.redact import on_the_wire

#: So much of a served body is shown, in characters.
_BODY_SHOWN = 300
RESET = "the connection was reset"


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
            yield clause, self._finding(clause, problem, contract) if problem else None

    def _finding(self, clause: str, problem: Problem, contract: Contract) -> ReportedFinding:
        shows = self.observations[problem.call :][:1]
        seen = shows[0].seen if shows else ()
        if seen and clause in ABOUT_REQUESTS:
            problem = replace(problem, actual=_diagnosed(problem, seen[0], contract))
        return ReportedFinding(
            case=self.case.name,
            path=problem.path,
            expected=problem.expected,
            actual=problem.actual,
            request=on_the_wire(seen[0].request) if seen else None,
            answer=answer_in_words(seen[-1].answer) if seen else None,
            handed=told(shows[0]) if shows else None,
            page=_page(problem.path, contract),
            exchanges=tuple(map(_exchange, self._shown(problem)))[-MOST_EXCHANGES:],
        )

    def _shown(self, problem: Problem) -> list[ReceivedRequest]:
        """Return what was asked until the problem showed: an answer may be about a call before."""
        last = problem.call % max(len(self.observations), 1)
        return [seen for one in self.observations[: last + 1] for seen in one.seen]


def _exchange(seen: ReceivedRequest) -> ReportedExchange:
    request, answer, note = reported_request(seen.request), seen.answer, None
    if isinstance(answer, ScriptedResponse):
        note = _befell(answer)
        headers = tuple(answer.headers.items())
        answer = Response(answer.status, headers, answer.body, malformed=answer.lines)
    reset = note == RESET
    shown = None if reset else reported_answer(answer)
    return ReportedExchange(moment(seen.clock), None, request, shown, note=note)


def _diagnosed(problem: Problem, sent: ReceivedRequest, contract: Contract) -> str:
    """Say what there was, and why the platform would refuse it, as `topcheck diagnose` does."""
    known = Known.of(contract, CALLER.app_secret, CALLER.app_key)
    found = diagnose(sent.request, known, sent.clock)
    why = "; ".join(f"{one.id}: {one.text}" for one in found.why if one.is_about(problem.path))
    return f"{problem.actual} ({why})" if why else problem.actual


def _page(path: str, contract: Contract) -> PageQuote | None:
    for side in ("request", "response"):
        clause = contract.located.get((side, bare(path), "type"))
        if clause and clause.quote and clause.line:
            return PageQuote(clause.line, clause.quote)
    return None


def answer_in_words(answer: Response | ScriptedResponse) -> str:
    """Say in a line what was served."""
    befell = _befell(answer) if isinstance(answer, ScriptedResponse) else None
    if befell == RESET:
        return RESET
    notes = f", {befell}" if befell else ""
    declared = dict(answer.headers).get("Content-Type", "")
    text = excerpt(answer.body, _BODY_SHOWN) or "(empty)"
    return f"HTTP {answer.status} {declared}{notes} {text}"


def _befell(answer: ScriptedResponse) -> str | None:
    """Say what befell an answer on its way, None if nothing."""
    if answer.reset:
        return RESET
    found = [f"after {answer.delay} ms"] if answer.delay else []
    found += [f"cut after {answer.cut_after} bytes"] if answer.cut_after is not None else []
    return ", ".join(found) or None
