"""`index.html`: the outcome for people, as one page that needs nothing beside it.

What it says is written here, how it looks in `page/`. Everything of others is escaped for HTML
wherever it stands, what cannot be printed as an escape that can; the page asks for nothing, and its
policy lets nothing run but its own script.
"""

import base64
import functools
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import topcheck.report.outcome as outcomes
from topcheck.judge.ledger import BROKEN, HELD, NOT_OBSERVED, NOT_SUPPORTED, STATES, WORST_FIRST
from topcheck.report.difference import difference
from topcheck.report.html_text import end, legible, parameters, parts, words
from topcheck.report.outcome import SDK, ClauseSource, ClauseState, Outcome, ReportedExchange, Side
from topcheck.report.wording import by_reason

#: A page is at most so large, in bytes; what has no place in it is named, the lightest first.
MOST_BYTES = 4_800_000
#: So many bytes of it are for what is told in a line; a cell of a table takes so many.
_FOR_LINES, _A_CELL = 500_000, 45
#: The most texts and lines that stand in a list.
_MOST_LISTED = 200
#: The class of a state in the style sheet.
CLASSES: Mapping[str, str] = dict(zip(STATES, "hbskuo", strict=True))


@dataclass(slots=True)
class Card:
    """What is told of a clause that is not held, alike for some sides; `anchor` leads to it."""

    anchor: str
    state: ClauseState
    source: ClauseSource | None
    sides: list[Side] = field(default_factory=list)
    repeats: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A clause in a table: for each column its state, None where it has none, and its anchor."""

    clause: str
    source: ClauseSource | None
    cells: tuple[tuple[str | None, str | None], ...]


@dataclass(slots=True)
class Told:
    """The exchanges that were told already, each once, by their anchors."""

    anchors: dict[ReportedExchange, str] = field(default_factory=dict)

    def first(self, exchange: ReportedExchange) -> tuple[str, bool]:
        """Return the anchor of an exchange, and whether it was not told before."""
        new = exchange not in self.anchors
        return self.anchors.setdefault(exchange, f"x{len(self.anchors)}"), new


def as_html(outcome: Outcome) -> str:
    """Write the page."""
    environment = _environment()
    cards = _cards(outcome)
    shown, left_out = _within(outcome, cards)
    known = {(side.name, card.state.clause): card.anchor if card.anchor in shown else "left"
             for card in cards for side in card.sides}  # fmt: skip
    numbers = [(side, outcomes.counts(side.clauses, STATES)) for side in outcome.sides]
    always = (HELD, BROKEN, NOT_OBSERVED)
    totals = {state: sum(told[state] for _, told in numbers) for state in WORST_FIRST}
    counted = [state for state in WORST_FIRST if state in always or totals[state]]
    style, script = (_own(environment, name) for name in ("style.css", "script.js"))
    return environment.get_template("index.html.j2").render(
        outcome=outcome, style=style, script=script, code=outcomes.EXIT_CODES[outcome.verdict],
        hashes={name: _hash(text) for name, text in (("style", style), ("script", script))},
        broken=outcomes.broken(outcome), counts=numbers, counted=counted, totals=totals,
        repeat=outcomes.next_command(outcome), states=[state for state in counted if totals[state]],
        tables=list(_tables(outcome, known)), anchors=known, most=_MOST_LISTED,
        cards=[(state, [c for c in cards if c.state.state == state]) for state in WORST_FIRST],
        unseen=list(_unseen(outcome, known)), silent=[s for s in outcome.sides if not s.clauses],
        shown=shown, left_out=left_out, lines=list(_lines(outcome, cards)),
        kinds=list(dict.fromkeys(source.kind for source in outcome.sources)),
    )  # fmt: skip


@functools.cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("topcheck.report", "page"), autoescape=True, finalize=legible,
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined,
    )  # fmt: skip
    made.globals |= {"classes": CLASSES, "difference": difference, "HELD": HELD, "BROKEN": BROKEN,
                     "NOT_OBSERVED": NOT_OBSERVED, "CODES": outcomes.EXIT_CODES}  # fmt: skip
    made.filters |= {one.__name__: one for one in (parts, words, parameters, end)}
    return made


def _own(environment: Environment, name: str) -> Markup:
    """Return a file of ours that stands in the page as it is."""
    return Markup(environment.get_template(name).render())  # noqa: S704 - it is ours


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _cards(outcome: Outcome) -> list[Card]:
    """Return what is told of all that is not held, the worst and the heaviest first."""
    sources = {source.clause: source for source in outcome.sources}
    found: dict[object, Card] = {}
    pairs = [(s, c) for s in outcome.sides for c in s.clauses if c.state != HELD]
    pairs.sort(key=lambda pair: (WORST_FIRST.index(pair[1].state), -pair[1].severity))
    for side, clause in pairs:
        alike = tuple(replace(finding, repeat=None) for finding in clause.findings)
        key, source = (clause.clause, clause.state, clause.reason, alike), clause.clause
        card = found.setdefault(key, Card(f"c{len(found)}", clause, sources.get(source)))
        card.sides.append(side)
        if clause.findings and (again := clause.findings[0].repeat):
            card.repeats[side.name] = again
    return list(found.values())


def _within(outcome: Outcome, cards: Sequence[Card]) -> tuple[dict[str, Markup], int]:
    """Write the cards by their anchors, as many as there is room for, and count the others.

    Where they do not all fit, the last are told in a line.
    """
    template, told = _environment().get_template("card.html.j2"), Told()
    cells = sum(max(len(c.evidence), 1) for side in outcome.sides for c in side.clauses)
    names = "".join({c.clause for side in outcome.sides for c in side.clauses})
    texts = f"{names}{outcome.page or ''}".encode(errors="replace")  # each with what marks it up
    room = MOST_BYTES - cells * _A_CELL - 2 * len(texts)
    shown: dict[str, Markup] = {}
    short = False
    for number, card in enumerate(cards):
        text = template.render(card=card, told=told, short=short, first=number == 0)
        if not short and len(text.encode(errors="replace")) > room - _FOR_LINES:
            short = True
            text = template.render(card=card, told=told, short=True, first=False)
        room -= len(text.encode(errors="replace"))
        if room < 0:
            break
        shown[card.anchor] = Markup(text)  # noqa: S704 - the template escaped it
    return shown, len(cards) - len(shown)


@dataclass(slots=True)
class NotSeen:
    """Why clauses were not seen: their ids, the sides of which that is so, and the first's card."""

    state: str
    why: str | None
    anchor: str
    clauses: dict[str, None] = field(default_factory=dict)
    sides: dict[str, None] = field(default_factory=dict)


