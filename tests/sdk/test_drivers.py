"""The drivers beside the package: what they say of themselves, and which could not be run here."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from drivers.conformance import conformance
from tests.workspace import WORKSPACE
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge.ledger import BROKEN, HELD, NOT_SUPPORTED
from topcheck.report.outcome import Outcome
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.driver import DriverError
from topcheck.sdk.gating import state_of
from topcheck.sdk.known_failing import read_known
from topcheck.sdk.manifest import Sdk, read_sdk
from topcheck.sdk.runner import gather, smoke

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "drivers").glob("*/driver.toml"))
CASES = sdk_cases(WORKSPACE)
LANGUAGES = {"Python", "Node.js", "Java", "Go", ".NET", "PHP", "C++", "curl"}
PAGE = (ROOT / "docs" / "conformance.md").read_text("utf-8")


def manifest(folder):
    """Read what a driver says of itself."""
    return tomllib.loads((folder / "driver.toml").read_text("utf-8"))


def test_every_language_of_the_page_has_a_driver():
    """The page shows seven languages; Go comes on top."""
    assert {manifest(folder)["language"] for folder in FOLDERS} == LANGUAGES


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_driver_that_is_installed_works(folder):
    """A driver that can be run here starts and calls; one that cannot is named."""
    about = manifest(folder)
    try:
        evidence = smoke(read_sdk(str(folder)), CASES)
    except DriverError as error:
        if about["sdk"] == "topcheck":
            raise
        pytest.skip(f"{about['language']} was not run ({folder.name}): {error}; see make drivers")
    assert evidence.name == folder.name
    assert about["version"] in evidence.started.sdk["version"] or about["version"] == "1"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_docs_tell_of_this_driver(folder):
    """The page of what was found has this version, and marks what is known to fail of it."""
    about = manifest(folder)
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{folder.name}` ")]
    assert f"{about['sdk']} {about['version']}" in row
    path = folder / "known-failing.toml"
    entries = read_known(path).entries if path.exists() else ()
    header = next(line for line in PAGE.splitlines() if line.startswith("| clause "))
    column = [cell.strip() for cell in header.split("|")].index(folder.name)
    marks = {
        found[1]: line.split("|")[column].strip()
        for line in PAGE.splitlines()
        if (found := re.match(r"\| `(sdk\.\S+)` ", line)) and line.count("|") == header.count("|")
    }
    assert list(marks) == list(SDK_RULES)
    assert {c for c, mark in marks.items() if mark == "✗"} == {entry.clause for entry in entries}


def test_the_docs_ask_what_the_gate_asks():
    """The words of the page, and the rule of each clause, are those of this version."""
    _, introduction, *_, rules = conformance(Outcome(*[""] * 6), SDK_RULES).split("\n\n")
    assert introduction in PAGE
    assert PAGE.endswith(rules)


ACME = '''
"""An SDK that reads JSON, signs by MD5, and tells errors as the example expects."""
import json
import sys
from topcheck.contract.protocol import DROPPED_PREFIX, ERROR_ROOT, ROOT_SUFFIX
from topcheck.gateway.client import Client as Sender, Credentials, prepare
from topcheck.gateway.timing import now

__version__ = "1.0"
print("a word on standard output")


class ApiError(Exception):
    def __init__(self, members):
        self.code, self.members = members.pop("code"), members


class Client:
    def __init__(self, url, key, secret):
        self.url, self.caller = url, Credentials(key, secret)

    def execute(self, method, params, timeout):
        given = {name: str(value) for name, value in params.items() if value is not None}
        with Sender(self.url, timeout) as sender:
            response = sender.send(prepare(method, given, self.caller, now)).response
        try:
            body = json.loads(response.body)
        except (AttributeError, ValueError):
            raise OSError("no answer") from None
        if ERROR_ROOT in (body or []):
            raise ApiError(body[ERROR_ROOT])
        root = method.removeprefix(DROPPED_PREFIX).replace(".", "_") + ROOT_SUFFIX
        if response.status != 200 or not isinstance(body, dict) or root not in body:
            raise OSError("no answer")
        return body
'''


def test_the_example_of_the_readme_works(tmp_path):
    """The driver that the README shows is a driver, and holds what its SDK can do."""
    shown = re.search(r"```python\n(.+?)```", (ROOT / "drivers" / "README.md").read_text(), re.S)
    (tmp_path / "driver.py").write_text(shown[1])
    (tmp_path / "acme_top.py").write_text(ACME)
    evidence = smoke(Sdk("example", (sys.executable, "driver.py"), tmp_path), CASES)
    gather(evidence, CASES, set(SDK_RULES))
    words = {clause: state_of(evidence, clause).state for clause in SDK_RULES}
    assert {clause for clause, word in words.items() if word == BROKEN} == set()
    assert set(words.values()) == {HELD, NOT_SUPPORTED}


def test_a_driver_that_does_not_exist_is_named():
    """The program that installs and gates all says which drivers there are."""
    found = subprocess.run([sys.executable, "drivers", "cobol"], cwd=ROOT, capture_output=True,
                           text=True, check=False)  # fmt: skip
    assert found.returncode == 2
    assert "there is no driver cobol; there are cpp, curl" in found.stderr
