"""The command line: derive, check, serve, gate.

What only one command needs is imported there: judging a file must not wait for a web server, and
asking for help must wait for nothing.
"""

import os
import sys
from pathlib import Path
from typing import Any

import click

from topcheck import __version__
from topcheck.cli import options
from topcheck.cli.click_options import Group, with_options
from topcheck.cli.driver import driver
from topcheck.cli.options import FAIL_ON, LEVELS, OF_WORKSPACE, OK, UNUSABLE, path, word
from topcheck.contract.protocol import CLOCK_TOLERANCE, SANDBOX_HOST, SANDBOX_KEY, SANDBOX_SECRET
from topcheck.report.text import OUTPUTS
from topcheck.system import guard_streams, nothing_kept, say

_FORMAT = click.option("--format", type=click.Choice(["json", "xml"]), help="what was asked for")
_OUTPUT = click.option("--output", type=click.Choice(["text", "json"]), default="text",
                       show_default=True)  # fmt: skip


@click.group(cls=Group)
@click.version_option(__version__)
def commands() -> None:
    """Contract tests for a method of the Taobao Open Platform."""


@commands.command()
@click.argument("pages", metavar="PAGE...", nargs=-1, required=True, type=path)
@click.option("--out", type=path, help="the folder of the derived files")
@click.option("--check", is_flag=True, help="compare with the folder instead of writing")
@click.option("--show", "margin", is_flag=True, help="print the page and what each line became")
def derive(pages: tuple[Path, ...], out: Path | None, check: bool, margin: bool) -> int:
    """Derive contract and schemas from the documentation page PAGE, from each where several are."""
    from topcheck.cli.derive import derive_page

    if out and len(pages) > 1:
        raise click.UsageError("--out is the folder of one page: give one PAGE")
    return max(derive_page(page, out, check=check, margin=margin) for page in pages)


@commands.command()
@click.argument("names", metavar="PATH...", nargs=-1, required=True, type=word)
@_FORMAT
@click.option("--simplify", is_flag=True, help="the request asked for simplify=true")
@click.option("--output", type=click.Choice([*OUTPUTS]), default="text", show_default=True)
@with_options((FAIL_ON, *OF_WORKSPACE))
def check(names: tuple[str, ...], workspace: str | None, method: str | None, **given: Any) -> int:
    """Judge response bodies and recordings: FILE, FOLDER, or - for standard input."""
    from topcheck.cli.check import CheckOptions, check_all
    from topcheck.cli.workspaces import open_workspace

    return check_all(open_workspace(workspace, method), names, CheckOptions(**given))


@commands.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=word)
@_FORMAT
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="how many processes")
@click.option("--cluster", type=word, metavar="URL", help="a Dask scheduler: tcp:// or tls://")
@click.option("--checkpoint", type=path, help="go on from what is kept here")
@click.option("--findings", type=path, help="a line a record that errs")
@click.option("--member", metavar="NAME=NAME", multiple=True, help="the other name that one of "
              "body, format, request, at, status, headers has; repeatable")  # fmt: skip
@click.option("--report", type=path, help="write the outcome here")
@click.option("--fail-on", type=click.Choice(LEVELS), default="violation", show_default=True)
@_OUTPUT
@click.option("--by-reference", "alone", is_flag=True, hidden=True)
@with_options(OF_WORKSPACE)
def audit(paths: tuple[str, ...], workspace: str | None, method: str | None, **given: Any) -> int:
    """Judge archives of recorded answers: FILE, FOLDER, glob or URL."""
    from topcheck.cli.audit import AuditOptions, audit_all
    from topcheck.cli.workspaces import open_workspace

    return audit_all(open_workspace(workspace, method), paths, AuditOptions(**given))


@commands.command()
@click.option("--host", type=word, metavar="HOST", default=SANDBOX_HOST, show_default=True)
@click.option("--port", default=0, show_default=True, help="0 takes any free one")
@click.option("--app-key", default=SANDBOX_KEY, show_default=True)
@click.option("--app-secret", default=SANDBOX_SECRET, show_default=True)
@click.option("--clock-skew", default=str(CLOCK_TOLERANCE), show_default=True,
              help="how many SECONDS a timestamp may be off, or off")  # fmt: skip
