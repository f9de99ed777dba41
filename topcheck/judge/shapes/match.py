"""From shapes to patterns: many shapes as one, for a single body or for all bodies of a block."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import stringzilla

from topcheck.judge.body_verdict import BodyVerdict, Place
from topcheck.judge.shapes.learn import ESCAPED, Shape, ValueClass
from topcheck.wire.tree import Format

#: What ends the bodies of a block: no line of JSON holds a line end, no XML a NUL.
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
#: Signs that a run takes, and that no text of that format has or only within an escape.
_ODD: Mapping[Format, bytes] = {
    fmt: bytes({*range(32)} - {*b"\t\n\r"}) + start for fmt, (start, _) in _ESCAPES.items()
}
#: The same within a block, where JSON has no blanks but its ends, which are NULs in XML.
_ODD_IN_BLOCK: Mapping[Format, bytes] = {
    "json": _ODD["json"] + b"\t\r",
    "xml": _ODD["xml"].replace(ENDS["xml"], b""),
}
#: What the text of an XML element cannot hold, though it is UTF-8: a sign, and what begins with it.
_NOT_IN_TEXT: Mapping[Format, tuple[tuple[str, str], ...]] = {
    "json": (),
    "xml": (("]", "]]>"), ("\ufffe", "\ufffe"), ("\uffff", "\uffff")),
}
#: JSON with blanks, but not within texts.
_BLANKS, _PRETTY = b"\t\n\r", re.compile(r'(?:[^"]++|"[^"\x00-\x1f]*+")*+')
#: So many shapes are compiled at a time, unless all are of one verdict.
_FEW = 32
#: A text is cut into such words, for shapes part at whole ones.
_WORDS = re.compile(r"\w+|\W+")
#: Shapes as a tree, by what comes next: a word, a class, or the verdict at the end.
_Tree = dict[str | ValueClass | BodyVerdict, Any]


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


def plain_text(body: bytes, fmt: Format) -> str:
    """Return a body with each escape as one sign; "" where a run might take more than a class.

    So it is beyond a length from which on it may break a limit that no shape shows.
    """
    size = len(body)
    if size > LONGEST or (size > LONGEST_WITH_NAMESPACE and b"xmlns" in body):
        return ""
    text, has_blanks = _plain(body, fmt, _ODD[fmt]), fmt == "json" and _has_any(body, _BLANKS)
    return "" if has_blanks and not _PRETTY.fullmatch(text) else text


def plain_texts(bodies: bytes, fmt: Format) -> tuple[int, str]:
    """Return the number of bodies, each with its end, and their plain texts likewise."""
    end = ENDS[fmt]
    text = _plain(bodies, fmt, _ODD_IN_BLOCK[fmt])
    if text and not _has_long(bodies, end, _SURELY_SHORT[fmt]):
        return stringzilla.count(bodies, end), text
    texts = [plain_text(body, fmt) for body in bodies.split(end)[:-1]]
    return len(texts), end.decode().join((*texts, ""))


def _plain(data: bytes, fmt: Format, odd: bytes) -> str:
    """Return data with each escape as one sign, "" if it is no text or has odd signs."""
    start, escape = _ESCAPES[fmt]
    if start in data:
        data = escape.sub(ESCAPED.encode(), data)
    if _has_any(data, odd):
        return ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    is_text = not any(sign in text and whole in text for sign, whole in _NOT_IN_TEXT[fmt])
    return text if is_text else ""


def _has_any(data: bytes, signs: bytes) -> bool:
    """Tell whether data has any of some signs: found by many at a time."""
    return bool(stringzilla.find_first_of(data, signs) >= 0)


def _has_long(block: bytes, end: bytes, longest: int) -> bool:
    at = 0
    while len(block) - at > longest:
        at = block.rfind(end, at, at + longest) + 1
        if at == 0:
            return True
    return False


class BodyPattern:
    """Shapes of any verdicts as patterns for one body: to compile a large one takes memory."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        some = iter(shapes)
        self._patterns = [_pattern(few) for few in iter(lambda: [*islice(some, _FEW)], [])]

    def match(self, text: str) -> Matched | None:
        """Return what the shape says that a body has, None if it has none."""
        for pattern, groups in self._patterns:
            if found := pattern.fullmatch(text):
                said = zip(groups, found.groups(), strict=True)
                told = [(place, value) for place, value in said if value]
                return Matched(groups[(found.lastindex or 0) - 1], tuple(told))
        return None


class BlockPattern:
    """Shapes of one verdict as one pattern, for all bodies of a block at once.

    Its runs take more than the classes of the shapes, even the end of a body. So they are for plain
    texts, and bodies are counted after: as many as there were, or a run went beyond one.
    """

    def __init__(self, shapes: Iterable[Shape], fmt: Format) -> None:
        self._end = ENDS[fmt].decode()
        self._pattern, self._places = _pattern(shapes, self._end)

    def match(self, bodies: int, text: str) -> Blocked:
        """Match so many bodies, each with its end, in their order."""
        pieces, step = self._pattern.split(text), len(self._places) + 1
        left = pieces[::step] if step > 1 else pieces
        between = [*filter(None, left)]
        others = list(_others(left, self._end)) if between else []
        matched, whole = len(left) - 1, all(one.endswith(self._end) for one in between)
        if not whole or matched + len(others) != bodies:
            return Blocked(0, {}, list(_others([text], self._end)))
        told: Counter[tuple[Place, str]] = Counter()
        for group, place in enumerate(self._places, start=1):
            if values := [*filter(None, pieces[group::step])]:
                for value, count in Counter(values).items():
                    told[place, value] += count
        return Blocked(matched, told, others)


def _others(left: list[str], end: str) -> Iterator[tuple[int, str]]:
    """Yield index and text of each body in what is left between those that matched."""
    at = 0
    for piece in left:
        if piece:
            texts = piece.split(end)[:-1]
            yield from enumerate(texts, start=at)
            at += len(texts)
        at += 1


def _pattern(shapes: Iterable[Shape], end: str | None = None) -> tuple[re.Pattern[str], list[Any]]:
    """Merge shapes, each with an end or its verdict, by how they begin.

    Return the pattern, and what its groups hold in their order: places, and those verdicts.
    """
    groups: list[Any] = []
    tree: _Tree = {}
    for shape in shapes:
        node = tree
        for part in (*shape.parts, shape.verdict if end is None else end):
            for step in _WORDS.findall(part) if isinstance(part, str) else (part,):
                node = node.setdefault(step, {})
    return re.compile(_written(tree, groups) or "(?!)"), groups  # without shapes: nothing


def _written(tree: _Tree, groups: list[Any]) -> str:
    steps = []
    while len(tree) == 1:  # many in a row: only branches recurse
        ((step, tree),) = tree.items()
        steps.append(_step(step, groups))
    if tree:
        branches = (_step(step, groups) + _written(then, groups) for step, then in tree.items())
        steps.append(f"(?:{'|'.join(branches)})")
    return "".join(steps)


def _step(step: str | ValueClass | BodyVerdict, groups: list[Any]) -> str:
    if isinstance(step, str):
        return re.escape(step)
    if isinstance(step, BodyVerdict):
        groups.append(step)
        return "()"
    if step.place is None:
        return step.pattern
    groups.append(step.place)
    return f"({step.pattern})"
