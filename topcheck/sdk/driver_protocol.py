"""The driver protocol, version 1: its messages, a schema for each, and how they go into lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from topcheck.contract import protocol
from topcheck.gateway.signing import METHODS
from topcheck.report.text import excerpt

PROTOCOL = 1
#: The longest line that a driver may write, in bytes.
MAX_LINE = 8 * 1024 * 1024
#: So much of a line that is no message is shown, in characters.
_SHOWN = 80

INT, OPAQUE, UNDEFINED = "$int", "$opaque", "$undefined"
#: What an error may tell; the driver leaves out what its SDK does not give.
ERROR_MEMBERS = tuple(member.name for member in protocol.ERROR_MEMBERS)
KINDS = ("timeout", "connection", "http", "parse", "client")

_TEXT = {"type": "string"}
_INTEGER = {
    "type": "object",
    "properties": {INT: {"type": "string", "pattern": "^-?[0-9]+$"}},
    "required": [INT],
}


def _object(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """Build the schema of an object; members that it does not name are ignored."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
    }


#: A value as an SDK handed it over.
_VALUE = {
    "$ref": "#/$defs/value",
    "$defs": {
        "value": {
            "type": ["string", "number", "boolean", "null", "array", "object"],
            "items": {"$ref": "#/$defs/value"},
            "additionalProperties": {"$ref": "#/$defs/value"},
            "properties": {
                **_INTEGER["properties"],  # type: ignore[dict-item]
                OPAQUE: _TEXT,
                UNDEFINED: {"const": True},
            },
        }
    },
}

_STARTED = _object(
    {
        "ok": {"const": True},
        "protocol": {"const": PROTOCOL},
        "sdk": _object({"name": _TEXT, "version": _TEXT, "language": _TEXT}),
        "can": _object(
            {
                "formats": {"type": "array", "items": {"enum": list(protocol.FORMATS)}},
                "sign_methods": {"type": "array", "items": {"enum": list(METHODS)}, "minItems": 1},
            },
            simplify={"type": "boolean"},
            session={"type": "boolean"},
        ),
    }
)
_REFUSED = _object({"ok": {"const": False}, "message": _TEXT})

_OUTCOMES = {
    "response": _object({"seq": {"type": "integer"}, "body": {"$ref": "#/$defs/value"}})
    | {"$defs": _VALUE["$defs"]},
    "error_response": _object(
        {"seq": {"type": "integer"}},
        **{name: {"anyOf": [_INTEGER, _TEXT]} for name in ERROR_MEMBERS},
    ),
    "failure": _object(
        {"seq": {"type": "integer"}, "kind": {"enum": list(KINDS)}},
        message=_TEXT,
        uncaught={"type": "boolean"},
    ),
}


class ProtocolError(Exception):
    """A line is not the message that was due: why, in a few words."""


def encode(value: Any) -> Any:
    """Write a parameter's value: an integer as text, so that no JSON reader rounds it."""
    return {INT: str(value)} if isinstance(value, int) and not isinstance(value, bool) else value


def to_line(message: Mapping[str, Any]) -> bytes:
    """Write a message as one line."""
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"


def read_started(line: bytes) -> dict[str, Any]:
    """Read the reply to `start`. Raises MessageError, with the driver's own words if it failed."""
    message = _read(line)
    if _validator("refused").is_valid(message):
        raise ProtocolError(f"it could not start: {' '.join(message['message'].split())[:200]}")
    return _checked(message, "started")


def read_outcome(line: bytes, seq: int) -> dict[str, Any]:
    """Read the reply to the call with this number. Raises MessageError."""
    message = _read(line)
    if _validator("refused").is_valid(message):
        raise ProtocolError(f"it refused a call: {' '.join(message['message'].split())[:200]}")
    outcome = message.get("outcome")
    if not isinstance(outcome, str) or outcome not in _OUTCOMES:
        raise ProtocolError(f"a reply without an outcome: {excerpt(line, _SHOWN)}")
    message = _checked(message, outcome)
    if message["seq"] != seq:
        raise ProtocolError(f"a reply to call {message['seq']}, and not to call {seq}")
    return message


def _read(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        raise ProtocolError(f"a line that is no JSON: {excerpt(line, _SHOWN)}") from None
    if not isinstance(message, dict):
        raise ProtocolError(f"a line that is no JSON object: {excerpt(line, _SHOWN)}")
    return message


def _checked(message: dict[str, Any], kind: str) -> dict[str, Any]:
    try:
        errors = list(_validator(kind).iter_errors(message))
    except RecursionError:
        raise ProtocolError("a message that nests too deep") from None
    if errors:
        where = ".".join(map(str, errors[0].absolute_path)) or "the message"
        neither = f'{errors[0].instance!r} is neither a text nor {{"$int": "…"}}'
        words = neither if errors[0].validator == "anyOf" else errors[0].message
        raise ProtocolError(f"{where}: {words[:160]}")
    return message


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator({"started": _STARTED, "refused": _REFUSED, **_OUTCOMES}[kind])


def _refuse(constant: str) -> None:
    raise ValueError(constant)
