"""What a run is about: the contract of this home, with its judges and its cases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from topcheck.contract.contract import Contract
from topcheck.contract.files import load, load_flows
from topcheck.contract.inferred import Flow, Rule, Scalar
from topcheck.contract.model import Clause
from topcheck.gateway.orders import OrderBook, default_orders, model_field
from topcheck.generate import trees
from topcheck.generate.cases import Case, Cases
from topcheck.home import schema_folder
from topcheck.judge.judges import Judges
from topcheck.wire.tree import Kind, Node


@dataclass(frozen=True)
class Workspace:
    """A contract and what is built from it, once per process.

    `sample` and `error_sample` are what the page's examples make, as neutral trees: written as XML
    they are the page's samples, written as JSON the derived twins of these.
    """

    folder: Path
    contract: Contract
    rules: tuple[Rule, ...]
    flows: tuple[Flow, ...]
    judges: Judges
    cases: Cases
    sample: Node
    error_sample: Node

    @property
    def model(self) -> dict[str, Scalar]:
        """The members of the sample's model: what a default order is made of."""
        inside = f"{model_field(self.contract).path}."
        values = trees.values(self.sample)
        return {k.removeprefix(inside): v for k, v in values.items() if k.startswith(inside)}

    def default_orders(self) -> OrderBook:
        """Return a fresh order book: an order in each state, and one that moves."""
        return default_orders(self.contract, self.rules, self.flows, self.model)

    def clauses(self, *sides: str) -> list[Clause]:
        """Return the clauses of some sides, all of them if none is named."""
        clauses = self.contract.clauses
        return [c for c in clauses if not sides or c.id.partition(".")[0] in sides]

    def cases_of(self, clause: Clause, fmt: str) -> list[Case]:
        """Return the cases of a clause that a format can say."""
        return [case for case in self.cases.of(clause) if fmt in case.formats]


@cache
def workspace() -> Workspace:
    """Load the suite of this home. Raises OSError, ContractError or RuleError."""
    folder = schema_folder()
    contract, rules = load(folder)
    sample, error_sample = (
        trees.document(trees.example(root) or Node(root.name, Kind.OBJECT))
        for root in (contract.response, contract.error)
    )
    flows = load_flows(folder, contract)
    judges, cases = Judges(contract, rules, flows), Cases(contract, rules, sample, flows)
    return Workspace(folder, contract, rules, flows, judges, cases, sample, error_sample)
