"""Driver for taobaopy, the Python SDK whose client takes any method as a function call.

The name of the method becomes an attribute (`alibaba.a.b` is `alibaba__a_b`), its parameters become
keyword arguments. json, hmac, a timeout of five seconds and the retries are fixed in the SDK, so
`timeout_ms` has nowhere to go; `simplify` is unknown to it.
"""

import json
import math
import os
import re
import sys
from importlib.metadata import version

# Only the protocol may write to stdout: what anything else prints goes to stderr.
LINES = os.fdopen(os.dup(1), "w", encoding="ascii")
os.dup2(2, 1)

import requests.exceptions as http
from taobaopy.taobao import TaoBaoAPIClient, TaoBaoAPIError

PATH = "/router/rest"
SDK = {"name": "taobaopy", "version": version("taobaopy"), "language": "Python"}
CAN = {"formats": ["json"], "sign_methods": ["hmac"], "simplify": False, "session": True}
MEMBERS = ("code", "msg", "sub_code", "sub_msg", "request_id")

#: What the SDK lets through of its HTTP library's errors. The first that fits, fits best.
KINDS = (
    (http.Timeout, "timeout"),
    (http.RetryError, "http"),
    (http.TooManyRedirects, "http"),
    (http.ContentDecodingError, "parse"),
    (http.ConnectionError, "connection"),
    (http.ChunkedEncodingError, "connection"),
    (http.RequestException, "client"),
)


def start(command):
    """Make the client. It adds the path to the gateway's address itself."""
    domain = command["gateway"].removesuffix(PATH)
    if command["protocol"] != 1 or domain == command["gateway"]:
        raise ValueError("taobaopy calls /router/rest, and this driver speaks protocol 1")
    client = TaoBaoAPIClient(command["app_key"], command["app_secret"], domain=domain)
    if command["session"] is not None:
        client.set_access_token(command["session"])
    return client


def call(client, command):
    """Make one call, and tell what came of it."""
    if command["format"] not in CAN["formats"] or command["sign_method"] not in CAN["sign_methods"]:
        return {"outcome": "failure", "kind": "client", "message": "not supported"}
    method = getattr(client, command["method"].replace(".", "__", 1).replace(".", "_"))
    params = {name: decoded(value) for name, value in command["params"].items()}
    try:
        return {"outcome": "response", "body": encoded(method(**params))}
    except TaoBaoAPIError as error:
        # In the SDK's error, what the gateway did not send is an empty text.
        given = {name: getattr(error, name) for name in MEMBERS}
        given = {name: value for name, value in given.items() if value not in ("", None)}
        if "code" not in given:
            return failure(error, "parse")
        return {"outcome": "error_response", **encoded(given)}
    except http.RequestException as error:
        return failure(error, next(kind for known, kind in KINDS if isinstance(error, known)))
    except Exception as error:
        return failure(error, "client", uncaught=True)


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
