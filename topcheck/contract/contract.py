"""The contract: the page as data, its trees as they look on the wire, and its clauses."""

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import takewhile
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.field import Field, tree
from topcheck.contract.inferred import OrderTable
from topcheck.contract.model import Clause, ErrorCode, PageRow, Severity

#: Families of values that are no message, and no flag.
_TELLING = ("integer", "date", "price", "decimal")
#: Families of which a parameter and what repeats it may be each other's.
_ALIKE = frozenset(("integer", "string"))
#: How a flag that says whether a call succeeded is called, or told of.
_SUCCESS = re.compile("succ", re.IGNORECASE)
_SUCCESS_WORD = "成功"
#: Facts across exchanges that are about the request alone.
_OF_REQUESTS = ("required", "alone", "refused")


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
    #: The families of the leaf types that `inferred.toml` gives; they stand in no derived file.
    types: Mapping[str, str] = field(default_factory=dict, hash=False)
    #: What `inferred.toml` says of an order; it stands in no derived file either.
    order: OrderTable = field(default_factory=OrderTable)

    @cached_property
    def request(self) -> Field:
        """The business parameters as one object."""
        return tree("request", "", self.request_rows, self.types)

    @cached_property
    def response(self) -> Field:
        """The success root, with TOP's own `request_id` beside the documented members."""
        return tree("response", self.root, self.response_rows, self.types)

    @cached_property
    def error(self) -> Field:
        """The root of an error."""
        return tree("error_response", self.error_root, self.error_rows, self.types)

    @cached_property
    def trees(self) -> Mapping[str, Field]:
        """The three trees by their side."""
        return {root.side: root for root in (self.request, self.response, self.error)}

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
        leaves = (f for f in self.response.walk_once() if f.row and not f.holds_members)
        return tuple(field for field in leaves if field.path != protocol.REQUEST_ID)

    @cached_property
    def echoes(self) -> Mapping[str, Field]:
        """The response fields that repeat a parameter of the request by its name, by their path."""
        return {field.path: field for field in self.single_leaves if self._repeats(field)}

    def _repeats(self, field: Field) -> bool:
        """Whether a parameter of the same name may have the same values: one, and of its family."""
        asked = self.request.fields.get(field.name)
        if asked is None or asked.repeated:
            return False
        return asked.family == field.family or {asked.family, field.family} <= _ALIKE

    @cached_property
    def ids(self) -> tuple[Field, ...]:
        """The parameters that name an order, which are numbers and texts of any value.

        Unless that is said: all that have no limit, and that nothing repeats as a code or a date.
        """
        plain = (field for field in self.request.fields.values() if field.is_plain)
        if self.order.ids is not None:
            return tuple(field for field in plain if field.name in self.order.ids)
        other = {field.name for field in self.echoes.values() if not field.is_plain}
        limited = {f.name for f in self.request.fields.values() if "maximum" in f.limits}
        return tuple(field for field in plain if field.name not in other | limited)

    @cached_property
    def naming(self) -> frozenset[str]:
        """The names of the parameters that an order is found by: its ids, and what it repeats."""
        return frozenset(field.name for field in (*self.ids, *self.echoes.values()))

    @cached_property
    def model(self) -> Field:
        """The object of the answer that tells of an order, the root where it has no other.

        The innermost that holds all that repeats a parameter, has codes, accumulates or ends, and a
        text for an id that nothing repeats; where there is none of it, the outermost with several
        members.
        """
        told = self._told_of_orders()
        if told:
            return reduce(lambda field, step: field.fields[step], _home(told), self.response)
        found = self.response
        while len(members := [f for f in found.fields.values() if f.row]) == 1:
            if members[0].family != "object":
                break
            found = members[0]
        return found

    def _told_of_orders(self) -> list[str]:
        facts = ("accumulates", "terminal")
        moving = [clause.path for clause in self.clauses if clause.fact in facts]
        told = [*self.echoes, *(field.path for field in self.coded), *moving]
        repeated = {field.name for field in self.echoes.values()}
        texts = [field.path for field in self.unasked_texts]
        if told and texts and any(field.name not in repeated for field in self.ids):
            home = _home(told)
            near = [path for path in texts if path.split(".")[: len(home)] == home]
            told.append((near or texts)[0])
        return told

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
    def alternatives(self) -> tuple[Field, ...]:
        """The two ids by either of which an order is asked for, where a page has such."""
        ids = tuple(field for field in self.optional if field in self.ids)
        return ids if len(ids) == len(self.request.fields) == 2 else ()

    @cached_property
    def unrepeated(self) -> Mapping[str, str]:
        """The path at which an answer repeats the other id, by an id that it does not repeat."""
        ids = {field.name for field in self.alternatives}
        repeated = {f.name: path for path, f in self.echoes.items() if f.is_plain and f.name in ids}
        return {name: path for path in repeated.values() for name in ids - repeated.keys()}

    @cached_property
    def outer_flags(self) -> tuple[str, ...]:
        """The paths of the flags by which a call says itself whether it succeeded.

        They stand in the root, or in an object of the root, and their name or the page's words say
        what they are.
        """
        if self.order.flags is not None:
            return self.order.flags
        outer = [f for f in self.response.fields.values() if f.family == "object"]
        members = (f for one in (self.response, *outer) for f in one.fields.values())
        flags = (field for field in members if field.family == "boolean")
        return tuple(field.path for field in flags if _succeeds(field))

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
        """The paths that tell of what was asked for, beside what repeats it, or has codes.

        Neither flags nor messages: these also stand where nothing was found.
        """
        known = self.echoes or [field.path for field in self.coded]
        homes = {path.rpartition(".")[0] for path in known}
        leaves = (f for f in self.response.walk() if f.path.rpartition(".")[0] in homes)
        told = (f for f in leaves if f.path in self.echoes or f.enum or f.family in _TELLING)
        return frozenset(field.path for field in told)


