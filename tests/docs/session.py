"""The commands of a page, run one after the other in one folder, as its reader does."""

import contextlib
import os
import random
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from string import Template

from tests.docs.pages import ROOT, blocks
from tests.docs.shown import PORT, shown
from tests.warm import run_pytest, run_topcheck

#: What lies in the folder: a copy where commands write, else a link. No workspace: the package's.
LINKED = ("drivers",)
COPIED = {"docs/refused.curl": "docs/refused.curl", "page.txt": "tests/pages/three_levels.txt"}
#: The page whose sample of a driver lies there under the name that the pages call it by.
SAMPLE = ("drivers/README.md", "my_driver.py")
#: Pages for somebody whose folder is a workspace.
IN_WORKSPACE = ("docs/ci.md", "docs/record.md", "docs/when-the-page-changes.md")
#: Variables that would change what a command prints: credentials, options, a pipeline, a terminal.
_OF_OTHERS = ("TOP_", "TOPCHECK_", "PYTEST_ADDOPTS", "HYPOTHESIS_", "GITHUB_", "TF_BUILD",
              "TEAMCITY_", "CI", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR",
              "CLICOLOR")  # fmt: skip
#: So long a sandbox may take to say that it is ready, and a command to end, in seconds;
#: a busy machine needs much less.
_READY, _TIMEOUT = 120, 600

#: A command that needs no shell: at most a text on its standard input, and variables before it.
_SIMPLE = re.compile(r"(?:(?P<echo>echo '[^']*') \| )?(?P<words>[^|&;<>`*?]+)")


def given_folder(folder, name):
    """Lay into a folder what the reader of a page has, and return the folder."""
    for linked in LINKED:
        (folder / linked).symlink_to(ROOT / linked)
    for copied, source in COPIED.items():
        (folder / copied).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, folder / copied)
    shutil.copytree(ROOT / "cassettes", folder / "cassettes")
    shutil.copytree(Path(__file__).parent / "captures", folder / "captures")
    if name in IN_WORKSPACE:
        shutil.copytree(ROOT / "schemas", folder / "schemas")
    page, sample = SAMPLE
    found = blocks((ROOT / page).read_text("utf-8"))
    text = next(block.text for block in found if block.language == "python")
    (folder / sample).write_text(text, "utf-8")
    return folder


class Session:
    """Runs commands in a folder; what one exports or starts is there for those that follow.

    While it is open, nothing of the environment is there that would change what they print.
    """

    def __init__(self, folder):
        self.folder = folder
        self._port = _free_port()
        self._servers = []
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}

    def __enter__(self):
        self._before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith(_OF_OTHERS)]:
            del os.environ[name]
        return self

    def __exit__(self, *_):
        os.environ.clear()
        os.environ.update(self._before)
        for server in self._servers:
            server.terminate()
            server.wait()

    def run(self, command):
        """Run a command; return its exit code, and its output as a page shows it."""
        line = self.line(command)
        if line.startswith("export "):
            return self._export(line)
        if "topcheck serve" in line and "--list-" not in line:
            return self._serve(line)
        found = self.warm(line) or self._in_shell(line)
        return found.returncode, shown(self.said(found.stdout), self.folder)

    def line(self, command):
        """Write a command of a page with the port that is really used."""
        return command.replace(PORT, str(self._port))

    def said(self, output):
        """Write an output with the port that the pages speak of."""
        return output.replace(str(self._port), PORT)

    def _export(self, line):
        for word in shlex.split(line)[1:]:
            name, _, value = word.partition("=")
            known = {**os.environ, **self.environment, "PWD": str(self.folder)}
            self.environment[name] = Template(value).safe_substitute(known)
        return 0, ""

    def _serve(self, line):
        log = self.folder / f".served-{len(self._servers)}"
        with log.open("w") as out:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {line.removesuffix('&')}"], cwd=self.folder, stdout=out,
                stderr=subprocess.STDOUT, env={**os.environ, **self.environment},
            )  # fmt: skip
        self._servers.append(server)
        until = time.monotonic() + _READY
        while "http" not in (said := log.read_text("utf-8")) and server.poll() is None:
            if time.monotonic() > until:
                raise TimeoutError(f"{line}: it is not ready")
            time.sleep(0.02)
        return server.poll() or 0, shown(self.said(said), self.folder)

    def warm(self, line):
        """Run a command without a shell in a process that is warm, where that is the same."""
        simple = _SIMPLE.fullmatch(line)
        words = shlex.split(simple["words"]) if simple and "$" not in line else []
        variables = {}
        while words and re.match(r"[A-Z_]+=", words[0]):
            name, _, variables[name] = words.pop(0).partition("=")
        program = {"topcheck": run_topcheck, "pytest": run_pytest}.get(words[0] if words else None)
        if program is None or (simple["echo"] and program is run_pytest):
            return None
        echoed = f"{shlex.split(simple['echo'])[1]}\n" if simple["echo"] else ""
        more = {"stdin": echoed.encode()} if echoed else {}
        environment = {**self.environment, **variables}
        found = program(*words[1:], environment=environment, cwd=self.folder, **more)
        found.stdout = (
            found.stderr + found.stdout
        )  # as it is written: what it is about, and then it
        return found

    def _in_shell(self, line):
        return subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env={**os.environ, **self.environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=_TIMEOUT,
        )  # fmt: skip


def _free_port():
    """Return a free port with as many digits as the one that the pages speak of."""
    for _ in range(100):
        port = random.randrange(2000, 10000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("there is no free port")
