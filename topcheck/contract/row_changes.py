"""The rows of two pages side by side: what each says, and what kind a difference of it is."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from topcheck.contract.changes import WITHIN_JSON, WITHIN_TEXT
from topcheck.contract.comparison import differing
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import decimal_of

#: The names on the way to a row, as the page nests its rows.
Steps = tuple[str, ...]

_BITS_32 = range(-(2**31), 2**31)
#: What has no comma, so that one value is a list of one.
_WITHOUT_COMMA = ("integer", "boolean", "price", "decimal")
_NUMBERS = ("integer", "decimal")


def value_of(row: Field) -> Field:
    """Return what a row has as value: of a list in an answer its item, which it wraps."""
    return next(iter(row.fields.values())) if row.family == "list" else row


def rows_of(old: Field, new: Field) -> tuple[dict[Steps, Field], dict[Steps, Field], set[Steps]]:
    """Return the rows of two trees by their steps, and where an only member became a list.

    There that member of the one is the row beside the list of the other, for they look alike.
    """
    before, after = dict(_below(old)), dict(_below(new))
    placed = set()
    for one, other in ((before, after), (after, before)):
        for steps, row in [*one.items()]:
            there = other.get(steps)
            if row.family != "object" or there is None or there.family != "list":
                continue
            (name, *more), item = row.fields, value_of(there).name
            if not more and name == item and row.fields[name].family != "list":
                placed.add(steps)
                one[steps] = one.pop((*steps, item))
                for inner, _ in _below(one[steps]):
                    one[(*steps, *inner)] = one.pop((*steps, item, *inner))
    return before, after, placed


def _below(row: Field, steps: Steps = ()) -> Iterator[tuple[Steps, Field]]:
    for name, inner in value_of(row).fields.items():
        yield (*steps, name), inner
        yield from _below(inner, (*steps, name))


def type_said(row: Field) -> str:
    """Say what a row holds, as the page writes it; of an object not its class."""
    value = value_of(row)
    name = row.row.type if row.row and value.family != "object" else value.family
    return f"{name} []" if _is_list(row) else name


def _is_list(row: Field) -> bool:
    return row.repeated or row.family == "list"


def _facts(row: Field, contract: Contract) -> dict[str, Any]:
    """Return what a page says of a row. A Date is a text with a format."""
    value, said = value_of(row), row.row
    facts = {
        "type": "string" if value.family == "date" else value.family,
        "list": _is_list(row),
        "items": None if value is row else value.name,
        "required": row.required,
        "enum": value.enum and dict.fromkeys(value.enum, True),
        "format": value.format,
        "limits": dict(row.limits) if row.side == "request" else {},
        "accumulates": row.side == "response" and row.path in contract.accumulated,
        "documented": said is not None,
    }
    cells = {"unit": "unit", "example": "example", "description": "description", "class": "type"}
    return facts | {fact: getattr(said, name, None) for fact, name in cells.items()}


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A fact of a row of which two pages say otherwise, and what else they say of the row.

    `inner` is a code of an enumeration or a limit by its name. `placed` says that an only member
    and the items of a list are held against each other.
    """

    side: str
    steps: Steps
    fact: str
    inner: str | None
    before: Any
    after: Any
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    placed: bool

    @property
    def name(self) -> str:
        """The name of its kind, as `KINDS` has it behind `answer.` or `request.`."""
        return _NAMES[self.fact](self)

    @property
    def told(self) -> bool:
        """Whether another difference tells of this one."""
        others = _TOLD_BY.get(self.fact, ())
        return any(self.old.get(other) != self.new.get(other) for other in others)


def row_differences(
    side: str, steps: Steps, rows: tuple[Field, Field], contracts: tuple[Contract, Contract],
    *, placed: bool,
) -> Iterator[RowDifference]:  # fmt: skip
    """Yield what two pages say otherwise of a row that both have."""
    old, new = (_facts(*pair) for pair in zip(rows, contracts, strict=True))
    for (fact, *inner), before, after in differing(old, new):
        at = inner[0] if inner else None
        found = RowDifference(side, steps, fact, at, before, after, old, new, placed)
        if not found.told:
            yield found


#: Where facts differ that are told by another one that differs.
_TOLD_BY: Mapping[str, Collection[str]] = {
    **{fact: {"type"} for fact in ("enum", "format", "limits")},
    "items": {"list"},
    "class": {"type", "list", "items", "documented"},
    **{fact: {"documented"} for fact in ("example", "unit")},
    "accumulates": {"type", "list"},
    "description": {"documented", "type", "enum", "format", "unit", "accumulates"},
}


def _way(one: RowDifference, gained: str = "gained", lost: str = "lost") -> str:
    if one.before in (None, False):
        return gained
    return lost if one.after in (None, False) else "changed"


def _type(one: RowDifference) -> str:
    old, new = one.before, one.after
    taken = one.new if one.side == "request" else one.old
    if taken["enum"] or taken["format"]:  # a few values of the family only
        return "type.other"
    if one.side == "request":  # a parameter is text, and JSON is what stands in one
        within = WITHIN_TEXT if len(one.steps) == 1 else WITHIN_JSON
        return f"type.{'within' if old in within.get(new, ()) else 'other'}"
    if new in WITHIN_JSON.get(old, ()):
        return "type.within"
    if new in WITHIN_TEXT.get(old, ()):
        return f"type.{'number' if new in _NUMBERS else 'within_text'}"
    return "type.other"


def _list(one: RowDifference) -> str:
    name = f"list.{_way(one)}"
    if one.side == "request":
        plain = len(one.steps) == 1 and one.old["type"] in _WITHOUT_COMMA
        return name if plain or not one.after else f"{name}_other"
    return f"{name}_in_place" if one.placed else name


def _limit(one: RowDifference) -> str:
    if one.inner == "default":
        return f"default.{_way(one)}"
    before, after = (decimal_of(str(said)) for said in (one.before, one.after))
    widened = one.after is None
    if before is not None and after is not None:
        widened = after < before if one.inner == "minimum" else after > before
    if not widened:
        return "limit.narrowed"
    large = after is None or int(after) not in _BITS_32
    was_small = before is not None and int(before) in _BITS_32
    of_value = one.inner in ("minimum", "maximum") and one.new["type"] == "integer"
    return "limit.widened_large" if of_value and large and was_small else "limit.widened"


def _example(one: RowDifference) -> str:
    large = [
        bool(re.fullmatch("-?[0-9]{1,20}", str(said))) and int(said) not in _BITS_32
        for said in (one.before, one.after)
    ]
    is_number = one.new["type"] == "integer"
    return "example.large" if is_number and large == [False, True] else "example.changed"


#: The name of the kind, by the fact.
_NAMES: Mapping[str, Callable[[RowDifference], str]] = {
    "type": _type,
    "list": _list,
    "items": lambda _: "items.renamed",
    "required": lambda one: f"required.{_way(one)}",
    "enum": lambda one: (
        f"enum.{_way(one, 'added', 'removed') if one.inner else _way(one, 'closed', 'opened')}"
    ),
    "format": lambda one: f"format.{_way(one)}",
    "unit": lambda _: "unit.changed",
    "limits": _limit,
    "accumulates": lambda one: f"accumulates.{_way(one)}",
    "documented": lambda one: f"member.{_way(one, 'documented', 'undocumented')}",
    "example": _example,
    "description": lambda _: "description.changed",
    "class": lambda _: "type.spelling",
}
