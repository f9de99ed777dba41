"""`topcheck diagnose`: a request as people keep one, and why it is refused."""

import json
import shlex
import shutil
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urlencode

import pytest
from click.testing import CliRunner

from tests.gateway.wrong_signer import MISTAKES, OWN, SECRET, SESSION, Draft
from tests.workspace import WORKSPACE
from topcheck.cli.commands import commands
from topcheck.gateway.signing import sign

URL = "https://gw.api.tbsandbox.com/router/rest"
AT = "2026-01-02T12:00:00+08:00"
OTHER = Path(__file__).parents[1] / "pages" / "flat.txt"
FORM = "application/x-www-form-urlencoded;charset=UTF-8"


def made(*ways):
    """Make the parameters of a request, with some mistakes."""
    draft = Draft()
    for way in ways:
        way(draft)
    query, form = draft.sent()
    return dict(query), dict(form)


def ran(text, *options, secret=SECRET, tmp_path=None, body=None):
    """Run the command on a file; return exit code and all that was said."""
    file = tmp_path / "request"
    file.write_bytes(text.encode() if body is None else body)
    return invoked([str(file), "--at", AT, *options], secret=secret)


def invoked(arguments, secret=SECRET, **how):
    """Run the command in this process, as the shell would."""
    found = CliRunner().invoke(
        commands, ["diagnose", *arguments], env={"TOP_APP_SECRET": secret, "TOP_APP_KEY": None},
        standalone_mode=False, **how,
    )  # fmt: skip
    return found.return_value if found.exception is None else 2, found


def curl(form, query=(), *options):
    """Write a line of curl."""
    url = f"{URL}?{urlencode(query)}" if query else URL
    return shlex.join(["curl", url, *options, "--data-raw", urlencode(form)])


_, RIGHT = made()
#: A request alone does not tell which app and method there are; a mask is no signature.
UNKNOWN = {"invalid.app_key", "invalid.method", "invalid.sign"}
LINES = {
    "data-raw": curl(RIGHT),
    "data": shlex.join(["curl", "-X", "POST", URL, "-d", urlencode(RIGHT)]),
    "several data": shlex.join(["curl", URL, *(w for k, v in RIGHT.items()
                                               for w in ("-d", urlencode({k: v})))]),
    "data-urlencode": shlex.join(["curl", "--url", URL, *(
        w for k, v in RIGHT.items() for w in ("--data-urlencode", f"{k}={v}"))]),
    "form": shlex.join(["curl", URL, *(w for k, v in RIGHT.items()
                                       for w in ("--form-string", f"{k}={v}"))]),
    "get": shlex.join(["curl", "-G", URL, *(w for k, v in RIGHT.items()
                                            for w in ("--data-urlencode", f"{k}={v}"))]),
    "query": shlex.join(["curl", "-sS", f"{URL}?{urlencode(RIGHT)}"]),
    "prompt and line breaks": "$ curl " + " \\\n  ".join(
        [URL, "-H 'Accept: */*'", "--compressed", f"--data '{urlencode(RIGHT)}'"]),
    "marked quotes": f"curl {URL} -H $'X: a\\u0041\\n' --data-raw $'{urlencode(RIGHT)}'",
    "header": curl(RIGHT, (), "-H", f"content-type: {FORM}", "-A", "me", "-b", "a=b"),
}  # fmt: skip


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_right_line_of_curl(line, tmp_path):
    """Nothing is said of it, in whichever way it is written."""
    code, found = ran(line, tmp_path=tmp_path)
    assert (code, "nothing is wrong with it" in found.output) == (0, True), found.output


@pytest.mark.parametrize("end", ["\r\n", "\n"], ids=["CR LF", "LF"])
@pytest.mark.parametrize("verb", ["POST", "GET"])
def test_raw_http(verb, end, tmp_path):
    """A request as a proxy shows it."""
    text = urlencode(RIGHT)
    target, body = ("/router/rest", text) if verb == "POST" else (f"/router/rest?{text}", "")
    head = [f"{verb} {target} HTTP/1.1", "Host: x", f"Content-Type: {FORM}", "", body]
    code, found = ran(end.join(head), tmp_path=tmp_path)
    assert code == 0, found.output


@pytest.mark.parametrize("whole", [True, False])
def test_an_http_archive(whole, tmp_path):
    """An entry, or an archive of one; its own time is the clock."""
    _, wrong = made(MISTAKES["timestamp.zone"][0])
    entry = {"startedDateTime": AT, "request": {
        "method": "POST", "url": URL, "headers": [{"name": "Content-Type", "value": FORM}],
        "postData": {"mimeType": FORM, "text": urlencode(wrong)},
    }}  # fmt: skip
    file = tmp_path / "one.har"
    file.write_text(json.dumps({"log": {"entries": [entry]}} if whole else entry))
    code, found = invoked([str(file), "--output", "json"])
    assert code == 1
    assert [reason["id"] for reason in json.loads(found.output)["why"]] == ["timestamp.zone"]


