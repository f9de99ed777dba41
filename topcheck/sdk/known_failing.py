"""Known failures of an SDK: a list with a reason and an expiry date each, which cannot rot.

The file is TOML: `sdk = "name"`, and `[[known]]` tables of `clause` (an id or a pattern with `*`),
`reason` and `expires` (a date), as `schemas/known-failing.schema.json` has it.
"""

import datetime
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topcheck.contract.sdk import SDK_RULES
from topcheck.sdk.manifest import read_written


@dataclass(frozen=True, slots=True)
class Entry:
    """One known failure."""

    clause: str
    reason: str
    expires: datetime.date

    def matches(self, clause_id: str) -> bool:
        """Whether a clause is meant."""
        return fnmatch.fnmatchcase(clause_id, self.clause)


@dataclass(frozen=True, slots=True)
class KnownFailures:
    """The list of one SDK; without a name it is that of the only one."""

    path: Path
    sdk: str | None
    entries: tuple[Entry, ...]

    def of(self, clause_id: str) -> Entry | None:
        """Return the entry for a clause."""
        return next((entry for entry in self.entries if entry.matches(clause_id)), None)

    def rotten(self, today: datetime.date) -> Iterator[str]:
        """Say what is wrong with the list itself: entries that match nothing, or have expired."""
        for entry in self.entries:
            if not any(map(entry.matches, SDK_RULES)):
                yield f"{self.path}: {entry.clause} matches no clause"
            if entry.expires < today:
                yield f"{self.path}: {entry.clause} expired on {entry.expires}: {entry.reason}"


def read_known(path: Path) -> KnownFailures:
    """Read a list. Raises SdkError."""
    data = read_written(path, "known-failing")
    return KnownFailures(path, data.get("sdk"), tuple(map(_entry, data.get("known", ()))))


def _entry(table: dict[str, Any]) -> Entry:
    expires = datetime.date.fromisoformat(str(table["expires"]))  # TOML's own date, or a text
    return Entry(table["clause"], table["reason"], expires)
