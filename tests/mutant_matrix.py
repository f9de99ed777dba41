"""Mutants of a right gateway and of a right driver, each judged: `python -m tests.mutant_matrix`.

The gateway is that of `tests/foreign_gateway.py`, with its orders known; the driver is the
reference, with what signs for it. Each is judged in one process, without sockets, by clocks that
move only by waiting. What survives is listed in docs/mutants.md, with the reasons that
tests/mutants_survivors.toml has. Exits 1 if one has no reason, or if a reason has no survivor.
"""

import asyncio
import json
import os
import signal
import sys
import tomllib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

from multidict import MultiDict

from drivers.conformance import table
from tests import foreign_gateway
from tests.liar_matrix import inside
from tests.mutants import mutants
from tests.virtual_wire import VirtualTime, VirtualWire
from tests.workspace import WORKSPACE
from topcheck.contract.model import Severity
from topcheck.gateway.client import Credentials
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.orders import LONG_ID, read_orders
from topcheck.judge.ledger import BROKEN, HELD, NOT_SUPPORTED
from topcheck.live.connect import GatewayError
from topcheck.live.evidence import judge_gateway
from topcheck.sdk.driver import DriverError
from topcheck.wire.exchange import Response

ROOT = Path(__file__).parent.parent
PAGE, REASONS = ROOT / "docs" / "mutants.md", ROOT / "tests" / "mutants_survivors.toml"
GATEWAY, DRIVER = "tests/foreign_gateway.py", "drivers/topcheck/driver.py"
SIGNING, CLIENT = "topcheck/gateway/signing.py", "topcheck/gateway/client.py"
#: What is changed, and what in it is not: it is about sockets and processes, or the driver does
#: not use it.
CHANGED = {
    GATEWAY: {"serving"},
    DRIVER: {"main", "__name__"},
    CLIENT: {"Client", "RequestOptions", "_encoded", "_placed", "__repr__"},
    SIGNING: {"is_signed"},
}
CALLER = Credentials("mutant-key", "mutant-secret")
#: One more order: its ids are beyond a floating-point number.
LONG = int(LONG_ID), ("SUCCEEDED", 1, "2018-01-02 12:00:02")
#: So long a mutant may take, in seconds of the machine.
MOST_SECONDS = 60
#: What may come of a mutant. It is convicted if any clause is broken, however little it weighs.
CONVICTED, UNDECIDED, UNLOADED = "convicted", "undecided", "does not start"
SURVIVES, CRASHED = "survives", "ends the judge"
WORDS = (CONVICTED, UNDECIDED, UNLOADED, SURVIVES)
#: Why one may survive.
KINDS = ("equivalent", "legal", "open")
INTRODUCTION = """# Mutants

The foreign gateway of the tests, with its orders known, and the reference driver are judged with
one place changed after the other. *Convicted*: a clause is broken, if only by advice; *undecided*:
the run ends with 2. What survives is listed here with its reason. *equivalent*: nothing that it
does can be seen; *legal*: what is seen is in order, or open; *open*: a fault that nobody looks
for. Written by `make mutants`, which fails where a reason is missing, or has no survivor.
"""


class UnloadedError(Exception):
    """A mutant ends as it is loaded."""


class Endless(BaseException):
    """A mutant never ends."""


@dataclass(frozen=True)
class Verdict:
    """What came of a mutant: a word, and the clauses that are broken, or else why."""

    word: str
    why: tuple[str, ...] = ()


def load(name, source, others):
    """Make a module of a source; what it imports of `others` comes from there."""
    module = ModuleType(name)
    before = {other: sys.modules.get(other) for other in (name, *others)}
    sys.modules.update({**others, name: module})
    try:
        exec(compile(source, name, "exec"), vars(module))  # noqa: S102 - it is our own
    except Exception as error:
        raise UnloadedError(repr(error)) from error
    finally:
        for other, found in before.items():
            sys.modules.pop(other) if found is None else sys.modules.update({other: found})
    return module


# ------------------------------------------------------------------ a gateway


class Served:
    """A gateway of aiohttp that is called, and not served."""

    def __init__(self, source, time):
        module = load("mutant", source, {})
        module.time = SimpleNamespace(time=lambda: time.now().timestamp())
        number, told = LONG
        try:
            orders = {**module.ORDERS, number: module.order(number, *told)}
            app = module.app(CALLER.app_key, CALLER.app_secret, orders)
            routes = app.router.routes()
        except (AttributeError, TypeError) as error:
            raise UnloadedError(repr(error)) from error
        self._handlers = {(one.method, one.resource.canonical): one.handler for one in routes}

    def answer(self, request):
        """Answer as aiohttp does: what fails is HTTP 500."""
        handler = self._handlers.get((request.verb, request.path))
        if handler is None:
            return Response(404, (), b"404: Not Found")

        async def post():
            return MultiDict(request.form)

        asked = SimpleNamespace(query=MultiDict(request.query), post=post)
        with suppress(Exception):
            answer = asyncio.run(handler(asked))
            body = answer.body.decode().encode()  # of a text, too, it makes bytes
            return Response(answer.status, tuple(answer.headers.items()), body)
        return Response(500, (), b"500 Internal Server Error")


