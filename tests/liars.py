"""Drivers that are wrong in one thing each, what it says in the docstring; otherwise the reference.

`HONEST` has drivers that look like one of them and do nothing wrong.
`python -m tests.liars NAME` runs one. Most can run in the process of their judge as well, see
`tests.in_process`; `PROCESSES` names those that lie about sockets, or about their process.
"""

import datetime
import os
import re
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlencode
from xml.etree import ElementTree

import urllib3

from topcheck.gateway import signing
from topcheck.gateway.client import Client, signed
from topcheck.gateway.connection import BROKEN, RESET
from topcheck.wire.exchange import Exchange, Request, Response

sys.path.insert(0, str(Path(__file__).parent.parent / "drivers" / "topcheck"))

from driver import Reference, main

LIARS, HONEST = {}, {}
#: Liars that can only lie over a socket, or as a process of their own.
PROCESSES = {"BadGzip", "ResetAsSuccess", "Hang", "Babble", "Stuck", "Flood", "EachByte",
             "LogsAddress", "LogsStart", "FetchesLater"}  # fmt: skip
#: Liars that are run as a process too: who ends it, who is late, and one of each other family.
FAMILIES = {"Crash", "Worn", "LateAnswer", "LocalTime", "RoundedAnswer", "SwallowedSubCode",
            "EndlessRetries", "FetchesEntities"}  # fmt: skip
#: Processes that `make liars` alone runs: it waits out each connection that broke. `make test` has
#: its clause from ResetAsSuccess, and a silence from Stuck.
LONG = {"Hang"}
#: Liars that are right at first, and then wrong by the number of their calls.
OF_A_ROW = {"Worn", "Stuck"}


def convicted_by(*clauses):
    """Name the clauses that convict a liar, and no other."""

    def keep(liar):
        liar.clauses = {f"sdk.{clause}" for clause in clauses}
        LIARS[liar.__name__] = liar
        return liar

    return keep


def honest(driver):
    """Keep a driver that no clause convicts."""
    driver.clauses = set()
    HONEST[driver.__name__] = driver
    return driver


# ------------------------------------------------------------------ what it sends


class Resigning(Reference):
    """A liar that changes its request before it is signed."""

    def request(self, message):
        edited = self.edited(super().request(message), message)
        return signed(edited, self.caller.app_secret)


@convicted_by("request.parameters")
class DroppedParameter(Resigning):
    """A parameter that stands alone is not sent."""

    def edited(self, request, message):
        return request.edited(checkout_id=None) if len(message["params"]) == 1 else request


@convicted_by("request.parameters")
class LostParameter(Resigning):
    """One of the parameters is never sent, whatever its value."""

    def edited(self, request, _message):
        return request.edited(checkout_id=None)


@convicted_by("request.parameters")
class LostOrder(Resigning):
    """The other of the parameters is never sent."""

    def edited(self, request, _message):
        return request.edited(biz_order_id=None)


@convicted_by("request.parameters")
class NextOrder(Reference):
    """An integer is sent as the next one, whatever its size."""

    def text(self, value):
        return str(int(value["$int"]) + 1) if isinstance(value, dict) else value


@convicted_by("request.parameters", "request.encoding")
class LostAndTrimmed(Resigning):
    """One parameter is never sent, and blanks around the other are not."""

    def edited(self, request, _message):
        value = request.value("checkout_id")
        trimmed = {} if value is None else {"checkout_id": value.strip()}
        return request.edited(biz_order_id=None, **trimmed)


@convicted_by("request.big_integer")
class RoundedParameter(Reference):
    """An integer goes through a double on its way out."""

    def text(self, value):
        return str(int(float(value["$int"]))) if isinstance(value, dict) else value


@convicted_by("request.encoding")
class AtSign(Resigning):
    """A text that begins with @ is taken for a file and left out."""

    def edited(self, request, message):
        at_sign = str(message["params"].get("checkout_id")).startswith("@")
        return request.edited(checkout_id=None) if at_sign else request


@convicted_by("request.encoding")
class UnsignedValue(Reference):
    """What is not ASCII is sent but left out of the signature."""

    def request(self, message):
        request = super().request(message)
        value = request.value("checkout_id")
        if value is None:
            return request
        plain = request.edited(checkout_id=re.sub("[^ -~]", "", value))
        return signed(plain, self.caller.app_secret).edited(checkout_id=value)


@convicted_by("request.encoding")
class TrimmedParameter(Resigning):
    """Blanks around a text are not sent."""

    def edited(self, request, _message):
        value = request.value("checkout_id")
        return request if value is None else request.edited(checkout_id=value.strip())


@convicted_by("request.encoding")
class LatinHmac(Reference):
    """By HMAC what is not Latin is signed as question marks."""

    def request(self, message):
        request = super().request(message)
        value = request.value("checkout_id") or ""
        latin = value.encode("latin-1", "replace").decode("latin-1")
        if message["sign_method"] == "md5" or latin == value:
            return request
        wrongly = signed(request.edited(checkout_id=latin), self.caller.app_secret)
        return request.edited(sign=wrongly.value("sign"))


@convicted_by("request.null")
class NullAsWord(Reference):
    """Null is sent as the word null."""

    def text(self, value):
        return "null" if value is None else super().text(value)


class Missigning(Reference):
    """A liar that signs wrongly by one method."""

    def request(self, message):
        request = super().request(message)
        return request.edited(sign="0" * 32) if message["sign_method"] == self.method else request


