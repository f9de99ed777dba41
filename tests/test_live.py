"""A run against a gateway that a person names: what it proves, what it refuses, what it hides."""

import base64
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from topcheck.gate.suite import suite
from topcheck.gateway.client import Credentials, now
from topcheck.gateway.orders import read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving

ROOT = Path(__file__).parent.parent
PLANTED = Credentials("planted-key", "planted-secret", "planted-session")
ORDER = {"biz_order_id": "2", "checkout_id": "2"}


def serve(orders):
    """Serve a sandbox that knows the planted credentials."""
    return serving(Sandbox(suite().contract, orders, Settings(PLANTED), now))


def scripted(*answers):
    """Return an order book whose one order answers a script."""
    return read_orders(json.dumps([{**ORDER, "answers": list(answers)}]), suite().contract)


def run(url, *options, program="pytest", **changes):
    """Judge a gateway with the planted credentials in the environment."""
    environment = {
        **os.environ,
        "TOP_APP_KEY": PLANTED.app_key,
        "TOP_APP_SECRET": PLANTED.app_secret,
        "TOP_SESSION": PLANTED.session,
        "TOP_ORDERS": json.dumps([ORDER]),
        **changes,
    }
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "contract_tests/test_live.py"]
    if program == "gate":
        arguments = ["-c", "from topcheck.gate.cli import main; main()", "gate"]
    command = [sys.executable, *arguments, f"--gateway={url}", *options]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_faultless_gateway_is_clean():
    """The faultless sandbox is clean at the strictest level."""
    with serve(suite().default_orders()) as url:
        found = run(url, "--fail-on", "advisory")
    assert found.returncode == 0, found.stdout


PAID = {"paid_fee": 100, "checkout_status": "PROCESSING", "checkout_id": "2"}
HTML = {"raw": {"body_base64": base64.b64encode(b"<html>502</html>").decode()}}


@pytest.mark.parametrize(
    ("answers", "clause"),
    [
        ([{**PAID, "checkout_status": "PAID"}], "response.result.model.checkout_status.enum"),
        ([{**PAID, "checkout_id": "3"}], "exchange.checkout_id.echo"),
        ([PAID, {**PAID, "paid_fee": 90}], "exchange.paid_fee.accumulates"),
        ([PAID, {**PAID, "paid_fee": 900}, PAID], "exchange.parity"),
        ([{**PAID, "checkout_status": "FAILED"}, PAID], "exchange.checkout_status.terminal"),
        ([HTML], "wire.body.type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_is_convicted_under_its_clause(answers, clause):
    """A gateway with one fault fails, and the test that fails has the clause's name."""
    with serve(scripted(*answers)) as url:
        found = run(url)
    assert found.returncode == 1
    assert f"[{clause}]" in found.stdout


def test_drift_fails_only_where_it_is_asked_to():
    """A finding below --fail-on is told in the ledger's terms and fails nothing."""
    with serve(scripted({**PAID, "paid_time": None})) as url:
        assert run(url).returncode == 0
        assert run(url, "--fail-on", "drift").returncode == 1


def free_port():
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "nothing listens there"),
        ({"TOP_APP_SECRET": ""}, "give TOP_APP_KEY and TOP_APP_SECRET"),
        ({"TOP_ORDERS": "no/such/file"}, "neither a JSON list nor a file"),
        ({"TOP_ORDERS": '[{"oder":1}]'}, "TOP_ORDERS: order 1: unknown member oder"),
    ],
    ids=["down", "credentials", "orders", "typo"],
)
def test_what_cannot_be_judged_is_one_line_and_undecided(changes, said):
    """A gateway that is not there, or a mistake in the environment: one line, and exit code 2."""
    found = run(f"http://127.0.0.1:{free_port()}/router/rest", program="gate", **changes)
    assert found.returncode == 2
    assert said in found.stderr
    assert "Traceback" not in found.stderr + found.stdout
    assert "could not be decided" in found.stdout


def test_wrong_credentials_are_one_line():
    """A gateway that refuses every call is one reason, not a failure a test."""
    with serve(scripted(PAID)) as url:
        found = run(url, program="gate", TOP_APP_SECRET="other")
    assert (found.returncode, found.stderr.strip().count("\n")) == (2, 0)
    assert "every answer was: 25 Invalid signature" in found.stderr


def test_no_secret_appears_anywhere(tmp_path):
    """In a run that fails, neither output nor report shows key, secret, session or signature."""
    with serve(scripted({**PAID, "checkout_status": "PAID"})) as url:
        found = run(url, "-vv", "-l", f"--topcheck-report={tmp_path}",
                    f"--junitxml={tmp_path / 'junit.xml'}")  # fmt: skip
    assert found.returncode == 1
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".xml", ".sh"}
    texts = [found.stdout, found.stderr, *(path.read_text("utf-8") for path in files)]
    for text in texts:
        assert "planted" not in text
