"""The folder of a report: one outcome of one run, free of secrets, in every format."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from topcheck.atomic import remove, write_whole
from topcheck.contract.protocol import FORMATS
from topcheck.report.html import as_html
from topcheck.report.json import as_json
from topcheck.report.junit import as_junit
from topcheck.report.markdown import as_summary
from topcheck.report.outcome import Outcome
from topcheck.wire.redact import Redactor

OUTCOME_FILE, PAGE_FILE = "outcome.json", "index.html"
#: Who writes what into the folder: a new format is one module and one row.
WRITERS: dict[str, Callable[[Outcome], str]] = {
    OUTCOME_FILE: as_json,
    PAGE_FILE: as_html,
    "junit.xml": as_junit,
    "summary.md": as_summary,
}
#: A folder within, with the files of each finding by its clause.
FINDINGS = "findings"
#: Fields that hold words of ours: a secret that is such a word stays one, or nothing could be read.
_OUR_WORDS = {"kind", "verdict", "clause", "severity", "state", "evidence", "source"}


def begin(folder: Path, clauses: Iterable[str]) -> None:
    """Remove what an earlier run reported; all else that is there stays. Raises OSError."""
    remove(folder, _names(clauses))


def write_reports(
    outcome: Outcome, folder: Path, redactor: Redactor,
    findings: Mapping[str, str | bytes] = MappingProxyType({}), clauses: Iterable[str] = (),
) -> Outcome:  # fmt: skip
    """Write every report, all or none, and return the outcome that they show.

    `findings` are files about them, by their names, without secrets. What a run of the same clauses
    has written meanwhile is removed: the folder is one run's or the other's. Raises OSError.
    """
    shown: Outcome = redacted(outcome, redactor)
    files: dict[str, str | bytes] = {name: write(shown) for name, write in WRITERS.items()}
    files |= {f"{FINDINGS}/{name}": content for name, content in findings.items()}
    write_whole(folder, files, instead_of=_names(clauses))
    return shown


def _names(clauses: Iterable[str]) -> list[str]:
    """Return what reports about some clauses may be called."""
    kinds = ("sh", *FORMATS)
    return [*WRITERS, *(f"{FINDINGS}/{clause}.{kind}" for clause in clauses for kind in kinds)]


def redacted(value: Any, redactor: Redactor) -> Any:
    """Return an outcome, or a part of one, without secrets in any of its texts."""
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value) if one.name not in _OUR_WORDS]
        return replace(value, **{n: redacted(getattr(value, n), redactor) for n in names})
    if isinstance(value, tuple):
        return tuple(redacted(one, redactor) for one in value)
    return redactor.redacted_data(value)
