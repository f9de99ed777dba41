"""What a test runs is told nothing by the machine around it that changes what pytest prints."""

import os

#: What services and people tell pytest, and the libraries that write on a terminal.
_TOLD = ("BUILD_NUMBER", "CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "PYTEST_ADDOPTS",
         "PYTEST_PLUGINS", "PY_COLORS", "TEAMCITY_VERSION", "TF_BUILD")  # fmt: skip
for _name in (*_TOLD, *(name for name in os.environ if name.startswith("GITHUB_"))):
    os.environ.pop(_name, None)
