"""What no schema can see and the judge does: each row of docs/schemas.md, shown."""

import json
import re
from pathlib import Path

import pytest

from contract_tests import schemas
from topcheck.wire.write import write_json, write_xml
from topcheck.workspace import workspace as load_workspace

JSON = write_json(load_workspace().sample).decode()
XML = write_xml(load_workspace().sample).decode()
FEE = "response.result.model.paid_fee"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
DEEP = 70

#: Rows: name, format, edit of the sample, clause. The schema accepts what comes out.
ACCEPTED = [
    ("fraction", "json", ('"paid_fee":100', '"paid_fee":100.0'), f"{FEE}.lexical"),
    ("exponent", "json", ('"paid_fee":100', '"paid_fee":1e2'), f"{FEE}.lexical"),
    ("minus-zero", "json", ('"paid_fee":100', '"paid_fee":-0'), f"{FEE}.lexical"),
    ("member-twice", "json", ('"paid_fee":100', '"paid_fee":"x","paid_fee":100'), f"{FEE}.unique"),
    ("blanks-number", "xml", (">100<", "> 100 <"), f"{FEE}.lexical"),
    ("blanks-boolean", "xml", ("<success>true<", "<success> true<"),
     "response.result.model.success.lexical"),
    ("foreign-blanks", "xml", (">100<", ">\u3000100<"), f"{FEE}.type"),
    ("instruction", "xml", ("<model>", "<model><?go?>"), "response.result.model.known"),
    ("schema-location", "xml", ("<model>", f'<model {XSI} xsi:schemaLocation="a b">'),
     "response.result.model.known"),
    ("inferred", "json", ('"paid_fee":100', '"paid_fee":-1'), f"{FEE}.consistent"),
    ("inferred", "xml", (">100<", ">-1<"), f"{FEE}.consistent"),
]  # fmt: skip

#: Rows that never reach a schema, or reach it as something else.
UNASKED = [
    ("nan", "json", lambda: JSON.replace(":100", ":NaN", 1).encode(), "wire.body.syntax"),
    ("both-roots", "json", lambda: (JSON[:-1] + ',"error_response":{}}').encode(),
     "wire.body.root"),
    ("byte-order-mark", "json", lambda: b"\xef\xbb\xbf" + JSON.encode(), "response.lexical"),
    ("doctype", "xml", lambda: XML.replace("?>", "?><!DOCTYPE r>", 1).encode(),
     "wire.body.doctype"),
    ("other-charset", "xml", lambda: XML.replace("utf-8", "gbk", 1).encode("gbk"),
     "response.lexical"),
    ("deep", "json", lambda: JSON.replace('"model":{', '"model":{"x":' + "[" * DEEP + "]" * DEEP
                                          + ",", 1).encode(), "wire.body.limits"),
    ("deep", "xml", lambda: XML.replace("<model>", "<model>" + "<x>" * DEEP + "</x>" * DEEP,
                                        1).encode(), "wire.body.limits"),
]  # fmt: skip

#: Rows that a schema refuses without telling them from worse: name, format, edit, clause, severity.
BLURRED = [
    ("unknown", "json", ('"model":{', '"model":{"x":1,'), "response.result.model.known", "drift"),
    ("unknown", "xml", ("<model>", "<model><x/>"), "response.result.model.known", "drift"),
    ("misplaced", "json", ('"model":{', '"model":{"msg_code":"0",'),
     "response.result.msg_code.place", "violation"),
    ("misplaced", "xml", ("<model>", "<model><msg_code>0</msg_code>"),
     "response.result.msg_code.place", "violation"),
    ("null", "json", ('"paid_fee":100', '"paid_fee":null'), f"{FEE}.null", "drift"),
    ("null", "xml", ("<paid_fee>100<", f'<paid_fee {XSI} xsi:nil="true"><'),
     f"{FEE}.null", "drift"),
    ("odd-number", "xml", (">100<", ">+100<"), f"{FEE}.lexical", "drift"),
]  # fmt: skip


def _edited(fmt, edit):
    sample = JSON if fmt == "json" else XML
    assert edit[0] in sample
    return sample.replace(*edit, 1).encode()


def _accepts(fmt, body):
    return schemas.accepts_json("response", body) if fmt == "json" else schemas.accepts_xml(body)


def _ids(rows):
    return [f"{row[0]}-{row[1]}" for row in rows]


@pytest.mark.parametrize(("name", "fmt", "edit", "clause"), ACCEPTED, ids=_ids(ACCEPTED))
def test_the_schema_accepts_what_the_judge_reports(judges, name, fmt, edit, clause):
    """A blind spot of the schemas is none of the judge."""
    body = _edited(fmt, edit)
    assert _accepts(fmt, body), name
    assert clause in judges.response.judge(body, fmt).clauses


@pytest.mark.parametrize(("name", "fmt", "make", "clause"), UNASKED, ids=_ids(UNASKED))
def test_the_judge_reports_what_no_schema_is_asked(judges, name, fmt, make, clause):
    """What must be settled before a schema can be asked is settled by the judge."""
    assert clause in judges.response.judge(make(), fmt).clauses, name


@pytest.mark.parametrize(("name", "fmt", "edit", "clause", "severity"), BLURRED, ids=_ids(BLURRED))
def test_the_judge_tells_apart_what_a_schema_blurs(judges, name, fmt, edit, clause, severity):
    """Where a schema only refuses, the judge says what it is and how much it weighs."""
    body = _edited(fmt, edit)
    assert not _accepts(fmt, body), name
    judgement = judges.response.judge(body, fmt)
    assert {f.clause.id: str(f.clause.severity) for f in judgement.findings}[clause] == severity


DOCS = Path(__file__).parent.parent / "docs" / "schemas.md"


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are not part of an installed package")
def test_the_docs_list_every_row():
    """The table in the docs and the rows here are the same, formats included."""
    listed = re.findall(r"^\| `([a-z-]+)` \| (JSON|XML|both) \|", DOCS.read_text("utf-8"), re.M)
    formats = {"JSON": {"json"}, "XML": {"xml"}, "both": {"json", "xml"}}
    shown: dict[str, set[str]] = {}
    for row in (*ACCEPTED, *UNASKED, *BLURRED):
        shown.setdefault(row[0], set()).add(row[1])
    assert {name: formats[fmt] for name, fmt in listed} == shown


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are not part of an installed package")
def test_the_docs_list_what_a_format_cannot_say(workspace):
    """A clause that a format cannot break is named in the docs, and no other is."""
    listed = re.findall(
        r"^\| `([a-z_0-9]+\.[a-z_0-9.]+)` \| ([a-z, ]+) \|", DOCS.read_text("utf-8"), re.M
    )
    silent = {}
    for clause in workspace.clauses():
        formats = ("json", "form") if clause.id.startswith("request.") else ("json", "xml")
        missing = [fmt for fmt in formats if not workspace.cases_of(clause, fmt)]
        if missing:
            silent[clause.id] = ", ".join(missing)
    assert dict(listed) == silent


def test_a_lenient_parser_hands_nan_on():
    """The row `nan`: Python's parser makes a number of it, and the schema alone would refuse it."""
    assert json.loads(JSON.replace(":100", ":NaN", 1))
