"""For each clause, what breaks it: tables of small changes to a conforming message.

A break changes one thing, so the message it came from keeps the clause and everything else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract.clauses import amounts, bounds, containers_without, is_bounded, limits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.generate import trees
from topcheck.generate.trees import Spot
from topcheck.wire.tree import Kind, Node

JSON, XML, FORM = "json", "xml", "form"
BOTH = (JSON, XML)
ALL = (JSON, XML, FORM)

#: Names that no page documents.
STRANGERS = ("ext_info", "Extra", "x0")


@dataclass(frozen=True, slots=True)
class BreakSite:
    """Where a break happens: a whole document, one field, and the place it stands at."""

    draw: DrawFn
    field: Field
    document: Node
    spot: Spot

    @property
    def node(self) -> Node:
        """The node of the field; of a list, its first item."""
        return self.spot.node

    def set(self, kind: Kind, text: str = "") -> None:
        """Put another scalar, or an empty array, in the field's place."""
        self.spot.replace(Node(self.field.name, kind, text))

    def alter(self, **changes: Any) -> None:
        """Change something of the node."""
        self.spot.replace(replace(self.node, **changes))

    def add(self, path: str, node: Node) -> None:
        """Add a copy of a node to the object at a path."""
        if holder := trees.spot(self.document, path):
            holder.node.children.append(trees.copied(node))


