"""The driver protocol, version 1: its messages, a schema for each, and how they go into lines."""

import json
import unicodedata
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator

from topcheck.contract import protocol
from topcheck.gateway.signing import METHODS
from topcheck.system import plain
from topcheck.wire.tree import CUT

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
_SEQ = {"seq": {"type": "integer"}}
_INTEGER = {INT: {"type": "string", "pattern": "^-?[0-9]+$"}}
_VALUE = {"$ref": "#/$defs/value"}


def _object(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """Build the schema of an object; members that it does not name are ignored."""
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


_CAN = _object(
    {
        "formats": {"type": "array", "items": {"enum": list(protocol.FORMATS)}},
        "sign_methods": {"type": "array", "items": {"enum": list(METHODS)}, "minItems": 1},
    },
    simplify={"type": "boolean"},
    session={"type": "boolean"},
)
_SCHEMAS = {
    "started": _object(
        {
            "ok": {"const": True},
            "protocol": {"const": PROTOCOL},
            "sdk": _object({"name": _TEXT, "version": _TEXT, "language": _TEXT}),
            "can": _CAN,
        }
    ),
    "refused": _object({"ok": {"const": False}, "message": _TEXT}),
    "response": {
        **_object({**_SEQ, "body": _VALUE}),
        "$defs": {
            "value": {
                "type": ["string", "number", "boolean", "null", "array", "object"],
                "items": _VALUE,
                "additionalProperties": _VALUE,
                "properties": {**_INTEGER, OPAQUE: _TEXT, UNDEFINED: {"const": True}},
            }
        },
    },
    "error_response": _object(
        _SEQ, **{name: {"anyOf": [_object(_INTEGER), _TEXT]} for name in ERROR_MEMBERS}
    ),
    "failure": _object(
        {**_SEQ, "kind": {"enum": list(KINDS)}}, message=_TEXT, uncaught={"type": "boolean"}
    ),
}
#: Why a character that cannot be seen is there, for those that are met most.
_UNSEEN = {
    "\ufeff": "a byte order mark: UTF-8 is written without one",
    "\x1b": "an escape of a terminal: turn colours off",
    "\0": "NUL: is it UTF-16, or padding?",
}
#: What a reply may tell, by its outcome; all else in it is ignored.
_TOLD = {
    outcome: _SCHEMAS[outcome]["properties"].keys() - _SEQ
    for outcome in ("response", "error_response", "failure")
}
#: What to do about a member that is missing or wrong.
_MENDS = {
    "ok": 'answer start with {"ok":true,"protocol":1,"sdk":{…},"can":{…}}',
    "protocol": 'say "protocol":1, a plain number: the version of these messages, not of the SDK',
    "sdk": 'say "sdk":{"name":"…","version":"…","language":"…"}, three texts',
    "can": f'say what the SDK can do: "formats" of {", ".join(protocol.FORMATS)}, "sign_methods" '
    f'of {", ".join(METHODS)}, one at least, and true or false for "simplify" and "session"',
    "seq": 'repeat the "seq" of the call, a plain number',
    "outcome": 'say "outcome":"response", "error_response" or "failure"',
    "body": 'give what the SDK returned as "body": null if that is nothing, an integer as '
    '{"$int":"5"}, what has no JSON form as {"$opaque":"its type"}',
    **dict.fromkeys(ERROR_MEMBERS, 'write an integer as {"$int":"50"}, all else as a text, and '
                    "leave out what the SDK does not give"),
    "kind": f'say where it failed: "kind" is one of {", ".join(KINDS)}',
}  # fmt: skip
_MESSAGES = "the messages stand in the README of the drivers"
#: What to do about an SDK that prints.
OWN_OUTPUT = (
    "standard output belongs to the protocol: turn the SDK's own to standard error before you "
    "load it"
)
_VALIDATORS = {kind: Draft202012Validator(schema) for kind, schema in _SCHEMAS.items()}
_COMPILED = {outcome: jsonschema_rs.Draft202012Validator(_SCHEMAS[outcome]) for outcome in _TOLD}
#: A line with so many brackets is judged by jsonschema, which refuses what nests too deep.
_BRACKETS = 200


class ProtocolError(Exception):
    """A line is not the message that was due: why, in a few words, and what to do about it."""

    def __init__(self, why: str, mend: str = "") -> None:
        super().__init__(why)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Started:
    """What a driver says when it starts: which SDK it drives, as JSON, and what that can do.

    `can` holds it in the words of `SdkCase.needs`; `sign_method` is the first that it claims.
    """

    sdk: Mapping[str, Any]
    can: frozenset[str]
    sign_method: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What an SDK made of a call; what does not apply to the outcome is empty.

    `outcome` is `response`, `error_response` or `failure`, or `none` where no reply came. `body`
    and the members of `error` are in the notation of the protocol. An `uncaught` failure came to
    the caller in a way that is not meant for it.
    """

    outcome: str
    body: Any = None
    error: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    message: str = ""
    uncaught: bool = False


def encode(value: Any) -> Any:
    """Write a parameter's value: integers as text, at any depth, so that no JSON reader rounds."""
    if isinstance(value, dict):
        return {name: encode(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [encode(item) for item in value]
    return {INT: str(value)} if isinstance(value, int) and not isinstance(value, bool) else value


def to_line(message: Mapping[str, Any]) -> bytes:
    """Write a message as one line."""
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"


def read_started(line: bytes) -> Started:
    """Read the reply to `start`. Raises ProtocolError, with the driver's words if it failed."""
    message = _checked(_read(line, "it could not start"), "started")
    can = message["can"]
    found = {f"format {name}" for name in can["formats"]}
    found |= {f"sign_method {name}" for name in can["sign_methods"]}
    found |= {name for name in ("simplify", "session") if can.get(name)}
    return Started(message["sdk"], frozenset(found), can["sign_methods"][0])


def read_outcome(line: bytes, seq: int) -> Reply:
    """Read the reply to the call with this number. Raises ProtocolError."""
    message = _read(line, "it refused a call")
    outcome = message.get("outcome")
    if not isinstance(outcome, str) or outcome not in _TOLD:
        raise ProtocolError(f"a reply without an outcome: {shown_line(line)}", _MENDS["outcome"])
    if not _is_accepted(line, message, outcome):
        message = _checked(message, outcome)
    if message["seq"] != seq:
        found = message["seq"]
        raise ProtocolError(f"a reply to call {found}, and not to call {seq}", _MENDS["seq"])
    told = {name: value for name, value in message.items() if name in _TOLD[outcome]}
    if outcome == "error_response":
        return Reply(outcome, error=told)
    return Reply(outcome, **told)


def _read(line: bytes, refused: str) -> dict[str, Any]:
    """Read a message; one that says that the driver failed is an error with its words."""
    try:
        message = json.loads(line.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        raise ProtocolError(f"a line that is no JSON: {shown_line(line)}", _no_json(line)) from None
    if not isinstance(message, dict):
        raise ProtocolError(f"a line that is no JSON object: {shown_line(line)}", OWN_OUTPUT)
    if _VALIDATORS["refused"].is_valid(message):
        raise ProtocolError(f"{refused}: {' '.join(message['message'].split())[:200]}")
    return message


def _no_json(line: bytes) -> str:
    """Say what to do about a line that is no JSON."""
    if line.startswith(BOM_UTF8):
        return "write UTF-8 without a byte order mark, as .NET does by new UTF8Encoding(false)"
    text = line.decode("utf-8", "replace")
    if not text.lstrip().startswith("{"):
        return OWN_OUTPUT
    if "\ufffd" in text or "\0" in text:
        return "write UTF-8, whatever the locale of the machine"
    try:
        json.JSONDecoder(parse_constant=_refuse).raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return 'write JSON: a number that is none of its numbers, as NaN, is {"$opaque":"NaN"}'
    return "write one message a line: a \\n behind each, and nothing else"


def shown_line(line: bytes) -> str:
    """Show the beginning of a line, and name the first character of it that cannot be seen."""
    begins = line[: 4 * _SHOWN].decode("utf-8", "backslashreplace")
    text, more = begins[:_SHOWN], CUT if len(begins) > _SHOWN or len(line) > 4 * _SHOWN else ""
    seen = (c.isprintable() or c in "\t\r" for c in text)  # blanks of JSON
    found = next((at for at, is_seen in enumerate(seen) if not is_seen), None)
    if found is None:
        return plain(text) + more
    name = _UNSEEN.get(text[found]) or unicodedata.name(text[found], "a control character")
    return f"character {found + 1} is U+{ord(text[found]):04X} ({name}): {plain(text)}{more}"


def _is_accepted(line: bytes, message: dict[str, Any], outcome: str) -> bool:
    """Tell soon that a message is right. It may be where this is false: a decimal as its number."""
    if line.count(b"[") + line.count(b"{") > _BRACKETS or isinstance(message.get("seq"), Decimal):
        return False
    try:
        return _COMPILED[outcome].is_valid(message)
    except ValueError:  # it cannot hold every text that Python can
        return False


def _checked(message: dict[str, Any], kind: str) -> dict[str, Any]:
    try:
        errors = list(_VALIDATORS[kind].iter_errors(message))
    except RecursionError:
        raise ProtocolError("a message that nests too deep", _MESSAGES) from None
    if errors:
        where = ".".join(map(str, errors[0].absolute_path)) or "the message"
        neither = f'{errors[0].instance!r} is neither a text nor {{"$int": "…"}}'
        words = neither if errors[0].validator == "anyOf" else errors[0].message
        missing = [name for name in _SCHEMAS[kind]["required"] if name not in message]
        names = [*errors[0].absolute_path, *missing, ""]
        raise ProtocolError(f"{where}: {words[:160]}", _MENDS.get(str(names[0]), _MESSAGES))
    return message


def _refuse(constant: str) -> None:
    raise ValueError(constant)
