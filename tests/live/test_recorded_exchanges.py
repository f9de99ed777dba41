"""A recording is judged as a live answer is: status, type, charset, coding, simplify and echo."""

import gzip
import json
from dataclasses import replace

import pytest
import yaml

from tests.gateway.test_recording import copied_home, pytest_on
from tests.live.test_asking import KNOWN, Changing, clauses, live
from tests.workspace import WORKSPACE
from topcheck.gateway.recording import read_recordings

ROOT_NAME = WORKSPACE.contract.root
MODEL = {"paid_fee": 100, "paid_time": "2018-01-02 12:00:00", "checkout_status": "SUCCEEDED",
         "checkout_id": "3", "out_biz_id": "900", "result_message": "查询成功", "result_code": "0",
         "success": True}  # fmt: skip
RESULT = {"model": MODEL, "http_status_code": 200, "msg_code": "0", "msg_info": "查询成功",
          "success": True}  # fmt: skip
WHOLE = {ROOT_NAME: {"result": RESULT}}
FORM = "application/x-www-form-urlencoded;charset=utf-8"
ASKED = {"method": WORKSPACE.contract.method, "format": "json", "biz_order_id": "3",
         "checkout_id": "3"}  # fmt: skip
JSON_TYPE = "text/javascript;charset=UTF-8"


def in_json(document):
    """Write a document as the platform does."""
    return json.dumps(document, ensure_ascii=False).encode()


def interaction(body, asked=ASKED, status=200, headers=None, accepts=None, **request):
    """Return an exchange as vcrpy writes it."""
    sent = {"method": "POST", "uri": "http://gateway.invalid/router/rest",
            "headers": {"Content-Type": [FORM]}}  # fmt: skip
    if accepts:
        sent["headers"]["Accept-Encoding"] = [accepts]
    sent["body"] = "&".join(f"{name}={value}" for name, value in asked.items())
    declared = {"Content-Type": [JSON_TYPE]} | (headers or {})
    answer = {"status": {"code": status, "message": ""}, "headers": declared,
              "body": {"string": body}}  # fmt: skip
    return {"request": sent | request, "response": answer}


def judged(tmp_path, *interactions):
    """Judge the exchanges of one file together."""
    path = tmp_path / "a.yaml"
    text = yaml.safe_dump({"interactions": list(interactions), "version": 1}, allow_unicode=True)
    path.write_text(text, "utf-8")
    exchanges = [recording.exchange for recording in read_recordings(path)]
    return WORKSPACE.judges.exchanges.judge(exchanges)


HTML_TYPE, XML_TYPE, GBK_TYPE = "text/html", "text/xml;charset=UTF-8", "text/javascript;charset=GBK"
SIMPLE = {**ASKED, "simplify": "true"}
OTHER = {**ASKED, "checkout_id": "4"}

