"""The judge of a response body: from its bytes to a verdict, layer by layer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property

from xmlschema import XMLSchema10

from topcheck.contract import json_schema, protocol, xsd
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Rule, applies, broken_paths
from topcheck.contract.model import Severity
from topcheck.judge.finding import Judgement, Notes, by_id, shorten, shown
from topcheck.judge.json_body import JsonBody
from topcheck.judge.members import broken
from topcheck.judge.simplified import unsimplified
from topcheck.judge.xml_body import XmlBody
from topcheck.wire.json_reader import read_json
from topcheck.wire.tree import Kind, Message, MessageError, Node
from topcheck.wire.xml_reader import read_xml

READERS = {"json": read_json, "xml": read_xml}

_LEADING = re.compile(rb"[\s\xef\xbb\xbf\xff\xfe\x00]*")
_JSON = re.compile(rb'[\[{"0-9-]|(true|false|null)\b')
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)


class ResponseJudge:
    """Judges response bodies by one contract. Build it once and use it for many bodies."""

    def __init__(self, contract: Contract, rules: Sequence[Rule] = ()) -> None:
        self._contract = contract
        self._rules = rules
        self._clauses = by_id(contract.clauses)
        self._roots = {root.name: root for root in (contract.response, contract.error)}

    def judge(
        self,
        body: bytes,
        asked: str | None = None,
        charset: str | None = None,
        simplify: bool = False,
    ) -> Judgement:
        """Judge a body. `asked` is the format that was asked for, `charset` what a header says."""
        notes = Notes(self._clauses)
        found = family(body)
        expected = asked or (found if found in READERS else "json or xml")
        if found != expected:
            notes.add("wire.body.type", "", expected, found)
            return notes.judgement(None)
        try:
            message = READERS[found](body, charset)
        except MessageError as error:
            _report_unreadable(error, notes)
            return notes.judgement(None)
        if b"NaN" in body or b"Infinity" in body:
            _report_nonfinite(message.root, "", notes)
        return self._judge_message(message, simplify, notes)

    def _judge_message(self, message: Message, simplify: bool, notes: Notes) -> Judgement:
        envelope = self._envelope(message, simplify, notes)
        if envelope is None:
            return notes.judgement(None)
        root, node = envelope
        if message.recoded or (message.bom and message.format == "json"):
            actual = "a byte order mark" if message.bom else message.encoding
            broken(notes, root, "lexical", "", actual, None)
        bodies = self._json_bodies if message.format == "json" else self._xml_bodies
        bodies[root.side].judge(node, notes)
        if root.side == "response":
            self._judge_rules(notes)
        return notes.judgement(root.side)

    # -------------------------------------------------------------- envelope

    def _envelope(
        self, message: Message, simplify: bool, notes: Notes
    ) -> tuple[Field, Node] | None:
        """Choose the branch before anything is validated, so that no message is blurred."""
        document = message.root
        if document.kind is not Kind.OBJECT:
            notes.add("wire.body.root", "", "an object", shown(document), document)
            return None
        success, error = self._roots.values()
        named = [n for n in document.children if n.name in self._roots and n.kind is not Kind.NULL]
        if simplify and message.format == "json":
            documented = {name for name, field in success.fields.items() if field.row}
            if not any(node.name == error.name for node in named):
                return success, unsimplified(document, success)
            named += [node for node in document.children if node.name in documented]
        if len(named) != 1:
            names = ", ".join(shorten(node.name) for node in document.children[:5]) or "nothing"
            expected = f"exactly one of {success.name} and {error.name}"
            notes.add("wire.body.root", "", expected, names, document)
            return None
        node = named[0]
        root = self._roots[node.name]
        for other in document.children:
            if other is not node:
                broken(notes, root, "known", shorten(other.name), "beside the root", other)
        if document.instructions:
            broken(notes, root, "known", "", "a processing instruction", document)
        return root, node

    # -------------------------------------------------------------- engines

    @cached_property
    def _json_bodies(self) -> dict[str, JsonBody]:
        schemas = (
            json_schema.response_schema(self._contract),
            json_schema.error_schema(self._contract),
        )
        return {
            root.side: JsonBody(root, schema["properties"][root.name])
            for root, schema in zip(self._roots.values(), schemas, strict=True)
        }

    @cached_property
    def _xml_bodies(self) -> dict[str, XmlBody]:
        schema = XMLSchema10(xsd.schema_text(self._contract))
        return {root.side: XmlBody(root, schema) for root in self._roots.values()}

    # -------------------------------------------------------------- inferred rules

    def _judge_rules(self, notes: Notes) -> None:
        spoiled = {f.path for f in notes.findings if f.clause.severity is Severity.VIOLATION}
        for rule in self._rules:
            if spoiled.isdisjoint((*rule.when, *rule.then)) and applies(rule, notes.values):
                for path in broken_paths(rule, notes.values):
                    value = notes.values.get(path)
                    actual = "absent" if value is None else json.dumps(value, ensure_ascii=False)
                    expected = _expected(rule, path)
                    notes.add(rule.id, path, expected, shorten(actual), notes.nearest(path))


def family(body: bytes) -> str:
    """Tell what kind of text a body is: `json`, `xml`, `html`, `empty` or `text`."""
    start = _LEADING.match(body).end()  # type: ignore[union-attr]
    first = body[start : start + 1]
    if not first:
        return "empty"
    if first == b"<":
        return "html" if _HTML.match(body, start) else "xml"
    return "json" if _JSON.match(body, start) else "text"


def _report_unreadable(error: MessageError, notes: Notes) -> None:
    path = error.path.partition(".")[2]
    place = Node("", Kind.NULL, line=error.line or 0, column=error.column or 0)
    expected = protocol.RULES[protocol.WIRE_BODY[error.clause]]
    actual = error.reason + (f": {error.actual}" if error.actual else "")
    notes.add(error.clause, path, expected, shorten(actual), place)


def _report_nonfinite(node: Node, path: str, notes: Notes) -> None:
    """Report NaN and Infinity wherever they stand: they are not JSON."""
    for child in node.children:
        name = shorten(child.name)
        inner = f"{path}.{name}" if path else name
        if node.kind is Kind.ARRAY:  # an item carries the array's name
            inner = path
        if child.kind is Kind.NONFINITE:
            expected = protocol.RULES["body_syntax"]
            notes.add("wire.body.syntax", inner.partition(".")[2], expected, child.text, child)
        _report_nonfinite(child, inner, notes)


def _expected(rule: Rule, path: str) -> str:
    words = {"present": "present", "absent": "absent"}
    tests = rule.then[path].items()
    return " and ".join(words.get(name, f"{name} {json.dumps(value)}") for name, value in tests)
