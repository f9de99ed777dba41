"""The command line as a user meets it: one line for a mistake, and the designed exit code."""

import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.warm import HALF_WRITTEN, run_topcheck
from tests.workspace import WORKSPACE
from topcheck.cli.derive import derive_page
from topcheck.wire.write import write_json, write_xml

FOLDER = WORKSPACE.folder
PAGE = FOLDER / "page.txt"
GOOD = write_json(WORKSPACE.sample)
GOOD_XML = write_xml(WORKSPACE.sample)
MEGABYTE = 1024 * 1024
ROOT = Path(__file__).parents[2]
#: A page of another method.
OTHER = Path("tests/pages/flat.txt")


def topcheck(*arguments, stdin=b"", cwd=None, memory=None, cpu=None):
    """Run the command as a process of its own, within memory (bytes) and CPU (seconds)."""
    if not cwd and not memory and not cpu:
        run = run_topcheck(*arguments, stdin=stdin)
        run.stdout, run.stderr = run.stdout.encode(), run.stderr.encode()
        assert b"Traceback" not in run.stderr, run.stderr.decode()
        return run

    def bound():
        if memory:
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        if cpu:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))

    run = subprocess.run(
        [sys.executable, "-c", "from topcheck.cli.main import main; main()", *map(str, arguments)],
        input=stdin, capture_output=True, cwd=cwd, preexec_fn=bound, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert b"Traceback" not in run.stderr, run.stderr.decode()
    return run


@pytest.fixture
def copy(tmp_path):
    """A folder with the committed files, for a test to change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "schemas"))


def edit(path, old, new):
    """Edit a file once; the edit must find its place."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


# ------------------------------------------------------------------ derive


def test_derive_writes_the_committed_files(tmp_path, copy):
    """From an empty folder with the rules in it, every derived file comes out as committed."""
    out = tmp_path / "out"
    out.mkdir()
    shutil.copy(copy / "inferred.toml", out)
    assert topcheck("derive", PAGE, "--out", out).returncode == 0
    for file in FOLDER.iterdir():
        if file.name not in ("page.txt", "inferred.toml"):
            assert (out / file.name).read_bytes() == file.read_bytes()
    assert not list(out.glob(".*"))


@pytest.mark.parametrize(("was", "example", "said"), [
    ("is_open Boolean true", "1", "20: is_open: its example is {}, and not true or false"),
    ("capacity Number 40", "40.5", "19: capacity: its example is {}, and not a whole number"),
    ("opened_at Date 2018-01-02 12:00:00", "2018-02-30 12:00:00",
     "21: opened_at: its example is {}, and not a real date and time, written yyyy-MM-dd HH:mm:ss"),
    ("<code>50", "E50", "48: code: its example is {}, and not a whole number"),
])  # fmt: skip
def test_an_example_that_breaks_its_own_row_is_said(tmp_path, capsys, was, example, said):
    """With its line and the way out: no gate of such a page could pass. The files are written."""
    text = OTHER.read_text("utf-8")
    value = was.rpartition(">")[2] if ">" in was else was.split(" ", 2)[2]
    page = tmp_path / "page.txt"
    page.write_text(text.replace(value, example), "utf-8")
    assert derive_page(page, tmp_path, check=False, margin=False) == 0
    why = "topcheck gate cannot pass until page.txt has another, in the table and in the sample"
    told = said.format(f'"{example}"')
    assert capsys.readouterr().err == f"topcheck: {page}:{told}: {why}\n"
    assert (tmp_path / "contract.json").exists()


@pytest.mark.parametrize("page", [PAGE, *sorted(Path("tests/pages").glob("*.txt"))], ids=str)
def test_of_examples_that_are_right_nothing_is_said(page, tmp_path, capsys):
    """Of none of the pages here; what else there is to say of one is its refusal."""
    derive_page(page, tmp_path, check=False, margin=False)
    assert "example" not in capsys.readouterr().err


def test_check_accepts_the_committed_files(copy):
    """Unchanged, page and files agree."""
    assert topcheck("derive", copy / "page.txt", "--out", copy, "--check").returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("• Boolean", "• String", "response.result.children.model.children.success.type"),
        ("CANCELED(", "CANCELLED(", "checkout_status.enum"),
        ("out_biz_id", "out_biz_no", "response.result.children.model.children.out_biz_id"),
        ("checkout_id String 可选", "checkout_id String 必须", "request.checkout_id.required"),
    ],
    ids=["type", "code", "name", "required"],
)
def test_check_names_what_a_changed_page_changes(copy, old, new, said):
    """One changed type, code, name or word makes the check fail by name."""
    edit(copy / "page.txt", old, new)
    run = topcheck("derive", copy / "page.txt", "--out", copy, "--check")
    assert run.returncode == 1
    assert said in run.stderr.decode()


