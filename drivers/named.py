"""What `topcheck diagnose` would say of the requests of each SDK, while the gate runs.

`python drivers/named.py FILE gate …` is `topcheck gate …`, and writes into FILE, by the name of
each SDK, the ids of what is named.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from topcheck.cli.main import main
from topcheck.contract.protocol import REFUSED_PARAMETERS
from topcheck.gateway.diagnosis import Known, diagnose
from topcheck.sdk import runner
from topcheck.sdk.worker import CALLER

#: What may be named of who breaks a clause: who follows a redirect sends nothing there.
MAY_BE_NAMED = {
    "sdk.request.timestamp": {"timestamp.zone"},
    "sdk.wire.redirect": {f"missing.{name}" for name in REFUSED_PARAMETERS},
}


def noting(named, run_all):
    """Return what runs cases of an SDK as `run_all` does, and notes what their requests show."""

    def noted(sdk, cases, *rest):
        results = run_all(sdk, cases, *rest)
        known = Known.of(cases.contract, CALLER.app_secret, CALLER.app_key)
        for _, result in results:
            for sent in (sent for one in result.observations for sent in one.seen):
                why = diagnose(sent.request, known, sent.clock).why
                named[sdk.name].update(reason.id for reason in why)
        return results

    return noted


def wrongly_named(named, broken):
    """Say, a line an SDK, what is named of its requests and breaks none of its `broken` clauses."""
    for name, found in named.items():
        allowed = set().union(*(MAY_BE_NAMED.get(clause, ()) for clause in broken[name]))
        if found - allowed:
            yield f"{name}: its requests are named {', '.join(sorted(found - allowed))}"


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    named = defaultdict(set)
    runner.run_all = noting(named, runner.run_all)
    try:
        main()
    finally:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({name: sorted(ids) for name, ids in named.items()}), "utf-8")
