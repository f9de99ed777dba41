"""Fewer cases of an SDK, for a test whose driver is a process: `make liars` runs all of them.

`python -m tests.some_cases gate …` is the command `topcheck` with one case of each kind, and
`python -m tests.some_cases --row gate …` with a long row of short ones.
"""

import sys
from dataclasses import replace

from topcheck.cli import evidence
from topcheck.cli.main import main
from topcheck.sdk.cases.catalogue import sdk_cases

#: So many cases that need not wait are enough for a copy to be called forty times.
_ROW = 60
_EACH = 10


def some(cases, clauses=frozenset()):
    """Keep the first case of each main clause in each setting and format, and each tenth.

    Of some clauses all are kept. Every clause that all cases tell of is told of by these.
    """

    def chosen(fmt):
        seen, found = set(), []
        for at, case in enumerate(cases.all(fmt)):
            key = case.clauses[0], case.setting, case.calls[0].format
            if key not in seen or at % _EACH == 0 or not clauses.isdisjoint(case.clauses):
                found.append(case)
            seen.add(key)
        return tuple(found)

    return replace(cases, all=chosen)


def row(cases):
    """Keep cases that need not wait, so many that few copies share long rows of calls."""
    return replace(cases, all=lambda fmt: [c for c in cases.all(fmt) if not c.seconds][:_ROW])


if __name__ == "__main__":
    chosen = row if sys.argv[1:2] == ["--row"] else some
    if chosen is row:
        del sys.argv[1]
    evidence.sdk_cases = lambda workspace: chosen(sdk_cases(workspace))
    main()
