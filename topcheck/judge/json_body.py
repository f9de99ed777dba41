"""The JSON side of the judge: a compiled engine, with jsonschema as the reference."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from topcheck.contract.clauses import amounts, is_bounded
from topcheck.contract.field import Field
from topcheck.contract.json_schema import ANNOTATION, Schema
from topcheck.judge import literals
from topcheck.judge.finding import Notes, shown
from topcheck.judge.members import Members, report_missing
from topcheck.wire.tree import Kind, Node

#: Looking up a member of an enum is slow, and these are asked for at every value.
_STRING, _OBJECT, _NULL = Kind.STRING, Kind.OBJECT, Kind.NULL
_CONSTANTS = {"true": True, "false": False, "null": None}


class JsonBody:
    """Judges the value of one root. `schema` is that of the value, not of the whole document."""

    def __init__(self, root: Field, schema: Schema) -> None:
        self._root = root
        self._members = Members(root)
        self._validator = Draft202012Validator(schema)
        self._compiled = jsonschema_rs.Draft202012Validator(schema)

    def judge(self, node: Node, notes: Notes) -> None:
        """Report what the value breaks, and note its scalars."""
        instance = self._value(node, self._root, "", notes)
        try:  # the compiled engine is only speed: what it does not accept goes to the reference
            accepted = self._compiled.is_valid(instance)
        except ValueError:  # it cannot hold every number that Python can
            accepted = False
        if not accepted:
            for error in self._validator.iter_errors(instance):
                self._translate(error, node, notes)

    def _value(self, node: Node, field: Field, path: str, notes: Notes) -> Any:
        """Return what the schema is about, and report what it does not see."""
        if not (field.repeated and node.kind is Kind.ARRAY):
            return self._single(node, field, path, notes)
        items = []
        for at, item in enumerate(node.children):
            inner = f"{path}[{at}]"
            if _is_drift(item, field, notes):
                notes.broken(field, "null", inner, "null", item)
            else:
                items.append(self._single(item, field, inner, notes))
        return items

    def _single(self, node: Node, field: Field, path: str, notes: Notes) -> Any:
        if node.kind is _OBJECT:
            return self._object(node, field, path, notes)
        value = _scalar(node, field, path, notes)
        if field.side == "request" and is_bounded(field):
            value = _amount(node, field, path, notes, value)
        if path == field.path and field.family == "decimal" and not isinstance(value, list):
            notes.note(path, literals.compared(field, node.text), node)
        elif path == field.path and isinstance(value, (str, int)):
            notes.note(path, value, node)
        elif path == field.path:
            notes.unread(path, node)
        return value

    def _object(self, node: Node, field: Field, path: str, notes: Notes) -> dict[str, Any]:
        if not field.holds_members:
            if path == field.path:
                notes.unread(path, node)
            return {}
        if path == field.path:
            notes.note(path, True, node)
        return {
            child.name: self._value(child, member, inner, notes)
            for member, child, inner in self._members.of(node, field, path, notes)
            if not _is_unset(child, member, inner, notes)
        }

    def _translate(self, error: ValidationError, root: Node, notes: Notes) -> None:
        """Name the clause of an error, as the schema's own annotation does."""
        node, field, path = _find(error.absolute_path, root, self._root, notes)
        schema, keyword = cast("Schema", error.schema), str(error.validator)
        clauses = schema[ANNOTATION][keyword]
        if keyword == "required":
            report_missing(node, field, path, cast("dict[str, Any]", error.instance), notes)
            return
        # no code is of another type than the others, so `enum` stands for the type as well
        other_type = keyword == "enum" and type(error.instance) is not type(schema[keyword][0])
        fact = notes.contract.by_id[clauses[1 if other_type else 0]].fact
        notes.broken(field, fact, path, shown(node), node)


def _is_drift(node: Node, field: Field, notes: Notes) -> bool:
    """Whether a value is null where that is drift and no wrong type: in an answer."""
    return node.kind is Kind.NULL and field.clause_id("null") in notes.contract.by_id


def _is_unset(node: Node, field: Field, path: str, notes: Notes) -> bool:
    """Whether a member is null: drift, but for a required one, which counts as missing."""
    if node.kind is not _NULL:
        return False
    if not _is_drift(node, field, notes):
        return field.required
    notes.broken(field, "null", path, "null", node)
    return True


def _scalar(node: Node, field: Field, path: str, notes: Notes) -> Any:
    if node.kind is _STRING:
        return node.text
    if node.kind is Kind.NUMBER:
        value = literals.json_integer(node.text)
        is_decimal = field.family == "decimal"
        if value is None and not is_decimal:
            return 0.5  # any number that is not whole
        plain = literals.PLAIN_DECIMAL if is_decimal else literals.PLAIN
        is_odd = not plain.fullmatch(node.text)
        if is_odd and field.clause_id("lexical") in notes.contract.by_id:
            notes.broken(field, "lexical", path, node.text, node)
        return 0.5 if value is None else value
    if node.kind is Kind.NONFINITE:
        return float("nan")
    return [] if node.kind is Kind.ARRAY else _CONSTANTS[node.text]


def _amount(node: Node, field: Field, path: str, notes: Notes, value: Any) -> Any:
    """Compare an amount with its limits, which no schema does for a text."""
    is_plain = node.kind is Kind.STRING and literals.PLAIN_DECIMAL.fullmatch(node.text)
    if node.kind is not Kind.NUMBER and not is_plain:
        return value
    number, (low, high) = Decimal(node.text), amounts(field)
    if (low is not None and number < low) or (high is not None and number > high):
        notes.broken(field, "range", path, shown(node), node)
    return float(number) if node.kind is Kind.NUMBER else value


def _find(
    keys: Iterable[str | int], node: Node, field: Field, notes: Notes
) -> tuple[Node, Field, str]:
    """Follow the path of an error down to the culprit, past items that the schema did not see."""
    path = ""
    for key in keys:
        if isinstance(key, int):
            items = enumerate(node.children)
            at, node = [pair for pair in items if not _is_drift(pair[1], field, notes)][key]
            path += f"[{at}]"
        else:
            node = next(child for child in node.children if child.name == key)
            field = field.fields[key]
            path = f"{path}.{key}" if path else key
    return node, field, path
