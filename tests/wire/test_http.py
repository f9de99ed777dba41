"""What comes behind the body of an answer, and what was done to it on its way."""

import gzip
import zlib

import pytest

from topcheck.wire.http import HttpError, HttpExchange

BODY = b'{"a": 1}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def read(answer, size=65536):
    """Read an answer that comes in pieces of so many bytes, and is not ended."""
    spoken = HttpExchange()
    spoken.request("GET", "/", {"Host": "x"}, None)
    pieces = (answer[at : at + size] for at in range(0, len(answer), size))
    assert any(spoken.feed(piece) for piece in pieces) or spoken.feed(b"")
    return spoken


def chunked(body, trailers=b"", coding=b"chunked"):
    """Write an answer as one chunk."""
    head = HEAD + b"Transfer-Encoding: " + coding + b"\r\n\r\n"
    return head + b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(body), body, trailers)


@pytest.mark.parametrize("size", [1, 65536])
@pytest.mark.parametrize(
    "trailer",
    [b"no colon", b"X-Blank : 1", b": nameless", b" folded", b"X\xff: 1", b"X-Nul: a\0b"],
)
def test_a_trailer_that_is_no_header_loses_no_answer(trailer, size):
    """The last chunk was there: the answer is whole, and what follows on is not trusted."""
    spoken = read(chunked(BODY, trailer + b"\r\n"), size)
    assert (spoken.response().body, spoken.response().malformed) == (BODY, ())
    assert not spoken.keeps


def test_a_trailer_in_order_keeps_the_connection():
    """What is right is passed over, and more may be asked."""
    spoken = read(chunked(BODY, b"X-Took: 5 ms\r\n"))
    assert spoken.response().body == BODY
    assert spoken.keeps


@pytest.mark.parametrize(
    "answer", [b"5\r\nab", b"5\r\nabcdefgh\r\n", b"no size\r\nab\r\n0\r\n\r\n"]
)
def test_a_chunk_that_is_none_is_no_end(answer):
    """Only what stands behind the last chunk is passed over."""
    with pytest.raises(HttpError):
        read(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + answer)


@pytest.mark.parametrize(
    ("coding", "pack"),
    {
        b"gzip, chunked": gzip.compress,
        b"GZIP,chunked": gzip.compress,
        b"x-gzip, chunked": gzip.compress,
        b"deflate, chunked": zlib.compress,
        b"gzip, deflate, chunked": lambda body: zlib.compress(gzip.compress(body)),
        b"identity, chunked": bytes,
        b"unknown, chunked": bytes,
    }.items(),
)
def test_a_transfer_coding_is_undone(coding, pack):
    """It is about the way of a body, and not about what it is (RFC 9112, section 7)."""
    response = read(chunked(pack(BODY), coding=coding)).response()
    assert response.body == BODY
    assert response.coding is None


def test_a_transfer_coding_without_chunks_ends_with_the_connection():
    """So it is undone once that has ended."""
    answer = HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + gzip.compress(BODY)
    assert read(answer).response().body == BODY
