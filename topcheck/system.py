"""What machines have in other ways: command lines, environments, processes, terminals."""

import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path, PurePath

WINDOWS = os.name == "nt"
#: Names the folder where Hypothesis keeps what it likes to find again.
_OF_HYPOTHESIS = "HYPOTHESIS_STORAGE_DIRECTORY"

#: What a driver's process is given of our environment: nothing else of it is its business.
_GIVEN = ("PATH", "HOME", "TMPDIR", "JAVA_HOME")
#: Without these, on Windows, no program is found, no socket opens and no temporary file is made.
_GIVEN_ON_WINDOWS = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP",
                     "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA")  # fmt: skip


def words_of(command: str, windows: bool = WINDOWS) -> list[str]:
    """Cut a command into its words. Raises ValueError.

    On Windows a backslash is a part of a path, and only double quotes hold a word together.
    """
    if not windows:
        return shlex.split(command)
    words = shlex.shlex(command, posix=True, punctuation_chars=False)
    words.whitespace_split, words.commenters = True, ""
    words.escape, words.quotes = "", '"'
    return list(words)


def command_of(words: Sequence[str], windows: bool = WINDOWS) -> str:
    """Write words as a command that a terminal takes as it stands."""
    return subprocess.list2cmdline(words) if windows else shlex.join(words)


def driver_environment(
    ours: Mapping[str, str], zone: str, windows: bool = WINDOWS
) -> dict[str, str]:
    """Return the environment of a driver, in a time zone, made of our own.

    Windows has names in any case; here they are in capitals.
    """
    known = {name.upper(): value for name, value in ours.items()} if windows else ours
    given = (*_GIVEN, *(_GIVEN_ON_WINDOWS if windows else ()))
    kept = {name: known[name] for name in given if name in known}
    return {**kept, "LANG": "C.UTF-8", "TZ": zone}


def is_beside(program: PurePath, interpreter: PurePath) -> bool:
    """Whether a program belongs to an interpreter: it stands in the same folder."""
    return program.parent == interpreter.parent


def is_of_another(folder: Path) -> bool:
    """Whether a folder is another user's, as far as the system tells: Windows does not."""
    if WINDOWS:
        return False
    try:
        return folder.stat().st_uid != os.geteuid()
    except OSError:
        return True


def real_path(path: str | Path) -> Path:
    """Return where a path leads; one that leads to itself, which `resolve` refuses, is itself."""
    return Path(os.path.realpath(path))


def files_under(folder: Path) -> list[Path]:
    """Return the files of a folder at any depth, sorted, none if it is not there.

    Links are followed, each folder is entered once; a link to nothing is a file that cannot be
    read, and so is a folder that cannot. What is hidden is left out.
    """
    found, unread = list[Path](), list[OSError]()
    if not folder.exists():
        return found
    entered = {folder.resolve()}
    for root, folders, names in os.walk(folder, onerror=unread.append, followlinks=True):
        inside = {name: Path(root, name).resolve() for name in sorted(filter(_is_shown, folders))}
        folders.clear()
        for name, place in inside.items():
            if place not in entered:
                entered.add(place)
                folders.append(name)
        found += (Path(root, name) for name in filter(_is_shown, names))
    lost = (Path(error.filename) for error in unread)
    return sorted([*filter(is_file_or_lost, found), *lost], key=attrgetter("parts"))


def is_file_or_lost(path: Path) -> bool:
    """Whether a file is there, or a link to nothing, which is to be read so that it is told."""
    return path.is_file() or not path.exists()


def _is_shown(name: str) -> bool:
    return not name.startswith(".")


def ending(pid: int) -> list[str]:
    """Return the command that ends a process of Windows and all that it started."""
    return ["taskkill", "/F", "/T", "/PID", str(pid)]


#: All but the ends of lines, and the blank that is as wide as a Chinese character.
_OTHERS = re.compile("[^\n\u3000]+")


