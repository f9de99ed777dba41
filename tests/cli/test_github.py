"""A gate in a job of GitHub: annotations, the summary of the step, and no other command."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.commands import OBEYED, obeyed
from tests.kill_matrix import CALLER, known_orders
from tests.outcomes import contract_run, live_run
from tests.warm import run_pytest, run_topcheck
from tests.workspace import WORKSPACE
from topcheck.cli.github import tell_job
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now
from topcheck.report.markdown import as_summary
from topcheck.wire.exchange import Response

ROOT = Path(__file__).parents[2]
PAGE = f"schemas/{WORKSPACE.contract.method}/page.txt"
CLAUSE = "response.result.model.checkout_status.enum"
LOUD = json.dumps("\n::stop-commands::t\r##[add-mask]x ##vso[task.complete]y")[1:-1].encode()


class Loud:
    """A gateway whose states are commands to a runner."""

    def __init__(self):
        self._sandbox = Sandbox(WORKSPACE.contract, WORKSPACE.default_orders(), Settings(CALLER),
                                now)  # fmt: skip

    def answer(self, request):
        """Answer as the sandbox does, save for the states."""
        answer = self._sandbox.answer(request)
        if not isinstance(answer, Response):
            return answer
        return replace(answer, body=answer.body.replace(b"SUCCEEDED", LOUD))


def environment(**others):
    """What a job has."""
    return {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(ROOT), "TOP_APP_KEY": CALLER.app_key,
            "TOP_APP_SECRET": CALLER.app_secret,
            "TOP_ORDERS": known_orders(WORKSPACE.default_orders()), **others}  # fmt: skip


@pytest.fixture(scope="module")
def loud():
    """A gateway whose states are commands."""
    with serving(Loud()) as url:
        yield url


def test_a_broken_gateway_is_annotated_on_the_page(loud, tmp_path):
    """On the line of its words, and nothing that it answered is a command; the summary tells it."""
    summary, report = tmp_path / "summary", tmp_path / "report"
    summary.write_text("another command's")
    words = ("gate", f"--gateway={loud}", f"--clause={CLAUSE}", f"--report={report}", "--verbose")
    run = run_topcheck(*words, environment=environment(GITHUB_STEP_SUMMARY=str(summary)))
    assert (run.returncode, run.stderr) == (1, "")
    (annotation,) = obeyed(run.stdout)
    line = WORKSPACE.contract.by_id[CLAUSE].line
    assert annotation.startswith(f"::error file={PAGE},line={line},title={CLAUSE} broken%3A http")
    assert "stop-commands" in annotation
    assert "\\u003a:" not in annotation
    assert run.stdout.rstrip().splitlines()[-1].startswith("topcheck gate ")
    told = summary.read_text("utf-8")
    assert told == "another command's\n" + (report / "summary.md").read_text("utf-8")
    for file in report.glob("*.[jxmt]*"):
        assert obeyed(file.read_text("utf-8")) == [], file


def test_pytest_prints_no_command_of_a_body(loud):
    """Nor of a value that it shows of a failed test."""
    run = run_pytest(f"--gateway={loud}", f"--clause={CLAUSE}", "-vv", "-l", "--topcheck-ledger",
                     "--page-diff", "-p", "no:cacheprovider", "contract_tests/test_live.py",
                     environment=environment())  # fmt: skip
    assert run.returncode == 1
    assert "add-mask" in run.stdout
    assert obeyed(run.stdout + "\n" + run.stderr) == []


@pytest.mark.parametrize("output", ["text", "ndjson"])
def test_check_prints_no_command_of_a_body(output):
    """And what a program reads is the same."""
    root = WORKSPACE.contract.method.replace(".", "_") + "_response"
    text = OBEYED[-3]
    body = json.dumps({root: {"result": {"model": {"checkout_status": text}, text: 1}}}).encode()
    words = ("check", f"--output={output}", "-")
    job, plain = (run_topcheck(*words, environment=e, stdin=body)
                  for e in ({"GITHUB_ACTIONS": "true"}, {}))  # fmt: skip
    assert (job.returncode, plain.returncode) == (1, 1)
    assert obeyed(job.stdout + job.stderr) == []
    assert obeyed(plain.stdout)
    if output == "ndjson":
        assert json.loads(job.stdout) == json.loads(plain.stdout)


# ---------------------------------------------------------------- in process


def workspace(folder):
    """A workspace in a folder."""
    return SimpleNamespace(folder=folder)


@pytest.mark.parametrize(
    ("style", "job", "number"),
    [(None, "true", 2), (None, "", 0), (None, "false", 0), ("none", "true", 0), ("github", "", 2)],
)
def test_annotations_are_printed_where_they_are_of_use(monkeypatch, capsys, style, job, number):
    """In a job of GitHub, or where they are asked for."""
    monkeypatch.setenv("GITHUB_ACTIONS", job)
    tell_job(live_run(), None, style)
    assert len(obeyed(capsys.readouterr().out.rstrip("\n"))) == number or number == 0
    monkeypatch.chdir("/")
    tell_job(contract_run(), None, style)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("folder", "root", "here", "told"),
    [
        ("schemas/a.b", None, ".", "schemas/a.b/page.txt"),
        ("sub/schemas/a.b", ".", "sub", "sub/schemas/a.b/page.txt"),
        ("sub/schemas/a.b", None, "sub", "schemas/a.b/page.txt"),
        ("sub/schemas/a.b", "other", "sub", "schemas/a.b/page.txt"),
        ("elsewhere/a.b", "sub", "sub", None),
    ],
)
def test_the_file_of_an_annotation_is_that_of_the_repository(
    monkeypatch, capsys, tmp_path, folder, root, here, told
):
    """From its root, wherever the gate was started; what lies elsewhere is no file of it."""
    for name in ("sub", "other", folder):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / here)
    if root:
        monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / root))
    tell_job(live_run(), workspace(tmp_path / folder), "github")
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"::error file={told},line=12," if told else "::error title=")


def test_a_page_of_the_installed_package_is_no_file_of_the_repository(monkeypatch, capsys):
    """Though an environment may lie inside of it."""
    from topcheck import workspace as module

    monkeypatch.chdir(ROOT)
    tell_job(live_run(), workspace(Path(module.__file__).parent / "home"), "github")
    assert "file=" not in capsys.readouterr().out


def test_a_summary_takes_no_more_than_a_step_may_have(monkeypatch, tmp_path):
    """What others have told of it is counted."""
    file = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    whole = len(as_summary(live_run()).encode())
    for there in (0, 10, 1024 * 1024 - whole, 1024 * 1024 - 40, 1024 * 1024 - 3, 1024 * 1024 + 9):
        file.write_bytes(b"x" * there)
        tell_job(live_run(), None, "none")
        assert file.stat().st_size <= max(1024 * 1024, there)
        assert file.read_text("utf-8").lstrip("x").strip()[:14] in ("", "# a.b.c: may n")
    file.unlink()
    tell_job(live_run(), None, "none")
    assert file.read_text("utf-8") == as_summary(live_run())


@pytest.mark.parametrize("place", [".", "missing/summary", "file/below"])
def test_a_summary_that_cannot_be_written_is_one_line(monkeypatch, capsys, tmp_path, place):
    """And fails nothing."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / place))
    tell_job(live_run(), None, "none")
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"topcheck: GITHUB_STEP_SUMMARY: {tmp_path / place}: ")
