"""For each clause of exchanges, reads of one order that keep it, and reads that break it."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow, Scalar
from topcheck.contract.model import Clause
from topcheck.contract.protocol import BEYOND_A_DOUBLE
from topcheck.generate import trees
from topcheck.generate.answers import Messages
from topcheck.generate.bodies import WRITERS
from topcheck.generate.breaks import JSON, XML
from topcheck.generate.requests import classes_of
from topcheck.wire.exchange import Exchange, Expectation, Request, Response
from topcheck.wire.tree import Node

Reads = tuple[Exchange, ...]
#: Reads that keep a clause, and reads that break it.
KeptAndBroken = tuple[Reads, Reads]

#: An id that a floating-point number cannot hold, and what it becomes there.
EXACT, ROUNDED = str(BEYOND_A_DOUBLE), str(BEYOND_A_DOUBLE - 1)


def read(fmt: str, document: Node, **expected: Any) -> Exchange:
    """Make an exchange whose answer is a document, as the platform sends it."""
    headers = (("Content-Type", protocol.CONTENT_TYPES[fmt]),)
    response = Response(200, headers, WRITERS[fmt](document))
    what = Expectation(format=fmt, codings=(), **expected)
    return Exchange(Request("POST"), response, at=None, seconds=0.1, expected=what)


def _responding(kept: Exchange, **otherwise: Any) -> Exchange:
    assert kept.response is not None  # noqa: S101 - `read` made it
    return replace(kept, response=replace(kept.response, **otherwise))


#: What is wrong around the body, by the clause that it breaks.
HTTP: Mapping[str, Callable[[Exchange], Exchange]] = {
    "wire.http.connection": lambda kept: replace(kept, response=None, failure="no answer in time"),
    "wire.http.head": partial(
        _responding, headers=tuple(("Content-Type", one) for one in protocol.CONTENT_TYPES.values())
    ),
    "wire.http.server_error": partial(_responding, status=500),
    "wire.http.status": partial(_responding, status=404),
    "wire.http.content_type": partial(_responding, headers=(("Content-Type", "text/plain"),)),
    "wire.http.gzip": partial(_responding, headers=(("Content-Encoding", "gzip"),)),
    "wire.http.latency": lambda kept: replace(kept, seconds=2.5),
}


def _apart(fmt: str, documents: Iterable[Node], **expected: Any) -> KeptAndBroken:
    """Read two documents, each by itself: what keeps a clause, and what breaks it."""
    kept, broken = (read(fmt, one, **expected) for one in documents)
    return (kept,), (broken,)


class ReadPairs:
    """Makes the reads for the clauses of one contract."""

    def __init__(
        self, contract: Contract, messages: Mapping[str, Messages], flows: Sequence[Flow]
    ) -> None:
        self._contract = contract
        self._answers = messages[contract.response.side]
        self._errors = messages[contract.error.side]
        self._flows = {flow.path: flow for flow in flows}
        self._makers: Mapping[str, Callable[[Clause, DrawFn, str], KeptAndBroken]] = {
            "echo": self._echo,
            "exact": self._exact,
            "parity": self._parity,
            "accumulates": self._accumulates,
            "terminal": self._terminal,
            "refused": self._refused,
            "required": self._accepted,
            "alone": self._alone,
            "code": self._refusal_code,
            "format": self._refused,
        }

    def of(self, clause: Clause) -> Callable[[DrawFn, str], KeptAndBroken]:
        """Return what draws the reads of a clause, in one of the formats.

        Raises KeyError for another kind of clause.
        """
        if clause.side != "wire" or clause.path == "refusal":
            return partial(self._makers[clause.fact], clause)
        return partial(self._http if clause.id in HTTP else self._accepted, clause)

    def _http(self, clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        kept = read(fmt, self._answers.draw(draw), budget=1.0)
        return (kept,), (HTTP[clause.id](kept),)

    def _accepted(self, clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        """Draw an answer to a request that is in order, and a refusal of it."""
        code = protocol.MISSING_ARGUMENTS[0] if clause.fact == "required" else None
        documents = self._succeeded(draw), self._refusal(draw, code)
        return _apart(fmt, documents, accepted=clause.id)

    def _refused(self, clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        refused = clause.fact if clause.side == "wire" else clause.path
        documents = self._refusal(draw), self._succeeded(draw)
        return _apart(fmt, documents, refused=refused)

    def _refusal_code(self, _clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        name = draw(st.sampled_from(protocol.REFUSED_PARAMETERS))
        codes = protocol.REFUSAL_CLASSES[name]
        right = draw(st.sampled_from(sorted(codes)))
        wrong = draw(st.sampled_from(sorted(protocol.REFUSAL_CODES - codes)))
        documents = self._refusal(draw, right), self._refusal(draw, wrong)
        return _apart(fmt, documents, refused=name, codes=codes)

    def _alone(self, clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        """Ask for an order by one of its ids, and be answered, or twice that there is none."""
        ids = dict.fromkeys(self._contract.request.fields, "1")
        told = {path: "1" for path, one in self._contract.echoes.items() if one.name == clause.path}
        answers = self._succeeded(draw, told), self._refusal(draw, protocol.BUSINESS_CODE)
        what = {"parameters": {clause.path: "1"}, "ids": ids, "found": True}
        kept, broken = (read(fmt, one, **what) for one in answers)
        return (kept,), (broken, broken)

    def _echo(self, clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        path, field = clause.path, self._contract.echoes.get(clause.path)
        if field is not None:
            right, *others = classes_of(field).values()
            return self._answered(draw, fmt, path, field.name, (right, next(iter(others), "789")))
        if place := self._contract.unrepeated.get(path):
            known = [dict.fromkeys(self._contract.request.fields, id_) for id_ in ("1", "2")]
            documents = self._told(draw, {place: "1"}, {place: "2"})
            return _apart(fmt, documents, parameters={path: "1"}, orders=known)
        codes = trees.field_at(self._contract.response, path).enum or ()
        stated, other = draw(st.permutations(codes))[:2]
        documents = self._told(draw, {path: stated}, {path: other})
        return _apart(fmt, documents, stated={path: stated})

    def _exact(self, clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        if field := self._contract.echoes.get(clause.path):
            return self._answered(draw, fmt, clause.path, field.name, (EXACT, ROUNDED))
        # an id that no member is named after may be repeated in any text
        text = self._contract.unasked_texts[0]
        return self._answered(draw, fmt, text.path, clause.path, (EXACT, ROUNDED))

    def _answered(
        self, draw: DrawFn, fmt: str, path: str, name: str, ids: tuple[str, str]
    ) -> KeptAndBroken:
        """Ask for an id, and be answered it wherever it is told, or another one at a path."""
        right, wrong = ids
        places = [p for p, field in self._contract.echoes.items() if field.name == name]
        everywhere = dict.fromkeys([*places, path], right)
        documents = self._told(draw, everywhere, {**everywhere, path: wrong})
        return _apart(fmt, documents, parameters={name: right})

    def _parity(self, _clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        field = (*self._contract.plain_leaves, *self._contract.single_leaves)[0]
        values = ("1", "2") if field.is_plain else tuple(classes_of(field).values())[:2]
        documents = self._told(draw, *({field.path: value} for value in values))
        first, other = read(fmt, documents[0]), XML if fmt == JSON else JSON
        kept, broken = ((first, read(other, one), first) for one in documents)
        return kept, broken

    def _accumulates(self, clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        amounts = draw(st.sets(st.integers(0, 10**9), min_size=2, max_size=2))
        documents = self._told(draw, *({clause.path: amount} for amount in sorted(amounts)))
        small, large = (read(fmt, one) for one in documents)
        return (small, large), (large, small)

    def _terminal(self, clause: Clause, draw: DrawFn, fmt: str) -> KeptAndBroken:
        path, flow = clause.path, self._flows[clause.path]
        codes = [code for stage in flow.stages for code in stage]
        moves = list(itertools.product(codes, repeat=2))
        legal = draw(st.sampled_from([move for move in moves if flow.allows(*move)]))
        illegal = draw(st.sampled_from([move for move in moves if not flow.allows(*move)]))
        told = [self._told(draw, *({path: code} for code in move)) for move in (legal, illegal)]
        kept, broken = (tuple(read(fmt, one) for one in documents) for documents in told)
        return kept, broken

    def _told(self, draw: DrawFn, *patches: Mapping[str, Scalar]) -> list[Node]:
        """Draw one answer, and return what tells each patch of it: each keeps the rules."""
        document = self._answers.draw(draw)
        for patch in patches:  # what goes for one of them goes for all
            document = self._answers.telling(document, patch)
        return [self._answers.telling(document, patch) for patch in patches]

    def _succeeded(self, draw: DrawFn, told: Mapping[str, Scalar] | None = None) -> Node:
        """Draw a success that tells of an order: none of its outer flags says that it failed."""
        telling = sorted(self._contract.telling)[:1]
        flags = dict.fromkeys(self._contract.outer_flags, True)
        document = self._answers.draw(draw, telling)
        return self._answers.telling(document, {**flags, **(told or {})}, telling)

    def _refusal(self, draw: DrawFn, code: int | None = None) -> Node:
        """Draw an error that refuses a request, by any code that does unless one is given."""
        code = code or draw(st.sampled_from(sorted(protocol.REFUSAL_CODES)))
        return trees.patched(self._errors.draw(draw), self._contract.error, {"code": code})
