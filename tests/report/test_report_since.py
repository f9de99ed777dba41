"""What is broken anew and what is mended since an earlier outcome, and how that is told."""

from dataclasses import replace

import pytest

from tests.outcomes import HOSTILE, hostile, live_run, outcome, planted, sdk_run, state
from topcheck.judge.ledger import (
    BROKEN,
    HELD,
    KNOWN_FAILING,
    NOT_OBSERVED,
    NOT_SUPPORTED,
    SURPRISE,
)
from topcheck.report.files import redacted
from topcheck.report.outcome import CONTRACT, GATEWAY, MAY_NOT, MAY_SHIP, SDK, Change, Side
from topcheck.report.since import since, since_lines
from topcheck.report.terminal import last_screen
from topcheck.wire.redact import REDACTED, Redactor


def run(*clauses, name="gateway", kind=GATEWAY, others=()):
    """A run of one side, or of more."""
    return outcome(Side(name, kind, {}, MAY_NOT, (), clauses), *others)


def compared(before, now):
    """What is told of two runs: the clauses broken anew and mended, and what is not compared."""
    found = since(before, now)
    return [c.clause for c in found.broken], [c.clause for c in found.mended], found.not_compared


ANEW, MENDED, NOTHING = (["a"], [], ()), ([], ["a"], ()), ([], [], ())


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (HELD, BROKEN, ANEW),
        (NOT_OBSERVED, BROKEN, ANEW),
        (NOT_SUPPORTED, BROKEN, ANEW),
        (KNOWN_FAILING, BROKEN, ANEW),  # its list tolerates it no longer
        (HELD, SURPRISE, ANEW),
        (BROKEN, BROKEN, NOTHING),
        (BROKEN, SURPRISE, NOTHING),
        (SURPRISE, BROKEN, NOTHING),
        (BROKEN, HELD, MENDED),
        (SURPRISE, HELD, MENDED),
        (BROKEN, NOT_OBSERVED, NOTHING),  # nobody knows
        (BROKEN, NOT_SUPPORTED, NOTHING),
        (BROKEN, KNOWN_FAILING, NOTHING),  # it is broken, and tolerated
        (HELD, HELD, NOTHING),
        (HELD, NOT_OBSERVED, NOTHING),
    ],
)
def test_a_clause_is_compared_by_its_states(then, now, expected):
    """What was not broken and is, and what was broken and holds."""
    assert compared(run(state(then, "a")), run(state(now, "a"))) == expected


def test_a_clause_that_the_baseline_does_not_know_is_broken_anew():
    """A page that grew has clauses that nobody looked at before; one that is gone is no matter."""
    before, now = run(state(BROKEN, "gone")), run(state(BROKEN, "a"), state(HELD, "b"))
    assert compared(before, now) == ANEW


def test_the_heaviest_is_told_first():
    """As everywhere."""
    found = since(run(state(HELD, "b")), live_run())
    assert [c.clause for c in found.broken] == ["response.a.type", "wire.http.latency"]
    assert found.broken[0] == Change("gateway", "response.a.type")


@pytest.mark.parametrize("then", [(), (Side("gateway", GATEWAY, {}, MAY_NOT),)])
def test_a_side_that_only_one_looked_at_is_not_compared(then):
    """A gateway that the baseline did not ask, or could not, broke nothing anew."""
    contract = Side("contract", CONTRACT, {}, MAY_SHIP, (), (state(HELD, "a"),))
    before, now = outcome(contract, *then), run(state(BROKEN, "a"), others=(contract,))
    assert compared(before, now) == ([], [], ("gateway",))
    assert compared(now, before) == ([], [], ("gateway",))


def test_a_gateway_that_moved_is_the_same_and_an_sdk_has_its_name():
    """A sandbox of a pipeline has another port each time."""
    here, there = (run(state(s, "a"), name=f"http://127.0.0.1:{port}/")
                   for s, port in ((HELD, 1), (BROKEN, 2)))  # fmt: skip
    assert compared(here, there) == ANEW
    node, go = (run(state(s, "a"), name=n, kind=SDK) for s, n in ((HELD, "node"), (BROKEN, "go")))
    assert compared(node, go) == ([], [], ("node", "go"))
    named = run(state(BROKEN, "a"), name="gateway", kind=SDK)
    assert compared(run(state(HELD, "a")), named) == ([], [], ("gateway",))


