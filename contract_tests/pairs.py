"""Running one assertion over the pairs of a case, and judging what is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings

from topcheck.generate.cases import Case, Pair
from topcheck.judge.evidence import Evidence
from topcheck.judge.finding import Judgement
from topcheck.judge.judges import Judges

EXAMPLES = 3


def over_pairs(case: Case, fmt: str, assertion: Callable[[Pair], None]) -> None:
    """Assert over drawn pairs of one case; each case shrinks on its own."""

    @settings(max_examples=EXAMPLES)
    @given(case.pairs(fmt))
    def run(pair: Pair) -> None:
        assertion(pair)

    run()


def judge_as(judges: Judges, side: str, fmt: str, content: Any) -> Judgement | Evidence:
    """Judge what a case of a side gives: a body, the pairs of a form, or reads."""
    if side == "request":
        judge = judges.request
        return judge.judge_form(content) if fmt == "form" else judge.judge_json(content)
    if side == "exchange" or isinstance(content, tuple):
        return judges.exchanges.judge(content)
    return judges.response.judge(content, fmt)
