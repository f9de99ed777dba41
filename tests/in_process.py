"""Drivers in the process of their judge: no socket, and clocks that move only by waiting.

A driver is a class like the reference in `drivers/topcheck`: its client and its clock are replaced.
"""

import contextlib
import datetime
import json
import os
import time
from dataclasses import replace

from topcheck.gateway.connection import BROKEN, RESET
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.timing import Timing
from topcheck.sdk.driver import Babbled, Died, DriverError, Runtime, Silent, process
from topcheck.sdk.driver_protocol import ProtocolError, read_outcome, read_started, to_line
from topcheck.sdk.scripted_gateway import Origins
from topcheck.wire.exchange import FORM, Exchange, Response

HERE, ELSEWHERE = "http://gateway.test/router/rest", "http://elsewhere.test/router/rest"
#: So long a request takes, in seconds, so that nobody can ask for ever in no time.
ROUND_TRIP = 0.001
HEADERS = (("Accept-Encoding", "identity"), ("Content-Type", FORM))


class Clock:
    """A clock that moves by being waited on. `due` tells until when a driver may take."""

    def __init__(self):
        self._start = datetime.datetime.now(datetime.UTC)
        self._seconds = 0.0
        self.due = None

    def monotonic(self):
        """Return the seconds since the start."""
        return self._seconds

    def wall(self):
        """Return the time."""
        return self._start + datetime.timedelta(seconds=self._seconds)

    def wait(self, seconds):
        """Let time go by. Raises Silent, at that moment, where a driver takes too long."""
        until, due = self._seconds + seconds, self.due() if self.due else float("inf")
        self._seconds = max(self._seconds, min(until, due))
        if due <= until:
            raise Silent("it said nothing in time")


class Network:
    """What a client reaches: the gateway that is served, and an origin that never answers."""

    def __init__(self, clock):
        self.clock = clock
        self._gateway = None
        self._strayed = False

    @contextlib.contextmanager
    def serve(self, gateway):
        """Serve a gateway while the block runs."""
        self._gateway = gateway
        yield Origins(HERE, ELSEWHERE, self._visited)

    def _visited(self):
        strayed, self._strayed = self._strayed, False
        return strayed

    @contextlib.contextmanager
    def connect(self, url, timeout):
        """Open a client like that of the package."""
        self._url, self._timeout = url, timeout
        yield self

    def send(self, request):
        """Send a request, and wait for the answer as long as the client does."""
        at, began = self.clock.wall(), self.clock.monotonic()
        self.clock.wait(ROUND_TRIP)
        response, failure = self._answer(request)
        return Exchange(request, response, at, self.clock.monotonic() - began, failure)

    def _answer(self, request):
        if self._url != HERE:
            self._strayed = True
            return None, self._late("no answer in time")
        answer = self._gateway.answer(replace(request, headers=HEADERS))
        if isinstance(answer, Response):
            return answer, None
        return self._scripted(answer)

    def _scripted(self, raw: ScriptedResponse):
        """Do with an answer what the server does, and the client."""
        first, last = raw.delay / 1000, raw.lasts / 1000
        if first >= self._timeout:
            return None, self._late("no answer in time")
        if last >= self._timeout:
            return None, self._late("the answer does not end in time")
        self.clock.wait(last)
        if raw.reset:
            return None, RESET
        if raw.cut_after is not None and raw.cut_after < len(raw.body):
            return None, BROKEN
        return Response(raw.status, tuple(raw.headers.items()), raw.body), None

    def _late(self, words):
        self.clock.wait(self._timeout)
        return words


class InProcess:
    """A copy of a driver that is called, and not run; what it says goes through the protocol."""

    def __init__(self, driver, zone, network):
        self._driver = driver
        self._zone = zone
        self._clock = network.clock
        driver.connect, driver.clock = network.connect, self._clock.wall
        driver.rest, driver.end = self._clock.wait, _ended

    def start(self, message):
        """Start it."""
        return self._said(self._driver.start, message, read_started)

    def call(self, message, due):
        """Call it, and stop it when an outcome is due."""
        self._clock.due = due
        try:
            return self._said(
                self._called, message, lambda line: read_outcome(line, message["seq"])
            )
        finally:
            self._clock.due = None

    def _called(self, message):
        return {"seq": message["seq"], **self._driver.call(message)}

    def _said(self, say, message, read):
        try:
            with in_zone(self._zone):
                line = to_line(say(json.loads(to_line(message))))
        except DriverError:
            raise
        except Exception as error:  # what nobody catches ends a process
            raise Died(f"its process ended with exit code 1: {error!r}") from error
        try:
            return read(line)
        except ProtocolError as error:
            raise Babbled(str(error)) from None

    def leaked(self):
        """Tell that nothing stood in the log: there is none."""
        return False

    def stop(self):
        """Do nothing: there is no process."""

    kill = stop


def _ended(code):
    raise Died(f"its process ended with exit code {code}")


@contextlib.contextmanager
def in_zone(zone):
    """Be in another zone while the block runs."""
    before = os.environ.get("TZ")
    try:
        _set_zone(zone)
        yield
    finally:
        _set_zone(before)


def _set_zone(zone):
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    time.tzset()


def in_process(make):
    """Return a runtime in which each copy of an SDK's driver is what `make` makes of the SDK.

    An SDK of which it makes None is run as a process.
    """
    clock = Clock()
    network = Network(clock)

    def copy(sdk, zone, secrets):
        driver = make(sdk)
        return InProcess(driver, zone, network) if driver else process(sdk, zone, secrets)

    timing = Timing(clock.wall, clock.monotonic, clock.wait)
    return Runtime(timing, copy, network.serve, at_once=1)
