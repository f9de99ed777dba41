"""A request is shown as the wire has it: verb, path, query and form, and nothing that is secret."""

from urllib.parse import parse_qsl

import pytest

from topcheck.gateway.client import Credentials, RequestOptions, prepare
from topcheck.gateway.timing import now
from topcheck.wire.exchange import Request
from topcheck.wire.redact import on_the_wire

CALLER = Credentials("key-of-mine", "secret-of-mine", "session-of-mine")
PAIRS = (("method", "a.b"), ("timestamp", "2026-11-25 09:18:27"), ("msg", "支付&=+%\n"))
FORM = "method=a.b&timestamp=2026-11-25+09%3A18%3A27&msg=%E6%94%AF%E4%BB%98%26%3D%2B%25%0A"


@pytest.mark.parametrize(
    ("request_", "shown"),
    [
        (Request("POST", form=PAIRS), f"POST /router/rest {FORM}"),
        (Request("GET", query=PAIRS), f"GET /router/rest?{FORM}"),
        (Request("POST", query=PAIRS[:1], form=PAIRS[1:]),
         f"POST /router/rest?{FORM.replace('&', ' ', 1)}"),
        (Request("POST", form=PAIRS, multipart=True), f"POST /router/rest multipart {FORM}"),
        (Request("POST"), "POST /router/rest"),
        (Request("PUT", path="/a b/路"), "PUT /a%20b/%E8%B7%AF"),
        (Request("POST", path="http://a.test:80/router/rest"), "POST http://a.test:80/router/rest"),
        (Request("POST", form=(("a", ""), ("a", "1"), ("", "x"))), "POST /router/rest a=&a=1&=x"),
        (Request("POST", form=(("a", "\udcff"), ("b", "\ud800"))),
         "POST /router/rest a=%FF&b=%ED%A0%80"),
    ],
)  # fmt: skip
def test_it_is_what_was_sent(request_, shown):
    """In one line that prints, whatever was sent."""
    assert on_the_wire(request_) == shown
    assert shown.isascii()


@pytest.mark.parametrize("transport", ["form", "get", "split", "multipart"])
def test_no_secret_is_in_it(transport):
    """Key, session and signature have their names; the repr has no more of them."""
    request = prepare("a.b", {"c": "1"}, CALLER, now, RequestOptions(transport=transport))
    for shown in (on_the_wire(request), repr(request)):
        assert not any(word in shown for word in ("key-of", "secret-of", "session-of"))
        assert (request.value("sign") or "") not in shown
    pairs = on_the_wire(request).replace("?", " ").replace("&", " ").split(" ")
    hidden = [pair.partition("=")[0] for pair in pairs if pair.endswith("=(secret)")]
    assert sorted(hidden) == ["app_key", "session", "sign"]


def test_it_can_be_read_back():
    """What is shown is what a form's reader makes the same pairs of."""
    _, _, form = on_the_wire(Request("POST", form=PAIRS)).split(" ")
    assert tuple(parse_qsl(form)) == PAIRS
