"""Annotations of a GitHub job: what is broken, on the page's lines, as commands of its runner."""

from collections.abc import Iterator

from topcheck.contract.model import Severity
from topcheck.judge.ledger import SURPRISE
from topcheck.report.outcome import EXIT_CODES, ClauseState, Outcome, Side, broken
from topcheck.report.wording import one_line

#: GitHub shows so many annotations of a kind of one step.
_MOST_OF_A_KIND = 10
#: So many columns of a fact, and of the command that repeats a failure.
_MOST_COLUMNS, _MOST_COMMAND = 300, 1000
_ERROR, _WARNING = _KINDS = ("error", "warning")


def annotations(outcome: Outcome, page: str | None) -> Iterator[str]:
    """Yield the lines, the worst first, and of a level what is broken anew since the baseline.

    What is a violation, or passes though known to fail, is an error, all else a warning; where
    nothing broken tells why a run does not pass, its verdict does. `page` is the path of the page's
    file from the root of the repository, None where it is not in there.
    """
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    anew = {(c.side, c.clause) for c in outcome.since.broken} if outcome.since else set()
    for side, clause in sorted(
        broken(outcome), key=lambda p: (-p[1].severity, (p[0].name, p[1].clause) not in anew)
    ):
        grave = clause.severity == Severity.VIOLATION or clause.state == SURPRISE
        word = " (anew)" if (side.name, clause.clause) in anew else ""
        kind = _ERROR if grave else _WARNING
        found[kind].append(_annotation(kind, side, clause, page, word))
    if EXIT_CODES[outcome.verdict] and not found[_ERROR]:
        reasons = (one_line(reason, _MOST_COLUMNS) for reason in outcome.reasons[:_MOST_OF_A_KIND])
        found[_ERROR].append(_command(_ERROR, "\n".join(reasons) or outcome.verdict,
                                      title=f"{outcome.method}: {outcome.verdict}"))  # fmt: skip
    for kind, lines in found.items():
        most = len(lines) if len(lines) <= _MOST_OF_A_KIND else _MOST_OF_A_KIND - 1
        yield from lines[:most]
        if more := len(lines) - most:
            yield _command(kind, "the report lists them", title=f"and {more} more clauses broken")


def _annotation(kind: str, side: Side, clause: ClauseState, page: str | None, word: str) -> str:
    place = {"title": f"{clause.clause} {clause.state}{word}: {side.name}"}
    if not clause.findings:
        return _command(kind, clause.reason or clause.state, **place)
    finding = clause.findings[0]
    lines = [f"expected {finding.expected}", f"actual {finding.actual}"]
    if finding.page:
        lines.append(f"page:{finding.page.line} {finding.page.quote}")
        place |= {"file": page, "line": str(finding.page.line)} if page else {}
    told = [one_line(line, _MOST_COLUMNS) for line in lines]
    told += [one_line(f"repeat {finding.repeat}", _MOST_COMMAND)] if finding.repeat else []
    return _command(kind, "\n".join(told), **place)


def _command(kind: str, message: str, **properties: str) -> str:
    """Write a command of GitHub's runner ("Workflow commands for GitHub Actions")."""
    pairs = ",".join(
        f"{name}={_data(one_line(text, _MOST_COLUMNS)).replace(':', '%3A').replace(',', '%2C')}"
        for name, text in sorted(properties.items())
    )
    return f"::{kind} {pairs}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
