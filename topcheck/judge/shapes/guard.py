"""Verdicts of many bodies: by their shapes where these are known, else by the reference.

What a body is judged to be hangs neither on those around it nor on their order: shapes say what the
reference says. Some of what they say is judged again; where the two differ, nothing is believed.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule
from topcheck.judge.finding import Judgement
from topcheck.judge.response import ResponseJudge
from topcheck.judge.shapes.learn import BodyVerdict, Format, Learner, Place, Shape, open_sets
from topcheck.judge.shapes.learn import verdict_of as said_by
from topcheck.judge.shapes.match import (
    ENDS,
    Blocked,
    BlockPattern,
    BodyPattern,
    Matched,
    exact_text,
    is_long,
    plain_text,
)

#: So many shapes are kept; where too many bodies match none of them, all are learnt anew.
MOST_SHAPES = 256
#: One of so many matched bodies is judged again: ten in a row, for the first costs the most.
JUDGED_AGAIN, _IN_A_ROW = 1000, 10
#: What it costs to compile a shape, in judgements.
_PRICES: Mapping[Format, int] = {"json": 5, "xml": 2}
#: An exact class is so much longer than a run.
_EXACT = 3
#: After so many bodies it is looked what is commonest, and whether the shapes still fit.
_FIRST_WINDOW, _WINDOW = 256, 4096
#: So many kinds of bodies that matched no shape are told apart.
_MOST_KINDS = 4096
#: What a first look at such a body leaves out.
_VALUES = re.compile(r'"(?:[^"\\]|\\.)*"(?=\s*[,}\]])|>[^<]+</|<!--.*?-->|[0-9]+', re.DOTALL)


class ShapeDisagreement(Exception):  # noqa: N818 - what happened
    """A shape says of a body what the reference does not: the verdicts of shapes are void."""

    def __init__(self, body: bytes, shape: Matched, reference: Matched) -> None:
        said = f"its shape says {shape}, the reference {reference}"
        super().__init__(f"a body of {len(body)} bytes: {said}")
        self.body, self.shape, self.reference = body, shape, reference


@dataclass(frozen=True, slots=True)
class BlockVerdicts:
    """The verdicts of the bodies of one block.

    `commonest` is that of `common` bodies, all but the `others`, which are listed with their
    indices, from 0, in order. `told` counts the values by place. `referred` is how many bodies went
    to the reference: alone of all, it hangs on what was judged before.
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
        others: Iterable[tuple[int, BodyVerdict]] = self.others
        if self.common and self.commonest is not None and self.commonest.broken:
            listed = dict(self.others)
            others = ((at, listed.get(at, self.commonest)) for at in range(self.bodies))
        yield from ((at, verdict) for at, verdict in others if verdict.broken)


@dataclass(slots=True)
class _Tier:
    """Shapes, and one pattern of those that were there when it was made.

    It is made anew once bodies of later shapes have cost as much as that will.
    """

    make: Callable[[Iterable[Shape]], Any]
    price: int
    shapes: dict[Shape, None] = field(default_factory=dict)
    pattern: Any = None
    made: int = 0
    waited: int = 0

    def wait(self) -> None:
        """Count a body that was judged for want of the pattern."""
        self.waited += 1
        if self.made < len(self.shapes) and self.waited >= self.price * len(self.shapes):
            with suppress(RecursionError):  # too deep for a pattern: the reference judges on
                self.pattern = self.make(self.shapes)
            self.made, self.waited = len(self.shapes), 0


