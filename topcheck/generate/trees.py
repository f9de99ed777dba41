"""Reaching into a message tree by path, and building small trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from topcheck.contract.field import Field
from topcheck.contract.inferred import Scalar
from topcheck.judge.literals import spelled
from topcheck.wire.tree import Kind, Node

KINDS = {"integer": Kind.NUMBER, "boolean": Kind.BOOLEAN}


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


def example(field: Field) -> Node | None:
    """Build the tree that the page's examples make; what has no example is left out.

    By the platform's rule that is the page's own sample.
    """
    if not field.holds_members:
        shown = field.row.example if field.row else None
        return Node(field.name, KINDS.get(field.family, Kind.STRING), shown) if shown else None
    root = Node(field.name, Kind.OBJECT)
    for name, member in field.fields.items():
        found = [node for node in [example(member)] if node]
        if member.repeated and found:
            found = [Node(name, Kind.ARRAY, children=found)]
        root.children.extend(found)
    return root


def copied(node: Node) -> Node:
    """Copy a tree."""
    return replace(node, children=[copied(child) for child in node.children])


def neutral(element: Node, field: Field) -> Node:
    """Turn an XML element into the neutral tree that both formats are written from."""
    if not field.holds_members:
        return Node(field.name, KINDS.get(field.family, Kind.STRING), element.text)
    root = Node(field.name, Kind.OBJECT)
    for name, member in field.fields.items():
        found = [neutral(child, member) for child in element.children if child.name == name]
        if member.repeated:
            found = [Node(name, Kind.ARRAY, children=found)]
        root.children.extend(found)
    return root


def spot(document: Node, path: str) -> Spot | None:
    """Find what stands at a path below the root; the empty path is the root itself."""
    found = Spot(document, document.children[0])
    for name in filter(None, path.split(".")):
        if found.node.kind is Kind.ARRAY:
            return None
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
            elif child.kind is not Kind.ARRAY:
                found[inner] = _value(child)

    visit(document.children[0], "")
    return found


def patched(document: Node, root: Field, patch: Mapping[str, Scalar | None]) -> Node:
    """Return a copy with some places set to a value, or taken out where it is None."""
    document = copied(document)
    for path, value in patch.items():
        put(document, root, path, value)
    return document


def put(document: Node, root: Field, path: str, value: Scalar | None) -> None:
    """Set a place to a value, building the objects above it; None takes it out."""
    present = spot(document, path)
    if value is None:
        if present:
            present.remove()
        return
    new = scalar(field_at(root, path), value)
    if present:
        present.replace(new)
    else:
        _object_at(document, path.rpartition(".")[0]).children.append(new)


def _object_at(document: Node, path: str) -> Node:
    """Return the object at a path; it, and those above it, are added where they are missing."""
    node = document.children[0]
    for name in filter(None, path.split(".")):
        child = next((c for c in node.children if c.name == name), None)
        if child is None:
            child = Node(name, Kind.OBJECT)
            node.children.append(child)
        node = child
    return node


def field_at(root: Field, path: str) -> Field:
    """Return the field at a path. Raises KeyError."""
    for name in filter(None, path.split(".")):
        root = root.fields[name]
    return root


def along(root: Field, path: str) -> Iterator[Field]:
    """Yield the fields from below the root down to a path."""
    for name in filter(None, path.split(".")):
        root = root.fields[name]
        yield root


def _value(node: Node) -> Scalar:
    if node.kind is Kind.NUMBER:
        return int(node.text)
    return node.text == "true" if node.kind is Kind.BOOLEAN else node.text
