"""Fixtures that are nouns: the contract of this home, its judges and its cases."""

from collections.abc import Iterator

import pytest

from topcheck.contract.contract import Contract
from topcheck.embedded import Gateway, embedded
from topcheck.judge.judges import Judges
from topcheck.workspace import Workspace
from topcheck.workspace import workspace as load_workspace

pytest_plugins = ["topcheck.plugin"]


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    """Everything that is built from the contract."""
    return load_workspace()


@pytest.fixture(scope="session")
def contract(workspace: Workspace) -> Contract:
    """The contract that the page gives."""
    return workspace.contract


@pytest.fixture(scope="session")
def judges(workspace: Workspace) -> Judges:
    """The judges of this contract."""
    return workspace.judges


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    """The gateway of this run: the embedded sandbox."""
    with embedded() as running:
        yield running