def _shortest(path: str, leaves: Iterable[str]) -> str:
    """Return the shortest end of a path that is the end of no other leaf's."""
    steps = path.split(".")
    ends = [".".join(steps[at:]) for at in reversed(range(len(steps)))]
    others = [f".{leaf}" for leaf in leaves if leaf != path]
    return next(e for e in ends if e == path or not any(o.endswith(f".{e}") for o in others))


def _home(paths: Sequence[str]) -> list[str]:
    """Return the steps to the innermost object that holds some leaves."""
    objects = [path.split(".")[:-1] for path in paths]
    together = takewhile(lambda steps: len(set(steps)) == 1, zip(*objects, strict=False))
    return [steps[0] for steps in together]


def _succeeds(flag: Field) -> bool:
    """Whether a flag is called, or said to be, one of success."""
    said = flag.row.description if flag.row else ""
    return bool(_SUCCESS.search(flag.name)) or _SUCCESS_WORD in said


def unique_ids(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return the clauses as a tuple. Raises ValueError on an id that stands twice."""
    found: dict[str, Clause] = {}
    for clause in clauses:
        if found.setdefault(clause.id, clause) is not clause:
            raise ValueError(f"clause id {clause.id} stands twice")
    return tuple(found.values())


def to_json(contract: Contract) -> str:
    """Write `contract.json`: indented, in the page's order, ending in a newline."""
    data = dataclasses.asdict(contract)
    for clause in data["clauses"]:
        clause["severity"] = str(clause["severity"])
        del clause["side"], clause["path"]  # the id says them
    for row in data["error_rows"]:
        row["required"] = None  # the platform says it, and not the page
    del data["types"], data["order"]
    data = {name.removesuffix("_rows"): value for name, value in data.items()}
    return indented(data)


def indented(data: Any) -> str:
    """Format a derived file for a reader; the same data always give the same text."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str, types: Mapping[str, str] = {}) -> Contract:
    """Read `contract.json`; `types` are those of the rules beside it.

    Raises ValueError, KeyError or TypeError if it is not one.
    """
    data = json.loads(text)
    clauses = data.pop("clauses")
    for name in ("request", "response", "error"):
        data[f"{name}_rows"] = tuple(map(_row, data.pop(name)))
    needed = {member.name: member.required for member in protocol.ERROR_MEMBERS}
    data["error_rows"] = tuple(
        dataclasses.replace(row, required=needed.get(row.name)) for row in data["error_rows"]
    )
    codes = tuple(ErrorCode(**row) for row in data.pop("error_codes"))
    texts = [text for code in codes for text in (code.code, code.description, code.solution or "")]
    heads = ("method", "title", "category", "description", "root", "error_root")
    texts += (data[name] or "" for name in heads)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("what is a text is another value")
    contract = Contract(**data, error_codes=codes, types=types)
    contract.trees.values()  # a type without a family is found now, not at the first use
    paths = {contract.short_names[leaf.path]: leaf.path for leaf in contract.single_leaves}
    return dataclasses.replace(contract, clauses=unique_ids(_clause(c, paths) for c in clauses))


def _clause(data: dict[str, Any], paths: Mapping[str, str]) -> Clause:
    """Read a clause; its id says side and path, an `exchange` clause its path by a short name."""
    side, *steps, fact = data["id"].split(".")
    path = ".".join(steps)
    if side == "exchange" and fact not in _OF_REQUESTS:
        path = paths.get(path, path)
    severity = Severity.parse(data["severity"])
    return Clause(**{**data, "severity": severity, "side": side, "path": path})


_TEXT = (str, type(None))
#: What the members of a row are, beside its limits and children.
_IN_ROW: Mapping[str, Any] = {
    **dict.fromkeys(("name", "type", "description"), str),
    "list": bool,
    "required": (bool, type(None)),
    "line": (int, type(None)),
    **dict.fromkeys(("example", "format", "unit"), _TEXT),
}


def _row(data: dict[str, Any]) -> PageRow:
    wrong = [name for name, kind in _IN_ROW.items() if not isinstance(data[name], kind)]
    if wrong or not all(isinstance(code, str) for code in data["enum"] or ()):
        raise TypeError(f"{wrong[0] if wrong else 'enum'} of a row is of another type")
    dict(data["limits"] or ())
    codes = None if data["enum"] is None else tuple(data["enum"])
    return PageRow(**{**data, "enum": codes, "children": tuple(map(_row, data["children"]))})
