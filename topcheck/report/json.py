"""`outcome.json`: the outcome itself."""

import json

from topcheck.report.outcome import Outcome, to_data
from topcheck.system import without_commands


def as_json(outcome: Outcome) -> str:
    """Write the outcome as JSON, as its published schema has it; printed, it is no command."""
    return without_commands(json.dumps(to_data(outcome), ensure_ascii=False, indent=2)) + "\n"
