"""What several writers say in the same way: the facts of a finding, counts, one line, a table."""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from topcheck.judge.ledger import KNOWN_FAILING, STATES
from topcheck.report.outcome import ReportedFinding, Side, counts
from topcheck.system import plain, without_commands
from topcheck.wire.tree import CUT

#: The verdicts of answers in the order in which they are counted out, the best first.
ANSWER_VERDICTS = ("conforms", "advisory", "drift", "violates")
#: An escape of JSON; two halves make one character.
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)")


def facts(finding: ReportedFinding) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each thing that is known of a finding."""
    if finding.case is not None:
        yield "case", finding.case
    yield "at", finding.path or ("(the exchange)" if finding.case is None else "(the call)")
    yield "expected", finding.expected
    yield "actual", finding.actual
    if finding.page:
        yield f"page:{finding.page.line}", finding.page.quote
    for name in ("request", "answer", "handed", "repeat"):
        text = getattr(finding, name)
        if text is not None:
            yield name, text


def counted(side: Side) -> str:
    """Count the states of a side's clauses."""
    numbers = counts(side.clauses, STATES)
    return ", ".join(f"{number} {state}" for state, number in numbers.items() if number)


def tallied(side: Side, states: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield how many clauses are in each of some states, for each reason, and their ids."""
    for (state, why), names in by_reason(side, states).items():
        yield f"{len(names)} {state}{f': {why}' if why else ''}", names


def by_reason(side: Side, states: Sequence[str]) -> dict[tuple[str, str | None], list[str]]:
    """Return the ids of the clauses in some states, by state and reason, in the order of states.

    What is known to fail is not told apart: each has a reason of its own.
    """
    found: dict[tuple[str, str | None], list[str]] = {}
    for state in states:
        for clause in side.clauses:
            if clause.state == state:
                why = None if state == KNOWN_FAILING else clause.reason
                found.setdefault((state, why), []).append(clause.clause)
    return found


def drawn(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Draw a table in plain text: its columns are aligned, Chinese too."""
    from rich.cells import cell_len, set_cell_size

    cells = [[plain(str(cell)) for cell in row] for row in (headers, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(map(set_cell_size, row, widths)).rstrip() for row in cells)


def amount(count: int, noun: str) -> str:
    """Say how many there are of something."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def totals(verdicts: Mapping[str, int], files: int, unread: int) -> str:
    """Count out answers by their verdicts, the files that were read, and what could not be."""
    words = ", ".join(f"{verdicts[word]} {word}" for word in ANSWER_VERDICTS if verdicts[word])
    answers = f"{amount(sum(verdicts.values()), 'answer')} in {amount(files, 'file')}"
    return f"{answers}: {words or 'nothing was judged'}{f'; {unread} not read' if unread else ''}"


def unescaped(line: str) -> str:
    """Write what a line of JSON escapes as the characters themselves, as far as these print.

    What JSON must escape stays as it is, as do half surrogates, and a line that is no JSON.
    """
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return line
    return _ESCAPE.sub(_character, line)


def _character(escape: re.Match[str]) -> str:
    found: str = json.loads(f'"{escape[0]}"')
    return found if found.isprintable() and found not in '"\\/' else escape[0]


def inert(text: str) -> str:
    """Write a text in lines of its own: each prints, and none is a command to a CI runner."""
    return without_commands("\n".join(map(plain, text.split("\n"))))


def middle_cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, its middle cut out if it is longer."""
    half = most // 2
    return text if len(text) <= most else text[: most - half - 1] + CUT + text[-half:]


def one_line(text: str, columns: int) -> str:
    """Return a text as one line of at most so many columns, its middle cut out if it is longer."""
    from rich.cells import cell_len

    columns = max(columns, 1)
    if len(text) > 2 * columns:  # the rest cannot be seen, and may be megabytes
        text = text[:columns] + text[-columns:]
    text = plain(text)
    if cell_len(text) <= columns:
        return text
    end = _fitting(text[::-1], (columns - 1) // 2)[::-1]
    return _fitting(text, columns // 2) + CUT + end


def _fitting(text: str, columns: int) -> str:
    from rich.cells import cell_len

    ends = itertools.accumulate(map(cell_len, text))
    return text[: sum(end <= columns for end in ends)]
