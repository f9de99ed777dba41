"""What the cases serve: documents from the page's samples, as raw answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule, Scalar, applies, broken_paths
from topcheck.gateway.orders import ScriptedResponse, model_field
from topcheck.generate import trees
from topcheck.generate.bodies import WRITERS
from topcheck.sdk.case import CHINA, Call, Expect, Judge, SdkCase, Setting
from topcheck.sdk.cases.values import is_free, plain
from topcheck.wire.tree import Node

#: An answer that is served: a document as the platform writes it, or a raw answer.
Served = Node | ScriptedResponse


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
        served = (one if isinstance(one, ScriptedResponse) else raw(one, fmt) for one in answers)
        return Call(**{"params": self.params, "format": fmt, "answers": tuple(served), **how})

    def case(
        self, clauses: Sequence[str], name: str, fmt: str, served: Sequence[Served],
        expect: Expect | None, besides: Judge | None = None, setting: Setting = CHINA, **how: Any,
    ) -> SdkCase:  # fmt: skip
        """Return a case in one format of a call for each answer, the last one made `how`."""
        *before, last = served
        calls = (*(self.call(fmt, one) for one in before), self.call(fmt, last, **how))
        return SdkCase(tuple(clauses), f"{name} {fmt}", calls, expect, besides, setting)

    def patched(self, patch: Mapping[str, Scalar | None]) -> Node:
        """Patch the sample, None for what goes."""
        return trees.patched(self.sample, self.root, patch)

    def consistent(self, patch: Mapping[str, Scalar | None]) -> Node | None:
        """Patch the sample, mending what an inferred rule asks for; None if that cannot be."""
        for rule in self._rules:
            values = trees.values(self.patched(patch))
            if applies(rule, values) and broken_paths(rule, values):
                patch = {**rule.kept, **patch}
        document = self.patched(patch)
        values = trees.values(document)
        broken = any(applies(rule, values) and broken_paths(rule, values) for rule in self._rules)
        return None if broken else document

    def failed(self) -> tuple[Node, list[str]]:
        """Build the answer of a call that did not succeed, and name the flags that say so."""
        model = model_field(self.contract).path
        flags = list(self.contract.outer_flags)
        patch: dict[str, Scalar | None] = {model: None, **dict.fromkeys(flags, False)}
        return self.patched(patch), flags

    def error(self, members: Mapping[str, Any]) -> Node:
        """Build an error_response."""
        return trees.error(self.contract.error, members)


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
