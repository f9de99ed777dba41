"""A body as a tree with places: what every reader returns and every judge walks."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

#: What a body may be written in.
Format = Literal["json", "xml"]


class Kind(enum.Enum):
    """What a node is in its format."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    NONFINITE = "nonfinite"
    ELEMENT = "element"


@dataclass(slots=True, eq=False)
class Node:
    """A value of a body, and where it stands. Two nodes are equal only if they are one.

    `name` is that of the member or element; the items of an array carry the array's name, and a
    JSON document has the name "". A name in an XML namespace is written `{uri}local`.

    `text` is the decoded content of a string, the literal of a number, boolean, null or nonfinite
    as it was written, and all character data of an element.

    `line` and `column` count from 1, in code points: of the value's first character in JSON, of
    the `<` in XML.

    Only elements have `attributes`, in their order and without namespace declarations, and
    `instructions`: how many processing instructions stand directly inside.
    """

    name: str
    kind: Kind
    text: str = ""
    children: list[Node] = field(default_factory=list)
    line: int = 0
    column: int = 0
    attributes: tuple[tuple[str, str], ...] = ()
    instructions: int = 0


@dataclass(slots=True)
class Message:
    """A body that could be read.

    `root` is the JSON document; for XML it is a nameless OBJECT whose only child is the root
    element, and whose `instructions` are those that stand outside of it. `encoding` is the charset
    that the body was decoded with. `recoded` says that the same text in UTF-8 has other bytes.
    """

    format: Format
    root: Node
    encoding: str
    bom: bool
    recoded: bool


@dataclass(eq=False)
class MessageError(Exception):
    """A body cannot be read: the clause it breaks, why in one line, and where.

    `path` holds dotted member names from the document on, "" for the document itself or if it is
    not known. `actual` is a short excerpt of what stands at the place, or "".
    """

    clause: str
    reason: str
    line: int = 1
    column: int = 1
    path: str = ""
    actual: str = ""

    def __str__(self) -> str:
        return f"{self.clause}: {self.reason} (line {self.line}, column {self.column})"


#: Stands where something was cut off.
CUT = "…"
#: The most characters of a body that an error repeats.
MAX_EXCERPT = 40
MAX_PATH = 1000


def excerpt(text: str, limit: int = MAX_EXCERPT) -> str:
    """Shorten a piece of a body so that a finding can show it."""
    return text if len(text) <= limit else text[: limit - 1] + CUT


def path(nodes: Iterable[Node], name: str = "") -> str:
    """Join the names of open nodes, from the document on, and that of a child of the last one.

    An item of an array shares the array's name, which is written once.
    """
    steps: list[str] = []
    parent = None
    for child, kind in [*((node.name, node.kind) for node in nodes), (name, None)]:
        if child and parent is not Kind.ARRAY:
            steps.append(child)
        parent = kind
    return excerpt(".".join(steps), MAX_PATH)


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at `offset`. A line ends with LF, CR LF or CR."""
    before = text[:offset].replace("\r\n", " \n").replace("\r", "\n")
    return before.count("\n") + 1, offset - before.rfind("\n")


def escaped(text: str) -> str:
    """Write what does not print as Python escapes it, line ends among it."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
