"""Page, recordings and live answers, compared three ways: what has moved, and what to change."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field

from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.judge.finding import Judgement
from topcheck.report.wording import drawn

#: The facts whose breaking means that the page no longer says what there is, and its change.
_CHANGES: Mapping[str, str] = {
    "known": "add a row: {name} {type}",
    "type": "row {name}: {documented} becomes {type}",
    "enum": "row {name}: add {actual} to its codes",
    "format": "row {name}: {format} becomes what {actual} is written in",
}
_INDEX = re.compile(r"\[[0-9]+\]")
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
        if path in self.broken:
            return ": ".join(self.broken[path])
        return DOCUMENTED if documented and path in self.present else ABSENT


def page_diff(
    contract: Contract, recorded: Sequence[Judgement], live: Sequence[Judgement]
) -> list[Difference]:
    """Compare the page with what was recorded and with what is answered now."""
    leaves = {f.path: f for f in contract.response.walk() if f.row and not f.holds_members}
    before, now = _side_values(recorded), _side_values(live)
    differences = []
    for path in [*leaves, *sorted((before.broken.keys() | now.broken.keys()) - leaves.keys())]:
        leaf = leaves.get(path)
        told, tells = (side.word(path, leaf is not None) for side in (before, now))
        page = f"{leaf.row.type} {leaf.row.example or ''}".strip() if leaf and leaf.row else ABSENT
        if not told == tells == DOCUMENTED:
            differences.append(Difference(path, page, told, tells, _change(path, leaf, now)))
    return differences


def _side_values(judgements: Sequence[Judgement]) -> _SideValues:
    found = _SideValues()
    for judgement in judgements:
        if judgement.side != "response":
            continue
        found.present.update(judgement.look.present)
        for finding in judgement.findings:
            if finding.clause.fact in _CHANGES and finding.clause.side == "response":
                path = _INDEX.sub("", finding.path)  # a row of the page is about every item
                found.broken.setdefault(path, (finding.clause.fact, finding.actual))
    return found


def _change(path: str, leaf: Field | None, live: _SideValues) -> str:
    """Say how the page is changed to tell of what is answered."""
    name = path.rpartition(".")[2]
    if path not in live.broken:
        gone = path not in live.present
        return f"row {name}: no answer has it any more" if leaf and gone else "nothing"
    fact, actual = live.broken[path]
    shown = actual.partition(": ")[2] if fact == "known" else actual
    words = {"name": name, "actual": actual, "type": _type(shown)}
    if leaf and leaf.row:
        words |= {"documented": leaf.row.type, "format": leaf.format or ""}
    return _CHANGES[fact].format_map(defaultdict(str, words))


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
    if not rows:
        return "page, recordings and answers agree"
    return drawn(headers, map(astuple, rows))
