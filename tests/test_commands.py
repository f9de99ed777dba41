"""What is printed in a CI job is no command to its runner, whatever a gateway answered."""

import io
import json
import sys

import pytest

from tests.commands import OBEYED, obeyed
from topcheck.system import guard_streams, say, without_commands


@pytest.mark.parametrize("text", OBEYED)
def test_nothing_of_a_text_is_a_command(text):
    """At its beginning, and in the middle of it."""
    for told in (text, text.lstrip("\r\n"), f"one{text}\ntwo{text}"):
        assert obeyed(without_commands(told)) == []
    assert obeyed(f"one{text}")


@pytest.mark.parametrize(
    "text", ["a::b", "response: ok\n- a::b", "# [a]", "#[a]", "a ## b [c]", "x:"]
)
def test_what_is_no_command_stays_as_it_is(text):
    """Code, headings, links."""
    assert without_commands(text) == text


def test_json_stays_the_same_json():
    """A line of a program's output is the same value."""
    value = {"actual": "##[error]x ##vso[a] ##teamcity[b]", "a": ["\n::add-mask::x"]}
    line = json.dumps(value)
    assert json.loads(without_commands(line)) == value
    assert without_commands(line) != line


@pytest.mark.parametrize("text", OBEYED)
@pytest.mark.parametrize("size", [1, 2, 3, 999])
def test_a_stream_of_a_job_writes_no_command_however_it_is_cut(monkeypatch, text, size):
    """In pieces, as terminals write; the stream beneath stays open."""
    below = io.BytesIO()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(below, "utf-8"))
    guard_streams()
    guard_streams()  # again changes nothing
    whole = f"one{text}\n{text}\n  "
    for at in range(0, len(whole), size):
        sys.stdout.write(whole[at : at + size])
    sys.stdout.close()
    assert not below.closed
    assert obeyed(below.getvalue().decode()) == []
    assert below.getvalue().decode().count("\\u00") >= 2


@pytest.mark.parametrize("name", ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"])
def test_only_what_is_ours_is_a_command(monkeypatch, capsys, name):
    """And only in a job anything is escaped."""
    say("::error::of a body")
    monkeypatch.setenv(name, "true")
    say("::error::of a body")
    say("::error::of a body", error=True)
    say("::error::ours", command=True)
    out, err = capsys.readouterr()
    assert out == "::error::of a body\n\\u003a:error::of a body\n::error::ours\n"
    assert err == "topcheck: ::error::of a body\n"


def test_no_control_character_reaches_standard_error(capsys):
    """The name of a file is whoever's wrote the archive; lines of ours stay lines."""
    say("a\x1b[2Jb\x9b\u202e\r: 支付\u3000付\n  and more", error=True)
    told = "topcheck: a\\u001b[2Jb\\u009b\\u202e\\u000d: 支付\u3000付\n  and more\n"
    assert capsys.readouterr().err == told
