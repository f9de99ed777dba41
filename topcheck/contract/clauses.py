"""From page and rules to clauses: which facts each field has, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow, Rule
from topcheck.contract.model import Clause, PageRow, Severity

#: Where a fact comes from: a rule of the platform, or None where the page itself says it.
RULE_OF_FACT: Mapping[str, str | None] = {
    "type": None,
    "enum": None,
    "format": None,
    "place": None,
    "range": "number_64_bit",
    "required": "one_outcome",
    "unique": "member_once",
    "known": "documented_only",
    "null": "unset_left_out",
    "lexical": "plain_literal",
}

RULE_OF_REQUEST_FACT: Mapping[str, str | None] = {
    **RULE_OF_FACT,
    "required": None,
    "unique": "once_on_the_wire",
    "known": "documented_parameter",
}

RULE_OF_ERROR_FACT: Mapping[str, str | None] = {
    **RULE_OF_FACT,
    "type": "error_envelope",
    "required": "error_envelope",
}


def facts_of(field: Field) -> Iterator[str]:
    """Yield the facts that hold of a field by its nature, in the order of the report."""
    yield "type"
    if limits(field) or (field.family == "integer" and not field.enum):
        yield "range"
    if field.enum:
        yield "enum"
    if field.format:
        yield "format"
    if field.side != "request" and field.family in ("integer", "boolean"):
        yield "lexical"


def limits(field: Field) -> Mapping[str, int]:
    """The limits of a request parameter that bound its values."""
    found = (field.row.limits if field.row else None) or {}
    fitting = {
        "max_items": field.repeated,
        "max_length": field.family == "string" and not field.repeated and not field.format,
        "minimum": field.family == "integer" and not field.enum,
        "maximum": field.family == "integer" and not field.enum,
    }
    return {k: v for k, v in found.items() if fitting.get(k) and isinstance(v, int)}


def bounds(field: Field) -> tuple[int, int]:
    """Return the lowest and highest value of a Number, within 64 bits whatever the page says."""
    limit = limits(field)
    low = max(limit.get("minimum", protocol.NUMBER_MIN), protocol.NUMBER_MIN)
    return low, min(limit.get("maximum", protocol.NUMBER_MAX), protocol.NUMBER_MAX)


def homes(root: Field) -> dict[str, list[Field]]:
    """Return where each documented name of a tree may stand."""
    found: dict[str, list[Field]] = {}
    for field in root.walk():
        if field.row and field.path and field.name == field.row.name:
            found.setdefault(field.name, []).append(field)
    return found


def containers_without(root: Field, name: str) -> list[Field]:
    """Return the objects of a tree where a name would be out of place."""
    return [field for field in root.walk() if field.holds_members and name not in field.fields]


def derive_clauses(
    contract: Contract,
    quotes: Mapping[int, str],
    accumulated: Sequence[str],
    rules: Sequence[Rule],
    flows: Sequence[Flow],
) -> Iterator[Clause]:
    """Yield every clause of a contract. Ids are unique where the page's names are."""
    maker = _Maker(quotes)
    yield from _request(contract.request, maker)
    yield from _tree(contract.response, maker, RULE_OF_FACT)
    yield from _inferred(contract.response, maker, rules)
    yield from _tree(contract.error, maker, RULE_OF_ERROR_FACT)
    for clause_id, rule in protocol.WIRE_BODY.items():
        yield _wire(clause_id, rule, Severity.VIOLATION)
    for clause_id, (rule, severity) in protocol.WIRE.items():
        yield _wire(clause_id, rule, severity)
    yield from _exchange(contract, maker, accumulated, flows)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes clauses; `quotes` are the page's words by the line where they begin."""

    quotes: Mapping[int, str]

    def of(self, field: Field, fact: str, rule: str | None) -> Clause:
        """Make the clause of a fact of a field."""
        return self.make(field.clause_id(fact), field.side, field.path, fact, field, rule)

    def across(self, name: str, path: str, fact: str, field: Field, rule: str | None) -> Clause:
        """Make a clause across exchanges; `name` stands for the path in its id."""
        clause_id = ".".join(filter(None, ("exchange", name, fact)))
        return self.make(clause_id, "exchange", path, fact, field, rule)

    def make(
        self, clause_id: str, side: str, path: str, fact: str, field: Field, rule: str | None
    ) -> Clause:
        """Make a clause about a field; it is the page's own where no rule stands behind it."""
        row = field.row
        return Clause(
            clause_id, side, path, fact, protocol.FACTS[fact],
            source="platform" if rule else "page",
            line=row.line if row else None,
            quote=self.quote(row),
            rule=rule,
            why=protocol.RULES[rule] if rule else None,
        )  # fmt: skip

    def quote(self, row: PageRow | None) -> str | None:
        """Return the page's words of a row."""
        return self.quotes.get(row.line) if row and row.line else None


