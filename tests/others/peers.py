"""What another tool convicts of the catalogue's own faults, beside topcheck: into docs/peers.md.

`python -m tests.others.peers [PATTERN]` sends Schemathesis over every fault, or those whose ids
are such, with the hook and the command of docs/openapi.md; without a pattern it writes the page.
"""

import fnmatch
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from drivers.conformance import table
from tests.kill_matrix import FAULTS, convictions
from tests.others.test_openapi import COMMAND, HOOK, REAL, SERVED, openapi
from tests.others.tools import PATH as TOOLS
from tests.others.tools import ROOT, tool
from tests.workspace import WORKSPACE
from topcheck.contract import protocol
from topcheck.gateway.embedded import CREDENTIALS
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now
from topcheck.system import say
from topcheck.wire.exchange import PATH, Response

PAGE = ROOT / "docs" / "peers.md"
#: How often a property is tried: twice what the documentation shows, for a tool that draws.
EXAMPLES = 50
#: How long an answer may take, in seconds: some faults drip, or hold an answer back.
PATIENCE = 3.0
#: How long a run may take in all, in seconds: it waits for ever for a body that drips.
LONGEST = 300
#: The seeds under which the faultless sandbox is judged; a fault is judged under the first.
SEEDS = (0, 1, 2)
#: Why nothing but signed answers one by one can show a class of faults.
NOT_MADE_FOR = {
    "auth": "what a gateway refuses: a wrong signature, key or clock",
    "semantic": "what one answer says of another, or of an order that is known",
    "stateful": "how an order moves between two reads",
    "parity": "whether JSON and XML tell the same",
    "secret": "what a gateway repeats of a caller's secrets",
}


@dataclass(frozen=True)
class Tool:
    """Another tool: its name, and whether requests are signed for it."""

    name: str
    hooked: bool


TOOLS_COMPARED = (
    Tool("Schemathesis, signed", hooked=True),
    Tool("Schemathesis, unsigned", hooked=False),
)


@dataclass(frozen=True)
class Run:
    """What a tool came to: whether it found something, and its processor time in seconds."""

    red: bool
    told: str
    seconds: float


class Deaf:
    """Refuses everything with an error that any caller may meet."""

    def answer(self, _request):
        body = b'{"error_response":{"code":15,"msg":"Remote service error"}}'
        return Response(200, (("Content-Type", "text/javascript;charset=UTF-8"),), body)


def faultless():
    """Return the sandbox as it is."""
    return Sandbox(WORKSPACE.contract, WORKSPACE.default_orders(), Settings(CREDENTIALS), now)


def faulty(fault):
    """Return the sandbox with a fault."""
    given = WORKSPACE.contract, WORKSPACE.default_orders(), Settings(CREDENTIALS), now
    return Faulty(fault, *given)


def words_of(one: Tool, document, url, seed, budget):
    """Return the command: the documentation's, with more examples, and patience as topcheck has."""
    exchanged = {"openapi.json": str(document), SERVED: url.removesuffix(PATH), "25": str(EXAMPLES)}
    words = [exchanged.get(word, word) for word in COMMAND]
    words[words.index("--seed") + 1] = str(seed)
    words += ["--request-timeout", str(PATIENCE), "--no-color"]
    words += ["--max-response-time", str(budget / 1000)] if budget else []
    if not one.hooked:
        words = [word.removesuffix(",is_signed") for word in words]
    return [tool("schemathesis"), *words]


def run(one: Tool, gateway, seed=SEEDS[0], budget=None) -> Run:
    """Send a tool over a gateway, in a folder of its own."""
    with serving(gateway) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {"PATH": TOOLS, "HOME": name}
        if one.hooked:
            (folder / "top_hook.py").write_text(HOOK, "utf-8")
            environment |= {
                "SCHEMATHESIS_HOOKS": "top_hook",
                "TOP_APP_KEY": protocol.SANDBOX_KEY,
                "TOP_APP_SECRET": protocol.SANDBOX_SECRET,
            }
        words = words_of(one, openapi(REAL, folder), url, seed, budget)
        with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as process:  # fmt: skip
            ending = threading.Timer(LONGEST, process.kill)
            ending.start()
            told = process.stdout.read()
            ending.cancel()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    return Run(process.returncode != 0, told, used.ru_utime + used.ru_stime)


