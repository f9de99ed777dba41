"""For each clause, exchanges that cannot break it, whatever is in them: so they do not try it.

Most are what keeps the clause, but for the one thing that the clause looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from topcheck.contract.inferred import Rule, applies
from topcheck.contract.model import Clause
from topcheck.generate import bodies, trees
from topcheck.generate.cases import write_as
from topcheck.generate.examples import examples
from topcheck.generate.reads import EXACT, Reads, read
from topcheck.wire.exchange import Exchange
from topcheck.wire.tree import Kind, Node
from topcheck.workspace import Workspace

#: So many messages are drawn of each root, beside the page's own.
DRAWN = 3
#: An id that any number can hold.
SHORT = "788"
#: An error that is about the order, and not about the request.
ABOUT_THE_ORDER = {"code": 15, "msg": "Remote service error"}

#: Clauses by which requests must be accepted.
WAYS = ("wire.sign.md5", "wire.transport.form", "wire.timestamp.tolerance")

#: Makes reads that keep a clause into such that cannot break it.
Change = Callable[[Reads], Reads]
#: A name for what is shown, and what is judged.
Untried = tuple[str, Reads]


# ------------------------------------------------------------------ messages


@cache
def documents(workspace: Workspace, side: str) -> list[Node]:
    """Return the page's own message of a side, and a few that are drawn."""
    own = {"response": [workspace.sample], "error_response": [workspace.error_sample]}
    drawn = examples(workspace.cases.kept(side), DRAWN)
    return [*own.get(side, []), *drawn]


def answers(workspace: Workspace, side: str, fmt: str) -> list[Reads]:
    """Return each message of a side as an answer by itself."""
    return [(read(fmt, document),) for document in documents(workspace, side)]


def _without(node: Node, names: list[str]) -> Node:
    """Return a copy without all that stands at a path, in the items of lists too."""
    if node.kind is Kind.ARRAY:
        return replace(node, children=[_without(item, names) for item in node.children])
    first, *rest = names
    others = [child for child in node.children if child.name != first]
    inside = [_without(c, rest) for c in node.children if rest and c.name == first]
    return replace(node, children=[*others, *inside])


def _left_out(workspace: Workspace, side: str, path: str) -> list[Node]:
    """Return the messages of a side without the member at a path."""
    root = workspace.contract.trees[side].name
    names = [root, *path.split(".")]
    return [_without(document, names) for document in documents(workspace, side)]


def _nulled(workspace: Workspace, side: str, path: str) -> list[Node]:
    """Return the messages of a side with null at a path, where it is there."""
    found = []
    for document in map(trees.copied, documents(workspace, side)):
        if spot := trees.spot(document, path):
            spot.replace(Node(spot.node.name, Kind.NULL, "null"))
            found.append(document)
    return found


# ------------------------------------------------------------------ clauses of a message


def of_message(workspace: Workspace, clause: Clause, fmt: str) -> Iterator[Untried]:
    """Yield answers that cannot break a clause about a root and what is in it."""
    other = "error_response" if clause.side == "response" else "response"
    yield from (("the other root", one) for one in answers(workspace, other, fmt))
    yield from (("no message", one) for one in _unreadable(fmt))
    rule = next((rule for rule in workspace.rules if rule.id == clause.id), None)
    for name, found in _of_rule(workspace, rule) if rule else _of_member(workspace, clause):
        yield from ((name, (read(fmt, document),)) for document in found)


def _of_member(workspace: Workspace, clause: Clause) -> Iterator[tuple[str, list[Node]]]:
    if not clause.path:
        return
    parent = clause.path.rpartition(".")[0]
    where = parent if clause.fact == "required" else clause.path
    if where:
        yield f"without {where}", _left_out(workspace, clause.side, where)
    if clause.fact in ("range", "enum", "format", "lexical", "known"):
        yield f"{where} is null", _nulled(workspace, clause.side, where)


def _of_rule(workspace: Workspace, rule: Rule) -> Iterator[tuple[str, list[Node]]]:
    """Yield what a rule says nothing about: nothing that it asks for, or nothing to ask about."""
    drawn = documents(workspace, "response")
    yield "not asked", [one for one in drawn if not applies(rule, trees.values(one))]
    for path, tests in rule.when.items():
        if "absent" not in tests:
            yield f"without {path}", _left_out(workspace, "response", path)
    if not any({"present", "absent"} & tests.keys() for tests in rule.then.values()):
        silent = [
            trees.patched(one, workspace.contract.response, dict.fromkeys(rule.then))
            for one in drawn
        ]
        yield "nothing to ask about", silent


def of_parameters(workspace: Workspace, clause: Clause, fmt: str) -> Iterator[tuple[str, Any]]:
    """Yield parameters that cannot break a clause about one of them, as a form or as JSON."""
    if clause.path:
        root = workspace.contract.request
        parent = clause.path.rpartition(".")[0]
        where = parent if clause.fact == "required" else clause.path
        for document in _left_out(workspace, "request", where) if where else ():
            yield f"without {where}", write_as(fmt, root, document)


# ------------------------------------------------------------------ clauses of an exchange


def _lost(reads: Reads) -> Reads:
    return tuple(replace(one, response=None, failure="no answer in time") for one in reads)


def _expecting(**what: Any) -> Change:
    return lambda reads: tuple(
        replace(one, expected=replace(one.expected, **what)) for one in reads
    )


def _timed(seconds: float | None) -> Change:
    return lambda reads: tuple(replace(one, seconds=seconds) for one in reads)


