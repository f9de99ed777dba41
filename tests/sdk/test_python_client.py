"""The client behind the driver in Python: what newer versions of Python do to its socket."""

import http.client
import importlib.util
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

BODY = b'{"a_response":{}}'


class Gateway(BaseHTTPRequestHandler):
    """Answers once, and closes the connection."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *words):
        """Write nothing."""


@pytest.fixture
def gateway():
    """Serve one answer; return the address."""
    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/router/rest"
        thread.join()


@pytest.fixture
def client():
    """The client, as a new driver gets it."""
    spec = importlib.util.spec_from_file_location("client", Path("drivers/python/top_client.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_answer_may_close_its_socket_with_the_last_byte(client, gateway, monkeypatch):
    """As http.client does from Python 3.13 on."""
    read1 = http.client.HTTPResponse.read1

    def closing(response, most=-1):
        piece = read1(response, most)
        if not response.length:
            response.close()
        return piece

    monkeypatch.setattr(http.client.HTTPResponse, "read1", closing)
    assert client.post(gateway, "a=1", 5) == (200, BODY)
