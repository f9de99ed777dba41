"""How a gateway is asked: the same list for one seed, within bounds, again only where it helps."""

import base64
import json
import random
import re
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.foreign_gateway import ORDERS
from tests.foreign_gateway import serving as foreign
from tests.gateway.raw_server import speaking
from tests.kill_matrix import known_orders
from tests.virtual_wire import VirtualTime, VirtualWire
from tests.workspace import WORKSPACE
from topcheck.contract.model import Severity
from topcheck.contract.protocol import CONTENT_TYPES
from topcheck.gateway.client import Client, Credentials, RequestOptions, prepare, signed
from topcheck.gateway.connection import pool_for
from topcheck.gateway.embedded import Gateway as Reached
from topcheck.gateway.orders import Order, OrderBook, ScriptedResponse, read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.timing import Timing, now
from topcheck.generate.bodies import HTML, WRITERS
from topcheck.live.connect import GatewayError, connected
from topcheck.live.evidence import judge_gateway
from topcheck.live.page_diff import ABSENT, DOCUMENTED, page_diff
from topcheck.live.plan import Plan
from topcheck.live.probe import ask
from topcheck.live.runner import MOST_LATE, Bounds, Runner
from topcheck.wire.exchange import Response
from topcheck.wire.limits import MAX_BODY_BYTES
from topcheck.wire.tree import Kind, Node

MINE = Credentials("a-key", "a-secret")
ENVIRONMENT = {"TOP_APP_KEY": MINE.app_key, "TOP_APP_SECRET": MINE.app_secret}
KNOWN = {**ENVIRONMENT, "TOP_ORDERS": json.dumps(
    [dict(order.ids) for order in WORKSPACE.default_orders().orders])}  # fmt: skip
STATED = {**ENVIRONMENT, "TOP_ORDERS": known_orders(WORKSPACE.default_orders())}
JSON = (("Content-Type", "text/javascript;charset=UTF-8"),)


