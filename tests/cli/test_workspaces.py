"""Workspaces: one is made of a page, found from below, named, and told which of its methods."""

import os
import re
import shlex
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.test_check import put
from tests.gateway.recorded import cassette, interaction
from tests.in_process import in_process
from tests.liars import Reference
from tests.page_builder import page, read, row
from tests.warm import run_pytest, run_topcheck
from topcheck import system
from topcheck.cli import derive, workspaces
from topcheck.cli.main import main
from topcheck.cli.packaged import has_tests
from topcheck.cli.session import REPEAT, FailedTest, RunRecorder
from topcheck.cli.workspaces import nearest_workspace, refuse_to_write
from topcheck.contract import files
from topcheck.contract.inferred import OrderTable, read_order, reads_only
from topcheck.contract.page.read import derive_contract
from topcheck.gateway.client import Credentials
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.faults.transport import transport_faults
from topcheck.gateway.sandbox import Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.driver import DriverError
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.runner import smoke
from topcheck.wire.write import write_json
from topcheck.workspace import WorkspaceError, home, load_workspace, pages_of

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests" / "pages"
FLAT, WRITES, OBJECTS = (
    PAGES / f"{name}.txt" for name in ("flat", "list_of_objects_in_request", "object_parameter")
)
SHELF, RECEIPT, ROUTE = (
    "taobao.toy.shelf.get",
    "taobao.toy.receipt.create",
    "taobao.toy.route.search",
)
OURS = "alibaba.alisports.lianbei.xpos.querystatus"


