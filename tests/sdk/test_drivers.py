"""The drivers beside the package: what they say of themselves, and which could not be run here."""

import ast
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from drivers.conformance import conformance
from tests.conformance_page import read_page
from tests.workspace import WORKSPACE
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge.ledger import BROKEN, HELD, KNOWN_FAILING, NOT_SUPPORTED
from topcheck.report.outcome import Outcome
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.driver import DriverError
from topcheck.sdk.gating import state_of
from topcheck.sdk.known_failing import read_known
from topcheck.sdk.manifest import Sdk, SdkError, read_sdk
from topcheck.sdk.runner import gather, smoke

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "drivers").glob("*/driver.toml"))
CASES = sdk_cases(WORKSPACE)
LANGUAGES = {"Python", "Node.js", "Java", "Go", ".NET", "PHP", "C++", "curl"}
PAGE = (ROOT / "docs" / "conformance.md").read_text("utf-8")
README = (ROOT / "drivers" / "README.md").read_text("utf-8")


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
    (side,) = [side for side in read_page(PAGE)[0].sides if side.name == folder.name]
    assert side.about["title"] == f"{about['sdk']} {about['version']}"
    assert side.about["language"] == about["language"]
    path = folder / "known-failing.toml"
    entries = read_known(path).entries if path.exists() else ()
    states = {clause.clause: clause.state for clause in side.clauses}
    assert list(states) == list(SDK_RULES)
    failing = {clause for clause, state in states.items() if state in (BROKEN, KNOWN_FAILING)}
    assert failing == {entry.clause for entry in entries}


def test_the_docs_ask_what_the_gate_asks():
    """The words of the page, and the rule of each clause, are those of this version."""
    _, introduction, *_, rules = conformance(Outcome(*[""] * 6), SDK_RULES).split("\n\n")
    assert introduction in PAGE
    assert PAGE.endswith(rules)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The driver that the README shows, as printed, around the package that it names: its states.

    The package is one of those that the tests of the tool need, so that it is always there.
    """
    shown = re.search(r"```python\n(.+?)```", README, re.S)
    folder = tmp_path_factory.mktemp("sample")
    (folder / "my_driver.py").write_text(shown[1], "utf-8")
    evidence = smoke(Sdk("topsdk", (sys.executable, "my_driver.py"), folder), CASES)
    gather(evidence, CASES, set(SDK_RULES))
    return {clause: state_of(evidence, clause).state for clause in SDK_RULES}


def test_the_sample_of_the_readme_breaks_what_the_readme_says(sample):
    """The verdict that it gets is the one that is told: just what the list of its SDK has."""
    assert "[topsdk/known-failing.toml](topsdk/known-failing.toml)" in README
    known = read_known(ROOT / "drivers" / "topsdk" / "known-failing.toml")
    assert {c for c, word in sample.items() if word == BROKEN} == {e.clause for e in known.entries}
    assert known.entries
    assert set(sample.values()) == {BROKEN, HELD, NOT_SUPPORTED}


def test_the_sample_of_the_readme_writes_what_has_no_form(tmp_path):
    """What JSON has no form for is told by its type, and an integer as its text."""
    tree = ast.parse(re.search(r"```python\n(.+?)```", README, re.S)[1])
    (encode,) = (node for node in tree.body if getattr(node, "name", "") == "encode")
    (tmp_path / "encode.py").write_text(ast.unparse(encode))
    names = runpy.run_path(str(tmp_path / "encode.py"))
    given = {"a": [2**53 + 1, True, None, 0.5, "x"], "b": b"raw"}
    told = {"a": [{"$int": "9007199254740993"}, True, None, 0.5, "x"], "b": {"$opaque": "bytes"}}
    assert names["encode"](given) == told


def test_a_command_is_run_as_the_readme_says(tmp_path, monkeypatch):
    """Without a shell; and a folder of that name goes before a program."""
    assert read_sdk("echo $HOME && ls ~").command == ("echo", "$HOME", "&&", "ls", "~")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "echo").mkdir()
    with pytest.raises(SdkError, match=r"driver\.toml"):
        read_sdk("echo")


def test_the_sample_of_the_readme_takes_a_session(sample):
    """What it is given as a session is sent and signed."""
    assert sample["sdk.request.session"] == HELD


def test_the_readme_names_the_package_that_its_sample_is_gated_with():
    """One version: in the README, in the requirements of the tests, and in the driver's folder."""
    about = manifest(ROOT / "drivers" / "topsdk")
    pinned = f"{about['sdk']}=={about['version']}"
    assert f"pip install {pinned}" in README
    for name in ("pyproject.toml", "requirements.lock", "drivers/topsdk/requirements.txt"):
        assert pinned in (ROOT / name).read_text("utf-8")


def test_a_driver_that_does_not_exist_is_named():
    """The program that installs and gates all says which drivers there are."""
    found = subprocess.run([sys.executable, "drivers", "cobol"], cwd=ROOT, capture_output=True,
                           text=True, check=False)  # fmt: skip
    assert found.returncode == 2
    assert "there is no driver cobol; there are cpp, curl" in found.stderr
