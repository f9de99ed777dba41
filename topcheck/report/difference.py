"""Where two texts differ, in pieces that a writer can mark."""

import re
from dataclasses import dataclass
from itertools import takewhile
from operator import eq

#: Less alike than this at their ends, two texts say different things: there is nothing to mark.
_ALIKE = 0.5
#: Longer texts are compared by their words, and the longest not at all, in characters.
_SHORT, _LONGEST = 200, 2000
_WORDS = re.compile(r"\w+|\W")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and whether the other text has it not."""

    text: str
    differs: bool


def difference(expected: str, actual: str) -> tuple[list[Piece], list[Piece]]:
    """Cut two texts into pieces, so that what is between their like ends can be marked."""
    longest = max(len(expected), len(actual))
    if expected == actual or longest > _LONGEST:
        return [Piece(expected, False)], [Piece(actual, False)]
    both = [[*text] if longest <= _SHORT else _WORDS.findall(text) for text in (expected, actual)]
    begun = _alike(*both)
    ended = _alike(*(one[begun:][::-1] for one in both))
    if 2 * (begun + ended) < _ALIKE * sum(map(len, both)):
        return [Piece(expected, False)], [Piece(actual, False)]
    ours, theirs = (_pieces(one, begun, len(one) - ended) for one in both)
    return ours, theirs


def _alike(ours: list[str], theirs: list[str]) -> int:
    return sum(takewhile(bool, map(eq, ours, theirs)))


def _pieces(parts: list[str], begun: int, ended: int) -> list[Piece]:
    cut = (parts[:begun], False), (parts[begun:ended], True), (parts[ended:], False)
    return [Piece("".join(part), differs) for part, differs in cut if part]
