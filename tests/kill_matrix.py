"""Which fault is convicted under which clauses: the suite, run against each of the catalogue.

`python -m tests.kill_matrix` writes docs/faults.md.
"""

import json
from pathlib import Path

from tabulate import tabulate

from topcheck.contract.model import Severity
from topcheck.gateway.client import Credentials
from topcheck.gateway.timing import now
from topcheck.gateway.faults.catalogue import catalogue
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.sandbox import Settings
from topcheck.gateway.server import serving
from topcheck.live.connect import connect
from topcheck.live.evidence import Live
from topcheck.live.runner import Bounds
from topcheck.workspace import workspace

PAGE = Path(__file__).parent.parent / "docs" / "faults.md"
CALLER = Credentials("kill-key", "kill-secret")
#: Long enough for an answer, and shorter than a slow one; a dripping one ends sooner.
LATENCY, TIMEOUT = 0.2, 1.0
FAULTS = catalogue(workspace().contract, workspace().cases, workspace().flows)
INTRODUCTION = f"""# The catalogue of faults

`topcheck serve --fault ID` is the sandbox with one of these {len(FAULTS)} faults, and the suite is
run against each: the last column has the clauses that convicted it, its own first. Written by
`make faults`; a fault that survives, or is convicted by something else only, fails the tests.
"""


def convictions(fault):
    """Run the suite against one fault; return the formats by the clauses that convict it."""
    subject = workspace()
    orders = subject.default_orders()
    status = subject.flows[0].path.rpartition(".")[2]
    known = [
        {**order.ids, **({status: order.answers[0][status]} if len(order.answers) == 1 else {})}
        for order in orders.orders
    ]
    environment = {
        "TOP_APP_KEY": CALLER.app_key,
        "TOP_APP_SECRET": CALLER.app_secret,
        "TOP_ORDERS": json.dumps(known),
    }
    latency = LATENCY if fault.kind == "latency" else None  # a busy machine is late now and then
    gateway = Faulty(fault, subject.contract, orders, Settings(CALLER), now)
    with serving(gateway) as url, connect(url, environment, TIMEOUT).client:
        live = Live(connect(url, environment, TIMEOUT), Bounds(latency=latency),
                    fail_on=Severity.ADVISORY)  # fmt: skip
    found = {}
    for shown in live.shown:
        formats = {asked.read.fmt for asked in shown.asked}
        found.setdefault(shown.finding.clause.id, set()).update(formats)
    return found


def row(fault, found):
    """Return a row of the page: its own clause first."""
    others = sorted(set(found) - {fault.clause})
    clauses = [f"`{clause}`" for clause in (fault.clause, *others)]
    more = f" and {len(clauses) - 4} more" if len(clauses) > 4 else ""
    return [f"`{fault.id}`", fault.kind, fault.sentence, ", ".join(clauses[:4]) + more]


def main():
    """Write the page."""
    rows = [row(fault, convictions(fault)) for fault in FAULTS.values()]
    headers = ["fault", "class", "what it is", "convicted under"]
    table = tabulate(rows, headers=headers, tablefmt="github")
    PAGE.write_text(f"{INTRODUCTION}\n{table}\n", "utf-8")


if __name__ == "__main__":
    main()
