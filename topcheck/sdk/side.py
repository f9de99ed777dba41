"""What was seen of an SDK, as a side of the outcome: its clauses, and the cases that break them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from topcheck.contract.contract import Contract
from topcheck.contract.sdk import SDK_RULES
from topcheck.gateway.orders import ScriptedResponse
from topcheck.report.outcome import SDK, ClauseState, PageQuote, ReportedFinding, Side
from topcheck.report.terminal import failure
from topcheck.report.text import excerpt
from topcheck.sdk.case import told
from topcheck.sdk.runner import SdkEvidence
from topcheck.sdk.states import SEVERITY, BrokenCase, State
from topcheck.wire.exchange import Response

#: So much of a served body is shown, in characters.
_BODY_SHOWN = 300

#: Makes the command that repeats what breaks a clause, by its id.
Repeat = Callable[[str], str | None]


def sdk_side(
    evidence: SdkEvidence, states: Sequence[State], verdict: str, contract: Contract, repeat: Repeat
) -> Side:
    """Write what was seen of an SDK as a side of the outcome."""
    about = {
        **evidence.started["sdk"],
        "title": evidence.title,
        "lacks": sorted(set().union(*evidence.lacks.values())),
    }
    clauses = tuple(clause_state(state, contract, repeat) for state in states)
    return Side(evidence.name, SDK, about, verdict, clauses=clauses)


def broken_side(name: str, reason: str, verdict: str) -> Side:
    """Write as a side what could not be judged: its driver does not work."""
    return Side(name, SDK, {"reason": reason}, verdict)


def clause_state(state: State, contract: Contract, repeat: Repeat) -> ClauseState:
    """Write the state of a clause, with all cases that break it."""
    again = repeat(state.clause) if state.broken else None
    findings = tuple(_reported(shown, contract, again) for shown in state.broken)
    evidence = {SDK: state.word}
    return ClauseState(state.clause, SEVERITY, state.word, evidence, state.reason, findings)


def in_words(side: Side, clause: ClauseState) -> str:
    """Tell how an SDK stands to a clause: the first case whole, the others by name."""
    return failure(side, clause, SDK_RULES[clause.clause])


def _reported(shown: BrokenCase, contract: Contract, repeat: str | None) -> ReportedFinding:
    problem = shown.problem
    told_of = shown.observations[problem.call :][:1]
    seen = told_of[0].seen if told_of else ()
    return ReportedFinding(
        case=shown.case,
        path=problem.path,
        expected=problem.expected,
        actual=problem.actual,
        request=repr(seen[0].request) if seen else None,
        answer=_answer(seen[-1].answer) if seen else None,
        handed=told(told_of[0]) if told_of else None,
        page=_page(problem.path, contract),
        repeat=repeat,
    )


def _page(path: str, contract: Contract) -> PageQuote | None:
    """Return the page's line and words about a parameter or a member, if it has any."""
    for side in ("request", "response"):
        clause = contract.located.get((side, path, "type"))
        if clause and clause.quote and clause.line:
            return PageQuote(clause.line, clause.quote)
    return None


def _answer(answer: Response | ScriptedResponse) -> str:
    if isinstance(answer, ScriptedResponse) and answer.reset:
        return "the connection was reset"
    notes = ""
    if isinstance(answer, ScriptedResponse):
        notes = f", after {answer.delay} ms" if answer.delay else ""
        notes += f", cut after {answer.cut_after} bytes" if answer.cut_after is not None else ""
    declared = dict(answer.headers).get("Content-Type", "")
    text = excerpt(answer.body, _BODY_SHOWN) or "(empty)"
    return f"HTTP {answer.status} {declared}{notes} {text}"
