"""The SDK under test: how its driver is run, from a command or from a folder's `driver.toml`."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from topcheck.system import words_of
from topcheck.wire.data_file import DataFileError, read_checked

MANIFEST = "driver.toml"
#: In a command it stands for the interpreter that runs topcheck.
INTERPRETER = "{python}"


class SdkError(Exception):
    """An SDK cannot be gated: what is wrong with its command, its folder or its list."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """How a driver is run: its command, and the folder that it runs in.

    `name`, `version`, `title`, the package with its version, and `install` are what the manifest
    says, if there is one.
    """

    name: str | None
    command: tuple[str, ...]
    folder: Path
    title: str | None = None
    version: str | None = None
    install: str | None = None


def read_sdk(given: str) -> Sdk:
    """Read what `--sdk` gives: a folder with a manifest, or a command. Raises SdkError."""
    folder = Path(given)
    if not folder.is_dir():
        return Sdk(None, _command(given, given), Path.cwd())
    manifest = folder / MANIFEST
    try:
        data = read_checked(manifest, "driver", "; a driver's folder holds one")
    except DataFileError as error:
        raise SdkError(str(error)) from None
    title = f"{data['sdk']} {data['version']}"
    command = _command(data["run"], str(manifest))
    return Sdk(data["name"], command, folder, title, data["version"], data["install"])


def plain_name(text: str) -> str:
    """Make a name that can stand in the id of a test."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-") or "sdk"


def _command(text: str, where: str) -> tuple[str, ...]:
    try:
        words = words_of(text)
    except ValueError as error:
        raise SdkError(f"{where}: the command cannot be read: {error}") from None
    if not words:
        raise SdkError(f"{where}: the command is empty")
    return tuple(sys.executable if word == INTERPRETER else word for word in words)
