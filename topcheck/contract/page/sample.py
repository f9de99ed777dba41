"""The XML samples of a page, as trees of elements with their lines on the page."""

from __future__ import annotations

import re

from topcheck.contract.page.lines import Line, Margin, PageError
from topcheck.wire.tree import MessageError, Node
from topcheck.wire.xml_reader import read_xml

TABS = ("XML示例", "JSON示例")

#: Names the charset of an answer's bytes, which is not that of the page that shows it.
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")

#: What the reader refuses, by its clause. Whatever else it finds is said to be not well-formed.
_REFUSED = {
    "wire.body.doctype": "holds what no answer may",
    "wire.body.limits": "is too deep or too large",
}


def read_sample(name: str, section: list[Line], margin: Margin) -> Node:
    """Read the XML sample of a section and return its root; lines count from the page's start.

    A name in an XML namespace is `{uri}local`, and so that of no row. Attributes are kept, and say
    nothing of names and depth. Raises PageError if there is no sample or it cannot be read.
    """
    tabs = [line for line in section if _is_tab(line)]
    sample = [line for line in section if line.text.strip() and not _is_tab(line)]
    margin.note(tabs, "ignored: tab of the sample")
    if not sample or not sample[0].text.lstrip().startswith("<"):
        near = sample[:1] or tabs[-1:] or section[-1:]
        raise PageError(f"{name} has no XML sample", near[0].number if near else None)
    margin.note(sample, f"sample of {name}")
    try:
        return read_xml(_body(section)).root.children[0]
    except MessageError as error:
        wrong = _REFUSED.get(error.clause, "is not well-formed or is cut off")
        reason = f"the sample of {name} {wrong}: {error.reason}"
        raise PageError(reason, error.line) from None


def _is_tab(line: Line) -> bool:
    return line.text.strip().strip(" \t•") in TABS


def _body(section: list[Line]) -> bytes:
    """Return the sample behind as many line feeds as put each element on its line of the page."""
    text = "\n".join("" if _is_tab(line) else line.text for line in section).rstrip()
    text = "\n" * (section[0].number - 1) + text
    if declaration := _DECLARATION.match(text):
        text = "\n" * declaration[0].count("\n") + text[declaration.end() :]
    return text.encode()