#: Makes one small change to a message.
Change = Callable[[BreakSite], None]


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break a clause: its name, the formats that can say it, and the change itself.

    `needs` are the paths that must be there before.
    """

    name: str
    formats: tuple[str, ...]
    change: Change
    needs: tuple[str, ...] = ()


def breaks_of(contract: Contract, field: Field, fact: str) -> list[Break]:
    """Return every way to break a fact of a field; the empty list if there is none."""
    if fact == "place":
        return list(_place(contract, field))
    if fact == "known":
        return list(_known(contract, field))
    return list(_OF_FIELD[fact](field)) if fact in _OF_FIELD else []


def apply(draw: DrawFn, field: Field, one: Break, document: Node) -> Node:
    """Return a broken copy of a conforming document. Raises ValueError if it lacks the field."""
    document = trees.copied(document)
    place = trees.spot(document, field.path)
    if place is None:
        raise ValueError(f"{field.path} is not in the message to be broken")
    one.change(BreakSite(draw, field, document, place))
    return document


# ------------------------------------------------------------------ values


def _scalar(kind: Kind, *texts: str) -> Change:
    """Put a scalar of another kind or text."""
    return lambda site: site.set(kind, site.draw(st.sampled_from(texts)))


def _text(*texts: str) -> Change:
    return _scalar(Kind.STRING, *texts)


def _members(site: BreakSite) -> None:
    """Put an object where a leaf belongs."""
    inner = Node("inner", Kind.STRING, "1")
    site.spot.replace(Node(site.field.name, Kind.OBJECT, children=[inner]))


def _no_items(site: BreakSite) -> None:
    """Put null where a list belongs."""
    array = site.spot.parent
    array.kind, array.text, array.children = Kind.NULL, "null", []


def _no_array(site: BreakSite) -> None:
    """Take a list out, items and all."""
    if holder := trees.spot(site.document, site.field.path.rpartition(".")[0]):
        holder.node.children.remove(site.spot.parent)


def _bare_item(site: BreakSite) -> None:
    """Hand an item over without the array around it."""
    site.spot.parent.kind = site.node.kind
    site.spot.parent.text = site.node.text
    site.spot.parent.children = site.node.children


_EMPTY = Break("empty", BOTH, _text(""))
_OF_LEAF = (Break("members", BOTH, _members),)
_OF_TEXT = (Break("number", (JSON,), _scalar(Kind.NUMBER, "5", "0")), *_OF_LEAF)
_OF_LIST = (
    Break("text", BOTH, _text("text")),
    Break("array", (JSON,), lambda site: site.set(Kind.ARRAY)),
)

#: What breaks `type`, by family.
TYPE: Mapping[str, tuple[Break, ...]] = {
    "integer": (
        Break(
            "letters", ALL, _text("abc", "12a", "1 2", "NaN", "Infinity", "0x10", "\u0661\u0662")
        ),
        Break("quoted", (JSON,), _text("100", "0")),
        Break("fraction", ALL, _scalar(Kind.NUMBER, "1.5", "-0.001")),
        _EMPTY,
        Break("exponent", (XML, FORM), _text("1e2")),
        Break("boolean", (JSON,), _scalar(Kind.BOOLEAN, "true")),
        *_OF_LEAF,
    ),
    "boolean": (
        Break("word", ALL, _text("TRUE", "False", "yes")),
        Break("number", ALL, _scalar(Kind.NUMBER, "1", "0")),
        Break("quoted", (JSON,), _text("true")),
        _EMPTY,
        *_OF_LEAF,
    ),
    "price": (Break("letters", ALL, _text("abc", "1.234", "1.5\n")), _EMPTY, *_OF_TEXT),
    "decimal": (
        Break("letters", ALL, _text("abc", "1,5", "1.5e2", "0x10", "NaN", "1.2.3")),
        Break("boolean", (JSON,), _scalar(Kind.BOOLEAN, "true")),
        _EMPTY,
        *_OF_LEAF,
    ),
    "string": _OF_TEXT,
    "date": _OF_TEXT,
    "object": (*_OF_LIST, Break("mixed", (XML,), lambda site: site.alter(text="text"))),
    # in XML a map may be text as well: pages show some so
    "map": (Break("text", (JSON,), _text("text")), *_OF_LIST[1:]),
    "list": _OF_LIST,
}


def _type(field: Field) -> Iterator[Break]:
    yield from (one for one in TYPE[field.family] if not (field.enum and one is _EMPTY))
    if field.repeated:
        yield Break("bare item", (JSON,), _bare_item)


def _beyond(limit: int | Decimal, step: int, kind: Kind = Kind.NUMBER) -> Change:
    """Go past a limit, by one or by far."""
    return lambda site: site.set(
        kind, f"{Decimal(limit) + step * site.draw(st.integers(1, 2**64)):f}"
    )


def _beyond_amount(field: Field) -> Iterator[Break]:
    """Go past the limits of an amount: a decimal as a number, a price as the text that it is."""
    kind = Kind.STRING if field.family == "price" else Kind.NUMBER
    for name, limit, step in zip(("below", "above"), amounts(field), (-1, 1), strict=True):
        if limit is not None:
            yield Break(name, (JSON, FORM), _beyond(limit, step, kind))


def _too_many(site: BreakSite) -> None:
    most = limits(site.field)["max_items"]
    site.spot.parent.children = [trees.copied(site.node) for _ in range(most + 1)]


def _range(field: Field) -> Iterator[Break]:
    limit = limits(field)
    if field.family == "integer":
        low, high = bounds(field)
        yield Break("below", ALL, _beyond(low, -1))
        yield Break("above", ALL, _beyond(high, 1))
    if is_bounded(field):
        yield from _beyond_amount(field)
    if "max_length" in limit:
        yield Break("too long", ALL, _text("x" * (limit["max_length"] + 1)))
    if "max_items" in limit:
        yield Break("too many", (JSON, FORM), _too_many)


def _enum(field: Field) -> Iterator[Break]:
    """Yield what is no code, though it may look like one."""
    codes = field.enum or ()
    if field.family == "integer":
        yield Break("stranger", ALL, _scalar(Kind.NUMBER, str(max(map(int, codes)) + 1)))
        return
    lowered = [c for code in codes for c in (code.lower(), code.title()) if c not in codes]
    if lowered:
        yield Break("case", ALL, _text(*lowered))
    yield Break("blanks", ALL, _text(*(f" {code}" for code in codes), codes[0] + "\n"))
    yield _EMPTY
    yield Break("stranger", ALL, _text("UNKNOWN_0", "REFUNDED_0"))


#: Values for the letters of a date format that make no real date or time.
_UNREAL = (
    {"dd": "30", "MM": "02"},
    {"dd": "29", "MM": "02", "yyyy": "1900"},
    {"dd": "31", "MM": "04"},
    {"MM": "13"},
    {"dd": "00"},
    {"yyyy": "0999"},
    {"HH": "24"},
    {"mm": "60"},
    {"ss": "60"},
)
_REAL = {"yyyy": "2018", "MM": "01", "dd": "02", "HH": "12", "mm": "00", "ss": "00"}


def _format(field: Field) -> Iterator[Break]:
    """Yield what is no real date in the field's format."""
    pattern = field.format or ""
    real = _date(pattern, {})
    unreal = [_date(pattern, wrong) for wrong in _UNREAL if all(w in pattern for w in wrong)]
    yield Break("unreal", ALL, _text(*unreal))
    yield Break("blanks", ALL, _text(f" {real}", f"{real} "))
    yield Break("newline", ALL, _text(f"{real}\n"))
    yield _EMPTY
    yield Break("other", ALL, _text("1514865600000", "2 Jan 2018", f"{real}Z"))
    if " " in pattern:
        yield Break("separator", ALL, _text(real.replace(" ", "T")))


