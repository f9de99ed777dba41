"""The folder of a report: what stands in it is of one run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from topcheck.contract.protocol import FORMATS

LEDGER, GATEWAY, SDKS, CONFORMANCE = "ledger.json", "gateway.json", "sdk.json", "conformance.md"
#: A folder within, with the files of each finding by its clause.
FINDINGS = "findings"


def begin(folder: Path, clauses: Iterable[str]) -> None:
    """Remove what an earlier run reported; all else that is there stays. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [LEDGER, GATEWAY, SDKS, CONFORMANCE]
    for clause in clauses:
        names += [f"{FINDINGS}/{clause}.{kind}" for kind in ("sh", *FORMATS)]
    for name in names:
        (folder / name).unlink(missing_ok=True)