class Gateway:
    """A faultless sandbox that keeps what it was asked, and may answer something else."""

    def __init__(self, answers=()):
        self.sandbox = Sandbox(WORKSPACE.contract, WORKSPACE.default_orders(), Settings(MINE), now)
        self.answers = list(answers)
        self.clock = time.monotonic
        self.seen = []

    def answer(self, request):
        """Answer from the list while there is one, its last again and again if it is alone."""
        self.seen.append((self.clock(), request))
        if not self.answers:
            return self.sandbox.answer(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def live(gateway, environment=ENVIRONMENT, bounds=Bounds(), seed=0, timeout=10.0,
         fail_on=Severity.VIOLATION):  # fmt: skip
    """Judge a gateway in this process, by a clock that goes on only where something takes time."""
    passing = VirtualTime(now())
    gateway.clock = lambda: passing.passed
    wire = VirtualWire(gateway, passing, timeout)
    with reached("http://127.0.0.1:9/router/rest", environment) as known:
        here = replace(known, send=wire.send, clock=passing.now)
        return judge_gateway(here, WORKSPACE.judges, bounds, seed, fail_on, passing.timing)


def reached(url, environment, timeout=10.0, **options):
    """Reach a gateway with what an environment holds."""
    return connected(WORKSPACE.contract, url, environment, timeout, **options)


def judged(url, environment, timeout=10.0, bounds=Bounds(), **options):
    """Judge a gateway over sockets."""
    with reached(url, environment, timeout, **options) as gateway:
        return judge_gateway(gateway, WORKSPACE.judges, bounds)


def refused(url, environment, **options):
    """Reach a gateway that cannot be reached, and ask it nothing."""
    with reached(url, environment, **options):
        pass


def error(code, **members):
    """Return an error as the platform answers it."""
    body = {"error_response": {"code": code, "msg": "x", **members}}
    return Response(200, JSON, json.dumps(body).encode())


# ------------------------------------------------------------------ no false alarm


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("environment", [ENVIRONMENT, KNOWN], ids=["unknown", "known"])
def test_a_faultless_sandbox_is_clean(environment, seed):
    """Nothing is found wrong with who does nothing wrong, whatever the seed."""
    assert live(Gateway(), environment, Bounds(latency=5.0), seed).evidence.findings == ()


FOREIGN = {**ENVIRONMENT, "TOP_ORDERS": json.dumps(
    [{"biz_order_id": str(number), **told} for number, told in ORDERS.items()])}  # fmt: skip


def unobserved(found):
    """Return the clauses about answers that a run did not try."""
    of_answers = {clause.id for clause in WORKSPACE.contract.clauses if clause.side != "request"}
    return of_answers - found.evidence.tried


def test_what_a_faultless_sandbox_can_show_is_observed():
    """With known orders, of every state and with ids of every length, nothing is left open."""
    assert unobserved(live(Gateway(), STATED, Bounds(latency=5.0))) == set()


def test_what_no_answer_can_show_is_not_observed():
    """Ids of three digits show no rounding, and one format alone shows no parity."""
    ids = {"biz_order_id": "123", "checkout_id": "456"}
    order = [{**ids, "paid_fee": 100, "checkout_status": "PROCESSING"}]
    environment = {**ENVIRONMENT, "TOP_ORDERS": json.dumps(order)}
    rounded = {"exchange.biz_order_id.exact", "exchange.checkout_id.exact"}
    assert rounded <= unobserved(live(sandbox(order), environment))
    in_json = [one for one in polled(sandbox(order), ids) if one.expected.format == "json"]
    evidence = WORKSPACE.judges.exchanges.judge(in_json)
    assert "exchange.parity" not in evidence.tried
    assert "exchange.checkout_id.echo" in evidence.tried


def polled(gateway, ids):
    """Return the reads of a poll."""
    plan = Plan(WORKSPACE.contract, [Order(ids, [{}])])
    passing = VirtualTime(now())
    wire = VirtualWire(gateway, passing)
    return [
        replace(wire.send(p.requests(WORKSPACE.contract.method, MINE, now)[1]), expected=p.expected)
        for p in plan.poll(plan.targets[0])
    ]


@pytest.mark.parametrize("environment", [ENVIRONMENT, FOREIGN], ids=["unknown", "known"])
def test_a_gateway_that_shares_nothing_with_us_is_clean(environment):
    """Client and sandbox do not agree on one mistake: another gateway is clean as well."""
    with foreign(MINE.app_key, MINE.app_secret) as url:
        found = judged(url, environment, bounds=Bounds(latency=5.0))
    assert found.evidence.findings == ()
    short = {"exchange.biz_order_id.exact", "exchange.checkout_id.exact"}
    known = {"biz_order_id.echo", "biz_order_id.alone", "checkout_id.alone", "checkout_status.echo"}
    unknown = {f"exchange.{one}" for one in known} | {"response.result.model.paid_time.present"}
    assert unobserved(found) == (short | unknown if environment is ENVIRONMENT else short)


# ------------------------------------------------------------------ one seed, one list


def asked(seed):
    """Return what a gateway is asked with a seed, apart from time and signature."""
    gateway = Gateway()
    live(gateway, seed=seed)
    return [
        (
            request.verb,
            [pair for pair in request.parameters if pair[0] not in ("timestamp", "sign")],
        )
        for _, request in gateway.seen
    ]


def test_one_seed_is_one_list_of_requests():
    """The same seed asks the same, and another one something else."""
    first = asked(0)
    assert first == asked(0)
    assert first != asked(1)


def test_a_plan_is_the_same_bytes_with_a_fixed_clock():
    """With a fixed clock, one seed is one list of requests byte for byte."""
    at = now()

    def requests():
        plan = Plan(WORKSPACE.contract, WORKSPACE.default_orders().orders)
        first, *others = plan.targets
        groups = [plan.poll(first), *plan.rest(first, others)]
        probes = [probe for group in groups for probe in group]
        return [probe.requests(WORKSPACE.contract.method, MINE, lambda: at) for probe in probes]

    assert requests() == requests()


# ------------------------------------------------------------------ bounds


def test_no_more_is_asked_than_may_be():
    """At so many requests it ends, and says so."""
    gateway = Gateway()
    found = live(gateway, bounds=Bounds(requests=40))
    assert (found.count, len(gateway.seen)) == (40, 40)
    assert found.stopped == "40 requests were made (--max-requests)"


def test_requests_keep_their_pace():
    """At so many a second, the first and the last are as far apart as that takes."""
    gateway = Gateway()
    live(gateway, bounds=Bounds(requests=20, rate=100.0))
    assert gateway.seen[-1][0] - gateway.seen[0][0] >= 0.18


def test_a_slow_gateway_is_not_asked_three_hundred_times():
    """Once the latency finding is sure, nothing more is asked."""
    bounds = Bounds(latency=0.0, late=MOST_LATE)
    found = live(Gateway(), bounds=bounds, fail_on=Severity.ADVISORY)
    assert found.count < 20
    assert "over the latency budget" in found.stopped
    assert clauses(found) == {"wire.http.latency"}


def waiting(gateway):
    """Return a runner for a gateway, and the list of its waits."""
    passing, waits = VirtualTime(now()), []
    timing = Timing(passing.now, lambda: passing.passed, waits.append)
    known = Reached(WORKSPACE.contract, VirtualWire(gateway, passing).send, OrderBook(), MINE)
    return Runner(known, Bounds(), WORKSPACE.judges.exchanges.judge_body, timing), waits


def test_a_busy_gateway_is_asked_again_signed_anew():
    """An isp. error is asked again a few times, each with a signature of its own moment."""
    busy = error(15, sub_code="isp.remote-service-timeout")
    runner, waits = waiting(Gateway([busy, busy, error(15, sub_code="isv.x")]))
    (last,) = runner.ask([ask({"biz_order_id": "1"})])
    assert last.judgement.values["sub_code"] == "isv.x"
    assert [wait for wait in waits if wait] == [0.2, 0.4]


@pytest.mark.parametrize(("seconds", "expected"), [(2, [2.0]), (100000, [])], ids=["short", "ban"])
def test_a_quota_is_waited_for_or_ends_it(seconds, expected):
    """A quota says for how long: a while is waited, a ban ends the run at once."""
    text = f"This ban will last for {seconds} more seconds"
    gateway = Gateway([error(7, sub_msg=text), error(15, sub_code="isv.x")])
    runner, waits = waiting(gateway)
    found = runner.ask([ask({"biz_order_id": "1"})])
    assert [wait for wait in waits if wait] == expected
    assert bool(found) == bool(expected)
    assert runner.stopped == (None if expected else "the gateway asks to wait 100000 s")


# ------------------------------------------------------------------ nothing to judge


def test_a_gateway_that_hangs_is_one_reason():
    """A gateway that takes connections and says nothing is given up after two tries."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/router/rest"
        with pytest.raises(GatewayError, match="cannot be judged: no answer in time"):
            judged(url, ENVIRONMENT, 0.3)


@pytest.mark.parametrize("linger", [struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)],
                         ids=["reset", "closed"])  # fmt: skip
@pytest.mark.parametrize("heard", [True, False])
def test_a_gateway_that_drops_every_call_is_one_reason(linger, heard):
    """What stands there may be no gateway: nothing that it said breaks a clause.

    Half an answer, or none now and then, does: `transport.half` and `transport.reset` are faults.
    """

    def drop(listener):
        with suppress(OSError):  # until the listener is shut down
            while connection := listener.accept()[0]:
                if heard:
                    connection.recv(65536)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drop, args=[listener], daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/router/rest"
        with pytest.raises(GatewayError, match=r"judged: no (answer came|connection): "):
            judged(url, ENVIRONMENT)
        listener.shutdown(socket.SHUT_RDWR)


class Erring:
    """A gateway that answers every call with one error, in the format that was asked for."""

    def __init__(self, code, msg="x", **more):
        members = [Node("code", Kind.NUMBER, str(code)), Node("msg", Kind.STRING, msg)]
        members += [Node(name, Kind.STRING, text) for name, text in more.items()]
        root = Node("error_response", Kind.OBJECT, children=members)
        self.document = Node("", Kind.OBJECT, children=[root])

    def answer(self, request):
        """Answer as the platform does."""
        fmt = request.value("format") or "xml"
        headers = (("Content-Type", CONTENT_TYPES.get(fmt, CONTENT_TYPES["xml"])),)
        return Response(200, headers, WRITERS.get(fmt, WRITERS["xml"])(self.document))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (25, "every answer was: 25 x"),
        (11, "every answer was: 11 x; let the app have the permission"),
        (530, "every answer was: 530 x; give TOP_ORDERS"),
    ],
    ids=["signature", "permission", "unknown"],
)
def test_nothing_but_errors_is_undecided(code, said):
    """Without one success and without a finding there is nothing to decide by."""
    with pytest.raises(GatewayError, match=said):
        live(Erring(code))


@pytest.mark.parametrize(
    ("answer", "clause"),
    [
        (Response(200, (("Content-Type", "text/html"),), HTML), "wire.body.type"),
        (Response(500, JSON, b""), "wire.http.server_error"),
        (replace(error(15, sub_code="isv.x"), status=500), "wire.http.server_error"),
    ],
    ids=["html", "500", "500-error"],
)
def test_what_is_always_wrong_is_convicted(answer, clause):
    """A gateway that serves only HTML, or only 500, is convicted, and not undecided."""
    found = live(Gateway([answer]))
    assert clause in {finding.clause.id for finding in found.evidence.findings}


@pytest.mark.parametrize(("seconds", "said"), [(None, "6 requests were made"), (0.3, "0.3 s are")])
def test_a_run_that_ends_before_the_refusals_is_undecided(seconds, said):
    """Orders were found, but whether anything is refused was not tried: that is not green."""
    bounds = Bounds(requests=6) if seconds is None else Bounds(seconds=seconds)
    slow = Changing(lambda a, _n, _r: ScriptedResponse(200, dict(a.headers), a.body, delay=30))
    with pytest.raises(GatewayError, match=rf"before all that must be refused was tried, {said}"):
        live(slow, bounds=bounds)


def test_many_orders_do_not_keep_the_refusals_from_being_tried():
    """What must be refused is tried as soon as one order is found, whatever else is known."""
    environment = {**KNOWN, "TOP_ORDERS": json.dumps([*json.loads(KNOWN["TOP_ORDERS"])] * 20)}
    assert "exchange.sign.refused" in clauses(live(Lax(), environment, Bounds(requests=60)))
    with pytest.raises(GatewayError, match=r"before \d+ of the orders in TOP_ORDERS were read"):
        live(Gateway(), environment, Bounds(requests=60))


class Lax(Gateway):
    """A gateway that takes any signature, but knows its orders."""

    def answer(self, request):
        """Sign anew whatever comes."""
        return super().answer(signed(request.edited(sign_method="md5"), MINE.app_secret))


@pytest.mark.parametrize("first", [{"biz_order_id": "404"}, {"biz_order_id": "405"}])
def test_what_must_be_refused_is_tried_with_an_order_that_is_found(first):
    """That the first known order is none hides no gateway that takes any signature."""
    orders = [first, *json.loads(KNOWN["TOP_ORDERS"])]
    found = live(Lax(), {**KNOWN, "TOP_ORDERS": json.dumps(orders)})
    assert "exchange.sign.refused" in clauses(found)


def test_no_order_that_is_found_is_undecided():
    """That some order is found by chance shows nothing of what must be refused."""
    unknown = {**ENVIRONMENT, "TOP_ORDERS": '[{"biz_order_id": "404"}]'}
    with pytest.raises(
        GatewayError,
        match=r"every answer was: a call without success; the gateway knows no order of TOP_ORDERS",
    ):
        live(Lax(), unknown)


@pytest.mark.parametrize("state", [None, "FAILED"], ids=["known", "stated"])
def test_a_known_order_that_is_never_found_is_not_passed_over(state):
    """It is named: as broken if its state was stated, and else as a mistake of whoever knows it."""
    lost = {"biz_order_id": "404"} | ({"checkout_status": state} if state else {})
    environment = {**KNOWN, "TOP_ORDERS": json.dumps([*json.loads(KNOWN["TOP_ORDERS"]), lost])}
    if state:
        assert clauses(live(Gateway(), environment)) == {"exchange.checkout_status.echo"}
    else:
        with pytest.raises(GatewayError, match=r"TOP_ORDERS was never found \(biz_order_id=404\)"):
            live(Gateway(), environment)


def test_a_gateway_that_takes_no_form_is_convicted_of_that():
    """Where only GET is answered, what is refused is the form."""
    erring = Erring(9, "Http Action Not Allowed")
    found = live(Changing(lambda a, _n, r: a if r.verb == "GET" else erring.answer(r)), KNOWN)
    assert "wire.transport.form" in clauses(found)
    assert not any("sign" in clause for clause in clauses(found))


class Changing(Gateway):
    """A sandbox whose answers are changed by what a test says, by their number."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def answer(self, request):
        """Answer as the sandbox does, and change it."""
        found = super().answer(request)
        return self.change(found, len(self.seen), request)


def clauses(found):
    """Return the clauses that a run breaks."""
    return {finding.clause.id for finding in found.evidence.findings}


@pytest.mark.parametrize("every", [3, 5])
def test_an_error_now_and_then_is_no_other_story(every):
    """A gateway that is sometimes out of order tells no other story in one of the formats."""
    broken = Erring(15)
    found = live(Changing(lambda a, n, r: broken.answer(r) if n % every == 0 else a), KNOWN)
    assert "exchange.parity" not in clauses(found)


#: What comes now and then in place of an answer, how often, by which seed, and what is about it.
NOW_AND_THEN = {
    "502": (Response(502, (("Content-Type", "text/html"),), HTML), 0.3, 1,
            {"wire.http.server_error", "wire.body.type"}),
    "reset": (ScriptedResponse(reset=True), 0.2, 1, {"wire.http.connection"}),
    "nothing": (Response(200, JSON, b""), 0.3, 1, {"wire.body.type"}),
    "a page": (Response(200, (("Content-Type", "text/html"),), HTML), 0.3, 2, {"wire.body.type"}),
    "busy": (None, 0.6, 7, set()),
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "rate", "seed", "about"), NOW_AND_THEN.values(), ids=NOW_AND_THEN
)
def test_what_is_no_answer_convicts_no_way_to_ask(answer, rate, seed, about):
    """Twice in a row it comes by chance: no signature, clock or transport is to blame for that."""
    drawn, busy = random.Random(seed), Erring(15, sub_code="isp.x")
    change = lambda a, _n, r: (answer or busy.answer(r)) if drawn.random() < rate else a  # noqa: E731
    assert clauses(live(Changing(change), STATED)) == about


