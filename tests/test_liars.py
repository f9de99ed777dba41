"""Each wrong driver is convicted under the clause that its bug breaks, and under no other."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.liars import LIARS
from topcheck.contract.sdk import SDK_RULES
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.runner import gather, smoke
from topcheck.sdk.states import BROKEN, HELD, states_of

ROOT = Path(__file__).parent.parent
AT_ONCE = 3


def states(*command):
    """Gather all evidence of a driver and return the words by clause."""
    evidence = smoke(Sdk("liar", (sys.executable, *command), ROOT))
    gather(evidence, set(SDK_RULES))
    return {state.clause: state.word for state in states_of(evidence, None)}


@pytest.fixture(scope="module")
def judged(request):
    """The states of every liar that this run asks for, a few at a time: most of it is waiting."""
    names = [item.callspec.params["name"] for item in request.session.items
             if "judged" in getattr(item, "fixturenames", ())]  # fmt: skip
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(states, "-m", "tests.liars", name) for name in names}


@pytest.mark.parametrize("name", LIARS)
def test_a_liar_is_convicted_under_its_clause_and_no_other(judged, name):
    """One planted bug breaks the clause that it is about; all else is held or out of sight."""
    found = judged[name].result()
    assert {clause for clause, word in found.items() if word == BROKEN} == LIARS[name].clauses


def test_the_reference_holds_every_clause():
    """Nothing is found wrong with who does nothing wrong, and nothing is left unobserved."""
    assert set(states("drivers/topcheck/driver.py").values()) == {HELD}


def test_every_clause_convicts_somebody():
    """A clause that convicts no liar proves nothing."""
    assert set().union(*(liar.clauses for liar in LIARS.values())) == set(SDK_RULES)


def test_a_liar_says_what_it_does():
    """Each has one docstring of its own."""
    told = [liar.__doc__ for liar in LIARS.values()]
    assert len(set(told)) == len(told)
    assert all(told)
