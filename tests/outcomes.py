"""Outcomes as runs of each kind come to them, and one whose every text is hostile."""

from dataclasses import fields, is_dataclass, replace

from topcheck.contract.model import Severity
from topcheck.judge.ledger import (
    BROKEN,
    HELD,
    KNOWN_FAILING,
    NOT_OBSERVED,
    NOT_SUPPORTED,
    STATES,
    SURPRISE,
)
from topcheck.report.outcome import (
    CONTRACT,
    GATEWAY,
    MAY_NOT,
    MAY_SHIP,
    SDK,
    UNDECIDED,
    Change,
    ClauseSource,
    ClauseState,
    Outcome,
    PageQuote,
    ReportedExchange,
    ReportedFinding,
    ReportedMessage,
    Side,
    Since,
)

#: Control characters, a terminal's escape, Markdown, HTML, Chinese, a character beyond the first
#: plane, half of a surrogate pair, and one more that XML has no place for.
HOSTILE = (
    "\x00\x1b[2J\r\n# a|b `c` ``d`` <script>alert(1)</script> ]]> *e* [f](g) &amp; \u202e"
    " 支付成功 \U0001f600 \ud800 \ufffe"
)
#: The fields whose words are ours, and which no one else can fill.
OUR_WORDS = {"kind", "verdict", "clause", "severity", "state", "evidence", "source"}
#: Words of ours that a secret may be as well.
SAID = ("broken", "violation", "held", "live", "sandbox", "gateway", "response.a.type",
        "findings", "sides", "expected", "clause", "clauses")  # fmt: skip
REPEAT = "topcheck gate --gateway http://127.0.0.1:8080/router/rest --clause "


PAGE = "a.b.c (查询)\n" + "\n" * 10 + "a Number 是 the state\n"


SOURCES = (
    ClauseSource("response.a.type", "response", "page", 12),
    ClauseSource("exchange.a.terminal", "exchange", "platform", rule="ends", why="it stays ended"),
    *(ClauseSource(f"sdk.{letter}", "sdk", "platform", rule=letter, why="asked of an SDK")
      for letter in "abcdef"),
)  # fmt: skip


def exchange(told="1.5", at="2027-01-31T11:59:59.250+00:00", **other):
    """An exchange with every fact that a live run has."""
    request = ReportedMessage(
        "POST /router/rest HTTP/1.1\nHost: 127.0.0.1", "a=1&sign=(secret)", 17
    )
    body = f'{{"a_response":{{"a":{told}}}}}'
    answer = ReportedMessage("HTTP/1.1 200\nContent-Type: text/javascript", body, len(body))
    return replace(ReportedExchange(at, 3.2, request, answer, told), **other)


def finding(clause="response.a.type", **other):
    """A finding with every fact that a live run has."""
    page = PageQuote(12, "a Number 是 the state")
    made = ReportedFinding(None, "a", "a whole number", '"1.5"', "GET a=1\nGET a=2",
                           "HTTP 200 {}", None, page, REPEAT + clause, (exchange(),),
                           "#!/bin/sh\ncurl")  # fmt: skip
    return replace(made, **other)


def state(word, clause="response.a.type", severity=Severity.VIOLATION, **other):
    """A clause in a state, broken by one finding if it is broken."""
    findings = (finding(clause),) if word in (BROKEN, KNOWN_FAILING) else ()
    reason = "the SDK rounds (until 2027-12-31)" if word in (KNOWN_FAILING, SURPRISE) else None
    made = ClauseState(clause, severity, word, {"live": word}, reason, findings)
    return replace(made, **other)


def outcome(*sides, verdict=MAY_NOT, **other):
    """An outcome of these sides."""
    made = Outcome("0.1.0", "a.b.c", "0123456789abcdef", "2027-01-31T12:00:00+00:00", "0", verdict,
                   ("querystatus: 1 clause broken",), (), sides, None, PAGE, SOURCES)  # fmt: skip
    return replace(made, **other)


def contract_run():
    """The contract's own tests: everything held, save what no evidence told of."""
    kinds = {"schema": HELD, "generated": HELD, "recorded": NOT_OBSERVED, "sandbox": HELD}
    nothing = dict.fromkeys(kinds, NOT_OBSERVED)
    clauses = (
        state(HELD, "response.a.type", evidence=kinds),
        state(NOT_OBSERVED, "exchange.a.terminal", evidence=nothing),
    )
    side = Side("contract", CONTRACT, {}, MAY_SHIP, (), clauses)
    return outcome(side, verdict=MAY_SHIP, reasons=())


def live_run():
    """A gateway that breaks two clauses, of which one weighs little."""
    about = {"url": "http://127.0.0.1/router/rest", "requests": 242, "stopped": None,
             "observed": {"answers": {"error_response": 2, "response": 240}}}  # fmt: skip
    clauses = (
        state(BROKEN, "wire.http.latency", Severity.ADVISORY),
        state(BROKEN, "response.a.type"),
        state(HELD, "response.b.type"),
        state(NOT_OBSERVED, "exchange.a.terminal", reason="give TOP_ORDERS"),
    )
    return outcome(Side("gateway", GATEWAY, about, MAY_NOT, (), clauses))


