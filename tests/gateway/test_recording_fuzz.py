"""Whatever stands in a recording, it is judged, or refused in a line that a person understands."""

import copy
import datetime
import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.gateway.recorded import LAYOUTS, archive, cassette, entry, interaction
from tests.workspace import WORKSPACE
from topcheck.cli.commands import commands
from topcheck.gateway.recording import RecordingError, read_recordings
from topcheck.report.text import OUTPUTS

NAME = Path("a.file")
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
#: What no line says to a person.
JARGON = re.compile(
    r"unpack|NoneType|subscriptable|iterable|attribute|Traceback|codec|\bdict\b|\bstr\b|\bint\b"
    r"|KeyError|TypeError|Error\b|<class|object at|positional|argument|Python"
)
#: What stands in the place of each part in turn.
VALUES = [
    None, 0, -1, 2**70, 10**400, 1.5, "", "x", "支付\n", "http://[bad", "\ud800", True, [], {},
    [None], [[]], [{}], [1, 2], ["x"], [["a", "b"]], [[["a", "b"]]], [["a", ["b"]]], {"a": None},
    {"string": None}, {"string": {"a": 1}}, {"base64_string": "%"}, {"a": {"b": []}},
]  # fmt: skip
#: What only YAML can hold.
YAML_VALUES = [b"\xff\x00", NOW, NOW.date(), float("nan"), {1: 2}, {None: [1, 2]}]


def places(data, path=()):
    """Yield the place of each part of a recording."""
    yield path
    inside = (
        data if isinstance(data, dict) else dict(enumerate(data if isinstance(data, list) else ()))
    )
    for key, part in inside.items():
        yield from places(part, (*path, key))


def changed(data, path, *value):
    """Return a recording one part of which is another, or gone."""
    whole = [copy.deepcopy(data)]
    holder = whole
    *way, last = (0, *path)
    for key in way:
        holder = holder[key]
    if value:
        holder[last] = value[0]
    else:
        del holder[last]
    return whole[0] if whole else None


def said_of(body):
    """Judge what was recorded; return what is said of it."""
    try:
        found = read_recordings(NAME, body)
        shown = WORKSPACE.judged({NAME: found})
    except RecordingError as error:
        return str(error)
    lines = list(shown.passed_over)
    for one in shown.files[NAME]:
        lines += [write("a", shown.judgement(one), one.number) for write in OUTPUTS.values()]
        try:
            one.age(NOW.date())
        except RecordingError as error:
            lines.append(str(error))
    return "".join(lines)


def assert_plain(said, about):
    """Nothing of it is Python's, and all of it can be written."""
    assert not JARGON.search(said), (about, said)
    refused = said.startswith("a.file: ") and "passed over" not in said
    assert not refused or said.endswith("; record it anew, or take it away"), (about, said)
    said.encode()


@pytest.mark.parametrize("name", LAYOUTS)
def test_any_part_may_be_anything_or_missing(name):
    """Of each layout each part in turn."""
    data, refused = LAYOUTS[name], set()
    for path in places(data):
        parts = [changed(data, path), *(changed(data, path, value) for value in VALUES)]
        for part in parts:
            body = yaml.safe_dump(part) if name == "vcrpy" else json.dumps(part)
            said = said_of(body.encode())
            assert_plain(said, (path, part))
            refused |= {said} if said.startswith("a.file: ") else set()
    words = " ".join(refused)
    for kind in (
        "an exchange without a response",
        "an exchange without a request",
        "a body that",
        "an answer without an HTTP status",
        "a request whose address",
        "headers or",
    ):
        assert kind in words, kind


@pytest.mark.parametrize("name", ["vcrpy", "VCR"])
def test_any_part_may_be_what_only_yaml_holds(name):
    """Bytes, dates, numbers that are none, keys that are no text."""
    data = LAYOUTS[name]
    for path in places(data):
        for value in YAML_VALUES:
            body = yaml.safe_dump(changed(data, path, value), allow_unicode=True)
            assert_plain(said_of(body.encode()), (path, value))


