"""What `topcheck diagnose` names of the requests of a gate: of right drivers, nothing."""

from collections import defaultdict

import pytest

from drivers.named import noting, wrongly_named
from tests.in_process import in_process
from tests.liar_matrix import CASES, ROOT
from tests.liars import LIARS, Reference
from tests.some_cases import some
from topcheck.contract.sdk import SDK_RULES
from topcheck.sdk import runner
from topcheck.sdk.manifest import Sdk


def named(driver, monkeypatch, cases):
    """Gather the evidence of a driver in this process; return what is named."""
    found = defaultdict(set)
    monkeypatch.setattr(runner, "run_all", noting(found, runner.run_all))
    runtime = in_process(lambda _sdk: driver())
    evidence = runner.smoke(Sdk("driver", (), ROOT), cases, runtime)
    runner.gather(evidence, cases, set(SDK_RULES), runtime)
    return dict(found)


def test_no_request_of_the_reference_is_named(monkeypatch):
    """In no case of the gate, whatever is answered, and wherever the machine stands."""
    assert named(Reference, monkeypatch, CASES) == {"driver": set()}


@pytest.mark.parametrize(
    ("liar", "ids"),
    [
        ("LocalTime", {"timestamp.zone"}),
        ("LowerCaseAlways", {"sign.lower_case"}),
        ("Twice", {"parameter.twice"}),
        ("UnsignedSession", {"sign.parameter_left_out"}),
    ],
)
def test_what_is_wrong_with_a_request_is_named(liar, ids, monkeypatch):
    """The mistake of a wrong driver, and no other."""
    found = named(LIARS[liar], monkeypatch, some(CASES))
    assert found == {"driver": ids}
    assert [*wrongly_named(found, {"driver": []})] == [
        f"driver: its requests are named {', '.join(ids)}"
    ]


def test_only_a_zone_is_borne_and_only_of_who_is_known_to_be_in_another():
    """The list of an SDK allows what its clause says, and nothing else."""
    found = {"driver": {"timestamp.zone"}}
    assert [*wrongly_named(found, {"driver": ["sdk.request.timestamp"]})] == []
    assert [*wrongly_named(found, {"driver": ["sdk.request.format"]})] != []
    more = {"driver": {"timestamp.zone", "sign.order"}}
    assert [*wrongly_named(more, {"driver": ["sdk.request.timestamp"]})] == [
        "driver: its requests are named sign.order"
    ]
