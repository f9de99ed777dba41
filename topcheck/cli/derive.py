"""`topcheck derive`: from a page to its derived files, and to a workspace where there is none."""

from collections.abc import Iterator
from pathlib import Path

import click
from rich.cells import cell_len, set_cell_size

from topcheck.atomic import write_whole
from topcheck.cli.options import BROKEN, OK
from topcheck.cli.workspaces import nearest_workspace
from topcheck.contract import files as contract_files
from topcheck.contract.files import CONTRACT, PAGE, RULES
from topcheck.contract.inferred import RuleError, read_types
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.read import Page, derive_contract, read_method, read_page
from topcheck.system import say
from topcheck.workspace import WorkspaceError, contradictions, home, is_installed, pages_of

#: What `inferred.toml` begins as: it says what may stand there, and nothing of any method.
_NO_RULES = Path(contract_files.__file__).with_name("inferred.template.toml")
#: Keeps the page that a workspace had, where another takes its place.
_FORMER = "page.before.txt"


def derive_page(page: Path, out: Path | None, *, check: bool, margin: bool) -> int:
    """Write, compare or only show what a page gives; return the exit code.

    Raises ClickException, OSError, or WorkspaceError for a folder where nothing is written.
    """
    try:
        body = page.read_bytes()
    except OSError as error:
        raise click.FileError(str(page), error.strerror or "it cannot be read") from None
    folder = out or page.parent
    try:
        folder = out or _folder(page, read_method(body), check or margin)
        rules = contract_files.rules_text(folder)
        found = read_page(body, read_types(rules))
        contract = derive_contract(found, rules)
        texts = contract_files.derived_files(contract)
    except (PageError, RuleError) as error:
        rules_file = str(folder / RULES)
        refused = page if isinstance(error, PageError) else rules_file
        said = str(error).replace(f"in {RULES}", f"in {rules_file}")
        say(f"{refused}: refused: {said}", error=True)
        return BROKEN
    if margin:
        say("\n".join(_margin(found)))
        return OK
    for words in contradictions(contract):
        say(f"{page}:{words}", error=True)
    own = page.resolve() == (folder / PAGE).resolve()
    if check:
        return _compare(folder, texts, exact=own)
    _write(page, folder, texts, None if out or own else body)
    return OK


def _folder(page: Path, method: str, only_read: bool) -> Path:
    """Return where a page's derived files belong, or, to be only read, where they are.

    Beside the page, where they are already; else in the workspace found, else in one that is made
    of the working folder.
    """
    beside, here = page.parent, Path("schemas") / method
    kept = page.name == PAGE and (beside / CONTRACT).exists()
    if kept and (only_read or not is_installed(beside)):
        return beside
    root = nearest_workspace(Path.cwd()) or Path.cwd()
    if only_read and not (root / here).exists() and (home() / here).exists():
        return home() / here
    return here if root == Path.cwd() else root / here


def _margin(page: Page) -> Iterator[str]:
    width = max(map(cell_len, page.margin.values()), default=0)
    for line in page.layout.lines:
        note = set_cell_size(page.margin.get(line.number, ""), width)
        yield f"{note} {line.number:4} | {line.text}".rstrip()


def _compare(folder: Path, texts: dict[str, str], *, exact: bool) -> int:
    found_otherwise = list(contract_files.differences(texts, folder, exact))
    for line in found_otherwise:
        say(line, error=True)
    return BROKEN if found_otherwise else OK


def _write(page: Path, folder: Path, texts: dict[str, str], body: bytes | None) -> None:
    """Write the derived files, and of a workspace, which `body` is for, the page and its rules.

    Rules that are there stay, and of another page what it was. Raises WorkspaceError, or OSError.
    """
    if is_installed(folder):
        raise WorkspaceError(f"{folder} is in the installed package: name a folder: --out DIR")
    files: dict[str, str | bytes] = dict(texts)
    own, is_new = folder / PAGE, False
    if body is not None:
        is_new = not own.exists()
        former = body if is_new else own.read_bytes()
        if former != body:
            files[_FORMER] = former
        if not (folder / RULES).exists():
            files[RULES] = _NO_RULES.read_text("utf-8")
        files[PAGE] = body  # the last: a folder without it is no workspace yet
    write_whole(folder, files)
    say(f"{folder}: {len(files)} files from {page}")
    if _FORMER in files:
        say(f"{own} was another text: it is kept as {_FORMER}")
    if is_new:
        several = len(pages_of(folder.parents[1])) > 1
        of = f" --method={folder.name}" if several else ""
        say(f"next: topcheck gate{of} tests the contract, topcheck serve{of} runs its sandbox, "
            f"topcheck check{of} FILE judges an answer; what the page only implies, write into "
            f"{folder / RULES}")  # fmt: skip
