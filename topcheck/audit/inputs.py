"""What a path names: files of recorded answers, and what each of them holds."""

from __future__ import annotations

import glob
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from fsspec.core import url_to_fs

from topcheck.audit.named import hint
from topcheck.audit.records import BOM, RecordForm, format_of, is_json
from topcheck.audit.unpack import ArchiveError, compression_of, open_archive, unpacked
from topcheck.gateway.recording import is_recording
from topcheck.system import files_under, is_file_or_lost, real_path
from topcheck.wire.tree import Format

#: A record a line; one body; an archive of HTTP; a cassette, or what else is read in one piece.
LINES, BODY, HAR, CASSETTE = "lines", "body", "har", "cassette"
EMPTY = "it is empty"
_WRITTEN_OVER = "what this audit writes would lie over it: name another place"

#: So much of a file tells what it holds, in bytes, once it is unpacked.
_HEAD, _LONG_HEAD = 65536, 1024 * 1024
_IS_HAR = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"')
#: A whole body in a line.
_XML_LINE = re.compile(
    rb"(?:<\?xml[^>]*>)?\s*(?:<!DOCTYPE[^<]*>)?\s*<([\w.-]+)[\s>].*</\1>\s*(?:<!--.*-->)?\s*\Z|\{.*\}\s*\Z"
)
_OF_LINES = (".ndjson", ".jsonl")
#: How files begin that have to be unpacked first.
_UNREAD = re.compile(
    rb"(?s)(?P<tar>.{257}ustar)|(?P<zip>PK\x03\x04)|(?P<xz>\xfd7zXZ)|(?P<bzip2>BZh\d1AY)"
    rb"|(?P<lz4>\x04\x22M\x18)|(?P<Parquet>PAR1)|(?P<Avro>Obj\x01)|(?P<pcap>\xd4\xc3\xb2\xa1)"
)
_PACKED = (".gz", ".zst", ".zstd")


class InputError(Exception):
    """A path names nothing that could be judged: why, in one line."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A file of recorded answers.

    `address` is what it is called, `place` where any process finds it. `size` counts its bytes as
    they are stored, `mark` changes when the file does. `format` is what its name says of a body,
    `objects` tells that its records are objects, and `reads` that these have requests, so that the
    order in which they stand says something. `hint` is what may be named otherwise, `problem` why
    it cannot be read.
    """

    address: str
    place: str
    size: int = 0
    mark: str = ""
    kind: str = BODY
    compression: str | None = None
    format: Format | None = None
    objects: bool = False
    reads: bool = False
    hint: str | None = None
    problem: str | None = None


def find_archives(
    paths: Iterable[str], form: RecordForm, without: Collection[str] = ()
) -> list[Archive]:
    """Return all files that paths name, each once: files, folders, globs, URLs of fsspec's.

    `form` says what recorded objects look like, `without` are files and folders that are none.
    Raises InputError for a path that names nothing.
    """
    ours = [real_path(name) for name in without]
    found: dict[str, str] = {}
    for path in paths:
        every = _named(path)
        names = [name for name in every if not _is_in(name, ours)]
        if not names:
            raise InputError(f"{path}: {_WRITTEN_OVER if every else 'there is no file'}")
        for name in names:
            found.setdefault(name if "://" in name else str(real_path(name)), name)
    return [_archive(address, form) for address in found.values()]


def _is_in(name: str, others: Iterable[Path]) -> bool:
    """Whether a file is one of others, or lies in one."""
    return "://" not in name and any(map(real_path(name).is_relative_to, others))


def _named(path: str) -> list[str]:
    """Return the files that a path names, sorted."""
    if "://" in path:
        return _of_url(path)
    place = Path(path)
    try:
        if place.is_dir():
            return [str(file) for file in files_under(place)]
        if place.exists() or path == "-":
            if not place.is_file():  # a pipe would be waited for, and can be read but once
                raise InputError(f"{path}: it is no file; write what comes of it into one")
            return [path]
        if place.is_symlink():  # to nothing, as a shell's glob finds it
            return [path]
    except OSError:  # of what leads there: it is told where the file is opened
        return [path]
    if not glob.has_magic(path):
        raise InputError(f"{path}: there is no such file")
    found = glob.glob(path, recursive=True)  # noqa: PTH207 - a path's own begins at a folder
    return sorted(name for name in found if is_file_or_lost(Path(name)))


