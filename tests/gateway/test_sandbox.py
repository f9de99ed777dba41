"""The sandbox: what it answers to whom, asked by our client and by one that shares nothing."""

import base64
import contextlib
import datetime
import json
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.foreign_client import call
from tests.foreign_client import signed as foreign_signed
from tests.workspace import WORKSPACE
from topcheck.contract import protocol
from topcheck.gateway.client import Client, Credentials, RequestOptions, prepare, signed
from topcheck.gateway.orders import OrdersError, read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.wire.exchange import Exchange, Expectation, Request

METHOD = WORKSPACE.contract.method
ROOT = WORKSPACE.contract.root
MINE = Credentials("test-key", "test-secret")
NOON = datetime.datetime(2026, 1, 2, 4, 0, 0, tzinfo=datetime.UTC)
IN_CHINA = "2026-01-02 12:00:00"


def noon():
    """A clock that stands at noon in China."""
    return NOON


def ask(sandbox, params, options=RequestOptions(), clock=noon):
    """Ask a sandbox without a socket."""
    return sandbox.answer(prepare(METHOD, params, MINE, clock, options))


def sandbox_with(orders, tolerance=600):
    """Return a sandbox at noon with an order book."""
    book = read_orders(json.dumps(orders), WORKSPACE.contract)
    return Sandbox(WORKSPACE.contract, book, Settings(MINE, tolerance), noon)


@pytest.fixture
def sandbox():
    """A sandbox at noon with an order in each state."""
    book = WORKSPACE.default_orders()
    return Sandbox(WORKSPACE.contract, book, Settings(MINE), noon)


def code(response):
    """Return the code of an error in either format, None if the body is no error."""
    if response.body.startswith(b"{"):
        return json.loads(response.body).get("error_response", {}).get("code")
    found = ET.fromstring(response.body).find("code")
    return None if found is None else int(found.text)


# ------------------------------------------------------------------ answers


@pytest.mark.parametrize("fmt", ["json", "xml"])
@pytest.mark.parametrize("number", range(1, 6))
def test_each_state_conforms(sandbox, judges, fmt, number):
    """The faultless sandbox keeps every clause, inferred ones too, in every state and format."""
    response = ask(sandbox, {"biz_order_id": str(number)}, RequestOptions(format=fmt))
    judgement = judges.response.judge(response.body, fmt)
    assert (judgement.side, judgement.findings) == ("response", ())
    codes = next(f.enum for f in WORKSPACE.contract.response_rows[0].children[0].children if f.enum)
    assert judgement.values["result.model.checkout_status"] == codes[number - 1]


def test_an_order_moves_as_payments_do(sandbox, judges):
    """The last order of the default book moves on with each read, forward only, and stays."""
    ids = {"biz_order_id": "6"}
    asked = Expectation(parameters=ids, format="json")
    reads = [
        Exchange(Request("POST"), ask(sandbox, ids), NOON, 0.0, expected=asked) for _ in range(5)
    ]
    path = WORKSPACE.flows[0].path
    told = [judges.exchanges.judge_body(read).values[path] for read in reads]
    assert told == ["INIT", "PROCESSING", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]
    assert judges.exchanges.judge(reads).findings == ()


@pytest.mark.parametrize("fmt", ["json", "xml"])
@pytest.mark.parametrize(
    "params",
    [{}, {"biz_order_id": "77"}, {"biz_order_id": "1", "checkout_id": "2"}],
    ids=["none", "unknown", "two orders"],
)
def test_no_order_is_no_success(sandbox, judges, fmt, params):
    """Without one order that all parameters name, success is false and there is no model."""
    judgement = judges.response.judge(ask(sandbox, params, RequestOptions(format=fmt)).body, fmt)
    assert (judgement.verdict, judgement.values["result.success"]) == ("conforms", False)
    assert "result.model" not in judgement.values


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_broken_parameter_gets_the_pages_error(sandbox, judges, fmt):
    """A parameter that breaks the page is answered with the page's own error sample."""
    body = ask(sandbox, {"biz_order_id": "abc"}, RequestOptions(format=fmt)).body
    judgement = judges.response.judge(body, fmt)
    assert (judgement.side, judgement.verdict) == ("error_response", "conforms")
    example = {row.name: row.example for row in WORKSPACE.contract.error_rows if row.example}
    assert {k: str(v) for k, v in judgement.values.items() if k in example} == example


