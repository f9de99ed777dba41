"""Where two texts differ, in pieces that a writer can mark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Less alike than this, two texts say different things: there is nothing to mark.
_ALIKE = 0.5
#: Longer texts are compared by their words, and of the longest only the beginning, in characters.
_SHORT, _LONGEST = 200, 2000
_WORDS = re.compile(r"\w+|\W")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and whether the other text has it not."""

    text: str
    differs: bool


def difference(expected: str, actual: str) -> tuple[list[Piece], list[Piece]]:
    """Cut two texts into pieces, so that those in which they differ can be marked."""
    if expected == actual or max(len(expected), len(actual)) > _LONGEST:
        return [Piece(expected, False)], [Piece(actual, False)]
    short = max(len(expected), len(actual)) <= _SHORT
    ours, theirs = (list(t) if short else _WORDS.findall(t) for t in (expected, actual))
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return [Piece(expected, False)], [Piece(actual, False)]
    return list(_pieces(matcher, ours, 1)), list(_pieces(matcher, theirs, 3))


def _pieces(matcher: SequenceMatcher[str], pieces: list[str], at: int) -> Iterator[Piece]:
    for code in matcher.get_opcodes():
        start, end = (code[1], code[2]) if at == 1 else (code[3], code[4])
        if start < end:
            yield Piece("".join(pieces[start:end]), code[0] != "equal")
