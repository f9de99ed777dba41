"""Write reports of each kind, and look at them in Chromium: `make page-check`.

What a look comes to stands in `check.mjs`; pictures and prints are left in `build/page-check`.
Chromium is Debian's, and is installed where it is missing; the rest comes from package.json.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.outcomes import (
    contract_run,
    crowd,
    finding,
    hostile,
    live_run,
    outcome,
    planted,
    sdk_run,
    state,
    states_run,
)
from topcheck.judge.ledger import BROKEN
from topcheck.report.html import as_html
from topcheck.report.outcome import MAY_NOT, SDK, UNDECIDED, ClauseSource, ReportedMessage, Side
from topcheck.workspace import home

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "build" / "page-check"
#: What runs if anything of it runs.
PLANTED = (
    "</script><script>planted = 1</script><img src=x onerror=planted=2> {{ planted }} {% x %} "
    "\"' onfocus=planted=3 autofocus <svg onload=planted=4> ]]>--></style><style>*{color:red}"
)
TEXTS = "支付成功 到目前为止累计支付的金额 \U0001f600\U00020000\U0001f468\u200d\U0001f469 ñ עברית"


def long_body():
    """A finding with 16 MiB of control characters, which nobody cut."""
    body = ReportedMessage("HTTP/1.1 200", "\x00\x1b[2J</script>" * 2**20, 2**24)
    found = finding(actual="\x00" * 2**24)
    found = replace(found, exchanges=(replace(found.exchanges[0], answer=body),))
    return outcome(Side("a", SDK, {}, MAY_NOT, (), (state(BROKEN, findings=(found,)),)))


def chinese():
    """The page of the method itself, and Chinese and astral text wherever text can be."""
    page = next(iter(home().glob("schemas/*/page.txt"))).read_text("utf-8")
    told = planted(states_run(), f" {TEXTS}")
    sources = tuple(ClauseSource(s.clause, s.kind, s.source, 23) for s in states_run().sources)
    return replace(told, page=page, sources=sources)


def undecided():
    """An SDK that holds everything, one whose driver does not work, and seven more reasons."""
    reasons = tuple(f"php: the driver is broken: reason {n}" for n in range(8))
    about = {"reason": "it cannot be run: No such file or directory: php; install it",
             "repeat": "topcheck driver smoke drivers/php"}  # fmt: skip
    sides = (sdk_run().sides[1], Side("php", SDK, about, UNDECIDED))
    return outcome(*sides, verdict=UNDECIDED, reasons=reasons)


OUTCOMES = {
    "states": states_run,
    "contract": contract_run,
    "live": live_run,
    "chinese": chinese,
    "hostile": lambda: hostile(PLANTED),
    "odd": hostile,
    "body": long_body,
    "undecided": undecided,
    "wide": lambda: crowd(9, clauses=12),
    "big": lambda: crowd(25),
    "broken": lambda: crowd(1),
}
#: Pages that are wrong, each in its own way: who looks must see it.
SPOILED = {
    "spoiled-request": ("<main>", '<main><img alt="x" src="http://127.0.0.1:9/x">'),
    "spoiled-script": ("<script>", "<script>planted = 1;"),
    "spoiled-label": ("<main>", '<main><input type="text">'),
    "spoiled-contrast": (":root {", "main { color: #ccc; background: #fff; } :root {"),
    "spoiled-width": (":root {", "main { width: 2000px; } :root {"),
    "spoiled-slow": (
        '"use strict";',
        '"use strict"; for (const t = Date.now(); Date.now() - t < 2500;);',
    ),
    "spoiled-size": ("</main>", f"<!-- {'x' * 5_000_000} --></main>"),
    "spoiled-cover": ("scroll-padding-top: 7rem", "scroll-padding-top: 0"),
    "spoiled-cut": (".command code span, ", ".command { width: 20rem; } "),
}


def chromium():
    """Find Chromium, or install Debian's, as root."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.geteuid() != 0:
        sys.exit("page-check needs Chromium: install Debian's package chromium")
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(["apt-get", "install", "-qq", "-y", "chromium", "nodejs", "npm"], check=True)
    return shutil.which("chromium")


def install():
    """Install what the scripts need, once."""
    if not (HERE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)


def main():
    """Write the pages, and look at them."""
    browser = chromium()
    install()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    pages = {name: as_html(make()) for name, make in OUTCOMES.items()}
    for name, (old, new) in SPOILED.items():
        assert old in pages["states"], old
        pages[name] = pages["states"].replace(old, new).replace("Content-Security-Policy", "X-No")
    for name, text in pages.items():
        (OUT / f"{name}.html").write_text(text, "utf-8", "backslashreplace")
    command = ["node", "check.mjs", browser, str(OUT), *sys.argv[1:]]
    return subprocess.run(command, cwd=HERE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
