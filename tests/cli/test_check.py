"""`topcheck check` over files and folders of bodies and recordings: a line each, and the totals."""

import json
import os
import shlex
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from click.testing import CliRunner

from benchmarks.corpora import Corpus
from tests.gateway.recorded import (
    METHOD,
    OURS,
    PACKED,
    RIGHT,
    answer,
    archive,
    asking,
    cassette,
    entry,
    interaction,
)
from topcheck.cli import check as command
from topcheck.cli.commands import commands
from topcheck.judge.response import ResponseJudge
from topcheck.judge.shapes.guard import Shapes

#: A picture: no text at all.
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06"
GZIP = {"Content-Encoding": ["gzip"]}


def check(*arguments, stdin=b""):
    """Run the command in this process; return its code, its lines, and those of its errors."""
    words = ["check", *map(str, arguments)]
    run = CliRunner().invoke(commands, words, input=stdin, standalone_mode=False)
    assert run.exception is None, run.exception
    return run.return_value, run.stdout.splitlines(), run.stderr.splitlines()


def ndjson(*arguments):
    """Run the command; return its code, the judgements, and the lines of its errors."""
    code, lines, errors = check("--output", "ndjson", *arguments)
    return code, [json.loads(line) for line in lines], errors


def put(folder, files):
    """Write files, each given as bytes, text, or as the data of a recording."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, bytes | str):
            held_as_json = path.suffix in (".json", ".har")
            content = json.dumps(content) if held_as_json else yaml.safe_dump(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture
def folder(tmp_path):
    """A folder with one of everything, in its order."""
    return put(tmp_path / "everything", {
        "a-body.json": RIGHT,
        "b-empty.xml": b"",
        "c-picture.png": PNG,
        "d-two.yaml": cassette(interaction(), interaction(PACKED, headers=GZIP)),
        "deep/er/e.har": archive(entry(form="a=b"), entry(checkout_id="3")),
        ".hidden.json": "{",
        ".git/config": "no body",
    })  # fmt: skip


def test_each_file_of_a_folder_has_its_line(folder):
    """Bodies, a cassette with one exchange in gzip, an archive, an empty file and a picture."""
    code, lines, errors = check(folder)
    heads = [line for line in lines if not line.startswith("  ")]
    assert heads == [
        f"{folder}/a-body.json: conforms",
        f"{folder}/b-empty.xml: violates",
        f"{folder}/c-picture.png: violates",
        f"{folder}/d-two.yaml, exchange 0: conforms",
        f"{folder}/d-two.yaml, exchange 1: conforms",
        f"{folder}/deep/er/e.har, exchange 1: conforms",
        "6 answers in 5 files: 4 conforms, 2 violates",
    ]
    assert sum("wire.body.type" in line for line in lines) == 2
    assert errors == [
        f"topcheck: {folder}/deep/er/e.har: passed over: 1 of 2 exchanges, no calls of TOP"
    ]
    assert code == 1


def test_ndjson_is_a_line_a_body_or_exchange(folder):
    """Only exchanges are numbered, from 0; nothing else is on standard output."""
    code, found, errors = ndjson(folder)
    assert [(Path(one["file"]).name, one.get("exchange")) for one in found] == [
        ("a-body.json", None), ("b-empty.xml", None), ("c-picture.png", None), ("d-two.yaml", 0),
        ("d-two.yaml", 1), ("e.har", 1),
    ]  # fmt: skip
    assert [list(one) for one in found[:1] + found[3:4]] == [
        ["file", "verdict", "findings"], ["file", "exchange", "verdict", "findings"],
    ]  # fmt: skip
    wrong = {f["clause"] for one in found for f in one["findings"]}
    assert (code, wrong, len(errors)) == (1, {"wire.body.type"}, 1)


@pytest.mark.parametrize("name", ["a", "a.json", "a.xml", "a.txt", "a.png"])
@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe\x00", PNG,
                                  b"\xff\xd8\xff\xe0\x00\x10JFIF", b"GIF89a", b"BM6",
                                  b"%PDF-1.4", b"PK\x03\x04"])  # fmt: skip
@pytest.mark.parametrize("asked", [[], ["--format", "json"], ["--format", "xml"]])
def test_what_is_no_text_of_a_format_is_of_no_type(tmp_path, name, body, asked):
    """Whatever it is called, and whatever was asked for."""
    path = tmp_path / name
    path.write_bytes(body)
    code, (found,), _errors = ndjson(*asked, path)
    assert (code, [one["clause"] for one in found["findings"]]) == (1, ["wire.body.type"])


def test_an_exchange_without_a_response_is_one_line_and_2_after_the_others(folder):
    """The others of the folder are judged all the same, and the totals count what was not read."""
    put(folder, {"b-cut.yml": cassette(interaction(), {"request": interaction()["request"]})})
    code, lines, errors = check(folder)
    assert code == 2
    assert errors[0] == (f"topcheck: {folder}/b-cut.yml: exchange 1: an exchange without a "
                         "response; record it anew, or take it away")  # fmt: skip
    assert lines[-1] == "6 answers in 5 files: 4 conforms, 2 violates; 1 not read"
    assert not any("b-cut" in line for line in lines)


def test_what_shows_between_reads_stands_at_the_later_one(tmp_path):
    """In one file, and between files whose times order them."""
    less = answer(paid_fee=99)
    times = [OURS | {"recorded_at": f"2026-11-25T09:36:2{n}Z"} for n in range(3)]
    put(tmp_path, {
        "one.yaml": cassette(interaction(), interaction(less)),
        "x/late.json": cassette(interaction(less), metadata=times[2]),
        "x/soon.yml": cassette(interaction(), metadata=times[1]),
    })  # fmt: skip
    code, found, _errors = ndjson(tmp_path)
    shown = {(Path(one["file"]).name, one["exchange"]): [f["clause"] for f in one["findings"]]
             for one in found}  # fmt: skip
    shrunk = ["exchange.paid_fee.accumulates"]
    assert shown == {("one.yaml", 0): [], ("one.yaml", 1): shrunk, ("late.json", 0): shrunk,
                     ("soon.yml", 0): []}  # fmt: skip
    assert code == 1
    assert ndjson(tmp_path / "x/late.json")[0] == 0
    assert ndjson(tmp_path / "x/late.json", tmp_path / "x/soon.yml")[0] == 1
    lines = check(tmp_path / "x")[1]
    assert f"  read together with {tmp_path}/x/soon.yml" in lines
    assert not any("together" in line for line in check(tmp_path / "one.yaml")[1])


@pytest.mark.parametrize(("level", "code"), [("violation", 0), ("drift", 1), ("advisory", 1)])
def test_a_recording_fails_from_the_weight_that_is_asked_for(tmp_path, level, code):
    """As a body does."""
    put(tmp_path, {"a.yaml": cassette(interaction(RIGHT.replace("100", "1e2")))})
    assert check("--fail-on", level, tmp_path)[0] == code


#: A session as an answer may repeat it.
REPEATED = {"as it is": "{0}", "among other words": "bad session {0}!", "escaped": "{1}",
            "by a URL": "{2}", "cut off": "{3}{0}"}  # fmt: skip


@pytest.mark.parametrize("written", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("name", ["a.har", "a.yaml"])
def test_a_recorded_secret_that_is_answered_is_not_shown(tmp_path, name, written):
    """An answer that repeats session, signature or key of its request: none is told, in no form."""
    hidden = "6100e0b/支付 secret"
    escaped = "".join(f"\\u{ord(char):04x}" for char in hidden)
    told = written.format(hidden, escaped, quote(hidden, safe=""), "x" * 68)
    for member in ("session", "sign", "app_key", "app_secret"):
        form = asking(**{member: hidden})
        body = answer(checkout_status="TOLD").replace("TOLD", told)
        exchange = archive(entry(form, text=body)) if name == "a.har" else cassette(
            interaction(body, form))  # fmt: skip
        path = put(tmp_path, {name: exchange}) / name
        for output in ("text", "ndjson"):
            code, lines, _ = check("--output", output, path)
            assert code == 1
            said = "\n".join(lines)
            assert "checkout_status.enum" in said
            assert "(secret)" in said
            assert not any(part in said for part in ("6100e0b", "6100", "支付 s", "0062")), said


@pytest.mark.parametrize("member", ["session", "sign", "app_key", "app_secret"])
@pytest.mark.parametrize(
    "body", ['{{"error_response":{{"code":15,"msg":"x","{0}":"6100e0b"}}}}',
             "<error_response><code>15</code><msg>x</msg><{0}>6100e0b</{0}></error_response>"],
    ids=["json", "xml"],
)  # fmt: skip
def test_a_member_that_is_secret_by_its_name_is_told_without_its_value(member, body):
    """An answer that nobody documented to hold it: its name is told, and its place."""
    code, lines, _ = check("-", stdin=body.format(member).encode())
    assert code == 0
    assert f"      actual    a member {member}: (secret)" in lines
    assert "6100" not in "".join(lines)
    _, plain, _ = check("-", stdin=body.format("other").encode())
    assert any('a member other: "6100e0b"' in line for line in plain)


def test_a_recording_is_told_by_its_content(tmp_path):
    """Whatever it is called, wherever it comes from; what bodies are asked for, it is not."""
    put(
        tmp_path,
        {"a.txt": json.dumps(archive(entry())), "b": yaml.safe_dump(cassette(interaction()))},
    )
    code, lines, errors = check("--format", "xml", "--simplify", tmp_path)
    assert (code, errors, lines[-1]) == (0, [], "2 answers in 2 files: 2 conforms")
    for content in (archive(entry()), cassette(interaction())):
        code, lines, errors = check("-", stdin=json.dumps(content).encode())
        assert (code, lines, errors) == (0, ["-, exchange 0: conforms"], [])


#: Bodies, and what is said of each as an answer to `simplify=true`, None where nothing is.
WITHOUT_A_ROOT = {
    '{"result":{"model":{"paid_fee":100}}}': "conforms",
    '{"result":{"success":true,"model":{"paid_fee":-1}}}': "advisory",
    '{"result":{"new":1,"success":true,"model":{"checkout_status":"INIT"}}}': "drift",
    '{"result":{"model":{"paid_fee":"100"}}}': None,
    '{"x":1}': None,
    '{"error_response":{"code":15}}': None,
    RIGHT: None,
    "[]": None,
}


@pytest.mark.parametrize(("body", "verdict"), WITHOUT_A_ROOT.items())
def test_an_answer_without_its_root_is_told_how_to_be_judged(body, verdict):
    """Where it is right but for the root that `simplify=true` takes away, and to people only."""
    told = [f"  with --simplify: {verdict} (an answer without its root)"] if verdict else []
    *_, last = check("-", stdin=body.encode())[1]
    assert [line for line in [last] if "--simplify" in line] == told
    for options in (["--simplify"], ["--output", "ndjson"]):
        assert "with --simplify" not in str(check(*options, "-", stdin=body.encode())[1])


def test_a_pipe_is_read_once(tmp_path):
    """What a shell hands over in place of a file cannot be opened again."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = yaml.safe_dump(cassette(interaction()))
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    assert check(pipe)[:2] == (0, [f"{pipe}, exchange 0: conforms"])
    writer.join()


