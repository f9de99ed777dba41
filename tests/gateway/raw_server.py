"""A server that writes every answer as bytes, and the spellings of heads that it is asked for.

It keeps each connection open, unless a spelling says otherwise: who waits for its end waits.
"""

import contextlib
import socket
import threading
from dataclasses import dataclass

from tests.workspace import WORKSPACE
from topcheck.wire.limits import MAX_HEAD_BYTES, MAX_HEAD_LINES
from topcheck.wire.write import write_json

BODY = write_json(WORKSPACE.sample)
LENGTH = b"Content-Length: %d" % len(BODY)
JSON = b"Content-Type: text/javascript;charset=UTF-8"
OK = b"HTTP/1.1 200 OK"
CHUNKED = b"Transfer-Encoding: chunked"
HALF = len(BODY) // 2

HEAD, CONNECTION = "wire.http.head", "wire.http.connection"
TYPE, ENCODING, STATUS = "wire.http.content_type", "wire.body.encoding", "wire.http.status"


@dataclass(frozen=True)
class Spelling:
    """An answer, and the clauses that it breaks; `closes` is what becomes of its connection."""

    answer: bytes
    clauses: frozenset[str] = frozenset()
    closes: bool = False
    endless: bool = False


def head(*lines, start=OK, end=b"\r\n"):
    """Write a head."""
    return end.join([start, *lines, b"", b""])


def legal(*lines, body=BODY, closes=False, **how):
    """Spell an answer that keeps every clause."""
    return Spelling(head(*lines, **how) + body, closes=closes)


def illegal(clause, *lines, body=BODY, closes=False, endless=False, **how):
    """Spell an answer that breaks some clauses, and nothing else."""
    clauses = frozenset([clause] if isinstance(clause, str) else clause)
    return Spelling(head(*lines, **how) + body, clauses, closes, endless)


def typed(value):
    """Write a header that declares a type."""
    return b"Content-Type: " + value


def in_chunks(end=b"0\r\n\r\n", extension=b"", size=b"%x"):
    """Write the body in two chunks."""
    parts = (BODY[:HALF], BODY[HALF:])
    return b"".join(size % len(p) + extension + b"\r\n" + p + b"\r\n" for p in parts) + end


HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
MANY = [b"X-%d: v" % number for number in range(120)]
SAME = b"text/javascript;charset=UTF-8"

