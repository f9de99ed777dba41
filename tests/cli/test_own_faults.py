"""A fault of topcheck's own: one line that says so, where its details are, and exit code 2."""

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.kill_matrix import CALLER
from tests.warm import run_code
from tests.workspace import WORKSPACE
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now

ROOT = Path(__file__).parents[2]
BREAK = "import {module} as m\ndef broken(*_, **__): raise KeyError('planted-secret')\n"
COMMAND = "from topcheck.cli.main import main\nmain()"
PYTEST = "import pytest, sys\nsys.exit(pytest.main(['-p', 'no:warnings', *sys.argv[1:]]))"
ENVIRONMENT = {**os.environ, "TOP_APP_KEY": CALLER.app_key, "TOP_APP_SECRET": "planted-secret"}


def program(module, name, then):
    """Return a program in which something of ours is broken."""
    return f"{BREAK.format(module=module)}m.{name} = broken\n{then}"


def told(found):
    """Return the one line that tells of it, once it is seen to be one and to name its file."""
    assert "Traceback" not in found.stdout + found.stderr
    (line,) = found.stderr.strip().splitlines()
    assert "a fault of topcheck's own, and not of what was judged: KeyError: " in line
    details = Path(re.search(r"its details are in (\S+\.txt)", line)[1])
    text = details.read_text("utf-8")
    assert "Traceback" in text
    assert "planted-secret" not in text + line
    assert details.stat().st_mode & 0o077 == 0
    details.unlink()
    return line


def test_check(tmp_path):
    """A judge that falls over is no verdict."""
    body = tmp_path / "body.json"
    body.write_text("{}")
    code = program("topcheck.judge.response", "ResponseJudge.judge", COMMAND)
    found = run_code(code, "check", str(body), environment=ENVIRONMENT)
    assert found.returncode == 2
    told(found)


@pytest.mark.parametrize(
    ("then", "arguments"),
    [(PYTEST, ["-q", "-p", "no:cacheprovider", "contract_tests/test_live.py"]),
     (COMMAND, ["gate"])],
    ids=["pytest", "gate"],
)  # fmt: skip
def test_a_gateway_is_not_to_blame(then, arguments):
    """Whatever breaks while a gateway is judged leaves the run undecided."""
    sandbox = Sandbox(WORKSPACE.contract, WORKSPACE.default_orders(), Settings(CALLER), now)
    with serving(sandbox) as url:
        code = program("topcheck.judge.exchanges", "ExchangeJudge.judge_read", then)
        found = run_code(code, *arguments, f"--gateway={url}", environment=ENVIRONMENT)
    assert found.returncode == 2
    told(found)
    assert ("verdict: could not be decided" in found.stdout) == ("gate" in arguments)


@pytest.mark.parametrize("then", [PYTEST, COMMAND], ids=["pytest", "gate"])
def test_an_sdk_is_not_to_blame(then):
    """Whatever breaks while an SDK is judged leaves the run undecided."""
    arguments = ["gate"] if then == COMMAND else ["-q", "-p", "no:cacheprovider",
                                                  "contract_tests/test_sdk.py"]  # fmt: skip
    code = program("topcheck.sdk.gating", "gather", then)
    found = run_code(
        code,
        *arguments,
        "--sdk=drivers/topcheck",
        "--clause=sdk.wire.empty",
        environment=ENVIRONMENT,
    )
    assert found.returncode == 2
    told(found)


def test_an_outcome_that_cannot_be_told_is_none():
    """What breaks at the end of a run is told as well."""
    code = program("topcheck.cli.session", "RunRecorder.outcome", PYTEST)
    found = run_code(
        code,
        "-q",
        "-p",
        "no:cacheprovider",
        "contract_tests/test_recorded.py",
        environment=ENVIRONMENT,
    )
    assert found.returncode == 2
    told(found)


def test_serve():
    """A sandbox that falls over ends, and does not answer something else."""
    code = program("topcheck.gateway.sandbox", "Sandbox.answer", COMMAND)
    with subprocess.Popen(
        [sys.executable, "-c", code, "serve"], cwd=ROOT, env=ENVIRONMENT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        url = server.stdout.readline().strip()
        with pytest.raises(urllib.error.HTTPError, match="500"):
            urllib.request.urlopen(url, timeout=60)  # noqa: S310 - it serves here
        out, errors = server.communicate(timeout=60)
    assert server.returncode == 2
    told(subprocess.CompletedProcess([], 2, out, errors))
