"""Every liar as a process, over real sockets: `python -m tests.liar_matrix`. For a nightly job.

Exits 1 if one is convicted under other clauses than its own, or if a liar that can run in the
process of its judge is judged otherwise there.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests.in_process import in_process
from tests.liars import HONEST, LIARS, OF_A_ROW, PROCESSES, Reference
from tests.some_cases import row, some
from tests.workspace import WORKSPACE
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge.ledger import BROKEN, HELD
from topcheck.report.wording import drawn
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.driver import REAL
from topcheck.sdk.gating import state_of
from topcheck.sdk.manifest import Sdk
from topcheck.sdk.runner import gather, smoke

ROOT = Path(__file__).parent.parent
CASES = sdk_cases(WORKSPACE)
REFERENCE = "drivers/topcheck/driver.py"
#: Every driver that is wrong, and those that only look so.
ALL = {**LIARS, **HONEST}
#: How many drivers are judged at once: most of it is waiting.
AT_ONCE = 3
#: How many copies of a driver share some cases: to start more takes longer than they save.
COPIES = 3


def states(command, runtime, cases=CASES):
    """Gather the evidence of a driver in all cases, or in some; return the words by clause."""
    evidence = smoke(Sdk("liar", command, ROOT), cases, runtime)
    gather(evidence, cases, set(SDK_RULES), runtime)
    return {clause: state_of(evidence, clause).state for clause in SDK_RULES}


def as_process(*command):
    """Judge a driver as a process, over sockets."""
    return states((sys.executable, *command), REAL)


def as_process_in_some(name):
    """Judge a liar as a process, by some cases of each clause and all of its own.

    One whose fault is in the number of its calls is called in a row.
    """
    command = (sys.executable, "-m", "tests.liars", name)
    if name in OF_A_ROW:
        return states(command, replace(REAL, at_once=1), row(CASES))
    return states(command, replace(REAL, at_once=COPIES), some(CASES, ALL[name].clauses))


def inside(driver):
    """Judge a driver's class in this process."""
    return states((), in_process(lambda _sdk: driver()))


def broken(found):
    """Return the clauses that are broken."""
    return {clause for clause, word in found.items() if word == BROKEN}


def table_row(name, found):
    """Say under what a liar is convicted, and what is not as it should be."""
    wrong = []
    driver = ALL[name]
    if broken(found) != driver.clauses:
        wrong.append(f"not under {', '.join(sorted(driver.clauses)) or 'none'}")
    there = {} if name in PROCESSES else inside(driver)
    wrong += [f"{c}: {w} in process" for c, w in there.items() if w != found[c]]
    return [name, ", ".join(sorted(broken(found))), "; ".join(wrong)]


def main():
    """Judge all and print the table."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda name: as_process("-m", "tests.liars", name), ALL)
        rows = [table_row(name, one) for name, one in zip(ALL, found, strict=True)]
    print(drawn(["liar", "convicted under", "wrong"], rows))  # noqa: T201
    reference = {*as_process(REFERENCE).values(), *inside(Reference).values()}
    print(f"the reference: {', '.join(sorted(reference))}")  # noqa: T201
    sys.exit(1 if reference != {HELD} or any(wrong for _, _, wrong in rows) else 0)


if __name__ == "__main__":
    main()
