"""What the soak sends, and what must hold of each input.

An input is bytes. The first says how the rest is used: below ANSWERS it is a body, judged in one of
the WAYS; from there on it is what a server answers a client with, at one of the PACES.
"""

import re
import signal
import socket
import socketserver
import struct
import threading
import time
import traceback
from contextlib import suppress
from itertools import chain, product, repeat
from pathlib import Path

from hypothesis import strategies as st

import topcheck
from tests.workspace import WORKSPACE
from topcheck.gateway.client import Client
from topcheck.wire.exchange import Request
from topcheck.wire.write import write_json, write_xml

SAMPLES = [
    w(tree) for tree in (WORKSPACE.sample, WORKSPACE.error_sample) for w in (write_json, write_xml)
]

CPU_SECONDS, EXCHANGE_SECONDS, TIMEOUT = 2, 3, 0.05
CHARSETS = ("utf-8", "gbk", "utf-16", "us-ascii", "big5", "gb18030", "shift_jis", "latin1")
#: The format that was asked for, the charset that a header declares, and `simplify`.
WAYS = tuple(product((None, "json", "xml"), (None, "\ud800", *CHARSETS), (False, True)))
#: In how many pieces, how many seconds apart, and what comes of the connection then.
PACES = [(1, 0, "closed")] * 9 + [(1, 0, "reset")] * 2 + [(1, 0, "held"), (9, 0.01, "held")]
PACES += [(2, 2 * TIMEOUT, "closed"), (200, TIMEOUT / 4, "closed"), (1, 0, "repeated")]
ANSWERS = 256 - len(PACES)
SLOW, ENDLESS, ANSWER_SECONDS = 254, 255, 4