def _unseen(outcome: Outcome, known: Mapping[tuple[str, str], str]) -> Iterable[NotSeen]:
    """Return why clauses were not seen, each reason once."""
    found: dict[tuple[str, str | None], NotSeen] = {}
    for side in outcome.sides:
        for (state, why), names in by_reason(side, (NOT_OBSERVED, NOT_SUPPORTED)).items():
            anchor = known[side.name, names[0]]
            told = found.setdefault((state, why), NotSeen(state, why, anchor))
            told.clauses |= dict.fromkeys(names)
            told.sides[side.name] = None
    return found.values()


@dataclass(frozen=True, slots=True)
class Matrix:
    """Clauses by what was judged: a column is a side, or a kind of its evidence.

    `groups` are the rows: those in which the sides differ, the worst first, then, by its state,
    those that are alike.
    """

    name: str
    columns: tuple[tuple[Side, str], ...]
    groups: tuple[tuple[str | None, list[Row]], ...]


def _tables(outcome: Outcome, known: Mapping[tuple[str, str], str]) -> Iterator[Matrix]:
    sources = {source.clause: source for source in outcome.sources}
    for name, is_sdk in (("evidence", False), ("SDK", True)):
        sides = [s for s in outcome.sides if s.clauses and (s.kind == SDK) == is_sdk]
        if not sides:
            continue
        columns = [(side, kind) for side in sides for kind in outcomes.EVIDENCE_KINDS
                   if any(kind in clause.evidence for clause in side.clauses)]  # fmt: skip
        states = {side.name: {c.clause: c for c in side.clauses} for side in sides}
        clauses = dict.fromkeys(c.clause for side in sides for c in side.clauses)
        groups: dict[str | None, list[Row]] = defaultdict(list)
        for clause in clauses:
            cells = tuple(_cell(states[s.name].get(clause), s, kind, known) for s, kind in columns)
            found = {by_id[clause].state for by_id in states.values() if clause in by_id}
            alike = found.pop() if len(found) == 1 else None
            groups[alike].append(Row(clause, sources.get(clause), cells))
        order = [state for state in (None, *WORST_FIRST) if groups[state]]
        groups[None].sort(
            key=lambda row: min((WORST_FIRST.index(s) for s, _ in row.cells if s), default=0)
        )
        yield Matrix(name, tuple(columns), tuple((state, groups[state]) for state in order))


def _cell(
    clause: ClauseState | None, side: Side, kind: str, known: Mapping[tuple[str, str], str]
) -> tuple[str | None, str | None]:
    if clause is None:
        return None, None
    state = clause.state if kind == SDK else clause.evidence.get(kind)
    return state, known.get((side.name, clause.clause)) if state != HELD else None


@dataclass(slots=True)
class PageLine:
    """A line of the page, the cards that are about it, and how many of its clauses are held."""

    number: int
    text: str
    cards: list[Card] = field(default_factory=list)
    held: int = 0


def _lines(outcome: Outcome, cards: Iterable[Card]) -> Iterator[PageLine]:
    """Yield the lines of the page; of an outcome without it those that findings quote."""
    about: dict[int, dict[str, Card]] = defaultdict(dict)
    quotes: dict[int, str] = {}
    for card in cards:
        pages = [finding.page for finding in card.state.findings if finding.page]
        quotes |= {page.line: page.quote for page in pages}
        here = [card.source.line] if card.source and card.source.line else []
        for line in (*here, *(page.line for page in pages)):
            about[line].setdefault(card.anchor, card)
    held = {c.clause for side in outcome.sides for c in side.clauses if c.state == HELD}
    kept = [source.line for source in outcome.sources if source.clause in held]
    texts = dict(enumerate(re.split(r"\r\n|\n|\r", outcome.page), 1)) if outcome.page else quotes
    for number, text in sorted(texts.items()):
        yield PageLine(number, text, list(about[number].values()), kept.count(number))
