"""Rules of the TOP platform, transcribed with their names. No logic lives here.

A rule that a clause leans on has a name in `STATED`; the clause carries the name and the sentence.
An origin is one or more sources, parted by `; `, each of one kind:

    TOP:        the platform's own documentation, by page and section
    page:       the documentation page of the method, by part
    RFC, XML    a general standard, by section
    measured:   what clients and gateways do: 17 third-party clients on loopback, 138 public bodies
                of the gateway, of which 80 are errors
    ours:       a choice of this project, with the reason

TOP's page "API call method" is API调用方法详解 (doc.htm?articleId=101617 at developer.alibaba.com),
its page "error codes" is 错误码一览表, as public copies have it.
Of a fact, (sure) is documented or measured in several places, (likely) is inferred from clients or
from few samples. What is neither has no rule.
"""

from collections.abc import Mapping

from topcheck.contract.model import PageRow, Severity
from topcheck.wire import limits

#: The closed list of facts, and the severity that each one fixes. Ours.
FACTS: Mapping[str, Severity] = {
    **dict.fromkeys(("type", "range", "enum", "format", "required"), Severity.VIOLATION),
    **dict.fromkeys(("place", "unique", "echo", "exact", "parity"), Severity.VIOLATION),
    **dict.fromkeys(("refused", "accumulates", "terminal"), Severity.VIOLATION),
    **dict.fromkeys(("known", "lexical", "null"), Severity.DRIFT),
    **dict.fromkeys(("order", "consistent", "present", "secret", "alone"), Severity.ADVISORY),
}

#: The leaf types that a page may name, and the family that decides how their values look. Seen on
#: pages of methods (sure), the Java and JSON names beside Number, Boolean and String (likely), and
#: so is it that Json, bytes, files and field lists are text.
LEAF_TYPES: Mapping[str, str] = {
    **dict.fromkeys(
        ("Number", "Integer", "Int", "int", "Long", "long", "Short", "short"), "integer"
    ),
    **dict.fromkeys(("Boolean", "boolean", "Bool", "bool"), "boolean"),
    **dict.fromkeys(("String", "string", "Str", "str", "Json", "JSON"), "string"),
    **dict.fromkeys(("byte", "byte[]", "Byte", "Byte[]", "File", "Field List"), "string"),
    "Date": "date",
    "Price": "price",
    **dict.fromkeys(("BigDecimal", "Decimal", "decimal"), "decimal"),
    **dict.fromkeys(("Double", "double", "Float", "float"), "decimal"),
    **dict.fromkeys(("Map", "map"), "map"),
}
#: The families that `[types]` of inferred.toml may give to a type that is none of these.
FAMILIES = tuple(dict.fromkeys(LEAF_TYPES.values()))

#: How a value of type Date is written, in the letters of Java's SimpleDateFormat (sure). TOP: API
#: call method, public parameters, for `timestamp`. Copies of older editions have yyyy-mm-dd, which
#: in these letters is minutes for months: wrong.
DATE_FORMAT = "yyyy-MM-dd HH:mm:ss"

#: A Price is money as text with at most two decimals, without exponent (likely). Ours: pages name
#: the type and do not say how it is written.
PRICE_PATTERN = "-?(0|[1-9][0-9]*)([.][0-9]{1,2})?"

#: A decimal as it is written plainly, of any size and fraction, in XML, and in JSON as a number or
#: as text: XML Schema 1.0 part 2, section 3.2.3. Ours: pages do not say which of both JSON has.
DECIMAL_PATTERN = "-?(0|[1-9][0-9]*)([.][0-9]+)?"

#: A Number as it is written plainly: XML Schema 1.0 part 2, section 3.3.13.2, the canonical form.
INTEGER_PATTERN = "0|-?[1-9][0-9]*"
#: How JSON and XML write the values of these families alike.
LITERALS: Mapping[str, str] = {"integer": INTEGER_PATTERN, "boolean": "true|false"}

#: The bounds of a Number, those of a signed 64-bit integer (likely): see `number_64_bit` below.
NUMBER_MIN = -(2**63)
NUMBER_MAX = 2**63 - 1
#: The first whole number that no floating-point number holds: that holds the one before it.
BEYOND_A_DOUBLE = 2**53 + 1

#: The root is the method with dots as underscores and a suffix; a leading `taobao.` is dropped, any
#: other prefix stays (sure). The page's samples show it for one method.
ROOT_SUFFIX = "_response"
DROPPED_PREFIX = "taobao."
#: The root of every error, also where `simplify` drops the other one (sure).
ERROR_ROOT = "error_response"

#: Stands beside the documented members of either root, though pages often omit it (sure): see the
#: rule of this name.
REQUEST_ID = "request_id"

