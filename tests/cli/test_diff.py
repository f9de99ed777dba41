"""`topcheck diff`: what it says of two pages, in each output, and which SDKs a change breaks."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from tests import outcomes
from tests.page_builder import page, row
from tests.page_changes import CASES, PAGE, RULES
from tests.pages import FOLDER, NAMES, workspace_of
from tests.workspace import WORKSPACE
from topcheck.cli.commands import commands
from topcheck.cli.main import main
from topcheck.judge.ledger import (
    BROKEN,
    HELD,
    KNOWN_FAILING,
    NOT_OBSERVED,
    NOT_SUPPORTED,
    SURPRISE,
)
from topcheck.report.json import as_json
from topcheck.report.outcome import SDK, Side
from topcheck.workspace import home

SCHEMA = json.loads((home() / "schemas" / "diff.schema.json").read_text("utf-8"))
METHOD = WORKSPACE.contract.method
MORE_CODES = PAGE.replace("CANCELED(取消)", "CANCELED(取消), REFUNDED(退款)")
MORE_MEMBERS = page([row("a"), row("b")]), page([row("a"), row("b"), row("c", "Number")])


def run(*words):
    """Run the command; return its code and its lines."""
    ran = CliRunner().invoke(commands, ["diff", *map(str, words)], standalone_mode=False)
    if ran.exception is not None:
        raise ran.exception
    return ran.return_value, ran.output.splitlines()


def data(*words):
    """Run the command for its JSON, which is as its schema says."""
    code, lines = run(*words, "--output", "json")
    told = json.loads("\n".join(lines))
    Draft202012Validator(SCHEMA).validate(told)
    assert code == (1 if told["breaking"] else 0)
    return told


@pytest.fixture
def pages(tmp_path):
    """Write two pages side by side, with the rules of the method if it is that; return them."""

    def written(old, new, rules=""):
        found = tmp_path / "old.txt", tmp_path / "new.txt"
        for path, text in zip(found, (old, new), strict=True):
            path.write_text(text, "utf-8")
        if rules:
            (tmp_path / "inferred.toml").write_text(rules, "utf-8")
        return found

    return written


def outcome(path, states, name="node", method=METHOD):
    """Write an outcome of one SDK with its clauses in some states."""
    clauses = tuple(
        replace(outcomes.state(state, clause), evidence={"sdk": state}, findings=())
        for clause, state in states.items()
    )
    side = Side(name, SDK, {"language": "Node.js"}, "may ship", (), clauses)
    path.write_text(as_json(replace(outcomes.outcome(side), method=method)), "utf-8")
    return path


# ------------------------------------------------------------------ what is said


def test_a_new_code_in_text(pages):
    """The place, what it means, the clause, and the verdict last."""
    code, lines = run(*pages(PAGE, MORE_CODES))
    assert code == 1
    assert lines[0].startswith(f"{METHOD}: ")
    assert lines[1:] == [
        "  breaking   response.result.model.checkout_status: a code is added: REFUNDED  (page:31)",
        "      means    readers: breaking: readers meet a code that they do not know",
        "      clauses  response.result.model.checkout_status.enum",
        "verdict: breaking (readers: breaking; senders: compatible)",
    ]


def test_formats_are_told_apart(pages):
    """A text that became a number breaks readers of JSON alone."""
    old, new = CASES["answer: a number for a price"].old, CASES["answer: a number for a price"].new
    _, lines = run(*pages(old, new))
    assert lines[-1] == "verdict: breaking (readers: breaking in JSON, compatible in XML; "\
        "senders: compatible)"  # fmt: skip
    told = data(*pages(old, new))
    assert told["readers"] == {"json": "breaking", "xml": "compatible"}


def test_the_heaviest_comes_first_and_words_are_counted(pages):
    """What means nothing on the wire is one line, and what is told of twice is not."""
    new = MORE_CODES.replace("返回结果", "结果").replace("消息的内容", "内容")
    new = new.replace("  • └ msg_code", "  • └ new_one\n  • String\n  • 1\n  • 新\n  • └ msg_code")
    new = new.replace("        <msg_code>", "        <new_one>1</new_one>\n        <msg_code>")
    _, lines = run(*pages(PAGE, new))
    assert [line.split()[0] for line in lines if re.match("  [a-z]", line)] == ["breaking", "drift"]
    words = "  2 of words alone, or of what is tested: nothing changes on the wire"
    assert lines[-2] == f"{words}  (page:18, page:67)"


@pytest.mark.parametrize("output", ["text", "markdown"])
def test_an_error_is_told_by_its_code(pages, output):
    """Its words alone would not say which: the same stand behind many."""
    row_of = "isv.{} 没有权限 申请".format
    old, new = (page([row("a")], error_codes=[row_of(one)]) for one in ("gone", "come"))
    code, lines = run(*pages(old, new), "--output", output)
    told = "\n".join(lines)
    assert code == 0
    assert "a code less (isv.gone): 没有权限 申请" in told
    assert "a code more (isv.come): 没有权限 申请" in told
    changed = page([row("a")], error_codes=["isv.gone 没有 申请"])
    assert "described otherwise (isv.gone): " in "\n".join(run(*pages(old, changed))[1])


def test_equal_pages(pages):
    """Nothing is found, and that is said."""
    code, lines = run(*pages(PAGE, PAGE))
    verdict = "verdict: not breaking (readers: compatible; senders: compatible)"
    assert (code, lines[1:]) == (0, ["  no change", verdict])


@pytest.mark.parametrize("name", NAMES)
def test_pages_of_every_shape_are_as_their_contracts(name, tmp_path):
    """A page, its contract and its folder are one method's, and each is as itself."""
    folder = tmp_path / "schemas" / "toy"
    shutil.copytree(workspace_of(name).folder, folder)
    for old in (folder, folder / "contract.json", FOLDER / f"{name}.txt"):
        for new in (folder, folder / "contract.json", FOLDER / f"{name}.txt"):
            assert data(old, new)["changes"] == []


