"""The outcome of a run: its JSON and the schema of it, its verdicts and their exit codes."""

import copy
import json
from dataclasses import replace

import jsonschema
import pytest

from tests.outcomes import RUNS, hostile, live_run, outcome, sdk_run, state
from topcheck.contract.model import Severity
from topcheck.judge.ledger import (
    BROKEN,
    EVIDENCE,
    HELD,
    KNOWN_FAILING,
    NOT_OBSERVED,
    NOT_SUPPORTED,
    STATES,
    SURPRISE,
    WORST_FIRST,
)
from topcheck.report.outcome import (
    CLAUSES_HOLD,
    CONTRACT,
    EVIDENCE_KINDS,
    EXIT_CODES,
    KINDS,
    MAY_NOT,
    MAY_SHIP,
    UNDECIDED,
    Change,
    Side,
    Since,
    broken,
    counts,
    fails,
    from_data,
    reasons_of,
    run_verdict,
    side_verdict,
    to_data,
    worst,
)
from topcheck.workspace import home

SCHEMA = json.loads((home() / "schemas" / "outcome.schema.json").read_text("utf-8"))
VIOLATION, DRIFT, ADVISORY = Severity.VIOLATION, Severity.DRIFT, Severity.ADVISORY


# -------------------------------------------------------------------- JSON


@pytest.mark.parametrize("run", [*RUNS.values(), hostile])
def test_what_is_written_can_be_read(run):
    """An outcome is the same after JSON."""
    written = json.dumps(to_data(run()))
    assert from_data(json.loads(written)) == run()
    assert to_data(from_data(json.loads(written))) == json.loads(written)


def test_the_members_stand_in_the_order_of_the_design():
    """A reader of the file finds what matters first."""
    data = to_data(sdk_run())
    side = data["sides"][0]
    clause = side["clauses"][0]
    assert list(data) == ["topcheck", "method", "contract", "at", "seed", "verdict", "reasons",
                          "not_run", "sides", "since", "page", "sources"]  # fmt: skip
    assert list(side) == ["name", "kind", "about", "verdict", "advice", "clauses"]
    assert list(clause) == ["clause", "severity", "state", "evidence", "reason", "findings"]
    assert list(clause["findings"][0]) == ["case", "path", "expected", "actual", "request",
                                           "answer", "handed", "page", "repeat", "exchanges",
                                           "script"]  # fmt: skip
    assert to_data(live_run())["sides"][0]["clauses"][1]["findings"][0]["page"] == {
        "line": 12, "quote": "a Number 是 the state"
    }  # fmt: skip


def test_what_is_otherwise_than_before_is_read_again():
    """Its members stand in an order of their own; older outcomes have none."""
    data = to_data(outcome(since=SINCE))
    assert list(data["since"]) == ["at", "verdict", "broken", "mended", "not_compared"]
    assert data["since"]["broken"] == [{"side": "gateway", "clause": "response.a.type"}]
    assert from_data(json.loads(json.dumps(data))) == outcome(since=SINCE)
    del data["since"]
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert from_data(data).since is None


@pytest.mark.parametrize("wrong", [{}, {"sides": None}, {"sides": [{}], "reasons": []}])
def test_what_is_no_outcome_is_refused(wrong):
    """A file of another kind is told from an outcome."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_data(wrong)


# ------------------------------------------------------------------ schema

SINCE = Since("2027-01-30T12:00:00+00:00", MAY_SHIP, (Change("gateway", "response.a.type"),),
              (Change("node", "sdk.a"), Change("go", "sdk.a")), ("php",))  # fmt: skip


def changed():
    """An outcome with a baseline."""
    return outcome(since=SINCE)


@pytest.mark.parametrize("run", [*RUNS.values(), hostile, changed])
def test_the_schema_accepts_every_outcome(run):
    """Of the contract's own tests, of a gateway, of SDKs."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(to_data(run()))


WRONG = {
    "member": lambda data: data.update(more=1),
    "none": lambda data: data.pop("not_run"),
    "verdict": lambda data: data.update(verdict="may perhaps ship"),
    "reasons": lambda data: data.update(reasons="because"),
    "seed": lambda data: data.update(seed=0),
    "kind": lambda data: data["sides"][0].update(kind="archive"),
    "side": lambda data: data["sides"][0].update(more=1),
    "about": lambda data: data["sides"][0].update(about=None),
    "advice": lambda data: data["sides"][0].pop("advice"),
    "state": lambda data: clause(data).update(state="green"),
    "severity": lambda data: clause(data).update(severity=3),
    "evidence": lambda data: clause(data).update(evidence={"live": "seen"}),
    "clause": lambda data: clause(data).update(rule="more"),
    "finding": lambda data: clause(data)["findings"][0].update(more=1),
    "actual": lambda data: clause(data)["findings"][0].update(actual=None),
    "page": lambda data: clause(data)["findings"][0].update(page={"line": 0, "quote": ""}),
    "quote": lambda data: clause(data)["findings"][0].update(page={"line": 1}),
    "since": lambda data: data["since"].update(more=1),
    "since when": lambda data: data["since"].pop("at"),
    "since what": lambda data: data["since"].update(verdict="green"),
    "change": lambda data: data["since"]["broken"][0].update(more=1),
    "changed clause": lambda data: data["since"]["mended"][0].update(clause=""),
}