@pytest.fixture
def topcheck(monkeypatch, capsys):
    """Run the command in this process, and return its exit code and what it wrote."""

    def run(*words, cwd=None):
        if cwd:
            monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["topcheck", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def workspace(tmp_path, topcheck):
    """Make a workspace of some pages in an empty folder."""

    def make(*pages):
        folder = tmp_path / "workspace"
        folder.mkdir(exist_ok=True)
        for one in pages:
            assert topcheck("derive", one, cwd=folder)[0] == 0
        return folder

    return make


def body_of(folder, method=None):
    """Return the page's own answer."""
    return write_json(load_workspace(folder, method=method).sample)


def one_line(found):
    """Return the line that a run ends with, which is all that it says."""
    code, out, err = found
    assert (code, out, err.count("\n")) == (2, "", 1), (code, out, err)
    return err.removeprefix("topcheck: ").rstrip("\n")


# ------------------------------------------------------------------ made by derive


def test_derive_makes_a_workspace_of_an_empty_folder(tmp_path, topcheck):
    """The page is copied, the rules are empty, and the other commands know the method at once."""
    code, out, err = topcheck("derive", FLAT, cwd=tmp_path)
    assert (code, err, len(out.splitlines())) == (0, "", 2)
    told = out.splitlines()[1]
    assert told.startswith(
        "next: topcheck gate tests the contract, topcheck serve runs its sandbox"
    )
    assert told.endswith(str(Path("schemas", SHELF, "inferred.toml")))
    folder = tmp_path / "schemas" / SHELF
    derived = files.derived_files(load_workspace(tmp_path).contract)
    written = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {folder / name for name in ("page.txt", "inferred.toml", *derived)}
    assert (folder / "page.txt").read_bytes() == FLAT.read_bytes()
    rules = (folder / "inferred.toml").read_text("utf-8")
    assert tomllib.loads(rules) == {}
    assert all(line.startswith("#") for line in rules.splitlines())
    (tmp_path / "right.json").write_bytes(body_of(tmp_path))
    (tmp_path / "wrong.json").write_bytes(body_of(tmp_path).replace(b"true", b'"yes"'))
    found = f"topcheck: {SHELF}, of the workspace {tmp_path}\n"
    assert topcheck("check", "right.json") == (0, "right.json: conforms\n", found)
    code, out, err = topcheck("check", "--output=ndjson", "wrong.json")
    assert (code, "response.is_open.type" in out, err) == (1, True, found)
    assert topcheck("derive", folder / "page.txt", "--check") == (0, "", "")


def test_the_whole_gate_of_another_method(workspace, monkeypatch):
    """Said to be fit in its own folder, from anywhere below; nothing is written there."""
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY")
    folder = workspace(FLAT)
    below = folder / "deep" / "er"
    below.mkdir(parents=True)
    before = sorted(folder.rglob("*"))
    found = run_topcheck("gate", cwd=below)
    assert found.returncode == 0, found.stdout[-3000:]
    assert found.stdout.endswith("verdict: may ship\n")
    assert re.search(r"(\d+) clauses: \1 held, 0 broken, 0 not observed", found.stdout)
    assert found.stderr == f"topcheck: {SHELF}, of the workspace {folder}\n"
    assert sorted(folder.rglob("*")) == before


def test_the_examples_of_the_empty_rules_are_read():
    """Each of them is right once its # is gone."""
    text = (ROOT / "topcheck" / "contract" / "inferred.template.toml").read_text("utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    given = "\n".join(line for line in lines if re.match(r"\[|[\w.]+ = ", line))
    assert tomllib.loads(given).keys() == {"rule", "flow", "types", "order", "method"}
    states = row("state", example="OPEN", text="OPEN(a), CLOSED(b), CANCELED(c)")
    order = row("order", "O", states, row("closed_at"), row("sum", "Money"))
    toy = page([order, row("is_success", "Boolean")], [row("order_no")])
    contract = derive_contract(read(toy, {"Money": "decimal"}), given)
    named = read_order(given, contract.request, contract.response)
    assert named == OrderTable(("order_no",), ("is_success",))
    assert {"response.order.closed_at.present", "exchange.state.terminal"} <= contract.by_id.keys()


def test_the_empty_rules_name_nothing_of_our_own_method():
    """They are about any method."""
    text = (ROOT / "topcheck" / "contract" / "inferred.template.toml").read_text("utf-8")
    contract = load_workspace(home()).contract
    trees = contract.response, contract.request
    names = {field.name for tree in trees for field in tree.walk() if "_" in field.name}
    assert not [name for name in names if name in text]


def test_derive_writes_where_the_page_is_at_home(workspace, topcheck, tmp_path):
    """Beside it where its contract is, else in the workspace found, else where it is told."""
    folder = workspace(FLAT)
    method = folder / "schemas" / SHELF
    (method / "response.xsd").unlink()
    assert topcheck("derive", method / "page.txt", cwd=tmp_path)[0] == 0  # beside it
    assert (method / "response.xsd").exists()
    (folder / "sub").mkdir()
    code, out, _ = topcheck("derive", WRITES, cwd=folder / "sub")  # in the workspace found
    assert (code, out.startswith(str(folder / "schemas" / RECEIPT))) == (0, True)
    assert f"topcheck gate --method={RECEIPT} " in out
    assert topcheck("derive", FLAT, "--out", tmp_path / "out")[0] == 0
    assert not (tmp_path / "out" / "page.txt").exists()
    assert not (tmp_path / "schemas").exists()


def test_derive_writes_over_nothing_that_people_wrote(workspace, topcheck):
    """Rules stay; where another text of the page takes its place, what it was is kept."""
    folder = workspace(FLAT)
    method = folder / "schemas" / SHELF
    (method / "inferred.toml").write_text("# mine\n", "utf-8")
    assert topcheck("derive", FLAT)[0] == 0
    assert (method / "inferred.toml").read_text("utf-8") == "# mine\n"
    (folder / "new.txt").write_text(FLAT.read_text("utf-8").replace("可选", "必须"), "utf-8")
    code, out, _ = topcheck("derive", "new.txt")
    kept = "page.txt was another text: it is kept as page.before.txt"
    assert (code, kept in out, "next:" in out) == (0, True, False)
    assert (method / "page.before.txt").read_bytes() == FLAT.read_bytes()
    assert (method / "page.txt").read_bytes() == (folder / "new.txt").read_bytes()
    assert (method / "inferred.toml").read_text("utf-8") == "# mine\n"
    assert topcheck("derive", method / "page.txt", "--check")[0] == 0


def test_derive_never_writes_into_the_package(workspace, topcheck, monkeypatch):
    """A folder of it is refused, even one that is named; a page of it is derived elsewhere."""
    folder = workspace(FLAT)
    method = folder / "schemas" / SHELF
    monkeypatch.setattr(derive, "is_installed", lambda one: one.resolve().is_relative_to(folder))
    way_out = "is in the installed package: name a folder: --out DIR"
    assert one_line(topcheck("derive", WRITES, cwd=folder)).endswith(way_out)
    assert one_line(topcheck("derive", FLAT, "--out", method)).endswith(way_out)
    (folder.parent / "mine").mkdir()
    assert topcheck("derive", method / "page.txt", cwd=folder.parent / "mine")[0] == 0
    assert [path.name for path in pages_of(folder.parent / "mine").values()] == [SHELF]


def test_a_page_that_is_refused_makes_no_workspace(tmp_path, topcheck):
    """Nothing is written, and a folder that cannot be written whole is none either."""
    (tmp_path / "cut.txt").write_text(FLAT.read_text("utf-8")[:200], "utf-8")
    code, out, err = topcheck("derive", "cut.txt", cwd=tmp_path)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["cut.txt"]
    (tmp_path / "schemas" / SHELF / "response.xsd").mkdir(parents=True)
    found = run_topcheck("derive", FLAT, cwd=tmp_path)
    assert (found.returncode, found.stderr.count("\n")) == (2, 1)
    assert pages_of(tmp_path) == {}


def test_a_type_is_given_before_there_is_a_workspace(tmp_path, topcheck):
    """The refusal names the file, which need not be there yet."""
    (tmp_path / "toy.txt").write_text(page([row("sum", "Money")]), "utf-8")
    code, _, err = topcheck("derive", "toy.txt", cwd=tmp_path)
    told = re.search(r'say what it is in (\S+): \[types\] (Money = "\w+")', err)
    assert (code, told[1]) == (1, "schemas/taobao.toy.get/inferred.toml")
    Path(told[1]).parent.mkdir(parents=True)
    Path(told[1]).write_text(f"[types]\n{told[2]}\n", "utf-8")
    assert topcheck("derive", "toy.txt")[0] == 0
    assert load_workspace(tmp_path).contract.response.fields["sum"].family == "decimal"


# ------------------------------------------------------------------ found


#: Where a page lies, where else something is, where the search begins, and whether it is found.
FOUND = {
    "here": ("a", None, "a", "a"),
    "above": ("a", None, "a/b/c", "a"),
    "the nearest": ("a/b a", None, "a/b/c", "a/b"),
    "nowhere": ("", None, "a", None),
    "in the folder of a repository": ("a", "a/.git/", "a/b", "a"),
    "in that of a worktree": ("a", "a/.git", "a/b", "a"),
    "above a repository": ("a", "a/b/.git/", "a/b/c", None),
    "above a worktree": ("a", "a/b/.git", "a/b", None),
    "below": ("a/b", None, "a", None),
    "in the home folder, from there": ("home", None, "home", "home"),
    "in the home folder, from below": ("home", None, "home/b", None),
    "above the home folder": (".", None, "home/b", None),
    "below the home folder": ("home/b", None, "home/b/c", "home/b"),
    "another user's": ("other", None, "other/b", None),
    "another user's, from there": ("other", None, "other", None),
    "above another user's": ("a", None, "a/other/b", None),
    "below another user's": ("other/b", None, "other/b/c", "other/b"),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_nearest_workspace_is_found(name, tmp_path, monkeypatch):
    """From the working folder upwards, as far as what lies there is the user's own."""
    pages, more, start, found = FOUND[name]
    for folder in ("home/b", "a/b/c", "other/b/c", "a/other/b"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    for folder in pages.split():
        put(tmp_path, {f"{folder}/schemas/m/page.txt": "a page"})
    if more and more.endswith("/"):
        (tmp_path / more).mkdir()
    elif more:
        put(tmp_path, {more: "gitdir: elsewhere"})
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(workspaces, "is_of_another", lambda one: one.name == "other")
    assert nearest_workspace(tmp_path / start) == (tmp_path / found if found else None)


def test_whose_a_folder_is(tmp_path, monkeypatch):
    """It is of who made it; what cannot be looked at is not ours."""
    assert not system.is_of_another(tmp_path)
    assert system.is_of_another(tmp_path / "nowhere")
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert system.is_of_another(tmp_path)


def test_another_users_workspace_is_passed_by_and_said(workspace, topcheck, monkeypatch):
    """It is used where it is named."""
    folder = workspace(FLAT)
    (folder / "body.json").write_bytes(body_of(folder))
    monkeypatch.setattr(workspaces, "is_of_another", lambda one: one == folder)
    code, _, err = topcheck("check", "body.json")
    said = f"topcheck: {folder} is another user's: --workspace names it if you trust it\n"
    assert (code, err) == (1, said)
    assert topcheck("check", "body.json", "--workspace=.")[0] == 0


def test_the_packages_own_is_used_where_there_is_none(topcheck, tmp_path):
    """In silence: nothing was found."""
    (tmp_path / "body.json").write_bytes(body_of(home()))
    assert topcheck("check", "body.json", cwd=tmp_path) == (0, "body.json: conforms\n", "")
    assert topcheck("check", "body.json", f"--method={OURS}")[0] == 0


def test_a_workspace_is_named(workspace, topcheck, tmp_path):
    """From anywhere; a folder that is none is told with what makes one."""
    folder = workspace(FLAT)
    (tmp_path / "body.json").write_bytes(body_of(folder))
    assert topcheck("check", "body.json", cwd=tmp_path)[0] == 1
    assert topcheck("check", "body.json", "--workspace=workspace")[0] == 0
    none, nowhere = "it has no schemas/*/page.txt", "there is no such folder"
    for name, why in {"nowhere": nowhere, "body.json": none, "workspace/schemas": none}.items():
        said = one_line(topcheck("check", "body.json", f"--workspace={name}"))
        assert said.startswith(f"{name} is no workspace: {why}; topcheck derive PAGE makes one")


@pytest.mark.parametrize(
    ("example", "because"),
    [("40", []), ("40.5", ['page.txt:19: capacity: its example is "40.5", and not a whole number: '
                           "topcheck gate cannot pass until page.txt has another, in the table "
                           "and in the sample"])],
)  # fmt: skip
def test_a_page_that_contradicts_itself_is_the_first_reason(tmp_path, topcheck, example, because):
    """Before all the tests that fail for it; of a page that does not, nothing is said."""
    page = tmp_path / "page.txt"
    page.write_text(FLAT.read_text("utf-8").replace("40", example), "utf-8")
    assert topcheck("derive", page, cwd=tmp_path)[0] == 0
    config = SimpleNamespace(stash={REPEAT: lambda *_: "again"}, getoption={
        "--fail-on": "violation", "--sdk": (), "--gateway": None, "--clause": ()}.get)  # fmt: skip
    recorder = RunRecorder(config, load_workspace(tmp_path))
    recorder.ledger.record("response.capacity.type", "schema", True)
    recorder.failed["contract_tests/test_blind_spots.py::one"] = FailedTest("no")
    told = [*because, "contract_tests/test_blind_spots.py::one failed"]
    assert recorder.outcome().reasons == tuple(told)


# ------------------------------------------------------------------ several methods


@pytest.fixture
def two(workspace):
    """A workspace of two methods, and a body of each."""
    folder = workspace(FLAT, OBJECTS)
    for method in (SHELF, ROUTE):
        (folder / f"{method}.json").write_bytes(body_of(folder, method))
    return folder


COMMANDS = {
    "check": ["check", f"{SHELF}.json"],
    "serve": ["serve", "--list-faults"],
    "serve on a port": ["serve", "--port=0"],
    "record": ["gate", "--record"],
    "gate": ["gate"],
    "pytest": None,
}


def said_by(two, topcheck, name, *more):
    """Return the one line that a command says."""
    if name == "pytest":
        found = run_pytest("-p", "topcheck.plugin", "-q", *more, cwd=two)
        return one_line((found.returncode, found.stdout, found.stderr)).removeprefix("Exit: ")
    if name == "gate":
        found = run_topcheck(*COMMANDS[name], *more, cwd=two)
        out = found.stdout.replace("\nverdict: could not be decided\n", "")
        return one_line((found.returncode, out, found.stderr)).removeprefix("Exit: ")
    return one_line(topcheck(*COMMANDS[name], *more))


@pytest.mark.parametrize("name", COMMANDS)
def test_two_methods_and_none_named(two, topcheck, name):
    """One line says which there are, and how one is named."""
    said = said_by(two, topcheck, name)
    assert said == f"{two} has several methods: {ROUTE}, {SHELF}; name one with --method"


@pytest.mark.parametrize("name", ["check", "serve", "record", "gate"])
def test_a_method_that_is_not_there(two, topcheck, name):
    """One line says which there are."""
    said = said_by(two, topcheck, name, "--method=taobao.toy.shelf")
    assert said == f"{two} has no method taobao.toy.shelf; there are: {ROUTE}, {SHELF}"


def test_a_method_is_chosen(two, topcheck):
    """Each body is judged by the contract of the method that is named."""
    for method, other in ((SHELF, ROUTE), (ROUTE, SHELF)):
        code, out, err = topcheck("check", f"--method={method}", f"{method}.json")
        found = f"topcheck: {method}, of the workspace {two}\n"
        assert (code, out, err) == (0, f"{method}.json: conforms\n", found)
        assert topcheck("check", f"--method={method}", f"{other}.json")[0] == 1
    code, out, _ = topcheck("serve", f"--method={ROUTE}", "--list-faults")
    assert (code, "conditional.query" in out) == (0, True)


def test_a_method_has_the_name_that_its_page_gives(two, topcheck):
    """Its folder may be called otherwise."""
    (two / "schemas" / SHELF).rename(two / "schemas" / "shelf")
    for name in ("shelf", SHELF):
        assert topcheck("check", f"--method={name}", f"{SHELF}.json")[0] == 0


def test_a_request_is_diagnosed_by_a_method_that_is_named(two, topcheck, monkeypatch):
    """Without one it is anybody's."""
    monkeypatch.setenv("TOP_APP_SECRET", "helloworld")
    curl = (ROOT / "docs" / "refused.curl").read_text("utf-8")
    (two / "request").write_text(curl, "utf-8")
    said = topcheck("diagnose", "request")
    assert "invalid.method" not in said[1]
    code, out, _ = topcheck("diagnose", f"--method={SHELF}", "request")
    assert (code, "invalid.method" in out) == (1, True)
    assert "several methods" in one_line(topcheck("diagnose", "--workspace=.", "request"))


# ------------------------------------------------------------------ half-written


RULE = """
[[rule]]
id = "response.capacity.consistent"
then = { "capacity" = { min = 0 } }
why = "none has less than no room"
kept = { "capacity" = 0 }
broken = { "capacity" = -1 }
"""
FLOW = '[[flow]]\npath = "shelf_name"\nstages = [["a"], ["b"]]\nwhy = "so"\n'
#: What is wrong with a workspace: a file, what becomes of its text (None: it goes), what is said.
HALF_WRITTEN = {
    "no contract": ("contract.json", lambda _: None, "contract.json is missing"),
    "an empty contract": ("contract.json", lambda _: "", "contract.json is not a contract"),
    "no JSON": ("contract.json", lambda old: old[:-9], "contract.json is not a contract"),
    "a list": ("contract.json", lambda _: "[]", "contract.json is not a contract"),
    "a contract of another page": (
        "contract.json", lambda old: old.replace(SHELF, "taobao.toy.shelves.get"),
        f"contract.json is of taobao.toy.shelves.get, its page of {SHELF}"),
    "another page": (
        "page.txt", lambda _: OBJECTS.read_text("utf-8"),
        f"contract.json is of {SHELF}, its page of {ROUTE}"),
    "a rule that is not derived": (
        "inferred.toml", lambda _: RULE, "contract.json lacks what inferred.toml says"),
    "a flow that is not derived": (
        "inferred.toml", lambda _: FLOW, "contract.json lacks what inferred.toml says"),
}  # fmt: skip


@pytest.mark.parametrize("name", HALF_WRITTEN)
def test_a_half_written_workspace_says_what_to_run(workspace, topcheck, name):
    """One line and 2; what it says mends it, wherever it is run."""
    folder = workspace(FLAT)
    body = body_of(folder)
    file, edit, said = HALF_WRITTEN[name]
    path = folder / "schemas" / SHELF / file
    text = edit(path.read_text("utf-8"))
    path.unlink()
    if text is not None:
        path.write_text(text, "utf-8")
    put(folder, {"body.json": body.decode()})
    found = one_line(topcheck("check", "body.json"))
    assert f"{SHELF}/{said}: derive it" in found
    command = shlex.split(found.rpartition(": ")[2])
    assert topcheck(*command[1:], cwd="/")[0] == 0
    if name != "another page":
        assert topcheck("check", folder / "body.json", cwd=folder)[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule", "not TOML"),
        ("[types]\nMoney = 'x'\n", '[types] Money: "x" is no family'),
        ("[method]\nreads = 'no'\n", '[method]: reads is "no"; give it true or false'),
        ("method = 1\n", "method is a table: write [method]"),
        ("[more]\n", "take more out"),
        ("[[rule]]\nid = 'x'\n", "x: it lacks or misspells"),
        ("why = '\ud800'\n", "is not UTF-8"),
    ],
    ids=["toml", "types", "method", "no table", "another table", "rule", "no text"],
)
def test_rules_that_cannot_be_read_are_named_by_their_file(workspace, topcheck, text, said):
    """One line and 2, with the way out."""
    folder = workspace(FLAT)
    rules = folder / "schemas" / SHELF / "inferred.toml"
    rules.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = one_line(topcheck("check", "-"))
    assert found.startswith(f"{rules}: ")
    assert said in found


# ------------------------------------------------------------------ methods that write


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        *((f"taobao.item.{word}", True) for word in ("get", "query", "list", "search", "find",
                                                      "count", "check", "validate")),
        *((f"taobao.item.{word}", False) for word in ("add", "update", "getall", "querystatus",
                                                       "budget", "GET", "get_", "checkin")),
        ("taobao.item_get", True), ("taobao.item.sku_list_get", True),
        ("taobao.get.update", False), ("taobao.item_get.update", False),
        ("taobao.item.get_and_lock", False), ("taobao.item.get_update", False),
    ],
)  # fmt: skip
def test_a_method_reads_by_the_last_word_of_its_name(name, reads):
    """Exactly by that word, unless its rules say otherwise."""
    assert reads_only(name, "") == reads
    assert reads_only(name, "[method]\n") == reads
    assert reads_only(name, "[method]\nreads = true\n")
    assert not reads_only(name, "[method]\nreads = false\n")


def test_ours_reads_because_its_rules_say_so():
    """Its last word is no word of the list."""
    assert not reads_only(OURS, "")
    assert load_workspace(home()).reads


def test_a_gateway_is_not_asked_for_a_method_that_may_write(workspace):
    """One line and 2 says why, and the way out; then it is asked."""
    folder = workspace(WRITES)
    rules = folder / "schemas" / RECEIPT / "inferred.toml"
    gateway = "--gateway=http://127.0.0.1:9/router/rest"
    for found in (run_topcheck("gate", gateway, cwd=folder),
                  run_pytest("-p", "topcheck.plugin", gateway, cwd=folder)):  # fmt: skip
        assert (found.returncode, found.stderr.count("\n")) == (2, 1), found.stderr
        assert (
            f"--gateway: {RECEIPT} may write: the last word of its name is none of get, q"
            in found.stderr
        )
        assert "would write if a gateway were wrong" in found.stderr
        assert f"say so in {rules}: [method] reads = true" in found.stderr
    rules.write_text("[method]\nreads = true\n", "utf-8")
    environment = {"TOP_APP_KEY": "1", "TOP_APP_SECRET": "helloworld"}
    found = run_topcheck("gate", gateway, cwd=folder, environment=environment)
    assert (found.returncode, "nothing listens there" in found.stderr) == (2, True)


def test_rules_can_say_that_a_method_writes(workspace):
    """Whatever it is called."""
    folder = workspace(FLAT)
    refuse_to_write(load_workspace(folder))
    put(folder, {f"schemas/{SHELF}/inferred.toml": "[method]\nreads = false\n"})
    with pytest.raises(WorkspaceError, match=r"may write, as .*inferred\.toml says, and a test of"):
        refuse_to_write(load_workspace(folder))


# ------------------------------------------------------------------ recordings


def recorded(body, method):
    """Return a recording of a body, whose request names a method, or none."""
    sent = "shelf_id=12&format=json" + ("" if method is None else f"&method={method}")
    return cassette(interaction(body, sent))


def test_a_recording_that_names_no_method_is_of_the_only_one(workspace, topcheck):
    """Where there are several it is of the one that is named."""
    folder = workspace(FLAT)
    right, wrong = body_of(folder).decode(), body_of(folder).decode().replace("true", '"x"')
    put(
        folder,
        {"deep/er/unnamed.yaml": recorded(wrong, None), "named.yaml": recorded(right, SHELF)},
    )
    code, out, _ = topcheck("check", "deep", "named.yaml")
    assert (code, out.splitlines()[-1]) == (1, "2 answers in 2 files: 1 conforms, 1 violates")
    workspace(OBJECTS)
    assert "several methods" in one_line(topcheck("check", "deep"))
    code, out, _ = topcheck("check", "deep", f"--method={SHELF}")
    assert (code, "response.is_open.type" in out) == (1, True)


def test_recordings_of_another_method_are_one_line(workspace, topcheck):
    """However many they are."""
    folder = workspace(FLAT)
    body = body_of(folder).decode()
    put(folder, {f"others/{n}.yaml": recorded(body, ROUTE) for n in range(5)})
    code, out, err = topcheck("check", "others")
    assert (code, out) == (2, "0 answers in 5 files: nothing was judged\n")
    others = f"of {ROUTE}, not of {SHELF}"
    assert err.splitlines()[1:] == [
        f"topcheck: others/0.yaml and 4 files more: passed over: 5 exchanges, {others}"
    ]
    found = run_pytest("-p", "topcheck.plugin", "-q", "--cassettes=others", cwd=folder)
    assert (found.returncode, found.stderr.count("\n")) == (2, 1), found.stderr
    assert f"others: no recording of {SHELF}; others/0.yaml and 4 files more: " in found.stderr


def test_a_page_that_changed_under_its_recordings(workspace, topcheck):
    """One test fails, in one line that says what to run; then all is right again."""
    folder = workspace(FLAT)
    tests = ROOT / "contract_tests" / "test_recorded.py"
    words = (
        "-p",
        "topcheck.plugin",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--workspace={folder}",
        tests,
    )
    assert topcheck("gate", "--record")[0] == 0
    own = folder / "schemas" / SHELF / "page.txt"
    changed = FLAT.read_text("utf-8").replace("locale String 可选", "locale String 必须")
    own.write_text(changed, "utf-8")
    assert topcheck("derive", own)[0] == 0
    found = run_pytest(*words)
    assert (found.returncode, "1 failed" in found.stdout) == (1, True)
    lines = found.stdout.splitlines()
    (failed,) = [line for line in lines if line.startswith("FAILED")]
    assert "::test_the_recordings_are_by_the_contract_of_today" in failed
    said = next(line for line in lines if "before the page changed" in line)
    command = re.search(r"and \d+ others were .*: record them anew: (topcheck gate .*)", said)[1]
    assert topcheck(*command.split()[1:], cwd=ROOT)[0] == 0
    assert run_pytest(*words).returncode == 0


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.txt")), ids=lambda path: path.stem)
def test_any_method_is_recorded(path, tmp_path, topcheck):
    """Whatever its parameters and answers are; what is recorded is judged right."""
    assert topcheck("derive", path, cwd=tmp_path)[0] == 0
    assert topcheck("gate", "--record")[0] == 0
    recordings = list((tmp_path / "cassettes").iterdir())
    assert len(recordings) >= 12
    code, out, _ = topcheck("check", "cassettes")
    assert (code, out.splitlines()[-1]) == (
        0,
        f"{len(recordings)} answers in {len(recordings)} files: {len(recordings)} conforms",
    )


# ------------------------------------------------------------------ pytest


def test_pytest_runs_the_packages_tests_where_there_are_no_own(workspace):
    """In a workspace; tests of the user's own are run where there are some."""
    folder = workspace(FLAT)
    words = ("-p", "topcheck.plugin", "-p", "no:cacheprovider", "-q")
    found = run_pytest(*words, "--clause=exchange.*", cwd=folder)
    assert found.returncode == 0, found.stdout
    assert "9 clauses: 9 held, 0 broken, 0 not observed" in found.stdout
    assert found.stderr == f"topcheck: {SHELF}, of the workspace {folder}\n"
    assert [path.name for path in folder.iterdir()] == ["schemas"]
    put(
        folder,
        {
            "tests/test_mine.py": "def test_mine(workspace):\n"
            f"    assert workspace.contract.method == '{SHELF}'\n"
        },
    )
    found = run_pytest(*words, cwd=folder)
    assert (found.returncode, "1 passed" in found.stdout) == (0, True)


def test_pytest_runs_its_own_tests_in_a_folder_that_is_no_workspace(tmp_path):
    """Nothing is run that was not asked for."""
    found = run_pytest("-p", "topcheck.plugin", "-p", "no:cacheprovider", "-q", cwd=tmp_path)
    assert (found.returncode, "no tests ran" in found.stdout, found.stderr) == (5, True, "")


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("test_a.py", True), ("deep/er/a_test.py", True), ("a.py", False), ("conftest.py", False),
        (".tox/test_a.py", False), ("node_modules/x/test_a.py", False),
        ("env/lib/test_a.py", False), ("venv/test_a.py", False),
    ],
)  # fmt: skip
def test_what_counts_as_tests_of_ones_own(tmp_path, path, there):
    """What pytest would collect."""
    put(tmp_path, {path: "", "env/pyvenv.cfg": ""})
    assert has_tests(tmp_path, ["test_*.py", "*_test.py"], [".*", "node_modules", "venv"]) == there


