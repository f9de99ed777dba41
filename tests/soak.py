"""Hostile bytes for the judge and the client, for a while; nothing that pytest collects.

`python -m tests.soak` gives each engine its part of the time and a process of bounded memory. The
first input that breaks something is printed and kept in `report/soak/`, and the exit code is 1.
`check` of `tests.hostile` says again what a kept input breaks.
"""

import base64
import hashlib
import math
import os
import resource
import shutil
import struct
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import click

REPORT = Path("report/soak")
MEMORY = 600 * 2**20
#: Large blocks go back at once, so that what one input leaves behind does not break the next.
FRUGAL = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "1000000"}
MAX_INPUTS, MAX_BROKEN, MAX_SHOWN = 500_000, 9, 2000
SHRINK_SECONDS, GRACE_SECONDS = 10, 240
#: How many inputs there were, and how many things broke. The last input follows.
STATE = struct.Struct("QQ")


class Trial:
    """Checks inputs until the time is up, and writes down where it is, should the process die."""

    def __init__(self, engine, seconds):
        from tests.hostile import check  # once atheris is in place

        self._check, self._count, self._broken = check, 0, set()
        self._end = time.monotonic() + seconds
        self._state = REPORT / engine

    @property
    def over(self):
        """Whether there was enough."""
        enough = self._count >= MAX_INPUTS or len(self._broken) >= MAX_BROKEN
        return enough or time.monotonic() > self._end

    def __call__(self, data):
        """Check an input; keep it if it breaks something new."""
        if self.over or not data:
            return
        self._count += 1
        said = self._said(data)
        if said and said not in self._broken:
            self._broken.add(said)
            start = time.monotonic()
            keep(self._shrunk(data, said), said)
            self._end += time.monotonic() - start

    def _said(self, data):
        self._state.write_bytes(STATE.pack(self._count, len(self._broken)) + data)
        return self._check(data)

    def _shrunk(self, data, said):
        """Cut out, by halves and less, what need not be there for the same to break."""
        end, size = time.monotonic() + SHRINK_SECONDS, len(data) // 2
        while size:
            at = 1
            while at < len(data) and time.monotonic() < end:
                less = data[:at] + data[at + size :]
                data, at = (less, at) if self._said(less) == said else (data, at + size)
            size //= 2
        return data


def keep(data, said):
    """Save an input, and print it with what it broke."""
    file = REPORT / f"{hashlib.sha256(data).hexdigest()[:12]}.bin"
    file.write_bytes(data)
    shown = base64.b64encode(data).decode()
    more = f"… ({len(data)} bytes in all)" if len(shown) > MAX_SHOWN else ""
    click.echo(f"broken: {said}: {file}: {shown[:MAX_SHOWN]}{more}")


def extremes(_seconds, _seed):
    """Try the few largest and slowest inputs, all of them whatever the time."""
    from tests.hostile import extremes

    trial = Trial("extremes", math.inf)
    for data in extremes():
        trial(data)


def hypothesis(seconds, seed):
    """Try what the strategies draw."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    from tests.hostile import INPUTS

    trial = Trial("hypothesis", seconds)
    few = settings(max_examples=500, database=None, deadline=None, phases=[Phase.generate],
                   suppress_health_check=list(HealthCheck))  # fmt: skip
    while not trial.over:
        seeded(seed)(few(given(INPUTS)(lambda data: trial(data))))()
        seed += 1


def atheris(seconds, seed):
    """Let libFuzzer look for inputs that reach further into our code; it ends the process."""
    from atheris import Fuzz, Setup, instrument_imports

    with instrument_imports(include=["topcheck"]):
        from tests.hostile import SEEDS, SLOW

    trial = Trial("atheris", seconds)
    options = [f"-seed={seed + 1}", f"-max_total_time={seconds:.0f}", f"-runs={MAX_INPUTS}",
               "-max_len=4096", "-rss_limit_mb=0", f"-artifact_prefix={REPORT}/"]  # fmt: skip
    corpus = REPORT / "corpus"
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir()
    for at, data in enumerate(SEEDS):
        (corpus / str(at)).write_bytes(data)
    Setup([sys.argv[0], *options, str(corpus)], lambda data: data < bytes([SLOW]) and trial(data))
    Fuzz()


ENGINES = {"extremes": extremes, "hypothesis": hypothesis, "atheris": atheris}


def supervise(engine, seconds, seed):
    """Run an engine in a process of its own; return how many inputs it had and how many broke."""
    command = [sys.executable, "-m", "tests.soak", "--engine", engine, "--seed", str(seed)]
    (REPORT / engine).write_bytes(STATE.pack(0, 0))
    with (REPORT / f"{engine}.log").open("wb") as log:
        process = subprocess.Popen([*command, "--seconds", str(seconds)], stderr=log, env=FRUGAL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds + GRACE_SECONDS)
        process.kill()
        code = process.wait()
    state = (REPORT / engine).read_bytes()
    count, broken = STATE.unpack_from(state)
    if code:
        keep(state[STATE.size :], f"{engine} ended with {code}, see {log.name}")
    return count, broken + (code != 0)


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="For all engines together.")
@click.option("--seed", default=0, show_default=True)
@click.option("--engine", type=click.Choice(ENGINES), hidden=True)
def main(seconds, seed, engine):
    """Send hostile bytes through the judge and the client."""
    REPORT.mkdir(parents=True, exist_ok=True)
    if engine:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        return ENGINES[engine](seconds, seed)
    there = [name for name in ENGINES if name == "extremes" or find_spec(name)]
    counts = {name: supervise(name, seconds / len(there), seed) for name in there}
    for name, (count, broken) in counts.items():
        click.echo(f"{name}: {count} inputs, {broken} broken")
    missing = [f"{name}, which is not installed" for name in ENGINES if name not in there]
    click.echo(f"not run: {'; '.join(missing) or 'nothing'}")
    sys.exit(any(broken for _, broken in counts.values()))


if __name__ == "__main__":
    main()
