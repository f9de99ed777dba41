"""Another page in place of ours: it is derived, and its contract tests pass.

With ALL_PAGES in the environment, as `make pages` sets it, all pages are tried: without it one of
each kind.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import pages
from tests.contract.test_toys import TOYS
from tests.page_builder import page, row
from tests.warm import HALF_WRITTEN

ROOT = Path(__file__).parents[2]
#: Pages with one name at two levels, and an answer that repeats nothing of the request; with
#: decimals, maps and objects in parameters; and with types that only inferred.toml knows.
NAMES = ("two states", "two sums", "decimals and maps", "objects in a request")
GIVEN = '[types]\nMoney = "decimal"\n"Map<String,Object>" = "map"\n'
SHAPES = {path.stem: (path.read_text("utf-8"), "") for path in pages.FOLDER.glob("*.txt")}
PAGES = (
    SHAPES
    | {name: (TOYS[name], "") for name in NAMES}
    | {
        "given types": (
            page(
                [
                    row(
                        "result",
                        "R",
                        row("sum", "Money"),
                        row("more", "Map<String,Object>"),
                        row("z"),
                    )
                ],
                [row("sum", "Money"), row("word")],
            ),
            GIVEN,
        )
    }
)
#: One with objects in a request, and one that has neither ids nor states nor parameters.
ONE_OF_EACH_KIND = ("objects in a request", "no_parameters")
#: Why a test was not run, to who knows the page and none of the tests.
UNDERSTOOD = (
    "the page's answer has no (whole number that only grows|Boolean|text beside the object that "
    "tells of an order): (no number|none) is there to be (written in another way|misplaced)"
    "|the contract of this page has no clause [a-z_.]+ to be broken"
    "|between several answers this page shows nothing of: .*"
    "|this method has nothing to run the test for"
    "|the docs are (not part of an installed package|about the package's own method)"
    "|nothing was recorded here: topcheck gate --record does that"
    "|give --(gateway URL|sdk COMMAND) .*"
)


@pytest.fixture(params=PAGES if os.environ.get("ALL_PAGES") else ONE_OF_EACH_KIND)
def home(request, tmp_path):
    """A home whose only method is a toy, and that has no recordings."""
    for folder in ("topcheck", "contract_tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=HALF_WRITTEN)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "schemas").mkdir()
    for schema in (ROOT / "schemas").glob("*.json"):  # what the package publishes, of no method
        shutil.copy(schema, tmp_path / "schemas")
    pages.write_workspace(tmp_path, *PAGES[request.param])
    return tmp_path


def test_the_contract_tests_of_another_page_pass(home):
    """No test of the contract is about one page, and no clause of another page stays untried."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
               "--topcheck-report=report", "contract_tests"]  # fmt: skip
    run = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr
    assert "held, 0 broken, 0 not observed" in run.stdout
    not_run = json.loads((home / "report" / "outcome.json").read_text("utf-8"))["not_run"]
    reasons = {one.partition("]: ")[2] or one.partition(": ")[2] for one in not_run}
    assert reasons
    assert [one for one in reasons if not re.fullmatch(UNDERSTOOD, one)] == []
