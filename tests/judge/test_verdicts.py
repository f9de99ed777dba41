"""The verdicts of `topcheck check`, a row each, in both formats where both can say it."""

import json

import pytest

from tests.workspace import WORKSPACE
from topcheck.generate import trees
from topcheck.wire.write import write_json, write_xml

CONTRACT = WORKSPACE.contract
ROOT = CONTRACT.root
JSON = write_json(WORKSPACE.sample).decode()
XML = write_xml(WORKSPACE.sample).decode().partition("\n")[2].strip()

FEE = "response.result.model.paid_fee"
TIME = "response.result.model.paid_time"
STATUS = "response.result.model.checkout_status"
SUCCESS = "response.result.model.success"
#: The first `success` of both samples is the one inside `model`.
CDATA = XML.replace(">788<", "><![CDATA[788]]><")


def edit(old, new):
    """Edit the JSON sample once; the edit must find its place."""
    assert old in JSON
    return JSON.replace(old, new, 1).encode()


def edit_xml(old, new):
    """Edit the XML sample once; the edit must find its place."""
    assert old in XML
    return XML.replace(old, new, 1).encode()


def error(*members):
    """Write an error with some members in both formats."""
    data = dict(members)
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in data.items())
    fmt = f"<error_response>{inner}</error_response>"
    return json.dumps({"error_response": data}).encode(), fmt.encode()


def shuffled():
    """Write the sample with the members of every object in reverse."""
    document = trees.copied(WORKSPACE.sample)
    nodes = [document]
    while nodes:
        node = nodes.pop()
        node.children.reverse()
        nodes += node.children
    return write_json(document), write_xml(document)