def plain(text: str) -> str:
    """Write what does not print, line ends among it, as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def printable(text: str) -> str:
    """Write what does not print as escapes, but for the ends of lines."""
    return _OTHERS.sub(lambda found: plain(found[0]), text)


#: What tells that a runner reads what is printed, and obeys what it takes for a command.
_RUNNERS = ("GITHUB_ACTIONS", "TEAMCITY_VERSION", "TF_BUILD")
#: Its commands: `::` first in a line, and `##[`, `##vso[` and their like anywhere (ActionCommand.cs
#: of actions/runner; "Logging commands" of Azure Pipelines; "Service Messages" of TeamCity).
_COMMAND = re.compile(r"((?:\A|[\r\n])\s*):|(##\w*)\[")
#: So much of an unfinished line may belong to a command.
_MOST_OF_A_LINE = 40


def without_commands(text: str, begun: str = "") -> str:
    """Escape in a text what the runner of a CI job would obey; JSON stays the same JSON.

    `begun` is what stands before it in its line.
    """
    before = begun[-_MOST_OF_A_LINE:]
    before = f"-{before}" if before.strip() else ""  # else it is at the beginning of a line
    return _COMMAND.sub(partial(_escaped, len(before)), before + text)[len(before) :]


def _escaped(begun: int, found: re.Match[str]) -> str:
    if found.end() <= begun:
        return found[0]
    return f"{found[1]}\\u003a" if found[2] is None else f"{found[2]}\\u005b"


class _JobLog(io.TextIOWrapper):
    """A standard stream of a CI job: nothing that is written to it is a command to its runner."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(stream.buffer, stream.encoding, stream.errors, line_buffering=True)
        self._stream = stream  # what nobody holds is closed, and with it what is beneath
        self._begun = ""

    def write(self, text: str, /) -> int:
        """Write a text, of which only `say` writes commands."""
        super().write(without_commands(text, self._begun))
        self._begun = re.split(r"[\r\n]", (self._begun + text)[-2 * _MOST_OF_A_LINE :])[-1]
        return len(text)

    def close(self) -> None:
        """Leave the stream open that it writes to: it is another's."""
        self.flush()


def guard_streams() -> None:
    """Let standard output escape what its encoding has no place for, as standard error does.

    In a CI job both escape what a runner would obey. One that is closed leads nowhere, lest the
    next file that is opened gets its number.
    """
    for number, name in enumerate(("stdout", "stderr"), start=1):
        if (stream := getattr(sys, name)) is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
            setattr(sys, name, os.fdopen(number, "w", errors="backslashreplace"))
        if isinstance(stream, io.TextIOWrapper):  # it may be somebody else's
            stream.reconfigure(errors="backslashreplace")
            if _in_job() and not isinstance(stream, _JobLog):
                stream.flush()
                setattr(sys, name, _JobLog(stream))


def _in_job() -> bool:
    return any(map(os.environ.get, _RUNNERS))


def say(line: str, *, error: bool = False, command: bool = False) -> None:
    """Write a line to standard output, or why something is not done to standard error.

    No control character reaches standard error, whoever wrote it. Only a `command` is one to the
    runner of a job. click's own way would write UTF-8 where a terminal has ASCII. Raises OSError.
    """
    stream = sys.stderr if error else sys.stdout
    text = f"topcheck: {printable(line)}\n" if error else f"{line}\n"
    if command and isinstance(stream, _JobLog):
        io.TextIOWrapper.write(stream, text)
    else:
        stream.write(without_commands(text) if _in_job() and not command else text)
    stream.flush()


@contextlib.contextmanager
def nothing_kept() -> Iterator[None]:
    """Give Hypothesis a folder that goes: it keeps tables, else in the working folder."""
    with tempfile.TemporaryDirectory(prefix="topcheck-") as folder:
        given = os.environ.setdefault(_OF_HYPOTHESIS, folder)
        try:
            yield
        finally:
            if given == folder:
                del os.environ[_OF_HYPOTHESIS]


def end_tree(pid: int, windows: bool = WINDOWS) -> None:
    """End a process that leads a group, and all that it started. Raises OSError."""
    if windows:
        subprocess.run(ending(pid), check=False, capture_output=True)  # noqa: S603
    else:
        os.killpg(pid, signal.SIGKILL)
