"""What carries its request is judged as an exchange; what cannot be judged is counted by name."""

import json
from urllib.parse import quote

import pytest

from tests.audit.archives import (
    BAD,
    GOOD_JSON,
    LINE,
    METHOD,
    answer,
    audited,
    har,
    obj,
    told,
    written,
)
from tests.workspace import WORKSPACE
from topcheck.audit.auditor import open_sets
from topcheck.audit.tally import Values

ECHO, EXACT = "exchange.checkout_id.echo", "exchange.checkout_id.exact"
SHRINKS, MOVES = "exchange.paid_fee.accumulates", "exchange.checkout_status.terminal"
SENT = f"method={METHOD}&format=json&checkout_id=%s"
LONG, ROUNDED = "9007199254740993", "9007199254740992"


def clauses(tmp_path, *lines, name="a.ndjson"):
    data = audited(written(tmp_path, name, b"\n".join(lines)))
    return {one["clause"]: one["count"] for one in data["clauses"]}, data


def read(number="1", **members):
    return obj(answer(checkout_id=number, **members), request=SENT % number)


@pytest.mark.parametrize("request_", [
    SENT % "5", f"?{SENT % 5}", f"/router/rest?{SENT % 5}", f"http://x/router/rest?{SENT % 5}",
    {"method": METHOD, "format": "json", "checkout_id": 5},
    [["method", METHOD], ["format", "json"], ["checkout_id", "5"]],
    {"method": "POST", "url": "http://x/router/rest", "postData": {"text": SENT % "5"}},
    {"uri": f"http://x/router/rest?format=json&method={METHOD}", "body": "checkout_id=5"},
    f"POST /router/rest?{SENT % 5} HTTP/1.1", f"GET http://x/router/rest?{SENT % 5}",
    json.dumps({"method": METHOD, "format": "json", "checkout_id": "5"}),
    json.dumps({"url": f"/router/rest?{SENT % 5}"}),
])  # fmt: skip
def test_a_request_is_read_in_each_of_its_forms(tmp_path, request_):
    """An answer of another slip than was asked for breaks the echo."""
    found, data = clauses(tmp_path, obj(answer(checkout_id="6"), request=request_))
    assert found == {ECHO: 1}
    sample = data["clauses"][0]["samples"][0]
    assert (sample["expected"], sample["actual"]) == ("5", "6")
    found, _ = clauses(tmp_path, obj(answer(checkout_id="5"), request=request_))
    assert found == {}


@pytest.mark.parametrize("request_", ["{", "{}}", '{"a": ', "GET", "hello world", '"x"', "[]"])
def test_a_request_that_is_none_is_named(tmp_path, request_):
    data = audited(written(tmp_path, "a.ndjson", obj(request=request_)), code=2)
    assert [one["reason"] for one in data["unreadable"]] == [
        "a request that is no query, form or address"
    ]


@pytest.mark.parametrize("nothing", ["", "-", None])
def test_what_a_proxy_has_not_seen_is_not_known(tmp_path, nothing):
    """It writes a dash: the body is judged all the same."""
    line = obj(BAD.decode(), request=nothing, status=nothing, headers=nothing)
    found, data = clauses(tmp_path, line, obj())
    assert (list(found.values()), data["records"], data["unreadable"]) == ([1], 2, [])
    assert data["not_judged"]["wire.http.status"] == 2


@pytest.mark.parametrize("headers", [
    "Content-Type: text/html\r\nDate: x", "Date: x\ncontent-type:text/html\n",
    {"Content-Type": "text/html"}, [["Content-Type", "text/html"]], ["Content-Type: text/html"],
])  # fmt: skip
def test_headers_are_read_in_each_of_their_forms(tmp_path, headers):
    found, _ = clauses(tmp_path, obj(status=200, headers=headers))
    assert found == {"wire.body.type": 1}


def test_a_rounded_id_is_told(tmp_path):
    found, _ = clauses(tmp_path, obj(answer(checkout_id=ROUNDED), request=SENT % LONG))
    assert found == {EXACT: 1}


def test_the_format_that_was_asked_for_holds(tmp_path):
    """That of the object, else that of the request."""
    sent = SENT.replace("json", "xml") % "5"
    for line in (obj(format="xml"), obj(answer(checkout_id="5"), request=sent)):
        assert clauses(tmp_path, line)[0] == {"wire.body.type": 1}
    assert clauses(tmp_path, obj(format="JSON"))[0] == {}
    data = audited(written(tmp_path, "b.ndjson", obj()), format="xml")
    assert [one["clause"] for one in data["clauses"]] == ["wire.body.type"]