def test_a_page_in_a_download_is_read_by_the_rules_of_the_workspace(tmp_path):
    """Without rules of its own it has those of the other: none is told to be gone."""
    new = tmp_path / "new.txt"
    new.write_text(MORE_CODES, "utf-8")
    for old in (WORKSPACE.folder, WORKSPACE.folder / "page.txt"):
        told = data(old, new)
        assert [change["kind"] for change in told["changes"]] == ["answer.enum.added"]
        assert told["notes"] == []


def test_a_contract_alone(tmp_path):
    """Beside a page without rules its inferred clauses are left out; beside a contract they count.

    So a page is not told to have lost what it never said.
    """
    fewer = [one for one in _TYPED["clauses"] if one["id"] != "exchange.checkout_status.terminal"]
    old, new, page_alone = (tmp_path / name for name in ("old.json", "new.json", "page.txt"))
    old.write_text(CONTRACT, "utf-8")
    new.write_text(json.dumps(_TYPED | {"clauses": fewer}), "utf-8")
    page_alone.write_text(PAGE, "utf-8")
    for pair in ((old, page_alone), (page_alone, old)):
        told = data(*pair)
        assert (told["changes"], len(told["notes"])) == ([], 1)
        assert "inferred clauses are not compared" in told["notes"][0]
    told = data(old, new)
    assert [change["kind"] for change in told["changes"]] == ["answer.flow.removed"]


def test_rules_that_do_not_fit_are_told(pages):
    """A rule about a member that is gone is left out, and that is said."""
    told = data(*pages(PAGE, PAGE.replace("paid_time", "time_paid"), RULES))
    assert {"answer.rule.removed"} <= {change["kind"] for change in told["changes"]}
    assert len(told["notes"]) == 2
    assert all("paid_time" in note for note in told["notes"])
    hints = [change["hint"] for change in told["changes"] if change["fact"] == "member"]
    assert hints == ["perhaps it is called time_paid now", "perhaps it was called paid_time"]