def test_without_a_time_the_clock_is_not_judged(tmp_path):
    """That is said, and nothing is guessed."""
    file = tmp_path / "line"
    file.write_text(LINES["data-raw"])
    code, found = invoked([str(file)])
    assert code == 0
    assert "give --at" in found.output


@pytest.mark.parametrize("id_", [i for i, ways in MISTAKES.items() if ways and i not in UNKNOWN])
def test_a_mistake_is_named_and_nothing_secret_is(id_, tmp_path):
    """The exit code is 1, and neither the secret nor the session is in the output."""
    query, form = made(MISTAKES[id_][0])
    code, found = ran(curl(form, query), tmp_path=tmp_path)
    assert code == 1
    assert f"  {id_}: " in found.output
    assert SECRET not in found.output
    assert SESSION not in found.output


def kept(text, where):
    """Write a request with its parameters, escaped already, in each way that one is kept."""
    query, body = (f"?{text}", "") if where == "query" else ("", text)
    verb, posted = ("GET", {}) if where == "query" else (
        "POST", {"postData": {"mimeType": FORM, "text": text}})  # fmt: skip
    pairs = [{"name": name, "value": "\ufffd"} for name in parse_qs(text)]  # as a browser read them
    asked = {"method": verb, "url": URL + query, "queryString": pairs if query else [], **posted}
    return {
        "HTTP": f"{verb} /router/rest{query} HTTP/1.1\r\nContent-Type: {FORM}\r\n\r\n{body}",
        "curl": shlex.join(["curl", URL + query, *(["-d", body] if body else [])]),
        "HAR": json.dumps({"log": {"entries": [{"request": asked}]}}),
    }


@pytest.mark.parametrize("way", ["HTTP", "curl", "HAR"])
@pytest.mark.parametrize("where", ["query", "form"])
@pytest.mark.parametrize("charset", ["gb18030", "utf-8"])
def test_bytes_that_are_no_utf_8(tmp_path, way, where, charset):
    """A request in GBK is told as such, and its signature as its sender meant it."""
    _, form = made(lambda draft: setattr(draft, "charset", charset))
    text = "&".join(f"{k}={quote_plus(v, encoding='gb18030')}" for k, v in form.items())
    code, found = ran(kept(text, where)[way], tmp_path=tmp_path)
    assert code == 1
    assert "encoding.charset: " in found.output
    assert "(checkout_id: it reads as GBK)" in found.output
    assert "sign." not in found.output


def test_parts_of_a_form_that_are_no_utf_8(tmp_path):
    """As an SDK sends them that always writes a form in parts."""
    _, form = made()
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                    for name, value in form.items())  # fmt: skip
    head = "POST /router/rest HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
    code, found = ran("", tmp_path=tmp_path, body=f"{head}{parts}--b--\r\n".encode("gb18030"))
    assert (code, "encoding.charset: " in found.output) == (1, True), found.output
    assert "sign." not in found.output


def test_bytes_of_no_charset_are_not_called_gbk(tmp_path):
    """What is not seen is not named."""
    text = urlencode({name: value for name, value in RIGHT.items() if name != "sign"})
    code, found = ran(f"curl '{URL}?{text}&a=%FF'", tmp_path=tmp_path)
    assert (code, "encoding.charset: " in found.output, "GBK" in found.output) == (1, True, False)


