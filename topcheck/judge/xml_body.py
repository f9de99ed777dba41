"""The XML side of the judge: a tree against the contract, with xmlschema as the reference."""

from collections.abc import Iterator, Mapping
from typing import cast
from xml.etree import ElementTree as ET

from xmlschema import XMLSchema10, XsdElement
from xmlschema.validators import (
    XMLSchemaChildrenValidationError,
    XMLSchemaValidationError,
    XsdFacet,
)

from topcheck.contract.field import Field
from topcheck.contract.inferred import Scalar
from topcheck.judge import literals
from topcheck.judge.finding import Notes, shorten, shown
from topcheck.judge.members import Members, report_missing
from topcheck.wire.limits import MAX_DIGITS
from topcheck.wire.tree import Node

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

#: What the engine was given for an element, by the identity of that element.
Places = dict[int, tuple[Node, Field, str]]


class XmlBody:
    """Judges the element of one root."""

    def __init__(self, root: Field, schema: XMLSchema10) -> None:
        self._root = root
        self._members = Members(root)
        self._schema = schema
        #: The clauses of each constraint, as the schema's own annotation names them.
        self._clauses = dict(_annotated(schema.elements[root.name], ""))

    def judge(self, node: Node, notes: Notes) -> None:
        """Report what the element breaks, and note its scalars."""
        places: Places = {}
        self._extras(node, self._root, "", notes)
        instance = self._element(node, self._root, "", notes, places)
        facts: dict[int, set[str]] = {}
        for error in self._schema.iter_errors(instance):
            node, field, path = places[id(error.elem)]
            if isinstance(error, XMLSchemaChildrenValidationError) and error.invalid_tag is None:
                present = {child.tag for child in cast("ET.Element", error.elem)}
                report_missing(node, field, path, present, notes)
            else:
                clauses = self._clauses[field.path]
                clause_id = clauses.get(_constraint(error), clauses["type"])
                fact = notes.contract.by_id[clause_id].fact
                facts.setdefault(id(error.elem), set()).add(fact)
        for key, found in facts.items():
            node, field, path = places[key]
            # a value of the wrong type breaks every facet: the type alone is the news
            for fact in ("type",) if "type" in found else sorted(found):
                notes.broken(field, fact, path, shown(node), node)

    def _element(
        self, node: Node, field: Field, path: str, notes: Notes, places: Places
    ) -> ET.Element:
        element = ET.Element(node.name)
        places[id(element)] = node, field, path
        if not field.holds_members:
            element.text = self._text(node, field, path, notes)
            element.extend(ET.Element(child.name) for child in node.children)
            return element
        if path == field.path:
            notes.note(path, True, node)
        if node.text.strip(literals.XML_BLANKS) and field.family != "map":
            # said here, for the engine takes foreign blanks for blanks
            notes.broken(field, "type", path, shown(node), node)
        for member, child, inner in self._members.of(node, field, path, notes):
            if child.attributes and _is_nil(child):
                if not member.required:
                    notes.broken(member, "null", inner, "xsi:nil", child)
                continue  # a required member that is nil counts as missing
            self._extras(child, member if member.is_closed else field, inner, notes)
            element.append(self._element(child, member, inner, notes, places))
        return element

    def _extras(self, node: Node, holder: Field, path: str, notes: Notes) -> None:
        """Report attributes and processing instructions: no member, but news to a reader."""
        for name, _ in node.attributes:
            notes.broken(holder, "known", f"{path}@{name}", f"an attribute {shorten(name)}", node)
        if node.instructions:
            notes.broken(holder, "known", path, "a processing instruction", node)

    def _text(self, node: Node, field: Field, path: str, notes: Notes) -> str:
        """Note a leaf's value; hand odd spellings of it on plainly, once they are reported."""
        try:
            value = _read(node.text, field.family)
        except OverflowError:
            expected = f"at most {MAX_DIGITS} digits"
            notes.add("wire.body.limits", path, expected, shown(node), node)
            notes.unread(path, node)
            return "0"
        if value is None:
            # said here, for the engine takes foreign blanks for blanks
            notes.broken(field, "type", path, shown(node), node)
            notes.unread(path, node)
            return shorten(node.text)
        text = literals.spelled(value)
        if text != node.text:
            notes.broken(field, "lexical", path, shown(node), node)
        if node.children and not text.strip():
            notes.unread(path, node)
        elif path == field.path:
            told = literals.compared(field, text) if field.family == "decimal" else value
            notes.note(path, told, node)
        return text


def _annotated(element: XsdElement, path: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the annotation of an element and of all below it, each by its path."""
    infos = element.annotation.appinfo if element.annotation is not None else []
    yield path, {info.get("source", ""): info.text or "" for info in infos}
    for child in element.iterchildren():
        if isinstance(child, XsdElement):
            yield from _annotated(child, f"{path}.{child.name}" if path else child.name)


def _constraint(error: XMLSchemaValidationError) -> str:
    """Return the facet that an error is about; all else is about the type."""
    component = error.validator.elem if isinstance(error.validator, XsdFacet) else None
    return "type" if component is None else component.tag.rpartition("}")[2]


def _is_nil(node: Node) -> bool:
    """Whether an element is there only to say that it is not: nil, and empty."""
    nil = dict(node.attributes).get(_NIL, "").strip(literals.XML_BLANKS) in ("true", "1")
    return nil and not node.children and not node.text.strip(literals.XML_BLANKS)


def _read(text: str, family: str) -> Scalar | None:
    """Read the value of a leaf, None if it is not of its family. Raises OverflowError."""
    if family == "boolean":
        return {"true": True, "false": False}.get(text.strip(literals.XML_BLANKS))
    if family == "decimal":
        return literals.xml_decimal(text)
    return literals.xml_integer(text) if family == "integer" else text
