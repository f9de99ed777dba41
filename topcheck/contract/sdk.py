"""The clauses of an SDK: what it must send, hand over, make of errors, and survive. No logic.

They are the same for every page, so they stand beside the contract and not in it; what the cases of
a clause send and serve comes from the contract.
"""

from collections.abc import Mapping

from topcheck.contract.contract import unique_ids
from topcheck.contract.model import Clause, Severity

#: Each clause with its rule in a sentence.
SDK_RULES: Mapping[str, str] = {
    "sdk.request.parameters": "the parameters that were given are sent, and only they, "
    "each with its value: an object as JSON, a list of leaves with commas",
    "sdk.request.big_integer": "a 64-bit integer is sent exactly, whatever its size, and signed so",
    "sdk.request.encoding": "a text is sent as UTF-8, form-encoded, with every character of it, "
    "and signed so",
    "sdk.request.null": "a parameter that is null is not sent as a word, "
    "and what is sent is signed",
    "sdk.request.sign_md5": "sign_method md5 is MD5(secret + parameters + secret), "
    "upper-case hexadecimal, over all that is sent",
    "sdk.request.sign_hmac": "sign_method hmac is HMAC-MD5 over all that is sent, "
    "upper-case hexadecimal",
    "sdk.request.sign_hmac_sha256": "sign_method hmac-sha256 is HMAC-SHA256 over all that is sent, "
    "upper-case hexadecimal",
    "sdk.request.timestamp": "timestamp is the time in GMT+8, whatever the zone of the machine: "
    "anything else is refused ten minutes off",
    "sdk.request.format": "the format that the caller reads is asked for, and signed; "
    "without one TOP answers XML",
    "sdk.request.envelope": "method, app_key, v and sign_method are sent as the platform asks",
    "sdk.request.undocumented": "only parameters of the page and of the platform are sent",
    "sdk.request.unique": "a parameter is sent once",
    "sdk.request.secret": "the app_secret is never sent, "
    "and neither that nor a session is written into a log",
    "sdk.request.session": "a session is sent, and signed, if there is one, "
    "and nothing in its place if not",
    "sdk.request.simplify": "simplify is sent, and signed, where the caller asks for it, "
    "and only there",
    "sdk.request.unaltered": "a call sends its own parameters: nothing of the call before it",
    "sdk.response.member": "every documented member that is sent reaches the caller, "
    "whatever is missing beside it, and each item of a list in its place",
    "sdk.response.status": "every documented code reaches the caller as it was sent",
    "sdk.response.unknown_code": "a code that the page does not list reaches the caller as it is",
    "sdk.response.absent": "a member that is absent stays absent: a caller must not read "
    "a value that nobody sent",
    "sdk.response.zero": "a zero is a value, and so is false: neither is dropped",
    "sdk.response.big_integer": "a 64-bit integer reaches the caller exactly, "
    "in the same type whatever its size",
    "sdk.response.text": "a text reaches the caller with every character of it",
    "sdk.response.date": "a date reaches the caller as it was sent, "
    "whatever the zone of the machine",
    "sdk.response.type": "in JSON a number reaches the caller as a number, a text as a text, "
    "a Boolean as a Boolean; and an answer as its members in both formats, or in neither",
    "sdk.response.unknown_member": "a member that the page does not document "
    "hides none that it does",
    "sdk.response.order": "members may come in any order",
    "sdk.response.spelling": "an answer may be spelt in any way that its format allows",
    "sdk.response.comment": "TOP ends its XML with a comment behind the root",
    "sdk.response.request_id": "request_id reaches the caller: TOP's support asks for it",
    "sdk.response.simplify": "an answer without its root, as simplify asks, is read like any other",
    "sdk.response.not_success": "a call that did not succeed is not handed over as one that did",
    "sdk.error_response.as_success": "an error_response is never handed over as a success",
    "sdk.error_response.code": "the code of an error reaches the caller",
    "sdk.error_response.msg": "the msg of an error reaches the caller",
    "sdk.error_response.sub_code": "the sub_code reaches the caller unchanged: "
    "on it hangs whether to ask again",
    "sdk.error_response.sub_msg": "the sub_msg of an error reaches the caller",
    "sdk.error_response.request_id": "the request_id of an error reaches the caller",
    "sdk.wire.empty": "an empty body is a failure",
    "sdk.wire.stale": "an answer is about the call it answers, never about the one before it",
    "sdk.wire.html": "a page of HTML is a failure",
    "sdk.wire.unknown_root": "a body without the documented root is a failure, "
    "not an empty success",
    "sdk.wire.other_format": "a body in the format that was not asked for is read rightly, "
    "or is a failure",
    "sdk.wire.content_type": "a body under another declared type is read rightly, or is a failure",
    "sdk.wire.http_500": "HTTP 500 is an error or a failure, "
    "and the caller can tell that it is the platform's",
    "sdk.wire.redirect": "a redirect is a failure: it is not followed to another origin, "
    "nor without end",
    "sdk.wire.truncated": "half a body is a failure",
    "sdk.wire.gzip": "a client that asks for gzip can read it",
    "sdk.wire.reset": "a connection that is reset is a failure",
    "sdk.wire.timeout": "a gateway that does not answer, stops half-way, or never comes to an end "
    "is a failure, in time; what ends in time is read",
    "sdk.wire.bom": "a byte order mark before the body is passed over, or is a failure",
    "sdk.wire.entities": "of XML with a document type nothing is fetched and no entity becomes "
    "a value: it is read without them, or is a failure",
    "sdk.retry.signature": "a call that is repeated later carries a new timestamp and signature",
    "sdk.retry.parameters": "a call that is repeated carries the same parameters",
    "sdk.retry.bounded": "a call is tried five times at most",
    "sdk.retry.safe": "a call is repeated only where that can help: "
    "never when the caller was refused, nor when it was answered, with yes or with no",
    "sdk.driver.protocol": "a driver speaks the protocol: one line for one call, and nothing else",
}

#: What a page must have for a clause to be tried; all other clauses every page can show.
PAGE_NEEDS: Mapping[str, str] = {
    "sdk.request.parameters": "parameter",
    "sdk.request.big_integer": "number in its parameters",
    "sdk.request.encoding": "free text in its parameters",
    "sdk.request.null": "optional parameter",
    "sdk.request.unaltered": "parameter that can change",
    "sdk.response.member": "member in its answer",
    "sdk.response.status": "documented code in its answer",
    "sdk.response.unknown_code": "text with codes in its answer",
    "sdk.response.absent": "member in its answer",
    "sdk.response.zero": "number or Boolean that may be zero or false in its answer",
    "sdk.response.big_integer": "number of any size in its answer",
    "sdk.response.text": "free text in its answer",
    "sdk.response.date": "date in its answer",
    "sdk.response.order": "second member in its answer",
    "sdk.response.not_success": "flag that says whether a call succeeded",
}


def sdk_clauses() -> tuple[Clause, ...]:
    """Return the clauses of an SDK, in the order of the report."""
    return unique_ids(
        Clause.of_platform(clause_id, Severity.VIOLATION, clause_id.removeprefix("sdk."), why)
        for clause_id, why in SDK_RULES.items()
    )


def _about(*paths: str) -> frozenset[str]:
    return frozenset(clause.id for clause in sdk_clauses() if clause.path in paths)


#: The clauses about what is made of an answer, and about what is sent at first; the others are
#: about what is sent again, or the driver.
ABOUT_ANSWERS = _about("response", "error_response", "wire")
ABOUT_REQUESTS = _about("request")