def table(fmt):
    """Return the rows that a format can say: name, body, verdict, clauses."""
    in_json = fmt == "json"

    def both(old, new, old_xml, new_xml):
        return edit(old, new) if in_json else edit_xml(old_xml, new_xml)

    def fee(literal, text=None):
        new = f"<paid_fee>{literal if text is None else text}</paid_fee>"
        return both('"paid_fee":100', f'"paid_fee":{literal}', "<paid_fee>100</paid_fee>", new)

    def status(word):
        return both('"PROCESSING"', f'"{word}"', ">PROCESSING<", f">{word}<")

    def time(text):
        return both('"2018-01-02 12:00:00"', f'"{text}"', ">2018-01-02 12:00:00<", f">{text}<")

    def success(literal, text):
        return both('"success":true', f'"success":{literal}', "<success>true<", f"<success>{text}<")

    def member(member, element):
        return both('"model":{', f'"model":{{{member},', "<model>", f"<model>{element}")

    pick = 0 if in_json else 1
    digits = 2**63
    yield "sample", (JSON if in_json else XML).encode(), "conforms", []
    yield "shuffled members", shuffled()[pick], "conforms", []
    yield "request_id", both('{"result"', '{"request_id":"a1","result"', "<result>",
                             "<request_id>a1</request_id><result>"), "conforms", []  # fmt: skip
    yield "2^63-1", fee(str(digits - 1)), "conforms", []
    yield "2^63", fee(str(digits)), "violates", [f"{FEE}.range"]
    yield "100.0", fee("100.0"), "drift", [f"{FEE}.lexical"]
    yield "-0", fee("-0"), "drift", [f"{FEE}.lexical"]
    yield "1e2", fee("1e2"), *(("drift", [f"{FEE}.lexical"]) if in_json else
                               ("violates", [f"{FEE}.type"]))  # fmt: skip
    yield "a fee of NaN", fee("NaN"), "violates", [f"{FEE}.type"]
    yield "a fee of 1.5", fee("1.5"), "violates", [f"{FEE}.type"]
    yield "succeeded", status("succeeded"), "violates", [f"{STATUS}.enum"]
    yield "a status with blanks", status(" INIT"), "violates", [f"{STATUS}.enum"]
    yield "30 February", time("2018-02-30 00:00:00"), "violates", [f"{TIME}.format"]
    yield "a T in the time", time("2018-01-02T12:00:00"), "violates", [f"{TIME}.format"]
    yield "an empty time", time(""), "violates", [f"{TIME}.format"]
    yield "success 1", success("1", "1"), "violates", [f"{SUCCESS}.type"]
    yield "a member twice", member('"paid_fee":100', "<paid_fee>100</paid_fee>"), "violates", [
        f"{FEE}.unique"]  # fmt: skip
    yield "an unknown member", member('"x":1', "<x>1</x>"), "drift", ["response.result.model.known"]
    yield "a request name", member('"biz_order_id":1', "<biz_order_id>1</biz_order_id>"), "drift", [
        "response.result.model.known"]  # fmt: skip
    yield (
        "http_status_code inside model",
        member('"http_status_code":200', "<http_status_code>200</http_status_code>"),
        "violates",
        ["response.result.http_status_code.place"],
    )
    nil = '<paid_fee xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'
    yield "null", fee("null") if in_json else edit_xml("<paid_fee>100</paid_fee>", nil), "drift", [
        f"{FEE}.null"]  # fmt: skip
    empty = f'{{"{ROOT}":{{}}}}' if in_json else f"<{ROOT}/>"
    yield "a missing result", empty.encode(), "violates", ["response.result.required"]
    yield "GBK, not declared", (JSON if in_json else XML).encode("gbk"), "violates", [
        "wire.body.encoding"]  # fmt: skip
    yield "truncated", (JSON if in_json else XML).encode()[:-12], "violates", ["wire.body.syntax"]
    bom = b"\xef\xbb\xbf" + (JSON if in_json else XML).encode()
    yield (
        "a byte order mark",
        bom,
        *(("drift", ["response.lexical"]) if in_json else ("conforms", [])),
    )
    yield "html", b"<html><body>502</body></html>", "violates", ["wire.body.type"]
    yield "empty", b"", "violates", ["wire.body.type"]
    yield "another root", b'{"x":1}' if in_json else b"<x/>", "violates", ["wire.body.root"]
    yield "an error with code and msg", error(("code", 15), ("msg", "m"))[pick], "conforms", []
    yield "a full error", error(("msg", "m"), ("code", 50), ("sub_code", "isv.x"), ("sub_msg", "s"),
                                ("request_id", "r"))[pick], "conforms", []  # fmt: skip
    yield "sub_msg alone", error(("code", 50), ("msg", ""), ("sub_msg", "s"))[pick], "conforms", []
    yield "an odd sub_code", error(("code", 15), ("msg", "m"), ("sub_code", "-4003 x"))[pick], (
        "conforms"), []  # fmt: skip
    yield "an error without code", error(("msg", "m"))[pick], "violates", [
        "error_response.code.required"]  # fmt: skip
    yield "an error without msg", error(("code", 1))[pick], "violates", [
        "error_response.msg.required"]  # fmt: skip
    yield "a code in letters", error(("code", "IncompleteSignature"), ("msg", "m"))[pick], (
        "violates"), ["error_response.code.type"]  # fmt: skip
    yield "a type in the error", error(("code", 15), ("msg", "m"), ("type", "t"))[pick], "drift", [
        "error_response.known"]  # fmt: skip
    yield "SUCCEEDED without a time", (
        edit('"paid_time":"2018-01-02 12:00:00","checkout_status":"PROCESSING"',
             '"checkout_status":"SUCCEEDED"') if in_json
        else XML.replace("<paid_time>2018-01-02 12:00:00</paid_time>", "")
        .replace("PROCESSING", "SUCCEEDED").encode()
    ), "advisory", [f"{TIME}.present"]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "fmt", "charset", "actual"),
    [
        (b"\xef\xbb\xbf" + JSON.encode(), "json", None, "a byte order mark"),
        (JSON.encode("gb18030"), "json", "gb18030", "gb18030"),
        (JSON.encode("utf-16"), "json", None, "utf-16le"),
        (XML.encode("utf-16"), "xml", None, "utf-16le"),
    ],
    ids=["mark", "gb18030", "mark and utf-16", "xml"],
)
def test_what_is_said_of_all_bytes_stands_at_the_start(body, fmt, charset, actual):
    """A mark before JSON, and a charset that is not UTF-8, are found at line 1, column 1."""
    (found,) = WORKSPACE.judges.response.judge(body, fmt, charset).findings
    assert (found.clause.id, found.line, found.column) == ("response.lexical", 1, 1)
    assert found.actual == actual


