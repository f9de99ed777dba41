"""What tests are told of the machine around them, what they share, and which files begin first."""

import gc
import os
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: The files whose tests take longest. Of several processes that share the files each takes the next
#: one when it is through: what is long is taken first, or one process would go on alone.
LONGEST = (
    "tests/sdk/test_liars.py",
    "tests/sdk/test_gate_sdk.py",
    "tests/docs/test_pages.py",
    "tests/cli/test_workspaces.py",
    "tests/live/test_faults.py",
    "tests/live/test_asked_once.py",
    "tests/cli/test_gate.py",
    "tests/wheel/test_commands.py",
    "tests/live/test_asking.py",
    "tests/sdk/test_other_pages.py",
    "tests/contract/test_toys.py",
    "tests/contract/test_other_pages.py",
    "tests/contract/test_pages.py",
    "tests/wheel/test_scaffolds.py",
)

#: What services and people tell pytest, and the libraries that write on a terminal.
_TOLD = ("BUILD_NUMBER", "CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "PYTEST_ADDOPTS",
         "PYTEST_PLUGINS", "PY_COLORS", "TEAMCITY_VERSION", "TF_BUILD")  # fmt: skip
for _name in (*_TOLD, *(name for name in os.environ if name.startswith("GITHUB_"))):
    os.environ.pop(_name, None)
# What Hypothesis keeps it makes in half a second, which each of some hundred runs need not do anew:
# it reads the constants of all modules, and sorts all characters.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(ROOT / ".hypothesis"))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Let no collection of garbage look at the ten thousand tests themselves."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(config, items):
    """Order the files for processes that share them: the longest, then those of most tests."""
    if hasattr(config, "workerinput"):
        tests = Counter(item.path for item in items)
        places = {ROOT / name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda i: (places.get(i.path, len(places)), -tests[i.path], str(i.path)))
