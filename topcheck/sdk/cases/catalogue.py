"""All cases of one contract, and what their calls are made with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Rule
from topcheck.gateway.client import Credentials
from topcheck.gateway.orders import OrderBook
from topcheck.sdk.case import Call, SdkCase
from topcheck.sdk.cases.answers import answers
from topcheck.sdk.cases.documents import Documents
from topcheck.sdk.cases.errors import errors
from topcheck.sdk.cases.sends import sends
from topcheck.sdk.cases.survives import survives
from topcheck.sdk.worker import CALLER
from topcheck.wire.tree import Node
from topcheck.workspace import Workspace


class SdkCases:
    """The cases of a contract. `sample` is the answer that the page's examples make.

    `orders` makes a fresh order book, by which a gateway answers what no case scripts.
    """

    def __init__(
        self, contract: Contract, rules: tuple[Rule, ...], sample: Node, credentials: Credentials,
        orders: Callable[[], OrderBook],
    ) -> None:  # fmt: skip
        self.contract = contract
        self.credentials = credentials
        self.orders = orders
        self._documents = Documents(contract, rules, sample, credentials)
        self.all = cache(self._all)

    @classmethod
    def of(cls, workspace: Workspace) -> SdkCases:
        """Return the cases of a workspace's contract, for the caller of the gate."""
        found = workspace
        return cls(found.contract, found.rules, found.sample, CALLER, found.default_orders)

    def plain(self, fmt: str) -> Call:
        """Return a plain call that is answered by the page's sample."""
        return self._documents.call(fmt, self._documents.sample)

    def _all(self, fmt: str) -> tuple[SdkCase, ...]:
        """Return every case, in the order of the report; requests are looked at in one format."""
        served = self._documents
        return (*sends(served, fmt), *answers(served), *errors(served), *survives(served))
