"""The records of a task, judged and counted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from topcheck.audit.auditor import Auditor
from topcheck.audit.blocks import KEPT, Block, Task, from_line_start, line_blocks, lines
from topcheck.audit.bodies import told_by
from topcheck.audit.entries import DeepEntry, entries
from topcheck.audit.inputs import BODY, CASSETTE, HAR
from topcheck.audit.reads import ReadAt, ReadsOfOneOrder
from topcheck.audit.records import BOM, Record, record_of
from topcheck.audit.tally import UNDOCUMENTED, Tally
from topcheck.audit.unpack import ArchiveError, Reading, open_archive, unpacked
from topcheck.gateway.har import read_entry
from topcheck.gateway.recorded_parts import UnreadableError
from topcheck.gateway.recording import RecordingError, read_recordings, with_question
from topcheck.judge.finding import Judgement
from topcheck.judge.shapes.guard import BlockVerdicts
from topcheck.judge.shapes.learn import BodyVerdict, Format, verdict_of
from topcheck.judge.shapes.match import ENDS
from topcheck.wire.exchange import SECRET, Exchange
from topcheck.wire.limits import MAX_BODY_BYTES
from topcheck.wire.redact import Redactor

GONE = "it is not there any more"
TOO_LONG = f"it has more than {MAX_BODY_BYTES >> 20} MiB"
ANOTHER, NO_CALL = "exchanges of another method", "exchanges that are no calls of TOP"
#: So much is packed at once.
_MANY = 1000

#: A record: where it begins, its number in the task, its body.
_Item = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a task: a tally, and lines of what does not conform, packed, in their order.

    Such a line is a list in JSON: offset, number in the task, verdict, clauses.
    """

    tally: Tally
    findings: bytes = b""


def count(auditor: Auditor, task: Task, reading: Reading = lambda _count: None) -> Counted:
    """Judge all records of a task. What cannot be read of it is counted, not raised."""
    counting = _Counting(auditor, task)
    try:
        with open_archive(task.archive.place) as file:
            counting.read(file, reading)
    except FileNotFoundError:
        counting.lose(counting.at, GONE, rest=True)
    except OSError as error:
        counting.lose(counting.at, f"it cannot be read: {error.strerror or error}", rest=True)
    except ArchiveError as error:
        at = counting.at if error.at is None else error.at
        counting.lose(at, str(error), rest=True)
    return counting.end()