#: What is wrong with a recording: its name, the exchange, and the clause that it breaks.
WRONG = [
    ("HTTP 502", interaction(in_json(WHOLE), status=502), "wire.http.server_error"),
    ("HTTP 403", interaction(in_json(WHOLE), status=403), "wire.http.status"),
    ("as HTML", interaction(in_json(WHOLE), headers={"Content-Type": [HTML_TYPE]}),
     "wire.body.type"),
    ("as XML", interaction(in_json(WHOLE), headers={"Content-Type": [XML_TYPE]}),
     "wire.body.type"),
    ("GBK over UTF-8", interaction(in_json(WHOLE), headers={"Content-Type": [GBK_TYPE]}),
     "wire.body.encoding"),
    ("another order", interaction(in_json(WHOLE), OTHER), "exchange.checkout_id.echo"),
    ("gzip undeclared", interaction(gzip.compress(in_json(WHOLE))), "wire.body.type"),
    ("gzip unasked", interaction(gzip.compress(in_json(WHOLE)),
                                 headers={"Content-Encoding": ["gzip"]},
                                 accepts="identity"),
     "wire.http.gzip"),
    ("gzip refused", interaction(gzip.compress(in_json(WHOLE)),
                                 headers={"Content-Encoding": ["x-gzip"]},
                                 accepts="*, gzip;q=0.000"),
     "wire.http.gzip"),
    ("two types", interaction(in_json(WHOLE), headers={"Content-Type": [JSON_TYPE, HTML_TYPE]}),
     "wire.http.head"),
    ("two types in a line", interaction(
        in_json(WHOLE), headers={"Content-Type": [f"{JSON_TYPE}, {XML_TYPE}"]}), "wire.http.head"),
    ("two charsets", interaction(in_json(WHOLE), headers={"Content-Type": [JSON_TYPE, GBK_TYPE]}),
     "wire.http.head"),
    ("a list of charsets", interaction(
        in_json(WHOLE), headers={"Content-Type": [f"{JSON_TYPE},GBK"]}), "wire.http.head"),
    ("no charset of that name", interaction(
        in_json(WHOLE), headers={"Content-Type": ["text/javascript;charset=utf-9"]}),
     "wire.body.encoding"),
    ("no gzip", interaction(in_json(WHOLE), headers={"Content-Encoding": ["gzip"]}),
     "wire.body.encoding"),
    ("an unknown coding", interaction(in_json(WHOLE), headers={"Content-Encoding": ["rot13"]}),
     "wire.body.encoding"),
    ("simplify keeps the root", interaction(in_json(WHOLE), SIMPLE), "response.result.required"),
    ("XML was asked for", interaction(in_json(WHOLE), {**ASKED, "format": "xml"}),
     "wire.body.type"),
    ("format in the query", interaction(
        in_json(WHOLE), {k: v for k, v in ASKED.items() if k != "format"},
        uri="http://gateway.invalid/router/rest?format=xml"), "wire.body.type"),
]  # fmt: skip


@pytest.mark.parametrize(("exchange", "clause"), [row[1:] for row in WRONG],
                         ids=[row[0] for row in WRONG])  # fmt: skip
def test_what_is_wrong_is_convicted_under_its_clause(tmp_path, exchange, clause):
    """Around the body, in it, and beside what was asked."""
    assert clause in judged(tmp_path, exchange).clauses


#: The same faults in a live answer: how it is changed.
LIVE = {
    "HTTP 502": lambda a: replace(a, status=502),
    "HTTP 403": lambda a: replace(a, status=403),
    "as HTML": lambda a: replace(a, headers=(("Content-Type", HTML_TYPE),)),
    "GBK over UTF-8": lambda a: replace(a, headers=(("Content-Type", GBK_TYPE),)),
    "another order": lambda a: replace(
        a, body=a.body.replace(b'checkout_id":"', b'checkout_id":"7')
    ),
    "gzip undeclared": lambda a: replace(a, body=gzip.compress(a.body)),
    "an unknown coding": lambda a: replace(a, headers=(*a.headers, ("Content-Encoding", "rot13"))),
}


@pytest.mark.parametrize("name", LIVE)
def test_a_live_answer_is_convicted_under_the_same(name):
    """One judge, wherever the answer comes from."""
    clause = next(row[2] for row in WRONG if row[0] == name)
    found = live(
        Changing(lambda a, _n, r: LIVE[name](a) if r.value("format") == "json" else a), KNOWN
    )
    assert clause in clauses(found)


MULTIPART = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
PARTS = "".join(MULTIPART.format(name, value) for name, value in ASKED.items()) + "--x--\r\n"

