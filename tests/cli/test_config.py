"""What a pipeline repeats: read from the environment and a file, checked, printed, and no more."""

import contextlib
import io
import json
import os
import shutil
import sys
from pathlib import Path
from unittest import mock

import pytest

from tests.warm import run_pytest
from topcheck.cli import config
from topcheck.cli import gate as gating
from topcheck.cli.config import filled
from topcheck.cli.config_schema import CONFIGURABLE, SECRET_NAME, config_schema
from topcheck.cli.main import main
from topcheck.cli.options import ANNOTATIONS, NO_CONFIG, OPTIONS, RECORD, REPORT, VERBOSE, all_words
from topcheck.wire.data_file import DataFileError

ROOT = Path(__file__).parents[2]
EVERY = (*OPTIONS, REPORT, ANNOTATIONS, VERBOSE)
UNSET = {option.key: option.unset for option in EVERY}
#: Each option with a value as a file has it, as a variable has it, and as a run has it.
GIVEN = {
    "clause": (["exchange.*", "a.b"], "exchange.*\n  a.b\n\n", ("exchange.*", "a.b")),
    "workspace": ("w", "w", "w"),
    "method": ("taobao.time.get", "taobao.time.get", "taobao.time.get"),
    "cassettes": ("c", "c", "c"),
    "gateway": ("https://h.example/x", "https://h.example/x", "https://h.example/x"),
    "fail-on": ("drift", "drift", "drift"),
    "max-requests": (7, "7", 7),
    "rate": (5, "5", 5.0),
    "latency-budget": (250.5, "250.5", 250.5),
    "page-diff": (True, "true", True),
    "insecure-http": (True, "true", True),
    "sdk": (["py d.py", "drivers/x"], "py d.py\ndrivers/x", ("py d.py", "drivers/x")),
    "known-failing": (["k.toml"], "k.toml", ("k.toml",)),
    "baseline": ("b/outcome.json", "b/outcome.json", Path("b/outcome.json")),
    "report": ("r 1", "r 1", Path("r 1")),
    "annotations": ("none", "none", "none"),
    "verbose": (True, "true", True),
}  # fmt: skip
NAMES = [option.name.removeprefix("--") for option in CONFIGURABLE]


