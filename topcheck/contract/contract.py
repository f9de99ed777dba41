"""The contract: the page as data, its trees as they look on the wire, and its clauses."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.field import Field, error_tree, request_tree, response_tree
from topcheck.contract.model import Clause, ErrorCode, PageRow, Severity

#: Families of values that are no message, and no flag.
_TELLING = ("integer", "date", "price")
#: The members of `contract.json` that hold rows, and what they are called here.
_ROWS = {"request": "request_rows", "response": "response_rows", "error": "error_rows"}
#: What a clause carries as values, and a file says in its id.
_IN_THE_ID = ("side", "path")
#: Facts across exchanges that are about the request alone.
_OF_REQUESTS = ("required", "refused")


@dataclass(frozen=True)
class Contract:
    """The page as data. `root` and `error_root` are the names on the wire.

    The trees, and what is read off them, are built once, when they are first asked for.
    """

    method: str
    title: str | None
    category: str | None
    description: str
    root: str
    error_root: str
    request_rows: tuple[PageRow, ...]
    response_rows: tuple[PageRow, ...]
    error_rows: tuple[PageRow, ...]
    error_codes: tuple[ErrorCode, ...] = ()
    clauses: tuple[Clause, ...] = ()

    # -------------------------------------------------------------- trees

    @cached_property
    def request(self) -> Field:
        """The business parameters as one object."""
        return request_tree(self.request_rows)

    @cached_property
    def response(self) -> Field:
        """The success root, with TOP's own `request_id` beside the documented members."""
        return response_tree(self.root, self.response_rows)

    @cached_property
    def error(self) -> Field:
        """The root of an error."""
        return error_tree(self.error_root, self.error_rows)

    @cached_property
    def trees(self) -> Mapping[str, Field]:
        """The three trees by their side."""
        return {tree.side: tree for tree in (self.request, self.response, self.error)}

    # -------------------------------------------------------------- clauses

    @cached_property
    def by_id(self) -> Mapping[str, Clause]:
        """The clauses by their ids."""
        return {clause.id: clause for clause in self.clauses}

    @cached_property
    def located(self) -> Mapping[tuple[str, str, str], Clause]:
        """The clauses by side, path and fact."""
        return {(clause.side, clause.path, clause.fact): clause for clause in self.clauses}

    def exchange_clause(self, path: str, fact: str) -> Clause:
        """Return a clause across exchanges. Raises KeyError."""
        return self.located["exchange", path, fact]

    # -------------------------------------------------------------- what the trees say

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """How an `exchange` clause names each leaf of the response, by its path.

        A name that stands twice takes as much of its path as tells it apart.
        """
        leaves = [f.path for f in self.response.walk() if f.row and not f.holds_members]
        return {path: _shortest(path, leaves) for path in leaves}

    @cached_property
    def single_leaves(self) -> tuple[Field, ...]:
        """The documented leaves of the response that stand once and tell of what was asked for.

        Neither what stands in a list nor the id that TOP gives every answer is among them.
        """
        leaves = (f for f in _outside_lists(self.response) if f.row and not f.holds_members)
        return tuple(field for field in leaves if field.path != protocol.REQUEST_ID)

    @cached_property
    def echoes(self) -> Mapping[str, Field]:
        """The response fields that repeat a parameter of the request by its name, by their path."""
        names = self.request.fields
        return {field.path: field for field in self.single_leaves if field.name in names}

    @cached_property
    def coded(self) -> tuple[Field, ...]:
        """The response fields that have one of a few codes: the states of an order."""
        return tuple(field for field in self.single_leaves if field.enum)

    @cached_property
    def accumulated(self) -> tuple[str, ...]:
        """The paths of the values that only grow."""
        return tuple(clause.path for clause in self.clauses if clause.fact == "accumulates")

    @cached_property
    def optional(self) -> tuple[Field, ...]:
        """The parameters that may be left out as long as another one is given."""
        fields = self.request.fields.values()
        return tuple(field for field in fields if not field.required and len(fields) > 1)

    @cached_property
    def outer_flags(self) -> tuple[str, ...]:
        """The paths of the flags by which a call says itself whether it succeeded."""
        outer = (field for field in self.response.fields.values() if field.family == "object")
        flags = (f for one in outer for f in one.fields.values() if f.family == "boolean")
        return tuple(field.path for field in flags)

    @cached_property
    def plain_leaves(self) -> tuple[Field, ...]:
        """The documented numbers and texts outside of lists that may have any value."""
        return tuple(field for field in self.single_leaves if field.is_plain)

    @cached_property
    def unasked_texts(self) -> tuple[Field, ...]:
        """The plain texts of the response that repeat no parameter by its name."""
        texts = (field for field in self.plain_leaves if field.family == "string")
        return tuple(field for field in texts if field.path not in self.echoes)

    @cached_property
    def telling(self) -> frozenset[str]:
        """The paths that tell of what was asked for, beside what repeats a parameter of it.

        Neither flags nor messages: these also stand where nothing was found.
        """
        homes = {_parent(path) for path in self.echoes}
        leaves = (field for field in self.response.walk() if _parent(field.path) in homes)
        told = (f for f in leaves if f.path in self.echoes or f.enum or f.family in _TELLING)
        return frozenset(field.path for field in told)


