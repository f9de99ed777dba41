"""What a run says in a terminal: the last screen, its counts, its tables, a failure."""

import unicodedata
from dataclasses import replace

import pytest

from tests.outcomes import (
    HOSTILE,
    RUNS,
    contract_run,
    finding,
    hostile,
    live_run,
    outcome,
    sdk_run,
    state,
)
from topcheck.contract.model import Severity
from topcheck.judge.ledger import BROKEN, HELD, NOT_OBSERVED, NOT_SUPPORTED
from topcheck.report.outcome import CONTRACT, GATEWAY, MAY_NOT, MAY_SHIP, SDK, UNDECIDED, Side
from topcheck.report.terminal import (
    failure,
    last_screen,
    ledger_table,
    matrix,
    not_run,
    summary,
    title,
)
from topcheck.report.wording import drawn, one_line

LONG = "0123456789" * 500
WIDE = "支付Ａ成功\U0001f600" * 500


def columns(line):
    """How many columns a terminal needs for a line, counted in another way than the package's."""
    wide = {"W": 2, "F": 2}
    return sum(wide.get(unicodedata.east_asian_width(char), 1) for char in line)


def rows(screen, width=80):
    """How many rows a terminal needs for a text."""
    return sum(max(1, -(-columns(line) // width)) for line in screen.split("\n"))


def many(number, **facts):
    """A run with so many broken clauses."""
    clauses = tuple(
        state(BROKEN, f"response.{n}.type", findings=(finding(f"response.{n}.type", **facts),))
        for n in range(number)
    )
    return outcome(Side("gateway", GATEWAY, {}, MAY_NOT, (), clauses))


# ------------------------------------------------------------- last screen


def test_the_last_screen_of_a_failed_run():
    """What is broken in two lines each, the reasons, the verdict, the command."""
    command = "topcheck gate --gateway http://127.0.0.1:8080/router/rest --clause response.a.type"
    assert last_screen(live_run()).split("\n") == [
        "response.a.type  [violation]  gateway",
        '  expected a whole number | actual "1.5"  (page:12)',
        "wire.http.latency  [advisory]  gateway",
        '  expected a whole number | actual "1.5"  (page:12)',
        "  because querystatus: 1 clause broken",
        "verdict: may not ship",
        command,
    ]


def test_the_last_screen_of_two_sdks():
    """A rotten list is told by its reason; what was not run is told as well."""
    assert last_screen(sdk_run()).split("\n") == [
        "sdk.a  [violation]  node",
        '  expected a whole number | actual "1.5"',
        "sdk.b  [violation]  node",
        "  passes though known to fail: the SDK rounds (until 2027-12-31)",
        "  because node: 1 clause broken",
        "  because php: the driver is broken: its process ended",
        "  not run: java: its install failed",
        "verdict: may not ship",
        "topcheck gate --gateway http://127.0.0.1:8080/router/rest --clause sdk.a",
    ]


def test_the_last_screen_of_a_run_that_may_ship_is_its_verdict():
    """There is nothing to repeat."""
    assert last_screen(contract_run()) == "verdict: may ship"


def test_eight_are_shown_and_the_others_counted():
    """With the place where they stand."""
    lines = last_screen(many(8)).split("\n")
    assert not any("more" in line for line in lines)
    lines = last_screen(many(61), "report/outcome.json").split("\n")
    assert [line.split()[0] for line in lines[:16:2]] == [f"response.{n}.type" for n in range(8)]
    assert lines[16] == "and 53 more: report/outcome.json"
    assert lines[-1].endswith("--clause response.0.type")


@pytest.mark.parametrize("size", [(80, 24), (80, 12), (120, 40), (40, 24)], ids=str)
@pytest.mark.parametrize("text", ["short", LONG, WIDE, HOSTILE, HOSTILE * 99])
@pytest.mark.parametrize("repeat", ["topcheck gate", "topcheck gate " + "x" * 300, LONG, HOSTILE])
def test_the_last_screen_fits(size, text, repeat):
    """Whatever the texts are, it and the prompt below it fit the terminal."""
    told = many(99, expected=text, actual=text, case=text, path=text, repeat=repeat)
    told = outcome(*told.sides, reasons=(text,) * 9, not_run=(text,) * 9)
    screen = last_screen(told, columns=size[0], rows=size[1])
    *lines, command = screen.split("\n")
    assert max(map(columns, lines)) <= size[0]
    assert rows(screen, size[0]) < size[1]
    assert all(line.isprintable() for line in (*lines, command))
    assert "verdict: may not ship" in lines
    assert command == repeat or "is in the report" in command


def test_hostile_texts_on_the_last_screen():
    """Nothing is obeyed by the terminal, and no text is two lines."""
    screen = last_screen(hostile())
    assert all(line.isprintable() for line in screen.split("\n"))
    assert rows(screen) < 24


def test_a_command_is_never_cut():
    """What is cut could be run, and do something else."""
    command = "topcheck gate " + "x" * 300
    assert last_screen(many(1, repeat=command)).endswith("\n" + command)
    assert "xxx" not in last_screen(many(1, repeat=command + LONG))
    assert "topcheck gate" not in last_screen(many(1, repeat="topcheck gate '\n'"))


def test_the_first_command_there_is_ends_the_screen():
    """A clause without a finding has none."""
    bare = state(BROKEN, "response.0.type", findings=())
    clauses = (bare, state(BROKEN, "response.a.type"))
    screen = last_screen(outcome(Side("a", CONTRACT, {}, MAY_NOT, (), clauses)))
    assert screen.split("\n")[1] == "  broken"
    assert screen.endswith("--clause response.a.type")


@pytest.mark.parametrize(
    ("expected", "actual", "begin", "end"),
    [
        ("1", f"begin{LONG}end", "  expected 1 | actual begin0", "9end  (page:12)"),
        (f"begin{LONG}end", "1", "  expected begin0", "9end | actual 1  (page:12)"),
        (LONG, LONG, "  expected 0123", "6789  (page:12)"),
    ],
    ids=["actual", "expected", "both"],
)
def test_a_long_value_is_cut_in_its_middle(expected, actual, begin, end):
    """Beginning and end tell most; the shorter of the two leaves the other its place."""
    line = last_screen(many(8, expected=expected, actual=actual)).split("\n")[1]
    assert line.startswith(begin)
    assert line.endswith(end)
    assert "…" in line
    assert len(line) == 80


def test_a_long_value_has_a_line_of_its_own_where_there_is_room():
    """What comes of it, as the cause of a wrong timestamp, would be cut off in half a line."""
    actual = "2026-11-26 11:54:08 (timestamp.zone: it is in GMT+8 on any machine)"
    told = many(1, expected="about 2026-11-27 00:54:08, in GMT+8", actual=actual)
    assert last_screen(told).split("\n")[1:3] == [
        "  expected about 2026-11-27 00:54:08, in GMT+8  (page:12)", f"  actual   {actual}",
    ]  # fmt: skip
    assert f"  actual   {actual}\n" not in last_screen(told, rows=6)
    longer = f"{actual}: the timestamp is of another zone (8 h behind, as in GMT+0)"
    rows = last_screen(many(1, actual=longer)).split("\n")[2:4]
    assert " ".join(row.strip() for row in rows) == f"actual   {longer}"
    assert max(map(len, rows)) <= 80
    assert last_screen(many(6, actual=longer)).count("…") == 6
    for number in (1, 5, 6, 7, 8, 61):
        screen = last_screen(many(number, expected=LONG, actual=LONG))
        assert len(screen.split("\n")) <= 23
        assert screen.count(" expected ") == min(number, 8)


@pytest.mark.parametrize("text", ["a", "abc", LONG, WIDE, HOSTILE, "\x00" * 99, "支" * 9, ""])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 80])
def test_one_line_is_never_wider_than_asked_for(text, limit):
    """A text that fits is whole."""
    line = one_line(text, limit)
    assert columns(line) <= limit
    assert line.isprintable()
    if text.isprintable() and columns(text) <= limit:
        assert line == text


# ------------------------------------------------------ counts and tables


def test_the_counts_of_a_gateway():
    """How much was asked, what came, how the clauses stand."""
    (side,) = live_run().sides
    assert list(summary(side)) == [
        "242 requests",
        "  answers: 240 response, 2 error_response",
        "4 clauses: 1 held, 2 broken, 1 not observed",
        "  2 broken",
        "    wire.http.latency, response.a.type",
        "  1 not observed: give TOP_ORDERS",
        "    exchange.a.terminal",
    ]


def test_the_counts_are_bounded():
    """Twenty clauses of a state are named."""
    clauses = tuple(state(NOT_OBSERVED, f"response.{n}.type") for n in range(25))
    about = {"requests": 9, "stopped": "it is silent", "observed": {"a": dict.fromkeys("x" * 1, 1)}}
    about["observed"]["b"] = {str(n): 1 for n in range(50)}
    lines = list(summary(Side("a", GATEWAY, about, MAY_NOT, (), clauses)))
    assert lines[0] == "9 requests, and no more: it is silent"
    assert lines[2] == "  b: 1 0, 1 1, 1 2, 1 3, 1 4, 1 5, 1 6, 1 7, and 42 more"
    assert lines[3] == "25 clauses: 0 held, 0 broken, 25 not observed"
    assert lines[4] == "  25 not observed"
    named = " ".join(line.strip() for line in lines[5:]).split(", ")
    assert named == [*(f"response.{n}.type" for n in range(20)), "and 5 more"]
    assert max(map(len, lines[5:])) <= 78


def test_what_was_observed_is_broken_between_its_items():
    """A count stands in the line of what it counts, and nothing is wider than a terminal."""
    about = {"observed": {"字段": {f"result.model.支付_{n} \n": n for n in range(1, 9)}}}
    lines = list(summary(Side("a", GATEWAY, about, MAY_NOT)))
    assert lines[0] == ("  字段: 8 result.model.支付_8 \\u000a, 7 result.model.支付_7 \\u000a,")
    assert lines[1].startswith("    6 result.model.支付_6 \\u000a, 5 ")
    assert lines[-1] == "0 clauses: 0 held, 0 broken, 0 not observed"
    (one,) = many(1).sides
    assert "1 clause: 0 held, 1 broken, 0 not observed" in summary(one)
    assert max(map(columns, lines)) <= 80


@pytest.mark.parametrize(
    ("kind", "told"),
    [(CONTRACT, "contract of a.b"), (GATEWAY, "gateway contract"), (SDK, "SDK contract")],
)
def test_a_part_says_what_it_is_about(kind, told):
    """A gateway may have any address, and an SDK any name, that of the tool too."""
    assert title(Side("contract", kind, {}, MAY_SHIP), "a.b") == f"topcheck {told}"
    assert "\n" not in title(Side("\n", kind, {}, MAY_SHIP), "a.b")


def test_the_counts_of_sdks():
    """One line each, with what it lacks, and its advice."""
    node, go, php = sdk_run().sides
    assert list(summary(node)) == [
        "node may not ship: 1 held, 1 broken, 1 passes though known to fail, 1 known failing, "
        "1 not supported, 1 not observed",
        "  its driver says it has no format xml, simplify",
        "  1 broken",
        "    sdk.a",
        "  1 passes though known to fail: the SDK rounds (until 2027-12-31)",
        "    sdk.b",
        "  1 known failing",
        "    sdk.c",
        "  1 not supported",
        "    sdk.e",
        "  1 not observed",
        "    sdk.f",
        "  advice: the session travels in the query",
    ]
    assert list(summary(go)) == ["go may ship: 6 held"]
    assert list(summary(php)) == ["php could not be decided"]


def test_the_ledger_draws_clauses_by_evidence():
    """A column for each kind that was looked for; what was not observed is a dash."""
    lines = [line.split() for line in ledger_table(contract_run().sides[0]).split("\n")]
    assert lines[0] == ["clause", "severity", "schema", "generated", "recorded", "sandbox", "state"]
    assert lines[2] == ["response.a.type", "violation", HELD, HELD, "-", HELD, HELD]
    assert lines[3] == ["exchange.a.terminal", "violation", "-", "-", "-", "-", "not", "observed"]


def test_the_matrix_draws_clauses_by_sdks():
    """A driver that does not work has no column."""
    lines = matrix(sdk_run()).split("\n")
    assert lines[0].split() == ["clause", "node", "go"]
    assert lines[2].split() == ["sdk.a", "broken", "held"]
    assert len(lines) == 2 + 6


def test_columns_are_aligned_though_names_are_chinese():
    """Each column begins where it begins in every row, counted in another way."""
    names = ("支付单", "abc", "Ａ支b付", "\U0001f600", "é", "支" * 20)
    table = drawn(["name", "订单", "state"], [[name, name[::-1], HELD] for name in names])
    header, rule, *lines = table.split("\n")
    assert {columns(line) for line in lines} == {columns(rule) - len("state") + len(HELD)}
    assert columns(header) == columns(rule)
    assert rule.split() == ["-" * 40, "-" * 40, "-" * 5]


def test_untried_clauses_are_told_by_each_reason():
    """One that is shared is told once, with its count and its clauses."""
    few = [(NOT_SUPPORTED, "it has no format xml", "abc"), (NOT_OBSERVED, None, "g"),
           (NOT_SUPPORTED, "it has no simplify", "d"),
           (NOT_OBSERVED, "this page has no list", "ef")]  # fmt: skip
    clauses = tuple(state(word, f"sdk.{letter}", reason=why, findings=())
                    for word, why, letters in few for letter in letters)  # fmt: skip
    side = Side("node", SDK, {"lacks": ["format xml", "simplify"]}, MAY_SHIP, (), clauses)
    assert list(summary(side)) == [
        "node may ship: 4 not supported, 3 not observed",
        "  its driver says it has no format xml, simplify",
        "  3 not supported: it has no format xml", "    sdk.a, sdk.b, sdk.c",
        "  1 not supported: it has no simplify", "    sdk.d",
        "  1 not observed", "    sdk.g",
        "  2 not observed: this page has no list", "    sdk.e, sdk.f",
    ]  # fmt: skip


def test_tests_that_were_not_run_are_counted_by_the_reason():
    """A line on the last screen, and the counts before it; what is no test is told by itself."""
    told = outcome(verdict=MAY_SHIP, reasons=(), not_run=(
        "x.yaml: no exchange of this method", "t/a.py::test_a[1]: the page has no list",
        "t/a.py::test_a[2]: the page has no list",
        "t/a.py::test_b: nothing: of this kind"))  # fmt: skip
    assert last_screen(told).split("\n") == [
        "  not run: x.yaml: no exchange of this method",
        "  not run: 3 tests, for 2 reasons",
        "verdict: may ship",
    ]
    assert list(not_run(told)) == ["3 tests not run:", "  2: the page has no list",
                                   "  1: nothing: of this kind"]  # fmt: skip
    assert list(not_run(outcome())) == []
    one = last_screen(outcome(reasons=(), not_run=("t/a.py::test_b: no list",)))
    assert one.startswith("  not run: 1 test: no list\n")
    twice = outcome(reasons=(), not_run=("t/a.py::test_b: no list", "t/a.py::test_c: no list"))
    assert list(not_run(twice)) == ["2 tests not run: no list"]


def test_a_reason_is_whole_where_there_is_room():
    """What is to be done stands at its end; where clauses need the lines it is cut."""
    why = f"because php: {'it cannot be run ' * 6}; install it"
    assert "; install it\nverdict" in last_screen(outcome(reasons=(why,)))
    assert why not in last_screen(outcome(reasons=(why,)))
    cut = last_screen(outcome(*many(8).sides, reasons=(why,) * 4), rows=26)
    assert cut.count("…") == 4
    assert len(cut.split("\n")) == 16 + 4 + 2


@pytest.mark.parametrize(
    ("clause", "path", "name", "head"),
    [
        ("exchange.parity", "result.model.fee", "gateway", "gateway at result.model.fee"),
        ("sdk.request.null", "biz_id", "php", "php at biz_id"),
        ("response.result.known", "result.支付", "a", "a at result.支付"),
        ("response.result.fee.type", "result.fee", "php", "php"),
        ("exchange.fee.echo", "result.model.fee", "php", "php"),
        ("wire.http.status", "", "php", "php"),
        ("exchange.parity", "a" * 60, "php", "php"),
        ("exchange.parity", "a.bc", "h" * 99, f"{'h' * 21}…{'h' * 20} at a.bc"),
    ],
)
def test_where_it_is_is_told_unless_the_clause_says_it(clause, path, name, head):
    """What is expected says nothing where nobody knows of what; a long path is left out."""
    broken = state(BROKEN, clause, findings=(finding(clause, path=path),))
    line = last_screen(outcome(Side(name, SDK, {}, MAY_NOT, (), (broken,)))).split("\n")[0]
    assert line == f"{clause}  [violation]  {head}"


def test_what_does_not_work_is_tried_by_the_last_line():
    """Where something failed as well, that is repeated."""
    php = Side("php", SDK, {"reason": "it ends", "repeat": "topcheck driver smoke php"}, UNDECIDED)
    assert last_screen(outcome(php)).split("\n")[-1] == "topcheck driver smoke php"
    assert last_screen(outcome(php, *many(1).sides)).endswith("--clause response.0.type")


def test_a_long_name_leaves_the_clause_and_its_weight_whole():
    """The address of a gateway is shortened, and nothing else of the line."""
    (side,) = many(1).sides
    told = outcome(replace(side, name="http://gateway.example/" + "x" * 90))
    line = last_screen(told).split("\n")[0]
    assert line.startswith("response.0.type  [violation]  http://gateway")
    assert len(line) == 80


# --------------------------------------------------------------- a failure


def test_a_failure_tells_all_that_is_known():
    """The rule, the facts, the other cases, and last the command that repeats it."""
    node = sdk_run().sides[0]
    assert failure(node, node.clauses[0], "an integer is exact").split("\n") == [
        "sdk.a  [violation] broken: node (topSdk 1.1.2)",
        "  rule      an integer is exact",
        "  also in   a small id",
        "  case      a big id",
        "  at        a",
        "  expected  a whole number",
        '  actual    "1.5"',
        "  request   GET a=1",
        "  request   GET a=2",
        "  answer    HTTP 200 {}",
        '  handed    {"a":1.5}',
        "  repeat    topcheck gate --gateway http://127.0.0.1:8080/router/rest --clause sdk.a",
    ]


def test_a_failure_of_a_list_tells_its_reason():
    """There is no finding, and nothing is left out."""
    node = sdk_run().sides[0]
    assert failure(node, node.clauses[1]).split("\n") == [
        "sdk.b  [violation] passes though known to fail: node (topSdk 1.1.2)",
        "  reason    the SDK rounds (until 2027-12-31)",
    ]


def test_many_other_cases_are_counted():
    """Eight are named."""
    clause = state(BROKEN, findings=tuple(finding(case=f"case {n}") for n in range(12)))
    text = failure(Side("a", CONTRACT, {}, MAY_NOT, (), (clause,)), clause)
    assert "  also in   case 1; " in text
    assert "case 8 and 3 more\n" in text
    assert "case 9" not in text


@pytest.mark.parametrize("run", [*RUNS.values(), hostile])
def test_nothing_that_is_printed_is_obeyed(run):
    """No control character reaches a terminal, whatever is printed."""
    told = run()
    texts = [matrix(told)]
    for side in told.sides:
        texts += [ledger_table(side), *summary(side)]
        texts += [failure(side, clause) for clause in side.clauses]
    assert all(line.isprintable() for text in texts for line in text.split("\n"))


def test_a_light_clause_is_on_the_screen_of_a_run_that_may_ship():
    """It fails nothing, and is told."""
    clauses = (state(HELD), state(BROKEN, "wire.a", Severity.ADVISORY))
    side = Side("a", GATEWAY, {}, MAY_SHIP, (), clauses)
    screen = last_screen(outcome(side, verdict=MAY_SHIP, reasons=()))
    assert screen.startswith("wire.a  [advisory]  a\n")
    assert "\nverdict: may ship\n" in screen


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_a_terminal_may_be_of_any_width(width):
    """Chinese, of which a character does not fit into the narrowest, as well."""
    made = outcome(verdict=UNDECIDED, reasons=("支付单的状态没有定义",))
    assert max(map(columns, last_screen(made, "", width).split("\n"))) <= width