def _wire(clause_id: str, rule: str, severity: Severity) -> Clause:
    side, path, fact = clause_id.split(".")
    why = protocol.RULES[rule]
    return Clause(clause_id, side, path, fact, severity, "platform", rule=rule, why=why)


def _exchange(
    contract: Contract, maker: _Maker, accumulated: Sequence[str], flows: Sequence[Flow]
) -> Iterator[Clause]:
    names, response = contract.short_names, contract.response
    by_path = {field.path: field for field in response.walk()}
    for path, field in contract.echoes.items():
        yield maker.across(names[path], path, "echo", field, "echoed")
    for path, name, field in _ids(contract):
        yield maker.across(name, path, "exact", field, "ids_exact")
    for field in contract.coded:
        if field.path not in contract.echoes:  # then one clause is about both
            yield maker.across(names[field.path], field.path, "echo", field, "stated")
    for field in contract.optional:
        yield maker.across(field.name, field.path, "required", field, None)
    if contract.plain_leaves:
        yield maker.across("", "", "parity", response, "one_story")
    for path in accumulated:
        yield maker.across(names[path], path, "accumulates", by_path[path], None)
    for flow in flows:
        clause = maker.across(names[flow.path], flow.path, "terminal", by_path[flow.path], None)
        yield replace(clause, source="inferred", why=flow.why)
    for name in protocol.REFUSED_PARAMETERS:
        yield maker.across(name, name, "refused", response, "refused")


def _ids(contract: Contract) -> Iterator[tuple[str, str, Field]]:
    """Yield where each id of a request is told of: by its name, or, if nowhere, in some text.

    What has codes, or is no number and no text, is no id; nor can an id be told where codes are.
    """
    repeated: dict[str, list[Field]] = {}
    for field in contract.echoes.values():
        repeated.setdefault(field.name, []).append(field)
    for name, field in contract.request.fields.items():
        if not field.is_plain:
            continue
        for place in (place for place in repeated.get(name, ()) if place.is_plain):
            yield place.path, contract.short_names[place.path], field
        if name not in repeated and contract.unasked_texts:
            yield field.path, name, field


def _request(root: Field, maker: _Maker) -> Iterator[Clause]:
    rules = RULE_OF_REQUEST_FACT
    yield maker.of(root, "type", "root_object")
    yield maker.of(root, "known", rules["known"])
    for field in list(root.walk())[1:]:
        facts = [*facts_of(field), *(["required"] if field.required else []), "unique"]
        for fact in facts:
            rule = "page_limit" if fact == "range" and limits(field) else rules[fact]
            yield maker.of(field, fact, rule)


def _tree(root: Field, maker: _Maker, rules: Mapping[str, str | None]) -> Iterator[Clause]:
    yield maker.of(root, "type", "root_object")
    yield maker.of(root, "known", rules["known"])
    yield maker.of(root, "lexical", "utf8")
    for field in list(root.walk())[1:]:
        for fact in _tree_facts(root, field):
            rule = rules[fact] if field.row or fact != "type" else "request_id"
            yield maker.of(field, fact, rule)


def _tree_facts(root: Field, field: Field) -> Iterator[str]:
    yield from facts_of(field)
    yield "required" if field.required else "null"
    yield "unique"
    is_row = bool(field.row) and not field.repeated and field.side == "response"
    if is_row and containers_without(root, field.name):
        yield "place"
    if field.holds_members:
        yield "known"


def _inferred(response: Field, maker: _Maker, rules: Sequence[Rule]) -> Iterator[Clause]:
    by_path = {field.path: field for field in response.walk()}
    for rule in rules:
        clause = maker.make(rule.id, "response", rule.path, rule.fact, by_path[rule.path], None)
        yield replace(clause, source="inferred", why=rule.why)
