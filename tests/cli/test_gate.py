"""The gate as a whole: its outcome in a file, the clauses that it is asked for, its last screen."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.html_page import problems
from tests.kill_matrix import CALLER, FAULTS, known_orders
from tests.warm import run_topcheck
from tests.workspace import WORKSPACE
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "outcome.schema.json").read_text("utf-8"))
REFERENCE = "--sdk=drivers/topcheck"


def gate(*options):
    """Run the gate with orders that a sandbox knows."""
    environment = {"TOP_APP_KEY": CALLER.app_key, "TOP_APP_SECRET": CALLER.app_secret,
                   "TOP_ORDERS": known_orders(WORKSPACE.default_orders())}  # fmt: skip
    return run_topcheck("gate", *options, environment=environment)


def sandbox(fault=None):
    """Serve a sandbox, with a fault or without."""
    contract, orders, settings = WORKSPACE.contract, WORKSPACE.default_orders(), Settings(CALLER)
    if fault:
        return serving(Faulty(FAULTS[fault], contract, orders, settings, now))
    return serving(Sandbox(contract, orders, settings, now))


def outcome_of(folder):
    """Read the outcome of a run, once it is seen to be as its schema says."""
    data = json.loads((folder / "outcome.json").read_text("utf-8"))
    Draft202012Validator(SCHEMA).validate(data)
    return data


def test_a_contract_run_is_an_outcome(tmp_path):
    """The contract's own tests are one side, with a state for each kind of evidence."""
    assert gate(f"--report={tmp_path}").returncode == 0
    found = outcome_of(tmp_path)
    (side,) = found["sides"]
    assert (found["verdict"], side["kind"], side["verdict"]) == ("may ship", "contract", "may ship")
    assert [clause["clause"] for clause in side["clauses"]] == list(WORKSPACE.contract.by_id)
    kinds = {kind for clause in side["clauses"] for kind in clause["evidence"]}
    assert kinds == {"schema", "generated", "recorded", "sandbox"}


def test_a_live_run_is_an_outcome(tmp_path):
    """A gateway is a side: what breaks a clause stands there with request, answer and page."""
    with sandbox("semantic.checkout_id.other") as url:
        run = gate(f"--gateway={url}", "--clause=exchange.*", f"--report={tmp_path}")
    assert run.returncode == 1
    found = outcome_of(tmp_path)
    side = next(side for side in found["sides"] if side["kind"] == "gateway")
    assert (found["verdict"], side["name"]) == ("may not ship", url)
    broken = {c["clause"]: c for c in side["clauses"] if c["state"] == "broken"}
    finding = broken["exchange.checkout_id.echo"]["findings"][0]
    assert finding["path"] == "result.model.checkout_id"
    assert finding["page"]["quote"].startswith("checkout_id String 788")
    assert "checkout_id=" in finding["request"]
    assert finding["answer"].startswith("HTTP 200 ")
    (shown,) = finding["exchanges"]
    assert shown["request"]["head"].startswith("POST /router/rest HTTP/1.1\nHost: 127.0.0.1:")
    assert shown["told"] in shown["answer"]["body"]
    assert shown["milliseconds"] > 0
    assert finding["script"] == (tmp_path / "findings" / "exchange.checkout_id.echo.sh").read_text(
        "utf-8"
    )
    assert found["page"].split("\n")[finding["page"]["line"] - 1].startswith("  • └ checkout_id")
    sources = {one["clause"]: one for one in found["sources"]}
    assert list(sources) == [c["clause"] for c in side["clauses"]]
    assert sources["exchange.checkout_id.echo"]["kind"] == "exchange"
    assert list(problems((tmp_path / "index.html").read_text("utf-8"))) == []
    assert CALLER.app_secret not in (tmp_path / "outcome.json").read_text("utf-8")


def test_a_run_of_two_sdks_is_an_outcome(tmp_path):
    """Each SDK is a side of its own; a case says what was asked, answered and handed over."""
    liar = "--sdk={python} -m tests.liars RoundedAnswer"
    run = gate(REFERENCE, liar, "--clause=sdk.response.big_integer", f"--report={tmp_path}")
    assert run.returncode == 1
    found = outcome_of(tmp_path)
    verdicts = {side["name"]: side["verdict"] for side in found["sides"]}
    assert sorted(verdicts.values()) == ["may not ship", "these clauses hold"]
    assert verdicts["topcheck"] == "these clauses hold"
    (clause,) = next(s for s in found["sides"] if s["verdict"] == "may not ship")["clauses"]
    for name in ("case", "path", "expected", "actual", "request", "answer", "handed", "repeat"):
        assert clause["findings"][0][name], name


# ------------------------------------------------------------------ --clause


@pytest.mark.parametrize("pattern", ["sdk.wire.empty", "sdk.wire.e*"])
def test_some_clauses_hold_and_nothing_may_ship(pattern):
    """Who is asked for some clauses only is never said to be fit to ship."""
    run = gate(REFERENCE, f"--clause={pattern}")
    assert (run.returncode, "may ship" in run.stdout) == (0, False)
    assert run.stdout.rstrip().endswith("verdict: these clauses hold")


@pytest.mark.parametrize("options", [[], [REFERENCE]], ids=["contract", "sdk"])
def test_a_pattern_that_matches_no_clause_is_2(options):
    """One line says which pattern it was."""
    run = gate(*options, "--clause=response.nothing.*")
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "no clause is called response.nothing.*" in run.stderr


def test_the_last_line_repeats_the_first_failure():
    """Run as it stands, it fails for that clause alone, and says the same again."""
    with sandbox("semantic.checkout_id.other") as url:
        first = gate(f"--gateway={url}", "--clause=exchange.checkout_id.*")
        *_, command = first.stdout.rstrip().splitlines()
        assert command == f"topcheck gate --gateway={url} --clause=exchange.checkout_id.echo"
        again = gate(*command.split()[2:])
    assert (first.returncode, again.returncode) == (1, 1)
    assert again.stdout.rstrip().splitlines()[-1] == command
    assert "exchange.checkout_id.echo  [violation]" in again.stdout


def test_what_could_not_be_decided_is_an_outcome_too(tmp_path):
    """The reason stands in the report."""
    run = gate("--gateway=http://127.0.0.1:9/router/rest", f"--report={tmp_path}")
    assert run.returncode == 2
    found = outcome_of(tmp_path)
    assert (found["verdict"], found["sides"]) == ("could not be decided", [])
    assert "nothing listens there" in found["reasons"][0]
