"""Why a gateway could not be decided about, in one line: what was seen, and what to do."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set

from topcheck.contract import protocol
from topcheck.contract.model import Severity
from topcheck.judge.finding import shorten
from topcheck.judge.judges import JudgedReads, came_of
from topcheck.live.runner import ProbeResult

#: Why there is no answer, where that is no fault of one, and what to do.
_ABSENT: Mapping[str, str] = {
    "no connection to the proxy": "set or unset the proxy in the environment",
    "no connection through the proxy": "check the name and the password in its address",
    "no connection": "check the address, and whether the gateway is up",
    **dict.fromkeys(("no answer in time", "no answer came"), "check whether the gateway is up"),
    "no secure connection": "check the address, or name a bundle of certificates in SSL_CERT_FILE",
}
#: What to do where every call is refused, by code.
_REMEDIES: Mapping[int, str] = {
    7: "wait until the quota is free again",
    9: "name a gateway that takes POST",
    10: "ask again later",
    **dict.fromkeys((11, 12, 13), "let the app have the permission for this method"),
    **dict.fromkeys((21, 22), "name a gateway that has this method"),
    23: "name a gateway that gives JSON and XML",
    **dict.fromkeys((24, 25), "check TOP_APP_SECRET"),
    **dict.fromkeys((26, 27), "give a fresh TOP_SESSION"),
    **dict.fromkeys((28, 29), "check TOP_APP_KEY"),
    **dict.fromkeys((30, 31), "check the clock of this machine"),
    **dict.fromkeys((32, 33, 34), f"name a gateway that takes version {protocol.VERSION}"),
}
#: What to do where nothing more was asked, by what is said of it.
_ON_STOPPED: Mapping[str, str] = {
    "(--max-requests)": "allow more with --max-requests",
    "s are over": "give a --rate that the gateway keeps up with: it is waited for as long",
    "asks to wait": "run again after that",
    "stays busy": "run again later",
}
_UNKNOWN = "give TOP_ORDERS with orders that the gateway knows"
_ALL_UNKNOWN = "the gateway knows no order of TOP_ORDERS: correct it"


def why_silent(first: Sequence[ProbeResult]) -> str | None:
    """Say what every one of the first calls shares before a body was seen, None if none does."""
    failures = [asked.exchange.failure or "" for asked in first]
    if all(failure.startswith(tuple(_ABSENT)) for failure in failures):
        advice = next(what for start, what in _ABSENT.items() if failures[0].startswith(start))
        return f"{', '.join(dict.fromkeys(failures))}; {advice}"
    codes = {asked.judgement.values.get("code") for asked in first}
    worst = max((asked.judgement.severity or 0 for asked in first), default=0)
    if codes <= protocol.REFUSAL_CODES and worst < Severity.VIOLATION:
        return why_no_success(first)
    return None


def why_no_success(asked: Sequence[ProbeResult]) -> str:
    """Say what all answers were, as long as no order that was polled is among them."""
    plain = [one for one in asked if one.expected.refused is None]
    told = Counter(came_of(one) for one in plain)
    words = ", ".join(words for words, _ in told.most_common(3))
    codes = (one.judgement.values.get("code") for one in plain)
    advice = (_REMEDIES[code] for code in codes if isinstance(code, int) and code in _REMEDIES)
    orders = _ALL_UNKNOWN if any(one.probe.known for one in plain) else _UNKNOWN
    return f"no success was observed, every answer was: {words}; {next(advice, orders)}"


def with_advice(stopped: str) -> str:
    """Add to why nothing more was asked what to do about it."""
    advice = (what for words, what in _ON_STOPPED.items() if words in stopped)
    return "; ".join([stopped, *advice])


def why_too_little(
    observed: Set[str], stopped: str | None, unread: int, lost: Sequence[JudgedReads]
) -> str | None:
    """Say what a run that found orders did not see though it should have, None if nothing.

    `unread` is how many known orders it did not come to, `lost` are the reads of one that it did
    not find.
    """
    refusals = {f"exchange.{name}.refused" for name in protocol.REFUSED_PARAMETERS}
    if stopped and not refusals <= observed:
        return f"before all that must be refused was tried, {with_advice(stopped)}"
    if stopped and unread:
        return f"before {unread} of the orders in TOP_ORDERS were read, {with_advice(stopped)}"
    if not lost:
        return None
    asked, last = lost[0][0].expected.parameters, lost[0][-1]
    ids = " ".join(f"{name}={value}" for name, value in asked.items())
    said = f"an order of TOP_ORDERS was never found ({shorten(ids)}): {came_of(last)}"
    return f"{said}; correct it"
