"""What an SDK hands over: every status, every kind of value, every legal spelling, both formats."""

import datetime
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from topcheck.contract import protocol
from topcheck.contract.dates import strftime
from topcheck.contract.field import Field
from topcheck.contract.protocol import BEYOND_A_DOUBLE
from topcheck.gateway.sandbox import HOST_COMMENT, simplified
from topcheck.generate import trees
from topcheck.generate.breaks import STRANGERS
from topcheck.sdk.case import NEW_YORK, SdkCase
from topcheck.sdk.cases import documents, judges
from topcheck.sdk.cases.documents import REQUEST_ID, Documents, Served
from topcheck.sdk.cases.lists import lists
from topcheck.sdk.cases.parameters import values_of
from topcheck.sdk.result import places, served
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import DECLARATION, write_json, write_xml

#: In New York there is no such moment.
LEAPT_OVER = datetime.datetime(2018, 3, 11, 2, 30)
SMALL = 100
BIG = (BEYOND_A_DOUBLE, protocol.NUMBER_MAX)


def answers(docs: Documents) -> Iterator[SdkCase]:
    """Yield every case about what is handed over."""
    for fmt in protocol.FORMATS:
        if docs.leaves:
            yield _handed(docs, "member", "the page's sample", docs.sample, fmt, *docs.paths)
        for name, document, paths in lists(docs.root, docs.sample):
            yield _handed(docs, "member", name, document, fmt, *paths)
        yield from _values(docs, fmt)
        yield from _dates(docs, fmt)
        yield from _shapes(docs, fmt)
        document, flags = docs.failed()
        if flags:
            calls = docs.call(fmt, docs.sample), docs.call(fmt, document)
            said = {"sdk.response.not_success": partial(judges.unsuccessful, flags)}
            yield SdkCase(said, fmt, calls)
    for name, fmt, content in _spellings(docs):
        yield _same(docs, "spelling", name, {fmt: documents.body(content, fmt)}, fmt)
    commented = {"xml": documents.body(write_xml(docs.sample) + HOST_COMMENT, "xml")}
    yield _same(docs, "comment", "behind the root", commented, "xml")
    as_typed = {"sdk.response.type": partial(judges.typed, docs.sample)}
    yield docs.case(as_typed, "the page's sample", "json", docs.sample)
    both = tuple(docs.call(fmt, docs.sample) for fmt in protocol.FORMATS)
    alike = {"sdk.response.type": judges.in_one_form}
    yield SdkCase(alike, "the page's sample in both formats", both)
    rootless = documents.body(write_json(simplified(docs.sample.children[0], docs.root)), "json")
    yield _same(docs, "simplify", "the page's sample", {"json": rootless}, "json", simplify=True)


def _handed(
    docs: Documents, fact: str, name: str, document: Node, fmt: str, *paths: str, **how: Any
) -> SdkCase:
    """Serve a document: what stands at some paths must reach the caller."""
    expect = partial(judges.handed, document, paths, lists=fact == "member")
    return docs.case({f"sdk.response.{fact}": expect}, name, fmt, document, **how)


def _same(docs: Documents, fact: str, name: str, answer: Served, fmt: str, **how: Any) -> SdkCase:
    """Serve the sample plainly, and then in another shape: the caller must get the same."""
    expected = {f"sdk.response.{fact}": partial(judges.as_plainly, docs.telling)}
    return docs.case(expected, name, fmt, docs.sample, answer, **how)


