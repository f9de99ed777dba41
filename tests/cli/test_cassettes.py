"""--cassettes and --record: recordings are read and written where it is said, and nowhere else."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests import warm
from tests.cli.test_check import put
from tests.gateway.recorded import (
    METHOD,
    RIGHT,
    answer,
    archive,
    asking,
    cassette,
    entry,
    interaction,
)

ROOT = Path(__file__).parents[2]
TESTS = "contract_tests/test_recorded.py"
LONG_AGO = "Wed, 25 Nov 2020 09:36:21 GMT"
WRITTEN = len(list((ROOT / "cassettes").iterdir()))


def run(*words, cwd=ROOT):
    """Run a command in a process of its own, this tree first on the path."""
    return subprocess.run([sys.executable, *words], cwd=cwd, capture_output=True, text=True,
                          check=False)  # fmt: skip


def run_pytest(*words, cwd=ROOT):
    """Run pytest."""
    if cwd == ROOT:
        return warm.run_pytest("-q", "-p", "no:cacheprovider", *words)
    return run("-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, words), cwd=cwd)


def run_topcheck(*words, cwd=ROOT):
    """Run topcheck."""
    if cwd == ROOT:
        return warm.run_topcheck(*words)
    return run("-c", "from topcheck.cli.main import main; main()", *map(str, words), cwd=cwd)


def test_the_recordings_of_a_folder_are_judged(tmp_path):
    """At any depth, in any layout; what they do not say of themselves fails nothing."""
    put(tmp_path, {"a.yaml": cassette(interaction()), "deep/er/b.yml": cassette(interaction()),
                   "deep/c.json": cassette(interaction()), "d.har": archive(entry()),
                   ".hidden.yaml": "{"})  # fmt: skip
    right = run_pytest(f"--cassettes={tmp_path}", TESTS)
    assert right.returncode == 0, right.stdout
    assert "it does not say when it was recorded: its age is not known" in right.stdout
    assert "what the recordings of --cassettes do not hold is not observed" in right.stdout
    put(tmp_path, {"deep/er/b.yml": cassette(interaction(answer(checkout_id="4")))})
    wrong = run_pytest(f"--cassettes={tmp_path}", TESTS)
    assert wrong.returncode == 1
    failed = [line for line in wrong.stdout.splitlines() if line.startswith("FAILED")]
    assert failed == [
        f"FAILED {TESTS}::test_no_recording_breaks_the_clause[exchange.checkout_id.echo]"
    ]
    assert "in        b.yml" in wrong.stdout


def test_the_gate_judges_the_recordings_of_a_folder(tmp_path):
    """The same option, and the command that repeats a failure names it."""
    put(tmp_path, {"a.yaml": cassette(interaction(answer(checkout_id="4")))})
    found = run_topcheck("gate", f"--cassettes={tmp_path}", "--clause=exchange.checkout_id.echo")
    assert found.returncode == 1
    assert f"--cassettes={tmp_path}" in found.stdout.splitlines()[-1]


def test_a_failure_without_a_clause_is_repeated_too(tmp_path):
    """The last line runs its test again: pytest knows it, whatever it is about."""
    put(tmp_path, {"a.yaml": cassette(interaction(headers={"Date": [LONG_AGO]}))})
    found = run_pytest(f"--cassettes={tmp_path}", TESTS)
    assert found.returncode == 1
    test = f"{TESTS}::test_a_recording_is_not_too_old[a.yaml]"
    assert {test, f"--cassettes={tmp_path}"} <= {*shlex.split(found.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, f"cassettes: no recording of {METHOD}"),
        (None, "cassettes: there is no such folder; --record writes those of the sandbox into it"),
        ({"notes.txt": "later"}, f"cassettes: no recording of {METHOD}"),
        ({"a.yaml": cassette(interaction("{}", asking(method="taobao.time.get")))},
         f"cassettes: no recording of {METHOD}"),
        ({"a.har": archive(entry(form="a=b"))}, f"cassettes: no recording of {METHOD}"),
        ({"a.json": RIGHT}, "a.json: it is no recording: no list of exchanges stands under"),
        ({"a.yaml": cassette({"request": interaction()["request"]})},
         "a.yaml: exchange 0: an exchange without a response; record it anew"),
    ],
    ids=["empty", "missing", "notes", "another method", "no call", "a body", "no response"],
)  # fmt: skip
def test_a_folder_without_a_recording_is_one_line_and_2(tmp_path, files, said):
    """Nothing is green for nothing."""
    folder = tmp_path / "cassettes"
    if files is not None:
        folder.mkdir()
        put(folder, files)
    found = run_pytest(f"--cassettes={folder}", TESTS)
    assert (found.returncode, found.stderr.count("\n")) == (2, 1), found.stderr
    assert said in found.stderr
    assert not re.search(r"\d passed", found.stdout)


def test_what_is_passed_over_is_told_and_stands_in_the_report(tmp_path):
    """By name, beside what is not run."""
    folder = put(tmp_path / "in", {"a.har": archive(entry(), entry(form="a=b"))})
    found = run_pytest(f"--cassettes={folder}", f"--topcheck-report={tmp_path / 'out'}", TESTS)
    words = "a.har: passed over: 1 of 2 exchanges, no calls of TOP"
    assert (found.returncode, words in found.stderr) == (0, True), found.stderr
    assert words in (tmp_path / "out" / "summary.md").read_text("utf-8")


def test_no_report_repeats_the_secret_of_a_recorded_request(tmp_path):
    """Neither on the screen nor in any file: an answer may hold the session that it was sent."""
    wrong = interaction(answer(checkout_status="6100e0bsecret"), asking(session="6100e0bsecret"))
    folder = put(tmp_path / "in", {"a.yaml": cassette(wrong)})
    found = run_pytest(f"--cassettes={folder}", f"--topcheck-report={tmp_path / 'out'}", TESTS)
    assert found.returncode == 1
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    told = [found.stdout, found.stderr, *(path.read_text("utf-8") for path in files)]
    assert len(files) > 3
    assert "(secret)" in found.stdout
    assert not any("6100e0b" in text for text in told)


def test_record_writes_into_the_folder_that_is_named_and_ends(tmp_path):
    """It is made, said by name, and read by the next run; nobody's own file is taken away."""
    folder = tmp_path / "new" / "folder"
    found = run_pytest("--record", f"--cassettes={folder}", TESTS)
    said = f"{WRITTEN} recordings of the sandbox written to {folder}\n"
    assert (found.returncode, found.stdout, found.stderr) == (0, said, "")
    assert len(list(folder.iterdir())) == WRITTEN
    stale = (folder / "init.json.yaml").read_bytes()
    put(folder, {"mine.yaml": cassette(interaction()), "broken.yaml": "{", "old.yaml": stale})
    found = run_topcheck("gate", "--record", "--cassettes", folder)
    assert (found.returncode, found.stdout, found.stderr) == (0, said, "")
    names = {path.name for path in folder.iterdir()}
    assert {"mine.yaml", "broken.yaml"} <= names
    assert "old.yaml" not in names
    (folder / "broken.yaml").unlink()
    found = run_pytest(f"--cassettes={folder}", TESTS)
    assert found.returncode == 0, found.stdout


