"""A new driver in each language, from the wheel alone, by the commands that it is told with.

`make wheel-check` gates one in each language whose tools are there; `make test` asks those that
need no compiler for one clause.
"""

import re
import shutil

import pytest

from tests.cli.test_driver_new import TOOLS
from tests.wheel.build import REAL_INSTALL, ROOT

#: How long a gate of some language may take is its own business: one clause tells that it is run.
CLAUSE = "sdk.wire.empty"
TRIED = TOOLS if REAL_INSTALL else ("python", "node")
#: A command to go on with, as it is printed.
COMMAND = re.compile(r"^  (?! )(.+)$", re.M)


@pytest.mark.parametrize("language", TRIED)
def test_a_new_driver_is_gated_by_what_is_printed_with_it(language, environment, tmp_path):
    """From an empty folder and a page: derived, made, installed, tried, and it may ship."""
    if missing := [tool for tool in TOOLS[language] if not shutil.which(tool)]:
        pytest.skip(f"{language} is not tried: there is no {missing[0]}")
    shutil.copy(ROOT / "tests/pages/three_levels.txt", tmp_path / "page.txt")
    tmp_path.chmod(0o777)
    made = environment.run(
        f"topcheck derive page.txt >&2 && topcheck driver new {language} mine", tmp_path
    )
    assert made.returncode == 0, made
    *install, smoke, gate = COMMAND.findall(made.stdout.partition("next:\n")[2])
    if install and environment.run(*install, tmp_path).returncode:
        pytest.skip(f"{language} is not tried: what it needs cannot be installed")
    verdict = "verdict: may ship" if REAL_INSTALL else "verdict: these clauses hold"
    gate += "" if REAL_INSTALL else f" --clause={CLAUSE}"
    for line, told in (smoke, "it speaks the protocol"), (gate, verdict):
        found = environment.run(line, tmp_path)
        assert (found.returncode, told in found.stdout) == (0, True), found
