"""HTTP/1.1 without a socket: a request to bytes, and the bytes of an answer to a response.

h11 parses; servers write heads that it refuses, so each is cleaned first. What is no header line is
taken out and reported, what every recipient can mend is mended (RFC 9110, 9112).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import h11

from topcheck.wire.exchange import Response
from topcheck.wire.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES, MAX_HEAD_LINES
from topcheck.wire.tree import excerpt

Fields = list[tuple[bytes, bytes]]

#: Words may be parted by more than one blank (RFC 9112, section 4); the reason says nothing.
_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9])[ \t]+([0-9]{3})(?:[ \t].*)?")
_BEGIN = b"HTTP/"
#: A token (RFC 9110, section 5.6.2), or one of another character set.
_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z\x80-\xff]+")
#: What a value must not hold, and what h11 takes in none (RFC 9110, section 5.5): a blank each.
_FORBIDDEN = re.compile(rb"[\0\r]")
_BLANKS = bytes.maketrans(b"\0\r\v\f", b"    ")
#: So much is shown of a line that is no header.
_MOST_SHOWN = 200


class HttpError(Exception):
    """What came is not HTTP, or ended before the answer did."""


class HeadLimitError(HttpError):
    """A head is longer than any that is read."""


class HttpExchange:
    """One request and its answer, as the bytes of a connection.

    `keeps` says whether the connection may be used again, once the answer is whole.
    """

    def __init__(self) -> None:
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=2 * MAX_HEAD_BYTES)
        self._head: list[bytes] = []
        self._cut = b""  # the last line, of which more is to come
        self._lines = self._size = 0
        self._answer: h11.Response | None = None
        self._chunked = False
        self._malformed: list[bytes] = []
        self._body = bytearray()

    def request(
        self, verb: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> bytes:
        """Return the bytes of a request; its length is added."""
        length = {} if body is None else {"Content-Length": str(len(body))}
        pairs = [*headers.items(), *length.items()]
        sent = [self._parser.send(h11.Request(method=verb, target=target, headers=pairs))]
        if body is not None:
            sent.append(self._parser.send(h11.Data(data=body)))
        return b"".join(part or b"" for part in (*sent, self._parser.send(h11.EndOfMessage())))

    def feed(self, data: bytes) -> bool:
        """Take what came, or b"" for its end; return whether the answer is whole, or too large.

        Raises HttpError.
        """
        ended = not data
        if self._answer is None:
            rest = self._read_head(data)
            if rest is None:
                if ended:
                    raise HttpError
                return False
            data = rest
        return self._read_body(data, ended)

    def response(self) -> Response:
        """Return the answer, once it is whole; values of headers are latin-1, as HTTP has it."""
        assert self._answer is not None  # noqa: S101 - `feed` saw it
        headers = tuple(
            (name.decode("ascii"), value.decode("latin-1"))
            for name, value in self._answer.headers.raw_items()
        )
        lines = (line.decode("utf-8", "backslashreplace") for line in self._malformed)
        shown = tuple(excerpt(line, _MOST_SHOWN) for line in lines)
        return Response(self._answer.status_code, headers, bytes(self._body), shown)

    @property
    def keeps(self) -> bool:
        """Whether nothing more comes of this answer, and both sides may go on."""
        parser = self._parser
        done = parser.our_state is parser.their_state is h11.DONE
        return done and parser.trailing_data == (b"", False)

    def _read_head(self, data: bytes) -> bytes | None:
        """Take lines of a head; return what stands behind the answer's own, None before that."""
        *lines, self._cut = (self._cut + data).split(b"\n")
        for number, line in enumerate(lines, 1):
            self._size += len(line) + 1
            if self._take(line.rstrip(b"\r")) and self._parse_head():
                return b"\n".join([*lines[number:], self._cut])
        start = self._cut.lstrip(b"\r")
        if not self._head and start[: len(_BEGIN)] != _BEGIN[: len(start)]:
            raise HttpError
        if self._size + len(self._cut) > MAX_HEAD_BYTES:
            raise HeadLimitError
        return None

    def _take(self, line: bytes) -> bool:
        """Take one line; return whether it ends a head. Lines before a head may be empty."""
        if not line:
            return bool(self._head)
        if not self._head:
            return self._begin(line)
        self._lines += 1
        if self._size > MAX_HEAD_BYTES or self._lines > MAX_HEAD_LINES:
            raise HeadLimitError
        self._head.append(line)
        return False

    def _begin(self, line: bytes) -> bool:
        """Begin a head with a status line, written as h11 takes it."""
        found = _STATUS_LINE.fullmatch(line)
        if not found:
            raise HttpError
        version = b"1.0" if found[1] == b"0" else b"1.1"
        self._head.append(b"HTTP/%b %b " % (version, found[2]))
        return False

    def _parse_head(self) -> bool:
        """Have a head parsed; return whether it is the answer's, and not one in between."""
        (status_line, *lines), self._head = self._head, []
        fields, malformed = _fields(lines)
        self._malformed += malformed
        framed, self._chunked = _framed(fields)
        # a name beyond ASCII is that of no header that is known
        clean = [
            name + b": " + value.translate(_BLANKS) for name, value in framed if name.isascii()
        ]
        self._parser.receive_data(b"\r\n".join([status_line, *clean, b"", b""]))
        event = self._event()
        self._answer = event if isinstance(event, h11.Response) else None
        return self._answer is not None

    def _read_body(self, data: bytes, ended: bool) -> bool:
        if data:
            self._parser.receive_data(data)
        elif ended:  # the last chunk makes an answer whole (RFC 9112, section 8), line or no line
            self._parser.receive_data(b"\r\n" if self._chunked else b"")
        while True:
            event = self._event()
            if isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > MAX_BODY_BYTES:
                    return True
            elif event is h11.NEED_DATA:
                if ended:
                    raise HttpError
                return False
            else:
                return True

    def _event(self) -> object:
        try:
            return self._parser.next_event()
        except h11.RemoteProtocolError as error:
            raise HttpError from error


