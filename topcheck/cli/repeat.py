"""The one command that repeats a failure, with the options and the seed of the run."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from topcheck.cli.options import all_words


def repeat_test(config: pytest.Config, nodeid: str) -> str:
    """Write the command that runs one test again as this run of pytest ran it."""
    here = config.rootpath == Path.cwd()
    test = nodeid if here else str(config.rootpath / nodeid)
    beside = Path(sys.executable).with_name("pytest")
    ours = Path(shutil.which("pytest") or "").absolute() == beside
    words = ["pytest"] if ours else [sys.executable, "-m", "pytest"]
    words += [] if here else [f"--rootdir={config.rootpath}", "-p", "topcheck.plugin"]
    words.append(test)
    words += all_words(vars(config.option))
    words.append(f"--hypothesis-seed={config.getoption('--hypothesis-seed')}")
    return shlex.join(words)