@pytest.mark.parametrize("transport", ["multipart", "get", "split", "form"])
def test_a_way_that_is_never_answered_with_success_is_convicted(transport):
    """An error that names nothing of the request is enough, where every call of a way has it."""
    way = {"multipart": lambda r: r.multipart, "get": lambda r: r.verb == "GET",
           "split": lambda r: r.query and r.form and not r.multipart,
           "form": lambda r: r.form and not r.query and not r.multipart}[transport]  # fmt: skip
    erring = Erring(530)
    found = live(Changing(lambda a, _n, r: erring.answer(r) if way(r) else a), STATED)
    assert f"wire.transport.{transport}" in clauses(found)


def test_a_format_that_always_fails_is_another_story():
    """Where XML is answered with errors only, and JSON never is, the formats differ."""
    broken = Erring(15)
    change = lambda a, _n, r: broken.answer(r) if r.value("format") == "xml" else a  # noqa: E731
    assert "exchange.parity" in clauses(live(Changing(change), KNOWN))


def test_an_order_that_reverts_later_is_convicted():
    """A stated state holds at every read, and what has ended stays so from group to group."""
    orders = [{"biz_order_id": "900", "checkout_id": "788", "checkout_status": "SUCCEEDED"}]
    told = {"paid_fee": 1, "checkout_id": "788", "paid_time": "2018-01-02 12:00:00"}
    states = ["SUCCEEDED"] * 6 + ["PROCESSING"]
    book = [{**orders[0], "answers": [{**told, "checkout_status": state} for state in states]}]
    sandbox = Sandbox(WORKSPACE.contract, read_orders(json.dumps(book), WORKSPACE.contract),
                      Settings(MINE), now)  # fmt: skip
    found = live(sandbox, {**ENVIRONMENT, "TOP_ORDERS": json.dumps(orders)})
    assert {"exchange.checkout_status.echo", "exchange.checkout_status.terminal"} <= clauses(found)


