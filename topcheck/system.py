"""What machines have in other ways: command lines, environments, processes, terminals."""

import io
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

WINDOWS = os.name == "nt"

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


def ending(pid: int) -> list[str]:
    """Return the command that ends a process of Windows and all that it started."""
    return ["taskkill", "/F", "/T", "/PID", str(pid)]


def escape_what_cannot_be_shown() -> None:
    """Let standard output escape what its encoding has no place for, as standard error does."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # it may be closed, or somebody else's
        sys.stdout.reconfigure(errors="backslashreplace")


def say(line: str, *, error: bool = False) -> None:
    """Write a line to standard output, or why something is not done to standard error, if there is.

    click's own way would write UTF-8 where a terminal has ASCII. Raises OSError.
    """
    stream = sys.stderr if error else sys.stdout
    if stream is not None:
        stream.write(f"topcheck: {line}\n" if error else f"{line}\n")
        stream.flush()


def end_tree(pid: int, windows: bool = WINDOWS) -> None:
    """End a process that leads a group, and all that it started. Raises OSError."""
    if windows:
        subprocess.run(ending(pid), check=False, capture_output=True)  # noqa: S603
    else:
        os.killpg(pid, signal.SIGKILL)
