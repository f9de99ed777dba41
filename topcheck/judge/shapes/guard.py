"""Verdicts of many bodies: by shapes where one matches, by the reference otherwise, and watched.

What a body is judged to be does not depend on the others around it, nor on their order: a shape
says what the reference says, and where it does not, the run is over.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule
from topcheck.judge.finding import Judgement
from topcheck.judge.response import ResponseJudge
from topcheck.judge.shapes.learn import (
    BodyVerdict,
    Format,
    Learner,
    Place,
    Shape,
    open_sets,
    verdict_of,
)
from topcheck.judge.shapes.match import (
    ENDS,
    Blocked,
    BlockPattern,
    BodyPattern,
    Matched,
    is_long,
    is_odd,
)

#: So many shapes are kept; where too many bodies match none of them, all are learnt anew.
MOST_SHAPES = 256
#: One of so many matched bodies is judged again, and more of the first ones.
JUDGED_AGAIN = 1000
#: What it costs to compile a shape, in judgements.
_COMPILING: Mapping[Format, int] = {"json": 6, "xml": 2}
#: After so many bodies it is looked what is commonest, and whether the shapes still fit.
_FIRST_WINDOW, _WINDOW = 256, 4096
#: So many kinds of bodies that matched no shape are told apart.
_MOST_KINDS = 4096
#: What a first look at such a body leaves out.
_VALUES = re.compile(r'"(?:[^"\\]|\\.)*"(?=\s*[,}\]])|>[^<]+</|<!--.*?-->|[0-9]+', re.DOTALL)


class ShapeDisagreement(Exception):  # noqa: N818 - what happened
    """A shape said of a body what the reference does not: no verdict of shapes can be believed."""

    def __init__(self, body: bytes, shape: Matched, reference: Matched) -> None:
        super().__init__(
            f"a body of {len(body)} bytes: its shape says {shape}, the reference {reference}"
        )
        self.body, self.shape, self.reference = body, shape, reference


@dataclass(frozen=True, slots=True)
class BlockVerdicts:
    """The verdicts of the bodies of one block.

    `commonest` is that of `common` bodies, all but the `others`, which are listed with their
    indices, from 0, in order. `told` counts the values at the counted places. `referred` is how
    many bodies went to the reference: it alone depends on what was judged before.
    """

    bodies: int
    commonest: BodyVerdict | None
    common: int
    others: tuple[tuple[int, BodyVerdict], ...]
    told: Counter[tuple[Place, str]]
    referred: int

    def counts(self) -> Counter[BodyVerdict]:
        """Count the bodies by their verdict."""
        found = Counter(verdict for _, verdict in self.others)
        if self.commonest is not None and self.common:
            found[self.commonest] += self.common
        return found

    def nonconforming(self) -> Iterator[tuple[int, BodyVerdict]]:
        """Yield index and verdict of each body that breaks a clause, in order."""
        if self.commonest is None or not self.commonest.broken:
            yield from ((index, one) for index, one in self.others if one.broken)
            return
        others = dict(self.others)
        for index in range(self.bodies):
            if (one := others.get(index, self.commonest)).broken:
                yield index, one


@dataclass(slots=True)
class _Tier:
    """Shapes, and one pattern of those that were there when it was compiled.

    It is compiled anew once bodies of later ones have cost as much as that will.
    """

    make: Callable[[Iterable[Shape]], Any]
    price: int
    shapes: dict[Shape, None] = field(default_factory=dict)
    pattern: Any = None
    compiled: int = 0
    waited: int = 0

    def wait(self) -> None:
        """Count a body that was judged for want of the pattern."""
        self.waited += 1
        if self.compiled < len(self.shapes) and self.waited >= self.price * len(self.shapes):
            self.pattern = self.make(self.shapes)
            self.compiled, self.waited = len(self.shapes), 0


class _Table:
    """The shapes that are known, and their patterns.

    `block` and `single` are both of the shapes of the commonest verdict, `others` of the rest.
    """

    def __init__(self, fmt: Format) -> None:
        self._fmt = fmt
        self.commonest: BodyVerdict | None = None
        self.seen: Counter[BodyVerdict] = Counter()
        self.kinds: Counter[int] = Counter()
        self.sort(None, ())

    def sort(self, commonest: BodyVerdict | None, shapes: Iterable[Shape]) -> None:
        """Sort the shapes by a verdict that is the commonest now."""
        price = _COMPILING[self._fmt]
        self.commonest = commonest
        self.block = _Tier(partial(BlockPattern, fmt=self._fmt), price)
        self.single, self.others = _Tier(BodyPattern, price), _Tier(BodyPattern, price)
        for shape in shapes:
            self.add(shape)

    @property
    def shapes(self) -> list[Shape]:
        """All shapes."""
        return [*self.block.shapes, *self.others.shapes]

    def add(self, shape: Shape) -> None:
        """Take in a shape; the verdict of the first is taken for the commonest."""
        if self.commonest is None:
            self.commonest = shape.verdict
        is_common = shape.verdict == self.commonest
        for tier in (self.block, self.single) if is_common else (self.others,):
            tier.shapes.setdefault(shape)

    def is_learnt(self, body: bytes, verdict: BodyVerdict) -> bool:
        """Count a body of its kind; whether it is to be learnt now: the 2nd, 4th, 8th of a kind."""
        if len(self.kinds) >= _MOST_KINDS:
            self.kinds.clear()
        kind = hash((_VALUES.sub("", body.decode(errors="replace")), verdict))
        self.kinds[kind] += 1
        count = self.kinds[kind]
        return count > 1 and not count & (count - 1)


class Shapes:
    """Judges bodies of one format by shapes, which it learns off the reference as it goes.

    `asked` is the format that all of them were asked for in, None where that is not known.
    `counted` are the places whose values are told: of codes and numbers of errors, unless it is
    said. A body that was asked for with `simplify`, or whose charset a header declares, is none of
    these: the reference alone judges it.
    """

    def __init__(
        self,
        reference: ResponseJudge,
        contract: Contract,
        rules: Iterable[Rule],
        fmt: Format,
        asked: Format | None = None,
        counted: frozenset[Place] | None = None,
    ) -> None:
        self._reference, self._fmt, self._asked = reference, fmt, asked
        places = open_sets(contract) if counted is None else counted
        self._learner = Learner(contract, rules, places)
        self._table = _Table(fmt)
        self._window, self._patience = _FIRST_WINDOW, 1
        self._bodies = self._missed = self._waited = 0
        self._accepted = self._next = 0
        #: How many bodies went to the reference because no shape matched them.
        self.referred = 0

    @property
    def known(self) -> int:
        """The number of shapes that are known."""
        return len(self._table.shapes)

    def judge_one(self, body: bytes) -> BodyVerdict:
        """Judge a body, which may have line ends. Raises ShapeDisagreement."""
        return self.match_one(body).verdict

    def match_one(self, body: bytes) -> Matched:
        """Judge a body, and tell its counted values. Raises ShapeDisagreement."""
        found = self._one(body, is_new=True)
        self._look()
        return found

    def judge_block(self, block: bytes) -> BlockVerdicts:
        """Judge the bodies of a block. Raises ShapeDisagreement.

        Bodies are parted by a line end, in XML by a NUL; one may end the block too. A carriage
        return before a line end is blank.
        """
        end, before = ENDS[self._fmt], self.referred
        if self._fmt == "json" and b"\r" in block:
            block = block.replace(b"\r\n", end)
        bodies = block.removesuffix(end).split(end) if block else []
        commonest, pattern = self._table.commonest, self._table.block.pattern
        found = Blocked(0, Counter(), list(range(len(bodies))))
        if pattern is not None and bodies:
            found = pattern.match(bodies)
            self._watch(bodies, found, pattern)
        others, common, told = [], found.matched, found.told
        for index in found.others:
            body = bodies[index]
            one = self._one(body, is_new=pattern is None or is_odd(body, self._fmt))
            told.update(one.told)
            if one.verdict == commonest:
                common += 1
            else:
                others.append((index, one.verdict))
        self._look()
        referred = self.referred - before
        return BlockVerdicts(len(bodies), commonest, common, tuple(others), told, referred)

    def _one(self, body: bytes, is_new: bool) -> Matched:
        """Judge a body; one that `is_new` was not tried with the shapes of a block before."""
        self._bodies += 1
        table = self._table
        tiers = (table.others, table.single) if is_new else (table.others,)
        found = None if is_long(body) else _first(body, tiers)
        if found is None:
            found = self._judged(body, is_new)
        elif any(True for _ in self._due(1)):
            self._compare(body, found)
        table.seen[found.verdict] += 1
        return found

    def _judged(self, body: bytes, is_new: bool) -> Matched:
        """Ask the reference, and learn what it says."""
        judgement = self._reference.judge(body, self._asked)
        found, table = self._matched(judgement), self._table
        self.referred += 1
        self._missed += 1
        if is_long(body):
            return found
        is_learnt = table.is_learnt(body, found.verdict) and self.known < MOST_SHAPES
        if is_learnt and (shape := self._learner.learn(body, judgement)):
            table.add(shape)
        is_common = found.verdict == table.commonest
        tier = table.others if not is_common else table.single if is_new else table.block
        tier.wait()
        return found

    def _matched(self, judgement: Judgement) -> Matched:
        told = sorted(self._learner.values(judgement).items())
        return Matched(verdict_of(judgement), tuple(told))

    def _due(self, count: int) -> Iterator[int]:
        """Yield the numbers of those, among so many more matched bodies, that are judged again."""
        while self._next < self._accepted + count:
            yield self._next - self._accepted
            self._next += min(max(self._next, 1), JUDGED_AGAIN)
        self._accepted += count

    def _watch(self, bodies: list[bytes], found: Blocked, pattern: BlockPattern) -> None:
        """Judge some of the matched bodies of a block again."""
        if self._table.commonest is None:
            return
        others = set(found.others)
        for number in self._due(found.matched):
            matched = (body for index, body in enumerate(bodies) if index not in others)
            body = next(islice(matched, number, None))
            told = tuple(sorted(pattern.match([body]).told))
            self._compare(body, Matched(self._table.commonest, told))
        self._bodies += found.matched
        self._table.seen[self._table.commonest] += found.matched

    def _compare(self, body: bytes, shape: Matched) -> None:
        reference = self._matched(self._reference.judge(body, self._asked))
        if shape.verdict != reference.verdict or set(shape.told) != set(reference.told):
            raise ShapeDisagreement(body, shape, reference)

    def _look(self) -> None:
        """Look, now and then, what is commonest, and whether the shapes still fit."""
        if self._bodies < self._window:
            return
        table = self._table
        ((verdict, count),) = table.seen.most_common(1)
        is_full, is_missed = self.known >= MOST_SHAPES, 4 * self._missed > self._bodies
        self._waited += is_full and is_missed
        if self._waited >= self._patience:
            self._table, self._waited, self._patience = _Table(self._fmt), 0, 2 * self._patience
        elif table.commonest is not None and count > 2 * table.seen[table.commonest]:
            table.sort(verdict, table.shapes)
        self._table.seen.clear()
        self._window, self._bodies, self._missed = min(2 * self._window, _WINDOW), 0, 0


def _first(body: bytes, tiers: Iterable[_Tier]) -> Matched | None:
    """Return what the first pattern that matches says."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    patterns: Iterable[BodyPattern] = (tier.pattern for tier in tiers if tier.pattern is not None)
    return next(filter(None, (pattern.match(text) for pattern in patterns)), None)
