"""What shapes cost, by corpus, against the parsers and against engines that accept first.

`python -m benchmarks.shapes [COUNT]`: CPU time of all that is done to a corpus, reading,
reference, learning and compiling included, in rounds that take turns, each in a fresh engine. The
last column is a whole audit of a file: codes, samples and what was tried are counted as well.
"""

from __future__ import annotations

import gc
import io
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import jsonschema_rs
import orjson
from lxml import etree
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks.corpora import CORPORA, Corpus, lines
from tests.workspace import WORKSPACE
from topcheck.audit.auditor import Auditor, Job
from topcheck.audit.blocks import line_blocks, tasks_of
from topcheck.audit.counting import count as count_task
from topcheck.audit.inputs import find_archives
from topcheck.audit.objects import bodies_of
from topcheck.audit.records import RecordForm
from topcheck.audit.unpack import READ
from topcheck.contract.json_schema import body_schema
from topcheck.contract.xsd import schema_text
from topcheck.judge.response import ResponseJudge
from topcheck.judge.shapes.guard import Shapes

COUNT, ROUNDS = 200_000, 3
#: At least, and what would be fine, each by format, as in the order of the corpora.
TARGETS = {
    "json": ((0.8, 1.2), (0.55, 1.0), (0.3, 0.5), (0.3, 0.5), (None, None), (0.6, 0.8)),
    "xml": ((1.2, 1.8), (0.9, 1.5), (0.55, 0.8), (0.4, 0.7), (None, None), (1.0, 1.4)),
}


def blocks(archive: bytes) -> Iterator[bytes]:
    """Read whole lines, as an audit does."""
    file = io.BytesIO(archive)
    for block in line_blocks(iter(lambda: file.read(READ), b""), 0, None):
        yield block.data


FORM = RecordForm([WORKSPACE.contract.root, WORKSPACE.contract.error.name])


def unwrapped(block: bytes) -> bytes:
    """Take bodies out of their objects, as an audit does."""
    found = bodies_of(block, FORM)
    return found[1] if found else b""


def by_shapes(archive: bytes, fmt: str) -> Shapes:
    """Judge an archive by shapes: reading, unwrapping, learning and compiling are in it."""
    re.purge()
    reference = ResponseJudge(WORKSPACE.contract, WORKSPACE.rules)
    shapes = Shapes(reference, fmt, fmt)
    for block in blocks(archive):
        shapes.judge_block(unwrapped(block) if fmt == "xml" else block)
    return shapes


def by_audit(path: Path) -> None:
    """Audit a file, as a worker does."""
    re.purge()
    auditor = Auditor(Job.by(WORKSPACE))
    for task in tasks_of(find_archives([str(path)], auditor.form)):
        count_task(auditor, task)


def by_parser(fmt: str, bodies: list[bytes]) -> None:
    """Parse each body, and no more: XML without its object."""
    parse = orjson.loads if fmt == "json" else etree.fromstring
    for body in bodies:
        try:
            parse(body)
        except (ValueError, etree.XMLSyntaxError):
            continue


def accepting(archive: bytes, fmt: str) -> Callable[[], None]:
    """Return an engine that accepts first: what it refuses goes to the reference."""
    reference = ResponseJudge(WORKSPACE.contract, WORKSPACE.rules)
    if fmt == "json":
        schemas = [body_schema(WORKSPACE.contract, s) for s in ("response", "error_response")]
        accepts = [jsonschema_rs.Draft202012Validator(schema).is_valid for schema in schemas]
        read = orjson.loads
    else:
        xsd = etree.XMLSchema(etree.fromstring(schema_text(WORKSPACE.contract).encode()))
        accepts, read = (
            [xsd.validate],
            lambda line: etree.fromstring(orjson.loads(line)["body"].encode()),
        )

    def run() -> None:
        for line in archive.splitlines():
            try:
                value = read(line)
                accepted = any(accept(value) for accept in accepts)
            except (ValueError, etree.XMLSyntaxError):
                accepted = False
            if not accepted:
                body = line if fmt == "json" else json.loads(line)["body"].encode()
                reference.judge(body, fmt)

    return run


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU time of a call."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


@dataclass(slots=True)
class Row:
    """What was measured of a corpus in a format, in microseconds a body."""

    corpus: str
    fmt: str
    parser: float
    shapes: float
    accepting: float
    audit: float
    known: int
    referred: int

    @property
    def ratio(self) -> float:
        """How many times faster than the parser."""
        return self.parser / self.shapes


def measure(corpus: Corpus, fmt: str, count: int) -> Row:
    """Measure one corpus; the best of the rounds counts, for others share the machine."""
    found = list(lines(corpus, fmt, count))
    archive = b"\n".join(found) + b"\n"
    bodies = found if fmt == "json" else [json.loads(line)["body"].encode() for line in found]
    by_shapes(b"\n".join(found[:1000]), fmt)
    best = [float("inf")] * 4

    gc.collect()
    gc.freeze()  # as a worker of an audit does
    some = archive[: len(archive) // 20].rpartition(b"\n")[0]
    slow = accepting(some, fmt)
    with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
        file.write(archive)
        file.flush()
        for _ in range(ROUNDS):
            best[0] = min(best[0], cpu(lambda: by_parser(fmt, bodies)))
            best[1] = min(best[1], cpu(lambda: by_shapes(archive, fmt)))
            best[2] = min(best[2], 20 * cpu(slow))
            best[3] = min(best[3], cpu(lambda: by_audit(Path(file.name))))
    engine = by_shapes(archive, fmt)
    costs = (1e6 * seconds / count for seconds in best)
    return Row(corpus.name, fmt, *costs, engine.known, engine.referred)


def main(words: list[str]) -> int:
    """Print a table a format; return 1 if something is below what it is to be at least."""
    count, missed = int(words[0]) if words else COUNT, 0
    for fmt in words[1:] or ("json", "xml"):
        rows, targets = [], iter(TARGETS[fmt])
        for corpus in CORPORA:
            row, (least, fine) = measure(corpus, fmt, count), next(targets)
            if least is None:  # as fast as without the member
                least, fine = 0.9 * rows[0][3], rows[0][3]
            said = "kept" if row.ratio >= least else "MISSED"
            accepting = row.parser / row.accepting
            audit = row.parser / row.audit
            costs = row.parser, row.shapes, accepting, row.known, row.referred, audit
            rows.append((corpus.name, least, fine, row.ratio, said, *costs))
            missed += said == "MISSED"
        table = Table(*HEADERS, box=SIMPLE, padding=0)
        for row in rows:
            table.add_row(
                *(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row)
            )
        print(f"{fmt}: times as fast as {'orjson' if fmt == 'json' else 'lxml'}, {count} bodies")
        Console(width=WIDTH).print(table)
    return 1 if missed else 0


WIDTH = 160
HEADERS = ["corpus", "at least", "fine", "measured", "", "parser us", "shapes us", "accept first",
           "shapes", "referred", "audit"]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
