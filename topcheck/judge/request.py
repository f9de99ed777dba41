"""The judge of a request, as far as its business parameters go."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from topcheck.contract import json_schema
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.judge import literals
from topcheck.judge.finding import Judgement, Notes
from topcheck.judge.json_body import JsonBody
from topcheck.judge.tried import BodyTrials
from topcheck.wire.json_reader import read_json
from topcheck.wire.limits import MAX_DIGITS
from topcheck.wire.tree import Kind, MessageError, Node


class RequestJudge:
    """Judges business parameters, written as a form or as one JSON object with typed values."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._root = contract.request
        self._trials = BodyTrials(contract)
        self._body = JsonBody(self._root, json_schema.field_schema(self._root))

    def judge_json(self, body: bytes) -> Judgement:
        """Judge parameters in JSON notation. Raises MessageError if the body is no JSON."""
        return self._judge(read_json(body).root)

    def judge_form(self, pairs: Iterable[tuple[str, str]]) -> Judgement:
        """Judge decoded form pairs, without the platform's own parameters.

        An empty value counts as not given: whether TOP drops or refuses it is open. Given twice it
        counts, for then the name is sent twice.
        """
        given = list(pairs)
        times = Counter(name for name, _ in given)
        sent = [(name, text) for name, text in given if text or times[name] > 1]
        children = [_parameter(name, text, self._root.fields.get(name)) for name, text in sent]
        return self._judge(Node("", Kind.OBJECT, children=children))

    def _judge(self, node: Node) -> Judgement:
        notes = Notes(self._contract, self._trials)
        self._body.judge(node, notes)
        notes.look.side = "request"
        return notes.judgement()


def _parameter(name: str, text: str, field: Field | None) -> Node:
    if field is None:
        return Node(name, Kind.STRING, text)
    if field.repeated and not field.holds_members:
        items = [_value(name, item, field.family) for item in text.split(",")]
        return Node(name, Kind.ARRAY, children=items)
    return _value(name, text, field.family)


def _value(name: str, text: str, family: str) -> Node:
    if family == "integer" and literals.IN_FORM.fullmatch(text):
        fits = len(text) <= MAX_DIGITS
        return Node(name, Kind.NUMBER if fits else Kind.STRING, text)
    if family == "boolean" and text in ("true", "false"):
        return Node(name, Kind.BOOLEAN, text)
    if family in ("object", "map"):  # a form carries it as JSON text
        with suppress(MessageError):  # bytes that were no text are no JSON either
            return replace(read_json(text.encode(errors="surrogatepass")).root, name=name)
    return Node(name, Kind.STRING, text)
