"""`junit.xml`: a suite a side, a case a clause, and never green where the run is not."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
import xmlschema

from tests.commands import OBEYED, obeyed
from tests.outcomes import (
    RUNS,
    SAID,
    contract_run,
    finding,
    hostile,
    live_run,
    outcome,
    planted,
    sdk_run,
    state,
)
from topcheck.judge.ledger import BROKEN
from topcheck.report.files import redacted
from topcheck.report.junit import as_junit
from topcheck.report.outcome import CONTRACT, MAY_NOT, MAY_SHIP, UNDECIDED, Change, Side, Since
from topcheck.wire.redact import Redactor

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


def undecided():
    """A run that came to nothing."""
    return outcome(verdict=UNDECIDED, reasons=("no answer",))


def cases(outcome):
    """The test cases of an outcome by their suites and names."""
    root = fromstring(as_junit(outcome))
    return {(suite.get("name"), c.get("name")): c for suite in root for c in suite.iter("testcase")}


def told(case):
    """What a CI server makes of a case."""
    return [child.tag for child in case if child.tag != "system-out"]


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
def test_a_suite_is_a_side_and_a_case_a_clause(run):
    """With the clause, its severity and its evidence, in the place that the schema has for it."""
    found, expected = cases(run()), run()
    assert list(found) == [(s.name, c.clause) for s in expected.sides for c in s.clauses]
    for side in expected.sides:
        for clause in side.clauses:
            case = found[side.name, clause.clause]
            assert case.get("classname") == side.name
            evidence = ", ".join(f"{k}: {v}" for k, v in clause.evidence.items())
            lines = case.findtext("system-out").split("\n")
            assert dict(line.split(": ", 1) for line in lines) == {
                "clause": clause.clause, "severity": str(clause.severity), "evidence": evidence,
            }  # fmt: skip


def test_a_state_is_what_a_server_knows():
    """Broken and a rotten list fail, what was not tried or is tolerated is skipped."""
    found = cases(sdk_run())
    assert {name: told(found["node", name]) for name in ("sdk.a", "sdk.b", "sdk.d")} == {
        "sdk.a": ["failure"], "sdk.b": ["failure"], "sdk.d": []
    }  # fmt: skip
    skipped = {name: found["node", name].find("skipped") for name in ("sdk.c", "sdk.e", "sdk.f")}
    assert {name: one.get("message") for name, one in skipped.items()} == {
        "sdk.c": "known failing: the SDK rounds (until 2027-12-31)",
        "sdk.e": "not supported", "sdk.f": "not observed",
    }  # fmt: skip
    why = cases(live_run())["gateway", "exchange.a.terminal"].find("skipped")
    assert why.get("message") == "not observed: give TOP_ORDERS"


def test_a_failure_tells_every_finding():
    """What was expected and found, the page's words, and the command that repeats it."""
    failure = cases(sdk_run())["node", "sdk.a"].find("failure")
    assert failure.get("message") == 'broken: expected a whole number | actual "1.5"'
    assert failure.get("type") == "violation"
    assert "case: a big id" in failure.text
    assert "case: a small id" in failure.text
    text = cases(live_run())["gateway", "response.a.type"].find("failure").text
    for line in ("expected: a whole number", 'actual: "1.5"', "page:12: a Number 是 the state",
                 "request: GET a=1\nGET a=2", "repeat: topcheck gate"):  # fmt: skip
        assert line in text


def test_the_suites_count_their_cases():
    """A server that reads no further shows the right numbers."""
    node, go, php = fromstring(as_junit(sdk_run()))
    names = ("tests", "failures", "errors", "skipped")
    assert [node.get(name) for name in names] == ["6", "2", "0", "3"]
    assert [go.get(name) for name in names] == ["6", "0", "0", "0"]
    assert [php.get(name) for name in names] == ["0", "0", "0", "0"]


