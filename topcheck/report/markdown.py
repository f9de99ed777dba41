"""`summary.md`, for the summary of a CI job."""

import re
from collections.abc import Iterator

from topcheck.report.outcome import ClauseState, Outcome, Side, broken
from topcheck.report.wording import counted, facts, one_line

#: So many broken clauses are told in the summary, and so much of each text.
_MOST_BROKEN, _MOST_COLUMNS = 50, 300
#: What means something to Markdown or HTML wherever it stands in a line.
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|#~$@]")


def as_summary(outcome: Outcome) -> str:
    """Write the summary: the verdict and its reasons, what is broken, and what of each side."""
    return "\n".join(_summary(outcome)) + "\n"


def _summary(outcome: Outcome) -> Iterator[str]:
    yield f"# {_text(outcome.method)}: {outcome.verdict}\n"
    yield from (f"- because {_text(reason)}" for reason in outcome.reasons)
    yield from (f"- not run: {_text(text)}" for text in outcome.not_run)
    found = broken(outcome)
    if found:
        yield f"\n## {len(found)} broken\n"
    for side, clause in found[:_MOST_BROKEN]:
        yield from _broken(side, clause)
    if len(found) > _MOST_BROKEN:
        yield f"- and {len(found) - _MOST_BROKEN} more in outcome.json"
    yield "\n## What was judged\n"
    for side in outcome.sides:
        yield f"- **{_text(side.name)}** ({side.kind}) {side.verdict}: {_text(counted(side))}"
        yield from (f"  - advice: {_text(advice)}" for advice in side.advice)
    yield (f"\ntopcheck {_text(outcome.topcheck)}, contract {_text(outcome.contract)}, "
           f"seed {_text(outcome.seed)}, {_text(outcome.at)}")  # fmt: skip


def _broken(side: Side, clause: ClauseState) -> Iterator[str]:
    yield f"- `{clause.clause}` ({clause.severity}) {clause.state}: {_text(side.name)}"
    if clause.reason:
        yield f"  - reason: {_text(clause.reason)}"
    for finding in clause.findings[:1]:
        yield from (f"  - {name}: {_text(text)}" for name, text in facts(finding))
    if len(clause.findings) > 1:
        yield f"  - and {len(clause.findings) - 1} more like it"


def _text(text: str) -> str:
    """Write a text of others as one line that is nothing but text."""
    shortened = one_line(text, _MOST_COLUMNS)
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shortened)
