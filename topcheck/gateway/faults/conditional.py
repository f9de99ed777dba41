"""Conditional faults: what only some requests meet, and formats that are not what was asked for."""

from collections.abc import Collection, Iterator
from functools import partial

from topcheck.contract.clauses import fits
from topcheck.contract.contract import Contract
from topcheck.gateway.faults.fault import Fault, behaviour
from topcheck.gateway.faults.transport import as_html
from topcheck.gateway.orders import LONG_ID
from topcheck.gateway.signing import SIGN
from topcheck.generate.requests import classes_of
from topcheck.wire.exchange import Request


def conditional_faults(contract: Contract) -> Iterator[Fault]:
    """Yield faults that only some requests meet, and formats that are not what was asked for."""
    for name, parameter in contract.request.fields.items():
        if any(map(_is_more, classes_of(parameter).values())):
            yield behaviour(f"conditional.{name}", "wire.body.type",
                            f"a long or Chinese {name} is answered with a page of HTML",
                            answer=as_html, when=partial(_needs_more, name))  # fmt: skip
    ids = [field.name for field in contract.ids if fits(field, LONG_ID)]
    for status in contract.coded if ids else ():
        if status.path not in contract.echoes:
            yield behaviour(f"conditional.{contract.short_names[status.path]}.lost",
                            contract.exchange_clause(status.path, "echo").id,
                            "an order with an id of many digits is not found",
                            edit=partial(_rounded, ids), when=_fine)  # fmt: skip
    yield behaviour("envelope.json_only", "wire.body.type",
                    "JSON is answered whatever is asked for",
                    edit=lambda *_: {"format": "json"}, when=_fine, formats=("xml",))  # fmt: skip
    yield behaviour("envelope.json_by_default", "wire.body.type",
                    "JSON is answered where no format is asked for",
                    edit=lambda *_: {"format": "json"}, formats=("xml",),
                    when=lambda r: _fine(r) and r.value("format") is None)  # fmt: skip
    outcome = (clause.id for clause in contract.clauses if clause.rule == "one_outcome")
    root = next(outcome, contract.response.clause_id("known"))
    yield behaviour("envelope.never_simple", root,
                    "the root stays though simplify asks for none",
                    edit=lambda *_: {"simplify": None}, formats=("json",),
                    when=lambda r: bool(r.value("simplify")))  # fmt: skip


def _rounded(names: Collection[str], request: Request, *_: object) -> dict[str, str]:
    """Look for another order than the one that was asked for: ids go through a double."""
    ids = {name: request.value(name) or "" for name in names}
    rounded = {k: str(int(float(v))) for k, v in ids.items() if v.isdecimal() and len(v) < 20}
    return {name: value for name, value in rounded.items() if value != ids[name]}


def _fine(request: Request) -> bool:
    """Whether a request says who it is, so that signing it anew repairs nothing."""
    return len(request.value(SIGN) or "") >= 32 and request.value(SIGN) != "0" * 32


def _needs_more(name: str, request: Request) -> bool:
    """Whether a parameter needs more than a double, or more than ASCII."""
    return _is_more(request.value(name) or "")


def _is_more(value: str) -> bool:
    return not value.isascii() or len(value.strip("-")) > 15
