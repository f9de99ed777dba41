"""How a gateway is reached: over TLS, through a tunnel, in time, with a connection that is kept."""

import base64
import contextlib
import select
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from tests.gateway.raw_server import serving, speaking
from tests.live.test_asking import WHOLE
from topcheck.gateway.client import Client, Credentials, RequestOptions, prepare
from topcheck.gateway.timing import now

CALLER = Credentials("a-key", "a-secret")
REQUEST = prepare("a.method", {}, CALLER, now, RequestOptions(transport="get"))
POSTED = prepare("a.method", {"x": "支付 1"}, CALLER, now)


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A certificate for this machine, with its key, made for the occasion."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    names = "subjectAltName=IP:127.0.0.1,DNS:gateway.invalid"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=gateway.invalid", "-addext", names, "-keyout", folder / "key", "-out",
         folder / "certificate"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "certificate", folder / "key"


def secure(certified, answer=WHOLE):
    """Return what answers over TLS, and the list of what it heard, a list a connection."""
    context, heard = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    context.load_cert_chain(*certified)

    def talk(connection):
        own = []
        heard.append(own)
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            while request := tls.recv(65536):
                own.append(request)
                tls.sendall(answer)

    return talk, heard


def test_tls_is_spoken_over_one_connection(certified):
    """A certificate that the environment vouches for is enough; the connection is kept."""
    talk, heard = secure(certified)
    with serving(talk) as port:
        named = {"SSL_CERT_FILE": str(certified[0])}
        with Client(f"https://127.0.0.1:{port}/router/rest", environment=named) as client:
            found = [client.send(REQUEST) for _ in range(3)]
    assert [one.response.body for one in found] == [b"<a/>"] * 3
    assert [len(own) for own in heard] == [3]


def test_a_certificate_that_nobody_vouches_for_is_named(certified):
    """Nothing is asked, and the line says why."""
    talk, heard = secure(certified)
    with serving(talk) as port, Client(f"https://127.0.0.1:{port}/") as client:
        assert "its certificate does not hold" in client.send(REQUEST).failure
    assert heard == [[]]


def tunnel(port, says=b"HTTP/1.1 200 Connection established\r\n\r\n", heard=None):
    """Return a proxy that leads every tunnel to one port of this machine."""

    def talk(connection):
        with connection, contextlib.suppress(OSError):
            heard.append(connection.recv(65536))
            connection.sendall(says)
            with socket.create_connection(("127.0.0.1", port)) as other:
                ends = {connection: other, other: connection}
                while True:
                    for ready in select.select(list(ends), [], [])[0]:
                        if not (piece := ready.recv(65536)):
                            return
                        ends[ready].sendall(piece)

    return talk


def test_a_tunnel_leads_to_the_gateway(certified):
    """The proxy is asked for a tunnel, with who we are; the gateway is asked through it."""
    talk, heard = secure(certified)
    asked = []
    with serving(talk) as port, serving(tunnel(port, heard=asked)) as proxy:
        named = {"https_proxy": f"http://me:pass@127.0.0.1:{proxy}",
                 "SSL_CERT_FILE": str(certified[0])}  # fmt: skip
        with Client("https://gateway.invalid/router/rest", environment=named) as client:
            found = [client.send(REQUEST) for _ in range(2)]
    assert [one.response.body for one in found] == [b"<a/>"] * 2
    assert [len(own) for own in heard] == [2]
    (connect,) = asked
    assert connect.startswith(b"CONNECT gateway.invalid:443 ")
    assert base64.b64encode(b"me:pass") in connect
    assert b"\r\nHost: gateway.invalid\r\n" in heard[0][0]
    assert b"roxy-" not in heard[0][0]


@pytest.mark.parametrize(
    ("says", "failure"),
    [
        (b"HTTP/1.1 407 Who are you\r\n\r\n", "no connection through the proxy: it refuses"),
        (b"", "no answer in time"),
        (b"HTTP/1.1 200 OK\r\nX: ", "the answer does not end in time"),
    ],
    ids=["refused", "silent", "half"],
)
def test_a_tunnel_that_is_not_there_is_said_in_words(says, failure):
    """A proxy that refuses, says nothing, or does not come to an end is named as far as it goes."""

    def talk(connection):
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(says)
            connection.recv(65536)  # until the client goes

    with serving(talk) as proxy:
        named = {"https_proxy": f"http://127.0.0.1:{proxy}"}
        with Client("https://gateway.invalid/", 0.3, environment=named) as client:
            assert client.send(REQUEST).failure.startswith(failure)


def test_a_proxy_that_drips_ends_in_time():
    """Each line of a proxy comes in time, and the whole would never end."""
    ended = threading.Event()

    def talk(connection):
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not ended.wait(0.05):
                connection.sendall(b"X-Drop: 1\r\n")

    with serving(talk) as proxy:
        named = {"https_proxy": f"http://127.0.0.1:{proxy}"}
        with Client("https://gateway.invalid/", 0.3, environment=named) as client:
            assert client.send(REQUEST).failure == "the answer does not end in time"
    ended.set()


def test_what_is_sent_is_one_plain_request():
    """The head names the gateway, no coding is asked for, and the length is that of the form."""
    heard = []

    def answer(connection, requests):
        heard.extend(requests)
        connection.sendall(WHOLE)
        return False

    with speaking(answer) as url, Client(url) as client:
        assert client.send(POSTED).failure is None
    head, _, body = heard[0].decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first == "POST / HTTP/1.1"
    assert headers.pop("User-Agent")
    assert headers == {
        "Host": url.split("/")[2], "Accept-Encoding": "identity",
        "Content-Type": "application/x-www-form-urlencoded;charset=utf-8",
        "Content-Length": str(len(body.encode())),
    }  # fmt: skip


def test_what_is_lost_once_is_asked_over_new_connections():
    """The first answer that a kept connection loses is asked for again, and none is kept then."""
    heard, connections = [], []

    def answer(connection, requests):
        connections.append(connection)
        heard.extend(requests[len(heard) :])
        if len(connections) == 2:
            return False
        connection.sendall(WHOLE)
        return True

    with speaking(answer) as url, Client(url) as client:
        assert [client.send(REQUEST).failure for _ in range(4)] == [None] * 4
    assert len({id(connection) for connection in connections}) == 4
    assert [b"\r\nConnection: close\r\n" in one for one in heard] == [False] * 2 + [True] * 3