#: What is right, or new at most: its name, the exchange, and the verdict of it.
RIGHT = [
    ("plain", interaction(in_json(WHOLE)), set()),
    ("simplify", interaction(in_json({"result": RESULT}), SIMPLE), set()),
    ("gzip", interaction(gzip.compress(in_json(WHOLE)), headers={"Content-Encoding": ["gzip"]}),
     set()),
    ("gzip as asked", interaction(gzip.compress(in_json(WHOLE)),
                                  headers={"Content-Encoding": ["gzip"]},
                                  accepts="gzip, deflate"), set()),
    *((f"gzip for {accepts}", interaction(gzip.compress(in_json(WHOLE)),
                                          headers={"Content-Encoding": [coding]},
                                          accepts=accepts), set())
      for coding, accepts in (("gzip", "x-gzip"), ("x-gzip", "gzip"), ("gzip", "*"),
                              ("GZip", "br;q=1.0, gzip;q=0.1"), ("gzip", "*;q=0, gzip"))),
    ("a type twice", interaction(in_json(WHOLE), headers={"Content-Type": [JSON_TYPE] * 2}), set()),
    ("a type twice in a line", interaction(
        in_json(WHOLE), headers={"Content-Type": [f"{JSON_TYPE}, {JSON_TYPE}"]}), set()),
    *((f"charset {name}", interaction(
        in_json(WHOLE), headers={"Content-Type": [f"text/javascript;charset={name}"]}), set())
      for name in ("utf8", "UTF_8", "u8", "cp65001", "utf8mb4", "", '""')),
    ("format in the query", interaction(
        in_json(WHOLE), {k: v for k, v in ASKED.items() if k != "format"},
        uri="http://gateway.invalid/router/rest?format=json"), set()),
    ("GBK, and so declared", interaction(
        json.dumps(WHOLE, ensure_ascii=False).encode("gbk"),
        headers={"Content-Type": [GBK_TYPE]}), {"response.lexical"}),
]  # fmt: skip


@pytest.mark.parametrize(("exchange", "found"), [row[1:] for row in RIGHT],
                         ids=[row[0] for row in RIGHT])  # fmt: skip
def test_what_is_right_is_found_right(tmp_path, exchange, found):
    """Nothing is said of what is as it was asked for, and no more than drift of what is new."""
    assert judged(tmp_path, exchange).clauses == found


def test_a_multipart_request_is_read(tmp_path):
    """What it asked stands in the parts of its body; that it was so sent is not judged."""
    sent = interaction(in_json(WHOLE))
    sent["request"] |= {
        "body": PARTS,
        "headers": {"Content-Type": ["multipart/form-data; boundary=x"]},
    }
    assert judged(tmp_path, sent).clauses == set()
    sent["request"]["body"] = PARTS.replace("\r\n3\r\n", "\r\n4\r\n")
    assert judged(tmp_path, sent).clauses == {"exchange.checkout_id.echo"}


def test_reads_of_one_order_are_judged_across(tmp_path):
    """What was paid does not shrink from one read to the next, and an end is not left."""
    model = {**MODEL, "paid_fee": 99, "checkout_status": "PROCESSING"}
    less = {ROOT_NAME: {"result": {**RESULT, "model": model}}}
    reads = [interaction(in_json(WHOLE)), interaction(in_json(less))]
    across = {"exchange.paid_fee.accumulates", "exchange.checkout_status.terminal"}
    assert across <= judged(tmp_path, *reads).clauses
    assert not across & judged(tmp_path, *reversed(reads)).clauses


@pytest.mark.parametrize(
    ("old", "new", "clause", "fails"),
    [("<paid_fee>100", "<refund>1</refund><paid_fee>100", "response.result.model.known", "drift"),
     ("<paid_fee>100", "<paid_fee>-1", "response.result.model.paid_fee.consistent", "advisory")],
    ids=["drift", "advisory"],
)  # fmt: skip
def test_a_recording_fails_from_the_weight_that_is_asked_for(home, old, new, clause, fails):
    """Below --fail-on it is told and fails nothing; a failure shows what stands where, and why."""
    path = home / "cassettes" / "processing.xml.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    plain = pytest_on(home, "contract_tests/test_recorded.py")
    assert plain.returncode == 0, plain.stdout
    assert f"  1 broken\n    {clause}\n" in plain.stdout
    strict = pytest_on(home, "contract_tests/test_recorded.py", f"--fail-on={fails}")
    assert strict.returncode == 1
    where = (
        "in        processing.xml.yaml",
        "at        result.model",
        "expected ",
        "actual ",
        "page:",
    )
    assert all(words in strict.stdout for words in (f"{clause}  [{fails}]", *where))


@pytest.fixture
def home(tmp_path):
    """A copy of what a run reads, for a test to change."""
    return copied_home(tmp_path)