def test_a_large_recording_is_read_whole(tmp_path):
    """It holds many answers, each within its limit."""
    many = cassette(*(interaction(answer(result_message="x" * 2**20)) for _ in range(17)))
    put(tmp_path, {"a.json": many})
    code, lines, errors = check(tmp_path)
    assert (code, len(lines), errors) == (0, 17, [])


def test_what_is_of_another_method_is_told_by_name(tmp_path):
    """It is not judged, and a call that judged nothing decides nothing."""
    other = interaction("{}", asking(method="taobao.time.get"))
    put(tmp_path, {"a.yaml": cassette(other)})
    words = f"passed over: 1 of 1 exchanges, of taobao.time.get, not of {METHOD}"
    said = f"topcheck: {tmp_path}/a.yaml: {words}"
    assert check(tmp_path) == (2, [], [said])
    put(tmp_path, {"b.yaml": cassette(interaction())})
    lines = [f"{tmp_path}/b.yaml, exchange 0: conforms", "1 answer in 2 files: 1 conforms"]
    assert check(tmp_path) == (0, lines, [said])


def test_a_name_that_is_nothing_to_read_is_one_line(tmp_path):
    """A folder without a file in it, a folder that may not be read, and nothing at all."""
    (tmp_path / "empty" / ".hidden").mkdir(parents=True)
    code, lines, errors = check(tmp_path / "empty", tmp_path / "nothing")
    assert (code, lines) == (2, ["0 answers in 0 files: nothing was judged; 2 not read"])
    assert errors == [f"topcheck: {tmp_path}/empty: there is no file in this folder",
                      f"topcheck: {tmp_path}/nothing: No such file or directory"]  # fmt: skip