def test_check_ignores_the_wording_of_another_transcription(tmp_path, copy):
    """Another page may describe in its own words, on other lines: the contract is the same."""
    other = tmp_path / "other.txt"
    other.write_text("notice\n\n" + PAGE.read_text("utf-8").replace("支付单编号", "号码"), "utf-8")
    assert topcheck("derive", other, "--out", copy, "--check").returncode == 0


def test_an_edited_schema_is_noticed(copy):
    """A derived file that was edited by hand fails the check of the folder's own page."""
    edit(copy / "response.xsd", "xs:integer", "xs:decimal")
    run = topcheck("derive", copy / "page.txt", "--out", copy, "--check")
    assert run.returncode == 1
    assert b"response.xsd" in run.stderr


def test_a_refused_page_writes_nothing(tmp_path, copy):
    """A page that is cut off is refused with line and reason, and no file is written."""
    cut = tmp_path / "cut.txt"
    cut.write_text("\n".join(PAGE.read_text("utf-8").splitlines()[:60]), "utf-8")
    before = {path: path.read_bytes() for path in copy.iterdir()}
    run = topcheck("derive", cut, "--out", copy)
    assert run.returncode == 1
    assert run.stderr.decode().startswith(f"topcheck: {cut}: refused: line 60: ")
    assert {path: path.read_bytes() for path in copy.iterdir()} == before


def test_derive_shows_what_each_line_became():
    """--show prints every line of the page behind its note; a Chinese sign takes two columns."""
    shown = topcheck("derive", PAGE, "--show").stdout.decode().splitlines()
    page = PAGE.read_text("utf-8").split("\n")
    assert len(shown) == len(page)
    for line, text in zip(shown, page, strict=True):
        margin, _, rest = line.partition("|")
        assert text.strip() == rest.strip()
        assert not text.strip() or margin.rstrip(" 0123456789")
    assert len({cell_len(line[: line.index("|")]) for line in shown}) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("min = 0 }", "atleast = 0 }", "unknown predicate atleast"),
        ("paid_fee.consistent", "paid_fie.consistent", "no field result.model.paid_fie"),
        ("[[rule]]", "[[rule", "not TOML"),
    ],
    ids=["predicate", "path", "toml"],
)
def test_rules_that_cannot_be_read(copy, old, new, said):
    """A mistake in inferred.toml is one line that names the rule."""
    edit(copy / "inferred.toml", old, new)
    run = topcheck("derive", copy / "page.txt", "--out", copy)
    assert (run.returncode, run.stderr.count(b"\n")) == (1, 1)
    assert said in run.stderr.decode()


def test_a_refused_type_says_where_to_give_it(tmp_path):
    """The line names the file that the type belongs into, and with it the page is derived."""
    out, own = tmp_path / "out", tmp_path / "page.txt"
    own.write_text(PAGE.read_text("utf-8").replace("• Number", "• Money"), "utf-8")
    run = topcheck("derive", own, "--out", out)
    told = re.search(rf'say what it is in {out}/inferred.toml: \[types\] (Money = "\w+")',
                     run.stderr.decode())  # fmt: skip
    assert told
    assert (run.returncode, run.stderr.count(b"\n"), out.exists()) == (1, 1, False)
    out.mkdir()
    (out / "inferred.toml").write_text(f"[types]\n{told[1]}\n", "utf-8")
    assert topcheck("derive", own, "--out", out).returncode == 0
    assert topcheck("derive", own, "--out", out, "--check").returncode == 0
    assert '"xs:decimal"' in (out / "response.xsd").read_text("utf-8")


def test_a_wrong_type_table_is_one_line(copy):
    """A mistake in [types] names the file, the type and the families that there are."""
    rules = copy / "inferred.toml"
    rules.write_text(f'[types]\nMoney = "cash"\n{rules.read_text("utf-8")}', "utf-8")
    run = topcheck("derive", copy / "page.txt", "--out", copy)
    assert (run.returncode, run.stderr.count(b"\n")) == (1, 1)
    assert f'{rules}: refused: [types] Money: "cash" is no family'.encode() in run.stderr


# ------------------------------------------------------------------ check


def test_check_reads_standard_input_and_files(tmp_path):
    """A file is judged by its suffix, standard input by its first byte."""
    body = tmp_path / "body.json"
    body.write_bytes(GOOD)
    run = topcheck("check", body, "-", stdin=GOOD_XML)
    assert run.returncode == 0
    lines = [f"{body}: conforms", "-: conforms", "2 answers in 2 files: 2 conforms"]
    assert run.stdout.decode().splitlines() == lines


