"""Annotations of a GitHub job: escaped, bounded, the worst first, on the page's line."""

import re
from dataclasses import replace

import pytest

from tests.commands import OBEYED
from tests.outcomes import (
    BROKEN,
    contract_run,
    finding,
    hostile,
    live_run,
    outcome,
    planted,
    sdk_run,
    state,
)
from topcheck.contract.model import Severity
from topcheck.report.annotations import annotations
from topcheck.report.outcome import GATEWAY, MAY_NOT, MAY_SHIP, UNDECIDED, Change, Side, Since

PAGE = "schemas/a.b.c/page.txt"


def read(line):
    """What GitHub's runner makes of a line: the kind, its properties, its message."""
    assert line.isprintable()
    kind, given, message = re.fullmatch(r"::(\w+) (.*?)::(.*)", line).groups()
    unescaped = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}

    def text_of(escaped):
        return re.sub("%(0D|0A|3A|2C|25)", lambda found: unescaped[found[0]], escaped)

    pairs = (pair.split("=", 1) for pair in given.split(","))
    return kind, {name: text_of(value) for name, value in pairs}, text_of(message)


def told(run, page=PAGE):
    """The annotations of an outcome."""
    return [read(line) for line in annotations(run, page)]


def many(number, severity=Severity.VIOLATION):
    """A run with so many broken clauses."""
    clauses = tuple(state(BROKEN, f"response.{n}.type", severity) for n in range(number))
    return outcome(Side("gateway", GATEWAY, {}, MAY_NOT, (), clauses))


def test_what_is_broken_stands_on_the_line_of_the_page():
    """With expected and actual, the page's words, and the command that repeats it."""
    error, warning = told(live_run())
    assert error == (
        "error",
        {"file": PAGE, "line": "12", "title": "response.a.type broken: gateway"},
        'expected a whole number\nactual "1.5"\npage:12 a Number 是 the state\n'
        "repeat topcheck gate --gateway http://127.0.0.1:8080/router/rest --clause response.a.type",
    )
    assert (warning[0], warning[1]["title"]) == ("warning", "wire.http.latency broken: gateway")


def test_a_page_that_is_not_in_the_repository_is_no_file_of_it():
    """Nor is what the page says nothing about on any line of it."""
    assert [about.keys() for _, about, _ in told(live_run(), None)] == [{"title"}] * 2
    (first, _) = told(sdk_run())
    assert first[1] == {"title": "sdk.a broken: node"}


def test_a_list_that_rots_is_an_error_by_its_reason():
    """Whatever its clause weighs."""
    assert told(sdk_run())[1] == (
        "error", {"title": "sdk.b passes though known to fail: node"},
        "the SDK rounds (until 2027-12-31)",
    )  # fmt: skip


@pytest.mark.parametrize(("number", "first", "more"), [(10, 10, None), (11, 9, 2), (500, 9, 491)])
@pytest.mark.parametrize("severity", [Severity.VIOLATION, Severity.DRIFT])
def test_there_are_ten_of_a_kind_at_most(severity, number, first, more):
    """The last of more says how many there are."""
    found = told(replace(many(number, severity), verdict=MAY_SHIP))
    assert len(found) == first + bool(more)
    assert {kind for kind, _, _ in found} == {"error" if severity == 3 else "warning"} or more
    if more:
        assert found[-1][1]["title"] == f"and {more} more clauses broken"


def test_the_worst_is_first_and_of_a_level_what_is_broken_anew():
    """An annotation is worth most where it tells something new."""
    clauses = (state(BROKEN, "a", Severity.DRIFT), state(BROKEN, "b"), state(BROKEN, "c"))
    made = outcome(Side("gateway", GATEWAY, {}, MAY_NOT, (), clauses))
    made = replace(made, since=Since("then", MAY_SHIP, (Change("gateway", "c"),)))
    titles = [about["title"] for _, about, _ in told(made)]
    assert titles == ["c broken (anew): gateway", "b broken: gateway", "a broken: gateway"]


@pytest.mark.parametrize("verdict", [MAY_NOT, UNDECIDED])
def test_a_run_that_does_not_pass_for_another_reason_is_an_error(verdict):
    """Its verdict, and why."""
    silent = outcome(verdict=verdict, reasons=("php: the driver is broken", "a test failed"))
    assert told(silent) == [
        ("error", {"title": f"a.b.c: {verdict}"}, "php: the driver is broken\na test failed")
    ]
    light = replace(many(1, Severity.ADVISORY), verdict=verdict)
    assert [kind for kind, _, _ in told(light)] == ["error", "warning"]
    assert told(contract_run()) == []


@pytest.mark.parametrize(
    "text", [*OBEYED, "%0A::error::x", "a,file=b::c", "a\r\nb\x85c\u2028d\x1be"]
)
def test_no_text_of_others_ends_its_property_or_its_line(text):
    """It stays in its place, in every one."""
    made = planted(live_run(), text)
    for line in annotations(made, PAGE + text):
        kind, about, message = read(line)
        assert kind in ("error", "warning")
        assert about.keys() == {"file", "line", "title"}
        assert about["title"].count("broken: gateway") == 1
        assert len(message.split("\n")) == 4
    assert len(list(annotations(hostile(text), PAGE))) == 9 + 1


def test_a_huge_text_is_cut():
    """GitHub cuts a message of 64 KiB, and a title of 255 characters."""
    long = finding(expected="x" * 10**6, actual="支" * 10**6, repeat="y" * 10**6)
    made = outcome(Side("g" * 10**6, GATEWAY, {}, MAY_NOT, (), (state(BROKEN, findings=(long,)),)))
    (line,) = annotations(made, PAGE)
    assert len(line.encode()) < 4096
