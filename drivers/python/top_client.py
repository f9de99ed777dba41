"""A short reference client of the Taobao Open Platform (TOP), by the standard library alone."""

import datetime
import hashlib
import hmac
import http.client
import json
import time
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

#: TOP's clock, whatever the machine's zone.
GATEWAY_ZONE = datetime.timezone(datetime.timedelta(hours=8))
HEADERS = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8", "Connection": "close"}
#: How long an answer may be, in bytes.
MAX_LENGTH = 2**20


class TopError(Exception):
    """The gateway answered with an error_response, whose members these are."""

    def __init__(self, members):
        super().__init__("TOP answers with an error")
        self.members = members


class TopFailure(Exception):  # noqa: N818 - it is told as a failure
    """There is no answer to hand over: timeout, connection, http, parse or client."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class TopClient:
    """Calls one gateway for one app."""

    def __init__(self, gateway, app_key, app_secret, session=None):
        self.gateway = gateway
        self.app_key = app_key
        self.app_secret = app_secret
        self.session = session

    def execute(
        self, method, params, fmt="json", sign_method="md5", simplify=False, seconds=10, lists=()
    ):
        """Call a method; a parameter that is None is not sent. Nothing is tried twice.

        Returns the whole document, in XML with text for every leaf, and with lists where `lists`
        has their paths below the root. Raises TopError and TopFailure.
        """
        if fmt not in ("json", "xml"):
            raise TopFailure("client", f"unknown format {fmt}")
        sent = {name: text_of(value) for name, value in params.items() if value is not None}
        sent |= {"method": method, "app_key": self.app_key, "format": fmt, "v": "2.0"}
        sent |= {"sign_method": sign_method, "timestamp": timestamp()}
        sent |= {"session": self.session} if self.session is not None else {}
        sent |= {"simplify": "true"} if simplify else {}
        sent["sign"] = sign(sent, self.app_secret, sign_method)

        status, body = post(self.gateway, urlencode(sent), seconds)
        document, unreadable = {}, "the answer has another root"
        try:
            document = read_json(body) if fmt == "json" else read_xml(body, lists)
        except (ValueError, RecursionError, ElementTree.ParseError) as error:
            unreadable = f"the answer is not {fmt}: {error}"
        told = document.get("error_response")
        if isinstance(told, dict):  # TOP's word, whatever the status
            raise TopError(told)
        if status != 200:
            raise TopFailure("http", f"HTTP status {status}")
        root = method.removeprefix("taobao.").replace(".", "_") + "_response"
        rootless = simplify and fmt == "json" and document and "error_response" not in document
        if not (rootless or isinstance(document.get(root), dict)):
            raise TopFailure("parse", unreadable)
        return document


def text_of(value):
    """Write a parameter: an object, and a list of them, as JSON, a list of others with commas."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        return ",".join(map(text_of, value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def timestamp():
    """Return the time on TOP's clock."""
    return datetime.datetime.now(GATEWAY_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def sign(sent, secret, sign_method):
    """Sign names and raw values, in the byte order of the names."""
    text = "".join(name + sent[name] for name in sorted(sent, key=str.encode)).encode()
    key = secret.encode()
    if sign_method == "md5":
        return hashlib.md5(key + text + key, usedforsecurity=False).hexdigest().upper()
    if sign_method in ("hmac", "hmac-sha256"):
        digest = "md5" if sign_method == "hmac" else "sha256"
        return hmac.new(key, text, digest).hexdigest().upper()
    raise TopFailure("client", f"unknown sign method {sign_method}")


def post(gateway, form, seconds):
    """Send a form once and return status and body; the time limits the whole call."""
    url, due = urlsplit(gateway), time.monotonic() + seconds
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if url.scheme not in kinds:
        raise TopFailure("client", "the gateway is no address of HTTP")
    connection = kinds[url.scheme](url.hostname, url.port, timeout=seconds)
    try:
        connection.connect()
        socket = connection.sock
        connection.request("POST", url.path or "/", form, HEADERS)
        response, body = connection.getresponse(), b""
        while len(body) <= MAX_LENGTH and (piece := response.read1()):
            body += piece
            if not response.isclosed():  # with the last byte, which may close the socket
                socket.settimeout(max(due - time.monotonic(), 0.001))
        if response.length:
            raise http.client.IncompleteRead(body, response.length)
        return response.status, body
    except TimeoutError:
        raise TopFailure("timeout", "no whole answer in time") from None
    except (OSError, http.client.HTTPException) as error:
        raise TopFailure("connection", f"{type(error).__name__}: {error}") from None
    finally:
        connection.close()


def read_json(body):
    """Read an object; its integers have any size. Raises ValueError."""
    document = json.loads(body.decode("utf-8-sig"), parse_constant=refuse)
    return document if isinstance(document, dict) else refuse("no object")


def read_xml(body, lists):
    """Read a document without a DOCTYPE. Raises ValueError and ParseError."""
    parser = ElementTree.XMLParser(target=NoDoctype())  # noqa: S314 - what swells is refused
    parser.feed(body)
    root = parser.close()
    found = tree(root, lists)
    return {root.tag: {} if isinstance(found, str) and not found.strip() else found}


class NoDoctype(ElementTree.TreeBuilder):
    """Refuses what could declare entities."""

    def doctype(self, *_):
        """Be told of a DOCTYPE."""
        refuse("a document type")


def tree(element, lists, path=""):
    """Return a leaf as its text; what comes again beside itself, or is told to, makes a list."""
    same = {}
    for child in element:
        inner = tree(child, lists, f"{path}.{child.tag}".lstrip("."))
        same.setdefault(child.tag, []).append(inner)
    if path in lists:
        return same
    single = {name: values[0] if len(values) == 1 else values for name, values in same.items()}
    return single or element.text or ""


def refuse(what):
    """Raise ValueError."""
    raise ValueError(what)
