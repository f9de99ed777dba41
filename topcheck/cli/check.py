"""`topcheck check`: bodies and recordings are judged, a line each, and counted."""

import errno
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from topcheck.audit.records import format_of, format_seen
from topcheck.cli.options import BROKEN, OK, UNUSABLE
from topcheck.cli.workspaces import about_workspace
from topcheck.contract.model import Severity
from topcheck.gateway.recording import Recording, RecordingError, is_recording, read_recordings
from topcheck.judge.finding import Judgement
from topcheck.judge.shapes.guard import ShapesByFormat
from topcheck.report.text import OUTPUTS
from topcheck.report.theme import TEXT, tell
from topcheck.report.wording import totals
from topcheck.system import command_of, files_under, plain, say
from topcheck.wire.limits import MAX_BODY_BYTES
from topcheck.wire.tree import Format
from topcheck.workspace import Recorded, Workspace

STDIN = "-"


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What was asked for of bodies, how much a finding must weigh to fail, and who is written for.

    What was asked for of a recorded answer stands in its request.
    """

    format: str | None
    simplify: bool
    fail_on: str
    output: str


def check_all(workspace: Workspace, names: Sequence[str], options: CheckOptions) -> int:
    """Judge files, all files of folders, and standard input; return the exit code."""
    for words in about_workspace(workspace):
        say(words, error=True)
    run = _Check(workspace, options)
    for name in names:
        run.take(name)
    return run.finish()


@dataclass(slots=True)
class _Check:
    """One call: what was read, counted and not read, and what waits to be written.

    Recordings show something together, so none is judged until all are read; what comes behind one
    waits for it. `shapes` tell bodies that conform.
    """

    workspace: Workspace
    options: CheckOptions
    files: int = 0
    unread: int = 0
    broken: bool = False
    verdicts: Counter[str] = field(default_factory=Counter)
    recorded: dict[Path, list[Recording]] = field(default_factory=dict)
    waiting: list[str | Path] = field(default_factory=list)
    shapes: ShapesByFormat = field(init=False)

    def __post_init__(self) -> None:
        self.shapes = ShapesByFormat(self.workspace.judges.response)

    def take(self, name: str) -> None:
        """Read what is named, and judge it unless it is recorded."""
        try:
            inside = files_under(Path(name)) if name != STDIN and Path(name).is_dir() else [name]
            if not inside:
                raise OSError(errno.ENOENT, "there is no file in this folder")
        except OSError as error:
            self._refuse(f"{name}: {error.strerror}")
        else:
            for one in inside:
                self._take_file(str(one))

    def _take_file(self, name: str) -> None:
        try:
            body = _read(name)
            recordings = read_recordings(Path(name), body) if is_recording(body) else None
        except OSError as error:
            self._refuse(f"{name}: {error.strerror or 'it cannot be read'}")
        except RecordingError as error:
            self._refuse(str(error))
        else:
            self.files += 1
            if recordings is not None:
                self.recorded[Path(name)] = recordings
                self.waiting.append(Path(name))
            elif self.recorded:
                self.waiting.append(self._judged(name, body))
            else:
                tell(self._judged(name, body), self.options.output)

    def _refuse(self, why: str) -> None:
        self.unread += 1
        say(why, error=True)

    def _judged(self, name: str, body: bytes) -> str:
        asked = format_of(self.options.format or Path(name).suffix[1:])
        judge, simplify = self.workspace.judges.response.judge, self.options.simplify
        if not simplify and self._conforms(body, asked):
            return self._line(name, Judgement())
        judgement = judge(body, asked, simplify=simplify)
        line = self._line(name, judgement)
        if self.options.output == TEXT and not simplify and _violates(judgement):
            from topcheck.audit.inputs import has_lines  # its file systems take their time

            bare = judge(body, asked, simplify=True)
            if not _violates(bare):
                line += f"\n  with --simplify: {bare.verdict} (an answer without its root)"
            elif name != STDIN and body.strip() and has_lines(body, name):
                read = command_of(["topcheck", "audit", name])
                line += f"\n  a file of a record a line is read by: {read}"
        return line

    def _conforms(self, body: bytes, asked: Format | None) -> bool:
        """Whether a body conforms, by shapes; where most bodies err these save nothing."""
        if 2 * self.verdicts["conforms"] < self.verdicts.total():
            return False
        return not self.shapes[format_seen(body), asked].judge_one(body).broken

    def finish(self) -> int:
        """Judge the recordings, and write what waits and the totals; return the exit code."""
        judged = self.workspace.judged(self.recorded)
        for words in judged.passed_over:
            say(words, error=True)
        for one in self.waiting:
            for line in [one] if isinstance(one, str) else self._recorded(one, judged):
                tell(line, self.options.output)
        if self.options.output == TEXT and self.files + self.unread > 1:
            tell(totals(self.verdicts, self.files, self.unread), TEXT)
        if self.unread or not self.verdicts:
            return UNUSABLE
        return BROKEN if self.broken else OK

    def _recorded(self, path: Path, judged: Recorded) -> Iterator[str]:
        """Yield what was found of each exchange of a file, and the other files that show it."""
        for recording in sorted(judged.files[path], key=lambda one: one.number):
            judgement = judged.judgement(recording)
            yield self._line(str(path), judgement, recording.number)
            between = (found for found in judgement.findings if len(found.exchanges) > 1)
            shown = (other for finding in between for other in judged.paths(finding))
            others = dict.fromkeys(str(other) for other in shown if other != path)
            if others and self.options.output == TEXT:
                yield f"  read together with {plain(', '.join(others))}"

    def _line(self, name: str, judgement: Judgement, exchange: int | None = None) -> str:
        self.verdicts[judgement.verdict] += 1
        self.broken |= (judgement.severity or 0) >= Severity.parse(self.options.fail_on)
        return OUTPUTS[self.options.output](name, judgement, exchange)


def _violates(judgement: Judgement) -> bool:
    return judgement.severity == Severity.VIOLATION


def _read(name: str) -> bytes:
    """Read a recording, or a body and no more of it than shows that it is too large."""
    if name == STDIN:
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        return _read_from(sys.stdin.buffer)
    with Path(name).open("rb") as file:
        return _read_from(file)


def _read_from(file: BinaryIO) -> bytes:
    body = file.read(MAX_BODY_BYTES + 1)
    return body + file.read() if is_recording(body) else body
