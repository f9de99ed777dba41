"""Tools of others, which judge what we export: those of `make others`, or of the machine."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATH = f"{ROOT / '.venv-others' / 'bin'}{os.pathsep}{os.environ['PATH']}"


def tool(name):
    """Return where a tool is, None if it is not installed."""
    return shutil.which(name, path=PATH)


def needs(*names):
    """Skip a test, by the tools' names, where they are not installed."""
    missing = [name for name in names if tool(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
