"""The ledger: clauses by evidence, with a state each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tabulate import tabulate

from topcheck.contract.model import Clause

HELD, BROKEN, NOT_OBSERVED = "held", "broken", "not observed"
#: Of an SDK, besides.
NOT_SUPPORTED, KNOWN_FAILING = "not supported", "known failing"
SURPRISE = "passes though known to fail"

#: Where evidence can come from, in the order of the columns.
EVIDENCE = ("schema", "generated", "recorded", "sandbox", "live")


@dataclass(slots=True)
class Ledger:
    """What was seen of each clause. One broken observation outweighs any number of held ones."""

    clauses: Sequence[Clause]
    seen: dict[tuple[str, str], str] = field(default_factory=dict)

    def record(self, clause_id: str, evidence: str, held: bool) -> None:
        """Note one observation."""
        key = (clause_id, evidence)
        if self.seen.get(key) != BROKEN:
            self.seen[key] = HELD if held else BROKEN

    def state(self, clause_id: str, evidence: str | None = None) -> str:
        """Return the state of a clause for one kind of evidence, or over all of it."""
        kinds = [evidence] if evidence else EVIDENCE
        states = {self.seen.get((clause_id, kind), NOT_OBSERVED) for kind in kinds}
        return next(state for state in (BROKEN, HELD, NOT_OBSERVED) if state in states)

    def rows(self) -> Iterator[dict[str, str]]:
        """Yield a row a clause, as it goes into files."""
        for clause in self.clauses:
            yield {
                "clause": clause.id,
                "severity": str(clause.severity),
                "state": self.state(clause.id),
                **{kind: self.state(clause.id, kind) for kind in EVIDENCE},
            }

    def table(self) -> str:
        """Draw the whole ledger."""
        rows = [
            [row["clause"], row["severity"], *(_sign(row[kind]) for kind in EVIDENCE), row["state"]]
            for row in self.rows()
        ]
        return tabulate(rows, headers=["clause", "severity", *EVIDENCE, "state"])

    def summary(self) -> list[str]:
        """Say in a few lines how many clauses are in which state, and name those not held."""
        states = {clause.id: self.state(clause.id) for clause in self.clauses}
        counts = Counter(states.values())
        words = [f"{counts[state]} {state}" for state in (HELD, BROKEN, NOT_OBSERVED)]
        lines = [f"{len(states)} clauses: " + ", ".join(words)]
        for state in (BROKEN, NOT_OBSERVED):
            lines += _named(state, (clause_id for clause_id, s in states.items() if s == state))
        return lines

    def to_json(self) -> str:
        """Write the ledger as JSON."""
        return json.dumps({"clauses": list(self.rows())}, ensure_ascii=False, indent=2) + "\n"


def _sign(state: str) -> str:
    return "-" if state == NOT_OBSERVED else state


def _named(state: str, clause_ids: Iterable[str]) -> list[str]:
    names = list(clause_ids)
    shown = [f"  {state}: {name}" for name in names[:20]]
    return shown + ([f"  {state}: and {len(names) - 20} more"] if len(names) > 20 else [])