@click.option("--orders", type=path, help="the order book, a JSON file")
@click.option("--fault", metavar="ID", help="answer with this fault of the catalogue")
@click.option("--list-faults", is_flag=True, help="list the catalogue of faults, and end")
@click.option("--list-orders", is_flag=True, help="write its orders for TOP_ORDERS, and end")
@click.option("--log", type=word, metavar="FILE", help="append a line of JSON a request, and why")
@with_options(OF_WORKSPACE)
def serve(
    list_faults: bool, list_orders: bool, workspace: str | None, method: str | None, **given: Any
) -> int:
    """Run the sandbox until it is interrupted; prints its URL when it is ready."""
    from topcheck.cli import serve as serving
    from topcheck.cli.workspaces import open_workspace
    from topcheck.report.theme import show

    found = open_workspace(workspace, method)
    if list_faults:
        show("\n".join(serving.list_faults(found)))
    elif list_orders:
        show(serving.list_orders(found, given["orders"]))
    else:
        serving.serve_until_interrupted(found, **given)
    return OK


@commands.command()
@click.argument("file", type=word)
@click.option("--at", metavar="TIME", help="when the request was sent, in ISO 8601")
@_OUTPUT
@with_options(OF_WORKSPACE)
def diagnose(
    file: str, at: str | None, output: str, workspace: str | None, method: str | None
) -> int:
    """Say why TOP refuses the request in FILE: a line of curl, raw HTTP, or an HTTP archive.

    The secret of the app is read from TOP_APP_SECRET. With a method or a workspace the request is
    held against its parameters as well, and so is one to a method of the workspace found.
    """
    from topcheck.cli.diagnose import diagnose_file
    from topcheck.cli.workspaces import open_workspace

    named = workspace or method
    contract = open_workspace(workspace, method).contract if named else None
    return diagnose_file(file, at, output, os.environ, contract)


@commands.command()
@click.argument("old", type=path)
@click.argument("new", type=path)
@click.option("--outcome", "outcomes", type=path, multiple=True, help="an outcome.json of a gate: "
              "which SDKs the change breaks; repeatable")  # fmt: skip
@click.option("--output", type=click.Choice(["text", "json", "markdown"]), default="text",
              show_default=True)  # fmt: skip
def diff(old: Path, new: Path, outcomes: tuple[Path, ...], output: str) -> int:
    """Say what a change of a page means for readers and senders.

    OLD and NEW are pages, contracts (contract.json), or folders of a method.
    """
    from topcheck.cli.diff import diff_pages

    return diff_pages(old, new, outcomes, output)


@commands.command()
@click.argument("clause")
@with_options(OF_WORKSPACE)
def explain(clause: str, workspace: str | None, method: str | None) -> int:
    """Say what the clause CLAUSE asks, where it comes from, and what keeps and breaks it."""
    from topcheck.cli.explain import explained
    from topcheck.cli.workspaces import open_workspace
    from topcheck.report.theme import show

    with nothing_kept():
        show("\n".join(explained(open_workspace(workspace, method), clause)))
    return OK


@commands.command()
@click.option("--out", type=path, required=True, help="a new folder")
@with_options(OF_WORKSPACE)
def vectors(out: Path, workspace: str | None, method: str | None) -> int:
    """Write messages that keep and break every clause, and signatures, for other tools."""
    from topcheck.cli.vectors import write_vectors
    from topcheck.cli.workspaces import open_workspace

    with nothing_kept():
        say(f"{out}: {write_vectors(open_workspace(workspace, method), out)} vectors")
    return OK


@commands.command()
@with_options((*options.OPTIONS, options.REPORT, options.ANNOTATIONS, options.VERBOSE))
def gate(report: Path | None, annotations: str | None, verbose: bool, **given: Any) -> int:
    """Run the contract tests, or those of SDKs, and give a verdict."""
    from topcheck.cli.gate import run_gate
    from topcheck.cli.record import run_record

    if wrong := options.misplaced(given):
        raise click.UsageError(wrong)
    if given["record"]:
        return run_record(given)
    return run_gate(given, report, annotations, verbose=verbose)


commands.add_command(driver)


def run() -> None:
    """Run a command; a mistake of the user's is one line, never a traceback."""
    try:
        guard_streams()
        code = commands.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        names = ", ".join(getattr(error.ctx.command, "commands", ()))
        code = _unusable(f"give a command: {names} (see {error.ctx.command_path} --help)")
    except (KeyboardInterrupt, click.exceptions.Abort):
        code = _unusable("it was interrupted before its end")
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "topcheck"
        code = _unusable(f"{error.format_message()} (see {command} --help)")
    except click.ClickException as error:
        code = _unusable(error.format_message())
    except OSError as error:
        _give_up(1)
        code = _unusable(f"{error.filename or 'standard output'}: {error.strerror}")
    except Exception as error:
        from topcheck.cli.own_fault import in_one_line

        code = _unusable(in_one_line(error))
    sys.exit(code)


def _unusable(message: str) -> int:
    try:
        say(" ".join(message.split()), error=True)
    except OSError:
        _give_up(2)
    return UNUSABLE


def _give_up(stream: int) -> None:
    """Lead a stream nowhere: what could not be written must not be tried again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
