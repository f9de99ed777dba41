"""`topcheck serve`: the sandbox as a process of its own."""

import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from topcheck.cli.request_log import LoggedGateway, in_words, line_of, open_log
from topcheck.cli.workspaces import about_workspace
from topcheck.gateway.client import Credentials
from topcheck.gateway.faults.catalogue import catalogue, left_out
from topcheck.gateway.faults.fault import Fault, Faulty
from topcheck.gateway.orders import OrderBook, OrdersError, read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import Answering, serving
from topcheck.gateway.timing import now
from topcheck.live.plan import known_orders
from topcheck.report.theme import show
from topcheck.system import say
from topcheck.wire.text_file import TextFileError, text_of
from topcheck.workspace import Workspace


def serve_until_interrupted(
    workspace: Workspace, *, host: str, port: int, app_key: str, app_secret: str, clock_skew: str,
    orders: Path | None, fault: str | None, log: str | None,
) -> None:  # fmt: skip
    """Serve and print the URL. Raises ClickException for what the user can mend, and OSError."""
    settings = Settings(Credentials(app_key, app_secret), _tolerance(clock_skew))
    gateway = _gateway(workspace, fault, _book(workspace, orders), settings)
    if tell := _telling(log):
        gateway = LoggedGateway(gateway, workspace, settings, now, tell)
    failures: queue.Queue[Exception] = queue.Queue()
    try:
        with serving(gateway, host, port, failures.put) as url:
            for words in about_workspace(workspace):
                say(words, error=True)
            say(url)
            if sys.stdout.isatty():  # a program reads the URL, and knows what it is for
                say(f"in another terminal: topcheck gate --gateway {url}", error=True)
            raise failures.get()  # it comes to an end only by an interrupt, or by a fault of ours
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(f"cannot serve on {host}:{port}: {reason}") from None
    except KeyboardInterrupt:
        return


def _telling(log: str | None) -> Callable[[str, dict[str, Any]], None] | None:
    """Return what tells of a request, to the log and to a terminal; None where there is neither."""
    file = None if log is None else open_log(log)
    shows = file is not sys.stdout and sys.stdout.isatty()

    def tell(asked: str, record: dict[str, Any]) -> None:
        if file:
            file.write(f"{line_of(record)}\n")
            file.flush()
        if shows:
            show(in_words(asked, record))

    return tell if file or shows else None


def list_faults(workspace: Workspace) -> Iterator[str]:
    """Yield a line a fault: its id, its class, what it is, and with which options it fails a run.

    Where none are named a run fails without any. What the page has nothing for is named too.
    """
    faults = _faults(workspace)
    width = max(map(len, faults))
    for fault in faults.values():
        options = fault.options(workspace.contract)
        shown = f"  (with {options})" if options else ""
        yield f"{fault.id:{width}}  {fault.kind:12}  {fault.sentence}{shown}"
    for what, need in left_out(workspace.contract, faults).items():
        yield f"{what:{width}}  left out: it needs {need}"


def list_orders(workspace: Workspace, orders: Path | None) -> str:
    """Write the order book as TOP_ORDERS takes it. Raises ClickException."""
    return known_orders(_book(workspace, orders), workspace.contract)


def _faults(workspace: Workspace) -> dict[str, Fault]:
    return catalogue(workspace.contract, workspace.cases, workspace.flows)


def _gateway(
    workspace: Workspace, fault: str | None, orders: OrderBook, settings: Settings
) -> Answering:
    contract = workspace.contract
    if fault is None:
        return Sandbox(contract, orders, settings, now)
    found = _faults(workspace).get(fault)
    if found is None:
        raise click.BadParameter(f"there is no fault {fault}; --list-faults lists them",
                                 param_hint="--fault")  # fmt: skip
    return Faulty(found, contract, orders, settings, now)


def _tolerance(text: str) -> int | None:
    if text == "off":
        return None
    if not text.isascii() or not text.isdigit():
        reason = f"{text!r} is neither a number of seconds nor off"
        raise click.BadParameter(reason, param_hint="--clock-skew")
    return int(text)


def _book(workspace: Workspace, path: Path | None) -> OrderBook:
    if path is None:
        return workspace.default_orders()
    try:
        return read_orders(text_of(path.read_bytes()), workspace.contract)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or "it cannot be read") from None
    except (TextFileError, OrdersError) as error:
        raise click.ClickException(f"{path}: {error}") from None
