"""Archives cut into tasks, and the bytes of a task into whole records: the same cuts every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from topcheck.audit.inputs import LINES, Archive
from topcheck.audit.unpack import ArchiveError
from topcheck.wire.limits import MAX_BODY_BYTES

#: A task is so many bytes of an archive, unless it can only be read from its beginning.
TASK_BYTES = 8 * 1024 * 1024
#: Of a record that is longer than any body so much is kept, so that the judge sees that it is.
KEPT = MAX_BODY_BYTES + 1
#: What is longer than this without an end is no record, in bytes: a bomb, once it is unpacked.
ENDLESS = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Task:
    """A part of an archive: the records that begin from byte `start` on, and before `stop`.

    `number` is its place among all tasks, `file` that of its archive.
    """

    number: int
    file: int
    archive: Archive
    start: int
    stop: int

    @property
    def size(self) -> int:
        """How many bytes of the archive it is about, as they are stored."""
        return self.stop - self.start


def tasks_of(archives: Sequence[Archive], size: int = TASK_BYTES) -> Iterator[Task]:
    """Yield the tasks of all archives in their order; what cannot be read has none."""
    number = 0
    for file, archive in enumerate(archives):
        if archive.problem is not None:
            continue
        parts = archive.kind == LINES and not archive.compression and not archive.reads
        step = size if parts else max(archive.size, 1)
        for start in range(0, max(archive.size, 1), step):
            yield Task(number, file, archive, start, min(start + step, archive.size))
            number += 1


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines from byte `at` on; of one of more than `KEPT` bytes, `length`, the beginning."""

    at: int
    data: bytes
    length: int = 0


def line_blocks(pieces: Iterable[bytes], at: int, stop: int | None) -> Iterator[Block]:
    """Cut bytes from `at` on into blocks of whole lines, those that begin before `stop`.

    The last line may lack its end. Raises ArchiveError for a line without end.
    """
    for block in _whole_lines(pieces, at):
        if stop is not None and block.at >= stop:
            return
        if stop is None or block.length or block.at + len(block.data) < stop:
            yield block
        else:
            # the line that begins last before `stop` has the byte before it
            end = block.data.find(b"\n", stop - 1 - block.at) + 1
            yield Block(block.at, block.data[: end or None])
            return


def _whole_lines(pieces: Iterable[bytes], at: int) -> Iterator[Block]:
    """Yield blocks that end where lines do; a line that is too long is one of its own."""
    held, length = bytearray(), 0  # of the open line; what is held has at most KEPT bytes
    for piece in pieces:
        end = piece.find(b"\n") + 1
        if end and length + end > KEPT:
            held += piece[: min(end - 1, KEPT - len(held))]
            yield Block(at, bytes(held), length + end)
            at += length + end
            held, length, piece = bytearray(), 0, piece[end:]
        if cut := piece.rfind(b"\n") + 1:
            yield Block(at, b"".join((held, memoryview(piece)[:cut])))
            at += length + cut
            held, length, piece = bytearray(), 0, piece[cut:]
        held += piece[: KEPT - len(held)]
        length += len(piece)
        if length > ENDLESS:
            raise ArchiveError(f"a record of more than {ENDLESS >> 20} MiB: no more is read")
    if length:
        yield Block(at, bytes(held), length if length > KEPT else 0)


def from_line_start(pieces: Iterator[bytes], at: int) -> tuple[Iterator[bytes], int]:
    """Pass over the end of a line that began before; `pieces` begin a byte before `at`.

    Return the rest of them, and where it begins.
    """
    at -= 1
    for piece in pieces:
        if end := piece.find(b"\n") + 1:
            return chain([piece[end:]], pieces), at + end
        at += len(piece)
    return iter(()), at


def lines(block: Block) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a block that are not blank, and where each begins."""
    parts = block.data.split(b"\n")
    starts = accumulate((len(part) + 1 for part in parts), initial=block.at)
    for at, part in zip(starts, parts, strict=False):
        if part.strip():
            yield at, part.removesuffix(b"\r")
