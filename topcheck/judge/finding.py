"""What a judge says: findings, and the verdict that is the worst of them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from topcheck.contract.clauses import amounts, bounds, is_bounded, limits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Scalar
from topcheck.contract.model import Clause, Severity
from topcheck.judge.literals import spelled
from topcheck.judge.tried import BodyTrials, Look
from topcheck.wire.exchange import Exchange
from topcheck.wire.tree import Kind, Node, excerpt

#: More findings than this in one body are only counted, unless they are worse than all before.
MAX_FINDINGS = 1000
MAX_EXCERPT = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken clause at one place: `path` starts below the root, line and column from 1.

    `exchanges` are those that show it, the fewest that do.
    """

    clause: Clause
    path: str
    expected: str
    actual: str
    line: int | None = None
    column: int | None = None
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """The findings of one body in the order of their places, and what it says.

    `look` is what the judge came to see; without `trials` there was no body to be judged.
    """

    findings: tuple[Finding, ...] = ()
    left_out: int = 0
    look: Look = field(default_factory=Look)
    trials: BodyTrials | None = None

    @property
    def side(self) -> str | None:
        """The root that was found, if any."""
        return self.look.side

    @property
    def values(self) -> Mapping[str, Scalar]:
        """The scalars of the body by path, True for an object."""
        return self.look.values

    @cached_property
    def tried(self) -> frozenset[str]:
        """The ids of the clauses that the body tried: each is held, or broken."""
        return self.trials.of(self.look, self.clauses) if self.trials else frozenset()

    @property
    def severity(self) -> Severity | None:
        """The worst severity, None if nothing is broken."""
        return max((finding.clause.severity for finding in self.findings), default=None)

    @property
    def verdict(self) -> str:
        """The word for it: `conforms`, `advisory`, `drift` or `violates`."""
        words = {None: "conforms", Severity.VIOLATION: "violates"}
        return words.get(self.severity, str(self.severity))

    @property
    def clauses(self) -> set[str]:
        """The ids of the broken clauses."""
        return {finding.clause.id for finding in self.findings}


@dataclass(slots=True)
class Notes:
    """Collects findings while a body is judged, and what there was to see."""

    contract: Contract
    trials: BodyTrials
    findings: list[Finding] = field(default_factory=list)
    look: Look = field(default_factory=Look)
    nodes: dict[str, Node] = field(default_factory=dict)
    left_out: int = 0
    _seen: set[tuple[str, str, int | None, int | None]] = field(default_factory=set)
    _worst: Severity = Severity.ADVISORY

    def note(self, path: str, value: Scalar, node: Node) -> None:
        """Note what stands at a path, for the rules that compare several places."""
        self.look.values[path] = value
        self.nodes[path] = node
        if value is not node.text and node.text != spelled(value) and node.text.strip():
            self.look.written[path] = node.text

    def unread(self, path: str, node: Node) -> None:
        """Note what stands at a path and is no value of its type, by its text if it has any."""
        self.look.written[path] = node.text.strip() and node.text

    def add(
        self, clause_id: str, path: str, expected: str, actual: str, node: Node | None = None
    ) -> None:
        """Add a finding, at a node's place if there is one."""
        clause = self.contract.by_id[clause_id]
        line, column = (node.line or None, node.column or None) if node else (None, None)
        if (clause_id, path, line, column) in self._seen:
            return
        if len(self.findings) >= MAX_FINDINGS and clause.severity <= self._worst:
            self.left_out += 1
            return
        self._seen.add((clause_id, path, line, column))
        self._worst = max(self._worst, clause.severity)
        self.findings.append(Finding(clause, path, expected, actual, line, column))

    def broken(self, field: Field, fact: str, path: str, actual: str, node: Node | None) -> None:
        """Add that a fact of a field is broken."""
        self.add(field.clause_id(fact), path, _EXPECTED[fact](field), actual, node)

    def judgement(self) -> Judgement:
        """Return the judgement of what was noted."""
        ordered = sorted(self.findings, key=lambda f: (f.line or 0, f.column or 0))
        return Judgement(tuple(ordered), self.left_out, self.look, self.trials)


_TYPES: Mapping[str, str] = {
    "object": "an object",
    "map": "an object",
    "list": "a list in its wrapper",
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "text",
    "date": "text",
    "price": "a price as text, with at most two decimals",
    "decimal": "a decimal number",
}

_LEXICAL: Mapping[str, str] = {
    "integer": "plain digits",
    "boolean": "true or false without blanks",
    "decimal": "plain digits with at most one point",
    "object": "UTF-8 without a byte order mark",
}


def _range(field: Field) -> str:
    limit = limits(field)
    if "max_length" in limit:
        return f"at most {limit['max_length']} characters"
    if "max_items" in limit:
        return f"at most {limit['max_items']} items"
    low, high = amounts(field) if is_bounded(field) else bounds(field)
    if low is None or high is None:
        return f"at most {high}" if low is None else f"at least {low}"
    return f"from {low} to {high}"


#: What a fact of a field asks for.
_EXPECTED: Mapping[str, Callable[[Field], str]] = {
    "required": lambda _field: "present",
    "unique": lambda _field: "once in its object",
    "known": lambda _field: "documented members only",
    "null": lambda _field: "left out where it has no value",
    "type": lambda field: ("a list of " if field.repeated else "") + _TYPES[field.family],
    "enum": lambda field: "one of " + ", ".join(field.enum or ()),
    "format": lambda field: f"a real date and time, written {field.format}",
    "lexical": lambda field: _LEXICAL[field.family],
    "range": _range,
}


def expected(field: Field, fact: str) -> str | None:
    """Say what a fact asks of a field, None for a fact that is about more than a field."""
    return _EXPECTED[fact](field) if fact in _EXPECTED else None


def shown(node: Node) -> str:
    """Show what a message holds, in one short line."""
    words = {Kind.OBJECT: "an object", Kind.ARRAY: "an array", Kind.NULL: "null"}
    if node.kind in words:
        return words[node.kind]
    if node.kind is Kind.ELEMENT and node.children:
        return f"<{node.children[0].name}> inside"
    quoted = node.kind in (Kind.STRING, Kind.ELEMENT)
    return shorten(json.dumps(node.text, ensure_ascii=False) if quoted else node.text)


def shorten(text: str) -> str:
    """Cut a text to what fits into a line, without control characters."""
    if len(text) <= MAX_EXCERPT and text.isprintable():
        return text
    plain = (c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: MAX_EXCERPT + 1])
    return excerpt("".join(plain), MAX_EXCERPT)
