"""Build wheel and source archive of the files that git tracks, and install the wheel alone."""

import hashlib
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.cli.test_read_only import GIVEN_UP

ROOT = Path(__file__).parents[2]
#: With it the wheel that `make wheel` built is taken, and installed by pip with its libraries.
REAL_INSTALL = bool(os.environ.get("REAL_INSTALL"))

PYTEST = '#!/bin/sh\nexec python -c "import pytest; pytest.console_main()" "$@"\n'


def tracked():
    """Return the files that git tracks, by their places in the tree."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if found.returncode:
        pytest.skip("this is no clone: what belongs into a wheel is what git tracks")
    names = found.stdout.decode().split("\0")
    return sorted(name for name in names if name and (ROOT / name).exists())


def copy(folder, names):
    """Copy some files of the tree into a folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def plant_what_is_ignored(folder):
    """Lay a file wherever a .gitignore names one, a secret at the root, and what is compiled."""
    planted = [folder / ".env", folder / "topcheck" / "__pycache__" / "plugin.cpython-311.pyc"]
    for ignoring in folder.rglob(".gitignore"):
        for line in ignoring.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                name = line.strip("/").replace("*", "topcheck" if "*/" in line else "planted")
                inside = ignoring.parent / name
                planted.append(inside / "planted" if line.endswith("/") else inside)
    for path in planted:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("TOP_APP_SECRET=planted")
    return folder


def build(folder, out):
    """Build in a folder; return the wheel and the source archive."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", out], cwd=folder, check=True,
                   capture_output=True)  # fmt: skip
    return built_in(out)


def built_in(folder):
    """Return the wheel and the source archive in a folder, of which there are no others."""
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


def in_wheel(path):
    """Return what each file in a wheel holds."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def in_sdist(path):
    """Return what each file in a source archive holds, by its place below the one folder."""
    with tarfile.open(path) as archive:
        files = [member for member in archive if member.isfile()]
        return {m.name.partition("/")[2]: archive.extractfile(m).read() for m in files}


class Environment:
    """A Python environment with the wheel.

    Where it is installed as a user does it, nothing can be written into it any more; else what
    somebody writes stays there to be seen.
    """

    def __init__(self, folder, wheel):
        self.folder = folder
        venv.EnvBuilder(with_pip=REAL_INSTALL, symlinks=True).create(folder)
        scheme = {"base": str(folder), "platbase": str(folder)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", scheme))
        words = ["--quiet", "--disable-pip-version-check", wheel]
        if REAL_INSTALL:
            pip = [folder / "bin" / "python", "-m", "pip", "install"]
        else:  # the libraries are ours; what else is installed beside them is not seen
            ours = [path for path in sys.path if path in _site_packages()]
            (self.packages / "libraries.pth").write_text("\n".join(ours), "utf-8")
            pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install",
                   "--no-deps", "--no-index"]  # fmt: skip
        subprocess.run([*pip, *words], check=True)
        if not (folder / "bin" / "pytest").exists():  # the libraries came without their programs
            (folder / "bin" / "pytest").write_text(PYTEST)
            (folder / "bin" / "pytest").chmod(0o755)
        self.carried = self.packages / "topcheck" / "home"
        if REAL_INSTALL:
            self._modes(0o555, 0o444)

    def _modes(self, folder, file):
        for path in [self.packages, *self.packages.rglob("*")]:
            path.chmod(folder if path.is_dir() else file)

    def close(self):
        """Let the folder be removed."""
        self._modes(0o755, 0o644)

    def listing(self):
        """Return every file with its hash, save what is compiled."""
        files = (path for path in self.packages.rglob("*") if path.is_file())
        kept = (path for path in files if path.parent.name != "__pycache__")
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}

    def run(self, line, folder):
        """Run a line of the shell in a folder, as somebody does who has this environment only."""
        told = ("PYTHON", "TOP_", "HYPOTHESIS_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(told)}
        environment = {
            **kept, "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder), "CARRIED": str(self.carried), "PYTHONIOENCODING": "utf-8",
        }  # fmt: skip
        root = REAL_INSTALL and os.geteuid() == 0 and shutil.which(GIVEN_UP[0])
        rights = GIVEN_UP if root else []
        return subprocess.run([*rights, "bash", "-c", line], cwd=folder, env=environment,
                              capture_output=True, text=True, check=False, timeout=300)  # fmt: skip


def _site_packages():
    return {*site.getsitepackages(), *(p for p in sys.path if p.endswith("site-packages"))}
