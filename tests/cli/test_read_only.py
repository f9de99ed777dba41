"""A tree that cannot be written to: what is judged there is judged as anywhere else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm import HALF_WRITTEN

ROOT = Path(__file__).parents[2]
COMMAND = ("-c", "from topcheck.cli.main import main; main()")
NEEDED = ("topcheck", "contract_tests", "schemas", "cassettes", "drivers/topcheck", "conftest.py",
          "pyproject.toml")  # fmt: skip
#: Root writes wherever it likes, unless it gives that up.
_RIGHTS = "-dac_override,-dac_read_search"
GIVEN_UP = ["setpriv", f"--bounding-set={_RIGHTS}", f"--inh-caps={_RIGHTS}"]


def prefix():
    """Return the words before a command that may not write where the mode forbids it."""
    if os.name == "nt" or os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root writes everywhere here: setpriv (util-linux) is missing")
    return GIVEN_UP


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree, with what is compiled of the package, in which nothing can be written."""
    folder = tmp_path_factory.mktemp("read only 只读")
    for name in NEEDED:
        source, target = ROOT / name, folder / name
        compiled = HALF_WRITTEN if name == "topcheck" else shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, target, ignore=compiled)
        else:
            shutil.copy(source, target)
    every = [folder, *folder.rglob("*")]
    for path in every:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in every:
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([*COMMAND, "check", "schemas/alibaba.alisports.lianbei.xpos.querystatus/page.txt"],
         "violates"),
        ([*COMMAND, "gate", "--sdk=drivers/topcheck", "--clause=sdk.wire.empty"],
         "verdict: these clauses hold"),
        ([*COMMAND, "gate", "--clause=exchange.parity"], "verdict: these clauses hold"),
        (["-m", "pytest", "-q", "contract_tests/test_recorded.py"], "passed"),
        (["-m", "pytest", "-q", "-n", "2", "contract_tests/test_recorded.py"], "passed"),
    ],
    ids=["check", "gate of an SDK", "gate", "pytest", "pytest with workers"],
)  # fmt: skip
def test_nothing_needs_to_be_written(arguments, told, tree):
    """No cache, no example database, no compiled file is missed."""
    environment = {name: value for name, value in os.environ.items() if "HYPOTHESIS" not in name}
    environment |= {"PYTHONPATH": str(tree), "HOME": str(tree)}
    found = subprocess.run([*prefix(), sys.executable, *arguments], cwd=tree, env=environment,
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert told in found.stdout
    assert found.returncode == (1 if told == "violates" else 0), found.stderr
    assert "Traceback" not in found.stdout + found.stderr
    assert "denied" not in found.stdout + found.stderr
