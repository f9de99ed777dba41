"""`topcheck driver smoke`: what is wrong with a driver is said with its mend, and nothing else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.warm import run_topcheck
from tests.workspace import WORKSPACE
from topcheck.cli import smoke
from topcheck.sdk import driver, worker
from topcheck.sdk.manifest import INTERPRETER

#: A right driver around a client of a few lines; what is wrong is put in its place.
RIGHT = r"""
import datetime, hashlib, http.client, json, os, sys, time
from urllib.parse import urlencode, urlsplit

STARTED = {"ok": True, "protocol": 1, "sdk": {"name": "tiny", "version": "7", "language": "Python"},
           "can": {"formats": ["json"], "sign_methods": ["md5"], "simplify": False,
                   "session": False}}
LINE_END = "\n"


def sign(sent, secret):
    text = secret + "".join(k + sent[k] for k in sorted(sent)) + secret
    return hashlib.md5(text.encode()).hexdigest().upper()


def ask(message):
    sent = {k: v["$int"] if isinstance(v, dict) else v for k, v in message["params"].items()}
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    sent |= {"method": message["method"], "app_key": start["app_key"], "format": "json", "v": "2.0",
             "sign_method": "md5", "timestamp": now.strftime("%Y-%m-%d %H:%M:%S")}
    sent["sign"] = sign(sent, start["app_secret"])
    url = urlsplit(start["gateway"])
    connection = http.client.HTTPConnection(url.hostname, url.port)
    headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
    connection.request("POST", url.path, urlencode(sent), headers)
    return json.loads(connection.getresponse().read())


def encode(value):
    if isinstance(value, dict):
        return {k: encode(v) for k, v in value.items()}
    return {"$int": str(value)} if type(value) is int else value


def call(message):
    answer = ask(message)
    error = answer.get("error_response")
    if error:
        return {"outcome": "error_response", "code": encode(error["code"]), "msg": error["msg"]}
    return {"outcome": "response", "body": encode(answer)}


def say(message):
    line = json.dumps(message, ensure_ascii=False) + LINE_END
    os.write(1, line.encode())


for line in sys.stdin:
    message = json.loads(line)
    if message["cmd"] == "stop":
        break
    if message["cmd"] == "start":
        start = message
        say(STARTED)
    else:
        say({"seq": message["seq"], **call(message)})
