"""The contract as values: what the page says, and the clauses that can be kept or broken."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class Severity(enum.IntEnum):
    """How much a broken clause weighs. A clause has one, fixed by its fact."""

    ADVISORY = 1
    DRIFT = 2
    VIOLATION = 3

    @classmethod
    def parse(cls, word: str) -> Severity:
        """Read the lower-case word used in files and on the command line. Raises KeyError."""
        return cls[word.upper()]

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Clause:
    """One fact that can be kept or broken. What does not apply is None."""

    id: str
    fact: str
    severity: Severity
    source: str
    line: int | None = None
    quote: str | None = None
    rule: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class PageRow:
    """One row of the page: a parameter, a response field or a member of the error envelope.

    `limits` holds what the column for further limits says: `max_length` (characters), `max_items`,
    `minimum`, `maximum`, `default`. `unit` is `fen` where the page counts money in hundredths.
    """

    name: str
    type: str
    list: bool = False
    required: bool | None = None
    example: str | None = None
    limits: Mapping[str, str | int] | None = None
    enum: tuple[str, ...] | None = None
    format: str | None = None
    unit: str | None = None
    description: str = ""
    line: int | None = None
    children: tuple[PageRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of the page's own table of error codes."""

    code: str
    description: str
    solution: str | None


@dataclass(frozen=True, slots=True)
class Contract:
    """The page as data. `root` and `error_root` are the names on the wire."""

    method: str
    title: str | None
    category: str | None
    description: str
    root: str
    error_root: str
    request: tuple[PageRow, ...]
    response: tuple[PageRow, ...]
    error: tuple[PageRow, ...]
    error_codes: tuple[ErrorCode, ...] = ()
    clauses: tuple[Clause, ...] = ()


def unique_ids(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Return the clauses as a tuple. Raises ValueError on an id that stands twice."""
    seen: dict[str, Clause] = {}
    for clause in clauses:
        if clause.id in seen:
            raise ValueError(f"clause id {clause.id} stands twice")
        seen[clause.id] = clause
    return tuple(seen.values())


def to_json(contract: Contract) -> str:
    """Write `contract.json`: indented, in the page's order, ending in a newline."""
    data = dataclasses.asdict(contract)
    for clause in data["clauses"]:
        clause["severity"] = str(clause["severity"])
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str) -> Contract:
    """Read `contract.json`. Raises ValueError, KeyError or TypeError if it is not one."""
    data = json.loads(text)
    return Contract(
        **{
            **data,
            "request": tuple(map(_node, data["request"])),
            "response": tuple(map(_node, data["response"])),
            "error": tuple(map(_node, data["error"])),
            "error_codes": tuple(ErrorCode(**row) for row in data["error_codes"]),
            "clauses": unique_ids(
                Clause(**{**clause, "severity": Severity.parse(clause["severity"])})
                for clause in data["clauses"]
            ),
        }
    )


def _node(data: dict[str, Any]) -> PageRow:
    codes = data["enum"]
    return PageRow(
        **{
            **data,
            "enum": None if codes is None else tuple(codes),
            "children": tuple(map(_node, data["children"])),
        }
    )
