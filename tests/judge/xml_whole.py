"""The XML judge as it was without a memory: one instance, which xmlschema is given at once."""

from unittest import mock
from xml.etree import ElementTree as ET

from xmlschema.validators import XMLSchemaChildrenValidationError, XsdFacet

from topcheck.judge import literals, response
from topcheck.judge.finding import shown
from topcheck.judge.members import report_missing
from topcheck.judge.xml_body import XmlBody

XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class WholeBody(XmlBody):
    """Judges an element by what xmlschema says of all of it."""

    def __init__(self, root, schema):
        super().__init__(root, schema)
        self._schema = schema
        self._appinfo = dict(annotated(schema.elements[root.name], ""))

    def judge(self, node, notes):
        """Report what the element breaks, in the order in which xmlschema finds it."""
        places, facts = {}, {}
        self._extras(node, self._root, "", notes)
        for error in self._schema.iter_errors(self._instance(node, self._root, "", notes, places)):
            node, field, path = places[id(error.elem)]
            if isinstance(error, XMLSchemaChildrenValidationError) and error.invalid_tag is None:
                report_missing(node, field, path, {child.tag for child in error.elem}, notes)
            else:
                clauses = self._appinfo[field.path]
                facet = error.validator.elem if isinstance(error.validator, XsdFacet) else None
                constraint = "type" if facet is None else facet.tag.rpartition("}")[2]
                clause = notes.contract.by_id[clauses.get(constraint, clauses["type"])]
                facts.setdefault(id(error.elem), set()).add(clause.fact)
        for key, found in facts.items():
            node, field, path = places[key]
            for fact in ("type",) if "type" in found else sorted(found):
                notes.broken(field, fact, path, shown(node), node)

    def _instance(self, node, field, path, notes, places):
        element = ET.Element(node.name)
        places[id(element)] = node, field, path
        if not field.holds_members:
            element.text = self._text(node, field, path, notes)
            element.extend(ET.Element(child.name) for child in node.children)
            return element
        if path == field.path:
            notes.note(path, True, node)
        if node.text.strip(literals.XML_BLANKS) and field.family != "map":
            notes.broken(field, "type", path, shown(node), node)
        for member, child, inner in self._members.of(node, field, path, notes):
            if is_nil(child):
                if not member.required:
                    notes.broken(member, "null", inner, "xsi:nil", child)
                continue
            self._extras(child, member if member.is_closed else field, inner, notes)
            element.append(self._instance(child, member, inner, notes, places))
        return element


def annotated(element, path):
    """Yield the clauses that the schema names, by the constraint, for each path."""
    infos = element.annotation.appinfo if element.annotation is not None else []
    yield path, {info.get("source"): info.text for info in infos}
    for child in element.iterchildren():
        if getattr(child, "name", None):
            yield from annotated(child, f"{path}.{child.name}" if path else child.name)


def is_nil(node):
    """Whether an element is nil, and empty."""
    said = dict(node.attributes).get(XSI_NIL, "").strip(literals.XML_BLANKS)
    return said in ("true", "1") and not node.children and not node.text.strip(literals.XML_BLANKS)


def forgetting(forget):
    """Make an XML judge that remembers by less than what it asked: by `forget` of it."""

    class Forgetful(XmlBody):
        def __init__(self, root, schema):
            super().__init__(root, schema)
            kept, asked = {}, self._asked

            def remembered(path, text, inside):
                key = forget(path, text, inside)
                if key not in kept:
                    kept[key] = asked(path, text, inside)
                return kept[key]

            self._remembered = remembered

    return Forgetful


def judge_with(xml_body, contract, rules=()):
    """Return a judge of answers whose XML is judged by another class."""
    judge = response.ResponseJudge(contract, rules)
    with mock.patch.object(response, "XmlBody", xml_body):
        judge.judge(f"<{contract.root}/>".encode(), "xml")
    return judge
