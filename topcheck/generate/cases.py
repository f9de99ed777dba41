"""A pair for every clause: a message that keeps it and one that breaks it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
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
from topcheck.generate.breaks import BOTH, FORM, JSON, Break, apply, breaks_of
from topcheck.generate.reads import ReadPairs, Reads
from topcheck.generate.requests import form_value
from topcheck.wire.tree import Node
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
    draw: Callable[[DrawFn, str], Pair]

    def pairs(self, fmt: str) -> st.SearchStrategy[Pair]:
        """Draw pairs in a format."""
        return _drawn(lambda draw: self.draw(draw, fmt))


class Cases:
    """The cases of one contract."""

    def __init__(
        self, contract: Contract, rules: Sequence[Rule] = (), flows: Sequence[Flow] = ()
    ) -> None:
        self._contract = contract
        self._rules = {rule.id: rule for rule in rules}
        self._messages = {
            side: Messages(root, rules if side == "response" else ())
            for side, root in contract.trees.items()
        }
        self._reads = ReadPairs(contract, self._messages, flows)
        #: Every case of a clause; none means that nothing here can break it.
        self.of = cache(self._of)

    def _of(self, clause: Clause) -> list[Case]:
        side, path = clause.side, clause.path
        if side == "exchange" or clause.id in protocol.WIRE:
            reads = self._reads.of(clause)
            return [Case(clause, "reads", BOTH, lambda draw, fmt: Pair(*reads(draw, fmt)))]
        if clause.source == "inferred":
            return [self._rule_case(clause, self._rules[clause.id])]
        if side == "wire":
            return [self._body_case(clause, "response", one) for one in bodies.WIRE[clause.id]]
        if clause.fact == "lexical" and not path:
            return [self._body_case(clause, side, one) for one in bodies.LEXICAL]
        root = self._contract.trees[side]
        field = trees.field_at(root, path)
        found = breaks_of(self._contract, field, clause.fact)
        return [self._tree_case(clause, root, field, one) for one in found]

    def kept(self, side: str) -> st.SearchStrategy[Node]:
        """Draw conforming documents of a side."""
        return _drawn(self._messages[side].draw)

    def _tree_case(self, clause: Clause, root: Field, field: Field, one: Break) -> Case:
        def pair(draw: DrawFn, fmt: str) -> Pair:
            kept = self._messages[root.side].draw(draw, (field.path, *one.needs))
            broken = apply(draw, field, one, kept)
            return Pair(write_as(fmt, root, kept), write_as(fmt, root, broken))

        speakable = (JSON, FORM) if root.side == "request" else BOTH
        return Case(clause, one.name, tuple(f for f in one.formats if f in speakable), pair)

    def _body_case(self, clause: Clause, side: str, one: BodyBreak) -> Case:
        def pair(draw: DrawFn, fmt: str) -> Pair:
            kept = self._messages[side].draw(draw)
            return Pair(WRITERS[fmt](kept), one.change(draw, trees.copied(kept), fmt))

        return Case(clause, one.name, one.formats, pair)

    def _rule_case(self, clause: Clause, rule: Rule) -> Case:
        root = self._contract.response
        patches = rule.kept, rule.broken
        kept, broken = (trees.patched(trees.sample(root), root, patch) for patch in patches)

        def pair(_draw: DrawFn, fmt: str) -> Pair:
            return Pair(WRITERS[fmt](kept), WRITERS[fmt](broken))

        return Case(clause, "patch of the sample", BOTH, pair)


@st.composite
def _drawn(draw: DrawFn, make: Callable[[DrawFn], T]) -> T:
    """Turn a function that draws into a strategy; made once, for that is slow."""
    return make(draw)


def write_as(fmt: str, root: Field, document: Node) -> Content:
    """Write a document: a response as JSON or XML, parameters as JSON or as a form."""
    if root.side != "request":
        return WRITERS[fmt](document)
    parameters = document.children[0]
    if fmt == JSON:
        return write_json(parameters)
    return tuple((node.name, form_value(node)) for node in parameters.children)
