"""What a change of a page comes to, and how it is told: as text, as JSON, and as Markdown.

What the members of the JSON mean is told in `schemas/diff.schema.json`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from topcheck import __version__
from topcheck.contract.changes import BREAKING, COMPATIBLE, NOT_CONCERNED, VERDICTS
from topcheck.contract.diff import PageChange
from topcheck.judge.ledger import BROKEN, HELD, KNOWN_FAILING, NOT_OBSERVED, SURPRISE
from topcheck.report.markdown import escaped
from topcheck.report.outcome import SDK, Outcome, Side
from topcheck.report.wording import one_line
from topcheck.system import plain

BREAKS, SURVIVES, NOT_KNOWN = "breaks", "survives", "not known"
#: So much of a value is shown, in columns, and so many clauses, changes and lines.
_MOST_COLUMNS, _MOST_CLAUSES, _MOST_CHANGES, _MOST_LINES = 70, 3, 50, 8
#: Facts that hold or do not: the kind of change says which.
_YES_OR_NO = ("required", "list", "accumulates", "documented")
#: Kinds of change that say by their fact what it is of.
_BY_FACT = ("request.limit", "request.default", "answer.error_code")


@dataclass(frozen=True, slots=True)
class SdkEffect:
    """What a change does to a gated SDK, and the clause by whose state one knows it, if any."""

    sdk: str
    outcome: str
    effect: str
    clause: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class PageDiff:
    """The changes from one page to another, each with what it does to the SDKs of some outcomes.

    `outcomes` are by the name of their file; `notes` say what was not compared.
    """

    method: str
    old: str
    new: str
    changes: tuple[PageChange, ...]
    outcomes: Mapping[str, Outcome]
    notes: tuple[str, ...] = ()

    def verdict(self, who: str) -> str:
        """Return the worst verdict for `json` or `xml`, who read answers, or for `senders`."""
        found = {getattr(change.kind, who) for change in self.changes}
        return next((verdict for verdict in VERDICTS if verdict in found), COMPATIBLE)

    @property
    def is_breaking(self) -> bool:
        """Whether anybody is broken: readers, senders, or an SDK that was gated."""
        effects = (one.effect for change in self.changes for one in self.effects(change))
        return BREAKING in map(self.verdict, _WHO) or BREAKS in effects

    def effects(self, change: PageChange) -> list[SdkEffect]:
        """Return what a change does to each SDK; nothing where it could do nothing to any."""
        kind = change.kind
        if not (kind.told_by or kind.warned_by or _weight(change) < _WEIGHT[COMPATIBLE]):
            return []
        return [
            SdkEffect(side.name, name, *_effect(change, side))
            for name, outcome in self.outcomes.items()
            for side in outcome.sides if side.kind == SDK
        ]  # fmt: skip


_WHO = ("json", "xml", "senders")
_WEIGHT = {verdict: at for at, verdict in enumerate((*VERDICTS, NOT_CONCERNED))}


def _weight(change: PageChange) -> int:
    return min(_WEIGHT[getattr(change.kind, who)] for who in _WHO)


def _effect(change: PageChange, side: Side) -> tuple[str, str | None, str | None]:
    """Say what a change does to an SDK, by which clause, and in which state that is.

    What was not seen is never called safe.
    """
    told, warned = change.kind.told_by, change.kind.warned_by
    known = {clause.clause: clause.state for clause in side.clauses}
    states = {clause: known.get(clause, NOT_OBSERVED) for clause in (*told, *warned)}
    for clause, state in states.items():
        if state in (BROKEN, KNOWN_FAILING):
            return BREAKS, clause, state
    for clause in told:
        if states[clause] not in (HELD, SURPRISE):
            return NOT_KNOWN, clause, states[clause]
    return (SURVIVES, told[0], states[told[0]]) if told else (NOT_KNOWN, None, None)


def _as_json(diff: PageDiff) -> str:
    data = {
        "topcheck": __version__,
        "method": diff.method,
        "old": diff.old,
        "new": diff.new,
        "breaking": diff.is_breaking,
        "readers": {"json": diff.verdict("json"), "xml": diff.verdict("xml")},
        "senders": diff.verdict("senders"),
        "changes": [_change_data(diff, change) for change in diff.changes],
        "notes": diff.notes,
    }
    return json.dumps(data, ensure_ascii=False, indent=2)


def _change_data(diff: PageDiff, change: PageChange) -> dict[str, Any]:
    kind = change.kind
    return {
        "kind": change.name,
        **{name: getattr(change, name) for name in ("side", "path", "fact")},
        "what": kind.words,
        **dict(zip(("before", "after"), change.said, strict=True)),
        **dict(zip(("old_line", "new_line"), change.lines, strict=True)),
        "clauses": change.clauses,
        "readers": {"json": kind.json, "xml": kind.xml},
        "senders": kind.senders,
        "why": kind.why,
        "hint": change.hint,
        "sdks": [asdict(one) for one in diff.effects(change)],
    }


def _is_silent(change: PageChange) -> bool:
    """Whether words alone changed, or what is tested."""
    words = ("example.changed", "description.changed", "type.spelling")
    return change.name.startswith("page.") or change.name.endswith(words)


def _title(change: PageChange) -> str:
    place = ".".join(filter(None, (change.side, change.path)))
    old, new = (one_line(said, _MOST_COLUMNS) if said else "" for said in change.said)
    said = f"{old} → {new}" if old and new else old or new
    said = "" if change.fact in _YES_OR_NO else said
    of = f" ({change.fact})" if change.name.startswith(_BY_FACT) else ""
    weight = (*VERDICTS, NOT_CONCERNED)[_weight(change)]
    words = f"{weight:10} {place}: {change.kind.words}{of}"
    return f"{words}{f': {said}' if said else ''}{_lines(change)}"


def _lines(change: PageChange) -> str:
    lines = dict.fromkeys(filter(None, change.lines))
    return f"  ({', now '.join(f'page:{line}' for line in lines)})" if lines else ""


def _meaning(change: PageChange) -> str:
    """Say the verdicts of a change in words."""
    kind = change.kind
    words = [f"senders: {kind.senders}"] if kind.senders != NOT_CONCERNED else []
    if kind.json == kind.xml != NOT_CONCERNED:
        words = [f"readers: {kind.json}", *words]
    elif kind.json != NOT_CONCERNED:
        words = [f"readers: {kind.json} in JSON, {kind.xml} in XML", *words]
    return ", ".join(words)


def _facts(diff: PageDiff, change: PageChange) -> Iterator[tuple[str, str]]:
    """Yield what is told of a change below its title."""
    yield "means", f"{_meaning(change)}: {change.kind.why}"
    if change.hint:
        yield "hint", change.hint
    alike: dict[tuple[str, str], list[str]] = {}
    for one in diff.effects(change):
        by = f"{one.clause} is {one.state}" if one.clause else "no clause of an SDK tells of it"
        alike.setdefault((one.effect, by), []).append(one.sdk)
    for (effect, by), sdks in alike.items():
        yield "sdk", f"{effect}: {', '.join(sdks)}: {by}"
    if change.clauses:
        more = len(change.clauses) - _MOST_CLAUSES
        shown = ", ".join(change.clauses[:_MOST_CLAUSES])
        yield "clauses", f"{shown}, and {more} more" if more > 0 else shown


def _answer(diff: PageDiff) -> str:
    return BREAKING if diff.is_breaking else f"not {BREAKING}"


def _sdk_lines(diff: PageDiff) -> Iterator[str]:
    """Yield a line an SDK: how many changes do what to it."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in (one for change in diff.changes for one in diff.effects(change)):
        found.setdefault((one.sdk, one.outcome), []).append(one.effect)
    for (sdk, outcome), effects in found.items():
        counted = [(effect, effects.count(effect)) for effect in (BREAKS, NOT_KNOWN, SURVIVES)]
        words = ", ".join(f"{effect} {number}" for effect, number in counted if number)
        yield f"sdk {sdk} ({outcome}): {words} of {len(effects)} changes"


