"""What a gate of SDKs needs of the machine: a driver's process, within limits, and sockets."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from topcheck.contract.protocol import SANDBOX_HOST
from topcheck.gateway.server import Answering, serving
from topcheck.gateway.timing import Timing
from topcheck.sdk import driver_protocol
from topcheck.sdk.driver_protocol import MAX_LINE, ProtocolError, Reply, Started
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.scripted_gateway import Origins, ScriptedGateway
from topcheck.system import driver_environment, end_tree
from topcheck.wire.redact import Redactor

#: How long a driver may take to start, and to end once it is told to, in seconds.
START_SECONDS = 15.0
STOP_SECONDS = 3.0

_CHUNK = 65536
_LOG_BYTES = 4096
#: How many lines wait to be read; a driver that writes more is held up by its own pipe.
_WAITING = 8
_POLL = 0.1
#: How long it takes to read on in a log, in seconds; how often that is waited for.
_READ, _MOST_READS = 0.01, 20
#: What to do about a file that is there, and cannot be run.
_INTERPRETED = "name what runs it, as in 'node driver.js'"
#: What the line of a log looks like that tells why a process ended.
_TELLING = re.compile(r"error|exception|cannot|not found", re.IGNORECASE)

#: What to do about a driver that says more, or less, than a line for a message.
_ONE_LINE = f"write one line for one message; {driver_protocol.OWN_OUTPUT}"
_READ_ON = "read on until it is told to stop, or its input ends"
_CAUGHT = 'its log tells why; what the SDK raises is caught, and told as an "uncaught" failure'
_END = "end with exit code 0 when it is told to stop, and when its input ends"

_T = TypeVar("_T")

#: Is told a line to a driver (`→`) or from one (`←`), without its end and without secrets.
Trace = Callable[[str, bytes], None]


def _untraced(_direction: str, _line: bytes) -> None:
    """Tell nobody."""


class DriverError(Exception):
    """A driver is broken: how, in one line, and what to do about it where that is known."""

    def __init__(self, why: str, mend: str = "") -> None:
        super().__init__(why)
        self.mend = mend


class NotRun(DriverError):  # noqa: N818 - what happened
    """Its command cannot be run at all."""


class Died(DriverError):  # noqa: N818
    """Its process ended."""


class Silent(DriverError):  # noqa: N818
    """It said nothing in time."""


class Babbled(DriverError):  # noqa: N818
    """It said what the protocol does not allow."""


class Deaf(Babbled):
    """It did not end as it should when it was told to."""


class DriverCopy(Protocol):
    """One running copy of a driver, wherever it runs. All but `kill` raise DriverError."""

    def start(self, message: Mapping[str, Any]) -> Started:
        """Send `start` and return the reply."""

    def call(self, message: Mapping[str, Any], due: Callable[[], float]) -> Reply:
        """Send a call and return the reply; `due` is how long to wait, on the monotonic clock."""

    def leaked(self) -> bool:
        """Whether one of the secrets stood in its log since it has started."""

    def stop(self) -> None:
        """Tell the copy to end; that it says more, or does not end in time, is an error."""

    def kill(self) -> None:
        """End the copy and all that it started, whatever it does."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """On what drivers and their gateways run.

    `copy` makes a copy of an SDK's driver in a zone, in whose words the secrets given are hidden;
    it raises DriverError if it cannot. `serve` makes a gateway reachable while its block runs.
    `at_once` is how many copies may run at the same time.
    """

    timing: Timing
    copy: Callable[[Sdk, str, Sequence[str]], DriverCopy]
    serve: Callable[[ScriptedGateway], AbstractContextManager[Origins]]
    at_once: int


class Driver:
    """One process of a driver, with pipes to and from it."""

    def __init__(
        self, process: subprocess.Popen[bytes], secrets: Sequence[str], trace: Trace = _untraced
    ) -> None:
        self._process = process
        self._trace = trace
        self._hidden = Redactor(secrets)
        self._lines: queue.Queue[bytes | Exception | None] = queue.Queue(_WAITING)
        self._closed = threading.Event()
        self._log, self._leaked = bytearray(), False
        self._judging = threading.Lock()  # is held from before a piece of the log is taken
        pipes = (process.stdin, process.stdout, process.stderr)
        self._pipes = [pipe for pipe in pipes if pipe]  # all three were asked for
        self._readers = [
            threading.Thread(target=read, args=(pipe,), daemon=True)
            for read, pipe in zip((self._read_lines, self._read_log), self._pipes[1:], strict=True)
        ]

    @classmethod
    def run(
        cls, command: Sequence[str], folder: Path, zone: str, secrets: Sequence[str] = (),
        trace: Trace = _untraced,
    ) -> Driver:  # fmt: skip
        """Run a command in a folder and in a zone. Raises NotRun."""
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command
                command, cwd=folder, env=driver_environment(os.environ, zone),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                bufsize=0, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            way = "install it, or give its path" if missing else _INTERPRETED
            why = f"it cannot be run: {error.strerror}: {error.filename}; {way}"
            raise NotRun(why) from None
        driver = cls(process, secrets, trace)
        try:
            for reader in driver._readers:
                reader.start()
        except RuntimeError:  # there is no thread to be had
            process.kill()
            raise
        return driver

    def start(self, message: Mapping[str, Any]) -> Started:
        """Send `start` and return the reply. Raises DriverError."""
        due = time.monotonic() + START_SECONDS
        started = self._asked(message, lambda: due, driver_protocol.read_started)
        self._read_on()
        self._log.clear()  # `start` tells the secrets to the driver itself, which may write it down
        self._leaked = False
        return started

    def call(self, message: Mapping[str, Any], due: Callable[[], float]) -> Reply:
        """Send a call and return the reply. Raises DriverError."""
        seq = message["seq"]
        return self._asked(message, due, lambda line: driver_protocol.read_outcome(line, seq))

    def leaked(self) -> bool:
        """Whether one of the secrets stood in the log since the start."""
        self._read_on()
        return self._leaked

    def _read_on(self) -> None:
        """Wait until what the driver has logged so far is read and judged; it may have no end."""
        try:
            for _ in range(_MOST_READS):
                ended = not self._readers[1].is_alive()
                if ended or not select.select([self._pipes[2]], [], [], 0)[0]:
                    break
                time.sleep(_READ)
            if self._judging.acquire(timeout=_POLL):
                self._judging.release()
        except (OSError, ValueError):  # no system tells it of every pipe
            time.sleep(_READ)

    def _asked(
        self, message: Mapping[str, Any], due: Callable[[], float], read: Callable[[bytes], _T]
    ) -> _T:
        line = self._ask(message, due)
        try:
            return read(line)
        except ProtocolError as error:
            raise Babbled(self._hidden.redacted(str(error)), error.mend) from None

    def _ask(self, message: Mapping[str, Any], due: Callable[[], float]) -> bytes:
        with contextlib.suppress(queue.Empty):
            raise self._unasked(self._lines.get_nowait())
        try:
            self._tell(message)
        except OSError:
            raise self._dead() from None
        while True:
            left = due() - time.monotonic()
            with contextlib.suppress(queue.Empty):  # after a pause of ours a line may wait already
                return self._line(self._lines.get(timeout=max(0.0, min(left, _POLL))))
            if left <= 0:
                raise Silent("it said nothing in time")

    def _tell(self, message: Mapping[str, Any]) -> None:
        line = driver_protocol.to_line(message)
        self._trace("→", self._hidden.redacted_bytes(line[:-1]))
        self._pipes[0].write(line)

    def stop(self, *, told: bool = True, closed: bool = True) -> None:
        """Tell the driver to end, close its input, or both, as is usual.

        Raises DriverError if it says more, or does not end in time.
        """
        try:
            with contextlib.suppress(OSError):
                if told:
                    self._tell({"cmd": "stop"})
                if closed:
                    self._pipes[0].close()
            try:
                code = self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                of = "being told" if told else "the end of its input"
                raise Deaf(f"it did not end within {STOP_SECONDS:g} s of {of}", _END) from None
            self._end_group()  # a child that lives on would hold the output open
            # one with a session of its own holds it still, and says nothing
            with contextlib.suppress(queue.Empty):
                if (last := self._lines.get(timeout=_POLL)) is not None:
                    raise self._unasked(last)
            if code:
                ended = f"it ended with exit code {code} when it was told to stop"
                raise Deaf(self._with_log(ended), _END)
        finally:
            self.kill()

    def kill(self) -> None:
        """End the process and all that it started."""
        self._closed.set()
        self._end_group()
        self._process.wait()
        for reader in self._readers:
            reader.join(_POLL)
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.close()

    def _end_group(self) -> None:
        # what is left of a group that has ended may be refused instead of not found
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end_tree(self._process.pid)

    def _line(self, found: bytes | Exception | None) -> bytes:
        if found is None:
            raise self._dead()
        if isinstance(found, Exception):
            raise found
        hidden = self._hidden.redacted_bytes(found)  # before anything of it is cut off or kept
        self._trace("←", hidden)
        return hidden

    def _unasked(self, found: bytes | Exception | None) -> DriverError:
        """Return what is wrong with a line; raises what ended the output, if that was found."""
        line = self._line(found)
        shown = driver_protocol.shown_line(line)
        return Babbled(f"a line that nobody asked for ({len(line)} bytes): {shown}", _ONE_LINE)

    def _dead(self) -> DriverError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_POLL)
        how = self._process.poll()
        words = "its output ended" if how is None else f"its process ended with exit code {how}"
        return Died(self._with_log(words), _CAUGHT if how else _READ_ON)

    def _with_log(self, words: str) -> str:
        """Add the line of the driver's own log that tells the most."""
        log = self.log()
        told = [line for line in log if _TELLING.search(line)] or log
        return ": ".join([words, *told[-1:]])

    def log(self) -> list[str]:
        """Return the last lines of the driver's own log, each as it may be shown."""
        self._readers[1].join(_POLL)
        lines = self._log.decode("utf-8", "replace").strip().splitlines()
        return [self._hidden.redacted(line.strip())[:200] for line in lines if line.strip()]

    def _read_lines(self, pipe: IO[bytes]) -> None:
        end: Exception | None = None
        try:
            with contextlib.suppress(OSError, ValueError), BufferedReader(pipe, _CHUNK) as lines:  # type: ignore[type-var]
                while (line := lines.readline(MAX_LINE + 1))[-1:] == b"\n":
                    self._put(line[:-1])
                if line:
                    long = len(line) > MAX_LINE
                    words = f"of more than {MAX_LINE} bytes" if long else "without an end"
                    mend = "hand over less" if long else "write \\n behind each message"
                    end = Babbled(f"a line {words}", mend)
        except MemoryError as error:  # that is no word about the driver
            end = error
        self._put(end)

    def _put(self, found: bytes | Exception | None) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._lines.put(found, timeout=_POLL)
                return

    def _read_log(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                with contextlib.suppress(OSError, ValueError):  # no system tells it of every pipe
                    select.select([pipe], [], [])
                with self._judging:
                    chunk = os.read(pipe.fileno(), _CHUNK)
                    self._log += chunk
                    said = bytes(self._log)
                    self._leaked |= self._hidden.redacted_bytes(said) != said
                    del self._log[:-_LOG_BYTES]
                if not chunk:
                    return


def process(sdk: Sdk, zone: str, secrets: Sequence[str]) -> DriverCopy:
    """Run a copy of a driver as a process. Raises DriverError."""
    return Driver.run(sdk.command, sdk.folder, zone, secrets)


@contextlib.contextmanager
def on_loopback(gateway: Answering) -> Iterator[Origins]:
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
REAL = Runtime(Timing(), process, on_loopback, at_once=16)
