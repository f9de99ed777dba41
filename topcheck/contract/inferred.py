"""The inferred rules: our reading of the page's words, curated by hand in `inferred.toml`.

A rule holds predicates on paths: when all of `when` hold, all of `then` must. Two patches of the
page's sample, `kept` and `broken`, show what it means. The table `[types]` gives a leaf type that
the platform's own list lacks one of its families; `[method]` says whether the method only reads.
`[order]` says what is otherwise read off the page: `ids`, the parameters that name an order, and
`flags`, the paths of the Booleans by which a call says whether it succeeded.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.field import Field
from topcheck.contract.model import Severity
from topcheck.contract.protocol import FAMILIES, LEAF_TYPES

Scalar = str | int | bool
Predicates = Mapping[str, Any]
#: The text of `inferred.toml`, or what was read of it.
Source = str | Mapping[str, Any]

#: A predicate tells whether a value (None where the member is absent) is as the operand says.
#: What is absent breaks only `present`: a rule about a value is silent where there is none.
PREDICATES: Mapping[str, Callable[[Scalar | None, Any], bool]] = {
    "present": lambda value, wanted: (value is not None) == wanted,
    "absent": lambda value, wanted: (value is None) == wanted,
    "equals": lambda value, wanted: value is None or value == wanted,
    "in": lambda value, wanted: value is None or value in wanted,
    "min": lambda value, wanted: (number := _number(value)) is None or number >= wanted,
    "max": lambda value, wanted: (number := _number(value)) is None or number <= wanted,
}
#: What each of them is told, by its type and in words.
_SCALAR = (Scalar, "a text, a whole number, true or false")
_OPERANDS: Mapping[str, tuple[Any, str]] = {
    **dict.fromkeys(("present", "absent"), (bool, "true or false")),
    "equals": _SCALAR,
    "in": (list, "a list"),
    **dict.fromkeys(("min", "max"), (int, "a whole number")),
}

#: What the tables of a rule and of a flow hold, by the key.
_TEXT, _TABLE = (str, "a text"), (dict, 'a table by paths, such as { "a.b" = … }')
_IN_RULE = {"id": _TEXT, "when": _TABLE, "then": _TABLE, "why": _TEXT, "kept": _TABLE,
            "broken": _TABLE}  # fmt: skip
_IN_FLOW = {"path": _TEXT, "stages": (list, "a list of lists of codes"), "why": _TEXT}
#: What `[order]` lists, by the key.
_IN_ORDER = {
    "ids": "the parameters that are one number or text of any value",
    "flags": "the paths of Booleans of the answer outside lists",
}
#: What the name of a type may be like.
TYPE_NAME = "[A-Za-z][!-~]*"
#: What `[types]` may call a family: by its name, or by a known type of it.
_CALLED = {**dict(zip(FAMILIES, FAMILIES, strict=True)), **LEAF_TYPES, "object": "map"}


class RuleError(Exception):
    """`inferred.toml` cannot be read: which table, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One inferred rule; its id names path and fact. Paths are relative to the success root.

    A patch maps a path to the value it gets, or to None where it is taken out.
    """

    id: str
    path: str
    fact: str
    when: Mapping[str, Predicates]
    then: Mapping[str, Predicates]
    why: str
    kept: Mapping[str, Scalar | None]
    broken: Mapping[str, Scalar | None]


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
        """Whether a read of one known code may be followed by a read of another."""
        stage = {code: at for at, codes in enumerate(self.stages) for code in codes}
        return earlier == later or stage[earlier] < stage[later]


@dataclass(frozen=True, slots=True)
class OrderTable:
    """What `[order]` says, None for what it leaves to be read off the page.

    `ids` are the parameters that name an order, `flags` the paths of the Booleans by which a call
    says whether it succeeded.
    """

    ids: tuple[str, ...] | None = None
    flags: tuple[str, ...] | None = None


def decimal_of(text: str) -> Decimal | None:
    """Return the amount that a text writes plainly, None where it is none."""
    return Decimal(text) if re.fullmatch(protocol.DECIMAL_PATTERN, text) else None


def _number(value: Scalar | None) -> int | Decimal | None:
    """Return a number, or an amount that is text; None for what is neither."""
    return decimal_of(value) if isinstance(value, str) else value


def applies(rule: Rule, values: Mapping[str, Scalar]) -> bool:
    """Whether all of `when` hold. What is absent meets no condition but `absent`."""
    for path, tests in rule.when.items():
        value = values.get(path)
        if (value is None and "absent" not in tests) or not _holds(tests, value):
            return False
    return True


def broken_paths(rule: Rule, values: Mapping[str, Scalar]) -> list[str]:
    """Return the paths of `then` that do not hold."""
    return [path for path, tests in rule.then.items() if not _holds(tests, values.get(path))]


def _holds(tests: Predicates, value: Scalar | None) -> bool:
    for name, wanted in tests.items():  # noqa: SIM110 - a generator takes twice as long
        if not PREDICATES[name](value, wanted):
            return False
    return True


def read_types(text: Source) -> dict[str, str]:
    """Read the families of `[types]` by the leaf types they are given to. Raises RuleError."""
    types = _table(_loaded(text), "types", 'lines such as Money = "price"')
    for name, called in types.items():
        with _refusing(f"[types] {name}"):
            if name in LEAF_TYPES:
                raise ValueError(f"the type is known to be {LEAF_TYPES[name]}; take the line out")
            if not isinstance(called, str) or called not in _CALLED:
                given = json.dumps(called, ensure_ascii=False, default=str)
                raise ValueError(f"{given} is no family; give one of {', '.join(FAMILIES)}")
    return {name: _CALLED[called] for name, called in types.items()}


def read_order(text: Source, request: Field, response: Field) -> OrderTable:
    """Read `[order]` against the trees of parameters and response. Raises RuleError."""
    table = _table(_loaded(text), "order", 'lines such as ids = ["id"]')
    known = {
        "ids": [name for name, field in request.fields.items() if field.is_plain],
        "flags": [field.path for field in response.walk_once() if field.family == "boolean"],
    }
    for key, named in table.items():
        with _refusing(f"[order] {key}"):
            if key not in known:
                raise ValueError(f"unknown; give {' or '.join(known)}, or take it out")
            _refuse_other(key, named, (list, f"a list of {_IN_ORDER[key]}"))
            for one in named:
                if one not in known[key]:
                    there = ", ".join(known[key]) or "none, so take the line out"
                    given = json.dumps(one, ensure_ascii=False, default=str)
                    raise ValueError(f"{given} is none of {_IN_ORDER[key]}; there are: {there}")
    return OrderTable(**{key: tuple(named) for key, named in table.items()})


def in_types(type_name: str, likely: str = "decimal") -> str:
    """Say how `[types]` gives a family to a type."""
    key = type_name if re.fullmatch("[A-Za-z0-9_-]+", type_name) else json.dumps(type_name)
    others = ", ".join(family for family in FAMILIES if family != likely)
    return f'say what it is in inferred.toml: [types] {key} = "{likely}" (or {others})'


def reads_only(method: str, text: str) -> bool:
    """Whether a method only reads: `[method]` says it, else the last word of its name.

    Raises RuleError.
    """
    said = _read_method(_loaded(text))
    last = re.split("[._]", method)[-1]
    return last in protocol.READING if said is None else said


def _read_method(data: Mapping[str, Any]) -> bool | None:
    """Read `[method]`: None where it does not say whether the method reads."""
    table = _table(data, "method", "reads = true")
    with _refusing("[method]"):
        _refuse_others(table, {"reads": (bool, "true or false")})
    return table.get("reads")


def read_inferred(text: Source, response: Field) -> tuple[tuple[Rule, ...], tuple[Flow, ...]]:
    """Read the rules and flows of `inferred.toml` against the response tree. Raises RuleError."""
    data = _loaded(text)
    _read_method(data)
    for read_elsewhere in ("types", "order", "method"):
        data.pop(read_elsewhere, None)
    tables = {kind: data.pop(kind, []) for kind in _TABLES}
    if data or not all(isinstance(found, list) for found in tables.values()):
        other = next(iter(data), "this")
        known = "[types], [order], [method], [[rule]] and [[flow]]"
        raise RuleError(f"it holds {known} only: take {other} out")
    rules: dict[str, Rule] = {}
    flows: dict[str, Flow] = {}
    fields = {field.path: field for field in response.walk()}
    single = {field.path: field for field in response.walk_once()}
    for at, table in enumerate(tables["rule"], start=1):
        with _refusing(table.get("id", f"rule {at}") if isinstance(table, dict) else f"rule {at}"):
            rule = _rule(table, fields)
            if rules.setdefault(rule.id, rule) is not rule:
                raise ValueError("the id stands twice; make one rule of both")
    for table in tables["flow"]:
        with _refusing("flow"):
            flow = _flow(table, single)
            if flows.setdefault(flow.path, flow) is not flow:
                raise ValueError(f"{flow.path} has two flows; make one of both")
    return tuple(rules.values()), tuple(flows.values())


_TABLES = ("rule", "flow")
_FEWEST_STAGES = 2
_NO_FIELD = "the page has no field"
_NAMED = "name one by its path in contract.json, from below the root"


def fitting(text: str, request: Field, response: Field) -> tuple[dict[str, Any], list[str]]:
    """Return what of `inferred.toml` fits the trees of a page, and say why all else does not.

    It may have been written for an earlier or a later page. Raises RuleError if it is not TOML;
    what fits no page is left in, for whoever reads it to refuse.
    """
    data = _loaded(text)
    left_out: list[str] = []
    shapes = {**dict.fromkeys(_TABLES, list), "order": dict}
    if not all(isinstance(data.get(kind, shape()), shape) for kind, shape in shapes.items()):
        return data, left_out
    parts: list[tuple[str, Any]] = [(kind, [one]) for kind in _TABLES for one in data.pop(kind, [])]
    parts += [("order", {key: named}) for key, named in data.pop("order", {}).items()]
    for kind, part in parts:
        try:
            read_inferred({kind: part}, response)
            read_order({kind: part}, request, response)
        except RuleError as error:
            left_out.append(str(error))
        else:
            into = data.setdefault(kind, type(part)())
            into.extend(part) if isinstance(part, list) else into.update(part)
    return data, left_out


def _loaded(text: Source) -> dict[str, Any]:
    if not isinstance(text, str):
        return dict(text)
    try:
        return dict(_parsed(text))
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"not TOML: {error}; mend it there") from None
    except RecursionError:
        raise RuleError("not TOML of ours: it is nested too deep; mend it there") from None


#: Whoever reads a part of a file has it from here.
_parsed = cache(tomllib.loads)


def _table(data: Mapping[str, Any], name: str, below: str) -> dict[str, Any]:
    if isinstance(table := data.get(name, {}), dict):
        return table
    raise RuleError(f"{name} is a table: write [{name}], and below it {below}")


@contextmanager
def _refusing(name: object) -> Iterator[None]:
    """Name the table in which an error is."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise RuleError(f"{name}: it lacks or misspells {error}: give it as it should be") from None
    except ValueError as error:
        raise RuleError(f"{name}: {error}") from None