def _silent(changes: Sequence[PageChange]) -> str:
    """Count the changes of which nothing is on the wire, with their lines of the new page."""
    lines = sorted({one.lines[1] for one in changes if one.lines[1]})
    shown = ", ".join(f"page:{line}" for line in lines[:_MOST_LINES])
    more = f" and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
    words = f"{len(changes)} of words alone, or of what is tested: nothing changes on the wire"
    return f"{words}{f'  ({shown}{more})' if lines else ''}"


def _items(diff: PageDiff, most: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield what is told, each with its facts: the changes, the heaviest first, and the rest."""
    telling = sorted((c for c in diff.changes if not _is_silent(c)), key=_weight)
    silent = [change for change in diff.changes if _is_silent(change)]
    for change in telling[:most]:
        yield _title(change), list(_facts(diff, change))
    others = [f"and {len(telling) - most} more: --output json has them all"]
    others = others[: max(0, len(telling) - most)] + ([_silent(silent)] if silent else [])
    others += [] if diff.changes else ["no change"]
    others += (f"not compared: {note}" for note in diff.notes)
    yield from ((line, []) for line in (*others, *_sdk_lines(diff)))


def _as_text(diff: PageDiff) -> str:
    json_, xml, senders = map(diff.verdict, _WHO)
    readers = json_ if json_ == xml else f"{json_} in JSON, {xml} in XML"
    lines = [f"{diff.method}: {diff.old} → {diff.new}"]
    for title, facts in _items(diff, len(diff.changes)):
        lines += [f"  {title}", *(f"      {name:<8} {text}" for name, text in facts)]
    lines.append(f"verdict: {_answer(diff)} (readers: {readers}; senders: {senders})")
    return "\n".join(map(plain, lines))


def _as_markdown(diff: PageDiff) -> str:
    """Write for a comment: the answer, a table of it, and a list; no text of others is markup."""
    json_, xml, senders = map(diff.verdict, _WHO)
    lines = [f"### {escaped(diff.method)}: {_answer(diff)}",
             "", "| | JSON | XML |", "|---|---|---|",
             f"| who reads answers | {json_} | {xml} |",
             f"| who sends requests | {senders} | {senders} |", ""]  # fmt: skip
    for title, facts in _items(diff, _MOST_CHANGES):
        lines += [f"- {escaped(title)}", *(f"  - {name}: {escaped(text)}" for name, text in facts)]
    return "\n".join([*lines, "", escaped(f"{diff.old} → {diff.new}, topcheck {__version__}")])


#: Who writes a comparison, by the name of the output.
DIFF_OUTPUTS: Mapping[str, Callable[[PageDiff], str]] = {
    "text": _as_text,
    "json": _as_json,
    "markdown": _as_markdown,
}
