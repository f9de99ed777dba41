"""What is around a message: what HTTP says of it, what kind of text it is, and its root.

A body that was asked for with `simplify=true` has no success root, and no wrapper around a list.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from topcheck.contract import protocol
from topcheck.contract.field import Field
from topcheck.judge.finding import Notes, shorten, shown
from topcheck.wire.exchange import Exchange, Response
from topcheck.wire.tree import Kind, Message, MessageError, Node

_LEADING = re.compile(rb"[\s\xef\xbb\xbf\xff\xfe\x00]*")
_JSON = re.compile(rb'[\[{"0-9-]|(true|false|null)\b')
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)

#: The id of a clause that was looked at, whether it is broken, what was expected, what there was.
HttpLook = tuple[str, bool, str, str]


def looks(exchange: Exchange) -> Iterator[HttpLook]:
    """Yield each clause about what is around a body that an exchange could break."""
    budget, asked = exchange.expected.budget, exchange.expected.codings
    seconds, response = exchange.seconds, exchange.response
    if budget is not None and seconds is not None:
        words = f"within {budget:g} s", f"after {seconds:.3f} s"
        yield "wire.http.latency", seconds > budget, *words
    if response is None or seconds is not None:  # a recording has its answer, or it would be none
        words = "a whole answer", exchange.failure or "none"
        yield "wire.http.connection", response is None, *words
    if response is None:
        return
    status = f"HTTP {response.status}"
    yield "wire.http.server_error", response.status >= 500, "an answer", status
    if response.status < 500:
        yield "wire.http.status", response.status != 200, "HTTP 200", status
    if asked is not None:
        wanted = f"{' or '.join(asked)}, as was" if asked else "no compression: none was"
        words = f"{wanted} asked for", response.coding or ""
        yield "wire.http.gzip", response.coding not in (None, *asked), *words
    yield from _declared(response)


def _declared(response: Response) -> Iterator[HttpLook]:
    """Compare the declared media type with the body, and with what its format is declared as."""
    try:
        found = family(response.content())
    except MessageError:
        return
    if not response.body:
        return
    declared = response.media_type
    told = next((name for name, types in protocol.MEDIA_TYPES.items() if declared in types), None)
    if told is not None and told != found:
        yield "wire.body.type", True, f"{told}, as {declared} declares", found
    elif types := protocol.MEDIA_TYPES.get(found):
        words = " or ".join(types), declared or "nothing declared"
        yield "wire.http.content_type", declared not in types, *words


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
