"""How the package is built: each rule holds, and a planted breach breaks it."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests import structure
from tests.conftest import LONGEST, ROOT
from tests.structure import LARGEST_PACKAGE, LONGEST_FILE, LONGEST_FUNCTION, RULES, imports, modules

MODULES = modules()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_of_the_house_holds(rule):
    """Nothing in the package breaks it."""
    assert list(rule(MODULES)) == []


def planted(name, source):
    """Return the modules with something added to one, or with one more."""
    return {**MODULES, name: MODULES.get(name, "") + "\n" + source}


JUDGE, LIVE, SDK = "topcheck.judge.judges", "topcheck.live.plan", "topcheck.sdk.worker"
#: Ways to use what is private to a library, each in its own lines.
PRIVATE = (
    "import http.client\nx = http.client._MAXLINE",
    "import os\nos._exit(0)",
    "def close(pool):\n    pool._put_conn(None)",
    "def quiet(answer):\n    answer._planted = 1",
    "x = getattr(object, '_planted', None)",
    "from operator import attrgetter\nx = attrgetter('raw._planted')",
    "x = vars(object)['_planted']",
    "x = object.__dict__['_planted']",
    "from urllib3 import ProxyManager\nx = ProxyManager('http://x', _planted=1)",
    "from http.client import HTTPResponse\n"
    "class Planted(HTTPResponse):\n    def _read_status(self):\n        return super().begin()",
    "import http.client as web\nfrom topcheck.gateway.connection import PlainConnection\n"
    "class Planted(PlainConnection):\n    def _tunnel(self):\n        pass",
    "import threading\nclass Planted(threading.Thread):\n"
    "    def __init__(self):\n        self._target = None",
    "from http.client import HTTPConnection\n"
    "class Planted(HTTPConnection):\n    def lost(self):\n        return self._method",
    "from http.client import HTTPResponse\n"
    "x = type('Planted', (HTTPResponse,), {'_read_status': None})",
)
#: For each rule, modules that break it in one place.
BREACHES = {
    "upward": [planted(JUDGE, "from topcheck.gateway.signing import sign"),
               planted("topcheck.extras.more", "x = 1")],
    "between_strangers": [planted(LIVE, "from topcheck.sdk.case import Call"),
                          planted(SDK, "import topcheck.live.probe")],
    "folder_loops": [planted("topcheck.contract.model", "from topcheck.contract.page import words"),
                     planted("topcheck.sdk.case", "from topcheck.sdk.cases.errors import errors"),
                     planted("topcheck.gateway.orders", "import topcheck.gateway.faults.fault")],
    "cycles": [planted("topcheck.judge.finding", "from topcheck.judge.judges import RunJudge")],
    "machine": [planted(JUDGE, "import time"), planted("topcheck.wire.tree", "from os import path"),
                planted("topcheck.contract.field", "import socket")],
    "private": [planted(LIVE, "from _pytest.outcomes import Exit"),
                planted(SDK, "from http.client import _MAXLINE"),
                *(planted(SDK, breach) for breach in PRIVATE)],
    "classes_twice": [planted(JUDGE, "class Finding:\n    pass"),
                      planted(SDK, "class _Exchange:\n    pass")],
    "ids_cut_up": [planted(LIVE, "x = clause.id.split('.')"),
                   planted(SDK, "x = finding.clause.id.startswith('wire.')"),
                   planted(JUDGE, "x = clause_id.rpartition('.')[2]"),
                   planted(JUDGE, "x = clause.id[:8]")],
    "workspace_loaders": [planted(LIVE, "from topcheck.workspace import load_workspace"),
                          planted(SDK, "from topcheck.workspace import home")],
    "member_names": [planted(LIVE, '"""It reads paid_fee."""'), planted(SDK, "x = 'success'"),
                     planted(JUDGE, "# checkout_id"),
                     planted("contract_tests.calls", "x = ['model']"),
                     planted("contract_tests.schemas", "x = 1  # of paid_fee")],
    "long_functions": [planted(JUDGE, "def long():\n" + "    x = 1\n" * (LONGEST_FUNCTION + 1))],
    "long_files": [planted(JUDGE, "\n" * LONGEST_FILE)],
    "large_package": [planted("topcheck.judge.more", "\n" * LARGEST_PACKAGE)],
    "logic_in_the_protocol": [planted("topcheck.contract.protocol", "def fold(x):\n    return x")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "breach"),
    [(rule, breach) for rule, breaches in BREACHES.items() for breach in breaches],
    ids=[f"{rule}-{at}" for rule, breaches in BREACHES.items() for at in range(len(breaches))],
)
def test_a_rule_bites(rule, breach):
    """What breaks it is told, and it was not told before."""
    check = getattr(structure, rule)
    assert set(check(breach)) - set(check(MODULES))


def test_what_is_our_own_may_be_private():
    """A name of the module, of a class below it, and Python's own names are no breach."""
    own = """
from topcheck.gateway.sandbox import Sandbox
_HERE = 1
class Planted(Sandbox):
    _limit = 2
    def __init__(self, other):
        self._limit = type(self)._limit + getattr(other, '_limit') + other._limit + self._orders
    def __repr__(self):
        return self.__class__.__name__
"""
    assert set(structure.private(planted(SDK, own))) == set()


def test_every_rule_was_seen_to_bite():
    """A rule that nothing breaks holds nothing."""
    assert list(BREACHES) == [rule.__name__ for rule in RULES]


def test_a_gate_of_sdks_can_run_without_the_machine():
    """Clocks, sockets and processes are arguments: only one module of `sdk/` knows them."""
    machine = {"time", "socket", "os", "subprocess", "topcheck.gateway.timing.now",
               "topcheck.gateway.server"}  # fmt: skip
    here = {name: source for name, source in MODULES.items() if name.startswith("topcheck.sdk.")}
    found = {name for name, source in here.items() if machine & set(imports(source))}
    assert found == {"topcheck.sdk.driver"}


def names(lines):
    """Return the libraries that requirements name, as the index spells them."""
    found = (re.match("[A-Za-z0-9][-A-Za-z0-9_.]*", line) for line in lines)
    return {re.sub("[-_.]+", "-", name[0]).lower() for name in found if name}


def imported(folder):
    """Return the libraries that the modules of a folder import, and where."""
    known, found = packages_distributions(), {}
    own = {"benchmarks", "contract_tests", "driver", "drivers", "tests", "topcheck"}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for module in imports(path.read_text("utf-8")):
            top = module.partition(".")[0]
            if top not in own | sys.stdlib_module_names:
                found.setdefault(min(names(known.get(top, [top]))), path.name)
    return found


def test_what_the_package_imports_it_declares():
    """As a dependency, or as one of an extra; a library that happens to be there is not enough."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = names(project["dependencies"] + project["optional-dependencies"]["dask"])
    assert {name: at for name, at in imported("topcheck").items() if name not in declared} == {}


@pytest.mark.parametrize("folder", ["benchmarks", "contract_tests", "tests"])
def test_what_is_imported_beside_the_package_is_pinned(folder):
    """On a machine that has no more than what is pinned, all of it runs."""
    locks = (ROOT / f"requirements{kind}.lock" for kind in ("", ".others", ".soak"))
    pinned = set().union(*(names(lock.read_text("utf-8").splitlines()) for lock in locks))
    assert {name: at for name, at in imported(folder).items() if name not in pinned} == {}


def test_the_longest_files_of_tests_are_there():
    """Each of those that begin first, once: an old name would be passed over."""
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)
