"""Recordings as people have them: every layout of every recorder, and what of them is told how."""

import asyncio
import base64
import copy
import gzip
import http.server
import json
import threading
import urllib.request
import zlib
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import vcr
import yaml

from tests.gateway.recorded import (
    ASKED,
    FORM,
    IN_BASE64,
    JSON_TYPE,
    LAYOUTS,
    METHOD,
    OURS,
    PACKED,
    RIGHT,
    URL,
    answer,
    archive,
    asking,
    cassette,
    entry,
    interaction,
)
from tests.workspace import WORKSPACE
from topcheck.gateway.recording import RecordingError, is_recording, read_recordings

NAME = Path("a.file")
LESS = answer(paid_fee=99, checkout_status="PROCESSING")
BACKWARDS = {"exchange.paid_fee.accumulates", "exchange.checkout_status.terminal"}


def written(data):
    """Write a recording as JSON, or as YAML where JSON cannot hold it."""
    try:
        return json.dumps(data).encode()
    except TypeError:
        return yaml.safe_dump(data, allow_unicode=True).encode()


def read(data):
    """Read a recording that is given as data or bytes."""
    body = data if isinstance(data, bytes) else written(data)
    assert is_recording(body)
    return read_recordings(NAME, body)


def judged(*files):
    """Return the broken clauses of each exchange, file by file."""
    found = {Path(f"{number}"): read(one) for number, one in enumerate(files)}
    shown = WORKSPACE.judged(found)
    return [shown.judgement(one).clauses for path in found for one in shown.files[path]]


# ------------------------------------------------------------------ layouts


#: Each layout as it can be written: bytes are no JSON, and an archive is no YAML.
FILES = {
    **{f"{name}.json": json.dumps(LAYOUTS[name]) for name in LAYOUTS if name != "vcrpy"},
    **{f"{name}.yaml": yaml.safe_dump(LAYOUTS[name]) for name in LAYOUTS if name != "HAR"},
}


@pytest.mark.parametrize("name", FILES)
def test_every_layout_is_read_and_judged(name):
    """As JSON and as YAML, whatever the file is called; the same request, the same answer."""
    body = FILES[name].encode()
    found = read(body)
    for one in found:
        asked = one.exchange.expected
        assert dict(asked.parameters) == {"biz_order_id": "3", "checkout_id": "3"}
        assert (asked.format, asked.simplify) == ("json", False)
        assert one.exchange.response.content().decode() == RIGHT
        assert one.exchange.request.value("method") == METHOD
    assert judged(body) == [set()] * len(found)


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-8"])
@pytest.mark.parametrize("name", ["HAR", "VCR", "vcrpy before 1.0"])
def test_a_byte_order_mark_is_no_part_of_a_file(mark, name):
    """Editors and PowerShell put one there."""
    assert read(json.dumps(LAYOUTS[name]).encode(mark))
    if name != "HAR":
        assert read(yaml.safe_dump(LAYOUTS[name]).replace("\n", "\r\n").encode(mark))


@pytest.mark.parametrize(
    "text",
    [
        "# recorded by hand\n---\nversion: 1\ninteractions: {0}",
        "%YAML 1.2\n---\nmetadata: {{}}\ninteractions: {0}\n...\n",
        "\n\n'interactions': {0}",
        "{{interactions: {0}, version: 1}}",
        "{{'version': 1, 'interactions': {0}}}",
        '{{"version": 1, "interactions": {0}}}',
        "\ufeffinteractions: {0}",
    ],
)
def test_a_recording_is_told_by_its_content(text):
    """Comments, markers, quotes and the order of members do not hide it."""
    assert read(text.format(json.dumps([interaction()])).encode())


@pytest.mark.parametrize(
    "body",
    [RIGHT, "<a>\ninteractions:\n</a>", "", "[]", "[1]", '{"log": 1}', '{"log": {"result": 1}}',
     '{"error_response": {"log": {"entries": []}}}', "<html>", "interactions", "a: 1",
     "\x89PNG\r\n", '{"a": {"interactions": []}}', '[{"a": 1}]'],
)  # fmt: skip
def test_a_body_is_no_recording(body):
    """What holds the same words elsewhere is judged as the body that it is."""
    assert not is_recording(body.encode())


