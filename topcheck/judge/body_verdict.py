"""What bodies are judged to be where there are many: no words, and no places in their text."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from topcheck.judge.finding import Judgement
from topcheck.judge.literals import spelled

#: A place of an answer: its side, and its path.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class BodyVerdict:
    """What the reference says of a body: its verdict, and what is broken by clause and path."""

    verdict: str
    broken: frozenset[tuple[str, str]] = frozenset()

    def __hash__(self) -> int:
        return hash(self.broken)  # a set knows its own

    @property
    def clauses(self) -> tuple[str, ...]:
        """The ids of the broken clauses, sorted, each once."""
        return tuple(sorted({clause for clause, _ in self.broken}))


def verdict_of(judgement: Judgement) -> BodyVerdict:
    """Return what a judgement comes to, without words and places in the text."""
    found = frozenset((finding.clause.id, finding.path) for finding in judgement.findings)
    return BodyVerdict(judgement.verdict, found)


def values_at(judgement: Judgement, places: Iterable[Place]) -> dict[Place, str]:
    """Return what a body says at some places, as it is written plainly."""
    said, side = judgement.values, judgement.side
    return {at: spelled(said[at[1]]) for at in places if at[0] == side and at[1] in said}


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
