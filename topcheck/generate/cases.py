"""A pair for every clause: a message that keeps it and one that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Flow, Rule
from topcheck.contract.model import Clause
from topcheck.generate import bodies, trees
from topcheck.generate.answers import Messages
from topcheck.generate.bodies import WRITERS, BodyBreak
from topcheck.generate.breaks import STRANGERS, apply, breaks_of
from topcheck.generate.changes import BOTH, FORM, JSON, Break
from topcheck.generate.reads import ReadPairs, Reads
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import write_json

T = TypeVar("T")

#: A body, the pairs of a form, or the reads of one order.
Content = bytes | tuple[tuple[str, str], ...] | Reads


@dataclass(frozen=True, slots=True)
class Pair:
    """What keeps a clause, and what breaks it."""

    kept: Content
    broken: Content


@dataclass(frozen=True, slots=True)
class Case:
    """One way to break one clause, in each format that can say it."""

    clause: Clause
    name: str
    formats: tuple[str, ...]
    pairs: Callable[[str], st.SearchStrategy[Pair]]


class Cases:
    """The cases of one contract. `sample` is the page's own answer, which inferred rules patch."""

    def __init__(
        self, contract: Contract, rules: Sequence[Rule], sample: Node, flows: Sequence[Flow] = ()
    ) -> None:
        self._reads = ReadPairs(contract, rules, flows)
        self._rules = {rule.id: rule for rule in rules}
        self._sample = sample
        self._request = contract.request
        self._roots = {f.side: f for f in (contract.response, contract.error)}
        self._messages = {
            root.side: Messages(root, rules if root.side == "response" else ())
            for root in (self._request, *self._roots.values())
        }
        self._found: dict[str, list[Case]] = {}
        self._fields = {
            (root.side, field.path): (root, field)
            for root in (self._request, *self._roots.values())
            for field in root.walk()
        }

    def of(self, clause: Clause) -> list[Case]:
        """Return every case of a clause; none means that nothing here can break it."""
        if clause.id not in self._found:
            self._found[clause.id] = self._make(clause)
        return self._found[clause.id]

    def _make(self, clause: Clause) -> list[Case]:
        side, path = clause.side, clause.path
        if side == "exchange" or clause.id in protocol.WIRE:
            return [self._reads_case(clause)]
        if clause.source == "inferred":
            return [self._rule_case(clause, self._rules[clause.id])]
        if side == "wire":
            return [self._body_case(clause, "response", one) for one in bodies.WIRE[clause.id]]
        if clause.fact == "lexical" and not path:
            return [self._body_case(clause, side, one) for one in bodies.LEXICAL]
        root, field = self._fields[side, path]
        documented = {member.name for member in root.walk()}
        names = (*STRANGERS, *(self._request.fields if side != "request" else ()))
        strangers = tuple(name for name in names if name not in documented)
        found = breaks_of(root, field, clause.fact, strangers)
        return [self._tree_case(clause, root, field, one) for one in found]

    def kept(self, side: str) -> st.SearchStrategy[Node]:
        """Draw conforming documents of a side."""
        return _drawn(self._messages[side].draw)

    # -------------------------------------------------------------- cases by kind

    def _tree_case(self, clause: Clause, root: Field, field: Field, one: Break) -> Case:
        def pairs(fmt: str) -> st.SearchStrategy[Pair]:
            def pair(draw: DrawFn) -> Pair:
                kept = self._messages[root.side].draw(draw, (field.path, *one.needs))
                broken = apply(draw, root, field, one, kept)
                return Pair(write_as(fmt, root, kept), write_as(fmt, root, broken))

            return _drawn(pair)

        speakable = (JSON, FORM) if root.side == "request" else BOTH
        return Case(clause, one.name, tuple(f for f in one.formats if f in speakable), pairs)

    def _body_case(self, clause: Clause, side: str, one: BodyBreak) -> Case:
        def pairs(fmt: str) -> st.SearchStrategy[Pair]:
            def pair(draw: DrawFn) -> Pair:
                kept = self._messages[side].draw(draw)
                broken = one.change(draw, trees.copied(kept), fmt)
                return Pair(WRITERS[fmt](kept), broken)

            return _drawn(pair)

        return Case(clause, one.name, one.formats, pairs)

    def _rule_case(self, clause: Clause, rule: Rule) -> Case:
        def pairs(fmt: str) -> st.SearchStrategy[Pair]:
            root = self._roots["response"]
            kept, broken = (
                WRITERS[fmt](trees.patched(self._sample, root, patch))
                for patch in (rule.kept, rule.broken)
            )
            return st.just(Pair(kept, broken))

        return Case(clause, "patch of the sample", BOTH, pairs)

    def _reads_case(self, clause: Clause) -> Case:
        draw_pair = self._reads.of(clause)

        def pairs(fmt: str) -> st.SearchStrategy[Pair]:
            return _drawn(lambda draw: Pair(*draw_pair(draw, fmt)))

        return Case(clause, "reads", BOTH, pairs)


@st.composite
def _drawn(draw: DrawFn, make: Callable[[DrawFn], T]) -> T:
    """Turn a function that draws into a strategy; made once, for that is slow."""
    return make(draw)


def write_as(fmt: str, root: Field, document: Node) -> Content:
    """Write a document: a response as JSON or XML, parameters as JSON or as a form."""
    if root.side != "request":
        return WRITERS[fmt](document)
    parameters = document.children[0]
    return write_json(parameters) if fmt == JSON else tuple(form_pairs(parameters))


def form_pairs(parameters: Node) -> Iterator[tuple[str, str]]:
    """Write parameters as the decoded pairs of a form."""
    for node in parameters.children:
        if node.kind is Kind.ARRAY:
            yield node.name, ",".join(item.text for item in node.children)
        elif node.kind is Kind.OBJECT:
            nested = Node("", Kind.OBJECT, children=node.children)
            yield node.name, write_json(nested).decode()
        else:
            yield node.name, node.text