def test_a_refusal_may_be_a_call_that_did_not_succeed():
    """A gateway that refuses with success false refuses; one that answers the order does not."""
    sandbox = Sandbox(WORKSPACE.contract, WORKSPACE.default_orders(), Settings(MINE), now)
    unknown = {"biz_order_id": "404"}

    def refusing(answer, _count, request):
        if b"error_response" not in answer.body:
            return answer
        fmt = request.value("format") or "xml"
        simplify = request.value("simplify") is not None
        how = RequestOptions(fmt if fmt in CONTENT_TYPES else "xml", simplify=simplify)
        return sandbox.answer(prepare(WORKSPACE.contract.method, unknown, MINE, now, how))

    assert not any("refused" in clause for clause in clauses(live(Changing(refusing), KNOWN)))


def test_a_gateway_that_stays_busy_is_one_reason():
    """An isp. error for every call is said with its code."""
    with pytest.raises(GatewayError, match=r"it stays busy: 15 isp\.x"):
        live(Gateway([error(15, sub_code="isp.x")]))


@pytest.mark.parametrize(
    ("change", "clause"),
    [({"status": 503}, "wire.http.server_error"),
     ({"body": b'{"error_response":{"code":15,"msg":7,"sub_code":"isp.x"}}'},
      "error_response.msg.type")],
    ids=["status", "body"],
)  # fmt: skip
@pytest.mark.parametrize("always", [True, False], ids=["always", "once"])
def test_a_busy_answer_keeps_the_contract_too(change, clause, always):
    """That the same is asked again excuses nothing of the answer before."""
    busy = replace(error(15, sub_code="isp.x"), **change)
    found = live(Changing(lambda a, n, _request: busy if always or n == 3 else a))
    assert clauses(found) == {clause}


