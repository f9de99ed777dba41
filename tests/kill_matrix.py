"""Which fault is convicted under which clauses: the suite, run against each of the catalogue.

`python -m tests.kill_matrix` runs it over sockets and writes docs/faults.md.
"""

import sys
from pathlib import Path

from drivers.conformance import item
from tests.virtual_wire import VirtualTime, VirtualWire
from tests.workspace import WORKSPACE
from topcheck.contract.model import Severity
from topcheck.gateway.client import Credentials
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.faults.catalogue import catalogue
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.orders import read_orders
from topcheck.gateway.sandbox import Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now
from topcheck.live import plan
from topcheck.live.connect import connected
from topcheck.live.evidence import judge_gateway
from topcheck.live.runner import MOST_LATE, Bounds

PAGE = Path(__file__).parent.parent / "docs" / "faults.md"
CALLER = Credentials("kill-key", "kill-secret")
#: So many of the clauses that a fault breaks are named.
_MOST_NAMED = 4
#: Long enough for an answer, and shorter than a slow one; a dripping one ends sooner.
TIMEOUT = 1.0
FAULTS = catalogue(WORKSPACE.contract, WORKSPACE.cases, WORKSPACE.flows)
INTRODUCTION = f"""# The catalogue of faults

`topcheck serve --fault ID` is the sandbox with one of these {len(FAULTS)} faults. The gate
convicts it, if it is given the orders of the sandbox:

```sh
topcheck serve --list-orders > orders.json
topcheck serve --port 8765 --fault semantic.checkout_status.other
```

In a second terminal, in the same folder:

```sh exit=1
export TOP_APP_KEY=12345678 TOP_APP_SECRET=helloworld TOP_ORDERS=orders.json
topcheck gate --gateway http://127.0.0.1:8765/router/rest --clause "exchange.*"
```

Without `TOP_ORDERS` some faults are never seen: their clauses are *not observed*.
Without `--clause` every clause is judged. Some faults need one more option: it stands
behind *with*.

A fault fails the clause of its own name and no other, unless clauses are named: its own
is the first. Written by `make faults`; a fault that survives, or is convicted by
something else only, fails the tests.
"""


def known_orders(orders, contract=WORKSPACE.contract):
    """Return the list of orders that a caller gives: ids, and the state of each that stays."""
    return plan.known_orders(orders, contract)


def _bounds(fault, level):
    """Return those of the command at a level: a busy machine is late now and then."""
    latency = None if fault.budget is None else fault.budget / 1000
    return Bounds(latency=latency, late=MOST_LATE if level <= Severity.ADVISORY else sys.maxsize)


def fail_on(fault, contract=WORKSPACE.contract):
    """Return the level that a run is given to fail by a fault's own clause, as its options say."""
    words = fault.options(contract).split()
    level = words[words.index("--fail-on") + 1] if "--fail-on" in words else "violation"
    return Severity.parse(level)


def convictions(fault, level=None, workspace=WORKSPACE):
    """Run the suite against one fault in this process; return the formats by clause.

    `level` is that of `--fail-on`, the one that convicts the fault if it is not given.
    """
    contract, orders, time = workspace.contract, workspace.default_orders(), VirtualTime()
    known = read_orders(known_orders(orders, contract), contract)
    faulty = Faulty(fault, contract, orders, Settings(CALLER), time.now)
    wire = VirtualWire(faulty, time, TIMEOUT)
    gateway = Gateway(contract, wire.send, known, CALLER, "http://gateway.invalid", time.now)
    level = level or fail_on(fault, contract)
    return _convicted(fault, level, workspace.judges, gateway, time.timing)


def convictions_on_the_wire(fault):
    """Run the same over sockets and by the clock of the machine."""
    contract, orders = WORKSPACE.contract, WORKSPACE.default_orders()
    environment = {
        "TOP_APP_KEY": CALLER.app_key,
        "TOP_APP_SECRET": CALLER.app_secret,
        "TOP_ORDERS": known_orders(orders),
    }
    faulty = Faulty(fault, contract, orders, Settings(CALLER), now)
    with serving(faulty) as url, connected(contract, url, environment, TIMEOUT) as gateway:
        return _convicted(fault, fail_on(fault), WORKSPACE.judges, gateway)


def _convicted(fault, level, judges, gateway, *timing):
    """Judge with a fault's budget; a finding that weighs less than the level fails no run."""
    run = judge_gateway(gateway, judges, _bounds(fault, level), 0, level, *timing)
    found = {}
    for finding in run.evidence.findings:
        if finding.clause.severity < level:
            continue
        formats = {exchange.expected.format or "any" for exchange in finding.exchanges}
        found.setdefault(finding.clause.id, set()).update(formats)
    return found


def entry(fault, found):
    """Return what the page tells of a fault."""
    others = sorted(set(found) - {fault.clause})
    clauses = [f"`{clause}`" for clause in (fault.clause, *others)]
    more = f" and {len(clauses) - _MOST_NAMED} more" if len(clauses) > _MOST_NAMED else ""
    options = fault.options(WORKSPACE.contract)
    told = f"`{fault.id}`: {fault.sentence}" + (f"; with `{options}`" if options else "")
    alone = clauses == [f"`{fault.id}`"]
    return told if alone else f"{told}; fails {', '.join(clauses[:_MOST_NAMED])}{more}"


def page(entries):
    """Write the page: what it tells of each fault, by the faults' ids, under their kinds."""
    parts = [INTRODUCTION]
    for kind in dict.fromkeys(fault.kind for fault in FAULTS.values()):
        told = [item(entries[fault.id]) for fault in FAULTS.values() if fault.kind == kind]
        parts.append("\n".join([f"## {kind}\n", *told, ""]))
    return "\n".join(parts)


def main():
    """Write the page; say which fault survives, and end with 1 if one does."""
    found = {fault.id: convictions_on_the_wire(fault) for fault in FAULTS.values()}
    entries = {fault.id: entry(fault, found[fault.id]) for fault in FAULTS.values()}
    PAGE.write_text(page(entries), "utf-8")
    survivors = [
        fault.id
        for fault in FAULTS.values()
        if not set(fault.formats) <= found[fault.id].get(fault.clause, set())
    ]
    raise SystemExit(f"not convicted: {', '.join(survivors)}" if survivors else 0)


if __name__ == "__main__":
    main()
