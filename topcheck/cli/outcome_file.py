"""An outcome that an earlier run wrote, read again: `outcome.json` of a report folder."""

import datetime
import json
import re
from pathlib import Path

from jsonschema_rs import Draft202012Validator

from topcheck import __version__
from topcheck.report.outcome import Outcome, from_data
from topcheck.report.wording import one_line
from topcheck.wire.text_file import text_of
from topcheck.workspace import home

#: So much is told of what is wrong, in columns.
_MOST_TOLD = 160


class OutcomeFileError(Exception):
    """A file is no outcome that can be used: its name and why, in one line."""


def read_outcome(path: Path, method: str | None = None) -> Outcome:
    """Read an outcome, of a method if one is given.

    It must be as `schemas/outcome.schema.json` has it, and of this version of topcheck or an
    earlier one: what a later one means by its words is unknown. Raises OutcomeFileError.
    """
    try:
        outcome = _read(path.read_bytes())
    except OSError as error:
        hint = "; topcheck gate --report DIR writes an outcome.json"
        raise OutcomeFileError(f"{path}: {error.strerror}{hint}") from None
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        told = one_line(why, _MOST_TOLD)
        raise OutcomeFileError(f"{path} is no outcome.json of a run: {told}") from None
    if method not in (None, outcome.method):
        told = one_line(outcome.method, _MOST_TOLD)
        raise OutcomeFileError(f"{path} is of {told}, and this run of {method}")
    return outcome


def _read(body: bytes) -> Outcome:
    data = json.loads(text_of(body))
    version = data.get("topcheck") if isinstance(data, dict) else None
    if isinstance(version, str) and not _numbers(version) <= _numbers(__version__):
        raise ValueError(f"it is of topcheck {version}, and this is {__version__}")
    schema = json.loads((home() / "schemas" / "outcome.schema.json").read_text("utf-8"))
    for error in Draft202012Validator(schema).iter_errors(data):
        place = "/".join(map(str, error.instance_path)) or "the whole"
        raise ValueError(f"{place}: {error.message}")
    datetime.datetime.fromisoformat(data["at"])
    return from_data(data)


def _numbers(version: str) -> tuple[int, ...]:
    """Return a version's numbers, by which versions are ordered. Raises ValueError."""
    found = re.match(r"\d{1,9}(\.\d{1,9})*", version)
    if found is None:
        raise ValueError(f"{version} is no version of topcheck")
    return tuple(map(int, found[0].split(".")))