"""
NOISE = 'print("SDK 3.1 loaded", flush=True)'
BUFFERED = "sys.stdout.write(line)"
WRITTEN = "os.write(1, line.encode())"
ANSWERED = 'say({"seq": message["seq"], **call(message)})'
SUCCESS = '{"outcome": "response", "body": encode(answer)}'
CAN = '"can": {"formats": ["json"]'

#: Drivers that are wrong in one thing: what is put in place of what, what is said, and its mend.
LIARS = {
    # what comes first, and how it is written
    "noise": ("LINE_END =", f"{NOISE}\nLINE_END =", ": SDK 3.1 loaded",
              "SDK's own to standard"),
    "blank first": ("LINE_END =", "print(flush=True)\nLINE_END =", "a line that",
                    "SDK's own to standard error"),
    "a list": (WRITTEN, 'os.write(1, b"[1]\\n")', "no JSON object", "SDK's own to standard error"),
    "mark": (WRITTEN, r'os.write(1, b"\xef\xbb\xbf" + line.encode())', "byte order mark",
             "without a byte order mark"),
    "utf-16": (WRITTEN, 'os.write(1, line[:-1].encode("utf-16-le") + b"\\n")', "NUL", "UTF"),
    "gbk": (WRITTEN, 'os.write(1, line.encode("gbk"))', "no JSON", "write UTF-8"),
    "carriage return": ('LINE_END = "\\n"', 'LINE_END = "\\r\\n"', r"ends with \r\n", r"\n alone"),
    "two in a line": (ANSWERED, f'LINE_END = ""; {ANSWERED}; LINE_END = "\\n"; {ANSWERED}',
                      "no JSON", "one message a line"),
    "NaN": (SUCCESS, '{"outcome": "response", "body": float("nan")}', "no JSON",
            '{"$opaque":"NaN"}'),
    "long": (SUCCESS, '{"outcome": "response", "body": "x" * 2**23}', "more than 8388608 bytes",
             "less"),
    # start
    "no ok": ('"ok": True, ', "", "'ok' is a required", '{"ok":true'),
    "ok is a text": ('"ok": True', '"ok": "true"', "ok: True was expected", '{"ok":true'),
    "refused": ('"ok": True', '"ok": False, "message": "no licence"',
                "could not start: no licence", ""),
    "protocol 2": ('"protocol": 1', '"protocol": 2', "protocol: 1 was expected", '"protocol":1'),
    "protocol as text": ('"protocol": 1', '"protocol": "1"', "protocol: 1 was", "plain number"),
    "no sdk": ('"sdk": {', '"SDK": {', "'sdk' is a required", "three texts"),
    "version is a number": ('"version": "7"', '"version": 7', "sdk.version: 7", "three texts"),
    "no can": ('"can": {', '"could": {', "'can' is a required", '"sign_methods" of md5'),
    "unknown format": (CAN, '"can": {"formats": ["yaml"]', "'yaml' is not one", "xml, json"),
    "no format": (CAN, '"can": {"formats": []', "neither xml nor json", '["json"]'),
    "unknown sign method": ('["md5"]', '["MD5"]', "'MD5' is not one", "md5, hmac, hmac-sha256"),
    "can is a text": ('"simplify": False', '"simplify": "no"', "can.simplify: 'no'",
                      "true or false"),
    # a call
    "no seq": ('"seq": message["seq"], ', "", "'seq' is a required", "the \"seq\" of the call"),
    "seq as text": ('"seq": message["seq"]', '"seq": str(message["seq"])', "seq: '1'",
                    "plain number"),
    "wrong seq": ('"seq": message["seq"]', '"seq": 7', "call 7, and not to call 1", "repeat"),
    "no outcome": ('"outcome": "response", ', "", "without an outcome", '"error_response" or'),
    "unknown outcome": ('"outcome": "response"', '"outcome": "success"', "without an outcome",
                        '"error_response" or'),
    "no body": (', "body": encode(answer)', "", "'body' is a required", 'as "body": null if'),
    "plain integer": ('"body": encode(answer)', '"body": answer', "integer 100 is a plain number",
                      '{"$int":"100"}'),
    "$int is a number": ('str(value)}', "value}", "is not of type 'string'", '{"$int":"5"}'),
    "unknown kind": (SUCCESS, '{"outcome": "failure", "kind": "odd"}', "'odd' is not one",
                     "timeout,"),
    "refuses": (ANSWERED, 'say({"ok": False, "message": "which?"})', "refused a call: which?", ""),
    # what the SDK does
    "nothing sent": ("answer = ask(message)", 'answer = {"x_response": {}}',
                     "did not reach the gateway", "give the SDK `gateway`"),
    "another path": ('"POST", url.path', '"POST", "/rest"', "asks /rest", "/router/rest"),
    "lower case": (".hexdigest().upper()", ".hexdigest()", "sign.lower_case", "upper-case"),
    "secret once": ("for k in sorted(sent)) + secret", "for k in sorted(sent))", "sign.secret_once",
                    "in front and behind"),
    "joined": ("k + sent[k]", 'k + "=" + sent[k]', "sign.pairs_joined", "bare"),
    "UTC": ("hours=8", "hours=0", "timestamp.zone", "GMT+8"),
    "another method": ('"method": message["method"]', '"method": "taobao.x.get"', "invalid.method",
                       "method has a value"),
    "no version": ('"v": "2.0",', "", "missing.v", "v is missing"),
    "failure": (SUCCESS, '{"outcome": "failure", "kind": "parse", "message": "odd"}',
                'answered, and the driver tells a failure (parse): "odd"', 'reply "response"'),
    # an error
    "error as response": ("if error:", "if not answer:", "tells a response",
                          'reply "error_response"'),
    "error as failure": ('"outcome": "error_response"', '"outcome": "failure", "kind": "client"',
                         "tells a failure (client)", 'reply "error_response"'),
    "plain code": ('encode(error["code"])', 'error["code"]', "15 is neither a text nor",
                   "{\"$int\":\"50\"}"),
    # its process
    "crash at start": ("LINE_END =", "import no_such_sdk\nLINE_END =",
                       "No module named 'no_such_sdk'", "its log tells"),
    "crash in a call": ("answer = ask(message)", "answer = ask(message)[0]",
                        "exit code 1: KeyError", '"uncaught" failure'),
    "ends early": ("say(STARTED)", "say(STARTED); break", "exit code 0", "read on until"),
    "no flush": (WRITTEN, BUFFERED, "but at the end of its input: a line that nobody",
                 "flush it at once"),
    "no line end": ('LINE_END = "\\n"', 'LINE_END = ""', "input: a line without an end",
                    r"\n behind each"),
    "no flush of a call": (WRITTEN, f"{BUFFERED}\n    if 'ok' in message: sys.stdout.flush()",
                           "but at the end of its input: a line that nobody", "flush it at once"),
    "silent": ("say(STARTED)", "pass", "did not start in time", "answer each message"),
    "hangs": ("answer = ask(message)", "answer = time.sleep(60)", "nor did it end",
              "before you read on"),
    "a word too much": (ANSWERED, f"{ANSWERED}; {NOISE}; time.sleep(.2)", ": SDK 3.1 loaded",
                        "SDK's own to standard error"),
    "words at the end": ('== "stop":\n        break', '== "stop":\n        say({}); break',
                         "a line that nobody asked for", "one line for one message"),
    "deaf to stop": ('== "stop":\n        break', '== "stop":\n        continue',
                     "did not end within 1 s of being told", "exit code 0"),
    "deaf to the end": (ANSWERED + "\n", f"{ANSWERED}\nelse:\n    time.sleep(60)\n",
                        "of the end of its input", "exit code 0"),
    "exit code": ('== "stop":\n        break', '== "stop":\n        sys.exit(3)', "exit code 3",
                  "exit code 0"),
}  # fmt: skip
#: What looks wrong, and is not.
HONEST = {
    "plain": ("", ""),
    "its own log": ("LINE_END =", f"{NOISE[:-1]}, file=sys.stderr)\nLINE_END ="),
    "unknown members": ('"ok": True', '"ok": True, "more": 5'),
    "blanks around": ("line = json", 'line = "  " + json'),
    "escapes": (", ensure_ascii=False", ""),
    "a carriage return in a text": ('"version": "7"', '"version": "7\\r"'),
    "a number with a fraction": ("encode(answer)", '{"a": 1.5, "b": True, "c": encode(answer)}'),
    "a body that is a text": ("encode(answer)", "json.dumps(answer)"),
    "a code as text": ('encode(error["code"])', 'str(error["code"])'),
    "an error without members": (', "code": encode(error["code"]), "msg": error["msg"]', ""),
    "slow": ("answer = ask(message)", "time.sleep(.1); answer = ask(message)"),
    "a MiB": ("encode(answer)", '"x" * 2**20'),
    "asks twice": ("answer = ask(message)", "ask(message); answer = ask(message)"),
}
#: Those that are waited for longest, and so begun first.
WAITED_FOR = ("no flush", "no line end", "silent", "no flush of a call", "hangs", "deaf to stop",
              "deaf to the end")  # fmt: skip
#: What repeats what it should keep.
TELLING = {
    "tells its secret": ('"msg": error["msg"]', '"msg": start["app_secret"]'),
    "escapes its secret": (
        WRITTEN,
        'os.write(1, line.replace("Remote service error", "".join('
        'f"\\\\u{ord(c):04x}" for c in start["app_secret"])).encode())',
    ),
    "logs its secret": ("answer = ask(message)", 'sys.exit(start["app_secret"])'),
}


@pytest.fixture(scope="module")
def smoked(tmp_path_factory):
    """Try all drivers side by side, since most of it is waiting: exit code and words by name.

    Nobody is waited for as long as by the command.
    """
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(8) as pool:
        for module, name, limit in (
            (smoke, "TIMEOUT", 2000), (driver, "START_SECONDS", 4.0), (driver, "STOP_SECONDS", 1.0),
            (worker, "GRACE", 0.2), (worker, "BACK_OFF", 0.0),
        ):  # fmt: skip
            patch.setattr(module, name, limit)
        rows = {**{name: LIARS[name] for name in WAITED_FOR}, **LIARS, **HONEST, **TELLING}
        drivers = {name: row[:2] for name, row in rows.items()}
        folder = tmp_path_factory.mktemp("drivers")
        found = {name: pool.submit(tried, folder / f"{at}.py", *changed)
                 for at, (name, changed) in enumerate(drivers.items())}  # fmt: skip
        return {name: one.result() for name, one in found.items()}


def tried(path, old, new):
    """Try a driver that has something in place of something; return the exit code and the words."""
    assert old in RIGHT
    path.write_text(RIGHT.replace(old, new, 1) if old else RIGHT, "utf-8")
    said = []
    code = smoke.run_smoke(f"{INTERPRETER} {path}", WORKSPACE, said.append)
    return code, "\n".join(said)


@pytest.mark.parametrize(
    ("name", "wrong", "mend"), [(name, *liar[2:]) for name, liar in LIARS.items()], ids=LIARS
)
def test_what_is_wrong_is_said_with_its_mend(smoked, name, wrong, mend):
    """The first thing that is wrong ends it, with 1, and is told in a sentence with its mend."""
    code, said = smoked[name]
    assert code == 1
    told = [line for line in said.splitlines() if line.startswith(("wrong: ", "mend:  "))]
    assert wrong in told[0]
    assert mend in (told[1] if len(told) > 1 else "")
    assert "a-secret-of-the-gate" not in said


@pytest.mark.parametrize("name", HONEST)
def test_what_is_right_is_said_to_be(smoked, name):
    """A driver that speaks the protocol gets 0, in whatever way it is free to speak."""
    code, said = smoked[name]
    assert "wrong" not in said
    assert (code, said.splitlines()[-1][:21]) == (0, "it speaks the protoco")


def test_each_line_is_shown_both_ways(smoked):
    """What goes in, what comes out, and what the gateway is asked between them, without secrets."""
    _, said = smoked["plain"]
    shown = [line.split()[:2] for line in said.splitlines()[:-1]]
    gateway = "POST"
    assert [words[0] for words in shown] == [*"→←→", gateway, *"←→", gateway, *"←→→←→"]
    assert '"app_secret": "(secret)"' in said
    assert "sign=(secret)" in said
    assert "refused: 15 Remote service error" in said
    assert "a-secret-of-the-gate" not in said


def test_what_a_driver_escapes_is_shown_as_it_reads(smoked):
    """Python's own writer escapes all that is not ASCII: a line of it is not to be deciphered."""
    escaped, plain = smoked["escapes"][1], smoked["plain"][1]
    assert "查询成功" in escaped
    assert "\\u67e5" not in escaped
    bodies = [[line for line in said.splitlines() if '"seq"' in line] for said in (escaped, plain)]
    assert bodies[0] == bodies[1]


