"""A workspace: a method's page, contract and recordings, loaded once and passed on.

Only the command line and the pytest plugin load one; all else is given what it needs of it. One
folder may hold several methods, each below `schemas/`.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

from topcheck.contract.contract import Contract
from topcheck.contract.files import CONTRACT, PAGE, RULES, ContractError, load, rules_text
from topcheck.contract.inferred import Flow, Rule, RuleError, reads_only
from topcheck.contract.model import Clause
from topcheck.contract.page.lines import PageError, decode
from topcheck.contract.page.read import read_method
from topcheck.gateway.orders import Members, OrderBook, default_orders, members_at
from topcheck.gateway.recording import SUFFIXES, UNDATED, Recording, read_recordings
from topcheck.generate import trees
from topcheck.generate.cases import Case, Cases
from topcheck.judge.evidence import Evidence, merged
from topcheck.judge.finding import Finding, Judgement, shorten
from topcheck.judge.judges import Judges
from topcheck.judge.response import ResponseJudge
from topcheck.system import command_of, files_under
from topcheck.wire.exchange import Exchange
from topcheck.wire.tree import Node
from topcheck.wire.write import write_xml

_PACKAGE = Path(__file__).resolve().parent


class WorkspaceError(Exception):
    """A folder is no workspace: why, in one line."""


def home() -> Path:
    """Return the folder of the package's own workspace: inside an installed one, or beside it."""
    installed = _PACKAGE / "home"
    return installed if installed.is_dir() else _PACKAGE.parent


def is_installed(folder: Path) -> bool:
    """Whether a folder lies inside the package, where nothing is ever written."""
    return folder.resolve().is_relative_to(_PACKAGE)


def pages_of(root: Path) -> dict[str, Path]:
    """Return the folder of each method that a workspace has, by its name; none if it is none."""
    return {page.parent.name: page.parent for page in sorted(root.glob(f"schemas/*/{PAGE}"))}


def load_workspace(
    root: Path, cassettes: str | None = None, method: str | None = None
) -> Workspace:
    """Load a method of the workspace in a folder; its recordings may lie elsewhere.

    Where there is but one method none need be named. Raises WorkspaceError, which says what to do.
    """
    folder = _folder_of(root, method)
    again = command_of(["topcheck", "derive", str(folder / PAGE), "--out", str(folder)])
    try:
        contract, rules, flows = load(folder)
        if (page_is_of := _method_of(folder)) not in (None, contract.method):
            mismatch = f"{folder / CONTRACT} is of {contract.method}, its page of {page_is_of}"
            raise ContractError(f"{mismatch}: derive it again")
        reads = reads_only(contract.method, rules_text(folder))
    except RuleError as error:
        raise WorkspaceError(f"{folder / RULES}: {error}") from None
    except ContractError as error:
        raise WorkspaceError(f"{error}: {again}") from None
    except FileNotFoundError as error:
        raise WorkspaceError(f"{error.filename} is missing: derive it: {again}") from None
    except OSError as error:
        raise WorkspaceError(f"{error.filename}: {error.strerror}") from None
    recordings = root / "cassettes" if cassettes is None else Path(cassettes)
    return Workspace(root, folder, contract, rules, flows, recordings, reads)


def _folder_of(root: Path, method: str | None) -> Path:
    """Return the folder of a method, of the only one if none is named. Raises WorkspaceError."""
    folders = pages_of(root)
    if not folders:
        lacks = f"it has no schemas/*/{PAGE}" if root.exists() else "there is no such folder"
        way_out = "topcheck derive PAGE makes one of a working folder"
        raise WorkspaceError(f"{root} is no workspace: {lacks}; {way_out}")
    if method is None and len(folders) > 1:
        several = ", ".join(folders)
        raise WorkspaceError(f"{root} has several methods: {several}; name one with --method")
    named = (f for name, f in folders.items() if method in (None, name) or method == _method_of(f))
    if (found := next(named, None)) is None:
        raise WorkspaceError(f"{root} has no method {method}; there are: {', '.join(folders)}")
    return found


def _method_of(folder: Path) -> str | None:
    """Return the method that a folder's page names, None where the page cannot be read."""
    with contextlib.suppress(PageError, OSError):
        return read_method((folder / PAGE).read_bytes())
    return None


