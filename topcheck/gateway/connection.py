"""One kept connection: how it is reached, what is borne of it, and why it failed."""

from __future__ import annotations

import io
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

import urllib3
import urllib3.exceptions
from urllib3.util import make_headers

#: Where a bundle of certificates may be named, the first first.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
#: Why there is no answer, where one might have been lost with its connection.
BROKEN = "the answer is not HTTP, or the connection broke"
#: A socket takes no timeout of nothing, in seconds.
_SOON = 0.001


class BundleError(Exception):
    """A bundle of certificates that the environment names cannot be read."""


def pool_for(
    url: str, environment: Mapping[str, str], **options: Any
) -> urllib3.HTTPConnectionPool:
    """Open a pool for one address, through the proxy and with the certificates of an environment.

    No proxy stands before this machine itself. Raises BundleError, or ValueError for what is no
    address.
    """
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
    """Return what stands before a path, and in the headers, where a proxy must read it."""
    parts = urlsplit(url)
    if pool.proxy is None or parts.scheme == "https":
        return "", {}
    return f"{parts.scheme}://{parts.netloc}", {"Host": parts.netloc, **pool.proxy_headers}


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, whatever a resolver may say."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def guard(pool: urllib3.HTTPConnectionPool, limit: float) -> type[Counted]:
    """Let a pool open connections that are counted, and whose answers are due in so many seconds.

    Returns what counts.
    """
    own = {"opened": 0, "response_class": type("Final", (_Final,), {"limit": limit})}
    counted = type("Counted", (Counted, pool.ConnectionCls), own)
    pool.ConnectionCls = counted
    return cast("type[Counted]", counted)


class _Final(HTTPResponse):
    """An answer that is due as a whole, and is not one of those in between.

    http.client itself skips only 100, and bounds each read: all may be in time, and never end.
    `limit` is in seconds.
    """

    limit: float

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, self.limit))

    def begin(self) -> None:
        """Read the head. http.client overlooks a coding that blanks stand behind."""
        super().begin()
        coding = self.headers.get("Transfer-Encoding", "").strip().lower()
        if coding == "chunked" and not self.chunked:
            self.chunked, self.chunk_left, self.length = True, None, None

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


class Counted:
    """A connection that counts how often it was opened."""

    opened: int
    close: Callable[[], None]

    def connect(self) -> None:
        """Connect, and count it."""
        type(self).opened += 1
        super().connect()  # type: ignore[misc]


class _LateError(urllib3.exceptions.HTTPError):
    """An answer began in time, and did not end so."""


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
        urllib3.exceptions.SSLError: f"no secure connection: {_why_insecure(error)}",
        urllib3.exceptions.ProtocolError: BROKEN,
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