def test_what_repeats_a_failure_is_run_where_the_user_stands(workspace):
    """By pytest and by the gate: as it is printed, it fails for the same clause again."""
    folder = workspace(FLAT)
    found = load_workspace(folder)
    caller = Credentials("12345678", "helloworld")
    fault = next(
        one for one in transport_faults(found.contract) if one.clause == "wire.http.status"
    )
    gateway = Faulty(fault, found.contract, found.default_orders(), Settings(caller), now)
    environment = {"TOP_APP_KEY": caller.app_key, "TOP_APP_SECRET": caller.app_secret}
    with serving(gateway) as url:
        first = run_pytest("-p", "topcheck.plugin", "-q", "-p", "no:cacheprovider",
                           f"--gateway={url}", "--clause=wire.http.status", "--fail-on=advisory",
                           environment=environment, cwd=folder)  # fmt: skip
        assert first.returncode == 1, first.stdout + first.stderr
        command = shlex.split(re.search(r"repeat +(.*)", first.stdout)[1])
        words = command[command.index("pytest") + 1 :]
        again = run_pytest(*words, environment=environment, cwd=folder)
    assert again.returncode == 1
    assert "wire.http.status" in again.stdout


# ------------------------------------------------------------------ drivers of other methods


class ForAnother(Reference):
    """It calls its own method whatever it is told."""

    def request(self, message):
        return super().request({**message, "method": OURS})


