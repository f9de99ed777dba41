"""A run that cannot decide says what to do, and who does it has a verdict: no advice is in vain."""

import datetime
import json
from dataclasses import replace

import pytest

from tests.kill_matrix import CALLER, known_orders
from tests.virtual_wire import VirtualTime, VirtualWire
from tests.workspace import WORKSPACE
from topcheck.gateway.client import Credentials
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.orders import OrderBook, ScriptedResponse, read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.generate import trees
from topcheck.generate.bodies import WRITERS
from topcheck.live.connect import GatewayError
from topcheck.live.evidence import judge_gateway
from topcheck.live.runner import Bounds
from topcheck.wire.exchange import Response

CONTRACT = WORKSPACE.contract
KNOWN = read_orders(known_orders(WORKSPACE.default_orders()), CONTRACT)
UNKNOWN = read_orders(json.dumps([{"biz_order_id": "777001"}, {"checkout_id": "777002"}]), CONTRACT)


class Server:
    """A sandbox behind what is wrong with it: how slow it is, and what it answers at first."""

    def __init__(self, time, delay=0, first=(), orders=None):
        orders = orders or WORKSPACE.default_orders()
        self._sandbox = Sandbox(CONTRACT, orders, Settings(CALLER), time.now)
        self._delay, self._first = delay, list(first)

    def answer(self, request):
        answer = self._first.pop(0)(request) if self._first else self._sandbox.answer(request)
        if self._delay:
            return ScriptedResponse(answer.status, dict(answer.headers), answer.body, self._delay)
        return answer


def erring(code, **members):
    """Answer with an error."""

    def answer(request):
        fmt = "json" if request.value("format") == "json" else "xml"
        body = WRITERS[fmt](trees.error(CONTRACT.error, {"code": code, "msg": "x", **members}))
        kinds = {"json": "text/javascript", "xml": "text/xml"}
        return Response(200, (("Content-Type", f"{kinds[fmt]};charset=UTF-8"),), body)

    return answer


def judged(orders=KNOWN, caller=CALLER, bounds=Bounds(), clock=0, **server):
    """Judge a server on a virtual clock; `clock` is how wrong ours is, in minutes."""
    time = VirtualTime()
    wire = VirtualWire(Server(time, **server), time, 10.0)
    timing = replace(time.timing, now=lambda: time.now() + datetime.timedelta(minutes=clock))
    gateway = Gateway(CONTRACT, wire.send, orders, caller, "http://gateway.invalid", timing.now)
    return judge_gateway(gateway, WORKSPACE.judges, bounds, 0, timing=timing)


ADVICE = {
    "no orders": ({"orders": OrderBook(), "first": [erring(41, sub_code="isv.x")] * 500},
                  "give TOP_ORDERS with orders that the gateway knows", {}),
    "orders that it does not know": ({"orders": UNKNOWN},
                                     "the gateway knows no order of TOP_ORDERS: correct it", {}),
    "one that it does not know": ({"orders": OrderBook([*KNOWN.orders, *UNKNOWN.orders])},
                                  "was never found (biz_order_id=777001)", {}),
    "another secret": ({"caller": Credentials(CALLER.app_key, "other")},
                       "check TOP_APP_SECRET", {}),
    "another key": ({"caller": Credentials("87654321", CALLER.app_secret)},
                    "check TOP_APP_KEY", {}),
    "a wrong clock": ({"clock": 30}, "check the clock of this machine", {}),
    "too few requests": ({"bounds": Bounds(requests=9)}, "allow more with --max-requests",
                         {"bounds": Bounds(requests=300)}),
    "too few for all orders": ({"bounds": Bounds(requests=20)}, "allow more with --max-requests",
                               {"bounds": Bounds(requests=300)}),
    "slow": ({"delay": 600}, "give a --rate that the gateway keeps up with",
             {"delay": 600, "bounds": Bounds(rate=1.5)}),
    "slow from the start": ({"delay": 6000}, "give a --rate that the gateway keeps up with",
                            {"delay": 6000, "bounds": Bounds(rate=0.15)}),
    "busy": ({"first": [erring(10)] * 99}, "run again later", {}),
    "banned": ({"first": [erring(7, sub_msg="This ban will last for 900 more seconds")]},
               "run again after that", {}),
    "no permission": ({"first": [erring(11)] * 500}, "let the app have the permission", {}),
    "a session that is over": ({"first": [erring(27)] * 500}, "give a fresh TOP_SESSION", {}),
    "another method": ({"first": [erring(22)] * 500}, "name a gateway that has this method", {}),
    "another version": ({"first": [erring(34)] * 500}, "name a gateway that takes version 2.0",
                        {}),
    "no POST": ({"first": [erring(9)] * 500}, "name a gateway that takes POST", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", ADVICE)
def test_who_follows_the_advice_has_a_verdict(name):
    """The line has it, and no other; what it says done, the same gateway is judged."""
    wrong, advice, right = ADVICE[name]
    with pytest.raises(GatewayError) as undecided:
        judged(**wrong)
    said = str(undecided.value)
    assert advice in said
    assert "\n" not in said
    run = judged(**right)
    assert not run.evidence.findings
    assert run.stopped is None


@pytest.mark.parametrize("name", [name for name in ADVICE if name != "no orders"])
def test_orders_are_not_asked_for_where_they_are_given(name):
    """Nor is anybody told to look whether a gateway is up that answers."""
    with pytest.raises(GatewayError) as undecided:
        judged(**ADVICE[name][0])
    assert "give TOP_ORDERS" not in str(undecided.value)
    assert "is up" not in str(undecided.value)
