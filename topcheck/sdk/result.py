"""What an SDK handed over, brought to the paths of the page.

An SDK hands over the whole document, what is below the root, or the result alone; what lies above
is not observed. The level is told by the names. Leaves are compared by their text. Raw text is what
it is: nobody reads it for the SDK.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from topcheck.contract.field import Field
from topcheck.sdk.driver_protocol import INT, OPAQUE, UNDEFINED
from topcheck.wire.limits import MAX_EXPONENT
from topcheck.wire.tree import Kind, Node

#: The members that make an object of the driver protocol a value.
_NOTATION = {INT, OPAQUE, UNDEFINED}


@dataclass(frozen=True, slots=True)
class SdkResult:
    """What was handed over: each leaf's text and kind by its path, or `raw`, a text as a whole.

    `prefix` is how the paths begin that lie inside of what was handed over; nothing else is
    observed.
    """

    prefix: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    raw: str | None = None


def sdk_result(body: Any, root: Field) -> SdkResult:
    """Read what was handed over."""
    if isinstance(body, str):
        return SdkResult(raw=body)
    if not isinstance(body, dict) or body.keys() & _NOTATION:
        return SdkResult()
    body = _below(body, root.name) or body
    return _flattened(body, _level(body, root).path)


def served(document: Node) -> SdkResult:
    """Bring what a gateway served to the same form: the document of one root."""
    return _flattened(_plain(document.children[0]), "")


def _below(body: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Find the root, wherever it is: some clients hand over what HTTP said around it."""
    if isinstance(body.get(name), dict):
        return body[name]  # type: ignore[no-any-return]
    inner = (_below(value, name) for value in body.values() if isinstance(value, dict))
    return next(filter(None, inner), None)


def _level(body: Mapping[str, Any], root: Field) -> Field:
    """Find the object that knows most of the names; of several the highest."""
    objects = [field for field in root.walk() if field.family == "object"]
    return max(objects, key=lambda field: sum(name in field.fields for name in body))


def _flattened(value: Any, above: str) -> SdkResult:
    leaves = [(path, *_leaf(leaf)) for path, leaf in _leaves(value, above)]
    texts = {path: text for path, text, _ in leaves}
    kinds = {path: kind for path, _, kind in leaves}
    return SdkResult(f"{above}." if above else "", texts, kinds)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield what stands at each path; null and undefined are nothing."""
    if isinstance(value, dict) and not value.keys() & _NOTATION:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _leaves(item, f"{path}[{at}]")
    elif value is not None and not (isinstance(value, dict) and UNDEFINED in value):
        yield path, value


def _leaf(value: Any) -> tuple[str, str]:
    if isinstance(value, dict):
        return (value[INT], "number") if INT in value else (f"opaque {value[OPAQUE]}", "opaque")
    if isinstance(value, bool):
        return str(value).lower(), "boolean"
    if isinstance(value, Decimal):
        whole = abs(value.adjusted()) < MAX_EXPONENT and value == value.to_integral_value()
        return (str(int(value)) if whole else str(value)), "number"
    return str(value), "number" if isinstance(value, int) else "text"


def _plain(node: Node) -> Any:
    """Turn a tree into the values of the driver protocol."""
    if node.kind is Kind.OBJECT or (node.kind is Kind.ELEMENT and node.children):
        return {child.name: _plain(child) for child in node.children}
    if node.kind is Kind.ARRAY:
        return [_plain(child) for child in node.children]
    if node.kind is Kind.NUMBER:
        plain = node.text.lstrip("-").isdigit()
        return {INT: node.text} if plain else Decimal(node.text)
    if node.kind is Kind.BOOLEAN:
        return node.text == "true"
    return None if node.kind is Kind.NULL else node.text
