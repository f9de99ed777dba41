"""What the documentation shows is what the commands print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), ROOT / "drivers" / "README.md",
         *sorted((ROOT / "docs").glob("*.md"))]  # fmt: skip
#: A console block: a command behind `$ `, and what it prints.
BLOCK = re.compile(r"^```console\n\$ (?P<command>.+)\n(?P<output>(?:.*\n)*?)```$", re.M)

CONSOLES = [
    pytest.param(found["command"], found["output"], id=f"{page.name}-{number}")
    for page in PAGES
    for number, found in enumerate(BLOCK.finditer(page.read_text("utf-8")), start=1)
]


@pytest.mark.parametrize(("command", "output"), CONSOLES)
def test_console_blocks_are_what_the_commands_print(command, output):
    """A command in the documentation prints what stands below it, to the letter."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOP_")}
    run = subprocess.run(
        ["bash", "-c", command], cwd=ROOT,
        env={**kept, "PATH": path, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert run.stdout.decode() == output


def prose(text):
    """Return a page without its code: there no link and no heading stands."""
    return re.sub(r"(`+).*?\1", "", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def anchors(text):
    """Return the anchors that a page's headings make, as the usual hosts of repositories do."""
    unfenced = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", unfenced, re.M)
    return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for words in headings}


def dead(page, text):
    """Yield the links of a page that lead to no file here, or to no heading of one."""
    for target in re.findall(r"\]\(([^)]+)\)", prose(text)):
        path, _, anchor = target.partition("#")
        there = page.parent / path
        if "://" in target or (there.exists() and not anchor):
            continue
        if not there.exists() or anchor not in anchors(there.read_text("utf-8") if path else text):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """A link in the documentation names a file that is there, and a heading that stands in it."""
    assert list(dead(page, page.read_text("utf-8"))) == []


def test_a_dead_link_is_told():
    """One to no file, one to no heading here, and one to no heading of another page."""
    page, heading = ROOT / "README.md", "\n# B, `C`\n"
    right = (
        "[a](docs/refused.md#what-is-named) [b](#b-c) [c](LICENSE) [d](https://x.test/#e) `[](f)`"
    )
    wrong = "[a](docs/none.md) [b](#c) [c](docs/refused.md#none)\n```\n# C\n```"
    assert list(dead(page, right + heading)) == []
    assert list(dead(page, wrong + heading)) == ["docs/none.md", "#c", "docs/refused.md#none"]
