"""The headers of a request or a response, as they came."""

from __future__ import annotations

#: Names in any case, in their order; a name may stand twice.
Headers = tuple[tuple[str, str], ...]


def first_header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, None if it is missing."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)
