"""Files are written whole or not at all, and by one process at a time."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

#: What begins the name of a folder of files that are not complete yet.
_UNFINISHED = ".writing-"


def write_whole(
    folder: Path, files: Mapping[str, str | bytes], instead_of: Iterable[str] = ()
) -> None:
    """Write all files or none: all are complete before the first is moved to its place.

    Text is UTF-8, its line ends as they are; half a surrogate pair, which UTF-8 has no place for,
    is escaped. A folder in a name is moved as a whole where there is none, and else file by file.
    Files called `instead_of` are removed first. Of two processes one waits for the other. Raises
    OSError, with the name of a file or of the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        _named(folder),
        _alone(folder),
        tempfile.TemporaryDirectory(dir=folder, prefix=_UNFINISHED) as temporary,
    ):
        for name, content in files.items():
            if isinstance(content, str):
                content = content.encode("utf-8", "backslashreplace")
            path = Path(temporary, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        _remove(folder, instead_of)
        for name in dict.fromkeys(_moved(folder, name) for name in files):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            Path(temporary, name).replace(folder / name)


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove files of a folder, which is made if it is not there. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        _remove(folder, names)


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)


def _moved(folder: Path, name: str) -> str:
    """Return what is moved of a file that may lie in a folder: that folder, or the file alone."""
    first = Path(name).parts[0]
    return name if (folder / first).is_dir() else first


@contextlib.contextmanager
def _named(folder: Path) -> Iterator[None]:
    """Let an error that has no name, as that of a full disk has none, bear the folder's."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(folder)) from error
        raise


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other process write into a folder meanwhile, where its file system can tell."""
    if sys.platform == "win32":  # a folder cannot be locked there
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