@pytest.fixture
def installed(tmp_path):
    """The package as a wheel installs it: its home lies inside, and nothing else is there."""
    shutil.copytree(ROOT / "topcheck", tmp_path / "topcheck", ignore=warm.HALF_WRITTEN)
    home = tmp_path / "topcheck" / "home"
    home.mkdir()
    for name in ("schemas", "contract_tests", "cassettes"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, home)
    return tmp_path


def test_nothing_is_written_into_an_installed_package(installed):
    """Neither unasked nor where its own folder is named; elsewhere it is."""
    home = installed / "topcheck" / "home"
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    said = "is in the installed package: name a folder: --cassettes DIR\n"
    for words in ([], [f"--cassettes={home / 'cassettes'}"], ["--cassettes=topcheck/new"]):
        found = run_topcheck("gate", "--record", *words, cwd=installed)
        assert (found.returncode, found.stdout) == (2, "")
        assert (found.stderr.endswith(said), found.stderr.count("\n")) == (True, 1)
    found = run_pytest("-p", "topcheck.plugin", "--record", cwd=installed)
    assert (found.returncode, found.stderr.endswith(said)) == (2, True)
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before
    found = run_topcheck("gate", "--record", "--cassettes=mine", cwd=installed)
    assert (found.returncode, len(list((installed / "mine").iterdir()))) == (0, WRITTEN)


@pytest.mark.parametrize("word", ["--gateway=http://127.0.0.1:1", "--sdk=no-such-driver"])
def test_record_is_about_the_sandbox_only(tmp_path, word):
    """What it would leave out is refused, and nothing is written."""
    folder = tmp_path / "new"
    for found in (run_pytest("--record", f"--cassettes={folder}", word),
                  run_topcheck("gate", "--record", f"--cassettes={folder}", word)):  # fmt: skip
        assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
        assert "--record records the sandbox: leave --gateway and --sdk out" in found.stderr
    assert not folder.exists()


def test_record_says_in_a_line_where_it_cannot_write(tmp_path):
    """A file stands where the folder should."""
    (tmp_path / "file").write_text("mine")
    found = run_pytest("--record", f"--cassettes={tmp_path / 'file'}")
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
    assert found.stderr == f"topcheck: {tmp_path / 'file'}: File exists\n"


def test_a_file_of_several_exchanges_is_judged_among_the_own_ones(tmp_path):
    """Dropped into the workspace's folder, at any depth, it is judged like the others."""
    for name in ("topcheck", "schemas", "contract_tests", "cassettes"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=warm.HALF_WRITTEN)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    less = yaml.safe_dump(cassette(interaction(), interaction(answer(paid_fee=1))))
    put(tmp_path / "cassettes", {"mine/polls.yml": less})
    found = run_pytest(TESTS, cwd=tmp_path)
    assert found.returncode == 1
    failed = [line for line in found.stdout.splitlines() if line.startswith("FAILED")]
    assert [line.rpartition("[")[2] for line in failed] == ["exchange.paid_fee.accumulates]"]
