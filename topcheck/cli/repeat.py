"""The one command that repeats a failure: pytest's node id, the options and the seed of the run."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from topcheck.cli.options import OPTIONS


def repeat_command(config: pytest.Config, nodeid: str) -> str:
    """Write the command that runs one test again as this run ran it."""
    here = config.rootpath == Path.cwd()
    test = nodeid if here else str(config.rootpath / nodeid)
    beside = Path(sys.executable).with_name("pytest")
    ours = Path(shutil.which("pytest") or "").absolute() == beside
    words = ["pytest"] if ours else [sys.executable, "-m", "pytest"]
    words += [] if here else [f"--rootdir={config.rootpath}", "-p", "topcheck.plugin"]
    words.append(test)
    for option in OPTIONS:
        words += option.words(config.getoption(option.name))
    words.append(f"--hypothesis-seed={config.getoption('--hypothesis-seed')}")
    return shlex.join(words)