OLD_YAML = """\
- request: !!python/object:vcr.request.Request
    body: {form}
    headers: !!python/object/apply:__builtin__.frozenset
    - - !!python/tuple [Content-Type, '{kind}']
      - !!python/tuple [X, y]
    host: gateway.invalid
    method: POST
    path: /router/rest
    port: 80
    protocol: http
  response:
    body: {{string: '{body}'}}
    headers: ["Content-Type: {type}\\r\\n", "X: y\\r\\n"]
    status: {{code: 200, message: OK}}
"""


def test_the_first_vcrpys_are_read():
    """Before 1.0 the tags of Python stood in the file: none of them is followed."""
    body = OLD_YAML.format(form=asking(), kind=FORM, body=RIGHT, type=JSON_TYPE).encode()
    (found,) = read(body)
    assert found.exchange.request.header("x") == "y"
    assert judged(body) == [set()]


# ------------------------------------------------------------------ bodies

#: A right body as a recorder may hold it, and the headers beside it.
BODIES = {
    "text": ({"string": RIGHT}, {}),
    "bytes": ({"string": RIGHT.encode()}, {}),
    "without a mapping": (RIGHT, {}),
    "bytes without a mapping": (RIGHT.encode(), {}),
    "with its encoding": ({"encoding": "utf-8", "string": RIGHT}, {}),
    "Base64": ({"base64_string": base64.b64encode(RIGHT.encode()).decode()}, {}),
    "Base64 in lines": ({"base64_string": base64.encodebytes(RIGHT.encode()).decode()}, {}),
    "gzip": ({"string": PACKED}, {"Content-Encoding": ["gzip"]}),
    "gzip in Base64": ({"base64_string": base64.b64encode(PACKED).decode()},
                       {"content-encoding": ["gzip"]}),
    "deflate": ({"string": zlib.compress(RIGHT.encode())}, {"Content-Encoding": "deflate"}),
    "unpacked before it was recorded": ({"string": RIGHT}, {"Content-Encoding": ["gzip"],
                                                            "Content-Length": ["250"]}),
    "unpacked, of no coding that is read": ({"string": RIGHT}, {"Content-Encoding": ["br"]}),
    "in pieces": ({"string": [RIGHT[:20].encode(), RIGHT[20:].encode()]}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_read_however_it_is_held(name):
    """Nothing is said of a right answer."""
    body, headers = BODIES[name]
    one = interaction(headers=headers)
    one["response"]["body"] = body
    assert judged(cassette(one)) == [set()]


#: Bodies that recorders write where there was none.
EMPTY = {
    "null": {"string": None}, "empty": {"string": ""}, "no bytes": {"string": b""}, "nothing": {},
    "null for all": None, "empty text": "", "null in Base64": {"base64_string": None},
}  # fmt: skip


@pytest.mark.parametrize("name", [*EMPTY, "missing"])
def test_an_empty_body_is_one(name):
    """It has a verdict and no traceback: it is of no type."""
    one = interaction()
    one["response"]["body"] = EMPTY.get(name)
    if name == "missing":
        del one["response"]["body"]
    assert judged(cassette(one)) == [{"wire.body.type"}]


def test_an_old_request_that_was_read_from_a_file():
    """The tags that vcrpy itself reads are read, and no others."""
    text = yaml.safe_dump(cassette(interaction())).replace(
        f"body: {asking()}",
        f"body: !!python/object/new:_io.BytesIO {{state: !!python/tuple ['{asking()}', 0, null]}}",
    )
    assert "BytesIO" in text
    assert judged(text.encode()) == [set()]
    other = text.replace("new:_io.BytesIO", "new:subprocess.Popen").encode()
    with pytest.raises(RecordingError, match=r"line [0-9]+: could not determine a constructor"):
        read_recordings(NAME, other)


@pytest.mark.parametrize(
    ("headers", "clause"),
    [
        ({"Content-Encoding": ["gzip"], "Content-Length": [str(len(RIGHT.encode()))]},
         "wire.body.encoding"),
        ({"Content-Encoding": ["rot13"], "content-length": [str(len(RIGHT.encode()))]},
         "wire.body.encoding"),
    ],
)  # fmt: skip
def test_what_was_sent_plain_under_a_coding_is_told(headers, clause):
    """The length says that no client had unpacked it, and so does this tool of what it wrote."""
    assert judged(cassette(interaction(headers=headers))) == [{clause}]
    headers = {name: text for name, text in headers.items() if name.lower() != "content-length"}
    assert judged(cassette(interaction(headers=headers))) == [set()]
    assert judged(cassette(interaction(headers=headers), metadata=OURS)) == [{clause}]


# ------------------------------------------------------------------ headers, status, requests

HEADERS = {
    "lists": {"Content-Type": [JSON_TYPE], "X": ["a", "b"]},
    "texts": {"content-type": JSON_TYPE},
    "pairs": [["Content-Type", JSON_TYPE], ["X", "a"], ["X", "b"]],
    "pairs with lists": [["Content-Type", [JSON_TYPE]]],
    "pairs in a list": [[["Content-Type", JSON_TYPE], ["X", "a"]]],
    "names and values": [{"name": "Content-Type", "value": JSON_TYPE}, {"name": "X", "value": ""}],
    "lines": [f"Content-Type: {JSON_TYPE}\r\n", "X: a\r\n"],
    "numbers and dates": {"Content-Type": JSON_TYPE, "Age": 0, "Y": None, "Z": True,
                          "Expires": datetime(2026, 1, 1, tzinfo=UTC)},
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_read_however_they_are_held(name):
    """None of it hides the declared type."""
    one = interaction()
    one["response"]["headers"] = HEADERS[name]
    assert judged(cassette(one)) == [set()]
    one["response"]["headers"] = json.loads(
        json.dumps(HEADERS[name], default=str).replace("text/javascript", "text/html")
    )
    assert judged(cassette(one)) == [{"wire.body.type"}]


@pytest.mark.parametrize("headers", [None, {}, []])
def test_an_answer_without_headers_declares_nothing(headers):
    """That is a finding, and nothing that cannot be read."""
    one = interaction()
    one["response"]["headers"] = headers
    assert judged(cassette(one)) == [{"wire.http.content_type"}]


@pytest.mark.parametrize("status", [502, "502", "502 Bad Gateway", {"code": 502}, {"code": "502"},
                                    {"code": 502, "message": None}])  # fmt: skip
def test_a_status_is_read_however_it_is_held(status):
    """A number, a text, or a mapping."""
    one = interaction()
    one["response"]["status"] = status
    assert judged(cassette(one)) == [{"wire.http.server_error"}]


PARTS = "".join(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in ASKED.items()) + "--x--\r\n"  # fmt: skip
#: The request for order 3, as a recorder may hold it.
REQUESTS = {
    "form": {},
    "bytes": {"body": asking().encode()},
    "pairs": {"body": [list(pair) for pair in ASKED.items()]},
    "mapping": {"body": ASKED},
    "mapping with lists": {"body": {name: [value] for name, value in ASKED.items()}},
    "held": {"body": {"encoding": "utf-8", "string": asking()}},
    "held in Base64": {"body": {"base64_string": base64.b64encode(asking().encode()).decode()}},
    "pieces": {"body": [asking()[:9], asking()[9:]]},
    "query": {"body": None, "method": "GET", "uri": f"{URL}?{asking()}"},
    "query, no body": {"body": "", "uri": f"{URL}?{asking()}", "headers": {}},
    "address": {"body": None, "uri": None, "url": f"{URL}?{asking()}"},
    "both": {"body": asking(method=None, format=None),
             "uri": f"{URL}?method={METHOD}&format=json"},
    "multipart": {"body": PARTS, "headers": {"Content-Type": ["multipart/form-data; boundary=x"]}},
    "headers missing": {"headers": None},
    "numbers": {"body": ASKED | {"biz_order_id": 3, "checkout_id": 3,
                                 "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}},
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_read_however_it_is_held(name):
    """What it asked for is compared with what was answered: order 3, and not order 4."""
    one = interaction()
    one["request"] |= REQUESTS[name]
    assert dict(read(cassette(one))[0].exchange.expected.parameters) == {
        "biz_order_id": "3", "checkout_id": "3",
    }  # fmt: skip
    assert judged(cassette(one)) == [set()]
    one["response"]["body"]["string"] = answer(checkout_id="4")
    assert judged(cassette(one)) == [{"exchange.checkout_id.echo"}]


@pytest.mark.parametrize("body", [None, "", {}, "missing"])
def test_of_a_request_that_was_not_kept_nothing_is_expected(body):
    """Neither a format nor an order: a right answer is right."""
    one = interaction(answer(checkout_id="4"))
    one["request"]["body"] = body
    if body == "missing":
        del one["request"]["body"]
    assert judged(cassette(one)) == [set()]


@pytest.mark.parametrize(
    ("accepted", "broken"),
    [(["identity"], True), (["br"], True), (["gzip;q=0"], True), (["deflate, gzip;q=0.000"], True),
     ([""], True), (["gzip"], False), (["deflate, GZIP;q=0.5"], False), (["br", "gzip"], False),
     (["*"], False), (["*;q=0.1, identity;q=1"], False), (None, False)],
)  # fmt: skip
def test_a_coding_is_held_against_what_was_asked_for(accepted, broken):
    """And against nothing where the request does not say."""
    one = interaction(PACKED, headers={"Content-Encoding": ["gzip"]})
    if accepted is not None:
        pairs = [["Content-Type", FORM], *(["Accept-Encoding", one] for one in accepted)]
        one["request"]["headers"] = pairs
    assert judged(cassette(one)) == [{"wire.http.gzip"} if broken else set()]


# ------------------------------------------------------------------ time


@pytest.mark.parametrize(
    "at",
    ["2026-11-25T09:36:21+00:00", "2026-11-25T09:36:21Z", "2026-11-25 17:36:21+08:00",
     "Wed, 25 Nov 2026 09:36:21 GMT", datetime(2026, 11, 25, 9, 36, 21, tzinfo=UTC),
     datetime(2026, 11, 25, 9, 36, 21, tzinfo=UTC).date(), "2026-11-25"],
)  # fmt: skip
def test_a_time_is_read_as_it_stands(at):
    """In quotes or without, of the file, of the exchange, and of the answer's own Date."""
    noon = datetime(2026, 11, 26, tzinfo=UTC).date()
    (found,) = read(cassette(interaction(), metadata={"recorded_at": at}))
    assert found.age(noon) == 1
    text = at if isinstance(at, str) else at.isoformat()
    (found,) = read(cassette(interaction(headers={"Date": [text]})))
    assert (found.age(noon), found.recorded_at) == (1, None)
    (found,) = read({"http_interactions": [interaction() | {"recorded_at": text}]})
    assert found.age(noon) == 1


@pytest.mark.parametrize("at", [None, "", "yesterday", "20", 7, True])
def test_what_is_no_time_tells_none(at):
    """A Date that is none tells nothing; a file that says what is none is told so."""
    (found,) = read(cassette(interaction(headers={"Date": [at]})))
    assert found.age(datetime.now(UTC).date()) is None


# ------------------------------------------------------------------ several exchanges


def test_polls_of_one_file_came_in_its_order():
    """Whatever the clocks of two servers say: the fee that shrinks does so at the later read."""
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    for shift in (timedelta(seconds=1), timedelta(0), timedelta(seconds=-1), None):
        later = {} if shift is None else {"Date": [(noon + shift).isoformat()]}
        reads = [
            interaction(headers={"Date": [noon.isoformat()]}),
            interaction(LESS, headers=later),
        ]
        assert judged(cassette(*reads)) == [set(), BACKWARDS]
        assert judged(cassette(*reversed(reads))) == [set(), set()]


def test_reads_in_several_files_are_ordered_by_their_times_only():
    """Where the times order them they are polls; where they do not, nothing is compared."""
    early, late = (OURS | {"recorded_at": f"2026-11-25T09:36:{second}Z"} for second in ("21", "22"))
    before, after = cassette(interaction()), cassette(interaction(LESS))
    assert judged(before | {"metadata": early}, after | {"metadata": late}) == [set(), BACKWARDS]
    assert judged(before | {"metadata": late}, after | {"metadata": early}) == [set(), set()]
    assert judged(before | {"metadata": late}, after | {"metadata": late}) == [set(), set()]
    assert judged(before, after) == [set(), set()]
    assert judged(before | {"metadata": early}, after) == [set(), set()]


def test_orders_of_two_gateways_are_two():
    """A sandbox and production number their orders alike."""
    reads = interaction(), interaction(LESS)
    reads[1]["request"]["uri"] = "https://gw.api.taobao.com/router/rest"
    assert judged(cassette(*reads)) == [set(), set()]
    times = [{"recorded_at": f"2026-11-25T09:36:2{n}Z", "origin": f"{n}"} for n in range(2)]
    files = (
        cassette(interaction(), metadata=times[0]),
        cassette(interaction(LESS), metadata=times[1]),
    )
    assert judged(*files) == [set(), set()]


def test_what_asked_nothing_is_about_no_order():
    """Two that were followed after a redirect, or whose form was not kept, are not compared."""
    reads = interaction(), interaction(LESS)
    for read_ in reads:
        read_["request"] |= {"method": "GET", "body": None}
    assert judged(cassette(*reads)) == [set(), set()]


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_a_coding_that_was_asked_for_and_is_not_read_is_no_fault_of_the_gateway(coding):
    """It is one line that says so; the same, not asked for, is broken."""
    one = interaction(b"\x8b\x00\x80", headers={"Content-Encoding": [coding]})
    assert judged(cassette(one)) == [{"wire.body.encoding"}]
    one["request"]["headers"]["Accept-Encoding"] = [f"gzip, {coding}"]
    words = f"exchange 0: an answer in {coding}, which is not read: ask for gzip"
    with pytest.raises(RecordingError, match=words):
        read(cassette(one))
    archived = archive(entry())
    archived["log"]["entries"][0]["response"]["headers"][1]["value"] = coding
    archived["log"]["entries"][0]["request"]["headers"][2]["value"] = coding
    assert judged(archived) == [set()]


def test_a_redirect_is_judged_for_what_it_is():
    """An answer that sends elsewhere is none; what came from there is judged by itself."""
    sent = interaction("", headers={"Location": ["/router/rest2"]}, status=302)
    followed = interaction()
    followed["request"] = {"method": "GET", "uri": f"{URL}2", "body": None, "headers": {}}
    assert judged(cassette(sent, followed)) == [{"wire.http.status", "wire.body.type"}, set()]


def test_entries_of_an_archive_are_reads_in_the_order_of_their_times():
    """A browser may list them otherwise; each keeps its place."""
    first, second = (
        entry(at="2026-11-25T09:36:21Z"),
        entry(at="2026-11-25T17:36:22+08:00", text=LESS),
    )
    assert judged(archive(first, second)) == [set(), BACKWARDS]
    found = read(archive(second, first))
    assert [one.number for one in found] == [1, 0]
    assert judged(archive(second, first)) == [set(), BACKWARDS]
    assert [one.exchange.seconds for one in found] == [0.0415, 0.0415]


# ------------------------------------------------------------------ HTTP archives

#: A right answer as an archive may hold it.
CONTENT = {
    "text": {}, "Base64": IN_BASE64,
    "Base64 of what was sent": {"encoding": "base64", "text": base64.b64encode(PACKED).decode()},
    "no size": {"size": -1}, "no type": {"mimeType": ""},
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENT)
def test_the_content_of_an_entry_is_read(name):
    """It was unpacked and decoded before it was exported, though the headers are as they came."""
    assert judged(archive(entry(**CONTENT[name]))) == [set()]


@pytest.mark.parametrize(("charset", "found"), [("GBK", {"response.lexical"}), ("utf8", set()),
                                                ("UTF-8", set()), (None, set())])  # fmt: skip
def test_a_text_of_an_archive_is_encoded_as_it_was(charset, found):
    """The archive decoded it: a charset that was declared and kept is not held against it."""
    one = entry()
    kind = f"text/javascript;charset={charset}" if charset else "text/javascript"
    one["response"]["headers"][0]["value"] = kind
    assert judged(archive(one)) == [found]


POSTED = {
    "parameters": {"mimeType": FORM, "text": "",
                   "params": [{"name": k, "value": v} for k, v in ASKED.items()]},
    "only parameters": {"params": [{"name": k, "value": v} for k, v in ASKED.items()]},
    "both": {"mimeType": FORM, "text": asking(), "params": [{"name": "a", "value": "b"}]},
    "multipart": {"mimeType": "multipart/form-data; boundary=x", "text": PARTS},
}  # fmt: skip


@pytest.mark.parametrize("name", POSTED)
def test_the_form_of_an_entry_is_read(name):
    """As it was sent, or as the archive took it apart."""
    one = entry()
    one["request"]["postData"] = POSTED[name]
    assert judged(archive(one)) == [set()]
    one["response"]["content"]["text"] = answer(checkout_id="4")
    assert judged(archive(one)) == [{"exchange.checkout_id.echo"}]


@pytest.mark.parametrize("query", [True, False])
def test_the_query_of_an_entry_is_read(query):
    """From the address, or as the archive took it apart."""
    one = entry(text=answer(checkout_id="4"))
    del one["request"]["postData"]
    one["request"] |= {"method": "GET", "url": f"{URL}?{asking()}" if query else URL}
    one["request"]["queryString"] = [{"name": k, "value": v} for k, v in ASKED.items()]
    assert judged(archive(one)) == [{"exchange.checkout_id.echo"}]


def test_what_is_no_call_is_passed_over_and_counted():
    """Pictures, preflights and what was never answered: only calls are read of an archive."""
    picture, asked_first, blocked = (
        entry(form="a=b"),
        entry(url=f"{URL}?{asking()}"),
        entry(form="x="),
    )
    asked_first["request"]["method"] = "OPTIONS"
    blocked["response"] = {"status": 0}
    other = entry(form=asking(method="taobao.time.get"))
    found = read(archive(picture, entry(), asked_first, blocked, other))
    shown = WORKSPACE.judged({NAME: found})
    assert [one.number for one in shown.files[NAME]] == [1]
    assert shown.passed_over == (
        "a.file: passed over: 3 of 5 exchanges, no calls of TOP",
        f"a.file: passed over: 1 of 5 exchanges, of taobao.time.get, not of {METHOD}",
    )


def test_a_recording_of_another_method_is_told_by_name():
    """It breaks nothing of this method's contract."""
    other = interaction('{"time_get_response":{}}', asking(method="taobao.time.get"))
    shown = WORKSPACE.judged({NAME: read(cassette(other, interaction()))})
    assert [one.number for one in shown.files[NAME]] == [1]
    assert shown.evidence.clauses == set()
    assert shown.passed_over == (
        f"a.file: passed over: 1 of 2 exchanges, of taobao.time.get, not of {METHOD}",
    )


# ------------------------------------------------------------------ what vcrpy itself writes


class Answering(http.server.BaseHTTPRequestHandler):
    """Redirects the first path to the second, which answers in gzip."""

    def do_POST(self):
        """Answer a call."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", "/router/rest")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", JSON_TYPE)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(PACKED)))
        self.end_headers()
        self.wfile.write(PACKED)

    def log_message(self, *_words):
        """Say nothing."""


@contextmanager
def answering():
    """Run the server on loopback."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("decoded", [False, True])
def test_what_vcrpy_records_of_the_standard_library_is_judged(tmp_path, decoded):
    """Two calls, each in gzip: as bytes, or undone as vcrpy is told to."""
    path = tmp_path / "a.yaml"
    recorder = vcr.VCR(record_mode="all", decode_compressed_response=decoded)
    with answering() as url, recorder.use_cassette(str(path)):
        for _ in range(2):
            with urllib.request.urlopen(f"{url}/router/rest", asking().encode()) as found:  # noqa: S310
                assert RIGHT.encode() in (body := found.read(), *unzipped(body))
    written = path.read_bytes()
    assert (b"!!binary" in written) is not decoded
    assert judged(written) == [set(), set()]


def unzipped(body):
    """Undo gzip, where it is any."""
    return [gzip.decompress(body)] if body.startswith(b"\x1f\x8b") else []


def test_what_vcrpy_records_of_aiohttp_is_judged(tmp_path):
    """A redirect and what came of it: unpacked already, though the header still says gzip."""

    async def call(url):
        async with aiohttp.ClientSession() as session:
            sent = session.post(f"{url}/moved", data=asking(), headers={"Content-Type": FORM})
            async with sent as found:
                assert await found.text() == RIGHT

    with answering() as url, vcr.use_cassette(str(tmp_path / "a.json"), serializer="json"):
        asyncio.run(call(url))
    body = (tmp_path / "a.json").read_bytes()
    assert b"gzip" in body
    assert judged(body) == [{"wire.http.status", "wire.body.type"}, set()]


def test_the_data_of_a_layout_is_not_changed_by_reading_it():
    """What one test reads is there for the next."""
    before = copy.deepcopy(LAYOUTS)
    for data in LAYOUTS.values():
        read(data)
    assert before == LAYOUTS