@pytest.mark.parametrize(
    ("charset", "broken"),
    [("utf-8''utf-8", set()), ("undefined''x", {"wire.body.encoding"}),
     ("idna''%ff", {"wire.body.encoding"})],
    ids=["legal", "undefined", "idna"],
)  # fmt: skip
def test_a_charset_may_be_written_in_any_legal_way(charset, broken):
    """RFC 2231 lets a parameter carry its own charset; that is no reason to fall over."""
    odd = (("Content-Type", f"text/javascript; charset*={charset}"),)
    change = lambda a, _n, r: replace(a, headers=odd) if r.value("format") == "json" else a  # noqa: E731
    assert clauses(live(Changing(change))) == broken


def test_what_a_gateway_repeats_of_us_is_not_shown():
    """A gateway that writes session and signature into its error gets neither into our words."""
    secretive = {**ENVIRONMENT, "TOP_SESSION": "planted-session"}
    with pytest.raises(GatewayError) as said:
        live(Erring(27, "bad session planted-session"), secretive)
    assert "planted" not in str(said.value)


@pytest.mark.parametrize(
    "url",
    ["http://user:planted@127.0.0.1/router/rest", "https://x/?token=planted", "ftp://planted/",
     "planted/router/rest", "http://[::1/planted", "http://127.0.0.1:99999999/planted"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_showing_it(url):
    """What is no plain address is one line, and nothing of it is repeated."""
    with pytest.raises(GatewayError, match="--gateway is") as said:
        refused(url, ENVIRONMENT)
    assert "planted" not in str(said.value)


@pytest.mark.parametrize("host", ["localhost.evil.example", "127.0.0.1.nip.example", "gw.example"])
def test_only_this_machine_is_this_machine(host):
    """A name that only looks like loopback is another machine."""
    with pytest.raises(GatewayError, match="--insecure-http"):
        refused(f"http://{host}/router/rest", ENVIRONMENT)


def test_the_time_that_a_rate_takes_does_not_count():
    """Who asks for a slow run gets a whole one; what the gateway takes of it is still bounded."""
    found = live(Gateway(), bounds=Bounds(rate=20.0, seconds=0.3, requests=12))
    assert found.stopped == "12 requests were made (--max-requests)"
    found = live(
        Gateway([ScriptedResponse(200, dict(JSON), b"{}", delay=100)]), bounds=Bounds(seconds=0.35)
    )
    assert found.count < 6
    assert found.stopped == "0.35 s are over"


def test_plain_http_elsewhere_has_to_be_asked_for():
    """A session is not shown to a network by mistake."""
    url = "http://gateway.invalid/router/rest"
    with pytest.raises(GatewayError, match="--insecure-http"):
        refused(url, ENVIRONMENT)
    refused(url, ENVIRONMENT, insecure=True)


def test_proxies_come_from_the_environment():
    """A proxy of the environment is used, and not for who is excepted from it."""
    given = {"HTTP_PROXY": "http://127.0.0.1:9", "no_proxy": "localhost, .example"}
    assert pool_for("http://gateway.invalid/", given).proxy is not None
    assert pool_for("http://gateway.example/", given).proxy is None
    assert pool_for("http://gateway-example/", given).proxy is not None
    assert pool_for("http://127.0.0.1:9/", given).proxy is None
    assert pool_for("http://gateway.invalid/", {}).proxy is None


def test_a_proxy_that_is_not_there_is_no_fault_of_the_gateway():
    """The line names the proxy."""
    environment = {**ENVIRONMENT, "http_proxy": "http://127.0.0.1:9"}
    with pytest.raises(GatewayError, match="no connection to the proxy"):
        judged("http://gateway.invalid/router/rest", environment, insecure=True)


@pytest.mark.parametrize("name", ["TOP_APP_KEY", "TOP_APP_SECRET", "TOP_SESSION"])
@pytest.mark.parametrize(
    ("value", "wrong"),
    [("two\nlines", "holds an invisible character, its 4. one"),
     ("\udc80 \U0001f600", "holds bytes that are no text")],
)  # fmt: skip
def test_credentials_that_are_no_text_are_named(name, value, wrong):
    """The line names the variable, and not what is in it."""
    with pytest.raises(GatewayError, match=f"^{name} {wrong}: give it without$"):
        refused("http://127.0.0.1:9/", {**ENVIRONMENT, name: value})


# ------------------------------------------------------------------ legal HTTP


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>"


def sent(url, times):
    """Send a request so often, and return the exchanges."""
    with Client(url) as client:
        request = prepare("a.method", {}, MINE, now, RequestOptions(transport="get"))
        return [client.send(request) for _ in range(times)]


def test_an_answer_in_between_is_not_the_answer():
    """Early hints, and whatever else is below 200, come before the answer."""

    def hinting(connection, _heard):
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" + WHOLE)
        return True

    with speaking(hinting) as url:
        assert [e.response.status for e in sent(url, 2)] == [200, 200]


def test_a_kept_connection_may_be_closed_at_any_time():
    """A request that a closing connection swallowed is sent again, on one of its own."""

    def closing(connection, _heard):
        connection.sendall(WHOLE)
        return False  # and does not say so

    with speaking(closing) as url:
        assert [exchange.failure for exchange in sent(url, 300)] == [None] * 300


def test_what_is_lost_on_a_connection_of_its_own_is_lost():
    """After that a gateway that drops requests has no excuse."""

    def dropping(connection, heard):
        if len(heard) % 3 == 0:
            return False
        connection.sendall(WHOLE)
        return True

    with speaking(dropping) as url:
        failures = [exchange.failure for exchange in sent(url, 8)]
    assert failures.count("no answer came: the connection was closed or reset") == 2


def test_a_coding_may_have_blanks_behind_it():
    """Blanks around the value of a header are no part of it."""

    def chunked(connection, _heard):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked \t\r\n\r\n"
        connection.sendall(head + b"4\r\n<a/>\r\n0\r\nX-Trailer: 1\r\n\r\n")
        return True

    with speaking(chunked) as url:
        assert [exchange.response.body for exchange in sent(url, 2)] == [b"<a/>"] * 2


def test_a_proxy_is_told_which_gateway_is_meant():
    """The request line has the whole address, and the headers have the host, and who we are."""
    heard = []

    def proxy(connection, requests):
        heard.extend(requests)
        connection.sendall(WHOLE)
        return True

    with speaking(proxy) as url:
        named = {"http_proxy": url.replace("http://", "http://me:pass%40word@")}
        with Client("http://gateway.invalid/router/rest", environment=named) as client:
            client.send(prepare("a.method", {}, MINE, now, RequestOptions(transport="get")))
    head = heard[0].decode()
    assert head.startswith("GET http://gateway.invalid/router/rest?")
    assert "\r\nHost: gateway.invalid\r\n" in head
    authorization = base64.b64encode(b"me:pass@word").decode()
    assert f"\r\nproxy-authorization: Basic {authorization}\r\n" in head


def test_a_bundle_that_is_not_there_is_named():
    """The line names the variable."""
    environment = {**ENVIRONMENT, "SSL_CERT_FILE": "/no/such/file"}
    with pytest.raises(GatewayError, match="SSL_CERT_FILE names no bundle"):
        refused("https://gateway.invalid/router/rest", environment)


# ------------------------------------------------------------------ legal answers


def trees_of(members, name=""):
    """Return a document that says so."""
    children = [
        trees_of(value, key) if isinstance(value, dict)
        else Node(key, Kind.BOOLEAN, "true" if value else "false") if isinstance(value, bool)
        else Node(key, Kind.NUMBER, str(value))
        for key, value in members.items()
    ]  # fmt: skip
    return Node(name, Kind.OBJECT, children=children)


def sandbox(orders):
    """Serve some orders."""
    book = read_orders(json.dumps(orders), WORKSPACE.contract)
    return Sandbox(WORKSPACE.contract, book, Settings(MINE), now)


def test_a_text_that_names_the_host_is_no_other_story():
    """What differs from read to read in either format shows nothing about the formats."""
    pattern = re.compile(rb'(<msg_info>|"msg_info":")[^"<]*')
    host = lambda a, n, _r: replace(a, body=pattern.sub(rb"\g<1>host %d" % (n % 2), a.body))  # noqa: E731
    assert live(Changing(host), KNOWN).evidence.findings == ()


def test_one_id_alone_may_mean_another_order():
    """Of two slips of one order the answer names which it is about: the other is not meant."""
    slips = [{"biz_order_id": "900", "checkout_id": "789", "checkout_status": "INIT"},
             {"biz_order_id": "900", "checkout_id": "788", "checkout_status": "SUCCEEDED",
              "paid_time": "2018-01-02 12:00:00"}]  # fmt: skip
    known = {**ENVIRONMENT, "TOP_ORDERS": json.dumps(slips[1:])}
    assert not any(
        clause.startswith("exchange.") for clause in clauses(live(sandbox(slips), known))
    )


@pytest.mark.parametrize("orders", [[{"biz_order_id": "404"}], []], ids=["known", "unknown"])
@pytest.mark.parametrize("members", [{"http_status_code": 404}, {"model": {"success": False}}],
                         ids=["flagless", "inner"])  # fmt: skip
def test_an_answer_that_tells_of_no_order_is_no_success(members, orders):
    """Neither flags nor messages say that an order was found."""
    document = trees_of({WORKSPACE.contract.root: {"result": {"success": True, **members}}})

    def nothing(answer, _count, request):
        if b"error_response" in answer.body or request.value("simplify"):
            return answer
        fmt = request.value("format") or "xml"
        return replace(answer, body=WRITERS[fmt](document))

    environment = {**ENVIRONMENT, "TOP_ORDERS": json.dumps(orders)}
    with pytest.raises(GatewayError, match="every answer was: a call without success"):
        live(Changing(nothing), environment)


def test_what_is_said_of_every_unknown_order_is_not_about_a_parameter():
    """An order that is never found is not asked for by its ids alone."""
    invalid = Erring(41, "Invalid arguments")
    change = lambda a, _n, r: invalid.answer(r) if ("biz_order_id", "404") in r.form else a  # noqa: E731
    orders = [*json.loads(KNOWN["TOP_ORDERS"]), {"biz_order_id": "404", "checkout_id": "404"}]
    with pytest.raises(GatewayError, match=r"was never found .* 41 Invalid arguments"):
        live(Changing(change), {**KNOWN, "TOP_ORDERS": json.dumps(orders)})


def test_a_state_that_is_none_is_a_mistake_of_who_states_it():
    """The line names the order, and what it may be."""
    orders = '[{"biz_order_id":"1","checkout_status":"succeeded"}]'
    with pytest.raises(GatewayError, match="order 1: checkout_status is one of INIT, "):
        refused("http://127.0.0.1:9/", {**ENVIRONMENT, "TOP_ORDERS": orders})


def test_a_budget_hides_no_other_fault():
    """Slow answers end a run early only where they fail it."""
    assert live(Gateway(), bounds=Bounds(latency=0.0)).stopped is None


@pytest.mark.parametrize("digits", [40000, 9])
def test_a_wait_that_is_no_number_of_seconds_ends_it(digits):
    """However long a text is that might name one, it is read in no time."""
    with pytest.raises(GatewayError, match=r"asks to wait 1\.1|stays busy"):
        live(Gateway([error(7, sub_msg="1" * digits + " seconds")]))


def test_bodies_that_are_too_large_are_not_kept():
    """Once one is judged, its beginning is enough."""
    huge = Response(200, JSON, b"{" + b" " * MAX_BODY_BYTES)
    found = live(Changing(lambda a, n, _r: huge if n % 50 == 0 else a))
    assert "wire.body.limits" in clauses(found)
    assert max(len(result.exchange.response.body) for result in found.results) < 10**6


# ------------------------------------------------------------------ three ways


def recorded(body):
    """Judge a body as if it had been recorded, or had just come in."""
    return WORKSPACE.judges.response.judge(body, "json")


def told(members):
    """Write a success with these members of the model."""
    body = {WORKSPACE.contract.root: {"result": {"model": members, "success": True}}}
    return json.dumps(body).encode()


def test_page_recordings_and_answers_are_compared_three_ways():
    """New, missing, retyped and recoded members are told, each with the change of the page."""
    before = {"paid_fee": 1, "paid_time": "2018-01-02 12:00:00", "checkout_status": "INIT"}
    now_ = {"paid_fee": "1", "refund_fee": 3, "checkout_status": "REFUNDED"}
    rows = page_diff(WORKSPACE.contract, [recorded(told(before))], [recorded(told(now_))])
    found = {row.path.rpartition(".")[2]: (row.recorded, row.live, row.change) for row in rows}
    assert found["paid_fee"] == (DOCUMENTED, 'type: "1"', 'row paid_fee: Number becomes String "1"')
    assert found["paid_time"] == (DOCUMENTED, ABSENT, "row paid_time: no answer has it any more")
    assert found["checkout_status"][2] == 'row checkout_status: add "REFUNDED" to its codes'
    assert found["refund_fee"] == (
        ABSENT, "known: a member refund_fee: 3", "add a row: refund_fee Number 3")  # fmt: skip
    other = recorded(told({"paid_time": "2018-01-02T12:00:00"}))
    (row,) = [r for r in page_diff(WORKSPACE.contract, [], [other]) if r.path.endswith("paid_time")]
    assert row.live.startswith("format: ")


def test_what_agrees_is_no_page_diff():
    """Recordings and a faultless gateway agree with the page."""
    found = live(Gateway(), KNOWN)
    judgements = [asked.judgement for asked in found.results]
    assert page_diff(WORKSPACE.contract, judgements, judgements) == []