@convicted_by("request.sign_md5", "request.sign_hmac", "request.sign_hmac_sha256")
class WrongSecret(Reference):
    """Every signature is made with another secret."""

    def request(self, message):
        return signed(super().request(message), "other")


@convicted_by("request.sign_hmac")
class SwappedHmac(Missigning):
    """HMAC-MD5 is not what it should be."""

    method = "hmac"


@convicted_by("request.sign_hmac_sha256")
class NoSha(Missigning):
    """HMAC-SHA256 is not what it should be."""

    method = "hmac-sha256"


class LowerCase(Reference):
    """A liar that signs in lower case by some methods."""

    def request(self, message):
        request = super().request(message)
        lower = request.edited(sign=request.value("sign").lower())
        return lower if message["sign_method"] in self.methods else request


@convicted_by("request.sign_md5", "request.sign_hmac", "request.sign_hmac_sha256")
class LowerCaseAlways(LowerCase):
    """Every signature is right, and in lower case."""

    methods = ("md5", "hmac", "hmac-sha256")


@convicted_by("request.sign_hmac")
class LowerCaseHmac(LowerCase):
    """HMAC-MD5 is in lower case."""

    methods = ("hmac",)


@convicted_by("request.sign_md5")
class MixedCase(Reference):
    """An MD5 in lower case but for its first character."""

    def request(self, message):
        request = super().request(message)
        sign = request.value("sign")
        mixed = request.edited(sign=sign[:1] + sign[1:].lower())
        return mixed if message["sign_method"] == "md5" else request


@convicted_by("request.envelope", "request.sign_hmac", "request.sign_hmac_sha256")
class UnnamedMd5(Reference):
    """Whatever it is told, it signs by MD5, and says by nothing what it did."""

    def request(self, message):
        request = super().request({**message, "sign_method": "md5"})
        return signed(request.edited(sign_method=None), self.caller.app_secret)


@convicted_by("request.envelope", "request.sign_hmac", "request.sign_hmac_sha256")
class AlwaysMd5(Reference):
    """Whatever it is told, it signs by MD5, and says so."""

    def request(self, message):
        return super().request({**message, "sign_method": "md5"})


@convicted_by("request.envelope")
class UnnamedMethod(Reference):
    """It signs as it is told to, and does not say by what."""

    def request(self, message):
        request = super().request(message).edited(sign_method=None)
        sign = signing.sign(request.parameters, self.caller.app_secret, message["sign_method"])
        return request.edited(sign=sign)


@convicted_by("request.envelope")
class OwnName(Resigning):
    """The method of its signature has another name on the wire than the platform's."""

    def request(self, message):
        request = super().request(message).edited(sign_method=f"top-{message['sign_method']}")
        sign = signing.sign(request.parameters, self.caller.app_secret, message["sign_method"])
        return request.edited(sign=sign)

    def edited(self, request, _message):
        return request


@convicted_by("request.sign_hmac", "request.sign_hmac_sha256")
class Md5AsHmac(Reference):
    """It says what it was told, and signs by MD5."""

    def request(self, message):
        request = super().request(message)
        return request.edited(sign=signing.sign(request.parameters, self.caller.app_secret, "md5"))


@convicted_by("request.timestamp")
class LocalTime(Resigning):
    """The timestamp is the time of the machine."""

    def edited(self, request, _message):
        return request.edited(timestamp=self.clock().astimezone().strftime("%Y-%m-%d %H:%M:%S"))


@convicted_by("request.timestamp")
class StoppedClock(Resigning):
    """The timestamp is taken once for all calls."""

    taken = None

    def edited(self, request, _message):
        self.taken = self.taken or request.value("timestamp")
        return request.edited(timestamp=self.taken)


@convicted_by("request.format")
class DefaultFormat(Resigning):
    """JSON is read but not asked for."""

    def edited(self, request, message):
        return request.edited(format=None) if message["format"] == "json" else request


@convicted_by("request.format")
class AlwaysJson(Reference):
    """JSON is asked for, and read, whatever its caller wants."""

    def call(self, message):
        return super().call({**message, "format": "json"})


@convicted_by("request.format")
class NeverAsks(Resigning):
    """No format is asked for, and what then comes is read as XML."""

    def edited(self, request, _message):
        return request.edited(format=None)

    def read(self, response, message):
        return super().read(response, {**message, "format": "xml"})


@convicted_by("request.envelope")
class OldVersion(Resigning):
    """It says that it speaks version 1.0."""

    def edited(self, request, _message):
        return request.edited(v="1.0")


@convicted_by("request.undocumented")
class Tracking(Resigning):
    """A parameter that nobody documents goes along."""

    def edited(self, request, _message):
        return request.edited(client_id="7")


@convicted_by("request.unique")
class Twice(Resigning):
    """The version is sent in the query as well as in the form."""

    def edited(self, request, _message):
        return replace(request, query=(("v", "2.0"),))


@honest
class SessionInUrl(Resigning):
    """The session stands in the query of the gateway's own URL: the gate advises against it."""

    def edited(self, request, _message):
        session = tuple(pair for pair in request.form if pair[0] == "session")
        return replace(request.edited(session=None), query=session)


@convicted_by("request.secret")
class SecretSent(Resigning):
    """The secret goes along, as a partner's id."""

    def edited(self, request, _message):
        return request.edited(partner_id=self.caller.app_secret)


@convicted_by("request.secret")
class LogsAddress(Reference):
    """The address that it calls is logged, with the session in it."""

    def send(self, request, message):
        sys.stderr.write(f"POST {self.gateway}?{urlencode(request.query + request.form)}\n")
        return super().send(request, message)


