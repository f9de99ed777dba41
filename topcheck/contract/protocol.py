"""Rules of the TOP platform, transcribed with their names. No logic lives here.

A rule that a clause leans on has a name in `RULES`; the clause carries the name and the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from topcheck.contract.model import Severity
from topcheck.wire.limits import (
    MAX_BODY_BYTES,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_EXPONENT,
    MAX_MEMBERS,
)

# ------------------------------------------------------------------ facts

#: The closed list of facts, and the severity that each one fixes.
FACTS: Mapping[str, Severity] = {
    **dict.fromkeys(
        ("type", "range", "enum", "format", "required", "place", "unique"), Severity.VIOLATION
    ),
    **dict.fromkeys(("known", "lexical", "null"), Severity.DRIFT),
    **dict.fromkeys(("echo", "exact", "parity", "refused"), Severity.VIOLATION),
    **dict.fromkeys(("accumulates", "terminal"), Severity.VIOLATION),
    **dict.fromkeys(("order", "consistent", "present", "secret"), Severity.ADVISORY),
}

# ------------------------------------------------------------------ types

#: The leaf types that a page may name, and the family that decides how their values look.
LEAF_TYPES: Mapping[str, str] = {
    "Number": "integer",
    "String": "string",
    "Boolean": "boolean",
    "Date": "date",
    "Price": "price",
    "Json": "string",
    "byte": "string",
    "byte[]": "string",
    "File": "string",
}

#: How a value of type Date is written, in the letters of Java's SimpleDateFormat.
DATE_FORMAT = "yyyy-MM-dd HH:mm:ss"

#: A Price is money as text with at most two decimals, without exponent.
PRICE_PATTERN = "-?(0|[1-9][0-9]*)([.][0-9]{1,2})?"

#: A Number as it is written plainly.
INTEGER_PATTERN = "0|-?[1-9][0-9]*"

#: A Number is a whole number that fits a signed 64-bit integer.
NUMBER_MIN = -(2**63)
NUMBER_MAX = 2**63 - 1

# ------------------------------------------------------------------ envelope

ROOT_SUFFIX = "_response"
DROPPED_PREFIX = "taobao."
ERROR_ROOT = "error_response"

#: Stands beside the documented members of either root, whatever the page says.
REQUEST_ID = "request_id"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the platform's error envelope."""

    name: str
    type: str
    required: bool


ERROR_MEMBERS = (
    Member("code", "Number", True),
    Member("msg", "String", True),
    Member("sub_code", "String", False),
    Member("sub_msg", "String", False),
    Member(REQUEST_ID, "String", False),
)

# ------------------------------------------------------------------ rules by name

RULES: Mapping[str, str] = {
    "number_64_bit": "a Number is a whole number that fits a signed 64-bit integer",
    "plain_literal": "a Number is written as plain digits and a Boolean as true or false, "
    "without sign, fraction, exponent, leading zeros or blanks",
    "member_once": "a member stands once in its object",
    "unset_left_out": "an unset field is left out, not null",
    "documented_only": "an answer has the documented members; anything else is new to its readers",
    "one_outcome": "the page documents exactly one top-level member: "
    "without it and without error_response there is no outcome",
    "request_id": "TOP adds an opaque request_id to either root",
    "error_envelope": "error_response has an integer code and a msg; "
    "sub_code, sub_msg and request_id are optional strings, each independent of the others",
    "root_object": "either root is an object, and so are the parameters of a request",
    "utf8": "a body is UTF-8, without a byte order mark before JSON",
    "page_limit": "the page limits the value",
    "once_on_the_wire": "a request sends each parameter once",
    "documented_parameter": "a request sends the documented parameters and the platform's own",
    "body_type": "a body is of the type family that was declared and asked for",
    "body_encoding": "a body can be decoded, and its byte order mark, header, "
    "declaration and bytes agree",
    "body_syntax": "a body is well-formed: JSON by RFC 8259 with each name once, XML by XML 1.0",
    "body_doctype": "an XML body has no DOCTYPE and declares no entity",
    "body_limits": f"a body has at most {MAX_BODY_BYTES // 2**20} MiB, {MAX_MEMBERS} members, "
    f"a depth of {MAX_DEPTH}, and numbers of at most {MAX_DIGITS} digits "
    f"and an exponent of at most {MAX_EXPONENT}",
    "body_root": "a body has exactly one of the documented root and error_response",
    "echoed": "the answer is about what was asked for",
    "stated": "an order that is known to be in a state is told to be in it",
    "ids_exact": "an id is text: it is not rounded through a floating-point number",
    "one_story": "JSON and XML tell the same of one order",
    "refused": "a request that is not in order is refused, whatever it asks",
    "whole_answer": "a request gets a whole answer",
    "answered": "a status of 5xx says that the gateway did not answer",
    "status_200": "errors of platform and business come with HTTP 200 as successes do",
    "declared_type": "JSON is declared as text/javascript or application/json, XML as text/xml",
    "gzip_if_asked": "an answer is compressed only for who asks for it",
    "latency_budget": "an answer comes within the budget that was set for this run",
    "signature_accepted": "a request that is signed by a documented method is accepted",
    "parameters_anywhere": "parameters may stand in the query, in the body, or be split, "
    "and a request may be GET",
    "multipart_accepted": "a body may be multipart/form-data, as some official clients send it",
    "ten_minutes": "a timestamp may be ten minutes off",
    "milliseconds": "a timestamp may be milliseconds since the epoch, as widely used clients send",
    "accumulated": "the page says the value is accumulated, so it never shrinks between two reads",
}

