"""The gateway that answers an SDK by script: what it compresses, and for whom."""

import pytest

from tests.workspace import WORKSPACE
from topcheck.gateway.client import Credentials
from topcheck.gateway.orders import ScriptedResponse
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.timing import Timing, now
from topcheck.sdk.case import Call
from topcheck.sdk.scripted_gateway import Origins, ScriptedGateway
from topcheck.wire.exchange import Request


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        (None, False), ("", False), ("identity", False), ("deflate", False), ("gzip;q=0", False),
        ("*;q=0", False), ("gzipped", False), ("x-gzip;q=0.0, *", False),
        ("gzip", True), ("GZIP", True), ("x-gzip", True), ("deflate, gzip;q=0.3", True),
        ("*", True), ("*;q=0, gzip", True),
    ],
)  # fmt: skip
def test_gzip_is_served_only_to_who_accepts_it(accepted, zipped):
    """By RFC 9110, section 12.5.3; who says nothing did not ask."""
    sandbox = Sandbox(WORKSPACE.contract, WORKSPACE.default_orders(),
                      Settings(Credentials("key", "secret")), now)  # fmt: skip
    gateway = ScriptedGateway(sandbox, Timing())
    call = Call({}, answers=({"json": ScriptedResponse(body=b"{}")},), zipped=True)
    gateway.begin(call, Origins("http://here", "http://elsewhere", lambda: False))
    headers = () if accepted is None else (("accept-encoding", accepted),)
    answer = gateway.answer(Request("POST", (("format", "json"),), headers=headers))
    assert (answer.headers.get("Content-Encoding") == "gzip") == zipped
    assert (answer.body == b"{}") != zipped