BAD = {
    "nothing": ("", "it is no request"),
    "words": ("hello", "it is no request"),
    "a file of data": (f"curl {URL} -d @body.txt", "is read from a file"),
    "a file of a field": (f"curl {URL} -F a=@body.txt", "is read from a file"),
    "escaped data of a file": (f"curl {URL} --data-urlencode a@body.txt", "is read from a file"),
    "a file of options": (f"curl -K options {URL}", "reads a file"),
    "a command": (f"curl {URL} -d a=$(id)", "a shell would replace"),
    "a command in backticks": (f'curl {URL} -d "a=`id`"', "a shell would replace"),
    "a variable": (f'curl {URL} -d "a=$KEY"', "a shell would replace"),
    "an option that is not known": (f"curl {URL} --teleport", "cannot be read"),
    "an open quote": (f"curl '{URL}", "cannot be read"),
    "no address": ("curl -d a=b", "not just one address"),
    "no parameters": (f"curl {URL}", "has no parameters"),
    "a masked signature": (curl(RIGHT | {"sign": "****"}), "is masked"),
    "a signature cut off": (curl(RIGHT | {"sign": "ABCD…"}), "is masked"),
    **{f"masked as {mask}": (curl(RIGHT | {"sign": mask}), "is masked") for mask in (
        "{sign}", "REDACTED", "[MASKED]", "<your sign>", "YOUR_SIGN", "SIGN", "(secret)",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "6698***9934FB8", "6698...34FB8", "######", "%SIGN%",
    )},
    "a file of headers": (f"curl {URL} -H @headers -d a=b", "is read from a file"),
    "a field that reads a file": (f"curl {URL} -F 'a=<body.txt'", "is read from a file"),
    "data of standard input": (f"curl {URL} --data-binary @-", "is read from a file"),
    "what a file has, escaped": (f"curl {URL} --data-urlencode @body.txt", "is read from a file"),
    "a file to be sent": (f"curl {URL} -T body.txt", "reads a file"),
    "a pipe": (f"curl {URL} -d a=b | sh", "cannot be read"),
    "another command": (f"curl {URL} -d a=b && id", "cannot be read"),
    "a variable in braces": (f'curl {URL} -d "a=${{KEY}}"', "a shell would replace"),
    **{f"another gateway, {name}": (curl(form), "another gateway") for name, form in {
        "of clouds": {"Action": "A", "AccessKeyId": "1", "Signature": "x"},
        "of wallets": {"appid": "1", "mch_id": "2", "sign": "C" * 32},
        "of other shops": {"client_id": "1", "type": "a.b", "sign": "C" * 32},
        "of wholesale": {"app_key": "1", "_aop_signature": "C" * 40},
        "that also has an app_key": {"app_key": "1", "method": "jingdong.a", "sign": "C" * 32,
                                     "360buy_param_json": "{}"},
    }.items()},
    "another gateway": (curl({"app_id": "1", "sign_type": "RSA2"}), "another gateway"),
    "an archive that is none": ('{"log": 1}', "holds nothing"),
    "half an archive": ('{"log": {', "is no JSON"),
    "UTF-16": (None, "save it as UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_diagnosed_is_one_line(text, said, tmp_path):
    """It says what is wrong; the exit code is 2."""
    body = "curl".encode("utf-16") if text is None else None
    code, found = ran(text or "", tmp_path=tmp_path, body=body)
    assert code == 2
    words = str(found.exception)
    assert said in words
    assert "\n" not in words
    assert SECRET not in words


#: Lines of curl with a secret in them that no request is made of.
UNREADABLE = {
    "an option before the address": f"curl -b c=d -u me:hidden '{URL}?session=hidden'",
    "an option that is joined": f"curl -b c=d {URL} -uhidden s=hidden",
    "a flag that is joined": f"curl {URL} -suhidden",
    "a flag with a value": f"curl {URL} --silent=hidden",
    "an option with a value": f"curl {URL} --json={{session:hidden}}",
    "a word behind": f"curl {URL} -d a=b session=hidden",
    "another command": f"curl {URL} -d a=b && echo hidden",
    "an open quote": f"curl {URL} -d 'session=hidden",
}


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE)
def test_nothing_is_repeated_of_a_line_that_cannot_be_read(line, tmp_path):
    """Whatever stands in it may be a session: an option is told by its name."""
    code, found = ran(line, tmp_path=tmp_path)
    assert code == 2
    assert "its line of curl" in str(found.exception)
    assert "hidden" not in str(found.exception)


def test_an_option_that_is_not_known_is_told_by_its_name(tmp_path):
    """So that one can leave it out."""
    for line, name in ((f"curl {URL} -d a=b --teleport=x", "--teleport"),
                       (f"curl -b c=d -ux {URL}", "-u")):  # fmt: skip
        _, found = ran(line, tmp_path=tmp_path)
        assert str(found.exception).endswith(f"leave out {name}")


@pytest.mark.parametrize(
    "line",
    ['curl ^"{0}?{1}^" -H ^"accept: */*^"', 'curl "{0}?{1}"', 'curl "{0}" ^\n  --data-raw "{1}"',
     'curl "{0}" ^\r\n  --data-raw "{1}"', 'curl ^"{0}^" --data-raw ^"{1}^"'],
    ids=["an address", "as it was once", "two lines", "CRLF", "data"],
)  # fmt: skip
def test_a_line_for_cmd_is_no_line_for_a_shell(line, tmp_path):
    """A browser on Windows copies both: what is right would be told as wrong, with its carets."""
    code, found = ran(line.format(URL, urlencode(RIGHT).replace("&", "^&")), tmp_path=tmp_path)
    assert code == 2
    assert "or cmd" in str(found.exception)
    quoted = f"curl '{URL}' --data-raw '{urlencode(RIGHT)}' -H 'x: ^&^\"'"
    assert ran(quoted, tmp_path=tmp_path)[0] == 0


@pytest.mark.parametrize("value", ["a@b", "@b", "a<b", "<b", "$(id)", "`id`", "${KEY}", "100%25"])
def test_what_only_looks_like_a_file_or_a_command(value, tmp_path):
    """In quotes, or behind the name of data, it is a value like any other."""
    _, form = made(lambda draft: draft.form.update(checkout_id=value))
    line = "curl " + URL + " ".join(f" --data-raw '{k}={quote_plus(v)}'" for k, v in form.items())
    line = line.replace(f"checkout_id={quote_plus(value)}", f"checkout_id={value}")
    if value == "100%25":
        line = line.replace("=100%25'", "=100%2525'")
    for written in (line, line.replace("--data-raw", "-d")):
        code, found = ran(written, tmp_path=tmp_path)
        assert (code, found.exception) == (0, None), found.output


def test_an_archive_of_a_browser(tmp_path):
    """What is sent elsewhere is passed over, before and behind; nothing is told twice."""

    def entry(url, form):
        return {"startedDateTime": AT, "request": {
            "method": "POST", "url": url, "headers": [{"name": "Content-Type", "value": FORM}],
            "postData": {"mimeType": FORM, "text": urlencode(form)}}}  # fmt: skip

    _, wrong = made(MISTAKES["sign.lower_case"][0])
    entries = [entry("https://x/log", {"appid": "1"}), entry(URL, RIGHT), entry(URL, wrong),
               entry("https://y/", {"client_id": "2", "q": "1"})]  # fmt: skip
    code, found = ran(json.dumps({"log": {"entries": entries}}), tmp_path=tmp_path)
    assert code == 1
    told = [line.partition(": ")[2] for line in found.output.splitlines() if "request, " in line]
    assert told == ["nothing is wrong with it", "refused"]


def test_a_file_without_an_end_is_not_read_to_it(tmp_path):
    """More than any request has is told, and no more of it is read."""
    code, found = ran("", tmp_path=tmp_path, body=b"curl " + b"x" * (16 * 2**20))
    assert code == 2
    assert "16 MiB" in str(found.exception)


def test_the_secret_comes_from_the_environment(tmp_path):
    """Without it nothing can be signed."""
    code, found = ran(LINES["data"], tmp_path=tmp_path, secret=None)
    assert code == 2
    assert "TOP_APP_SECRET" in str(found.exception)


def test_a_moment_that_is_none(tmp_path):
    """It is told how to write one."""
    file = tmp_path / "line"
    file.write_text(LINES["data"])
    code, found = invoked([str(file), "--at", "soon"])
    assert code == 2
    assert "write it as" in str(found.exception)


def test_standard_input():
    """A dash is standard input."""
    code, found = invoked(["-", "--at", AT], input=LINES["data"])
    assert (code, found.output.startswith("-: nothing is wrong")) == (0, True)


def test_several_parameters_are_those_of_the_line(tmp_path):
    """What is signed is shown, without the session."""
    _, found = ran(LINES["query"], tmp_path=tmp_path)
    assert f"checkout_id{OWN['checkout_id']}format" in found.output


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("name", sorted(WORKSPACE.contract.request.fields))
def test_a_parameter_that_is_signed_and_not_sent(name, several, tmp_path, monkeypatch):
    """The workspace found knows it, by the method that is asked: none has to be named."""
    if several:
        monkeypatch.chdir(tmp_path)
        shutil.copytree(WORKSPACE.folder, Path("schemas", WORKSPACE.folder.name))
        CliRunner().invoke(commands, ["derive", str(OTHER)], standalone_mode=False)
        assert len([*Path("schemas").iterdir()]) == 2
    sent = {**RIGHT, "method": WORKSPACE.contract.method}
    del sent["sign"]
    sent.pop(name, None)
    signature = sign([*sent.items(), (name, "")], SECRET, sent["sign_method"])
    line = curl({**sent, "sign": signature})
    code, found = ran(line, "--output=json", tmp_path=tmp_path)
    (why,) = json.loads(found.stdout)["why"]
    assert (code, why["id"], name in why["text"]) == (1, "sign.empty_signed", True)


def test_a_workspace_that_cannot_be_read_is_no_hindrance(tmp_path, monkeypatch):
    """Nobody named it: a request is diagnosed as without one."""
    page = tmp_path / "schemas" / "some.method.get" / "page.txt"
    page.parent.mkdir(parents=True)
    page.write_text("no page")
    monkeypatch.chdir(tmp_path)
    assert ran(curl(RIGHT), tmp_path=tmp_path)[0] == 0
    assert ran(curl(RIGHT), "--workspace=.", tmp_path=tmp_path)[0] == 2
