"""Whole exchanges in an outcome: as the wire has them, of bounded size, and without secrets."""

import datetime
import gzip
import json

import pytest

from topcheck.report.exchanges import MOST_SHOWN, reported_answer, reported_exchange
from topcheck.report.exchanges import reported_request as shown_request
from topcheck.wire.exchange import Exchange, Request, Response
from topcheck.wire.redact import REDACTED, Redactor

SECRET = "a-secret-支付-of-ours"  # noqa: S105 - planted
HIDDEN = Redactor([SECRET])
AT = datetime.datetime(
    2027, 1, 31, 20, 0, 0, 250_000, datetime.timezone(datetime.timedelta(hours=8))
)
JSON = (("Content-Type", "text/javascript;charset=UTF-8"),)


def answer(body, *headers, **other):
    """An answer as it is reported."""
    return reported_answer(Response(200, (*JSON, *headers), body, **other), HIDDEN)


def test_an_exchange_is_told_with_its_times():
    """In UTC and milliseconds, with what its answer tells where the finding is."""
    exchange = Exchange(Request("POST"), Response(200, JSON, b"{}"), AT, 0.01234)
    shown = reported_exchange(exchange, {"a.b": "x" * 200, "c": 1}, "c")
    assert (shown.at, shown.milliseconds) == ("2027-01-31T12:00:00.250+00:00", 12.3)
    assert (shown.told, shown.note, shown.answer.body) == ("1", None, "{}")
    assert len(reported_exchange(exchange, {"a.b": "x" * 200}, "a.b").told) == 80
    assert reported_exchange(exchange, {}, "c").told is None
    lost = Exchange(Request("POST"), None, None, None, "no answer in time")
    shown = reported_exchange(lost, {}, "")
    assert (shown.at, shown.milliseconds, shown.answer) == (None, None, None)
    assert shown.note == "no answer in time"


def test_a_request_stands_as_it_was_sent():
    """Its line, its headers, its body; what is secret by its name is left out."""
    headers = ("Host", "gw.test"), ("Content-Length", "44"), ("Cookie", "let-me-in")
    pairs = (("app_key", "12345678"), ("v", "2.0")), (("a b", "支+"), ("sign", "ABC"))
    shown = shown_request(Request("POST", *pairs, path="/router/rest", headers=headers))
    assert shown.head.split("\n") == [
        f"POST /router/rest?app_key={REDACTED}&v=2.0 HTTP/1.1", "Host: gw.test",
        "Content-Length: 44", f"Cookie: {REDACTED}"]  # fmt: skip
    assert (shown.body, shown.size) == (f"a+b=%E6%94%AF%2B&sign={REDACTED}", 44)


def test_the_parts_of_a_form_stand_between_their_boundaries():
    """A multipart form is no line."""
    headers = (("Content-Type", "multipart/form-data; boundary=xyz"),)
    form = (("a", "1"), ("session", "let-me-in"))
    shown = shown_request(Request("POST", form=form, multipart=True, headers=headers))
    name = "Content-Disposition: form-data; name="
    assert shown.body.split("\r\n") == [
        "--xyz", f'{name}"a"', "", "1", "--xyz", f'{name}"session"', "", REDACTED, "--xyz--", ""
    ]  # fmt: skip


def test_an_answer_stands_as_it_came():
    """Its status, its headers in their order, lines that are none, its body."""
    shown = answer(b'{"a": "\xe6\x94\xaf"}', ("X-A", "1"), malformed=("no header line",))
    assert shown.head.split("\n") == ["HTTP/1.1 200", "Content-Type: text/javascript;charset=UTF-8",
                                      "X-A: 1", "no header line"]  # fmt: skip
    assert (shown.body, shown.size, shown.note) == ('{"a": "支"}', 12, None)


@pytest.mark.parametrize("body", [b"x" * 2**24, "支".encode() * 2**22, b"\xff\x00" * 2**20])
def test_a_body_of_megabytes_is_cut(body):
    """And it says so."""
    shown = answer(body)
    assert len(shown.body) <= MOST_SHOWN + 1
    assert shown.body.endswith("…")
    assert shown.size == len(body)
    assert "cut: its first 8,192 characters are shown" in shown.note
    assert ("bytes that are no UTF-8 are escaped" in shown.note) == (body[0] == 0xFF)


def test_what_was_left_out_before_is_counted():
    """Of a body that is too large only the beginning is kept."""
    assert answer(b"x" * 10, left_out=2**24).size == 2**24 + 10


def test_bytes_that_are_no_text_are_escaped():
    """And a body that only ends at its end is no such one."""
    shown = answer(b"\xd6\xd0{}")
    assert (shown.body, shown.note) == ("\\xd6\\xd0{}", "bytes that are no UTF-8 are escaped")
    assert answer("支".encode()).note is None
    assert answer("支".encode()[:2]).note == "bytes that are no UTF-8 are escaped"


def test_what_is_compressed_is_unpacked():
    """Or it is not shown: nobody could see whether a secret is in it."""
    zipped = ("Content-Encoding", "gzip")
    shown = answer(gzip.compress(SECRET.encode()), zipped)
    assert (shown.body, shown.note) == (REDACTED, "unpacked from gzip")
    shown = answer(SECRET.encode(), zipped)
    assert shown.body == ""
    assert shown.note.startswith("not shown: the body is not gzip")


ENCODED = {
    "plain": SECRET.encode(),
    "JSON": json.dumps(SECRET).encode(),
    "GBK": SECRET.encode("gb18030"),
    "UTF-16": SECRET.encode("utf-16-le"),
    "at the cut": b"x" * (MOST_SHOWN - 9) + SECRET.encode() * 3000,
    "many": SECRET.encode() * 40_000,
    "in half, at the end of what is looked at": b"y" * (8 * MOST_SHOWN - 9) + SECRET.encode(),
}


@pytest.mark.parametrize("body", ENCODED.values(), ids=list(ENCODED))
def test_no_secret_is_in_a_body(body):
    """However it is written, and wherever the body is cut."""
    shown = answer(body)
    assert "secret-" not in shown.body.replace("\\x00", "")
    assert "of-ours" not in shown.body.replace("\\x00", "")
    # without a redactor it is there: the check can fail
    bare = reported_answer(Response(200, JSON, body)).body.replace("\x00", "")
    assert ("ecret" in bare) == (body != ENCODED["in half, at the end of what is looked at"])


def test_no_secret_is_in_a_head():
    """Not by the name of a header, nor in the value of any."""
    shown = answer(b"", ("Set-Cookie", "let-me-in"), ("X-Echo", f"a {SECRET}"))
    assert shown.head.split("\n")[2:] == [f"Set-Cookie: {REDACTED}", f"X-Echo: a {REDACTED}"]
    assert len(answer(b"", ("X-Long", "x" * 10**6)).head) < MOST_SHOWN + 10
