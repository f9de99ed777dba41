"""What the cases send and serve: typed parameters, and answers made of the page's sample."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.clauses import limits
from topcheck.contract.contract import Contract
from topcheck.contract.field import Field
from topcheck.contract.inferred import Rule, Scalar
from topcheck.gateway.orders import LONG_ID, ScriptedResponse, model_field
from topcheck.generate import trees
from topcheck.generate.bodies import WRITERS
from topcheck.generate.requests import classes_of, typed
from topcheck.sdk.case import CHINA, Answer, Call, Expect, SdkCase, Setting
from topcheck.wire.tree import Node

#: Integers beyond this are a matter of their own.
_SMALL = 2**31
#: Texts that readers of XML and of forms like to trim, or to take for a number.
_TEXTS = {"blanks": " 7\n8 \n", "digits": LONG_ID}
_LONGEST = max(map(len, _TEXTS.values()))
#: What is served: a document as the platform writes it, a raw answer, or one for some formats.
Served = Node | ScriptedResponse | Answer


class Documents:
    """Builds calls and answers of one contract; `sample` is the answer that its examples make."""

    def __init__(self, contract: Contract, rules: tuple[Rule, ...], sample: Node) -> None:
        self.contract = contract
        self.root = contract.response
        self.sample = sample
        self._rules = rules
        self.leaves = tuple(
            field for field in self.root.walk() if field.row and not field.holds_members
        )
        self.paths = tuple(leaf.path for leaf in self.leaves)
        self.free = next(filter(is_free, self.leaves))
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
        """Patch the sample, None for what goes."""
        return trees.patched(self.sample, self.root, patch)

    def consistent(self, patch: Mapping[str, Scalar | None]) -> Node | None:
        """Patch the sample, mending what an inferred rule asks for; None if that cannot be."""
        return trees.mended(self.sample, self.root, self._rules, patch)

    def failed(self) -> tuple[Node, list[str]]:
        """Build the answer of a call that did not succeed, and name the flags that say so."""
        model = model_field(self.contract).path
        flags = list(self.contract.outer_flags)
        patch: dict[str, Scalar | None] = {model: None, **dict.fromkeys(flags, False)}
        return self.patched(patch), flags

    def error(self, members: Mapping[str, Any]) -> Node:
        """Build an error_response."""
        return trees.error(self.contract.error, members)


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
    spot = trees.spot(copy, path)
    if spot is None:
        raise KeyError(path)
    spot.node.children.append(member)
    return copy


def reversed_members(node: Node) -> Node:
    """Turn the order of all members around."""
    return replace(node, children=[reversed_members(child) for child in reversed(node.children)])


def values_of(field: Field) -> dict[str, str]:
    """Return a value of each class that a field must be met with in an SDK, and some of our own."""
    most = limits(field).get("max_length", _LONGEST)
    own = {kind: text for kind, text in _TEXTS.items() if is_free(field) and len(text) <= most}
    return {**classes_of(field), **own}


def is_free(field: Field) -> bool:
    """Whether any text may stand in a field."""
    return field.family == "string" and not field.enum and not field.format


def plain_values(field: Field) -> dict[str, str]:
    """Return the values that no client loses."""
    lost = special_values(field)
    return {kind: text for kind, text in values_of(field).items() if kind not in lost}


def special_values(field: Field) -> dict[str, str]:
    """Return the values that clients lose: large integers, and texts with signs."""
    if field.enum or field.format or field.family not in ("integer", "string"):
        return {}
    found = values_of(field).items()
    if field.family == "integer":
        return {kind: text for kind, text in found if abs(int(text)) > _SMALL}
    return {kind: text for kind, text in found if not (text.isascii() and text.isalnum())}


def plain(field: Field, position: int = 0) -> Any:
    """Return a plain value that is neither zero nor empty; another for another position."""
    found = [text for kind, text in plain_values(field).items() if kind != "zero"]
    return typed(field, found[position % len(found)])