def _responding(**what: Any) -> Change:
    return lambda reads: tuple(
        replace(one, response=replace(one.response, **what)) for one in reads
    )


def _in_one_format(reads: Reads) -> Reads:
    return (reads[0],) * 3


def _with_short_ids(reads: Reads) -> Reads:
    """Ask for, and answer, an id that nothing rounds."""
    return tuple(map(_with_short_id, reads))


def _with_short_id(one: Exchange) -> Exchange:
    body = one.response.body.replace(EXACT.encode(), SHORT.encode())
    asked = dict.fromkeys(one.expected.parameters, SHORT)
    return replace(
        one,
        response=replace(one.response, body=body),
        expected=replace(one.expected, parameters=asked),
    )


def _first(count: int) -> Change:
    return lambda reads: reads[:count]


#: What makes reads that keep a clause unable to break it, by the clause or its fact.
CHANGES: Mapping[str, Mapping[str, Change]] = {
    "wire.http.connection": {"a recording": _timed(None)},
    "wire.http.head": {"a recording": _timed(None), "no answer": _lost},
    "wire.http.latency": {"no budget": _expecting(budget=None), "a recording": _timed(None),},
    "wire.http.gzip": {"unknown what was asked": _expecting(codings=None), "no answer": _lost},
    "wire.http.server_error": {"no answer": _lost},
    "wire.http.status": {"no answer": _lost, "a server error": _responding(status=500)},
    "wire.http.content_type": {"no answer": _lost, "no body": _responding(body=b"")},
    "wire.refusal.code": {
        "a plain request": _expecting(refused=None),
        "not said which": _expecting(codes=frozenset()),
        "no answer": _lost,
    },
    "wire.refusal.format": {"a plain request": _expecting(refused=None), "no answer": _lost},
    "alone": {"not known": _expecting(found=False), "nothing asked": _expecting(parameters={})},
    "refused": {"a plain request": _expecting(refused=None)},
    "accepted": {"not meant to": _expecting(accepted=None), "no answer": _lost},
    "echo of another id": {"no other order": _expecting(orders=()), "no answer": _lost},
    "echo": {"nothing asked or stated": _expecting(parameters={}, stated={}), "no answer": _lost},
    "exact": {"three digits": _with_short_ids, "nothing asked": _expecting(parameters={})},
    "parity": {"one format": _in_one_format, "two reads": _first(2)},
    "accumulates": {"one read": _first(1)},
    "terminal": {"one read": _first(1)},
}  # fmt: skip

#: By which of an answer's members a clause can be broken, an answer without it cannot.
_OF_A_MEMBER = ("echo", "accumulates", "terminal")


def of_exchange(workspace: Workspace, clause: Clause, kept: Reads) -> Iterator[Untried]:
    """Yield reads that cannot break a clause across exchanges; `kept` are such that keep it."""
    accepted = kept[0].expected.accepted is not None
    other = workspace.contract.unrepeated.get(clause.path) if clause.fact == "echo" else None
    fact = "echo of another id" if other else clause.fact
    key = clause.id if clause.id in CHANGES else "accepted" if accepted else fact
    for name, change in CHANGES[key].items():
        yield name, change(kept)
    if accepted:
        others = [one for one in WAYS if one != clause.id]
        yield from ((f"meant for {one}", _expecting(accepted=one)(kept)) for one in others)
    if clause.side == "exchange" or accepted:
        error = trees.error(workspace.contract.error, ABOUT_THE_ORDER)
        yield "an error about the order", tuple(_answered(one, error) for one in kept)
    if clause.fact in _OF_A_MEMBER:
        path = other or clause.path
        for document in _left_out(workspace, "response", path):
            yield f"without {path}", tuple(_answered(one, document) for one in kept)


def _answered(exchange: Exchange, document: Node) -> Exchange:
    """Return an exchange with another answer in the same format."""
    fmt = str(exchange.expected.format)
    return replace(exchange, response=read(fmt, document).response)


# ------------------------------------------------------------------ clauses of a body


def _unreadable(fmt: str) -> Iterator[Reads]:
    """Yield answers whose body is none of the formats, and none at all."""
    answer = read(fmt, Node("", Kind.OBJECT, children=[Node("x", Kind.STRING, "1")]))
    yield _responding(body=bodies.HTML)((answer,))
    yield _responding(body=b"")((answer,))
    yield _lost((answer,))


def of_body(workspace: Workspace, clause: Clause, fmt: str) -> Iterator[Untried]:
    """Yield answers that cannot break a clause about the body as a whole."""
    *others, lost = _unreadable(fmt)
    yield "no answer", lost
    if clause.id != "wire.body.type":
        yield from (("no body of its format", one) for one in others)
    if clause.id == "wire.body.doctype" and fmt == "json":
        yield from (("JSON", one) for one in answers(workspace, "response", fmt))


def messages(
    workspace: Workspace, clause: Clause, fmt: str, kept: Iterable[Reads]
) -> Iterator[Untried]:
    """Yield exchanges in a format that cannot break a clause, whatever it is about.

    `kept` are reads that keep it, where it is about more than a body.
    """
    if clause.side in ("response", "error_response"):
        yield from of_message(workspace, clause, fmt)
    elif (clause.side, clause.path) == ("wire", "body"):
        yield from of_body(workspace, clause, fmt)
    for reads in kept:
        yield from of_exchange(workspace, clause, reads)
