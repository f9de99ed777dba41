"""How the outcome for SDKs looks: a broken clause in words, the matrix, JSON and Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tabulate import tabulate

from topcheck.contract.contract import Contract
from topcheck.contract.sdk import SDK_RULES
from topcheck.gateway.orders import ScriptedResponse
from topcheck.judge.ledger import (
    BROKEN,
    HELD,
    KNOWN_FAILING,
    NOT_OBSERVED,
    NOT_SUPPORTED,
    SURPRISE,
)
from topcheck.report.text import excerpt
from topcheck.sdk.case import told
from topcheck.sdk.runner import Evidence
from topcheck.sdk.states import STATES, BrokenCase, State
from topcheck.sdk.worker import SECRETS
from topcheck.wire.exchange import Response
from topcheck.wire.redact import Redactor

#: So much of a served body is shown, in characters.
_BODY_SHOWN = 300
_CASES_SHOWN = 8
_HIDDEN = Redactor(SECRETS)

#: The states of every clause by the SDK they are of.
Outcome = Sequence[tuple[Evidence, Sequence[State]]]


def in_words(evidence: Evidence, state: State, contract: Contract) -> str:
    """Tell how an SDK breaks a clause: the first case whole, the others by name."""
    lines = [f"{state.clause}: {state.word}: {evidence.name} ({evidence.title})",
             f"  rule      {SDK_RULES[state.clause]}"]  # fmt: skip
    if state.broken:
        first, *others = state.broken
        lines += [f"  {name:9} {text}" for name, text in _facts(first, contract)]
        names = [one.case for one in others[:_CASES_SHOWN]]
        more = f" and {len(others) - len(names)} more" if len(others) > len(names) else ""
        lines += [f"  also in   {'; '.join(names)}{more}"] if names else []
    if state.reason:
        lines.append(f"  known     {state.reason}")
    return scrubbed("\n".join(lines))


def _facts(shown: BrokenCase, contract: Contract) -> Iterator[tuple[str, str]]:
    problem = shown.problem
    yield "case", shown.case
    yield "at", problem.path or "(the call)"
    yield "expected", problem.expected
    yield "actual", problem.actual
    if quote := page_words(problem.path, contract):
        yield quote
    for observation in shown.observations[problem.call :][:1]:
        for seen in observation.seen[:1]:
            yield "request", repr(seen.request)
        for seen in observation.seen[-1:]:
            yield "answer", _answer(seen.answer)
        yield "handed", told(observation)


def page_words(path: str, contract: Contract) -> tuple[str, str] | None:
    """Return the page's line and words about a parameter or a member, if it has any."""
    ids = {f"request.{path}.type", f"response.{path}.type"}
    for clause in contract.clauses:
        if clause.id in ids and clause.quote:
            return f"page:{clause.line}", clause.quote
    return None


def _answer(answer: Response | ScriptedResponse) -> str:
    if isinstance(answer, ScriptedResponse) and answer.reset:
        return "the connection was reset"
    headers = dict(answer.headers)
    text = excerpt(answer.body, _BODY_SHOWN)
    notes = ""
    if isinstance(answer, ScriptedResponse):
        notes = f", after {answer.delay} ms" if answer.delay else ""
        cut = f", cut after {answer.cut_after} bytes" if answer.cut_after is not None else ""
        notes += cut
    return f"HTTP {answer.status} {headers.get('Content-Type', '')}{notes} {text or '(empty)'}"


def scrubbed(text: str) -> str:
    """Take out what must never be shown, whoever put it there."""
    return _HIDDEN.redacted(text)


def matrix(outcome: Outcome) -> str:
    """Draw the clauses by SDKs."""
    columns = [{state.clause: state.word for state in states} for _, states in outcome]
    rows = [[clause, *(column[clause] for column in columns)] for clause in SDK_RULES]
    return tabulate(rows, headers=["clause", *(evidence.name for evidence, _ in outcome)])


def summary(evidence: Evidence, states: Sequence[State]) -> str:
    """Count the states of one SDK, and name what it cannot do."""
    counts = Counter(state.word for state in states)
    words = ", ".join(f"{counts[word]} {word}" for word in STATES if counts[word])
    lacks = ", ".join(sorted(set().union(*evidence.lacks.values())))
    return f"{words} (it has no {lacks})" if lacks else words


def to_json(
    outcome: Outcome, verdicts: Mapping[str, str], broken: Mapping[str, str], contract: Contract
) -> str:
    """Write the outcome as JSON; of a driver that does not work there is the reason only."""
    sdks = [
        {
            "name": evidence.name,
            "sdk": evidence.title,
            "about": evidence.started["sdk"],
            "verdict": verdicts[evidence.name],
            "clauses": [_as_data(state, contract) for state in states],
        }
        for evidence, states in outcome
    ]
    sdks += [
        {"name": name, "verdict": verdicts[name], "reason": why} for name, why in broken.items()
    ]
    return scrubbed(json.dumps({"sdks": sdks}, ensure_ascii=False, indent=2) + "\n")


def _as_data(state: State, contract: Contract) -> dict[str, Any]:
    broken = [dict(_facts(shown, contract)) for shown in state.broken]
    return {"clause": state.clause, "rule": SDK_RULES[state.clause], "state": state.word,
            "reason": state.reason, "broken": broken}  # fmt: skip


#: How a state looks in the Markdown of the docs.
_MARKS = {HELD: "✓", BROKEN: "✗", KNOWN_FAILING: "✗", NOT_SUPPORTED: "–", NOT_OBSERVED: "?",
          SURPRISE: "✓"}  # fmt: skip
_INTRODUCTION = """# Conformance of SDKs

What `topcheck gate` found. ✓ held, ✗ broken, – not supported by the
SDK or its driver, ? not observed. A reference client is our own, by the usual means of a language
for which no released TOP SDK can be had by name."""
_CAUSES = """## Why

Each failure of a released SDK is in the list of its driver's folder, with its cause and the date
until which it is tolerated."""
_RULES = "## What each clause asks"


def to_markdown(outcome: Outcome) -> str:
    """Write the page of the docs: the SDKs, their clauses, the cause of each failure, the rules."""
    sdks = [
        [f"`{e.name}`", e.started["sdk"]["language"], e.title, summary(e, states)]
        for e, states in outcome
    ]
    rows = [
        [f"`{clause}`", *(_MARKS[states[at].word] for _, states in outcome)]
        for at, clause in enumerate(SDK_RULES)
    ]
    parts = [
        _INTRODUCTION,
        _markdown(["driver", "language", "SDK", "clauses"], sdks),
        _markdown(["clause", *(e.name for e, _ in outcome)], rows),
        *_causes(outcome),
        _RULES,
        _markdown(["clause", "rule"], [[f"`{k}`", rule] for k, rule in SDK_RULES.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _causes(outcome: Outcome) -> Iterator[str]:
    failing = [(e, [s for s in states if s.word == KNOWN_FAILING]) for e, states in outcome]
    if any(states for _, states in failing):
        yield _CAUSES
    for evidence, states in failing:
        if states:
            yield f"### {evidence.name}: {evidence.title}"
            yield "\n".join(f"- `{state.clause}`: {state.reason}" for state in states)


def _markdown(headers: list[str], rows: list[list[str]]) -> str:
    return str(tabulate(rows, headers=headers, tablefmt="github"))
