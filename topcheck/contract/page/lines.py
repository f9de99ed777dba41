"""The page as numbered lines in named sections, with a margin that tells what each line became."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

_T = TypeVar("_T")

_ALONE = "copy the page of one method alone"
_WHOLE = "copy the whole page"

MAX_PAGE_BYTES = 1024 * 1024
#: Several times the longest page; with more, garbage would take long to refuse.
MAX_PAGE_LINES = 20_000

#: A method and its title; titles may hold brackets of their own.
METHOD = re.compile(
    r"(?P<method>[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)(?:\s*[(\uff08](?P<title>.*)[)\uff09])?"
)

#: What follows the last table. One of these tells that the table before it is whole.
FOOTER = ("API工具", "如何获得此API", "FAQ", "返回", "顶部")

#: Headings in the order of the page. A page without those marked True is cut off.
HEADINGS = {
    "公共参数": False,
    "请求参数": True,
    "响应参数": True,
    "请求示例": False,
    "响应示例": True,
    "异常示例": True,
    "错误码解释": True,
    **dict.fromkeys(FOOTER, False),
}


class PageError(Exception):
    """The page cannot be read with certainty: where, why, and what to do so that it can."""

    def __init__(
        self, reason: str, way_out: str, line: int | None = None, row: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.way_out, self.line, self.row = reason, way_out, line, row

    def __str__(self) -> str:
        where = [f"line {self.line}"] if self.line else []
        where += [f"row {self.row}"] if self.row else []
        said = f"{self.reason}; {self.way_out}"
        return f"{', '.join(where)}: {said}" if where else said


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page without its ending, numbered from 1."""

    number: int
    text: str


@dataclass(slots=True)
class Margin:
    """What each line became. `note` may be called again for a line; the last word stands.

    `quotes` are the page's words by the line where they begin.
    """

    notes: dict[int, str] = field(default_factory=dict)
    quotes: dict[int, str] = field(default_factory=dict)

    def note(self, lines: Iterable[Line], became: str) -> None:
        """Say what these lines became; blank lines need no word."""
        self.notes.update({line.number: became for line in lines if line.text.strip()})


@dataclass(frozen=True, slots=True)
class Layout:
    """The page cut into its parts. A section runs from below its heading to the next one."""

    method: str
    title: str | None
    category: str | None
    description: str
    sections: dict[str, list[Line]]
    lines: list[Line]


def runs(items: list[_T], starts: Iterable[int]) -> list[list[_T]]:
    """Cut a list before each start, and leave out what stands before the first."""
    return [items[start:end] for start, end in itertools.pairwise([*starts, len(items)])]


def tidy(text: str) -> str:
    """Write each run of blanks as one."""
    return " ".join(text.split())


def decode(body: bytes) -> str:
    """Decode a page. Raises PageError if it is too large or not UTF-8 text."""
    if len(body) > MAX_PAGE_BYTES:
        reason = f"a page has at most {MAX_PAGE_BYTES} bytes, this one has {len(body)}"
        raise PageError(reason, _ALONE)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise PageError("the page is not UTF-8 text", "save it as UTF-8", line) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        reason = "the page holds a NUL byte: it is not text"
        raise PageError(reason, "take it out, or copy the page again as text", line)
    return text


def cut(text: str, margin: Margin) -> Layout:
    """Cut the page into head and sections. Raises PageError where a part is missing or twice."""
    texts = re.split(r"\r\n|\n|\r", text)
    if len(texts) > MAX_PAGE_LINES:
        reason = f"a page has at most {MAX_PAGE_LINES} lines, this one has {len(texts)}"
        raise PageError(reason, _ALONE, MAX_PAGE_LINES + 1)
    lines = [Line(number, line) for number, line in enumerate(texts, start=1)]
    starts = _headings(lines)
    head = lines[: next(iter(starts.values())) - 1]
    at, match = _title(head)
    description = head[at + 1 :]
    margin.note(head[:at], "ignored: notice")
    margin.note(head[at : at + 1], "method and title")
    margin.note(description, "description")
    category = _category(head[:at], margin)
    sections = {}
    parts = runs(lines, (start - 1 for start in starts.values()))
    for name, (heading, *section) in zip(starts, parts, strict=True):
        margin.note([heading], "heading")
        margin.note(section, f"ignored: {name}")
        sections[name] = section
    return Layout(
        method=match["method"],
        title=(match["title"] or "").strip() or None,
        category=category,
        description=" ".join(line.text.strip() for line in description if line.text.strip()),
        sections=sections,
        lines=lines,
    )


def _headings(lines: list[Line]) -> dict[str, int]:
    starts: dict[str, int] = {}
    for line in lines:
        name = line.text.strip()
        if name in starts:
            way_out = "take one of the two out"
            raise PageError(f"the heading {name} stands twice", way_out, line.number)
        if name in HEADINGS:
            starts[name] = line.number
    for name, needed in HEADINGS.items():
        if needed and name not in starts:
            reason = f"the heading {name} is missing: the page is cut off"
            raise PageError(reason, f"{_WHOLE}, {name} and what is below it too", len(lines))
    if starts.keys().isdisjoint(FOOTER):
        way_out = f"{_WHOLE}, to its last line, or end it with a line {FOOTER[-1]}"
        reason = "nothing follows the error codes: the page is cut off"
        raise PageError(reason, way_out, len(lines))
    order = [name for name in HEADINGS if name in starts]
    for earlier, later in itertools.pairwise(order):
        if starts[earlier] > starts[later]:
            reason = f"the heading {later} stands before {earlier}"
            way_out = f"put it, with what is below it, behind {earlier}"
            raise PageError(reason, way_out, starts[later])
    return starts


def _title(head: list[Line]) -> tuple[int, re.Match[str]]:
    for at, line in enumerate(head):
        if match := METHOD.fullmatch(line.text.strip()):
            return at, match
    last = max((line.number for line in head if line.text.strip()), default=1)
    way_out = "add one such as taobao.item.get (title)"
    raise PageError("no line names the method above the tables", way_out, last)


def _category(notices: list[Line], margin: Margin) -> str | None:
    for line in reversed(notices):  # a notice stands before the breadcrumb
        parts = [part.strip() for part in line.text.split(">")]
        if len(parts) > 1 and all(parts):
            margin.note([line], "breadcrumb")
            return parts[-1]
    return None
