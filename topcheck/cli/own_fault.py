"""A fault of our own: one line that says so, and a file with its details."""

import os
import tempfile
import traceback
from collections.abc import Mapping

from topcheck.wire.redact import Redactor

#: What of the environment must not reach the file.
_SECRETS = ("TOP_APP_KEY", "TOP_APP_SECRET", "TOP_SESSION")


def own_fault(error: BaseException, environment: Mapping[str, str] = os.environ) -> str:
    """Say in one line that an exception is topcheck's own fault, and where its details are."""
    redactor = Redactor(environment.get(name, "") for name in _SECRETS)
    details = redactor.redacted("".join(traceback.format_exception(error)))
    what = " ".join(redactor.redacted(f"{type(error).__name__}: {error}").split())[:160]
    try:
        # mkstemp makes a file that only its owner can read
        handle, path = tempfile.mkstemp(prefix="topcheck-fault-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(details)
        where = f"its details are in {path}"
    except OSError as refused:
        where = f"its details could not be written: {refused.strerror}"
    return f"a fault of topcheck's own, and not of what was judged: {what}; {where}"