def test_xml_is_the_default_and_names_its_host(sandbox):
    """Without `format` the answer is XML, with a comment behind the root."""
    body = ask(sandbox, {"biz_order_id": "1"}, RequestOptions(format=None)).body
    assert body.startswith(b"<?xml")
    assert body.rstrip().endswith(b"-->")


def test_simplify_drops_the_root_on_success_only(sandbox, judges):
    """With simplify a success has no root, an error keeps its own."""
    options = RequestOptions(simplify=True)
    body = ask(sandbox, {"biz_order_id": "1"}, options).body
    assert list(json.loads(body)) == ["result", "request_id"]
    assert judges.response.judge(body, "json", simplify=True).findings == ()
    assert "error_response" in json.loads(ask(sandbox, {"biz_order_id": "x"}, options).body)


# ------------------------------------------------------------------ refusals


def refused():
    """Return what is wrong with a request, as edits of a signed one, and the documented code."""
    stale, local = "2026-01-02 11:40:00", "2026-01-02 04:00:00"
    wrong = {
        "method": "taobao.other.get", "v": "1.0", "app_key": "other", "format": "yaml",
    }  # fmt: skip
    for name in ("method", "v", "app_key", "timestamp"):
        yield f"{name} missing", {name: None}, protocol.REFUSALS[f"{name}.missing"][0]
    for name, value in wrong.items():
        yield f"{name} wrong", {name: value}, protocol.REFUSALS[f"{name}.invalid"][0]
    odd = {"odd": "yesterday", "bare": "2026-1-2 12:0:0", "wide": "2026-01-02  12:00:00",
           "arabic": "٢٠٢٦-٠١-٠٢ ١٢:٠٠:٠٠", "aeons": "67768036191676800000"}  # fmt: skip
    for name, value in {"stale": stale, "local": local, **odd}.items():
        yield f"timestamp {name}", {"timestamp": value}, protocol.REFUSALS["timestamp.invalid"][0]


REFUSED = list(refused())


@pytest.mark.parametrize("fmt", ["json", "xml"])
@pytest.mark.parametrize(
    ("edit", "expected"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refusals(sandbox, judges, fmt, edit, expected):
    """One thing wrong, signed again, is refused with the platform's code, in a conforming error."""
    request = prepare(METHOD, {"biz_order_id": "1"}, MINE, noon, RequestOptions(format=fmt))
    response = sandbox.answer(signed(request.edited(**edit), MINE.app_secret))
    assert code(response) == expected
    told = "xml" if "format" in edit else fmt
    assert judges.response.judge(response.body, told).findings == ()


@pytest.mark.parametrize("fmt", ["json", "xml"])
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({"sign": None}, "sign.missing"),
        ({"sign": "0" * 32}, "sign.invalid"),
        ({"sign": "签名"}, "sign.invalid"),
        ({"sign": "\udcff"}, "sign.invalid"),
        ({"\udcff": "1"}, "sign.invalid"),
        ({"biz_order_id": "2"}, "sign.invalid"),
        ({"partner_id": "unsigned"}, "sign.invalid"),
        ({"sign_method": "sha1"}, "sign.invalid"),
    ],
    ids=[
        "missing",
        "wrong",
        "foreign",
        "no text",
        "odd name",
        "altered",
        "uncovered",
        "unknown method",
    ],
)
def test_signatures_are_checked(sandbox, fmt, edit, expected):
    """A signature that is missing, wrong, or leaves a parameter uncovered is refused."""
    request = prepare(METHOD, {"biz_order_id": "1"}, MINE, noon, RequestOptions(format=fmt))
    assert code(sandbox.answer(request.edited(**edit))) == protocol.REFUSALS[expected][0]


