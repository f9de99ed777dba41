"""What is expected of an answer that was served: judges of one clause, over what came of calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from topcheck.sdk.case import Observation, Problem, Unseen, caught_failure, shown, told
from topcheck.sdk.cases.documents import Documents
from topcheck.sdk.result import served
from topcheck.wire.tree import Node


def failed(observations: Sequence[Observation]) -> Problem | None:
    """Expect a failure, and nothing else."""
    return caught_failure(observations[-1])


def handed(
    docs: Documents, document: Node, paths: Collection[str], observations: Sequence[Observation]
) -> Problem | None:
    """Expect the leaves at some paths to reach the caller as a document holds them."""
    one = observations[-1]
    if one.outcome != "response":
        return Problem("", "a response", told(one))
    expected, found = served(document).texts, docs.read(one)
    observed = [path for path in paths if path in expected and found.observes(path)]
    if not observed:
        raise Unseen
    return _different(observed, expected, found.texts)


def as_plainly(docs: Documents, observations: Sequence[Observation]) -> Problem | None:
    """Expect the last answer to reach the caller as the first did, which says the same.

    What reaches no caller, however it is told, is a matter of another clause.
    """
    first, last = observations[0], observations[-1]
    if first.outcome != "response":
        raise Unseen
    if last.outcome != "response":
        return Problem("", "a response", told(last))
    expected = docs.read(first).texts
    if not expected:
        raise Unseen
    return _different(docs.paths, expected, docs.read(last).texts)


def right(docs: Documents, observations: Sequence[Observation]) -> Problem | None:
    """Expect an answer that is read as the plain one before it, or a failure."""
    if observations[-1].outcome == "response":
        return as_plainly(docs, observations)
    return failed(observations)


def exact(
    docs: Documents, documents: Sequence[Node], path: str, observations: Sequence[Observation]
) -> Problem | None:
    """Expect neither the value nor the type of a number to change, whatever its size."""
    kinds = set()
    for at, (document, one) in enumerate(zip(documents, observations, strict=True)):
        if problem := handed(docs, document, [path], [one]):
            return replace(problem, call=at)
        kinds.add(docs.read(one).kinds[path])
    if len(kinds) == 1:
        return None
    return Problem(path, "one type", " and ".join(sorted(kinds)))


def absent(
    docs: Documents, document: Node, path: str, observations: Sequence[Observation]
) -> Problem | None:
    """Expect nothing to be handed over of a member that a document does not hold."""
    (one,) = observations
    if one.outcome != "response":
        return Problem(path, "a response", told(one))
    found = docs.read(one).texts
    if path in found and path not in served(document).texts:
        return Problem(path, "nothing", found[path])
    return None


def typed(docs: Documents, document: Node, observations: Sequence[Observation]) -> Problem | None:
    """Expect a number not to become a text, nor a text a number."""
    (one,) = observations
    found = docs.read(one).kinds if one.outcome == "response" else {}
    if not found:
        raise Unseen  # and told under other clauses
    for path, kind in served(document).kinds.items():
        if found.get(path, kind) != kind:
            return Problem(path, f"a {kind}", f"a {found[path]}")
    return None


def unsuccessful(
    docs: Documents, flags: Collection[str], observations: Sequence[Observation]
) -> Problem | None:
    """Expect the flags of a call that did not succeed to say so, or a failure."""
    plain, one = observations
    if one.outcome != "response":
        return caught_failure(one)
    if plain.outcome != "response" or not docs.read(plain).texts.keys() & flags:
        raise Unseen  # what lies above what the SDK hands over is not observed
    found = docs.read(one).texts
    wrong = next((path for path in flags if found.get(path) != "false"), None)
    return Problem(wrong, "false", found.get(wrong, told(one))) if wrong else None


def _different(
    paths: Collection[str], expected: Mapping[str, str], found: Mapping[str, str]
) -> Problem | None:
    """Name the first path at which another text was found, if any was expected."""
    for path in (path for path in paths if path in expected):
        if found.get(path) != expected[path]:
            actual = shown(found[path]) if path in found else "nothing"
            return Problem(path, shown(expected[path]), actual)
    return None
