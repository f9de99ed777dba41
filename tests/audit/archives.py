"""Archives for tests: answers in all the forms that people keep them in, and audits of them."""

import contextlib
import io
import json
from pathlib import Path

from benchmarks.corpora import Corpus
from tests.workspace import WORKSPACE
from topcheck.cli.audit import AuditOptions, audit_all
from topcheck.wire.write import write_json, write_xml

ROOT = WORKSPACE.contract.root
METHOD = WORKSPACE.contract.method
GOOD_JSON = write_json(WORKSPACE.sample)
GOOD_XML = write_xml(WORKSPACE.sample).replace(b"\n", b"")
LINE = json.dumps(json.loads(GOOD_JSON), ensure_ascii=False).encode()
BAD = LINE.replace(b"PROCESSING", b"PAID")
DRIFT = LINE.replace(b'"result": {', b'"result": {"extra": 1, ', 1)
ENUM, KNOWN = "response.result.model.checkout_status.enum", "response.result.known"
#: Answers of which one in twenty errs.
CORPUS = Corpus("tests", faults=0.05)


def answer(**members):
    """Return a body with members of its model changed."""
    data = json.loads(GOOD_JSON)
    data[ROOT]["result"]["model"].update(members)
    return json.dumps(data, ensure_ascii=False)


def obj(body=None, **members):
    """Return a recorded object as a line."""
    return json.dumps({"body": body or LINE.decode(), **members}, ensure_ascii=False).encode()


def har(*bodies, request="biz_order_id=1", method=METHOD):
    """Return an HTTP archive of answers."""
    entries = [
        {"startedDateTime": "2026-01-01T00:00:00Z", "time": 5,
         "request": {"method": "POST", "url": "http://gateway.test/router/rest", "headers": [],
                     "postData": {"mimeType": "application/x-www-form-urlencoded",
                                  "text": f"method={method}&format=json&{request}"}},
         "response": {"status": 200, "headers": [{"name": "Content-Type",
                                                  "value": "text/javascript;charset=UTF-8"}],
                      "content": {"size": len(body), "mimeType": "text/javascript", "text": body}}}
        for body in bodies
    ]  # fmt: skip
    return json.dumps({"log": {"version": "1.2", "creator": {}, "entries": entries}}).encode()


def audited(*paths, code=None, **options):
    """Audit paths and return the answer; `code` is the exit code that is to be."""
    found, data, _ = told(*paths, output="json", **options)
    assert code in (None, found)
    return data


def told(*paths, output="text", **options):
    """Audit paths and return exit code, what was said, and what was said on standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = audit_all(WORKSPACE, [str(path) for path in paths],
                         AuditOptions(output=output, **options))  # fmt: skip
    said = out.getvalue()
    return code, json.loads(said) if output == "json" and said else said, err.getvalue()


def without_engine(data):
    """Return all of an answer that is the same however it was come by."""
    return {name: value for name, value in data.items() if name != "engine"}


def written(folder, name, content):
    """Write a file and return its path."""
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
