"""What is wrong in inferred.toml is one line that names the table and the way out."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from tests.page_builder import page, read, row
from topcheck.contract import inferred
from topcheck.contract.contract import Contract
from topcheck.contract.files import ContractError, derived_files, load, rules_text
from topcheck.contract.inferred import RuleError, read_inferred, read_types
from topcheck.contract.page.read import derive_contract

TEXT = page([row("o", "O", row("a", "Money"), row("ok", "Boolean", example="true"))])
TYPES = '[types]\nMoney = "price"\n'
RULE = """
[[rule]]
id = "response.o.ok.present"
then = { "o.ok" = { present = true } }
why = "it says so"
kept = { "o.ok" = true }
broken = { "o.ok" = { absent = true } }
"""
FLOW = '\n[[flow]]\npath = "o.a"\nstages = [["1"], ["2"]]\nwhy = "so"\n'
WHOLE = TYPES + RULE + FLOW

#: What is wrong, the text, and what is said of it. Put right, it is the whole text.
WRONG = {
    "no TOML": (WHOLE.replace("[types]", "[types"), "not TOML", "mend it there"),
    "another table": (
        f"{WHOLE}\n[more]\n", "it holds [types], [order], [method], [[rule]]", "take more out"),
    "a rule as a table": (
        WHOLE.replace("[[rule]]", "[rule]"), "[[rule]] and [[flow]] only", "take this out"),
    "a method that is no table": (
        f"method = true\n{WHOLE}", "method is a table", "below it reads = true"),
    "a list of methods": (f"{WHOLE}\n[[method]]\n", "method is a table", "write [method]"),
    "a text for reads": (
        f'{WHOLE}\n[method]\nreads = "yes"\n', '[method]: reads is "yes"', "give it true or false"),
    "a number for reads": (
        f"{WHOLE}\n[method]\nreads = 1\n", "[method]: reads is 1", "give it true or false"),
    "another word of a method": (
        f"{WHOLE}\n[method]\nread = true\n", "[method]: unknown member read",
        "take it out, or give one of reads"),
    "a list of types": (
        WHOLE.replace(TYPES, "types = []\n"), "types is a table", "write [types]"),
    "no family": (
        WHOLE.replace('"price"', '"money"'),
        '[types] Money: "money" is no family',
        "give one of integer, boolean, string, date, price, decimal, map"),
    "a number as a family": (WHOLE.replace('"price"', "1"), "1 is no family", "give one of"),
    "a list as a family": (WHOLE.replace('"price"', '["price"]'), "is no family", "give one of"),
    "a known type": (
        WHOLE.replace("Money", 'Number = "date"\nMoney'),
        "[types] Number: the type is known to be integer", "take the line out"),
    "no type": (
        WHOLE.replace("Money", '"1 x" = "date"\nMoney'),
        "[types] 1 x: no row of the page has it as type",
        "take the line out"),
    "a type that the page lacks": (
        WHOLE.replace("Money", 'Other = "date"\nMoney'),
        "[types] Other: no row of the page has it as type", "take the line out"),
    "a rule without a why": (
        WHOLE.replace('why = "it says so"\n', ""), "response.o.ok.present: it lacks or misspells",
        "'why': give it as it should be"),
    "a rule that is none": (f"rule = [1]\n{TYPES}", "rule 1: it lacks or misspells", "give it"),
    "an operand of another type": (
        WHOLE.replace("present = true }", 'min = "1" }'), 'min is "1"', "give it a whole number"),
    "a text for a flag": (
        WHOLE.replace("present = true }", 'present = "yes" }'), 'present is "yes"',
        "give it true or false"),
    "a text for a list": (
        WHOLE.replace("present = true }", 'in = "a" }'), 'in is "a"', "give it a list"),
    "a date": (
        WHOLE.replace("present = true }", "equals = 2020-01-01 }"), 'equals is "2020-01-01"',
        "give it a text, a whole number, true or false"),
    "predicates as a list": (
        WHOLE.replace("{ present = true }", "[]"), "response.o.ok.present: o.ok is []",
        "give it a table of predicates, such as { present = true }"),
    "a text for conditions": (
        WHOLE.replace('then = { "o.ok" = { present = true } }', 'then = "o.ok"'),
        'response.o.ok.present: then is "o.ok"', "give it a table by paths"),
    "a number for an id": (
        WHOLE.replace('"response.o.ok.present"', "5"), "5: id is 5", "give it a text"),
    "a number for a why": (
        WHOLE.replace('"it says so"', "5"), "response.o.ok.present: why is 5", "give it a text"),
    "a flag for a number": (
        WHOLE.replace("present = true }", "min = true }"), "min is true", "give it a whole number"),
    "an object in a list": (
        WHOLE.replace("present = true }", "in = [{}] }"), "one of its list is {}",
        "give it a text, a whole number, true or false"),
    "a member too many in a flow": (
        WHOLE.replace("[[flow]]", "[[flow]]\nmore = 1"), "flow: unknown member more",
        "take it out, or give one of path, stages, why"),
    "stages that are codes": (
        WHOLE.replace('[["1"], ["2"]]', '["1", "2"]'), 'flow: a stage is "1"',
        "give it a list of codes"),
    "codes that are numbers": (
        WHOLE.replace('[["1"], ["2"]]', "[[1], [2]]"), "flow: a code is 1", "give it a text"),
    "a code in two stages": (
        WHOLE.replace('[["1"], ["2"]]', '[["1"], ["2", "1"]]'), "flow: o.a has a code twice",
        "give each its one stage"),
    "what is nested too deep": (
        f"a = {'[' * 5000}", "not TOML of ours: it is nested too deep", "mend it there"),
    "a patch with a list": (
        WHOLE.replace('kept = { "o.ok" = true }', 'kept = { "o.ok" = [1] }'), "o.ok is [1]",
        "give it a text, a whole number, true or false"),
    "a member too many": (
        WHOLE.replace("[[rule]]", "[[rule]]\nmore = 1"), "unknown member more", "take it out"),
    "another fact": (
        WHOLE.replace("ok.present", "ok.type"), "response.o.ok.type",
        "one of the facts order, consistent, present, secret"),
    "a field that the page lacks": (
        WHOLE.replace('"o.ok" = { present', '"o.no" = { present'), "the page has no field o.no",
        "name one by its path in contract.json"),
    "another predicate": (
        WHOLE.replace("present = true", "there = true"), "unknown predicate there",
        "give one of present, absent, equals, in, min, max"),
    "two rules of one id": (WHOLE + RULE, "the id stands twice", "make one rule of both"),
    "a list of orders": (WHOLE + "\n[[order]]\n", "order is a table", "write [order]"),
    "a word that is none in [order]": (
        WHOLE + "\n[order]\nstates = []\n", "[order] states: unknown; give ids or flags",
        "take it out"),
    "an id that is no list": (
        WHOLE + '\n[order]\nids = "word"\n', '[order] ids: ids is "word"',
        "give it a list of the parameters"),
    "an id that is no parameter": (
        WHOLE + '\n[order]\nids = ["other"]\n', '[order] ids: "other" is none of',
        "there are: "),
    "an id that is a number": (WHOLE + "\n[order]\nids = [1]\n", "1 is none of", "there are: "),
    "a flag that is no Boolean": (
        WHOLE + '\n[order]\nflags = ["o.a"]\n', '[order] flags: "o.a" is none of the paths',
        "there are: o.ok"),
    "a flag that is an object": (
        WHOLE + "\n[order]\nflags = [{}]\n", "[order] flags: {} is none of", "there are: o.ok"),
    "a flow of one stage": (
        WHOLE.replace('[["1"], ["2"]]', '[["1", "2"]]'), "o.a has one stage",
        "give those that follow it too"),
    "two flows of one field": (WHOLE + FLOW, "o.a has two flows", "make one of both"),
    "a flow of an object": (
        WHOLE.replace('"o.a"', '"o"'), "flow: the page has no field o", "name one by its path"),
    "a flow without stages": (
        WHOLE.replace('stages = [["1"], ["2"]]\n', ""), "flow: it lacks or misspells 'stages'",
        "give it as it should be"),
}  # fmt: skip


def derived(rules: str) -> Contract:
    """Derive the contract of the page by some rules."""
    return derive_contract(read(TEXT, read_types(rules)), rules)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_way_out(name: str) -> None:
    """The line names the table, says what is wrong, and what to do."""
    rules, reason, way_out = WRONG[name]
    with pytest.raises(RuleError) as refused:
        derived(rules)
    said = str(refused.value)
    assert reason in said
    assert way_out in said.partition(reason)[2]
    assert "\n" not in said


def test_the_whole_text_is_read() -> None:
    """What the wrong texts are made of is right."""
    contract = derived(WHOLE)
    assert contract.response.fields["o"].fields["a"].family == "price"
    assert {"response.o.ok.present", "exchange.a.terminal"} <= contract.by_id.keys()


def test_every_refusal_of_the_rules_has_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """No place that refuses inferred.toml is without a wrong text here."""
    made: set[int] = set()
    file = Path(inferred.__file__)
    for kind in (RuleError, ValueError):

        class Noted(kind):  # type: ignore[misc, valid-type]
            def __init__(self, *args: object) -> None:
                made.update(one.lineno for one in inspect.stack(0) if Path(one.filename) == file)
                super().__init__(*args)

        monkeypatch.setattr(inferred, kind.__name__, Noted, raising=False)
    for rules, *_ in WRONG.values():
        with pytest.raises(Exception):  # noqa: B017, PT011 - noted by its place
            derived(rules)
    raises = [node for node in ast.walk(ast.parse(file.read_text("utf-8")))
              if isinstance(node, ast.Raise)]  # fmt: skip
    assert len(raises) > 10
    for node in raises:
        assert any(node.lineno <= line <= (node.end_lineno or 0) for line in made), node.lineno


def test_a_given_type_survives_its_files(tmp_path: Path) -> None:
    """The derived files name the page's type; its family comes from inferred.toml at each load."""
    contract = derived(WHOLE)
    for name, text in {**derived_files(contract), "inferred.toml": WHOLE}.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert load(tmp_path)[0] == contract
    assert '"type": "Money"' in (tmp_path / "contract.json").read_text("utf-8")
    (tmp_path / "inferred.toml").write_text(RULE, "utf-8")
    with pytest.raises(ContractError, match=r"derive it again from page\.txt"):
        load(tmp_path)
    (tmp_path / "inferred.toml").write_text(TYPES, "utf-8")
    more = r"contract\.json has more than inferred\.toml says: derive it again"
    with pytest.raises(ContractError, match=more):  # else nobody would judge those clauses
        load(tmp_path)


def test_rules_that_are_no_text(tmp_path: Path) -> None:
    """Another charset is told with what to do."""
    (tmp_path / "inferred.toml").write_bytes("why = '支付单'".encode("gbk"))
    with pytest.raises(RuleError, match="line 1 is not UTF-8: save it as UTF-8"):
        rules_text(tmp_path)


@pytest.mark.parametrize(
    ("called", "family"),
    [("decimal", "decimal"), ("BigDecimal", "decimal"), ("Number", "integer"), ("map", "map"),
     ("Map", "map"), ("object", "map"), ("String", "string"), ("date", "date")],
)  # fmt: skip
def test_a_family_by_its_name_or_by_a_type_of_it(called: str, family: str) -> None:
    """A type may be said to be like another one."""
    assert read_types(f'[types]\n"List<Toy>" = "{called}"') == {"List<Toy>": family}


def test_rules_alone() -> None:
    """Rules are read against a tree, whatever types stand beside them."""
    assert len(read_inferred(WHOLE, derived(WHOLE).response)[0]) == 1
