"""What a run observed: the clauses that there was something to judge by, and how much of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from topcheck.contract import protocol
from topcheck.judge.finding import shorten
from topcheck.live.findings import Groups, succeeded, told
from topcheck.live.runner import Asked
from topcheck.recorded import observed_in
from topcheck.workspace import workspace


def observed_by(groups: Groups) -> set[str]:
    """Return the ids of the clauses that some answer tells of."""
    everything = [asked for group in groups for asked in group]
    answered = [asked for asked in everything if not asked.read.failure]
    found = {clause.id for clause in observed_in([asked.judgement for asked in everything])}
    found |= {clause_id for asked in answered for clause_id in _tried(asked)}
    found |= {c.id for c in workspace().clauses("wire") if answered and _always(c.id)}
    if any(asked.read.budget for asked in answered):
        found.add("wire.http.latency")
    return found.union(*(_between([*filter(told, group)]) for group in groups))


def _tried(asked: Asked) -> Iterator[str]:
    """Yield the clause that a probe was for, if its answer tells of it.

    That an order is not found says neither that a request was refused nor that it was taken.
    """
    read = asked.read
    refused = asked.judgement.values.get("code") in protocol.REFUSAL_CODES
    if read.wrong and (read.found or refused):
        yield f"exchange.{read.wrong}.refused"
    if read.right and succeeded(asked):
        yield read.right


def _always(clause_id: str) -> bool:
    return clause_id.startswith(("wire.http.", "wire.body.")) and clause_id != "wire.http.latency"


def _between(plain: Sequence[Asked]) -> set[str]:
    """Return the clauses between exchanges that these successes of one group could break."""
    asked = {name for one in plain for name in one.read.asked}
    members = {path.rpartition(".")[2] for one in plain for path in one.judgement.values}
    stated = {path.rpartition(".")[2] for one in plain for path in one.read.stated}
    twice = members if len(plain) > 1 else set()
    names = {
        "echo": members & (asked | stated),
        "exact": asked,
        "accumulates": twice,
        "terminal": twice,
    }
    both = {"parity"} if len({one.read.fmt for one in plain}) > 1 else set()
    return {
        clause.id
        for clause in workspace().clauses("exchange")
        if clause.fact in both or clause.id.split(".")[1] in names.get(clause.fact, ())
    }


def counts(asked: Sequence[Asked]) -> Mapping[str, Counter[str]]:
    """Count what was observed: outcomes, formats, statuses, combinations of parameters."""
    status = next((f.path for f in workspace().contract.response.walk() if f.enum), "")
    values = [one.judgement.values for one in asked]
    return {
        "answers": Counter(one.judgement.side or "unreadable" for one in asked),
        "formats": Counter(one.read.fmt for one in asked),
        "statuses": Counter(shorten(str(found[status])) for found in values if status in found),
        "fields": Counter(
            path
            for one in asked
            if one.judgement.side == "response"
            for path in filter(None, one.judgement.values)
        ),
        "parameters": Counter("+".join(one.probe.params) or "none" for one in asked),
    }
