"""`junit.xml`: a suite a side, a case a clause, and never green where the run is not."""

from xml.etree.ElementTree import fromstring

import pytest

from tests.outcomes import (
    RUNS,
    SAID,
    contract_run,
    hostile,
    live_run,
    outcome,
    planted,
    sdk_run,
)
from topcheck.report.files import redacted
from topcheck.report.junit import as_junit
from topcheck.report.outcome import CONTRACT, MAY_NOT, MAY_SHIP, UNDECIDED, Side
from topcheck.wire.redact import Redactor


def cases(outcome):
    """The test cases of an outcome by their suites and names."""
    root = fromstring(as_junit(outcome))
    return {(suite.get("name"), c.get("name")): c for suite in root for c in suite}


def told(case):
    """What a CI server makes of a case."""
    return [child.tag for child in case if child.tag != "properties"]


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
def test_a_suite_is_a_side_and_a_case_a_clause(run):
    """With the clause, its severity and its evidence as properties."""
    found, expected = cases(run()), run()
    assert list(found) == [(s.name, c.clause) for s in expected.sides for c in s.clauses]
    for side in expected.sides:
        for clause in side.clauses:
            case = found[side.name, clause.clause]
            assert case.get("classname") == side.name
            evidence = ", ".join(f"{k}: {v}" for k, v in clause.evidence.items())
            assert {p.get("name"): p.get("value") for p in case.iter("property")} == {
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
    assert failure.get("message") == "broken"
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
    assert "支付成功 \U0001f600 \\ud800 \\ufffe" in failure


def test_what_is_taken_out_joins_nothing():
    """A secret with such a character inside does not become one by its loss."""
    assert "sec\\u0000ret" in as_junit(hostile("sec\0ret"))
    assert "secret" not in as_junit(hostile("sec\0ret"))


def test_what_is_broken_fails_though_a_secret_is_that_word():
    """The state of a clause is ours to say, whatever the secret."""
    clean = redacted(planted(live_run(), " broken"), Redactor(SAID))
    assert "<failure" in as_junit(clean)
