"""What is expected of an SDK: of what it made of an answer, and of the requests that it sent."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from topcheck.contract import protocol
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD, is_signed, signed_bytes
from topcheck.sdk.case import (
    Observation,
    Observations,
    Problem,
    ReceivedRequest,
    Unseen,
    failed,
    shown,
    shown_at,
    told,
)
from topcheck.sdk.result import SdkResult, bare, places, served
from topcheck.sdk.worker import CALLER
from topcheck.wire.exchange import Request
from topcheck.wire.tree import Node, excerpt

#: The byte order mark of UTF-8.
MARK = b"\xef\xbb\xbf"
#: So much of what must be signed is shown, in characters: names and values without separators.
_SHOWN = 400
#: How far apart two requests must arrive to have been made in different seconds, in seconds.
NEW_SECOND = 1.2
#: How long an answer is held so that the next request falls into a new second, in milliseconds.
SLOWLY = 1300


def handed(
    document: Node, paths: Collection[str], observations: Observations, lists: bool = False
) -> Problem | None:
    """Expect the leaves at some paths to reach the caller as a document holds them.

    That a list has become an object is told under one clause, by who says that it is about `lists`.
    """
    one = observations[-1]
    if one.reply.outcome != "response":
        return Problem("", "a response", told(one))
    if one.result.raw is not None:
        raise Unseen
    expected, prefix = served(document), one.result.prefix
    texts = expected.texts
    observed = [path for path in paths if path.startswith(prefix) and places(path, texts)]
    if not observed:
        raise Unseen
    items = (place for path in observed for place in places(path, texts) if "[" in place)
    if not lists and any(bare(place) in one.result.texts for place in items):
        raise Unseen
    return _different(observed, expected, one.result)


def as_plainly(paths: Collection[str], observations: Observations) -> Problem | None:
    """Expect the last answer to reach the caller as the first did, which says the same.

    What reaches no caller, however it is told, is a matter of another clause.
    """
    first, last = observations[0], observations[-1]
    if first.reply.outcome != "response":
        raise Unseen
    if last.reply.outcome != "response":
        return Problem("", "a response", told(last))
    if first.result.raw is not None:
        return _as_text(first, last)
    if not first.result.texts:
        raise Unseen
    return _different(paths, first.result, last.result)


def _as_text(first: Observation, last: Observation) -> Problem | None:
    """Expect the same text of the same body; what another body says is read by nobody here."""
    bodies = {one.call.answers[-1][one.asked].body.removeprefix(MARK) for one in (first, last)}
    if len(bodies) > 1:
        raise Unseen
    texts = [(one.result.raw or "").removeprefix(MARK.decode()) for one in (first, last)]
    return None if texts[0] == texts[1] else Problem("", shown(texts[0]), shown(texts[1]))


def in_one_form(observations: Observations) -> Problem | None:
    """Expect the members of an answer in each format, or its text in each."""
    if any(one.reply.outcome != "response" for one in observations):
        raise Unseen
    forms = [one.result.raw is None for one in observations]
    if not any(forms):
        raise Unseen
    if all(forms):
        return None
    fmt, at = observations[forms.index(True)].call.format, forms.index(False)
    return Problem("", f"members, as of {fmt}", told(observations[at]), at)


def present(document: Node, observations: Observations) -> Problem | None:
    """Expect what is left of the sample to reach the caller as before, or a failure."""
    plain, one = observations
    if one.reply.outcome != "response":
        return failed(observations)
    expected = served(document)
    observed = [path for path in expected.texts if path in plain.result.texts]
    if not observed or one.result.raw is not None:
        raise Unseen
    return _different(observed, expected, one.result)


def right(paths: Collection[str], observations: Observations) -> Problem | None:
    """Expect an answer that is read as the plain one before it, or a failure."""
    if observations[-1].reply.outcome == "response":
        return as_plainly(paths, observations)
    return failed(observations)


def exact(documents: Sequence[Node], path: str, observations: Observations) -> Problem | None:
    """Expect neither the value nor the type of a number to change, whatever its size."""
    for at, (document, one) in enumerate(zip(documents, observations, strict=True)):
        if problem := handed(document, [path], [one]):
            return replace(problem, call=at)
    found = (one.result.kinds for one in observations)
    kinds = sorted({kind[place] for kind in found for place in places(path, kind)})
    return Problem(path, "one type", " and ".join(kinds)) if len(kinds) > 1 else None


def absent(path: str, observations: Observations) -> Problem | None:
    """Expect nothing to be handed over of a member that was not served."""
    one = observations[-1]
    if one.reply.outcome != "response":
        return Problem(path, "a response", told(one))
    if one.result.raw is not None:
        raise Unseen
    found = next(iter(places(path, one.result.texts)), None)
    return Problem(found, "nothing", shown_at(one.result, found)) if found else None


def typed(document: Node, observations: Observations) -> Problem | None:
    """Expect a number not to become a text, nor a text a number."""
    (one,) = observations
    found = one.result.kinds
    if not found:
        raise Unseen  # and told under other clauses
    for path, kind in served(document).kinds.items():
        if found.get(path, kind) != kind:
            return Problem(path, f"a {kind}", f"a {found[path]}")
    return None


def unsuccessful(flags: Collection[str], observations: Observations) -> Problem | None:
    """Expect the flags of a call that did not succeed to say so, or a failure."""
    plain, one = observations
    if one.reply.outcome != "response":
        return failed(observations)
    if plain.result.texts.keys().isdisjoint(flags):
        raise Unseen  # what lies above what the SDK hands over is not observed
    found = one.result.texts
    wrong = next((path for path in flags if found.get(path) != "false"), None)
    if wrong is None:
        return None
    return Problem(wrong, "false", shown_at(one.result, wrong) if wrong in found else told(one))


def _different(paths: Collection[str], expected: SdkResult, found: SdkResult) -> Problem | None:
    """Name the first place at which another text was found, or an item too many, if any is."""
    for place in (place for path in paths for place in places(path, expected.texts)):
        if found.texts.get(place) != expected.texts[place]:
            return Problem(place, shown_at(expected, place), _found(place, found))
    items = (place for place in found.texts if place not in expected.texts and "[" in place)
    added = next((place for place in items if bare(place) in paths), None)
    return Problem(added, "nothing", shown_at(found, added)) if added else None


def _found(place: str, found: SdkResult) -> str:
    """Say what was found at a place; what should be an item, but stands in no list, is told."""
    if place in found.texts:
        return shown_at(found, place)
    single = bare(place)
    if single not in found.texts:
        return "nothing"
    return f"{shown_at(found, single)}, which is no item of a list"


def wrongly_signed(request: Request, asked: str | None = None) -> Problem | None:
    """Say what is wrong with a signature.

    `asked` is the method that the SDK was told to use, else it is the one that is named, else MD5.
    That another one is named, or none, is a matter of another clause.
    """
    given, asked = request.value(SIGN) or "", asked or request.value(SIGN_METHOD) or "md5"
    if _fits(request, asked):
        lower = "hexadecimal in lower case"
        return None if given == given.upper() else Problem(SIGN, "upper-case hexadecimal", lower)
    used = next((f"that of {method}" for method in METHODS if _fits(request, method)), None)
    covered = excerpt(signed_bytes(request.parameters).decode("utf-8", "replace"), _SHOWN)
    actual = used or ("another one" if given else "nothing")
    return Problem(SIGN, f"the {asked} signature over {covered}", actual)


def _fits(request: Request, method: str) -> bool:
    """Whether a signature is by a method; MD5 that is not named is that of 2015 as well."""
    unnamed = method == "md5" and not request.value(SIGN_METHOD)
    given, secret = request.value(SIGN) or "", CALLER.app_secret
    return is_signed(request.parameters, given, None if unnamed else method, secret)


def left_out(request: Request, name: str) -> Problem | None:
    """Say that a parameter is sent, but left out of the signature."""
    others = tuple(pair for pair in request.parameters if pair[0] != name)
    given, method = request.value(SIGN) or "", request.value(SIGN_METHOD) or None
    if others == request.parameters or not is_signed(others, given, method, CALLER.app_secret):
        return None
    return Problem(SIGN, f"a signature over {name} too", "one over all the others")


def own(request: Request) -> list[tuple[str, str]]:
    """Return the parameters of the method itself."""
    return [pair for pair in request.parameters if pair[0] not in protocol.COMMON_PARAMETERS]


def altered(first: ReceivedRequest, later: ReceivedRequest) -> Problem | None:
    """Say that a request carries other parameters than the one that it repeats."""
    given, found = sorted(own(first.request)), sorted(own(later.request))
    if given == found:
        return None
    return Problem("", f"the parameters {dict(given)} again", str(dict(found)))


def outdated(first: ReceivedRequest, later: ReceivedRequest) -> Problem | None:
    """Say that a request of another second carries the timestamp of the one before it."""
    stamp, gap = later.request.value("timestamp"), later.at - first.at
    if gap < NEW_SECOND or stamp != first.request.value("timestamp"):
        return None
    return Problem("timestamp", f"a new one after {gap:.1f} s", f"the same one, {stamp}")


def signed_anew(first: ReceivedRequest, again: ReceivedRequest) -> Problem | None:
    """Judge that who asks again in another second signs again, and rightly if it can."""
    if problem := outdated(first, again):
        return problem
    return None if wrongly_signed(first.request) else wrongly_signed(again.request)