def _fields(lines: Iterable[bytes]) -> tuple[Fields, list[bytes]]:
    """Return names and values, and the lines that break the rules; what can be read of those is."""
    fields: Fields = []
    malformed: list[bytes] = []
    continues: bool | None = None  # whether a folded line has a field to go on with
    for line in lines:
        legal = not _FORBIDDEN.search(line)
        if line[:1] in b" \t":
            legal &= continues is not None
            if continues:
                name, value = fields[-1]
                fields[-1] = name, value + b" " + line.strip(b" \t")
        else:
            written, colon, value = line.partition(b":")
            name = written.rstrip(b" \t")
            continues = bool(colon and _NAME.fullmatch(name))
            legal &= continues and name == written
            if continues:
                fields.append((name, value.strip(b" \t")))
        if not legal:
            malformed.append(line)
    return fields, malformed


def _framed(fields: Fields) -> tuple[Fields, bool]:
    """Let headers name one framing (RFC 9112, section 6.3), and say whether it is by chunks.

    A transfer coding goes before a length. Where chunked is not the last one, the connection's end
    is the body's.
    """
    codings = list(_transfer_codings(fields))
    by_length = () if codings else (b"content-length",)
    framing = {b"content-length", b"transfer-encoding"} - set(by_length)
    others = [(name, value) for name, value in fields if name.lower() not in framing]
    chunked = codings[-1:] == [b"chunked"]
    return [*others, *([(b"Transfer-Encoding", b"chunked")] if chunked else [])], chunked


def _transfer_codings(fields: Fields) -> Iterator[bytes]:
    for name, value in fields:
        if name.lower() == b"transfer-encoding":
            found = (coding.strip(b" \t").lower() for coding in value.split(b","))
            yield from (coding for coding in found if coding not in (b"", b"identity"))
