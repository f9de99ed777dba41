"""Known failures of an SDK: a list with a reason and an expiry date each, which cannot rot.

The file is TOML: `sdk = "name"`, and `[[known]]` tables of `clause` (an id or a pattern with `*`),
`reason` and `expires` (a date).
"""

import datetime
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from topcheck.contract.sdk import SDK_RULES
from topcheck.sdk.manifest import SdkError, read_toml


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
    data = read_toml(path)
    sdk, tables = data.pop("sdk", None), data.pop("known", [])
    named = sdk is None or (isinstance(sdk, str) and sdk)
    if data or not named or not isinstance(tables, list):
        raise SdkError(f"{path}: it holds `sdk` and [[known]] tables only")
    return KnownFailures(path, sdk, tuple(_entry(path, table) for table in tables))


def _entry(path: Path, table: object) -> Entry:
    names = {"clause": str, "reason": str, "expires": datetime.date}
    if not isinstance(table, dict) or set(table) != set(names):
        raise SdkError(f"{path}: an entry has {', '.join(names)}, and nothing else")
    for name, kind in names.items():
        if type(table[name]) is not kind or not table[name]:
            wanted = "a date, as 2027-12-31" if name == "expires" else "a text"
            raise SdkError(f"{path}: {table['clause']}: `{name}` is {wanted}")
    return Entry(**table)
