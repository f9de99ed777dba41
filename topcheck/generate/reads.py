"""For each clause across exchanges, reads of one order that keep it, and reads that break it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow, Rule, Scalar
from topcheck.contract.model import Clause
from topcheck.generate import trees
from topcheck.generate.answers import Messages
from topcheck.generate.bodies import WRITERS
from topcheck.generate.changes import JSON, XML
from topcheck.generate.requests import classes_of
from topcheck.wire.exchange import Exchange, Expectation, Request, Response
from topcheck.wire.tree import Node

Reads = tuple[Exchange, ...]
#: Draws reads that keep a clause and reads that break it, in one of the formats.
Pairs = Callable[[DrawFn, str], tuple[Reads, Reads]]

#: An id that a floating-point number cannot hold, and what it becomes there.
EXACT, ROUNDED = str(2**53 + 1), str(2**53)


def read(fmt: str, document: Node, **expected: Any) -> Exchange:
    """Make an exchange whose answer is a document, as the platform sends it."""
    headers = (("Content-Type", protocol.CONTENT_TYPES[fmt]),)
    response = Response(200, headers, WRITERS[fmt](document))
    what = Expectation(format=fmt, codings=(), **expected)
    return Exchange(Request("POST"), response, at=None, seconds=0.1, expected=what)


def _of_response(**changes: Any) -> Callable[[Exchange], Exchange]:
    def change(kept: Exchange) -> Exchange:
        assert kept.response is not None  # noqa: S101 - `read` made it
        return replace(kept, response=replace(kept.response, **changes))

    return change


#: What is wrong around the body, by the clause that it breaks.
HTTP: Mapping[str, Callable[[Exchange], Exchange]] = {
    "wire.http.connection": lambda kept: replace(kept, response=None, failure="no answer in time"),
    "wire.http.server_error": _of_response(status=500),
    "wire.http.status": _of_response(status=404),
    "wire.http.content_type": _of_response(headers=(("Content-Type", "text/plain"),)),
    "wire.http.gzip": _of_response(headers=(("Content-Encoding", "gzip"),)),
    "wire.http.latency": lambda kept: replace(kept, seconds=2.5),
}


class ReadPairs:
    """Makes the reads for the clauses of one contract."""

    def __init__(self, contract: Contract, rules: Sequence[Rule], flows: Sequence[Flow]) -> None:
        self._contract = contract
        self._root, self._error_root = contract.response, contract.error
        self._answers = Messages(self._root, rules)
        self._errors = Messages(self._error_root)
        self._flows = {flow.path: flow for flow in flows}
        self._makers: Mapping[str, Callable[[Clause], Pairs]] = {
            "echo": self._echo,
            "exact": self._exact,
            "parity": self._parity,
            "accumulates": self._accumulates,
            "terminal": self._terminal,
            "refused": self._refused,
            "required": lambda clause: self._accepted(clause, [protocol.MISSING_ARGUMENTS[0]]),
        }

    def of(self, clause: Clause) -> Pairs:
        """Return what draws the pairs of a clause. Raises KeyError for another kind of clause."""
        if clause.id in HTTP:
            return self._http(HTTP[clause.id])
        if clause.side == "wire":
            return self._accepted(clause, sorted(protocol.REFUSAL_CODES))
        return self._makers[clause.fact](clause)

    def _http(self, break_it: Callable[[Exchange], Exchange]) -> Pairs:
        """Draw an answer, and the same with something wrong around its body."""

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            kept = read(fmt, self._answers.draw(draw), budget=1.0)
            return (kept,), (break_it(kept),)

        return pairs

    def _accepted(self, clause: Clause, codes: Sequence[int]) -> Pairs:
        """Draw an answer to a request that is in order, and a refusal of it by one of the codes."""

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            documents = self._succeeded(draw), self._refusal(draw, codes)
            kept, broken = (read(fmt, document, accepted=clause.id) for document in documents)
            return (kept,), (broken,)

        return pairs

    def _refused(self, clause: Clause) -> Pairs:
        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            codes = sorted(protocol.REFUSAL_CODES)
            documents = self._refusal(draw, codes), self._succeeded(draw)
            kept, broken = (read(fmt, document, refused=clause.path) for document in documents)
            return (kept,), (broken,)

        return pairs

    def _echo(self, clause: Clause) -> Pairs:
        field = self._contract.echoes.get(clause.path)
        if field is None:
            return self._stated(clause.path)
        right, *others = classes_of(field).values()
        return self._answered(clause.path, field.name, right, next(iter(others), "789"))

    def _exact(self, clause: Clause) -> Pairs:
        if field := self._contract.echoes.get(clause.path):
            return self._answered(clause.path, field.name, EXACT, ROUNDED)
        # an id that no member is named after may be repeated in any text
        text = self._contract.unasked_texts[0]
        return self._answered(text.path, clause.path, EXACT, ROUNDED)

    def _answered(self, path: str, name: str, right: str, wrong: str) -> Pairs:
        """Ask for an id, and be answered it wherever it is told, or something else at a path."""
        places = [p for p, field in self._contract.echoes.items() if field.name == name]
        everywhere = dict.fromkeys([*places, path], right)

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            documents = self._told(draw, everywhere, {**everywhere, path: wrong})
            kept, broken = (read(fmt, one, parameters={name: right}) for one in documents)
            return (kept,), (broken,)

        return pairs

    def _stated(self, path: str) -> Pairs:
        codes = trees.field_at(self._root, path).enum or ()

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            right, wrong = draw(st.permutations(codes))[:2]
            documents = self._told(draw, {path: right}, {path: wrong})
            kept, broken = (read(fmt, one, stated={path: right}) for one in documents)
            return (kept,), (broken,)

        return pairs

    def _parity(self, _clause: Clause) -> Pairs:
        path = self._contract.plain_leaves[0].path

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            documents = self._told(draw, {path: "1"}, {path: "2"})
            first, other = read(fmt, documents[0]), XML if fmt == JSON else JSON
            kept, broken = ((first, read(other, one), first) for one in documents)
            return kept, broken

        return pairs

    def _accumulates(self, clause: Clause) -> Pairs:
        path = clause.path

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            amounts = draw(st.sets(st.integers(0, 10**9), min_size=2, max_size=2))
            documents = self._told(draw, *({path: amount} for amount in sorted(amounts)))
            small, large = (read(fmt, one) for one in documents)
            return (small, large), (large, small)

        return pairs

    def _terminal(self, clause: Clause) -> Pairs:
        path, flow = clause.path, self._flows[clause.path]
        codes = [code for stage in flow.stages for code in stage]
        pairs_of_codes = list(itertools.product(codes, repeat=2))
        legal = [move for move in pairs_of_codes if flow.allows(*move)]
        illegal = [move for move in pairs_of_codes if not flow.allows(*move)]

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            moves = [draw(st.sampled_from(some)) for some in (legal, illegal)]
            told = [self._told(draw, *({path: code} for code in move)) for move in moves]
            kept, broken = (tuple(read(fmt, one) for one in documents) for documents in told)
            return kept, broken

        return pairs

    # -------------------------------------------------------------- documents

    def _told(self, draw: DrawFn, *patches: Mapping[str, Scalar]) -> list[Node]:
        """Draw one answer, and return what tells each patch of it: each keeps the rules."""
        document = self._answers.draw(draw)
        for patch in patches:  # what goes for one of them goes for all
            document = self._answers.telling(draw, document, patch)
        return [self._answers.telling(draw, document, patch) for patch in patches]

    def _succeeded(self, draw: DrawFn) -> Node:
        """Draw a success that tells of an order: none of its outer flags says that it failed."""
        telling = sorted(self._contract.telling)[:1]
        flags = dict.fromkeys(self._contract.outer_flags, True)
        document = self._answers.draw(draw, telling)
        return self._answers.telling(draw, document, flags, telling)

    def _refusal(self, draw: DrawFn, codes: Sequence[int]) -> Node:
        """Draw an error that refuses a request."""
        code = draw(st.sampled_from(codes))
        return trees.patched(self._errors.draw(draw), self._error_root, {"code": code})
