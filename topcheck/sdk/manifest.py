"""The SDK under test: how its driver is run, from a command or from a folder's `driver.toml`."""

from __future__ import annotations

import shlex
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "driver.toml"
KEYS = ("name", "language", "sdk", "version", "install", "run")
_LISTED = ", ".join(KEYS)
#: In a command it stands for the interpreter that runs topcheck.
INTERPRETER = "{python}"


class SdkError(Exception):
    """An SDK cannot be gated: what is wrong with its command or folder."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """How a driver is run: as it was given, its command, and the folder that it runs in.

    `name`, `version` and `title`, the package with its version, are what the manifest says, if
    there is one.
    """

    given: str
    command: tuple[str, ...]
    folder: Path
    name: str | None = None
    title: str | None = None
    version: str | None = None


def read_sdk(given: str) -> Sdk:
    """Read what `--sdk` gives: a folder with a manifest, or a command. Raises SdkError."""
    folder = Path(given)
    if not given.strip() or not folder.is_dir():
        return Sdk(given, _command(given, given), Path.cwd())
    manifest = folder / MANIFEST
    try:
        data = tomllib.loads(manifest.read_text("utf-8"))
    except OSError as error:
        raise SdkError(f"{manifest}: {error.strerror}; a driver's folder holds one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SdkError(f"{manifest}: not TOML: {error}") from None
    missing = [key for key in KEYS if not isinstance(data.get(key), str)]
    if missing:
        raise SdkError(f"{manifest}: `{missing[0]}` is missing, or no text; it has {_LISTED}")
    title = f"{data['sdk']} {data['version']}"
    command = _command(data["run"], str(manifest))
    return Sdk(given, command, folder, data["name"], title, data["version"])


def _command(text: object, where: str) -> tuple[str, ...]:
    try:
        words = shlex.split(text) if isinstance(text, str) else []
    except ValueError as error:
        raise SdkError(f"{where}: the command cannot be read: {error}") from None
    if not words:
        raise SdkError(f"{where or '--sdk'}: the command is empty")
    return tuple(sys.executable if word == INTERPRETER else word for word in words)
