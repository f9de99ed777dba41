"""What was seen of a gateway, as a side of the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from topcheck.contract.model import Clause, Severity
from topcheck.judge.ledger import BROKEN, HELD, NOT_OBSERVED
from topcheck.live.evidence import LiveRun
from topcheck.report.outcome import GATEWAY, ClauseState, Side, side_verdict
from topcheck.report.text import reported

#: The kind of evidence that a gateway gives.
LIVE = "live"
#: So many findings of a clause are told; the rest are of the same kind.
_MOST_FINDINGS = 20


def live_side(
    run: LiveRun, fail_on: Severity, wanted: Callable[[Clause], bool],
    repeat: Callable[[Clause], str | None],
) -> Side:  # fmt: skip
    """Write what was seen of a gateway as a side of the outcome.

    `wanted` says which clauses the run asked for; requests are ours, so it tells of none of theirs.
    """
    of_answers = [c for c in run.gateway.contract.clauses if c.side != "request"]
    asked = [clause for clause in of_answers if wanted(clause)]
    states = tuple(_state(run, clause, repeat) for clause in asked)
    about = {
        "requests": run.count,
        "stopped": run.stopped,
        "observed": {what: dict(numbers) for what, numbers in run.counts().items()},
    }
    verdict = side_verdict(states, fail_on, partial=len(asked) < len(of_answers))
    return Side(run.gateway.url, GATEWAY, about, verdict, clauses=states)


def _state(run: LiveRun, clause: Clause, repeat: Callable[[Clause], str | None]) -> ClauseState:
    found = run.broken(clause.id)
    tried = HELD if clause.id in run.evidence.tried else NOT_OBSERVED
    word = BROKEN if found else tried
    again = repeat(clause) if found else None
    findings = tuple(replace(reported(f), repeat=again) for f in found[:_MOST_FINDINGS])
    return ClauseState(clause.id, clause.severity, word, {LIVE: word}, findings=findings)
