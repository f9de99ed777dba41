"""What the runner of a CI job would obey of a text, told apart from the package's own way.

`::name ...::` first in a line after blanks, and `##[name`, `##vso[name` anywhere in one, as
`ActionCommand.cs` of GitHub's runner and the agent of Azure Pipelines read them.
"""

#: Bodies that would be commands, if they were printed as they are.
OBEYED = (
    "\n::add-mask::secret",
    "\r\n  ::stop-commands::token",
    "\r::error file=a,line=1::x",
    "\n\u3000::set-env name=PATH::/tmp",
    "##[add-mask]secret",
    "a ##vso[task.setvariable variable=x]y",
    "##teamcity[buildStatus status='SUCCESS']",
)


def obeyed(text):
    """The lines of a text that are commands."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line for line in lines if _begins(line) or _holds(line)]


def _begins(line):
    return line.lstrip().startswith("::")


def _holds(line):
    before, bracket, _ = line.partition("[")
    while bracket:
        word = before.rpartition("##")
        if word[1] and (not word[2] or word[2].isalnum()):
            return True
        rest = line[len(before) + 1 :]
        more, bracket, _ = rest.partition("[")
        before = f"{before}[{more}"
    return False
