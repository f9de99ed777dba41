"""What is published, built once; and an environment that has the wheel and nothing else of it."""

import pytest

from tests.wheel.build import (
    REAL_INSTALL,
    ROOT,
    Environment,
    build,
    built_in,
    copy,
    plant_what_is_ignored,
    tracked,
)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The wheel and the source archive, built where much lies about that is not tracked."""
    if REAL_INSTALL:
        return built_in(ROOT / "dist")
    folder = tmp_path_factory.mktemp("tree")
    return build(plant_what_is_ignored(copy(folder, tracked())), tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def environment(built, tmp_path_factory):
    """An environment with the wheel."""
    found = Environment(tmp_path_factory.mktemp("environment"), built[0])
    yield found
    found.close()
