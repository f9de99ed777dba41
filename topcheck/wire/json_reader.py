"""JSON bytes to a tree, by RFC 8259 and nothing more, with the place of every value."""

import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from topcheck.wire.decode import decode
from topcheck.wire.limits import MAX_DEPTH, MAX_DIGITS, MAX_EXPONENT, MAX_MEMBERS
from topcheck.wire.redact import without
from topcheck.wire.tree import Kind, Message, MessageError, Node, excerpt, path, place

# Blanks are possessive: to give them back one by one would make a megabyte of them quadratic.
_BLANKS = re.compile(r"[ \t\n\r]*+")
#: What stands before a child of a container, or closes it.
_SEPARATOR = re.compile(r"[ \t\n\r]*+([,}\]])?[ \t\n\r]*+")
_COLON = re.compile(r"[ \t\n\r]*+:[ \t\n\r]*+")
#: A string without escapes needs no scanner.
_PLAIN = r'"([^"\\\x00-\x1f]*)"'
_PLAIN_VALUE = (
    _PLAIN + r"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(true|false)|(null)|(NaN|-?Infinity)|(\{)|(\[)"
)
_VALUE = re.compile(_PLAIN_VALUE)
#: A whole member in one match: most of any body is made of these.
_MEMBER = re.compile(rf"[ \t\n\r]*+(,?)[ \t\n\r]*+{_PLAIN}{_COLON.pattern}(?:{_PLAIN_VALUE})")
_MEMBER_GROUPS = 2
#: The kinds of the groups of _VALUE.
_KINDS = (Kind.ELEMENT, Kind.STRING, Kind.NUMBER, Kind.BOOLEAN, Kind.NULL, Kind.NONFINITE,
          Kind.OBJECT, Kind.ARRAY)  # fmt: skip
_NUMBER, _FIRST_CONTAINER = 2, 6
#: Looking up a member of an enum is slow, and this one is asked for at every member.
_OBJECT = Kind.OBJECT
_CLOSING = {Kind.OBJECT: "}", Kind.ARRAY: "]"}

_NUMBER_PARTS = re.compile(r"-?([0-9]+)\.?([0-9]*)(?:[eE][+-]?0*([0-9]*))?")
_SURROGATE = re.compile("[\ud800-\udfff]")

#: Why a string could not be scanned, by the first words of the scanner.
_SCAN_ERRORS = {
    "Unterminated": "the body ends inside a string",
    "Invalid control": "a control character in a string is not escaped",
    "Invalid": "a string has an escape that JSON does not know",
}


def read_json(body: bytes, charset: str | None = None) -> Message:
    """Read a JSON body; `charset` is what a header declared.

    Duplicate members, and NaN, Infinity and -Infinity, are kept for the judge. Raises MessageError
    for whatever else is not JSON, for bytes that are not text, and beyond the limits.
    """
    decoded = decode(body, charset)
    root = _JsonReader(decoded.text).document()
    return Message("json", root, decoded.encoding, decoded.bom, decoded.recoded)


