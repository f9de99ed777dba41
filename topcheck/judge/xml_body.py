"""The XML side of the judge: a tree against the contract, with xmlschema as the reference.

What an XSD without identity constraints says of an element hangs on its place, its text and the
names of its children. So the engine is asked element by element, and its answers are kept.
"""

from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree as ET

from xmlschema import XMLSchema10, XMLSchemaChildrenValidationError, XsdElement
from xmlschema.validators import ValidationContext, XMLSchemaValidationError, XsdFacet

from topcheck.contract.field import Field
from topcheck.contract.inferred import Scalar
from topcheck.judge import literals
from topcheck.judge.finding import Notes, shorten, shown
from topcheck.judge.members import Members, report_missing
from topcheck.wire.limits import MAX_DIGITS
from topcheck.wire.tree import Node

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

#: So many answers are kept for each root, a megabyte or so; none about more characters or children.
_KEPT, _MAX_KEPT_LENGTH = 2048, 64
#: Stands among the clauses of an element for those of the members that it lacks.
_MISSING = ""
#: Elements that the engine finds wrong, with the names inside and the clauses that are broken.
Wrong = list[tuple[Node, Field, str, tuple[str, ...], frozenset[str]]]


class XmlBody:
    """Judges the element of one root."""

    def __init__(self, root: Field, schema: XMLSchema10) -> None:
        self._root = root
        self._members = Members(root)
        self._elements = dict(_elements(schema.elements[root.name], ""))
        # threads may share it: a type that is given a context leaves nothing in it
        self._context = ValidationContext(schema.source)
        self._remembered = lru_cache(_KEPT)(self._asked)

    def judge(self, node: Node, notes: Notes) -> None:
        """Report what the element breaks, and note its scalars."""
        wrong: Wrong = []
        self._extras(node, self._root, "", notes)
        self._element(node, self._root, "", notes, wrong)
        for node, field, path, inside, clauses in wrong:
            if _MISSING in clauses:
                report_missing(node, field, path, inside, notes)
        for node, field, path, _, clauses in wrong:
            facts = {notes.contract.by_id[clause_id].fact for clause_id in clauses - {_MISSING}}
            # a value of the wrong type breaks every facet: the type alone is the news
            for fact in ("type",) if "type" in facts else sorted(facts):
                notes.broken(field, fact, path, shown(node), node)

    def _element(self, node: Node, field: Field, path: str, notes: Notes, wrong: Wrong) -> None:
        """Add what the engine finds wrong with an element, after all that is inside."""
        if field.holds_members:
            text, inside = "", tuple(self._names(node, field, path, notes, wrong))
        else:  # of elements inside a leaf the engine needs to know no more than that there are any
            text, inside = self._text(node, field, path, notes), ("any",) if node.children else ()
        ask = self._remembered if max(len(text), len(inside)) <= _MAX_KEPT_LENGTH else self._asked
        clauses = ask(field.path, text, inside)
        if clauses:
            wrong.append((node, field, path, inside, clauses))

    def _names(self, node: Node, field: Field, path: str, notes: Notes, wrong: Wrong) -> list[str]:
        """Judge the members of an element; return the names of those that it has."""
        if path == field.path:
            notes.note(path, True, node)
        if node.text.strip(literals.XML_BLANKS) and field.family != "map":
            # said here, for the engine takes foreign blanks for blanks
            notes.broken(field, "type", path, shown(node), node)
        names = []
        for member, child, inner in self._members.of(node, field, path, notes):
            if child.attributes and _is_nil(child):
                if not member.required:
                    notes.broken(member, "null", inner, "xsi:nil", child)
                continue  # a required member that is nil counts as missing
            self._extras(child, member if member.is_closed else field, inner, notes)
            names.append(member.name)
            self._element(child, member, inner, notes, wrong)
        return names

    def _asked(self, path: str, text: str, inside: tuple[str, ...]) -> frozenset[str]:
        """Ask the engine which clauses an element breaks, whatever its children hold."""
        element = self._elements[path]
        simple = element.type.simple_type
        # the type alone tells much sooner that a text is right, which most are
        if simple and not inside and simple.text_is_valid(text, self._context):
            return frozenset()
        instance = ET.Element(element.name)
        instance.text = text
        instance.extend(map(ET.Element, inside))
        return frozenset(_clause(e, element) for e in element.iter_errors(instance, max_depth=1))

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
            notes.add("wire.body.limits", path, f"at most {MAX_DIGITS} digits", shown(node), node)
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


def _elements(element: XsdElement, path: str) -> Iterator[tuple[str, XsdElement]]:
    """Yield an element of the schema and all below it, each by its path."""
    yield path, element
    for child in element.iterchildren():
        if isinstance(child, XsdElement):
            yield from _elements(child, f"{path}.{child.name}" if path else child.name)


def _clause(error: XMLSchemaValidationError, element: XsdElement) -> str:
    """Return what an element's annotation names for a facet; all else is about the type."""
    if isinstance(error, XMLSchemaChildrenValidationError) and error.invalid_tag is None:
        return _MISSING
    component = error.validator.elem if isinstance(error.validator, XsdFacet) else None
    constraint = "type" if component is None else component.tag.rpartition("}")[2]
    infos = element.annotation.appinfo if element.annotation is not None else []
    clauses = {info.get("source", ""): info.text or "" for info in infos}
    return clauses.get(constraint, clauses["type"])


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
