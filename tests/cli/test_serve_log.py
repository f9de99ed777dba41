"""`topcheck serve --log` over a socket: what an independent signer sent, and what is said of it."""

import http.client
import itertools
import json
import stat
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest

from tests.gateway.wrong_signer import MISTAKES, OWN, PAIRS, SECRET, SENT, SESSION, Draft
from topcheck.contract.mistakes import MISTAKES as EVERY

ROOT = Path(__file__).parents[2]
SERVE = [sys.executable, "-c", "from topcheck.cli.main import main; main()", "serve",
         "--app-key", SENT["app_key"], "--app-secret", SECRET]  # fmt: skip
FORM = "application/x-www-form-urlencoded;charset=utf-8"
#: Each mistake in each of its ways, and a seventh of the pairs.
WAYS = [((id_,), (way,)) for id_, ways in MISTAKES.items() for way in ways]
WAYS += [(pair, [MISTAKES[id_][0] for id_ in pair]) for pair in PAIRS[::7]]


def drafted(*ways):
    """Return a request of now with some mistakes: its query, and its form."""
    draft = Draft(now=datetime.now(timezone(timedelta(hours=8))))
    for way in ways:
        way(draft)
    return draft.sent()


def written(query, form):
    """Write a request as HTTP has it: verb, path, body, and its type."""
    return "POST", f"/router/rest?{urlencode(query)}" if query else "/router/rest", urlencode(form)


def raw(id_):
    """Write a request of which more than a signature is wrong."""
    _, form = drafted()
    if id_ == "encoding.charset":
        body = "&".join(f"{k}={quote_plus(v.encode('gb18030'))}" for k, v in form)
        return "POST", "/router/rest", body
    if id_ == "encoding.not_form":
        return "POST", "/router/rest", json.dumps(dict(form)), "application/json"
    return "POST", f"/router/rest?{urlencode([form[0]])}", urlencode(form)


def right():
    """Write requests that are in order: by each method, in each format, wherever the parts are."""
    for method, fmt in itertools.product(("md5", "hmac", "hmac-sha256"), ("json", "xml", None)):
        query, form = drafted(lambda one, m=method, f=fmt: (
            one.form.update(sign_method=m), one.form.update(format=f) if f
            else one.form.pop("format")))  # fmt: skip
        yield written(query, form)
        yield "GET", f"/router/rest?{urlencode(form)}", None
        yield written(form[:5], form[5:])
        yield "POST", "/router/rest", *multipart(form)


def multipart(form):
    """Write a form in parts; return it with its type."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form]
    return "".join([*parts, "--x--\r\n"]), "multipart/form-data; boundary=x"


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """What was sent by what is expected of it, the lines of the log, and what was answered."""
    log = tmp_path_factory.mktemp("log") / "requests.ndjson"
    raws = ("encoding.charset", "encoding.not_form", "parameter.twice")
    requests = [((), request) for request in right()]
    requests += [(ids, written(*drafted(*ways))) for ids, ways in WAYS]
    requests += [((id_,), raw(id_)) for id_ in raws]
    with subprocess.Popen([*SERVE, "--log", str(log)], stdout=subprocess.PIPE, text=True,
                          cwd=ROOT) as process:  # fmt: skip
        try:
            where = urlsplit(process.stdout.readline().strip())
            with closing(http.client.HTTPConnection(where.netloc, timeout=60)) as wire:
                answers = [answered(wire, *request) for _, request in requests]
        finally:
            process.terminate()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    return [ids for ids, _ in requests], log.read_text("utf-8").splitlines(), answers


def answered(wire, verb, path, body, kind=FORM):
    """Send a request, and return its answer."""
    headers = {} if body is None else {"Content-Type": kind}
    wire.request(verb, path, None if body is None else body.encode(), headers)
    return wire.getresponse().read()


def test_the_log_names_what_is_wrong(sent):
    """Each mistake, and both of two, and nothing of a right request."""
    expected, lines, _ = sent
    assert len(lines) == len(expected)
    named = [{reason["id"] for reason in json.loads(line)["why"]} for line in lines]
    wrong = [(ids, found) for ids, found in zip(expected, named, strict=True) if found != {*ids}]
    assert wrong == []


def test_enough_is_sent(sent):
    """Right ones, every mistake that the list has, and more than fifty pairs."""
    expected, _, _ = sent
    assert sum(ids == () for ids in expected) == 36
    assert sum(len(ids) == 2 for ids in expected) > 50
    anything_goes = {f"invalid.{name}" for name in ("session", "partner_id", "target_app_key")}
    assert {ids[0] for ids in expected if len(ids) == 1} == EVERY.keys() - anything_goes


def test_nothing_secret_is_in_the_log(sent):
    """Neither secret nor session, in no line; and no answer tells of a reason."""
    _, lines, answers = sent
    for text in (*lines, *(answer.decode("utf-8", "replace") for answer in answers)):
        assert SECRET not in text
        assert SESSION not in text
    assert not [answer for answer in answers if b"sign." in answer or b"timestamp." in answer]


def test_a_line_has_what_the_docs_say(sent):
    """Its members, an answer where it was refused, and the text that should have been signed."""
    expected, lines, _ = sent
    for ids, line in zip(expected, map(json.loads, lines), strict=True):
        assert [*line] == ["at", "method", "path", "answer", "why", "to_sign"]
        assert line["path"] == "/router/rest"
        if not ids:
            assert line["answer"] is None
            assert f"checkout_id{OWN['checkout_id']}" in line["to_sign"]
        if ids and ids[0].startswith("missing."):
            assert line["answer"]["code"] in range(21, 35)
