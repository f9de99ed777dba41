"""Running one assertion over the pairs of a case."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings

from topcheck.generate.cases import Case, Pair

EXAMPLES = 3


def over_pairs(case: Case, fmt: str, assertion: Callable[[Pair], None]) -> None:
    """Assert over drawn pairs of one case; each case shrinks on its own."""

    @settings(max_examples=EXAMPLES)
    @given(case.pairs(fmt))
    def run(pair: Pair) -> None:
        assertion(pair)

    run()
