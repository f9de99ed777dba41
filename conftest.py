"""Fixtures that are nouns: the contract of this home, its judges and its cases."""

from collections.abc import Iterator

import pytest

from topcheck.contract.model import Contract
from topcheck.embedded import Gateway, embedded
from topcheck.judge.judges import Judges
from topcheck.workspace import Suite
from topcheck.workspace import suite as load_suite

pytest_plugins = ["topcheck.plugin"]


@pytest.fixture(scope="session")
def suite() -> Suite:
    """Everything that is built from the contract."""
    return load_suite()


@pytest.fixture(scope="session")
def contract(suite: Suite) -> Contract:
    """The contract that the page gives."""
    return suite.contract


@pytest.fixture(scope="session")
def judges(suite: Suite) -> Judges:
    """The judges of this contract."""
    return suite.judges


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    """The gateway of this run: the embedded sandbox."""
    with embedded() as running:
        yield running
