"""What an SDK hands over: every status, every kind of value, every legal spelling, both formats."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from topcheck.contract import protocol
from topcheck.contract.dates import strftime
from topcheck.contract.field import Field
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import HOST_COMMENT, simplified
from topcheck.generate import trees
from topcheck.generate.breaks import STRANGERS
from topcheck.sdk.case import (
    CHINA,
    NEW_YORK,
    Call,
    Judge,
    Observation,
    Problem,
    SdkCase,
    Setting,
    Verdicts,
    caught_failure,
    shown,
    told,
)
from topcheck.sdk.cases.documents import (
    Documents,
    body,
    raw,
    reversed_members,
    with_member,
)
from topcheck.sdk.cases.values import is_free, values_of
from topcheck.sdk.result import SdkResult, sdk_result, served
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import DECLARATION, write_json, write_xml

#: In New York there is no such moment.
LEAPT_OVER = datetime.datetime(2018, 3, 11, 2, 30)
SMALL = 100
BIG = (2**53 + 1, protocol.NUMBER_MAX)
REQUEST_ID = "z2dvadaluc5p"


class Answers:
    """The cases of one contract."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._root = documents.root
        self._params = documents.params()
        self._all = [field.path for field in documents.leaves]

    def cases(self) -> Iterator[SdkCase]:
        """Yield every case about what is handed over."""
        for fmt in protocol.FORMATS:
            sample = self._documents.sample
            yield self._case("member", "the page's sample", sample, fmt, self._all)
            yield from self._values(fmt)
            yield from self._dates(fmt)
            yield from self._shapes(fmt)
            yield self._not_success(fmt)
        yield from self._spellings()
        yield self._types()
        yield self._simplified()

    # -------------------------------------------------------------- cases

    def _case(
        self, fact: str, name: str, document: Node, fmt: str, paths: Collection[str],
        setting: Setting = CHINA,
    ) -> SdkCase:  # fmt: skip
        clause = f"sdk.response.{fact}"
        call = Call(self._params, fmt, answers=(raw(document, fmt),))
        judge = hands_over(clause, self._root, document, paths)
        return SdkCase((clause,), f"{name} {fmt}", (call,), judge, setting)

    def _variant(
        self, fact: str, name: str, answer: ScriptedResponse, fmt: str, simplify: bool = False
    ) -> SdkCase:
        """Serve the sample plainly, and then in another shape: the caller must get the same."""
        clause = f"sdk.response.{fact}"
        plain = Call(self._params, fmt, answers=(raw(self._documents.sample, fmt),))
        calls = (plain, replace(plain, answers=(answer,), simplify=simplify))
        return SdkCase((clause,), f"{name} {fmt}", calls, as_plainly(clause, self._root, self._all))

    def _values(self, fmt: str) -> Iterator[SdkCase]:
        """Yield a case for each value that a leaf must be met with."""
        _, flags = self._documents.failed()  # a call that did not succeed is another clause
        for leaf in self._documents.leaves:
            for fact, name, value in _values_of(leaf) if leaf.path not in flags else ():
                document = self._documents.consistent({leaf.path: value})
                if document is not None:
                    yield self._case(fact, name, document, fmt, [leaf.path])
            if leaf.family == "integer" and not leaf.enum:
                numbers = [self._documents.consistent({leaf.path: n}) for n in (SMALL, *BIG)]
                if all(numbers):  # a rule may bound the number
                    yield self._exact(leaf, fmt, list(filter(None, numbers)))

    def _dates(self, fmt: str) -> Iterator[SdkCase]:
        """Serve a date that the machine's own zone does not have: its clocks leap over it."""
        for leaf in self._documents.leaves:
            value = LEAPT_OVER.strftime(strftime(leaf.format)) if leaf.format else None
            document = value and self._documents.consistent({leaf.path: value})
            if document:
                yield self._case("date", leaf.name, document, fmt, [leaf.path], NEW_YORK)

    def _exact(self, leaf: Field, fmt: str, kept: list[Node]) -> SdkCase:
        """Serve a small number and then large ones: neither value nor type may change."""
        clause = "sdk.response.big_integer"
        calls = tuple(Call(self._params, fmt, answers=(raw(d, fmt),)) for d in kept)

        def judge(observations: Sequence[Observation]) -> Verdicts:
            kinds = set()
            for at, (document, one) in enumerate(zip(kept, observations, strict=True)):
                told_of = hands_over(clause, self._root, document, [leaf.path])([one])
                if problem := told_of.get(clause):
                    return {clause: replace(problem, call=at)}
                if not told_of:
                    return {}
                kinds.add(_read(one, self._root).kinds[leaf.path])
            if len(kinds) == 1:
                return {clause: None}
            return {clause: Problem(leaf.path, "one type", " and ".join(sorted(kinds)))}

        return SdkCase((clause,), f"{leaf.name} {fmt}", calls, judge)

    def _shapes(self, fmt: str) -> Iterator[SdkCase]:
        sample = self._documents.sample
        for leaf in self._documents.leaves:
            yield self._absent(leaf, fmt)
        for place in self._root.walk():
            if place.holds_members and trees.spot(sample, place.path):
                for kind, text in ((Kind.STRING, "new"), (Kind.NUMBER, "1")):
                    stranger = Node(STRANGERS[0], kind, text)
                    answer = raw(with_member(sample, place.path, stranger), fmt)
                    name = f"{place.path or 'root'} {kind.value}"
                    yield self._variant("unknown_member", name, answer, fmt)
        turned = raw(reversed_members(sample), fmt)
        yield self._variant("order", "reversed", turned, fmt)
        identified = Node(protocol.REQUEST_ID, Kind.STRING, REQUEST_ID)
        document = with_member(sample, "", identified)
        yield self._case("request_id", "sent", document, fmt, [protocol.REQUEST_ID])

    def _absent(self, leaf: Field, fmt: str) -> SdkCase:
        clause = "sdk.response.absent"
        document = trees.patched(self._documents.sample, self._root, {leaf.path: None})
        expected = served(document)

        def judge(observations: Sequence[Observation]) -> Verdicts:
            (one,) = observations
            if one.outcome != "response":
                return {clause: Problem(leaf.path, "a response", told(one))}
            found = _read(one, self._root)
            if leaf.path in found.texts and leaf.path not in expected.texts:
                return {clause: Problem(leaf.path, "nothing", found.texts[leaf.path])}
            return {clause: None}

        call = Call(self._params, fmt, answers=(raw(document, fmt),))
        return SdkCase((clause,), f"{leaf.path} {fmt}", (call,), judge)

    def _not_success(self, fmt: str) -> SdkCase:
        clause = "sdk.response.not_success"
        document, flags = self._documents.failed()

        def judge(observations: Sequence[Observation]) -> Verdicts:
            plain, one = observations
            if one.outcome != "response":
                return {clause: caught_failure(one)}
            if plain.outcome != "response" or not _read(plain, self._root).texts.keys() & flags:
                return {}  # what lies above what the SDK hands over is not observed
            found = _read(one, self._root)
            for path in flags:
                if found.texts.get(path) != "false":
                    return {clause: Problem(path, "false", found.texts.get(path, told(one)))}
            return {clause: None}

        calls = [
            Call(self._params, fmt, answers=(raw(one, fmt),))
            for one in (self._documents.sample, document)
        ]
        return SdkCase((clause,), fmt, tuple(calls), judge)

    def _spellings(self) -> Iterator[SdkCase]:
        sample = self._documents.sample
        in_json, in_xml = write_json(sample), write_xml(sample).decode()
        leaf = next(filter(is_free, self._documents.leaves))
        value = served(sample).texts[leaf.path]
        spelt = {
            "escapes": ("json", json.dumps(json.loads(in_json)).encode()),
            "blanks": ("json", json.dumps(json.loads(in_json), indent=2).encode()),
            "references": ("xml", in_xml.encode("ascii", "xmlcharrefreplace")),
            "CDATA": ("xml", in_xml.replace(f">{value}<", f"><![CDATA[{value}]]><").encode()),
            "no declaration": ("xml", in_xml.removeprefix(DECLARATION).encode()),
            "comment inside": ("xml", in_xml.replace(f">{value}<", f"><!-- -->{value}<").encode()),
        }
        for name, (fmt, content) in spelt.items():
            yield self._variant("spelling", name, body(content, fmt), fmt)
        commented = body(in_xml.encode() + HOST_COMMENT, "xml")
        yield self._variant("comment", "behind the root", commented, "xml")

    def _types(self) -> SdkCase:
        """Serve the sample in JSON: a number must not become a text, nor a text a number."""
        clause, sample = "sdk.response.type", self._documents.sample
        expected = served(sample)

        def judge(observations: Sequence[Observation]) -> Verdicts:
            (one,) = observations
            if one.outcome != "response":
                return {}  # told under other clauses
            found = _read(one, self._root)
            for path, kind in expected.kinds.items():
                if found.kinds.get(path, kind) != kind:
                    return {clause: Problem(path, f"a {kind}", f"a {found.kinds[path]}")}
            return {clause: None} if found.kinds else {}

        return SdkCase((clause,), "the page's sample json",
                    (Call(self._params, answers=(raw(sample, "json"),)),), judge)  # fmt: skip

    def _simplified(self) -> SdkCase:
        content = write_json(simplified(self._documents.sample.children[0], self._root))
        answer = body(content, "json")
        return self._variant("simplify", "the page's sample", answer, "json", simplify=True)


