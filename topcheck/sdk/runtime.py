"""What a gate of SDKs needs of the machine: clocks, processes and sockets, all of them here."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from topcheck.contract.protocol import SANDBOX_HOST
from topcheck.gateway.server import serving
from topcheck.gateway.timing import Timing
from topcheck.sdk.driver import Driver, DriverCopy
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.scripted_gateway import Origins, ScriptedGateway
from topcheck.sdk.worker import SECRETS


@dataclass(frozen=True, slots=True)
class Runtime:
    """On what drivers and their gateways run.

    `copy` makes a copy of an SDK's driver in a zone; it raises DriverError if it cannot. `serve`
    makes a gateway reachable while its block runs. `at_once` is how many copies may run at the same
    time.
    """

    timing: Timing
    copy: Callable[[Sdk, str], DriverCopy]
    serve: Callable[[ScriptedGateway], AbstractContextManager[Origins]]
    at_once: int


def process(sdk: Sdk, zone: str) -> DriverCopy:
    """Run a copy of a driver as a process, whose words hide our secrets. Raises DriverError."""
    return Driver.run(sdk.command, sdk.folder, zone, SECRETS)


@contextlib.contextmanager
def on_loopback(gateway: ScriptedGateway) -> Iterator[Origins]:
    """Serve a gateway on this machine, and listen at another port, which is another origin."""
    with serving(gateway) as url, socket.create_server((SANDBOX_HOST, 0)) as listener:
        listener.setblocking(False)
        parts = urlsplit(url)
        other = f"{parts.scheme}://{SANDBOX_HOST}:{listener.getsockname()[1]}{parts.path}"
        yield Origins(url, other, partial(_visited, listener))


def _visited(listener: socket.socket) -> bool:
    visited = False
    with contextlib.suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            visited = True
    return visited


#: The machine itself.
REAL = Runtime(Timing(), process, on_loopback, at_once=8)