def _date(pattern: str, wrong: Mapping[str, str]) -> str:
    for letters, digits in {**_REAL, **wrong}.items():
        pattern = pattern.replace(letters, digits)
    return pattern


def _respelled(spell: Callable[[str], str]) -> Change:
    """Spell the same value in another way."""
    return lambda site: site.alter(text=spell(site.node.text))


_BLANKS = Break("blanks", (XML,), _respelled(lambda digits: f" {digits}\n"))
_OF_NUMBER = (
    Break("fraction", BOTH, _respelled(lambda digits: f"{digits}.0")),
    Break("exponent", (JSON,), _respelled(lambda digits: f"{digits}e0")),
    Break("minus zero", BOTH, _respelled(lambda _digits: "-0")),
    Break("plus", (XML,), _respelled(lambda digits: f"+{digits.lstrip('-')}")),
    Break("leading zero", (XML,), _respelled(lambda digits: f"0{digits.lstrip('-')}")),
    _BLANKS,
)
_LEXICAL: Mapping[str, tuple[Break, ...]] = {
    "integer": _OF_NUMBER,
    "boolean": (_BLANKS,),
    "decimal": (
        Break("exponent", (JSON,), _scalar(Kind.NUMBER, "1.5e0", "15E+1", "-1e-2")),
        Break("odd", (XML,), _text("+1.5", "01.5", ".5", "5.")),
        _BLANKS,
    ),
}


# ------------------------------------------------------------------ members


def _twice(site: BreakSite) -> None:
    site.spot.parent.children.append(trees.copied(site.node))


def _array_twice(site: BreakSite) -> None:
    """Say the array again, items and all."""
    site.add(site.field.path.rpartition(".")[0], site.spot.parent)


def _unique(field: Field) -> Iterator[Break]:
    """Yield what makes a member stand twice; items may repeat, their array may not."""
    if field.repeated and field.side != "request":
        yield Break("array twice", (JSON,), _array_twice)
    elif field.repeated:
        yield Break("twice", ALL, _array_twice)
    else:
        yield Break("twice", ALL, _twice)


def _copied_into(path: str, site: BreakSite) -> None:
    site.add(path, site.node)


def _place(contract: Contract, field: Field) -> Iterator[Break]:
    """Yield each object of the tree where the field's name is out of place."""
    for container in containers_without(contract.trees[field.side], field.name):
        path = container.path
        yield Break(f"in {path or 'the root'}", BOTH, partial(_copied_into, path), (path,))


def _stranger(names: tuple[str, ...], site: BreakSite) -> None:
    stranger = Node(site.draw(st.sampled_from(names)), Kind.STRING, "new")
    site.node.children.insert(site.draw(st.integers(0, len(site.node.children))), stranger)


def _known(contract: Contract, field: Field) -> Iterator[Break]:
    """Yield what the page does not document in an object."""
    documented = {member.name for member in contract.trees[field.side].walk()}
    names = (*STRANGERS, *(contract.request.fields if field.side != "request" else ()))
    strangers = tuple(name for name in names if name not in documented)
    yield Break("member", ALL, partial(_stranger, strangers))
    if field.side == "request":
        return
    yield Break("attribute", (XML,), lambda site: site.alter(attributes=(("lang", "zh"),)))
    yield Break("instruction", (XML,), lambda site: site.alter(instructions=1))
    if not field.path:
        beside = Node("trace", Kind.STRING, "1")
        yield Break("beside the root", (JSON,), lambda site: site.document.children.append(beside))


_NULL = Break("null", BOTH, lambda site: site.set(Kind.NULL, "null"))
_NULLS = Break("null for all", (JSON,), _no_items)
_NO_LIST = Break("missing", ALL, _no_array)
_MISSING = Break("missing", ALL, lambda site: site.spot.remove())

#: What breaks a fact that hangs on its field alone.
_OF_FIELD: Mapping[str, Callable[[Field], Iterable[Break]]] = {
    "type": _type,
    "range": _range,
    "enum": _enum,
    "format": _format,
    "unique": _unique,
    "lexical": lambda field: _LEXICAL[field.family],
    "required": lambda field: (_NO_LIST, _NULLS) if field.repeated else (_MISSING, _NULL),
    "null": lambda field: (_NULL, _NULLS) if field.repeated else (_NULL,),
}