class _KnownShapes:
    """The shapes that are known: in `block` those of the commonest verdict, in `others` the rest.

    Both are for plain bodies, `exact` has all shapes for those with odd signs.
    """

    def __init__(self, fmt: Format, known: "_KnownShapes | None" = None) -> None:
        price, self.seen = _PRICES[fmt], Counter[BodyVerdict]()
        self.kinds: Counter[int] = Counter()
        self.commonest: BodyVerdict | None = None
        self.block = _Tier(partial(BlockPattern, fmt=fmt), price)
        self.others = _Tier(partial(BodyPattern, form="fast"), price)
        self.exact = _Tier(partial(BodyPattern, form="exact"), _EXACT * price)
        if known is not None:
            self.kinds, self.exact = known.kinds, known.exact
            self.commonest = known.seen.most_common(1)[0][0]
            for shape in known.exact.shapes:
                self.add(shape)

    def add(self, shape: Shape) -> None:
        """Take in a shape; the verdict of the first is taken for the commonest."""
        if self.commonest is None:
            self.commonest = shape.verdict
        self.tier(shape.verdict).shapes.setdefault(shape)
        self.exact.shapes.setdefault(shape)

    def tier(self, verdict: BodyVerdict) -> _Tier:
        """Return where the shapes of a verdict are, for plain bodies."""
        return self.block if verdict == self.commonest else self.others

    def is_learnt(self, body: bytes, verdict: BodyVerdict) -> bool:
        """Count a body of its kind; whether it is learnt now: the 2nd, 4th, 8th of a kind is."""
        if len(self.kinds) >= _MOST_KINDS:
            self.kinds.clear()
        kind = hash((_VALUES.sub("", body.decode(errors="replace")), verdict))
        self.kinds[kind] += 1
        count = self.kinds[kind]
        return count > 1 and not count & (count - 1) and len(self.exact.shapes) < MOST_SHAPES


