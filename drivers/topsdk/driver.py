"""Driver for topsdk, the Python SDK with a class for each method (imported as `top`).

It has none for this method, so `call` makes one, as its users do: a `RestApi` that knows its name;
the parameters are set on it as attributes. json and md5 are fixed in the SDK, and so is plain http;
`simplify` is unknown to it.
"""

import json
import math
import os
import re
import sys
from http.client import HTTPException, IncompleteRead
from importlib.metadata import version
from urllib.parse import urlsplit

# Only the protocol may write to stdout: what anything else prints goes to stderr.
LINES = os.fdopen(os.dup(1), "w", encoding="ascii")
os.dup2(2, 1)

import top
from top.api.base import RequestException, RestApi, TopException

PATH = "/router/rest"
SDK = {"name": "topsdk", "version": version("topsdk"), "language": "Python"}
CAN = {"formats": ["json"], "sign_methods": ["md5"], "simplify": False, "session": True}

#: The SDK's error by the names of TOP.
MEMBERS = {"code": "errorcode", "msg": "message", "sub_code": "subcode", "sub_msg": "submsg"}

#: What is no answer of TOP's: the SDK's own, then what it lets through of the standard library.
KINDS = (
    (RequestException, "http"),
    (TimeoutError, "timeout"),
    (OSError, "connection"),
    (IncompleteRead, "connection"),
    (HTTPException, "http"),
)


def start(command):
    """Return where each call goes and for whom: the SDK's client is the request itself."""
    gateway = urlsplit(command["gateway"])
    if command["protocol"] != 1 or (gateway.scheme, gateway.path) != ("http", PATH):
        raise ValueError("topsdk calls http and /router/rest, and this driver speaks protocol 1")
    top.setDefaultAppInfo(command["app_key"], command["app_secret"])
    return gateway.hostname, gateway.port or 80, command["session"]


def call(client, command):
    """Make one call, and tell what came of it."""
    if command["format"] not in CAN["formats"] or command["sign_method"] not in CAN["sign_methods"]:
        return {"outcome": "failure", "kind": "client", "message": "not supported"}

    class Request(RestApi):
        def getapiname(self):
            return command["method"]

    domain, port, session = client
    request = Request(domain, port)
    for name, value in command["params"].items():
        setattr(request, name, decoded(value))
    try:
        body = request.getResponse(session, timeout=command["timeout_ms"] / 1000)
        return {"outcome": "response", "body": encoded(body)}
    except TopException as error:
        given = {ours: getattr(error, its) for ours, its in MEMBERS.items()}
        given = {name: value for name, value in given.items() if value is not None}
        if "code" not in given:
            return failure(error, "parse")
        return {"outcome": "error_response", **encoded(given)}
    except tuple(known for known, _ in KINDS) as error:
        return failure(error, next(kind for known, kind in KINDS if isinstance(error, known)))
    except Exception as error:
        kind = "parse" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else "client"
        return failure(error, kind, uncaught=True)


def failure(error, kind, uncaught=False):
    """Tell of an exception, in one line and without addresses."""
    text = re.sub(r"\S*(://|\?)\S*", "…", " ".join(str(error).split()))[:100]
    message = f"{type(error).__name__}: {text}"
    return {"outcome": "failure", "kind": kind, "message": message, "uncaught": uncaught}


def decoded(value):
    """Return a parameter as the caller of an untyped SDK has it."""
    return int(value["$int"]) if isinstance(value, dict) and "$int" in value else value


def encoded(value):
    """Return a value of the SDK's as it travels in the protocol."""
    if isinstance(value, dict):
        return dict(zip(value, map(encoded, value.values()), strict=True))
    if isinstance(value, list):
        return list(map(encoded, value))
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return {"$int": str(int(value))}
    if isinstance(value, float) and math.isfinite(value):
        return value
    return {"$opaque": type(value).__name__}


def reply(message):
    """Write one line."""
    print(json.dumps(message), file=LINES, flush=True)


def main():
    """Answer line by line until told to stop."""
    client = None
    for line in sys.stdin.buffer:
        try:
            command = json.loads(line.decode())
        except ValueError:
            command = None
        match command:
            case {"cmd": "start"}:
                try:
                    client = start(command)
                except Exception as error:
                    reply({"ok": False, "message": failure(error, "client")["message"]})
                    sys.exit(1)
                reply({"ok": True, "protocol": 1, "sdk": SDK, "can": CAN})
            case {"cmd": "call", "seq": seq} if client:
                reply({"seq": seq, **call(client, command)})
            case {"cmd": "stop"}:
                return
            case _:
                reply({"ok": False, "message": "not a start, a call after it, or a stop"})


main()
