"""Known failures of an SDK: a list with a reason and an expiry date each, which cannot rot.

The file is TOML: `sdk = "name"`, and `[[known]]` tables of `clause` (an id or a pattern with `*`),
`reason` and `expires` (a date), as `schemas/known-failing.schema.json` has it.
"""

import datetime
import fnmatch
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from topcheck.atomic import write_whole
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge.ledger import BROKEN, KNOWN_FAILING, SURPRISE
from topcheck.report.wording import amount
from topcheck.sdk.manifest import SdkError
from topcheck.wire.data_file import KEY, DataFileError, check, published, read_toml
from topcheck.wire.text_file import text_of

#: How long a new entry is tolerated, once it has a reason.
_TOLERATED = datetime.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Entry:
    """One known failure; one without a reason tolerates nothing, and waits for it."""

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
        given = (entry for entry in self.entries if entry.reason.strip())
        return next((entry for entry in given if entry.matches(clause_id)), None)

    def rotten(self, today: datetime.date) -> Iterator[str]:
        """Say what is wrong with the list itself: entries that match nothing, or have expired."""
        for entry in self.entries:
            if not any(map(entry.matches, SDK_RULES)):
                yield f"{self.path}: {entry.clause} matches no clause"
            if entry.expires < today:
                yield f"{self.path}: {entry.clause} expired on {entry.expires}: {entry.reason}"

    def renewed(self, states: Mapping[str, str], today: datetime.date) -> Iterator[Entry]:
        """Yield the entries that a run makes of these, by the states that it found of clauses.

        What passes is taken out; of a pattern of which some pass, those that fail are left.
        """
        for entry in self.entries:
            found = {clause: states[clause] for clause in states if entry.matches(clause)}
            left = [clause for clause, state in found.items() if state == KNOWN_FAILING]
            anew = SURPRISE in found.values() or (found and not entry.reason.strip())
            yield from (replace(entry, clause=clause) for clause in left) if anew else [entry]
        for clause, state in states.items():
            if state == BROKEN:
                yield Entry(clause, "", today + _TOLERATED)

    def write(self, name: str, states: Mapping[str, str], today: datetime.date) -> str:
        """Write the list anew, and say what it holds; a comment at its head stays.

        `name` is its SDK's. Raises OSError.
        """
        old = text_of(self.path.read_bytes()) if self.path.exists() else ""
        head = takewhile(lambda line: line.startswith("#"), old.splitlines(keepends=True))
        entries = [*self.renewed(states, today)]
        written = (
            f"\n[[known]]\nclause = {_text(one.clause)}\nreason = {_text(one.reason)}\n"
            f"expires = {one.expires}\n"
            for one in entries
        )
        whole = "".join([*head, f"sdk = {_text(self.sdk or name)}\n", *written])
        write_whole(self.path.parent, {self.path.name: whole})
        empty = sum(not one.reason.strip() for one in entries)
        told = f"{self.path}: {amount(len(entries), 'known failure')}"
        return f"{told}, {empty} of them without a reason yet" if empty else told


def _text(text: str) -> str:
    """Write a text of TOML, which has the escapes of JSON, and one more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_known(path: Path, *, renewing: bool = False) -> KnownFailures:
    """Read a list; one that is to be written anew may be absent, and lack reasons.

    Raises SdkError.
    """
    if renewing and not path.exists():
        return KnownFailures(path, None, ())
    schema = deepcopy(published("known-failing"))
    if renewing:
        del schema["properties"]["known"]["items"]["properties"]["reason"]["pattern"]
    try:
        data = read_toml(path, "; --known-failing-update writes one")
        check(data, schema, KEY, where=str(path))
    except DataFileError as error:
        raise SdkError(str(error)) from None
    return KnownFailures(path, data.get("sdk"), tuple(map(_entry, data.get("known", ()))))


def _entry(table: dict[str, Any]) -> Entry:
    expires = datetime.date.fromisoformat(str(table["expires"]))  # TOML's own date, or a text
    return Entry(table["clause"], table["reason"], expires)
