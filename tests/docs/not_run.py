"""The commands of the pages that are not run, each with its reason.

They are looked at instead: a target must be there, and an option must be one of the command. A row
that no page needs any more fails the tests.
"""

_SET_UP = "it installs from the network"
_TESTED = "it runs for minutes, and is run by hand or at night"
_CLAUSES = "it runs the contract tests, which run beside this test already"
_ACCOUNT = "it needs an account at TOP, and asks a gateway elsewhere"

#: A command as it stands in a page (its beginning, if that ends in an ellipsis), and why.
NOT_RUN = {
    "git clone …": _SET_UP,
    "pip install …": _SET_UP,
    "make …": _TESTED,
    "topcheck gate": _CLAUSES,
}


def reason(command):
    """Return the row that a command falls under, and its reason; None for one that is run."""
    for row, why in NOT_RUN.items():
        if command == row or (row.endswith("…") and command.startswith(row[:-1])):
            return row, why
    return None
