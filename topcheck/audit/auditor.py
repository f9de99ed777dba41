"""What a worker judges by: the contract, and the options of the audit."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from topcheck.audit.bodies import Bodies
from topcheck.audit.records import RecordForm
from topcheck.contract.contract import Contract
from topcheck.judge.exchanges import ExchangeJudge
from topcheck.judge.shapes.learn import Format, Place

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


class Auditor:
    """Has the judges of a job. It is built once and serves one thread."""

    def __init__(self, job: Job) -> None:
        contract, rules, flows = pickle.loads(job.contract)  # noqa: S301 - made by `Job.by`
        self.job = job
        self.contract: Contract = contract
        self.form = form_of(contract, job.names)
        self.bodies = Bodies(contract, rules, alone=job.alone)
        self.exchanges = ExchangeJudge(contract, self.bodies.reference, flows)
        #: How many samples of each clause were shown in tasks before, up to that of this number.
        self.shown: Counter[str] = Counter()
        self.last = -1
        #: What the counted places are called.
        self.names = _names(contract, self.bodies.counted)
        #: How a body in JSON begins.
        self.roots = tuple(f"{{{json.dumps(root)}".encode() for root in self.form.roots)
        #: Finds a line that begins with something else.
        self.other_line = re.compile(rb"\n(?!%s|\Z)" % b"|".join(map(re.escape, self.roots)))


def form_of(contract: Contract, names: Iterable[tuple[str, str]]) -> RecordForm:
    """Return how recorded objects look, by a contract and the names of their members."""
    return RecordForm((contract.response.name, contract.error.name), dict(names))


def _names(contract: Contract, counted: Iterable[Place]) -> dict[Place, str]:
    """Name each place whose values are counted: those of an error by its root too."""
    error = contract.error
    return {at: f"{error.name}.{at[1]}" if at[0] == error.side else at[1] for at in counted}
