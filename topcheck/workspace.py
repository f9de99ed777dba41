"""A workspace: a method's page, contract and recordings, loaded once and passed on.

Only the command line and the pytest plugin load one; all else is given what it needs of it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from topcheck.contract.contract import Contract
from topcheck.contract.files import load
from topcheck.contract.inferred import Flow, Rule
from topcheck.contract.model import Clause
from topcheck.gateway.orders import Members, OrderBook, default_orders, members_at, model_field
from topcheck.gateway.recording import SUFFIX, Recording, read_recordings
from topcheck.generate import trees
from topcheck.generate.cases import Case, Cases
from topcheck.judge.evidence import Evidence, merged
from topcheck.judge.finding import Finding
from topcheck.judge.judges import Judges
from topcheck.wire.exchange import Exchange
from topcheck.wire.tree import Node

_PACKAGE = Path(__file__).resolve().parent
#: Stands before all that has a time.
_UNKNOWN = datetime.datetime.min.replace(tzinfo=datetime.UTC)


class WorkspaceError(Exception):
    """A folder is no workspace: why, in one line."""


def home() -> Path:
    """Return the folder of the package's own workspace: inside an installed one, or beside it."""
    installed = _PACKAGE / "home"
    return installed if installed.is_dir() else _PACKAGE.parent


def load_workspace(root: Path) -> Workspace:
    """Load the workspace in a folder.

    Raises WorkspaceError, or what its files raise: OSError, ContractError, RuleError.
    """
    pages = sorted(root.glob("schemas/*/page.txt"))
    if len(pages) != 1:
        raise WorkspaceError(f"{root / 'schemas'} holds {len(pages)} pages, not one")
    folder = pages[0].parent
    return Workspace(root, folder, *load(folder))


@dataclass(frozen=True)
class Recorded:
    """The recordings of a folder by their files, and what they show together."""

    files: dict[Path, list[Recording]]
    evidence: Evidence

    def paths(self, finding: Finding) -> list[Path]:
        """Return the files of the exchanges that show a finding."""
        shown = {id(exchange) for exchange in finding.exchanges}
        found = (path for path, one in self.recordings if id(one.exchange) in shown)
        return list(dict.fromkeys(found))

    @property
    def recordings(self) -> list[tuple[Path, Recording]]:
        """Each recording with its file."""
        return [(path, one) for path, found in self.files.items() for one in found]


@dataclass(frozen=True, eq=False)
class Workspace:
    """A method's contract and what is built from it, each when it is first asked for.

    It is equal to itself only, so what is made of it can be kept by it.
    """

    root: Path
    folder: Path
    contract: Contract
    rules: tuple[Rule, ...]
    flows: tuple[Flow, ...]

    @cached_property
    def judges(self) -> Judges:
        """The judges of the contract."""
        return Judges(self.contract, self.rules, self.flows)

    @cached_property
    def cases(self) -> Cases:
        """The pairs of every clause."""
        return Cases(self.contract, self.rules, self.flows)

    @cached_property
    def sample(self) -> Node:
        """The page's own answer, as its examples make it: its sample, once it is written as XML."""
        return trees.sample(self.contract.response)

    @cached_property
    def error_sample(self) -> Node:
        """The page's own error, as its examples make it."""
        return trees.sample(self.contract.error)

    @cached_property
    def model(self) -> Members:
        """The members of the sample's model: what a default order is made of."""
        return members_at(model_field(self.contract).path, self.sample)

    def default_orders(self) -> OrderBook:
        """Return a fresh order book: an order in each state, and one that moves."""
        return default_orders(self.contract, self.rules, self.flows)

    def clauses(self, *sides: str) -> list[Clause]:
        """Return the clauses of some sides, all of them if none is named."""
        return [c for c in self.contract.clauses if not sides or c.side in sides]

    def cases_of(self, clause: Clause, fmt: str) -> list[Case]:
        """Return the cases of a clause that a format can say."""
        return [case for case in self.cases.of(clause) if fmt in case.formats]

    @property
    def cassettes(self) -> Path:
        """The folder of the recordings."""
        return self.root / "cassettes"

    @cached_property
    def recorded(self) -> Recorded:
        """The recordings, judged. Raises RecordingError, so that none is passed over in silence."""
        paths = sorted(self.cassettes.glob(f"*{SUFFIX}"))
        files = {path: read_recordings(path) for path in paths}
        groups = _reads_of_one_order(files)
        return Recorded(files, merged(self.judges.exchanges.judge(group) for group in groups))


def _reads_of_one_order(files: Mapping[Path, list[Recording]]) -> Iterator[list[Exchange]]:
    """Yield the reads of one order, oldest first, as far as it is known which came first."""
    orders: dict[object, list[tuple[Path, Exchange]]] = {}
    for path, recordings in files.items():
        for exchange in (recording.exchange for recording in recordings):
            asked = frozenset(exchange.expected.parameters.items())
            orders.setdefault(asked, []).append((path, exchange))
    for reads in orders.values():
        reads.sort(key=lambda read: read[1].at or _UNKNOWN)
        group = [reads[0][1]]
        for (before, last), (path, exchange) in pairwise(reads):
            timed = last.at is not None and exchange.at is not None and last.at < exchange.at
            if path != before and not timed:
                yield group
                group = []
            group.append(exchange)
        yield group
