"""Recordings in the layouts that recorders write: one right exchange each, or several."""

import base64
import gzip
import json
from urllib.parse import urlencode

from tests.workspace import WORKSPACE

METHOD = WORKSPACE.contract.method
ROOT_NAME = WORKSPACE.contract.root
FORM = "application/x-www-form-urlencoded;charset=utf-8"
JSON_TYPE = "text/javascript;charset=UTF-8"
ASKED = {"app_key": "SCRUBBED", "method": METHOD, "timestamp": "2026-11-25 17:36:21", "v": "2.0",
         "format": "json", "biz_order_id": "3", "checkout_id": "3", "sign": "SCRUBBED"}  # fmt: skip
URL = "http://gateway.invalid/router/rest"


def answer(**members):
    """Return the text of a right answer, some of whose members are given."""
    model = {"paid_fee": 100, "paid_time": "2018-01-02 12:00:00", "checkout_status": "SUCCEEDED",
             "checkout_id": "3", "out_biz_id": "900", "success": True} | members  # fmt: skip
    result = {"model": model, "http_status_code": 200, "msg_info": "查询成功", "success": True}
    return json.dumps({ROOT_NAME: {"result": result}}, ensure_ascii=False)


RIGHT = answer()
PACKED = gzip.compress(RIGHT.encode(), mtime=0)


def asking(**changes):
    """Return the form of a request as it is sent, some of whose parameters are given."""
    return urlencode(
        {name: value for name, value in (ASKED | changes).items() if value is not None}
    )


def interaction(body=RIGHT, form=None, headers=None, status=200):
    """Return an exchange as vcrpy writes it."""
    return {
        "request": {"body": form or asking(), "headers": {"Content-Type": [FORM]}, "method": "POST",
                    "uri": URL},
        "response": {"body": {"string": body},
                     "headers": {"Content-Type": [JSON_TYPE]} | (headers or {}),
                     "status": {"code": status, "message": "OK"}},
    }  # fmt: skip


def entry(form=None, url=URL, at="2026-11-25T09:36:21.123Z", **content):
    """Return an entry of an archive, whose content is that of a right answer unless it is given."""
    held = {"size": len(RIGHT), "mimeType": "text/javascript", "text": RIGHT} | content
    posted = {"mimeType": FORM, "text": form or asking()}
    kind = {"name": "content-type", "value": FORM}
    return {
        "startedDateTime": at,
        "time": 41.5,
        "request": {"method": "POST", "url": url, "httpVersion": "HTTP/2", "queryString": [],
                    "headers": [{"name": ":method", "value": "POST"}, kind,
                                {"name": "accept-encoding", "value": "gzip, deflate, br"}],
                    "postData": posted, "headersSize": -1, "bodySize": -1},
        "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/2",
                     "headers": [{"name": "content-type", "value": JSON_TYPE},
                                 {"name": "content-encoding", "value": "gzip"}],
                     "content": held, "redirectURL": "", "headersSize": -1, "bodySize": -1},
        "cache": {},
        "timings": {"send": 0, "wait": 40, "receive": 1},
    }  # fmt: skip


def archive(*entries):
    """Return an archive of these entries."""
    return {
        "log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [*entries]}
    }


def cassette(*interactions, **more):
    """Return a cassette of these exchanges."""
    return {"interactions": [*interactions], "version": 1} | more


OURS = {"contract_digest": "0c07f5680e80a8ed", "origin": "embedded", "tool_version": "0.1.0",
        "recorded_at": "2026-11-25T09:36:21+00:00"}  # fmt: skip
IN_BASE64 = {"text": base64.b64encode(RIGHT.encode()).decode(), "encoding": "base64"}

GZIPPED = {"Content-Encoding": ["gzip"], "Date": ["Wed, 25 Nov 2026 09:36:21 GMT"]}
#: One of each layout, as data: two exchanges of one order in each, unless it has but one.
LAYOUTS = {
    "vcrpy": cassette(
        interaction(),
        interaction(PACKED, headers=GZIPPED),
        metadata=OURS,
    ),
    "vcrpy of httpx": cassette({
        "request": interaction()["request"],
        "response": {"status_code": 200, "http_version": "HTTP/1.1", "content": RIGHT,
                     "headers": {"content-type": [JSON_TYPE]}},
    }),
    "vcrpy before 1.0": [{
        "request": {"body": asking(), "method": "POST", "protocol": "http", "port": 80,
                    "host": "gateway.invalid", "path": "/router/rest",
                    "headers": {"Content-Type": FORM}},
        "response": {"body": {"string": RIGHT}, "headers": [f"Content-Type: {JSON_TYPE}\r\n"],
                     "status": {"code": 200, "message": "OK"}},
    }],
    "VCR": {"http_interactions": [{
        "request": {"method": "post", "uri": URL, "headers": {"Content-Type": [FORM]},
                    "body": {"encoding": "UTF-8", "string": asking()}},
        "response": {"status": {"code": 200, "message": "OK"}, "http_version": None,
                     "headers": {"Content-Type": [JSON_TYPE], "Content-Encoding": ["gzip"]},
                     "body": {"encoding": "ASCII-8BIT",
                              "base64_string": base64.b64encode(PACKED).decode()}},
        "recorded_at": "Wed, 25 Nov 2026 09:36:21 GMT",
    }], "recorded_with": "VCR 6.0.0"},
    "HAR": archive(entry(), entry(at="2026-11-25T17:36:22+08:00", **IN_BASE64)),
}  # fmt: skip