@honest
class LogsStart(Reference):
    """The driver itself writes down all that it is told, and no more."""

    def start(self, message):
        sys.stderr.write(f"{message}\n")
        return super().start(message)

    def call(self, message):
        sys.stderr.write(f"{message}\n")
        return super().call(message)


@convicted_by("request.session")
class NoSession(Resigning):
    """A session is not sent."""

    def edited(self, request, _message):
        return request.edited(session=None)


class Unsigning(Reference):
    """A liar that leaves a parameter out of the signature."""

    def request(self, message):
        request = super().request(message)
        plain = signed(request.edited(**{self.name: None}), self.caller.app_secret)
        return plain.edited(**{self.name: request.value(self.name)})


@convicted_by("request.session")
class UnsignedSession(Unsigning):
    """A session is sent but left out of the signature."""

    name = "session"


@convicted_by("request.simplify")
class UnsignedSimplify(Unsigning):
    """simplify is sent but left out of the signature."""

    name = "simplify"


@convicted_by("request.format")
class UnsignedXml(Unsigning):
    """The format is left out of the signature where it is XML."""

    name = "format"

    def request(self, message):
        unsigned = message["format"] == "xml"
        return super().request(message) if unsigned else Reference.request(self, message)


@convicted_by("request.simplify")
class AlwaysSimple(Resigning):
    """simplify is asked for whenever the format is JSON."""

    def edited(self, request, message):
        return request.edited(simplify="true") if message["format"] == "json" else request


@convicted_by("request.unaltered", "request.parameters", "request.null")
class Sticky(Resigning):
    """What was sent once is sent again unless it is replaced."""

    sent = {}  # noqa: RUF012 - that is the bug

    def params(self, message):
        self.sent.update(super().params(message))
        return dict(self.sent)

    def edited(self, request, _message):
        return request


# ------------------------------------------------------------------ what it hands over


class Changing(Reference):
    """A liar that changes a success before it hands it over."""

    def read(self, response, message):
        reply = super().read(response, message)
        if reply["outcome"] == "response":
            reply["body"] = self.changed(reply["body"], message)
        return reply

    def changed(self, body, message):
        if not isinstance(body, dict) or "$int" in body:
            return body
        return {
            name: self.changed(value, message)
            for name, value in body.items()
            if self.keeps(name, value)
        }

    def keeps(self, _name, _value):
        return True


@convicted_by("response.member", "response.date")
class ForgottenMember(Changing):
    """A member of the page has no field in its classes."""

    def keeps(self, name, _value):
        return name != "paid_time"


@convicted_by("response.status")
class ForgottenCode(Changing):
    """One of the documented codes is not in its enumeration."""

    def keeps(self, _name, value):
        return value != "CANCELED"


@convicted_by("response.unknown_code")
class ClosedEnumeration(Changing):
    """A code that it does not know is handed over as nothing."""

    def keeps(self, _name, value):
        return value != "REFUNDED_0"


@convicted_by("response.absent")
class Defaulted(Changing):
    """A fee that is absent is handed over as zero."""

    def changed(self, body, message):
        body = super().changed(body, message)
        if isinstance(body, dict) and "checkout_status" in body:
            body.setdefault("paid_fee", {"$int": "0"})
        return body


@convicted_by("response.zero")
class DroppedZero(Changing):
    """A number that is zero is taken for none."""

    def keeps(self, name, value):
        return not (name == "paid_fee" and value in ({"$int": "0"}, "0"))


@convicted_by("response.zero")
class DefaultedFalse(Changing):
    """An outcome of the business that is false is handed over as true."""

    def changed(self, body, message):
        body = super().changed(body, message)
        if isinstance(body, dict) and {"checkout_status", "success"} <= body.keys():
            body["success"] = "true" if message["format"] == "xml" else True
        return body


@convicted_by("response.big_integer")
class RoundedAnswer(Changing):
    """A number goes through a double on its way in."""

    def changed(self, body, message):
        if isinstance(body, dict) and "$int" in body:
            return {"$int": str(int(float(body["$int"])))}
        body = super().changed(body, message)
        if isinstance(body, dict) and isinstance(body.get("paid_fee"), str):
            body["paid_fee"] = str(int(float(body["paid_fee"])))
        return body


@convicted_by("response.big_integer")
class TypeBySize(Changing):
    """A number that is large becomes a text."""

    def changed(self, body, message):
        if isinstance(body, dict) and len(body.get("$int", "")) > 15:
            return body["$int"]
        return super().changed(body, message)


@convicted_by("response.text")
class NoAstral(Changing):
    """A character beyond the first plane becomes a question mark."""

    def changed(self, body, message):
        if isinstance(body, str):
            return re.sub("[\U00010000-\U0010ffff]", "?", body)
        return super().changed(body, message)


@convicted_by("response.text")
class TrimmedText(Changing):
    """Blanks around a text are not handed over."""

    def changed(self, body, message):
        return body.strip() if isinstance(body, str) else super().changed(body, message)


@convicted_by("response.text")
class NumberedText(Changing):
    """An id that is a text of digits goes through a double."""

    def changed(self, body, message):
        body = super().changed(body, message)
        number = str(body.get("out_biz_id", "")) if isinstance(body, dict) else ""
        return {**body, "out_biz_id": str(int(float(number)))} if number.isdecimal() else body


@convicted_by("response.date")
class LocalDate(Changing):
    """A date is taken for one of China, and handed over in the zone of the machine."""

    def changed(self, body, message):
        body = super().changed(body, message)
        if isinstance(body, dict) and "paid_time" in body:
            in_china = datetime.datetime.fromisoformat(f"{body['paid_time']}+08:00")
            body["paid_time"] = in_china.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        return body


