"""What a run says in a terminal: its last screen, its counts, and with --verbose its tables."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len

from topcheck.judge.ledger import BROKEN, HELD, NOT_OBSERVED, STATES
from topcheck.report.outcome import (
    CONTRACT,
    EVIDENCE_KINDS,
    GATEWAY,
    SDK,
    ClauseState,
    Outcome,
    Side,
    broken,
    counts,
    next_command,
)
from topcheck.report.since import since_lines
from topcheck.report.wording import amount, drawn, facts, one_line, tallied
from topcheck.system import plain

#: The most that the last screen tells: broken clauses, reasons, lines of the command.
_MOST_BROKEN, _MOST_REASONS, _MOST_COMMAND = 8, 3, 6
#: So many changes of a kind are named in a line of it.
_MOST_CHANGES = 3
#: So many clauses of a state are named, and so many values of what was observed.
_MOST_NAMED, _MOST_COUNTED = 20, 8
#: So wide a list of names is, in columns, as far as no name is wider; how deep it is set in.
_COLUMNS, _DEEPER = 78, "    "
#: A blank at which no line is broken: it is not printable, so no text of others has it.
_KEPT = "\u00a0"
#: So many lines a reason may take.
_MOST_LINES = 3
#: So much of a side's name is told at least where there is more to tell, in columns.
_NAME = 10
#: What a side is called in the title of its part.
_TITLES = {CONTRACT: "{0} of {1}", GATEWAY: "gateway {0}", SDK: "SDK {0}"}
#: Other cases that break a clause as well are named up to this many.
_MOST_CASES = 8
#: The states of what does not hold, in the order in which a summary names its clauses.
_NOT_HELD = tuple(state for state in STATES if state != HELD)


def last_screen(
    outcome: Outcome, where: str = "--verbose lists them", columns: int = 80, rows: int = 24
) -> str:
    """Write what a run ends with: what is broken, the reasons, the verdict, the command.

    It fits a terminal of that size with its prompt. `where` says where all that is broken stands.
    The last line is the command that repeats the first failure, whole, though the terminal breaks
    it into several; one that is too long is left to the reports.
    """
    found = broken(outcome)
    command = _command(next_command(outcome), columns)
    because = [f"  because {reason}" for reason in outcome.reasons] + _not_run(outcome)
    more = len(because) - _MOST_REASONS
    if more > 1:
        because[_MOST_REASONS:] = [f"  and {more} more reasons"]
    because = [*since_lines(outcome, _MOST_CHANGES), *because]
    # the prompt, the verdict, and the line that counts the others take one each
    room = rows - 3 - sum(-(-cell_len(line) // columns) for line in command)
    wrapped = [line for reason in because for line in _wrapped(reason, columns)]
    if room - len(wrapped) >= 2 * min(_MOST_BROKEN, len(found)):  # else it is cut: they tell more
        because = wrapped
    shown = found[: max(0, min(_MOST_BROKEN, (room - len(because)) // 2))]
    deep = (room - len(because)) // max(1, len(found))
    lines = [line for one in shown for line in _clause_lines(*one, columns, deep)]
    lines += [f"and {len(found) - len(shown)} more: {where}"] if len(found) > len(shown) else []
    lines += [*because, f"verdict: {outcome.verdict}"]
    return "\n".join([*(one_line(line, columns) for line in lines), *command])


def _wrapped(text: str, columns: int) -> list[str]:
    """Break a reason into a few lines at most: what is to be done stands at its end."""
    width = columns if text.isascii() else max(columns // 2, 1)  # Chinese is two columns wide
    text = one_line(text, _MOST_LINES * (columns - len(_DEEPER)))
    lines = textwrap.wrap(text, width, subsequent_indent=_DEEPER, break_on_hyphens=False)
    return lines if len(lines) <= _MOST_LINES else [text]


def _not_run(outcome: Outcome) -> list[str]:
    """Say in a line what was not run: tests as one, however many they are."""
    tests, others = _untested(outcome)
    if tests:
        why = f": {next(iter(tests))}" if len(tests) == 1 else f", for {len(tests)} reasons"
        others.append(f"{amount(tests.total(), 'test')}{why}")
    return [f"  not run: {text}" for text in others]


def _untested(outcome: Outcome) -> tuple[Counter[str], list[str]]:
    """Return how many tests were not run by the reason, and all else that was not."""
    tests: Counter[str] = Counter()
    others = []
    for text in outcome.not_run:
        test, _, why = text.partition(": ")
        if "::" in test:
            tests[why] += 1
        else:
            others.append(text)
    return tests, others


def not_run(outcome: Outcome) -> Iterator[str]:
    """Yield the lines that count the tests that were not run, by the reason."""
    tests, _ = _untested(outcome)
    total = f"{amount(tests.total(), 'test')} not run:"
    if len(tests) == 1:
        yield plain(f"{total} {next(iter(tests))}")
    elif tests:
        yield total
        yield from (plain(f"  {number}: {why}") for why, number in tests.most_common())


def _command(command: str | None, columns: int) -> list[str]:
    if command is None:
        return []
    if command.isprintable() and cell_len(command) <= _MOST_COMMAND * columns:
        return [command]
    return [one_line("the command that repeats the first failure is in the report", columns)]


def _clause_lines(side: Side, clause: ClauseState, columns: int, deep: int) -> list[str]:
    """Tell how a clause is broken: in two lines, or up to five where so many are there for it."""
    head = f"{clause.clause}  [{clause.severity}]  "
    path = one_line(clause.findings[0].path, columns) if clause.findings else ""
    at = "" if path.rpartition(".")[2] in clause.clause else f" at {path}"
    room = columns - len(head) - cell_len(at)
    if room < min(_NAME, cell_len(side.name)):
        at, room = "", room + cell_len(at)
    head += one_line(side.name, room) + at if room > 0 else ""
    if not clause.findings:
        return [head, f"  {clause.state}{f': {clause.reason}' if clause.reason else ''}"]
    finding = clause.findings[0]
    page = f"  (page:{finding.page.line})" if finding.page else ""
    labels = "  expected ", " | actual "
    room = columns - len(f"{''.join(labels)}{page}")
    if deep > 2 and cell_len(f"{finding.expected}{finding.actual}") > room:
        row = f"  actual   {finding.actual}"
        rows = _wrapped(row, columns) if deep > 1 + _MOST_LINES else [row]
        return [head, f"{labels[0]}{finding.expected}{page}", *rows]
    actual = one_line(finding.actual, columns)
    half = max(room // 2, room - cell_len(actual))  # what one of them leaves is for the other
    expected = one_line(finding.expected, half)
    actual = one_line(actual, room - cell_len(expected))
    return [head, f"{labels[0]}{expected}{labels[1]}{actual}{page}"]


def title(side: Side, method: str) -> str:
    """Return what stands above the part of a run that is about a side."""
    return plain("topcheck " + _TITLES[side.kind].format(side.name, method))


def summary(side: Side) -> Iterator[str]:
    """Yield the lines that count what a side came to, and name what was not held, by the reason."""
    numbers = counts(side.clauses, STATES)
    always = () if side.kind == SDK else (HELD, BROKEN, NOT_OBSERVED)
    words = ", ".join(f"{n} {state}" for state, n in numbers.items() if n or state in always)
    if side.kind == SDK:
        yield plain(f"{side.name} {side.verdict}{f': {words}' if words else ''}")
        if lacks := ", ".join(side.about.get("lacks") or ()):
            yield plain(f"  its driver says it has no {lacks}")
    else:
        yield from _observed(side.about)
        yield f"{amount(len(side.clauses), 'clause')}: {words}"
    for words, names in tallied(side, _NOT_HELD):
        yield plain(f"  {words}")
        yield from _listed(names)
    yield from (plain(f"  advice: {advice}") for advice in side.advice)


def _listed(names: Sequence[str]) -> Iterator[str]:
    """Yield the lines that list some names, as far as they are not too many."""
    more = [f"and {len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    yield from _set_in(_DEEPER, [*names[:_MOST_NAMED], *more])


def _set_in(first: str, items: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a list; what does not fit into the first is set in, no item is broken."""
    told = ", ".join(plain(item).replace(" ", _KEPT) for item in items)
    lines = textwrap.wrap(first.replace(" ", _KEPT) + told, _COLUMNS, subsequent_indent=_DEEPER,
                          break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return (line.replace(_KEPT, " ") for line in lines)


def _observed(about: Mapping[str, object]) -> Iterator[str]:
    """Yield how much a gateway was asked, and how often it answered what."""
    if "requests" in about:
        stopped = about.get("stopped")
        yield plain(f"{about['requests']} requests{f', and no more: {stopped}' if stopped else ''}")
    observed = about.get("observed")
    for what, numbers in observed.items() if isinstance(observed, Mapping) else ():
        most = sorted(numbers.items(), key=lambda pair: -pair[1])
        words = [f"{number} {name}" for name, number in most[:_MOST_COUNTED]]
        more = len(most) - _MOST_COUNTED
        words += [f"and {more} more"] if more > 0 else []
        yield from _set_in(f"  {plain(what)}: ", words)


def ledger_table(side: Side) -> str:
    """Draw the clauses of a side by the evidence that was looked for."""
    kinds = [kind for kind in EVIDENCE_KINDS if any(kind in c.evidence for c in side.clauses)]
    rows = []
    for c in side.clauses:
        states = [c.evidence.get(kind, NOT_OBSERVED) for kind in kinds]
        signs = ["-" if state == NOT_OBSERVED else state for state in states]
        rows.append([c.clause, str(c.severity), *signs, c.state])
    return drawn(["clause", "severity", *kinds, "state"], rows)


def matrix(outcome: Outcome) -> str:
    """Draw the clauses by the SDKs of which something was seen."""
    sides = [side for side in outcome.sides if side.kind == SDK and side.clauses]
    columns = [{clause.clause: clause.state for clause in side.clauses} for side in sides]
    clauses = dict.fromkeys(clause for column in columns for clause in column)
    rows = [[name, *(column.get(name, NOT_OBSERVED) for column in columns)] for name in clauses]
    return drawn(["clause", *(side.name for side in sides)], rows)


def failure(side: Side, clause: ClauseState, rule: str | None = None) -> str:
    """Tell how a side stands to a clause: what breaks it first whole, the others by their cases."""
    title = side.about.get("title")
    named = f"{side.name} ({title})" if title else side.name
    others = [finding.case or finding.path for finding in clause.findings[1:]]
    also = "; ".join(others[:_MOST_CASES])
    if len(others) > _MOST_CASES:
        also += f" and {len(others) - _MOST_CASES} more"
    told = [("rule", rule), ("reason", clause.reason), ("also in", also)]
    told += [pair for finding in clause.findings[:1] for pair in facts(finding)]
    lines = [f"{clause.clause}  [{clause.severity}] {clause.state}: {named}"]
    lines += [f"  {name:9} {line}" for name, text in told if text for line in text.split("\n")]
    return "\n".join(map(plain, lines))
