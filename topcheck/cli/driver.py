"""`topcheck driver`: a driver to start from in any of the languages, and its first messages."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

from topcheck.atomic import write_whole
from topcheck.cli.options import OK
from topcheck.system import command_of, say
from topcheck.workspace import home, is_installed, load_workspace

#: The languages, each with the folder of the reference client that is its scaffold.
SCAFFOLDS = {"python": "python", "node": "node", "java": "java", "go": "go", "csharp": "dotnet",
             "php": "php", "cpp": "cpp", "shell": "curl"}  # fmt: skip
#: Marks the place of the SDK in a scaffold.
MARK = "YOUR SDK HERE"
KNOWN = "known-failing.toml"


@click.group()
def driver() -> None:
    """Start a driver for an SDK, and try it message by message."""


@driver.command()
@click.argument("language")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def new(language: str, folder: Path) -> int:
    """Make a driver in LANGUAGE in the new folder DIR: it runs as it is, and calls TOP."""
    if language not in SCAFFOLDS:
        raise click.ClickException(f"no driver in {language}; there are: {', '.join(SCAFFOLDS)}")
    try:
        if is_installed(folder):
            raise click.ClickException(f"{folder} is inside of topcheck: give a folder of yours")
        if folder.exists() and any(folder.iterdir()):
            raise click.ClickException(f"{folder} is not empty: give a new folder")
        files = _files(SCAFFOLDS[language], folder)
        write_whole(folder, files)
    except OSError as error:
        raise click.FileError(str(folder), error.strerror or str(error)) from None
    say("\n".join(_next_steps(folder, files)))
    return OK


def _files(scaffold: str, folder: Path) -> dict[str, bytes]:
    """Return what a new driver consists of: what the manifest of its scaffold lists, and a list."""
    from topcheck.sdk.manifest import MANIFEST, plain_name, read_toml

    origin = home() / "drivers" / scaffold
    name = json.dumps(plain_name(folder.resolve().name))
    text = (origin / MANIFEST).read_text("utf-8")
    text = re.sub(r"^name = .*", f"name = {name}", text, flags=re.M)
    text = re.sub(r"^files = .*\n", "", text, flags=re.M)
    known = f"# What is known to fail of this SDK, each with a reason and a date.\nsdk = {name}\n"
    listed = read_toml(origin / MANIFEST)["files"]
    files = {one: (origin / one).read_bytes() for one in listed}
    return {**files, MANIFEST: text.encode(), KNOWN: known.encode()}


def _next_steps(folder: Path, files: dict[str, bytes]) -> Iterator[str]:
    from topcheck.sdk.manifest import MANIFEST, read_toml

    about, name = read_toml(folder / MANIFEST), str(folder)
    yield f"{folder}: a driver in {about['language']}, with a client of TOP in place of an SDK"
    for file, content in files.items():
        lines = content.decode().splitlines()
        yield from (f"  {file}:{at}  {MARK}" for at, line in enumerate(lines, 1) if MARK in line)
    yield "next:"
    if about["install"] != "true":
        yield f"  cd {command_of([name])} && {about['install']}"
    if about["apt"]:
        yield f"    (on Debian it needs {' '.join(about['apt'])})"
    yield f"  {command_of(['topcheck', 'driver', 'smoke', name])}"
    known = f"--known-failing={folder / KNOWN}"
    yield f"  {command_of(['topcheck', 'gate', f'--sdk={name}', known])}"


@driver.command()
@click.argument("sdk", metavar="COMMAND|DIR")
def smoke(sdk: str) -> int:
    """Play a few messages with a driver, and say the first thing that is wrong, with its mend."""
    from topcheck.cli.smoke import run_smoke

    return run_smoke(sdk, load_workspace(home()))