@pytest.mark.parametrize("name", CASES)
def test_every_change_is_written_in_every_output(name, pages):
    """The JSON keeps its schema, and no line of a table is wide."""
    case = CASES[name]
    old, new = pages(case.old, case.new, case.new_rules)
    told = data(old, new)
    assert told["changes"] or case.old_rules != case.new_rules
    _, text = run(old, new)
    assert text[-1].startswith("verdict: ")
    _, lines = run(old, new, "--output", "markdown")
    assert max((len(line) for line in lines if line.startswith("|")), default=0) <= 90


def test_markdown_is_nothing_but_text(pages, tmp_path):
    """No word of a page, of an SDK or of a file is markup, or ends a line."""
    hostile = "a|b `c` <script> @user #1 [x](y) *e* _f_ &amp; ~~~"
    old, new = page([row("a")]), page([row("a", text=hostile), row("b", text=hostile)])
    given = outcome(tmp_path / "o.json", {}, name=f"x\n# {hostile}", method="taobao.toy.get")
    code, lines = run(*pages(old, new), "--outcome", given, "--output", "markdown")
    assert code == 0
    bare = [line for line in lines if not line.startswith(("|", "###", "- ", "  - ")) and line]
    assert len(bare) == 1
    ours = {line for line in lines if line.startswith(("### ", "| ", "|-"))}
    assert len(ours) == 5
    for line in set(lines) - ours:
        assert not re.search(r"[`<>|@*_\[\]~]", line)
    assert re.sub(r"&#[0-9]+;", "", "\n".join(lines)).count("&") == 0


def test_a_comment_has_an_end(pages):
    """A page that changed wholly is not more than a comment may hold."""
    rows = [[row(f"{letter}{n}") for n in range(300)] for letter in "ab"]
    _, lines = run(*pages(*map(page, rows)), "--output", "markdown")
    assert len("\n".join(lines)) < 65_536
    assert "- and 550 more: --output json has them all" in lines


# ------------------------------------------------------------------ which SDKs it breaks

CODE, MEMBER = "sdk.response.unknown_code", "sdk.response.unknown_member"


@pytest.mark.parametrize(
    ("state", "effect"),
    [(HELD, "survives"), (SURPRISE, "survives"), (BROKEN, "breaks"), (KNOWN_FAILING, "breaks"),
     (NOT_OBSERVED, "not known"), (NOT_SUPPORTED, "not known"), (None, "not known")],
)  # fmt: skip
def test_a_new_code_names_the_sdks(state, effect, pages, tmp_path):
    """By the clause about unknown codes; what was not seen is never called safe."""
    given = outcome(tmp_path / "o.json", {CODE: state} if state else {"sdk.response.text": HELD})
    told = data(*pages(PAGE, MORE_CODES), "--outcome", given)
    ((found,),) = (change["sdks"] for change in told["changes"])
    assert found == {"sdk": "node", "outcome": str(given), "effect": effect, "clause": CODE,
                     "state": state or NOT_OBSERVED}  # fmt: skip
    _, lines = run(*pages(PAGE, MORE_CODES), "--outcome", given)
    assert f"      sdk      {effect}: node: {CODE} is {state or NOT_OBSERVED}" in lines
    assert f"  sdk node ({given}): {effect} 1 of 1 changes" in lines