#: Measured (sure): of 80 public errors all have code, in JSON always as a number, and msg, never
#: null; 81 % have sub_code, 65 % sub_msg, 59 % request_id. Each is independent of the others: eight
#: have code and msg only, two have sub_msg without sub_code. sub_code follows no pattern.
ERROR_MEMBERS = (
    PageRow("code", "Number", required=True),
    PageRow("msg", "String", required=True),
    PageRow("sub_code", "String", required=False),
    PageRow("sub_msg", "String", required=False),
    PageRow(REQUEST_ID, "String", required=False),
)

#: Each rule by name: its sentence, and where it comes from.
STATED: Mapping[str, tuple[str, str]] = {
    "number_64_bit": (
        "a Number is a whole number that fits a signed 64-bit integer",
        "page: Java sample, a Number is set by a long; XML Schema 1.0 part 2, section 3.3.16",
    ),
    "plain_literal": (
        "a Number is written as plain digits and a Boolean as true or false, "
        "without sign, fraction, exponent, leading zeros or blanks",
        "XML Schema 1.0 part 2, sections 3.2.2.2 and 3.3.13.2; ours: JSON has more, so it is drift",
    ),
    "plain_decimal": (
        "a decimal is written as plain digits with at most one point, "
        "without plus sign, exponent, leading zeros or blanks",
        "XML Schema 1.0 part 2, section 3.2.3; ours: JSON has exponents, so one is drift",
    ),
    "member_once": (
        "a member stands once in its object",
        "RFC 8259, section 4 (unique names); ours: XML has no such rule, but lists have a wrapper",
    ),
    "unset_left_out": (
        "an unset field is left out, not null",
        "measured: 138 public bodies, without a count, and of 80 errors none has a null msg",
    ),
    "documented_only": (
        "an answer has the documented members; anything else is new to its readers",
        "page: response parameters; ours: TOP may add members, so one more is drift",
    ),
    "one_outcome": (
        "the page documents exactly one top-level member: "
        "without it and without error_response there is no outcome",
        "page: response parameters and XML sample; ours: without its only member nothing is said",
    ),
    "request_id": (
        "TOP adds an opaque request_id to either root",
        "measured: 59 % of 80 public errors have it, mostly 12 to 14 letters and digits",
    ),
    "error_envelope": (
        "error_response has an integer code and a msg; "
        "sub_code, sub_msg and request_id are optional strings, each independent of the others",
        "page: error sample; measured: 80 public errors, with the shares at ERROR_MEMBERS",
    ),
    "root_object": (
        "either root is an object, and so are the parameters of a request",
        "page: XML sample, error sample, and request parameters, which are names with values",
    ),
    "utf8": (
        "a body is UTF-8, without a byte order mark before JSON",
        "RFC 8259, section 8.1; XML 1.0, section 4.3.3; ours: a declared charset can be read",
    ),
    "page_limit": (
        "the page limits the value",
        "page: request parameters, column 更多限制 (more limits)",
    ),
    "once_on_the_wire": (
        "a request sends each parameter once",
        "TOP: API call method, signature algorithm; ours: two of one name have no order to sign in",
    ),
    "documented_parameter": (
        "a request sends the documented parameters and the platform's own",
        "page: request parameters; TOP: API call method, public parameters",
    ),
    "body_type": (
        "a body is of the type family that was declared and asked for",
        "TOP: API call method, public parameters (format); RFC 9110, section 8.3 (Content-Type)",
    ),
    "body_encoding": (
        "a body can be decoded, and its byte order mark, header, declaration and bytes agree",
        "RFC 8259, section 8; XML 1.0, section 4.3.3; RFC 9110, section 8.3.2; RFC 7303, section 3",
    ),
    "body_syntax": (
        "a body is well-formed: JSON by RFC 8259 with each name once, XML by XML 1.0",
        "RFC 8259, sections 2 and 4; XML 1.0, section 2.1; ours: of two names readers take either",
    ),
    "body_doctype": (
        "an XML body has no DOCTYPE and declares no entity",
        "ours: XML 1.0, section 2.8, allows one, but entities make readers fetch or swell",
    ),
    "body_limits": (
        f"a body has at most {limits.MAX_BODY_BYTES // 2**20} MiB, {limits.MAX_MEMBERS} members, "
        f"a depth of {limits.MAX_DEPTH}, and numbers of at most {limits.MAX_DIGITS} digits "
        f"and an exponent of at most {limits.MAX_EXPONENT}",
        "RFC 8259, section 9 (a parser may set limits); ours: the figures, far above any answer",
    ),
    "body_root": (
        "a body has exactly one of the documented root and error_response",
        "page: XML sample and error sample; ours: both at once, or neither, is no answer",
    ),
    "echoed": (
        "the answer is about what was asked for",
        "ours: the page answers for an order, and money is handed over on the answer",
    ),
    "either_id": (
        "of two ids that are both optional, each finds a known order alone",
        "page: request parameters, neither is required; ours: likely, as the page does not say it",
    ),
    "stated": (
        "an order that is known to be in a state is told to be in it",
        "ours: an order whose state was told by who runs the gateway is a fact to test by",
    ),
    "ids_exact": (
        "an id is text: it is not rounded through a floating-point number",
        "RFC 8259, section 6 (a double is exact to 2**53); measured: some of 17 clients round ids",
    ),
    "one_story": (
        "JSON and XML tell the same of one order",
        "TOP: API call method, public parameters (format is the form of the answer)",
    ),
    "refused": (
        "a request that is not in order is refused, whatever it asks",
        "TOP: error codes, 21 to 34 (missing and invalid parameters)",
    ),
    "refusal_code": (
        "the code of a refusal says what was wrong: 21 or 22 the method, 23 the format, "
        "24 or 25 the signature, 28 or 29 the app key, 30 or 31 the timestamp, 32 to 34 v",
        "TOP: error codes, 21 to 34; ours: likely, gateways mix up the codes of one class",
    ),
    "unknown_format": (
        "a request for a format that is none is refused",
        "TOP: error codes, 23 (invalid format); ours: likely, as no public body has it",
    ),
    "whole_answer": ("a request gets a whole answer", "RFC 9112, section 8 (incomplete messages)"),
    "head": (
        f"a head has at most {limits.MAX_HEAD_LINES} lines and {limits.MAX_HEAD_BYTES // 2**20} "
        "MiB, each line a name, a colon and a value, and no two types or charsets that contradict "
        "each other",
        "RFC 9112, section 5 (field syntax); RFC 9110, sections 5.3 and 8.3; ours: the figures",
    ),
    "answered": (
        "a status of 5xx says that the gateway did not answer",
        "RFC 9110, section 15.6 (server error 5xx)",
    ),
    "status_200": (
        "errors of platform and business come with HTTP 200 as successes do",
        "measured: likely, by 17 clients and 138 public bodies, without a count",
    ),
    "declared_type": (
        "JSON is declared as text/javascript or application/json, XML as text/xml",
        "measured: likely, 17 clients and 138 bodies; RFC 8259, section 11; RFC 7303, section 9",
    ),
    "gzip_if_asked": (
        "an answer is compressed only in a way that Accept-Encoding accepts; "
        "without that header any way is",
        "RFC 9110, section 12.5.3 (Accept-Encoding), and section 8.4.1 (x-gzip is gzip)",
    ),
    "latency_budget": (
        "an answer comes within the budget that was set for this run",
        "ours: who runs the suite sets it, and without one there is no verdict",
    ),
    "signature_accepted": (
        "a request that is signed by a documented method is accepted",
        "TOP: API call method, signature algorithm; RFC 1321, section 3 (MD5); "
        "RFC 2104, section 2 (HMAC); measured: 2 published vectors fit",
    ),
    "parameters_anywhere": (
        "parameters may stand in the query, in the body, or be split, and a request may be GET",
        "TOP: API call method (POST, or GET while the URL is short); measured: 17 clients",
    ),
    "multipart_accepted": (
        "a body may be multipart/form-data, as some official clients send it",
        "RFC 7578, section 4; measured: likely, official Node clients send it, of 17 clients",
    ),
    "ten_minutes": (
        "a timestamp may be ten minutes off",
        "TOP: API call method, public parameters (timestamp)",
    ),
    "milliseconds": (
        "a timestamp may be milliseconds since the epoch, as widely used clients send",
        "measured: likely, Python clients among 17 send them; ours: TOP names only a written date",
    ),
}

