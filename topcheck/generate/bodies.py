"""Breaks of a body as a whole: its bytes, its charset, its family, its root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract import protocol
from topcheck.generate.breaks import BOTH, JSON, XML
from topcheck.wire.limits import MAX_DEPTH, MAX_DIGITS, MAX_EXPONENT
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import write_json, write_xml

WRITERS = {JSON: write_json, XML: write_xml}

#: Writes a conforming document, which it may change, as a broken body in one of the formats.
Change = Callable[[DrawFn, Node, str], bytes]

HTML = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body></body></html>"
CHINESE = "查询支付状态".encode()


@dataclass(frozen=True, slots=True)
class BodyBreak:
    """One way to break a body: its name, the formats that can say it, and the change."""

    name: str
    formats: tuple[str, ...]
    change: Change


def _always(body: bytes) -> Change:
    return lambda _draw, _document, _format: body


def _other_family(_draw: DrawFn, document: Node, fmt: str) -> bytes:
    return WRITERS[XML if fmt == JSON else JSON](document)


def _member(make: Callable[[], Node]) -> Change:
    """Add a member to the root that no reader may accept."""

    def change(_draw: DrawFn, document: Node, fmt: str) -> bytes:
        document.children[0].children.insert(0, make())
        return WRITERS[fmt](document)

    return change


def _number(literal: str, kind: Kind = Kind.NUMBER) -> Change:
    return _member(lambda: Node("x", kind, literal))


def _deep() -> Node:
    node = Node("x", Kind.STRING, "bottom")
    for _ in range(MAX_DEPTH):
        node = Node("x", Kind.OBJECT, children=[node])
    return node


def _edited(edit: Callable[[bytes], bytes]) -> Change:
    """Edit what was written."""
    return lambda draw, document, fmt: edit(_chinese(draw, document, fmt))


def _chinese(_draw: DrawFn, document: Node, fmt: str) -> bytes:
    """Write a document with Chinese text in it, whatever it says."""
    root = document.children[0]
    others = [child for child in root.children if child.name != protocol.REQUEST_ID]
    root.children = [Node(protocol.REQUEST_ID, Kind.STRING, CHINESE.decode()), *others]
    return WRITERS[fmt](document)


def _cut(draw: DrawFn, document: Node, fmt: str) -> bytes:
    text = _chinese(draw, document, fmt).decode().rstrip()
    begun = text.index("?>") + 3 if text.startswith("<?") else 1
    return text[: draw(st.integers(begun, len(text) - 1))].encode()


def _replaced(old: bytes, new: bytes) -> Change:
    return _edited(lambda body: body.replace(old, new, 1))


def _declared(charset: str, encoded: str) -> Change:
    """Declare a charset, and write in one."""
    old, new = 'encoding="utf-8"', f'encoding="{charset}"'
    return _edited(lambda body: body.decode().replace(old, new, 1).encode(encoded))


def _renamed(_draw: DrawFn, document: Node, fmt: str) -> bytes:
    document.children[0].name = f"other_{document.children[0].name}"
    return WRITERS[fmt](document)


def _both_roots(_draw: DrawFn, document: Node, fmt: str) -> bytes:
    members = [Node(m.name, Kind.STRING, "1") for m in protocol.ERROR_MEMBERS]
    document.children.append(Node(protocol.ERROR_ROOT, Kind.OBJECT, children=members))
    return WRITERS[fmt](document)


#: What breaks each clause about the body.
WIRE: Mapping[str, tuple[BodyBreak, ...]] = {
    "wire.body.type": (
        BodyBreak("empty", BOTH, _always(b"")),
        BodyBreak("html", BOTH, _always(HTML)),
        BodyBreak("text", BOTH, _always(b"upstream connect error")),
        BodyBreak("other format", BOTH, _other_family),
    ),
    "wire.body.encoding": (
        BodyBreak("gbk", BOTH, _edited(lambda body: body.decode().encode("gb18030"))),
        BodyBreak("mislabelled", (XML,), _declared("gb18030", "utf-8")),
        BodyBreak("half a character", BOTH, _replaced(CHINESE, CHINESE[:-1])),
        BodyBreak("surrogate", (JSON,), _replaced(CHINESE, b"\\ud800")),
    ),
    "wire.body.syntax": (
        BodyBreak("cut off", BOTH, _cut),
        BodyBreak("trailing text", (JSON,), _edited(lambda body: body + b" ok")),
        BodyBreak("second root", (XML,), _edited(lambda body: body + b"<x/>")),
        BodyBreak("not a number", (JSON,), _number("NaN", Kind.NONFINITE)),
        BodyBreak("leading zero", (JSON,), _number("007")),
        BodyBreak("unknown entity", (XML,), _replaced(CHINESE, b"&nbsp;")),
    ),
    "wire.body.doctype": (
        BodyBreak("doctype", (XML,), _replaced(b"?>", b'?><!DOCTYPE r [<!ENTITY a "b">]>')),
    ),
    "wire.body.limits": (
        BodyBreak("depth", BOTH, _member(_deep)),
        BodyBreak("digits", (JSON,), _number("9" * (MAX_DIGITS + 1))),
        BodyBreak("exponent", (JSON,), _number(f"1e{MAX_EXPONENT + 1}")),
    ),
    "wire.body.root": (
        BodyBreak("renamed", BOTH, _renamed),
        BodyBreak("both roots", (JSON,), _both_roots),
        BodyBreak("array", (JSON,), _always(b"[]")),
        BodyBreak("nothing", (JSON,), _always(b"{}")),
    ),
}

#: What breaks the spelling of a body as a whole, whichever root it has.
LEXICAL = (
    BodyBreak("byte order mark", (JSON,), _edited(lambda body: b"\xef\xbb\xbf" + body)),
    BodyBreak("other charset", (XML,), _declared("gb18030", "gb18030")),
)
