"""What an SDK handed over, brought to the paths of the page.

An SDK hands over the whole document, what is below the root, or the result alone; what lies above
is not observed. The level is told by the names. Leaves are compared by their text. A list may be
handed over as TOP's JSON has it, `{"list": {"item": […]}}`, or as its items alone; either way the
path of an item ends in its position, `list.item[0]`. Raw text is what it is: nobody reads it for
the SDK.
"""

import re
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
_POSITION = re.compile(r"\[[0-9]+\]")


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


def bare(path: str) -> str:
    """Return a path as the page has it: without the positions of items."""
    return _POSITION.sub("", path)


def places(path: str, found: Mapping[str, str]) -> list[str]:
    """Return the paths found at which a field of the page stands: several if it is in a list."""
    return [path] if path in found else [p for p in found if "[" in p and bare(p) == path]


def sdk_result(body: Any, root: Field) -> SdkResult:
    """Read what was handed over."""
    if isinstance(body, str):
        return SdkResult(raw=body)
    if not isinstance(body, (dict, list)) or (isinstance(body, dict) and body.keys() & _NOTATION):
        return SdkResult()
    if isinstance(body, dict):
        body = _below(body, root.name) or body
    above = _level(body, root)
    return _flattened(body, above) if above else SdkResult()


def served(document: Node) -> SdkResult:
    """Bring what a gateway served to the same form: the document of one root."""
    return _flattened(_plain(document.children[0]), None)


def _below(body: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Find the root, wherever it is: some clients hand over what HTTP said around it."""
    if isinstance(body.get(name), dict):
        return body[name]  # type: ignore[no-any-return]
    inner = (_below(value, name) for value in body.values() if isinstance(value, dict))
    return next(filter(None, inner), None)


def _level(body: Mapping[str, Any] | list[Any], root: Field) -> Field | None:
    """Find the object, or the list, that knows most of the names; of several the highest."""
    closed = [field for field in root.walk_once() if field.is_closed]
    names, known = list(body), [(field, field.fields) for field in closed]
    if isinstance(body, list):
        names = [name for item in body if isinstance(item, dict) for name in item]
        lists = (field for field in closed if field.family == "list")
        known = [(field, item.fields) for field in lists for item in field.fields.values()]
    found = max(known, key=lambda pair: sum(name in pair[1] for name in names), default=None)
    return found[0] if found else None


def _flattened(value: Any, above: Field | None) -> SdkResult:
    path = above.path if above else ""
    leaves = [(place, *_leaf(leaf)) for place, leaf in _leaves(value, path, above)]
    texts = {place: text for place, text, _ in leaves}
    kinds = {place: kind for place, _, kind in leaves}
    return SdkResult(f"{path}." if path else "", texts, kinds)


def _leaves(value: Any, path: str, field: Field | None) -> Iterator[tuple[str, Any]]:
    """Yield what stands at each path; null and undefined are nothing."""
    fields = field.fields if field else {}
    if isinstance(value, dict) and not value.keys() & _NOTATION:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name, fields.get(name))
    elif isinstance(value, list):
        if field and field.family == "list":  # its items alone
            (field,) = fields.values()
            path = f"{path}.{field.name}"
        for at, item in enumerate(value):
            yield from _leaves(item, f"{path}[{at}]", field)
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
