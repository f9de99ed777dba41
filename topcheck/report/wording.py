"""What several writers say in the same words: the facts of a finding, counts, one short line."""

from collections.abc import Iterator
from unicodedata import east_asian_width

from topcheck.judge.ledger import STATES
from topcheck.report.outcome import ReportedFinding, Side, counts
from topcheck.system import without_commands
from topcheck.wire.tree import CUT


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
    """Count the states of a side's clauses, and name what an SDK has not."""
    numbers = counts(side.clauses, STATES)
    words = ", ".join(f"{number} {state}" for state, number in numbers.items() if number)
    lacks = ", ".join(side.about.get("lacks") or ())
    return f"{words} (it has no {lacks})" if lacks else words


def plain(text: str) -> str:
    """Write what does not print, line ends among it, as escapes."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def inert(text: str) -> str:
    """Write a text in lines of its own: each prints, and none is a command to a CI runner."""
    return without_commands("\n".join(map(plain, text.split("\n"))))


def middle_cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, its middle cut out if it is longer."""
    half = most // 2
    return text if len(text) <= most else text[: most - half - 1] + CUT + text[-half:]


def width(text: str) -> int:
    """Return how many columns of a terminal a printable text takes, or a few more."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def one_line(text: str, columns: int) -> str:
    """Return a text as one line of at most so many columns, its middle cut out if it is longer."""
    columns = max(columns, 1)
    if len(text) > 2 * columns:  # the rest cannot be seen, and may be megabytes
        text = text[:columns] + text[-columns:]
    text = plain(text)
    if width(text) <= columns:
        return text
    end = _fitting(text[::-1], (columns - 1) // 2)[::-1]
    return _fitting(text, columns // 2) + CUT + end


def _fitting(text: str, columns: int) -> str:
    taken = 0
    for position, char in enumerate(text):
        taken += width(char)
        if taken > columns:
            return text[:position]
    return text
