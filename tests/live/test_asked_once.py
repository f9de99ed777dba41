"""A gateway is asked once, whatever runs beside; and no run is green for nothing."""

import json
import shlex
import sys

import pytest

from tests.kill_matrix import CALLER, FAULTS, known_orders
from tests.warm import run_pytest, run_topcheck
from tests.workspace import WORKSPACE
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now

PYTEST = ("-q", "-p", "no:cacheprovider")
LIVE, SDK = "contract_tests/test_live.py", "contract_tests/test_sdk.py"
A_CLAUSE = f"{LIVE}::test_the_gateway_keeps_the_clause[exchange.parity]"
ELSEWHERE = "tests/contract/test_protocol.py"
REFERENCE = "--sdk=drivers/topcheck"
LIAR = "--sdk={python} -m tests.liars RoundedAnswer"


class Counting:
    """A gateway that counts what it is asked, and when."""

    def __init__(self, fault=None):
        orders = known_orders(WORKSPACE.default_orders())
        # an order that moves would tell each run something else
        self.orders = json.dumps([one for one in json.loads(orders) if "checkout_status" in one])
        sandbox = (WORKSPACE.contract, WORKSPACE.default_orders(), Settings(CALLER), now)
        self._answers = Faulty(FAULTS[fault], *sandbox) if fault else Sandbox(*sandbox)
        self.count = 0

    def answer(self, request):
        self.count += 1
        return self._answers.answer(request)


def environment(orders):
    """Return variables with credentials that the sandbox knows."""
    return {"TOP_APP_KEY": CALLER.app_key, "TOP_APP_SECRET": CALLER.app_secret,
            "TOP_ORDERS": orders}  # fmt: skip


def run(*arguments, orders="", **variables):
    """Run pytest."""
    return run_pytest(*PYTEST, *arguments, environment=environment(orders) | variables)


def gate(*arguments, orders=""):
    """Run the gate."""
    return run_topcheck("gate", *arguments, environment=environment(orders))


def asked(gateway, *arguments, program=run, **variables):
    """Run it against a gateway; return what came of it, and how often that was asked."""
    before = gateway.count
    with serving(gateway) as url:
        found = program(*arguments, f"--gateway={url}", orders=gateway.orders, **variables)
    return found, gateway.count - before


def without_times(data):
    """Return an outcome without what is another at each run: times, ports and signatures."""
    if isinstance(data, dict):
        return {k: without_times(v) for k, v in data.items() if k not in ("at", "request", "name",
                "repeat", "reasons", "exchanges", "script")}  # fmt: skip
    return [*map(without_times, data)] if isinstance(data, list) else data


@pytest.mark.parametrize(("fault", "most"), [(None, "4"), ("semantic.checkout_id.other", "2")])
def test_the_gateway_is_asked_once_in_all(fault, most, tmp_path):
    """With no worker, and with two or four: as many requests, and the same outcome."""
    seen = []
    for workers in ("0", most):
        gateway, folder = Counting(fault), tmp_path / workers
        found, count = asked(gateway, LIVE, "-n", workers, f"--topcheck-report={folder}")
        outcome = json.loads((folder / "outcome.json").read_text("utf-8"))
        seen.append((found.returncode, count, without_times(outcome)))
        assert CALLER.app_secret not in found.stdout
    assert seen[0] == seen[1]
    code, count, outcome = seen[0]
    assert code == (1 if fault else 0)
    assert 200 < count <= 300
    assert outcome["sides"][0]["about"]["requests"] == count


@pytest.mark.parametrize("workers", ["0", "2"])
def test_bounds_hold_for_all_processes_together(workers):
    """What may be asked is asked once, and not by each."""
    found, count = asked(Counting(), LIVE, "-n", workers, "--max-requests=7")
    assert (found.returncode, count) == (2, 7)
    assert found.stderr.count("topcheck: ") == 1
    assert "7 requests were made (--max-requests)" in found.stderr


@pytest.mark.parametrize("workers", ["0", "2"])
def test_who_only_collects_asks_nothing(workers, tmp_path):
    """The tests are there without a gateway, and an earlier report stays."""
    report = tmp_path / "outcome.json"
    report.write_text("{}")
    found, count = asked(Counting(), LIVE, "-n", workers, "--collect-only",
                         f"--topcheck-report={tmp_path}")  # fmt: skip
    assert (found.returncode, count, report.read_text()) == (0, 0, "{}")
    assert "exchange.parity" in found.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_gateway_that_is_not_there_is_one_line(workers):
    """Whoever asks, it is told once, and the run is undecided."""
    found = run(LIVE, "-n", workers, "--gateway=http://127.0.0.1:9/router/rest")
    assert found.returncode == 2
    assert [line for line in found.stderr.splitlines() if "topcheck: " in line] == [
        "topcheck: http://127.0.0.1:9/router/rest cannot be judged: no connection: nothing listens "
        "there; check the address, and whether the gateway is up"
    ]
    assert "Traceback" not in found.stdout + found.stderr