#: Heads that a server may write, and that some readers stumble over.
LEGAL = {
    "plain": legal(JSON, LENGTH),
    "120 lines": legal(*MANY, JSON, LENGTH),
    "as many lines as may be": legal(*[b"X: y"] * (MAX_HEAD_LINES - 2), JSON, LENGTH),
    "a line of 70,000 characters": legal(b"X-Long: " + b"x" * 70_000, JSON, LENGTH),
    "a line of nearly a mebibyte": legal(b"X: " + b"x" * (MAX_HEAD_BYTES - 200), JSON, LENGTH),
    "folded lines": legal(b"X-Folded: a", b"\tb", b"  c", JSON, LENGTH),
    "a folded type": legal(b"Content-Type: text/javascript;", b" charset=UTF-8", LENGTH),
    "a folded length": legal(JSON, b"Content-Length:", b" %d" % len(BODY)),
    "a fold that looks like a header": legal(b"X: a", b" Content-Length: 3", JSON, LENGTH),
    "a fold of blanks": legal(b"X: a", b"  \t", JSON, LENGTH),
    "bare LF": legal(JSON, LENGTH, end=b"\n"),
    "some bare LF": Spelling(OK + b"\n" + JSON + b"\r\n" + LENGTH + b"\n\r\n" + BODY),
    "CR CR LF": legal(JSON, LENGTH, end=b"\r\r\n"),
    "bytes over 127": legal("X-Who: Müller 支付".encode(), b"X-Latin: \xe4\xff", JSON, LENGTH),
    "a name over 127": legal("X-Größe: 1".encode(), JSON, LENGTH),
    "a reason over 127": legal(JSON, LENGTH, start="HTTP/1.1 200 成功".encode()),
    "control characters": legal(b"X: a\x01b\x0bc\x0cd\x7f", JSON, LENGTH),
    "no blank behind a colon": legal(JSON.replace(b": ", b":"), LENGTH.replace(b": ", b":")),
    "many blanks behind a colon": legal(JSON.replace(b": ", b": \t "), LENGTH + b" \t "),
    "a colon in a value": legal(b"X: : :", JSON, LENGTH),
    "an empty value": legal(b"X:", JSON, LENGTH),
    "odd names": legal(b"!#$%&'*+-.^_`|~09: x", JSON, LENGTH),
    "any case": legal(JSON.upper().replace(b"CHARSET=", b"cHaRsEt="), LENGTH.lower()),
    "equal lengths": legal(JSON, LENGTH, LENGTH),
    "equal lengths in a line": legal(JSON, LENGTH + b", %d" % len(BODY)),
    "zeros before a length": legal(JSON, b"Content-Length: 00%d" % len(BODY)),
    "chunks": legal(JSON, CHUNKED, body=in_chunks()),
    "a length beside chunks": legal(JSON, b"Content-Length: 5", CHUNKED, body=in_chunks()),
    "two lengths beside chunks": legal(
        JSON, b"Content-Length: 5", CHUNKED, b"Content-Length: x", body=in_chunks()),
    "chunked with blanks": legal(
        JSON, b"Transfer-Encoding:\t Chunked \t", body=in_chunks()),
    "chunked twice": legal(JSON, CHUNKED, CHUNKED, body=in_chunks()),
    "identity": legal(JSON, b"Transfer-Encoding: identity", LENGTH),
    "upper and lower hex": legal(JSON, CHUNKED, body=in_chunks(size=b"0%X")),
    "chunk extensions": legal(JSON, CHUNKED, body=in_chunks(extension=b';a="b"; c')),
    "blanks behind a chunk's size": legal(JSON, CHUNKED, body=in_chunks(extension=b"  ")),
    "trailers": legal(JSON, CHUNKED, body=in_chunks(b"0\r\nX-Sum: 1\r\n\r\n")),
    "no line behind the last chunk": legal(JSON, CHUNKED, body=in_chunks(b"0\r\n"), closes=True),
    "a coding that is not the last": legal(
        JSON, b"Transfer-Encoding: chunked, x", closes=True),
    "an answer in between": Spelling(HINT * 3 + head(JSON, LENGTH) + BODY),
    "no reason": legal(JSON, LENGTH, start=b"HTTP/1.1 200 "),
    "no reason and no blank": legal(JSON, LENGTH, start=b"HTTP/1.1 200"),
    "blanks in the status line": legal(JSON, LENGTH, start=b"HTTP/1.1  200 \t OK  "),
    "HTTP/1.0": legal(JSON, LENGTH, start=b"HTTP/1.0 200 OK"),
    "HTTP/1.0 to its end": legal(JSON, start=b"HTTP/1.0 200 OK", closes=True),
    "HTTP/1.0 kept": legal(JSON, LENGTH, b"Connection: keep-alive", start=b"HTTP/1.0 200 OK"),
    "HTTP/1.2": legal(JSON, LENGTH, start=b"HTTP/1.2 200 OK"),
    "to its end": legal(JSON, b"Connection: close", closes=True),
    "to its end, unsaid": legal(JSON, closes=True),
    "closed though a length": legal(JSON, LENGTH, b"Connection: close", closes=True),
    "empty lines first": Spelling(b"\r\n\n" + head(JSON, LENGTH) + BODY),
    "bytes behind the answer": legal(JSON, LENGTH, body=BODY + b"\r\n\r\nmore"),
    "a type twice and equal": legal(JSON, JSON, LENGTH),
    "a type twice in a line": legal(typed(SAME + b", " + SAME), LENGTH),
    "a type twice, once with a charset": legal(JSON, typed(b"text/javascript"), LENGTH),
    "a type twice in other cases": legal(JSON, typed(b"Text/JavaScript; CHARSET=utf8"), LENGTH),
    "a type and an empty member": legal(typed(SAME + b", ,"), LENGTH),
    "an empty charset": legal(typed(b"text/javascript;charset="), LENGTH),
    "an empty quoted charset": legal(typed(b'text/javascript;charset=""'), LENGTH),
    "an empty second charset": legal(typed(SAME + b";charset="), LENGTH),
    "a charset twice and equal": legal(typed(SAME + b"; charset=utf8"), LENGTH),
    "a quoted charset": legal(typed(b'text/javascript; charset="utf-8"'), LENGTH),
    "utf8": legal(typed(b"text/javascript;charset=utf8"), LENGTH),
    "UTF_8": legal(typed(b"text/javascript;charset=UTF_8"), LENGTH),
    "u8": legal(typed(b"text/javascript;charset=u8"), LENGTH),
    "cp65001": legal(typed(b"text/javascript;charset=cp65001"), LENGTH),
    "utf": legal(typed(b"text/javascript;charset=UTF"), LENGTH),
    "utf8mb4": legal(typed(b"text/javascript;charset=utf8mb4"), LENGTH),
}  # fmt: skip