def as_toml(table):
    """Write a table: JSON's values are those of TOML."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())


def write(folder, text, name="topcheck.toml"):
    """Write a file of options into a folder, and return the folder."""
    (folder / name).write_text(text, "utf-8")
    return folder


def read_config(folder, environment):
    """Read what is configured in a folder, as it is read in the working folder."""
    with contextlib.chdir(folder):
        return config.read_config(Path(), environment)


def variable(name):
    """Return the variable of an option."""
    return f"TOPCHECK_{name.upper().replace('-', '_')}"


# ------------------------------------------------------------------ each option


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["topcheck.toml", "pyproject.toml", "variable"])
def test_each_option_can_be_given_in_each_way(tmp_path, name, way):
    """It comes out as the command line would have made it."""
    in_file, text, expected = GIVEN[name]
    environment = {}
    if way == "variable":
        environment = {variable(name): text, "TOPCHECK_OF_SOMEBODY_ELSE": "x"}
    elif way == "pyproject.toml":
        write(tmp_path, "[tool.topcheck]\n" + as_toml({name: in_file}), way)
    else:
        write(tmp_path, as_toml({name: in_file}))
    (found,) = read_config(tmp_path, environment)
    assert list(found.values.items()) == [(name.replace("-", "_"), expected)]
    assert type(found.values[name.replace("-", "_")]) is type(expected)


def test_what_says_what_one_run_is_can_only_be_typed():
    """All other options can be given."""
    assert {option.name for option in EVERY} - {f"--{name}" for name in NAMES} == {
        "--record", "--no-config", "--known-failing-update"
    }  # fmt: skip
    assert set(GIVEN) >= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_command_line_comes_first_then_the_environment(tmp_path, name):
    """And then the file, whatever the others are."""
    in_file, text, value = GIVEN[name]
    key = name.replace("-", "_")
    everything = {**UNSET, "gateway": "https://g.example", "sdk": ("x",)}
    typed = {"gateway", "sdk", key}
    found, lines = filled({**everything, key: "typed"}, typed, read_config(
        write(tmp_path, as_toml({name: in_file})), {variable(name): text}))  # fmt: skip
    assert (found[key], lines, found[NO_CONFIG.key]) == ("typed", [], True)
    found, lines = filled(everything, typed - {key}, read_config(tmp_path, {variable(name): text}))
    assert found[key] == value
    assert len(lines) == 1
    assert lines[0].startswith("options of the environment: ")
    assert f"--{name}" in lines[0]
    found, lines = filled(everything, typed - {key}, read_config(tmp_path, {variable(name): ""}))
    assert found[key] == value
    assert lines[0].startswith("options of topcheck.toml: ")


def test_what_changes_nothing_is_told_as_well(tmp_path):
    """It was read, and stands before what comes next."""
    found_there = read_config(write(tmp_path, 'fail-on = "violation"\nverbose = false\n'), {})
    _, lines = filled(UNSET, [], found_there)
    assert lines == ["options of topcheck.toml: --fail-on=violation --verbose=False"]


def test_what_is_about_nothing_is_left_out(tmp_path):
    """A file may hold the rate of a gateway that only some runs ask."""
    found_there = read_config(write(tmp_path, 'rate = 5\nknown-failing = ["k.toml"]\n'), {})
    found, lines = filled(UNSET, [], found_there)
    assert {**found, NO_CONFIG.key: False} == UNSET
    assert lines == []
    found, _ = filled({**UNSET, "gateway": "https://h"}, ["gateway"], found_there)
    assert (found["rate"], found["known_failing"]) == (5.0, ())


def test_nothing_but_where_stands_beside_a_recording(tmp_path):
    """`--record` takes neither gateway nor SDK, and no file may forbid it."""
    found_there = read_config(write(tmp_path, as_toml({n: GIVEN[n][0] for n in NAMES})), {})
    found, _ = filled({**UNSET, RECORD.key: True}, [RECORD.key], found_there)
    assert {key: value for key, value in found.items() if value != UNSET[key]} == {
        "record": True, "no_config": True, "workspace": "w", "method": "taobao.time.get",
        "cassettes": "c",
    }  # fmt: skip


def test_nothing_is_read_where_nothing_is(tmp_path):
    """Neither an empty file nor another program's table; and no folder above is looked into."""
    inner = tmp_path / "inner"
    inner.mkdir()
    write(tmp_path, 'fail-on = "drift"')
    assert read_config(inner, {}) == []
    write(inner, "# nothing yet\n")
    write(inner, '[project]\nname = "x"\n[tool.ruff]\nline-length = 1\n', "pyproject.toml")
    assert read_config(inner, {}) == []
    write(inner, '[tool.topcheck]\nfail-on = "drift"\n', "pyproject.toml")
    (found,) = read_config(inner, {})
    assert (found.where, found.values) == ("pyproject.toml [tool.topcheck]", {"fail_on": "drift"})


def test_a_byte_order_mark_is_fine(tmp_path):
    """Some editors write one."""
    (tmp_path / "topcheck.toml").write_text('fail-on = "drift"', "utf-8-sig")
    (found,) = read_config(tmp_path, {})
    assert found.values == {"fail_on": "drift"}


# ------------------------------------------------------------------ what is refused

