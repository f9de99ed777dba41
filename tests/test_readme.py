"""What the documentation shows is what the commands print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "drivers" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """A relative link in the documentation names a file that is there."""
    prose = re.sub(r"(`+).*?\1", "", page.read_text("utf-8"))  # in code there are none
    for target in re.findall(r"\]\(([^)#:]+)\)", prose):
        assert (page.parent / target).exists(), target
