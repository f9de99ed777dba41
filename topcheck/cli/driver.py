"""`topcheck driver`: its commands; what they need is imported where it is needed."""

from pathlib import Path

import click

from topcheck.cli.click_options import Group, with_options
from topcheck.cli.languages import SCAFFOLDS
from topcheck.cli.options import OF_WORKSPACE, path, word


@click.group(cls=Group)
def driver() -> None:
    """Start a driver for an SDK, and try it message by message."""


@driver.command(epilog=f"LANGUAGE is one of {', '.join(SCAFFOLDS)}.")
@click.argument("language")
@click.argument("folder", metavar="DIR", type=path)
@with_options(OF_WORKSPACE)
def new(language: str, folder: Path, workspace: str | None, method: str | None) -> int:
    """Make a driver in LANGUAGE in the new folder DIR: it runs as it is, and calls TOP."""
    from topcheck.cli.scaffold import new_driver

    return new_driver(language, folder, workspace, method)


@driver.command()
@click.argument("sdk", metavar="COMMAND|DIR", type=word)
@with_options(OF_WORKSPACE)
def smoke(sdk: str, workspace: str | None, method: str | None) -> int:
    """Play a few messages with a driver, and say the first thing that is wrong, with its mend."""
    from topcheck.cli.smoke import run_smoke
    from topcheck.cli.workspaces import open_workspace

    return run_smoke(sdk, open_workspace(workspace, method))