VALUE = "Zq7-never-shown"
SECRETS = [
    *(f'{name} = "{VALUE}"' for name in (
        "app_secret", "APP_SECRET", "appSecret", "TOP_APP_SECRET", "session", "TOP_SESSION",
        "session_key", "sign", "access_token", "password", "passwd", "api_key", "credentials",
        "private-key", '"secret "',
    )),
    *(f'gateway = "{url}"' for url in (
        f"https://user:{VALUE}@h.example/", f"https://{VALUE}@h.example", f"https://h/?sign={VALUE}",
        f"https://h.example/router/rest?session={VALUE}", f"https://h.example/#{VALUE}",
    )),
    *(f'sdk = ["true", "{command}"]' for command in (
        f"python3 d.py --app-secret {VALUE}", f"python3 d.py --app_secret={VALUE}",
        f"env TOP_APP_SECRET={VALUE} ./driver", f"TOP_SESSION={VALUE} ./driver",
        f"./driver https://me:{VALUE}@h.example/", f"./driver 'https://h/?sign={VALUE}'",
        f"./driver -password {VALUE}", f"./driver '{{\\\"session\\\": \\\"{VALUE}\\\"}}'",
    )),
    f'report = "https://me:{VALUE}@h.example/"',
    f'[topcheck]\napp_secret = "{VALUE}"',
    f'gateway = {{ url = "https://h", secret = "{VALUE}" }}',
]  # fmt: skip


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_refused_by_name_and_not_shown(tmp_path, text):
    """It belongs into the environment: the file is committed."""
    with pytest.raises(DataFileError) as refused:
        read_config(write(tmp_path, text), {})
    said = str(refused.value)
    assert said.startswith("topcheck.toml: ")
    assert VALUE not in said
    named = text.partition(" =")[0].strip('"[').partition("]")[0].strip()
    assert named in said
    if text.startswith("sdk"):
        assert "sdk 2: it is a text without a secret: it belongs into the environment" in said
    elif not text.startswith(("gateway", "report", "[")):
        assert "is a secret: it belongs into the environment" in said


@pytest.mark.parametrize(
    "command",
    ["python3 sign_driver.py --mode=x", "java -Dassigned=1 Session", "./my-session driver",
     "drivers/token", "node design.js --port 1", "node driver.js http://127.0.0.1:1/rest"],
)  # fmt: skip
def test_what_only_looks_like_a_secret_is_none(tmp_path, command):
    """A name alone tells nothing."""
    (found,) = read_config(write(tmp_path, f'sdk = ["{command}"]'), {})
    assert found.values == {"sdk": (command,)}
    assert not any(__import__("re").search(SECRET_NAME, name) for name in NAMES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('fail_on = "drift"', "unknown key `fail_on` (did you mean fail-on?)"),
        ('FailOn = "drift"', "unknown key `FailOn` (did you mean fail-on?)"),
        ("max_request = 5", "unknown key `max_request` (did you mean max-requests?)"),
        ("known_failing = []", "unknown key `known_failing` (did you mean known-failing?)"),
        ('sdks = ["x"]', "unknown key `sdks` (did you mean sdk?)"),
        ('app_key = "12345"', "unknown key `app_key`; the options are those of topcheck gate"),
        ("record = true", "unknown key `record`"),
        ("no-config = true", "unknown key `no-config`"),
        ('fail-on = "drifts"', "`fail-on` is one of violation, drift, advisory"),
        ("max-requests = 0", "`max-requests` is a whole number above zero"),
        ("max-requests = 5.0", "`max-requests` is a whole number above zero"),
        ("rate = nan", "`rate` is a number above zero"),
        ("rate = inf", "`rate` is a number above zero"),
        (f"rate = {'9' * 999}", "number above zero"),
        ("rate = true", "`rate` is a number above zero"),
        ('latency-budget = "5"', "`latency-budget` is a number above zero"),
        ("insecure-http = 1", "`insecure-http` is true or false"),
        ('sdk = "python3 d.py"', "`sdk` is a list of texts"),
        ('sdk = ["x", ""]', "sdk 2: it is a text"),
        ('gateway = "h.example"', "`gateway` is an address"),
        ('sdk = ["./driver\\u001b[2K"]', "sdk 1: it is a text without invisible characters"),
        ('report = "\\u202egpj.x"', "`report` is a text without invisible characters"),
        ("[[", "not TOML: "),
        ('fail-on = "drift', "not TOML: "),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["topcheck.toml", "pyproject.toml"])
