"""`topcheck serve --log`: each request with its answer, and why it was refused."""

import datetime
import json
import stat

import pytest

from tests.gateway.wrong_signer import MISTAKES, NOON, SECRET, SENT, SESSION, Draft
from tests.workspace import WORKSPACE
from topcheck.cli.request_log import LoggedGateway, in_words, line_of, open_log
from topcheck.gateway.client import Client, Credentials, RequestOptions, prepare
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.signing import METHODS
from topcheck.wire.exchange import Request

CALLER = Credentials(SENT["app_key"], SECRET, SESSION)
SETTINGS = Settings(CALLER)
OPEN = {"sign.lower_case"}  # what TOP may take, though it is not documented


def logged(*requests, settings=SETTINGS):
    """Send requests to a sandbox that keeps a log; return its records, and its lines."""
    records, lines = [], []

    def tell(asked, record):
        records.append(record)
        lines.extend([line_of(record), in_words(asked, record)])

    sandbox = Sandbox(WORKSPACE.contract, WORKSPACE.default_orders(), settings, clock)
    gateway = LoggedGateway(sandbox, WORKSPACE, settings, clock, tell)
    for request in requests:
        gateway.answer(request)
    return records, lines


def clock():
    """Return when all is sent."""
    return NOON


def made(way):
    """Make a request with a mistake."""
    draft = Draft()
    way(draft)
    query, form = draft.sent()
    return Request("POST", query, form, headers=draft.headers)


WAYS = [(id_, way) for id_, ways in MISTAKES.items() for way in ways]


@pytest.mark.parametrize(("id_", "way"), WAYS, ids=[id_ for id_, _ in WAYS])
def test_a_mistake_is_named(id_, way):
    """Who is refused is told why, in the log and in no answer; nothing secret is in it."""
    (record,), lines = logged(made(way))
    assert [reason["id"] for reason in record["why"]] == [id_]
    refused = record["answer"] is not None
    assert refused == (id_ not in OPEN and id_ != "invalid.simplify")
    for line in lines:
        assert SECRET not in line
        assert SESSION not in line


@pytest.mark.parametrize("transport", ["form", "multipart", "get", "split"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fmt", ["json", "xml", None])
def test_a_right_request_is_named_nothing(fmt, method, transport):
    """However it is made: no reason, and no refusal."""
    how = RequestOptions(fmt, method, transport=transport)
    params = {"checkout_id": "支付 788&=+%", "biz_order_id": "9007199254740993"}
    (record,), _ = logged(prepare(WORKSPACE.contract.method, params, CALLER, clock, how))
    assert (list(record["why"]), record["answer"]) == ([], None)
    assert record["to_sign"]


def test_a_log_is_appended_to_and_its_owners_alone(tmp_path):
    """A second run loses nothing of the first, and nobody else reads it; its folder is made."""
    file = tmp_path / "logs" / "log"
    for words in ("one", "two"):
        with open_log(str(file)) as log:
            log.write(f"{words}\n")
    assert file.read_text() == "one\ntwo\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_over_a_socket():
    """What arrives over a socket is diagnosed as it arrived."""
    records = []
    settings = Settings(CALLER)
    sandbox = Sandbox(WORKSPACE.contract, WORKSPACE.default_orders(), settings, clock)
    gateway = LoggedGateway(sandbox, WORKSPACE, settings, clock, lambda _, one: records.append(one))
    with serving(gateway) as url, Client(url, 5) as client:
        for id_ in ("sign.values_encoded", "sign.sign_method_left_out"):
            client.send(made(MISTAKES[id_][0]))
    told = [[reason["id"] for reason in record["why"]] for record in records]
    assert told == [["sign.values_encoded"], ["sign.sign_method_left_out"]]
    assert json.loads(line_of(records[0]))["answer"]["code"] == 25


@pytest.mark.parametrize(
    ("tolerance", "late", "refused"),
    [(5, 8, True), (5, 4, False), (3600, 3599, False), (3600, 3601, True), (600, 601, True),
     (None, 10**8, False)],
)  # fmt: skip
def test_a_timestamp_is_late_by_the_skew_that_is_tolerated(tolerance, late, refused):
    """Who is refused is told so, and who is not is told nothing."""
    early = datetime.timedelta(seconds=late)
    request = prepare(WORKSPACE.contract.method, {}, CALLER, lambda: NOON - early)
    (record,), _ = logged(request, settings=Settings(CALLER, tolerance))
    told = ["timestamp" in reason["id"] for reason in record["why"]]
    assert (record["answer"] is not None, told) == (refused, [True] * refused)