def json_only():
    """Return the rows that only JSON can say."""
    yield 'a fee of "100"', edit('"paid_fee":100', '"paid_fee":"100"'), "violates", [f"{FEE}.type"]
    yield 'success "true"', edit('"success":true', '"success":"true"'), "violates", [
        f"{SUCCESS}.type"]  # fmt: skip
    both = JSON[:-1] + ',"error_response":{"code":1,"msg":"m"}}'
    yield "both roots", both.encode(), "violates", ["wire.body.root"]
    yield 'a code of "15"', b'{"error_response":{"code":"15","msg":"m"}}', "violates", [
        "error_response.code.type"]  # fmt: skip
    yield "NaN is no JSON", edit('"paid_fee":100', '"paid_fee":NaN'), "violates", [
        "wire.body.syntax"]  # fmt: skip
    yield "escapes", edit("查", "\\u67e5"), "conforms", []
    once = ["wire.body.syntax"]
    yield "a stranger twice", edit('"model":{', '"model":{"x":1,"x":1,'), "violates", once
    yield "a twin in a stranger", edit('"model":{', '"model":{"x":{"a":1,"a":1},'), "violates", once
    yield "NaN in a list", edit('"model":{', '"model":{"x":[NaN],'), "violates", once
    for scalar in (b"null", b"-1", b"true", b'"a"', b"[]"):
        yield f"{scalar.decode()} alone", scalar, "violates", ["wire.body.root"]
    yield "500 digits", edit(":100", ":" + "9" * 500), "violates", ["wire.body.limits"]
    yield "blanks between", json.dumps(json.loads(JSON), indent=1).encode(), "conforms", []


def xml_only():
    """Return the rows that only XML can say."""
    yield "a comment behind the root", (XML + "<!-- host 10 -->\n").encode(), "conforms", []
    yield "CDATA", CDATA.encode(), "conforms", []
    yield "character references", edit_xml(">788<", ">7&#56;8<"), "conforms", []
    yield "a comment inside", edit_xml(">788<", "><!-- id -->788<"), "conforms", []
    yield "blanks around a number", edit_xml(">100<", "> 100\n<"), "drift", [f"{FEE}.lexical"]
    yield "blanks around a boolean", edit_xml("<success>true<", "<success> true<"), "drift", [
        f"{SUCCESS}.lexical"]  # fmt: skip
    yield "+100", edit_xml(">100<", ">+100<"), "drift", [f"{FEE}.lexical"]
    yield "0100", edit_xml(">100<", ">0100<"), "drift", [f"{FEE}.lexical"]
    yield "an empty number", edit_xml(">100<", "><"), "violates", [f"{FEE}.type"]
    yield "an empty boolean", edit_xml("<success>true<", "<success><"), "violates", [
        f"{SUCCESS}.type"]  # fmt: skip
    yield "text between elements", edit_xml("<model>", "<model>text"), "violates", [
        "response.result.model.type"]  # fmt: skip
    yield "an attribute", edit_xml("<model>", '<model lang="zh">'), "drift", [
        "response.result.model.known"]  # fmt: skip
    yield "an instruction", edit_xml("<model>", "<model><?go on?>"), "drift", [
        "response.result.model.known"]  # fmt: skip
    yield "a DOCTYPE", ("<!DOCTYPE r>" + XML).encode(), "violates", ["wire.body.doctype"]
    declared = f'<?xml version="1.0" encoding="GBK"?>{XML}'
    yield "GBK, declared", declared.encode("gbk"), "drift", ["response.lexical"]
    yield "UTF-8, declared GBK", declared.encode(), "violates", ["wire.body.encoding"]
    for blank in ("&#160;", "\u3000", "\u2028"):
        yield f"{blank} beside a number", edit_xml(">100<", f">{blank}100<"), "violates", [
            f"{FEE}.type"]  # fmt: skip
        yield f"{blank} beside a boolean", edit_xml("<success>true", f"<success>{blank}true"), (
            "violates"), [f"{SUCCESS}.type"]  # fmt: skip
        yield f"{blank} between elements", edit_xml("<model>", f"<model>{blank}"), "violates", [
            "response.result.model.type"]  # fmt: skip
    xsi = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    yield (
        "nil with blanks",
        edit_xml("<paid_fee>100</paid_fee>", f'<paid_fee {xsi} i:nil=" true "/>'),
        "drift",
        [f"{FEE}.null"],
    )
    yield (
        "nil and yet a value",
        edit_xml("<checkout_status>PROCESSING", f'<checkout_status {xsi} i:nil="true">bogus'),
        "violates",
        [f"{STATUS}.enum", "response.result.model.known"],
    )
    yield "a root that is nil", edit_xml(f"<{ROOT}>", f'<{ROOT} {xsi} i:nil="true">'), "drift", [
        "response.known"]  # fmt: skip
    yield (
        "a required member that is nil",
        (f'<{ROOT}><result {xsi} i:nil="true"/></{ROOT}>'.encode()),
        "violates",
        ["response.result.required"],
    )
    yield "a namespace", edit_xml(f"<{ROOT}>", f'<{ROOT} xmlns="urn:x">'), "violates", [
        "wire.body.root"]  # fmt: skip
    yield "too many digits", edit_xml(">100<", ">" + "9" * 500 + "<"), "violates", [
        "wire.body.limits"]  # fmt: skip


