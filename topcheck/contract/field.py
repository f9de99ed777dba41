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
    wrapper around items) or the family of a leaf type; a `map` holds any members. A wrapper has one
    field, its item, whose `repeated` is true. `row` is the page's row, None for what only the
    platform knows.
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
        return self.family in ("object", "list", "map")

    @property
    def is_closed(self) -> bool:
        """Whether the page lists all the members that the value may have."""
        return self.family in ("object", "list")

    @property
    def is_plain(self) -> bool:
        """Whether this is one number or text that may have any value."""
        is_any = self.family in ("integer", "string") and not self.enum and not self.format
        return is_any and not self.repeated

    @property
    def format(self) -> str | None:
        """The date format of a leaf, whether its type or its description names it."""
        if self.family == "date":
            return protocol.DATE_FORMAT
        return self.row.format if self.row else None

    @property
    def limits(self) -> Mapping[str, str | int]:
        """What the page's column for further limits says."""
        return (self.row.limits if self.row else None) or {}

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

    def walk_once(self) -> Iterator[Field]:
        """Yield this field and all below it, but for what stands in a list."""
        if not self.repeated:
            yield self
            for child in self.fields.values():
                yield from child.walk_once()


def tree(side: str, root: str, rows: tuple[PageRow, ...], types: Mapping[str, str]) -> Field:
    """Build the root of an answer, or the business parameters as one object without a name.

    `types` are the families of the leaf types that the platform's own list lacks.
    TOP's own `request_id` stands beside the documented members of a response, of which a single
    one that is an object is required.
    """
    fields = _fields(side, "", rows, {**protocol.LEAF_TYPES, **types})
    if side == "response":
        only = next(iter(fields.values())) if len(fields) == 1 else None
        if only and only.family == "object":
            fields[only.name] = replace(only, required=True)
        request_id = Field(side, protocol.REQUEST_ID, protocol.REQUEST_ID, "string")
        fields.setdefault(protocol.REQUEST_ID, request_id)
    return Field(side, "", root, "object", required=side != "request", fields=fields)


def item_name(type_name: str) -> str:
    """Name the items of a list: the class in snake case, an underscore before every capital."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", type_name).lower()


def _fields(
    side: str, prefix: str, rows: tuple[PageRow, ...], types: Mapping[str, str]
) -> dict[str, Field]:
    return {row.name: _field(side, f"{prefix}{row.name}", row, types) for row in rows}


def _field(side: str, path: str, row: PageRow, types: Mapping[str, str]) -> Field:
    name, required = row.name, bool(row.required)
    family = "object" if row.children else types[row.type]
    is_wrapped = row.list and side != "request"  # a list parameter has no wrapper
    if is_wrapped:
        name, required = item_name(row.type), False
    place = f"{path}.{name}" if is_wrapped else path
    inner = _fields(side, f"{place}.", row.children, types)
    value = Field(side, place, name, family, required, row.list, row, inner)
    if not is_wrapped:
        return value
    return Field(side, path, row.name, "list", bool(row.required), row=row, fields={name: value})
