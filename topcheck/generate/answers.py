"""Strategies for whole messages that keep the contract, inferred rules included.

Trees are neutral: the same one is written as JSON or as XML.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract.field import Field
from topcheck.contract.inferred import Predicates, Rule, Scalar, applies, broken_paths
from topcheck.generate import trees
from topcheck.generate.values import value
from topcheck.wire.tree import Kind, Node

MAX_ITEMS = 3
_MAX_REPAIRS = 8
_ORDERS = 1000


class Messages:
    """Conforming documents of one root; its strategies are built once, which costs most."""

    def __init__(self, root: Field, rules: Sequence[Rule] = ()) -> None:
        self._root = root
        self._rules = rules
        leaves = [field for field in root.walk() if not field.holds_members]
        self._values = {field.path: value(field) for field in leaves}
        # what a form counts as not given would not be there
        self._given = {f.path: value(f, given=True) for f in leaves if f.side == "request"}

    def draw(self, draw: DrawFn, include: Collection[str] = ()) -> Node:
        """Draw a document. The members at the paths of `include` are there."""
        needed = self._along(include)
        document = trees.document(self._object(draw, self._root, needed))
        self._repair(draw, document, needed)
        return document

    def telling(
        self,
        draw: DrawFn,
        document: Node,
        told: Mapping[str, Scalar],
        include: Collection[str] = (),
    ) -> Node:
        """Return a copy that tells values by their paths, and keeps the rules all the same."""
        document = trees.patched(document, self._root, told)
        self._repair(draw, document, self._along([*include, *told]), told)
        return document

    def _along(self, paths: Collection[str]) -> set[str]:
        return {field.path for path in paths for field in trees.along(self._root, path)}

    def _object(self, draw: DrawFn, field: Field, needed: Collection[str]) -> Node:
        members = list(field.fields.values())
        chosen = draw(st.integers(0, 2 ** len(members) - 1)) if members else 0
        present = [
            member
            for at, member in enumerate(members)
            if chosen >> at & 1 or member.required or member.path in needed
        ]
        if len(present) > 1:
            # one draw for any order: 0 is the page's own, to which a failure shrinks
            order = draw(st.integers(0, _ORDERS))
            if order:
                random.Random(order).shuffle(present)
        children = [self._member(draw, member, needed) for member in present]
        return Node(field.name, Kind.OBJECT, children=children)

    def _member(self, draw: DrawFn, field: Field, needed: Collection[str]) -> Node:
        if field.repeated:
            is_there = field.path in needed or (field.side == "request" and field.required)
            count = draw(st.integers(int(is_there), MAX_ITEMS))
            items = [self._single(draw, field, needed) for _ in range(count)]
            return Node(field.name, Kind.ARRAY, children=items)
        return self._single(draw, field, needed)

    def _single(self, draw: DrawFn, field: Field, needed: Collection[str]) -> Node:
        if field.holds_members:
            return self._object(draw, field, needed)
        values = self._given if field.side == "request" and field.path in needed else self._values
        return trees.scalar(field, draw(values[field.path]))

    def _repair(
        self, draw: DrawFn, document: Node, needed: Collection[str], told: Collection[str] = ()
    ) -> None:
        """Mend what breaks an inferred rule; to reject such draws would waste most of them.

        What is needed stays, and what is told stays as it is.
        """
        for _ in range(_MAX_REPAIRS):
            broken = self._first_broken(trees.values(document)) if self._rules else None
            if broken is None:
                return
            rule, path = broken
            new = None if path in told else self._mended(draw, path, rule.then[path])
            if new is None and path in needed:
                # what calls for another value, or for none, goes
                path = next((when for when in rule.when if when not in needed), "")
                assume(path)
            trees.put(document, self._root, path, new)
        assume(False)

    def _first_broken(self, values: Mapping[str, Scalar]) -> tuple[Rule, str] | None:
        for rule in self._rules:
            if applies(rule, values):
                for path in broken_paths(rule, values):
                    return rule, path
        return None

    def _mended(self, draw: DrawFn, path: str, tests: Predicates) -> Scalar | None:
        if "equals" in tests:
            equals: Scalar = tests["equals"]
            return equals
        if "in" in tests:
            among: list[Scalar] = tests["in"]
            return draw(st.sampled_from(among))
        if "min" in tests or "max" in tests:
            low = tests.get("min", tests.get("max"))
            return draw(st.integers(low, max(low, tests.get("max", low + 10**6))))
        return draw(self._values[path]) if tests.get("present") else None