def test_evidence_that_only_one_looked_for_is_not_compared():
    """Broken by recordings that nobody judged then is not anew; nor does other evidence mend."""
    schema = state(HELD, "a", evidence={"schema": HELD})
    both = state(BROKEN, "a", evidence={"schema": HELD, "recorded": BROKEN})
    assert compared(run(schema), run(both)) == ([], [], ("gateway by recorded",))
    assert compared(run(both), run(schema)) == NOTHING
    held = {"schema": HELD, "recorded": HELD}
    assert compared(run(replace(schema, evidence=held)), run(both)) == ANEW
    assert compared(run(both), run(replace(schema, evidence=held))) == MENDED
    unseen = {"schema": HELD, "recorded": NOT_OBSERVED}
    assert compared(run(both), run(replace(schema, evidence=unseen))) == NOTHING
    assert compared(run(replace(schema, evidence=unseen)), run(both)) == ANEW


def test_nothing_changes_between_equal_runs():
    """Of every kind."""
    for made in (live_run(), sdk_run(), hostile()):
        assert compared(made, made) == NOTHING


# ------------------------------------------------------------------- words


def changed():
    """The run of two SDKs, with a baseline."""
    node, go, _php = sdk_run().sides
    then = tuple(replace(c, state=HELD, evidence={"sdk": HELD}) for c in node.clauses)
    was = tuple(replace(c, state=BROKEN, evidence={"sdk": BROKEN}) for c in go.clauses)
    before = outcome(replace(node, clauses=then), replace(go, clauses=was), verdict=MAY_SHIP)
    return replace(sdk_run(), since=since(replace(before, at="2027-01-30T12:00:00+00:00"),
                                          sdk_run()))  # fmt: skip


def test_the_lines_count_and_name():
    """Whose clause it is stands there where there are several sides."""
    assert list(since_lines(changed(), 2)) == [
        "since 2027-01-30T12:00:00+00:00 (may ship): 2 broken anew, 6 mended",
        "  broken anew: sdk.a (node), sdk.b (node)",
        "  mended: sdk.a (go), sdk.b (go) and 4 more",
    ]
    assert list(since_lines(sdk_run(), 2)) == []
    alone = live_run()
    told = replace(alone, since=since(run(state(HELD, "b")), alone))
    assert list(since_lines(told, 9))[1:] == ["  broken anew: response.a.type, wire.http.latency"]
    apart = replace(alone, since=since(outcome(), alone))
    assert next(since_lines(apart, 9)).endswith(": 0 broken anew, 0 mended")
    assert list(since_lines(apart, 9))[1:] == ["  not compared: gateway"]


def test_the_last_screen_tells_it_and_still_fits():
    """Before the reasons, and at any height."""
    lines = last_screen(changed()).split("\n")
    assert lines.index(next(since_lines(changed(), 3))) < lines.index("verdict: may not ship")
    many = tuple(state(BROKEN, f"response.{n}.type") for n in range(99))
    long = replace(run(*many), reasons=("x" * 200,) * 9)
    long = replace(long, since=since(run(state(HELD, "b")), long))
    for height in (24, 12):
        assert len(last_screen(long, "there", 80, height).split("\n")) <= height - 1


def test_hostile_names_end_no_line():
    """A name of an SDK comes from a file, and so does what a baseline says."""
    told = planted(changed(), HOSTILE)
    for line in since_lines(told, 9):
        assert line.isprintable()


def test_a_secret_in_it_is_hidden():
    """As everywhere in an outcome; its verdict and its clauses are words of ours."""
    clean = redacted(planted(changed(), " se&cret"), Redactor(["se&cret", "may ship"]))
    assert clean.since.broken[0] == Change(f"node {REDACTED}", "sdk.a")
    assert clean.since.verdict == MAY_SHIP
