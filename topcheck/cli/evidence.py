"""The evidence of a run: one process gathers it, and every process that runs tests reads it.

Under pytest-xdist the controller gathers, once a worker has told what it collected and before any
test is handed out; the workers read what it wrote, free of secrets, into a file of its owner's.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from topcheck.cli.options import CLAUSE, JUDGED_BY, RENEW, is_asked_for, judging_test
from topcheck.cli.own_fault import NothingJudgedError
from topcheck.cli.packaged import tests_about
from topcheck.cli.session import (
    LIVE,
    REPEAT,
    SDKS,
    WORKSPACE,
    open_live,
    past_capture,
    say_on_stderr,
)
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge.ledger import BROKEN, SURPRISE
from topcheck.report.progress import Meter, progress
from topcheck.report.wording import amount
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.copies import Say
from topcheck.sdk.gating import open_sdks

#: Options of pytest's that take tests away, by their names in its configuration.
_NARROWING = {"keyword": "-k", "markexpr": "-m", "deselect": "--deselect"}
#: The test of a clause of an SDK.
_sdk_test = partial(judging_test, "--sdk")
#: Under this name a worker is given what it needs.
_GIVEN = "topcheck"


@dataclass(slots=True)
class RunEvidence:
    """What the tests of a gateway and of SDKs read.

    `drivers` has the name of each SDK, and why its driver does not work, None if it does; `rotten`
    what is wrong with the list of an SDK's known failures. `file` is where a worker finds the rest:
    by the id of a test, the state of its clause, and the words about it.
    """

    drivers: dict[str, str | None] = field(default_factory=dict)
    rotten: dict[str, list[str]] = field(default_factory=dict)
    file: str | None = None
    states: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def working(self) -> list[str]:
        """The SDKs whose drivers work."""
        return [name for name, broken in self.drivers.items() if broken is None]

    def told(self, test: str) -> tuple[str, str]:
        """Return the state of the clause that a test is about, and what to say of it."""
        if self.file and not self.states:
            self.states = json.loads(Path(self.file).read_text("utf-8"))
        state, words = self.states[test]
        return state, words


RUN_EVIDENCE = pytest.StashKey[RunEvidence]()


def worker_input(config: pytest.Config) -> dict[str, Any] | None:
    """Return what a worker of pytest-xdist was given, None in any other process."""
    return getattr(config, "workerinput", None)


def open_evidence(config: pytest.Config) -> None:
    """Start every driver once, where drivers are named. Raises SdkError."""
    found = RunEvidence()
    if given := config.getoption("--sdk"):
        cases = sdk_cases(config.stash[WORKSPACE])
        lists, telling = config.getoption("--known-failing"), partial(_telling, config)
        with past_capture(config), progress("starting", len(given), "drivers") as meter:
            sdks = config.stash[SDKS] = open_sdks(
                _counted(given, meter), lists, cases, telling, renewing=config.getoption(RENEW.name)
            )
        found.drivers = {name: sdks.broken.get(name) for name in sdks.names}
        found.rotten = {name: sdks.rotten(name) for name in sdks.evidence}
    config.stash[RUN_EVIDENCE] = found


def check_collected(config: pytest.Config, tests: Sequence[str]) -> None:
    """Raise NothingJudgedError if no collected test is about what the options name."""
    patterns, about_sdks = config.getoption(CLAUSE.name), True
    if patterns:
        every = [*config.stash[WORKSPACE].contract.by_id, *SDK_RULES]
        called = [one for one in every if is_asked_for(one, patterns)]
        if not called:
            raise NothingJudgedError(f"no clause is called {' or '.join(patterns)}")
        about_sdks = set(called) <= SDK_RULES.keys()
    for option, (_, test) in JUDGED_BY.items():
        judged = config.getoption("collectonly") or any(f"::{test}[" in one for one in tests)
        if config.getoption(option) and not judged:
            raise NothingJudgedError(_what_to_name(config, option))
    if patterns and not tests:
        way = "give --sdk" if about_sdks else "name contract_tests as well"
        raise NothingJudgedError(f"no test is about {' or '.join(patterns)}: {way}")


def gather(config: pytest.Config, tests: Sequence[str]) -> None:
    """Ask the gateway, once, and run the cases of SDKs, as the ids of collected tests want it.

    All of it before the first test: how far it is may not stand among what pytest tells of tests.
    Raises GatewayError.
    """
    evidence = config.stash[RUN_EVIDENCE]
    if config.getoption("--gateway") is not None:
        with past_capture(config), progress("asking the gateway", None, "requests") as meter:
            live = config.stash[LIVE] = open_live(config, meter.at)
        for clause in live.clauses:
            state = live.state(clause.id), live.in_words(clause.id)
            evidence.states[judging_test("--gateway", clause.id)] = state
    if sdks := config.stash.get(SDKS, None):
        names = {one.rpartition("::")[2] for one in tests}
        every = [(name, clause) for name in evidence.working for clause in SDK_RULES]
        sdks.want((s, c) for s, c in every if _sdk_test(c, s).rpartition("::")[2] in names)
        for name in evidence.working:
            _gather_sdk(config, name)


def _gather_sdk(config: pytest.Config, name: str) -> None:
    """Gather the evidence of an SDK as far as it is asked for."""
    sdks, states = config.stash[SDKS], config.stash[RUN_EVIDENCE].states
    for clause in sdks.wanted.get(name, ()):
        found = sdks.state(name, clause)
        wrong = found.state in (BROKEN, SURPRISE)
        words = sdks.in_words(name, found) if wrong else found.reason or ""
        states[_sdk_test(clause, name)] = found.state, words


def _counted(given: Sequence[str], meter: Meter) -> Iterator[str]:
    """Yield what is given, and tell the meter when it is done with."""
    for one in given:
        yield one
        meter.advance()


@contextlib.contextmanager
def _telling(config: pytest.Config, name: str) -> Iterator[Say]:
    """Draw how far the cases of an SDK are; a pipe is told once, how many there are."""
    with past_capture(config), progress(f"{name}: its cases", None, "cases") as meter:

        def say(done: int, of: int, waits: str) -> None:
            if meter.total is None and not meter.is_drawn:
                say_on_stderr(config, f"{name}: {amount(of, 'case')}")
            meter.at(done, of, waits)

        yield say


def _what_to_name(config: pytest.Config, option: str) -> str:
    """Say how a run comes to judge what an option names."""
    narrowed = [flag for name, flag in _NARROWING.items() if config.getoption(name, None)]
    narrowed += [CLAUSE.name] if config.getoption(CLAUSE.name) else []
    file = Path(*tests_about([option]))
    shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    ways = [] if REPEAT in config.stash and narrowed else [f"name the tests: {shown}"]
    ways += [f"leave {' and '.join(narrowed)} out"] if narrowed else []
    return f"no test judges what {option} names; {', and '.join(ways)}"


# ------------------------------------------------------------------ pytest-xdist


def begin_sharing(config: pytest.Config, workerinput: dict[str, Any]) -> None:
    """Give a worker what it collects its tests by, and tell where the rest will be."""
    evidence = config.stash[RUN_EVIDENCE]
    if evidence.file is None:
        handle, evidence.file = tempfile.mkstemp(prefix="topcheck-", suffix=".json")  # its owner's
        os.close(handle)
    known = RunEvidence(evidence.drivers, evidence.rotten, evidence.file)
    workerinput[_GIVEN] = json.dumps(asdict(known))


def share(config: pytest.Config) -> None:
    """Write all evidence for the workers. Raises OSError."""
    evidence = config.stash[RUN_EVIDENCE]
    Path(str(evidence.file)).write_text(json.dumps(evidence.states), "utf-8")


def take_share(config: pytest.Config, workerinput: dict[str, Any]) -> None:
    """Read what a worker was given."""
    config.stash[RUN_EVIDENCE] = RunEvidence(**json.loads(workerinput[_GIVEN]))


def end_sharing(config: pytest.Config) -> None:
    """Remove what was written for the workers."""
    evidence = config.stash.get(RUN_EVIDENCE, None)
    if evidence and evidence.file and worker_input(config) is None:
        Path(evidence.file).unlink(missing_ok=True)
