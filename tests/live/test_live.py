"""A run against a gateway that a person names: what it proves, what it refuses, what it hides."""

import base64
import json
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.kill_matrix import FAULTS
from tests.warm import run_pytest, run_topcheck
from tests.workspace import WORKSPACE
from topcheck.gateway.client import Credentials
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.orders import read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now

ROOT = Path(__file__).parents[2]
PLANTED = Credentials("planted-key", "planted-secret", "planted-session")
ORDER = {"biz_order_id": "2", "checkout_id": "2"}


def serve(orders):
    """Serve a sandbox that knows the planted credentials."""
    return serving(Sandbox(WORKSPACE.contract, orders, Settings(PLANTED), now))


def scripted(*answers):
    """Return an order book whose one order answers a script."""
    return read_orders(json.dumps([{**ORDER, "answers": list(answers)}]), WORKSPACE.contract)


def run(url, *options, program="pytest", **changes):
    """Judge a gateway with the planted credentials in the environment."""
    environment = {
        "TOP_APP_KEY": PLANTED.app_key,
        "TOP_APP_SECRET": PLANTED.app_secret,
        "TOP_SESSION": PLANTED.session,
        "TOP_ORDERS": json.dumps([ORDER]),
        **changes,
    }
    options = (f"--gateway={url}", *options)
    if program == "gate":
        return run_topcheck("gate", *options, environment=environment)
    tests = () if program == "everything" else ("contract_tests/test_live.py",)
    return run_pytest("-q", "-p", "no:cacheprovider", *tests, *options, environment=environment)


def test_a_faultless_gateway_is_clean():
    """The faultless sandbox is clean at the strictest level."""
    with serve(WORKSPACE.default_orders()) as url:
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


@pytest.mark.parametrize("program", ["pytest", "gate"])
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "cannot be judged: no connection: nothing listens there; check the address"),
        (
            {"TOP_APP_SECRET": ""},
            "give TOP_APP_KEY and TOP_APP_SECRET in the environment; "
            "topcheck serve takes 12345678 and helloworld",
        ),
        (
            {"TOP_ORDERS": "no/such/file"},
            "neither a JSON list nor a file that can be read: no/such/file",
        ),
        ({"TOP_ORDERS": '[{"oder":1}]'}, "TOP_ORDERS: order 1: unknown member oder"),
    ],
    ids=["down", "credentials", "orders", "typo"],
)
def test_what_cannot_be_judged_is_one_line_and_undecided(program, changes, said):
    """A gateway that is not there, or a mistake in the environment: one line, and exit code 2."""
    found = run(f"http://127.0.0.1:{free_port()}/router/rest", program=program, **changes)
    assert found.returncode == 2
    assert said in found.stderr
    assert found.stderr.strip().count("\n") == 0
    assert "Traceback" not in found.stderr + found.stdout
    assert ("could not be decided" in found.stdout) == (program == "gate")


def test_wrong_credentials_are_one_line():
    """A gateway that refuses every call is one reason, not a failure a test."""
    with serve(scripted(PAID)) as url:
        found = run(url, program="gate", TOP_APP_SECRET="other")
    assert (found.returncode, found.stderr.strip().count("\n")) == (2, 0)
    assert f"{url} cannot be judged" in found.stderr
    assert "every answer was: 25 Invalid signature; check TOP_APP_SECRET" in found.stderr


@pytest.mark.parametrize("program", ["pytest", "gate"])
def test_an_address_that_is_empty_is_no_address(program):
    """An empty variable of a CI job is a mistake, and not a run without a gateway."""
    found = run("", program=program)
    assert found.returncode == 2
    assert "--gateway is an address that begins with" in found.stderr


def test_nothing_of_a_gateway_reaches_the_terminal_raw(tmp_path):
    """What a gateway writes into its members is shown without control characters, and shortened."""
    told = {**PAID, "checkout_status": "\x1b[31m\r\n::error::" + "z" * 5000, "checkout_id": "\x1b7"}
    with serve(scripted(told)) as url:
        found = run(url, "--fail-on", "advisory", "--page-diff", f"--topcheck-report={tmp_path}")
    assert found.returncode == 1
    assert "\x1b" not in found.stdout
    assert "\n::error" not in found.stdout
    assert max(map(len, found.stdout.splitlines())) < 2000


