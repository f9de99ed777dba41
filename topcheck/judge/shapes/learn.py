"""From a judged body to its shape: its own text, with a class for each value that cannot matter.

A value is free only as far as the reference cannot tell two such values apart: by the contract
(families, codes, limits, dates), and by what the rules compare. All else stays as it was written.
"""

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from topcheck.contract import dates, protocol
from topcheck.contract.clauses import bounds, is_bounded, limits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Rule
from topcheck.judge.body_verdict import BodyVerdict, Place, values_at, verdict_of
from topcheck.judge.finding import Judgement
from topcheck.judge.response import READERS
from topcheck.wire.tree import Format, Kind, Message, Node


@dataclass(frozen=True, slots=True)
class ValueClass:
    """Values that the reference judges alike, in plain text. What stands at `place` is counted."""

    pattern: str
    place: Place | None = None


#: Stands for an escape in plain text. No class has it but that of any text.
ESCAPED = "\x7f"
#: Any text; a sign that stands for itself, which none of an escape does, and for XML no return;
#: a text's end.
_TEXT: Mapping[Format, str] = {"json": '[^"]*+', "xml": "[^<]*+"}
_SAME: Mapping[Format, str] = {
    "json": rf'[^"\\{ESCAPED}]', "xml": f"[^<&\r{ESCAPED}]",
}  # fmt: skip
_END: Mapping[Format, str] = {"json": '"', "xml": "<"}

#: What may be written where: numbers of so many digits that every reader takes.
_WHOLE = re.compile("(-?)([1-9][0-9]{0,17})")
_DIGITS = "[1-9][0-9]{0,17}+"
_DECIMAL = "-?(?:0|[1-9][0-9]{0,14}+)(?:[.][0-9]{1,9}+)?+"
_PRICE = "-?(?:0|[1-9][0-9]{0,14}+)(?:[.][0-9]{1,2}+)?+"
_AMOUNTS = {"decimal": _DECIMAL, "price": _PRICE}

_LINE_END = re.compile("\r\n|\r|\n")
#: Scalars as they are written; an element without attributes, and with nothing but its text.
_SCALARS = {
    Kind.STRING: re.compile(r'"(?P<value>(?:[^"\\]++|\\.)*+)"', re.DOTALL),
    Kind.NUMBER: re.compile("(?P<value>-?[0-9][-+.0-9eE]*+)"),
    Kind.ELEMENT: re.compile("<([^\\s<>&/=\"']++)>(?P<value>[^<]*+)</\\1>"),
}
#: What a gateway writes last into XML: the host that answered.
_REMARK = "[^-<>]*+(?:-[^-<>]++)*+"
_LAST = re.compile(rf"<!--(?P<value>{_REMARK})-->[ \t\r\n]*\Z")
#: Facts of a value, as against those of where it stands.
_OF_VALUES = frozenset({"type", "enum", "format", "range", "lexical"})


@dataclass(frozen=True, slots=True)
class Shape:
    """Bodies of one verdict: what stands as it is, and classes of values, in their order."""

    parts: tuple[str | ValueClass, ...]
    verdict: BodyVerdict


@dataclass(slots=True)
class _Compared:
    """What rules compare a value with: texts, and numbers at which something else may begin.

    `otherwise` says that there is a predicate which is not known here.
    """

    texts: set[str] = field(default_factory=set)
    starts: set[int] = field(default_factory=set)
    otherwise: bool = False

    def add(self, predicate: str, wanted: object) -> None:
        """Note one predicate; to Python true is 1."""
        if predicate in ("equals", "in"):
            values = wanted if isinstance(wanted, list) else [wanted]
            self.texts |= {one for one in values if isinstance(one, str)}
            numbers = {int(one) for one in values if isinstance(one, int)}
            self.starts |= numbers | {number + 1 for number in numbers}
            self.otherwise |= not all(isinstance(one, (str, int)) for one in values)
        elif predicate in ("min", "max") and isinstance(wanted, int):
            self.starts.add(wanted + (predicate == "max"))
        elif predicate not in ("present", "absent"):
            self.otherwise = True


