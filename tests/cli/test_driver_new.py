"""`topcheck driver new`: a folder that runs as it is, in each language; and what it refuses.

`make scaffolds` installs and tries one in each language whose tools are there; here that is done
for those that need no compiler.
"""

import json
import os
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.warm import run_topcheck
from topcheck.cli import scaffold
from topcheck.cli.commands import commands
from topcheck.cli.scaffold import KNOWN, MARK, SCAFFOLDS
from topcheck.gateway.server import serving
from topcheck.sdk import driver
from topcheck.sdk.known_failing import read_known
from topcheck.sdk.manifest import read_sdk
from topcheck.wire.exchange import Response
from topcheck.workspace import home

ROOT = Path(__file__).parents[2]
DRIVERS = ROOT / "drivers"
#: What each language needs on the PATH, where that is tried.
TOOLS = {"python": (), "node": ("node",), "java": ("javac", "java"), "go": ("go",),
         "csharp": ("mcs", "mono"), "php": ("php",), "cpp": ("g++",),
         "shell": ("bash", "curl", "openssl", "jq", "xmllint")}  # fmt: skip
TRIED = TOOLS if os.environ.get("ALL_LANGUAGES") else ("python", "node", "shell")
EVERY = pytest.mark.parametrize("language", SCAFFOLDS)


def made(language, folder, *options):
    """Make a driver; return what was printed."""
    found = CliRunner().invoke(commands, ["driver", "new", language, str(folder), *options],
                               standalone_mode=False)  # fmt: skip
    assert found.exception is None, found.exception
    assert found.return_value == 0
    return found.stdout


def manifest(folder):
    """Read what a driver says of itself."""
    return tomllib.loads((folder / "driver.toml").read_text("utf-8"))


@EVERY
def test_a_scaffold_lists_all_its_files(language):
    """What a manifest lists, and itself, is what belongs to the driver: no more, no less."""
    folder = f"drivers/{SCAFFOLDS[language]}"
    found = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, check=False)
    if found.returncode:
        pytest.skip("this is no clone: git knows nothing of the files")
    tracked = {Path(name).name for name in found.stdout.decode().splitlines()}
    assert {*manifest(ROOT / folder)["files"], "driver.toml"} == tracked


@EVERY
def test_the_place_of_the_sdk_is_marked_once(language):
    """One line of one file, in the same words everywhere."""
    folder = DRIVERS / SCAFFOLDS[language]
    texts = [(folder / name).read_text("utf-8") for name in manifest(folder)["files"]]
    marked = [line for text in texts for line in text.splitlines() if MARK in line]
    assert [line.lstrip(" \t/#") for line in marked] == [
        "YOUR SDK HERE: it makes this call; `start` sets it up."
    ]


@EVERY
def test_no_scaffold_knows_a_method(language):
    """It calls whatever it is told to, with whatever parameters."""
    folder = DRIVERS / SCAFFOLDS[language]
    for name in manifest(folder)["files"]:
        assert "alisports" not in (folder / name).read_text("utf-8")


@EVERY
def test_a_new_driver_is_a_copy_with_a_name_of_its_own(language, tmp_path):
    """Its files are those of the reference client; manifest and list bear the folder's name."""
    folder = tmp_path / "my driver"
    said = made(language, folder)
    about, origin = manifest(folder), DRIVERS / SCAFFOLDS[language]
    files = manifest(origin)["files"]
    assert {path.name for path in folder.iterdir()} == {*files, "driver.toml", KNOWN}
    for name in files:
        assert (folder / name).read_bytes() == (origin / name).read_bytes()
    expected = {**manifest(origin), "name": "my-driver"}
    del expected["files"]
    assert about == expected
    assert read_sdk(str(folder)).name == "my-driver"
    known = read_known(folder / KNOWN)
    assert (known.sdk, known.entries) == ("my-driver", ())
    assert "YOUR SDK HERE" in said
    assert f"topcheck driver smoke '{folder}'" in said
    assert f"topcheck gate '--sdk={folder}' '--known-failing={folder / KNOWN}'" in said
    assert (f"cd '{folder}' && {about['install']}" in said) == (about["install"] != "true")


@pytest.mark.parametrize(
    ("folder", "name"),
    [("支付", "sdk"), ('a"b\\c', "a-b-c"), ("x\ny", "x-y"), ("-o", "o"), ("a.b_c", "a.b_c")],
)
def test_a_name_is_one_that_a_gate_can_use(tmp_path, folder, name):
    """Whatever the folder is called, manifest and list are TOML, and agree."""
    made("python", tmp_path / folder)
    assert manifest(tmp_path / folder)["name"] == name
    assert read_known(tmp_path / folder / KNOWN).sdk == name


