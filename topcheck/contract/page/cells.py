"""The cells of a row behind its name and type: example, limits, description, as far as certain.

A copied page does not always show where a cell ends. A bullet is one cell; a top-level row is one
line whose cells are parted by tabs, if the page is kind, or by blanks. Limits tell example and
description apart, for they stand between the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from topcheck.contract.page.lines import tidy

LIMIT_KEYS = {
    "最大长度": "max_length",
    "最大列表长度": "max_items",
    "最小值": "minimum",
    "最大值": "maximum",
    "默认值": "default",
}
_KEY = f"(?:{'|'.join(LIMIT_KEYS)})"
_LIMIT = re.compile(rf"({_KEY}) ?[:\uff1a] ?(\S.*)")
_COLON = re.compile(rf"({_KEY}) ?([:\uff1a]) ?")
_NEXT_LIMIT = re.compile(rf" (?={_KEY} ?[:\uff1a])")
_LIMIT_AND_MORE = re.compile(rf"({_KEY} ?[:\uff1a] ?-?[0-9]+) (\S.*)")
_WHOLE = re.compile(r"-?[0-9]{1,18}")

#: What an example may look like, where it can only be guessed to be one.
_EXAMPLES: Mapping[str | None, re.Pattern[str]] = {
    "integer": re.compile(r"\[?[+-]?[0-9][0-9,+-]*\]?"),
    **dict.fromkeys(("price", "decimal"), re.compile(r"[+-]?[0-9.]+")),
    "boolean": re.compile(r"true|false", re.IGNORECASE),
    "date": re.compile(r"[0-9].*"),
    "string": re.compile(r".*"),
    "map": re.compile(r"[!-~]+"),
    None: re.compile(r"[!-~]+"),
}


@dataclass(frozen=True, slots=True)
class Cells:
    """Example, limits and description of a row.

    `sure` says that the table itself shows where each begins. Where it does not, an example is a
    guess, and `beside` has the last word.
    """

    example: str | None
    description: str
    sure: bool
    limits: Mapping[str, str | int] = field(default_factory=dict)

    def beside(self, sample: str, one_cell: bool) -> Cells:
        """Tell example and description apart by the text of the row in the XML sample, if any.

        `one_cell` says that the text of the row is either of them, and not both.
        """
        if self.sure:
            return self
        text, shown = _joined((self.example, self.description)), tidy(sample)
        if shown and (text == shown or (text.startswith(f"{shown} ") and not one_cell)):
            return replace(self, example=shown, description=text[len(shown) + 1 :])
        return replace(self, example=None, description=text)


def is_limit(text: str) -> bool:
    """Whether a bullet holds a limit."""
    return bool(_LIMIT.fullmatch(text))


def from_columns(example: str, limits: str, description: str, wrapped: Sequence[str]) -> Cells:
    """Read cells that tabs part; what wraps on belongs to the last."""
    pieces = [piece for text in (_spaced(limits), *wrapped) for piece in _parted(text)]
    more = [piece for piece in pieces if not is_limit(piece)]
    return Cells(example or None, _joined([description, *more]), True, _limits(pieces))


def from_line(text: str, wrapped: Sequence[str], family: str | None, may_limit: bool) -> Cells:
    """Read cells that only blanks part, and the lines below that belong to them.

    `family` is that of the row's type, None for a class.
    """
    words = _spaced(text).split(" ") if text else []
    if may_limit and (limited := _told_by_limits([*words, *wrapped])):
        return limited
    if len(words) == 2 and _EXAMPLES[family].fullmatch(words[0]):
        return Cells(words[0], _joined([words[1], *wrapped]), False)
    return Cells(None, _joined([text, *wrapped]), False)


def from_bullets(pieces: Sequence[str], may_limit: bool) -> Cells:
    """Read cells of a bullet each."""
    if may_limit and (limited := _told_by_limits(pieces)):
        return limited
    if len(pieces) == 2:
        return Cells(pieces[0], pieces[1], True)
    return Cells(None, _joined(pieces), False)


def _told_by_limits(texts: Sequence[str]) -> Cells | None:
    """Part example and description at the limits between them; None where there are no limits."""
    pieces = [piece for text in texts for piece in _parted(text)]
    before = list(takewhile(lambda piece: not is_limit(piece), pieces))
    limits = list(takewhile(is_limit, pieces[len(before) :]))
    after = _joined(pieces[len(before) + len(limits) :])
    if not after:  # what stands before may then be either
        return Cells(None, _joined(before), False, _limits(limits)) if limits else None
    return Cells(_joined(before) or None, after, True, _limits(limits))


def _spaced(text: str) -> str:
    """Close up the colon of a limit, so that a limit without blanks is one word."""
    return _COLON.sub(r"\1\2", tidy(text))


def _parted(text: str) -> list[str]:
    """Part what stands in one text: several limits, or a number as a limit and what follows it."""
    if not is_limit(text):
        return [text]
    pieces: list[str] = []
    for part in _NEXT_LIMIT.split(text):
        found = _LIMIT_AND_MORE.fullmatch(part)
        pieces += found.groups() if found else [part]
    return pieces


def _limits(pieces: Sequence[str]) -> dict[str, str | int]:
    limits: dict[str, str | int] = {}
    for match in filter(None, map(_LIMIT.fullmatch, pieces)):
        key, value = LIMIT_KEYS[match[1]], match[2]
        limits[key] = int(value) if _WHOLE.fullmatch(value) and key != "default" else value
    return limits


def _joined(texts: Iterable[str | None]) -> str:
    return " ".join(filter(None, texts))
