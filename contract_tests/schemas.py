"""The published schemas as an outside reader meets them: files, engines, annotated constraints."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from xmlschema import XMLSchema10

from topcheck.contract.model import Clause
from topcheck.workspace import Workspace

XS = "{http://www.w3.org/2001/XMLSchema}"
JSON_FILES = {
    "request": "request.schema.json",
    "response": "response.schema.json",
    "error_response": "error_response.schema.json",
}
XSD_FILE = "response.xsd"


@dataclass(frozen=True)
class Constraint:
    """One annotated constraint: the side and path of its field, its keyword, its clauses."""

    side: str
    path: str
    keyword: str
    clauses: tuple[str, ...]
    where: tuple

    def __str__(self):
        return ".".join(filter(None, (self.side, self.path, self.keyword)))


def published(workspace: Workspace, name: str) -> str:
    """Return the text of a published file."""
    return (workspace.folder / name).read_text("utf-8")


@cache
def json_schema(workspace: Workspace, side: str) -> dict:
    """Return a published JSON Schema."""
    return json.loads(published(workspace, JSON_FILES[side]))


@cache
def json_validator(workspace: Workspace, side: str) -> Draft202012Validator:
    """Return a reused validator of a published JSON Schema."""
    return Draft202012Validator(json_schema(workspace, side))


@cache
def xsd(workspace: Workspace) -> XMLSchema10:
    """Return the published XSD."""
    return XMLSchema10(published(workspace, XSD_FILE))


def accepts_json(workspace: Workspace, side: str, body: bytes) -> bool:
    """Whether the published JSON Schema of a side accepts a body."""
    return json_validator(workspace, side).is_valid(json.loads(body))


def accepts_xml(workspace: Workspace, body: bytes) -> bool:
    """Whether the published XSD accepts a body."""
    return xsd(workspace).is_valid(ET.fromstring(body))  # noqa: S314 - made here


def accepts(workspace: Workspace, fmt: str, side: str, body: bytes) -> bool:
    """Whether the published schema of a format and a side accepts a body."""
    is_json = fmt == "json"
    return accepts_json(workspace, side, body) if is_json else accepts_xml(workspace, body)


# ------------------------------------------------------------------ constraints


@cache
def json_constraints(workspace: Workspace) -> list[Constraint]:
    """Return every annotated constraint of the JSON Schemas."""
    return [
        constraint
        for side in JSON_FILES
        for constraint in _json_constraints(side, json_schema(workspace, side), (), [])
    ]


def _json_constraints(side, schema, where, path) -> Iterator[Constraint]:
    for keyword, clauses in schema["x-clauses"].items():
        # the first name below the document is the root's own, which no path repeats
        inner = path if side == "request" else path[1:]
        at_document = side != "request" and not path
        yield Constraint(
            side, "(document)" if at_document else ".".join(inner), keyword, tuple(clauses), where
        )
    for name, child in schema.get("properties", {}).items():
        yield from _json_constraints(side, child, (*where, "properties", name), [*path, name])
    if "items" in schema:
        yield from _json_constraints(side, schema["items"], (*where, "items"), path)


def without_json(workspace: Workspace, constraint: Constraint) -> Draft202012Validator:
    """Return the schema's validator with one constraint deleted."""
    root = copy.deepcopy(json_schema(workspace, constraint.side))
    schema = root
    for step in constraint.where:
        schema = schema[step]
    del schema[constraint.keyword]
    return Draft202012Validator(root)


def unannotated_json(schema: dict) -> list[str]:
    """Return the keywords that constrain and name no clause."""
    silent = {"$schema", "title", "description", "properties", "items", "x-clauses"}
    found = [key for key in schema if key not in silent and key not in schema["x-clauses"]]
    children = [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]
    return found + [key for child in children for key in unannotated_json(child)]


@cache
def xsd_constraints(workspace: Workspace) -> list[Constraint]:
    """Return every annotated constraint of the XSD."""
    document = ET.fromstring(published(workspace, XSD_FILE))  # noqa: S314 - our own file
    sides = {tree.name: side for side, tree in workspace.contract.trees.items()}
    return [
        constraint
        for root in document.findall(f"{XS}element")
        for constraint in _xsd_constraints(root, (), sides[root.get("name")])
    ]


def _xsd_constraints(element, names, side) -> Iterator[Constraint]:
    infos = element.findall(f"{XS}annotation/{XS}appinfo")
    where = (*names, element.get("name"))
    ids: dict[str, list[str]] = {}
    for info in infos:
        ids.setdefault(info.get("source"), []).append(info.text)
    for keyword, clauses in ids.items():
        yield Constraint(side, ".".join(where[1:]), keyword, tuple(clauses), where)
    for child in _children(element):
        yield from _xsd_constraints(child, where, side)


def _children(element):
    return [e for group in ("all", "sequence") for e in
            element.findall(f"{XS}complexType/{XS}{group}/{XS}element")]  # fmt: skip


def without_xsd(workspace: Workspace, constraint: Constraint) -> XMLSchema10:
    """Return the XSD with one constraint deleted; `type` takes the facets with it."""
    document = ET.fromstring(published(workspace, XSD_FILE))  # noqa: S314 - our own file
    element, candidates = None, document.findall(f"{XS}element")
    for name in constraint.where:
        element = next(e for e in candidates if e.get("name") == name)
        candidates = _children(element)
    _delete(element, constraint.keyword)
    return XMLSchema10(ET.tostring(document, encoding="unicode"))


def _delete(element, keyword):
    if keyword == "type":
        element.attrib.pop("type", None)
        for kind in ("simpleType", "complexType"):
            for child in element.findall(f"{XS}{kind}"):
                element.remove(child)
    elif keyword == "minOccurs":
        element.set("minOccurs", "0")
    else:
        restriction = element.find(f"{XS}simpleType/{XS}restriction")
        for facet in restriction.findall(f"{XS}{keyword}"):
            restriction.remove(facet)


# ------------------------------------------------------------------ one message a case


@dataclass(frozen=True)
class BrokenMessage:
    """A case with one message that breaks its clause."""

    clause: Clause
    name: str
    body: bytes


@cache
def shown(workspace: Workspace, fmt: str, *sides: str) -> list[BrokenMessage]:
    """Draw one broken message for every case of some sides; always the same ones."""
    found: list[BrokenMessage] = []

    @seed(0)
    @settings(max_examples=1, phases=[Phase.generate], database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.data())
    def collect(data):
        found.clear()
        for clause in workspace.clauses(*sides):
            for case in workspace.cases_of(clause, fmt):
                body = data.draw(case.pairs(fmt)).broken
                found.append(BrokenMessage(clause, case.name, body))

    collect()
    # a body in another charset has no schema to meet before it is decoded
    return [one for one in found if one.name != "other charset"]


@cache
def refused(workspace: Workspace, fmt: str, side: str) -> list[tuple[BrokenMessage, object]]:
    """Return what a published schema refuses, each with its parsed body."""
    is_json = fmt == "json"
    read = json.loads if is_json else ET.fromstring
    schema = json_validator(workspace, side) if is_json else xsd(workspace)
    parsed = [(one, read(one.body)) for one in shown(workspace, fmt, side)]
    return [pair for pair in parsed if not schema.is_valid(pair[1])]
