"""What is otherwise than in an earlier outcome, its baseline, and how that is told."""

from collections.abc import Iterator, Sequence

from topcheck.judge.ledger import BROKEN, HELD, SURPRISE
from topcheck.report.outcome import SDK, Change, ClauseState, Outcome, Side, Since, broken
from topcheck.report.wording import one_line

_FAILED = (BROKEN, SURPRISE)
#: So many columns of a name.
_MOST_COLUMNS = 160


def since(before: Outcome, now: Outcome) -> Since:
    """Compare a run with an earlier one, by the states of clauses.

    An SDK is found again by its name, the contract and the gateway by what they are: a gateway may
    have moved. A clause that is broken now and was not then, or that the baseline does not know, is
    broken anew. It is mended once all the evidence that broke it then holds. What only one of the
    two looked at, a whole side or a kind of evidence, is neither: it is named in `not_compared`.
    """
    then, here = _sides(before), _sides(now)
    apart = [side.name for key, side in (then | here).items() if key not in then.keys() & here]
    anew = []
    for side, clause in broken(now):
        if earlier := then.get(_key(side)):
            was = _clauses(earlier).get(clause.clause)
            kinds = _unseen(clause, was)
            apart += [f"{side.name} by {kind}" for kind in kinds]
            if not kinds and (was is None or was.state not in _FAILED):
                anew.append(Change(side.name, clause.clause))
    mended = [
        Change(here[key].name, clause.clause)
        for key, side in then.items() if key in here
        for clause in side.clauses if _holds_again(clause, here[key])
    ]  # fmt: skip
    return Since(before.at, before.verdict, tuple(anew), tuple(mended), tuple(dict.fromkeys(apart)))


def _sides(outcome: Outcome) -> dict[str, Side]:
    """Return the sides of which something was seen."""
    return {_key(side): side for side in outcome.sides if side.clauses}


def _key(side: Side) -> str:
    return f"{SDK} {side.name}" if side.kind == SDK else side.kind


def _clauses(side: Side) -> dict[str, ClauseState]:
    return {clause.clause: clause for clause in side.clauses}


def _failing(clause: ClauseState) -> list[str]:
    return [kind for kind, state in clause.evidence.items() if state in _FAILED]


def _unseen(clause: ClauseState, earlier: ClauseState | None) -> list[str]:
    """Return the evidence that breaks a clause if the baseline looked for none of it."""
    kinds = _failing(clause)
    return [] if earlier is None or set(kinds) & set(earlier.evidence) else kinds


def _holds_again(earlier: ClauseState, side: Side) -> bool:
    found = _clauses(side).get(earlier.clause)
    if earlier.state not in _FAILED or found is None or found.state != HELD:
        return False
    return all(found.evidence.get(kind) == HELD for kind in _failing(earlier))


def since_lines(outcome: Outcome, most: int) -> Iterator[str]:
    """Yield what is otherwise than in the baseline: the counts, and at most so many names of each.

    Nothing is yielded where there is no baseline. No line has an end of its own.
    """
    found = outcome.since
    if found is None:
        return
    yield (f"since {one_line(found.at, _MOST_COLUMNS)} ({found.verdict}): "
           f"{len(found.broken)} broken anew, {len(found.mended)} mended")  # fmt: skip
    several = len(outcome.sides) > 1
    for word, changes in (("broken anew", found.broken), ("mended", found.mended)):
        names = [f"{c.clause} ({c.side})" if several else c.clause for c in changes]
        yield from _named(word, names, most)
    yield from _named("not compared", found.not_compared, most)


def _named(word: str, names: Sequence[str], most: int) -> Iterator[str]:
    if names:
        more = f" and {len(names) - most} more" if len(names) > most else ""
        told = ", ".join(one_line(name, _MOST_COLUMNS) for name in names[:most])
        yield f"  {word}: {told}{more}"
