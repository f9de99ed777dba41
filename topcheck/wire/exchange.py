"""One raw request and one raw response, with their times: what every judge and recorder reads."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from topcheck.wire.headers import Headers, first_header

Pairs = tuple[tuple[str, str], ...]

#: Parameters whose values are shown nowhere, not even when an assertion fails.
SECRET = frozenset({"app_key", "sign", "session"})

FORM = "application/x-www-form-urlencoded;charset=utf-8"

#: Where a gateway answers.
PATH = "/router/rest"


@dataclass(frozen=True, slots=True)
class Request:
    """A request on the wire: `query` and `form` are decoded pairs in their order.

    `path` and `headers` are known of a request that was received.
    """

    verb: str
    query: Pairs = ()
    form: Pairs = ()
    multipart: bool = False
    path: str = PATH
    headers: Headers = ()

    def __repr__(self) -> str:
        shown = ", ".join(k if k in SECRET else f"{k}={v!r}" for k, v in self.parameters)
        return f"Request({self.verb}, {shown})"

    @property
    def parameters(self) -> Pairs:
        """All parameters, those of the query first: the gateway merges them."""
        return self.query + self.form

    def value(self, name: str) -> str | None:
        """Return the first value of a parameter, None if it is not sent."""
        return next((value for key, value in self.parameters if key == name), None)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None if it is missing."""
        return first_header(self.headers, name)

    def edited(self, **changes: str | None) -> Request:
        """Return a copy with parameters set or, where None, left out; the signature stays."""

        def edit(pairs: Pairs) -> Pairs:
            kept = ((k, changes.get(k, v)) for k, v in pairs)
            return tuple((k, v) for k, v in kept if v is not None)

        present = {key for key, _ in self.parameters}
        added = tuple((k, v) for k, v in changes.items() if k not in present and v is not None)
        if self.form or not self.query:
            return replace(self, query=edit(self.query), form=edit(self.form) + added)
        return replace(self, query=edit(self.query) + added)


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it came: `headers` in their order, `body` undecoded."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None if it is missing."""
        return first_header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came back: a response, or the reason why none did.

    `at` is when it was sent, `seconds` how long the answer took.
    """

    request: Request
    response: Response | None
    at: datetime.datetime
    seconds: float
    failure: str | None = None