def judge_a_gateway(source):
    """Judge a gateway by its source, with its orders known."""
    contract, time, (number, told) = WORKSPACE.contract, VirtualTime(), LONG
    known = {**foreign_gateway.ORDERS, number: foreign_gateway.order(number, *told)}
    orders = [{"biz_order_id": str(number), **members} for number, members in known.items()]
    book = read_orders(json.dumps(orders), contract)
    wire = VirtualWire(Served(source, time), time)
    gateway = Gateway(contract, wire.send, book, CALLER, "http://gateway.invalid", time.now)
    how = {"fail_on": Severity.ADVISORY, "timing": time.timing}
    broken = judge_gateway(gateway, WORKSPACE.judges, **how).evidence.clauses
    return Verdict(CONVICTED if broken else SURVIVES, tuple(sorted(broken)))


# ------------------------------------------------------------------ a driver


def judge_a_driver(path, source):
    """Judge the reference driver with one of its sources changed."""
    texts = {name: (ROOT / name).read_text("utf-8") for name in (SIGNING, CLIENT, DRIVER)}
    made = {}
    for name, text in {**texts, path: source}.items():
        module = name.removesuffix(".py").replace("/", ".")
        made[module] = load(module, text, made)
    states = inside(made["drivers.topcheck.driver"].Reference)
    if broken := tuple(sorted(clause for clause, state in states.items() if state == BROKEN)):
        return Verdict(CONVICTED, broken)
    unseen = tuple(sorted(c for c, state in states.items() if state not in (HELD, NOT_SUPPORTED)))
    return Verdict(UNDECIDED if unseen else SURVIVES, unseen)


# ------------------------------------------------------------------ all of them


def judged(path, source):
    """Judge one of the sources as it is changed."""
    signal.signal(signal.SIGALRM, _ring)
    signal.alarm(MOST_SECONDS)
    try:
        return judge_a_gateway(source) if path == GATEWAY else judge_a_driver(path, source)
    except UnloadedError as error:
        return Verdict(UNLOADED, (str(error),))
    except (GatewayError, DriverError) as error:
        return Verdict(UNDECIDED, (str(error),))
    except Endless:
        return Verdict(UNDECIDED, ("it never ends",))
    except Exception as error:
        return Verdict(CRASHED, (repr(error),))
    finally:
        signal.alarm(0)


def _ring(*_):
    raise Endless


def all_mutants():
    """Return every mutant by the source that it changes, and its name."""
    return {
        (path, mutant.name): mutant
        for path, leave in CHANGED.items()
        for mutant in mutants((ROOT / path).read_text("utf-8"), frozenset(leave))
    }


def reasons():
    """Return why each survivor survives, by its source and name: a kind and words."""
    return {
        (path, name): (entry["kind"], entry["why"])
        for path, entries in tomllib.loads(REASONS.read_text("utf-8")).items()
        for entry in entries
        for name in entry["mutants"]
    }


def listed(name, line, kind, words):
    """Write one survivor as the page has it."""
    return f"- line {line}, `` {name} ``\n  **{kind}**: {words}"


def page(every, found, known):
    """Write the page: the counts, and every survivor with its reason."""
    counts = {path: Counter(v.word for (p, _), v in found.items() if p == path) for path in CHANGED}
    rows = [
        [f"`{path}`", str(words.total()), *(str(words[word]) for word in WORDS)]
        for path, words in counts.items()
    ]
    yield INTRODUCTION
    yield table(["source", "places", *(word.replace("does not", "no") for word in WORDS)], rows)
    for path in CHANGED:
        yield f"\n## {path}\n"
        for key, verdict in found.items():
            if key[0] == path and verdict.word == SURVIVES:
                yield listed(key[1], every[key].line, *known.get(key, ("no reason", "")))


def faults(found, known):
    """Say what is wrong: who survives without a reason, a reason for none, who ends the judge."""
    for (path, name), verdict in found.items():
        if verdict.word == CRASHED:
            yield f"{verdict.word}: {path}: {name}: {verdict.why[0]}"
        elif verdict.word == SURVIVES and (path, name) not in known:
            entry = json.dumps(name, ensure_ascii=False)
            yield f"no reason in {REASONS.name}: {path}: {entry}"
    for key, (kind, words) in known.items():
        word = found[key].word if key in found else "no mutant any more"
        if word != SURVIVES:
            yield f"a reason in {REASONS.name}, but {word}: {': '.join(key)}"
        elif kind not in KINDS or not words:
            yield f"no reason is given in {REASONS.name}: {': '.join(key)}"


def main():
    """Judge all, write the page, and say what has no reason."""
    known, every = reasons(), all_mutants()
    sources = [mutant.source for mutant in every.values()]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        verdicts = pool.map(judged, (path for path, _ in every), sources, chunksize=8)
        found = dict(zip(every, verdicts, strict=True))
    PAGE.write_text("\n".join(page(every, found, known)) + "\n", "utf-8")
    counts = Counter(verdict.word for verdict in found.values())
    print(", ".join(f"{number} {word}" for word, number in counts.items()))  # noqa: T201
    sys.exit("\n".join(faults(found, known)) or 0)


if __name__ == "__main__":
    main()
