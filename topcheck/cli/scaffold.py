"""`topcheck driver new`: a folder with a driver that runs as it is, in any of the languages."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from topcheck.atomic import write_whole
from topcheck.cli.languages import SCAFFOLDS
from topcheck.cli.options import OF_WORKSPACE, OK
from topcheck.cli.workspaces import nearest_workspace
from topcheck.sdk.manifest import MANIFEST, plain_name
from topcheck.system import command_of, say
from topcheck.wire.data_file import read_toml
from topcheck.workspace import home, is_installed, pages_of

#: Marks the place of the SDK in a scaffold.
MARK = "YOUR SDK HERE"
#: The file of what is known to fail.
KNOWN = "known-failing.toml"


def new_driver(
    language: str, folder: Path, workspace: str | None = None, method: str | None = None
) -> int:
    """Make a driver in a new or an empty folder, and say what to do next; return the exit code.

    A driver calls whatever method it is told to: workspace and method are for the next commands.
    Raises ClickException for what cannot be made.
    """
    if language not in SCAFFOLDS:
        raise click.ClickException(f"no driver in {language}; there are: {', '.join(SCAFFOLDS)}")
    try:
        if is_installed(folder):
            raise click.ClickException(f"{folder} is inside of topcheck: give a folder of yours")
        if folder.exists() and any(folder.iterdir()):
            raise click.ClickException(f"{folder} is not empty: give a new folder")
        files = _files(home() / "drivers" / SCAFFOLDS[language], folder.resolve().name)
        write_whole(folder, files)
    except OSError as error:
        raise click.FileError(str(folder), error.strerror or str(error)) from None
    say("\n".join(_next_steps(folder, files, _about(workspace, method))))
    return OK


def _about(workspace: str | None, method: str | None) -> list[str]:
    """Return the options that say which method is meant: one has to be named of several."""
    root = nearest_workspace(Path.cwd()) if workspace is None else Path(workspace)
    methods = list(pages_of(root)) if root else []
    given = {"workspace": workspace, "method": method or (methods[0] if len(methods) > 1 else None)}
    return [word for option in OF_WORKSPACE for word in option.words(given[option.key])]


def _files(scaffold: Path, name: str) -> dict[str, bytes]:
    """Return what a new driver consists of: what its scaffold's manifest lists, that, and a list.

    Raises OSError.
    """
    called = json.dumps(plain_name(name))
    manifest = (scaffold / MANIFEST).read_text("utf-8")
    manifest = re.sub(r"^name = .*", f"name = {called}", manifest, flags=re.M)
    manifest = re.sub(r"^files = .*\n", "", manifest, flags=re.M)
    known = f"# What is known to fail of this SDK, each with a reason and a date.\nsdk = {called}\n"
    files = {one: (scaffold / one).read_bytes() for one in read_toml(scaffold / MANIFEST)["files"]}
    return {**files, MANIFEST: manifest.encode(), KNOWN: known.encode()}


def _next_steps(folder: Path, files: Mapping[str, bytes], options: Sequence[str]) -> Iterator[str]:
    about = read_toml(folder / MANIFEST)
    yield f"{folder}: a driver in {about['language']}, with a client of TOP in place of an SDK"
    for file, content in files.items():
        lines = content.decode().splitlines()
        yield from (f"  {file}:{at}  {MARK}" for at, line in enumerate(lines, 1) if MARK in line)
    yield "next:"
    if about["install"] != "true":
        yield f"  (cd {command_of([str(folder)])} && {about['install']})"
    if about["apt"]:
        yield f"    (on Debian it needs {' '.join(about['apt'])})"
    known = f"--known-failing={folder / KNOWN}"
    for words in (["driver", "smoke", str(folder)], ["gate", f"--sdk={folder}", known]):
        yield f"  {command_of(['topcheck', *words, *options])}"
