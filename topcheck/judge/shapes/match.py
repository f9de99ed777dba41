"""From shapes to patterns: many shapes as one, for a single body or for all bodies of a block."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from topcheck.judge.shapes.learn import BodyVerdict, Format, Place, Shape, ValueClass

#: What parts the bodies of a block: no line of JSON holds a line end, no XML a NUL.
ENDS: Mapping[Format, bytes] = {"json": b"\n", "xml": b"\0"}
#: Readers have limits that no shape shows. They multiply the length of an XML namespace by the
#: number of names, up to 16 MiB: the square of this, so that no shorter body goes beyond it.
LONGEST, LONGEST_WITH_NAMESPACE = 64 * 1024, 4096
_SURELY_SHORT: Mapping[Format, int] = {"json": LONGEST, "xml": LONGEST_WITH_NAMESPACE}
#: So much of a block is matched at once, in bytes: as much as a cache holds.
_AT_ONCE = 128 * 1024
#: Signs that a run takes and a class does not, or with which such a text begins.
_ODD: Mapping[Format, bytes] = {
    "json": bytes(sign for sign in range(32) if sign != ord("\n")) + b"\\",
    "xml": bytes(sign for sign in range(1, 32) if sign not in b"\t\n\r") + b"&]",
}
#: All others but ends: without these, of a block without odd signs only its ends are left.
_PLAIN: Mapping[Format, bytes] = {
    fmt: bytes(sign for sign in range(256) if sign not in odd + ENDS[fmt])
    for fmt, odd in _ODD.items()
}
#: The same, marked: no text in UTF-8 has the mark.
_MARK = b"\xff"
_MARKED: Mapping[Format, bytes] = {
    fmt: bytes(_MARK[0] if sign in odd else sign for sign in range(256))
    for fmt, odd in _ODD.items()
}
#: What XML cannot hold, though it is UTF-8.
_NO_CHARACTERS: Mapping[Format, tuple[str, ...]] = {"json": (), "xml": ("\ufffe", "\uffff")}
#: A text is cut into such words, for shapes part at whole ones.
_WORDS = re.compile(r"\w+|\W+")
#: Shapes as a tree: by what comes next, a word or a class; a verdict where one ends.
_Tree = dict[str | ValueClass | None, Any]


@dataclass(frozen=True, slots=True)
class Matched:
    """What a body is judged to be, and what it says at the places that are counted."""

    verdict: BodyVerdict
    told: tuple[tuple[Place, str], ...] = ()


@dataclass(slots=True)
class Blocked:
    """How many bodies of a block matched, what they say, and the others with their indices."""

    matched: int
    told: Counter[tuple[Place, str]]
    others: Sequence[tuple[int, bytes]]


def is_long(body: bytes) -> bool:
    """Whether a body may be beyond a limit that no shape shows."""
    size = len(body)
    return size > LONGEST or (size > LONGEST_WITH_NAMESPACE and b"xmlns" in body)


def exact_text(body: bytes) -> str | None:
    """Decode a body for exact classes; None if it is no text, or too long."""
    try:
        return None if is_long(body) else body.decode()
    except UnicodeDecodeError:
        return None


def plain_text(body: bytes, fmt: Format) -> str | None:
    """Decode a body in which runs take no more than classes do; None if it is no such body."""
    text = None if body.translate(None, _PLAIN[fmt]) else exact_text(body)
    is_odd = text and fmt == "xml" and any(sign in text for sign in _NO_CHARACTERS[fmt])
    return None if is_odd else text


class BodyPattern:
    """Shapes of any verdicts as one pattern, for one body: `exact`, or `fast` for a plain one."""

    def __init__(self, shapes: Iterable[Shape], form: str) -> None:
        self._groups: list[Place | BodyVerdict] = []
        written = _written(_tree(shapes, form), self._groups, by_verdict=True)
        self._pattern = re.compile("".join(written))

    def match(self, text: str) -> Matched | None:
        """Return what the shape says that a body has, None if it has none."""
        found = self._pattern.fullmatch(text)
        verdict = self._groups[found.lastindex - 1] if found and found.lastindex else None
        if found is None or not isinstance(verdict, BodyVerdict):
            return None
        values = zip(self._groups, found.groups(), strict=True)
        return Matched(verdict, tuple(filter(itemgetter(1), values)))  # type: ignore[arg-type]


class BlockPattern:
    """Shapes of one verdict as one pattern, for all bodies of a block at once.

    Its runs take more than the classes of the shapes, even the end of a body. So bodies with signs
    that only runs take are left out before, and ends are counted after: as many are left as there
    were, or a run went beyond one.
    """

    def __init__(self, shapes: Iterable[Shape], fmt: Format) -> None:
        self._fmt, self._end, places = fmt, ENDS[fmt], list[Place]()
        inside = "".join(_written(_tree(shapes, "fast"), places, by_verdict=False))
        end = self._end.decode()
        self._pattern = re.compile(f"{end}(?:{inside})(?={end})")
        self._step = len(places) + 1
        self._groups: dict[Place, list[int]] = {}
        for group, place in enumerate(places, start=1):
            self._groups.setdefault(place, []).append(group)

    def match(self, block: bytes) -> Blocked:
        """Match the bodies of a block, in their order."""
        others: list[tuple[int, bytes]] = []
        found, end, view = Blocked(0, Counter(), others), self._end, memoryview(block)
        at = bodies = 0
        while at <= len(block):
            stop = block.find(end, at + _AT_ONCE)
            stop = len(block) if stop < 0 else stop
            count, left = self._match(b"".join((end, view[at:stop], end)), found)
            others += [(bodies + number, body) for number, body in left]
            at, bodies = stop + 1, bodies + count
        return found

    def _match(self, whole: bytes, found: Blocked) -> tuple[int, Iterable[tuple[int, bytes]]]:
        """Count what matches between ends; return how many bodies there are, and the others."""
        end, fmt, block = self._end, self._fmt, whole
        signs = block.translate(None, _PLAIN[fmt])
        bodies = signs.count(end) - 1
        emptied: list[bytes] = []
        if len(signs) > bodies + 1:
            odd = signs.translate(None, end)
            is_one = odd.count(odd[:1]) == len(odd)
            marked, mark = (whole, odd[:1]) if is_one else (whole.translate(_MARKED[fmt]), _MARK)
            block, emptied = _without_odd(whole, end, marked, mark)
        try:
            text = block.decode()
        except UnicodeDecodeError:
            text = ""
        sure = bool(text) and not _has_long(block, end, _SURELY_SHORT[fmt])
        if not sure or any(sign in text for sign in _NO_CHARACTERS[fmt]):
            text = end.decode().join(plain_text(body, fmt) or "" for body in block.split(end))
        pieces = self._pattern.split(text)
        left = pieces[:: self._step]
        others = list(_others(left, end.decode()))
        if len(left) - 1 + len(others) != bodies:
            return bodies, enumerate(whole.split(end)[1:-1])
        found.matched += len(left) - 1
        for place, groups in self._groups.items():
            values: list[str] = []
            for group in groups:
                values += filter(None, pieces[group :: self._step])
            for value, count in Counter(values).items():
                found.told[place, value] += count
        texts = [text for _, text in others]
        every = [text.encode() for text in texts]
        if texts.count("") == len(emptied):
            put_back = iter(emptied)
            every = [body or next(put_back) for body in every]
        else:  # others were emptied too, or were empty
            whole_bodies = whole.split(end)
            every = [whole_bodies[number + 1] for number, _ in others]
        return bodies, [(number, body) for (number, _), body in zip(others, every, strict=True)]


def _without_odd(block: bytes, end: bytes, marked: bytes, mark: bytes) -> tuple[bytes, list[bytes]]:
    """Empty the bodies of a block in which a sign is marked, and return them."""
    kept, emptied, last, at = [], [], 0, marked.find(mark)
    while at >= 0:
        start = block.rfind(end, 0, at) + 1
        kept.append(block[last:start])
        last = block.find(end, at)
        emptied.append(block[start:last])
        at = marked.find(mark, last)
    return b"".join((*kept, block[last:])), emptied


def _has_long(block: bytes, end: bytes, longest: int) -> bool:
    at = 0
    while len(block) - at > longest:
        at = block.rfind(end, at, at + longest) + 1
        if at == 0:
            return True
    return False


def _others(left: list[str], end: str) -> Iterator[tuple[int, str]]:
    """Yield index and text of each body in what is left between those that matched."""
    if "".join(left) == end:
        return
    at = 0
    left[-1] = left[-1].removesuffix(end)
    for piece in left:
        texts = piece.split(end)[1:] if piece else ()
        yield from enumerate(texts, start=at)
        at += len(texts) + 1


def _tree(shapes: Iterable[Shape], form: str) -> _Tree:
    """Merge shapes into one tree, by the form of their classes that is to be written."""
    tree: _Tree = {}
    for shape in shapes:
        node = tree
        for part in shape.parts:
            if isinstance(part, str):
                for word in _WORDS.findall(part):
                    node = node.setdefault(word, {})
            else:
                pattern = part.exact if form == "exact" else part.fast
                node = node.setdefault(ValueClass(pattern, pattern, part.place, part.told), {})
        node[None] = shape.verdict
    return tree


def _written(tree: _Tree, groups: list[Any], by_verdict: bool) -> Iterator[str]:
    """Write a tree as a pattern; what its groups hold is noted in their order."""
    while len(tree) == 1:
        ((step, inner),) = tree.items()
        yield _step(step, inner, groups, by_verdict)
        if step is None:
            return
        tree = inner
    steps = [step for step in tree if isinstance(step, ValueClass) and step.told]
    is_told = len(steps) == len(tree) and len({step.place for step in steps}) == 1
    if is_told:  # one group before them takes whichever is there
        groups.append(steps[0].place)
        yield f"(?=({steps[0].told}))"
    branches: list[tuple[list[Any], Any]] = []
    for step, inner in tree.items():
        same = next((some for some, other in branches if other == inner), None)
        branches.append(([step], inner)) if same is None else same.append(step)
    for number, (some, inner) in enumerate(branches):
        yield "|(?:" if number else "(?:(?:"
        yield "|".join(s.fast if is_told else _step(s, inner, groups, by_verdict) for s in some)
        yield ")"
        if some != [None]:
            yield from _written(inner, groups, by_verdict)
    yield ")"


def _step(step: Any, inner: Any, groups: list[Any], by_verdict: bool) -> str:
    if isinstance(step, str):
        return re.escape(step)
    if step is None:
        groups.extend([inner] * by_verdict)
        return "()" * by_verdict
    groups.extend([step.place] * (step.place is not None))
    return str(step.fast) if step.place is None else f"({step.fast})"
