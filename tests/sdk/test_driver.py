"""The process behind the protocol: whatever a driver does, it is told in one line and in time."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from topcheck.sdk.driver import Babbled, Died, Driver, DriverError, Silent
from topcheck.sdk.driver_protocol import (
    MAX_LINE,
    ProtocolError,
    Reply,
    encode,
    read_outcome,
    to_line,
)

STARTED = {
    "ok": True,
    "protocol": 1,
    "sdk": {"name": "x", "version": "1", "language": "Python"},
    "can": {"formats": ["json"], "sign_methods": ["md5"], "simplify": False, "session": True},
}
CALL = {"cmd": "call", "seq": 1}
REPLY = {"seq": 1, "outcome": "response", "body": {"$int": "1"}}
ONE = to_line({**REPLY, "body": 1})


def program(body, reply=None):
    """Return the command of a driver that starts well and does `body` when it is called."""
    lines = [
        "import json, os, sys, time",
        "say = lambda message: print(json.dumps(message), flush=True)",
        "sys.stdin.readline()",
        f"say({STARTED!r})" if reply is None else reply,
        "sys.stdin.readline()",
        body,
    ]
    return [sys.executable, "-c", "\n".join(lines)]


def call(body, seconds=5.0, reply=None):
    """Start such a driver, call it once, and return the outcome."""
    driver = Driver.run(program(body, reply), Path.cwd(), "UTC", ["planted-secret"])
    try:
        driver.start({"cmd": "start"})
        due = time.monotonic() + seconds
        outcome = driver.call(CALL, lambda: due)
        driver.stop()
        return outcome
    finally:
        driver.kill()


def test_a_reply_is_handed_on():
    """What a driver says in order is what comes back, numbers exact."""
    outcome = call(f"say({REPLY!r}); sys.stdin.readline()")
    assert outcome == Reply("response", {"$int": "1"})


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("sys.exit(3)", Died, "exit code 3"),
        ("os.kill(os.getpid(), 11)", Died, "exit code -11"),
        ("sys.exit('ModuleNotFoundError: x')", Died, "ModuleNotFoundError: x"),
        ("time.sleep(60)", Silent, "nothing in time"),
        ("print('hello', flush=True); time.sleep(60)", Babbled, "no JSON: hello"),
        ("print('[1]', flush=True); time.sleep(60)", Babbled, "no JSON object"),
        ("print('{\"seq\":1,\"outcome\":NaN}', flush=True); time.sleep(60)", Babbled, "no JSON"),
        ("say({'seq': 1}); time.sleep(60)", Babbled, "without an outcome"),
        (f"say({REPLY!r} | {{'seq': 2}}); time.sleep(60)", Babbled, "call 2, and not to call 1"),
        ("say({'seq': 1, 'outcome': 'response'}); time.sleep(60)", Babbled, "'body' is a required"),
        ("say({'seq': 1, 'outcome': 'failure', 'kind': 'odd'}); time.sleep(60)", Babbled, "kind"),
        ("say({'ok': False, 'message': 'planted-secret'}); time.sleep(60)", Babbled, "(secret)"),
        (f"say({REPLY!r}); say({REPLY!r}); sys.stdin.readline()", Babbled, "nobody asked for"),
        (f"say({REPLY!r}); time.sleep(60)", Babbled, "did not end within 3 s"),
        (f"say({REPLY!r}); sys.stdin.readline(); sys.exit('TypeError: in a thread')", Babbled,
         "exit code 1 when it was told to stop: TypeError: in a thread"),
        ("say({'seq': 1, 'outcome': []}); time.sleep(60)", Babbled, "without an outcome"),
        ("print('{\"seq\":1,\"outcome\":\"response\",\"body\":1e9999999999999999999}', flush=True);"
         "time.sleep(60)", Babbled, "no JSON"),
        ("sys.stdout.write('{'); sys.stdout.flush(); sys.exit()", Babbled, "without an end"),
        ("while True: os.write(1, b'x' * 65536)", Babbled, f"more than {MAX_LINE} bytes"),
        ("print('[' * 100000, flush=True); time.sleep(60)", Babbled, "no JSON"),
        ("os.write(1, b'\\xff\\n'); time.sleep(60)", Babbled, "no JSON"),
    ],
    ids=["exit", "signal", "log", "hang", "words", "list", "nan", "outcome", "seq", "body", "kind",
         "secret", "twice", "deaf", "code", "outcomes", "exponent", "unended", "flood", "deep",
         "bytes"],
)  # fmt: skip
def test_what_breaks_the_protocol_is_said(body, kind, said):
    """Each way to break the protocol has its words, and never those of the secret."""
    with pytest.raises(kind) as broken:
        call(body, seconds=1.0 if kind is Silent else 10.0)
    assert said in str(broken.value)
    assert "planted" not in str(broken.value)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("say({'ok': False, 'message': 'no such SDK'})", "could not start: no such SDK"),
        (f"say({STARTED!r} | {{'protocol': 2}})", "protocol: 1 was expected"),
        (f"say({STARTED!r} | {{'can': {{}}}})", "'formats' is a required"),
        (
            f"say({STARTED!r} | {{'can': {{'formats': ['json'], 'sign_methods': ['MD5']}}}})",
            "can.sign_methods.0: 'MD5' is not one of",
        ),
    ],
    ids=["refused", "version", "can", "spelling"],
)
def test_a_bad_start_is_said(reply, said):
    """A driver that cannot start, or starts with another protocol, is told with its words."""
    with pytest.raises(DriverError, match=said):
        call("time.sleep(60)", reply=reply)


def test_what_is_not_there_cannot_be_run():
    """A command that is not there is said with its name."""
    with pytest.raises(DriverError, match=r"it cannot be run: No such file.*: no-such-command"):
        Driver.run(["no-such-command"], Path.cwd(), "UTC")


def test_a_driver_sees_little_of_our_environment(monkeypatch):
    """Credentials and proxies stay with us: a driver gets its zone and what it needs to run."""
    monkeypatch.setenv("TOP_APP_SECRET", "x")
    monkeypatch.setenv("http_proxy", "x")
    reply = call("say({'seq': 1, 'outcome': 'response', 'body': dict(os.environ)});"
                 "sys.stdin.readline()")  # fmt: skip
    allowed = {"PATH", "HOME", "TMPDIR", "JAVA_HOME", "LANG", "TZ", "LC_CTYPE"}
    assert reply.body["TZ"] == "UTC"
    assert set(reply.body) <= allowed


def test_children_end_with_their_driver():
    """What a driver has started does not outlive it."""
    body = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "say({'seq': 1, 'outcome': 'response', 'body': {'$int': str(child.pid)}})\n"
        "sys.stdin.readline()"
    )
    pid = call(body).body["$int"]
    deadline = time.monotonic() + 30  # it would live for 60
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(pid)


def test_a_child_with_a_session_of_its_own_holds_nobody_up():
    """A daemon that a driver leaves behind may hold its output open: the gate goes on."""
    body = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "say({'seq': 1, 'outcome': 'response', 'body': {'$int': str(child.pid)}})\n"
        "sys.stdin.readline()"
    )
    pid = call(body).body["$int"]
    assert _runs(pid)  # so nobody has waited for its end
    os.kill(int(pid), signal.SIGKILL)


def test_a_secret_is_not_cut_in_two_before_it_is_taken_out():
    """What is shortened for the eye has no half of a secret at its end."""
    with pytest.raises(Died) as said:
        call("sys.exit('Error: ' + 'x' * 185 + 'planted-secret')")
    assert "planted" not in str(said.value)
    reply = {**REPLY, "body": "y" * 150 + "planted-secret"}
    assert "planted" not in call(f"say({reply!r}); sys.stdin.readline()").body


def _runs(pid):
    """Whether a process is there and has not ended."""
    if not Path("/proc/self/stat").exists():
        return subprocess.run(["kill", "-0", pid], check=False).returncode == 0
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_integers_travel_as_text():
    """No JSON reader on the way can round an integer, and 100 stays apart from "100"."""
    assert encode(2**63) == {"$int": str(2**63)}
    assert encode("100") == "100"
    assert encode(None) is None
    assert json.loads(to_line({"a": "支付"})) == {"a": "支付"}


def test_unknown_members_of_a_reply_are_ignored():
    """A later version of the protocol may say more."""
    assert read_outcome(to_line({**REPLY, "more": 1}), 1) == Reply("response", {"$int": "1"})
    with pytest.raises(ProtocolError):
        read_outcome(to_line({**REPLY, "body": {"$int": "1.5"}}), 1)


@pytest.mark.parametrize(("line", "said"), [
    (b'{"seq":1.0,"outcome":"response","body":1}', "seq: Decimal('1.0') is not of type 'integer'"),
    (b'{"seq":true,"outcome":"failure","kind":"http"}', "seq: True is not of type 'integer'"),
    (to_line({**REPLY, "body": [REPLY["body"]] * 500 + [{"$int": 1}]}), "1 is not of type"),
    (ONE.replace(b"1}", b"[" * 300 + b"]" * 300 + b"}"), "nests too deep"),
    (ONE.replace(b"1}", b'{"a":' * 300 + b"1" + b"}" * 301), "nests too deep"),
])  # fmt: skip
def test_what_is_judged_soon_is_judged_alike(line, said):
    """A number that is no integer as it is written, and what no later step could walk through."""
    with pytest.raises(ProtocolError, match=re.escape(said)):
        read_outcome(line, 1)


@pytest.mark.parametrize(
    "body", [[REPLY["body"]] * 500, "\ud800", {"\udfff": [1.5, None]}], ids=ascii
)
def test_what_is_right_is_right_whoever_judges_it(body):
    """Many values, and a text that is none to every engine."""
    line = json.dumps({**REPLY, "body": body}).encode()
    assert read_outcome(line, 1).body == body


def test_what_cannot_be_run_has_its_advice(tmp_path):
    """A program that is missing is to be installed; a file that is none needs what runs it."""
    with pytest.raises(DriverError, match=r"; install it, or give its path$"):
        Driver.run(["no-such-command"], tmp_path, "UTC")
    script = tmp_path / "driver.py"
    script.write_text("print('hello')")
    with pytest.raises(DriverError, match=r"; name what runs it, as in 'node driver.js'$"):
        Driver.run([str(script)], tmp_path, "UTC")
    Driver.run([sys.executable, str(script)], tmp_path, "UTC").kill()
