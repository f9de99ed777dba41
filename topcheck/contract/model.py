"""The parts of a contract: a row of the page, and a clause that can be kept or broken."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


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
    """One fact that can be kept or broken. What does not apply is None.

    `side`, `path` and `fact` are what the id is made of, as values: nobody cuts an id up. The path
    of an `exchange` clause is that of its field in the response, of its parameter, or empty.
    """

    id: str
    side: str
    path: str
    fact: str
    severity: Severity
    source: str
    line: int | None = None
    quote: str | None = None
    rule: str | None = None
    why: str | None = None

    @classmethod
    def of_platform(cls, clause_id: str, severity: Severity, rule: str, why: str) -> Clause:
        """Make a clause that no page tells of; its path is one step."""
        side, path, fact = clause_id.split(".")
        return cls(clause_id, side, path, fact, severity, "platform", rule=rule, why=why)


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