def test_a_secret_that_a_driver_repeats_is_not_shown(smoked):
    """Neither in a line, nor in its log."""
    assert '"msg": "(secret)"' in smoked["tells its secret"][1]
    assert '"msg": "(secret)"' in smoked["escapes its secret"][1]
    assert "a-secret" not in smoked["escapes its secret"][1]
    code, said = smoked["logs its secret"]
    assert (code, "log:   (secret)" in said, "a-secret" in said) == (1, True, False)


def test_the_log_of_a_driver_that_dies_is_shown(smoked):
    """Its last lines, below what is wrong."""
    _, said = smoked["crash in a call"]
    log = [line for line in said.splitlines() if line.startswith("log:   ")]
    assert log[-1] == "log:   KeyError: 0"
    assert 1 < len(log) <= 6


@pytest.mark.parametrize(
    ("given", "said"),
    [("no-such-driver --fast", "it cannot be run: No such file or directory: no-such-driver"),
     ("", "Invalid value for 'COMMAND|DIR': it is empty"),
     (" ", "Invalid value for 'COMMAND|DIR': it is empty"),
     ("'", "the command cannot be read"),
     ("tests", "tests/driver.toml: No such file or directory"),
     ("unbuilt", "it cannot be run: No such file or directory: ./driver; install it, or give its "
                 "path; in its folder: make driver")],
)  # fmt: skip
def test_what_cannot_be_run_is_said_in_one_line(tmp_path, given, said):
    """There is nothing to judge: that is 2, and what to do is said."""
    if given == "unbuilt":
        given = str(tmp_path)
        (tmp_path / "driver.toml").write_text(
            'name = "x"\nlanguage = "x"\nsdk = "x"\nversion = "1"\ninstall = "make driver"\n'
            'run = "./driver"\n'
        )
    found = run_topcheck("driver", "smoke", given)
    assert (found.returncode, found.stdout) == (2, "")
    assert len(found.stderr.splitlines()) == 1
    assert said in found.stderr


def test_a_manifest_that_names_another_version_is_wrong(tmp_path):
    """The version is told twice, and must be one."""
    (tmp_path / "driver.py").write_text(RIGHT, "utf-8")
    (tmp_path / "driver.toml").write_text(
        'name = "tiny"\nlanguage = "Python"\nsdk = "tiny"\nversion = "8"\ninstall = "true"\n'
        'run = "{python} driver.py"\n'
    )
    found = run_topcheck("driver", "smoke", tmp_path)
    assert (found.returncode, found.stderr) == (1, "")
    assert "wrong: its driver.toml says version 8, and it says 7" in found.stdout
