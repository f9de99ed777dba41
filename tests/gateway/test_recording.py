"""Recordings: what reaches the disk, what is read back, and what is refused in one line."""

import datetime
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm import HALF_WRITTEN, run_pytest
from tests.workspace import WORKSPACE
from topcheck.gateway.client import Credentials, RequestOptions, prepare
from topcheck.gateway.recording import (
    RecordingError,
    contract_digest,
    read_recordings,
    write_recording,
)
from topcheck.wire.exchange import Exchange, Response

ROOT = Path(__file__).parents[2]
NOON = datetime.datetime(2026, 1, 2, 4, 0, 0, tzinfo=datetime.UTC)
PLANTED = Credentials("planted-key", "planted-secret", "planted-session")
CONTRACT = WORKSPACE.contract
BODY = '{"error_response":{"code":15,"msg":"支付"}}'.encode()


def exchange(params, options=RequestOptions(), clock=lambda: NOON, headers=()):
    """Make an exchange with planted credentials."""
    request = prepare(CONTRACT.method, params, PLANTED, clock, options)
    return Exchange(request, Response(200, headers, BODY), NOON, 0.1)


def read(path):
    """Read the only exchange of a file."""
    (found,) = read_recordings(path)
    return found


@pytest.mark.parametrize("transport", ["form", "get", "split"])
def test_no_secret_reaches_the_disk(tmp_path, transport):
    """Key, signature, session and every header not on the list never reach the file."""
    headers = (("Set-Cookie", "planted-cookie"), ("Content-Type", "text/javascript"))
    done = exchange({"checkout_id": "788"}, RequestOptions(transport=transport), headers=headers)
    write_recording(tmp_path / "a.yaml", done, CONTRACT, "embedded", "1")
    (file,) = tmp_path.iterdir()
    text = file.read_text("utf-8")
    assert "planted" not in text
    assert done.request.value("sign") not in text
    assert "checkout_id=788" in text
    assert read(file).exchange.response.header("content-type") == "text/javascript"


def test_what_contradicts_itself_is_recorded_so(tmp_path):
    """A header that stands twice is kept twice, in its order, and judged as it was live."""
    types = (("Content-Type", "text/javascript"), ("content-type", "text/html"))
    write_recording(tmp_path / "a.yaml", exchange({}, headers=types), CONTRACT, "embedded", "1")
    found = read(tmp_path / "a.yaml").exchange
    assert found.response.values("Content-Type") == ["text/javascript", "text/html"]
    assert "wire.http.head" in WORKSPACE.judges.exchanges.judge([found]).clauses


def test_no_secret_is_shown():
    """What a failing assertion prints of a request or of credentials has no secret in it."""
    done = exchange({"checkout_id": "788"})
    shown = repr(done) + repr(PLANTED) + str(PLANTED)
    assert "planted" not in shown
    assert done.request.value("sign") not in shown
    assert "788" in shown


def test_a_recording_comes_back_as_it_went(tmp_path):
    """Body, status, parameters and origin survive the file, byte for byte."""
    done = exchange({"checkout_id": "支付 788&=+%"}, RequestOptions(format="xml"))
    write_recording(tmp_path / "a.yaml", done, CONTRACT, "gw.example", "9.9")
    found = read(tmp_path / "a.yaml")
    response, expected = found.exchange.response, found.exchange.expected
    assert (response.body, response.status, expected.format) == (BODY, 200, "xml")
    assert expected.parameters == {"checkout_id": "支付 788&=+%"}
    assert found.exchange.at == NOON
    assert (found.origin, found.tool_version) == ("gw.example", "9.9")
    assert found.contract_digest == contract_digest(CONTRACT)
    assert found.recorded_at == "2026-01-02T04:00:00+00:00"


def test_an_exchange_without_an_answer_is_not_recorded(tmp_path):
    """Nothing is written where nothing was answered."""
    failed = Exchange(exchange({}).request, None, NOON, 0.1, "no answer in time")
    with pytest.raises(ValueError, match="no answer in time"):
        write_recording(tmp_path / "a.yaml", failed, CONTRACT, "embedded", "1")
    assert list(tmp_path.iterdir()) == []