def sdk_run():
    """Two SDKs and a driver that does not work."""
    case = finding(case="a big id", handed='{"a":1.5}', page=None, repeat=REPEAT + "sdk.a")
    words = (BROKEN, SURPRISE, KNOWN_FAILING, HELD, NOT_SUPPORTED, NOT_OBSERVED)
    clauses = tuple(
        state(word, f"sdk.{letter}", evidence={"sdk": word})
        for letter, word in zip("abcdef", words, strict=True)
    )
    broken = replace(clauses[0], findings=(case, replace(case, case="a small id")))
    lacks = {"language": "Node.js", "title": "topSdk 1.1.2", "lacks": ["format xml", "simplify"]}
    advice = ("the session travels in the query",)
    one = Side("node", SDK, lacks, MAY_NOT, advice, (broken, *clauses[1:]))
    held = tuple(replace(state(HELD, c.clause), evidence={"sdk": HELD}) for c in clauses)
    two = Side("go", SDK, {"language": "Go", "title": "client 1"}, MAY_SHIP, (), held)
    three = Side("php", SDK, {}, UNDECIDED)
    reasons = ("node: 1 clause broken", "php: the driver is broken: its process ended")
    return outcome(one, two, three, reasons=reasons, not_run=("java: its install failed",))


RUNS = {"contract": contract_run, "live": live_run, "sdk": sdk_run}


def planted(value, text):
    """An outcome with a text at the end of each of its texts."""
    if is_dataclass(value):
        names = [one.name for one in fields(value) if one.name not in OUR_WORDS]
        return replace(value, **{name: planted(getattr(value, name), text) for name in names})
    if isinstance(value, dict):
        return {name + text: planted(one, text) for name, one in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(planted(one, text) for one in value)
    return value + text if isinstance(value, str) else value


def hostile(text=HOSTILE):
    """An outcome of every kind of side, in which each text of others is hostile."""
    findings = tuple(finding(case=text, handed=text) for _ in range(12))
    clauses = tuple(state(word, f"sdk.{n}", reason=text, findings=findings)
                    for n, word in enumerate(STATES * 3))  # fmt: skip
    about = {"title": text, "language": text, "lacks": [text], "requests": 1, "stopped": text,
             "observed": {text: {text: 1}}}  # fmt: skip
    sides = [Side(text, kind, about, MAY_NOT, (text,), clauses) for kind in (GATEWAY, SDK)]
    made = planted(outcome(*sides, reasons=(text,) * 9, not_run=(text,)), text)
    return replace(made, sides=tuple(replace(side, about=about) for side in made.sides))


def crowd(broken, sides=20, clauses=2000):
    """An outcome of many sides and clauses, of which every so many is broken in its own way."""

    def one(side, number):
        name = f"response.result.model.member_{number}.type"
        if (side * 7 + number) % broken:
            word = HELD if number % 5 else NOT_OBSERVED
            return state(word, name, evidence={"sdk": word})
        page = PageQuote(12, "a Number 是 the state")
        told = finding(name, actual=f"{side}.{number}", handed="x" * 800, exchanges=(), page=page)
        return state(BROKEN, name, evidence={"sdk": BROKEN}, findings=(told,))

    return outcome(*(Side(f"sdk-{side}", SDK, {"title": "1.0"}, MAY_NOT, (), tuple(
        one(side, number) for number in range(clauses))) for side in range(sides)))  # fmt: skip


def states_run():
    """A run in which each state is there, of a gateway and three SDKs, with a baseline."""
    polls = tuple(
        exchange(told, f"2027-01-31T11:59:0{n}.000+00:00", milliseconds=3.5 * n)
        for n, told in enumerate(("100", "100", "90"))
    )
    shrinks = finding(expected="at least 100", actual="90", exchanges=polls, repeat=REPEAT + "x")
    rounded = finding(expected="9007199254740993", actual="9007199254740992")
    about = {"requests": 242, "observed": {"answers": {"response": 240, "error_response": 2}}}
    gateway = Side("http://127.0.0.1:8080/router/rest", GATEWAY, about, MAY_NOT, (), (
        state(BROKEN, "exchange.a.accumulates", findings=(shrinks,)),
        state(BROKEN, "exchange.a.exact", findings=(rounded,)),
        state(HELD, "response.a.type"), state(NOT_OBSERVED, "exchange.a.terminal",
                                              reason="give TOP_ORDERS")))  # fmt: skip
    anew = (Change(gateway.name, "exchange.a.exact"),)
    since = Since("2027-01-30T12:00:00+00:00", MAY_SHIP, anew,
                  (Change("go", "sdk.a"),))  # fmt: skip
    sdks = sdk_run()
    return replace(sdks, sides=(*contract_run().sides, gateway, *sdks.sides), since=since,
                   reasons=(f"{gateway.name}: 2 clauses broken", *sdks.reasons))  # fmt: skip