def clause(data):
    """The first clause of an outcome as data."""
    return data["sides"][0]["clauses"][0]


@pytest.mark.parametrize("spoil", WRONG.values(), ids=list(WRONG))
def test_the_schema_refuses_what_is_wrong(spoil):
    """It is closed, and each word is of its list."""
    data = copy.deepcopy(to_data(replace(live_run(), since=SINCE)))
    spoil(data)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(data)


@pytest.mark.parametrize("name", ["about", "evidence"])
def test_the_schema_is_open_where_more_may_come(name):
    """An SDK says what it likes of itself, and a new kind of evidence is no other format."""
    data = copy.deepcopy(to_data(live_run()))
    (clause(data) if name == "evidence" else data["sides"][0])[name]["archive"] = HELD
    jsonschema.Draft202012Validator(SCHEMA).validate(data)


def test_the_words_of_the_schema_are_those_of_the_code():
    """No word is in the one and not in the other."""
    defs = SCHEMA["$defs"]
    assert defs["verdict"]["enum"] == [MAY_SHIP, MAY_NOT, UNDECIDED, CLAUSES_HOLD]
    assert set(defs["verdict"]["enum"]) == set(EXIT_CODES)
    assert set(defs["state"]["enum"]) == set(STATES) == set(WORST_FIRST)
    assert defs["side"]["properties"]["kind"]["enum"] == list(KINDS)
    assert defs["clause"]["properties"]["severity"]["enum"] == list(map(str, Severity))
    assert all(kind in defs["clause"]["properties"]["evidence"]["description"]
               for kind in EVIDENCE_KINDS)  # fmt: skip
    assert (*EVIDENCE, "sdk") == EVIDENCE_KINDS


#: What outcomes of earlier versions have not, and are read without.
LATER = {SCHEMA["title"]: ["since", "page", "sources"], "A finding": ["exchanges", "script"]}


def test_every_member_of_the_schema_is_described():
    """A reader needs nothing but the schema."""
    nodes = [SCHEMA, *(SCHEMA["$defs"][name] for name in SCHEMA["$defs"])]
    for node in [one for one in nodes if "properties" in one]:
        assert node["title"]
        later = LATER.get(node["title"], [])
        assert [*node["required"], *later] == list(node["properties"])
        assert all("description" in one or "$ref" in one for one in node["properties"].values())


# ------------------------------------------------------------------ states


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), NOT_OBSERVED),
        ((NOT_OBSERVED, HELD), HELD),
        ((HELD, BROKEN, HELD), BROKEN),
        ((HELD, SURPRISE), SURPRISE),
        ((KNOWN_FAILING, HELD), KNOWN_FAILING),
        ((SURPRISE, BROKEN), BROKEN),
        ((NOT_SUPPORTED, NOT_OBSERVED), NOT_SUPPORTED),
        ((NOT_SUPPORTED, HELD), HELD),
    ],
)
def test_the_worst_state_counts(states, expected):
    """One broken observation outweighs any number of held ones."""
    assert worst(states) == expected


def test_the_states_are_counted_in_their_order():
    """Every state has a number, none of them included."""
    found = counts(sdk_run().sides[1].clauses, STATES)
    assert list(found) == list(STATES)
    assert found == {**dict.fromkeys(STATES, 0), HELD: 6}


def test_the_heaviest_broken_clause_is_told_first():
    """Whatever the order of the contract is."""
    assert [c.clause for _, c in broken(live_run())] == ["response.a.type", "wire.http.latency"]
    assert [c.clause for _, c in broken(sdk_run())] == ["sdk.a", "sdk.b"]


