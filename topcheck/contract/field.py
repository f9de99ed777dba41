"""The contract as it looks on the wire: rows plus roots, list wrappers, items and `request_id`.

Schema writers, judge and generators all walk this one tree, so that they cannot disagree on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from topcheck.contract import protocol
from topcheck.contract.model import PageRow


@dataclass(frozen=True, slots=True)
class Field:
    """A place on the wire.

    `path` is relative to the root and empty for the root itself. `family` is `object`, `list` (the
    wrapper around items) or the family of a leaf type. A wrapper has one field, its item, whose
    `repeated` is true. `row` is the page's row, None for what only the platform knows.
    """

    side: str
    path: str
    name: str
    family: str
    required: bool = False
    repeated: bool = False
    row: PageRow | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)

    @property
    def holds_members(self) -> bool:
        """Whether the value is made of members and not of text."""
        return self.family in ("object", "list")

    @property
    def is_plain(self) -> bool:
        """Whether this is a number or a text that may have any value."""
        return self.family in ("integer", "string") and not self.enum and not self.format

    @property
    def format(self) -> str | None:
        """The date format of a leaf, whether its type or its description names it."""
        if self.family == "date":
            return protocol.DATE_FORMAT
        return self.row.format if self.row else None

    @property
    def enum(self) -> tuple[str, ...] | None:
        """The codes that the page lists, in its order."""
        return self.row.enum if self.row else None

    def clause_id(self, fact: str) -> str:
        """Build the one name of a fact of this field."""
        return ".".join(filter(None, (self.side, self.path, fact)))

    def walk(self) -> Iterator[Field]:
        """Yield this field and all below it, depth first, in the page's order."""
        yield self
        for child in self.fields.values():
            yield from child.walk()


def response_tree(root: str, rows: tuple[PageRow, ...]) -> Field:
    """Build the success root, with TOP's own `request_id` beside the documented members."""
    fields = _fields("response", "", rows)
    only = next(iter(fields.values())) if len(fields) == 1 else None
    if only and only.family == "object":
        fields[only.name] = replace(only, required=True)
    fields.setdefault(protocol.REQUEST_ID, _request_id("response"))
    return Field("response", "", root, "object", required=True, fields=fields)


def error_tree(root: str, rows: tuple[PageRow, ...]) -> Field:
    """Build the root of an error."""
    fields = _fields("error_response", "", rows)
    return Field("error_response", "", root, "object", required=True, fields=fields)


def request_tree(rows: tuple[PageRow, ...]) -> Field:
    """Build the business parameters as one object."""
    return Field("request", "", "", "object", fields=_fields("request", "", rows))


def item_name(type_name: str) -> str:
    """Name the items of a list: the class in snake case, an underscore before every capital."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", type_name).lower()


def _request_id(side: str) -> Field:
    return Field(side, protocol.REQUEST_ID, protocol.REQUEST_ID, "string")


def _fields(side: str, prefix: str, nodes: tuple[PageRow, ...]) -> dict[str, Field]:
    return {node.name: _field(side, f"{prefix}{node.name}", node) for node in nodes}


def _field(side: str, path: str, node: PageRow) -> Field:
    required = bool(node.required)
    if not node.list:
        return _value(side, path, node.name, node, required)
    if side == "request":  # a list parameter has no wrapper
        return _value(side, path, node.name, node, required, repeated=True)
    item = item_name(node.type)
    inner = _value(side, f"{path}.{item}", item, node, required=False, repeated=True)
    return Field(side, path, node.name, "list", required, row=node, fields={item: inner})


def _value(
    side: str, path: str, name: str, node: PageRow, required: bool, repeated: bool = False
) -> Field:
    family = "object" if node.children else protocol.LEAF_TYPES[node.type]
    inner = _fields(side, f"{path}.", node.children)
    return Field(side, path, name, family, required, repeated, node, inner)
