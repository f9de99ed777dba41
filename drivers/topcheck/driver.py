"""Topcheck's own client behind the driver protocol: the reference, which holds every case.

The client signs, sends and receives; what stands here is what any caller of it does with an answer.
"""

import json
import os
import sys

from topcheck import __version__
from topcheck.contract import protocol
from topcheck.gateway.client import Client, Credentials, RequestOptions, prepare
from topcheck.gateway.signing import METHODS
from topcheck.gateway.timing import now
from topcheck.wire.json_reader import read_json
from topcheck.wire.tree import Kind, MessageError
from topcheck.wire.xml_reader import read_xml

READERS = {"json": read_json, "xml": read_xml}


class Reference:
    """One driver: a method for each step of a call. `connect` and `clock` may be replaced."""

    connect = Client
    clock = staticmethod(now)

    def start(self, message):
        """Keep who calls whom, and say what this driver is."""
        self.gateway = message["gateway"]
        self.caller = Credentials(message["app_key"], message["app_secret"], message["session"])
        can = {"formats": list(READERS), "sign_methods": list(METHODS)}
        return {
            "ok": True,
            "protocol": 1,
            "sdk": {"name": "topcheck", "version": __version__, "language": "Python"},
            "can": {**can, "simplify": True, "session": True},
        }

    def call(self, message):
        """Make one call and tell its outcome."""
        exchange = self.send(self.request(message), message)
        if exchange.response is None:
            kind = "timeout" if "in time" in exchange.failure else "connection"
            return {"outcome": "failure", "kind": kind, "message": exchange.failure}
        return self.read(exchange.response, message)

    def request(self, message):
        """Build the signed request."""
        how = RequestOptions(message["format"], message["sign_method"], message["simplify"])
        return prepare(message["method"], self.params(message), self.caller, self.clock, how)

    def params(self, message):
        """Return the parameters as they go onto the wire."""
        found = {name: self.text(value) for name, value in message["params"].items()}
        return {name: text for name, text in found.items() if text is not None}

    def text(self, value):
        """Write a parameter's value: objects as JSON text, a list of leaves with commas."""
        items = value if isinstance(value, list) else [value]
        if any(isinstance(item, dict) and "$int" not in item for item in items):
            return json.dumps(self.plain(value), ensure_ascii=False)
        return None if value is None else ",".join(self.leaf(item) for item in items)

    def plain(self, value):
        """Turn an object or a list of the protocol into one of Python."""
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$int" in value:
            return int(value["$int"])
        return {name: self.plain(inner) for name, inner in value.items()}

    def leaf(self, value):
        """Write a single value as text."""
        value = self.plain(value)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def send(self, request, message):
        """Send a request; a failure of the wire is in the exchange."""
        with self.connect(self.gateway, message["timeout_ms"] / 1000) as client:
            return client.send(request)

    def read(self, response, message):
        """Tell a success, an error and neither by the root."""
        self.lists = message.get("lists", ())
        try:
            document = READERS[message["format"]](response.body).root
        except MessageError as error:
            return self.failure(response, str(error))
        error = next((c for c in document.children if c.name == protocol.ERROR_ROOT), None)
        if error is not None and error.children:
            return {"outcome": "error_response", **self.value(error)}
        root = message["method"].removeprefix(protocol.DROPPED_PREFIX).replace(".", "_")
        found = any(child.name == root + protocol.ROOT_SUFFIX for child in document.children)
        if response.status != 200 or not (found or message["simplify"]):
            return self.failure(response, "the answer has no root that was asked for")
        return {"outcome": "response", "body": self.value(document)}

    def failure(self, response, words):
        """Tell a failure of the gateway from one of its body."""
        kind = "parse" if response.status == 200 else "http"
        return {"outcome": "failure", "kind": kind, "message": f"HTTP {response.status}: {words}"}

    def value(self, node, *path):
        """Write a tree in the notation of the protocol; `path` has the names down to it.

        XML does not tell a list of one from an object: that is told by where the page has lists.
        """
        if node.kind is Kind.ARRAY:
            return [self.value(item) for item in node.children]
        below = [(child.name, self.value(child, *path, child.name)) for child in node.children]
        if node.kind is Kind.ELEMENT and ".".join(path[1:]) in self.lists:
            return {name: [item for _, item in below] for name, _ in below}
        if node.kind is Kind.OBJECT or below:
            return dict(below)
        if node.kind is Kind.NUMBER:
            return {"$int": node.text} if node.text.lstrip("-").isdigit() else float(node.text)
        if node.kind in (Kind.BOOLEAN, Kind.NULL):
            return {"true": True, "false": False}.get(node.text)
        return node.text


def main(driver):
    """Answer one message a line until told to stop."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if message["cmd"] == "stop":
            return
        if message["cmd"] == "start":
            reply = driver.start(message)
        else:
            reply = {"seq": message["seq"], **driver.call(message)}
        replies.write(json.dumps(reply, ensure_ascii=False) + "\n")
        replies.flush()


if __name__ == "__main__":
    main(Reference())