@pytest.mark.parametrize("around", [
    {"status": 200}, {"headers": {"Content-Type": "text/javascript;charset=UTF-8"}},
    {"request": "checkout_id=788"}, {"request": {"checkout_id": "788"}},
])  # fmt: skip
def test_the_format_that_is_given_holds_where_neither_says_it(tmp_path, around):
    """A request that says none asks for XML, unless it is known better."""
    path = written(tmp_path, "a.ndjson", obj(answer(checkout_id="788"), **around))
    assert {one["clause"]: one["count"] for one in audited(path, format="json")["clauses"]} == {}
    found = {one["clause"]: one["count"] for one in audited(path, format="xml")["clauses"]}
    assert found == {"wire.body.type": 1}
    said = written(tmp_path, "b.ndjson", obj(answer(checkout_id="5"), request=SENT % "5"))
    assert audited(said, format="xml")["clauses"] == []


@pytest.mark.parametrize(("members", "found"), [
    ({"status": 502}, {"wire.http.server_error": 1}),
    ({"status": "404 Not Found"}, {"wire.http.status": 1}),
    ({"status": 200}, {}),
    ({"headers": {"Content-Type": "text/plain"}}, {"wire.http.content_type": 1}),
    ({"headers": [["content-type", "text/javascript;charset=UTF-8"]]}, {}),
    ({"headers": {"Content-Type": "text/javascript;charset=GBK"}}, {"response.lexical": 1}),
    ({"request": SENT % 788}, {}),
])  # fmt: skip
def test_what_was_recorded_of_http_is_judged_and_no_more(tmp_path, members, found):
    line = json.loads(obj(answer(checkout_id="788"), **members))
    assert clauses(tmp_path, json.dumps(line).encode())[0] == found


def test_consecutive_reads_of_one_order_are_judged_together(tmp_path):
    """What shows between them stands at the later one; another order ends their row."""
    first, later = read(paid_fee=200), read(paid_fee=100)
    found, data = clauses(tmp_path, first, later, later)
    assert found == {SHRINKS: 1}
    assert data["clauses"][0]["first"]["record"] == 1
    assert clauses(tmp_path, first, read("2", paid_fee=100))[0] == {}
    ended, moved = read(checkout_status="FAILED"), read(checkout_status="PROCESSING")
    assert clauses(tmp_path, ended, moved)[0] == {MOVES: 1}
    assert clauses(tmp_path, moved, ended)[0] == {}
    assert clauses(tmp_path, *[first] * 70, later)[0] == {SHRINKS: 1}


def test_reads_in_an_http_archive_are_judged_together(tmp_path):
    bodies = [answer(checkout_id="7", paid_fee=fee) for fee in (300, 200, 100)]
    data = audited(written(tmp_path, "a.har", har(*bodies, request="checkout_id=7")))
    (clause,) = data["clauses"]
    assert (clause["clause"], clause["count"], clause["first"]["record"]) == (SHRINKS, 2, 1)


def test_what_was_not_judged_is_counted_by_name(tmp_path):
    """A body alone tells nothing of what spans exchanges; a read alone nothing of the next one."""
    _, data = clauses(tmp_path, LINE, LINE, LINE)
    names = {c.id for c in WORKSPACE.contract.clauses
             if c.side == "exchange" or (c.side == "wire" and c.path != "body")}  # fmt: skip
    assert data["not_judged"] == dict.fromkeys(names, 3)
    _, data = clauses(tmp_path, read("1"), read("1"), read("2"))
    assert ECHO not in data["not_judged"]
    assert data["not_judged"][SHRINKS] == 2
    assert data["not_judged"]["exchange.sign.refused"] == 3


def test_other_methods_and_what_is_no_call_are_counted(tmp_path):
    written(tmp_path, "a.har", har(GOOD_JSON.decode(), method="taobao.time.get"))
    written(tmp_path, "b.har", har(GOOD_JSON.decode(), method=""))
    written(tmp_path, "c.ndjson", obj(request="method=taobao.time.get"))
    data = audited(tmp_path, code=2)
    assert data["records"] == 0
    assert data["not_judged"] == {"exchanges of another method": 2,
                                  "exchanges that are no calls of TOP": 1}  # fmt: skip


