"""The command line: derive, check, gate."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from topcheck import __version__
from topcheck.contract import derive as deriving
from topcheck.contract.inferred import RuleError
from topcheck.contract.model import Severity
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.read import Page
from topcheck.contract.protocol import MAX_BODY_BYTES
from topcheck.gate import run, show
from topcheck.home import schema_folder
from topcheck.judge.response import ResponseJudge

OK, BROKEN, UNUSABLE = 0, 1, 2

LEVELS = [str(level) for level in sorted(Severity, reverse=True)]


@click.group()
@click.version_option(__version__)
def commands() -> None:
    """Contract tests for a method of the Taobao Open Platform."""


@commands.command()
@click.argument("page", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="the folder of the derived files")
@click.option("--check", is_flag=True, help="compare with the folder instead of writing")
@click.option("--show", "margin", is_flag=True, help="print the page and what each line became")
def derive(page: Path, out: Path | None, check: bool, margin: bool) -> int:
    """Derive contract and schemas from the documentation page PAGE."""
    try:
        body = page.read_bytes()
    except OSError as error:
        raise click.FileError(str(page), error.strerror or "it cannot be read") from None
    try:
        method = deriving.derive(body).contract.method
        folder = out or Path("schemas") / method
        derived = deriving.derive(body, deriving.rules_text(folder))
    except PageError as error:
        click.echo(f"topcheck: {page}: refused: {error}", err=True)
        return BROKEN
    except RuleError as error:
        click.echo(f"topcheck: {folder / deriving.RULES}: {error}", err=True)
        return BROKEN
    if margin:
        click.echo("\n".join(_margin(derived.page)))
        return OK
    if not check:
        deriving.write(derived.files, folder)
        click.echo(f"{folder}: {len(derived.files)} files from {page}")
        return OK
    own = page.resolve() == (folder / deriving.PAGE).resolve()
    differences = list(deriving.differences(derived.files, folder, exact=own))
    for line in differences:
        click.echo(f"topcheck: {line}", err=True)
    return BROKEN if differences else OK


def _margin(page: Page) -> Iterator[str]:
    width = max(map(len, page.margin.values()), default=0)
    for line in page.layout.lines:
        yield f"{page.margin.get(line.number, ''):{width}} {line.number:4} | {line.text}".rstrip()


@commands.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--format", "written", type=click.Choice(["json", "xml"]), help="what was asked for")
@click.option("--simplify", is_flag=True, help="the request asked for simplify=true")
@click.option("--fail-on", type=click.Choice(LEVELS), default="violation", show_default=True)
@click.option("--output", type=click.Choice(["text", "ndjson"]), default="text", show_default=True)
def check(
    files: tuple[str, ...], written: str | None, simplify: bool, fail_on: str, output: str
) -> int:
    """Judge response bodies: FILE... or - for standard input."""
    judge = ResponseJudge(*deriving.load(schema_folder()))
    code = OK
    unreadable = False
    for name in files:
        try:
            body = _read(name)
        except OSError as error:
            click.echo(f"topcheck: {name}: {error.strerror or 'it cannot be read'}", err=True)
            unreadable = True
            continue
        judgement = judge.judge(body, written or _by_suffix(name), simplify=simplify)
        if output == "text":
            click.echo("\n".join(show.as_text(name, judgement)))
        else:
            click.echo(show.as_json(name, judgement))
        if judgement.severity is not None and judgement.severity >= Severity.parse(fail_on):
            code = BROKEN
    return UNUSABLE if unreadable else code


def _read(name: str) -> bytes:
    """Read a body, and no more of it than shows that it is too large."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_BODY_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(MAX_BODY_BYTES + 1)


def _by_suffix(name: str) -> str | None:
    suffix = Path(name).suffix.lower().removeprefix(".")
    return suffix if suffix in ("json", "xml") else None


@commands.command()
@click.option("--report", type=click.Path(path_type=Path), help="write ledger and JUnit XML here")
def gate(report: Path | None) -> int:
    """Run the contract tests and give a verdict."""
    return run.gate(report)


def main() -> None:
    """Run a command; a mistake of the user's is one line, never a traceback."""
    try:
        code = commands.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = UNUSABLE
    except click.ClickException as error:
        message = " ".join(error.format_message().split())
        click.echo(f"topcheck: {message} (see topcheck --help)", err=True)
        code = UNUSABLE
    except BrokenPipeError:
        sys.stderr.close()
        code = UNUSABLE
    sys.exit(code)