# ---------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("severity", "fail_on", "word", "expected"),
    [
        (VIOLATION, VIOLATION, BROKEN, True),
        (DRIFT, VIOLATION, BROKEN, False),
        (DRIFT, DRIFT, BROKEN, True),
        (ADVISORY, DRIFT, BROKEN, False),
        (ADVISORY, ADVISORY, BROKEN, True),
        (ADVISORY, VIOLATION, SURPRISE, True),
        (VIOLATION, ADVISORY, KNOWN_FAILING, False),
        (VIOLATION, ADVISORY, NOT_OBSERVED, False),
        (VIOLATION, ADVISORY, HELD, False),
    ],
)
def test_a_clause_fails_from_the_weight_that_is_asked_for(severity, fail_on, word, expected):
    """A rotten list fails whatever its clause weighs."""
    assert fails(state(word, severity=severity), fail_on) is expected


@pytest.mark.parametrize(
    ("words", "reasons", "expected"),
    [
        ((HELD,), {}, MAY_SHIP),
        ((HELD, NOT_OBSERVED, NOT_SUPPORTED, KNOWN_FAILING), {}, MAY_SHIP),
        ((HELD,), {"partial": True}, CLAUSES_HOLD),
        ((HELD, BROKEN), {}, MAY_NOT),
        ((HELD, BROKEN), {"partial": True}, MAY_NOT),
        ((HELD, SURPRISE), {}, MAY_NOT),
        ((HELD,), {"failed": ["the list has expired"]}, MAY_NOT),
        ((HELD,), {"undecided": ["the driver is broken"]}, UNDECIDED),
        ((BROKEN,), {"undecided": ["the driver is broken"]}, MAY_NOT),
        ((), {}, UNDECIDED),
        ((NOT_OBSERVED, NOT_SUPPORTED), {}, UNDECIDED),
        ((KNOWN_FAILING,), {}, UNDECIDED),
        ((NOT_OBSERVED,), {"partial": True}, UNDECIDED),
    ],
)
def test_the_verdict_on_a_side(words, reasons, expected):
    """Failure outweighs doubt, and where nothing held nothing may ship."""
    assert side_verdict(map(state, words), VIOLATION, **reasons) == expected


def test_a_light_clause_does_not_hold_a_side_up():
    """Unless it is asked for."""
    clauses = [state(HELD), state(BROKEN, severity=ADVISORY)]
    assert side_verdict(clauses, DRIFT) == MAY_SHIP
    assert side_verdict(clauses, ADVISORY) == MAY_NOT


@pytest.mark.parametrize(
    ("verdicts", "reasons", "expected", "code"),
    [
        ((MAY_SHIP, MAY_SHIP), {}, MAY_SHIP, 0),
        ((CLAUSES_HOLD, CLAUSES_HOLD), {}, CLAUSES_HOLD, 0),
        ((CLAUSES_HOLD, MAY_SHIP), {}, CLAUSES_HOLD, 0),
        ((MAY_SHIP, UNDECIDED), {}, UNDECIDED, 2),
        ((MAY_SHIP, UNDECIDED, MAY_NOT), {}, MAY_NOT, 1),
        ((MAY_SHIP,), {"failed": ["a test of no clause failed"]}, MAY_NOT, 1),
        ((MAY_SHIP,), {"undecided": ["3 tests were left out"]}, UNDECIDED, 2),
        ((MAY_NOT,), {"undecided": ["3 tests were left out"]}, MAY_NOT, 1),
        ((), {}, UNDECIDED, 2),
    ],
)
def test_the_verdict_on_a_run(verdicts, reasons, expected, code):
    """A side that fails makes it 1, else one that is undecided makes it 2."""
    sides = [Side(str(n), CONTRACT, {}, verdict) for n, verdict in enumerate(verdicts)]
    found = run_verdict(sides, **reasons)
    assert found == expected
    assert EXIT_CODES[found] == code


def test_the_reasons_name_the_side_and_how_much_is_wrong():
    """What weighs too little is no reason."""
    (side,) = live_run().sides
    assert list(reasons_of(side, VIOLATION)) == ["gateway: 1 clause broken"]
    assert list(reasons_of(side, ADVISORY)) == ["gateway: 2 clauses broken"]
    node, go, _ = sdk_run().sides
    assert list(reasons_of(node, VIOLATION)) == [
        "node: 1 clause broken", "node: 1 clause passes though known to fail"
    ]  # fmt: skip
    assert list(reasons_of(go, ADVISORY)) == []
    unseen = Side("a", CONTRACT, {}, UNDECIDED, (), (state(NOT_OBSERVED),))
    assert list(reasons_of(unseen, ADVISORY)) == ["a: no clause was seen to hold"]


def test_what_does_not_apply_is_null():
    """A gateway hands nothing over."""
    found = outcome(Side("a", CONTRACT, {}, MAY_NOT, (), (state(BROKEN),)))
    assert clause(to_data(found))["findings"][0]["handed"] is None
