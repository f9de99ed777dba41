"""The entries of an HTTP archive, one after the other: no more than one is ever held."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import ijson

from topcheck.audit.records import BOM
from topcheck.audit.unpack import ArchiveError
from topcheck.wire.limits import MAX_DEPTH

#: An entry has a body of 16 MiB in Base64, and what is around it.
MOST = 24 * 1024 * 1024
#: Under these names an archive has the list of its entries, and at this depth it has them.
_WAY, _DEPTH = ["log", "entries"], 3
_OPENING, _CLOSING = ("start_map", "start_array"), ("end_map", "end_array")
#: So that each bracket ends a piece, and it is known where its event belongs.
_TO_A_BRACKET = re.compile(rb"[^{}\[]*[{}\[]|[^{}\[]+")


class DeepEntry:
    """Stands for an entry that is nested too deeply to be read."""


def entries(pieces: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    """Yield the entries of an HTTP archive, each with the byte where it begins.

    Raises ArchiveError where it is no JSON any more, or what stands there has no end.
    """
    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, use_float=True)
    found = _Entries()
    at = told = 0
    try:
        for piece in _pieces(pieces):
            parser.send(piece)
            at += len(piece)
            for event, value in events:
                if found.take(event, value, at):
                    yield found.start, found.entry()
            told = at if events else told
            events.clear()
            if at - min(told, found.start if found.is_open else told) > MOST:
                raise ArchiveError(f"more than {MOST >> 20} MiB in one entry: no more is read", at)
        parser.close()
    except ijson.JSONError as error:
        words = re.split(r"\n|\\n", str(error))[0].removeprefix("b'")
        raise ArchiveError(f"it is cut off, or no JSON: {words}", at) from None


def _pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    begun = False
    for piece in pieces:
        if not begun and piece.startswith(BOM):
            yield b" " * len(BOM)  # so that places stay what they are
            piece = piece[len(BOM) :]
        begun = True
        yield from (found[0] for found in _TO_A_BRACKET.finditer(piece))


class _Entries:
    """Finds the entries among the events of an archive, and builds them."""

    def __init__(self) -> None:
        self.start = 0
        self.is_open = False
        self._depth = 0
        self._way: list[str] = []
        self._deep = False
        self._builder: Any = None

    def take(self, event: str, value: Any, at: int) -> bool:
        """Take an event that ends at a byte, and tell whether an entry is complete."""
        self._depth -= event in _CLOSING
        inside = self._depth >= _DEPTH and self._way == _WAY
        if event == "map_key" and self._depth < _DEPTH:
            self._way[self._depth - 1 :] = [value]
        if inside and not self.is_open:
            self.start, self.is_open, self._deep = at - 1, True, False
            self._builder = ijson.ObjectBuilder()
        self._depth += event in _OPENING
        if inside:
            self._deep |= self._depth > MAX_DEPTH
            if not self._deep:
                self._builder.event(event, value)
        done = inside and self._depth == _DEPTH
        self.is_open = inside and not done
        return done

    def entry(self) -> Any:
        """Return the entry that is complete."""
        return DeepEntry() if self._deep else self._builder.value