def test_ndjson_is_a_line_a_file(tmp_path):
    """Each line has the file, the verdict and every member of each finding."""
    body = tmp_path / "body.json"
    body.write_bytes(GOOD.replace(b"PROCESSING", b"DONE"))
    run = topcheck("check", "--output", "ndjson", body, "-", stdin=GOOD)
    first, second = map(json.loads, run.stdout.decode().splitlines())
    assert run.returncode == 1
    assert (second["verdict"], second["findings"]) == ("conforms", [])
    (finding,) = first["findings"]
    assert list(finding) == ["clause", "severity", "path", "expected", "actual", "line", "column",
                             "source", "quote"]  # fmt: skip
    assert finding["clause"] == "response.result.model.checkout_status.enum"


@pytest.mark.parametrize(
    ("level", "code"), [("violation", 0), ("drift", 1), ("advisory", 1)], ids=str
)
def test_fail_on(level, code):
    """A finding at or above the level gives 1."""
    drift = GOOD.replace(b'"paid_fee":100', b'"paid_fee":100.0')
    assert topcheck("check", "--fail-on", level, "-", stdin=drift).returncode == code


def test_an_unreadable_file_gives_2_after_the_others(tmp_path):
    """What cannot be read is one line, and the other files are judged all the same."""
    run = topcheck("check", tmp_path / "no.json", tmp_path, "-", stdin=GOOD)
    assert run.returncode == 2
    assert run.stdout == b"-: conforms\n1 answer in 1 file: 1 conforms; 2 not read\n"
    assert run.stderr.count(b"\n") == 2
    assert b"no.json: No such file or directory" in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "--format", "yaml", "-"],
        ["check", "--nonsense", "-"],
        ["derive"],
        ["derive", "no/such/page.txt"],
        ["nonsense"],
        ["gate", "--nonsense"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_one_line_and_2(arguments):
    """Wrong usage says what is wrong in one line and exits with 2."""
    run = topcheck(*arguments)
    assert (run.returncode, run.stdout, run.stderr.count(b"\n")) == (2, b"", 1)
    assert run.stderr.startswith(b"topcheck: ")


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha">%s]><l>&z;</l>' % b"".join(
    b'<!ENTITY %c "%s">' % (i, b"&%c;" % (i - 1) * 10) for i in range(ord("b"), ord("z") + 1)
)
HOSTILE = {
    "empty": (b"", "wire.body.type"),
    "html": (b"<html>502</html>", "wire.body.type"),
    "200 MB": (b"x" * (200 * MEGABYTE), "wire.body"),
    "10,000 levels of JSON": (b"[" * 10_000, "wire.body.limits"),
    "10,000 levels of XML": (b"<a>" * 10_000, "wire.body.limits"),
    "a billion laughs": (LAUGHS, "wire.body.doctype"),
    "a million digits in JSON": (GOOD.replace(b":100", b":" + b"9" * 10**6), "wire.body.limits"),
    "a million digits in XML": (
        GOOD_XML.replace(b">100<", b">" + b"9" * 10**6 + b"<"),
        "wire.body.limits",
    ),
    "16 MB of one member": (b'{"a":1' + b',"a":1' * (16 * MEGABYTE // 6 - 2) + b"}", "wire.body"),
    "16 MB of attributes": (b"<a" + b" b='1'" * (16 * MEGABYTE // 6 - 2) + b"/>", "wire.body"),
    "16 MB of instructions": (b"<a>" + b"<?b?>" * (16 * MEGABYTE // 5 - 2) + b"</a>", "wire.body"),
    "16 MB of digits in XML": (
        GOOD_XML.replace(b">100<", b">" + b"9" * (15 * MEGABYTE) + b"<"),
        "wire.body.limits",
    ),
    "16 MB of blanks": (b"{" + b" " * (16 * MEGABYTE - 2) + b"}", "wire.body.root"),
    "random bytes": (bytes(range(256)) * 100, "wire.body"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_are_judged_within_bounds(name):
    """A hostile body violates a clause about bodies, within 300 MB and three seconds of CPU."""
    body, clause = HOSTILE[name]
    run = topcheck("check", "--output", "ndjson", "-", stdin=body, memory=300 * MEGABYTE, cpu=3)
    judged = json.loads(run.stdout)
    assert (run.returncode, judged["verdict"]) == (1, "violates")
    assert any(finding["clause"].startswith(clause) for finding in judged["findings"])
    assert len(run.stdout) < 10_000


# ------------------------------------------------------------------ a machine that does not help


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ("check - <&-", "standard input is closed"),
        ("check {page} >/dev/full", "No space left on device"),
        ("check {page} | true", "Broken pipe"),
        ("derive {page} --out {page}", "File exists"),
        ("gate --report {page}", "File exists"),
        ("", "give a command"),
    ],
    ids=["stdin", "full", "pipe", "out", "report", "nothing"],
)
def test_what_the_machine_refuses_is_one_line(shell, said):
    """Whatever cannot be read or written is one line and exit code 2, never a traceback."""
    command = "from topcheck.cli.main import main; main()"
    words = shell.format(page=shlex.quote(str(PAGE)))
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'"{sys.executable}" -c "{command}" {words}'],
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr.count(b"\n")) == (2, 1), run.stderr.decode()
    assert said in run.stderr.decode()


@pytest.mark.parametrize(
    ("shell", "code"),
    [
        ("check - >&-", 0),
        ("check - 2>&-", 0),
        ("gate --clause=exchange.parity <&- >&- 2>&-", 0),
        ("check missing 2>/dev/full", 2),
        ("check missing 2>&1 | true", 2),
        ("2>/dev/full", 2),
    ],
)
def test_a_stream_that_nobody_reads_decides_nothing(shell, code):
    """What is closed has nothing to say; what cannot be told is no fault of what is judged."""
    command = "from topcheck.cli.main import main; main()"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'"{sys.executable}" -c "{command}" {shell}'],
        input=GOOD, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (code, b"")


def home_with(tmp_path, name, text):
    """Copy the package and its home, with one file changed."""
    for folder in ("topcheck", "schemas", "contract_tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=HALF_WRITTEN)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    path = next(tmp_path.glob(f"schemas/*/{name}"))
    path.write_text(text(path.read_text("utf-8")), "utf-8")
    return tmp_path


@pytest.mark.parametrize("text", ["", "{}", "[]"], ids=["empty", "object", "list"])
def test_a_broken_contract_is_one_line(tmp_path, text):
    """A contract.json that is none is said in one line with what to do."""
    home = home_with(tmp_path, "contract.json", lambda _old: text)
    run = topcheck("check", "-", stdin=GOOD, cwd=home)
    assert (run.returncode, run.stderr.count(b"\n")) == (2, 1)
    assert b"derive it again" in run.stderr


def test_a_changed_row_fails_the_contract_tests_by_name(tmp_path):
    """A page that is changed in one place, and so refused, fails tests by name and no others."""
    home = home_with(tmp_path, "page.txt", lambda old: old.replace("msg_code\n", "msgcode\n", 1))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "contract_tests",
         "-k", "derivation"],
        cwd=home, capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "FAILED contract_tests/test_derivation.py::test_derived_files" in run.stdout.decode()
    assert "row msgcode" in run.stdout.decode()


def test_nothing_narrows_the_gate(tmp_path, monkeypatch):
    """What a project or its environment asks of pytest is not asked of the gate."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing_like_it")
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY")
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--nonsense"\n')
    run = topcheck("gate", "--clause=exchange.*", cwd=tmp_path)
    assert run.returncode == 0
    count = sum(clause.side == "exchange" for clause in WORKSPACE.contract.clauses)
    told = f"{count} clauses: {count} held, 0 broken, 0 not observed"
    assert told in run.stdout.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


def test_a_gate_that_was_narrowed_all_the_same_is_undecided(tmp_path, monkeypatch):
    """A plugin that leaves tests out leaves the verdict open."""
    plugin = tmp_path / "narrowing.py"
    plugin.write_text("""
def pytest_collection_modifyitems(config, items):
    config.hook.pytest_deselected(items=items[1:])
    del items[1:]
""")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("PYTEST_PLUGINS", "narrowing")
    run = topcheck("gate", cwd=tmp_path)
    assert (run.returncode, b"could not be decided" in run.stdout) == (2, True)
    assert b"tests were left out" in run.stdout


@pytest.mark.parametrize("how", ["raise KeyboardInterrupt", "item.session.shouldstop = 'x'"])
def test_a_gate_that_was_interrupted_is_undecided(tmp_path, monkeypatch, how):
    """What was not begun held nothing: so says the screen, and each report."""
    plugin = (
        f"def pytest_runtest_teardown(item):\n    if '[response.' in item.name:\n        {how}\n"
    )
    (tmp_path / "interrupting.py").write_text(plugin)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("PYTEST_PLUGINS", "interrupting")
    run = topcheck("gate", "--report=report", cwd=tmp_path)
    assert (run.returncode, b"may ship" in run.stdout) == (2, False)
    assert b"because the run ended before all its tests were run" in run.stdout
    outcome = json.loads((tmp_path / "report" / "outcome.json").read_text("utf-8"))
    assert {outcome["verdict"], outcome["sides"][0]["verdict"]} == {"could not be decided"}


def test_who_runs_some_tests_by_hand_ends_as_pytest_does():
    """Tests that are left out leave a verdict open, where one is asked for, and nothing else."""
    arguments = ["-q", "-p", "no:cacheprovider", "tests/wire/test_write.py", "-k", "escape"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, capture_output=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert b"deselected" in run.stdout
