"""What a gate tells the job of GitHub that it runs in: annotations, and its summary."""

import os
from pathlib import Path

from topcheck.contract.files import PAGE
from topcheck.report.annotations import annotations
from topcheck.report.markdown import as_summary
from topcheck.report.outcome import Outcome
from topcheck.system import say
from topcheck.workspace import Workspace, is_installed

#: The style of annotations that is a job's of GitHub unless another is asked for.
GITHUB = "github"
#: So large may the summary of a step be, in bytes ("Job summaries", GitHub's documentation).
_LARGEST_SUMMARY = 1024 * 1024


def tell_job(outcome: Outcome, workspace: Workspace | None, style: str | None) -> None:
    """Print the annotations, in a style or as the environment has it, and add to the summary.

    A summary that cannot be written is one line, and decides nothing. Raises OSError where nothing
    can be printed.
    """
    ours = os.environ.get("GITHUB_ACTIONS") == "true"
    if style == GITHUB or (style is None and ours):
        for line in annotations(outcome, _page(workspace) if workspace else None):
            say(line, command=True)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            _append(Path(summary), outcome)
        except OSError as error:
            say(f"GITHUB_STEP_SUMMARY: {summary}: {error.strerror}", error=True)


def _page(workspace: Workspace) -> str | None:
    """Return the path of the page's file in the repository, None if it is not in there."""
    page = (workspace.folder / PAGE).resolve()
    for root in (os.environ.get("GITHUB_WORKSPACE") or ".", "."):
        if page.is_relative_to(Path(root).resolve()) and not is_installed(page):
            return page.relative_to(Path(root).resolve()).as_posix()
    return None


def _append(file: Path, outcome: Outcome) -> None:
    """Add the summary to what other commands of the step have told, as far as there is room."""
    there = file.stat().st_size if file.exists() else 0
    text = as_summary(outcome, _LARGEST_SUMMARY - there - 1)
    with file.open("a", encoding="utf-8", errors="backslashreplace") as summary:
        summary.write(f"\n{text}" if there and text else text)
