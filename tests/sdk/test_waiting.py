"""A gate of an SDK that pauses: more copies of its driver, and a line of what is waited for."""

import contextlib
import itertools
import sys
import threading
import time

import pytest

from tests.liar_matrix import CASES, REFERENCE, ROOT
from topcheck.gateway.orders import DROP, ScriptedResponse
from topcheck.gateway.timing import Timing
from topcheck.sdk import copies, driver
from topcheck.sdk.case import Call, SdkCase
from topcheck.sdk.driver import Runtime
from topcheck.sdk.driver_protocol import Reply, Started
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.runner import SdkEvidence, gather, smoke
from topcheck.sdk.scripted_gateway import Origins

CAN = frozenset({"format json", "format xml", "sign_method md5"})
STARTED = Started({"name": "x", "version": "1", "language": "Python"}, CAN, "md5")
ANYWHERE = "http://127.0.0.1:9/router/rest"
AT_ONCE = 14
#: Clauses whose cases are about anything but waiting.
QUICK = {"sdk.response.member", "sdk.response.text", "sdk.response.zero", "sdk.response.order"}


class Pausing:
    """A copy of a driver that pauses at every call, and counts how many do so at once."""

    running, most, lock = 0, 0, threading.Lock()

    def __init__(self, pause):
        self._pause = pause

    def start(self, _message):
        """Start."""
        return STARTED

    def call(self, _message, _due):
        """Pause, and fail."""
        kind = type(self)
        with kind.lock:
            kind.running += 1
            kind.most = max(kind.most, kind.running)
        time.sleep(self._pause)
        with kind.lock:
            kind.running -= 1
        return Reply("failure", kind="timeout")

    def leaked(self):
        """Tell that nothing was logged."""
        return False

    def stop(self):
        """Do nothing."""

    kill = stop


@contextlib.contextmanager
def nowhere(_gateway):
    """Serve a gateway to nobody."""
    yield Origins(ANYWHERE, ANYWHERE, lambda: False)


def most_at_once(monkeypatch, pause):
    """Gather with a driver that pauses; return how many copies of it ran at once."""
    monkeypatch.setattr(copies, "_PAUSE", 0.05)
    monkeypatch.setattr(copies, "_LOOK", 0.02)
    kind = type("Counted", (Pausing,), {})
    runtime = Runtime(Timing(), lambda *_: kind(pause), nowhere, AT_ONCE)
    evidence = SdkEvidence(Sdk("x", (), ROOT), STARTED, "x")
    gather(evidence, CASES, QUICK, runtime)
    return kind.most


def test_cases_in_which_an_sdk_pauses_run_side_by_side(monkeypatch):
    """More copies are made than at first, up to what the machine bears."""
    assert copies.COPIES < most_at_once(monkeypatch, pause=0.2) <= AT_ONCE


def test_an_sdk_that_does_not_pause_gets_no_more_copies(monkeypatch):
    """To start a copy takes as long as many cases: there are as many as at first."""
    assert most_at_once(monkeypatch, pause=0.001) <= copies.COPIES


def test_what_is_waited_for_is_said():
    """How many cases are to come, and which of them wait, by clause and name."""
    said, sdk = [], Sdk("x", (sys.executable, REFERENCE), ROOT)
    evidence = smoke(sdk, CASES)
    gather(evidence, CASES, {"sdk.wire.timeout"}, say=lambda *told: said.append(told))
    assert said[0][0] == 0 < said[0][1]
    assert all(0 <= done <= of == said[0][1] for done, of, _ in said), said
    assert [done for done, _, _ in said] == sorted(done for done, _, _ in said)
    waited = " ".join(waits for _, _, waits in said)
    assert "waiting for " in waited
    assert "sdk.wire.timeout (no answer xml)" in waited or "sdk.wire.timeout (half" in waited


@pytest.mark.parametrize(
    ("raw", "timeout", "seconds"),
    [
        (ScriptedResponse(), 5000, 0),
        (ScriptedResponse(delay=1300), 5000, 1.3),
        (ScriptedResponse(delay=4000), 1500, 1.5),
        (ScriptedResponse(hold=100, delay=50), 1500, 0.15),
        (ScriptedResponse(body=b"x" * (3 * DROP), drip=200), 5000, 0.6),
        (ScriptedResponse(body=b"x" * (3 * DROP + 1), drip=200), 5000, 0.8),
        (ScriptedResponse(body=b"x" * 4000, drip=200), 1500, 1.5),
        (ScriptedResponse(body=b"x" * 4000), 1500, 0),
    ],
    ids=["at once", "late", "too late", "held", "drips", "one more drop", "no end", "no drip"],
)  # fmt: skip
def test_how_long_a_case_waits_at_least(raw, timeout, seconds):
    """As long as its first answer takes, or until the SDK has to give up."""
    call = Call(
        {}, timeout=timeout, answers=({"json": raw}, {"json": ScriptedResponse(delay=9000)})
    )
    assert SdkCase({}, "x", (call,)).seconds == pytest.approx(seconds)
    assert SdkCase({}, "x", (call, Call({}), call)).seconds == pytest.approx(2 * seconds)


def test_the_patience_of_a_case_is_longer_than_a_second_of_a_timestamp():
    """Who asks again after a timeout does so in a new second, in every case about timeouts."""
    timeouts = [call.timeout for case in CASES.all("json") for call in case.calls
                if "sdk.wire.timeout" in case.clauses]  # fmt: skip
    assert timeouts
    assert min(timeouts) > 1200


def test_every_kind_of_answer_is_given_so_late_that_a_repeat_is_in_a_new_second():
    """Of each kind there is a case that would convict who sends the old bytes again."""
    slow = {
        case.clauses[0] for case in CASES.all("json")
        if "sdk.retry.signature" in case.clauses and case.seconds > 1.2
    }  # fmt: skip
    assert slow >= {
        "sdk.wire.timeout", "sdk.wire.reset", "sdk.wire.truncated", "sdk.wire.empty",
        "sdk.wire.html", "sdk.wire.http_500", "sdk.error_response.code", "sdk.retry.signature",
    }  # fmt: skip


class Stuck(Pausing):
    """A copy of a driver whose first has no memory to start with, and whose others never start."""

    made = itertools.count()
    over = threading.Event()

    def start(self, _message):
        """Fail, or wait until all is over."""
        if next(self.made):
            self.over.wait(60)
        raise MemoryError


def test_a_fault_of_ours_ends_the_gathering_though_other_copies_hang(monkeypatch):
    """A thread that gets no memory may hang who starts it: that is waited for no longer."""
    monkeypatch.setattr(copies, "_LAST", 0.1)
    runtime = Runtime(Timing(), lambda *_: Stuck(0), nowhere, AT_ONCE)
    try:
        with pytest.raises(MemoryError):
            gather(SdkEvidence(Sdk("x", (), ROOT), STARTED, "x"), CASES, QUICK, runtime)
        assert not Stuck.over.is_set()
    finally:
        Stuck.over.set()


def test_what_a_reader_finds_no_memory_for_is_no_word_about_the_driver(monkeypatch):
    """It is a fault of the gate, and neither silence nor the end of a process."""

    def full(*_):
        raise MemoryError

    monkeypatch.setattr(driver, "BufferedReader", full)
    copy = driver.Driver.run((sys.executable, REFERENCE), ROOT, "UTC")
    try:
        with pytest.raises(MemoryError):
            copy.start({"cmd": "start"})
    finally:
        copy.kill()
