"""Which clauses a body tried: a clause was looked at where the thing that it is about was there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Predicates, Rule, Scalar, applies
from topcheck.contract.model import Clause

#: The clauses of a body that could be read as text of its format, by that format.
_READ = ("wire.body.encoding", "wire.body.syntax", "wire.body.limits", "wire.body.root")
_READ_AS: Mapping[str, tuple[str, ...]] = {"json": _READ, "xml": (*_READ, "wire.body.doctype")}
_TYPE = "wire.body.type"

#: Facts that show once a member is there, whatever it holds.
_OF_A_MEMBER = ("null", "unique", "place")
#: Facts that show once a value of the right type is there.
_OF_A_VALUE = ("range", "enum", "format", "lexical", "known")
#: What is said of a member that is there and has no value.
_NO_VALUE = ("null", "required")


@dataclass(slots=True)
class Look:
    """What the judge of a body came to see.

    `format` is that of a body that could be read, `side` the root that was found in it, `present`
    holds the paths of the documented members that stood there, and `values` their scalars.
    """

    format: str | None = None
    side: str | None = None
    present: set[str] = field(default_factory=set)
    values: dict[str, Scalar] = field(default_factory=dict)


#: Whether a look, in which some clauses were found broken, tried a clause.
_Test = Callable[[Look, Set[str]], bool]


class BodyTrials:
    """The trials of the bodies of one contract."""

    def __init__(self, contract: Contract, rules: Sequence[Rule] = ()) -> None:
        self._clauses = contract.located
        self._rules = {rule.id: rule for rule in rules}
        self._tests: dict[str, list[tuple[str, _Test]]] = {side: [] for side in contract.trees}
        for clause in contract.clauses:
            if clause.side in self._tests:
                self._tests[clause.side].append((clause.id, self._test(clause)))

    def of(self, look: Look, broken: Set[str]) -> frozenset[str]:
        """Return the ids of the clauses that a body tried, those that it broke among them."""
        return frozenset(self._tried(look, broken)) | broken

    def _tried(self, look: Look, broken: Set[str]) -> Iterator[str]:
        if look.side != "request":
            yield _TYPE
        yield from _READ_AS.get(look.format or "", ())
        for clause_id, test in self._tests.get(look.side or "", ()):
            if test(look, broken):
                yield clause_id

    def _test(self, clause: Clause) -> _Test:
        if rule := self._rules.get(clause.id):
            return lambda look, _broken: _is_asked(rule, look.values)
        path, fact = clause.path, clause.fact
        if fact == "required":
            parent = path.rpartition(".")[0]
            return lambda look, _broken: not parent or parent in look.present
        if not path:
            return lambda _look, _broken: True
        if fact in _OF_A_MEMBER:
            return lambda look, _broken: path in look.present
        facts = (*_NO_VALUE, "type") if fact in _OF_A_VALUE else _NO_VALUE
        found = (self._clauses.get((clause.side, path, other)) for other in facts)
        spoilt = {other.id for other in found if other}
        return lambda look, broken: path in look.present and broken.isdisjoint(spoilt)


def _is_asked(rule: Rule, values: Mapping[str, Scalar]) -> bool:
    """Whether a rule applies, and there is something that it says something about."""
    return applies(rule, values) and any(
        path in values or _is_about_presence(tests) for path, tests in rule.then.items()
    )


def _is_about_presence(tests: Predicates) -> bool:
    return "present" in tests or "absent" in tests