def topcheck(fault) -> Run:
    """Judge the same with topcheck, with the options that the catalogue names."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = convictions(fault)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return Run(fault.clause in found, "", after.ru_utime - before.ru_utime)


def all_of(work: Callable, given, at_once):
    """Do some work on each, so many at a time, in order; tell how far it is."""
    with ThreadPoolExecutor(at_once) as pool:
        found = []
        for number, one in enumerate(pool.map(work, given), 1):
            found.append(one)
            if number % 10 == 0 or number == len(given):
                say(f"{number} of {len(given)}", error=True)
    return found


def controls(one: Tool):
    """Return how often a tool is red at the faultless sandbox, and what it says of a deaf one."""
    red = sum(run(one, faultless(), seed).red for seed in SEEDS)
    return red, run(one, Deaf()).red


# ------------------------------------------------------------------ the page


def version():
    """Return the version of the tool."""
    run_ = subprocess.run([tool("schemathesis"), "--version"], capture_output=True, text=True,
                          check=True)  # fmt: skip
    return re.search(r"[0-9]+(\.[0-9]+)+", run_.stdout)[0]


def page(found, told):
    """Write the page: what was run, both tables, and what each alone convicts."""
    kinds = Counter(fault.kind for fault in FAULTS.values())
    names = list(found)
    rows = []
    for name in names:
        convicted = sum(one.red for one in found[name].values())
        seconds = sum(one.seconds for one in found[name].values()) / len(FAULTS)
        red, deaf = told[name]
        rows.append([name, f"{convicted} of {len(FAULTS)}", str(red), deaf, f"{seconds:.1f}"])
    overall = table(
        ["tool", "convicted", "red on right", "without a success", "seconds"],
        rows,
    )
    counts = [kinds, *(Counter(f.kind for f in FAULTS.values() if found[name][f.id].red)
                       for name in names)]  # fmt: skip
    by_kind = table(
        ["class of fault", "there are", *names],
        [[kind, *(str(count[kind]) for count in counts)] for kind in sorted(kinds)],
    )
    ours, theirs = found[names[0]], found[names[1]]
    only = [f"`{fault}`" for fault in FAULTS if theirs[fault].red and not ours[fault].red]
    made = "\n".join(f"- {kind}: {why};" for kind, why in NOT_MADE_FOR.items() if kind in kinds)
    return PROSE.format(
        version=version(), examples=EXAMPLES, patience=PATIENCE, seeds=len(SEEDS),
        overall=overall, by_kind=by_kind, only=", ".join(only) or "none", made=made[:-1] + ".",
        total=len(FAULTS),
    )  # fmt: skip


PROSE = """# Beside another tool

`make peers` sends [Schemathesis](https://schemathesis.readthedocs.io) {version} over the {total}
faults of [the catalogue](faults.md), one at a time, and topcheck beside it. Anybody can run it
again: it takes half an hour of a processor. Both tables are written by it.

A fault is *convicted* if the run is red and the same run over the faultless sandbox is green.

{overall}

*Red on right*: of {seeds} seeds over the faultless sandbox. *Without a success*: what is said of a
gateway that refuses whatever it is asked with an error that is documented; of such a run nothing is
known. Seconds are of a processor, a run, on the machine that wrote this page.

{by_kind}

Convicted by Schemathesis and not by topcheck: {only}.

## How it was made fair

- It works from [`openapi.json`](openapi.md), with the page's samples as examples, whose order the
  sandbox knows: it sees successes and errors.
- Its requests are signed by the hook of [openapi.md](openapi.md), which reads TOP's JSON and its
  XML as well. Without the hook every request is refused.
- It draws {examples} examples a property, and waits {patience:.0f} s for an answer. Where a fault
  is an answer that is late, it is given the bound that topcheck is given.
- A run that does not end, as that of a body that drips, is ended, and counts as convicted.
- Checks that are red at the faultless sandbox are off: [openapi.md](openapi.md) names each with its
  reason. `is_signed` is on.
- topcheck is given the orders of the sandbox and the options that `serve --list-faults` names. It
  runs in the process that writes this page: the start of Python is not in its seconds.

## What it is not made for

Schemathesis knows any API, and finds crashes that no catalogue has. The faults are ours, of a kind
that topcheck looks for. A description of an API has no words for

{made}

This is one set-up of another tool: who knows it better may get more out of it.
"""


def main():
    """Run all, tell the counts, and write the page if no pattern was given."""
    patterns = sys.argv[1:] or ["*"]
    chosen = {k: f for k, f in FAULTS.items() if any(fnmatch.fnmatch(k, p) for p in patterns)}
    found = {"topcheck": {k: topcheck(f) for k, f in chosen.items()}}
    told = {"topcheck": (0, "could not be decided")}
    for one in TOOLS_COMPARED:
        red, deaf = controls(one)
        told[one.name] = red, "red" if deaf else "green"
        runs = all_of(lambda f, one=one: run(one, faulty(f), budget=f.budget),
                      list(chosen.values()), os.cpu_count() or 1)  # fmt: skip
        found[one.name] = dict(zip(chosen, runs, strict=True))
    for name, by_fault in found.items():
        say(f"{name}: {sum(one.red for one in by_fault.values())} of {len(chosen)}, {told[name]}")
    if patterns == ["*"]:
        PAGE.write_text(page(found, told), "utf-8")
    else:
        for fault in chosen:
            say("\n  ".join([fault, *(f"{n}: {by[fault].red}" for n, by in found.items())]))


if __name__ == "__main__":
    main()
