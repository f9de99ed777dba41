"""`topcheck vectors`: what is written, that it is the same each time, and what is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from tests.gateway.test_signing import VECTORS
from tests.others.second import written
from tests.workspace import WORKSPACE
from topcheck.cli import vectors
from topcheck.cli.commands import commands
from topcheck.cli.vectors import write_vectors
from topcheck.contract.json_schema import ANNOTATION, body_schema

BODIES = ("response.schema.json", "error_response.schema.json", "response.xsd")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The vectors of our own page."""
    out = tmp_path_factory.mktemp("vectors") / "new" / "folder"
    write_vectors(WORKSPACE, out)
    return out


@pytest.fixture(scope="module")
def index(folder):
    """Their index."""
    return json.loads((folder / "index.json").read_text("utf-8"))


def test_the_index_keeps_its_schema_and_names_every_file(folder, index):
    """Nothing is written that it does not name."""
    schema = json.loads((folder / "index.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(index)
    named = [one["file"] for one in (*index["messages"], *index["signing"])]
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {*named, "index.json", "index.schema.json"}
    assert len(set(named)) == len(named)


def test_every_clause_is_kept_and_broken(index):
    """In each format that can say it, what keeps it is in order, and what breaks it breaks it."""
    shown = {(one["clause"], one["format"], one["side"]) for one in index["messages"]}
    for clause in WORKSPACE.clauses():
        for fmt in ("json", "form") if clause.side == "request" else ("json", "xml"):
            sayable = bool(WORKSPACE.cases_of(clause, fmt))
            assert ((clause.id, fmt, "kept") in shown) == sayable
            assert ((clause.id, fmt, "broken") in shown) == sayable
    for one in index["messages"]:
        assert (one["clause"] in one["clauses"]) == (one["side"] == "broken"), one
        assert (one["verdict"] == "conforms") == (one["side"] == "kept"), one


def test_a_file_has_the_verdict_that_the_index_says(folder, index):
    """The judge of bodies, asked again with what was written."""
    judge = WORKSPACE.judges.response
    bodies = [one for one in index["messages"] if one["schema"] in BODIES]
    assert len(bodies) > 500
    for one in bodies:
        found = judge.judge((folder / one["file"]).read_bytes(), one["format"])
        assert (found.verdict, sorted(found.clauses)) == (one["verdict"], one["clauses"])


def test_a_clause_that_a_schema_names_is_visible(index):
    """What stands in a published schema for a clause is seen by it in some vector."""
    visible = {one["clause"] for one in index["messages"] if one["visible"]}

    def named(schema):
        yield from (one for ids in schema.get(ANNOTATION, {}).values() for one in ids)
        for child in (*schema.get("properties", {}).values(), schema.get("items")):
            yield from named(child) if child else ()

    for side in WORKSPACE.contract.trees:
        for clause in named(body_schema(WORKSPACE.contract, side)):
            assert clause in visible


@pytest.mark.parametrize(("secret", "parameters", "method", "sign"), VECTORS)
def test_the_golden_signatures_are_among_them(folder, index, secret, parameters, method, sign):
    """Those that were made elsewhere, each with its text between the secrets."""
    (one,) = [one for one in index["signing"] if one["sign"] == sign]
    assert one["parameters"] == {**parameters, "sign_method": method}
    assert one["secret"] == secret
    assert one["to_sign"].startswith("app_key")
    sent = dict(parse_qsl((folder / one["file"]).read_text(), keep_blank_values=True))
    assert sent == {**one["parameters"], "sign": sign}


def test_odd_values_are_signed_by_each_method(index):
    """Nothing, Chinese, what is beyond the first plane, a plus, blanks: three signatures each."""
    values = [one["parameters"].get("checkout_id") for one in index["signing"]]
    for value in ("", " ", "  a b ", "a+b", "支付", "😀", "100%25", "a=b&c;d", "a\r\nb", "@a"):
        assert values.count(value) == 3


AGAIN = """
import pathlib, sys
from tests.others.second import written
written("flat", pathlib.Path(sys.argv[1]))
"""


def test_the_bytes_are_the_same_each_time(tmp_path):
    """In another process, with other hashes, in another zone."""
    folders = [tmp_path / "one", tmp_path / "other"]
    written("flat", folders[0])
    there = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", AGAIN, str(folders[1])], env=there, cwd=ROOT, check=True)
    one, other = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*.*")
            if path.is_file()
        }
        for folder in folders
    )
    assert one == other
    assert len(one) > 500


def test_the_command_says_how_many_there_are(tmp_path, monkeypatch):
    """An empty folder may be there already."""
    monkeypatch.setattr(vectors, "vectors", lambda _: ())
    found = CliRunner().invoke(commands, ["vectors", "--out", str(tmp_path)], standalone_mode=False)
    assert (found.return_value, found.output) == (0, f"{tmp_path}: 63 vectors\n")


def refused(out):
    """Run the command; return what it says where it refuses."""
    found = CliRunner().invoke(commands, ["vectors", "--out", str(out)], standalone_mode=False)
    assert found.output == ""
    return str(found.exception)


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    """Hidden or not, file or folder: nothing is added to it."""
    for name in ("notes.txt", ".hidden"):
        other = tmp_path / f"of {name}"
        other.mkdir()
        (other / name).touch()
        assert "is not empty" in refused(other)
        assert [path.name for path in other.iterdir()] == [name]


def test_what_is_no_folder_is_refused(tmp_path):
    """A file in its place, or above it."""
    file = tmp_path / "file"
    file.touch()
    assert "file" in refused(file)
    assert "file" in refused(file / "below")
    assert file.read_bytes() == b""


def test_nothing_is_left_half_written(tmp_path, monkeypatch):
    """Where the disk is full nothing of it is there."""
    monkeypatch.setattr(vectors, "vectors", lambda _: ())
    written = []

    def full(path, content):
        written.append(path)
        if len(written) > 20:
            raise OSError(28, "No space left on device", str(path))
        return len(content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "No space left" in refused(tmp_path / "out")
    assert [*(tmp_path / "out").iterdir()] == []


def test_nothing_is_kept_in_the_working_folder(tmp_path):
    """What draws texts would have Hypothesis keep its tables there, unless somebody says where."""
    words = [sys.executable, "-c", "from topcheck.cli.main import main; main()"]
    clause = "error_response.msg.type"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HYPOTHESIS")}
    subprocess.run([*words, "explain", clause], cwd=tmp_path, env=environment, check=True,
                   capture_output=True)  # fmt: skip
    assert list(tmp_path.iterdir()) == []
