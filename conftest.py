"""Fixtures that are nouns: the contract of this workspace, its judges, and a gateway."""

from collections.abc import Iterator

import pytest

from topcheck.contract.contract import Contract
from topcheck.gateway.embedded import Gateway, embedded
from topcheck.judge.judges import Judges
from topcheck.workspace import Workspace

pytest_plugins = ["topcheck.plugin"]


@pytest.fixture(scope="session")
def contract(workspace: Workspace) -> Contract:
    """The contract that the page gives."""
    return workspace.contract


@pytest.fixture(scope="session")
def judges(workspace: Workspace) -> Judges:
    """The judges of this contract."""
    return workspace.judges


@pytest.fixture(scope="session")
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    """The gateway of this run: the embedded sandbox."""
    with embedded(workspace.contract, workspace.default_orders()) as running:
        yield running
