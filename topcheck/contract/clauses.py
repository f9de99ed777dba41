"""From page and rules to clauses: which facts each field has, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from topcheck.contract import protocol
from topcheck.contract.field import Field, error_field, request_field, response_field
from topcheck.contract.inferred import Flow, Rule
from topcheck.contract.model import Clause, Contract, PageRow, Severity

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

#: Families of values that are no message, and no flag.
_TELLING = ("integer", "date", "price")


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
    yield from _request(request_field(contract), quotes)
    response = response_field(contract)
    yield from _tree(response, quotes, RULE_OF_FACT)
    yield from _inferred(response, quotes, rules)
    yield from _tree(error_field(contract), quotes, RULE_OF_ERROR_FACT)
    for clause_id, rule in protocol.WIRE_BODY.items():
        fact, why = clause_id.rpartition(".")[2], protocol.RULES[rule]
        yield Clause(clause_id, fact, Severity.VIOLATION, "platform", rule=rule, why=why)
    for clause_id, (rule, severity) in protocol.WIRE.items():
        fact, why = clause_id.rpartition(".")[2], protocol.RULES[rule]
        yield Clause(clause_id, fact, severity, "platform", rule=rule, why=why)
    yield from _exchange(contract, response, quotes, accumulated, flows)


def echoes(contract: Contract) -> dict[str, Field]:
    """Return the response fields that repeat a parameter of the request, by its name."""
    names = request_field(contract).fields
    return {f.name: f for f in response_field(contract).walk() if f.row and f.name in names}


def unasked_texts(contract: Contract) -> list[Field]:
    """Return the plain texts of the response that repeat no parameter by its name."""
    texts = (f for f in plain_leaves(response_field(contract)) if f.family == "string")
    return [field for field in texts if field.name not in echoes(contract)]


def telling(contract: Contract) -> list[Field]:
    """Return the fields that tell of what was asked for, beside what repeats a parameter of it.

    Neither flags nor messages: these also stand where nothing was found.
    """
    repeated = echoes(contract)
    homes = {field.path.rpartition(".")[0] for field in repeated.values()}
    leaves = (f for f in response_field(contract).walk() if f.path.rpartition(".")[0] in homes)
    return [f for f in leaves if f.name in repeated or f.enum or f.family in _TELLING]


def coded(response: Field) -> list[Field]:
    """Return the response fields that have one of a few codes: the states of an order."""
    return [f for f in response.walk() if f.enum and f.row and not f.repeated]


def optional(contract: Contract) -> list[Field]:
    """Return the parameters that may be left out as long as another one is given."""
    fields = request_field(contract).fields.values()
    return [field for field in fields if not field.required and len(fields) > 1]


def outer_flags(response: Field) -> list[str]:
    """Return the paths of the flags by which a call says itself whether it succeeded."""
    outer = (field for field in response.fields.values() if field.family == "object")
    return [f.path for one in outer for f in one.fields.values() if f.family == "boolean"]


def plain_leaves(root: Field) -> list[Field]:
    """Return the documented numbers and texts outside of lists that may have any value."""
    if root.repeated:
        return []
    below = [leaf for field in root.fields.values() for leaf in plain_leaves(field)]
    free = root.family in ("integer", "string") and root.row and not root.enum and not root.format
    return [root, *below] if free else below


def _exchange(
    contract: Contract,
    response: Field,
    quotes: Mapping[int, str],
    accumulated: Sequence[str],
    flows: Sequence[Flow],
) -> Iterator[Clause]:
    for name, field in echoes(contract).items():
        yield _clause(f"exchange.{name}.echo", field, quotes, "echoed")
    for name, field in request_field(contract).fields.items():
        if name in echoes(contract) or unasked_texts(contract):
            yield _clause(f"exchange.{name}.exact", field, quotes, "ids_exact")
    for field in coded(response):
        yield _clause(f"exchange.{field.name}.echo", field, quotes, "stated")
    for field in optional(contract):
        yield _clause(f"exchange.{field.name}.required", field, quotes, None)
    if plain_leaves(response):
        yield _clause("exchange.parity", response, quotes, "one_story")
    by_path = {field.path: field for field in response.walk()}
    for path in accumulated:
        yield _clause(f"exchange.{by_path[path].name}.accumulates", by_path[path], quotes, None)
    for flow in flows:
        field = by_path[flow.path]
        clause = _clause(f"exchange.{field.name}.terminal", field, quotes, None)
        yield replace(clause, source="inferred", why=flow.why)
    for name in protocol.REFUSED_PARAMETERS:
        yield _clause(f"exchange.{name}.refused", response, quotes, "refused")


def _request(root: Field, quotes: Mapping[int, str]) -> Iterator[Clause]:
    rules = RULE_OF_REQUEST_FACT
    yield _clause(root.clause_id("type"), root, quotes, "root_object")
    yield _clause(root.clause_id("known"), root, quotes, rules["known"])
    for field in list(root.walk())[1:]:
        facts = [*facts_of(field), *(["required"] if field.required else []), "unique"]
        for fact in facts:
            rule = "page_limit" if fact == "range" and limits(field) else rules[fact]
            yield _clause(field.clause_id(fact), field, quotes, rule)


def _tree(
    root: Field, quotes: Mapping[int, str], rules: Mapping[str, str | None]
) -> Iterator[Clause]:
    yield _clause(root.clause_id("type"), root, quotes, "root_object")
    yield _clause(root.clause_id("known"), root, quotes, rules["known"])
    yield _clause(root.clause_id("lexical"), root, quotes, "utf8")
    for field in list(root.walk())[1:]:
        for fact in _tree_facts(root, field):
            rule = rules[fact] if field.row or fact != "type" else "request_id"
            yield _clause(field.clause_id(fact), field, quotes, rule)


def _tree_facts(root: Field, field: Field) -> Iterator[str]:
    yield from facts_of(field)
    yield "required" if field.required else "null"
    yield "unique"
    is_row = bool(field.row) and not field.repeated and field.side == "response"
    if is_row and containers_without(root, field.name):
        yield "place"
    if field.holds_members:
        yield "known"


def _inferred(
    response: Field, quotes: Mapping[int, str], rules: Sequence[Rule]
) -> Iterator[Clause]:
    by_path = {field.path: field for field in response.walk()}
    for rule in rules:
        row = by_path[rule.path].row
        fact = rule.id.rpartition(".")[2]
        line = row.line if row else None
        quote = _quote(row, quotes)
        yield Clause(rule.id, fact, protocol.FACTS[fact], "inferred", line, quote, why=rule.why)


def _clause(clause_id: str, field: Field, quotes: Mapping[int, str], rule: str | None) -> Clause:
    fact = clause_id.rpartition(".")[2]
    return Clause(
        id=clause_id,
        fact=fact,
        severity=protocol.FACTS[fact],
        source="platform" if rule else "page",
        line=field.row.line if field.row else None,
        quote=_quote(field.row, quotes),
        rule=rule,
        why=protocol.RULES[rule] if rule else None,
    )


def _quote(row: PageRow | None, quotes: Mapping[int, str]) -> str | None:
    return quotes.get(row.line) if row and row.line else None