#: A change, the clauses in their states, and what it comes to by which of them.
EFFECTS = [
    ("real: a code", {CODE: BROKEN}, "breaks", CODE),
    ("real: codes are left open", {CODE: BROKEN}, "breaks", CODE),
    ("answer: a member", {MEMBER: BROKEN}, "breaks", MEMBER),
    ("answer: a member", {MEMBER: HELD}, "survives", MEMBER),
    ("answer: no member", {"sdk.response.absent": BROKEN}, "breaks", "sdk.response.absent"),
    ("answer: in another place", {"sdk.response.absent": HELD, MEMBER: BROKEN}, "breaks", MEMBER),
    ("answer: in another place", {"sdk.response.absent": HELD}, "not known", MEMBER),
    ("answer: in another order", {"sdk.response.order": BROKEN}, "breaks", "sdk.response.order"),
    ("answer: an object is no longer alone", {"sdk.response.absent": BROKEN, MEMBER: HELD},
     "breaks", "sdk.response.absent"),
    ("real: a large example", {"sdk.response.big_integer": BROKEN}, "breaks",
     "sdk.response.big_integer"),
    ("real: a text becomes a number", {"sdk.response.big_integer": BROKEN}, "breaks",
     "sdk.response.big_integer"),
    ("real: a text becomes a number", {"sdk.response.big_integer": HELD}, "not known", None),
    ("real: a date of another format", {"sdk.response.date": BROKEN}, "breaks",
     "sdk.response.date"),
    ("real: a date of another format", {"sdk.response.date": HELD}, "not known", None),
    ("real: an error more", {"sdk.error_response.as_success": HELD,
                             "sdk.error_response.code": BROKEN}, "breaks",
     "sdk.error_response.code"),
    ("real: fen become yuan", {"sdk.response.text": HELD}, "not known", None),
    ("request: need not be given", {"sdk.request.null": BROKEN}, "breaks", "sdk.request.null"),
    ("request: a large maximum", {"sdk.request.big_integer": BROKEN}, "breaks",
     "sdk.request.big_integer"),
    ("request: a large example", {"sdk.request.big_integer": HELD}, "survives",
     "sdk.request.big_integer"),
    ("request: must be given", {"sdk.request.null": HELD}, "not known", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "states", "effect", "clause"), EFFECTS)
def test_a_change_is_known_by_a_clause(name, states, effect, clause, pages, tmp_path):
    """Broken, it breaks the SDK; held, it survives only where the clause is about such a change."""
    case = CASES[name]
    method = METHOD if name.startswith("real") else "taobao.toy.get"
    given = outcome(tmp_path / "o.json", states, method=method)
    told = data(*pages(case.old, case.new), "--outcome", given)
    found = next(change["sdks"][0] for change in told["changes"] if change["sdks"])
    assert (found["effect"], found["clause"]) == (effect, clause)
    if effect == "breaks":
        assert told["breaking"]


def test_wording_concerns_no_sdk(pages, tmp_path):
    """What changes nothing on the wire is told of none."""
    given = outcome(tmp_path / "o.json", {CODE: BROKEN})
    told = data(*pages(PAGE, PAGE.replace("返回结果", "结果")), "--outcome", given)
    assert [change["sdks"] for change in told["changes"]] == [[]]


def test_two_outcomes(pages, tmp_path):
    """Each SDK is named with its outcome; one of a driver that did not start is not known."""
    one = outcome(tmp_path / "1.json", {CODE: HELD})
    two = outcome(tmp_path / "2.json", {}, name="php")
    told = data(*pages(PAGE, MORE_CODES), "--outcome", one, "--outcome", two)
    found = [(sdk["sdk"], sdk["effect"]) for sdk in told["changes"][0]["sdks"]]
    assert found == [("node", "survives"), ("php", "not known")]


def test_sdks_that_fare_alike_share_a_line(pages, tmp_path):
    """What is not known of eight SDKs is said once."""
    given = [outcome(tmp_path / f"{name}.json", {}, name=name) for name in ("go", "php")]
    words = [word for path in given for word in ("--outcome", path)]
    _, lines = run(*pages(PAGE, PAGE.replace("(分)", "(元)")), *words)
    assert "      sdk      not known: go, php: no clause of an SDK tells of it" in lines


def test_the_clause_of_the_row_comes_first(pages):
    """Clauses across exchanges that come or go with it stand behind."""
    told = data(*pages(PAGE, PAGE.replace("biz_order_id Number 可选", "biz_order_id Number 必须")))
    assert told["changes"][0]["clauses"][0] == "request.biz_order_id.required"


def test_an_outcome_without_an_sdk_is_named(pages, tmp_path):
    """Nobody takes its silence for safety."""
    given = tmp_path / "o.json"
    given.write_text(as_json(replace(outcomes.live_run(), method=METHOD)), "utf-8")
    told = data(*pages(PAGE, MORE_CODES), "--outcome", given)
    assert told["notes"] == [f"{given}: no SDK was gated in it"]


# ------------------------------------------------------------------ what cannot be read