#: What a gateway must refuse when it is wrong or missing.
REFUSED_PARAMETERS = ("sign", "app_key", "timestamp", "method", "v")

#: Clauses about the body as a whole, and the rule behind each.
WIRE_BODY: Mapping[str, str] = {
    "wire.body.type": "body_type",
    "wire.body.encoding": "body_encoding",
    "wire.body.syntax": "body_syntax",
    "wire.body.doctype": "body_doctype",
    "wire.body.limits": "body_limits",
    "wire.body.root": "body_root",
}

#: Clauses about an exchange as a whole: the rule behind each, and how sure it is.
WIRE: Mapping[str, tuple[str, Severity]] = {
    "wire.http.connection": ("whole_answer", Severity.VIOLATION),
    "wire.http.server_error": ("answered", Severity.VIOLATION),
    "wire.http.status": ("status_200", Severity.ADVISORY),
    "wire.http.content_type": ("declared_type", Severity.ADVISORY),
    "wire.http.gzip": ("gzip_if_asked", Severity.VIOLATION),
    "wire.http.latency": ("latency_budget", Severity.ADVISORY),
    "wire.sign.md5": ("signature_accepted", Severity.VIOLATION),
    "wire.sign.hmac": ("signature_accepted", Severity.VIOLATION),
    "wire.sign.hmac_sha256": ("signature_accepted", Severity.VIOLATION),
    "wire.transport.form": ("parameters_anywhere", Severity.VIOLATION),
    "wire.transport.get": ("parameters_anywhere", Severity.VIOLATION),
    "wire.transport.split": ("parameters_anywhere", Severity.VIOLATION),
    "wire.transport.multipart": ("multipart_accepted", Severity.ADVISORY),
    "wire.timestamp.tolerance": ("ten_minutes", Severity.VIOLATION),
    "wire.timestamp.milliseconds": ("milliseconds", Severity.ADVISORY),
}

# ------------------------------------------------------------------ requests

#: The platform's own parameters; all others are the method's.
COMMON_PARAMETERS = (
    "method",
    "app_key",
    "session",
    "timestamp",
    "format",
    "v",
    "sign_method",
    "sign",
    "partner_id",
    "target_app_key",
    "simplify",
)

FORMATS = ("xml", "json")
#: What the gateway answers in when `format` is not sent.
DEFAULT_FORMAT = "xml"
VERSION = "2.0"
#: How far `timestamp`, in GMT+8, may be from the gateway's clock, in seconds.
CLOCK_TOLERANCE = 600

#: The platform's refusals: code and message by what is wrong.
REFUSALS: Mapping[str, tuple[int, str]] = {
    "method.missing": (21, "Missing method"),
    "method.invalid": (22, "Invalid method"),
    "format.invalid": (23, "Invalid format"),
    "sign.missing": (24, "Missing signature"),
    "sign.invalid": (25, "Invalid signature"),
    "app_key.missing": (28, "Missing app key"),
    "app_key.invalid": (29, "Invalid app key"),
    "timestamp.missing": (30, "Missing timestamp"),
    "timestamp.invalid": (31, "Invalid timestamp"),
    "v.missing": (32, "Missing version"),
    "v.invalid": (34, "Unsupported version"),
}

#: The codes of a request that is refused for its form, whatever it asks.
REFUSAL_CODES = frozenset(code for code, _ in REFUSALS.values())

#: The codes of a request whose signature is at fault.
SIGNATURE_CODES = frozenset(REFUSALS[f"sign.{how}"][0] for how in ("missing", "invalid"))

#: The codes of what a caller has to mend first: permissions, the session, arguments.
CALLER_CODES = frozenset((9, 11, 12, 13, 26, 27, 40, 41, 42, 43, 47))

#: How an error says that parameters are missing or will not do: its code, or how sub_code begins.
MISSING_ARGUMENTS = (40, "Missing required arguments")
INVALID_ARGUMENTS = (41, "Invalid arguments")
MISSING_PARAMETER = "isv.missing-parameter"
#: The platform's error for a way in which it does not take requests.
ACTION_NOT_ALLOWED = (9, "Http Action Not Allowed")

CONTENT_TYPES: Mapping[str, str] = {
    "json": "text/javascript;charset=UTF-8",
    "xml": "text/xml;charset=UTF-8",
}
#: The media types that each format may be declared as, and those that say it is something else.
MEDIA_TYPES: Mapping[str, tuple[str, ...]] = {
    "json": ("text/javascript", "application/json"),
    "xml": ("text/xml", "application/xml"),
    "html": ("text/html", "application/xhtml+xml"),
}

# ------------------------------------------------------------------ the embedded sandbox

#: Where it listens and whom it answers unless told otherwise; no account at TOP has this key.
SANDBOX_HOST = "127.0.0.1"
SANDBOX_KEY = "12345678"
SANDBOX_SECRET = "helloworld"  # noqa: S105 - published, and good for nothing else