def _of_url(url: str) -> list[str]:
    try:
        system, path = url_to_fs(url)
        if glob.has_magic(path):
            names = [name for name in system.glob(path) if system.isfile(name)]
        else:
            names = system.find(path)
    except Exception as error:  # each file system has errors of its own
        raise InputError(f"{url}: {' '.join(str(error).split()) or type(error).__name__}") from None
    return [url] if names == [path] else sorted(map(system.unstrip_protocol, names))


def state_of(address: str) -> tuple[int, str]:
    """Return how many bytes a file has, and what changes when it does. Raises OSError."""
    if "://" not in address:
        found = Path(address).stat()
        return found.st_size, str(found.st_mtime_ns)
    system, path = url_to_fs(address)
    info = system.info(path)
    marks = (str(info[name]) for name in ("ETag", "etag", "mtime", "LastModified") if name in info)
    return int(info.get("size") or 0), " ".join(marks)


def _archive(address: str, form: RecordForm) -> Archive:
    """Look into a file, and no further than its beginning."""
    place = address if "://" in address else str(Path(address).absolute())
    archive = Archive(address, place)
    try:
        size, mark = state_of(place)
        archive = replace(archive, size=size, mark=mark)
        with open_archive(place) as file:
            compression = compression_of(file.read(4))
            file.seek(0)
            head = _head(unpacked(file, compression))
    except ArchiveError as error:
        return replace(archive, problem=str(error))
    except OSError as error:
        return replace(archive, problem=f"it cannot be read: {error.strerror or error}")
    return replace(archive, compression=compression, **_held(head, address, form))


def _held(head: bytes, address: str, form: RecordForm) -> dict[str, Any]:
    """Tell by how a file begins, and by its name, what it holds."""
    if not head:
        return {"problem": EMPTY}
    lines = _lines(head)
    if packed := _UNREAD.match(head):
        return {"problem": f"it is {packed.lastgroup}, which is not read: unpack it first"}
    told: dict[str, Any] = {"kind": (kind := _kind(head, lines, address))}
    if kind in (LINES, BODY):
        told["hint"] = hint(head, lines, form, whole=len(head) < _HEAD)
    if kind != LINES:
        return {**told, "format": format_of(_suffix(address)[1:])}
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return {"problem": "it is UTF-16, and not UTF-8: recode it first, by iconv"}
    if (first := next(filter(None, map(form.read, lines)), None)) is None:
        return told
    return {**told, "objects": True, "reads": form.value(first, "request") is not None}


def has_lines(data: bytes, address: str) -> bool:
    """Whether a file has a record a line by its name, or by two lines that are or begin bodies."""
    two = _lines(data)[:2]
    begin = (line.startswith((b"<?xml", b"{")) for line in two)
    bodies = len(two) > 1 and (all(map(_XML_LINE.match, two)) or all(begin))
    return bodies or _suffix(address) in _OF_LINES


def _suffix(address: str) -> str:
    """Return the suffix of what a file holds, in lower case."""
    name = PurePath(address)
    return (name.with_suffix("") if name.suffix.lower() in _PACKED else name).suffix.lower()


def _lines(head: bytes) -> list[bytes]:
    return [line for line in head.removeprefix(BOM).split(b"\n") if line.strip()]


def _head(pieces: Iterator[bytes]) -> bytes:
    """Return how a file begins: its first line whole, unless that is very long."""
    head = b""
    try:
        for piece in pieces:
            head += piece
            if len(head) >= (_HEAD if b"\n" in head else _LONG_HEAD):
                break
    except ArchiveError:  # who reads it all comes to that place again, and tells it
        if not head:
            raise
    return head


def _kind(head: bytes, lines: Sequence[bytes], address: str) -> str:
    """Tell the kind of a file; one JSON text, or one of XML, is a body."""
    if is_recording(head):
        return HAR if _IS_HAR.match(head) else CASSETTE
    one = len(lines) == 1 and _suffix(address) != ".xml" and head.startswith(b"{")
    objects = any(line.startswith(b"{") and line.rstrip().endswith(b"}") for line in lines)
    return LINES if one or has_lines(head, address) or (objects and not is_json(head)) else BODY
