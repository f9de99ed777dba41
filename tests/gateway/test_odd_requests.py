"""Requests that a person or a fuzzer sends: none of them is answered with a failure of ours."""

import socket
from dataclasses import replace

import pytest
import urllib3

from tests.workspace import WORKSPACE
from topcheck.gateway.client import Client, RequestOptions, prepare
from topcheck.gateway.embedded import CREDENTIALS
from topcheck.gateway.faults.catalogue import catalogue
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now

FAULTS = catalogue(WORKSPACE.contract, WORKSPACE.cases, WORKSPACE.flows)
#: Ids that are digits to some readers and none to others, or no text at all.
ODD = ["²", "①", "٣", "９", "1²", "-1", "+1", " 1", "\udcff", "支", "1e3"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", ["conditional", "semantic"])
def test_an_odd_id_is_answered_whatever_the_fault(kind, odd):
    """A fault that rounds ids rounds those that are numbers."""
    params = dict.fromkeys(WORKSPACE.contract.request.fields, odd)
    request = prepare(WORKSPACE.contract.method, params, CREDENTIALS, now, RequestOptions())
    for fault in (fault for fault in FAULTS.values() if fault.kind == kind):
        orders, settings = WORKSPACE.default_orders(), Settings(CREDENTIALS)
        answer = Faulty(fault, WORKSPACE.contract, orders, settings, now).answer(request)
        assert answer.body, fault.id


PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n'
#: Bodies of multipart/form-data that no reader can read: what stands behind the type, and the body.
UNREADABLE = {
    "no boundary": ("", b"a=1"),
    "an empty boundary": ("; boundary=", b"a=1"),
    "a boundary too long": ("; boundary=" + "x" * 200, b"a=1"),
    "a boundary that is not there": ("; boundary=b", b"a=1"),
    "nothing": ("; boundary=b", b""),
    "cut in a part": ("; boundary=b", PART + b"\r\n1"),
    "cut in a head": ("; boundary=b", PART),
    "a part without a name": ("; boundary=b", b"--b\r\n\r\n1\r\n--b--\r\n"),
    "a line that is no header": ("; boundary=b", b"--b\r\nnonsense\r\n\r\n1\r\n--b--\r\n"),
    "no UTF-8": ("; boundary=b", PART + b"\r\n\xff\r\n--b--\r\n"),
    "an unknown charset": (
        "; boundary=b",
        PART + b"Content-Type: text/plain; charset=nonsense\r\n\r\n1\r\n--b--\r\n",
    ),
    "an unknown encoding": (
        "; boundary=b",
        PART + b"Content-Transfer-Encoding: nonsense\r\n\r\n1\r\n--b--\r\n",
    ),
    "no base64": (
        "; boundary=b",
        PART + b"Content-Transfer-Encoding: base64\r\n\r\n1\r\n--b--\r\n",
    ),
    "parts in a part": (
        "; boundary=b",
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n",
    ),
}


@pytest.fixture(scope="module")
def url():
    """A sandbox behind a socket that fails where the server does."""
    orders = WORKSPACE.default_orders()
    with serving(Sandbox(WORKSPACE.contract, orders, Settings(CREDENTIALS), now)) as url:
        yield url


@pytest.mark.parametrize(("boundary", "body"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_read_has_no_parameters(url, boundary, body):
    """It is refused like a request without any, and not answered with a failure of the server."""
    headers = {"Content-Type": f"multipart/form-data{boundary}"}
    answer = urllib3.request("POST", url, body=body, headers=headers, retries=False)
    assert (answer.status, b"Missing method" in answer.data) == (200, True)


def test_a_body_that_can_be_read_has_its_parameters(url):
    """The same with all in order is answered."""
    request = prepare(WORKSPACE.contract.method, {}, CREDENTIALS, now, RequestOptions())
    for multipart in (False, True):
        with Client(url) as client:
            found = client.send(replace(request, multipart=multipart)).response
        assert b"request_id" in found.body
        assert b"error_response" not in found.body


#: What is no HTTP, or says of its body what is not so; and the status that it is answered with.
NO_HTTP = {
    "no line of a request": (b"nonsense\r\n\r\n", 400),
    "a sign that no header has": (b"GET / HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n", 400),
    "a length that is none": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
    "a verb too odd": (b"\xff / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "no gzip": (
        b"POST /router/rest HTTP/1.1\r\nHost: x\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\na=1",
        200,
    ),
}


@pytest.mark.parametrize(("sent", "status"), NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_answered_and_leaves_no_traceback(url, sent, status, capfd, caplog):
    """Whoever runs the sandbox reads of his own requests, not of the server's insides."""
    address = urllib3.util.parse_url(url)
    with socket.create_connection((address.host, address.port), 5) as peer:
        peer.sendall(sent)
        assert int(peer.recv(4096).split()[1]) == status
    assert (capfd.readouterr().err, caplog.text) == ("", "")


def test_a_failure_of_the_server_is_told(caplog):
    """Silence is for what others send."""

    class Wrong:
        def answer(self, _request):
            raise LookupError("ours")

    with serving(Wrong()) as url:
        assert urllib3.request("GET", url, retries=False).status == 500
    assert "LookupError: ours" in caplog.text
