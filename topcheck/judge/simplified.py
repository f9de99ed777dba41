"""Bodies asked for with `simplify=true`: no success root, and lists without their wrapper."""

from __future__ import annotations

from dataclasses import replace

from topcheck.contract.field import Field
from topcheck.wire.tree import Kind, Node


def unsimplified(document: Node, root: Field) -> Node:
    """Give a simplified document its root and its wrappers back; places stay where they were."""
    return replace(_object(document, root), name=root.name)


def _object(node: Node, field: Field) -> Node:
    children = []
    for child in node.children:
        member = field.fields.get(child.name)
        children.append(_member(child, member) if member and member.holds_members else child)
    return replace(node, children=children)


def _member(node: Node, field: Field) -> Node:
    if field.family == "list" and node.kind is Kind.ARRAY:
        (item,) = field.fields.values()
        items = [replace(_object(child, item), name=item.name) for child in node.children]
        array = replace(node, name=item.name, children=items)
        return replace(node, kind=Kind.OBJECT, children=[array])
    return _object(node, field) if node.kind is Kind.OBJECT else node
