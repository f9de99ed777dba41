"""Whether the members that were named are there, and where a body may be if it is not."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from topcheck.audit.records import RecordForm, is_json
from topcheck.report.wording import one_line

#: So many lines are looked at, so many members told, as deep as this, in so many columns.
_LINES, _MEMBERS, _DEPTH, _COLUMNS = 20, 12, 3, 160
#: What needs no quotation marks.
_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
#: Leaves of each line of a log what may be a body.
_CUT = "sed 's/^[^{<]*//; s/[^}>]*$//' app.log > bodies.ndjson"


def hint(lines: Sequence[bytes], form: RecordForm, *, whole: bool) -> str | None:
    """Say which member that was named no record has, or that the body is to be named.

    `lines` are those of a file from its beginning, all of them if it is `whole`.
    """
    read = [json.loads(line) for line in lines[:_LINES] if line[:1] == b"{" and is_json(line)]
    records = [data for data in read if form.roots.isdisjoint(data)]
    wrong = _wrong(records, form) if records and (form.given or records == read) else None
    if wrong is None:
        return None
    few = f"none of the first {len(records)} records"
    who = "no record" if whole and len(lines) <= _LINES else few
    if place := next(_answers(records[0], form), None):
        return f"{who} has {wrong}; an answer that is no text is taken out by: jq -c .{place}"
    names = list(_names(records[0]))[:_MEMBERS]
    return f"{who} has {wrong}; the first one has: {one_line(', '.join(names), _COLUMNS)}"


def log_hint(lines: Sequence[bytes], form: RecordForm) -> str | None:
    """Say how to cut off what a log writes before each answer, None if it writes nothing there."""
    roots = [root.encode() for root in form.roots]
    logged = [line for line in lines[:_LINES] if not line.lstrip().startswith((b"{", b"<"))]
    if not lines or logged[:1] != lines[:1] or not any(r in one for r in roots for one in logged):
        return None
    return f"its lines begin with something else than an answer; cut that off: {_CUT}"


def _wrong(records: Sequence[Mapping[str, Any]], form: RecordForm) -> str | None:
    for name, other in form.given.items():
        values = [form.value(data, name) for data in records]
        if values.count(None) == len(values):
            return f"the member {other}"
        if name == "body" and not any(isinstance(value, str) for value in values):
            return f"a text in the member {other}"
    if "body" in form.given or any(isinstance(form.value(data, "body"), str) for data in records):
        return None
    return "a documented root, or a text in a member body (--member body=NAME names another)"


def _names(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what `--member` may name of an object, the names within another one too."""
    for name, value, depth in _members(data):
        if not isinstance(value, dict) or not value or depth == _DEPTH:
            yield name


def _answers(data: Mapping[str, Any], form: RecordForm) -> Iterator[str]:
    """Yield the names of members that are answers themselves, and no text of one."""
    for name, value, _ in _members(data):
        if isinstance(value, dict) and not form.roots.isdisjoint(value) and _PLAIN.fullmatch(name):
            yield name


def _members(
    data: Mapping[str, Any], way: str = "", depth: int = 1
) -> Iterator[tuple[str, Any, int]]:
    """Yield the members of an object with their names, and how deep they stand in it."""
    for name, value in data.items():
        yield f"{way}{name}", value, depth
        if isinstance(value, dict) and depth < _DEPTH:
            yield from _members(value, f"{way}{name}.", depth + 1)