class _JsonReader:
    """Reads one text. Containers that are still open stand on a stack: nothing here recurses."""

    def __init__(self, text: str) -> None:
        # A line ends with LF from here on. A CR in a string is an error, and so is an LF.
        if text.count("\r") > text.count("\r\n"):
            text = text.replace("\r\n", " \n").replace("\r", "\n")
        self._text = text
        # Values come in order, so the lines are counted from the last one on: a list of all line
        # breaks could be forty times as large as the body.
        self._line, self._newline, self._next_newline = 1, -1, _find_newline(text, 0)
        self._open: list[Node] = []
        self._members = 0

    def document(self) -> Node:
        """Read the only value of the text."""
        root, at = self._value("", self._skip(0))
        match, text, containers = _MEMBER.match, self._text, self._open
        while containers:
            parent = containers[-1]
            siblings = parent.children
            found = match(text, at) if parent.kind is _OBJECT else None
            if found and (found[1] == ",") is bool(siblings):
                group = found.lastindex or 0
                start = found.start(group) - (group == _MEMBER_GROUPS + 1)
                siblings.append(self._node(found[2], group - _MEMBER_GROUPS, found[group], start))
                at = found.end()
            else:
                at = self._step(parent, at)
        end = self._skip(at)
        if end < len(self._text):
            raise self._error(end, "something follows the end of the document")
        return root

    def _step(self, parent: Node, at: int) -> int:
        """Read one child of the innermost container, or its end; return where it goes on."""
        sign, sign_at = None, at
        if found := _SEPARATOR.match(self._text, at):
            sign, at = found[1], found.end()
            sign_at = found.start(1) if sign else at
        if sign == _CLOSING[parent.kind]:
            self._open.pop()
            return at
        if sign != ("," if parent.children else None):
            wanted = f'"," or "{_CLOSING[parent.kind]}"' if parent.children else "a value"
            raise self._error(sign_at, f"{wanted} was expected")
        name = parent.name
        if parent.kind is Kind.OBJECT:
            name, at = self._name(at)
        child, at = self._value(name, at)
        parent.children.append(child)
        return at

    def _name(self, at: int) -> tuple[str, int]:
        if self._text[at : at + 1] != '"':
            raise self._error(at, "a member name was expected")
        name, at = self._string(at)
        colon = _COLON.match(self._text, at)
        if not colon:
            raise self._error(self._skip(at), "a colon was expected", name)
        return name, colon.end()

    def _value(self, name: str, at: int) -> tuple[Node, int]:
        found = _VALUE.match(self._text, at)
        if found and found.lastindex:
            group, end = found.lastindex, found.end()
            content = found[group]
        elif self._text[at : at + 1] == '"':
            group = 1
            content, end = self._string(at, name)
        else:
            raise self._error(at, "a value was expected", name)
        return self._node(name, group, content, at), end

    def _node(self, name: str, group: int, content: str, at: int) -> Node:
        """Make the node of a value by the group of _VALUE that it matched."""
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise self._error(at, f"more than {MAX_MEMBERS} members", name, "wire.body.limits")
        if at > self._next_newline:
            self._pass_lines(at)
        node = Node(name, _KINDS[group], content, [], self._line, at - self._newline)
        if group == _NUMBER:
            self._check_number(at, name, content)
        elif group >= _FIRST_CONTAINER:
            node.text = ""
            self._open.append(node)
            if len(self._open) > MAX_DEPTH:
                raise self._error(at, f"more than {MAX_DEPTH} levels", "", "wire.body.limits")
        return node

    def _string(self, at: int, name: str = "") -> tuple[str, int]:
        """Read a string that has escapes, or is none."""
        try:
            content, end = scanstring(self._text, at + 1)
        except JSONDecodeError as error:
            reason = next(why for words, why in _SCAN_ERRORS.items() if error.msg.startswith(words))
            raise self._error(error.pos, reason, name) from None
        if _SURROGATE.search(content):
            reason = "an escaped surrogate without its partner is no character"
            raise self._error(at, reason, name, "wire.body.encoding")
        return content, end

    def _check_number(self, at: int, name: str, literal: str) -> None:
        if len(literal) <= MAX_DIGITS and "e" not in literal and "E" not in literal:
            return
        parts = _NUMBER_PARTS.match(literal)
        whole, fraction, exponent = parts.groups("") if parts else ("", "", "")
        if len(whole) + len(fraction) > MAX_DIGITS:
            raise self._error(at, f"more than {MAX_DIGITS} digits", name, "wire.body.limits")
        # by length first: Python refuses to convert thousands of digits
        if len(exponent) > len(str(MAX_EXPONENT)) or int(exponent or 0) > MAX_EXPONENT:
            reason = f"an exponent of more than {MAX_EXPONENT}"
            raise self._error(at, reason, name, "wire.body.limits")

    def _skip(self, at: int) -> int:
        found = _BLANKS.match(self._text, at)
        return found.end() if found else at

    def _pass_lines(self, at: int) -> None:
        self._line += self._text.count("\n", self._next_newline, at)
        self._newline = self._text.rfind("\n", self._next_newline, at)
        self._next_newline = _find_newline(self._text, at)

    def _error(
        self, at: int, reason: str, name: str = "", clause: str = "wire.body.syntax"
    ) -> MessageError:
        if at >= len(self._text):
            reason = f"the body ends where {reason}" if "expected" in reason else reason
        line = self._text[at : at + 100].partition("\n")[0]
        before = self._text[max(0, at - 100) : at]  # it may name a secret
        actual = excerpt(without(before + line, ())[len(without(before, ())) :])
        return MessageError(clause, reason, *place(self._text, at), path(self._open, name), actual)


def _find_newline(text: str, start: int) -> int:
    found = text.find("\n", start)
    return len(text) if found < 0 else found