def test_what_was_not_tried_is_skipped_by_name():
    """It is collected whether or not the gateway's answers try it."""
    found, _ = asked(Counting(), LIVE, "-rs")
    assert "wire.http.latency: not observed" in found.stdout


def test_nothing_is_left_for_the_workers(tmp_path):
    """What they share is gone with the run, and was its owner's alone."""
    found, _ = asked(Counting(), A_CLAUSE, "-n", "2", TMPDIR=str(tmp_path))
    assert found.returncode == 0
    assert list(tmp_path.glob("topcheck-*")) == []


# ------------------------------------------------------------------ green for nothing

VACUOUS = {
    "other tests": ([ELSEWHERE], f"name the tests: {LIVE}"),
    "a keyword": ([LIVE, "-k", "nothing_is_called_so"], "leave -k out"),
    "a mark": ([LIVE, "-m", "evidence and not evidence"], "leave -m out"),
    "deselected": ([LIVE, f"--deselect={LIVE}"], "leave --deselect out"),
    "another clause": ([ELSEWHERE, LIVE, "--clause=request.*"], "leave --clause out"),
    "other clauses": (["contract_tests", "--clause=request.*"], "leave --clause out"),
    "none seen": ([LIVE, "--clause=wire.http.latency"], "ask for others as well"),
}


@pytest.mark.parametrize(
    ("name", "workers"),
    [*((name, "0") for name in VACUOUS), ("a keyword", "2"), ("none seen", "2")],
)
def test_a_run_that_judges_no_clause_of_the_gateway_is_undecided(name, workers):
    """One line says what to do, and exit code 2."""
    arguments, words = VACUOUS[name]
    found, count = asked(Counting(), *arguments, "-n", workers)
    assert found.returncode == 2, found.stdout
    assert words in found.stderr
    assert (count == 0) == (name != "none seen")


def test_a_gate_of_other_clauses_is_undecided():
    """`gate` names its tests itself: only the clauses can be at fault."""
    found, count = asked(Counting(), "--clause=request.*", program=gate)
    assert (found.returncode, count) == (2, 0)
    assert "no test judges what --gateway names; leave --clause out" in found.stderr


def test_its_advice_helps():
    """Who follows the line has a verdict."""
    found, _ = asked(Counting(), ELSEWHERE, A_CLAUSE)
    assert found.returncode == 0


@pytest.mark.parametrize("arguments", [[ELSEWHERE], [f"{SDK}::test_the_driver_works"]])
def test_a_run_that_judges_no_clause_of_the_sdk_is_undecided(arguments):
    """A driver that starts says nothing of its SDK."""
    found = run(*arguments, REFERENCE)
    assert (found.returncode, f"name the tests: {SDK}" in found.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--clause=sdk.wire.*", "contract_tests"], "no test is about sdk.wire.*: give --sdk"),
     (["--clause=request.type", ELSEWHERE], "request.type: name contract_tests as well"),
     (["--clause=sdk.nothing", "contract_tests"], "no clause is called sdk.nothing")],
)  # fmt: skip
def test_clauses_that_no_test_is_about(arguments, words):
    """What there is, and is not run, is told from what there is not."""
    found = run(*arguments)
    assert (found.returncode, words in found.stderr) == (2, True)


# ------------------------------------------------------------------ SDKs, and repeating


def test_sdks_are_gathered_once_for_all_workers(tmp_path):
    """The same verdicts with workers as without."""
    seen = []
    for workers in ("0", "2"):
        folder = tmp_path / workers
        found = run(SDK, "-n", workers, REFERENCE, LIAR, "--clause=sdk.response.big_integer",
                    "--clause=sdk.response.zero", f"--topcheck-report={folder}")  # fmt: skip
        outcome = json.loads((folder / "outcome.json").read_text("utf-8"))
        seen.append((found.returncode, without_times(outcome)))
    assert seen[0] == seen[1]
    states = [c["state"] for side in seen[0][1]["sides"] for c in side["clauses"]]
    assert {"held", "broken"} == set(states)


def test_a_failure_is_repeated_without_what_it_is_not_about():
    """In a run of a gateway and an SDK, each command names its own alone, and fails again."""
    gateway = Counting("semantic.checkout_id.other")
    with serving(gateway) as url:
        arguments = (LIVE, SDK, f"--gateway={url}", LIAR, "-k", "checkout_id.echo or big_integer")
        found = run(*arguments, orders=gateway.orders)
        commands = [line.partition("repeat")[2].strip() for line in found.stdout.splitlines()
                    if line.startswith("  repeat ")]  # fmt: skip
        assert len(commands) == 2
        for command, own in zip(commands, ("--gateway", "--sdk"), strict=True):
            assert [option for option in ("--gateway", "--sdk") if option in command] == [own]
            interpreter, *words = shlex.split(command)
            assert interpreter in (sys.executable, "pytest")
            if interpreter == sys.executable:
                assert words[:2] == ["-m", "pytest"]
                words = words[2:]
            again = run(*words, orders=gateway.orders)
            assert again.returncode == 1, again.stdout