#: Heads that break a rule, and the one that they break.
ILLEGAL = {
    "a blank before the length's colon": illegal(
        HEAD, JSON, b"Content-Length : %d" % len(BODY)),
    "a tab before the type's colon": illegal(
        HEAD, b"Content-Type\t: text/javascript;charset=UTF-8", LENGTH),
    "a blank before a coding's colon": illegal(
        HEAD, JSON, b"Transfer-Encoding : chunked", body=in_chunks()),
    "HTML behind a blank": illegal(
        [HEAD, "wire.body.type"], b"Content-Type : text/html", LENGTH),
    "no colon in the middle": illegal(HEAD, JSON, b"this is no header", LENGTH),
    "no colon first": illegal(HEAD, b"no header", JSON, LENGTH),
    "no colon last": illegal(HEAD, JSON, LENGTH, b"no header"),
    "no colon, folded": illegal(HEAD, JSON, b"no header", b" Content-Length: 3", LENGTH),
    "a second status line": illegal(HEAD, JSON, b"HTTP/1.1 200 OK", LENGTH),
    "no name": illegal(HEAD, JSON, b": x", LENGTH),
    "no name but a blank": illegal(HEAD, b"X: y", b"\t : x", b" : x", JSON, b":", LENGTH),
    "a blank in a name": illegal(HEAD, JSON, b"X Y: z", LENGTH),
    "a bracket in a name": illegal(HEAD, JSON, b"X(Y): z", LENGTH),
    "a fold of nothing": illegal(HEAD, b" X: y", JSON, LENGTH),
    "NUL in a value": illegal(HEAD, b"X: a\0b", JSON, LENGTH),
    "NUL in a folded line": illegal(HEAD, b"X: a", b" b\0c", JSON, LENGTH),
    "NUL in a name": illegal(HEAD, b"X\0: a", JSON, LENGTH),
    "CR in a value": illegal(HEAD, b"X: a\rb", JSON, LENGTH),
    "no colon in an answer in between": Spelling(
        b"HTTP/1.1 100 Continue\r\nhm\r\n\r\n" + head(JSON, LENGTH) + BODY, frozenset([HEAD])),
    "a line too many": illegal(HEAD, *[b"X: y"] * (MAX_HEAD_LINES - 1), JSON, LENGTH),
    "more than a mebibyte": illegal(HEAD, b"X: " + b"x" * MAX_HEAD_BYTES, JSON, LENGTH),
    "a head without end": Spelling(OK + b"\r\nX: " + b"x" * 2 * MAX_HEAD_BYTES, frozenset([HEAD])),
    "lines without end": Spelling(OK + b"\r\nX: y" * 2000, frozenset([HEAD])),
    "two types": illegal(HEAD, JSON, typed(b"text/html"), LENGTH),
    "two types of one format": illegal(HEAD, JSON, typed(b"application/json"), LENGTH),
    "two types in a line": illegal(HEAD, typed(SAME + b", text/xml"), LENGTH),
    "two types, one folded": illegal(HEAD, JSON, b"Content-Type:", b" text/plain", LENGTH),
    "two charsets": illegal(HEAD, typed(SAME + b";charset=GBK"), LENGTH),
    "two charsets in two lines": illegal(
        HEAD, JSON, typed(b"text/javascript;charset=GBK"), LENGTH),
    "two charsets in a list of types": illegal(
        HEAD, typed(SAME + b", text/javascript;charset=gbk"), LENGTH),
    "a list of charsets": illegal(HEAD, typed(SAME + b", GBK"), LENGTH),
    "a list of one charset": illegal(HEAD, typed(SAME + b",UTF-8"), LENGTH),
    "a quoted list of charsets": illegal(
        HEAD, typed(b'text/javascript;charset="UTF-8, GBK"'), LENGTH),
    "an unknown charset": illegal(ENCODING, typed(b"text/javascript;charset=utf-9"), LENGTH),
    "a codec that is no charset": illegal(
        ENCODING, typed(b"text/javascript;charset=rot13"), LENGTH),
    "UTF-8 with a mark by name": illegal(
        ENCODING, typed(b"text/javascript;charset=utf-8-sig"), LENGTH),
    "no type": illegal(TYPE, LENGTH),
    "an empty type": illegal(TYPE, typed(b""), LENGTH),
    "two lengths": illegal(CONNECTION, JSON, LENGTH, b"Content-Length: 5"),
    "two lengths in a line": illegal(CONNECTION, JSON, LENGTH + b", 5"),
    "a length that is none": illegal(CONNECTION, JSON, b"Content-Length: -1"),
    "an empty length": illegal(CONNECTION, JSON, b"Content-Length:"),
    "a length too great": illegal(CONNECTION, JSON, b"Content-Length: 9999", closes=True),
    "a chunk's size that is none": illegal(CONNECTION, JSON, CHUNKED, body=b"0x5\r\nabcde\r\n"),
    "no last chunk": illegal(CONNECTION, JSON, CHUNKED, body=in_chunks(b""), closes=True),
    "half a chunk": illegal(CONNECTION, JSON, CHUNKED, body=b"5\r\nab", closes=True),
    "a length that never comes": illegal(
        CONNECTION, JSON, b"Content-Length: 9999", endless=True),
    "no end": illegal(CONNECTION, JSON, endless=True),
    "another protocol": illegal(CONNECTION, JSON, LENGTH, start=b"HTTP/1.1 101 Switching"),
    "HTTP/2": illegal(CONNECTION, JSON, LENGTH, start=b"HTTP/2 200"),
    "HTTP in lower case": illegal(CONNECTION, JSON, LENGTH, start=b"http/1.1 200 OK"),
    "no status": illegal(CONNECTION, JSON, LENGTH, start=b"HTTP/1.1 OK"),
    "a status of four digits": illegal(CONNECTION, JSON, LENGTH, start=b"HTTP/1.1 2000 OK"),
    "a status below 100": illegal(CONNECTION, JSON, LENGTH, start=b"HTTP/1.1 042 OK"),
    "HTTP/0.9": Spelling(BODY, frozenset([CONNECTION])),
    "TLS": Spelling(b"\x15\x03\x01\x00\x02\x02F", frozenset([CONNECTION])),
    "nothing": Spelling(b"", frozenset([CONNECTION]), closes=True),
    "half a head": Spelling(OK + b"\r\n" + JSON, frozenset([CONNECTION]), closes=True),
    "no content": illegal([STATUS, "wire.body.type"], JSON, LENGTH, start=b"HTTP/1.1 204 None"),
    "not modified": illegal([STATUS, "wire.body.type"], JSON, LENGTH, start=b"HTTP/1.1 304 No"),
}  # fmt: skip

SPELLINGS = LEGAL | ILLEGAL


@contextlib.contextmanager
def serving(talk):
    """Call something with each connection that is made, while the block runs; yields the port."""

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


@contextlib.contextmanager
def speaking(answer):
    """Serve HTTP by hand: `answer` is given a connection that has asked, and all that was heard."""
    heard = []

    def talk(connection):
        with connection, contextlib.suppress(OSError):
            while request := connection.recv(65536):
                heard.append(request)
                if not answer(connection, heard):
                    break

    with serving(talk) as port:
        yield f"http://127.0.0.1:{port}/"


@contextlib.contextmanager
def raw_server(spelling):
    """Serve one spelling to whoever asks, while the block runs; yields its URL."""

    def answer(connection, _heard):
        connection.sendall(spelling.answer)
        return not spelling.closes

    with speaking(answer) as url:
        yield f"{url}router/rest"
