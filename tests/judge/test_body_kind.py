"""A body of another type is shown as it begins, and named where its first bytes tell what it is."""

import base64
import gzip
import zlib

import pytest

from tests.workspace import WORKSPACE
from topcheck.judge.body_kind import beginning, kind_of
from topcheck.wire.exchange import Exchange, Expectation, Request, Response

JSON = b'{"alibaba_alisports_lianbei_xpos_querystatus_response":{"result":{"success":true}}}'
XML = b'<?xml version="1.0"?><error_response><code>15</code></error_response>'
NGINX = (b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502</h1>"
         b"</center><hr><center>nginx/1.24.0</center>\r\n</body></html>")  # fmt: skip
#: Of each kind: a body, asked for as JSON.
KINDS = {
    "empty": (b"", "empty"),
    "mark": (b"\xef\xbb\xbf", "empty (a byte order mark, and nothing else): \\ufeff"),
    "blanks": (b" \r\n", "empty (blanks only):  \\r\\n"),
    "nuls": (bytes(3), "empty (NULs only): \\u0000\\u0000\\u0000"),
    "gzip": (gzip.compress(JSON), "text (compressed by gzip, undeclared): \\u001f\\x8b\\u0008"),
    "zlib": (zlib.compress(JSON), "text (compressed by zlib, undeclared): x\\x9c"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "text (compressed by zstd, undeclared): (\\xb5/\\xfd"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0", "text (a picture (PNG)): \\x89PNG\\r\\n"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10", "text (a picture (JPEG)): "),
    "gif": (b"GIF89a\x01\0", "text (a picture (GIF)): GIF89a"),
    "pdf": (b"%PDF-1.7\n", "text (a PDF document): %PDF-1.7\\n"),
    "zip": (b"PK\x03\x04\x14", "text (a zip archive): PK\\u0003\\u0004"),
    "utf-16": ("abc".encode("utf-16-le"), "text (UTF-16): a\\u0000b\\u0000c"),
    "jsonp": (b"callback(" + JSON + b");", "text (JSONP, JSON in a call of a function): callb"),
    "jquery": (b"/**/jQuery1.cb_2(" + JSON + b")", "text (JSONP, JSON in a call of a function): "),
    "hijacking": (b")]}',\n" + JSON, "text (JSON behind a prefix against hijacking): )]}',\\n{"),
    "php notice": (b"<br />\n<b>Notice</b>:  Undefined index: id in <b>/a.php</b> on line <b>3</b>",
                   "xml (a notice or an error of PHP): <br />\\n<b>Notice</b>:  Undefined"),
    "php warning": (b"PHP Warning:  mysqli_connect()", "text (a notice or an error of PHP): PHP W"),
    "php source": (b"<?php\necho 1;", "xml (source text of PHP): <?php\\necho 1;"),
    "proxy": (NGINX, 'html (an HTML page of nginx, a proxy or web server, titled "502 Bad Gateway"'
                     "): <html>\\r\\n<head>"),
    "portal": ("<!DOCTYPE html><title>登录</title>".encode(), 'html (an HTML page, titled "登录")'),
    "untitled": (b"<HTML><BODY>busy", "html (an HTML page): <HTML><BODY>busy"),
    "xml": (XML, 'xml: <?xml version="1.0"?><error_response>'),
    "soap": (b"<soap:Envelope xmlns:soap='x'/>", "xml (a SOAP envelope): <soap:Envelope"),
    "base64": (base64.b64encode(JSON), "text (base64): eyJhbGliYWJhX2FsaXNwb3J0c19saWFu"),
    "token": (b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "text (a JSON Web Token): eyJhbGci"),
    "form": (b"code=15&msg=Remote%20service+error", "text (form-encoded text): code=15&msg="),
    "python": (b"Traceback (most recent call last):\n", "text (a stack trace): Traceback (most"),
    "java": (b"java.lang.NullPointerException: x\n\tat a.B.c(B.java:1)", "text (a stack trace): j"),
    "head": (b"HTTP/1.1 200 OK\r\n\r\n{}", "text (a head of HTTP, and not its body): HTTP/1.1"),
    "chunks": (b"a3\r\n" + JSON, "text (chunks that were not put together): a3\\r\\n{"),
    "events": (b"data: {}\n\n", "text (server-sent events): data: {}\\n\\n"),
    "binary": (b"\x08\x96\x01\x12\x07testing", "text (bytes that are no text): \\u0008\\x96"),
    "words": ("系统繁忙".encode(), "text: 系统繁忙"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_what_came_instead_is_named(name):
    """The finding says what the body is, and how it begins."""
    body, words = KINDS[name]
    (finding,) = WORKSPACE.judges.response.judge(body, "json").findings
    assert (finding.clause.id, finding.expected) == ("wire.body.type", "json")
    assert finding.actual.startswith(words)
    assert finding.actual.isprintable()


@pytest.mark.parametrize(("asked", "body"), [("xml", JSON), ("json", XML)])
def test_the_other_format_is_shown(asked, body):
    """JSON instead of XML, and XML instead of JSON."""
    (finding,) = WORKSPACE.judges.response.judge(body, asked).findings
    assert finding.actual.startswith(f"{'json' if asked == 'xml' else 'xml'}: {body[:20].decode()}")


def test_a_declared_type_that_the_body_is_not():
    """What is said of the declaration shows the body as well."""
    answer = Response(200, (("Content-Type", "application/json"),), NGINX)
    exchange = Exchange(Request("POST"), answer, None, None, expected=Expectation())
    found = [f for f in WORKSPACE.judges.exchanges.judge([exchange]).findings
             if f.clause.id == "wire.body.type"]  # fmt: skip
    assert {f.expected for f in found} == {"json, as application/json declares", "json or xml"}
    assert all('titled "502 Bad Gateway"' in f.actual for f in found)


@pytest.mark.parametrize("body", [b"a" * 500, "支".encode() * 500, b"\n" * 500, b"\xff" * 500])
def test_the_beginning_is_short(body):
    """At most sixty characters of one line, with a sign that there is more."""
    assert len(beginning(body)) == 60
    assert beginning(body).endswith("…")
    assert beginning(body).isprintable()


@pytest.mark.parametrize(
    "piece", [b"a", b"a(", b"<", b" ", b"a=1&", b"a.", b"Error ", b"<!-- ", b"1", b"eyJa.",
              b"Exception\n", b"<title>", b"\n\tat ", b"a=\x01"]
)  # fmt: skip
def test_a_long_body_is_named_by_its_beginning(piece):
    """Patterns are tried on a bounded piece, and none of them turns back for long."""
    assert kind_of(piece * (1 << 20)) == kind_of(piece * 4096)
