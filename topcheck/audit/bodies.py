"""The judges of bodies that have nothing recorded beside them, many at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule
from topcheck.judge.finding import Judgement
from topcheck.judge.literals import spelled
from topcheck.judge.response import ResponseJudge
from topcheck.judge.shapes.guard import BlockVerdicts, Shapes
from topcheck.judge.shapes.learn import Format, Place, open_sets, verdict_of
from topcheck.judge.shapes.match import ENDS


class BlockJudge(Protocol):
    """Judges the bodies of one format, as they were asked for."""

    @property
    def known(self) -> int:
        """The number of shapes that are known."""

    def judge_block(self, block: bytes) -> BlockVerdicts:
        """Judge the bodies of a block, which `ENDS` part."""


class WatchedJudge(ResponseJudge):
    """The reference, which remembers what the bodies that it judged have tried."""

    def __init__(self, contract: Contract, rules: Sequence[Rule]) -> None:
        super().__init__(contract, rules)
        self.tried: set[str] = set()

    def judge(
        self, body: bytes, asked: str | None = None, charset: str | None = None,
        simplify: bool = False,
    ) -> Judgement:  # fmt: skip
        """Judge a body, and remember what it tried."""
        found = super().judge(body, asked, charset, simplify)
        self.tried |= found.tried
        return found


class _ReferenceAlone:
    """Judges each body by the reference: what shapes are held against."""

    known = 0

    def __init__(
        self, reference: ResponseJudge, counted: frozenset[Place], fmt: Format, asked: Format | None
    ) -> None:
        self._reference, self._counted, self._asked = reference, counted, asked
        self._end = ENDS[fmt]

    def judge_block(self, block: bytes) -> BlockVerdicts:
        bodies = block.removesuffix(self._end).split(self._end)
        found = [self._reference.judge(body, self._asked) for body in bodies]
        told = Counter(pair for one in found for pair in told_by(one, self._counted))
        others = tuple(enumerate(map(verdict_of, found)))
        return BlockVerdicts(len(bodies), None, 0, others, told, len(bodies))


class Bodies:
    """The judges of all formats; `alone` has each body judged by the reference."""

    def __init__(self, contract: Contract, rules: Sequence[Rule], *, alone: bool = False) -> None:
        self._contract, self._rules, self._alone = contract, rules, alone
        self.reference = WatchedJudge(contract, rules)
        #: The places whose values are counted.
        self.counted = open_sets(contract) | {
            (leaf.side, leaf.path)
            for leaf in contract.error.walk_once()
            if leaf.name.endswith("code")
        }
        self._judges: dict[tuple[Format, Format | None], BlockJudge] = {}

    def of(self, fmt: Format, asked: Format | None) -> BlockJudge:
        """Return the judge of the bodies of a format, by the format that was asked for."""
        key = fmt, asked
        if key not in self._judges:
            self._judges[key] = self._made(fmt, asked)
        return self._judges[key]

    def _made(self, fmt: Format, asked: Format | None) -> BlockJudge:
        if self._alone:
            return _ReferenceAlone(self.reference, self.counted, fmt, asked)
        return Shapes(self.reference, self._contract, self._rules, fmt, asked, self.counted)

    @property
    def known(self) -> int:
        """The number of shapes that are known."""
        return sum(one.known for one in self._judges.values())


def told_by(judgement: Judgement, counted: frozenset[Place]) -> Iterator[tuple[Place, str]]:
    """Yield the values of a body at the counted places."""
    values, side = judgement.values, judgement.side
    at = (place for place in counted if place[0] == side and place[1] in values)
    yield from ((place, spelled(values[place[1]])) for place in at)