def test_the_folder_that_one_stands_in_will_do(tmp_path, monkeypatch):
    """If it is empty; its name is not the dot."""
    monkeypatch.chdir(tmp_path)
    said = made("shell", ".")
    assert manifest(tmp_path)["name"] == tmp_path.name
    assert "topcheck driver smoke .\n" in said


def workspace_of(folder, *methods):
    """Make what looks like a workspace from outside; return it."""
    for method in methods:
        (folder / "schemas" / method).mkdir(parents=True)
        (folder / "schemas" / method / "page.txt").write_text("")
    return folder


def test_the_next_commands_name_a_method_where_there_are_several(tmp_path, monkeypatch):
    """The one that is given, else the first, so that each can be pasted as it is."""
    monkeypatch.chdir(workspace_of(tmp_path, "taobao.a.get", "taobao.b.get"))
    for options, named in ([], "taobao.a.get"), (["--method=taobao.b.get"], "taobao.b.get"):
        said = made("shell", tmp_path / named, *options).splitlines()
        assert [line.endswith(f" --method={named}") for line in said[-2:]] == [True, True]


def test_the_next_commands_name_what_was_named(tmp_path, monkeypatch):
    """A workspace elsewhere, and nothing where nothing has to be said."""
    monkeypatch.chdir(workspace_of(tmp_path / "one", "taobao.a.get"))
    assert "--method" not in made("shell", tmp_path / "one" / "driver")
    other = workspace_of(tmp_path / "two", "taobao.a.get", "taobao.b.get")
    said = made("shell", tmp_path / "driver", f"--workspace={other}").splitlines()[-1]
    assert said.endswith(f" --workspace={other} --method=taobao.a.get")


def refused(*arguments, **how):
    """Run the command as a process; return the one line that it says."""
    found = run_topcheck("driver", "new", *arguments, **how)
    assert (found.returncode, found.stdout) == (2, "")
    assert len(found.stderr.splitlines()) == 1
    return found.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [(["driver"], "give a command: new, smoke (see topcheck driver --help)"),
     (["driver", "new"], "Missing argument 'LANGUAGE'"),
     (["driver", "new", "go"], "Missing argument 'DIR'"),
     (["driver", "smoke"], "Missing argument 'COMMAND|DIR'"),
     (["driver", "old"], "No such command 'old'")],
)  # fmt: skip
def test_what_is_not_said_is_asked_for(words, said):
    """In one line, as by every command."""
    found = run_topcheck(*words)
    assert (found.returncode, found.stdout) == (2, "")
    assert len(found.stderr.splitlines()) == 1
    assert said in found.stderr