@pytest.mark.parametrize("verdict", [MAY_NOT, UNDECIDED])
def test_what_does_not_pass_is_not_green(verdict):
    """Where no clause tells why a run does not pass, a suite of its own does."""
    silent = outcome(Side("a", CONTRACT, {}, UNDECIDED), verdict=verdict, reasons=("no answer",))
    case = cases(silent)["topcheck", "verdict"]
    assert told(case) == ["error"]
    assert case.find("error").get("message") == verdict
    assert "no answer" in case.find("error").text
    assert ("topcheck", "verdict") not in cases(contract_run())
    assert ("topcheck", "verdict") not in cases(live_run())
    passing = outcome(Side("a", CONTRACT, {}, MAY_SHIP), verdict=MAY_SHIP)
    assert cases(passing) == {}


def test_hostile_texts_leave_it_well_formed():
    """What XML has no place for is taken out, what means something to it is escaped."""
    text = as_junit(hostile())
    assert len(list(fromstring(text).iter("testcase"))) == 18 * 2
    assert not set("\x00\x1b\ud800\ufffe") & set(text)
    assert "<script>" not in text
    failure = next(fromstring(text).iter("failure")).text
    assert "<script>alert(1)</script> ]]>" in failure
    assert "[2J\r\n#" in failure
    assert SCHEMA.is_valid(text)
    assert "支付成功 \U0001f600 \\ud800 \\ufffe" in failure


@pytest.mark.parametrize("run", [*RUNS.values(), hostile, undecided])
def test_it_is_what_the_common_schema_has(run):
    """With the elements and attributes that servers share, and no others."""
    SCHEMA.validate(as_junit(run()))
    assert not SCHEMA.is_valid(as_junit(run()).replace("<testsuite ", '<testsuite more="" '))


def test_the_schema_refuses_what_servers_refuse():
    """Properties of a case, and a case without a class."""
    text = as_junit(live_run())
    for wrong in (text.replace("<system-out>", "<properties/><system-out>", 1),
                  re.sub(' classname="[^"]*"', "", text, count=1)):  # fmt: skip
        assert not SCHEMA.is_valid(wrong)


def test_a_suite_has_properties_and_the_whole_has_counts():
    """What was judged, by which contract, and what changed since a baseline."""
    since = Since("then", MAY_SHIP, (Change("gateway", "response.a.type"),))
    root = fromstring(as_junit(replace(live_run(), since=since)))
    found = {p.get("name"): p.get("value") for p in root[0].find("properties")}
    assert found == {
        "method": "a.b.c", "contract": "0123456789abcdef", "seed": "0", "topcheck": "0.1.0",
        "verdict": "may not ship", "side": "gateway", "side verdict": "may not ship",
        "since": "since then (may ship): 1 broken anew, 0 mended, broken anew: response.a.type",
    }  # fmt: skip
    root = fromstring(as_junit(sdk_run()))
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["12", "2", "0"]


@pytest.mark.parametrize("text", OBEYED)
def test_no_body_is_a_command_where_the_file_is_printed(text):
    """It is the same text for who reads it."""
    made = planted(live_run(), text)
    assert obeyed(as_junit(made)) == []
    assert obeyed(f"x{text}")
    failure = fromstring(as_junit(made)).find(".//failure").text
    assert f"answer: HTTP 200 {{}}{text}" in failure


def test_a_huge_body_is_cut_in_its_middle():
    """A server need not read 16 MiB of an answer; the outcome has all of it."""
    body = "<" * 8_000_000 + "end"
    clause = state(BROKEN, findings=(finding(answer=body),))
    text = as_junit(outcome(Side("gateway", CONTRACT, {}, MAY_NOT, (), (clause,))))
    assert len(text) < 200_000
    assert "end\nrepeat" in fromstring(text).find(".//failure").text


def test_what_is_taken_out_joins_nothing():
    """A secret with such a character inside does not become one by its loss."""
    assert "sec\\u0000ret" in as_junit(hostile("sec\0ret"))
    assert "secret" not in as_junit(hostile("sec\0ret"))


def test_what_is_broken_fails_though_a_secret_is_that_word():
    """The state of a clause is ours to say, whatever the secret."""
    clean = redacted(planted(live_run(), " broken"), Redactor(SAID))
    assert "<failure" in as_junit(clean)