@convicted_by("response.date")
class DateOfTheMachine(Changing):
    """A date is taken for one of the machine's zone, where an hour of spring is not."""

    def changed(self, body, message):
        body = super().changed(body, message)
        if isinstance(body, dict) and "paid_time" in body:
            moment = datetime.datetime.fromisoformat(body["paid_time"]).timestamp()
            body["paid_time"] = str(datetime.datetime.fromtimestamp(int(moment)))
        return body


@convicted_by("response.type")
class AllText(Changing):
    """Every number is handed over as text."""

    def changed(self, body, message):
        if isinstance(body, dict) and "$int" in body:
            return body["$int"]
        return super().changed(body, message)


class RawText(Reference):
    """A liar that hands the text of an answer over in some formats."""

    formats = ("json", "xml")

    def read(self, response, message):
        reply = super().read(response, message)
        if reply["outcome"] == "response" and message["format"] in self.formats:
            reply["body"] = response.body.decode("utf-8-sig")
        return reply


@convicted_by("response.type")
class TextOfXml(RawText):
    """Of XML the text is handed over, of JSON the members."""

    formats = ("xml",)


@convicted_by("response.type")
class TextOfJson(RawText):
    """Of JSON the text is handed over, of XML the members."""

    formats = ("json",)


def result_of(document):
    """Return the result of a document, whose root simplify takes away; nothing if it has none."""
    return document.get("result") or next(iter(document.values())).get("result") or {}


class Sparse(Reference):
    """A liar that hands null over where something is missing from a success."""

    def read(self, response, message):
        reply = super().read(response, message)
        if reply["outcome"] == "response" and self.misses(result_of(reply["body"])):
            reply["body"] = None
        return reply


@convicted_by("response.member")
class NullWithoutModel(Sparse):
    """Where a success has no model, nothing of it is handed over."""

    def misses(self, result):
        return "model" not in result and result.get("success") in (True, "true")


@convicted_by("response.member")
class NullOfAnEmptyModel(Sparse):
    """Where the model is there and empty, nothing is handed over."""

    def misses(self, result):
        return result.get("model") in ({}, "")


@convicted_by("response.member")
class NullWithoutTheFirst(Sparse):
    """Where the first member of the model is missing, nothing is handed over."""

    def misses(self, result):
        model = result.get("model")
        return bool(model) and "checkout_id" not in model


@convicted_by("response.member")
class NullOfOneMember(Sparse):
    """Where a model has one member only, nothing is handed over."""

    def misses(self, result):
        return len(result.get("model") or ()) == 1


@convicted_by("response.unknown_member")
class StrictReader(Changing):
    """An object with a member that it does not know is handed over empty."""

    def changed(self, body, message):
        known = isinstance(body, dict) and "ext_info" in body
        return {} if known else super().changed(body, message)


@convicted_by("response.order")
class FixedOrder(Changing):
    """A result whose first member is not the model is not read."""

    def changed(self, body, message):
        body = super().changed(body, message)
        if isinstance(body, dict) and "msg_info" in body and "model" in list(body)[1:]:
            del body["model"]
        return body


@convicted_by("response.spelling")
class NoEscapes(Reference):
    r"""An answer with a \\u escape in it is not read."""

    def read(self, response, message):
        if b"\\u" in response.body:
            return self.failure(response, "an escape")
        return super().read(response, message)


@convicted_by("response.comment")
class NoComment(Reference):
    """A comment behind the root is taken for a second root."""

    def read(self, response, message):
        if response.body.rstrip().endswith(b"-->") and b"result" in response.body:
            return self.failure(response, "a second root")
        return super().read(response, message)


@convicted_by("response.request_id")
class NoRequestId(Changing):
    """The request_id of a success is dropped."""

    def keeps(self, name, _value):
        return name != "request_id"


@convicted_by("response.simplify")
class RootOnly(Reference):
    """An answer without its root is not read."""

    def read(self, response, message):
        return super().read(response, {**message, "simplify": False})


@convicted_by("response.not_success", "response.zero")
class AlwaysSuccess(Changing):
    """Whatever comes is handed over as having succeeded."""

    def changed(self, body, message):
        body = super().changed(body, message)
        if isinstance(body, dict) and "success" in body:
            body["success"] = True
        return body


# ------------------------------------------------------------------ what it makes of errors


class Altering(Reference):
    """A liar that changes what it tells of an error."""

    member = None

    def read(self, response, message):
        reply = super().read(response, message)
        return self.altered(reply) if reply["outcome"] == "error_response" else reply

    def altered(self, reply):
        return {name: value for name, value in reply.items() if name != self.member}


@convicted_by("error_response.as_success")
class ErrorAsSuccess(Altering):
    """An error is handed over as a success with nothing in it."""

    def altered(self, _reply):
        return {"outcome": "response", "body": {}}


@convicted_by("error_response.as_success")
class SimplifiedError(Reference):
    """With simplify an error is handed over as a success."""

    def read(self, response, message):
        reply = super().read(response, message)
        error = message["simplify"] and reply["outcome"] == "error_response"
        return {"outcome": "response", "body": {}} if error else reply


@convicted_by("error_response.code")
class EightBits(Altering):
    """A code is cut to eight bits."""

    def altered(self, reply):
        return {**reply, "code": {"$int": str(int(self.text(reply["code"])) % 256)}}