ROWS = [
    pytest.param(fmt, *row[1:], id=f"{fmt}: {row[0]}")
    for fmt, rows in (
        ("json", [*table("json"), *json_only()]),
        ("xml", [*table("xml"), *xml_only()]),
    )
    for row in rows
]


@pytest.mark.parametrize(("fmt", "body", "verdict", "clauses"), ROWS)
def test_verdict(judges, fmt, body, verdict, clauses):
    """A body gets its verdict, and each finding names the clause and a place or a body."""
    judgement = judges.response.judge(body, fmt)
    assert (judgement.verdict, set(clauses) - judgement.clauses) == (verdict, set())
    worst = [f for f in judgement.findings if f.clause.severity == judgement.severity]
    assert verdict == "conforms" or {f.clause.id for f in worst} & set(clauses)
    for finding in worst:
        assert finding.expected
        assert finding.actual


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_finding_names_the_culprit(judges, fmt):
    """Path, line and column are those of the field, and the page's words go with it."""
    body = edit('"PROCESSING"', '"DONE"') if fmt == "json" else edit_xml(">PROC", ">DONE")
    (finding,) = judges.response.judge(body, fmt).findings
    assert finding.path == "result.model.checkout_status"
    lines = body.decode().split("\n")
    line, column = finding.line, finding.column
    culprit = '"DONE"' if fmt == "json" else "<checkout_status>"
    assert lines[line - 1][column - 1 :].startswith(culprit)
    assert "INIT" in finding.clause.quote


def test_simplify(judges):
    """Asked for with simplify, the document itself is the root; errors keep theirs."""
    inner = json.dumps(json.loads(JSON)[ROOT]).encode()
    assert judges.response.judge(inner, "json", simplify=True).verdict == "conforms"
    assert judges.response.judge(inner, "json").clauses == {"wire.body.root"}
    unsimplified = judges.response.judge(JSON.encode(), "json", simplify=True)
    assert "response.result.required" in unsimplified.clauses
    both = b'{"error_response":{"code":1,"msg":"m"},"result":{}}'
    assert judges.response.judge(both, "json", simplify=True).clauses == {"wire.body.root"}
    failed, _ = error(("code", 1), ("msg", "m"))
    assert judges.response.judge(failed, "json", simplify=True).side == "error_response"


def test_without_a_format_the_first_byte_tells(judges):
    """A body that nobody asked for in a format is judged by what it is."""
    assert judges.response.judge(JSON.encode()).verdict == "conforms"
    assert judges.response.judge(XML.encode()).verdict == "conforms"
    assert judges.response.judge(b"hello").clauses == {"wire.body.type"}
