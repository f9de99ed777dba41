"""`topcheck diff`: what a change of a page means, and which gated SDKs it breaks."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from topcheck.cli.options import BROKEN, OK
from topcheck.cli.outcome_file import read_outcome
from topcheck.contract.contract import Contract, from_json
from topcheck.contract.diff import Documented, page_changes
from topcheck.contract.files import CONTRACT, PAGE, RULES, rules_text
from topcheck.contract.inferred import RuleError, Source, fitting, read_inferred, read_types
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.read import derive_fitting, read_page
from topcheck.report.outcome import SDK
from topcheck.report.page_changes import DIFF_OUTPUTS, PageDiff
from topcheck.report.theme import tell
from topcheck.wire.text_file import TextFileError, text_of


def diff_pages(old: Path, new: Path, outcomes: Sequence[Path], output: str) -> int:
    """Compare two pages, or contracts; return the exit code. Raises ClickException, OSError.

    A page without rules beside it is read by those of the other, as far as they fit it.
    """
    beside = [_rules_beside(path) for path in (old, new)]
    rules = [beside[0] or beside[1] or "", beside[1] or beside[0] or ""]
    notes: list[str] = []
    was, now = (_documented(*pair, notes) for pair in zip((old, new), rules, strict=True))
    if not any(rules) and (was.text is None) != (now.text is None):
        was, now = _without_rules(was, notes), _without_rules(now, notes)
    method = was.contract.method
    if now.contract.method != method:
        raise click.ClickException(
            f"{new} is of {now.contract.method}, and {old} of {method}: give two of one method"
        )
    found = {str(path): read_outcome(path, method) for path in outcomes}
    for name, outcome in found.items():
        if not any(side.kind == SDK for side in outcome.sides):
            notes.append(f"{name}: no SDK was gated in it")
    changes = tuple(page_changes(was, now))
    diff = PageDiff(method, str(old), str(new), changes, found, tuple(notes))
    tell(DIFF_OUTPUTS[output](diff), output)
    return BROKEN if diff.is_breaking else OK


def _without_rules(one: Documented, notes: list[str]) -> Documented:
    """Leave out what a contract has of rules that nobody can read."""
    kept = tuple(c for c in one.contract.clauses if c.source != "inferred")
    if len(kept) < len(one.contract.clauses):
        notes.append(f"there is no {RULES} beside either: inferred clauses are not compared")
    return replace(one, contract=replace(one.contract, clauses=kept))


def _rules_beside(path: Path) -> str | None:
    """Read the rules beside a page or a contract; None where there are none."""
    folder = path if path.is_dir() else path.parent
    try:
        return rules_text(folder) if (folder / RULES).exists() else None
    except RuleError as error:
        raise click.ClickException(f"{folder / RULES}: {error}") from None


def _documented(path: Path, rules: str, notes: list[str]) -> Documented:
    """Read a page, or a contract, with what of some rules fits it; note what does not."""
    file = path
    if path.is_dir():
        file = path / (CONTRACT if (path / CONTRACT).exists() else PAGE)
    body, text = file.read_bytes(), None
    try:
        if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            contract, fit, left_out = _from_contract(file, body, rules)
        else:
            page = read_page(body, read_types(rules))
            contract, fit, left_out = derive_fitting(page, rules)
            text = text_of(body)
        notes += (f"{path}: {RULES} does not fit it: {reason}" for reason in left_out)
        found, flows = read_inferred(fit, contract.response)
    except PageError as error:
        raise click.ClickException(f"{file}: refused: {error}") from None
    except RuleError as error:
        raise click.ClickException(f"{file}: {RULES}: {error}") from None
    known = contract.located
    return Documented(
        contract,
        tuple(rule for rule in found if rule.id in contract.by_id),
        tuple(flow for flow in flows if ("exchange", flow.path, "terminal") in known),
        text,
    )


def _from_contract(file: Path, body: bytes, rules: str) -> tuple[Contract, Source, list[str]]:
    try:
        contract = from_json(text_of(body), read_types(rules))
    except TextFileError as error:
        raise click.ClickException(f"{file}: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        again = f"derive it again from {PAGE}"
        raise click.ClickException(f"{file} is not a contract: {again}") from None
    return contract, *fitting(rules, contract.request, contract.response)
