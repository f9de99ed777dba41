"""The XML samples of a page, as a tree of names with the line of each element."""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field

from topcheck.contract.page.lines import Line, Margin, PageError
from topcheck.wire.limits import MAX_DEPTH

TAB = "XML示例"
OTHER_TABS = ("JSON示例",)


@dataclass(slots=True)
class Element:
    """An element of a sample; `line` counts from the start of the page."""

    name: str
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def paths(self, prefix: str = "") -> Iterator[tuple[str, Element]]:
        """Yield all below this element, each with its path from here."""
        for child in self.children:
            yield f"{prefix}{child.name}", child
            yield from child.paths(f"{prefix}{child.name}.")


def read_sample(name: str, section: list[Line], margin: Margin) -> Element:
    """Read the XML sample of a section. Raises PageError if there is none or it is cut off."""
    tabs: list[Line] = []
    sample: list[Line] = []
    for line in section:
        if text := line.text.strip():
            (tabs if text.strip(" \t•") in (TAB, *OTHER_TABS) else sample).append(line)
    margin.note(tabs, "ignored: tab of the sample")
    if not sample or not sample[0].text.lstrip().startswith("<"):
        near = sample[:1] or tabs[-1:] or section[-1:]
        raise PageError(f"{name} has no XML sample", near[0].number if near else None)
    margin.note(sample, f"sample of {name}")
    return _Parser(name, sample[0].number).parse(sample)


class _Parser:
    """Builds the tree while expat reads."""

    def __init__(self, name: str, first: int) -> None:
        self._name, self._first = name, first
        self._root = Element("", first)
        self._stack = [self._root]
        self._expat = xml.parsers.expat.ParserCreate()
        self._expat.buffer_text = True  # text in few large pieces: many small ones are slow to join
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.StartDoctypeDeclHandler = self._doctype

    def parse(self, lines: list[Line]) -> Element:
        """Parse the sample; blank lines between are put back, so that places hold."""
        text = [""] * (lines[-1].number - self._first + 1)
        for line in lines:
            text[line.number - self._first] = line.text
        try:
            self._expat.Parse("\n".join(text).lstrip(), True)
        except xml.parsers.expat.ExpatError as error:
            reason = xml.parsers.expat.errors.messages[error.code]
            raise PageError(
                f"the sample of {self._name} is not well-formed or is cut off: {reason}",
                self._first + error.lineno - 1,
            ) from None
        return self._root.children[0]

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        element = Element(tag, self._first + self._expat.CurrentLineNumber - 1)
        if len(self._stack) > MAX_DEPTH:
            raise PageError(f"the sample of {self._name} is too deep", element.line)
        self._stack[-1].children.append(element)
        self._stack.append(element)

    def _end(self, _tag: str) -> None:
        self._stack.pop()

    def _characters(self, data: str) -> None:
        self._stack[-1].text += data

    def _doctype(self, *_: object) -> None:
        raise PageError(f"the sample of {self._name} has a DOCTYPE", self._first)
