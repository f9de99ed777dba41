"""Install the drivers of this folder and gate them all: `python drivers [--write] [NAME...]`.

A driver whose install fails is installed again after its Debian packages, if we may. What the gate
finds is compared with the page of the docs, or, with --write, becomes it.
"""

import argparse
import difflib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from conformance import conformance
from named import wrongly_named

from topcheck.contract.sdk import SDK_RULES
from topcheck.report.outcome import from_data
from topcheck.sdk.known_failing import read_known

HERE = Path(__file__).resolve().parent
HOME = HERE.parent
PAGE = HOME / "docs" / "conformance.md"
REPORT = HOME / "report" / "drivers"
NAMED = REPORT / "named.json"
TOPCHECK = [sys.executable, str(HERE / "named.py"), str(NAMED)]


def main():
    """Install, gate and compare; exit 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(prog="python drivers", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="renew docs/conformance.md")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the drivers; all without one")
    options = parser.parse_args()
    known = {path.parent.name: path for path in sorted(HERE.glob("*/driver.toml"))}
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"there is no driver {unknown[0]}; there are {', '.join(known)}")
    names = options.names or list(known)
    began = time.monotonic()
    failed = [name for name in names if not install(known[name])]
    print(f"installed in {time.monotonic() - began:.0f} s (downloads)", flush=True)
    ready = [name for name in names if name not in failed]
    began = time.monotonic()
    code = (gate(ready) or check_named(ready)) if ready else 1
    print(f"gated in {time.monotonic() - began:.0f} s", flush=True)
    for name in failed:
        print(f"not run: {manifest(known[name])['language']} ({name}): its install failed")
    if ready == list(known):
        code = code or compare(options.write)
    sys.exit(1 if failed else code)


def install(path):
    """Install one driver; return whether that went well."""
    about = manifest(path)
    print(f"{path.parent.name}: install", flush=True)
    if installed(about, path.parent):
        return True
    packages = about.get("apt", [])
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        apt("update", "-qq")
        apt("install", "-qq", "-y", "--no-install-recommends", *packages)
        return installed(about, path.parent)
    if packages:
        print(f"{path.parent.name}: on Debian it needs {', '.join(packages)}", file=sys.stderr)
    return False


def installed(about, folder):
    """Run the install command of a driver."""
    return subprocess.run(["sh", "-c", about["install"]], cwd=folder, check=False).returncode == 0


def apt(*arguments):
    """Run Debian's package manager, and show nothing of it but its errors."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)


def manifest(path):
    """Read what a driver says of itself."""
    return tomllib.loads(path.read_text("utf-8"))


def gate(names):
    """Gate drivers, each with the list of what is known to fail."""
    arguments = [f"--report={REPORT}"]
    for name in names:
        arguments.append(f"--sdk=drivers/{name}")
        known = HERE / name / "known-failing.toml"
        arguments += [f"--known-failing={known.relative_to(HOME)}"] if known.exists() else []
    return subprocess.run([*TOPCHECK, "gate", *arguments], cwd=HOME, check=False).returncode


def check_named(names):
    """Return 1 if `topcheck diagnose` finds fault with requests that the gate finds right."""
    named = json.loads(NAMED.read_text("utf-8"))
    wrong = [f"{name}: none of its requests was seen" for name in names if name not in named]
    wrong += wrongly_named({name: {*ids} for name, ids in named.items()},
                           {name: known_to_fail(name) for name in named})  # fmt: skip
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def known_to_fail(name):
    """Return the clauses of a driver's list."""
    path = HERE / name / "known-failing.toml"
    return [entry.clause for entry in read_known(path).entries] if path.exists() else []


def compare(write):
    """Compare what was found with the docs; return 1 if they differ."""
    data = json.loads((REPORT / "outcome.json").read_text("utf-8"))
    found = conformance(from_data(data), SDK_RULES)
    if write:
        PAGE.write_text(found, "utf-8")
    elif (told := PAGE.read_text("utf-8")) != found:
        print(f"{PAGE} is not what the gate found: make conformance renews it", file=sys.stderr)
        lines = difflib.unified_diff(told.splitlines(), found.splitlines(), "told", "found", n=0)
        print(*lines, sep="\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    main()
