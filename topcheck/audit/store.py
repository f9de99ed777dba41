"""What was counted of each task, in a file of SQLite: with it an interrupted audit goes on."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from topcheck.audit.record_counts import Counted
from topcheck.audit.tally import Tally

_LAYOUT = "2"
_TABLES = """
create table about (name text primary key, value text) strict;
create table task (number integer primary key, tally text, findings blob, mark integer) strict;
"""
_AGAIN = "make room, and give the same command again"
_ELSEWHERE = "make room for temporary files, or name one elsewhere with --checkpoint"
#: One line of what does not conform: offset, number in its task, verdict, clauses.
FindingLine = tuple[int, int, str, list[str]]


class CheckpointError(Exception):
    """A checkpoint cannot be used: why, in one line."""


class Store:
    """Keeps what came of the tasks that are done, on disk: in a checkpoint, or in a file that goes.

    A task is there whole or not at all, whenever the audit ends.
    """

    def __init__(self, path: Path | None, about: Mapping[str, str]) -> None:
        self.path = path
        with contextlib.ExitStack() as opened:
            try:
                file = sqlite3.connect(path or "", timeout=0, isolation_level=None)
                self._connection = opened.enter_context(contextlib.closing(file))
                self._open({"layout": _LAYOUT, **about})
            except sqlite3.Error as error:
                raise CheckpointError(f"{path or 'a temporary file'}: {_in_words(error)}") from None
            opened.pop_all()

    def _open(self, about: Mapping[str, str]) -> None:
        run = self._connection.execute
        run("pragma locking_mode = exclusive")
        run("pragma synchronous = off")  # what is written outlives this process, if not the machine
        run("begin exclusive")
        if run("select count(*) from sqlite_master").fetchone() == (0,):
            for line in filter(str.strip, _TABLES.split(";")):
                run(line)
            self._connection.executemany("insert into about values (?, ?)", about.items())
        known = dict(run("select name, value from about"))
        run("commit")
        for name, value in about.items():
            if known.get(name) != value:
                other = "another" if name in ("layout", "version") else "other"
                why = f"it is of an audit with {other} {name}"
                raise CheckpointError(f"{self.path}: {why}: name another file, or remove it")

    @property
    def done(self) -> set[int]:
        """The numbers of the tasks that are done. Raises CheckpointError, as all reading does."""
        with self._reading():
            return {number for (number,) in self._connection.execute("select number from task")}

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Say of what cannot be read again that the file is damaged."""
        try:
            yield
        except (sqlite3.Error, zlib.error, OSError, EOFError, LookupError, TypeError, ValueError):
            why = "it is damaged: name another file, or remove it"
            raise CheckpointError(f"{self.path or 'a temporary file'}: {why}") from None

    def keep(self, number: int, counted: Counted) -> None:
        """Keep what came of a task. Raises CheckpointError."""
        tally, findings = counted.tally.to_json(), counted.findings
        row = number, tally, findings, _mark(number, tally, findings)
        try:
            self._connection.execute("insert or replace into task values (?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            words = f"{self.path}: {error}: {_AGAIN}" if self.path else f"{error}: {_ELSEWHERE}"
            raise CheckpointError(words) from None

    def tallies(self) -> Iterator[tuple[int, Tally]]:
        """Yield the tallies by the numbers of their tasks, in their order."""
        with self._reading():
            for *row, mark in self._connection.execute("select * from task order by number"):
                if mark != _mark(*row):
                    raise ValueError("not what was written")
                yield row[0], Tally.from_json(row[1])

    def findings(self) -> Iterator[tuple[int, FindingLine]]:
        """Yield what does not conform by the numbers of the tasks, in its order."""
        with self._reading():
            rows = self._connection.execute("select number, findings from task order by number")
            for number, packed in rows:
                with gzip.open(io.BytesIO(packed), "rt", encoding="utf-8") as file:
                    yield from ((number, json.loads(line)) for line in file)

    def save_as(self, path: Path) -> None:
        """Copy what is kept into a new file. Raises CheckpointError."""
        try:
            with contextlib.closing(sqlite3.connect(path)) as copy:
                self._connection.backup(copy)
        except sqlite3.Error as error:
            raise CheckpointError(f"{path}: {_in_words(error)}") from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _mark(number: int, tally: str, findings: bytes) -> int:
    """Return what tells that a task is as it was written."""
    return zlib.crc32(findings, zlib.crc32(f"{number} {tally}".encode()))


def _in_words(error: sqlite3.Error) -> str:
    """Say why a file is no checkpoint of ours."""
    words = str(error)
    if "locked" in words:
        return "another audit writes it"
    if "unable to open" in words:
        return "no file can be written there: name another one"
    if isinstance(error, sqlite3.OperationalError) and "no such" not in words:
        return words
    return "it is no checkpoint"
