"""What is said where no record has what was named, or where its body is to be named."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.audit.archives import (
    BAD,
    ENUM,
    GOOD_JSON,
    GOOD_XML,
    LINE,
    ROOT,
    answer,
    har,
    obj,
    told,
    written,
)

RESP = {"ts": 1, "resp": {"payload": LINE.decode(), "code": 200}}
HAS = "; the first one has: ts, resp.payload, resp.code"
NAME_IT = (
    "no record has a documented root, or a text in a member body (--member body=NAME names another)"
)
FOUND = "; answers are found by: --member body=resp.payload"
ROOTS = f"{ROOT}|error_response"
TAKEN_OUT = (
    "answers are taken out by jq 1.7, as one before it rounds numbers: "
    f"jq -c '.. | objects | select(any(keys[]; test(\"^({ROOTS})$\")))' app.log > bodies.ndjson"
)
#: Records, the members that are named, and what is said.
SAID = [
    ([RESP] * 3, ["body=resp.payloa"], f"no record has the member resp.payloa{FOUND}"),
    ([RESP] * 3, ["body=payload"], f"no record has the member payload{FOUND}"),
    ([RESP], ["body=resp.code.x"], f"no record has the member resp.code.x{FOUND}"),
    ([RESP], ["body=resp"], f"no record has a text in the member resp{FOUND}"),
    ([RESP] * 2, ["body=resp.payload", "request=rq"], f"no record has the member rq{HAS}"),
    ([RESP] * 2, ["body=resp.payload", "status=resp.status"],
     f"no record has the member resp.status{HAS}"),
    ([RESP] * 30, ["body=x"], f"none of the first 20 records has the member x{FOUND}"),
    ([{}], ["body=x"], "no record has the member x; the first one has: "),
    ([RESP] * 3, [], f"{NAME_IT}{FOUND}"),
    ([{"body": {}, "a\x1bb": 1}], [], f"{NAME_IT}; the first one has: body, a\\u001bb"),
    ([{f"m{number}": {} for number in range(50)}], [],
     f"{NAME_IT}; the first one has: {', '.join(f'm{number}' for number in range(12))}"),
    ([{"a": {"b": {"c": {"d": 1}}}}], [], f"{NAME_IT}; the first one has: a.b.c"),
    ([{"ts": 1, "resp": json.loads(LINE)}] * 2, [], f"{NAME_IT}; {TAKEN_OUT}"),
    ([{"r": {"body": {"error_response": {}}}}], ["body=r.body"],
     f"no record has a text in the member r.body; {TAKEN_OUT}"),
    ([{"r s": {"error_response": {}}}], [], f"{NAME_IT}; {TAKEN_OUT}"),
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
    assert errors == f"topcheck: {tmp_path}/a.ndjson, and 2 files more: {NAME_IT}{FOUND}\n"


@pytest.mark.parametrize("name", ["a.json", "a.xml", "a.har"])
def test_what_has_no_lines_has_no_members(tmp_path, name):
    """One body, or an archive of HTTP."""
    content = {"a.xml": b"<a/>", "a.json": json.dumps({ROOT: 1}, indent=1).encode(),
               "a.har": b'{"log":{"entries":[]}}'}[name]  # fmt: skip
    assert told(written(tmp_path, name, content), member=("body=x",))[2] == ""


LOGGED = b"2026-11-26 12:00:01.123 INFO [http-8] answered "
THREE = [LINE, BAD, LINE]
XML = [GOOD_XML, GOOD_XML.replace(b"PROCESSING", b"PAID"), GOOD_XML]
TEXTS = [one.decode() for one in THREE]
PRETTY = [json.dumps(json.loads(one), indent=2) for one in THREE]
CHINESE = [
    answer(out_biz_id="订单", checkout_status=one) for one in ("PROCESSING", "PAID", "FAILED")
]


def lines(form, texts=TEXTS):
    """Return a line of JSON for each of some answers."""
    return "".join(f"{json.dumps(form(one))}\n" for one in texts).encode()


#: The same three answers, as they stand in files that are not read as they are.
FORMS = {
    "a log": b"\n".join(LOGGED + one for one in THREE),
    "a log of XML": b"\n".join(LOGGED + one for one in XML),
    "a log of XML that says more": b"\n".join(LOGGED + one + b" in 12" for one in XML),
    "a log of both": b"\n".join(LOGGED + one for one in (LINE, XML[1], LINE)),
    "a log in brackets": b"\n".join(b"[2026-11-26] " + one for one in THREE),
    "Kafka with keys in JSON": b"\n".join(b'{"id": 1}\t' + one for one in THREE),
    "syslog": b"\n".join(b"<134>1 2026-11-26T12:00:01Z host pay - - - " + one for one in THREE),
    "requests and answers": b"\n".join(b'req={"a":1} resp=' + one + b" 12 ms" for one in THREE),
    "other lines": b"\n".join([b"Pool{size=8}", *(LOGGED + one for one in THREE), b"<init> {}"]),
    "Fluentd": b"\n".join(b"2026-11-26\tapp\t" + lines(lambda one: {"m": one}, [one])
                          for one in TEXTS),
    "pairs": b"\n".join(b"[1, " + one + b"]" for one in THREE),
    "JSONP": b"\n".join(b"cb(" + one + b");" for one in THREE),
    "commas": b",\n".join(THREE) + b",\n",
    "CSV": b"at,body\n" + b"\n".join(b'1,"' + x.replace(b'"', b'""') + b'"' for x in THREE),
    "logfmt": b"\n".join(b"level=info body=" + json.dumps(one).encode() for one in TEXTS),
    "an array": b"[" + b", ".join(THREE) + b"]",
    "a printed array": json.dumps([json.loads(one) for one in THREE], indent=1).encode(),
    "an array of texts": json.dumps(TEXTS).encode(),
    "an array of objects": json.dumps([{"body": one} for one in TEXTS]).encode(),
    "texts": lines(str),
    "one after another": b"".join(THREE),
    "printed one after another": "\n".join(PRETTY).encode(),
    "objects in objects": lines(lambda one: {"level": "info", "resp": json.loads(one)}),
    "objects in a list": lines(lambda one: {"a": {"b c": [{"d": json.loads(one)}]}}),
    "CloudWatch": json.dumps({"e": [{"message": x} for x in ("x", *TEXTS)]}).encode(),
    "Elasticsearch": json.dumps({"hits": {"hits": [{"_source": {"m": x}} for x in TEXTS]}}
                                ).encode(),
    "names with dots": lines(lambda one: {"@timestamp": 1, "http.response.body": one}),
    "Docker": lines(lambda one: {"log": f"{one}\n", "stream": "stdout"}),
    "Docker with XML": lines(lambda one: {"log": f"{one}\n"}, [one.decode() for one in XML]),
    "Docker with a log": lines(lambda one: {"log": f"{LOGGED.decode()}{one}\n"}),
    "Docker with a log of objects": lines(lambda one: {"log": json.dumps({"raw": one}) + "\n"}),
    "Docker with printed bodies": lines(lambda one: {"log": f"{one}\n"}, PRETTY),
    "entries of a HAR": lines(lambda one: {"request": {"url": "/"},
                                           "response": {"status": 200, "content": {"text": one}}}),
    "GBK": b"\n".join(one.encode("gbk") for one in CHINESE),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_it_is_said_how_answers_are_come_by(tmp_path, form):
    """Who does what is said, and again what is said of what that leaves, has all of them judged."""
    name = ("app.log", "app.ndjson", "app.json")[[*FORMS].index(form) % 3]
    path, members, steps = written(tmp_path, name, FORMS[form]), (), 0
    while (said := told(path, member=members, output="json"))[2]:
        errors = said[2]
        assert errors.count("\n") == 1
        command = re.match(r".*((?:jq -|(?<![|] )sed |grep |iconv |--member ).*)", errors)[1]
        if command.startswith("--member "):
            members = (*shlex.split(command)[1:],)
        else:
            if not shutil.which(command.split()[0]):
                pytest.skip(f"{command.split()[0]} is not installed")
            command = command.replace(" app.log ", f" {path.name} ")
            subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path, timeout=60)
            path = tmp_path / command.rpartition(" > ")[2]
        assert (steps := steps + 1) < 4
    code, data, _ = said
    assert code == 1
    assert (data["records"], data["verdicts"]["violates"]) == (3, 1)
    assert [one["clause"] for one in data["clauses"]] == [ENUM]
    assert steps


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
    (PRETTY[0].encode(), "a.json"),
    (json.dumps({"x": 1, **json.loads(LINE)}, indent=1).encode(), "a.json"),
    (PRETTY[0].encode()[:-20], "a.json"),
    (LINE.replace(b'"PROCESSING"', b'"{\\"error_response\\": 1}"'), "a.json"),
    (CHINESE[0].encode("gbk"), "a.json"),
    (b'<?xml version="1.0" encoding="GBK"?>' + GOOD_XML.split(b"?>")[-1], "a.xml"),
    (har(*TEXTS), "a.har"),
    (json.dumps(json.loads(har(*TEXTS)), indent=2).encode(), "a.json"),
]


@pytest.mark.parametrize(("data", "name"), NO_LOGS)
def test_of_what_is_no_log_nothing_is_said(tmp_path, data, name):
    """A page in HTML, a body, and a recording are what they are."""
    assert told(written(tmp_path, name, data))[2] == ""
