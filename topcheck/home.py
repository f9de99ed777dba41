"""Where the contract and the contract tests are: beside the package, or inside an installed one."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def home() -> Path:
    """Return the folder that holds `schemas/`, `contract_tests/` and `conftest.py`."""
    installed = _PACKAGE / "home"
    return installed if installed.is_dir() else _PACKAGE.parent


def schema_folder() -> Path:
    """Return the folder of the method's page, schemas and contract. Raises FileNotFoundError."""
    found = sorted(home().glob("schemas/*/page.txt"))
    if len(found) != 1:
        raise FileNotFoundError(f"{home() / 'schemas'} holds {len(found)} pages, not one")
    return found[0].parent
