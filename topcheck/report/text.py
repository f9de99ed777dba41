"""How judgements look: for a person, and as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from topcheck.judge.finding import Finding, Judgement
from topcheck.wire.tree import CUT

#: A person reads so many findings of one body.
MAX_SHOWN = 30


def as_text(name: str, judgement: Judgement) -> Iterator[str]:
    """Yield the lines a person reads: the verdict, then each finding with the page's words."""
    yield f"{name}: {judgement.verdict}"
    worst_first = sorted(judgement.findings, key=lambda finding: -finding.clause.severity)
    shown = set(map(id, worst_first[:MAX_SHOWN]))
    for finding in judgement.findings:
        if id(finding) in shown:
            yield from _finding(finding)
    if more := len(judgement.findings) - len(shown) + judgement.left_out:
        yield f"  and {more} more; --output ndjson lists them"


def _finding(finding: Finding) -> Iterator[str]:
    clause = finding.clause
    place = f"{finding.line}:{finding.column}" if finding.line else "-"
    yield f"  {place}  {clause.id}  [{clause.severity}]"
    yield f"      at        {finding.path or '(the body)'}"
    yield f"      expected  {finding.expected}"
    yield f"      actual    {finding.actual}"
    if clause.quote:
        yield f"      page:{clause.line}  {clause.quote}"
    if clause.why:
        yield f"      {clause.rule or clause.source}  {clause.why}"


def excerpt(body: bytes, most: int) -> str:
    """Show the beginning of a body, in so many characters of one line."""
    text = body[: 4 * most].decode("utf-8", "replace")
    more = CUT if len(text) > most else ""
    return "".join(c if c.isprintable() else " " for c in text[:most]) + more


def as_json(name: str, judgement: Judgement) -> str:
    """Write one file's judgement as one line of JSON."""
    findings = [
        {
            "clause": finding.clause.id,
            "severity": str(finding.clause.severity),
            "path": finding.path,
            "expected": finding.expected,
            "actual": finding.actual,
            "line": finding.line,
            "column": finding.column,
            "source": finding.clause.source,
            "quote": finding.clause.quote,
        }
        for finding in judgement.findings
    ]
    line = {"file": name, "verdict": judgement.verdict, "findings": findings}
    return json.dumps(line, ensure_ascii=False)
