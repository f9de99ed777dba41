"""The recordings of this home, read and judged once."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from topcheck.contract.model import Clause
from topcheck.gateway.recording import SUFFIX, Recording, RecordingError, read_recording
from topcheck.home import home
from topcheck.judge.finding import Judgement
from topcheck.workspace import workspace

FOLDER = "cassettes"


@cache
def cassettes() -> Mapping[Path, Recording]:
    """Read every recording. Raises RecordingError, so that none is passed over in silence."""
    folder = home() / FOLDER
    return {path: read_recording(path) for path in sorted(folder.glob(f"*{SUFFIX}"))}


def age(recording: Recording, today: datetime.date) -> int:
    """Return how many days ago an exchange was recorded. Raises RecordingError."""
    try:
        at = datetime.datetime.fromisoformat(recording.recorded_at)
    except (TypeError, ValueError):
        raise RecordingError(f"{recording.recorded_at!r} is no date of a recording") from None
    days = (today - at.date()).days
    if days < -1:  # the clock that it was recorded by may be a day ahead of ours
        raise RecordingError(f"{recording.recorded_at} has not come yet, so it dates no recording")
    return days


@cache
def judged() -> list[tuple[Path, Judgement]]:
    """Judge every recording by the format that was asked for."""
    judge = workspace().judges.response.judge
    return [(path, judge(one.response.body, one.format)) for path, one in cassettes().items()]


@cache
def observed() -> list[Clause]:
    """Return the clauses that a recording tells of."""
    return observed_in([judgement for _, judgement in judged()])


def observed_in(judgements: Sequence[Judgement]) -> list[Clause]:
    """Return the clauses of bodies that some body tells of: it has their place, or breaks them."""
    broken = {clause_id for judgement in judgements for clause_id in judgement.clauses}
    told = {(j.side, path) for j in judgements for path in ("", *j.values)}
    return [
        clause
        for clause in workspace().contract.clauses
        if clause.id in broken or (clause.id.partition(".")[0], _path(clause)) in told
    ]


def _path(clause: Clause) -> str:
    return ".".join(clause.id.split(".")[1:-1])
