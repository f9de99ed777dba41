"""Conditional faults: what only some requests meet, and formats that are not what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from topcheck.contract.contract import Contract
from topcheck.gateway.client import Credentials, signed
from topcheck.gateway.faults.fault import ChangeAnswer, EditRequest, Fault
from topcheck.gateway.faults.transport import as_html
from topcheck.gateway.signing import SIGN
from topcheck.gateway.timing import Clock
from topcheck.wire.exchange import Request


def conditional_faults(contract: Contract) -> Iterator[Fault]:
    """Yield faults that only some requests meet, and formats that are not what was asked for."""
    for parameter in contract.request_rows:
        yield Fault(f"conditional.{parameter.name}", "wire.body.type", "conditional",
                    f"a long or Chinese {parameter.name} is answered with a page of HTML",
                    answer=_when(_one(parameter.name), as_html))  # fmt: skip

    for status in contract.coded:
        clause = contract.exchange_clause(status.path, "echo")
        yield Fault(f"conditional.{status.name}.lost", clause.id, "conditional",
                    "an order with an id of many digits is not found",
                    edit=_looked_up_rounded(contract))  # fmt: skip

    def json_always(request: Request, caller: Credentials, _clock: Clock) -> Request:
        return (
            signed(request.edited(format="json"), caller.app_secret) if _fine(request) else request
        )

    yield Fault("envelope.json_only", "wire.body.type", "envelope",
                "JSON is answered whatever is asked for",
                edit=json_always, formats=("xml",))  # fmt: skip
    yield Fault("envelope.json_by_default", "wire.body.type", "envelope",
                "JSON is answered where no format is asked for",
                edit=lambda r, caller, clock: json_always(r, caller, clock)
                if r.value("format") is None else r, formats=("xml",))  # fmt: skip
    whole = next(c.id for c in contract.clauses if c.rule == "one_outcome")
    yield Fault("envelope.never_simple", whole, "envelope",
                "the root stays though simplify asks for none",
                edit=lambda r, caller, _clock: signed(r.edited(simplify=None), caller.app_secret)
                if r.value("simplify") else r, formats=("json",))  # fmt: skip


def _looked_up_rounded(contract: Contract) -> EditRequest:
    """Look for another order than the one that was asked for: ids go through a double."""

    def edit(request: Request, caller: Credentials, _clock: Clock) -> Request:
        ids = {p.name: request.value(p.name) or "" for p in contract.request_rows}
        rounded = {k: str(int(float(v))) for k, v in ids.items() if v.isdigit() and len(v) < 20}
        changed = {name: value for name, value in rounded.items() if value != ids[name]}
        if not changed or not _fine(request):
            return request
        return signed(request.edited(**changed), caller.app_secret)

    return edit


def _fine(request: Request) -> bool:
    """Whether a request says who it is, so that signing it anew repairs nothing."""
    return len(request.value(SIGN) or "") >= 32 and request.value(SIGN) != "0" * 32


def _when(matches: Callable[[Request], bool], change: ChangeAnswer) -> ChangeAnswer:
    return lambda served: change(served) if matches(served.request) else served.response


def _one(name: str) -> Callable[[Request], bool]:
    """Match a request whose parameter needs more than a double, or more than ASCII."""

    def matches(request: Request) -> bool:
        value = request.value(name) or ""
        return not value.isascii() or len(value.strip("-")) > 15

    return matches