@convicted_by("error_response.msg")
class SwallowedMsg(Altering):
    """The msg is dropped."""

    member = "msg"


@convicted_by("error_response.sub_code")
class SwallowedSubCode(Altering):
    """The sub_code is dropped."""

    member = "sub_code"


@convicted_by("error_response.sub_code")
class TidySubCode(Altering):
    """A sub_code is handed over without blanks around it, in lower case."""

    def altered(self, reply):
        return {**reply, "sub_code": reply.get("sub_code", "").strip().lower()}


@convicted_by("error_response.sub_msg")
class SwallowedSubMsg(Altering):
    """The sub_msg is dropped."""

    member = "sub_msg"


@convicted_by("error_response.request_id")
class SwallowedRequestId(Altering):
    """The request_id of an error is dropped."""

    member = "request_id"


class Refusing(Reference):
    """A liar that cannot read some errors."""

    def read(self, response, message):
        refused = b"error_response" in response.body and self.refuses(response.body)
        return self.failure(response, "?") if refused else super().read(response, message)


@convicted_by("error_response.code")
class CodeFirst(Refusing):
    """An error whose first member is another than its code is not read."""

    def refuses(self, body):
        return not re.search(rb"error_response\W*code", body)


@convicted_by("error_response.code")
class StrictErrors(Refusing):
    """An error with a member that it does not know is not read."""

    def refuses(self, body):
        return b"ext_info" in body


@convicted_by("error_response.code")
class ErrorWithoutComment(Refusing):
    """A comment behind an error is taken for a second root."""

    def refuses(self, body):
        return body.rstrip().endswith(b"-->")


@convicted_by("error_response.sub_code")
class ErrorWithoutCdata(Reference):
    """A sub_code in CDATA is taken for none."""

    def read(self, response, message):
        reply = super().read(response, message)
        return {**reply, "sub_code": ""} if b"<![CDATA[isv" in response.body else reply


# ------------------------------------------------------------------ what it survives


class Trusting(Reference):
    """A liar that hands an empty success over for what is none."""

    def read(self, response, message):
        if self.trusts(response):
            return {"outcome": "response", "body": {}}
        return super().read(response, message)


@convicted_by("wire.empty")
class EmptyAsSuccess(Trusting):
    """An empty body is an empty success."""

    def trusts(self, response):
        return not response.body and response.status == 200


@convicted_by("wire.stale")
class StaleAnswer(Reference):
    """An empty body is answered with the success before it."""

    last = None

    def read(self, response, message):
        if not response.body and response.status == 200 and self.last:
            return self.last
        reply = super().read(response, message)
        if reply["outcome"] == "response":
            self.last = reply
        return reply


@convicted_by("wire.stale")
class LateAnswer(Reference):
    """After a call that timed out, an answer as long as the one before is taken for that one."""

    last, late = (0, None), False

    def read(self, response, message):
        reply, length = super().read(response, message), len(response.body)
        if reply["outcome"] != "response":
            return reply
        if self.late and self.last[0] == length:
            return self.last[1]
        self.last = length, reply
        return reply

    def call(self, message):
        reply = super().call(message)
        self.late = reply.get("kind") == "timeout"
        return reply


@convicted_by("wire.stale")
class Postponed(Reference):
    """After a call that timed out the next is answered with the success before it."""

    last, late = None, False

    def call(self, message):
        reply = super().call(message)
        if self.late and self.last:
            reply, self.late = self.last, False
        elif reply["outcome"] == "response":
            self.last = reply
        self.late |= reply.get("kind") == "timeout"
        return reply


@convicted_by("wire.html")
class HtmlAsSuccess(Trusting):
    """A page of HTML is an empty success."""

    def trusts(self, response):
        return response.status == 200 and b"<html" in response.body


@convicted_by("wire.html")
class HtmlOfAProxy(Trusting):
    """A page of HTML with another status is an empty success."""

    def trusts(self, response):
        return response.status in (404, 502) and b"<html" in response.body


@convicted_by("wire.unknown_root")
class AnyRoot(Trusting):
    """Any other root is an empty success."""

    def trusts(self, response):
        return b"other_response" in response.body


@convicted_by("wire.other_format")
class OtherFormat(Reference):
    """XML where JSON was asked for is an empty success."""

    def read(self, response, message):
        if message["format"] == "json" and response.body.startswith(b"<?xml"):
            return {"outcome": "response", "body": {}}
        return super().read(response, message)


@convicted_by("wire.content_type")
class ByContentType(Trusting):
    """What is declared as text is an empty success."""

    def trusts(self, response):
        plain = (response.header("Content-Type") or "").startswith("text/plain")
        return plain and b"<html" not in response.body


@convicted_by("wire.http_500")
class BlamesTheCaller(Reference):
    """HTTP 500 is the caller's mistake."""

    def failure(self, response, words):
        found = super().failure(response, words)
        return {**found, "kind": "client"} if response.status == 500 else found


@convicted_by("wire.http_500")
class ThrowsAt500(Reference):
    """HTTP 500 raises what nobody catches."""

    def read(self, response, message):
        reply = super().read(response, message)
        return {"outcome": "failure", "kind": "http", "uncaught": True} if (
            response.status == 500) else reply  # fmt: skip


class Following(Reference):
    """A liar that follows redirects."""

    def send(self, request, message):
        exchange = super().send(request, message)
        for _ in range(self.most):
            place = exchange.response and exchange.response.header("Location")
            if not place:
                break
            gateway, self.gateway = self.gateway, place
            exchange = super().send(request, message)
            self.gateway = gateway
        return exchange