def _values_of(leaf: Field) -> Iterator[tuple[str, str, str | int | bool]]:
    """Yield the values that a leaf is met with: the clause's fact, a name, the value."""
    if leaf.enum:
        for code in leaf.enum:
            yield "status", code, code
        if leaf.family == "string":
            yield "unknown_code", leaf.name, "REFUNDED_0"
    elif leaf.family in ("integer", "boolean"):
        yield "zero", leaf.name, 0 if leaf.family == "integer" else False
    elif leaf.family == "string" and not leaf.format:
        for kind, text in values_of(replace(leaf, side="request")).items():
            yield "text", f"{leaf.name}={kind}", text


def hands_over(clause: str, root: Field, document: Node, paths: Collection[str]) -> Judge:
    """Judge that the leaves at some paths reach the caller as a document holds them."""
    expected = served(document)

    def judge(observations: Sequence[Observation]) -> Verdicts:
        one = observations[-1]
        if one.outcome != "response":
            return {clause: Problem("", "a response", told(one))}
        found = _read(one, root)
        observed = [p for p in paths if p in expected.texts and found.observes(p)]
        for path in observed:
            if found.texts.get(path) != expected.texts[path]:
                actual = shown(found.texts[path]) if path in found.texts else "nothing"
                return {clause: Problem(path, shown(expected.texts[path]), actual)}
        return {clause: None} if observed else {}

    return judge


def as_plainly(clause: str, root: Field, paths: Collection[str]) -> Judge:
    """Judge that the last answer reaches the caller as the first did, which says the same.

    What reaches no caller, however it is told, is a matter of another clause.
    """

    def judge(observations: Sequence[Observation]) -> Verdicts:
        first, last = observations[0], observations[-1]
        if first.outcome != "response":
            return {}
        if last.outcome != "response":
            return {clause: Problem("", "a response", told(last))}
        expected, found = _read(first, root).texts, _read(last, root).texts
        for path in (path for path in paths if path in expected):
            if found.get(path) != expected[path]:
                actual = shown(found[path]) if path in found else "nothing"
                return {clause: Problem(path, shown(expected[path]), actual)}
        return {clause: None} if expected else {}

    return judge


def _read(observation: Observation, root: Field) -> SdkResult:
    return sdk_result(observation.reply["body"], root, observation.call.format)
