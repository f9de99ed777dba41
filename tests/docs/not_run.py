"""The commands of the pages that are not run, each with its reason.

They are looked at instead: a target must be there, and a command must take what it is given. A row
that no page needs any more fails the tests.
"""

_LONG = "it sets itself up from the network, or runs for minutes"
_CLAUSES = "it takes ten seconds: the contract tests run beside this test already"
_DRIVERS = "it takes ten seconds: drivers are gated beside this test already"
_ELSEWHERE = "it asks a gateway elsewhere, with an account"
_FOREIGN = "it is no program of ours: `make others` runs it"

#: A command as it stands in a page (its beginning, if that ends in an ellipsis), and why.
NOT_RUN = {
    "make …": _LONG,
    "topcheck gate": _CLAUSES,
    "topcheck gate --record": "it records the sandbox into the workspace: its own tests do that",
    "topcheck gate --sdk my-driver": _DRIVERS,
    "topcheck gate --sdk my-driver --report report": _DRIVERS,
    'topcheck gate --sdk "python3 my_driver.py" --known-failing …': _DRIVERS,
    "topcheck gate --gateway https://gw.api.tbsandbox.com/router/rest": _ELSEWHERE,
    "topcheck vectors --out vectors": "it takes three seconds: its own tests write them",
    "schemathesis …": _FOREIGN,
}


def reason(command):
    """Return the row that a command falls under, and its reason; None for one that is run."""
    for row, why in NOT_RUN.items():
        if command == row or (row.endswith("…") and command.startswith(row[:-1])):
            return row, why
    return None
