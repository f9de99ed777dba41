"""Panes: what a terminal shows of runs of each kind, in two sizes, with colour and without.

`python -m tests.panes` (`make panes`) writes them into `tests/report/panes/`. The contract's own
runs are those of the command, and their outcomes are kept beside the panes; all others are made in
this process, on clocks that only go on where something takes its time.
"""

import contextlib
import functools
import io
import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from unittest import mock

from tests import liars
from tests.in_process import in_process
from tests.kill_matrix import CALLER, FAULTS, TIMEOUT, known_orders
from tests.some_cases import some
from tests.virtual_wire import VirtualTime, VirtualWire
from tests.warm import run_topcheck
from tests.workspace import WORKSPACE
from topcheck.contract.model import Severity
from topcheck.contract.sdk import SDK_RULES
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.orders import read_orders
from topcheck.gateway.sandbox import Settings
from topcheck.live.evidence import judge_gateway
from topcheck.live.runner import Bounds
from topcheck.report.outcome import (
    SDK,
    UNDECIDED,
    Outcome,
    Side,
    from_data,
    reasons_of,
    run_verdict,
    side_verdict,
    to_data,
)
from topcheck.report.progress import progress
from topcheck.report.terminal import last_screen, not_run, summary, title
from topcheck.report.theme import painted
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.gating import state_of
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.runner import gather, smoke
from topcheck.system import command_of

FOLDER = Path(__file__).parent / "report" / "panes"
SIZES = ((80, 24), (120, 40))
AT = "2026-01-02T12:00:00+00:00"
URL = "http://127.0.0.1:8765/router/rest"
#: The fault of the gateway, and after how many requests it is looked at.
FAULT, SEEN = "response.result.model.paid_fee.consistent", 97
#: What is changed in recordings of an order, by the run of the contract.
CONTRACTS = {
    "contract-may-ship": {},
    "contract-broken": {
        "SUCCEEDED": "succeeded",
        r"paid_fee\":100": r"paid_fee\":\"100\"",
        "<paid_fee>100": "<paid_fee>1e2",
        r"http_status_code\":200": r"http_status_code\":null",
        r"result_code\":\"0\"": r"result_code\":0",
        "msg_code": "msgCode",
        "out_biz_id": "支付单",
    },
}
_REAL = {"NO_COLOR": "", "FORCE_COLOR": "", "TERM": "xterm-256color"}


def outcome_of(sides, undecided=()):
    """Put an outcome together as a run does."""
    broken = [reason for side in sides for reason in reasons_of(side, Severity.VIOLATION)]
    verdict = run_verdict(sides, (), undecided)
    return Outcome("0", WORKSPACE.contract.method, "0", AT, "0", verdict,
                   (*broken, *undecided), (), tuple(sides))  # fmt: skip


def again(clause, *options):
    """Return the command that repeats a clause."""
    return command_of(["topcheck", "gate", *options, f"--clause={clause}"])


# ---------------------------------------------------------------- the contract


def contract_run(name):
    """Return the outcome that the command gave, as it is kept."""
    return from_data(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))


def keep_contract_run(name, changed):
    """Run the command over recordings, some of them with a value changed, and keep its outcome."""
    with tempfile.TemporaryDirectory() as folder:
        recordings, report = Path(folder) / "cassettes", Path(folder) / "report"
        shutil.copytree(WORKSPACE.cassettes, recordings)
        for path in recordings.glob("succeeded.*"):
            recorded = path.read_text("utf-8")
            for pair in changed.items():
                recorded = recorded.replace(*pair)
            path.write_text(recorded, "utf-8")
        given = [f"--cassettes={recordings}"] if changed else []
        run_topcheck("gate", f"--report={report}", *given)
        text = (report / "outcome.json").read_text("utf-8").replace(str(recordings), "recordings")
    kept = json.dumps(to_data(replace(from_data(json.loads(text)), at=AT)), ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(f"{kept}\n", "utf-8")


# ------------------------------------------------------------------- a gateway


def _judged(time, tell=None):
    contract, orders = WORKSPACE.contract, WORKSPACE.default_orders()
    faulty = Faulty(FAULTS[FAULT], contract, orders, Settings(CALLER), time.now)
    wire = VirtualWire(faulty, time, TIMEOUT)
    known = read_orders(known_orders(orders), contract)
    gateway = Gateway(contract, wire.send, known, CALLER, URL, time.now)
    return judge_gateway(gateway, WORKSPACE.judges, Bounds(), 0, Severity.VIOLATION,
                         time.timing, tell)  # fmt: skip


@functools.cache
def live_run():
    """Judge a gateway with a fault."""
    run = _judged(VirtualTime())
    side = run.side(Severity.VIOLATION, lambda _clause: True,
                    lambda clause: again(clause.id, f"--gateway={URL}"))  # fmt: skip
    return outcome_of([side])


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self):
        """Return that it is one."""
        return True


