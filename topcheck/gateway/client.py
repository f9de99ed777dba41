"""The client: `prepare` builds a signed request, purely; `Client.send` puts it on the wire."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import urlencode, urlsplit

import urllib3
import urllib3.exceptions
from urllib3.filepost import encode_multipart_formdata

from topcheck.contract import protocol
from topcheck.contract.dates import strftime
from topcheck.gateway.connection import LostError, ReadResponse, pool_for, reason, through
from topcheck.gateway.signing import SIGN, SIGN_METHOD, sign
from topcheck.gateway.timing import Clock, now
from topcheck.wire.exchange import FORM, Exchange, Pairs, Request

#: `timestamp` is in GMT+8 wherever the client runs.
GATEWAY_ZONE = datetime.timezone(datetime.timedelta(hours=8))
TIMESTAMP = strftime(protocol.DATE_FORMAT)

#: Compression is not asked for: what a gateway compresses all the same, it does unasked.
_HEADERS = {"User-Agent": "topcheck", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller has from TOP. Never shown: not even in the repr."""

    app_key: str
    app_secret: str
    session: str | None = None

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """How a request is made: its format, its signature and where its parameters stand.

    `transport` is `form`, `multipart`, `get`, or `split` (the platform's parameters in the query,
    the method's own in the form).
    """

    format: str | None = "json"
    sign_method: str = "md5"
    simplify: bool = False
    transport: str = "form"


def prepare(
    method: str,
    params: Mapping[str, str],
    credentials: Credentials,
    clock: Clock,
    options: RequestOptions = RequestOptions(),
) -> Request:
    """Build a signed request for a method with the given business parameters as wire text."""
    common: dict[str, str | None] = {
        "app_key": credentials.app_key,
        "method": method,
        "timestamp": clock().astimezone(GATEWAY_ZONE).strftime(TIMESTAMP),
        "v": protocol.VERSION,
        SIGN_METHOD: options.sign_method,
        "format": options.format,
        "session": credentials.session,
        "simplify": "true" if options.simplify else None,
    }
    given = {name: value for name, value in common.items() if value is not None}
    return signed(_placed(given, params, options.transport), credentials.app_secret)


def signed(request: Request, secret: str) -> Request:
    """Sign a request anew, by its own `sign_method`, over all it carries."""
    method = request.value(SIGN_METHOD) or "md5"
    return request.edited(**{SIGN: sign(request.parameters, secret, method)})


def _placed(common: Mapping[str, str], params: Mapping[str, str], transport: str) -> Request:
    if transport == "split":
        return Request("POST", tuple(common.items()), tuple(params.items()))
    everything = (*common.items(), *params.items())
    if transport == "get":
        return Request("GET", query=everything)
    return Request("POST", form=everything, multipart=transport == "multipart")


class Client:
    """Sends requests to one gateway over one kept connection; follows no redirect, retries nothing.

    Of an exchange the request has the path and the headers with which it was sent.

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
        self._origin, host = through(self._pool, url)
        self._headers = {**host, **_HEADERS}

    def send(self, request: Request) -> Exchange:
        """Send a request. A failure of the wire is part of the exchange, never an exception.

        A gateway may close a kept connection whenever it likes, and the request may be on its way
        just then. So the first that is lost on a kept connection is sent again on a new one, and
        from then on every request has a new one: what is lost there is the gateway's fault.
        """
        try:
            return self._send(request)
        except LostError:
            self._headers["Connection"] = "close"
            return self._send(request)

    def _send(self, request: Request) -> Exchange:
        query = f"?{urlencode(request.query)}" if request.query else ""
        path = f"{self._origin}{self._path}{query}"
        body, content_type = _encoded(request)
        headers = {**self._headers, **({"Content-Type": content_type} if content_type else {})}
        request = replace(request, path=self._path, headers=_shown(headers, body))
        at, start = self._clock(), time.monotonic()
        try:
            answer = self._pool.urlopen(
                request.verb, path, body=body, headers=headers, redirect=False,
                assert_same_host=False,  # a proxy is named by the pool, and the host by the path
            )  # fmt: skip
        except LostError:
            raise
        except urllib3.exceptions.HTTPError as error:
            return Exchange(request, None, at, time.monotonic() - start, reason(error))
        response = cast("ReadResponse", answer).received
        return Exchange(request, response, at, time.monotonic() - start)

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _shown(headers: Mapping[str, str], body: bytes | None) -> Pairs:
    """Return the header lines that a gateway sees; what is for a proxy is nobody else's."""
    sent = {k: v for k, v in headers.items() if not k.lower().startswith("proxy-")}
    return tuple((sent if body is None else {**sent, "Content-Length": str(len(body))}).items())


def _encoded(request: Request) -> tuple[bytes | None, str | None]:
    if request.verb == "GET":
        return None, None
    if request.multipart:
        return encode_multipart_formdata(request.form)
    return urlencode(request.form).encode(), FORM
