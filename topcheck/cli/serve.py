"""`topcheck serve`: the sandbox as a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import click

from topcheck.gateway.client import Credentials, now
from topcheck.gateway.faults.catalogue import catalogue
from topcheck.gateway.faults.fault import Fault, Faulty
from topcheck.gateway.orders import OrderBook, OrdersError, read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import Answering, serving
from topcheck.workspace import workspace


def serve_until_interrupted(
    host: str, port: int, key_and_secret: tuple[str, str], clock_skew: str, orders: Path | None,
    fault: str | None = None,
) -> None:  # fmt: skip
    """Serve and print the URL. Raises ClickException for what the user can mend."""
    settings = Settings(Credentials(*key_and_secret), _tolerance(clock_skew))
    gateway = _gateway(fault, _book(orders), settings)
    try:
        with serving(gateway, host, port) as url:
            click.echo(url)
            threading.Event().wait()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(f"cannot serve on {host}:{port}: {reason}") from None
    except KeyboardInterrupt:
        return


def list_faults() -> Iterator[str]:
    """Yield a line a fault: its id, its class, and what it is."""
    faults = _faults()
    width = max(map(len, faults))
    for fault in faults.values():
        yield f"{fault.id:{width}}  {fault.kind:12}  {fault.sentence}"


def _faults() -> dict[str, Fault]:
    subject = workspace()
    return catalogue(subject.contract, subject.cases, subject.flows)


def _gateway(fault: str | None, orders: OrderBook, settings: Settings) -> Answering:
    contract = workspace().contract
    if fault is None:
        return Sandbox(contract, orders, settings, now)
    found = _faults().get(fault)
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


def _book(path: Path | None) -> OrderBook:
    if path is None:
        return workspace().default_orders()
    try:
        return read_orders(path.read_text("utf-8"), workspace().contract)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or "it cannot be read") from None
    except UnicodeDecodeError:
        raise click.FileError(str(path), "it is not UTF-8 text") from None
    except OrdersError as error:
        raise click.ClickException(f"{path}: {error}") from None
