"""The derived files of a method's folder: written from a contract, compared, and loaded again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from topcheck.contract import json_schema, openapi, xsd
from topcheck.contract.comparison import differing
from topcheck.contract.contract import Contract, from_json, indented, to_json
from topcheck.contract.inferred import Flow, Rule, RuleError, read_inferred, read_order, read_types
from topcheck.contract.orders_schema import orders_schema
from topcheck.wire.text_file import TextFileError, text_of

PAGE = "page.txt"
RULES = "inferred.toml"
CONTRACT = "contract.json"

#: What two transcriptions of one page may say in words of their own.
WORDING = frozenset({"title", "category", "description", "quote", "line"})


def derived_files(contract: Contract) -> dict[str, str]:
    """Write every derived file as text, by its name."""
    schemas = {side: json_schema.body_schema(contract, side) for side in contract.trees}
    return {
        CONTRACT: to_json(contract),
        **{f"{side}.schema.json": indented(schema) for side, schema in schemas.items()},
        "response.xsd": xsd.schema_text(contract),
        "orders.schema.json": indented(orders_schema(contract)),
        "openapi.json": indented(openapi.document(contract)),
    }


class ContractError(Exception):
    """`contract.json` cannot be read."""


def load(folder: Path) -> tuple[Contract, tuple[Rule, ...], tuple[Flow, ...]]:
    """Load contract, rules and flows from a folder. Raises OSError, ContractError or RuleError."""
    rules = rules_text(folder)
    types = read_types(rules)
    try:
        contract = from_json((folder / CONTRACT).read_text("utf-8"), types)
        order = read_order(rules, contract.request, contract.response)
        contract = replace(contract, order=order)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        again = f"derive it again from {PAGE}"
        raise ContractError(f"{folder / CONTRACT} is not a contract: {again}") from None
    found, flows = read_inferred(rules, contract.response)
    named = [("response", rule.path, rule.fact) for rule in found]
    named += [("exchange", flow.path, "terminal") for flow in flows]
    derived = {place for place, one in contract.located.items() if one.source == "inferred"}
    if derived != set(named):
        lacks = "lacks what" if set(named) - derived else "has more than"
        raise ContractError(f"{folder / CONTRACT} {lacks} {RULES} says: derive it again")
    return contract, found, flows


def rules_text(folder: Path) -> str:
    """Read the curated rules of a folder; one without them has none. Raises OSError, RuleError."""
    path = folder / RULES
    try:
        return text_of(path.read_bytes()) if path.exists() else ""
    except TextFileError as error:
        raise RuleError(str(error)) from None


def differences(files: Mapping[str, str], folder: Path, exact: bool) -> Iterator[str]:
    """Yield, a line each, how the derived files differ from those in a folder.

    `contract.json` is compared without its wording; the others, byte for byte, only if `exact`.
    """
    path = folder / CONTRACT
    if not path.exists():
        yield f"{CONTRACT}: it is missing in {folder}: run derive without --check"
        return
    try:
        committed = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        yield f"{CONTRACT}: it is not JSON: {error}"
        return
    for where, old, new in differing(committed, json.loads(files[CONTRACT]), WORDING):
        place = ".".join(where) or "all of it"
        yield f"{CONTRACT}: {place}: committed {_short(old)}, derived {_short(new)}"
    for name in files if exact else ():
        here = folder / name
        if not here.exists():
            yield f"{name}: it is missing in {folder}"
        elif here.read_bytes() != files[name].encode():
            yield f"{name}: it is not what the page gives; run topcheck derive on it"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
