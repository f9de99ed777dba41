"""The XML side of the judge: a tree against the contract, with xmlschema as the reference."""

from __future__ import annotations

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
from topcheck.judge.members import Members, broken
from topcheck.wire.limits import MAX_DIGITS
from topcheck.wire.tree import Node

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUE = ("true", "1")
_BOOLEANS = {"true": True, "false": False}

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
            self._translate(error, places, facts, notes)
        for key, found in facts.items():
            node, field, path = places[key]
            # a value of the wrong type breaks every facet: the type alone is the news
            for fact in ("type",) if "type" in found else sorted(found):
                broken(notes, field, fact, path, shown(node), node)

    # -------------------------------------------------------------- tree to instance

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
        if node.text.strip(literals.XML_BLANKS):
            # said here, for the engine takes foreign blanks for blanks
            broken(notes, field, "type", path, shown(node), node)
        for member, child, inner in self._members.of(node, field, path, notes):
            if _is_nil(child):
                if not member.required:
                    broken(notes, member, "null", inner, "xsi:nil", child)
                continue  # a required member that is nil counts as missing
            self._extras(child, member if member.holds_members else field, inner, notes)
            element.append(self._element(child, member, inner, notes, places))
        return element

    def _extras(self, node: Node, holder: Field, path: str, notes: Notes) -> None:
        """Report attributes and processing instructions: no member, but news to a reader."""
        for name, _ in node.attributes:
            broken(notes, holder, "known", f"{path}@{name}", f"an attribute {shorten(name)}", node)
        if node.instructions:
            broken(notes, holder, "known", path, "a processing instruction", node)

    def _text(self, node: Node, field: Field, path: str, notes: Notes) -> str:
        """Note a leaf's value; hand odd spellings of it on plainly, once they are reported."""
        try:
            value = _read(node.text, field.family)
        except OverflowError:
            expected = f"at most {MAX_DIGITS} digits"
            notes.add("wire.body.limits", path, expected, shown(node), node)
            return "0"
        if value is None:
            # said here, for the engine takes foreign blanks for blanks
            broken(notes, field, "type", path, shown(node), node)
            return shorten(node.text)
        text = literals.spelled(value)
        if text != node.text:
            broken(notes, field, "lexical", path, shown(node), node)
        if path == field.path:
            notes.note(path, value, node)
        return text

    # -------------------------------------------------------------- engine errors to findings

    def _translate(
        self,
        error: XMLSchemaValidationError,
        places: Places,
        facts: dict[int, set[str]],
        notes: Notes,
    ) -> None:
        key = id(error.elem)
        node, field, path = places[key]
        if isinstance(error, XMLSchemaChildrenValidationError) and error.invalid_tag is None:
            present = {child.tag for child in cast("ET.Element", error.elem)}
            for name, member in field.fields.items():
                if member.required and name not in present:
                    inner = f"{path}.{name}" if path else name
                    broken(notes, member, "required", inner, "absent", node)
            return
        clauses = self._clauses[field.path]
        clause_id = clauses.get(_constraint(error), clauses["type"])
        facts.setdefault(key, set()).add(notes.contract.by_id[clause_id].fact)


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
    says_nil = any(
        name == NIL and value.strip(literals.XML_BLANKS) in _TRUE for name, value in node.attributes
    )
    return says_nil and not node.children and not node.text.strip(literals.XML_BLANKS)


def _read(text: str, family: str) -> Scalar | None:
    """Read the value of a leaf, None if it is not of its family. Raises OverflowError."""
    if family == "boolean":
        return _BOOLEANS.get(text.strip(literals.XML_BLANKS))
    return literals.xml_integer(text) if family == "integer" else text
