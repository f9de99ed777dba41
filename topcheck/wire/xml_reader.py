"""XML bytes to a tree, by expat, with the place of every element and nothing expanded."""

import re
from xml.parsers import expat

from topcheck.wire.decode import decode
from topcheck.wire.limits import MAX_BODY_BYTES, MAX_DEPTH, MAX_MEMBERS
from topcheck.wire.tree import Kind, Message, MessageError, Node, path, place

#: Cannot stand in a name, so it parts a namespace from a local name without doubt.
_SEPARATOR = "\n"
#: What may stand before a DOCTYPE.
_PROLOG = re.compile(r"(?:[ \t\r\n]|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)

#: A start tag long enough to have too many attributes. No attribute holds a `<`.
_LONG_TAG = re.compile(
    rf"""<(?=[^<]{{{MAX_MEMBERS}}})[^<>"'!?/](?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+"""
)
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")
_NAMESPACE = re.compile(
    r"""xmlns(?::[^ \t\r\n=<>"':/]++)?+[ \t\r\n]*+=[ \t\r\n]*+(?:"[^"<]*+|'[^'<]*+)"""
)
_LIMITS = "wire.body.limits"

#: What the parser finds missing at the end of a body.
_CUT_OFF = {
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
}


def read_xml(body: bytes, charset: str | None = None) -> Message:
    """Read an XML body; `charset` is what a header declared.

    Comments are dropped, CDATA is text, and a DOCTYPE is refused before it can declare anything.
    Raises MessageError for what is not well-formed, not text, or beyond the limits.
    """
    decoded = decode(body, charset, xml=True)
    root = _XmlReader(decoded.text).document()
    return Message("xml", root, decoded.encoding, decoded.bom, decoded.recoded)


class _XmlReader:
    """Reads one text into a nameless document around the root element."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._document = Node("", Kind.OBJECT, line=1, column=1)
        self._open = [self._document]
        self._texts: list[list[str]] = [[]]
        self._members = 0
        # fed with text, the parser reads it as UTF-8 whatever the declaration says
        parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartNamespaceDeclHandler = lambda _prefix, _uri: self._count(1)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = lambda data: self._texts[-1].append(data)
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def document(self) -> Node:
        """Read the whole text."""
        if self._text.startswith("\ufeff"):
            # the parser would take it for a byte order mark, which has been removed
            raise MessageError("wire.body.syntax", "the text starts with U+FEFF")
        _bound(self._text)
        try:
            self._parser.Parse(self._text, True)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            if reason in _CUT_OFF:
                reason = f"the body is cut off: {reason}"
            at = error.lineno, error.offset + 1
            raise MessageError("wire.body.syntax", reason, *at, path(self._open)) from None
        return self._document

    def _start(self, name: str, attributes: list[str]) -> None:
        self._count(1 + len(attributes) // 2)
        if len(self._open) > MAX_DEPTH:
            raise self._too_much(f"more than {MAX_DEPTH} levels")
        node = Node(_clark(name), Kind.ELEMENT, "", [], *self._place())
        if attributes:
            pairs = zip(attributes[::2], attributes[1::2], strict=True)
            node.attributes = tuple((_clark(key), value) for key, value in pairs)
        self._open[-1].children.append(node)
        self._open.append(node)
        self._texts.append([])

    def _count(self, members: int) -> None:
        self._members += members
        if self._members > MAX_MEMBERS:
            raise self._too_much(f"more than {MAX_MEMBERS} elements, attributes and instructions")

    def _end(self, _name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def _instruction(self, _target: str, _data: str) -> None:
        self._count(1)
        self._open[-1].instructions += 1

    def _doctype(self, *_: object) -> None:
        # the parser is at its end already
        prolog = _PROLOG.match(self._text)
        at = place(self._text, prolog.end() if prolog else 0)
        raise MessageError("wire.body.doctype", "a DOCTYPE", *at)

    def _place(self) -> tuple[int, int]:
        return self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1

    def _too_much(self, reason: str) -> MessageError:
        return MessageError(_LIMITS, reason, *self._place(), path(self._open))


def _bound(text: str) -> None:
    """Raise for what would grow inside the parser, before it tells anybody."""
    signs = text.count("=")
    if signs > MAX_MEMBERS:
        for tag in _LONG_TAG.finditer(text):
            if sum(1 for _ in _QUOTED.finditer(tag[0])) > MAX_MEMBERS:
                reason = f"more than {MAX_MEMBERS} attributes"
                raise MessageError(_LIMITS, reason, *place(text, tag.start()))
    # The parser writes out the namespace of every name that has one.
    longest = max(_NAMESPACE.finditer(text), key=lambda found: len(found[0]), default=None)
    names = min(text.count("<") + signs, MAX_MEMBERS) if longest else 0
    if longest and len(longest[0]) * names > MAX_BODY_BYTES:
        reason = f"namespaces of names that would fill more than {MAX_BODY_BYTES} characters"
        raise MessageError(_LIMITS, reason, *place(text, longest.start()))


def _clark(name: str) -> str:
    return f"{{{name.replace(_SEPARATOR, '}', 1)}" if _SEPARATOR in name else name
