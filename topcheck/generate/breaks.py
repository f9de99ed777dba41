"""For each clause, what breaks it: tables of small changes to a conforming message.

A break changes one thing, so the message it came from keeps the clause and everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hypothesis.strategies import DrawFn

from topcheck.contract.clauses import bounds, containers_without, limits
from topcheck.contract.field import Field
from topcheck.generate import changes, trees
from topcheck.generate.changes import ALL, BOTH, FORM, JSON, XML, Break, BreakSite
from topcheck.wire.tree import Kind, Node

#: Names that no page documents.
STRANGERS = ("ext_info", "Extra", "x0")

LETTERS = ("abc", "12a", "1 2", "NaN", "Infinity", "0x10", "\u0661\u0662")

_OF_LEAF = (Break("members", ALL[:2], changes.members_for_text),)
_TEXT = (Break("number", (JSON,), changes.scalar(Kind.NUMBER, "5", "0")), *_OF_LEAF)

#: What breaks `type`, by family.
TYPE: Mapping[str, tuple[Break, ...]] = {
    "integer": (
        Break("letters", ALL, changes.scalar(Kind.STRING, *LETTERS)),
        Break("quoted", (JSON,), changes.scalar(Kind.STRING, "100", "0")),
        Break("fraction", ALL, changes.scalar(Kind.NUMBER, "1.5", "-0.001")),
        Break("empty", BOTH, changes.scalar(Kind.STRING, "")),
        Break("exponent", (XML, FORM), changes.scalar(Kind.STRING, "1e2")),
        Break("boolean", (JSON,), changes.scalar(Kind.BOOLEAN, "true")),
        *_OF_LEAF,
    ),
    "boolean": (
        Break("word", ALL, changes.scalar(Kind.STRING, "TRUE", "False", "yes")),
        Break("number", ALL, changes.scalar(Kind.NUMBER, "1", "0")),
        Break("quoted", (JSON,), changes.scalar(Kind.STRING, "true")),
        Break("empty", BOTH, changes.scalar(Kind.STRING, "")),
        *_OF_LEAF,
    ),
    "price": (
        Break("letters", ALL, changes.scalar(Kind.STRING, "abc", "1.234", "1.5\n")),
        Break("empty", BOTH, changes.scalar(Kind.STRING, "")),
        *_TEXT,
    ),
    "string": _TEXT,
    "date": _TEXT,
    "object": (
        Break("text", BOTH, changes.scalar(Kind.STRING, "text")),
        Break("array", (JSON,), changes.array),
        Break("mixed", (XML,), changes.mixed),
    ),
    "list": (
        Break("text", BOTH, changes.scalar(Kind.STRING, "text")),
        Break("array", (JSON,), changes.array),
    ),
}


def range_breaks(field: Field) -> Iterator[Break]:
    """Yield what breaks the range of a number, a text or a list."""
    limit = limits(field)
    if field.family == "integer":
        low, high = bounds(field)
        yield Break("below", ALL, changes.beyond(low, -1))
        yield Break("above", ALL, changes.beyond(high, 1))
    if "max_length" in limit:
        yield Break("too long", ALL, changes.too_long)
    if "max_items" in limit:
        yield Break("too many", (JSON, FORM), changes.too_many)


def enum_breaks(field: Field) -> Iterator[Break]:
    """Yield what is no code, though it may look like one."""
    codes = field.enum or ()
    if field.family == "integer":
        stranger = str(max(map(int, codes)) + 1)
        yield Break("stranger", ALL, changes.scalar(Kind.NUMBER, stranger))
        return
    lowered = [c for code in codes for c in (code.lower(), code.title()) if c not in codes]
    if lowered:
        yield Break("case", ALL, changes.scalar(Kind.STRING, *lowered))
    yield Break(
        "blanks", ALL, changes.scalar(Kind.STRING, *(f" {code}" for code in codes), codes[0] + "\n")
    )
    yield Break("empty", BOTH, changes.scalar(Kind.STRING, ""))
    yield Break("stranger", ALL, changes.scalar(Kind.STRING, "UNKNOWN_0", "REFUNDED_0"))


#: Values for the letters of a date format that make no real date or time.
UNREAL = (
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


def format_breaks(field: Field) -> Iterator[Break]:
    """Yield what is no real date in the field's format."""
    pattern = field.format or ""
    unreal = [_date(pattern, wrong) for wrong in UNREAL if all(w in pattern for w in wrong)]
    real = _date(pattern, {})
    yield Break("unreal", ALL, changes.scalar(Kind.STRING, *unreal))
    yield Break("blanks", ALL, changes.scalar(Kind.STRING, f" {real}", f"{real} "))
    yield Break("newline", ALL, changes.scalar(Kind.STRING, f"{real}\n"))
    yield Break("empty", BOTH, changes.scalar(Kind.STRING, ""))
    yield Break(
        "other", ALL, changes.scalar(Kind.STRING, "1514865600000", "2 Jan 2018", f"{real}Z")
    )
    if " " in pattern:
        yield Break("separator", ALL, changes.scalar(Kind.STRING, real.replace(" ", "T")))


