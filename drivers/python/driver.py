"""Driver of the reference client in top_client.py: the driver protocol, a line a message.

What else is printed goes to standard error.
"""

import json
import math
import os
import platform
import re
import sys

replies = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
os.dup2(2, 1)

from top_client import TopClient, TopError, TopFailure

ERROR_MEMBERS = ("code", "msg", "sub_code", "sub_msg", "request_id")
client = None


def start(message):
    """Keep who calls whom, and say what this driver is."""
    global client
    if message["protocol"] != 1:
        return refusal("this driver speaks protocol 1")
    who = (message["app_key"], message["app_secret"], message["session"])
    client = TopClient(message["gateway"], *who)
    version = f"1, Python {platform.python_version()}"
    return {
        "ok": True,
        "protocol": 1,
        "sdk": {"name": "reference client", "version": version, "language": "Python"},
        "can": {
            "formats": ["json", "xml"],
            "sign_methods": ["md5", "hmac", "hmac-sha256"],
            "simplify": True,
            "session": True,
        },
    }


def call(message):
    """Make one call and tell its outcome."""
    try:
        # YOUR SDK HERE: it makes this call; `start` sets it up.
        body = client.execute(
            message["method"],
            decoded(message["params"]),
            message["format"],
            message["sign_method"],
            message["simplify"],
            message["timeout_ms"] / 1000,
            message.get("lists", ()),
        )
    except TopError as error:
        told = {name: error.members.get(name) for name in ERROR_MEMBERS}
        given = {name: encoded(value) for name, value in told.items() if value is not None}
        return {"outcome": "error_response", **given}
    except TopFailure as error:
        return failure(error.kind, error, uncaught=False)
    except Exception as error:
        return failure("client", error, uncaught=True)
    return {"outcome": "response", "body": encoded(body)}


def decoded(value):
    """Return a parameter as the client takes it."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$int"}:
        return int(value["$int"])
    return {name: decoded(inner) for name, inner in value.items()}


def encoded(value):
    """Return what the client hands over as the protocol has it."""
    if isinstance(value, dict):
        return {name: encoded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [encoded(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return {"$int": str(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$opaque": str(value)}
    return value


def failure(kind, error, uncaught):
    """Tell that there is no answer."""
    return {"outcome": "failure", "kind": kind, "message": line(error), "uncaught": uncaught}


def refusal(message):
    """Say that a message cannot be answered."""
    return {"ok": False, "message": message}


def line(error):
    """Describe an error in a short line, without addresses."""
    text = re.sub(r"\S+://\S+", "(URL)", f"{type(error).__name__}: {error}")
    return " ".join(text.split())[:120]


def main():
    """Answer a message a line until told to stop."""
    for text in sys.stdin.buffer:
        command = None
        try:
            message = json.loads(text)
            command = message["cmd"]
            if command == "stop":
                return
            if command == "start":
                reply = start(message)
            elif command == "call" and client:
                reply = {"seq": message["seq"], **call(message)}
            else:
                reply = refusal(f"cannot do {command}")
        except Exception as error:
            reply = refusal(line(error))
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
        if command == "start" and not client:
            sys.exit(1)


main()