RULES: Mapping[str, str] = {name: sentence for name, (sentence, _) in STATED.items()}

#: What a gateway must refuse when it is wrong or missing (sure). TOP: error codes, 21, 22, 24, 25,
#: 28 to 34. `format` is not among them: it may be missing, and a wrong one is only likely refused.
REFUSED_PARAMETERS = ("sign", "app_key", "timestamp", "method", "v")
_OTHER_PARAMETERS = ("session", "format", "sign_method", "partner_id", "target_app_key", "simplify")
#: The platform's own parameters (sure); all others are the method's. TOP: API call method, public
#: parameters.
COMMON_PARAMETERS = (*REFUSED_PARAMETERS, *_OTHER_PARAMETERS)

#: A method whose name ends with one of these words only reads (likely): so the platform names them.
READING = ("get", "query", "list", "search", "find", "count", "check", "validate")

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
    "wire.http.head": ("head", Severity.VIOLATION),
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
    "wire.refusal.code": ("refusal_code", Severity.ADVISORY),
    "wire.refusal.format": ("unknown_format", Severity.ADVISORY),
}

#: What `format` may be, and what the gateway answers in when it is not sent (sure). TOP: API call
#: method, public parameters.
FORMATS = ("xml", "json")
DEFAULT_FORMAT = "xml"
#: The only value of `v` (sure). TOP: the same.
VERSION = "2.0"
#: What `sign_method` may be, how a signature is written and made (sure). TOP: API call method.
SIGN_METHODS = ("md5", "hmac", "hmac-sha256")
SIGN_PATTERN = r"^([0-9A-F]{32}|[0-9A-F]{64})(?![\s\S])"
SIGNATURE = (
    "By sign_method: MD5(secret + S + secret), HMAC-MD5(secret, S) or HMAC-SHA256(secret, S), in "
    "upper-case hex. S is every other parameter of query and body, sign_method too, by the byte "
    "order of their names: each name and its raw value, with nothing between, in UTF-8."
)
#: How far `timestamp`, in GMT+8, may be from the gateway's clock, in seconds (sure). TOP: the same.
CLOCK_TOLERANCE = 600

