"""Which clauses a body tried: a clause was looked at where the thing that it is about was there."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule, Scalar, applies
from topcheck.contract.model import Clause

#: The clauses of a body that could be read as text of its format, by that format.
_READ = ("wire.body.encoding", "wire.body.syntax", "wire.body.limits", "wire.body.root")
_READ_AS: Mapping[str, tuple[str, ...]] = {"json": _READ, "xml": (*_READ, "wire.body.doctype")}

#: Facts that show once a member is there, whatever it holds.
_OF_A_MEMBER = ("null", "unique", "place")
#: Facts that show once a value of the right type is there.
_OF_A_VALUE = ("range", "enum", "format", "lexical", "known")
#: So many kinds of bodies, by what stands in them and what they break, have their trials kept.
_MOST_KNOWN = 1024
#: What is said of a member that is there and has no value.
_NO_VALUE = ("null", "required")


@dataclass(slots=True)
class Look:
    """What the judge of a body came to see.

    `format` is that of a body that could be read, `side` the root that was found in it, `present`
    holds the paths of the documented members that stood there, and `values` their scalars.
    `written` is the text of those that are spelled otherwise, or that could not be read.
    """

    format: str | None = None
    side: str | None = None
    present: set[str] = field(default_factory=set)
    values: dict[str, Scalar] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)


class BodyTrials:
    """The trials of the bodies of one contract."""

    def __init__(self, contract: Contract, rules: Sequence[Rule] = ()) -> None:
        self._rules = rules
        self._known = lru_cache(_MOST_KNOWN)(self._by_presence)
        inferred = {rule.id for rule in rules}
        self._needs: dict[str, list[tuple[str, str, frozenset[str]]]] = {}
        for clause in contract.clauses:
            if clause.side in contract.trees and clause.id not in inferred:
                needs = clause.id, *_needs(clause, contract)
                self._needs.setdefault(clause.side, []).append(needs)

    def of(self, look: Look, broken: Set[str]) -> frozenset[str]:
        """Return the ids of the clauses that a body tried, those that it broke among them."""
        found = self._known(look.format, look.side, frozenset(look.present), frozenset(broken))
        if look.side != "response":
            return found
        return found.union(rule.id for rule in self._rules if _is_asked(rule, look.values))

    def _by_presence(
        self, fmt: str | None, side: str | None, present: Set[str], broken: frozenset[str]
    ) -> frozenset[str]:
        shown = (
            clause_id
            for clause_id, path, spoilt in self._needs.get(side or "", ())
            if (not path or path in present) and broken.isdisjoint(spoilt)
        )
        of_any = () if side == "request" else ("wire.body.type",)
        return broken.union(of_any, _READ_AS.get(fmt or "", ()), shown)


def _needs(clause: Clause, contract: Contract) -> tuple[str, frozenset[str]]:
    """Return what must be there for a clause to be tried, and the clauses that must not be broken.

    What must be there is the path of a member, or empty for the root.
    """
    path, fact = clause.path, clause.fact
    if fact == "required":
        return path.rpartition(".")[0], frozenset()
    if not path or fact in _OF_A_MEMBER:
        return path, frozenset()
    spoiling = (*_NO_VALUE, "type") if fact in _OF_A_VALUE else _NO_VALUE
    found = (contract.located.get((clause.side, path, other)) for other in spoiling)
    return path, frozenset(other.id for other in found if other)


def _is_asked(rule: Rule, values: Mapping[str, Scalar]) -> bool:
    """Whether a rule applies, and there is something that it says something about."""
    return applies(rule, values) and any(
        path in values or tests.keys() & {"present", "absent"} for path, tests in rule.then.items()
    )