@pytest.mark.parametrize(("minutes", "taken"), [(9, True), (-9, True), (11, False), (-11, False)])
def test_the_clock_has_ten_minutes(sandbox, minutes, taken):
    """A timestamp may be ten minutes off, either way."""
    off = NOON + datetime.timedelta(minutes=minutes)
    response = ask(sandbox, {"biz_order_id": "1"}, clock=lambda: off)
    assert (code(response) is None) == taken


def test_the_clock_can_be_switched_off():
    """Without a tolerance any timestamp is taken, milliseconds since the epoch too."""
    sandbox = sandbox_with([{"biz_order_id": "1"}], tolerance=None)
    old = datetime.datetime(2016, 1, 1, tzinfo=datetime.UTC)
    assert code(ask(sandbox, {"biz_order_id": "1"}, clock=lambda: old)) is None


def test_milliseconds_are_a_timestamp_too(sandbox):
    """Widely used clients send milliseconds since the epoch."""
    request = prepare(METHOD, {"biz_order_id": "1"}, MINE, noon)
    edited = request.edited(timestamp=str(int(NOON.timestamp() * 1000)))
    assert code(sandbox.answer(signed(edited, MINE.app_secret))) is None


# ------------------------------------------------------------------ the order book


def test_answers_are_served_in_turn():
    """Scripted answers come one a read, the last again and again; a refusal is no read."""
    states = ["INIT", "PROCESSING", "SUCCEEDED"]
    order = {"biz_order_id": "9", "answers": [{"checkout_status": state} for state in states]}
    sandbox = sandbox_with([order])
    request = prepare(METHOD, {"biz_order_id": "9"}, MINE, noon)
    sandbox.answer(request.edited(sign=None))
    bodies = [sandbox.answer(request).body.decode() for _ in range(4)]
    read = [json.loads(body)[ROOT]["result"]["model"]["checkout_status"] for body in bodies]
    assert read == [*states, "SUCCEEDED"]


def test_a_scripted_answer_is_the_whole_model():
    """What stands beside `answers` asks for the order, and is in none of them."""
    script = [{"paid_fee": 1}, {}, {"checkout_id": "other"}]
    order = {"checkout_id": "7", "checkout_status": "SUCCEEDED", "answers": script}
    (read,) = read_orders(json.dumps([order]), WORKSPACE.contract).orders
    assert (read.ids, read.answers) == ({"checkout_id": "7"}, script)


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ("[{", "not JSON"),
        ("{}", "a list of objects"),
        (
            '[{"biz_order_id":"1","chekout_status":"INIT"}]',
            "order 1: unknown member chekout_status",
        ),
        ('[{"checkout_status":"INIT"}]', "order 1: it has none of biz_order_id, checkout_id"),
        ('[{"biz_order_id":"1","answers":[]}]', "at least one answer"),
        (
            '[{"biz_order_id":"1","answers":[{"raw":{"body_base64":"?"}}]}]',
            "order 1: answer 1: raw: body_base64 is a text in base64",
        ),
        (
            '[{"biz_order_id":"1","answers":[{"raw":{"stat":1}}]}]',
            r"order 1: answer 1: raw: unknown member stat \(did you mean status\?\)",
        ),
        (
            '[{"biz_order_id":"1","answers":[{"raw":7}]}]',
            "order 1: answer 1: raw: a raw answer is an object with status",
        ),
        (
            '[{"biz_order_id":"1","answers":[{"raw":{"lines":7}}]}]',
            "order 1: answer 1: raw: lines is a list of texts",
        ),
        ('[{"biz_order_id":"1","answers":[{"raw":{"status":99}}]}]', "status is a whole number"),
        ('[{"biz_order_id":"1","answers":[{"raw":{"cut_after":"3"}}]}]', "cut_after is a whole"),
        ('[{"biz_order_id":"1","answers":[{"raw":{"drip_ms":-5}}]}]', "drip_ms is a whole"),
        *(
            (
                f'[{{"biz_order_id":"1","answers":[{{"raw":{{"headers":{{"{name}":"{value}"}}}}}}]}}]',
                f"headers.* in one line.*: the {what} of a header",
            )
            for name, value, what in (
                (r"A\r\nB", "x", "name"),
                (r"A\n", "x", "name"),
                (r"\u0000", "x", "name"),
                ("A", r"x\r\nB: y", "value"),
                ("A", r"x\n", "value"),
                ("A", r"\u007f", "value"),
            )
        ),
        *(
            (f'[{{"biz_order_id":"1","paid_fee":{number}}}]', f"not JSON: {number} is no number")
            for number in ("NaN", "Infinity", "-Infinity", "1e400", "-1.5e999")
        ),
        ('[{"biz_order_id":"1","biz_order_id":"2"}]', "not JSON: a member stands twice among biz"),
        ('[{"biz_order_id":"1","answers":[{"paid_fee":1,"paid_fee":1}]}]', "twice among paid_fee"),
    ],
)
def test_an_order_book_with_a_mistake_is_refused(orders, said):
    """A mistake in an order book is named with the order it is in."""
    with pytest.raises(OrdersError, match=said):
        read_orders(orders, WORKSPACE.contract)


