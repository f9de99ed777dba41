"""The contract tests that the package carries, and how pytest runs them wherever a user stands."""

import os
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path

import pytest

from topcheck.cli.options import JUDGED_BY
from topcheck.system import nothing_kept
from topcheck.workspace import home

#: The folder of the tests.
TESTS = "contract_tests"


def tests_about(options: Iterable[str]) -> list[str]:
    """Return the files of tests about what some options name; all tests if that is none."""
    return [str(home() / JUDGED_BY[option][0]) for option in options] or [str(home() / TESTS)]


def run(words: Sequence[str], plugins: Sequence[object] | None) -> int:
    """Run pytest with some words and return its exit code: what is around the user is none of it.

    Nothing is written, neither there nor beside the tests.
    """
    around = [
        *(f"--rootdir={home()}", "-c", str(home() / "pyproject.toml"), "-p", "topcheck.plugin"),
        # the plugin's modules are imported already, and none of their assertions is pytest's
        *("-o", "filterwarnings=default", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
        *("-p", "no:cacheprovider"),
    ]
    with nothing_kept():
        return pytest.main([*words, *around], plugins)


def has_tests(folder: Path, called: Sequence[str], but: Sequence[str]) -> bool:
    """Whether a folder has files called so at any depth.

    Folders called otherwise, and virtual environments, are left out, as pytest leaves them out.
    """
    for _, folders, files in os.walk(folder):
        if "pyvenv.cfg" in files:
            folders.clear()
        elif any(fnmatch(name, pattern) for name in files for pattern in called):
            return True
        folders[:] = [f for f in folders if not any(fnmatch(f, pattern) for pattern in but)]
    return False
