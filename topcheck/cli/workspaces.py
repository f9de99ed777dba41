"""Which workspace a run is about: the one that is named, else the nearest, else the package's."""

from collections.abc import Iterator
from pathlib import Path

from topcheck.contract.files import RULES
from topcheck.contract.inferred import reads_only
from topcheck.contract.protocol import READING
from topcheck.system import is_of_another
from topcheck.workspace import Workspace, WorkspaceError, home, load_workspace, pages_of


def nearest_workspace(start: Path) -> Path | None:
    """Return the nearest folder that is a workspace, from one upwards, if there is one.

    What lies above a folder with `.git` is somebody else's, and so are the folders of other users
    and what they share: the home folder, unless the search starts there.
    """
    return next((f for f in _way_up(start) if pages_of(f) and not is_of_another(f)), None)


def _way_up(start: Path) -> Iterator[Path]:
    """Yield the folders in which a workspace is looked for, and one of another user's, the last."""
    own = _own_folder()
    for folder in (start, *start.parents):
        if folder == own != start:
            return
        yield folder
        if folder == own or is_of_another(folder) or (folder / ".git").exists():
            return


def _own_folder() -> Path | None:
    """Return the home folder of who runs this, None where there is none."""
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):
        return None


def open_workspace(
    named: str | None, method: str | None = None, cassettes: str | None = None
) -> Workspace:
    """Load the workspace of a run, by its options. Raises WorkspaceError."""
    found = nearest_workspace(Path.cwd()) if named is None else Path(named)
    return load_workspace(found or home(), cassettes, method)


def about_workspace(workspace: Workspace) -> Iterator[str]:
    """Yield what to say of a workspace that is not the package's, or that was passed by."""
    if workspace.root.resolve() != home():
        yield f"{workspace.contract.method}, of the workspace {workspace.root}"
        return
    for foreign in filter(is_of_another, _way_up(Path.cwd())):
        if pages_of(foreign) and foreign != home():
            yield f"{foreign} is another user's: --workspace names it if you trust it"


def refuse_to_write(workspace: Workspace) -> None:
    """Raise WorkspaceError for a method that may write, where a gateway is to be asked."""
    if workspace.reads:
        return
    method, rules = workspace.contract.method, workspace.folder / RULES
    danger = "and a test of what must be refused would write if a gateway were wrong"
    if reads_only(method, ""):
        raise WorkspaceError(f"--gateway: {method} may write, as {rules} says, {danger}")
    raise WorkspaceError(
        f"--gateway: {method} may write: the last word of its name is none of "
        f"{', '.join(READING)}, {danger}; if it only reads, say so in {rules}: "
        "[method] reads = true"
    )
