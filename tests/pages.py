"""The pages of other shapes under tests/pages, each as a workspace of its own."""

import tempfile
from functools import cache
from pathlib import Path

from topcheck.contract.files import derived_files
from topcheck.contract.inferred import read_types
from topcheck.contract.page.read import derive_contract, read_page
from topcheck.workspace import load_workspace

FOLDER = Path(__file__).parent / "pages"
NAMES = tuple(path.stem for path in sorted(FOLDER.glob("*.txt")))
_KEPT = tempfile.TemporaryDirectory(prefix="pages")


def write_workspace(root, text, rules=""):
    """Write a method's folder below a root, as `topcheck derive` does, and return it."""
    contract = derive_contract(read_page(text.encode(), read_types(rules)), rules)
    folder = root / "schemas" / contract.method
    folder.mkdir(parents=True)
    (root / "cassettes").mkdir()
    files = {**derived_files(contract), "page.txt": text, "inferred.toml": rules}
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
    return folder


@cache
def workspace_of(name):
    """Derive a page, and load what was written."""
    return made(name, (FOLDER / f"{name}.txt").read_text("utf-8"))


@cache
def made(name, text, rules=""):
    """Make a workspace of the text of a page."""
    root = Path(_KEPT.name) / name
    root.mkdir()
    write_workspace(root, text, rules)
    return load_workspace(root)
