"""The ledger: clauses by evidence, with a state each."""

from collections.abc import Iterable
from dataclasses import dataclass, field

HELD, BROKEN, NOT_OBSERVED = "held", "broken", "not observed"
#: What an SDK or its driver has no means for.
NOT_SUPPORTED = "not supported"
#: What breaks though a list tolerates it, and what holds though the list says that it breaks.
KNOWN_FAILING, SURPRISE = "known failing", "passes though known to fail"
#: In the order in which a summary counts them.
STATES = (HELD, BROKEN, SURPRISE, KNOWN_FAILING, NOT_SUPPORTED, NOT_OBSERVED)
#: In the order in which one outweighs another.
WORST_FIRST = (BROKEN, SURPRISE, KNOWN_FAILING, HELD, NOT_SUPPORTED, NOT_OBSERVED)

#: Where evidence of the contract's clauses can come from, in the order of the columns.
EVIDENCE = ("schema", "generated", "recorded", "sandbox", "live")


@dataclass(slots=True)
class Ledger:
    """What was seen of each clause. One broken observation outweighs any number of held ones."""

    seen: dict[tuple[str, str], str] = field(default_factory=dict)

    def record(self, clause_id: str, evidence: str, held: bool) -> None:
        """Note one observation."""
        key = (clause_id, evidence)
        if self.seen.get(key) != BROKEN:
            self.seen[key] = HELD if held else BROKEN

    def states(self, clause_id: str, kinds: Iterable[str]) -> dict[str, str]:
        """Return the state of a clause for each of some kinds of evidence."""
        return {kind: self.seen.get((clause_id, kind), NOT_OBSERVED) for kind in kinds}