# ------------------------------------------------------------------ over the wire


@pytest.fixture(scope="module")
def served():
    """A sandbox behind a socket, and orders that answer raw."""
    body = base64.b64encode(b"hello").decode()
    raw = {
        "20": {"status": 502, "headers": {"Content-Type": "text/html"}, "body_base64": body},
        "21": {"body_base64": body, "cut_after": 2},
        "22": {"reset": True},
        "23": {"body_base64": body, "delay_ms": 1500},
        "24": {"body_base64": body, "lines": ["X-By : me", "支付", "X-Also: this"]},
    }
    orders = [
        {"biz_order_id": "9007199254740993", "checkout_id": "支付 788&=+%", "paid_fee": 5},
        *({"biz_order_id": number, "answers": [{"raw": one}]} for number, one in raw.items()),
    ]
    with serving(sandbox_with(orders)) as url:
        yield url


@pytest.mark.parametrize("sign_method", ["md5", "hmac", "hmac-sha256"])
@pytest.mark.parametrize("transport", ["form", "multipart", "get", "split"])
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_foreign_client_is_understood(served, judges, transport, sign_method, fmt):
    """A client that shares no module with us is understood, however it sends and signs."""
    parts = urlsplit(served)
    parameters = foreign_signed(
        {
            "method": METHOD, "app_key": MINE.app_key, "timestamp": IN_CHINA, "v": "2.0",
            "format": fmt, "sign_method": sign_method,
            "biz_order_id": "9007199254740993", "checkout_id": "支付 788&=+%",
        },
        MINE.app_secret,
    )  # fmt: skip
    status, content_type, body = call(parts.netloc, parts.path, parameters, transport)
    judgement = judges.response.judge(body, fmt)
    assert (status, content_type) == (200, protocol.CONTENT_TYPES[fmt])
    assert judgement.values["result.model.checkout_id"] == "支付 788&=+%"


@pytest.mark.parametrize("transport", ["form", "multipart", "get", "split"])
def test_our_client_is_understood(served, judges, transport):
    """Our own client sends what it signed, in every way it can."""
    with Client(served) as client:
        request = prepare(METHOD, {"checkout_id": "支付 788&=+%"}, MINE, noon,
                          RequestOptions(transport=transport))  # fmt: skip
        exchange = client.send(request)
    values = judges.response.judge(exchange.response.body, "json").values
    assert values["result.model.paid_fee"] == 5


def send_raw(served, number, timeout=10.0):
    """Read an order that answers raw."""
    with Client(served, timeout) as client:
        return client.send(prepare(METHOD, {"biz_order_id": number}, MINE, noon))


def test_a_raw_answer_goes_out_as_it_stands(served):
    """Status, headers and bytes of a raw answer are sent unchanged."""
    response = send_raw(served, "20").response
    assert (response.status, response.header("content-type"), response.body) == (
        502, "text/html", b"hello")  # fmt: skip


