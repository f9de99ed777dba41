"""From shapes to patterns: many shapes as one, for a single body or for all bodies of a block."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from topcheck.judge.body_verdict import BodyVerdict, Place
from topcheck.judge.shapes.learn import ESCAPED, Shape, ValueClass
from topcheck.wire.tree import Format

#: What parts the bodies of a block: no line of JSON holds a line end, no XML a NUL.
ENDS: Mapping[Format, bytes] = {"json": b"\n", "xml": b"\0"}
#: Readers have limits that no shape shows. They multiply the length of an XML namespace by the
#: number of names, up to 16 MiB: the square of this, so that no shorter body goes beyond it.
LONGEST, LONGEST_WITH_NAMESPACE = 64 * 1024, 4096
_SURELY_SHORT: Mapping[Format, int] = {"json": LONGEST, "xml": LONGEST_WITH_NAMESPACE}
#: How an escape begins, and what is a whole one; of surrogates, only two that make one sign.
_ESCAPES: Mapping[Format, tuple[bytes, re.Pattern[bytes]]] = {
    "json": (
        b"\\",
        re.compile(
            rb'\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}'
            rb"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
        ),
    ),
    "xml": (b"&", re.compile(rb"&(?:amp|lt|gt|quot|apos);")),
}
#: Signs that a run takes and that no text of that format has, or only within an escape.
_ODD: Mapping[Format, bytes] = {
    "json": bytes(sign for sign in range(32) if sign != ord("\n")) + b"\\",
    "xml": bytes(sign for sign in range(1, 32) if sign not in b"\t\n\r") + b"&",
}
#: All others but ends: without these, of a block without odd signs only its ends are left.
_PLAIN: Mapping[Format, bytes] = {
    fmt: bytes(sign for sign in range(256) if sign not in odd + ENDS[fmt])
    for fmt, odd in _ODD.items()
}
#: What the text of an XML element cannot hold, though it is UTF-8: a sign, and what begins with it.
_NOT_IN_TEXT: Mapping[Format, tuple[tuple[str, str], ...]] = {
    "json": (),
    "xml": (("]", "]]>"), ("\ufffe", "\ufffe"), ("\uffff", "\uffff")),
}
#: JSON with blanks that are odd signs, but not within texts.
_BLANKS, _PRETTY = b"\t\n\r", re.compile(r'(?:[^"]++|"[^"\x00-\x1f]*+")*+')
#: A text is cut into such words, for shapes part at whole ones.
_WORDS = re.compile(r"\w+|\W+")
#: Shapes as a tree: by what comes next, a word or a class; a verdict where one ends.
_Tree = dict[str | ValueClass | None, Any]


@dataclass(frozen=True, slots=True)
class Matched:
    """What a body is judged to be, and what it says at the places that are counted."""

    verdict: BodyVerdict
    told: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Blocked:
    """How many bodies of a block matched, what they say, and the others with their indices."""

    matched: int
    told: Mapping[tuple[Place, str], int]
    others: Sequence[tuple[int, str]]


def is_long(body: bytes) -> bool:
    """Whether a body may be beyond a limit that no shape shows."""
    size = len(body)
    return size > LONGEST or (size > LONGEST_WITH_NAMESPACE and b"xmlns" in body)


def plain_text(body: bytes, fmt: Format) -> str:
    """Return a body with each escape as one sign; "" where a run might take more than a class."""
    found = _plain(body, fmt)
    if found is None or is_long(body):
        return ""
    text, odd = found
    is_pretty = fmt == "json" and not odd.strip(_BLANKS) and _PRETTY.fullmatch(text)
    return text if not odd or is_pretty else ""


def plain_texts(bodies: bytes, fmt: Format) -> tuple[int, str]:
    """Return the number of bodies, with an end around each, and their plain texts likewise."""
    end = ENDS[fmt]
    found = _plain(bodies, fmt)
    if found and not found[1].strip(end) and not _has_long(bodies, end, _SURELY_SHORT[fmt]):
        return len(found[1]) - 1, found[0]
    texts = [plain_text(body, fmt) for body in bodies.split(end)[1:-1]]
    return len(texts), end.decode().join(("", *texts, ""))


def _plain(data: bytes, fmt: Format) -> tuple[str, bytes] | None:
    """Return data with each escape as one sign, and its odd signs and ends; None if no text."""
    start, escape = _ESCAPES[fmt]
    if start in data:
        data = escape.sub(ESCAPED.encode(), data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if any(sign in text and whole in text for sign, whole in _NOT_IN_TEXT[fmt]):
        return None
    return text, data.translate(None, _PLAIN[fmt])


def _has_long(block: bytes, end: bytes, longest: int) -> bool:
    at = 0
    while len(block) - at > longest:
        at = block.rfind(end, at, at + longest) + 1
        if at == 0:
            return True
    return False


class BodyPattern:
    """Shapes of any verdicts as one pattern, for one body."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        groups: list[Place | BodyVerdict] = []
        self._pattern = re.compile("".join(_written(_tree(shapes), groups, True)))
        self._verdicts = {
            at: one for at, one in enumerate(groups, 1) if isinstance(one, BodyVerdict)
        }
        self._places = [(at, one) for at, one in enumerate(groups, 1) if isinstance(one, tuple)]

    def match(self, text: str) -> Matched | None:
        """Return what the shape says that a body has, None if it has none."""
        found = self._pattern.fullmatch(text)
        if found is None or found.lastindex is None:
            return None
        told = ((place, found[group]) for group, place in self._places)
        return Matched(self._verdicts[found.lastindex], tuple(one for one in told if one[1]))


