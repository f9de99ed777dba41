"""What a person can mend, or what a machine refuses, is one line and code 2, never a traceback."""

import datetime
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from tests.warm import HALF_WRITTEN, run_topcheck
from tests.workspace import WORKSPACE
from topcheck.cli import commands
from topcheck.cli.click_options import Command, Group
from topcheck.cli.outcome_file import OutcomeFileError, read_outcome
from topcheck.cli.session import LIVE, OUTCOME, RunRecorder
from topcheck.gateway.recording import RecordingError, read_recordings
from topcheck.sdk.known_failing import read_known
from topcheck.sdk.manifest import SdkError
from topcheck.sdk.worker import SECRETS
from topcheck.wire.redact import Redactor

ROOT = Path(__file__).parents[2]
COMMAND = ("-c", "from topcheck.cli.main import main; main()")
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "contract_tests/test_recorded.py")


def run(*words, cwd):
    """Run Python in a folder; what it says of an error is no traceback."""
    found = subprocess.run([sys.executable, *words], cwd=cwd, capture_output=True, check=False)
    said = found.stderr.decode()
    assert "Traceback" not in said + found.stdout.decode()
    assert "INTERNALERROR" not in said + found.stdout.decode()
    return found.returncode, said.strip().splitlines()


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A tree whose contract is none."""
    folder = tmp_path_factory.mktemp("broken")
    for name in ("topcheck", "contract_tests", "schemas", "cassettes"):
        shutil.copytree(ROOT / name, folder / name, ignore=HALF_WRITTEN)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (contract,) = folder.glob("schemas/*/contract.json")
    contract.write_text("{", "utf-8")
    return folder


@pytest.mark.parametrize(
    "words",
    [PYTEST, (*COMMAND, "gate"), (*COMMAND, "gate", "--record"), (*COMMAND, "serve"),
     (*COMMAND, "check", "conftest.py")],
    ids=["pytest", "gate", "record", "serve", "check"],
)  # fmt: skip
def test_a_contract_that_is_none(broken, words):
    """It says to derive the contract again, whatever was asked for."""
    code, said = run(*words, cwd=broken)
    assert (code, len(said)) == (2, 1), said
    (page,) = broken.glob("schemas/*/page.txt")
    again = f"derive it again from page.txt: topcheck derive {page} --out {page.parent}"
    assert said[0].endswith(f"contract.json is not a contract: {again}")


def test_a_report_that_cannot_be_written(tmp_path):
    """A file where the folder of the report should be ends the run before it begins."""
    file = tmp_path / "a file"
    file.touch()
    code, said = run(*PYTEST, f"--topcheck-report={file}", cwd=ROOT)
    assert (code, len(said)) == (2, 1), said
    assert said[0].endswith(f"{file}: File exists")


def test_a_report_of_nothing_is_told(tmp_path):
    """Tests of one's own may judge no clause: that there is no report is one line."""
    (tmp_path / "test_own.py").write_text("def test_one(workspace):\n    assert workspace", "utf-8")
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "topcheck.plugin")
    code, said = run(*words, "--topcheck-report=report", cwd=tmp_path)
    assert (code, said) == (0, ["topcheck: report: no report: no test here judged a clause"])


@pytest.mark.parametrize(
    ("read", "way_out"),
    [(read_outcome, "topcheck gate --report DIR writes an outcome.json"),
     (read_known, "--known-failing-update writes one")],
)  # fmt: skip
def test_a_file_that_is_not_there_is_told_with_the_way_out(tmp_path, read, way_out):
    """What is missing, where, and what writes it."""
    with pytest.raises((OutcomeFileError, SdkError)) as refused:
        read(tmp_path / "gone")
    assert str(refused.value) == f"{tmp_path / 'gone'}: No such file or directory; {way_out}"


def test_a_folder_that_is_not_there_is_told_with_the_way_out(tmp_path):
    """Of nothing that is compared nothing else is told."""
    page = WORKSPACE.folder / "page.txt"
    found = run_topcheck("derive", page, "--check", "--out=gone", cwd=tmp_path)
    told = "topcheck: contract.json: it is missing in gone: run derive without --check\n"
    assert (found.returncode, found.stderr) == (1, told)


def test_what_is_interrupted_is_told(monkeypatch, capsys):
    """A code of 2 always comes with one line."""
    monkeypatch.setattr(commands, "commands", Group("topcheck", commands={"wait": Command(
        "wait", callback=Mock(side_effect=KeyboardInterrupt))}))  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["topcheck", "wait"])
    with pytest.raises(SystemExit) as ended:
        commands.run()
    assert ended.value.code == 2
    assert capsys.readouterr().err.split("\n")[-2] == "topcheck: it was interrupted before its end"


@pytest.mark.parametrize("secret", SECRETS)
def test_what_sdks_are_given_is_hidden_beside_a_gateway_too(secret):
    """A run of both hides the secrets of both."""
    live = SimpleNamespace(redactor=Redactor(["a-secret-of-the-caller"]))
    config = SimpleNamespace(stash={LIVE: live}, getoption={}.get)
    RunRecorder(config, WORKSPACE).undecided(f"{secret} a-secret-of-the-caller")
    (reason,) = config.stash[OUTCOME].reasons
    assert reason == "(secret) (secret)"


def test_a_recording_from_the_future_is_told_with_its_date():
    """Its date may be that of the answer alone."""
    answer = {"status": 200, "headers": {"Date": ["Tue, 01 Jan 2999 00:00:00 GMT"]}, "body": "{}"}
    sent = {"method": "GET", "uri": "http://127.0.0.1/?method=a", "body": ""}
    body = json.dumps({"interactions": [{"request": sent, "response": answer}]}).encode()
    (found,) = read_recordings(Path("a.json"), body)
    with pytest.raises(RecordingError, match="2999-01-01 has not come yet"):
        found.age(datetime.date(2026, 1, 1))
