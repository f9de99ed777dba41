"""A second implementation judges the vectors: Node.js with Ajv, and libxml2's xmllint.

`python -m tests.others.second` installs what Node.js needs, and has the vectors of every page in
`tests/pages` judged.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from topcheck.cli.vectors import write_vectors
from topcheck.contract.files import derived_files
from topcheck.contract.page.read import derive_contract, read_page
from topcheck.workspace import home, load_workspace

HERE = Path(__file__).parent / "vectors"
PAGES = {path.stem: path for path in sorted((Path(__file__).parents[1] / "pages").glob("*.txt"))}
OWN = "querystatus"
#: Debian's packages of both.
PACKAGES = ("nodejs", "npm", "libxml2-utils")
XSD = "response.xsd"


@dataclass(frozen=True)
class Judged:
    """What somebody else made of vectors: a line for each that is not as it should be, and how many
    were as they should be.
    """

    wrong: list[str]
    right: int


def missing():
    """Say what is not installed here, None if all is."""
    for program in ("node", "xmllint"):
        if not shutil.which(program):
            return f"{program} is not installed: make vectors installs it"
    if not (HERE / "node_modules" / "ajv").is_dir():
        return "Ajv is not installed for Node.js: make vectors installs it"
    return None


def workspace_of(name, folder):
    """Return the workspace of a page: our own, or one that is derived into a folder."""
    if name == OWN:
        return load_workspace(home())
    body = PAGES[name].read_bytes()
    contract = derive_contract(read_page(body), "")
    schemas = folder / "schemas" / contract.method
    schemas.mkdir(parents=True)
    (schemas / "page.txt").write_bytes(body)
    for file, text in derived_files(contract).items():
        (schemas / file).write_text(text, "utf-8")
    return load_workspace(folder)


def written(name, folder):
    """Write the vectors of a page; return their folder, and that of the published schemas."""
    workspace = workspace_of(name, folder)
    write_vectors(workspace, folder / "vectors")
    return folder / "vectors", workspace.folder


def by_node(vectors, schemas):
    """Let Node.js judge what is JSON, and the signatures."""
    run = subprocess.run(["node", HERE / "judge.mjs", vectors, schemas], capture_output=True,
                         text=True, check=False)  # fmt: skip
    *wrong, counts = run.stdout.splitlines() or [run.stderr]
    assert run.returncode == bool(wrong), run.stdout + run.stderr
    return Judged(wrong, sum(int(count.split()[0]) for count in counts.split(", ")))


def by_xmllint(vectors, schemas):
    """Let xmllint judge what is XML."""
    index = json.loads((vectors / "index.json").read_text("utf-8"))
    judged = [one for one in index["messages"] if one["schema"] == XSD
              and (one["visible"] or one["side"] == "kept")]  # fmt: skip
    command = ["xmllint", "--noout", "--nonet", "--schema", str(schemas / XSD)]
    run = subprocess.run([*command, *(one["file"] for one in judged)], cwd=vectors,
                         capture_output=True, check=False)  # fmt: skip
    said = set(run.stderr.decode("utf-8", "replace").splitlines())
    wrong = [
        f"{one['file']}: {one['clause']}, {one['side']}, is {'accepted' if valid else 'refused'}"
        for one in judged
        if (valid := f"{one['file']} validates" in said) != (one["side"] == "kept")
    ]
    return Judged(wrong, len(judged) - len(wrong))


def installed():
    """Install what is missing, as far as we may; whether all is there now."""
    programs = all(map(shutil.which, ("node", "npm", "xmllint")))
    if not programs and os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-qq", "-y", *PACKAGES]):
            subprocess.run(["apt-get", *words], env=environment, check=False)
    if shutil.which("npm"):
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(npm, cwd=HERE, check=False)
    return missing() is None


def main():
    """Judge the vectors of every page; exit 1 if one is not as it should be."""
    if not installed():
        sys.exit(f"not run: {missing()} (on Debian {', '.join(PACKAGES)})")
    wrong = []
    for name in (OWN, *PAGES):
        with tempfile.TemporaryDirectory() as folder:
            found = written(name, Path(folder))
            for judge in (by_node, by_xmllint):
                judged = judge(*found)
                print(f"{name}, {judge.__name__}: {judged.right} right, {len(judged.wrong)} wrong")  # noqa: T201
                wrong += judged.wrong
    print(*wrong, sep="\n")  # noqa: T201
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