class Learner:
    """Makes shapes of what was judged by one contract and its rules.

    `counted` are the places whose values shapes must still tell.
    """

    def __init__(
        self, contract: Contract, rules: Iterable[Rule], counted: frozenset[Place]
    ) -> None:
        self._contract, self.counted = contract, counted
        self._compared: dict[str, _Compared] = {}
        for rule in rules:
            for path, tests in (*rule.when.items(), *rule.then.items()):
                for predicate, wanted in tests.items():
                    self._compared.setdefault(path, _Compared()).add(predicate, wanted)

    def learn(self, body: bytes, judgement: Judgement) -> Shape | None:
        """Return the shape of a body, None where its verdict may hang on more than can be told."""
        fmt: Format = "xml" if judgement.look.format == "xml" else "json"
        on_the_wire = any(finding.clause.side == "wire" for finding in judgement.findings)
        if judgement.side is None or on_the_wire or judgement.left_out:
            return None
        message = READERS[fmt](body)
        if message.encoding != "utf-8" or message.bom:
            return None
        text = body.decode()
        if ESCAPED in text:
            return None
        reading = _Reading(self, fmt, text, judgement)
        parts = tuple(reading.parts(message, self._contract.trees[judgement.side]))
        told = {part.place for part in parts if isinstance(part, ValueClass)}
        values = values_at(judgement, self.counted)
        if not values.keys() <= told or not all(values.values()):
            return None
        return Shape(parts, verdict_of(judgement))

    def class_of(
        self, leaf: Field, kind: Kind, raw: str, facts: set[str], is_told: bool
    ) -> ValueClass | None:
        """Return the class of a documented value, None where it is to stay as it is.

        `raw` is what was written, `facts` are those that it breaks; no class of a value that is
        `is_told` has an escape.
        """
        rules = self._compared if leaf.side == "response" else {}  # they are about successes
        compared = rules.get(leaf.path) or _Compared()
        fmt: Format = "xml" if kind is Kind.ELEMENT else "json"
        if facts == {"type"}:
            return None if kind is Kind.ELEMENT or is_told else _of_wrong_kind(leaf, kind, raw)
        is_reckoned = is_told and leaf.family == "decimal"  # of its spellings one is told
        if not facts <= {"enum", "format"} or compared.otherwise or is_reckoned:
            return None
        if leaf.family == "integer":
            return None if leaf.enum else _number(leaf, raw, compared.starts)
        if compared.starts:  # a text that is an amount is compared by its value
            return None
        if leaf.enum:
            return _code(leaf.enum, raw, compared.texts, fmt, known=not facts)
        if leaf.format:
            return None if compared.texts else _date(leaf.format, raw, known=not facts)
        if leaf.family in _AMOUNTS:
            is_free = not compared.texts and not is_bounded(leaf)
            return _same(_AMOUNTS[leaf.family], raw) if is_free else None
        if leaf.family != "string":
            return None
        return None if limits(leaf) else _text(raw, compared.texts, fmt, is_told)


def _same(pattern: str, raw: str) -> ValueClass | None:
    """Return the class of a pattern, if it fits."""
    return ValueClass(pattern) if re.fullmatch(pattern, raw) else None


def _of_wrong_kind(leaf: Field, kind: Kind, raw: str) -> ValueClass | None:
    """Return the values of JSON that are as wrong in a place, whatever they say."""
    if kind is Kind.STRING and leaf.family in ("integer", "boolean", "object", "list", "map"):
        return ValueClass(_TEXT["json"])
    if kind is Kind.NUMBER and leaf.family not in ("integer", "decimal"):
        return _same(_DIGITS, raw)
    return None


def _number(leaf: Field, raw: str, starts: set[int]) -> ValueClass | None:
    """Return the widest class of whole numbers that stays between two starts."""
    if not (found := _WHOLE.fullmatch(raw)):
        return None
    low, high = bounds(leaf)
    cuts = sorted({low, high + 1, protocol.NUMBER_MIN, protocol.NUMBER_MAX + 1, *starts})
    at, (sign, digits) = bisect_right(cuts, int(raw)), found.groups()
    lowest, highest = cuts[at - 1], cuts[at] - 1
    if sign:
        lowest, highest = -highest, -lowest
    if lowest <= 1 and highest >= 10**18 - 1:
        return _same(f"{sign}{_DIGITS}", raw)
    for kept in range(1, len(digits)):  # so many digits stay, any may follow
        first = int(digits[:kept]) * 10 ** (len(digits) - kept)
        if lowest <= first and first + 10 ** (len(digits) - kept) - 1 <= highest:
            return _same(f"{sign}{digits[:kept]}[0-9]{{{len(digits) - kept}}}", raw)
    return None


def _code(
    codes: Iterable[str], raw: str, named: set[str], fmt: Format, known: bool
) -> ValueClass | None:
    """Return the codes that no rule names, or whatever is neither a code nor named."""
    if known:
        free = [code for code in codes if code not in named]
        return _same(f"(?:{'|'.join(map(re.escape, free))})", raw) if raw in free else None
    return _text(raw, {*codes, *named}, fmt, is_told=True)


