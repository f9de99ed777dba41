"""One call and its answer, as the judges see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value

from topcheck.wire.headers import Headers, first_header


@dataclass(frozen=True, slots=True)
class Read:
    """One call and its answer: what was asked, in which format, and what came back.

    `wrong` names the platform's parameter that was wrong or missing, if the call was meant to be
    refused; `right` the clause by which it must be accepted, if that is what was tried; `found`
    tells that the same is answered with success when it is asked plainly. `seconds` is how long
    the answer took and `budget` how long it may, `failure` why no whole answer came. `stated` is
    what the order with these `ids` is known to be told as, by path.
    """

    asked: Mapping[str, str]
    fmt: str
    body: bytes
    wrong: str | None = None
    right: str | None = None
    found: bool = False
    sign_method: str = "md5"
    simplify: bool = False
    status: int = 200
    headers: Headers | None = None
    seconds: float = 0.0
    budget: float | None = None
    failure: str | None = None
    stated: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None if it is missing."""
        return first_header(self.headers or (), name)

    @property
    def media_type(self) -> str | None:
        """The declared media type in lower case, None if nothing is declared."""
        declared = self.header("Content-Type")
        return None if declared is None else declared.partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The declared charset."""
        declared = self.header("Content-Type")
        if declared is None:
            return None
        message = Message()
        message["Content-Type"] = declared
        charset = message.get_param("charset")
        try:
            return None if charset is None else collapse_rfc2231_value(charset)
        except ValueError:  # a charset of its own that is none
            return str(charset)

    @property
    def compressed(self) -> bool:
        """Whether the body is not what it would be to who asked for no compression."""
        return (self.header("Content-Encoding") or "identity").strip().lower() != "identity"
