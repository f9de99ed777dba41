"""Recorded objects that have nothing of use but their bodies: these, taken out of many at once.

Most are written alike, `{"body": "…"}`, and have one escape, that of a quotation mark. Their bodies
are then cut out as bytes, and all that must hold is counted; other lines are parsed.
"""

import json
import re
from collections.abc import Iterator

from topcheck.audit.records import ENDS_OF_LINES, RecordForm
from topcheck.judge.shapes.match import ENDS
from topcheck.wire.tree import Format

_DECODER = json.JSONDecoder()
#: The format of a body, by its first sign.
_FORMATS: dict[bytes, Format] = {b"{": "json", b"<": "xml"}
#: What is written around a body, which begins with such a sign.
_BEFORE, _AFTER = rb'(\{ ?%s ?: ?")([{<])', b'"}'
#: Any escape but that of a quotation mark.
_ODD_ESCAPE = re.compile(rb'\\(?!")')
#: What JSON has in a line, no control among it, and what is left of a line without: its marks.
_OTHERS = bytes(sign for sign in range(32, 256) if sign not in b'"\\')
_MARKS = re.compile(rb'"""(?:\\")*"')


def bodies_of(block: bytes, form: RecordForm) -> tuple[Format, bytes] | None:
    """Return the bodies of a block of objects, a line each: their format, and all between ends.

    None where they are not of one format, or where a line has anything else. Of lines that are
    written alike it is not seen whether they are UTF-8.
    """
    if not form.has_only_body({form.body_name: ""}):  # the name is that of something else as well
        return None
    name = json.dumps(form.body_name, ensure_ascii=False).encode()
    try:
        if found := re.match(_BEFORE % re.escape(name), block):
            before, first = found.groups()
            fmt = _FORMATS[first]
            return fmt, ENDS[fmt].join(_alike(block, form, before, first))
    except ValueError:
        pass
    try:
        return _parsed(block, form)
    except ValueError:  # what stands there is told line by line
        return None


def _alike(block: bytes, form: RecordForm, before: bytes, first: bytes) -> Iterator[bytes]:
    """Yield the bodies of lines that are written alike, many at once. Raises ValueError."""
    at, stop = 0, len(block) - block.endswith(b"\n")
    for found in _ODD_ESCAPE.finditer(block, 0, stop):
        if found.start() < at:
            continue
        start = block.rfind(b"\n", at, found.start()) + 1 or at
        if start > at:
            yield _cut(block[at : start - 1], before, first)
        at = block.find(b"\n", start, stop) + 1 or stop + 1
        fmt, body = _parsed(block[start:at], form)
        if fmt != _FORMATS[first]:
            raise ValueError("bodies of two formats")
        yield body
    if at < stop:
        yield _cut(block[at:stop], before, first)


def _cut(lines: bytes, before: bytes, first: bytes) -> bytes:
    """Cut bodies out of lines that have no escape but that of a quotation mark."""
    marks = lines.translate(None, _OTHERS).split(b"\n")
    bodies = lines.split(b"".join((_AFTER, b"\n", before, first)))
    is_framed = bodies[0].startswith(before + first) and bodies[-1].endswith(_AFTER)
    # each line has the marks of its frame, and between the last of these none but escaped ones
    if not is_framed or len(bodies) != len(marks) or not all(map(_MARKS.fullmatch, set(marks))):
        raise ValueError("lines of another kind")
    bodies[0] = bodies[0][len(before) :]
    bodies[-1] = bodies[-1][: -len(_AFTER)]
    return (ENDS[_FORMATS[first]] + first).join(bodies).translate(None, b"\\")


def _parsed(block: bytes, form: RecordForm) -> tuple[Format, bytes]:
    """Read the bodies of any lines. Raises ValueError where something else stands there."""
    text, bodies, at = block.decode().removesuffix("\n"), list[str](), 0
    while at < len(text):
        try:
            data, at = _DECODER.raw_decode(text, at)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        if text[at : at + 1] not in ("", "\n") or not form.has_only_body(data):
            raise ValueError("a line has more than a body")
        bodies.append(data[form.body_name].rstrip(ENDS_OF_LINES))
        at += 1
    first = bodies[0][:1].encode() if bodies else b""
    if first not in _FORMATS or len(bodies) != text.count("\n") + 1:
        raise ValueError("lines without a body")
    end = ENDS[_FORMATS[first]]
    found = end.decode().join(bodies).encode("utf-8", "surrogatepass")
    if found.count(end) != len(bodies) - 1 or not all(b[:1] == bodies[0][:1] for b in bodies):
        raise ValueError("not of one format")
    return _FORMATS[first], found