def test_a_mistake_is_one_line(tmp_path, text, said, place):
    """It names the file, the key, what is wrong, and what belongs there."""
    head = "[tool.topcheck]\n" if place == "pyproject.toml" else ""
    with pytest.raises(DataFileError) as refused:
        read_config(write(tmp_path, head + text, place), {})
    where = place if not head or "not TOML" in said else f"{place} [tool.topcheck]"
    assert str(refused.value).startswith(f"{where}: ")
    assert said in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TOPCHECK_RATE", "fast", "`TOPCHECK_RATE` is a number above zero"),
        ("TOPCHECK_RATE", "[" * 100_000, "`TOPCHECK_RATE` is a number above zero"),
        ("TOPCHECK_RATE", "9" * 999, "number above zero"),
        ("TOPCHECK_RATE", "NaN", "`TOPCHECK_RATE` is a number above zero"),
        ("TOPCHECK_MAX_REQUESTS", "5.0", "`TOPCHECK_MAX_REQUESTS` is a whole number above zero"),
        ("TOPCHECK_FAIL_ON", "never", "`TOPCHECK_FAIL_ON` is one of violation, drift, advisory"),
        ("TOPCHECK_INSECURE_HTTP", "yes", "`TOPCHECK_INSECURE_HTTP` is true or false"),
        ("TOPCHECK_GATEWAY", f"https://u:{VALUE}@h", "`TOPCHECK_GATEWAY` is an address without"),
        ("TOPCHECK_SDK", f"true\n./d --secret {VALUE}", "TOPCHECK_SDK 2: it is a text without a"),
        ("TOPCHECK_FAILON", "drift", "TOPCHECK_FAILON is no option (did you mean TOPCHECK_FAIL_ON"),
        ("TOPCHECK_GATEWAYS", "", "TOPCHECK_GATEWAYS is no option (did you mean TOPCHECK_GATEWAY"),
    ],
)  # fmt: skip
def test_a_variable_with_a_mistake_is_one_line(tmp_path, name, value, said):
    """What is read from the environment is held against the same schema."""
    with pytest.raises(DataFileError) as refused:
        read_config(tmp_path, {name: value})
    assert str(refused.value).startswith("the environment: ")
    assert said in str(refused.value)
    assert VALUE not in str(refused.value)


def test_two_files_with_options_are_one_too_many(tmp_path):
    """Neither is preferred in silence."""
    write(tmp_path, 'fail-on = "drift"')
    write(tmp_path, "[tool.topcheck]\nrate = 5", "pyproject.toml")
    with pytest.raises(DataFileError, match="both hold options: keep one of them"):
        read_config(tmp_path, {})


@pytest.mark.parametrize("place", ["topcheck.toml", "pyproject.toml"])
@pytest.mark.parametrize("kind", ["folder", "utf-16", "latin-1", "link", "table"])
def test_what_cannot_be_read_is_one_line(tmp_path, place, kind):
    """It is not as if it were not there."""
    path = tmp_path / place
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "nowhere")
    elif kind == "table":
        path.write_text("tool.topcheck = 5" if place == "pyproject.toml" else "fail-on.x = 5")
    else:
        path.write_bytes('fail-on = "drift" # ä\n'.encode(kind))
    with pytest.raises(DataFileError) as refused:
        read_config(tmp_path, {})
    assert place in str(refused.value)


# ------------------------------------------------------------------ the commands


def topcheck(folder, *words, environment=(), ran=None):
    """Run the command in this process; what the gate would run is noted, if that is asked for."""
    out, err = io.StringIO(), io.StringIO()
    noted = mock.patch.object(gating, "run_gate", lambda given, report, style, **how: ran.append(
        {**given, "report": report, "annotations": style, **how}) or 0)  # fmt: skip
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ, dict(environment)),
        mock.patch.object(sys, "argv", ["topcheck", *words]),
        noted if ran is not None else contextlib.nullcontext(),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return ended.value.code, out.getvalue(), err.getvalue()


def test_the_gate_prints_a_command_before_it_runs_it(tmp_path):
    """All that was read stands in one line that can be pasted."""
    ran = []
    write(tmp_path, 'sdk = ["python3 my driver.py"]\nreport = "r"\nrate = 5\nverbose = true\n')
    code, _, said = topcheck(tmp_path, "gate", "--fail-on=drift", ran=ran)
    assert (code, said) == (
        0, "topcheck: options of topcheck.toml: '--sdk=python3 my driver.py' --report=r --verbose\n"
    )  # fmt: skip
    (given,) = ran
    assert (given["sdk"], given["report"], given["verbose"]) == (
        ("python3 my driver.py",), Path("r"), True)  # fmt: skip
    assert (given["fail_on"], given["rate"], given["no_config"]) == ("drift", None, True)


