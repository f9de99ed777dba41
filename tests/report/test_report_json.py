"""`outcome.json`: the outcome itself, for programs."""

import json

import pytest

from tests.outcomes import RUNS, hostile
from topcheck.report.json import as_json
from topcheck.report.outcome import from_data, to_data


@pytest.mark.parametrize("run", [*RUNS.values(), hostile])
def test_the_file_is_the_outcome(run):
    """Nothing is lost, and nothing is added."""
    text = as_json(run())
    assert json.loads(text) == to_data(run())
    assert from_data(json.loads(text)) == run()
    assert text.endswith("}\n")


def test_a_person_can_read_it():
    """Chinese is written as it is; what a terminal would obey is not."""
    text = as_json(hostile())
    assert "支付成功" in text
    assert "\x1b" not in text
    assert "\x00" not in text
