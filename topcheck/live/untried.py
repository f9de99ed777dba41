"""Why a clause was not observed at a gateway: which option, or which orders, have it tried."""

from collections.abc import Mapping

from topcheck.contract.model import Clause
from topcheck.live.inconclusive import with_advice

#: What has a clause tried, by its side and its fact.
_TRIED_BY: Mapping[tuple[str, str], str] = {
    ("wire", "latency"): "give --latency-budget MS",
    ("exchange", "echo"): "give TOP_ORDERS with two orders or more, and their states",
    ("exchange", "alone"): "give TOP_ORDERS with two orders or more",
    ("exchange", "required"): "give TOP_ORDERS with an order that the gateway knows",
    ("exchange", "exact"): "give TOP_ORDERS with an order whose ids have 17 digits or more",
    ("exchange", "accumulates"): "give TOP_ORDERS with an order that has such an amount",
    ("exchange", "terminal"): "give TOP_ORDERS with an order that has ended",
    ("exchange", "parity"): "give TOP_ORDERS with an order that is found in both formats",
}
#: The same by its side alone.
_SHOWN_BY: Mapping[str, str] = {
    "response": "not in any answer: give TOP_ORDERS with an order that has it",
    "error_response": "not in any refusal",
}


def why_untried(clause: Clause, stopped: str | None) -> str | None:
    """Say what has a clause tried, None if nothing that is given to a run does.

    `stopped` is why no more was asked, None if all was.
    """
    kind = clause.side, clause.fact
    if stopped and kind != ("wire", "latency"):
        return with_advice(stopped)
    return _TRIED_BY.get(kind) or _SHOWN_BY.get(clause.side)
