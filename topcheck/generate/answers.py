"""Strategies for whole messages that keep the contract, inferred rules included.

Trees are neutral: the same one is written as JSON or as XML.
"""

import random
from collections.abc import Collection, Mapping, Sequence

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract.clauses import limits
from topcheck.contract.field import Field
from topcheck.contract.inferred import Rule, Scalar
from topcheck.generate import trees
from topcheck.generate.values import value
from topcheck.wire.tree import Kind, Node

MAX_ITEMS = 3
#: What a map may hold: names that a page may have elsewhere too, and members of any kind.
_KEYS = st.sampled_from(["a", "inner", "Key_1"])
_ANYTHING = st.sampled_from([1, True, "x", {"inner": "1"}])
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
        needed = {field.path for path in include for field in trees.along(self._root, path)}
        document = trees.document(self._object(draw, self._root, needed))
        return self.telling(document, {}, include)

    def telling(
        self, document: Node, told: Mapping[str, Scalar], include: Collection[str] = ()
    ) -> Node:
        """Return a copy that tells values by their paths, and keeps the rules all the same.

        What breaks a rule is mended: to reject such draws would waste most of them.
        """
        mended = trees.mended(document, self._root, self._rules, told)
        if mended is None or not all(trees.spot(mended, path) for path in include):
            reject()
        return mended

    def members(self, field: Field) -> st.SearchStrategy[Node]:
        """Draw what may stand at one member of the root."""
        return st.composite(lambda draw: self._member(draw, field, (field.path,)))()

    def _object(self, draw: DrawFn, field: Field, needed: Collection[str]) -> Node:
        if field.family == "map":
            names = draw(st.lists(_KEYS, max_size=MAX_ITEMS, unique=True))
            return trees.plain(field.name, {name: draw(_ANYTHING) for name in names})
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
            most = min(MAX_ITEMS, limits(field).get("max_items", MAX_ITEMS))
            count = draw(st.integers(int(is_there), most))
            items = [self._single(draw, field, needed) for _ in range(count)]
            return Node(field.name, Kind.ARRAY, children=items)
        return self._single(draw, field, needed)

    def _single(self, draw: DrawFn, field: Field, needed: Collection[str]) -> Node:
        if field.holds_members:
            return self._object(draw, field, needed)
        values = self._given if field.side == "request" and field.path in needed else self._values
        return trees.scalar(field, draw(values[field.path]))
