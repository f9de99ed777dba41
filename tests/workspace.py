"""The workspace of the repository, loaded once for all tests of the tool."""

from topcheck.workspace import home, load_workspace

WORKSPACE = load_workspace(home())
