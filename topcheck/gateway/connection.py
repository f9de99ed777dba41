"""One kept connection: how it is reached, what is borne of it, and why it failed."""

from __future__ import annotations

import io
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

import urllib3
import urllib3.exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ProtocolError
from urllib3.util import make_headers, parse_url

from topcheck.wire.exchange import LONG_HEAD, Response
from topcheck.wire.http import HeadLimitError, HttpError, HttpExchange

#: Where a bundle of certificates may be named, the first first.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
#: Why there is no answer, where one might have been lost with its connection.
BROKEN = "the answer is not HTTP, or the connection broke"
#: The same, where nothing of it came: what stands there may be no gateway at all.
RESET = "no answer came: the connection was closed or reset"
#: A socket takes no timeout of nothing, in seconds.
_SOON = 0.001
_PIECE = 65536


class BundleError(Exception):
    """A bundle of certificates that the environment names cannot be read."""


def pool_for(
    url: str, environment: Mapping[str, str], **options: Any
) -> urllib3.HTTPConnectionPool:
    """Open a pool for one address, through the proxy and with the certificates of an environment.

    No proxy stands before this machine itself. Each answer of the pool is a ReadResponse. Raises
    BundleError, or ValueError for what is no address.
    """
    pool = _pool_for(url, environment, options)
    secure = isinstance(pool, urllib3.HTTPSConnectionPool)
    pool.ConnectionCls = SecureConnection if secure else PlainConnection  # type: ignore[assignment]
    return pool


def _pool_for(
    url: str, environment: Mapping[str, str], options: dict[str, Any]
) -> urllib3.HTTPConnectionPool:
    parts = urlsplit(url)
    bundle = next((name for name in _BUNDLES if environment.get(name)), None)
    if parts.scheme == "https" and bundle:
        options["ca_certs"] = environment[bundle]
        if not os.access(environment[bundle], os.R_OK):
            raise BundleError(f"{bundle} names no bundle of certificates that can be read")
    named = {key.lower(): value for key, value in environment.items()}
    proxy = named.get(f"{parts.scheme}_proxy") or named.get("all_proxy")
    host, direct = parts.hostname or "", {"no": named.get("no_proxy", "")}
    if not proxy or is_loopback(host) or proxy_bypass_environment(host, direct):
        return urllib3.connection_from_url(url, **options)
    user = urlsplit(proxy)
    given = f"{unquote(user.username or '')}:{unquote(user.password or '')}"
    headers = make_headers(proxy_basic_auth=given if user.username else None)
    manager = urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    return manager.connection_from_url(url)


def through(pool: urllib3.HTTPConnectionPool, url: str) -> tuple[str, Mapping[str, str]]:
    """Return what stands before a path, where a proxy must read it, and who is asked."""
    parts = parse_url(url)
    host = parts.netloc or ""
    if pool.proxy is None or parts.scheme == "https":
        return "", {"Host": host}
    return f"{parts.scheme}://{host}", {"Host": host, **pool.proxy_headers}


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, whatever a resolver may say."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class TunnelResponse(HTTPResponse):
    """What a proxy says to a tunnel, which is due as a whole in the time that a socket has."""

    def __init__(self, sock: socket.socket, **options: Any) -> None:
        due = DueBytes(sock, sock.gettimeout() or 0)
        super().__init__(cast("socket.socket", due), **options)


class PlainConnection(HTTPConnection):
    """A connection over which an answer is due as a whole, `timeout` seconds after its request.

    urllib3 connects, checks certificates and asks proxies for a tunnel; what is said over the
    connection is written and read by HttpExchange.
    """

    response_class = TunnelResponse
    timeout: float
    _exchange: HttpExchange
    _kept: bool

    def connect(self) -> None:
        """Connect: nothing was said yet."""
        super().connect()
        self._kept = False

    def request(  # type: ignore[override]
        self, method: str, url: str, body: bytes | None = None,
        headers: Mapping[str, str] | None = None, **_options: object,
    ) -> None:  # fmt: skip
        """Send a request, in one piece."""
        if self.is_closed:
            self.connect()
        self._exchange = HttpExchange()
        self.sock.settimeout(self.timeout)
        self.sock.sendall(self._exchange.request(method, url, headers or {}, body))

    def getresponse(self) -> ReadResponse:  # type: ignore[override]
        """Read the answer, all of it.

        Raises LostError or ProtocolError if it breaks off or is none, and what DueBytes raises.
        """
        received = DueBytes(self.sock, self.timeout)
        try:
            while not self._exchange.feed(received.read(_PIECE) or b""):
                pass
        except HeadLimitError:
            raise _LongHeadError from None
        except (HttpError, ConnectionError) as error:
            words = BROKEN if received.begun else RESET
            raise (LostError if self._kept else ProtocolError)(words) from error
        self._kept = True
        if not self._exchange.keeps:
            self.close()
        return ReadResponse(self._exchange.response())


class SecureConnection(PlainConnection, HTTPSConnection):
    """The same over TLS."""


class ReadResponse(urllib3.HTTPResponse):
    """An answer that was read: `received` is all of it."""

    def __init__(self, received: Response) -> None:
        super().__init__(status=received.status)
        self.received = received


class DueBytes(io.RawIOBase):
    """What a socket receives, as far as it comes within so many seconds; `begun` once any came.

    The timeout of a socket bounds each read: all may be in time, and never end.
    """

    def __init__(self, sock: socket.socket, limit: float) -> None:
        self._sock = sock
        self._due = time.monotonic() + limit
        self.begun = False

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def makefile(self, *_how: object) -> io.BufferedReader:
        """Return it as http.client reads a socket."""
        return io.BufferedReader(self)

    def readinto(self, buffer: Any) -> int:
        """Read a piece. Raises TimeoutError if none ever came, _LateError if no more does."""
        left = self._due - time.monotonic()
        try:
            self._sock.settimeout(max(left, _SOON))
            if left <= 0:
                raise TimeoutError
            count = self._sock.recv_into(buffer)
        except TimeoutError:
            if not self.begun:
                raise
            raise _LateError from None
        self.begun |= bool(count)
        return count


class LostError(ProtocolError):
    """An answer was lost with a connection that had been kept."""


class _LateError(urllib3.exceptions.HTTPError):
    """An answer began in time, and did not end so."""


class _LongHeadError(urllib3.exceptions.HTTPError):
    """An answer's head has no end."""


def reason(error: urllib3.exceptions.HTTPError) -> str:
    """Say in one line what happened, without the address and so without what a query carries."""
    told = "unnel connection failed" in str(error)  # by a proxy that was reached
    proxy = "through the proxy: it refuses" if told else "to the proxy that the environment names"
    kinds = {  # the more special first
        urllib3.exceptions.ProxyError: f"no connection {proxy}",
        urllib3.exceptions.LocationParseError: "no connection: the name of the host is none",
        urllib3.exceptions.NameResolutionError: "no connection: the name of the host is not known",
        urllib3.exceptions.NewConnectionError: f"no connection: {_why_not(error)}",
        urllib3.exceptions.ConnectTimeoutError: "no connection in time",
        urllib3.exceptions.ReadTimeoutError: "no answer in time",
        _LateError: "the answer does not end in time",
        _LongHeadError: LONG_HEAD,
        urllib3.exceptions.SSLError: f"no secure connection: {_why_insecure(error)}",
        ProtocolError: BROKEN if BROKEN in error.args else RESET,
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
