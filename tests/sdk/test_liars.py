"""Each wrong driver is convicted under the clause that its bug breaks, and under no other.

Most are run in this process; those that lie about sockets and processes, and one of each family,
are processes, in some cases of each clause and all of their own. `make liars` runs all as
processes, in all cases; what waits long it alone runs.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.liar_matrix import AT_ONCE, REFERENCE, as_process, as_process_in_some, broken, inside
from tests.liars import FAMILIES, HONEST, LIARS, LONG, PROCESSES, Reference
from tests.twins import TWINS
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge.ledger import BROKEN, HELD


@pytest.fixture(scope="module")
def judged(request):
    """The states of every process that this run asks for, a few at a time: most is waiting."""
    names = [item.callspec.params["name"] for item in request.session.items
             if item.path == request.path and "judged" in item.fixturenames]  # fmt: skip
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(as_process_in_some, name) for name in names}


@pytest.mark.parametrize("name", [name for name in LIARS if name not in PROCESSES])
def test_a_liar_is_convicted_under_its_clause_and_no_other(name):
    """One planted bug breaks the clause that it is about; all else is held or out of sight."""
    assert broken(inside(LIARS[name])) == LIARS[name].clauses


@pytest.mark.parametrize("name", [name for name in HONEST if name not in PROCESSES])
def test_who_is_honest_is_not_convicted(name):
    """What looks like a bug, and is none, breaks nothing and hides nothing."""
    assert set(inside(HONEST[name]).values()) == {HELD}


@pytest.mark.parametrize("name", sorted((PROCESSES | FAMILIES) - LONG))
def test_a_process_is_convicted_under_its_clause_and_no_other(judged, name):
    """The same holds of a process, over sockets, in real time."""
    assert broken(judged[name].result()) == {**LIARS, **HONEST}[name].clauses


@pytest.mark.parametrize("name", TWINS)
def test_who_is_right_in_an_uncommon_way_is_convicted_of_nothing(name):
    """What nearly does what a liar does, and is right, breaks no clause."""
    assert broken(inside(TWINS[name])) == set()


def test_the_reference_holds_every_clause():
    """Nothing is found wrong with who does nothing wrong, and nothing is left unobserved."""
    assert set(inside(Reference).values()) == {HELD}
    assert set(as_process(REFERENCE).values()) == {HELD}


def test_an_empty_body_is_judged_whatever_was_answered_before():
    """Who hands over the success before it is told so, and what comes of it alone is seen too."""
    states = inside(LIARS["StaleAnswer"])
    assert (states["sdk.wire.stale"], states["sdk.wire.empty"]) == (BROKEN, HELD)


def test_every_clause_convicts_somebody():
    """A clause that convicts no liar proves nothing."""
    assert set().union(*(liar.clauses for liar in LIARS.values())) == set(SDK_RULES)


def test_a_liar_says_what_it_does():
    """Each has one docstring of its own."""
    told = [driver.__doc__ for driver in (*LIARS.values(), *HONEST.values())]
    assert len(set(told)) == len(told)
    assert all(told)
