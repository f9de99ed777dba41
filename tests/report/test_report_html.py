"""`index.html`: one page, whole, that asks for nothing and runs nothing but its own script."""

import re
from dataclasses import replace

import pytest
from lxml import html

from tests.html_page import Page, problems
from tests.outcomes import (
    PAGE,
    RUNS,
    SOURCES,
    contract_run,
    crowd,
    exchange,
    finding,
    hostile,
    live_run,
    outcome,
    sdk_run,
    state,
)
from topcheck.contract.model import Severity
from topcheck.judge.ledger import (
    BROKEN,
    HELD,
    NOT_OBSERVED,
    NOT_SUPPORTED,
    STATES,
    SURPRISE,
    WORST_FIRST,
)
from topcheck.report.html import MOST_BYTES, as_html
from topcheck.report.html_text import parameters, parts
from topcheck.report.outcome import (
    CLAUSES_HOLD,
    CONTRACT,
    GATEWAY,
    MAY_NOT,
    MAY_SHIP,
    SDK,
    UNDECIDED,
    Change,
    ReportedMessage,
    Side,
    Since,
    from_data,
    to_data,
)

SIGNS = "{{ 7 * 7 }} {% for x in y %} {# gone #} </script><script>alert(1)</script> <!-- ]]>"


def since_run():
    """A run with a baseline."""
    changes = Change("gateway", "response.a.type"), Change("gateway", "response.b.type")
    return replace(live_run(), since=Since("2027-01-30", MAY_SHIP, changes[:1], changes[1:]))


def bare_run():
    """An outcome as versions wrote it that knew no page, no sources and no exchanges."""
    data = to_data(sdk_run())
    for name in ("since", "page", "sources"):
        del data[name]
    for side in data["sides"]:
        for one in (one for clause in side["clauses"] for one in clause["findings"]):
            del one["exchanges"], one["script"]
    return from_data(data)


def odd_run():
    """A side that says of itself what nobody expected."""
    about = {"title": {"a": [1]}, "lacks": 3, "observed": [1, {"b": None}], "requests": None,
             "reason": ["x"], "items": "y", "get": "z", "n": {"m": 1}}  # fmt: skip
    return outcome(Side("odd", SDK, about, UNDECIDED), Side("other", SDK, about, UNDECIDED, (),
                   (state(HELD),)))  # fmt: skip


EVERY = {**RUNS, "hostile": hostile, "since": since_run, "bare": bare_run, "odd": odd_run,
         "signs": lambda: hostile(SIGNS), "nothing": outcome}  # fmt: skip


# ------------------------------------------------------------------ a page


@pytest.mark.parametrize("run", EVERY.values(), ids=list(EVERY))
def test_it_is_one_page_that_asks_for_nothing(run):
    """Every link stays in it, every id is there once, and its policy allows its own parts only."""
    text = as_html(run()).encode(errors="backslashreplace").decode()
    assert list(problems(text)) == []
    html.document_fromstring(text)


SPOILED = {
    "an image": ("<main>", "<main><img src=x>"),
    "a link that leaves": ("<main>", "<main><a href=https://example.org>x</a>"),
    "a link to nothing": ("<main>", "<main><a href=#nowhere>x</a>"),
    "an id twice": ("<main>", "<main><p id=summary>"),
    "a handler": ("<main>", "<main onclick=x()>"),
    "a style of an element": ("<main>", "<main style=color:red>"),
    "one more script": ("<main>", "<main><script>x()</script>"),
    "another script": ('"use strict";', '"use strict";x();'),
    "another style": (":root {", ":root { color: red;"),
    "a policy that allows more": ("default-src 'none'", "default-src 'self'"),
    "no policy": ("Content-Security-Policy", "X-Policy"),
    "a second page": ("</html>", "</html><html><body>"),
    "what cannot be read without the script": ("<main>", "<main><p hidden>x</p>"),
    "a control character": ("<main>", "<main>\x1b"),
}


@pytest.mark.parametrize("change", SPOILED.values(), ids=list(SPOILED))
def test_what_is_wrong_with_a_page_is_seen(change):
    """The check can fail in each of its parts."""
    text = as_html(live_run())
    assert change[0] in text
    assert list(problems(text.replace(*change, 1)))