class Seen(Exception):  # noqa: N818 - it is no error
    """Enough was seen."""


@functools.cache
def live_in_progress(columns, coloured):
    """Return the line that is drawn while that gateway is asked."""
    time, screen = VirtualTime(), Terminal()
    environment = {**_REAL, "COLUMNS": str(columns), "NO_COLOR": "" if coloured else "1"}
    with (
        mock.patch.dict(os.environ, environment),
        contextlib.suppress(Seen),
        progress("asking the gateway", None, "requests", stream=screen,
                 clock=lambda: time.passed) as meter,
    ):  # fmt: skip

        def tell(done, of):
            time.sleep(0.03)
            meter.at(done, of)
            if done == SEEN:
                raise Seen

        _judged(time, tell)
    lines = [line for line in screen.getvalue().split("\r\x1b[2K") if "requests" in line]
    return lines[-1].split("\r")[0].split("\n")[0]


# ------------------------------------------------------------------------ SDKs


@functools.cache
def sdk_side(name, driver, *options):
    """Judge a driver's class in some cases."""
    runtime, cases = in_process(lambda _sdk: driver()), some(sdk_cases(WORKSPACE))
    evidence = smoke(Sdk(name, (), Path()), cases, runtime)
    gather(evidence, cases, set(SDK_RULES), runtime)
    states = tuple(state_of(evidence, clause, again(clause, *options)) for clause in SDK_RULES)
    verdict = side_verdict(states, Severity.VIOLATION)
    return Side(name, SDK, evidence.about, verdict, evidence.advice, states)


def two_sdks():
    """One that is right, and one that hands over what an earlier call left."""
    right = sdk_side("topcheck", liars.Reference, "--sdk=drivers/topcheck")
    return outcome_of([right, sdk_side("sticky", liars.Sticky, "--sdk=drivers/sticky")])


def undecided():
    """One that is right, and one whose driver cannot be run."""
    given = ("--sdk=drivers/topcheck", "--sdk=drivers/php")
    why = ("drivers/php: it cannot be run: No such file or directory: php; install it, or give its "
           "path")  # fmt: skip
    sides = [
        sdk_side("topcheck", liars.Reference, *given),
        Side("php", SDK, {"reason": why, "repeat": "topcheck driver smoke drivers/php"}, UNDECIDED),
    ]
    return outcome_of(sides, [f"php: the driver is broken: {why}"])


#: Who makes the outcome of each.
RUNS = {
    **{name: functools.partial(contract_run, name) for name in CONTRACTS},
    "live-broken": live_run,
    "two-sdks": two_sdks,
    "undecided": undecided,
}


# ----------------------------------------------------------------------- panes


def whole(name, size):
    """Return all that is written of a run, on a terminal of a size."""
    outcome = RUNS[name]()
    for side in outcome.sides:
        yield f" {title(side, outcome.method)} ".center(size[0], "=")
        yield from summary(side)
    yield from not_run(outcome)
    yield ""
    yield last_screen(outcome, "--report DIR lists them", *size)


def pane(name, size, coloured):
    """Return the rows of a terminal once a run has ended, with the prompt below them."""
    text = "\n".join(whole(name, size))
    if coloured:
        text = painted(text)
    if name == "live-broken":
        text = f"{live_in_progress(size[0], coloured)}\n\n{text}"
    return f"{text}\n"


def panes():
    """Yield the name and the text of every pane."""
    for name in RUNS:
        for size in SIZES:
            for coloured in (False, True):
                kind = "ansi" if coloured else "txt"
                yield f"{name}-{size[0]}x{size[1]}.{kind}", pane(name, size, coloured)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for run, what in CONTRACTS.items():
        keep_contract_run(run, what)
    for file, text in panes():
        (FOLDER / file).write_text(text, "utf-8")
