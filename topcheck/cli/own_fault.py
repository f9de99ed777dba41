"""What ends a run, in one line: what a person can mend, or a fault of our own with its details."""

import os
import tempfile
import traceback
from collections.abc import Mapping

from topcheck.cli.outcome_file import OutcomeFileError
from topcheck.gateway.recording import RecordingError
from topcheck.live.connect import CREDENTIALS, GatewayError
from topcheck.sdk.manifest import SdkError
from topcheck.wire.redact import Redactor
from topcheck.workspace import WorkspaceError


class NothingJudgedError(Exception):
    """A run cannot judge what its options name: what to do, in one line."""


#: What says in one line what a person can mend.
_MENDABLE = (GatewayError, NothingJudgedError, OutcomeFileError, RecordingError, SdkError,
             WorkspaceError)  # fmt: skip


def in_one_line(error: Exception) -> str:
    """Say what went wrong, and what to do; what no person and no file did is our own fault."""
    if isinstance(error, _MENDABLE):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
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
