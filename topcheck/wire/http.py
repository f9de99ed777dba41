"""HTTP/1.1 without a socket: a request to bytes, and the bytes of an answer to a response.

h11 parses; servers write heads that it refuses, so each is cleaned first. What is no header line is
taken out and reported, what every recipient can mend is mended (RFC 9110, 9112).
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

import h11

from topcheck.wire.declared import coding_name
from topcheck.wire.exchange import Response, uncompressed
from topcheck.wire.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES, MAX_HEAD_LINES
from topcheck.wire.tree import MessageError, excerpt

Fields = list[tuple[bytes, bytes]]

#: Words may be parted by more than one blank (RFC 9112, section 4); the reason says nothing.
_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9])[ \t]+([0-9]{3})(?:[ \t].*)?")
#: How a head begins, and what stands at its end: an empty line, behind CR LF or LF.
_BEGIN, _END = b"HTTP/", re.compile(rb"\n\r*\n")
_CODING, _CHUNKED = b"transfer-encoding", "chunked"
#: A token (RFC 9110, section 5.6.2), or one of another character set.
_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z\x80-\xff]+")
#: What a value must not hold, and what h11 takes in none (RFC 9110, section 5.5): a blank each.
_FORBIDDEN = re.compile(rb"[\0\r]")
_BLANKS = bytes.maketrans(b"\0\r\v\f", b"    ")
#: What h11 says of a line behind the last chunk, which is no part of the answer.
_OF_TRAILER = re.compile("illegal header|continuation line", re.IGNORECASE)
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
        self._begun = b""
        self._answer: h11.Response | None = None
        self._codings: list[str] = []
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
        body = bytes(self._body)
        with suppress(MessageError):  # what cannot be undone is judged as it came
            for coding in reversed(self._codings):
                body = body if coding == _CHUNKED else uncompressed(body, coding)
        return Response(self._answer.status_code, headers, body, malformed=shown)

    @property
    def keeps(self) -> bool:
        """Whether nothing more comes of this answer, and both sides may go on."""
        parser = self._parser
        done = parser.our_state is parser.their_state is h11.DONE
        return done and parser.trailing_data == (b"", False)

    def _read_head(self, data: bytes) -> bytes | None:
        """Return what stands behind the answer's own head, None before that is whole."""
        self._begun += data
        while self._answer is None:
            self._begun = self._begun.lstrip(b"\r\n")
            if self._begun[: len(_BEGIN)] != _BEGIN[: len(self._begun)]:
                raise HttpError
            end = _END.search(self._begun)
            head = self._begun[: end.start()] if end else self._begun.rstrip(b"\r\n")
            if len(head) > MAX_HEAD_BYTES or head.count(b"\n") > MAX_HEAD_LINES:
                raise HeadLimitError
            if end is None:
                return None
            self._begun = self._begun[end.end() :]
            self._parse_head([line.rstrip(b"\r") for line in head.split(b"\n")])
        return self._begun

    def _parse_head(self, lines: list[bytes]) -> None:
        """Have a head parsed: the answer's own, or one in between."""
        status = _STATUS_LINE.fullmatch(lines[0])
        if not status:
            raise HttpError
        fields, malformed = _fields(lines[1:])
        self._malformed += malformed
        framed, self._codings = _framed(fields)
        # a name beyond ASCII is that of no header that is known
        clean = [
            name + b": " + value.translate(_BLANKS) for name, value in framed if name.isascii()
        ]
        first = b"HTTP/1.%b %b " % (b"0" if status[1] == b"0" else b"1", status[2])
        self._parser.receive_data(b"\r\n".join([first, *clean, b"", b""]))
        event = self._event()
        self._answer = event if isinstance(event, h11.Response) else None

    def _read_body(self, data: bytes, ended: bool) -> bool:
        if data:
            self._parser.receive_data(data)
        elif ended:  # the last chunk makes an answer whole (RFC 9112, section 8), line or no line
            self._parser.receive_data(b"\r\n" if self._codings[-1:] == [_CHUNKED] else b"")
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
            if self._answer and _OF_TRAILER.match(str(error)):
                return h11.EndOfMessage()
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


def _framed(fields: Fields) -> tuple[Fields, list[str]]:
    """Let headers name one framing (RFC 9112, section 6.3), and list the transfer codings.

    A transfer coding goes before a length. Where chunked is not the last one, the connection's end
    is the body's.
    """
    coded = b",".join(value for name, value in fields if name.lower() == _CODING)
    named = map(coding_name, coded.decode("latin-1").split(","))
    codings = [coding for coding in named if coding not in ("", "identity")]
    framing = (_CODING, b"content-length") if codings else (_CODING,)
    others = [(name, value) for name, value in fields if name.lower() not in framing]
    chunks = [(_CODING, _CHUNKED.encode())] if codings[-1:] == [_CHUNKED] else []
    return [*others, *chunks], codings