WHOLE = next(iter(WORKSPACE.recorded.files)).read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        WHOLE[: len(WHOLE) // 2],
        WHOLE.replace("interactions:", "interactions: []\nothers:"),
        "!!python/object/apply:os.system [id]",
        "just text",
        "",
        "- a\n- b\n",
    ],
    ids=["cut", "no exchange", "unknown tag", "text", "empty", "list"],
)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path, text):
    """A cut, foreign or dangerous file is refused with its name and the reason."""
    path = tmp_path / "broken.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(RecordingError) as refused:
        read_recordings(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_who_does_not_say_where_from_is_read_too(tmp_path):
    """A file without our words about it is a recording; what it does not say is not known."""
    path = tmp_path / "other.yaml"
    path.write_text(WHOLE.replace("metadata:", "other:"), "utf-8")
    found = read(path)
    assert (found.origin, found.recorded_at, found.contract_digest) == (None, None, None)
    assert found.age(NOON.date()) is None


def pytest_on(home, *arguments):
    """Run pytest on a copy of this home."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)


@pytest.fixture
def home(tmp_path):
    """A copy of what a run reads, for a test to change."""
    return copied_home(tmp_path)


def copied_home(tmp_path):
    """Copy what a run reads."""
    for folder in ("topcheck", "schemas", "contract_tests", "cassettes"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=HALF_WRITTEN)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    return tmp_path


def test_an_edited_recording_fails_exactly_its_clause(home):
    """A recorded body that breaks one clause fails that clause in the recorded column, no other."""
    path = home / "cassettes" / "processing.xml.yaml"
    text = path.read_text("utf-8")
    assert "<success>true</success></model>" in text
    path.write_text(text.replace("<success>true</success></model>",
                                 "<success>1</success></model>"), "utf-8")  # fmt: skip
    run = pytest_on(home, "contract_tests/test_recorded.py")
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1, run.stdout
    assert "[response.result.model.success.type]" in failed[0]


def test_a_broken_recording_is_one_line_of_a_run(home):
    """A recording that is cut off stops the run with one line, and nothing is passed over."""
    path = home / "cassettes" / "init.json.yaml"
    path.write_text(path.read_text("utf-8")[:300], "utf-8")
    run = pytest_on(home, "contract_tests/test_recorded.py")
    assert run.returncode == 2
    assert "init.json.yaml: exchange 0: an exchange without a response; record it" in run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_a_file_that_is_no_recording_fails(home):
    """What lies among the recordings and is read by nobody fails."""
    (home / "cassettes" / "notes.txt").write_text("later")
    run = pytest_on(home, "contract_tests/test_recorded.py")
    assert "test_every_file_is_a_recording_that_is_read" in run.stdout
    assert run.returncode == 1


def test_record_writes_the_same_questions_anew(home):
    """--record writes every recording again and ends, and the next run judges what it wrote."""
    before = sorted(path.name for path in (home / "cassettes").iterdir())
    shutil.rmtree(home / "cassettes")
    run = pytest_on(home, "--record", "contract_tests/test_recorded.py")
    folder = home / "cassettes"
    said = f"{len(before)} recordings of the sandbox written to {folder}\n"
    assert (run.returncode, run.stdout, run.stderr) == (0, said, "")
    assert sorted(path.name for path in folder.iterdir()) == before
    run = pytest_on(home, "contract_tests/test_recorded.py")
    assert (run.returncode, "passed" in run.stdout) == (0, True), run.stdout


GUARD = """
import sys
def refuse(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        assert arguments[1][0] in ("127.0.0.1", "::1"), arguments[1]
    if event == "socket.getaddrinfo":
        assert arguments[0] in ("127.0.0.1", "localhost", None), arguments
sys.addaudithook(refuse)
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_nothing_but_loopback_is_called():
    """A run of the contract tests that reach a socket connects to this machine only."""
    tests = [f"contract_tests/test_{name}.py" for name in ("parameters", "exchanges", "recorded")]
    run = subprocess.run([sys.executable, "-c", GUARD, "-q", "-p", "no:cacheprovider", *tests],
                         cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert run.returncode == 0, run.stdout


def test_a_recording_grows_old():
    """With a limit of no days, or of fewer, every recording is too old, by name."""
    found = run_pytest("-q", "-p", "no:cacheprovider", "-k", "too_old", "-o",
                       "topcheck_cassette_days=-1", "contract_tests/test_recorded.py")  # fmt: skip
    assert found.returncode == 1
    assert "days ago: pytest --record records it anew" in found.stdout
