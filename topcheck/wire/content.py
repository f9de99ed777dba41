"""The content of a response: its body with the declared coding undone, within the limits."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from topcheck.wire.exchange import Response
from topcheck.wire.limits import MAX_BODY_BYTES
from topcheck.wire.tree import MessageError

#: How zlib reads a coding: with the wrapper of gzip, or with that of zlib, or with neither.
_WINDOWS: Mapping[str, tuple[int, ...]] = {
    "gzip": (31,),
    "x-gzip": (31,),
    "deflate": (15, -15),
}


def content(response: Response) -> bytes:
    """Return the body as it was before it was compressed (RFC 9110, section 8.4).

    Raises MessageError for a coding that is not read, for what it cannot have made, and beyond the
    limits.
    """
    if response.coding is None:
        return response.body
    windows = _WINDOWS.get(response.coding)
    if windows is None:
        raise _unreadable(f"the content coding {response.coding!r} is not read")
    for window in windows:
        try:
            return _inflated(response.body, window)
        except zlib.error:
            continue
    raise _unreadable(f"the body is not {response.coding}, as its header says")


def _inflated(body: bytes, window: int) -> bytes:
    """Undo a compression; it may have been made in several pieces."""
    found = bytearray()
    while body:
        piece = zlib.decompressobj(window)
        found += piece.decompress(body, MAX_BODY_BYTES + 1 - len(found))
        if len(found) > MAX_BODY_BYTES:
            reason = f"the body has more than {MAX_BODY_BYTES} bytes once it is unpacked"
            raise MessageError("wire.body.limits", reason)
        if not piece.eof:
            raise zlib.error("it is cut off")
        body = piece.unused_data
    return bytes(found)


def _unreadable(reason: str) -> MessageError:
    return MessageError("wire.body.encoding", reason)
