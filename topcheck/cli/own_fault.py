"""What ends a run, in one line: what a person can mend, or a fault of our own with its details."""

import os
import tempfile
import traceback
from collections.abc import Mapping

from topcheck.live.connect import CREDENTIALS
from topcheck.wire.redact import Redactor
from topcheck.workspace import WorkspaceError


def in_one_line(error: Exception) -> str:
    """Say what went wrong; whatever is no fault of a workspace's or a file's is one of our own."""
    if isinstance(error, WorkspaceError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    return own_fault(error)


def own_fault(error: BaseException, environment: Mapping[str, str] = os.environ) -> str:
    """Say in one line that an exception is topcheck's own fault, and where its details are."""
    redactor = Redactor(environment.get(name, "") for name in CREDENTIALS)
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
