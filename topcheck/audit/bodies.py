"""The judge of bodies that have nothing recorded beside them, many at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule
from topcheck.judge.finding import Judgement
from topcheck.judge.literals import spelled
from topcheck.judge.response import ResponseJudge

ENDS = {"json": b"\n", "xml": b"\0"}
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class BodyVerdict:
    """What the reference says of a body: its verdict, and what is broken by clause and path."""

    verdict: str
    broken: frozenset[tuple[str, str]] = frozenset()

    @property
    def clauses(self) -> tuple[str, ...]:
        """The ids of the broken clauses, sorted, each once."""
        return tuple(sorted({clause for clause, _ in self.broken}))


@dataclass(frozen=True, slots=True)
class Matched:
    verdict: BodyVerdict
    told: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BlockVerdicts:
    bodies: int
    commonest: BodyVerdict | None
    common: int
    others: tuple[tuple[int, BodyVerdict], ...]
    told: Counter[tuple[Place, str]]
    referred: int

    def counts(self) -> Counter[BodyVerdict]:
        return Counter(verdict for _, verdict in self.others)

    def nonconforming(self) -> Iterator[tuple[int, BodyVerdict]]:
        yield from ((index, one) for index, one in self.others if one.broken)


def verdict_of(judgement: Judgement) -> BodyVerdict:
    found = frozenset((finding.clause.id, finding.path) for finding in judgement.findings)
    return BodyVerdict(judgement.verdict, found)


def open_sets(contract: Contract) -> frozenset[Place]:
    error = contract.error.walk()
    coded = (leaf for root in (contract.response, contract.error) for leaf in root.walk())
    leaves = [leaf for leaf in coded if leaf.enum and not leaf.holds_members]
    leaves += [leaf for leaf in error if leaf.family == "integer"]
    return frozenset((leaf.side, leaf.path) for leaf in leaves)


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


class ReferenceOnly:
    """Judges each body by the reference: what the shapes are held against."""

    def __init__(
        self, reference: ResponseJudge, counted: frozenset[Place], fmt: str, asked: str | None
    ) -> None:
        self._reference, self._counted, self._asked = reference, counted, asked
        self._end = ENDS[fmt]
        self.known = 0

    def judge_block(self, block: bytes) -> BlockVerdicts:
        """Judge the bodies of a block, as shapes do."""
        bodies = block.removesuffix(self._end).split(self._end) if block else []
        found = [self._reference.judge(body, self._asked) for body in bodies]
        told = Counter(pair for one in found for pair in told_by(one, self._counted))
        others = tuple(enumerate(map(verdict_of, found)))
        return BlockVerdicts(len(bodies), None, 0, others, told, len(bodies))


    def match_one(self, body: bytes) -> Matched:
        """Judge a body, which may have line ends."""
        found = self._reference.judge(body, self._asked)
        return Matched(verdict_of(found), tuple(told_by(found, self._counted)))


class Bodies:
    """Judges bare bodies of any format; `reference` keeps the shapes out."""

    def __init__(self, contract: Contract, rules: Sequence[Rule], *, reference: bool) -> None:
        self.reference = WatchedJudge(contract, rules)
        self.counted = open_sets(contract)
        self._judges: dict[tuple[str, str | None], ReferenceOnly] = {}

    def of(self, fmt: str, asked: str | None) -> ReferenceOnly:
        """Return the judge of the bodies of a format, by the format that was asked for."""
        key = fmt, asked
        if key not in self._judges:
            self._judges[key] = ReferenceOnly(self.reference, self.counted, fmt, asked)
        return self._judges[key]

    @property
    def known(self) -> int:
        """The number of shapes that are known."""
        return sum(one.known for one in self._judges.values())


def told_by(judgement: Judgement, counted: frozenset[Place]) -> Iterator[tuple[Place, str]]:
    """Yield the values of a body at the counted places."""
    values, side = judgement.values, judgement.side
    at = (place for place in counted if place[0] == side and place[1] in values)
    yield from ((place, spelled(values[place[1]])) for place in at)