def _rule(table: dict[str, Any], fields: Mapping[str, Field]) -> Rule:
    _refuse_others(table, _IN_RULE)
    patches = {key: _patch(table[key]) for key in ("kept", "broken")}
    name = table["id"]
    path, _, fact = name.removeprefix("response.").rpartition(".")
    rule = Rule(**{"when": {}, **table, **patches, "path": path, "fact": fact})
    is_named = name == ".".join(filter(None, ("response", path, fact)))
    if not is_named or protocol.FACTS.get(fact) is not Severity.ADVISORY:
        facts = [one for one, weight in protocol.FACTS.items() if weight is Severity.ADVISORY]
        known = ", ".join(facts)
        raise ValueError(f"name it response.<path>.<fact>, with one of the facts {known}")
    for named in (path, *rule.when, *rule.then, *rule.kept, *rule.broken):
        if named not in fields:
            raise ValueError(f"{_NO_FIELD} {named}; {_NAMED}")
    for path, tests in (*rule.when.items(), *rule.then.items()):
        _refuse_other(path, tests, (dict, "a table of predicates, such as { present = true }"))
        for name, wanted in tests.items():
            if name not in PREDICATES:
                raise ValueError(f"unknown predicate {name}; give one of {', '.join(PREDICATES)}")
            _refuse_other(name, wanted, _OPERANDS[name])
            for one in wanted if name == "in" else ():
                _refuse_other("one of its list", one, _SCALAR)
    return rule