def _text(raw: str, others: set[str], fmt: Format, is_told: bool) -> ValueClass | None:
    """Return any text but some; an escape is let in where nothing looks at what it stands for."""
    if not others and not is_told:
        return ValueClass(_TEXT[fmt])
    but = f"(?!(?:{'|'.join(map(re.escape, sorted(others)))}){_END[fmt]})" if others else ""
    return None if raw in others else _same(f"{but}{_SAME[fmt]}{'++' if is_told else '*+'}", raw)


def _date(date_format: str, raw: str, known: bool) -> ValueClass | None:
    """Return the real dates of a format, or what has digits elsewhere than that."""
    if known:
        return _same(dates.pattern(date_format), raw)
    day = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC).strftime(dates.strftime(date_format))
    skeleton = re.sub("[0-9]", "0", raw)
    if skeleton == re.sub("[0-9]", "0", day) or not re.fullmatch("[-0-9 /.:TZ年月日]+", raw):
        return None
    return _same("".join("[0-9]" if c == "0" else re.escape(c) for c in skeleton), raw)


#: Start, end and class of a value in the text.
_Span = tuple[int, int, ValueClass]


class _Reading:
    """One judged body: its text, its findings, and where its values stand."""

    def __init__(self, learner: Learner, fmt: Format, text: str, judgement: Judgement) -> None:
        self._learner, self._fmt, self._text = learner, fmt, text
        self._values = values_at(judgement, learner.counted)
        self._lines = [0, *(found.end() for found in _LINE_END.finditer(text))]
        self._facts: dict[str, set[str]] = {}
        for finding in judgement.findings:
            if finding.clause.fact in _OF_VALUES:
                self._facts.setdefault(finding.path, set()).add(finding.clause.fact)

    def parts(self, message: Message, root: Field) -> Iterator[str | ValueClass]:
        """Yield the text as it is, and the classes of values within it."""
        at = 0
        for start, end, value in self._spans(message, root):
            yield self._text[at:start]
            yield value
            at = end
        yield self._text[at:]

    def _spans(self, message: Message, root: Field) -> Iterator[_Span]:
        for child in message.root.children:
            is_root = child.name == root.name and child.kind is not Kind.NULL
            yield from self._members(child, root, "") if is_root else self._unknown(child)
        if self._fmt == "xml" and (found := _LAST.search(self._text)):
            yield *found.span("value"), ValueClass(_REMARK)

    def _members(self, node: Node, holder: Field, path: str) -> Iterator[_Span]:
        """Yield the values of an object, as the judge goes through its members."""
        seen: dict[str, int] = {}
        for child in node.children:
            at = seen[child.name] = seen.get(child.name, -1) + 1
            member = holder.fields.get(child.name)
            place = f"{path}.{child.name}" if path else child.name
            if member is None or not holder.is_closed or node.kind is Kind.ARRAY:
                yield from self._unknown(child)
            elif member.repeated and child.kind is Kind.ELEMENT:
                yield from self._value(child, member, f"{place}[{at}]")
            elif at:
                yield from self._unknown(child)
            elif member.repeated and child.kind is Kind.ARRAY:
                for number, item in enumerate(child.children):
                    yield from self._value(item, member, f"{place}[{number}]")
            else:
                yield from self._value(child, member, place)

    def _value(self, node: Node, member: Field, path: str) -> Iterator[_Span]:
        if member.holds_members and node.kind in (Kind.OBJECT, Kind.ELEMENT):
            yield from self._members(node, member, path)
        elif node.kind in (Kind.OBJECT, Kind.ARRAY):
            yield from self._unknown(node)
        elif found := self._scalar(node):
            raw, place = found["value"], (member.side, path)
            is_told = place in self._values
            facts = self._facts.get(path, set())
            value = self._learner.class_of(member, node.kind, raw, facts, is_told)
            if is_told and raw == self._values[place]:
                value = ValueClass(value.pattern if value else re.escape(raw), place)
            if value:
                yield *found.span("value"), value

    def _unknown(self, node: Node) -> Iterator[_Span]:
        """Yield the values of what the reference does not look into: they matter by their kind."""
        for child in node.children:
            yield from self._unknown(child)
        if found := self._scalar(node):
            number = _same(_DECIMAL, found["value"])
            if value := number if node.kind is Kind.NUMBER else ValueClass(_TEXT[self._fmt]):
                yield *found.span("value"), value

    def _scalar(self, node: Node) -> re.Match[str] | None:
        """Find how a scalar is written, if it is written plainly."""
        pattern = _SCALARS.get(node.kind)
        if pattern is None or node.children:
            return None
        return pattern.match(self._text, self._lines[node.line - 1] + node.column - 1)
