"""Verdicts of many bodies: by their shapes where these are known, else by the reference.

What a body is judged to be hangs neither on those around it nor on their order: shapes say what the
reference says. Some of what they say is judged again; where the two differ, nothing is believed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from topcheck.judge.body_verdict import BlockVerdicts, BodyVerdict, Place, values_at, verdict_of
from topcheck.judge.finding import Judgement
from topcheck.judge.response import ResponseJudge
from topcheck.judge.shapes.learn import ESCAPED, Learner, Shape
from topcheck.judge.shapes.match import (
    ENDS,
    Blocked,
    BlockPattern,
    BodyPattern,
    Matched,
    plain_text,
    plain_texts,
)
from topcheck.wire.tree import Format

#: So many shapes are kept; where too many bodies match none of them, all are learnt anew.
MOST_SHAPES = 256
#: One of so many matched bodies is judged again: ten in a row, for the first costs the most.
JUDGED_AGAIN, _IN_A_ROW = 1000, 10
#: What it costs to compile a shape, in judgements.
_PRICE = 3
#: So much of a block is matched at once, in bytes: little before there are shapes, and at last as
#: much as a cache holds.
_AT_FIRST, _AT_ONCE = 2 * 1024, 256 * 1024
#: After so many bodies it is looked what is commonest, and whether the shapes still fit.
_FIRST_WINDOW, _WINDOW = 256, 4096
#: So many kinds of bodies that matched no shape, and shapes of such, are told apart.
_MOST_KINDS = 4096


class ShapeDisagreement(Exception):  # noqa: N818 - what happened
    """A shape says of a body what the reference does not: the verdicts of shapes are void."""

    def __init__(self, body: bytes, shape: Matched, reference: Matched) -> None:
        said = f"its shape says {shape}, the reference {reference}"
        super().__init__(f"a body of {len(body)} bytes: {said}")
        self.body, self.shape, self.reference = body, shape, reference


@dataclass
class _Tier:
    """Shapes, and one pattern of those that were there when it was made.

    It is made anew once bodies of later shapes have cost as much as that will.
    """

    make: Callable[[Iterable[Shape]], Any]
    shapes: dict[Shape, None] = field(default_factory=dict)
    made: int = 0
    waited: int = 0

    def __post_init__(self) -> None:
        self.pattern = self.make(())

    def add(self, shape: Shape, bodies: int) -> None:
        """Take in a shape, for want of which so many bodies were judged."""
        self.shapes.setdefault(shape)
        self.waited += bodies
        if self.made < len(self.shapes) and self.waited >= _PRICE * len(self.shapes):
            with suppress(RecursionError):  # too deep for a pattern: the reference judges on
                self.pattern = self.make(self.shapes)
            self.made, self.waited = len(self.shapes), 0


class _KnownShapes:
    """What is known: shapes of the commonest verdict in `block`, of all others in `others`.

    `sights` counts kinds of bodies that matched none, and their shapes.
    """

    def __init__(self, fmt: Format, known: "_KnownShapes | None" = None) -> None:
        self.seen, self.sights = Counter[BodyVerdict](), Counter[int]()
        self.commonest: BodyVerdict | None = None
        self.block = _Tier(partial(BlockPattern, fmt=fmt))
        self.others = _Tier(BodyPattern)
        if known is not None:
            self.sights, self.commonest = known.sights, known.seen.most_common(1)[0][0]
            for shape in (*known.block.shapes, *known.others.shapes):
                self.add(shape, 1)

    def add(self, shape: Shape, bodies: int) -> None:
        """Take in a shape; the verdict of the first is taken for the commonest."""
        if self.commonest is None:
            self.commonest = shape.verdict
        tier = self.block if shape.verdict == self.commonest else self.others
        tier.add(shape, bodies)

    def sight(self, what: object) -> int:
        """Return how often a kind of body, or a shape, was seen."""
        if len(self.sights) >= _MOST_KINDS:
            self.sights.clear()
        number = hash(what)
        self.sights[number] += 1
        return self.sights[number]


class Shapes:
    """Judges bodies of one format by shapes, which it learns off the reference as it goes.

    `asked` is the format that all of them were asked for in, None where that is not known.
    `counted` are the places whose values are told. Bodies that were asked for with `simplify`, or
    whose charset a header declares, are not for shapes: the reference alone judges them.
    """

    def __init__(
        self,
        reference: ResponseJudge,
        fmt: Format,
        asked: Format | None = None,
        counted: frozenset[Place] = frozenset(),
    ) -> None:
        self._reference, self._fmt, self._asked = reference, fmt, asked
        self._learner = Learner(reference.contract, reference.rules, counted)
        self._table = _KnownShapes(fmt)
        self._window, self._patience, self._at_once = _FIRST_WINDOW, 1, _AT_FIRST
        self._missed = self._waited = self._matched = 0
        #: How many bodies went to the reference because no shape matched them.
        self.referred = 0

    @property
    def known(self) -> int:
        """The number of shapes that are known."""
        return len(self._table.block.shapes) + len(self._table.others.shapes)

    def judge_one(self, body: bytes) -> BodyVerdict:
        """Judge a body, which may have line ends. Raises ShapeDisagreement."""
        text = plain_text(body, self._fmt)
        found = self._one(body, text, self._of_commonest(text))
        self._look()
        return found.verdict

    def judge_block(self, block: bytes) -> BlockVerdicts:
        """Judge the bodies of a block. Raises ShapeDisagreement.

        Bodies end with a line end, in XML with a NUL, but the last may lack it. A carriage return
        before a line end is blank.
        """
        end, before = ENDS[self._fmt], self.referred
        if self._fmt == "json" and block[: block.find(end) + 1].endswith(b"\r\n"):
            block = block.replace(b"\r\n", end)
        if block and not block.endswith(end):
            block += end
        told: Counter[tuple[Place, str]] = Counter()
        others: list[tuple[int, BodyVerdict]] = []
        bodies = at = 0
        while at < len(block):
            stop = block.find(end, at + self._at_once) + 1 or len(block)
            piece = block[at:stop]
            count, text = plain_texts(piece, self._fmt)
            found: Blocked = self._table.block.pattern.match(count, text)
            self._at_once = min(2 * self._at_once, _AT_ONCE)
            if found.told:
                told.update(found.told)
            for index, one in self._judged_alone(piece, found):
                if one.told:
                    told.update(one.told)
                others.append((bodies + index, one.verdict))
            bodies, at = bodies + count, stop
        commonest, referred = self._table.commonest, self.referred - before
        listed = tuple(one for one in others if one[1] is not commonest and one[1] != commonest)
        self._look()
        return BlockVerdicts(bodies, commonest, bodies - len(listed), listed, told, referred)

    def _judged_alone(self, piece: bytes, found: Blocked) -> Iterator[tuple[int, Matched]]:
        """Judge the others of a piece, and some of those that matched as well."""
        due, table = self._due(found.matched), self._table
        if table.commonest is not None:
            table.seen[table.commonest] += found.matched
        if not (found.others or due):
            return
        texts = [text for _, text in found.others]
        is_raw = "" in texts or any(ESCAPED in text for text in texts)
        bodies = piece.split(ENDS[self._fmt]) if due or is_raw else []
        if due:
            others = {at for at, _ in found.others}
            matched = [body for at, body in enumerate(bodies) if at not in others]
            for body in (matched[number] for number in due):
                if said := self._of_commonest(plain_text(body, self._fmt)):
                    self._compare(body, said)
        for at, text in found.others:
            yield at, self._one(bodies[at] if is_raw else None, text)

    def _of_commonest(self, text: str) -> Matched | None:
        """Match a body to the shapes of the commonest verdict."""
        found = self._table.block.pattern.match(1, text + ENDS[self._fmt].decode())
        verdict = self._table.commonest
        return Matched(verdict, tuple(found.told)) if verdict and found.matched else None

    def _one(self, body: bytes | None, text: str, found: Matched | None = None) -> Matched:
        """Judge a body, None if it is as its plain text, unless it is found what it is."""
        found = found or self._table.others.pattern.match(text)
        if found is None:
            found = self._referred(text.encode() if body is None else body, text)
        elif self._due(1):
            self._compare(text.encode() if body is None else body, found)
        self._table.seen[found.verdict] += 1
        return found

    def _referred(self, body: bytes, text: str) -> Matched:
        """Ask the reference, and learn what it says."""
        judgement = self._reference.judge(body, self._asked)
        found = self._said(judgement)
        self.referred += 1
        self._missed += 1
        if text and judgement.look.format == self._fmt:
            self._learn_of(body, judgement, found.verdict)
        return found

    def _learn_of(self, body: bytes, judgement: Judgement, verdict: BodyVerdict) -> None:
        """Learn of a kind the bodies 2, 3, 4, 6, 8, 12 and so on.

        Unless it is of the commonest verdict a shape is known once it recurs: where each body has
        one of its own, patterns of those would be of no use.
        """
        table = self._table
        count = table.sight((verdict, *judgement.values))
        if count < 2 or count // (count & -count) not in (1, 3) or self.known >= MOST_SHAPES:
            return
        shape = self._learner.learn(body, judgement)
        if shape and (table.commonest in (None, verdict) or table.sight(shape) > 1):
            table.add(shape, max(3, count // 3))

    def _said(self, judgement: Judgement) -> Matched:
        told = values_at(judgement, self._learner.counted)
        return Matched(verdict_of(judgement), tuple(told.items()))

    def _due(self, count: int) -> list[int]:
        """Return the numbers of those, among so many more matched bodies, that are judged again."""
        first, self._matched = self._matched, self._matched + count
        every = _IN_A_ROW * JUDGED_AGAIN
        if first % every >= _IN_A_ROW and first % every + count <= every:
            return []
        rows = range(first - first % every, self._matched, every)
        due = chain.from_iterable(range(row, row + _IN_A_ROW) for row in rows)
        return [number - first for number in due if first <= number < self._matched]

    def _compare(self, body: bytes, shape: Matched) -> None:
        reference = self._said(self._reference.judge(body, self._asked))
        if shape.verdict != reference.verdict or set(shape.told) != set(reference.told):
            raise ShapeDisagreement(body, shape, reference)

    def _look(self) -> None:
        """Look, now and then, what is commonest, and whether the shapes still fit."""
        table, seen = self._table, self._table.seen
        if seen.total() < self._window:
            return
        self._waited += self.known >= MOST_SHAPES and 4 * self._missed > seen.total()
        if self._waited >= self._patience:
            self._waited, self._patience = 0, 2 * self._patience
            self._table = _KnownShapes(self._fmt)
        elif table.commonest and 2 * seen[table.commonest] < max(seen.values()):
            self._table = _KnownShapes(self._fmt, table)
        self._table.seen = Counter()
        self._window, self._missed = min(2 * self._window, _WINDOW), 0


@dataclass(eq=False)
class ShapesByFormat(dict[tuple[Format, Format | None], Shapes]):
    """Shapes of bodies by their format and the one that was asked for, made as they are needed."""

    reference: ResponseJudge
    counted: frozenset[Place] = frozenset()

    def __missing__(self, formats: tuple[Format, Format | None]) -> Shapes:
        self[formats] = made = Shapes(self.reference, *formats, self.counted)
        return made