def _flow(table: dict[str, Any], single: Mapping[str, Field]) -> Flow:
    _refuse_others(table, _IN_FLOW)
    for stage in table["stages"]:
        _refuse_other("a stage", stage, (list, "a list of codes"))
        for code in stage:
            _refuse_other("a code", code, _TEXT)
    flow = Flow(table["path"], tuple(map(tuple, table["stages"])), table["why"])
    if flow.path not in single or single[flow.path].holds_members:
        raise ValueError(f"{_NO_FIELD} {flow.path} outside lists; {_NAMED}")
    if len(flow.stages) < _FEWEST_STAGES:
        raise ValueError(f"{flow.path} has one stage; give those that follow it too")
    if len(set(chain(*flow.stages))) < sum(map(len, flow.stages)):
        raise ValueError(f"{flow.path} has a code twice; give each its one stage")
    return flow


def _patch(table: dict[str, Any]) -> dict[str, Scalar | None]:
    """Read a patch: `{ absent = true }` takes a member out, any other value is set."""
    patch = {path: None if value == {"absent": True} else value for path, value in table.items()}
    for path, value in patch.items():
        if value is not None:
            _refuse_other(path, value, _SCALAR)
    return patch


def _refuse_others(table: Mapping[str, Any], kinds: Mapping[str, tuple[Any, str]]) -> None:
    for name, value in table.items():
        if name not in kinds:
            known = ", ".join(kinds)
            raise ValueError(f"unknown member {name}; take it out, or give one of {known}")
        _refuse_other(name, value, kinds[name])


def _refuse_other(name: str, value: Any, kind: tuple[Any, str]) -> None:
    if not isinstance(value, kind[0]) or (kind[0] is int and isinstance(value, bool)):
        raise ValueError(f"{name} is {json.dumps(value, default=str)}; give it {kind[1]}")
