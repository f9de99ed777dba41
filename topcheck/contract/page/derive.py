"""From what a page says to the contract."""

from __future__ import annotations

import dataclasses

from topcheck.contract import protocol
from topcheck.contract.clauses import derive_clauses
from topcheck.contract.contract import Contract, unique_ids
from topcheck.contract.inferred import read_inferred
from topcheck.contract.page.lines import PageError
from topcheck.contract.page.read import Page


def derive_contract(page: Page, rules_text: str = "") -> Contract:
    """Derive the contract from a page and the text of its rules. Raises PageError or RuleError."""
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
        return dataclasses.replace(contract, clauses=unique_ids(clauses))
    except ValueError as error:
        raise PageError(str(error)) from None