def contradictions(contract: Contract) -> Iterator[str]:
    """Say which examples break what the page says of them, each with its line."""
    judge = ResponseJudge(contract)
    for root in (contract.response, contract.error):
        for one in judge.judge(write_xml(trees.sample(root)), "xml").findings:
            yield (f"{one.clause.line}: {one.path}: its example is {one.actual}, and not "
                   f"{one.expected}: topcheck gate cannot pass until {PAGE} has another, in the "
                   "table and in the sample")  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """The recordings of a method by their files, and what they show together.

    `passed_over` says, a line a file, what is there of other methods and of none.
    """

    files: dict[Path, list[Recording]]
    evidence: Evidence
    passed_over: tuple[str, ...] = ()

    def paths(self, finding: Finding) -> list[Path]:
        """Return the files of the exchanges that show a finding."""
        shown = {id(exchange) for exchange in finding.exchanges}
        found = (path for path, one in self.recordings if id(one.exchange) in shown)
        return list(dict.fromkeys(found))

    def judgement(self, recording: Recording) -> Judgement:
        """Return what was found of an exchange; what several show stands at the last of them."""
        return Judgement(tuple(self._findings.get(id(recording.exchange), ())))

    @cached_property
    def _findings(self) -> dict[int, list[Finding]]:
        found: dict[int, list[Finding]] = {}
        for finding in self.evidence.findings:
            found.setdefault(id(finding.exchanges[-1]), []).append(finding)
        return found

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
    #: The folder of the recordings.
    cassettes: Path
    #: Whether the method only reads, so that a gateway may be asked what it must refuse.
    reads: bool = False

    @cached_property
    def judges(self) -> Judges:
        """The judges of the contract."""
        return Judges(self.contract, self.rules, self.flows)

    @cached_property
    def cases(self) -> Cases:
        """The pairs of every clause."""
        return Cases(self.contract, self.rules, self.flows)

    @cached_property
    def page(self) -> str | None:
        """The text of the page, None where it cannot be read."""
        with contextlib.suppress(PageError, OSError):
            return decode((self.folder / PAGE).read_bytes())
        return None

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
        return members_at(self.contract.model.path, self.sample)

    def default_orders(self) -> OrderBook:
        """Return a fresh order book: an order in each state, and one that moves."""
        return default_orders(self.contract, self.rules, self.flows)

    def clauses(self, *sides: str) -> list[Clause]:
        """Return the clauses of some sides, all of them if none is named."""
        return [c for c in self.contract.clauses if not sides or c.side in sides]

    def cases_of(self, clause: Clause, fmt: str) -> list[Case]:
        """Return the cases of a clause that a format can say."""
        return [case for case in self.cases.of(clause) if fmt in case.formats]

    @cached_property
    def recorded(self) -> Recorded:
        """The recordings, judged. Raises RecordingError, so that none is passed over in silence."""
        found = files_under(self.cassettes)
        paths = [path for path in found if path.suffix.lower() in SUFFIXES or path.is_dir()]
        return self.judged({path: read_recordings(path) for path in paths})

    def judged(self, files: Mapping[Path, list[Recording]]) -> Recorded:
        """Judge recordings of the method: each by itself, and reads of one order together."""
        mine = {path: list(filter(self._is_mine, found)) for path, found in files.items()}
        evidence = merged(map(self.judges.exchanges.judge, _reads_of_one_order(mine)))
        return Recorded(mine, evidence, tuple(self._passed_over(files)))

    def _is_mine(self, recording: Recording) -> bool:
        """Whether a recording is of this method: one in a cassette that names none is, too."""
        method = recording.exchange.request.value("method") or self.contract.method
        return recording.exchange.response is not None and method == self.contract.method

    def _passed_over(self, files: Mapping[Path, list[Recording]]) -> Iterator[str]:
        """Yield a line for each method that is not this one, and for what is no call."""
        others: dict[str | None, list[Path]] = {}
        for path, found in files.items():
            for one in (one.exchange for one in found if not self._is_mine(one)):
                method = one.response and shorten(one.request.value("method") or "")
                others.setdefault(method or None, []).append(path)
        for method, paths in others.items():
            what = f"of {method}, not of {self.contract.method}" if method else "no calls of TOP"
            (first, *more), count = dict.fromkeys(paths), f"{len(paths)}"
            beside = f" and {len(more)} files more" if more else ""
            among = "" if more else f" of {len(files[first])}"
            yield f"{first}{beside}: passed over: {count}{among} exchanges, {what}"


def _reads_of_one_order(files: Mapping[Path, list[Recording]]) -> Iterator[list[Exchange]]:
    """Yield the reads of one order, oldest first, as far as it is known which came first.

    Those of one file came in its order, whatever their clocks say. An order is known by what was
    asked, and where; of a request that tells nothing it is not known.
    """
    orders: dict[object, list[tuple[datetime.datetime, Path, Exchange]]] = {}
    for path, recordings in files.items():
        latest = UNDATED
        for recording in recordings:
            exchange = recording.exchange
            latest = max(latest, exchange.at or UNDATED)
            asked = frozenset(exchange.expected.parameters.items()) or id(exchange)
            order = recording.origin, exchange.request.path, asked
            orders.setdefault(order, []).append((latest, path, exchange))
    for reads in orders.values():
        reads.sort(key=itemgetter(0))
        group = [reads[0][2]]
        for (_, before, last), (_, path, exchange) in pairwise(reads):
            timed = last.at is not None and exchange.at is not None and last.at < exchange.at
            if path != before and not timed:
                yield group
                group = []
            group.append(exchange)
        yield group