@convicted_by("wire.redirect")
class FollowsOnce(Following):
    """A redirect is followed wherever it leads."""

    most = 1


@convicted_by("wire.redirect")
class FollowsOften(Following):
    """Redirects at the same origin are followed nine times."""

    most = 9

    def send(self, request, message):
        exchange = Reference.send(self, request, message)
        here = exchange.response and exchange.response.header("Location") == self.gateway
        return super().send(request, message) if here else exchange


@convicted_by("wire.redirect")
class FollowsLate(FollowsOften):
    """Redirects are followed nine times, and in any call but the first with a rest at the end."""

    calls = 0
    rest = staticmethod(time.sleep)

    def send(self, request, message):
        self.calls += 1
        exchange = super().send(request, message)
        if self.calls > 1 and exchange.response and exchange.response.header("Location"):
            self.rest(1)
        return exchange


@convicted_by("wire.redirect")
class FollowsForEver(FollowsOften):
    """Redirects at the same origin are followed without end."""

    most = 10**6


@convicted_by("wire.truncated")
class HalfABody(Trusting):
    """Half a document is an empty success."""

    def trusts(self, response):
        whole = response.body.rstrip()[-1:] in (b"}", b">", b"")
        return response.body.lstrip().startswith((b'{"ali', b"<?xml")) and not whole


class Wired(Reference):
    """A liar in the client's connection."""

    def send(self, request, message):
        with Client(self.gateway, message["timeout_ms"] / 1000) as client:
            client._pool.urlopen = partial(self.urlopen, client._pool.urlopen)
            return client.send(request)


@convicted_by("wire.gzip")
class BadGzip(Wired):
    """It asks for gzip and cannot read it."""

    def urlopen(self, urlopen, *arguments, headers, **options):
        return urlopen(*arguments, headers={**headers, "Accept-Encoding": "gzip"}, **options)


@convicted_by("wire.reset")
class ResetAsSuccess(Wired):
    """A connection that breaks before anything came is an empty success."""

    broke = False

    def urlopen(self, urlopen, *arguments, **options):
        try:
            return urlopen(*arguments, **options)
        except urllib3.exceptions.ProtocolError as error:
            self.broke = isinstance(error.__cause__, ConnectionError)
            raise

    def call(self, message):
        self.broke = False
        reply = super().call(message)
        return {"outcome": "response", "body": {}} if self.broke else reply


@convicted_by("wire.timeout")
class NoTimeout(Reference):
    """It waits as long as it takes."""

    def send(self, request, message):
        return super().send(request, {**message, "timeout_ms": 60000})


@convicted_by("wire.timeout")
class EachByte(Reference):
    """Its timeout counts from byte to byte."""

    def send(self, request, message):
        at, pool = self.clock(), urllib3.PoolManager(timeout=message["timeout_ms"] / 1000)
        options = {"encode_multipart": False, "redirect": False, "retries": False}
        try:
            found = pool.request_encode_body("POST", self.gateway, dict(request.form), **options)
        except urllib3.exceptions.HTTPError as error:
            return Exchange(request, None, at, 0.0, f"not in time: {error!r}")
        response = Response(found.status, tuple(found.headers.items()), found.data)
        return Exchange(request, response, at, 0.0)


@convicted_by("wire.timeout")
class Impatient(Reference):
    """It waits for a third of its time only."""

    def send(self, request, message):
        return super().send(request, {**message, "timeout_ms": message["timeout_ms"] / 3})


@convicted_by("wire.bom")
class MarkAsEmpty(Trusting):
    """A byte order mark makes an answer an empty success."""

    def trusts(self, response):
        return response.body.startswith(b"\xef\xbb\xbf")


class Doctype(Reference):
    """A liar that goes wrong at a document type."""

    def read(self, response, message):
        if b"<!DOCTYPE" in response.body and b"<html" not in response.body:
            return self.typed(response, message)
        return super().read(response, message)

    def without(self, response, message):
        """Read an answer without its document type, and without what stands for an entity."""
        body = re.sub(rb"<!DOCTYPE[^\[>]*(\[.*?\])?>", b"", response.body, flags=re.S)
        plain = replace(response, body=re.sub(rb"&\w+;", b"", body))
        return super().read(plain, message)


@convicted_by("wire.entities")
class ExpandsEntities(Doctype):
    """Entities that an answer declares are put into its values: what expat does unless told."""

    def typed(self, response, message):
        try:
            root = ElementTree.fromstring(response.body)
        except ElementTree.ParseError:
            return self.failure(response, "an entity")
        plain = replace(response, body=ElementTree.tostring(root))
        return Reference.read(self, plain, message)


@convicted_by("wire.entities")
class ExpandsInErrors(ExpandsEntities):
    """Entities are put into the values of an error; of a success they are left out."""

    def typed(self, response, message):
        expands = super().typed if b"<error_response" in response.body else self.without
        return expands(response, message)


class Fetching(Doctype):
    """A liar that asks for what an answer points at, and reads the answer without it."""

    def typed(self, response, message):
        if found := re.search(self.pattern, response.body):
            self.fetch(found[1].decode())
        return self.without(response, message)

    def fetch(self, url):
        with self.connect(url, 1) as client:
            client.send(Request("GET", (), ()))


@convicted_by("wire.entities")
class FetchesEntities(Fetching):
    """An entity that stands at an address is fetched."""

    pattern = rb'<!ENTITY \w+ SYSTEM "(http[^"]+)'


