"""What was counted of a task, and of all: of any number of records it takes a bounded room."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from topcheck.judge.body_verdict import BodyVerdict
from topcheck.judge.finding import Finding, shorten
from topcheck.wire.redact import Redactor

#: So many records are told of each clause, and so many places that cannot be read.
MOST_SAMPLES, MOST_UNREADABLE = 5, 1000
#: So many values are counted one by one, so many of them are told, and the others by this name.
_MOST_KEPT, _MOST_VALUES, OTHERS = 2000, 200, "(others)"
#: Under this name undocumented members are counted, by their paths.
UNDOCUMENTED = "undocumented"


@dataclass(slots=True)
class Values:
    """How often each value was seen; where there are very many, which are kept hangs on them alone.

    So it is the same in whatever parts they were counted, and of what is kept the count is exact.
    """

    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, counts: Mapping[str, int], total: int) -> None:
        """Add counts, and how many values were seen in all."""
        self.total += total
        for value, count in counts.items():
            self.counts[value] = self.counts.get(value, 0) + count
        if len(self.counts) > 2 * _MOST_KEPT:
            self._bound()

    def _bound(self) -> None:
        """Keep some of the values, drawn by chance, but the same ones always."""
        kept = sorted(self.counts, key=_rank)[:_MOST_KEPT]
        self.counts = {value: self.counts[value] for value in kept}

    def shown(self) -> dict[str, int]:
        """Return the most frequent values, and how many others there were."""
        self._bound()
        most = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_VALUES]
        others = self.total - sum(count for _, count in most)
        return {**dict(most), **({OTHERS: others} if others else {})}


def _rank(value: str) -> tuple[int, str]:
    return zlib.crc32(value.encode("utf-8", "backslashreplace")), value


@dataclass(slots=True)
class Sample:
    """A finding of a record, and where that is: `record` counts from 0 in its file, or its task."""

    file: int
    offset: int
    record: int
    path: str
    expected: str
    actual: str


@dataclass(slots=True)
class Unreadable:
    """A place where nothing could be read; with `rest` nothing of the file behind it was."""

    file: int
    offset: int
    reason: str
    rest: bool = False


@dataclass(slots=True)
class Tally:
    """What was counted. `records` are all there were, those that were not judged among them.

    `looked` counts the records in which something around or between bodies was looked at, by the
    id of its clause; `tried` are all ids of what was looked at. `by_reference` counts bodies.
    """

    records: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    clauses: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    observed: dict[str, Values] = field(default_factory=dict)
    looked: Counter[str] = field(default_factory=Counter)
    tried: set[str] = field(default_factory=set)
    passed_over: Counter[str] = field(default_factory=Counter)
    unreadable: list[Unreadable] = field(default_factory=list)
    lost: int = 0
    shapes: int = 0
    by_reference: int = 0

    def add(self, verdict: BodyVerdict, count: int = 1) -> None:
        """Count records of one verdict."""
        self.verdicts[verdict.verdict] += count
        for clause in verdict.clauses:
            self.clauses[clause] += count

    def tell(self, name: str, value: str, count: int = 1) -> None:
        """Count what was observed."""
        self.observed.setdefault(name, Values()).add({shorten(value): count}, count)

    def wants(self, clauses: Iterable[str], offset: int = 0) -> bool:
        """Whether a record at a byte of the task's file may be among the first of some clauses."""
        kept = [self.samples.get(one, []) for one in clauses]
        return any(len(k) < MOST_SAMPLES or k[-1].offset > offset for k in kept)

    def show(
        self, findings: Sequence[Finding], file: int, offset: int, record: int, redactor: Redactor
    ) -> None:
        """Keep the first finding of each clause as a sample, if it is among the first records."""
        for clause_id, finding in {f.clause.id: f for f in reversed(findings)}.items():
            told = finding.path, finding.expected, finding.actual
            path, expected, actual = map(redactor.redacted, told)
            kept = self.samples.setdefault(clause_id, [])
            kept.append(Sample(file, offset, record, path, expected, actual))
            kept.sort(key=lambda sample: (sample.offset, sample.record))
            del kept[MOST_SAMPLES:]

    def lose(self, file: int, offset: int, reason: str, *, rest: bool = False) -> None:
        """Note that something could not be read."""
        self.lost += 1
        if len(self.unreadable) < MOST_UNREADABLE:
            self.unreadable.append(Unreadable(file, offset, reason, rest))

    def merge(self, later: Tally, before: int) -> None:
        """Add what was counted of a later task of the same file, or of a later file.

        `before` is how many records of its file stand before it.
        """
        self.records += later.records
        for name in ("verdicts", "clauses", "looked", "passed_over"):
            getattr(self, name).update(getattr(later, name))
        for clause_id, samples in later.samples.items():
            kept = self.samples.setdefault(clause_id, [])
            for one in samples[: MOST_SAMPLES - len(kept)]:
                one.record += before
                kept.append(one)
        for name, values in later.observed.items():
            self.observed.setdefault(name, Values()).add(values.counts, values.total)
        self.tried |= later.tried
        self.unreadable += later.unreadable[: MOST_UNREADABLE - len(self.unreadable)]
        self.lost += later.lost
        self.shapes = max(self.shapes, later.shapes)
        self.by_reference += later.by_reference

    def to_json(self) -> str:
        """Write it as a checkpoint keeps it."""
        data = {one.name: getattr(self, one.name) for one in fields(self)}
        return json.dumps({**data, "tried": sorted(self.tried)}, default=asdict)

    @classmethod
    def from_json(cls, text: str) -> Tally:
        """Read it again. Raises ValueError, KeyError or TypeError for what is none."""
        data: dict[str, Any] = json.loads(text)
        for name in ("verdicts", "clauses", "looked", "passed_over"):
            data[name] = Counter(data[name])
        data["samples"] = {c: [Sample(**s) for s in found] for c, found in data["samples"].items()}
        data["observed"] = {name: Values(**one) for name, one in data["observed"].items()}
        data["unreadable"] = [Unreadable(**one) for one in data["unreadable"]]
        return cls(**{**data, "tried": set(data["tried"])})