@pytest.fixture
def counted(monkeypatch):
    """The bodies that went to the reference."""
    bodies, judge = [], ResponseJudge.judge

    def counting(self, body, *given, **more):
        bodies.append(body)
        return judge(self, body, *given, **more)

    monkeypatch.setattr(ResponseJudge, "judge", counting)
    return bodies


@pytest.mark.parametrize(("faults", "most", "options"), [
    (0.02, 0.6, ()), (0.02, 0.6, ("--output", "ndjson")), (0.02, 1.6, ("--format", "json")),
    (1, 2.1, ()),
])  # fmt: skip
def test_many_bodies_are_judged_by_shapes(tmp_path, monkeypatch, counted, faults, most, options):
    """What is printed is what the reference says of each; where most err it alone is asked."""
    corpus, written = Corpus("many", faults=faults), 0
    for fmt, count in (("json", 400), ("xml", 50)):
        for number, body in enumerate(corpus.bodies(fmt, count)):
            forms = {7: body + "\n", 8: body.replace('","', '",\r\n "')}
            held = forms.get(number % 10, body) if fmt == "json" else body
            put(tmp_path, {f"{fmt}/{number:03}.{fmt}": held})
            written += 1
    found = check(*options, tmp_path)
    assert len(counted) < most * written
    monkeypatch.setattr(command._Check, "_conforms", lambda *_: False)
    assert check(*options, tmp_path) == found
    assert found[0] == 1