@pytest.mark.parametrize("language", ["cobol", "Python", "c#", ""])
def test_an_unknown_language_is_refused_with_those_that_there_are(tmp_path, language):
    """In one line, and nothing is made."""
    said = refused(language, tmp_path / "new")
    assert "there are: python, node, java, go, csharp, php, cpp, shell" in said
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path):
    """What stands there may be somebody's work."""
    (tmp_path / "driver.py").write_text("mine")
    assert f"{tmp_path} is not empty" in refused("python", tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_what_cannot_be_written_is_refused(tmp_path):
    """A file, a folder below one, and the folder of the package itself."""
    file = tmp_path / "file"
    file.write_text("")
    assert f"{file}" in refused("python", file)
    assert f"{file / 'new'}" in refused("python", file / "new")
    assert "inside of topcheck" in refused("python", ROOT / "topcheck" / "new")
    assert not (ROOT / "topcheck" / "new").exists()


def test_the_scaffolds_are_found_in_the_package_too(tmp_path, monkeypatch):
    """In an installed package they lie in its own workspace."""
    shutil.copytree(DRIVERS / "python", tmp_path / "home" / "drivers" / "python")
    monkeypatch.setattr(scaffold, "home", lambda: tmp_path / "home")
    made("python", tmp_path / "mine")
    assert (tmp_path / "mine" / "driver.py").exists()
    assert (home() / "drivers" / "python").is_dir()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a function that makes and installs a driver, once in each language."""
    folders = {}

    def of(language):
        if missing := [tool for tool in TOOLS[language] if not shutil.which(tool)]:
            pytest.skip(f"{language} is not tried: there is no {missing[0]}")
        if language not in folders:
            folder = folders[language] = tmp_path_factory.mktemp("new") / language
            made(language, folder)
            run = subprocess.run(["sh", "-c", manifest(folder)["install"]], cwd=folder,
                                 capture_output=True, text=True, check=False)  # fmt: skip
            if run.returncode:
                del folders[language]
                needs = ", ".join(manifest(folder)["apt"])
                pytest.skip(f"{language} is not tried: on Debian it needs {needs}")
        return folders[language]

    return of


@pytest.mark.parametrize("language", TRIED)
def test_a_new_driver_speaks_the_protocol(installed, language):
    """As it stands, once it is installed."""
    found = run_topcheck("driver", "smoke", installed(language))
    assert found.returncode == 0, found.stdout + found.stderr
    last = found.stdout.splitlines()[-1]
    assert last.startswith("it speaks the protocol")
    assert shlex.split(last.partition("; next: ")[2]) == [
        "topcheck", "gate", f"--sdk={installed(language)}",
    ]  # fmt: skip


@pytest.mark.parametrize("language", TRIED if os.environ.get("ALL_LANGUAGES") else ["node"])
def test_a_new_driver_may_ship(installed, language):
    """Its client keeps every clause that it can be asked for: its list is empty."""
    folder = installed(language)
    found = run_topcheck("gate", f"--sdk={folder}", f"--known-failing={folder / KNOWN}")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "verdict: may ship" in found.stdout


class Gateway:
    """Answers whatever is asked with one success, and keeps it."""

    def __init__(self, body=b'{"x_get_response":{"a":1}}'):
        self.requests = []
        self._body = body

    def answer(self, request):
        self.requests.append(request)
        return Response(200, (), self._body)


def called(folder, gateway, **how):
    """Start a driver, let it make one call of some gateway, and return its reply."""
    start = {"cmd": "start", "protocol": 1, "app_key": "1", "app_secret": "s", "session": None}
    call = {"cmd": "call", "seq": 1, "method": "taobao.x.get", "params": {}, "format": "json",
            "sign_method": "md5", "simplify": False, "timeout_ms": 5000, **how}  # fmt: skip
    one = driver.process(read_sdk(str(folder)), "UTC", ())
    with serving(gateway) as url:
        try:
            one.start({**start, "gateway": url})
            reply = one.call(call, lambda: float("inf"))
            one.stop()
            return reply
        finally:
            one.kill()


#: What is given as a parameter, and what stands on the wire: a text, or JSON.
NESTED = {
    "text": ("支付 &=+%,\"", "支付 &=+%,\""),
    "integer": ({"$int": "9007199254740993"}, "9007199254740993"),
    "boolean": (True, "true"),
    "texts": (["a", "b c", ""], "a,b c,"),
    "integers": ([{"$int": "1"}, {"$int": "9007199254740993"}], "1,9007199254740993"),
    "nothing": ([], ""),
    "object": ({"id": {"$int": "9007199254740993"}, "a": "支\"付", "b": [True, {"c": "1"}]},
               {"id": 9007199254740993, "a": "支\"付", "b": [True, {"c": "1"}]}),
    "objects": ([{"id": {"$int": "1"}}, {"id": {"$int": "2"}}], [{"id": 1}, {"id": 2}]),
    "null": (None, None),
}  # fmt: skip


@pytest.mark.parametrize("language", TRIED)
def test_parameters_that_nest_are_sent_as_top_has_them(installed, language):
    """Objects and lists of them as JSON text, lists of others with commas, null not at all."""
    gateway = Gateway()
    params = {name: given for name, (given, _) in NESTED.items()}
    reply = called(installed(language), gateway, params=params)
    assert reply.outcome == "response", reply
    (request,) = gateway.requests
    sent = {name: request.value(name) for name in NESTED}
    for name in ("object", "objects"):
        sent[name] = json.loads(sent[name])
    assert sent == {name: wire for name, (_, wire) in NESTED.items()}


#: Answers in XML, the paths of their lists, and what a client hands over below the root.
IN_XML = {
    "a list of one": ("<ones><string>a</string></ones>", {"ones": {"string": ["a"]}}),
    "an empty list": ("<none/>", {"none": {}}),
    "a list in a list": (
        "<in><goods><good><tags><tag>b</tag></tags></good><good/></goods></in>",
        {"in": {"goods": {"good": [{"tags": {"tag": ["b"]}}, ""]}}},
    ),
    "an object of one": ("<one><string>a</string></one>", {"one": {"string": "a"}}),
    "nothing": ("", {}),
}
LISTS = ["ones", "none", "in.goods", "in.goods.good.tags"]


@pytest.mark.parametrize("language", [name for name in TRIED if name not in ("node", "shell")])
@pytest.mark.parametrize(("text", "body"), IN_XML.values(), ids=IN_XML)
def test_a_list_in_xml_is_one_where_it_is_told_to_be(installed, language, text, body):
    """XML tells a list of one item from an object by nothing; a root may be empty."""
    answer = f"<x_get_response>{text}</x_get_response>".encode()
    reply = called(installed(language), Gateway(answer), format="xml", lists=LISTS)
    assert (reply.outcome, reply.body) == ("response", {"x_get_response": body})
