"""From shapes to patterns: many shapes as one, for a whole block or for a single body.

The shapes are merged into a tree over characters and classes, so what it costs to match does not
grow with their number.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from topcheck.judge.shapes.learn import BodyVerdict, Format, Place, Shape, ValueClass

#: What parts the bodies of a block: no JSON text holds a line end, no XML a NUL.
ENDS: Mapping[Format, bytes] = {"json": b"\n", "xml": b"\0"}
#: A body that is longer may be beyond a limit of the readers: the reference says.
LONGEST = 64 * 1024
#: An XML reader multiplies the length of a namespace by the number of names: this squared is its
#: limit, 16 MiB, so that no shorter body reaches it.
LONGEST_WITH_NAMESPACE = 4096
#: Signs that runs of a block would take and classes do not, as one byte and as several.
_ODD: Mapping[Format, bytes] = {
    "json": bytes(sign for sign in range(32) if sign != ord("\n")) + b"\\",
    "xml": bytes(sign for sign in range(1, 32) if sign not in b"\t\n\r") + b"&",
}
_ODD_SIGN = 1
_PLAIN: Mapping[Format, bytes] = {
    fmt: bytes(_ODD_SIGN if sign in odd else sign for sign in range(256))
    for fmt, odd in _ODD.items()
}
_ODD_TEXTS: Mapping[Format, tuple[bytes, ...]] = {
    "json": (),
    "xml": (b"]]>", "\ufffe".encode(), "\uffff".encode()),
}

#: Shapes as a tree: what comes next, a character or a class; a shape where one ends.
_Tree = dict[str | ValueClass | None, Any]


@dataclass(frozen=True, slots=True)
class Matched:
    """What a body or a block was found to say: verdict, and the counted values by place."""

    verdict: BodyVerdict
    told: tuple[tuple[Place, str], ...] = ()


class BodyPattern:
    """Shapes of any verdicts as one pattern, for one body whatever its signs."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        tree = _tree(shapes, fast=False)
        self._groups: list[Place | BodyVerdict] = []
        self._pattern = re.compile("".join(_written(tree, self._groups, fast=False)))

    def match(self, text: str) -> Matched | None:
        """Return what a body has in common with those of a shape, None if there is no such."""
        found = self._pattern.fullmatch(text)
        if found is None or found.lastindex is None:
            return None
        verdict = self._groups[found.lastindex - 1]
        told = (
            (place, value)
            for place, value in zip(self._groups, found.groups(), strict=True)
            if isinstance(place, tuple) and value is not None
        )
        return Matched(verdict, tuple(told)) if isinstance(verdict, BodyVerdict) else None


@dataclass(slots=True)
class Blocked:
    """A block: how many of its bodies matched, what these say, and the indices of the others."""

    matched: int
    told: Counter[tuple[Place, str]]
    others: list[int]


class BlockPattern:
    """Shapes of one verdict as one pattern, for all bodies of a block at once.

    Runs of the pattern may be wider than the classes of its shapes, even beyond the end of a body:
    what is matched is first shown to have no sign that runs alone would take, and then counted.
    """

    def __init__(self, shapes: Iterable[Shape], fmt: Format) -> None:
        self._fmt, self._end = fmt, ENDS[fmt].decode()
        self._groups: list[Place | BodyVerdict] = []
        inside = "".join(_written(_tree(shapes, fast=True), self._groups, fast=True))
        self._pattern = re.compile(f"{self._end}(?:{inside})(?={self._end})")

    def match(self, bodies: Sequence[bytes]) -> Blocked:
        """Match the bodies of a block, in their order."""
        block = ENDS[self._fmt].join(bodies)
        if max(map(len, bodies)) > LONGEST_WITH_NAMESPACE or is_odd(block, self._fmt):
            kept = [b"" if is_odd(one, self._fmt) or is_long(one) else one for one in bodies]
            block = ENDS[self._fmt].join(kept)
        pieces = self._pattern.split(f"{self._end}{block.decode()}{self._end}")
        step = len(self._groups) + 1
        left = pieces[::step]
        matched, others = len(left) - 1, list(_left(left, self._end))
        if matched + len(others) != len(bodies):  # a run went beyond the end of a body
            return Blocked(0, Counter(), list(range(len(bodies))))
        told: Counter[tuple[Place, str]] = Counter()
        for group, place in enumerate(self._groups, start=1):
            for value, count in Counter(pieces[group::step]).items():
                if value is not None and isinstance(place, tuple):
                    told[place, value] += count
        return Blocked(matched, told, others)


def _left(pieces: Sequence[str], end: str) -> Iterator[int]:
    """Yield the index of each body that stands in what is left between the matched ones."""
    at = 0
    for number, piece in enumerate(pieces):
        bodies = piece.count(end) - (number == len(pieces) - 1)
        yield from range(at, at + bodies)
        at += bodies + 1


def is_odd(text: bytes, fmt: Format) -> bool:
    """Whether a body, or a block, has signs that only the exact classes know, or is not UTF-8."""
    if text.translate(_PLAIN[fmt]) != text or any(odd in text for odd in _ODD_TEXTS[fmt]):
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return True
    return False


def is_long(body: bytes) -> bool:
    """Whether a body may be beyond a limit that its shape does not show."""
    return len(body) > LONGEST or (len(body) > LONGEST_WITH_NAMESPACE and b"xmlns" in body)


def _tree(shapes: Iterable[Shape], fast: bool) -> _Tree:
    tree: _Tree = {}
    for shape in shapes:
        node = tree
        for part in shape.parts:
            for step in (part,) if isinstance(part, ValueClass) else part:
                key = step
                if fast and isinstance(step, ValueClass):
                    key = ValueClass(step.fast, step.fast, step.place)
                node = node.setdefault(key, {})
        node[None] = shape.verdict
    return tree


def _written(tree: _Tree, groups: list[Place | BodyVerdict], fast: bool) -> Iterator[str]:
    """Write a tree as a pattern; each of its groups is noted in its order."""
    while len(tree) == 1:
        ((step, inner),) = tree.items()
        yield _step(step, inner, groups, fast)
        if step is None:
            return
        tree = inner
    for number, (step, inner) in enumerate(tree.items()):
        yield "|" if number else "(?:"
        yield _step(step, inner, groups, fast)
        if step is not None:
            yield from _written(inner, groups, fast)
    yield ")"


def _step(
    step: str | ValueClass | None, inner: Any, groups: list[Place | BodyVerdict], fast: bool
) -> str:
    if isinstance(step, str):
        return re.escape(step)
    if step is None:
        if not fast:
            groups.append(inner)
        return "" if fast else "()"
    if step.place is not None:
        groups.append(step.place)
        return f"({step.fast if fast else step.exact})"
    return step.fast if fast else step.exact
