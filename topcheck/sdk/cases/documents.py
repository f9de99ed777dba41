"""What the cases send and serve: typed parameters, and answers made of the page's sample."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from topcheck.contract import dates, protocol
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Rule, Scalar
from topcheck.contract.json_schema import TEXTS
from topcheck.gateway.orders import ScriptedResponse
from topcheck.generate import trees
from topcheck.generate.bodies import WRITERS
from topcheck.sdk.case import CHINA, Answer, Call, Expect, SdkCase, Setting
from topcheck.sdk.cases.parameters import is_free, plain
from topcheck.wire.tree import Kind, Node

#: What TOP itself gives an answer: all that there is where the page documents none of its members.
REQUEST_ID = "z2dvadaluc5p"
_PATTERNS = {**protocol.LITERALS, **TEXTS}
#: What is served: a document as the platform writes it, a raw answer, or one for some formats.
Served = Node | ScriptedResponse | Answer


class Documents:
    """Builds calls and answers of one contract; `sample` is the answer that its examples make.

    An example that is no value of its type gives way to a plain one.
    """

    def __init__(self, contract: Contract, rules: tuple[Rule, ...], sample: Node) -> None:
        self.contract = contract
        self.root = contract.response
        self._rules = rules
        rows = (field for field in self.root.walk() if field.row)
        self.leaves = tuple(field for field in rows if not field.holds_members)
        self.paths = tuple(leaf.path for leaf in self.leaves)
        shown = ((leaf, trees.spot(sample, leaf.path)) for leaf in self.leaves)
        wrong = [leaf for leaf, spot in shown if spot and not _fits(leaf, spot.node.text)]
        mended = {leaf.path: plain(replace(leaf, repeated=False)) for leaf in wrong}
        self.sample = trees.patched(sample, self.root, mended)
        texts = [leaf for leaf in self.leaves if is_free(leaf) and trees.spot(sample, leaf.path)]
        single = [leaf for leaf in texts if leaf in contract.single_leaves]
        #: A text of the sample, and what of it tells whether an answer is read.
        self.free = next(iter((*single, *texts)), self.root.fields[protocol.REQUEST_ID])
        self.telling = tuple(dict.fromkeys((*self.paths, self.free.path)))
        if not texts:
            self.sample = self.patched({self.free.path: REQUEST_ID})
        self.fields = contract.request.fields
        #: The parameters of a plain call, typed.
        self.params = {name: plain(field) for name, field in self.fields.items()}

    def call(self, fmt: str, *answers: Served, **how: Any) -> Call:
        """Return a call, a plain one unless it is said `how`, that is answered so, in turn."""
        served = tuple(map(_answer, answers))
        return Call(**{"params": self.params, "format": fmt, "answers": served, **how})

    def case(
        self, expected: Mapping[str, Expect], name: str, fmt: str, *served: Served,
        setting: Setting = CHINA, **how: Any,
    ) -> SdkCase:  # fmt: skip
        """Return a case in one format of a call for each answer, the last one made `how`."""
        *before, last = served
        calls = (*(self.call(fmt, one) for one in before), self.call(fmt, last, **how))
        return SdkCase(expected, f"{name} {fmt}", calls, setting)

    def patched(self, patch: Mapping[str, Scalar | None]) -> Node:
        """Patch the sample, None for what goes; an item goes with its list."""
        return trees.patched(self.sample, self.root, {
            self._in_a_list(path) if value is None else path: value for path, value in patch.items()
        })  # fmt: skip

    def _in_a_list(self, path: str) -> str:
        field = trees.field_at(self.root, path)
        return path.rpartition(".")[0] if field.repeated else path

    def consistent(self, patch: Mapping[str, Scalar | None]) -> Node | None:
        """Patch the sample, mending what an inferred rule asks for; None if that cannot be."""
        return trees.mended(self.sample, self.root, self._rules, patch)

    def failed(self) -> tuple[Node, list[str]]:
        """Build the answer of a call that did not succeed, and name the flags that say so.

        Where the page has no flag there is nothing that says so.
        """
        model, flags = self.contract.model.path, list(self.contract.outer_flags)
        gone: dict[str, Scalar | None] = {model: None} if model else {}
        return self.patched({**gone, **dict.fromkeys(flags, False)}), flags

    def error(self, members: Mapping[str, Any]) -> Node:
        """Build an error_response."""
        return trees.error(self.contract.error, members)


def _fits(leaf: Field, text: str) -> bool:
    """Whether a text is a value of a leaf."""
    if leaf.enum:
        return text in leaf.enum
    pattern = "|".join(dates.patterns(leaf.format)) if leaf.format else _PATTERNS.get(leaf.family)
    return pattern is None or bool(re.fullmatch(pattern, text))


def _answer(served: Served) -> Answer:
    if isinstance(served, ScriptedResponse):
        return dict.fromkeys(protocol.FORMATS, served)
    return written(served) if isinstance(served, Node) else served


def written(
    document: Node, change: Callable[[ScriptedResponse], ScriptedResponse] = replace
) -> Answer:
    """Serve a document in the format that is asked for, as the platform does, and changed."""
    return {fmt: change(raw(document, fmt)) for fmt in protocol.FORMATS}


def raw(document: Node, fmt: str, **changes: Any) -> ScriptedResponse:
    """Serve a document as the platform does."""
    return body(WRITERS[fmt](document), fmt, **changes)


def body(content: bytes, fmt: str, **changes: Any) -> ScriptedResponse:
    """Serve a body under the type that the platform declares for a format."""
    headers = {"Content-Type": protocol.CONTENT_TYPES[fmt]}
    return replace(ScriptedResponse(headers=headers, body=content), **changes)


def with_member(document: Node, path: str, member: Node) -> Node:
    """Add a member at the end of the object at a path."""
    copy = trees.copied(document)
    trees.object_at(copy, path).children.append(member)
    return copy


def reversed_members(node: Node) -> Node:
    """Turn the order of all members around, and leave that of items."""
    children = [reversed_members(child) for child in node.children]
    return replace(node, children=children if node.kind is Kind.ARRAY else children[::-1])