# --------------------------------------------------------------------- texts


def texts(outcome):
    """Yield every text of an outcome that a reader must find."""
    yield from (outcome.method, outcome.verdict, outcome.at, outcome.seed, outcome.contract)
    yield from (*outcome.reasons, *outcome.not_run)
    for side in outcome.sides:
        yield from (side.name, side.verdict, *side.advice)
        for clause in side.clauses:
            yield from (clause.clause, clause.state)
            yield from (one for one in (clause.reason,) if one and clause.state != HELD)
            for one in clause.findings if clause.state != HELD else ():
                yield from texts_of(one)


def texts_of(one):
    """Yield every text of a finding: what its exchanges tell whole is not told in a line too."""
    yield from (one.expected, one.actual, one.path, one.case or "", one.handed or "",
                one.repeat or "", one.script or "", one.page.quote if one.page else "")  # fmt: skip
    if not one.exchanges:
        yield from (one.request or "", one.answer or "")
    for each in one.exchanges:
        yield from (each.at[11:23] if each.at else "", each.note or "", each.told or "")
        for message in filter(None, (each.request, each.answer)):
            yield from (message.head, message.body, message.note or "", f"{message.size:,}")


def told(text):
    """Write a text as it is shown: what does not print as an escape."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("".join(c if c.isprintable() or c == "\t" else f"\\u{ord(c):04x}" for c in one)
                     for one in lines)  # fmt: skip


@pytest.mark.parametrize("run", EVERY.values(), ids=list(EVERY))
def test_everything_is_told(run):
    """Each reason, clause, state, finding, exchange and command, whatever it is made of."""
    text, found = Page(as_html(run())).text, run()
    assert [one for one in set(texts(found)) if told(one) not in text] == []


def test_a_text_that_is_missing_is_missed():
    """The check above can fail."""
    text = Page(as_html(live_run())).text
    assert told("a reason that nobody gave") not in text
    assert told("give TOP_ORDERS") in text


def test_hostile_texts_are_nothing_but_text():
    """Scripts, comments, and the signs of a template and of HTML stand there as they were sent."""
    for words in (SIGNS, "&lt;b&gt; \" onclick='x()' <svg onload=x()> ]]>-->"):
        page = Page(as_html(hostile(words)))
        assert page.text.count(words) > 50
        assert Page(as_html(hostile("harmless"))).raw("script") == page.raw("script")


def test_a_body_of_control_characters_or_of_megabytes_is_cut():
    """It says how much there was."""
    huge = ReportedMessage("HTTP/1.1 200", "\x00\x1b" * 2**23, 2**24, "cut: the first of it")
    found = finding(
        exchanges=(exchange(answer=huge),), actual="x" * 2**24, handed="\U0001f600" * 30
    )
    text = as_html(outcome(Side("a", SDK, {}, MAY_NOT, (), (state(BROKEN, findings=(found,)),))))
    assert len(text.encode()) < 500_000
    assert list(problems(text)) == []
    shown = Page(text).text
    assert "16,777,216 bytes of body; cut: the first of it" in shown
    assert "(16,777,216 characters in all)" in shown
    assert "\\u0000\\u001b" in shown
    assert "\U0001f600" * 30 in shown


# -------------------------------------------------------------------- matrix


def css(node, selector):
    """Find what a selector of names, classes and ids finds."""
    path = "."
    for part in selector.split():
        tag, classes, name = re.fullmatch(r"(\w*)((?:\.\w+)*)(?:#([\w-]+))?", part).groups()
        wanted = [
            f"contains(concat(' ', @class, ' '), ' {one} ')" for one in classes.split(".")[1:]
        ]
        wanted += [f"@id='{name}'"] if name else []
        path += f"//{tag or '*'}" + "".join(f"[{one}]" for one in wanted)
    return node.xpath(path)


def tree(outcome):
    """The page as a tree."""
    return html.document_fromstring(as_html(outcome))


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
def test_a_cell_leads_to_what_it_tells(run):
    """The state stands in it in words; whatever is not held has a link to its clause."""
    page, seen = tree(run()), 0
    # a kind of evidence that tells nothing of it is nothing to explain
    held = {c.clause for side in run().sides for c in side.clauses if c.state == HELD}
    held -= {c.clause for side in run().sides for c in side.clauses if c.state != HELD}
    for row in css(page, "table.matrix tbody tr"):
        name = row.find("th").text_content().split()[0]
        for cell in row.findall("td"):
            link = cell.find("a")
            assert cell.text_content().strip() in (*STATES, "–")
            if cell.text_content().strip() not in (HELD, "–") and name not in held:
                (target,) = css(page, link.get("href"))
                assert target.getparent().find("summary/h4").text_content() == name
                seen += 1
            else:
                assert link is None
    assert seen


def test_clauses_that_are_alike_are_folded():
    """What is held is closed and counted; what is broken, or was not seen, is open."""
    groups = {" ".join(g.find("summary").text_content().split()): g.get("open")
              for g in css(tree(live_run()), "details.group")}  # fmt: skip
    assert groups == {"broken 2 clauses": "", "held 1 clause": None, "not observed 1 clause": ""}
    alike = Side("go", SDK, {}, MAY_SHIP, (), (state(HELD, "sdk.a"), state(NOT_SUPPORTED, "sdk.b")))
    other = replace(alike, name="java", clauses=(alike.clauses[0], state(HELD, "sdk.b")))
    page = tree(outcome(alike, other))
    assert [one.text.strip() for one in css(page, ".ids li")] == ["sdk.a"]
    (row,) = css(page, "table.matrix tbody tr")
    assert [one.text_content().strip() for one in row] == ["sdk.b", "not supported", "held"]


def test_what_was_not_seen_is_as_plain_as_what_is_broken():
    """On the first screen, in the matrix, and with a card each."""
    page = tree(contract_run())
    (panel,) = css(page, ".panel")
    assert panel.text_content().split() == ["What", "was", "not", "seen", "exchange.a.terminal",
                                            "not", "observed:", "contract"]  # fmt: skip
    (card,) = css(page, "#findings .card")
    assert "it stays ended" in card.text_content()
    notes = [li.text_content().strip() for li in css(tree(sdk_run()), "#not-run li")]
    assert notes == ["php: could not be decided", "java: its install failed"]
    assert "Everything that was to be run was run." in page.text_content()


def test_what_is_the_same_for_several_sides_is_told_once():
    """Each side is named, with its own command."""
    sides = []
    for name in ("go", "java"):
        found = finding("sdk.a", repeat=f"topcheck gate --sdk {name}")
        clause = state(BROKEN, "sdk.a", findings=(found,))
        sides.append(Side(name, SDK, {}, MAY_NOT, (), (clause,)))
    (card,) = css(tree(outcome(*sides)), "#findings .card")
    assert card.find("summary/span[@class='who']").text_content() == "go, java"
    commands = [pre.text_content() for pre in css(card, ".command pre")]
    assert commands[-2:] == ["topcheck gate --sdk go", "topcheck gate --sdk java"]


def test_an_exchange_that_shows_several_things_is_told_once():
    """The others lead to it."""
    clauses = tuple(state(BROKEN, f"sdk.{letter}") for letter in "abc")
    page = tree(outcome(Side("a", SDK, {}, MAY_NOT, (), clauses)))
    assert len(css(page, ".pair")) == 1
    assert len([a for a in css(page, ".wire a") if a.text == "shown above"]) == 2


# ---------------------------------------------------------- page, difference


def test_the_broken_lines_of_the_page_are_marked():
    """Each leads to its clauses, and they lead back."""
    page = tree(live_run())
    lines = css(page, "ol.page li")
    assert [li.get("value") for li in lines] == [str(n) for n in range(1, PAGE.count("\n") + 2)]
    (marked,) = [li for li in lines if li.get("class")]
    assert (marked.get("id"), marked.get("class")) == ("L12", "b")
    assert marked.find("span").text == "a Number 是 the state"
    links = css(marked, "a")
    names = ["response.a.type broken", "wire.http.latency broken"]
    assert [" ".join(link.text_content().split()) for link in links] == names
    for link in links:
        (card,) = css(page, link.get("href"))
        assert "#L12" in [a.get("href") for a in css(card, "a")]


def test_without_the_page_its_quotes_stand_for_it():
    """An outcome of an earlier version has nothing more."""
    (line,) = css(tree(bare_run()), "ol.page li")
    assert (line.get("value"), line.find("span").text) == ("12", "a Number 是 the state")


def test_what_differs_is_marked():
    """One digit, and not the whole number; what says different things is not marked."""
    one = finding(expected="9007199254740993", actual="9007199254740992")
    other = finding(expected="a whole number", actual='"100"')
    clauses = state(BROKEN, "sdk.a", findings=(one,)), state(BROKEN, "sdk.b", findings=(other,))
    page = tree(outcome(Side("a", SDK, {}, MAY_NOT, (), clauses)))
    assert [mark.text for mark in css(page, "#findings mark")] == ["3", "2"]


def test_polls_are_a_time_line():
    """Each with its time, what was told, and how long it took."""
    polls = tuple(exchange(str(fee), f"2027-01-31T11:59:0{n}.000+00:00", milliseconds=float(n))
                  for n, fee in enumerate((100, 90)))  # fmt: skip
    clause = state(BROKEN, findings=(finding(exchanges=polls),))
    page = tree(outcome(Side("a", SDK, {}, MAY_NOT, (), (clause,))))
    lines = [" ".join(one.text_content().split()) for one in css(page, ".several summary")]
    assert lines == ["11:59:00.000 HTTP/1.1 200 after 0.0 ms 100",
                     "11:59:01.000 HTTP/1.1 200 after 1.0 ms 90"]  # fmt: skip


# -------------------------------------------------------------- first screen


@pytest.mark.parametrize(
    ("verdict", "code"), [(MAY_SHIP, 0), (CLAUSES_HOLD, 0), (MAY_NOT, 1), (UNDECIDED, 2)]
)
def test_the_verdict_comes_first(verdict, code):
    """In words, and in a sign that is no word."""
    page = tree(outcome(verdict=verdict))
    (header,) = css(page, "header")
    assert css(header, "strong")[0].text == verdict
    assert f"v{code}" in header.get("class")
    assert css(page, "title")[0].text == f"{verdict}: a.b.c"


def test_what_changed_since_the_baseline_is_on_the_first_screen():
    """What is broken anew leads to it."""
    panel = next(p for p in css(tree(since_run()), ".panel")
                 if p.find("h3").text == "Since the baseline")  # fmt: skip
    words = " ".join(panel.text_content().split())
    assert words == (
        "Since the baseline 2027-01-30: may ship "
        "1 broken anew response.a.type gateway 1 mended response.b.type gateway"
    )
    assert len(css(panel, "a")) == 1
    assert "Since the baseline" not in as_html(live_run())


def test_what_was_not_compared_with_the_baseline_is_on_the_first_screen():
    """Else nothing broken anew would mean that nothing broke."""
    found = replace(since_run().since, not_compared=("go", "<i>", "gateway by live", "d", "e", "f"))
    page = tree(replace(since_run(), since=found))
    (told,) = (p.text_content() for p in css(page, ".since") if "not compared" in p.text_content())
    assert told == "not compared: go, <i>, gateway by live, d and 2 more"


def test_clauses_without_evidence_are_rows_as_well():
    """Though the sides do not agree about one."""
    sides = [Side(kind, kind, {}, MAY_NOT, (), (state(word, evidence={}),))
             for kind, word in ((CONTRACT, HELD), (GATEWAY, BROKEN))]  # fmt: skip
    assert "response.a.type" in as_html(outcome(*sides))


# ---------------------------------------------------------------------- size


@pytest.mark.parametrize(
    ("broken", "sides", "clauses"), [(1, 20, 500), (50, 20, 2000), (1, 1, 4500)]
)
def test_a_page_is_never_too_large(broken, sides, clauses):
    """What has no place is counted, and nothing leads to what is not there."""
    text = as_html(crowd(broken, sides, clauses))
    assert len(text.encode()) < MOST_BYTES + 100_000 < 5_000_000
    ids = set(re.findall(r' id="?([^" >]+)', text))
    links = re.findall(r'href="?#([^" >]+)', text)
    assert len(links) > 500
    assert set(links) <= ids
    left = re.search(r'id="left" class="note">(\d+) more', text)
    assert bool(left) == (broken == 1)
    if left:
        shown = len(re.findall(r'<div class="in" id="c', text))
        assert shown + int(left[1]) == sides * clauses


def test_the_heaviest_is_told_first():
    """Of what is broken as of what there is no place for."""
    weights = (Severity.ADVISORY, Severity.VIOLATION, Severity.DRIFT)
    clauses = tuple(state(BROKEN, f"sdk.{w}", w) for w in weights)
    page = tree(outcome(Side("a", SDK, {}, MAY_NOT, (), (state(NOT_OBSERVED, "sdk.n"), *clauses))))
    names = [h4.text_content() for h4 in css(page, ".card h4")]
    assert names == ["sdk.violation", "sdk.drift", "sdk.advisory", "sdk.n"]


# ------------------------------------------------------------ how it is read


def panel(page, title):
    """The words of a panel of the first screen, None where it is not there."""
    found = [p for p in css(page, ".panel") if p.find("h3").text == title]
    return " ".join(found[0].text_content().split()) if found else None


def test_what_was_not_seen_is_told_by_each_reason():
    """Once for all sides, with what is to be done, and a link to the first."""
    clauses = [state(NOT_OBSERVED, f"exchange.{n}.echo", reason="give TOP_ORDERS") for n in "abc"]
    clauses += [state(NOT_SUPPORTED, "sdk.x", reason="it has no xml"), state(HELD, "sdk.y")]
    sides = [Side(name, SDK, {}, MAY_SHIP, (), tuple(clauses)) for name in ("go", "java", "php")]
    page = tree(outcome(*sides))
    told = panel(page, "What was not seen").removeprefix("What was not seen ")
    assert told == ("3 clauses not observed: go and 2 more give TOP_ORDERS "
                    "sdk.x not supported: go and 2 more it has no xml")  # fmt: skip
    for link in css(page, ".panel .plain a"):
        (card,) = css(page, link.get("href"))
        assert "go" in card.getparent().find("summary/span[@class='who']").text_content()


def test_an_sdk_that_was_not_judged_is_on_the_first_screen():
    """With its reason and the command that tries it; it is not said that all is held."""
    about = {"reason": "it cannot be run", "repeat": "topcheck driver smoke php"}
    held = Side("go", SDK, {}, MAY_SHIP, (), (state(HELD, "sdk.a"),))
    silent = Side("php", SDK, about, UNDECIDED)
    page = tree(outcome(held, replace(held, name="java"), silent, verdict=UNDECIDED))
    words = " ".join(page.text_content().split())
    assert "php could not be decided it cannot be run" in panel(page, "What was not seen")
    assert "topcheck driver smoke php" in panel(page, "Try what does not work")
    assert "Everything that was looked for is held" not in words
    assert "Of what was judged, everything is held." in words
    assert "held by all SDKs that were judged" in words
    assert [a.text_content() for a in css(page, ".totals a.n")] == ["1 not run"]
    whole = tree(outcome(held, verdict=MAY_SHIP))
    assert "Everything that was looked for is held." in whole.text_content()
    assert not css(whole, ".panel")


@pytest.mark.parametrize("run", EVERY.values(), ids=list(EVERY))
def test_each_count_leads_to_what_it_counts(run):
    """The number and the state in words, the worst first."""
    page = tree(run())
    told = [(a.get("href"), *a.text_content().split(" ", 1)) for a in css(page, ".totals a")]
    counted = [(int(number.replace(",", "")), words) for _, number, words in told]
    states = [c.state for side in run().sides for c in side.clauses]
    wanted = [(states.count(one), one) for one in WORST_FIRST if one in states]
    silent = len(run().not_run) + sum(not side.clauses for side in run().sides)
    assert counted == wanted + ([(silent, "not run")] if silent else [])
    for href, _, words in told:
        (target,) = css(page, href)
        assert words in " ".join(target.text_content().split()).replace("Not run", "not run")


COMMAND = "topcheck gate '--sdk=a b' --clause=x-y\n  | tee -a out"
FORM = "app_key=1&method=a-b.c&sign=(secret)"


def test_a_command_and_a_form_are_broken_at_their_parts():
    """What a browser would cut at a hyphen is one piece, and the text is the same to a copier."""
    request = ReportedMessage("POST / HTTP/1.1", FORM, 9)
    one = finding(repeat=COMMAND, exchanges=(exchange(request=request),))
    page = tree(outcome(Side("a", SDK, {}, MAY_NOT, (), (state(BROKEN, findings=(one,)),))))
    for code in css(page, ".command code"):
        if "topcheck" in code.text_content():
            assert code.text_content() == COMMAND
            pieces = [span.text for span in code.findall("span")]
            assert pieces == ["'--sdk=a", "b'", "--clause=x-y", "|", "-a"]
    (sent, _) = css(page, "figure pre")
    assert sent.text_content() == f"POST / HTTP/1.1\n\n{FORM}"
    assert [s.text for s in sent.findall("span")] == [
        "app_key=1&",
        "method=a-b.c&",
        "sign=(secret)",
    ]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("response.a.type", ["response.", "a.", "type"]),
        ("http://127.0.0.1:80/router", ["http://", "127.0.0.1:80/", "router"]),
        ("../a", ["../", "a"]), ("", []), ("支付.成功", ["支付.", "成功"]),
        ("a\x00.b", ["a\\u0000.", "b"]), ("<wbr>.x", ["&lt;wbr&gt;.", "x"]),
    ],
)  # fmt: skip
def test_a_name_is_broken_behind_its_parts(text, pieces):
    """And within none of them, nor in a number."""
    assert parts(text) == "<wbr/>".join(pieces)


@pytest.mark.parametrize("body", ["&" * 9999, "a=1&\nb=2&", "a" * 99, "", "<b>&x"])
def test_what_is_no_form_is_not_cut_into_pieces(body):
    """Nor is one that nobody would read by its parameters; each stays as it came."""
    text = parameters(body)
    assert html.fromstring(f"<p>{text}</p>").text_content() == body
    assert text.count("<span>") <= 2


def test_findings_that_are_alike_are_told_apart_by_what_was_sent():
    """The end of each request, once for all in a fold; what differs is told."""
    sent = [f"POST /router/rest app_key=(secret)&{'x' * 90}&biz_order_id={n}" for n in range(9)]
    found = [finding(request=one, exchanges=()) for one in sent]
    found[8] = replace(found[8], actual="7")
    page = tree(outcome(Side("a", SDK, {}, MAY_NOT, (), (state(BROKEN, findings=tuple(found)),))))
    told = [" ".join(one.find("summary").text_content().split()) for one in css(page, ".like")]
    assert told == [*(f"…biz_order_id={n}" for n in range(1, 8)),
                    "…biz_order_id=8: expected a whole number, actual 7"]  # fmt: skip
    (fold,) = [
        one for one in css(page, ".more") if "8 more like it" in one.find("summary").text_content()
    ]
    assert fold.get("open") is None
    assert len(css(fold, ".like")) == 8


def test_the_worst_rows_come_first():
    """Among those in which the sides differ; else the order is that of the contract."""
    words = ((HELD, NOT_OBSERVED), (HELD, BROKEN), (SURPRISE, HELD), (BROKEN, HELD))
    sides = [Side(name, SDK, {}, MAY_NOT, (), tuple(
        state(row[at], f"sdk.{n}") for n, row in enumerate(words)))
        for at, name in enumerate(("go", "php"))]  # fmt: skip
    rows = css(tree(outcome(*sides)), "table.matrix tbody tr")
    assert [row.find("th").text_content().strip() for row in rows] == [
        f"sdk.{n}" for n in (1, 3, 2, 0)
    ]


def test_many_sdks_stand_closer():
    """Twenty columns of a usual width would show five."""
    for number, wide in ((8, 0), (9, 1), (20, 1)):
        assert len(css(tree(crowd(2, sides=number, clauses=4)), "table.wide")) == wide


def test_what_there_is_one_of_is_not_asked_for():
    """A choice of one state, side or kind of clauses is none."""
    one_kind = replace(crowd(2, 1, 4), sources=SOURCES[:1])
    assert [one.get("name") for one in css(tree(one_kind), "select")] == ["state"]
    one_state = outcome(Side("a", SDK, {}, MAY_SHIP, (), (state(HELD, "sdk.a"),)), sources=())
    assert not css(tree(one_state), "select")
    assert css(tree(one_state), "input")
    page = tree(sdk_run())
    assert [one.get("name") for one in css(page, "select")] == ["kind", "state", "side"]
    assert [o.text for o in css(page, "select option")][-2:] == ["node", "go"]
