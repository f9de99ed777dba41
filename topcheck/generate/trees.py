"""Reaching into a message tree by path, and building small trees."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from topcheck.contract.field import Field
from topcheck.contract.inferred import Rule, Scalar, applies, broken_paths
from topcheck.contract.protocol import LITERALS
from topcheck.judge.literals import spelled
from topcheck.wire.tree import Kind, Node

KINDS = {"integer": Kind.NUMBER, "boolean": Kind.BOOLEAN}
#: To mend one rule may break another; so often is enough.
_MOST_MENDS = 8


@dataclass(frozen=True, slots=True)
class Spot:
    """A node in its object; for a list it is the first item in its array."""

    parent: Node
    node: Node

    def replace(self, new: Node) -> None:
        """Put another node in this place."""
        self.parent.children[self.parent.children.index(self.node)] = new

    def remove(self) -> None:
        """Take the node out."""
        self.parent.children.remove(self.node)


def document(root: Node) -> Node:
    """Wrap a root into the document that is written."""
    return Node("", Kind.OBJECT, children=[root])


def scalar(field: Field, value: Scalar) -> Node:
    """Build the node of a scalar in the kind of its field."""
    return Node(field.name, KINDS.get(field.family, Kind.STRING), spelled(value))


def error(root: Field, members: Mapping[str, Scalar]) -> Node:
    """Build the document of an error with some members; `root` is the field of its envelope."""
    children = [scalar(root.fields[name], value) for name, value in members.items()]
    return document(Node(root.name, Kind.OBJECT, children=children))


def plain(name: str, value: Any) -> Node:
    """Build the tree of plain JSON data."""
    if isinstance(value, dict):
        return Node(name, Kind.OBJECT, children=[plain(*member) for member in value.items()])
    if isinstance(value, list):
        return Node(name, Kind.ARRAY, children=[plain(name, item) for item in value])
    if value is None:
        return Node(name, Kind.NULL, "null")
    kind = Kind.BOOLEAN if isinstance(value, bool) else Kind.NUMBER
    return Node(name, Kind.STRING if isinstance(value, str) else kind, spelled(value))


def sample(root: Field) -> Node:
    """Build the document that the page's examples make; what has no example is left out.

    By the platform's rule that is the page's own sample.
    """
    return document(Node(root.name, Kind.OBJECT, children=_examples(root)))


def _examples(root: Field) -> list[Node]:
    found = []
    for name, field in root.fields.items():
        example = field.row.example if field.row else None
        if field.holds_members:
            node = Node(name, Kind.OBJECT, children=_examples(field))
        else:
            # what JSON cannot write as one of its kind is a text
            is_one = re.fullmatch(LITERALS.get(field.family, ""), example or "")
            kind = KINDS.get(field.family, Kind.STRING) if is_one else Kind.STRING
            node = Node(name, kind, example or "")
        if not node.children and (field.fields or not example):
            continue
        found.append(Node(name, Kind.ARRAY, children=[node]) if field.repeated else node)
    return found


def copied(node: Node) -> Node:
    """Copy a tree."""
    return replace(node, children=[copied(child) for child in node.children])


def spot(document: Node, path: str) -> Spot | None:
    """Find what stands at a path below the root; the empty path is the root itself."""
    found = Spot(document, document.children[0])
    for name in filter(None, path.split(".")):
        child = next((c for c in found.node.children if c.name == name), None)
        if child is None:
            return None
        found = Spot(found.node, child)
        if child.kind is Kind.ARRAY:
            if not child.children:
                return None
            found = Spot(child, child.children[0])
    return found


def values(document: Node) -> dict[str, Scalar]:
    """Return the scalars of a tree by path, True for an object; lists are left out."""
    found: dict[str, Scalar] = {}

    def visit(node: Node, path: str) -> None:
        for child in node.children:
            inner = f"{path}.{child.name}" if path else child.name
            if child.kind is Kind.OBJECT:
                found[inner] = True
                visit(child, inner)
            elif child.kind is Kind.NUMBER:
                found[inner] = int(child.text)
            elif child.kind is not Kind.ARRAY:
                is_flag = child.kind is Kind.BOOLEAN
                found[inner] = child.text == "true" if is_flag else child.text

    visit(document.children[0], "")
    return found


def patched(document: Node, root: Field, patch: Mapping[str, Scalar | None]) -> Node:
    """Return a copy with some places set to a value, or taken out where it is None."""
    document = copied(document)
    for path, value in patch.items():
        put(document, root, path, value)
    return document


def mended(
    document: Node, root: Field, rules: Sequence[Rule], patch: Mapping[str, Scalar | None] = {}
) -> Node | None:
    """Return a patched copy that keeps the inferred rules too; None if that cannot be.

    Of a rule that the copy breaks it tells what the page's sample tells once it is patched to keep
    the rule; what is patched stays.
    """
    document = patched(document, root, patch)
    for _ in range(_MOST_MENDS):
        told = values(document) if rules else {}
        broken = (rule for rule in rules if applies(rule, told) and broken_paths(rule, told))
        rule = next(broken, None)
        if rule is None:
            return document
        kept = values(patched(sample(root), root, rule.kept))
        paths = [path for path in (*rule.kept, *rule.then) if path not in patch]
        document = patched(document, root, {path: kept.get(path) for path in paths})
    return None


def put(document: Node, root: Field, path: str, value: Scalar | None) -> None:
    """Set a place to a value, building the objects above it; None takes it out."""
    present = spot(document, path)
    if value is None:
        if present:
            present.remove()
        return
    field = field_at(root, path)
    new = scalar(field, value)
    if present:
        present.replace(new)
    else:
        home = object_at(document, path.rpartition(".")[0], root)
        home.children.append(_as_item(new) if field.repeated else new)


def object_at(document: Node, path: str, root: Field | None = None) -> Node:
    """Return the object at a path; it, and those above it, are added where they are missing.

    Of a list that is the first item; `root` tells where lists are, if one may be missing.
    """
    node = document.children[0]
    for name in filter(None, path.split(".")):
        child = next((c for c in node.children if c.name == name), None)
        root = root.fields[name] if root else None
        if child is None:
            child = Node(name, Kind.OBJECT)
            node.children.append(_as_item(child) if root and root.repeated else child)
        elif child.kind is Kind.ARRAY and child.children:
            child = child.children[0]
        node = child
    return node


def _as_item(node: Node) -> Node:
    """Return the items of a list, of which a node is the only one."""
    return Node(node.name, Kind.ARRAY, children=[node])


def field_at(root: Field, path: str) -> Field:
    """Return the field at a path. Raises KeyError."""
    return [root, *along(root, path)][-1]


def along(root: Field, path: str) -> Iterator[Field]:
    """Yield the fields from below the root down to a path."""
    for name in filter(None, path.split(".")):
        root = root.fields[name]
        yield root
