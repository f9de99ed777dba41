"""How the package is built: imports go one way, and nothing reaches the network or the clock."""

import ast
from pathlib import Path

import pytest

import topcheck

PACKAGE = Path(topcheck.__file__).parent
#: Each folder imports only from itself and from those before it.
ORDER = ("atomic", "wire", "contract", "judge", "generate", "gateway", "home", "workspace",
         "recorded", "embedded", "report", "live", "sdk", "cli", "plugin")  # fmt: skip
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "home" not in path.parts[:-1])


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _folder(module):
    parts = module.split(".")
    return parts[1] if parts[0] == "topcheck" and len(parts) > 1 and parts[1] in ORDER else None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    """A module imports from its own folder and those before it, never from a later one."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own not in ORDER:
        return
    later = set(ORDER[ORDER.index(own) + 1 :])
    assert [name for name in _imports(path) if _folder(name) in later] == []


def test_no_two_modules_import_each_other():
    """There is no cycle of imports anywhere in the package."""
    names = {
        ".".join(("topcheck", *p.relative_to(PACKAGE).with_suffix("").parts)): p for p in MODULES
    }
    graph = {name: {i for i in _imports(path) if i in names} for name, path in names.items()}
    done: set[str] = set()

    def visit(name, above):
        assert name not in above, f"a cycle through {name}"
        if name not in done:
            for other in graph[name]:
                visit(other, {*above, name})
            done.add(name)

    for name in graph:
        visit(name, set())


@pytest.mark.parametrize("folder", ["wire", "contract", "judge"])
def test_the_core_is_pure(folder):
    """The core knows no clock, no randomness, no socket, no environment and no process."""
    banned = {"time", "random", "socket", "os", "subprocess", "threading", "urllib.request"}
    for path in (PACKAGE / folder).rglob("*.py"):
        assert banned.isdisjoint(_imports(path)), path


def test_cases_know_the_gate_of_sdks_and_not_the_other_way_round():
    """What runs cases is given them: no module of `sdk/` itself imports one of `sdk/cases/`."""
    for path in (PACKAGE / "sdk").glob("*.py"):
        assert not [name for name in _imports(path) if name.startswith("topcheck.sdk.cases")], path


def test_a_gate_of_sdks_can_run_without_the_machine():
    """Clocks, sockets and processes are arguments: only two modules of `sdk/` know them.

    Nor does any know the contract of this home.
    """
    machine = {"time", "socket", "os", "subprocess", "topcheck.gateway.timing.now",
               "topcheck.gateway.server", "topcheck.workspace.home",
               "topcheck.workspace.load_workspace"}  # fmt: skip
    found = {path.stem for path in (PACKAGE / "sdk").rglob("*.py") if machine & set(_imports(path))}
    assert found == {"driver", "runtime"}


def test_the_protocol_holds_no_logic():
    """Rules are transcribed, not computed: `protocol` defines no function."""
    tree = ast.parse((PACKAGE / "contract" / "protocol.py").read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
