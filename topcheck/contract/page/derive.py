"""From the bytes of a page to its contract and the text of each derived file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from topcheck.contract import protocol
from topcheck.contract.clauses import derive_clauses
from topcheck.contract.contract import Contract, unique_ids
from topcheck.contract.files import derived_files
from topcheck.contract.inferred import Rule, read_inferred
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.read import Page, read_page


@dataclass(frozen=True, slots=True)
class Derivation:
    """A page, the contract and rules that come from it, and the text of each derived file."""

    page: Page
    contract: Contract
    rules: tuple[Rule, ...]
    files: Mapping[str, str]


def derive(page_body: bytes, rules_text: str = "") -> Derivation:
    """Derive everything from the bytes of a page. Raises PageError or RuleError."""
    return derive_from(read_page(page_body), rules_text)


def derive_from(page: Page, rules_text: str) -> Derivation:
    """Derive everything from a page that was read. Raises PageError or RuleError."""
    contract = Contract(
        method=page.layout.method,
        title=page.layout.title,
        category=page.layout.category,
        description=page.layout.description,
        root=page.root,
        error_root=protocol.ERROR_ROOT,
        request_rows=page.request,
        response_rows=page.response,
        error_rows=page.error,
        error_codes=page.error_codes,
    )
    rules, flows = read_inferred(rules_text, contract.response)
    clauses = derive_clauses(contract, page.quotes, page.accumulated, rules, flows)
    try:
        contract = dataclasses.replace(contract, clauses=unique_ids(clauses))
    except ValueError as error:
        raise PageError(str(error)) from None
    return Derivation(page, contract, rules, derived_files(contract))
