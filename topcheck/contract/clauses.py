"""From page and rules to clauses: which facts each field has, and where each comes from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow, Rule, decimal_of
from topcheck.contract.model import Clause, Severity

#: The rules of the platform that facts of an answer come from; the page itself says all others.
_OF_ANSWERS = {
    "range": "number_64_bit",
    "required": "one_outcome",
    "unique": "member_once",
    "known": "documented_only",
    "null": "unset_left_out",
    "lexical": "plain_literal",
}
#: What a page needs for a clause across exchanges, by its fact.
NEEDS: Mapping[str, str] = {
    "echo": "an answer that repeats a parameter, or has codes",
    "exact": "an id of many digits, and a place where the answer repeats it or has a text",
    "required": "a parameter that may be left out beside another",
    "alone": "two ids that are both optional, and nothing else to ask by",
    "parity": "a leaf of the answer outside lists",
    "accumulates": "an amount that the page calls accumulated",
    "terminal": "a [[flow]] in inferred.toml",
}
#: The same by side.
_RULES: Mapping[str, Mapping[str, str]] = {
    "request": {
        "range": "number_64_bit",
        "unique": "once_on_the_wire",
        "known": "documented_parameter",
    },
    "response": _OF_ANSWERS,
    "error_response": {**_OF_ANSWERS, "type": "error_envelope", "required": "error_envelope"},
}


def limits(field: Field) -> Mapping[str, int]:
    """The limits of a request parameter that bound its values."""
    fitting = {
        "max_items": field.repeated,
        "max_length": field.family == "string" and not field.repeated and not field.format,
        "minimum": field.family == "integer" and not field.enum,
        "maximum": field.family == "integer" and not field.enum,
    }
    return {k: v for k, v in field.limits.items() if fitting.get(k) and isinstance(v, int)}


def amounts(field: Field) -> tuple[Decimal | None, Decimal | None]:
    """Return the lowest and highest amount that a price or a decimal may be, None where it may."""
    is_amount = field.family in ("price", "decimal")
    said = (str(field.limits.get(name, "")) for name in ("minimum", "maximum"))
    low, high = (decimal_of(limit) if is_amount else None for limit in said)
    return low, high


def is_bounded(field: Field) -> bool:
    """Whether a price or a decimal has a limit."""
    return amounts(field) != (None, None)


def fits(field: Field, number: str) -> bool:
    """Whether a whole number is within the limits of a number or a text."""
    if field.family == "integer":
        low, high = bounds(field)
        return low <= int(number) <= high
    return len(number) <= limits(field).get("max_length", len(number))


def bounds(field: Field) -> tuple[int, int]:
    """Return the lowest and highest value of a Number, within 64 bits whatever the page says."""
    limit = limits(field)
    low = max(limit.get("minimum", protocol.NUMBER_MIN), protocol.NUMBER_MIN)
    return low, min(limit.get("maximum", protocol.NUMBER_MAX), protocol.NUMBER_MAX)


def homes(root: Field) -> dict[str, list[Field]]:
    """Return where each documented name of a tree may stand."""
    found: dict[str, list[Field]] = {}
    for field in root.walk():
        if field.row and not field.repeated:  # an item stands in its list alone
            found.setdefault(field.name, []).append(field)
    return found


def containers_without(root: Field, name: str) -> list[Field]:
    """Return the objects of a tree where a name would be out of place."""
    return [field for field in root.walk() if field.is_closed and name not in field.fields]


def lacking(contract: Contract) -> dict[str, str]:
    """Return the facts across exchanges that a contract has no clause about, and what they need."""
    found = {clause.fact for clause in contract.clauses if clause.side == "exchange"}
    return {fact: need for fact, need in NEEDS.items() if fact not in found}


def derive_clauses(
    contract: Contract, quotes: Mapping[int, str], accumulated: Sequence[str],
    rules: Sequence[Rule], flows: Sequence[Flow],
) -> Iterator[Clause]:  # fmt: skip
    """Yield every clause of a contract. Ids are unique where the page's names are."""
    maker = _Maker(quotes, contract.short_names)
    response = {field.path: field for field in contract.response.walk()}
    yield from _tree(contract.request, maker)
    yield from _tree(contract.response, maker)
    for rule in rules:
        yield maker.make("response", rule.path, rule.fact, response[rule.path], why=rule.why)
    yield from _tree(contract.error, maker)
    for clause_id, name in protocol.WIRE_BODY.items():
        yield Clause.of_platform(clause_id, Severity.VIOLATION, name, protocol.RULES[name])
    for clause_id, (name, severity) in protocol.WIRE.items():
        yield Clause.of_platform(clause_id, severity, name, protocol.RULES[name])
    yield from _exchange(contract, maker)
    for path in accumulated:
        yield maker.make("exchange", path, "accumulates", response[path])
    for flow in flows:
        yield maker.make("exchange", flow.path, "terminal", response[flow.path], why=flow.why)
    for name in protocol.REFUSED_PARAMETERS:
        yield maker.make("exchange", name, "refused", contract.response, "refused")


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes clauses, with the page's words by their line and short names by their path."""

    quotes: Mapping[int, str]
    names: Mapping[str, str]

    def make(
        self, side: str, path: str, fact: str, field: Field, rule: str | None = None,
        why: str | None = None,
    ) -> Clause:  # fmt: skip
        """Make a clause: the platform's by its rule, inferred by its `why`, else the page's own."""
        name = self.names.get(path, path) if side == "exchange" else path
        line = field.row.line if field.row else None
        return Clause(
            id=".".join(filter(None, (side, name, fact))),
            side=side,
            path=path,
            fact=fact,
            severity=protocol.FACTS[fact],
            source="platform" if rule else "page" if why is None else "inferred",
            line=line,
            quote=self.quotes.get(line) if line else None,
            rule=rule,
            why=protocol.RULES[rule] if rule else why,
        )


