"""The head of an answer in every spelling: asked over a socket, judged as any other answer."""

from dataclasses import replace

import pytest

from tests.gateway.raw_server import (
    BODY,
    CONNECTION,
    HEAD,
    ILLEGAL,
    JSON,
    LEGAL,
    LENGTH,
    OK,
    SPELLINGS,
    illegal,
    raw_server,
)
from tests.live.test_asking import ENVIRONMENT, Changing, clauses, live
from tests.workspace import WORKSPACE
from topcheck.gateway.client import Client, Credentials, RequestOptions, prepare
from topcheck.gateway.connection import BROKEN
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.timing import now
from topcheck.report.files import redacted
from topcheck.wire.exchange import Expectation, Response
from topcheck.wire.http import HttpError, HttpExchange

CALLER = Credentials("a-key", "a-secret")
#: Seconds that an answer has: what is whole comes at once, and what never ends is waited for.
PATIENCE, ENDLESS = 1.9, 0.3


def asked(spelling, times=2):
    """Ask for an answer over one client, and return the exchanges."""
    request = prepare("a.method", {}, CALLER, now, RequestOptions(transport="get"))
    wanted = Expectation(format="json", codings=())
    timeout = ENDLESS if spelling.endless else PATIENCE
    with raw_server(spelling) as url, Client(url, timeout) as client:
        return [replace(client.send(request), expected=wanted) for _ in range(times)]


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_head_is_judged_by_how_it_is_spelled(name):
    """Each breaks what it is said to break and nothing else, whatever was asked before."""
    spelling = SPELLINGS[name]
    for exchange in asked(spelling):
        evidence = WORKSPACE.judges.exchanges.judge([exchange])
        assert evidence.clauses == spelling.clauses, exchange.failure
        if CONNECTION not in spelling.clauses:
            assert HEAD in evidence.tried
            assert exchange.failure != BROKEN
            assert "in time" not in (exchange.failure or "")


@pytest.mark.parametrize("name", LEGAL)
def test_what_may_be_spelled_so_loses_nothing(name):
    """The body is there to its last byte, and no line is reported."""
    (exchange,) = asked(LEGAL[name], times=1)
    assert (exchange.response.body, exchange.response.malformed) == (BODY, ())


@pytest.mark.parametrize("size", [1, 2, 7])
def test_pieces_make_no_difference(size):
    """However the bytes of an answer are cut, the same is read."""

    def read(answer, size):
        spoken = HttpExchange()
        spoken.request("GET", "/", {"Host": "x"}, None)
        pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
        try:
            whole = any(spoken.feed(piece) for piece in pieces) or spoken.feed(b"")
        except HttpError as error:
            return type(error)
        return spoken.response() if whole else None

    for spelling in SPELLINGS.values():
        if len(spelling.answer) < 10_000:
            assert read(spelling.answer, size) == read(spelling.answer, 65536)


def shown(*lines):
    """Return what is shown of an answer with these lines."""
    (exchange,) = asked(illegal(HEAD, JSON, *lines, LENGTH), times=1)
    (finding,) = WORKSPACE.judges.exchanges.judge([exchange]).findings
    return finding.actual


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([b"X-By : me"], "X-By : me"),
        ([b"no colon"], "no colon"),
        ([b": x", b"another", b"third"], ": x and 2 more"),
        ([b"X\0Y: z"], "X\\u0000Y: z"),
        (["支付 : 1".encode()], "支付 : 1"),
        ([b"\xff\xfe"], "\\xff\\xfe"),
        ([b"x" * 999], "x" * 59 + "…"),
        ([b"Content-Type: text/html"], "text/javascript;charset=UTF-8, text/html"),
    ],
)
def test_the_line_is_shown(lines, said):
    """A finding shows the line that it is about, as text in one line."""
    assert shown(*lines) == said


def test_what_a_line_repeats_of_us_is_not_shown():
    """A session that a gateway writes into its head gets into no report, nor does half of it."""
    secretive = {**ENVIRONMENT, "TOP_SESSION": "planted-session-of-ours"}
    for before in ("", "x" * 45, "x" * 65):
        line = f"{before}planted-session-of-ours"
        told = Changing(
            lambda a, _n, _r, line=line: ScriptedResponse(
                a.status, dict(a.headers), a.body, lines=(line, line)
            )
        )
        found = live(told, secretive)
        said = {redacted(f.actual, found.redactor) for f in found.evidence.findings}
        assert clauses(found) == {HEAD}
        assert not any("planted" in text for text in said), said


def test_header_names_and_values_are_kept():
    """What is read of a head is in its order, with its case, and folded lines are joined."""
    (exchange,) = asked(illegal(HEAD, b"x-A: 1", b"X-a : 2", b"X-F: a", b"\t b ", JSON, LENGTH), 1)
    assert exchange.response.headers == (
        ("x-A", "1"), ("X-a", "2"), ("X-F", "a b"),
        ("Content-Type", "text/javascript;charset=UTF-8"), ("Content-Length", str(len(BODY))),
    )  # fmt: skip


def test_a_connection_is_kept_only_behind_a_whole_answer():
    """It is opened once for many, and anew behind whatever leaves it in doubt."""
    kept = {"plain": True, "chunks": True, "trailers": True, "an answer in between": True,
            "HTTP/1.0": False, "to its end": False, "closed though a length": False,
            "bytes behind the answer": False, "no content": False}  # fmt: skip
    for name, keeps in kept.items():
        spoken = HttpExchange()
        spoken.request("GET", "/", {"Host": "x"}, None)
        assert spoken.feed(SPELLINGS[name].answer) or spoken.feed(b"")
        assert spoken.keeps == keeps, name


def test_a_recording_may_contradict_itself():
    """Its lines are gone, so nothing is tried but where something is declared twice."""
    types = [("Content-Type", f"text/{name}") for name in ("javascript", "javascript", "html")]
    wanted = Expectation(format="json")
    for count, tried, broken in ((1, False, set()), (2, True, set()), (3, True, {HEAD})):
        (live,) = asked(LEGAL["plain"], times=1)
        answer = Response(200, tuple(types[:count]), BODY)
        recorded = replace(live, response=answer, seconds=None, expected=wanted)
        evidence = WORKSPACE.judges.exchanges.judge([recorded])
        assert (HEAD in evidence.tried, evidence.clauses) == (tried, broken)


def test_there_are_spellings_enough():
    """So many of each kind are tried, each by another clause or none."""
    assert len(LEGAL) >= 30
    assert len(ILLEGAL) >= 30
    assert sum(spelling.clauses == {HEAD} for spelling in ILLEGAL.values()) >= 20
    assert all(spelling.answer.startswith((OK, b"HTTP/1.", b"\r\n")) for spelling in LEGAL.values())