@pytest.mark.parametrize("told", ["PAID", PLANTED.app_secret, PLANTED.session])
def test_no_secret_appears_anywhere(tmp_path, told):
    """In a run that fails, neither output nor report shows key, secret, session or signature.

    Nor does it where the gateway tells them itself.
    """
    with serve(scripted({**PAID, "checkout_status": told})) as url:
        found = run(url, "-vv", "-l", f"--topcheck-report={tmp_path}",
                    f"--junitxml={tmp_path / 'junit.xml'}")  # fmt: skip
    assert found.returncode == 1
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".html", ".json", ".md", ".xml", ".sh"}
    texts = [found.stdout, found.stderr, *(path.read_text("utf-8") for path in files)]
    for text in texts:
        assert "planted" not in text


def repeat(script):
    """Run the script of a finding, with nothing but the credentials in its environment."""
    environment = {
        "PATH": os.environ["PATH"],
        "TOP_APP_KEY": PLANTED.app_key,
        "TOP_APP_SECRET": PLANTED.app_secret,
        "TOP_SESSION": PLANTED.session,
    }
    return subprocess.run(
        ["sh", script], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not there to repeat a finding with")
@pytest.mark.parametrize(
    ("answer", "clause", "said"),
    [
        ({**PAID, "checkout_status": "PAID"}, "response.result.model.checkout_status.enum", "PAID"),
        ({**PAID, "checkout_id": "3"}, "exchange.checkout_id.echo", r"checkout_id\W+3\W"),
    ],
    ids=["enum", "echo"],
)
def test_a_finding_can_be_repeated_from_its_files(tmp_path, answer, clause, said):
    """The script under the report asks anew with curl, and the answer beside it is judged again."""
    with serve(scripted(answer)) as url:
        assert run(url, f"--topcheck-report={tmp_path}").returncode == 1
        script = tmp_path / "findings" / f"{clause}.sh"
        again = repeat(script)
    assert again.returncode == 0, again.stderr
    assert re.search(said, again.stdout)
    (body,) = script.parent.glob(f"{clause}.[jx]*")
    assert re.search(said, body.read_text("utf-8"))
    assert "planted" not in script.read_text("utf-8")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not there to repeat a finding with")
@pytest.mark.parametrize("fault", ["auth.hmac", "auth.timestamp.wrong", "transport.get",
                                   "auth.sign.uncovered", "auth.sign.replayed",
                                   "transport.split"])  # fmt: skip
def test_a_script_signs_as_the_finding_was_signed(tmp_path, fault):
    """Whatever was tried, by whatever method and transport, the script tries the same."""
    planted = FAULTS[fault]
    contract, settings = WORKSPACE.contract, Settings(PLANTED)
    with serving(Faulty(planted, contract, WORKSPACE.default_orders(), settings, now)) as url:
        assert run(url, f"--topcheck-report={tmp_path}").returncode == 1
        script = tmp_path / "findings" / f"{planted.clause}.sh"
        again = repeat(script)
    assert again.returncode == 0, again.stderr
    refused = planted.id in ("auth.hmac", "transport.get", "transport.split")
    assert ("error_response" in again.stdout) == refused


def test_drift_is_told_where_it_is_asked_for():
    """--drift prints what page, recordings and answers say, and the change of the page."""
    with serve(scripted({**PAID, "checkout_status": "REFUNDED"})) as url:
        found = run(url, "--page-diff")
    assert 'row checkout_status: add "REFUNDED" to its codes' in found.stdout


def test_the_summary_counts_what_was_observed():
    """A run says how much it asked, and what came."""
    with serve(WORKSPACE.default_orders()) as url:
        found = run(url, "--max-requests", "50")
    assert "50 requests, and no more: 50 requests were made (--max-requests)" in found.stdout
    assert re.search(r"answers: .*\b\d+ response\b", found.stdout)
    assert re.search(r"statuses: \d+ PROCESSING", found.stdout)


def test_a_named_gateway_is_all_that_is_judged():
    """`pytest --gateway` alone runs what is about the gateway, and none of the tool's own tests."""
    with serve(WORKSPACE.default_orders()) as url:
        found = run(url, "--co", program="everything")
    assert found.returncode == 0
    files = {line.partition("::")[0] for line in found.stdout.splitlines() if "::" in line}
    assert files == {"contract_tests/test_live.py"}
