"""A neutral tree to bytes: the same tree is written as JSON or as XML."""

import json
import re
from collections.abc import Mapping
from itertools import count

from topcheck.wire.tree import Kind, Node

XML = "http://www.w3.org/XML/1998/namespace"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
DECLARATION = '<?xml version="1.0" encoding="utf-8" ?>\n'
_INSTRUCTION = "<?topcheck pi?>"

_NAME_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
#: A name of XML 1.0 without a colon, which would be a prefix that nobody declares.
_NAME = re.compile(f"[{_NAME_START}][{_NAME_START}.0-9\xb7\u0300-\u036f\u203f\u2040-]*")
#: What no XML 1.0 document can hold.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: A CR must be a reference, for readers turn a bare one into a line feed.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE_ESCAPES = {**_ESCAPES, ord('"'): "&quot;", ord("\t"): "&#9;", ord("\n"): "&#10;"}


def write_json(root: Node) -> bytes:
    """Write a tree as compact JSON in UTF-8. Literals go out as they are, duplicates too."""
    return _json(root).encode()


def write_xml(document: Node) -> bytes:
    """Write the members of a document as XML in UTF-8; one member makes it well-formed.

    Raises ValueError for a name or a character that XML cannot carry.
    """
    members = "".join(map(_xml, document.children))
    return f"{DECLARATION}{_INSTRUCTION * document.instructions}{members}\n".encode()


def _json(node: Node) -> str:
    if node.kind is Kind.OBJECT:
        members = (f"{_quoted(child.name)}:{_json(child)}" for child in node.children)
        return f"{{{','.join(members)}}}"
    if node.kind is Kind.ARRAY:
        return f"[{','.join(map(_json, node.children))}]"
    if node.kind in (Kind.STRING, Kind.ELEMENT):
        return _quoted(node.text)
    return "null" if node.kind is Kind.NULL else node.text


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _xml(node: Node) -> str:
    if node.kind is Kind.ARRAY:
        return "".join(map(_xml, node.children))
    if not _NAME.fullmatch(node.name):
        raise ValueError(f"{node.name!r} cannot name an element")
    attributes = "".join(map(_attribute, count(), node.attributes))
    if node.kind is Kind.NULL:
        return f'<{node.name} xmlns:xsi="{XSI}" xsi:nil="true"{attributes}/>'
    text = _escaped(node.text, _ESCAPES) + _INSTRUCTION * node.instructions
    return f"<{node.name}{attributes}>{text}{''.join(map(_xml, node.children))}</{node.name}>"


def _attribute(at: int, pair: tuple[str, str]) -> str:
    """Write an attribute; the one at `at` declares the prefix of its namespace itself."""
    name, value = pair
    namespace, _, local = name.rpartition("}")
    if not _NAME.fullmatch(local) or name == "xmlns":
        raise ValueError(f"{name!r} cannot name an attribute")
    prefix = " "
    if namespace[1:] == XML:
        prefix = " xml:"
    elif namespace:
        prefix = f' xmlns:n{at}="{_escaped(namespace[1:], _ATTRIBUTE_ESCAPES)}" n{at}:'
    return f'{prefix}{local}="{_escaped(value, _ATTRIBUTE_ESCAPES)}"'


def _escaped(text: str, escapes: Mapping[int, str]) -> str:
    if found := _UNWRITABLE.search(text):
        raise ValueError(f"XML cannot carry the character {found[0]!r}")
    return text.translate(escapes)