def _values(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    """Yield a case for each value that a leaf must be met with."""
    _, flags = docs.failed()  # a call that did not succeed is another clause
    for leaf in docs.leaves:
        for fact, kind, value in _values_of(leaf) if leaf.path not in flags else ():
            document, name = docs.consistent({leaf.path: value}), _name(leaf)
            if document is not None:
                name = kind if leaf.enum and kind else f"{name}={kind}" if kind else name
                yield _handed(docs, fact, name, document, fmt, leaf.path)
        if leaf.family == "integer" and not leaf.enum:
            numbers = [docs.consistent({leaf.path: number}) for number in (SMALL, *BIG)]
            kept = [document for document in numbers if document]
            if kept == numbers:  # a rule may bound the number
                expected = {"sdk.response.big_integer": partial(judges.exact, kept, leaf.path)}
                yield docs.case(expected, _name(leaf), fmt, *kept)


def _name(leaf: Field) -> str:
    """Name a leaf as its row does: the items of a list are those of its row."""
    return leaf.row.name if leaf.row else leaf.name


def _values_of(leaf: Field) -> Iterator[tuple[str, str, str | int | bool]]:
    """Yield the values that a leaf is met with: the clause's fact, a kind if need be, the value."""
    if leaf.enum:
        for code in leaf.enum:
            yield "status", code, code
        if leaf.family == "string":
            yield "unknown_code", "", "REFUNDED_0"
    elif leaf.family in ("integer", "boolean"):
        yield "zero", "", 0 if leaf.family == "integer" else False
    elif not leaf.format:
        for kind, text in values_of(replace(leaf, side="request")).items():
            yield "text", kind, text


def _dates(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    """Serve a date that the machine's own zone does not have: its clocks leap over it."""
    for leaf in docs.leaves:
        value = LEAPT_OVER.strftime(strftime(leaf.format)) if leaf.format else None
        document = value and docs.consistent({leaf.path: value})
        if document:
            yield _handed(docs, "date", _name(leaf), document, fmt, leaf.path, setting=NEW_YORK)


def _shapes(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    yield from _sparse(docs, fmt)
    for place in docs.root.walk():
        if place.family == "object" and trees.spot(docs.sample, place.path):
            for kind, text in ((Kind.STRING, "new"), (Kind.NUMBER, "1")):
                stranger = Node(STRANGERS[0], kind, text)
                more = documents.with_member(docs.sample, place.path, stranger)
                name = f"{place.path or 'root'} {kind.value}"
                yield _same(docs, "unknown_member", name, more, fmt)
    turned = documents.reversed_members(docs.sample)
    if write_json(turned) != write_json(docs.sample):
        yield _same(docs, "order", "reversed", turned, fmt)
    identified = docs.patched({protocol.REQUEST_ID: REQUEST_ID})
    yield _handed(docs, "request_id", "sent", identified, fmt, protocol.REQUEST_ID)


def _sparse(docs: Documents, fmt: str) -> Iterator[SdkCase]:
    """Serve the sample, and then less of it: what is left must reach the caller."""
    for leaf in docs.leaves:
        rest = docs.patched({leaf.path: None})
        gone = {"sdk.response.absent": partial(judges.absent, leaf.path)}
        left = {"sdk.response.member": partial(judges.present, rest)}
        yield docs.case({**gone, **left}, leaf.path, fmt, docs.sample, rest)
    for name, rest in _remains(docs):
        if served(rest).texts:
            left = {"sdk.response.member": partial(judges.present, rest)}
            yield docs.case(left, name, fmt, docs.sample, rest)


def _remains(docs: Documents) -> Iterator[tuple[str, Node]]:
    """Yield the sample without an object, with an empty one, and one member alone, with names."""
    for place in docs.root.walk():
        empty = trees.copied(docs.sample)
        spot = trees.spot(empty, place.path)
        if place.path and place.holds_members and not place.repeated and spot:
            spot.node.children.clear()
            yield f"without {place.path}", docs.patched({place.path: None})
            yield f"empty {place.path}", empty
    # alone, a member tells its object by its name
    names = Counter(map(_name, docs.leaves))
    told_apart = [leaf.path for leaf in docs.leaves if names[_name(leaf)] == 1]
    for path in dict.fromkeys((*told_apart[:1], *told_apart[-1:])):
        yield f"only {path}", docs.patched({other: None for other in docs.paths if other != path})


def _spellings(docs: Documents) -> Iterator[tuple[str, str, bytes]]:
    """Yield the sample in other spellings: a name, the format, the body."""
    in_json, in_xml = json.loads(write_json(docs.sample)), write_xml(docs.sample).decode()
    texts = served(docs.sample).texts
    raw = texts[places(docs.free.path, texts)[0]]
    value, quoted = escape(raw), json.dumps(raw)
    escapes, references = json.dumps(in_json), in_xml
    cdata = f"<![CDATA[{raw.replace(']]>', ']]]]><![CDATA[>')}]]>"
    if in_xml.isascii():  # then one letter is written as a reference to it
        escapes = escapes.replace(quoted, f'"\\u{ord(raw[0]):04x}{quoted[2:]}')
        references = in_xml.replace(f">{value}<", f">&#{ord(raw[0])};{escape(raw[1:])}<")
    yield "escapes", "json", escapes.encode()
    yield "blanks", "json", json.dumps(in_json, indent=2).encode()
    yield "references", "xml", references.encode("ascii", "xmlcharrefreplace")
    yield "CDATA", "xml", in_xml.replace(f">{value}<", f">{cdata}<").encode()
    yield "no declaration", "xml", in_xml.removeprefix(DECLARATION).encode()
    yield "comment inside", "xml", in_xml.replace(f">{value}<", f"><!-- -->{value}<").encode()