def test_values_are_observed(tmp_path):
    """Codes, the numbers of errors, and what the page does not have; texts of any kind are not."""
    error = b'{"error_response":{"code":15,"msg":"x","sub_code":"y"}}'
    extra = LINE.replace(b'"result": {', b'"result": {"extra": {"a": 1}, ', 1)
    data = clauses(tmp_path, LINE, BAD, error, error, extra, extra)[1]
    (coded,) = [p for s, p in open_sets(WORKSPACE.contract) if s == "response"]
    assert data["observed"] == {coded: {"PROCESSING": 3, "PAID": 1},
                                "error_response.code": {"15": 2},
                                "error_response.sub_code": {"y": 2},
                                "undocumented": {"result.extra": 2}}  # fmt: skip


def test_observed_values_are_bounded(tmp_path):
    """Of very many only some are counted one by one, the same ones whatever their order."""
    lines = [answer(checkout_status=f"S{number:04}").encode() for number in range(1000)]
    one = clauses(tmp_path, *lines)[1]["observed"]
    other = clauses(tmp_path, *reversed(lines))[1]["observed"]
    assert one == other
    (values, *_) = one.values()
    assert len(values) == 201
    assert values["(others)"] == 800


def test_what_is_kept_of_very_many_values_is_exact():
    """In whatever parts and order they are counted."""
    values = [f"S{number}" for number in range(9000)]
    whole, parts = Values(), Values()
    for value in values:
        whole.add({value: 1}, 1)
    for start in range(8999, -1, -3000):
        part = Values()
        for value in values[max(0, start - 2999) : start + 1]:
            part.add({value: 1}, 1)
        parts.add(part.counts, part.total)
    assert whole.shown() == parts.shown()
    assert sum(whole.shown().values()) == 9000
    assert len(whole.counts) == 2000


def test_the_most_frequent_values_are_told():
    values = Values()
    for number in range(1500):
        values.add({f"S{number}": 1, "often": 2}, 3)
    assert next(iter(values.shown().items())) == ("often", 3000)


SECRET = "s3cr3t/session"  # noqa: S105
SPELLINGS = {
    "as it is": SECRET, "within": f"at {SECRET}!", "in capitals": SECRET.upper(),
    "as in a URL": "s3cr3t%2Fsession",
    "as in HTML": "s3cr3t&#47;session", "as in JSON": "s3cr3t\\u002fsession",
    "from its first sign on": "%73%33cr3t/session", "where texts are cut": "x" * 90 + SECRET,
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("where", ["a code", "a refusal", "a name"])
@pytest.mark.parametrize("kind", ["an object", "HAR"])
def test_secrets_of_a_request_are_shown_nowhere(tmp_path, spelling, where, kind):
    """Though an answer repeats them: in samples, in what was observed, in the outcome."""
    body = {
        "a code": answer(checkout_status=spelling),
        "a refusal": json.dumps({"error_response": {"code": 27, "sub_code": spelling, "msg": "x"}}),
        "a name": answer(**{spelling: 1}),
    }[where]
    session = quote(SECRET, safe="")
    if kind == "HAR":
        path = written(tmp_path, "a.har", har(body, request=f"checkout_id=788&session={session}"))
    else:
        line = obj(body, request=f"{SENT % 788}&session={session}")
        path = written(tmp_path, "a.ndjson", line)
    report = tmp_path / "report"
    _, text, errors = told(path, report=report, findings=tmp_path / "findings")
    data = audited(path)
    shown = [text, errors, json.dumps(data), (tmp_path / "findings").read_text("utf-8")]
    shown += [file.read_text("utf-8") for file in report.rglob("*") if file.is_file()]
    assert "(secret)" in text or spelling.startswith("x")
    assert data["records"] == 1
    for one in map(str.lower, shown):
        assert spelling.lower() not in one
        assert SECRET[:8] not in one


def test_codes_are_shown_though_a_secret_is_known(tmp_path):
    """What only looks a little like one is told."""
    body = json.dumps({"error_response": {"code": 27, "sub_code": "isv.s3c", "msg": "x"}})
    path = written(tmp_path, "a.ndjson", obj(body, request=f"{SENT % 788}&session=s3cr3t"))
    assert audited(path)["observed"]["error_response.sub_code"] == {"isv.s3c": 1}
