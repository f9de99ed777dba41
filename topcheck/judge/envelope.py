"""What is around a message: what kind of text it is, and its root.

A body that was asked for with `simplify=true` has no success root, and no wrapper around a list.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from topcheck.contract.field import Field
from topcheck.judge.finding import Notes, shorten, shown
from topcheck.wire.tree import Kind, Message, Node

_LEADING = re.compile(rb"[\s\xef\xbb\xbf\xff\xfe\x00]*")
_JSON = re.compile(rb'[\[{"0-9-]|(true|false|null)\b')
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def family(body: bytes) -> str:
    """Tell what kind of text a body is: `json`, `xml`, `html`, `empty` or `text`."""
    start = _LEADING.match(body).end()  # type: ignore[union-attr]
    first = body[start : start + 1]
    if not first:
        return "empty"
    if first == b"<":
        return "html" if _HTML.match(body, start) else "xml"
    return "json" if _JSON.match(body, start) else "text"


def envelope(
    message: Message, roots: Mapping[str, Field], simplify: bool, notes: Notes
) -> tuple[Field, Node] | None:
    """Choose the branch before anything is validated, so that no message is blurred."""
    document = message.root
    if document.kind is not Kind.OBJECT:
        notes.add("wire.body.root", "", "an object", shown(document), document)
        return None
    success, error = roots.values()
    named = [n for n in document.children if n.name in roots and n.kind is not Kind.NULL]
    if simplify and message.format == "json":
        documented = {name for name, field in success.fields.items() if field.row}
        if not any(node.name == error.name for node in named):
            return success, replace(_object(document, success), name=success.name)
        named += [node for node in document.children if node.name in documented]
    if len(named) != 1:
        names = ", ".join(shorten(node.name) for node in document.children[:5]) or "nothing"
        expected = f"exactly one of {success.name} and {error.name}"
        notes.add("wire.body.root", "", expected, names, document)
        return None
    node = named[0]
    root = roots[node.name]
    for other in document.children:
        if other is not node:
            notes.broken(root, "known", shorten(other.name), "beside the root", other)
    if document.instructions:
        notes.broken(root, "known", "", "a processing instruction", document)
    return root, node


def _object(node: Node, field: Field) -> Node:
    """Give the lists of a simplified object their wrappers back; places stay where they were."""
    return replace(node, children=[_member(n, field.fields.get(n.name)) for n in node.children])


def _member(node: Node, field: Field | None) -> Node:
    if field is None or not field.holds_members:
        return node
    if field.family == "list" and node.kind is Kind.ARRAY:
        (item,) = field.fields.values()
        items = [replace(_object(child, item), name=item.name) for child in node.children]
        array = replace(node, name=item.name, children=items)
        return replace(node, kind=Kind.OBJECT, children=[array])
    return _object(node, field) if node.kind is Kind.OBJECT else node
