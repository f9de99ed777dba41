"""What in the published schemas stands for a clause: where it is, and what it says."""

import json
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from topcheck.contract import json_schema, xsd
from topcheck.contract.contract import Contract

#: Where a constraint stands, in its file, and what it says.
Constraint = tuple[str, str]


def json_constraints(contract: Contract, clause_id: str) -> Iterator[Constraint]:
    """Yield the keywords of the JSON Schemas that stand for a clause, by JSON Pointer."""
    for side in contract.trees:
        schema = json_schema.body_schema(contract, side)
        yield from _keywords(schema, f"{side}.schema.json#", clause_id)


def _keywords(schema: json_schema.Schema, where: str, clause_id: str) -> Iterator[Constraint]:
    for keyword, clauses in schema.get(json_schema.ANNOTATION, {}).items():
        if clause_id in clauses:
            said = json.dumps({keyword: schema[keyword]}, ensure_ascii=False)
            yield where or "/", said[1:-1]
    for name, child in schema.get("properties", {}).items():
        yield from _keywords(child, f"{where}/properties/{name}", clause_id)
    if "items" in schema:
        yield from _keywords(schema["items"], f"{where}/items", clause_id)


def xsd_constraints(contract: Contract, clause_id: str) -> Iterator[Constraint]:
    """Yield what in the XSD stands for a clause, by the path of its element in a message."""
    text = xsd.schema_text(contract)
    for element in ET.fromstring(text):  # noqa: S314 - made here
        yield from _elements(element, "response.xsd /", clause_id)


def _elements(element: ET.Element, above: str, clause_id: str) -> Iterator[Constraint]:
    where = f"{above}{element.get('name', '')}"
    for info in element.findall(f"{xsd.XS}annotation/{xsd.XS}appinfo"):
        if info.text == clause_id:
            yield where, " ".join(_said(element, info.get("source", "")))
    for group in ("all", "sequence"):
        for child in element.findall(f"{xsd.XS}complexType/{xsd.XS}{group}/{xsd.XS}element"):
            yield from _elements(child, f"{where}/", clause_id)


def _said(element: ET.Element, source: str) -> Iterator[str]:
    """Yield what the constraint of an element says, by the name that its annotation gives it."""
    restriction = element.find(f"{xsd.XS}simpleType/{xsd.XS}restriction")
    if source == "minOccurs":
        yield f'minOccurs="{element.get(source)}"'
    elif source != "type":
        facets = [] if restriction is None else restriction.findall(f"{xsd.XS}{source}")
        yield from (f'{source}="{facet.get("value")}"' for facet in facets)
    elif restriction is not None:
        yield f'base="{restriction.get("base")}"'
    else:
        yield f'type="{element.get("type")}"' if element.get("type") else "complexType"
