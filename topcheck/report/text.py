"""How judgements look in text: for a person, a finding with its exchanges, and lines of JSON."""

import json
from collections.abc import Callable, Iterator, Mapping

from topcheck.judge.finding import Finding, Judgement
from topcheck.report.outcome import PageQuote, ReportedFinding
from topcheck.report.theme import TEXT
from topcheck.system import plain
from topcheck.wire.exchange import Exchange
from topcheck.wire.redact import on_the_wire, secrets_of, without
from topcheck.wire.tree import CUT

#: A person reads so many findings of one body.
MAX_SHOWN = 30
#: So much of an answer's body is shown, in characters.
_BODY_SHOWN = 400


def _as_text(name: str, judgement: Judgement, exchange: int | None = None) -> str:
    """Write for a person: the verdict, then each finding with the page's words."""
    at = "" if exchange is None else f", exchange {exchange}"
    lines = [f"{plain(name)}{at}: {judgement.verdict}"]
    worst_first = sorted(judgement.findings, key=lambda finding: -finding.clause.severity)
    shown = set(map(id, worst_first[:MAX_SHOWN]))
    for finding in judgement.findings:
        if id(finding) in shown:
            lines += _finding(finding)
    if more := len(judgement.findings) - len(shown) + judgement.left_out:
        lines.append(f"  and {more} more; --output ndjson lists them")
    return "\n".join(lines)


def _finding(finding: Finding) -> Iterator[str]:
    clause = finding.clause
    place = f"{finding.line}:{finding.column}" if finding.line else "-"
    yield f"  {place}  {clause.id}  [{clause.severity}]"
    whole = "(the exchange)" if finding.exchanges else "(the body)"
    path, expected, actual = _told(finding)
    yield f"      at        {path or whole}"
    yield f"      expected  {expected}"
    yield f"      actual    {actual}"
    if clause.quote:
        yield f"      page:{clause.line}  {clause.quote}"
    if clause.why:
        yield f"      {clause.rule or clause.source}  {clause.why}"


def _told(finding: Finding, *more: str) -> Iterator[str]:
    """Yield where, what was expected, what was found, and more of it, without what was secret."""
    secrets = secrets_of(finding.exchanges)
    for text in (finding.path, finding.expected, finding.actual, *more):
        yield without(text, secrets)


def in_words(finding: Finding, others: int = 0, where: str | None = None) -> str:
    """Tell a finding: the clause, what was expected and found, the requests, the answer, why.

    `others` is how many more are like it, `where` what its exchanges were found in.
    """
    clause = finding.clause
    place = f" at {finding.line}:{finding.column}" if finding.line else ""
    lines = [f"{clause.id}  [{clause.severity}]"]
    lines += [f"  in        {where}"] if where else []
    path, expected, actual, *answer = _told(finding, *map(answer_of, finding.exchanges[-1:]))
    lines += [
        f"  at        {path or '(the exchange)'}{place}",
        f"  expected  {expected}",
        f"  actual    {actual}",
        *(f"  request   {on_the_wire(exchange.request)}" for exchange in finding.exchanges),
        *(f"  answer    {text}" for text in answer),
    ]
    if clause.quote:
        lines.append(f"  page:{clause.line:<4} {clause.quote}")
    if clause.why:
        lines.append(f"  rule      {clause.why}")
    return "\n".join([*lines, *([f"  and {others} more like it"] if others else [])])


def reported(finding: Finding, case: str | None = None) -> ReportedFinding:
    """Write a finding for the outcome."""
    clause, exchanges = finding.clause, finding.exchanges
    quote = PageQuote(clause.line, clause.quote) if clause.line and clause.quote else None
    path, expected, actual, *answer = _told(finding, *map(answer_of, exchanges[-1:]))
    request = "\n".join(on_the_wire(exchange.request) for exchange in exchanges) or None
    return ReportedFinding(case, path, expected, actual, request, "".join(answer) or None,
                           page=quote)  # fmt: skip


def answer_of(exchange: Exchange) -> str:
    """Show an answer in a line."""
    response = exchange.response
    if response is None:
        return f"none: {exchange.failure}"
    text = excerpt(response.body, _BODY_SHOWN)
    return f"HTTP {response.status} {response.header('Content-Type') or ''} {text}"


def excerpt(body: bytes, most: int) -> str:
    """Show the beginning of a body, in so many characters of one line."""
    text = body[: 4 * most].decode("utf-8", "replace")
    more = CUT if len(text) > most else ""
    return "".join(c if c.isprintable() else " " for c in text[:most]) + more


def _as_json(name: str, judgement: Judgement, exchange: int | None = None) -> str:
    """Write for a program: one line of JSON."""
    findings = [
        {
            "clause": finding.clause.id,
            "severity": str(finding.clause.severity),
            **dict(zip(("path", "expected", "actual"), _told(finding), strict=True)),
            "line": finding.line,
            "column": finding.column,
            "source": finding.clause.source,
            "quote": finding.clause.quote,
        }
        for finding in judgement.findings
    ]
    place = {"file": name} if exchange is None else {"file": name, "exchange": exchange}
    line = {**place, "verdict": judgement.verdict, "findings": findings}
    return json.dumps(line, ensure_ascii=False)


#: Who writes what was found in a file: its name, its judgement, and which exchange of it, from 0.
OUTPUTS: Mapping[str, Callable[[str, Judgement, int | None], str]] = {
    TEXT: _as_text,
    "ndjson": _as_json,
}
