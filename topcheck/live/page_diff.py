"""Page, recordings and live answers, compared three ways: what has moved, and what to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tabulate import tabulate

from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.judge.finding import Judgement

#: The facts whose breaking means that the page no longer says what there is.
_FACTS = ("known", "type", "enum", "format")
DOCUMENTED, ABSENT = "as documented", "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """A place that one side tells of otherwise than another, and the change of the page."""

    path: str
    page: str
    recorded: str
    live: str
    change: str


@dataclass(slots=True)
class _SideValues:
    """What the successes of one side say: which leaves they have, and what breaks the page."""

    present: set[str] = field(default_factory=set)
    broken: dict[str, tuple[str, str]] = field(default_factory=dict)

    def word(self, path: str, documented: bool) -> str:
        """Say what this side has at a path."""
        if path in self.broken:
            return ": ".join(self.broken[path])
        return DOCUMENTED if documented and path in self.present else ABSENT


def page_diff(
    contract: Contract, recorded: Sequence[Judgement], live: Sequence[Judgement]
) -> list[Difference]:
    """Compare the page with what was recorded and with what is answered now."""
    leaves = {f.path: f for f in contract.response.walk() if f.row and not f.holds_members}
    sides = [_side_values(recorded), _side_values(live)]
    paths = [*leaves, *sorted({path for side in sides for path in side.broken} - leaves.keys())]
    return list(_rows(paths, leaves, *sides))


def _side_values(judgements: Sequence[Judgement]) -> _SideValues:
    found = _SideValues()
    for judgement in judgements:
        if judgement.side != "response":
            continue
        found.present.update(judgement.values)
        for finding in judgement.findings:
            if finding.clause.fact in _FACTS and finding.clause.side == "response":
                found.broken.setdefault(finding.path, (finding.clause.fact, finding.actual))
    return found


def _rows(
    paths: Sequence[str], leaves: Mapping[str, Field], recorded: _SideValues, live: _SideValues
) -> Iterator[Difference]:
    for path in paths:
        leaf = leaves.get(path)
        before, now = (side.word(path, leaf is not None) for side in (recorded, live))
        if before == now == DOCUMENTED:
            continue
        page = f"{leaf.row.type} {leaf.row.example or ''}".strip() if leaf and leaf.row else ABSENT
        yield Difference(path, page, before, now, _change(path, leaf, live))


def _change(path: str, leaf: Field | None, live: _SideValues) -> str:
    name = path.rpartition(".")[2]
    if path not in live.broken:
        gone = path not in live.present
        return f"row {name}: no answer has it any more" if leaf and gone else "nothing"
    fact, actual = live.broken[path]
    return _CHANGES[fact](name, leaf, actual)


#: The change of the page that a broken fact implies.
_CHANGES: Mapping[str, Callable[[str, Field | None, str], str]] = {
    "known": lambda name, _leaf, actual: f"add a row: {name} {_type(actual.partition(': ')[2])}",
    "type": lambda name, leaf, actual: (
        f"row {name}: {leaf.row.type if leaf and leaf.row else ''} becomes {_type(actual)}"
    ),
    "enum": lambda name, _leaf, actual: f"row {name}: add {actual} to its codes",
    "format": lambda name, leaf, actual: (
        f"row {name}: {leaf.format if leaf else ''} becomes what {actual} is written in"
    ),
}


def _type(shown: str) -> str:
    """Guess the type of a page from how a value is shown."""
    if shown in ("true", "false"):
        return f"Boolean {shown}"
    if shown.lstrip("-").isdigit():
        return f"Number {shown}"
    return shown if shown.startswith("an ") else f"String {shown}"


def table(rows: Sequence[Difference]) -> str:
    """Draw the rows."""
    headers = ["member", "page", "recorded", "live", "the page's change"]
    lines = [[row.path, row.page, row.recorded, row.live, row.change] for row in rows]
    return str(tabulate(lines, headers=headers)) if rows else "page, recordings and answers agree"
