"""What the wheel does alone, in a folder of somebody else: each command, from the first on.

A new command gets a row in COMMANDS: `test_each_command_has_a_row` asks for it.
"""

import os
import shutil
from dataclasses import dataclass

import click
import pytest

from tests.docs.pages import dead
from tests.docs.running import faults_of
from tests.docs.session import Session, given_folder
from tests.wheel.build import REAL_INSTALL, ROOT
from topcheck.cli.commands import commands
from topcheck.cli.options import UNUSABLE

#: What lies in the folder in which a line is run: its name there, and where it is from.
GIVEN = {
    "page.txt": "tests/pages/three_levels.txt",
    "answer.json": "cassettes/init.json.yaml",
    "docs/refused.curl": "docs/refused.curl",
}
#: A test of the user's own.
MINE = "def test_mine(workspace):\n    assert workspace.contract.clauses\n"
#: Starts the sandbox with some options, and waits until it is ready; the shell ends it.
SERVE = """
topcheck serve {} >url & trap "kill $!" EXIT
until grep -q http url; do sleep 0.02; done
export TOP_APP_KEY=12345678 TOP_APP_SECRET=helloworld
"""
#: Pages that are read there; those whose commands take longer by `make wheel-check` only.
PAGES = ("README.md", "docs/refused.md")
LONG_PAGES = ("docs/check-an-answer.md", "docs/other-method.md", "docs/when-the-page-changes.md")
HOLD, SHIP = "verdict: these clauses hold", "verdict: may ship"


@dataclass(frozen=True)
class Row:
    """A line of the shell, what it prints among other things, and its exit code.

    $CARRIED is the workspace in the wheel; with `serve`, the options of a sandbox, $(cat url) is
    the address of one. What takes long is run by `make wheel-check` only.
    """

    line: str
    told: str
    code: int = 0
    long: bool = False
    serve: str | None = None


#: Each command of the docs at least once.
COMMANDS = (
    Row("topcheck --version", "topcheck, version"),
    Row("topcheck --help", "derive"),
    Row("topcheck derive page.txt && ls schemas/*", "contract.json"),
    Row('topcheck derive "$CARRIED"/schemas/*/page.txt --check', "", long=True),
    Row("""echo '{"error_response":{"code":15}}' | topcheck check -""", "-: violates", 1),
    Row('topcheck check "$CARRIED/cassettes"', "answers in"),
    Row('topcheck audit "$CARRIED/cassettes"', "answers in"),
    Row("TOP_APP_SECRET=helloworld topcheck diagnose docs/refused.curl", "sign.values_encoded", 1),
    Row("topcheck gate --clause exchange.parity --report report && ls report/outcome.json"
        " report/index.html", "index.html"),
    Row("topcheck gate", SHIP, long=True),
    Row('topcheck gate --sdk "$CARRIED/drivers/topcheck" --clause sdk.wire.empty', HOLD),
    Row('topcheck gate --sdk "$CARRIED/drivers/topcheck"', SHIP, long=True),
    Row("topcheck driver new python mine && topcheck driver smoke mine", "speaks the protocol"),
    Row("topcheck diff page.txt page.txt", "verdict: not breaking"),
    Row("topcheck explain exchange.parity", "exchange.parity"),
    Row("topcheck vectors --out vectors && ls vectors", "index.json"),
    Row("topcheck serve --list-faults", "intermittent.html", long=True),
    Row('topcheck gate --gateway "$(cat url)" --max-requests 20 --clause "wire.body.*"'
        " && grep -q to_sign log", HOLD, serve="--log log"),
    Row('topcheck gate --gateway "$(cat url)"', "verdict: may not ship", 1, long=True,
        serve="--fault intermittent.html"),
    Row("topcheck gate --record --cassettes mine && ls mine", "init.json.yaml", long=True),
    Row("topcheck gate --record", "name a folder: --cassettes DIR", 2, long=True),
    Row("pytest -p topcheck.plugin --record", "name a folder: --cassettes DIR", 2, long=True),
    Row("pytest -p topcheck.plugin -q test_mine.py", "1 passed"),
    Row('pytest -p topcheck.plugin -q "$CARRIED/contract_tests/test_recorded.py"', " passed"),
    Row('pytest -p topcheck.plugin -q "$CARRIED/contract_tests"', " passed", long=True),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A folder of somebody else, in which a page, an answer and a test lie."""
    for name, source in GIVEN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / name)
    (tmp_path / "test_mine.py").write_text(MINE)
    return tmp_path


def run(environment, line, folder):
    """Run a line, and see that nothing was written into the environment."""
    before = environment.listing()
    found = environment.run(line, folder)
    assert environment.listing() == before
    assert "Traceback" not in found.stdout + found.stderr
    return found


@pytest.mark.parametrize(
    "row", [row for row in COMMANDS if REAL_INSTALL or not row.long], ids=lambda row: row.line
)
def test_a_command_works_from_the_wheel_alone(row, environment, folder):
    """It says what it should, ends as it should, and writes into the folder at most."""
    begin = "" if row.serve is None else SERVE.format(row.serve)
    found = run(environment, begin + row.line, folder)
    assert (found.returncode, row.told in found.stdout + found.stderr) == (row.code, True), found
    if row.code == UNUSABLE:
        assert (found.stdout, found.stderr.count("\n")) == ("", 1)


class Installed(Session):
    """Runs the commands of a page as somebody does who has the wheel only."""

    def __init__(self, folder, environment):
        super().__init__(folder)
        del self.environment["PYTHONPATH"]
        path = f"{environment.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.environment |= {"PATH": path, "HOME": str(folder)}

    def warm(self, line):
        """Run nothing in a process that is warm: it would be the tree's."""


@pytest.mark.parametrize("page", [*PAGES, *(LONG_PAGES if REAL_INSTALL else ())])
def test_the_pages_are_right_from_the_wheel_alone(page, environment, tmp_path, monkeypatch):
    """A command of a page ends there as the page says, and prints what stands below it."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    before = environment.listing()
    with Installed(given_folder(tmp_path, page), environment) as session:
        assert list(faults_of((environment.carried / page).read_text("utf-8"), session)) == []
    assert environment.listing() == before


def test_it_is_the_wheel_that_is_run(environment, folder):
    """Nothing of the tree is seen from there."""
    found = run(environment, "python -c 'import topcheck; print(topcheck.__file__)'", folder)
    assert found.stdout.strip() == str(environment.packages / "topcheck" / "__init__.py")


def test_the_pages_in_the_wheel_lead_somewhere(environment):
    """A link in one names a file that is carried, too."""
    pages = sorted(environment.carried.rglob("*.md"))
    assert "README.md" in {page.name for page in pages}
    assert [link for page in pages for link in dead(page, page.read_text("utf-8"))] == []


def names(group, before="topcheck"):
    """Yield each command by its words."""
    for name, command in group.commands.items():
        words = f"{before} {name}"
        yield from names(command, words) if isinstance(command, click.Group) else [words]


def test_each_command_has_a_row():
    """What is in the wheel was run from it."""
    lines = [f"{row.line} " for row in COMMANDS]
    assert [name for name in names(commands) if not any(f"{name} " in line for line in lines)] == []
