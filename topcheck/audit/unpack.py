"""The bytes of an archive in pieces, unpacked where it is compressed, and bounded in any case."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
import zstandard

#: So much is read at a time, and about so much is unpacked of it at a time, in bytes.
READ = 128 * 1024
#: A piece of zstd of this length unpacks to 16 MiB at most: a block of 128 KiB takes four bytes.
_SLICE = 512
#: The memory that a frame of zstd may ask for: `zstd -19` asks for 8 MiB.
_WINDOW = 32 * 1024 * 1024

GZIP, ZSTD = "gzip", "zstd"
#: How the files of each compression begin; of zstd with a frame to be passed over, as pzstd writes.
_BEGINS = {GZIP: rb"\x1f\x8b", ZSTD: rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"}

#: Is told how many bytes of a file were read.
Reading = Callable[[int], object]


class ArchiveError(Exception):
    """An archive cannot be read, or not from some byte on: why, in words."""

    def __init__(self, reason: str, at: int | None = None) -> None:
        super().__init__(reason)
        self.at = at


def open_archive(address: str) -> AbstractContextManager[BinaryIO]:
    """Open a path of this machine, or any URL of fsspec's. Raises OSError."""
    if "://" in address:
        return cast("AbstractContextManager[BinaryIO]", fsspec.open(address, "rb"))
    return Path(address).open("rb")


def compression_of(head: bytes) -> str | None:
    """Tell by its first bytes how a file is compressed."""
    return next((name for name, begins in _BEGINS.items() if re.match(begins, head)), None)


def unpacked(
    file: BinaryIO, compression: str | None, reading: Reading = lambda _count: None
) -> Iterator[bytes]:
    """Yield the bytes of an open file in pieces. Raises ArchiveError for what is damaged or cut."""
    packed = _Packed(file, reading)
    if compression is None:
        while piece := packed.next():
            yield piece
        return
    try:
        while packed.more():
            yield from (_gunzip if compression == GZIP else _unzstd)(packed)
    except (zlib.error, zstandard.ZstdError) as error:
        raise ArchiveError(f"it is damaged, or no {compression}: {_in_words(error)}") from None


class _Packed:
    """What was read of a file and is not unpacked yet."""

    def __init__(self, file: BinaryIO, reading: Reading) -> None:
        self._file = file
        self._reading = reading
        self.held = b""

    def more(self) -> bool:
        """Read on if nothing is held, and tell whether something is; zeros at the end pad."""
        if not self.held.strip(b"\0"):
            self.held = self.next()
        return bool(self.held.strip(b"\0"))

    def next(self) -> bytes:
        """Read the next piece, b"" at the end. Raises ArchiveError."""
        try:
            piece = self._file.read(READ)
        except OSError as error:
            raise ArchiveError(f"it cannot be read: {error.strerror or error}") from None
        self._reading(len(piece))
        return piece

    def take(self, most: int) -> bytes:
        """Take what is held, and at most so much. Raises ArchiveError where there is no more."""
        self.held = self.held or self.next()
        if not self.held:
            raise ArchiveError("it is cut off")
        taken, self.held = self.held[:most], self.held[most:]
        return taken


def _gunzip(packed: _Packed) -> Iterator[bytes]:
    """Unpack a member of gzip; there may be several in a file."""
    member, rest, piece = zlib.decompressobj(31), b"", b""
    while not member.eof:
        if not rest and len(piece) < READ:
            rest = packed.take(READ)
        piece = member.decompress(rest, READ)
        rest = member.unconsumed_tail
        if piece:
            yield piece
    packed.held = member.unused_data + packed.held


def _unzstd(packed: _Packed) -> Iterator[bytes]:
    """Unpack a frame of zstd; there may be several in a file."""
    frame: Any = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    pieces = bytearray()
    while not frame.eof:
        try:
            pieces += frame.decompress(packed.take(_SLICE))
        except (ArchiveError, zstandard.ZstdError):
            yield bytes(pieces)
            raise
        if len(pieces) >= READ or frame.eof:
            yield bytes(pieces)
            pieces.clear()
    packed.held = frame.unused_data + packed.held


def _in_words(error: Exception) -> str:
    words = str(error).rpartition(": ")[2]
    return f"it asks for more than {_WINDOW >> 20} MiB of memory" if "memory" in words else words