def refused(capsys, monkeypatch, *words):
    """Run the whole command line; return its code and what it says on stderr."""
    monkeypatch.setattr("sys.argv", ["topcheck", "diff", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert said.out == ""
    return ended.value.code, said.err.splitlines()


CONTRACT = (WORKSPACE.folder / "contract.json").read_text("utf-8")
_TYPED = json.loads(CONTRACT)
#: What is no page and no contract, and the words by which that is told.
UNREADABLE = {
    "nothing": (b"", "is missing"),
    "no page": (b"hello\n", "is missing"),
    "a page of another charset": (PAGE.encode("gb18030"), "not UTF-8"),
    "half a page": (PAGE.encode()[:900], "refused"),
    "half a contract": (CONTRACT.encode()[:900], "is not a contract"),
    "an object": (b"{}", "is not a contract"),
    "another object": (b'{"clauses":1,"request":[{}]}', "is not a contract"),
    "a deep object": (b'{"a":' * 100_000, "is not a contract"),
    "a name that is a number": (json.dumps(
        _TYPED | {"request": [_TYPED["request"][0] | {"name": 1}]}).encode(), "is not a contract"),
    "a description that is a list": (json.dumps(
        _TYPED | {"request": [_TYPED["request"][0] | {"description": []}]}).encode(),
        "is not a contract"),
    "codes that are numbers": (json.dumps(
        _TYPED | {"request": [_TYPED["request"][0] | {"enum": [1]}]}).encode(),
        "is not a contract"),
    "a title that is a number": (json.dumps(_TYPED | {"title": 1}).encode(), "is not a contract"),
    "an error code that is a number": (json.dumps(
        _TYPED | {"error_codes": [{"code": 1, "description": "", "solution": None}]}).encode(),
        "is not a contract"),
    "a contract of another charset": (CONTRACT.encode("utf-16"), "UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("at", ["old", "new"])
def test_what_is_no_page_is_one_line(name, at, tmp_path, capsys, monkeypatch):
    """On either side."""
    body, words = UNREADABLE[name]
    file = tmp_path / "given"
    file.write_bytes(body)
    both = (file, WORKSPACE.folder) if at == "old" else (WORKSPACE.folder, file)
    code, said = refused(capsys, monkeypatch, *both)
    assert (code, len(said)) == (2, 1), said
    assert words in said[0]
    assert str(file) in said[0]


def test_other_files_that_cannot_be_used(tmp_path, capsys, monkeypatch, pages):
    """A file that is not there, a folder without a page, another method, rules that are none."""
    old, new = pages(PAGE, MORE_CODES)
    toy = FOLDER / "flat.txt"
    bad = outcome(tmp_path / "o.json", {}, method="taobao.toy.get")
    none = tmp_path / "none.json"
    none.write_text("{}", "utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    wanted = {
        (tmp_path / "no", new): "No such file",
        (empty, new): "No such file",
        (old, toy): "two of one method",
        (old, new, "--outcome", bad): f"of {METHOD}",
        (old, new, "--outcome", none): "no outcome.json",
        (old, new, "--outcome", tmp_path / "no.json"): "No such file",
        (old, new, "--output", "xml"): "--output",
        (old,): "NEW",
    }
    for words, told in wanted.items():
        code, said = refused(capsys, monkeypatch, *words)
        assert (code, len(said)) == (2, 1), said
        assert told in said[0]


@pytest.mark.parametrize(
    "rules", ["[rule", "rule = 1", "flow = {}", "order = 1", "types = 1", "method = 1",
              '[types]\nMoney = "gold"\n', "other = 1", RULES + RULES.partition("[[flow]]")[0]],
)  # fmt: skip
def test_rules_that_are_none(rules, tmp_path, capsys, monkeypatch):
    """What fits no page is refused, and not taken for what does not fit this one."""
    for name, text in (("old.txt", PAGE), ("new.txt", MORE_CODES), ("inferred.toml", rules)):
        Path(tmp_path, name).write_text(text, "utf-8")
    code, said = refused(capsys, monkeypatch, tmp_path / "old.txt", tmp_path / "new.txt")
    assert (code, len(said)) == (2, 1), said
    assert "inferred.toml" in said[0]
