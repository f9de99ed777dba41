"""What other tools make of `openapi.json`: they can read it, and find what is wrong by it.

Schemathesis runs with the hook and the command that the documentation shows.
"""

import contextlib
import json
import re
import shlex
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.others.tools import ROOT, needs, tool
from tests.page_builder import REAL, read
from topcheck.contract import protocol
from topcheck.contract.files import derived_files
from topcheck.contract.page.read import derive_contract
from topcheck.gateway.embedded import CREDENTIALS
from topcheck.gateway.faults.bodies import body_faults
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.orders import default_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now
from topcheck.generate.cases import Cases
from topcheck.wire.exchange import PATH

PAGES = sorted((ROOT / "tests" / "pages").glob("*.txt"))
DOCS = (ROOT / "docs" / "openapi.md").read_text("utf-8")
HOOK = re.search(r"^```python\n(.*?)^```$", DOCS, re.M | re.S)[1]
SHOWN = re.search(r"^schemathesis (run .*?)^```$", DOCS, re.M | re.S)[1]
COMMAND = shlex.split(SHOWN.replace("\\\n", " "))
(SERVED,) = (word for word in COMMAND if word.startswith("http://"))

#: What Schemathesis calls a body that is not as described, or of which a value cannot be read.
FOUND = ("Response violates schema", "JSON deserialization error")
#: What each verb asks for, by the hook: so each format is judged.
VERBS = ("POST", "GET")


def contract_of(page):
    return derive_contract(read(page.read_text("utf-8")))


def openapi(page, folder):
    """Write the document of a page, and return where it is."""
    path = folder / f"{page.stem}.json"
    path.write_text(derived_files(contract_of(page))["openapi.json"], "utf-8")
    return path


# ------------------------------------------------------------------ the official validator


@needs("openapi-spec-validator")
def test_every_document_is_openapi(tmp_path):
    """It is valid by the schema that the authors of OpenAPI publish, whatever the page."""
    paths = [openapi(page, tmp_path) for page in (REAL, *PAGES)]
    run = validated(*paths)
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("OK") == len(paths)


#: What makes a document one that is no OpenAPI: in a schema, and around them.
BREACHES = {
    "type": lambda parts: parts["schemas"]["error_response"].update(type="text"),
    "description": lambda parts: parts["responses"]["answer"].pop("description"),
}


@needs("openapi-spec-validator")
@pytest.mark.parametrize("breach", BREACHES)
def test_the_validator_can_refuse(breach, tmp_path):
    """What is no OpenAPI is told."""
    path = openapi(REAL, tmp_path)
    document = json.loads(path.read_text("utf-8"))
    BREACHES[breach](document["components"])
    path.write_text(json.dumps(document), "utf-8")
    assert validated(path).returncode == 1


def validated(*paths):
    command = [tool("openapi-spec-validator"), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# ------------------------------------------------------------------ Schemathesis


def fuzzed(page, url, folder):
    """Run the command of the documentation, and return what came of it."""
    (folder / "top_hook.py").write_text(HOOK, "utf-8")
    exchanged = {"openapi.json": str(openapi(page, folder)), SERVED: url.removesuffix(PATH)}
    command = [tool("schemathesis"), *(exchanged.get(word, word) for word in COMMAND)]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "SCHEMATHESIS_HOOKS": "top_hook",
        "TOP_APP_KEY": protocol.SANDBOX_KEY,
        "TOP_APP_SECRET": protocol.SANDBOX_SECRET,
    }
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip


@contextlib.contextmanager
def serve(*options):
    """Run `topcheck serve` while the block runs; yields its URL."""
    command = [
        sys.executable,
        "-c",
        "from topcheck.cli.main import main; main()",
        "serve",
        *options,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)


class Told:
    """A sandbox of another page, with a fault if one is named, and how often it answered what."""

    def __init__(self, page, fault=None):
        contract = contract_of(page)
        given = contract, default_orders(contract, (), ()), Settings(CREDENTIALS), now
        faults = {one.id: one for one in body_faults(contract, Cases(contract))} if fault else {}
        self._sandbox = Faulty(faults[fault], *given) if fault else Sandbox(*given)
        self.answers = Counter()

    def answer(self, request):
        answer = self._sandbox.answer(request)
        kind = "error" if b"error_response" in answer.body else "answer"
        self.answers[request.value("format"), kind] += 1
        return answer


def named(name):
    return next(page for page in PAGES if page.stem == name)


@needs("schemathesis")
def test_schemathesis_finds_nothing_at_the_faultless_sandbox(tmp_path):
    """Requests that it makes are signed, and every answer to them is as described."""
    log = tmp_path / "log"
    with serve("--log", str(log)) as url:
        run = fuzzed(REAL, url, tmp_path)
    assert run.returncode == 0, run.stdout
    answers = [json.loads(line)["answer"] for line in log.read_text("utf-8").splitlines()]
    codes = Counter(answer and answer["code"] for answer in answers)
    assert codes[None] > 50
    assert codes[50] > 5
    assert not codes[25]


@needs("schemathesis")
@pytest.mark.parametrize("name", ["object_parameter", "list_of_objects"])
def test_schemathesis_finds_nothing_at_the_sandbox_of_another_page(name, tmp_path):
    """Nor where parameters are JSON text, or answers have lists; both formats are answered."""
    gateway = Told(named(name))
    with serving(gateway) as url:
        run = fuzzed(named(name), url, tmp_path)
    assert run.returncode == 0, run.stdout
    for fmt in protocol.FORMATS:
        for kind in ("answer", "error"):
            assert gateway.answers[fmt, kind] > 5, gateway.answers


@needs("schemathesis")
@pytest.mark.parametrize(
    "fault",
    ["response.result.model.paid_fee.type", "error_response.msg.required"],
)
def test_schemathesis_finds_what_is_wrong_at_a_faulty_sandbox(fault, tmp_path):
    """The run can fail: a success or an error that is not as described is found in each format."""
    with serve("--fault", fault) as url:
        assert_found(fuzzed(REAL, url, tmp_path))


@needs("schemathesis")
def test_schemathesis_finds_what_is_wrong_at_another_page(tmp_path):
    """Nor is it blind to what is wrong in an item of a list."""
    page = named("list_of_objects")
    with serving(Told(page, "response.goods.goods_d_t_o.goods_id.type")) as url:
        assert_found(fuzzed(page, url, tmp_path))


def assert_found(run):
    """Assert that a run failed by bodies, whichever the format, and by nothing else."""
    assert run.returncode == 1, run.stdout
    for verb in VERBS:
        assert re.search(rf"^_+ {verb} {PATH} _+$", run.stdout, re.M), run.stdout
    failures = re.findall(r"^- ST\d+ (.*)$", run.stdout, re.M)
    assert failures
    assert set(failures) <= set(FOUND)


@needs("schemathesis")
def test_schemathesis_finds_a_hook_that_signs_wrongly(tmp_path):
    """A run in which every request is refused is not green."""
    with serve("--app-secret", "another") as url:
        run = fuzzed(REAL, url, tmp_path)
    assert run.returncode == 1, run.stdout
    assert "`is_signed`" in run.stdout


def test_the_documentation_names_the_hook_and_the_command():
    """What is run here is what is shown: the address is the only one, and the checks are there."""
    assert COMMAND[:2] == ["run", "openapi.json"]
    assert "is_signed" in COMMAND[-1]
    compile(HOOK, "top_hook.py", "exec")
    assert Path(ROOT / "requirements.others.lock").exists()
