"""For each clause across exchanges, reads of one order that keep it, and reads that break it."""

from __future__ import annotations

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
from topcheck.judge.exchanges import Read
from topcheck.wire.tree import Node

Reads = tuple[Read, ...]
#: Draws reads that keep a clause and reads that break it, in one of the formats.
Pairs = Callable[[DrawFn, str], tuple[Reads, Reads]]

#: An id that a floating-point number cannot hold, and what it becomes there.
EXACT, ROUNDED = str(2**53 + 1), str(2**53)


#: What is wrong around the body, by the clause that it breaks.
HTTP: Mapping[str, Mapping[str, Any]] = {
    "wire.http.connection": {"body": b"", "failure": "no answer in time"},
    "wire.http.server_error": {"status": 500},
    "wire.http.status": {"status": 404},
    "wire.http.content_type": {"headers": (("Content-Type", "text/plain"),)},
    "wire.http.gzip": {"headers": (("Content-Encoding", "gzip"),)},
    "wire.http.latency": {"seconds": 2.5},
}


class ReadPairs:
    """Makes the reads for the clauses of one contract."""

    def __init__(self, contract: Contract, rules: Sequence[Rule], flows: Sequence[Flow]) -> None:
        self._contract = contract
        self._root = contract.response
        self._answers = Messages(self._root, rules)
        self._error_root = contract.error
        self._errors = Messages(self._error_root)
        self._echoes = {field.name: path for path, field in contract.echoes.items()}
        #: Where an id may be repeated that no member is named after.
        self._elsewhere = next((field.path for field in contract.unasked_texts), "")
        self._paths = {f.name: f.path for f in reversed(list(self._root.walk()))}
        self._flows = {flow.path: flow for flow in flows}
        self._makers: Mapping[str, Callable[[str], Pairs]] = {
            "echo": self._echo,
            "exact": self._exact,
            "parity": self._parity,
            "accumulates": self._accumulates,
            "terminal": self._terminal,
            "refused": self._refused,
            "required": self._left_out,
        }

    def of(self, clause: Clause) -> Pairs:
        """Return what draws the pairs of a clause. Raises KeyError for another kind of clause."""
        if clause.id in HTTP:
            return self._http(HTTP[clause.id])
        if clause.id in protocol.WIRE:
            return self._accepted(clause.id, sorted(protocol.REFUSAL_CODES))
        return self._makers[clause.fact](clause.path.rpartition(".")[2])

    def _http(self, wrong: Mapping[str, Any]) -> Pairs:
        """Draw an answer, and the same with something wrong around its body."""

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            body = WRITERS[fmt](self._answers.draw(draw))
            headers = (("Content-Type", protocol.CONTENT_TYPES[fmt]),)
            kept = Read({}, fmt, body, headers=headers, seconds=0.1, budget=1.0)
            return (kept,), (replace(kept, **wrong),)

        return pairs

    def _left_out(self, name: str) -> Pairs:
        return self._accepted(f"exchange.{name}.required", [protocol.MISSING_ARGUMENTS[0]])

    def _accepted(self, clause_id: str, codes: Sequence[int]) -> Pairs:
        """Draw an answer to a request that is in order, and a refusal of it by one of the codes."""

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            success, error = self._answers.draw(draw), self._errors.draw(draw)
            code = draw(st.sampled_from(codes))
            refused = trees.patched(error, self._error_root, {"code": code})
            kept, broken = (
                (Read({}, fmt, WRITERS[fmt](document), right=clause_id),)
                for document in (success, refused)
            )
            return kept, broken

        return pairs

    def _told(self, draw: DrawFn, path: str) -> Callable[[Mapping[str, Scalar]], Node]:
        """Draw one answer that tells of a path, and return what patches it."""
        document = self._answers.draw(draw, [path])
        return lambda patch: trees.patched(document, self._root, patch)

    def _echo(self, name: str) -> Pairs:
        return self._answered(name, "788", "789") if name in self._echoes else self._stated(name)

    def _stated(self, name: str) -> Pairs:
        path = self._paths[name]
        codes = next(field.enum for field in self._root.walk() if field.path == path) or ()

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            told = self._told(draw, path)
            right, wrong = draw(st.permutations(codes))[:2]
            kept, broken = (
                (Read({}, fmt, WRITERS[fmt](told({path: code})), stated={path: right}),)
                for code in (right, wrong)
            )
            return kept, broken

        return pairs

    def _exact(self, name: str) -> Pairs:
        return self._answered(name, EXACT, ROUNDED)

    def _answered(self, name: str, right: str, wrong: str) -> Pairs:
        path = self._echoes.get(name, self._elsewhere)

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            told = self._told(draw, path)
            kept, broken = (
                (Read({name: right}, fmt, WRITERS[fmt](told({path: answered}))),)
                for answered in (right, wrong)
            )
            return kept, broken

        return pairs

    def _parity(self, _name: str) -> Pairs:
        path = self._contract.plain_leaves[0].path

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            told, other = self._told(draw, path), XML if fmt == JSON else JSON

            def reads(between: str) -> Reads:
                outer, inner = told({path: "1"}), told({path: between})
                first = Read({}, fmt, WRITERS[fmt](outer))
                return first, Read({}, other, WRITERS[other](inner)), first

            return reads("1"), reads("2")

        return pairs

    def _accumulates(self, name: str) -> Pairs:
        path = self._paths[name]

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            told = self._told(draw, path)
            fees = draw(st.sets(st.integers(0, 10**9), min_size=2, max_size=2))
            small, large = (Read({}, fmt, WRITERS[fmt](told({path: fee}))) for fee in sorted(fees))
            return (small, large), (large, small)

        return pairs

    def _terminal(self, name: str) -> Pairs:
        path = self._paths[name]
        flow = self._flows[path]
        codes = [code for stage in flow.stages for code in stage]
        moves = [(one, other) for one in codes for other in codes]
        legal = [move for move in moves if flow.allows(*move)]
        illegal = [move for move in moves if not flow.allows(*move)]

        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            told = self._told(draw, path)
            kept, broken = (
                tuple(Read({}, fmt, WRITERS[fmt](told({path: code}))) for code in move)
                for move in (draw(st.sampled_from(legal)), draw(st.sampled_from(illegal)))
            )
            return kept, broken

        return pairs

    def _succeeded(self, draw: DrawFn) -> Node:
        """Draw an answer none of whose outer flags says that the call failed."""
        flags = dict.fromkeys(self._contract.outer_flags, True)
        return trees.patched(self._answers.draw(draw), self._root, flags)

    def _refused(self, name: str) -> Pairs:
        def pairs(draw: DrawFn, fmt: str) -> tuple[Reads, Reads]:
            error, success = self._errors.draw(draw), self._succeeded(draw)
            kept, broken = (
                (Read({}, fmt, WRITERS[fmt](document), wrong=name),)
                for document in (error, success)
            )
            return kept, broken

        return pairs