@convicted_by("wire.entities")
class FetchesParameters(Fetching):
    """A parameter entity that stands at an address is fetched."""

    pattern = rb'<!ENTITY % \w+ SYSTEM "(http[^"]+)'


@convicted_by("wire.entities")
class FetchesTheDtd(Fetching):
    """A document type that stands at an address is fetched."""

    pattern = rb'<!DOCTYPE \w+ SYSTEM "(http[^"]+)'


@convicted_by("wire.entities")
class FetchesLater(FetchesTheDtd):
    """A document type is fetched in a thread, after its answer was handed over."""

    def fetch(self, url):
        threading.Timer(0.05, super().fetch, [url]).start()


@convicted_by("wire.entities")
class ReadsFiles(Fetching):
    """An entity that stands in a file of the machine is put into a value."""

    def typed(self, response, message):
        if found := re.search(rb'SYSTEM "file://([^"]+)', response.body):
            inner = b"<![CDATA[%b]]>" % Path(unquote(found[1].decode())).read_bytes()
            response = replace(response, body=re.sub(rb"&\w+;", lambda _: inner, response.body))
        return self.without(response, message)


@convicted_by("wire.entities")
class EndsAtABomb(Doctype):
    """Entities within entities end the process."""

    end = staticmethod(os._exit)

    def typed(self, response, message):
        if response.body.count(b"<!ENTITY") > 1:
            self.end(3)
        return super().read(response, message)


@convicted_by("wire.entities")
class HangsAtABomb(EndsAtABomb):
    """Entities within entities are read for ever."""

    rest = staticmethod(time.sleep)

    def end(self, _code):
        self.rest(60)


@convicted_by("wire.entities")
class ThrowsAtADoctype(Doctype):
    """A document type raises what nobody catches."""

    def typed(self, response, _message):
        return {**self.failure(response, "a DOCTYPE"), "uncaught": True}


@convicted_by("wire.reset")
class Hang(ResetAsSuccess):
    """A connection that is reset is waited for."""

    def call(self, message):
        reply = super().call(message)
        if self.broke:
            time.sleep(60)
        return reply


@convicted_by("wire.html")
class Crash(Reference):
    """A page of HTML ends the process."""

    end = staticmethod(os._exit)

    def read(self, response, message):
        if response.status == 200 and b"<html" in response.body:
            self.end(3)
        return super().read(response, message)


# ------------------------------------------------------------------ when it asks again


class Retrying(Reference):
    """A liar that asks again."""

    def send(self, request, message):
        exchange = super().send(request, message)
        for _ in range(self.most):
            if exchange.response is None or not self.again(exchange.response.body):
                break
            exchange = super().send(request, message)
        return exchange


@convicted_by("retry.safe")
class InvalidSession(Retrying):
    """After a session that is invalid the same is asked again."""

    most = 1

    def again(self, body):
        return b'"code":27' in body.replace(b" ", b"")


@convicted_by("retry.signature")
class OldSignature(Retrying):
    """What failed at the provider is sent again as it was."""

    most = 1

    def again(self, body):
        return b"isp." in body


class Repeating(Reference):
    """A driver that asks again, as it did or signed anew, after a rest, where `again` says so."""

    most, pause, fresh = 1, 0, False
    rest = staticmethod(time.sleep)

    def send(self, request, message):
        exchange = super().send(request, message)
        for _ in range(self.most):
            if not self.again(exchange):
                break
            self.rest(self.pause)
            again = self.request(message) if self.fresh else request
            exchange = super().send(again, message)
        return exchange


def in_vain(exchange):
    """Whether no answer came, or one that another call may mend."""
    response = exchange.response
    return response is None or not response.body or response.status >= 500 or (
        b"isp." in response.body)  # fmt: skip


def repeats_old_bytes(name, told, again):
    """Make a liar that sends the same bytes again where an exchange is such."""
    kind = type(name, (Repeating,), {"again": staticmethod(again), "__doc__": told})
    convicted_by("retry.signature")(kind)


repeats_old_bytes(
    "OldAfterTimeout", "After a timeout the same bytes are sent again.",
    lambda exchange: exchange.response is None and "in time" in exchange.failure,
)  # fmt: skip
repeats_old_bytes(
    "OldAfterReset", "After a connection that broke the same bytes are sent again.",
    lambda exchange: exchange.response is None and exchange.failure in (BROKEN, RESET),
)  # fmt: skip
repeats_old_bytes(
    "OldAfterEmpty", "After an empty body the same bytes are sent again.",
    lambda exchange: exchange.response is not None and exchange.response.status == 200
    and not exchange.response.body,
)  # fmt: skip
repeats_old_bytes(
    "OldAfter500", "After HTTP 500 without a body the same bytes are sent again.",
    lambda exchange: exchange.response is not None and exchange.response.status == 500
    and not exchange.response.body,
)  # fmt: skip
repeats_old_bytes(
    "OldAfterProxy", "After a page of a proxy the same bytes are sent again.",
    lambda exchange: exchange.response is not None and exchange.response.status == 502,
)  # fmt: skip
repeats_old_bytes(
    "OldAfterStamp", "After a refused timestamp the same bytes are sent again.",
    lambda exchange: exchange.response is not None
    and b"Invalid timestamp" in exchange.response.body,
)  # fmt: skip


@convicted_by("retry.signature")
class OldInABurst(Repeating):
    """After an error under HTTP 500 the same is sent four times, less than a second apart."""

    most, pause = 4, 0.4

    def again(self, exchange):
        return exchange.response and exchange.response.status == 500 and exchange.response.body


