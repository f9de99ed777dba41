"""What the cases serve: documents from the page's samples, as raw answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule, Scalar, applies, broken_paths
from topcheck.gateway.orders import ScriptedResponse, model_field
from topcheck.generate import trees
from topcheck.generate.bodies import WRITERS
from topcheck.sdk.cases.values import plain
from topcheck.wire.tree import Node


class Documents:
    """Builds answers of one contract. `sample` is what the page's examples make."""

    def __init__(self, contract: Contract, rules: tuple[Rule, ...], sample: Node) -> None:
        self.contract = contract
        self.sample = sample
        self.root, self.error_root = contract.response, contract.error
        self._rules = rules
        self.leaves = tuple(
            field for field in self.root.walk() if field.row and not field.holds_members
        )

    def params(self) -> dict[str, Any]:
        """Return a plain call's parameters, typed."""
        fields = self.contract.request.fields
        return {name: plain(field) for name, field in fields.items()}

    def consistent(self, patch: Mapping[str, Scalar | None]) -> Node | None:
        """Patch the sample, mending what an inferred rule asks for; None if that cannot be."""
        for rule in self._rules:
            values = trees.values(trees.patched(self.sample, self.root, patch))
            if applies(rule, values) and broken_paths(rule, values):
                patch = {**rule.kept, **patch}
        document = trees.patched(self.sample, self.root, patch)
        values = trees.values(document)
        broken = any(applies(rule, values) and broken_paths(rule, values) for rule in self._rules)
        return None if broken else document

    def failed(self) -> tuple[Node, list[str]]:
        """Build the answer of a call that did not succeed, and name the flags that say so."""
        model = model_field(self.contract).path
        flags = list(self.contract.outer_flags)
        patch: dict[str, Scalar | None] = {model: None, **dict.fromkeys(flags, False)}
        return trees.patched(self.sample, self.root, patch), flags

    def error(self, members: Mapping[str, Any]) -> Node:
        """Build an error_response."""
        return trees.error(self.error_root, members)


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
