"""The judge of several reads of one order: what no single answer can show."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from topcheck.contract.field import Field, response_field
from topcheck.contract.inferred import Scalar
from topcheck.contract.model import Contract
from topcheck.judge.finding import Finding, Judgement


class ReadsJudge:
    """Judges the values of successive reads of one order, oldest first."""

    def __init__(self, contract: Contract) -> None:
        by_name: dict[str, Field] = {}
        for field in response_field(contract).walk():
            by_name.setdefault(field.name, field)
        self._growing = {
            by_name[clause.id.split(".")[-2]].path: clause
            for clause in contract.clauses
            if clause.fact == "accumulates"
        }

    def judge(self, reads: Sequence[Mapping[str, Scalar]]) -> Judgement:
        """Report each accumulated value that shrank from one read to a later one."""
        findings = []
        for path, clause in self._growing.items():
            seen = [read[path] for read in reads if isinstance(read.get(path), int)]
            for earlier, later in itertools.pairwise(seen):
                if int(later) < int(earlier):
                    expected = f"at least {earlier}, as read before"
                    findings.append(Finding(clause, path, expected, str(later)))
        return Judgement(tuple(findings), "exchange")
