"""What is said where no record has what was named, or where its body is to be named."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.audit.archives import BAD, GOOD_JSON, GOOD_XML, LINE, ROOT, obj, told, written

RESP = {"ts": 1, "resp": {"payload": LINE.decode(), "code": 200}}
HAS = "; the first one has: ts, resp.payload, resp.code"
NAME_IT = (
    "no record has a documented root, or a text in a member body (--member body=NAME names another)"
)
TAKEN_OUT = "; an answer that is no text is taken out by: jq -c"
#: Records, the members that are named, and what is said.
SAID = [
    ([RESP] * 3, ["body=resp.payloa"], f"no record has the member resp.payloa{HAS}"),
    ([RESP] * 3, ["body=payload"], f"no record has the member payload{HAS}"),
    ([RESP], ["body=resp.code.x"], f"no record has the member resp.code.x{HAS}"),
    ([RESP], ["body=resp"], f"no record has a text in the member resp{HAS}"),
    ([RESP] * 2, ["body=resp.payload", "request=rq"], f"no record has the member rq{HAS}"),
    ([RESP] * 2, ["body=resp.payload", "status=resp.status"],
     f"no record has the member resp.status{HAS}"),
    ([RESP] * 30, ["body=x"], f"none of the first 20 records has the member x{HAS}"),
    ([{}], ["body=x"], "no record has the member x; the first one has: "),
    ([RESP] * 3, [], f"{NAME_IT}{HAS}"),
    ([{"body": {}, "a\x1bb": 1}], [], f"{NAME_IT}; the first one has: body, a\\u001bb"),
    ([{f"m{number}": {} for number in range(50)}], [],
     f"{NAME_IT}; the first one has: {', '.join(f'm{number}' for number in range(12))}"),
    ([{"a": {"b": {"c": {"d": 1}}}}], [], f"{NAME_IT}; the first one has: a.b.c"),
    ([{"ts": 1, "resp": json.loads(LINE)}] * 2, [], f"{NAME_IT}{TAKEN_OUT} .resp"),
    ([{"r": {"body": {"error_response": {}}}}], ["body=r.body"],
     f"no record has a text in the member r.body{TAKEN_OUT} .r.body"),
    ([{"r s": {"error_response": {}}}], [], f"{NAME_IT}; the first one has: r s.error_response"),
]  # fmt: skip
#: The same of which nothing is said.
SILENT = [
    ([RESP], ["body=resp.payload"]),
    ([{"x": 1}, RESP], ["body=resp.payload"]),
    ([RESP, {**RESP, "rq": "method=x"}], ["body=resp.payload", "request=rq"]),
    ([{"body": "{}"}], []),
    ([{"x": 1}, {"body": "{}"}], []),
    ([json.loads(LINE)] * 2, []),
    ([{"x": 1}, json.loads(LINE)], []),
    ([json.loads(LINE)], ["body=x"]),
    ([json.loads(BAD), {"error_response": {}}], []),
]


def said(folder, records, members, output="text"):
    """Audit records, and return what is said beside the answer."""
    path = written(folder, "a.ndjson", "\n".join(map(json.dumps, records)).encode())
    _, answer, errors = told(path, member=tuple(members), output=output)
    assert answer
    return errors.replace(f"topcheck: {path}: ", "")


@pytest.mark.parametrize(("records", "members", "words"), SAID)
def test_what_no_record_has_is_said_with_what_the_first_one_has(tmp_path, records, members, words):
    """In one line on standard error, whatever is written for programs."""
    assert said(tmp_path, records, members) == f"{words}\n"
    assert said(tmp_path, records, members, "json") == f"{words}\n"


@pytest.mark.parametrize(("records", "members"), SILENT)
def test_of_what_a_record_has_nothing_is_said(tmp_path, records, members):
    """One that has it is enough, and a body needs no name."""
    assert said(tmp_path, records, members) == ""


def test_of_many_files_one_is_told(tmp_path):
    """The first, with how many others there are; one that is right is none of them."""
    for name in "abc":
        written(tmp_path, f"{name}.ndjson", json.dumps(RESP).encode())
    written(tmp_path, "d.ndjson", obj())
    _, _, errors = told(tmp_path)
    assert errors == f"topcheck: {tmp_path}/a.ndjson, and 2 files more: {NAME_IT}{HAS}\n"


@pytest.mark.parametrize("name", ["a.json", "a.xml", "a.har"])
def test_what_has_no_lines_has_no_members(tmp_path, name):
    """One body, or an archive of HTTP."""
    content = {"a.xml": b"<a/>", "a.json": json.dumps({ROOT: 1}, indent=1).encode(),
               "a.har": b'{"log":{"entries":[]}}'}[name]  # fmt: skip
    assert told(written(tmp_path, name, content), member=("body=x",))[2] == ""


LOGGED = b"2026-11-26 12:00:01.123 INFO [http-8] answered "
#: What stands in a file of a log, and its name.
LOGS = [
    (LOGGED + LINE, "app.log"),
    (b"\n".join([LOGGED + LINE] * 30), "app.log.1"),
    (b"started\n" + LOGGED + BAD + b" in 12 ms", "app"),
    (b"\n".join([LOGGED + GOOD_XML] * 2), "app.xml"),
    (LOGGED + LINE + b"\n" + LOGGED + GOOD_XML + b"\n", "app.ndjson"),
]


@pytest.mark.parametrize(("data", "name"), LOGS)
def test_of_a_log_it_is_said_how_its_answers_are_cut_out(tmp_path, data, name):
    """And what that leaves is judged."""
    path = written(tmp_path, name, data)
    _, _, errors = told(path)
    words, _, command = errors.partition("; cut that off: ")
    assert words == f"topcheck: {path}: its lines begin with something else than an answer"
    command = command.replace("app.log", name)
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path, timeout=60)
    left = written(tmp_path, "left.ndjson", (tmp_path / "bodies.ndjson").read_bytes())
    code, answer, errors = told(left)
    assert (code, errors) == (1 if BAD in data else 0, "")
    assert "wire." not in answer.partition("\nnot judged")[0]


#: What is no log, whatever the verdict: pages, bodies, cut ones, recordings.
NO_LOGS = [
    (b"<html>\n<body>502 error_response</body>\n</html>", "a.html"),
    (GOOD_JSON, "a.json"),
    (b"\xef\xbb\xbf" + GOOD_JSON, "a.json"),
    (b"\n\n  " + GOOD_XML, "a.xml"),
    (LINE[:-9] + b"\n" + LINE, "a.ndjson"),
    (b"Bad Gateway\n", "a.txt"),
    (LINE + b"\n" + LOGGED + LINE, "a.ndjson"),
    (next(Path("cassettes").rglob("*.yaml")).read_bytes(), "a.yaml"),
]


@pytest.mark.parametrize(("data", "name"), NO_LOGS)
def test_of_what_is_no_log_nothing_is_said(tmp_path, data, name):
    """A page in HTML, a body, and a recording begin with what they are."""
    _, _, errors = told(written(tmp_path, name, data))
    assert "cut that off" not in errors