def _shortest(path: str, leaves: Iterable[str]) -> str:
    """Return the shortest end of a path that is the end of no other leaf's."""
    steps = path.split(".")
    others = [f".{leaf}" for leaf in leaves if leaf != path]
    for count in range(1, len(steps)):
        end = ".".join(steps[-count:])
        if not any(other.endswith(f".{end}") for other in others):
            return end
    return path


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _outside_lists(root: Field) -> Iterator[Field]:
    """Yield a field and all below it, but for what stands in a list."""
    if not root.repeated:
        yield root
        for field in root.fields.values():
            yield from _outside_lists(field)


def unique_ids(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return the clauses as a tuple. Raises ValueError on an id that stands twice."""
    seen: dict[str, Clause] = {}
    for clause in clauses:
        if clause.id in seen:
            raise ValueError(f"clause id {clause.id} stands twice")
        seen[clause.id] = clause
    return tuple(seen.values())


# ------------------------------------------------------------------ contract.json


def to_json(contract: Contract) -> str:
    """Write `contract.json`: indented, in the page's order, ending in a newline."""
    data = dataclasses.asdict(contract)
    data = {name: data[_ROWS.get(name, name)] for name in map(_file_name, data)}
    for clause in data["clauses"]:
        clause["severity"] = str(clause["severity"])
        for name in _IN_THE_ID:
            del clause[name]
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _file_name(name: str) -> str:
    return name.removesuffix("_rows")


def from_json(text: str) -> Contract:
    """Read `contract.json`. Raises ValueError, KeyError or TypeError if it is not one."""
    data = json.loads(text)
    clauses = data.pop("clauses")
    rows = {_ROWS[name]: tuple(map(_row, data.pop(name))) for name in _ROWS}
    codes = tuple(ErrorCode(**row) for row in data.pop("error_codes"))
    contract = Contract(**{**data, **rows, "error_codes": codes})
    paths = {contract.short_names[leaf.path]: leaf.path for leaf in contract.single_leaves}
    return dataclasses.replace(
        contract, clauses=unique_ids(_clause(clause, paths) for clause in clauses)
    )


def _clause(data: dict[str, Any], paths: Mapping[str, str]) -> Clause:
    """Read a clause; its id says side and path, an `exchange` clause its path by a short name."""
    side, *steps, fact = data["id"].split(".")
    path = ".".join(steps)
    if side == "exchange" and fact not in _OF_REQUESTS:
        path = paths.get(path, path)
    severity = Severity.parse(data["severity"])
    return Clause(**{**data, "severity": severity, "side": side, "path": path})


def _row(data: dict[str, Any]) -> PageRow:
    codes = data["enum"]
    return PageRow(
        **{
            **data,
            "enum": None if codes is None else tuple(codes),
            "children": tuple(map(_row, data["children"])),
        }
    )