def _date(pattern: str, wrong: Mapping[str, str]) -> str:
    for letters, digits in {**_REAL, **wrong}.items():
        pattern = pattern.replace(letters, digits)
    return pattern


_NULL = Break("null", BOTH, lambda site: site.set(Kind.NULL, "null"))

#: What breaks a fact in the same way whatever the field.
FIXED: Mapping[str, tuple[Break, ...]] = {
    "required": (Break("missing", ALL, changes.missing), _NULL),
    "null": (_NULL,),
}


def unique_breaks(field: Field) -> Iterator[Break]:
    """Yield what makes a member stand twice; items may repeat, their array may not."""
    if field.repeated and field.side != "request":
        yield Break("array twice", (JSON,), changes.array_twice)
    else:
        yield Break("twice", ALL, changes.array_twice if field.repeated else changes.twice)


_ODD_SPELLINGS: Mapping[str, tuple[tuple[str, ...], Callable[[str], str]]] = {
    "fraction": (BOTH, lambda digits: f"{digits}.0"),
    "exponent": ((JSON,), lambda digits: f"{digits}e0"),
    "minus zero": (BOTH, lambda _digits: "-0"),
    "plus": ((XML,), lambda digits: f"+{digits.lstrip('-')}"),
    "leading zero": ((XML,), lambda digits: f"0{digits.lstrip('-')}"),
    "blanks": ((XML,), lambda digits: f" {digits}\n"),
}


def lexical_breaks(field: Field) -> Iterator[Break]:
    """Yield odd spellings of a value that a careful reader still takes for the same value."""
    for name, (formats, spell) in _ODD_SPELLINGS.items():
        if field.family == "integer" or name == "blanks":
            yield Break(name, formats, changes.respelled(spell))


def place_breaks(root: Field, field: Field) -> Iterator[Break]:
    """Yield each object of the tree where the field's name is out of place."""
    for container in containers_without(root, field.name):
        where = container.path or "the root"
        yield Break(f"in {where}", BOTH, changes.copied_into(container.path), (container.path,))


def known_breaks(field: Field, strangers: tuple[str, ...]) -> Iterator[Break]:
    """Yield what the page does not document in an object."""
    yield Break("member", ALL, changes.stranger(strangers))
    if field.side == "request":
        return
    yield Break("attribute", (XML,), changes.attribute)
    yield Break("instruction", (XML,), changes.instruction)
    if not field.path:
        yield Break("beside the root", (JSON,), changes.beside_root)


def type_breaks(field: Field) -> Iterator[Break]:
    """Yield values of another type."""
    for one in TYPE[field.family]:
        if not (field.enum and one.name == "empty"):
            yield one
    if field.repeated and field.side != "request":
        yield Break("bare item", (JSON,), changes.bare_item)


def breaks_of(root: Field, field: Field, fact: str, strangers: tuple[str, ...]) -> list[Break]:
    """Return every way to break a fact of a field; the empty list if there is none.

    `strangers` are names that the field's tree does not document.
    """
    if fact in FIXED:
        return list(FIXED[fact])
    makers: Mapping[str, Callable[[], Iterator[Break]]] = {
        "type": lambda: type_breaks(field),
        "range": lambda: range_breaks(field),
        "enum": lambda: enum_breaks(field),
        "format": lambda: format_breaks(field),
        "unique": lambda: unique_breaks(field),
        "lexical": lambda: lexical_breaks(field),
        "place": lambda: place_breaks(root, field),
        "known": lambda: known_breaks(field, strangers),
    }
    return list(makers[fact]()) if fact in makers else []


def apply(draw: DrawFn, root: Field, field: Field, one: Break, document: Node) -> Node:
    """Return a broken copy of a conforming document."""
    document = trees.copied(document)
    place = trees.spot(document, field.path)
    if place is None:
        raise ValueError(f"{field.path} is not in the message to be broken")
    one.change(BreakSite(draw, root, field, document, place))
    return document
