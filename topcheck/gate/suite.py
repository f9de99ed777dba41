"""What a run is about: the contract of this home, with its judges and its cases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from topcheck.contract.derive import PAGE, load
from topcheck.contract.field import error_field, response_field
from topcheck.contract.inferred import Rule
from topcheck.contract.model import Clause, Contract
from topcheck.contract.page.read import Page, read_page
from topcheck.generate import trees
from topcheck.generate.cases import Case, Cases
from topcheck.home import schema_folder
from topcheck.judge.judges import Judges
from topcheck.message.tree import Node
from topcheck.message.xml_reader import read_xml


@dataclass(frozen=True)
class Suite:
    """A contract and what is built from it, once per process.

    `sample` and `error_sample` are the page's XML samples as neutral trees; written as JSON they
    are the derived twins of what the page shows.
    """

    folder: Path
    page: Page
    contract: Contract
    rules: tuple[Rule, ...]
    judges: Judges
    cases: Cases
    sample: Node
    error_sample: Node

    def clauses(self, *sides: str) -> list[Clause]:
        """Return the clauses of some sides, all of them if none is named."""
        clauses = self.contract.clauses
        return [c for c in clauses if not sides or c.id.partition(".")[0] in sides]

    def cases_of(self, clause: Clause, written: str) -> list[Case]:
        """Return the cases of a clause that a format can say."""
        return [case for case in self.cases.of(clause) if written in case.formats]


@cache
def suite() -> Suite:
    """Load the suite of this home. Raises OSError, ValueError, RuleError or PageError."""
    folder = schema_folder()
    contract, rules = load(folder)
    page = read_page((folder / PAGE).read_bytes())
    success, error = response_field(contract), error_field(contract)
    element = read_xml(page.sample.encode()).root.children[0]
    sample = trees.document(trees.neutral(element, success))
    element = read_xml(page.error_sample.encode()).root.children[0]
    error_sample = trees.document(trees.neutral(element, error))
    cases = Cases(contract, rules, sample)
    return Suite(
        folder, page, contract, rules, Judges(contract, rules), cases, sample, error_sample
    )