class BlockPattern:
    """Shapes of one verdict as one pattern, for all bodies of a block at once.

    Its runs take more than the classes of the shapes, even the end of a body. So they are for plain
    texts, and ends are counted after: as many are left as there were, or a run went beyond one.
    """

    def __init__(self, shapes: Iterable[Shape], fmt: Format) -> None:
        self._end, places = ENDS[fmt].decode(), list[Place]()
        inside = "".join(_written(_tree(shapes), places, False))
        self._pattern = re.compile(f"{self._end}(?:{inside})(?={self._end})")
        self._step = len(places) + 1
        self._groups: dict[Place, list[int]] = {}
        for group, place in enumerate(places, start=1):
            self._groups.setdefault(place, []).append(group)

    def match(self, bodies: int, text: str) -> Blocked:
        """Match so many bodies, each between two ends, in their order."""
        pieces = self._pattern.split(text)
        left = pieces[:: self._step]
        others = list(_others(left, self._end))
        matched = len(left) - 1
        if matched + len(others) != bodies:
            return Blocked(0, {}, list(enumerate(text.split(self._end)[1:-1])))
        told = Counter[tuple[Place, str]]()
        for place, groups in self._groups.items():
            values: list[str] = []
            for group in groups:
                values += filter(None, pieces[group :: self._step])
            for value, count in Counter(values).items():
                told[place, value] = count
        return Blocked(matched, told, others)


def _others(left: list[str], end: str) -> Iterator[tuple[int, str]]:
    """Yield index and text of each body in what is left between those that matched."""
    if "".join(left) == end:
        return
    at = 0
    left[-1] = left[-1].removesuffix(end)
    for piece in left:
        if piece:
            texts = piece.split(end)[1:]
            yield from enumerate(texts, start=at)
            at += len(texts)
        at += 1


def _tree(shapes: Iterable[Shape]) -> _Tree:
    """Merge shapes into one tree."""
    tree: _Tree = {}
    for shape in shapes:
        node = tree
        for part in shape.parts:
            steps = _WORDS.findall(part) if isinstance(part, str) else (part,)
            for step in steps:
                node = node.setdefault(step, {})
        node[None] = shape.verdict
    return tree


def _written(tree: _Tree, groups: list[Any], by_verdict: bool) -> Iterator[str]:
    """Write a tree as a pattern; what its groups hold is noted in their order."""
    while len(tree) == 1:
        ((step, inner),) = tree.items()
        yield _step([step], inner, groups, by_verdict)
        if step is None:
            return
        tree = inner
    branches: list[tuple[list[Any], Any]] = []
    for step, inner in tree.items():
        alike = (
            some for some, other in branches if _place(some[0]) == _place(step) and other == inner
        )
        some = next(alike, [])
        some.append(step)
        if len(some) == 1:
            branches.append((some, inner))
    for number, (some, inner) in enumerate(branches):
        yield "|" if number else "(?:"
        yield _step(some, inner, groups, by_verdict)
        if some != [None]:
            yield from _written(inner, groups, by_verdict)
    yield ")"


def _step(some: list[Any], inner: Any, groups: list[Any], by_verdict: bool) -> str:
    """Write steps of one place that go on in the same way, in one group if it is counted."""
    if some == [None]:
        groups.extend([inner] * by_verdict)
        return "()" * by_verdict
    patterns = [re.escape(one) if isinstance(one, str) else one.pattern for one in some]
    either = "|".join(patterns) if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"
    place = _place(some[0])
    groups.extend([place] * (place is not None))
    return either if place is None else f"({either})"


def _place(step: str | ValueClass | None) -> Place | None:
    return step.place if isinstance(step, ValueClass) else None
