"""The judge of a response body: from its bytes to a verdict, layer by layer."""

import json
from collections.abc import Sequence
from functools import cached_property

from xmlschema import XMLSchema10

from topcheck.contract import json_schema, protocol, xsd
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule, applies, broken_paths
from topcheck.contract.model import Severity
from topcheck.judge.body_kind import described
from topcheck.judge.envelope import envelope, family
from topcheck.judge.finding import Judgement, Notes, shorten
from topcheck.judge.json_body import JsonBody
from topcheck.judge.tried import BodyTrials
from topcheck.judge.xml_body import XmlBody
from topcheck.wire.json_reader import read_json
from topcheck.wire.tree import Kind, Message, MessageError, Node
from topcheck.wire.xml_reader import read_xml

READERS = {"json": read_json, "xml": read_xml}
#: Where what is said of all the bytes of a body stands.
_START = Node("", Kind.NULL, line=1, column=1)


class ResponseJudge:
    """Judges response bodies by one contract. Build it once and use it for many bodies."""

    def __init__(self, contract: Contract, rules: Sequence[Rule] = ()) -> None:
        self.contract = contract
        self.rules = rules
        self._trials = BodyTrials(contract, rules)
        self._roots = {root.name: root for root in (contract.response, contract.error)}

    def judge(
        self,
        body: bytes,
        asked: str | None = None,
        charset: str | None = None,
        simplify: bool = False,
    ) -> Judgement:
        """Judge a body. `asked` is the format that was asked for, `charset` what a header says."""
        notes = Notes(self.contract, self._trials)
        found = family(body)
        expected = asked or (found if found in READERS else "json or xml")
        if found != expected:
            notes.add("wire.body.type", "", expected, described(found, body))
            return notes.judgement()
        try:
            message = READERS[found](body, charset)
        except MessageError as error:
            return self.unreadable(error)
        if b"NaN" in body or b"Infinity" in body:
            _report_nonfinite(message.root, "", notes)
        self._judge_message(message, simplify, notes)
        return notes.judgement()

    def unreadable(self, error: MessageError) -> Judgement:
        """Judge a body that could not be read, or not even be unpacked."""
        notes = Notes(self.contract, self._trials)
        path = error.path.partition(".")[2]
        place = Node("", Kind.NULL, line=error.line, column=error.column)
        expected = protocol.RULES[protocol.WIRE_BODY[error.clause]]
        actual = error.reason + (f": {error.actual}" if error.actual else "")
        notes.add(error.clause, path, expected, shorten(actual), place)
        return notes.judgement()

    def _judge_message(self, message: Message, simplify: bool, notes: Notes) -> None:
        notes.look.format = message.format
        found = envelope(message, self._roots, simplify, notes)
        if found is None:
            return
        root, node = found
        notes.look.side = root.side
        if message.recoded or (message.bom and message.format == "json"):
            actual = message.encoding if message.recoded else "a byte order mark"
            notes.broken(root, "lexical", "", actual, _START)
        bodies = self._json_bodies if message.format == "json" else self._xml_bodies
        bodies[root.side].judge(node, notes)
        if root.side == "response":
            self._judge_rules(notes)

    @cached_property
    def _json_bodies(self) -> dict[str, JsonBody]:
        roots = self._roots.values()
        return {root.side: JsonBody(root, json_schema.field_schema(root)) for root in roots}

    @cached_property
    def _xml_bodies(self) -> dict[str, XmlBody]:
        schema = XMLSchema10(xsd.schema_text(self.contract))
        return {root.side: XmlBody(root, schema) for root in self._roots.values()}

    def _judge_rules(self, notes: Notes) -> None:
        values = notes.look.values
        spoiled = {f.path for f in notes.findings if f.clause.severity is Severity.VIOLATION}
        for rule in self.rules:
            if spoiled.isdisjoint((*rule.when, *rule.then)) and applies(rule, values):
                for path in broken_paths(rule, values):
                    value = values.get(path)
                    actual = "absent" if value is None else json.dumps(value, ensure_ascii=False)
                    node = _nearest(path, notes)
                    notes.add(rule.id, path, _expected(rule, path), shorten(actual), node)


def _nearest(path: str, notes: Notes) -> Node | None:
    """Return what stands at a path, or the nearest object around it."""
    while path and path not in notes.nodes:
        path = path.rpartition(".")[0]
    return notes.nodes.get(path)


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
