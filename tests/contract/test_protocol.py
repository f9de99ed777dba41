"""The platform's rules: each says where it comes from, and each is leaned on by a clause."""

import re

import pytest

from tests.page_builder import REAL, page, read, row
from topcheck.contract import protocol
from topcheck.contract.contract import from_json
from topcheck.contract.page.read import derive_contract

CONTRACTS = sorted(REAL.parent.parent.glob("*/contract.json"))

#: What each kind of origin looks like: a document by page and part, a standard by section, a
#: measurement with its figures, a choice with its reason.
KINDS = (
    r"TOP: (API call method|error codes)\b.*",
    r"page: .+",
    r"RFC \d{4}, sections? \d+(\.\d+)*\b.*",
    r"XML (1\.0|Schema 1\.0 part 2), sections? \d+(\.\d+)*\b.*",
    r"measured: .*\d.*",
    r"ours: .+",
)

#: A page with what the page of our own method lacks: a limited parameter, and a decimal.
LIMITED = page(
    [row("a"), row("d", "BigDecimal")], [row("n", "Number", limits=["最小值:1", "最大值:100"])]
)


def unsourced(origins):
    """Return the rules with an origin that is empty, or in a source of it is of no known kind."""
    return [
        name
        for name, origin in origins.items()
        if not all(any(re.fullmatch(k, one) for k in KINDS) for one in origin.split("; "))
    ]


def dead(rules):
    """Return the rules that no clause of any contract leans on."""
    contracts = [from_json(path.read_text("utf-8")) for path in CONTRACTS]
    contracts.append(derive_contract(read(LIMITED)))
    clauses = [clause for contract in contracts for clause in contract.clauses]
    return sorted(set(rules) - {clause.rule for clause in clauses})


def test_each_rule_says_where_it_comes_from():
    """An origin names a document, a standard with its section, a measurement, or our reason."""
    assert list(protocol.STATED) == list(protocol.RULES)
    assert unsourced({name: origin for name, (_, origin) in protocol.STATED.items()}) == []


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "as everybody knows",
        "TOP: somewhere",
        "page: ",
        "RFC 9110",
        "RFC 9110, Content-Type",
        "XML 1.0",
        "measured: on many clients",
        "ours: ",
        "RFC 8259, section 4; as everybody knows",
        "RFC 8259, section 4; ",
    ],
)
def test_an_origin_that_cannot_be_looked_up_is_caught(origin):
    """The check before this one convicts a source without a section, a figure or a reason."""
    assert unsourced({"sourced": "RFC 9112, section 8", "rule": origin}) == ["rule"]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.parent.name)
def test_a_clause_has_the_rule_and_its_sentence(path):
    """What a clause of a contract leans on is a rule by name, in the words of the rule."""
    clauses = from_json(path.read_text("utf-8")).clauses
    found = [clause for clause in clauses if clause.source == "platform"]
    assert found
    for clause in found:
        assert clause.why == protocol.RULES[clause.rule], clause.id


def test_no_rule_is_dead():
    """Each rule is leaned on by a clause; one that is not would be words that nobody checks."""
    assert dead(protocol.RULES) == []
    assert dead({**protocol.RULES, "accumulated": "it never shrinks"}) == ["accumulated"]