def _tree(root: Field, maker: _Maker) -> Iterator[Clause]:
    side, rules = root.side, _RULES[root.side]
    yield maker.make(side, "", "type", root, "root_object")
    yield maker.make(side, "", "known", root, rules["known"])
    if side != "request":
        yield maker.make(side, "", "lexical", root, "utf8")
    for field in list(root.walk())[1:]:
        for fact in _facts(root, field):
            rule = rules.get(fact)
            if fact == "range" and (limits(field) or is_bounded(field)):
                rule = "page_limit"
            elif fact == "lexical" and field.family == "decimal":
                rule = "plain_decimal"
            elif fact == "type" and field.row is None:
                rule = "request_id"
            yield maker.make(side, field.path, fact, field, rule)


def _facts(root: Field, field: Field) -> list[str]:
    """Return the facts that hold of a field of a tree, in the order of the report."""
    in_answer, is_number = field.side != "request", field.family == "integer"
    is_row = field.side == "response" and field.row and not field.repeated
    holds = {
        "type": True,
        "range": limits(field) or is_bounded(field) or (is_number and not field.enum),
        "enum": field.enum,
        "format": field.format,
        "lexical": in_answer and field.family in ("integer", "boolean", "decimal"),
        "required": field.required,
        "null": in_answer and not field.required,
        "unique": True,
        "place": is_row and containers_without(root, field.name),
        "known": field.is_closed,
    }
    return [fact for fact, does in holds.items() if does]


def _exchange(contract: Contract, maker: _Maker) -> Iterator[Clause]:
    for path, field in contract.echoes.items():
        yield maker.make("exchange", path, "echo", field, "echoed")
    for field in contract.alternatives:
        if field.name in contract.unrepeated:
            yield maker.make("exchange", field.path, "echo", field, "echoed")
    for path, field in _ids(contract):
        yield maker.make("exchange", path, "exact", field, "ids_exact")
    for field in contract.coded:
        if field.path not in contract.echoes:  # then one clause is about both
            yield maker.make("exchange", field.path, "echo", field, "stated")
    for field in contract.optional:
        yield maker.make("exchange", field.path, "required", field)
    for field in contract.alternatives:
        yield maker.make("exchange", field.path, "alone", field, "either_id")
    if contract.single_leaves:
        yield maker.make("exchange", "", "parity", contract.response, "one_story")


def _ids(contract: Contract) -> Iterator[tuple[str, Field]]:
    """Yield where each id of a request is told of: by its name, or, if nowhere, in some text.

    What has codes, or is no number and no text, is no id; nor can an id be told where codes are.
    """
    for field in contract.ids:
        if fits(field, str(protocol.BEYOND_A_DOUBLE)):
            places = [place for place in contract.echoes.values() if place.name == field.name]
            yield from ((place.path, field) for place in places if place.is_plain)
            if not places and contract.unasked_texts:
                yield field.path, field