TEXTS = {
    "yaml": yaml.safe_dump(LAYOUTS["vcrpy"], allow_unicode=True).encode(),
    "json": json.dumps(LAYOUTS["VCR"]).encode(),
    "har": json.dumps(LAYOUTS["HAR"]).encode(),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_may_be_cut_off_anywhere(name):
    """What is left is judged where it is whole, and refused where it is not."""
    whole = TEXTS[name]
    for end in range(0, len(whole), 29):
        assert_plain(said_of(whole[:end]), end)
        assert_plain(said_of(whole[:end] + b"\xff\x00\x1b" + whole[end + 1 :]), end)


#: A list of 2^64 texts, if anybody counted them.
DOUBLED = [b"b: &a%d [*a%d, *a%d]" % (n, n - 1, n - 1) for n in range(1, 64)]
BOMB = b"\n".join([b"a: &a0 [x, x]", *DOUBLED])
BOMBED = (b"*a63", b"[*a63]", b"[{request: {headers: {x: *a63}}, response: {status: 200}}]",
          b"[{request: {headers: *a63}, response: {status: 200}}]",
          b"[{request: {body: *a63}, response: {status: 200}}]",
          b"[{request: {body: {a: *a63}}, response: {status: 200}}]",
          b"[{request: {uri: *a63}, response: {status: 200}}]",
          b"[{request: {}, response: {status: *a63}}]",
          b"[{request: {}, response: {status: 200, body: *a63}}]",
          b"[{request: {}, response: {status: 200, body: {string: *a63}}}]")  # fmt: skip

HOSTILE = {
    **{f"an alias bomb {n}": BOMB + b"\ninteractions: " + one for n, one in enumerate(BOMBED)},
    "deep lists": b"interactions: " + b"[" * 200_000,
    "deep blocks": b"interactions:\n" + b"- " * 200_000,
    "deep JSON": b'{"interactions":' + b"[" * 200_000,
    "deep and whole": b'{"interactions":' + b"[" * 900 + b"]" * 900 + b"}",
    "itself": b"interactions: &a [*a]",
    "itself for a request": b"interactions: [{request: &a {headers: *a, body: *a}, response: *a}]",
    "a tag": b"interactions: !!python/object/apply:os.system [id]",
    "a tag of vcrpy's": b"interactions: !!python/object/new:_io.BytesIO [1]",
    "a long number": b"interactions: [{request: {headers: {x: 0x%s}}}]" % (b"f" * 9000),
    "no such date": b"interactions: [{request: {uri: 2026-13-45 00:00:00}}]",
    "control characters": b"interactions:\n- \x07",
    "two documents": b"interactions: []\n---\ninteractions: []\n",
    "no UTF-8": b"interactions:\n- request: \xd6\xa7",
    "nothing": b"",
    "no exchange": b"interactions: []",
    "no entry": b'{"log":{"version":"1.2","entries":[]}}',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_meant_to_hurt_is_refused_in_a_line(name):
    """Depth, aliases, tags, and what no parser takes."""
    said = said_of(HOSTILE[name])
    assert said.startswith("a.file: ")
    assert len(said) < 250
    assert "\n" not in said
    assert_plain(said, name)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (cassette(interaction(), interaction() | {"response": None}),
         "exchange 1: an exchange without a response"),
        (cassette({"request": interaction()["request"]}),
         "exchange 0: an exchange without a response"),
        (archive(entry(), {"request": entry()["request"]}),
         "entry 1: an exchange without a response"),
        (archive(entry() | {"response": {"status": 0}}), "entry 0: an exchange without a response"),
        (cassette({"response": interaction()["response"]}),
         "exchange 0: an exchange without a request"),
        (archive(entry(text=None)), "entry 0: an answer without its body"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_and_2(tmp_path, data, words):
    """File, exchange, what is wrong in words, and what to do."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data), "utf-8")
    run = CliRunner().invoke(commands, ["check", str(path)], standalone_mode=False)
    assert (run.return_value, run.stdout, run.stderr.count("\n")) == (2, "", 1)
    assert run.stderr.startswith(f"topcheck: {path}: {words}")
    assert run.stderr.endswith("; record it anew, or take it away\n")