TOKENS = rb"""{ } [ ] , : " < > </ & &#0; &#x110000; &b; \ud800 \u0000 null true NaN -Infinity 1e2
1e400 -0 100.0 +1 9223372036854775808 "" {} [] [null] "x":1, "success":true, "error_response":{},
<x/> <!-- --> <![CDATA[ ]]> <?x?> <?xml xmlns="u" xmlns:p="u" p:x="" xsi:nil="true" \r""".split()
TOKENS += [b"7" * 401, b"1e" + b"9" * 30, b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"\0", b"\r", b"\xff"]
TOKENS += [b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe2\x80\x83"]
MARKS = (b"", b"", b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\0")
#: Members and elements that grow: what is between ~ is repeated, and numbered if it has a %d.
BOMBS = rb"""
"x":~[~~]~  "x":~{"x":~1~}~  "x":~7~e~7~  "x":"~x~~\u4e2d~"  ~"x%d":1,~"x":1  ~"x":%d,~"x":1
"~x~":{~"x%d":1,~"x":1}  "~x~":{~"x":%d,~"x":1}  "~x~":[~%d,~NaN]  "result":{~"paid_fee":%d,~"x":1}
"result":{"model":{~"success":%d,~"paid_time":"~x~","checkout_status":"~x~"}}
~<x>~~</x>~  <x>~x~~&amp;~</x>  <x^~x~="~x~"/>  <x^~x%d=""^~/>  <x>~<x%d/>~~<?x?>~</x>  <!--~-^~-->
<result>~<model>%d</model>~</result>  <result>~<paid_fee>%d</paid_fee>~</result>
<result><model><paid_time>~x~</paid_time><checkout_status>~x~</checkout_status></model></result>
<result><model><paid_fee>~7~</paid_fee><success>~^~</success>~<x%d/>~</model></result>
<result^~x%d=""^~/>  <x^xmlns="~u~">~<x%d/>~</x>  <~x~>~<x%d/>~</~x~>
<!DOCTYPE^x^[<!ENTITY^x0^'x'>~<!ENTITY^x%d^'&x0;&x0;'>~]><x>&x0;</x>""".split()
BOMBS = [pattern.replace(b"^", b" ") for pattern in BOMBS]
OK, CONTINUE, CHUNKED = b"HTTP/1.1 200 OK", b"HTTP/1.1 100 Continue", b"Transfer-Encoding:chunked"
STARTS = (OK, OK, OK, CONTINUE, b"HTTP/9.9 999", b"HTTP/1.1 -1 x", b"ICY 200 OK", b"\x16\x03\x01")
LINES = rb"""Content-Length:0 Content-Length:-1 Content-Length:5,6 Content-Length:99 Location://% :
Content-Length:999999999999 Content-Length:99999999999999999999999 Content-Encoding:gzip nocolon
Transfer-Encoding:gzip,chunked 5 5;x=y abcde ab 0 -1 fffffffff ffffffffffffffffffffff""".split()
LINES += [CHUNKED, b"", b"", b" folded", b"A:" + b"b" * 70_000, b"A:b\r\n" * 150, b"\xff\0"]


class TooLongError(Exception):
    """A judgement took more CPU time than it may."""


def check(data):
    """Judge or send one input; say in a line what it breaks, or return None."""
    start = time.monotonic()
    try:
        if data[0] < ANSWERS:
            _judge(data[1:], *WAYS[data[0] % len(WAYS)])
        else:
            _exchange(PACES[data[0] - ANSWERS], data[1:])
    except Exception as error:  # the judge and the client promise none
        return f"{type(error).__name__} in {_where(error)}"
    late = time.monotonic() - start > EXCHANGE_SECONDS
    return "answers that go on long after the client's timeout" if late else None


def _judge(body, asked, charset, simplify):
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        WORKSPACE.judges.response.judge(body, asked, charset, simplify)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _too_long(*_):
    raise TooLongError


signal.signal(signal.SIGPROF, _too_long)


def _exchange(pace, answer):
    """Ask twice over one connection."""
    SERVER.pace, SERVER.answer = pace, answer or b"\n"
    with Client("http://{}:{}/".format(*SERVER.server_address), TIMEOUT) as client:
        for _ in range(2):
            client.send(Request("GET", query=(("method", "x"),)))


def _where(error):
    """Name our innermost function that an exception went through."""
    home = Path(topcheck.__file__).parent
    places = [(Path(f.filename), f.name) for f in traceback.extract_tb(error.__traceback__)]
    file, name = [place for place in places if home in place[0].parents or place == places[0]][-1]
    return f"{name} of {file.name}"


class Answering(socketserver.BaseRequestHandler):
    """Answers each request with the bytes that the server was told, at their pace."""

    def handle(self):
        """Answer one request, or all of a connection that is held."""
        with suppress(OSError):
            while self.request.recv(2**16) and self._answer(*self.server.pace, self.server.answer):
                pass

    def _answer(self, count, gap, ending, answer):
        size, end = len(answer) // count + 1, time.monotonic() + ANSWER_SECONDS
        pieces = (answer[at : at + size] for at in range(0, len(answer), size))
        for piece in chain(pieces, repeat(answer[-50:] * 2**12) if ending == "repeated" else ()):
            if time.monotonic() > end:
                break
            self.request.sendall(piece)
            time.sleep(gap)
        if ending == "reset":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
        return ending == "held"


SERVER = socketserver.TCPServer(("127.0.0.1", 0), Answering)
threading.Thread(target=SERVER.serve_forever, daemon=True).start()


def bomb(pattern, size, inside):
    """Let a bomb grow, as a body alone or inside of the sample's root."""
    parts = enumerate(pattern.split(b"~"))
    grown = b"".join(_repeated(part, size // len(part)) if at % 2 else part for at, part in parts)
    if b"<" in pattern:
        return SAMPLES[1].replace(b"<result>", grown + b"<result>") if inside else grown
    return SAMPLES[0].replace(b":{", b":{%s," % grown, 1) if inside else b"{%s}" % grown


def _repeated(part, count):
    return b"".join(map(part.__mod__, range(min(count, 99_000)))) if b"%d" in part else part * count


def mutated(body, edits):
    """Drop, double, replace or exchange pieces of a body's syntax, flip their bits, cut it off."""
    for edit, at, token in edits:
        pieces = re.split(rb"(\W)", body)
        at %= len(pieces)
        old, other, rest = pieces[at], pieces[at // 2], pieces[at + 1 :]
        flipped = bytes(byte ^ 1 << at % 8 for byte in old)
        news = (b"", old * 2, token, token, token + old, other, flipped)
        body = b"".join([*pieces[:at], news[edit], *rest] if edit < len(news) else pieces[:at])
    return body


def head(how, *lines):
    """Write an input; the lines of an answer end as those of HTTP do."""
    return bytes([how]) + b"\r\n".join(lines)


EDIT = st.tuples(st.integers(0, 7), st.integers(0, 2**9), st.sampled_from(TOKENS))
MUTATED = st.builds(mutated, st.sampled_from(SAMPLES), st.lists(EDIT, max_size=5))
RECODED = st.builds(
    lambda body, charset, mark: mark + body.decode("utf-8", "replace").encode(charset, "replace"),
    *(MUTATED, st.sampled_from(CHARSETS), st.sampled_from(MARKS)),
)
SIZES = (1, 70, 500, 20_000, 200_000)
GROWN = st.builds(bomb, st.sampled_from(BOMBS), st.sampled_from(SIZES), st.booleans())
BODIES = MUTATED | RECODED | GROWN | st.binary(max_size=200)
MORE = st.lists(st.sampled_from(LINES) | st.binary(max_size=9), max_size=6).map(b"\r\n".join)
JUDGED = st.builds(head, st.integers(0, ANSWERS - 1), BODIES)
ANSWERED = st.builds(head, st.integers(ANSWERS, SLOW - 1), st.sampled_from(STARTS), MORE)
INPUTS = st.integers(0, 19).flatmap(lambda at: JUDGED if at else ANSWERED)

#: Small ones that a search begins with.
SEEDS = [head(how, body) for body in SAMPLES for how in (0, 1)]
SEEDS += [head(0, SAMPLES[1].decode().encode(charset, "replace")) for charset in CHARSETS]
SEEDS += [head(0, bomb(pattern, 70, inside=True)) for pattern in BOMBS]
SEEDS += [head(ANSWERS, OK, CHUNKED, b"", b"5", b"abcde", b"0", b"", b"")]


def extremes():
    """Yield what takes too long to be sent often: answers without end, and the largest bodies."""
    yield head(SLOW, OK, b"Content-Length:399", b"", b"x" * 399)
    yield head(SLOW, OK, b"A:" + b"b" * 399)
    yield head(ENDLESS, OK, b"", b"x" * 50)
    yield head(ENDLESS, OK, CHUNKED, b"", b"5\r\nabcde\r\n" * 5)
    yield head(ENDLESS, OK, b"A:" + b"b" * 46, b"")
    yield head(ENDLESS, CONTINUE, b"", CONTINUE, b"", b"")
    for pattern in BOMBS:
        for alone in (False, True):  # which only `simplify` allows
            yield head(alone, bomb(pattern, 7_500_000, inside=not alone))