def test_a_shape_that_disagrees_is_no_verdict(tmp_path, monkeypatch):
    """It ends the call: what it said before may be wrong as well."""
    from topcheck.judge.shapes.guard import ShapeDisagreement

    def disagreeing(_self, body):
        raise ShapeDisagreement(body, "one", "another")

    monkeypatch.setattr(Shapes, "judge_one", disagreeing)
    put(tmp_path, {"a.json": "{}"})
    run = CliRunner().invoke(commands, ["check", str(tmp_path)])
    assert (run.exit_code, run.stdout) == (1, "")
    assert isinstance(run.exception, ShapeDisagreement)


BODY, ENVELOPE = RIGHT, json.dumps({"ts": 1, "body": "{}"})
IN_XML = "<error_response><code>15</code><msg>x</msg></error_response>"
#: Files of a record a line, by their names, and how many of these an audit judges.
OF_LINES = {
    "a.ndjson": (f"{BODY}\n{BODY}\n", 2), "b.json": (f"{BODY}\n{BODY}", 2),
    "c": (f"\ufeff{BODY}\r\n\n{BODY}", 2), "d.jsonl": (f"{ENVELOPE}\n{ENVELOPE}", 2),
    "one.ndjson": (ENVELOPE, 1), "e.xml": (f"{IN_XML}\n{IN_XML}", 2),
    "cut.ndjson": (f'{{"body"\n{ENVELOPE}', 1), "a blank.log": ('{"a":1}\n{"a":2}\n{"a"', 3),
}  # fmt: skip
#: Files of one body, whatever is wrong with it.
OF_ONE_BODY = {
    "a.json": "{}", "b.json": BODY[:-1], "c.json": BODY + "}", "d.json": f"{BODY}\nbehind it",
    "e.json": json.dumps({"x": RIGHT}, indent=1), "f.json": "[\n{},\n{}\n]", "g": "{}",
    "h.xml": "<a>\n<b/>\n</a>", "i": "", "j": "x\ny", "k.json": '{\n"a": {}\n',
    "l.ndjson": "", "m.jsonl": "\n \n",
}  # fmt: skip


def test_the_name_of_a_file_has_one_line(tmp_path, monkeypatch):
    """Whatever stands in it: only the verdict ends the line, and data has it as it is."""
    name = "a\nb\x1b[31m.json"
    put(tmp_path, {name: b"{}"})
    monkeypatch.chdir(tmp_path)
    assert check(name)[1][0] == "a\\u000ab\\u001b[31m.json: violates"
    assert ndjson(name)[1][0]["file"] == name


@pytest.mark.parametrize("name", OF_LINES)
def test_a_file_of_a_record_a_line_names_the_command_that_reads_it(tmp_path, monkeypatch, name):
    """The finding stays, for people one more line follows it, and that command reads the file."""
    text, judged = OF_LINES[name]
    put(tmp_path, {name: text.encode()})
    monkeypatch.chdir(tmp_path)
    code, lines, _ = check(name)
    assert (code, lines[0]) == (1, f"{name}: violates")
    command_line = f"topcheck audit {shlex.quote(name)}"
    assert lines[-1] == f"  a file of a record a line is read by: {command_line}"
    run = CliRunner().invoke(commands, ["audit", name], standalone_mode=False)
    assert run.stdout.splitlines()[-1].split()[0] == str(judged)
    (found,) = ndjson(name)[1]
    assert "audit" not in str(found)
    assert "audit" not in str(check("-", stdin=text.encode())[1])


@pytest.mark.parametrize("name", OF_ONE_BODY)
def test_a_body_is_no_file_of_records(tmp_path, name):
    """Whatever is wrong with it, and however many lines it has."""
    put(tmp_path, {name: OF_ONE_BODY[name].encode()})
    code, lines, _ = check(tmp_path / name)
    assert code == 1
    assert "topcheck audit" not in str(lines)
