"""The contract as one XSD 1.0 with both roots. Members may stand in any order, as in JSON.

Each element names, as `xs:appinfo`, the clause that each of its constraints stands for; the
attribute `source` says which constraint: the facet, `minOccurs`, or `type` for all of its type.
"""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from topcheck.contract import dates, protocol
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.json_schema import TYPES

NAMESPACE = "http://www.w3.org/2001/XMLSchema"
XS = f"{{{NAMESPACE}}}"


def schema_text(contract: Contract) -> str:
    """Write the XSD, formatted for a reader; the same contract always gives the same text."""
    schema = ET.Element(f"{XS}schema", {"elementFormDefault": "unqualified"})
    _annotate(schema, [], f"{contract.method}: a success answer, and an error")
    for root in (contract.response, contract.error):
        _add_element(schema, root, is_root=True)
    ET.register_namespace("xs", NAMESPACE)
    ET.indent(schema, "  ")
    text = ET.tostring(schema, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_element(parent: ET.Element, field: Field, is_root: bool = False) -> None:
    element = ET.SubElement(parent, f"{XS}element", {"name": field.name})
    if not is_root:
        element.set("minOccurs", "1" if field.required else "0")
    if field.repeated:
        element.set("maxOccurs", "unbounded")
    facets = list(_facets(field))
    constraints = [("type", "type")] if field.family != "map" else []  # a map may hold anything
    constraints += dict.fromkeys((name, fact) for name, _, fact in facets)
    if field.required and not is_root:
        constraints.append(("minOccurs", "required"))
    clauses = [(constraint, field.clause_id(fact)) for constraint, fact in constraints]
    _annotate(element, clauses, field.row.description if field.row else "")
    if field.family == "map":
        mixed = ET.SubElement(element, f"{XS}complexType", {"mixed": "true"})
        members = ET.SubElement(mixed, f"{XS}sequence")
        anything = {"minOccurs": "0", "maxOccurs": "unbounded", "processContents": "skip"}
        ET.SubElement(members, f"{XS}any", anything)
    elif field.holds_members:
        complex_type = ET.SubElement(element, f"{XS}complexType")
        group = "sequence" if field.family == "list" else "all"
        members = ET.SubElement(complex_type, f"{XS}{group}")
        for child in field.fields.values():
            _add_element(members, child)
    elif facets:
        simple_type = ET.SubElement(element, f"{XS}simpleType")
        base = {"base": f"xs:{TYPES[field.family]}"}
        restriction = ET.SubElement(simple_type, f"{XS}restriction", base)
        for name, value, _ in facets:
            ET.SubElement(restriction, f"{XS}{name}", {"value": value})
    else:
        element.set("type", f"xs:{TYPES[field.family]}")


def _annotate(element: ET.Element, clauses: list[tuple[str, str]], words: str) -> None:
    annotation = ET.SubElement(element, f"{XS}annotation")
    for constraint, clause_id in clauses:
        ET.SubElement(annotation, f"{XS}appinfo", {"source": constraint}).text = clause_id
    if words:
        ET.SubElement(annotation, f"{XS}documentation").text = words


def _facets(field: Field) -> Iterator[tuple[str, str, str]]:
    """Yield each facet with its value and the fact it stands for."""
    if field.family == "boolean":
        yield "pattern", "true|false", "type"  # `xs:boolean` alone accepts 0 and 1
    if field.family == "price":
        yield "pattern", protocol.PRICE_PATTERN, "type"
    if field.family == "integer":
        yield "pattern", protocol.INTEGER_PATTERN, "lexical"
    if field.family == "decimal":
        yield "pattern", protocol.DECIMAL_PATTERN, "lexical"
    if field.enum:
        yield from (("enumeration", code, "enum") for code in field.enum)
    elif field.family == "integer":
        yield "minInclusive", str(protocol.NUMBER_MIN), "range"
        yield "maxInclusive", str(protocol.NUMBER_MAX), "range"
    if field.format:
        yield from (("pattern", pattern, "format") for pattern in dates.patterns(field.format))
