"""All judges of one contract behind one door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow, Rule
from topcheck.judge.evidence import Evidence
from topcheck.judge.exchanges import ExchangeJudge
from topcheck.judge.finding import Judgement
from topcheck.judge.request import RequestJudge
from topcheck.judge.response import ResponseJudge
from topcheck.judge.run import RunJudge


class Judges:
    """Judges requests, responses and successive reads by one contract."""

    def __init__(
        self, contract: Contract, rules: Sequence[Rule] = (), flows: Sequence[Flow] = ()
    ) -> None:
        self._contract = contract
        self.response = ResponseJudge(contract, rules)
        self.request = RequestJudge(contract)
        self.exchanges = ExchangeJudge(contract, self.response, flows)

    def run(self, known: Sequence[Mapping[str, str]]) -> RunJudge:
        """Return the judge of a run against a gateway that is known to know these orders."""
        return RunJudge(self._contract, self.exchanges, known)

    def judge(self, side: str, fmt: str, content: Any) -> Judgement | Evidence:
        """Judge what a case of a side gives: a body, the pairs of a form, or reads."""
        if side == "request":
            form = fmt == "form"
            return self.request.judge_form(content) if form else self.request.judge_json(content)
        if side == "exchange" or isinstance(content, tuple):
            return self.exchanges.judge(content)
        return self.response.judge(content, fmt)
