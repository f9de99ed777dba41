"""The command line: derive, check, serve, gate.

What only one command needs is imported there: judging a file must not wait for a web server.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from topcheck import __version__
from topcheck.atomic import write_whole
from topcheck.cli.options import BROKEN, LEVELS, OK, OPTIONS, UNUSABLE, misplaced
from topcheck.contract import files as contract_files
from topcheck.contract.inferred import RuleError, read_types
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.read import Page, derive_contract, read_method, read_page
from topcheck.contract.protocol import CLOCK_TOLERANCE, SANDBOX_HOST, SANDBOX_KEY, SANDBOX_SECRET
from topcheck.report.text import OUTPUTS
from topcheck.system import escape_what_cannot_be_shown, say
from topcheck.workspace import home, load_workspace

_HELP = " (see topcheck --help)"


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
    folder = out or page.parent
    try:
        folder = out or _folder(page, read_method(body))
        rules = contract_files.rules_text(folder)
        found = read_page(body, read_types(rules))
        texts = contract_files.derived_files(derive_contract(found, rules))
    except (PageError, RuleError) as error:
        rules_file = str(folder / contract_files.RULES)
        refused = page if isinstance(error, PageError) else rules_file
        said = str(error).replace(f"in {contract_files.RULES}", f"in {rules_file}")
        say(f"{refused}: refused: {said}", error=True)
        return BROKEN
    if margin:
        say("\n".join(_margin(found)))
        return OK
    if not check:
        write_whole(folder, texts)
        say(f"{folder}: {len(texts)} files from {page}")
        return OK
    own = page.resolve() == (folder / contract_files.PAGE).resolve()
    found_otherwise = list(contract_files.differences(texts, folder, exact=own))
    for line in found_otherwise:
        say(line, error=True)
    return BROKEN if found_otherwise else OK


def _folder(page: Path, method: str) -> Path:
    """Return where a page's derived files belong: beside it, or in the home that is worked in."""
    beside = page.parent
    if page.name == contract_files.PAGE and (beside / contract_files.CONTRACT).exists():
        return beside
    here = Path("schemas") / method
    return here if here.exists() or not (home() / here).exists() else home() / here


def _margin(page: Page) -> Iterator[str]:
    width = max(map(len, page.margin.values()), default=0)
    for line in page.layout.lines:
        yield f"{page.margin.get(line.number, ''):{width}} {line.number:4} | {line.text}".rstrip()


@commands.command()
@click.argument("names", metavar="PATH...", nargs=-1, required=True)
@click.option("--format", "fmt", type=click.Choice(["json", "xml"]), help="what was asked for")
@click.option("--simplify", is_flag=True, help="the request asked for simplify=true")
@click.option("--fail-on", type=click.Choice(LEVELS), default="violation", show_default=True)
@click.option("--output", type=click.Choice([*OUTPUTS]), default="text", show_default=True)
def check(
    names: tuple[str, ...], fmt: str | None, simplify: bool, fail_on: str, output: str
) -> int:
    """Judge response bodies and recordings: FILE, FOLDER, or - for standard input."""
    from topcheck.cli.check import CheckOptions, check_all

    options = CheckOptions(fmt, simplify, fail_on, output)
    return check_all(load_workspace(home()), names, options)


@commands.command()
@click.option("--host", default=SANDBOX_HOST, show_default=True)
@click.option("--port", default=0, show_default=True, help="0 takes any free one")
@click.option("--app-key", default=SANDBOX_KEY, show_default=True)
@click.option("--app-secret", default=SANDBOX_SECRET, show_default=True)
@click.option(
    "--clock-skew",
    default=str(CLOCK_TOLERANCE),
    show_default=True,
    help="how many SECONDS a timestamp may be off, or off",
)
@click.option("--orders", type=click.Path(path_type=Path), help="the order book, a JSON file")
@click.option("--fault", metavar="ID", help="answer with this fault of the catalogue")
@click.option("--list-faults", is_flag=True, help="list the catalogue of faults, and end")
@click.option("--log", metavar="FILE", help="append a line of JSON a request: why it was refused")
def serve(list_faults: bool, **given: Any) -> int:
    """Run the sandbox until it is interrupted; prints its URL when it is ready."""
    from topcheck.cli import serve as serving

    workspace = load_workspace(home())
    if list_faults:
        say("\n".join(serving.list_faults(workspace)))
    else:
        serving.serve_until_interrupted(workspace, **given)
    return OK


@commands.command()
@click.argument("file")
@click.option("--at", metavar="TIME", help="when the request was sent, in ISO 8601")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diagnose(file: str, at: str | None, output: str) -> int:
    """Say why TOP refuses the request in FILE: a line of curl, raw HTTP, or an HTTP archive.

    The secret of the app is read from TOP_APP_SECRET.
    """
    from topcheck.cli.diagnose import DiagnosisError, diagnose_file

    try:
        return diagnose_file(file, at, output, os.environ)
    except DiagnosisError as error:
        raise click.ClickException(str(error)) from None


@commands.command()
@click.argument("clause")
def explain(clause: str) -> int:
    """Say what the clause CLAUSE asks, where it comes from, and what keeps and breaks it."""
    from topcheck.cli.explain import UnknownClauseError, explained

    try:
        say("\n".join(explained(load_workspace(home()), clause)))
    except UnknownClauseError as error:
        raise click.ClickException(str(error)) from None
    return OK


@commands.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="a new folder")
def vectors(out: Path) -> int:
    """Write messages that keep and break every clause, and signatures, for other tools."""
    from topcheck.cli.vectors import VectorsError, write_vectors

    try:
        count = write_vectors(load_workspace(home()), out)
    except VectorsError as error:
        raise click.ClickException(str(error)) from None
    say(f"{out}: {count} vectors")
    return OK


def _with_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of a run."""
    for option in reversed(OPTIONS):
        kind = click.Choice(option.choices) if option.choices else option.read
        command = click.option(
            option.name, type=None if option.flag else kind, is_flag=option.flag,
            multiple=option.repeatable, metavar=option.metavar, help=option.help,
            default=None if option.default is None else str(option.default),
            show_default=option.default is not None,
        )(command)  # fmt: skip
    return command


@commands.command()
@_with_options
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="write the outcome here: JSON, JUnit XML, a summary",
)
@click.option("--verbose", is_flag=True, help="print every row of the ledger")
def gate(report: Path | None, verbose: bool, **given: Any) -> int:
    """Run the contract tests, or those of SDKs, and give a verdict."""
    from topcheck.cli.gate import run_gate
    from topcheck.cli.record import run_record

    if wrong := misplaced(given):
        raise click.UsageError(wrong)
    if given["record"]:
        return run_record(given["cassettes"])
    return run_gate(given, report, verbose=verbose)


def main() -> None:
    """Run a command; a mistake of the user's is one line, never a traceback."""
    escape_what_cannot_be_shown()
    try:
        code = commands.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError:
        code = _unusable(f"give a command: {', '.join(commands.commands)}{_HELP}")
    except click.exceptions.Abort:
        code = UNUSABLE
    except click.ClickException as error:
        usage = isinstance(error, click.UsageError)  # of all else --help says nothing
        code = _unusable(error.format_message() + (_HELP if usage else ""))
    except OSError as error:
        # what could not be written must not be tried again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = _unusable(f"{error.filename or 'standard output'}: {error.strerror}")
    except Exception as error:
        from topcheck.cli.own_fault import in_one_line

        code = _unusable(in_one_line(error))
    sys.exit(code)


def _unusable(message: str) -> int:
    say(" ".join(message.split()), error=True)
    return UNUSABLE