class Prefixed(Reference):
    """It drops the prefix of the method: that is its SDK's fault, and not the driver's."""

    def request(self, message):
        return super().request({**message, "method": message["method"].partition(".")[2]})


class Refusing(Reference):
    """It says that it does not know the method."""

    def call(self, message):
        return {"ok": False, "message": f"{message['method']} is not {OURS}"}


class Failing(Reference):
    """Its SDK has no class for the method."""

    def call(self, _message):
        return {"outcome": "failure", "kind": "client", "message": "no class for it"}


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        (ForAnother, f"it is a driver for another method: it calls {OURS}, and not {SHELF}"),
        (Failing, "it sends nothing to the gateway that it is given: no class for it"),
        (Refusing, f"{SHELF} is not {OURS}"),
    ],
)
def test_a_driver_for_another_method_is_broken(workspace, driver, said):
    """Its one line says so before anything is judged."""
    cases = sdk_cases(load_workspace(workspace(FLAT)))
    with pytest.raises(DriverError) as broken:
        smoke(Sdk("toy", ("toy",), ROOT), cases, in_process(lambda _sdk: driver()))
    assert said in str(broken.value)
    assert "\n" not in str(broken.value)


def test_a_method_that_is_misspelt_is_judged(workspace):
    """Such an SDK has a clause that it breaks."""
    cases = sdk_cases(load_workspace(workspace(FLAT)))
    assert smoke(Sdk("toy", ("toy",), ROOT), cases, in_process(lambda _sdk: Prefixed()))


def test_a_gate_of_a_driver_for_another_method_is_2(workspace):
    """From the command line: one line, and nothing is said of the SDK."""
    folder = workspace(FLAT)
    put(folder, {"driver.py": DRIVER})
    found = run_topcheck("gate", "--sdk={python} driver.py", cwd=folder)
    assert (found.returncode, found.stderr.count("\n")) == (2, 1), found.stderr
    assert "the driver is broken: " in found.stderr
    assert f"this is a driver for {OURS}" in found.stderr


DRIVER = f"""
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["cmd"] == "stop":
        break
    reply = {{"ok": False, "message": "this is a driver for {OURS}"}}
    if message["cmd"] == "start":
        can = {{"formats": ["json"], "sign_methods": ["md5"]}}
        sdk = {{"name": "toy", "version": "1", "language": "Python"}}
        reply = {{"ok": True, "protocol": 1, "sdk": sdk, "can": can}}
    print(json.dumps(reply), flush=True)
"""