@convicted_by("retry.signature")
class LowerCaseAgain(Repeating):
    """What came to nothing is asked again, and signed in lower case."""

    fresh, tries = True, 0

    def again(self, exchange):
        return exchange.response and exchange.response.status >= 500

    def call(self, message):
        self.tries = 0
        return super().call(message)

    def request(self, message):
        request, self.tries = super().request(message), self.tries + 1
        return request.edited(sign=request.value("sign").lower()) if self.tries > 1 else request


@honest
class NewSecond(Repeating):
    """What came to nothing is asked again three times, signed anew, two seconds later."""

    most, pause, fresh = 3, 2, True
    again = staticmethod(in_vain)


@honest
class AtOnce(Repeating):
    """What came to nothing is asked again four times at once, signed anew."""

    most, fresh = 4, True
    again = staticmethod(in_vain)


@convicted_by("retry.bounded")
class SixTries(AtOnce):
    """What came to nothing is asked again five times."""

    most = 5


@convicted_by("retry.parameters")
class ForgetfulAfterTimeout(Repeating):
    """After a timeout the order's own number is not sent again."""

    fresh = True

    def again(self, exchange):
        self.late = exchange.response is None and "in time" in exchange.failure
        return self.late

    def call(self, message):
        self.late = False
        return super().call(message)

    def params(self, message):
        found = super().params(message)
        return {k: v for k, v in found.items() if k != "biz_order_id"} if self.late else found


class Insisting(Repeating):
    """A liar that asks again, signed anew, where it was answered."""

    fresh = True

    def again(self, exchange):
        return exchange.response is not None and self.answered(exchange.response.body)


@convicted_by("retry.safe")
class AsksTwice(Insisting):
    """After a success the same is asked again."""

    def answered(self, body):
        return b"SUCCEEDED" in body


@convicted_by("retry.safe")
class AsksAfterNo(Insisting):
    """After an answer that says no the same is asked again."""

    def answered(self, body):
        return b"_response" in body and b"model" not in body and b"false" in body


@convicted_by("retry.safe")
class AsksAfterNoOfTheBusiness(Insisting):
    """Where the business says no, and the call succeeded, the same is asked again."""

    def answered(self, body):
        return b"model" in body and re.search(rb'success"?\W+false', body) is not None


@convicted_by("retry.safe")
class PollsByItself(Insisting):
    """What is not decided yet is asked again."""

    most = 3

    def answered(self, body):
        return b"INIT" in body


@convicted_by("retry.signature")
class HalfSigned(Reference):
    """What failed at the provider is asked again with a new timestamp and the old signature."""

    def send(self, request, message):
        exchange = super().send(request, message)
        if exchange.response and b"isp." in exchange.response.body:
            fresh = self.request(message).edited(sign=request.value("sign"), partner_id="again")
            exchange = super().send(fresh, message)
        return exchange


@convicted_by("retry.parameters")
class ForgetfulRetry(Reference):
    """What failed at the provider is asked again without the order's own number."""

    def send(self, request, message):
        exchange = super().send(request, message)
        if exchange.response and b"isp." in exchange.response.body:
            params = {"checkout_id": message["params"]["checkout_id"]}
            exchange = super().send(self.request({**message, "params": params}), message)
        return exchange


@convicted_by("retry.bounded")
class EndlessRetries(Retrying):
    """What failed at the provider is asked again, signed anew, for ever."""

    most = 10**6

    def again(self, body):
        return b"isp." in body

    def send(self, request, message):
        exchange = Reference.send(self, request, message)
        while exchange.response and self.again(exchange.response.body):
            exchange = Reference.send(self, self.request(message), message)
        return exchange


@convicted_by("retry.safe")
class AsksTheRefuser(Retrying):
    """Who refused the caller is asked again."""

    most = 1

    def again(self, body):
        return b"isv." in body


# ------------------------------------------------------------------ the driver itself


@convicted_by("driver.protocol")
class Babble(Reference):
    """A log line goes to the output whenever an error comes."""

    def call(self, message):
        reply = super().call(message)
        if reply["outcome"] == "error_response":
            os.write(3, b"ERROR: the gateway refused\n")
        return reply


@convicted_by("driver.protocol")
class Worn(Reference):
    """Its process ends at its twelfth call, whatever that is about."""

    calls = 0
    end = staticmethod(os._exit)

    def call(self, message):
        self.calls += 1
        if self.calls == 12:
            self.end(3)
        return super().call(message)


@convicted_by("driver.protocol")
class Stuck(Reference):
    """Its fortieth call has no outcome, whatever it is about."""

    calls = 0

    def call(self, message):
        self.calls += 1
        if self.calls == 40:
            time.sleep(60)
        return super().call(message)


@convicted_by("driver.protocol")
class Flood(Reference):
    """An error is answered with a gigabyte, and no end of line."""

    def call(self, message):
        reply = super().call(message)
        if reply["outcome"] == "error_response":
            for _ in range(1024):
                os.write(3, b"x" * 2**20)
        return reply


@convicted_by("driver.protocol")
class WrongNumber(Reference):
    """The reply to an error carries the number of another call."""

    def call(self, message):
        reply = super().call(message)
        return {**reply, "seq": 0} if reply["outcome"] == "error_response" else reply


@convicted_by("driver.protocol")
class PlainWords(Reference):
    """An outcome has a name that the protocol does not know."""

    def call(self, message):
        reply = super().call(message)
        return {**reply, "outcome": "error"} if reply["outcome"] == "failure" else reply


if __name__ == "__main__":
    main({**LIARS, **HONEST}[sys.argv[1]]())