def test_lines_of_a_raw_answer_go_out_as_they_are(served):
    """What is no header line reaches the client, which reports it and reads the rest."""
    response = send_raw(served, "24").response
    assert response.malformed == ("X-By : me", "支付")
    assert (response.header("x-by"), response.header("x-also")) == ("me", "this")
    assert response.body == b"hello"


@pytest.mark.parametrize("number", ["21", "22"], ids=["cut", "reset"])
def test_a_broken_connection_is_a_failure_in_words(served, number):
    """A connection that breaks is part of the exchange, without exception and without address."""
    exchange = send_raw(served, number)
    assert exchange.response is None
    assert "127.0.0.1" not in exchange.failure


def test_a_gateway_that_hangs_ends_in_time(served):
    """A timeout ends a call, and the reason says so."""
    assert send_raw(served, "23", timeout=0.3).failure == "no answer in time"


def test_a_gateway_that_is_not_there():
    """Nothing listens: said in words."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    exchange = send_raw(f"http://127.0.0.1:{port}/router/rest", "1")
    assert exchange.failure == "no connection: nothing listens there"


def test_a_gateway_that_speaks_no_http():
    """What answers something else than HTTP is said in words."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=5)

        def babble():
            peer, _ = listener.accept()
            peer.recv(65536)
            peer.sendall(b"220 mail ready\r\n")
            peer.close()

        thread = threading.Thread(target=babble)
        thread.start()
        exchange = client.send(prepare(METHOD, {}, MINE, noon))
        thread.join()
    assert exchange.failure == "the answer is not HTTP, or the connection broke"


@pytest.mark.parametrize(
    "pieces",
    [[b"HTTP/1.1 200 OK\r\n", *[b"X-Drop: 1\r\n"] * 90],
     [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *[b"drop"] * 90],
     [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", *[b"drop"] * 90],
     [b"HTTP/1.0 200 OK\r\n\r\n", *[b"drop"] * 90],
     [b"HTTP/1.1 100 Continue\r\n\r\n"] * 90],
    ids=["headers", "body", "close", "old", "continue"],
)  # fmt: skip
def test_an_answer_that_drips_ends_in_time(pieces):
    """Each piece comes in time and the whole would never end: the timeout holds for the answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.3)
        ended = threading.Event()

        def drip():
            peer, _ = listener.accept()
            with peer, contextlib.suppress(OSError):
                peer.recv(65536)
                for piece in pieces:
                    peer.sendall(piece)
                    if ended.wait(0.05):
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        exchange = client.send(prepare(METHOD, {}, MINE, noon))
        sent_all = not thread.is_alive()
        ended.set()
        thread.join()
    assert exchange.failure == "the answer does not end in time"
    assert not sent_all


# ------------------------------------------------------------------ topcheck serve


def serve(*options):
    """Start `topcheck serve` as a process of its own."""
    command = [
        sys.executable,
        "-c",
        "from topcheck.cli.main import main; main()",
        "serve",
        *options,
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_serve_prints_its_url_when_it_is_ready(tmp_path):
    """The one line that serve prints is a gateway that answers at once."""
    orders = tmp_path / "orders.json"
    orders.write_text('[{"biz_order_id":"900","checkout_status":"INIT"}]')
    key, secret = MINE.app_key, MINE.app_secret
    process = serve("--app-key", key, "--app-secret", secret, "--clock-skew", "off",
                    "--orders", str(orders))  # fmt: skip
    try:
        url = process.stdout.readline().strip()
        assert b"INIT" in send_raw(url, "900").response.body
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--clock-skew", "soon"], "neither a number of seconds nor off"),
        (["--orders", "no/such/file"], "No such file"),
        (["--port", "{taken}"], "in use"),
        (["--port", "99999"], "cannot serve on 127.0.0.1:99999"),
    ],
    ids=["skew", "orders", "taken", "range"],
)
def test_serve_says_in_one_line_what_is_wrong(options, said):
    """A wrong option, a missing file or a taken port is one line and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = serve(*(option.format(taken=port) for option in options))
        output, errors = process.communicate(timeout=120)
    assert (process.returncode, output, errors.count("\n")) == (2, "", 1)
    assert said in errors