class Shapes:
    """Judges bodies of one format by shapes, which it learns off the reference as it goes.

    `asked` is the format that all of them were asked for in, None where that is not known.
    `counted` are the places whose values are told: of codes and numbers of errors, unless it is
    said. Bodies that were asked for with `simplify`, or whose charset a header declares, are not
    for shapes: the reference alone judges them.
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
        self._table = _KnownShapes(fmt)
        self._window, self._patience = _FIRST_WINDOW, 1
        self._bodies = self._missed = self._waited = self._matched = self._next = 0
        #: How many bodies went to the reference because no shape matched them.
        self.referred = 0

    @property
    def known(self) -> int:
        """The number of shapes that are known."""
        return len(self._table.exact.shapes)

    def judge_one(self, body: bytes) -> BodyVerdict:
        """Judge a body, which may have line ends. Raises ShapeDisagreement."""
        return self.match_one(body).verdict

    def match_one(self, body: bytes) -> Matched:
        """Judge a body, and tell its counted values. Raises ShapeDisagreement."""
        if not body or ENDS[self._fmt] in body:
            return self._one(body, None)
        found = self.judge_block(body)
        ((verdict, _),) = found.counts().items()
        return Matched(verdict, tuple(found.told))

    def judge_block(self, block: bytes) -> BlockVerdicts:
        """Judge the bodies of a block. Raises ShapeDisagreement.

        Bodies are parted by a line end, in XML by a NUL; one may end the block too. A carriage
        return before a line end is blank.
        """
        end, before, table = ENDS[self._fmt], self.referred, self._table
        if self._fmt == "json" and b"\r" in block:
            block = block.replace(b"\r\n", end)
        block = block.removesuffix(end)
        common, told, said = 0, Counter[tuple[Place, str]](), list[tuple[Place, str]]()
        others: list[tuple[int, BodyVerdict]] = []
        count, rest = 0, [(-1, block)] if block else []
        numbers: list[int] = []
        while rest:
            found = self._in_block(block)
            self._watch(block, found)
            common += found.matched
            count = count or found.matched + len(found.others)
            told.update(found.told)
            pattern, rest = table.block.pattern, []
            for done, (at, body) in enumerate(found.others, start=1):
                one = self._one(body, plain_text(body, self._fmt))
                said += one.told
                others.append((numbers[at] if numbers else at, one.verdict))
                if table.block.pattern is not pattern:  # it may take what is left
                    rest = list(found.others[done:])
                    break
            block = end.join(body for _, body in rest)
            numbers = [numbers[at] if numbers else at for at, _ in rest]
        commonest, referred = table.commonest, self.referred - before
        told.update(said)
        listed = tuple(one for one in others if one[1] is not commonest and one[1] != commonest)
        common += len(others) - len(listed)
        self._look()
        return BlockVerdicts(count, commonest, common, listed, told, referred)

    def _in_block(self, block: bytes) -> Blocked:
        pattern = self._table.block.pattern
        if pattern is None:
            return Blocked(0, Counter(), list(enumerate(block.split(ENDS[self._fmt]))))
        found: Blocked = pattern.match(block)
        return found

    def _watch(self, block: bytes, found: Blocked) -> None:
        """Judge some of the matched bodies of a block again."""
        due, table = self._due(found.matched), self._table
        self._bodies += found.matched
        if table.commonest is not None:
            table.seen[table.commonest] += found.matched
            others = {at for at, _ in found.others}
            bodies = block.split(ENDS[self._fmt]) if due else []
            matched = [body for at, body in enumerate(bodies) if at not in others]
            for number in due:
                told = tuple(self._in_block(matched[number]).told)
                self._compare(matched[number], Matched(table.commonest, told))

    def _one(self, body: bytes, plain: str | None) -> Matched:
        """Judge a body; one that is `plain` matched no shape of the commonest verdict."""
        table = self._table
        tier = table.exact if plain is None else table.others
        text = exact_text(body) if plain is None else plain
        found = tier.pattern.match(text) if tier.pattern and text is not None else None
        if found is None:
            found = self._judged(body, plain is None)
        elif self._due(1):
            self._compare(body, found)
        self._bodies += 1
        table.seen[found.verdict] += 1
        return found

    def _judged(self, body: bytes, is_odd: bool) -> Matched:
        """Ask the reference, and learn what it says."""
        judgement = self._reference.judge(body, self._asked)
        found, table = self._said(judgement), self._table
        self.referred += 1
        self._missed += 1
        if not is_long(body):
            is_learnt = table.is_learnt(body, found.verdict)
            if is_learnt and (shape := self._learner.learn(body, judgement)):
                table.add(shape)
            (table.exact if is_odd else table.tier(found.verdict)).wait()
        return found

    def _said(self, judgement: Judgement) -> Matched:
        return Matched(said_by(judgement), tuple(self._learner.values(judgement).items()))

    def _due(self, count: int) -> list[int]:
        """Return the numbers of those, among so many more matched bodies, that are judged again."""
        due = []
        while self._next < self._matched + count:
            due.append(self._next - self._matched)
            row_ends = self._next % (_IN_A_ROW * JUDGED_AGAIN) == _IN_A_ROW - 1
            self._next += _IN_A_ROW * (JUDGED_AGAIN - 1) + 1 if row_ends else 1
        self._matched += count
        return due

    def _compare(self, body: bytes, shape: Matched) -> None:
        reference = self._said(self._reference.judge(body, self._asked))
        if shape.verdict != reference.verdict or set(shape.told) != set(reference.told):
            raise ShapeDisagreement(body, shape, reference)

    def _look(self) -> None:
        """Look, now and then, what is commonest, and whether the shapes still fit."""
        if self._bodies < self._window:
            return
        table, seen = self._table, self._table.seen
        self._waited += self.known >= MOST_SHAPES and 4 * self._missed > self._bodies
        if self._waited >= self._patience:
            self._table, self._waited, self._patience = (
                _KnownShapes(self._fmt),
                0,
                2 * self._patience,
            )
        elif table.commonest and 2 * seen[table.commonest] < max(seen.values()):
            self._table = _KnownShapes(self._fmt, table)
        self._table.seen = Counter()
        self._window, self._bodies, self._missed = min(2 * self._window, _WINDOW), 0, 0
