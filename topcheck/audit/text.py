"""What an audit came to, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from topcheck.audit.answer import Audit, as_data
from topcheck.audit.inputs import EMPTY
from topcheck.audit.tally import Sample
from topcheck.contract.model import Clause
from topcheck.report.wording import amount, one_line, totals
from topcheck.system import plain

#: So many clauses are told, and so many values, and places that cannot be read.
_MOST_CLAUSES, _MOST_VALUES, _MOST_UNREAD = 30, 12, 10
#: So much is shown of a value, in columns.
_COLUMNS = 100


def as_text(audit: Audit) -> str:
    """Write for a person: what was counted, what is broken and where, what was not judged."""
    return "\n".join(_lines(audit))


def _lines(audit: Audit) -> Iterator[str]:
    data = as_data(audit)
    for clause in audit.broken[:_MOST_CLAUSES]:
        yield from _clause(audit, clause)
    if (more := len(audit.broken) - _MOST_CLAUSES) > 0:
        yield f"and {more} clauses more; --output json lists them"
    for name, counts in data["observed"].items():
        yield f"observed {plain(name)}: {_counted(counts)}"
    around = {name: n for name, n in data["not_judged"].items() if name in audit.contract.by_id}
    if around:
        yield (f"not judged: {len(around)} clauses about more than a body, in up to "
               f"{amount(max(around.values()), 'answer')}; --output json names them")  # fmt: skip
    for name, count in data["not_judged"].items():
        if name not in around:
            yield f"not judged: {name}: {count}"
    unread = data["unreadable"]
    for one in unread[:_MOST_UNREAD]:
        yield f"not read: {plain(one['file'])} at byte {one['offset']}: {plain(one['reason'])}"
    if (more := audit.tally.lost - len(unread[:_MOST_UNREAD])) > 0:
        yield f"not read: and {more} places more; --output json lists them"
    engine = data["engine"]
    others = audit.judged - engine["judged_by_reference"]
    yield (f"{engine['judged_by_reference']} judged by the reference, {others} by "
           f"{amount(engine['shapes'], 'shape')}; {engine['seconds']:.1f} s")  # fmt: skip
    read = sum(archive.problem in (None, EMPTY) for archive in audit.archives)
    yield totals(data["verdicts"], read, audit.tally.lost - len(unread) + len(audit.lost))


def _clause(audit: Audit, clause: Clause) -> Iterator[str]:
    count, samples = audit.tally.clauses[clause.id], audit.tally.samples[clause.id]
    yield f"{clause.id}  [{clause.severity}]  {amount(count, 'answer')}"
    first = samples[0]
    yield f"    at        {plain(first.path) or '(the answer)'}"
    yield f"    expected  {one_line(first.expected, _COLUMNS)}"
    yield f"    actual    {one_line(first.actual, _COLUMNS)}"
    if clause.quote:
        yield f"    page:{clause.line}  {one_line(clause.quote, _COLUMNS)}"
    place = f"record {first.record} at byte {first.offset}"
    yield f"    first in  {plain(audit.name(first.file))} {place}"
    if len(samples) > 1:
        yield f"    also in   {', '.join(_also(audit, samples))}"


def _also(audit: Audit, samples: Sequence[Sample]) -> Iterator[str]:
    """Yield where else, without a file's name where it is that of the one before."""
    for before, one in pairwise(samples):
        file = "" if before.file == one.file else f"{plain(audit.name(one.file))} "
        yield f"{file}record {one.record}"


def _counted(counts: Mapping[str, int]) -> str:
    shown = [f"{plain(value) or '(no name)'} ({count})" for value, count in counts.items()]
    more = len(shown) - _MOST_VALUES
    return ", ".join(shown[:_MOST_VALUES]) + (f" and {more} more" if more > 0 else "")
