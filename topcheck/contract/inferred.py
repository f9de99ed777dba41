"""The inferred rules: our reading of the page's words, curated by hand in `inferred.toml`.

A rule holds predicates on paths: when all of `when` hold, all of `then` must. Two patches of the
page's sample, `kept` and `broken`, show what it means.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.field import Field
from topcheck.contract.model import Severity

Scalar = str | int | bool
Predicates = Mapping[str, Any]

#: A predicate tells whether a value (None where the member is absent) is as the operand says.
#: What is absent breaks only `present`: a rule about a value is silent where there is none.
PREDICATES: Mapping[str, Callable[[Scalar | None, Any], bool]] = {
    "present": lambda value, wanted: (value is not None) == wanted,
    "absent": lambda value, wanted: (value is None) == wanted,
    "equals": lambda value, wanted: value is None or value == wanted,
    "in": lambda value, wanted: value is None or value in wanted,
    "min": lambda value, wanted: not isinstance(value, int) or value >= wanted,
    "max": lambda value, wanted: not isinstance(value, int) or value <= wanted,
}


class RuleError(Exception):
    """`inferred.toml` cannot be read: which rule, and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One inferred rule. Paths are relative to the success root.

    A patch maps a path to the value it gets, or to None where it is taken out.
    """

    id: str
    when: Mapping[str, Predicates]
    then: Mapping[str, Predicates]
    why: str
    kept: Mapping[str, Scalar | None]
    broken: Mapping[str, Scalar | None]

    @property
    def path(self) -> str:
        """The path that the rule's id names."""
        return self.id.removeprefix("response.").rpartition(".")[0]

    @property
    def fact(self) -> str:
        """The fact that the rule's id names."""
        return self.id.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Flow:
    """How the codes of a field follow each other: a stage a tuple, the last one final.

    From one read to a later one a code stays, or moves to a later stage; a final one stays.
    """

    path: str
    stages: tuple[tuple[str, ...], ...]
    why: str

    def knows(self, code: str) -> bool:
        """Whether a code has its stage."""
        return any(code in codes for codes in self.stages)

    def allows(self, earlier: str, later: str) -> bool:
        """Whether a read of one code may be followed by a read of another; strangers may."""
        stage = {code: at for at, codes in enumerate(self.stages) for code in codes}
        if earlier == later or earlier not in stage or later not in stage:
            return True
        return stage[earlier] < stage[later]


def applies(rule: Rule, values: Mapping[str, Scalar]) -> bool:
    """Whether all of `when` hold. What is absent meets no condition but `absent`."""
    return all(
        (value is not None or "absent" in tests) and _holds(tests, value)
        for path, tests in rule.when.items()
        for value in [values.get(path)]
    )


def broken_paths(rule: Rule, values: Mapping[str, Scalar]) -> list[str]:
    """Return the paths of `then` that do not hold."""
    return [path for path, tests in rule.then.items() if not _holds(tests, values.get(path))]


def _holds(tests: Predicates, value: Scalar | None) -> bool:
    return all(PREDICATES[name](value, wanted) for name, wanted in tests.items())


def read_rules(text: str, response: Field) -> tuple[Rule, ...]:
    """Read `inferred.toml` against the response tree. Raises RuleError."""
    tables = _tables(text)["rule"]
    paths = {field.path for field in response.walk()}
    rules = []
    for position, table in enumerate(tables, start=1):
        name = table.get("id", f"rule {position}") if isinstance(table, dict) else position
        try:
            rules.append(_rule(table, paths))
        except (KeyError, TypeError, AttributeError) as error:
            raise RuleError(f"{name}: it lacks or misspells {error}") from None
        except ValueError as error:
            raise RuleError(f"{name}: {error}") from None
    return tuple(rules)


def read_flows(text: str, response: Field) -> tuple[Flow, ...]:
    """Read the flows of `inferred.toml` against the response tree. Raises RuleError."""
    paths = {field.path for field in response.walk() if not field.holds_members}
    flows = []
    for table in _tables(text)["flow"]:
        try:
            flow = Flow(table["path"], tuple(map(tuple, table["stages"])), table["why"])
        except (KeyError, TypeError) as error:
            raise RuleError(f"flow: it lacks or misspells {error}") from None
        if flow.path not in paths:
            raise RuleError(f"flow: the page has no field {flow.path}")
        flows.append(flow)
    return tuple(flows)


def _tables(text: str) -> dict[str, list[Any]]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"not TOML: {error}") from None
    tables = {kind: data.pop(kind, []) for kind in ("rule", "flow")}
    if data or not all(isinstance(found, list) for found in tables.values()):
        raise RuleError(
            f"it holds [[rule]] and [[flow]] tables only, not {next(iter(data), 'this')}"
        )
    return tables


def _rule(table: dict[str, Any], paths: set[str]) -> Rule:
    table = dict(table)
    rule = Rule(
        id=table.pop("id"),
        when=table.pop("when", {}),
        then=table.pop("then"),
        why=table.pop("why"),
        kept=_patch(table.pop("kept")),
        broken=_patch(table.pop("broken")),
    )
    if table:
        raise ValueError(f"unknown member {next(iter(table))}")
    if (
        not rule.id.startswith("response.")
        or protocol.FACTS.get(rule.fact) is not Severity.ADVISORY
    ):
        raise ValueError("an inferred id is response.<path>.<fact> with an advisory fact")
    for path in (rule.path, *rule.when, *rule.then, *rule.kept, *rule.broken):
        if path not in paths:
            raise ValueError(f"the page has no field {path}")
    for tests in (*rule.when.values(), *rule.then.values()):
        for name in tests:
            if name not in PREDICATES:
                raise ValueError(f"unknown predicate {name}")
    return rule


def _patch(table: dict[str, Any]) -> dict[str, Scalar | None]:
    """Read a patch: `{ absent = true }` takes a member out, any other value is set."""
    return {path: None if value == {"absent": True} else value for path, value in table.items()}
