"""`summary.md`, for the summary of a CI job."""

import re
from collections.abc import Iterable, Iterator

from topcheck.judge.ledger import NOT_OBSERVED, NOT_SUPPORTED
from topcheck.report.outcome import ClauseState, Outcome, Side, broken
from topcheck.report.since import since_lines
from topcheck.report.wording import counted, facts, inert, middle_cut, one_line, tallied

#: GitHub takes no more than 1,048,576 bytes of a step, and other services no more than a megabyte.
_MOST_BYTES = 900_000
#: So many broken clauses, lines of a list, reasons and pieces of advice are told, and so much of
#: each text.
_MOST_BROKEN, _MOST_LISTED, _MOST_REASONS, _MOST_ADVICE = 50, 50, 9, 3
_MOST_COLUMNS, _MOST_REASON, _MOST_FENCED = 300, 120, 4000
#: The states that have a reason of their own.
_WITH_REASON = (NOT_SUPPORTED, NOT_OBSERVED)
#: What has lines of its own, and stands in a fence.
_FENCED = ("request", "answer", "handed", "repeat")
#: What means something to Markdown or HTML wherever it stands in a line.
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|#~$@]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def as_summary(outcome: Outcome, most: int = _MOST_BYTES) -> str:
    """Write the summary: the verdict and its reasons, what is broken, and what of each side.

    It has at most so many bytes, and is whole: what does not fit is left out by clauses.
    """
    title = f"# {escaped(outcome.method)}: {outcome.verdict}\n"
    head, tail = [title, *_head(outcome)], [*_tail(outcome)]
    found = broken(outcome)
    head += [f"\n## {len(found)} broken\n"] if found else []
    told = [_broken(side, clause) for side, clause in found[:_MOST_BROKEN]]
    told = list(_fitting(told, most - _size(head) - _size(tail)))
    more = len(found) - len(told)
    told += [f"- and {more} more in outcome.json"] if more else []
    for blocks in ([*head, *told, *tail], [title]):
        if _size(blocks) <= most:
            return "\n".join(blocks) + "\n"
    return ""


def _size(blocks: Iterable[str]) -> int:
    return sum(len(block.encode("utf-8", "backslashreplace")) + 1 for block in blocks)


def _fitting(blocks: Iterable[str], room: int) -> Iterator[str]:
    room -= len(f"- and {10**9} more in outcome.json")
    for block in blocks:
        room -= _size([block])
        if room < 0:
            return
        yield block


def _head(outcome: Outcome) -> Iterator[str]:
    yield from _listed("because", outcome.reasons)
    yield from _listed("not run:", outcome.not_run)
    for line in since_lines(outcome, _MOST_LISTED):
        yield f"- {escaped(line.strip(), 10 * _MOST_COLUMNS)}"


def _listed(word: str, texts: tuple[str, ...]) -> Iterator[str]:
    yield from (f"- {word} {escaped(text)}" for text in texts[:_MOST_LISTED])
    if len(texts) > _MOST_LISTED:
        yield f"- and {len(texts) - _MOST_LISTED} more in outcome.json"


def _tail(outcome: Outcome) -> Iterator[str]:
    yield "\n## What was judged\n"
    for side in outcome.sides[:_MOST_LISTED]:
        yield f"- **{escaped(side.name)}** ({side.kind}) {side.verdict}: {counted(side)}"
        told = [words for words, _ in tallied(side, _WITH_REASON) if ": " in words]
        yield from (f"  - {escaped(words, _MOST_REASON)}" for words in told[:_MOST_REASONS])
        yield from (f"  - advice: {escaped(advice)}" for advice in side.advice[:_MOST_ADVICE])
    yield (f"\ntopcheck {escaped(outcome.topcheck)}, contract {escaped(outcome.contract)}, "
           f"seed {escaped(outcome.seed)}, {escaped(outcome.at)}")  # fmt: skip


def _broken(side: Side, clause: ClauseState) -> str:
    """Write a clause as a block that is opened: what is in its heading is seen before."""
    finding = next(iter(clause.findings), None)
    brief = f": expected {finding.expected}, actual {finding.actual}" if finding else ""
    lines = ["<details>",
             f"<summary><code>{escaped(clause.clause)}</code> ({clause.severity}) {clause.state}, "
             f"{escaped(side.name)}{escaped(brief)}</summary>\n"]  # fmt: skip
    lines += [f"- reason: {escaped(clause.reason)}"] if clause.reason else []
    told = dict(facts(finding)) if finding else {}
    lines += [f"- {name}: {escaped(text)}" for name, text in told.items() if name not in _FENCED]
    for name in _FENCED:
        if text := told.get(name):
            lines.append(f"\n{name}\n\n{_in_fence(text)}")
    if len(clause.findings) > 1:
        lines.append(f"\nand {len(clause.findings) - 1} more like it")
    return "\n".join([*lines, "\n</details>\n"])


def _in_fence(text: str) -> str:
    """Write a text as code: the fence is longer than any run of backticks in it."""
    code = inert(middle_cut(text, _MOST_FENCED))
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", code))])
    return f"{fence}text\n{code}\n{fence}"


def escaped(text: str, columns: int = _MOST_COLUMNS) -> str:
    """Write a text of others as one line that is nothing but text."""
    shortened = one_line(text, columns)
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shortened)
