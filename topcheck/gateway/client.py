"""The client: `prepare` builds a signed request, purely; `Client.send` puts it on the wire."""

from __future__ import annotations

import datetime
import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]
from zoneinfo import ZoneInfo

import urllib3
import urllib3.exceptions
from urllib3.filepost import encode_multipart_formdata

from topcheck.contract import protocol
from topcheck.contract.dates import strftime
from topcheck.gateway.exchange import FORM, Exchange, Request, Response
from topcheck.gateway.signing import SIGN, SIGN_METHOD, sign

#: `timestamp` is in GMT+8 wherever the client runs.
GATEWAY_ZONE = ZoneInfo("Etc/GMT-8")
TIMESTAMP = strftime(protocol.DATE_FORMAT)

_PIECE = 65536
#: A socket takes no timeout of nothing, in seconds.
_SOON = 0.001
_BROKEN = "the answer is not HTTP, or the connection broke"
#: Where a bundle of certificates may be named, the first first.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

Clock = Callable[[], datetime.datetime]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller has from TOP. Never shown: not even in the repr."""

    app_key: str
    app_secret: str
    session: str | None = None

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass(frozen=True, slots=True)
class How:
    """How a request is made: its format, its signature and where its parameters stand.

    `transport` is `form`, `multipart`, `get`, or `split` (the platform's parameters in the query,
    the method's own in the form).
    """

    format: str | None = "json"
    sign_method: str = "md5"
    simplify: bool = False
    transport: str = "form"


def now() -> datetime.datetime:
    """Return the time, aware of its zone: the clock of a live run."""
    return datetime.datetime.now(datetime.UTC)


def prepare(
    method: str, params: Mapping[str, str], credentials: Credentials, clock: Clock, how: How = How()
) -> Request:
    """Build a signed request for a method with the given business parameters as wire text."""
    common = {
        "app_key": credentials.app_key,
        "method": method,
        "timestamp": clock().astimezone(GATEWAY_ZONE).strftime(TIMESTAMP),
        "v": protocol.VERSION,
        SIGN_METHOD: how.sign_method,
    }
    optional = {
        "format": how.format,
        "session": credentials.session,
        "simplify": "true" if how.simplify else None,
    }
    common.update({name: value for name, value in optional.items() if value is not None})
    return signed(_placed(common, params, how.transport), credentials.app_secret)


def signed(request: Request, secret: str) -> Request:
    """Sign a request anew, by its own `sign_method`, over all it carries."""
    method = request.value(SIGN_METHOD) or "md5"
    return request.edited(**{SIGN: sign(request.parameters, secret, method)})


def _placed(common: Mapping[str, str], params: Mapping[str, str], transport: str) -> Request:
    everything = (*common.items(), *params.items())
    if transport == "get":
        return Request("GET", query=everything)
    if transport == "split":
        return Request("POST", tuple(common.items()), tuple(params.items()))
    return Request("POST", form=everything, multipart=transport == "multipart")


class Client:
    """Sends requests to one gateway over one kept connection; follows no redirect, retries nothing.

    `timeout` is in seconds and holds for connecting, for each read, and for an answer as a whole.
    No more of a body is read than shows that it is too large. Proxy, certificates and exceptions
    from both are those of the usual environment variables, as `environment` has them.
    """

    def __init__(
        self, url: str, timeout: float = 10.0, clock: Clock = now,
        environment: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.url = url
        self._path = urlsplit(url).path or "/"
        self._clock = clock
        each = urllib3.Timeout(connect=timeout, read=timeout)
        self._pool = pool_for(url, environment or {}, maxsize=1, timeout=each, retries=False)
        own = {"opened": 0, "response_class": type("Final", (_Final,), {"limit": timeout})}
        counted = type("Counted", (_Counted, self._pool.ConnectionCls), own)
        self._counted = cast("type[_Counted]", counted)
        self._pool.ConnectionCls = counted
        self._keeps = True

    def send(self, request: Request) -> Exchange:
        """Send a request. A failure of the wire is part of the exchange, never an exception.

        A gateway may close a kept connection whenever it likes, and the request may be on its way
        just then. So the first that is lost on a kept connection is sent again on a new one, and
        from then on every request has a new one: what is lost there is the gateway's fault.
        """
        opened = self._counted.opened
        found = self._send(request)
        kept = self._keeps and opened > 0 and self._counted.opened == opened
        if kept and found.failure == _BROKEN:
            self._keeps = False
            return self._send(request)
        return found

    def _send(self, request: Request) -> Exchange:
        path = f"{self._path}?{urlencode(request.query)}" if request.query else self._path
        body, content_type = _encoded(request)
        headers = {"Content-Type": content_type} if content_type else {}
        at, start = self._clock(), time.monotonic()
        try:
            answer = self._pool.urlopen(
                request.verb, path, body=body, headers=headers, redirect=False,
                decode_content=False, preload_content=False,
            )  # fmt: skip
            content = self._read(answer)
        except urllib3.exceptions.HTTPError as error:
            return Exchange(request, None, at, time.monotonic() - start, _reason(error))
        response = Response(answer.status, tuple(answer.headers.items()), content)
        return Exchange(request, response, at, time.monotonic() - start)

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        """Read a body piece by piece; what is too large costs its connection."""
        connection = cast("_Counted", answer.connection)
        pieces = bytearray()
        while piece := answer.read1(_PIECE):
            pieces += piece
            if len(pieces) > protocol.MAX_BODY_BYTES:
                answer.close()
                break
        answer.release_conn()
        if not self._keeps:
            connection.close()
        return bytes(pieces)

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Final(HTTPResponse):
    """An answer that is due as a whole, and is not one of those in between.

    http.client itself skips only 100, and bounds each read: all may be in time, and never end.
    `limit` is in seconds.
    """

    limit: float

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, self.limit))

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        between = HTTPStatus.SWITCHING_PROTOCOLS < status < HTTPStatus.OK
        return version, HTTPStatus.CONTINUE if between else status, reason


class _Timed(io.RawIOBase):
    """What a socket receives, as far as it comes in time."""

    def __init__(self, received: io.RawIOBase, sock: socket.socket, limit: float) -> None:
        self._received = received
        self._sock = sock
        self._due = time.monotonic() + limit
        self._begun = False

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read a piece. Raises TimeoutError if none ever came, _LateError if no more does."""
        left = self._due - time.monotonic()
        try:
            self._sock.settimeout(max(left, _SOON))
            count = self._received.readinto(buffer) if left > 0 else None
        except TimeoutError:
            count = None
            if not self._begun:
                raise
        if count is None:
            raise _LateError
        self._begun = True
        return count

    def close(self) -> None:
        """Let go of the socket."""
        self._received.close()
        super().close()


class _Counted:
    """A connection that counts how often it was opened."""

    opened: int
    close: Callable[[], None]

    def connect(self) -> None:
        """Connect, and count it."""
        type(self).opened += 1
        super().connect()  # type: ignore[misc]


class _LateError(urllib3.exceptions.HTTPError):
    """An answer began in time, and did not end so."""


def pool_for(
    url: str, environment: Mapping[str, str], **options: Any
) -> urllib3.HTTPConnectionPool:
    """Open a pool for one address, through the proxy and with the certificates of an environment.

    No proxy stands before this machine itself. Raises ValueError for what is no address.
    """
    parts = urlsplit(url)
    bundle = next((environment[name] for name in _BUNDLES if environment.get(name)), None)
    if parts.scheme == "https" and bundle:
        options["ca_certs"] = bundle
    named = {key.lower(): value for key, value in environment.items()}
    proxy = named.get(f"{parts.scheme}_proxy") or named.get("all_proxy")
    host, direct = parts.hostname or "", {"no": named.get("no_proxy", "")}
    if not proxy or is_loopback(host) or proxy_bypass_environment(host, direct):
        return urllib3.connection_from_url(url, **options)
    return urllib3.ProxyManager(proxy, **options).connection_from_url(url)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, whatever a resolver may say."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _encoded(request: Request) -> tuple[bytes | None, str | None]:
    if request.verb == "GET":
        return None, None
    if request.multipart:
        return encode_multipart_formdata(request.form)
    return urlencode(request.form).encode(), FORM


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Say in one line what happened, without the address and so without what a query carries."""
    kinds = {  # the more special first
        urllib3.exceptions.ProxyError: "no connection to the proxy that the environment names",
        urllib3.exceptions.NameResolutionError: "no connection: the name of the host is not known",
        urllib3.exceptions.NewConnectionError: f"no connection: {_why_not(error)}",
        urllib3.exceptions.ConnectTimeoutError: "no connection in time",
        urllib3.exceptions.ReadTimeoutError: "no answer in time",
        _LateError: "the answer does not end in time",
        urllib3.exceptions.SSLError: f"no secure connection: {_why_insecure(error)}",
        urllib3.exceptions.ProtocolError: _BROKEN,
    }
    return next((words for kind, words in kinds.items() if isinstance(error, kind)), "no answer")


def _why_not(error: BaseException) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there"
    return (isinstance(cause, OSError) and cause.strerror) or "it cannot be reached"


def _why_insecure(error: BaseException) -> str:
    """Say what of TLS failed, in the words of OpenSSL."""
    cause = next((one for one in error.args if isinstance(one, ssl.SSLError)), None)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {cause.verify_message}"
    if cause is not None and cause.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return "what answers there speaks no TLS"
    words = cause.reason if cause is not None else None
    return (words or "the handshake failed").replace("_", " ").lower()
