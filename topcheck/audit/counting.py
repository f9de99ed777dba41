"""The records of a task, read one after the other, and given to be judged and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from topcheck.audit.auditor import Auditor
from topcheck.audit.blocks import KEPT, Block, Task, from_line_start, line_blocks, lines
from topcheck.audit.entries import DeepEntry, entries
from topcheck.audit.inputs import BODY, CASSETTE, HAR
from topcheck.audit.objects import bodies_of
from topcheck.audit.record_counts import Counted, RecordCounts
from topcheck.audit.records import BOM, Record, is_json, record_of
from topcheck.audit.unpack import ArchiveError, Reading, open_archive, unpacked
from topcheck.gateway.har import read_entry
from topcheck.gateway.recorded_parts import UnreadableError
from topcheck.gateway.recording import RecordingError, read_recordings, with_question
from topcheck.judge.shapes.match import ENDS
from topcheck.wire.decode import is_utf8
from topcheck.wire.limits import MAX_BODY_BYTES

GONE = "it is not there any more"
TOO_LONG = f"it has more than {MAX_BODY_BYTES >> 20} MiB"


def count(auditor: Auditor, task: Task, reading: Reading = lambda _count: None) -> Counted:
    """Judge all records of a task. What cannot be read of it is counted, not raised."""
    if task.number <= auditor.last:  # what was shown so far stands behind it
        auditor.shown.clear()
    auditor.last = task.number
    counts = RecordCounts(auditor, task.file)
    reader = _TaskReader(auditor, task, counts, task.start)
    try:
        with open_archive(task.archive.place) as file:
            reader.read(file, reading)
    except FileNotFoundError:
        reader.lose(reader.at, GONE, rest=True)
    except OSError as error:
        reader.lose(reader.at, f"it cannot be read: {error.strerror or error}", rest=True)
    except ArchiveError as error:
        at = reader.at if error.at is None else error.at
        reader.lose(at, str(error), rest=True)
    return counts.end()


@dataclass(slots=True)
class _TaskReader:
    """Reads the records of one task; `at` is the byte up to which it was read."""

    auditor: Auditor
    task: Task
    counts: RecordCounts
    at: int

    def read(self, file: BinaryIO, reading: Reading) -> None:
        """Judge all records of the task. Raises OSError or ArchiveError where no more is read."""
        start, archive = self.task.start, self.task.archive
        file.seek(max(0, start - 1))
        pieces = unpacked(file, archive.compression, reading)
        if archive.kind == HAR:
            self._entries(pieces)
        elif archive.kind in (CASSETTE, BODY):
            data = _most(pieces)
            self._cassette(data) if archive.kind == CASSETTE else self._body(data)
        else:
            if start:
                pieces, self.at = from_line_start(pieces, start)
            # of what is read from its beginning the size is no place in what it unpacks to
            stop = None if archive.compression else self.task.stop
            for block in line_blocks(pieces, self.at, stop):
                self._lines(block)
                self.at = block.at + (block.length or len(block.data))
                self.counts.pack()

    def lose(self, at: int, reason: str, *, rest: bool = False) -> None:
        """Note that something could not be read."""
        self.counts.tally.lose(self.task.file, at, reason, rest=rest)

    def _body(self, data: bytes) -> None:
        asked = self.auditor.job.format or self.task.archive.format
        self.counts.body(0, self.counts.number(), data, asked)

    def _cassette(self, data: bytes) -> None:
        if len(data) > MAX_BODY_BYTES:
            raise ArchiveError(TOO_LONG)
        path = Path(self.task.archive.address)
        try:
            found = read_recordings(path, data)
        except RecordingError as error:
            raise ArchiveError(str(error).removeprefix(f"{path}: ")) from None
        for one in sorted(found, key=lambda one: one.number):
            exchange = one.exchange
            self.counts.exchange(0, self.counts.number(), Record(b"", None, exchange, carries=True))

    def _entries(self, pieces: Iterator[bytes]) -> None:
        for at, entry in entries(pieces):
            number = self.counts.number()
            self.at = at
            try:
                if isinstance(entry, DeepEntry):
                    raise UnreadableError("it is nested too deeply")
                exchange = with_question(read_entry(entry))
            except UnreadableError as error:
                self.lose(at, str(error))
            else:
                self.counts.exchange(at, number, Record(b"", None, exchange, carries=True))
                self.counts.pack()

    def _lines(self, block: Block) -> None:
        data, objects = block.data, self.task.archive.objects
        if block.at == 0 and data.startswith(BOM):
            block = Block(len(BOM), data[len(BOM) :], max(0, block.length - len(BOM)))
        if block.length:
            number = self.counts.number()
            if objects:
                self.lose(block.at, TOO_LONG)
            else:
                self.counts.alone(block.at, number, data, self.auditor.job.format)
        else:
            for part, is_alike in self._parts(block):
                if not (is_alike and self._at_once(part)):
                    for at, line in lines(part):
                        self._line(at, line)
            self.counts.flush()

    def _parts(self, block: Block) -> Iterator[tuple[Block, bool]]:
        """Part a block where lines do not begin with a documented root, as bodies in JSON do.

        Yield each part, and whether its lines are alike; where the first is not none are.
        """
        data, at = block.data, 0
        if self.task.archive.objects or not data.startswith(self.auditor.roots):
            yield block, self.task.archive.objects
            return
        for start in self.auditor.other_lines(data):
            if start > at:
                yield Block(block.at + at, data[at:start]), True
            at = data.find(b"\n", start) + 1 or len(data)
            yield Block(block.at + start, data[start:at]), False
        if at < len(data):
            yield Block(block.at + at, data[at:]), True

    def _at_once(self, block: Block) -> bool:
        """Judge all lines of a block at once, where each is, or has, a body of one format."""
        if self.auditor.job.alone:
            return False
        objects, data = self.task.archive.objects, block.data
        bodies = bodies_of(data, self.auditor.form) if objects else ("json", data)
        if bodies is None:
            return False
        (fmt, joined), reference = bodies, self.auditor.reference
        odd, undecoded = reference.odd, reference.undecoded
        found = self.auditor.judge_block(joined, fmt, self.auditor.job.format)
        if objects and reference.undecoded > undecoded and not is_utf8(data):
            reference.odd = odd  # an object that is no UTF-8 is damaged
            return False
        self.counts.block(block, joined, ENDS[fmt], found)
        return True

    def _line(self, at: int, line: bytes) -> None:
        number, form = self.counts.number(), self.auditor.form
        data = form.read(line)
        if data is None:
            is_body = line.startswith(b"<") or (is_utf8(line) and is_json(line))
            if self.task.archive.objects and not is_body:
                self.lose(at, "it is cut off, or no JSON")
            else:
                self.counts.body(at, number, line, None)
            return
        try:
            record = record_of(data, form, self.auditor.job.format)
        except UnreadableError as error:
            self.lose(at, str(error))
            return
        if record.exchange:
            self.counts.exchange(at, number, record)
        else:
            self.counts.body(at, number, record.body, record.format)


def _most(pieces: Iterator[bytes]) -> bytes:
    """Return all bytes, and no more of them than show that they are too many."""
    data = bytearray()
    for piece in pieces:
        data += piece[: KEPT - len(data)]
        if len(data) == KEPT:
            break
    return bytes(data)
