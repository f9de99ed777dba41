"""What a worker judges by: the contract, and the options of the audit."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import stringzilla

from topcheck.audit.records import RecordForm
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule
from topcheck.judge.body_verdict import BlockVerdicts, Place, values_at
from topcheck.judge.exchanges import ExchangeJudge
from topcheck.judge.finding import Judgement
from topcheck.judge.response import ResponseJudge
from topcheck.judge.shapes.guard import ShapesByFormat
from topcheck.wire.decode import is_utf8
from topcheck.wire.tree import Format

if TYPE_CHECKING:  # a worker does without
    from topcheck.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker has to know: the contract with its rules, and the options.

    `format` is what was asked for where a record does not say it, `names` are those of members of
    recorded objects, `findings` asks for a line a record that does not conform, and `alone`
    has each body judged by the reference. `inputs` tells one set of archives from all others.
    """

    contract: bytes
    format: Format | None = None
    names: tuple[tuple[str, str], ...] = ()
    findings: bool = False
    alone: bool = False
    inputs: str = ""

    @classmethod
    def by(cls, workspace: Workspace, **options: Any) -> Job:
        """Make the job of a workspace's method."""
        known = workspace.contract, workspace.rules, workspace.flows
        return cls(pickle.dumps(known), **options)


class WatchedJudge(ResponseJudge):
    """The reference, which remembers what the bodies that it judged have tried.

    `odd` is what the `undecoded` tried, which are no UTF-8: they may turn out to be no bodies.
    """

    def __init__(self, contract: Contract, rules: Sequence[Rule]) -> None:
        super().__init__(contract, rules)
        self.tried, self.odd = set[str](), frozenset[str]()
        self.undecoded = 0

    def judge(
        self, body: bytes, asked: str | None = None, charset: str | None = None,
        simplify: bool = False,
    ) -> Judgement:  # fmt: skip
        """Judge a body, and remember what it tried."""
        found = super().judge(body, asked, charset, simplify)
        if is_utf8(body):
            self.tried |= found.tried
        else:
            self.odd |= found.tried
            self.undecoded += 1
        return found


class Auditor:
    """Has the judges of a job. It is built once and serves one thread."""

    def __init__(self, job: Job) -> None:
        contract, rules, flows = pickle.loads(job.contract)  # noqa: S301 - made by `Job.by`
        self.job = job
        self.contract: Contract = contract
        self.form = form_of(contract, job.names)
        self.reference = WatchedJudge(contract, rules)
        self.exchanges = ExchangeJudge(contract, self.reference, flows)
        #: The places whose values are counted, and what they are called.
        self.names = _names(contract)
        self.shapes = ShapesByFormat(self.reference, frozenset(self.names))
        #: How many samples of each clause were shown in tasks before, up to that of this number.
        self.shown: Counter[str] = Counter()
        self.last = -1
        #: How a body in JSON begins.
        self.roots = tuple(f"{{{json.dumps(root)}".encode() for root in self.form.roots)
        self._other_line = re.compile(rb"\n(?!%s|\Z)" % b"|".join(map(re.escape, self.roots)))

    def other_lines(self, block: bytes) -> Iterator[int]:
        """Yield where lines begin with something else than a body in JSON does, but the first."""
        bodies = sum(stringzilla.count(block, b"\n" + root) for root in self.roots)
        if stringzilla.count(block, b"\n") - block.endswith(b"\n") > bodies:  # which few blocks do
            yield from (found.end() for found in self._other_line.finditer(block))

    def judge_block(self, block: bytes, fmt: Format, asked: Format | None) -> BlockVerdicts:
        """Judge the bodies of a block by shapes. Raises ShapeDisagreement."""
        return self.shapes[fmt, asked].judge_block(block)

    def told(self, judgement: Judgement) -> Iterator[tuple[str, str]]:
        """Yield the values of a body at the counted places, with the names of these."""
        for place, value in values_at(judgement, self.names).items():
            yield self.names[place], value


def form_of(contract: Contract, names: Iterable[tuple[str, str]]) -> RecordForm:
    """Return how recorded objects look, by a contract and the names of their members."""
    return RecordForm((contract.response.name, contract.error.name), dict(names))


def open_sets(contract: Contract) -> frozenset[Place]:
    """Return the places whose values are worth counting: codes, and the numbers of errors."""
    leaves = (leaf for root in (contract.response, contract.error) for leaf in root.walk_once())
    number = contract.error.side, "integer"
    counted = (leaf for leaf in leaves if leaf.enum or (leaf.side, leaf.family) == number)
    return frozenset((leaf.side, leaf.path) for leaf in counted if not leaf.holds_members)


def _names(contract: Contract) -> dict[Place, str]:
    """Name each place whose values are counted: those of an error by its root too."""
    error = contract.error
    codes = (leaf for leaf in error.walk_once() if leaf.name.endswith("code"))
    counted = open_sets(contract) | {(leaf.side, leaf.path) for leaf in codes}
    return {at: f"{error.name}.{at[1]}" if at[0] == error.side else at[1] for at in counted}
