"""The one command that repeats a failure: pytest's node id, the options and the seed of the run."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

#: The options that decide what a test sees, in the order of the command.
_OPTIONS = (
    "--gateway",
    "--fail-on",
    "--latency-budget",
    "--sdk",
    "--known-failing",
    "--hypothesis-seed",
)
_DEFAULTS = {"--fail-on": "violation"}


def repeat_command(config: pytest.Config, nodeid: str) -> str:
    """Write the command that runs one test again as this run ran it."""
    here = config.rootpath == Path.cwd()
    test = nodeid if here else str(config.rootpath / nodeid)
    beside = Path(sys.executable).with_name("pytest")
    ours = Path(shutil.which("pytest") or "").absolute() == beside
    words = ["pytest"] if ours else [sys.executable, "-m", "pytest"]
    words += [] if here else [f"--rootdir={config.rootpath}", "-p", "topcheck.plugin"]
    words.append(test)
    for option in _OPTIONS:
        found = config.getoption(option)
        values = found if isinstance(found, list) else [found]
        default = _DEFAULTS.get(option)
        words += [f"{option}={value}" for value in values if value not in (None, default)]
    return shlex.join(words)