@dataclass(slots=True)
class _Counting:
    """The counting of one task; `at` is the byte up to which it was read."""

    auditor: Auditor
    task: Task
    tally: Tally = field(default_factory=Tally)
    at: int = 0
    reads: ReadsOfOneOrder = field(init=False)
    batches: dict[tuple[Format, Format | None], list[_Item]] = field(default_factory=dict)
    told: list[tuple[int, int, str, tuple[str, ...]]] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = self.task.start
        self.reads = ReadsOfOneOrder(self.auditor.exchanges, self.auditor.contract)

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
                self._pack()

    def end(self) -> Counted:
        """Judge what waits, and return what was counted."""
        self._judged(self.reads.end())
        self._flush()
        self._pack()
        tally = self.tally
        tally.looked = self.reads.looked
        tally.unreadable.sort(key=lambda one: one.offset)
        tally.tried |= self.auditor.bodies.reference.tried
        tally.shapes = self.auditor.bodies.known
        return Counted(tally, b"".join(self.packed))

    def lose(self, at: int, reason: str, *, rest: bool = False) -> None:
        """Note that something could not be read."""
        self.tally.lose(self.task.file, at, reason, rest=rest)

    # ---------------------------------------------------------------- what a file holds

    def _body(self, data: bytes) -> None:
        asked = self.auditor.job.format or self.task.archive.format
        self._add(0, self._number(), data, asked)

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
            self._exchange(0, self._number(), Record(b"", None, exchange, carries=True))

    def _entries(self, pieces: Iterator[bytes]) -> None:
        for at, entry in entries(pieces):
            number = self._number()
            self.at = at
            try:
                if isinstance(entry, DeepEntry):
                    raise UnreadableError("it is nested too deeply")
                exchange = with_question(read_entry(entry))
            except UnreadableError as error:
                self.lose(at, str(error))
            else:
                self._exchange(at, number, Record(b"", None, exchange, carries=True))
                self._pack()

    def _lines(self, block: Block) -> None:
        data, objects = block.data, self.task.archive.objects
        if block.at == 0 and data.startswith(BOM):
            block = Block(len(BOM), data[len(BOM) :], max(0, block.length - len(BOM)))
        if block.length:
            number = self._number()
            if objects:
                self.lose(block.at, TOO_LONG)
            else:
                self._alone(block.at, number, data, self.auditor.job.format)
        elif not self._at_once(block):
            for at, line, _length in lines(block):
                self._line(at, line)
            self._flush()

    def _at_once(self, block: Block) -> bool:
        """Judge all lines of a block at once, where each is, or has, a body of one format."""
        if not self.task.archive.objects and self._is_plain(block.data):
            self._bare(block, "json", block.data, None)
            return True
        bodies = self.auditor.form.bodies(block.data) if self.task.archive.objects else None
        if not bodies or not bodies[0].startswith(("<", "{")):
            return False
        fmt: Format = "xml" if bodies[0].startswith("<") else "json"
        end, first = ENDS[fmt], b"<" if fmt == "xml" else b"{"
        data = end.decode().join(bodies).encode("utf-8", "surrogatepass")
        if not len(bodies) - 1 == data.count(end) == data.count(end + first):
            return False
        self._bare(block, fmt, data, bodies)
        return True

    def _is_plain(self, data: bytes) -> bool:
        """Whether each line begins with a documented root: it is a body then, in JSON."""
        begun = sum(data.startswith(root) + data.count(b"\n" + root) for root in self.auditor.roots)
        return begun == data.count(b"\n") + (not data.endswith(b"\n"))

    def _bare(self, block: Block, fmt: Format, data: bytes, bodies: list[str] | None) -> None:
        """Judge what all lines of a block have, `data`: each a body, or one of the `bodies`."""
        before = self.tally.records
        found = self.auditor.bodies.of(fmt, self.auditor.job.format).judge_block(data)
        self.tally.records += found.bodies
        parts: list[bytes] = []
        starts: list[int] = []

        def item(index: int) -> _Item:
            if not parts:
                parts.extend(block.data.split(b"\n"))
                starts.extend(accumulate((len(part) + 1 for part in parts), initial=block.at))
            body = bodies[index].encode("utf-8", "surrogatepass") if bodies else parts[index]
            return starts[index], before + index, body.removesuffix(b"\r")

        self._take(found, item, self.auditor.job.format)

    def _line(self, at: int, line: bytes) -> None:
        number, form = self._number(), self.auditor.form
        data = form.read(line)
        if data is None:
            if self.task.archive.objects and not line.startswith(b"<") and not _is_json(line):
                self.lose(at, "it is cut off, or no JSON")
            else:
                self._add(at, number, line, None)
            return
        if form.has_body_alone(data):
            text = form.value(data, "body")
            self._add(at, number, text.encode("utf-8", "surrogatepass"), None)
            return
        try:
            record = record_of(data, form)
        except UnreadableError as error:
            self.lose(at, str(error))
            return
        if record.exchange:
            self._exchange(at, number, record)
        else:
            self._add(at, number, record.body, record.format)

    # ---------------------------------------------------------------- bodies

    def _number(self) -> int:
        self.tally.records += 1
        return self.tally.records - 1

    def _add(self, at: int, number: int, body: bytes, asked: Format | None) -> None:
        """Gather bodies of one format, so that many are judged at a time."""
        fmt: Format = "xml" if body.lstrip(BOM + b" \t\r\n").startswith(b"<") else "json"
        asked = asked or self.auditor.job.format
        if not body or ENDS[fmt] in body or len(body) > MAX_BODY_BYTES:
            self._alone(at, number, body, asked)
        else:
            self.batches.setdefault((fmt, asked), []).append((at, number, body))

    def _flush(self) -> None:
        for (fmt, asked), items in self.batches.items():
            found = self.auditor.bodies.of(fmt, asked).judge_block(
                ENDS[fmt].join(body for _, _, body in items)
            )
            self._take(found, items.__getitem__, asked)
        self.batches.clear()

    def _take(
        self, found: BlockVerdicts, item: Callable[[int], _Item], asked: Format | None
    ) -> None:
        """Count what was found of many bodies; those that are told of are judged again."""
        self.tally.by_reference += found.referred
        for verdict, many in found.counts().items():
            self._count(verdict, many)
        for (place, value), many in found.told.items():
            self.tally.tell(self.auditor.names[place], value, many)
        every = {clause for verdict in found.counts() for clause in verdict.clauses}
        if not (self.auditor.job.findings or self.tally.wants(every)):
            return
        for index, verdict in found.nonconforming():
            at, number, body = item(index)
            self._note(at, number, verdict)
            if self.tally.wants(verdict.clauses, at):
                judgement = self.auditor.bodies.reference.judge(body, asked)
                self.tally.show(judgement.findings, self.task.file, at, number, _redactor(None))

    def _count(self, verdict: BodyVerdict, many: int = 1) -> None:
        self.tally.add(verdict, many)
        by_id = self.auditor.contract.by_id
        for clause_id, path in verdict.broken:
            if by_id[clause_id].fact == "known":
                self.tally.tell(UNDOCUMENTED, path, many)

    def _note(self, at: int, number: int, verdict: BodyVerdict) -> None:
        if self.auditor.job.findings:
            self.told.append((at, number, verdict.verdict, verdict.clauses))

    def _alone(self, at: int, number: int, body: bytes, asked: Format | None) -> None:
        """Judge a body that cannot be one of a block."""
        judgement = self.auditor.bodies.reference.judge(body, asked)
        self._take_one(at, number, judgement)

    # ---------------------------------------------------------------- exchanges

    def _exchange(self, at: int, number: int, record: Record) -> None:
        exchange = record.exchange
        if exchange is None or exchange.response is None:
            self.tally.passed_over[NO_CALL] += 1
            return
        method = self.auditor.contract.method
        if (exchange.request.value("method") or method) != method:
            self.tally.passed_over[ANOTHER] += 1
            return
        self._judged(self.reads.add(ReadAt(at, number, record, exchange)))

    def _judged(self, reads: Iterator[tuple[ReadAt, Judgement]]) -> None:
        for read, judgement in reads:
            self._take_one(read.at, read.number, judgement, read.exchange)

    def _take_one(
        self, at: int, number: int, judgement: Judgement, exchange: Exchange | None = None
    ) -> None:
        verdict = verdict_of(judgement)
        self.tally.by_reference += 1
        self._count(verdict)
        for place, value in told_by(judgement, self.auditor.bodies.counted):
            self.tally.tell(self.auditor.names[place], value)
        if verdict.broken:
            self._note(at, number, verdict)
            if self.tally.wants(verdict.clauses, at):
                found = judgement.findings
                self.tally.show(found, self.task.file, at, number, _redactor(exchange))

    # ---------------------------------------------------------------- findings

    def _pack(self) -> None:
        """Pack what is told of records before which none waits to be judged."""
        first = self.reads.first
        self.told.sort()
        ready = [one for one in self.told if first is None or one[1] < first]
        if ready and (first is None or len(ready) >= _MANY):
            self.told = self.told[len(ready) :]
            text = "".join(f"{json.dumps(one)}\n" for one in ready)
            self.packed.append(gzip.compress(text.encode(), 1))


def _most(pieces: Iterator[bytes]) -> bytes:
    """Return all bytes, and no more of them than show that they are too many."""
    data = bytearray()
    for piece in pieces:
        data += piece[: KEPT - len(data)]
        if len(data) == KEPT:
            break
    return bytes(data)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _redactor(exchange: Exchange | None) -> Redactor:
    """Return what takes the secrets of a recorded request out of texts."""
    pairs = exchange.request.parameters if exchange else ()
    return Redactor(value for name, value in pairs if name in SECRET)