def test_the_gate_can_leave_it_all_unread(tmp_path):
    """A broken file then is no obstacle."""
    ran = []
    write(tmp_path, "[[")
    assert topcheck(tmp_path, "gate", ran=ran)[0] == 2
    code, _, said = topcheck(tmp_path, "gate", "--no-config", ran=ran,
                             environment={"TOPCHECK_FAIL_ON": "drift"})  # fmt: skip
    assert (code, said, ran[0]["fail_on"]) == (0, "", "violation")


BODY = '{"alibaba_alisports_lianbei_xpos_querystatus_response":{"result":{"news":1}}}'


@pytest.mark.parametrize(("text", "code"), [("", 0), ('fail-on = "drift"', 1), ("fail-on = 5", 2)])
def test_check_reads_it_too(tmp_path, text, code):
    """Of it what the command has."""
    write(tmp_path, text and f'{text}\nsdk = ["no-such-driver"]\n')
    (tmp_path / "body.json").write_text(BODY)
    found, _, said = topcheck(tmp_path, "check", "body.json")
    assert (found, "no-such-driver" in said) == (code, False)
    assert said.count("\n") == (1 if text else 0), said


@pytest.mark.parametrize("words", [("explain", "wire.sign.md5"), ("serve", "--list-faults"),
                                   ("vectors", "--out", "v"), ("driver", "smoke", "x"),
                                   ("diagnose", "x")])  # fmt: skip
def test_every_command_that_knows_a_method_reads_it(tmp_path, words):
    """The method that is not there is the one of the file."""
    write(tmp_path, 'method = "taobao.no.such"')
    code, _, said = topcheck(tmp_path, *words)
    assert (code, "options of topcheck.toml: --method=taobao.no.such" in said) == (2, True)
    assert "has no method taobao.no.such" in said


def test_pytest_reads_it_and_runs_no_command_of_it(tmp_path):
    """A command in a file is run by the gate alone, and no list without it is read."""
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    (tmp_path / "test_own.py").write_text(
        "def test_own(pytestconfig):\n    given = pytestconfig.getoption\n"
        "    names = '--fail-on', '--sdk', '--known-failing', '--rate', '--topcheck-ledger'\n"
        "    assert [*map(given, names)] == ['drift', (), (), None, True]\n"
    )
    text = 'fail-on = "drift"\nsdk = ["touch ran"]\nknown-failing = ["k"]\nverbose = true\n'
    write(tmp_path, text)
    words = ("-p", "topcheck.plugin", "-q", "test_own.py")
    for found in (run_pytest(*words, cwd=tmp_path), run_pytest(*words, "-n1", cwd=tmp_path)):
        assert found.returncode == 0, found.stdout
        said = found.stdout + found.stderr
        assert said.count("options of topcheck.toml: --fail-on=drift --verbose\n") == 1
    assert not (tmp_path / "ran").exists()
    write(tmp_path, "fail-on = 5")
    found = run_pytest("-p", "topcheck.plugin", "-q", "test_own.py", cwd=tmp_path)
    assert (found.returncode, found.stdout) == (2, "")
    assert "topcheck.toml: `fail-on` is one of" in found.stderr


def test_what_repeats_a_failure_reads_no_file(tmp_path):
    """The command that is printed last, and the run itself, have all options in them."""
    ran = []
    write(tmp_path, 'gateway = "https://h.example"\nrate = 5\nfail-on = "drift"\n')
    topcheck(tmp_path, "gate", ran=ran)
    assert all_words(ran[0]) == [
        "--no-config", "--gateway=https://h.example", "--fail-on=drift", "--rate=5.0"
    ]  # fmt: skip
    topcheck(tmp_path, "gate", "--no-config", ran=ran)
    assert all_words(ran[1]) == ["--no-config"]
    (tmp_path / "topcheck.toml").unlink()
    topcheck(tmp_path, "gate", ran=ran)
    assert all_words(ran[2]) == []


def test_the_schema_names_each_option():
    """Nothing is typed twice: an option of the table is one of the file."""
    assert list(config_schema()["properties"]) == NAMES