#: The platform's refusals: code (sure) and message (likely) by what is wrong. TOP: error codes.
#: It writes Invalid Timestamp, where a public body has `Invalid timestamp`, and does not tell 33,
#: Invalid Version, from 34: the sandbox sends 34.
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

#: The codes of a request that is refused for its form, by the parameter that is wrong or missing:
#: those of one class are mixed up by gateways (sure). TOP: error codes.
REFUSAL_CLASSES: Mapping[str, frozenset[int]] = {
    "method": frozenset((21, 22)),
    "format": frozenset((23,)),
    "sign": frozenset((24, 25)),
    "app_key": frozenset((28, 29)),
    "timestamp": frozenset((30, 31)),
    "v": frozenset((32, 33, 34)),
}
#: All of them: the request is refused whatever it asks.
REFUSAL_CODES = frozenset().union(*REFUSAL_CLASSES.values())
#: The code of an error of which sub_code says more (sure). TOP: error codes.
BUSINESS_CODE = 15
#: A quota, and a platform that is busy: the same request may succeed later (sure). TOP: the same.
QUOTA_CODE, BUSY_CODE = 7, 10
#: The codes of errors that say nothing of a request's form: those, business (sure), and not known.
OTHER_CODES = frozenset((QUOTA_CODE, BUSY_CODE, BUSINESS_CODE, 50, *range(501, 903), 44, 53, 56))

#: The codes of what a caller has to mend first: permissions, the session, arguments (sure). TOP:
#: error codes; 47, invalid encoding, is not in the copies that were read (likely). 15, 50 and those
#: from 501 say nothing of who is at fault: sub_code does. 44, 53 and 56 are not known.
CALLER_CODES = frozenset((9, 11, 12, 13, 26, 27, 40, 41, 42, 43, 47))

#: How an error says that parameters are missing or will not do: its code (sure), or how sub_code
#: begins (likely). TOP: error codes. Some clients make up 40 and 41 themselves.
MISSING_ARGUMENTS = (40, "Missing required arguments")
INVALID_ARGUMENTS = (41, "Invalid arguments")
MISSING_PARAMETER = "isv.missing-parameter"
#: The platform's error for a way in which it does not take requests (sure). TOP: error codes.
ACTION_NOT_ALLOWED = (9, "Http Action Not Allowed")

#: The media types that each format may be declared as, and those that say it is something else
#: (likely): see `declared_type`. text/javascript is TOP's way, the others are those of the RFCs.
MEDIA_TYPES: Mapping[str, tuple[str, ...]] = {
    "json": ("text/javascript", "application/json"),
    "xml": ("text/xml", "application/xml"),
    "html": ("text/html", "application/xhtml+xml"),
}
#: What each format is declared as when the sandbox answers (likely): inferred, not documented.
CONTENT_TYPES = {name: f"{MEDIA_TYPES[name][0]};charset=UTF-8" for name in FORMATS}

#: Where the sandbox listens and whom it answers unless told otherwise. Key and secret are those of
#: the worked example in TOP: API call method; no account at TOP has them.
SANDBOX_HOST = "127.0.0.1"
SANDBOX_KEY = "12345678"
SANDBOX_SECRET = "helloworld"  # noqa: S105 - published, and good for nothing else
