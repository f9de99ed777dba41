"""`topcheck explain`: what a clause asks, where that comes from, and what keeps and breaks it."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

import click

from topcheck.cli.vectors import as_bytes, exchange_data, is_reads, pair_of
from topcheck.contract import protocol
from topcheck.contract.constraints import json_constraints, xsd_constraints
from topcheck.contract.files import RULES
from topcheck.contract.model import Clause
from topcheck.contract.sdk import sdk_clauses
from topcheck.generate import trees
from topcheck.generate.breaks import FORM, JSON, XML
from topcheck.generate.cases import Content
from topcheck.judge.finding import expected
from topcheck.sdk.case import Call, SdkCase, shown
from topcheck.sdk.case_result import answer_in_words
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.wire.tree import CUT, escaped
from topcheck.workspace import Workspace

#: So much of a message is shown, in characters, and so many names of what is not shown whole.
_MOST_SHOWN, _MOST_NAMED = 2000, 6


#: What a fact asks that the page itself states and that is about more than a field.
_OF_PAGE: Mapping[str, str] = {
    "place": "it stands where the page has it, and nowhere else",
    "required": "a request without it is answered, for it is optional",
    "accumulates": "it never shrinks from one read to a later one",
}


def explained(workspace: Workspace, given: str) -> Iterator[str]:
    """Return the lines that explain a clause, by its id. Raises ClickException."""
    known = {clause.id: clause for clause in (*workspace.contract.clauses, *sdk_clauses())}
    if given not in known:
        raise click.ClickException(_meant(given, [*known]))
    clause = known[given]
    about = _sdk(workspace, clause) if clause.side == "sdk" else _contract(workspace, clause)
    return chain([f"{clause.id}  [{clause.severity}]"], about)


def _meant(given: str, known: Sequence[str]) -> str:
    """Say what was given if it is the id of no clause."""
    fitting = [one for one in known if fnmatchcase(one, given)]
    below = [one for one in known if one.startswith(f"{given}.")]
    if found := fitting or below:
        what = "a pattern of" if fitting else "the beginning of"
        return f"{given} is {what} {len(found)} clauses, and one is explained: {_some(found)}"
    near = difflib.get_close_matches(given, known, 3, 0.6)
    hint = f"did you mean {', '.join(near)}?" if near else "topcheck gate --verbose lists them"
    return f"there is no clause {given}: {hint}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f", and {more} more" if more > 0 else "")


def _line(label: str, text: str) -> str:
    return f"  {label:<12} {text}"


# ------------------------------------------------------------------ of the contract


def _contract(workspace: Workspace, clause: Clause) -> Iterator[str]:
    yield from _source(workspace, clause)
    for label, found in (("JSON Schema", json_constraints), ("XSD", xsd_constraints)):
        constraints = [*found(workspace.contract, clause.id)]
        for where, said in constraints:
            yield _line(label, f"{where}: {said}")
        if not constraints:
            yield _line(label, "nothing in it stands for this clause alone")
    if not workspace.cases.of(clause):
        yield _line("messages", "none: nothing is known here that breaks it")
        return
    for fmt in (JSON, FORM if clause.side == "request" else XML):
        messages = [*_messages(workspace, clause, fmt)]
        yield from messages or [_line(fmt, "it cannot be broken in this format")]


def _source(workspace: Workspace, clause: Clause) -> Iterator[str]:
    if clause.quote:
        yield _line(f"page:{clause.line}", clause.quote)
    if clause.rule:
        sentence, origin = protocol.STATED[clause.rule]
        yield _line("rule", f"{clause.rule}: {sentence}")
        yield _line("from", origin)
    elif clause.why:
        yield _line("rule", clause.why)
        yield _line("from", f"{RULES}: our reading of the page's words")
    else:
        root = workspace.contract.trees.get(clause.side)
        asked = root and expected(trees.field_at(root, clause.path), clause.fact)
        yield _line("rule", asked or _OF_PAGE[clause.fact])
        yield _line("from", "the page")


def _messages(workspace: Workspace, clause: Clause, fmt: str) -> Iterator[str]:
    """Yield a message that keeps a clause and one that breaks it, in a format that can say it."""
    cases = workspace.cases_of(clause, fmt)
    for case in cases[:1]:
        pair = pair_of(case, fmt)
        for label, content in (("kept", pair.kept), ("broken", pair.broken)):
            lines = list(_written(content))
            yield _line(f"{label} {fmt}", lines[0] if lines else "(nothing)")
            yield from (_line("", line) for line in lines[1:])
        others = [one.name for one in cases[1:]]
        yield _line("", f"({case.name}{'; also: ' if others else ''}{_some(others)})")


def _written(content: Content) -> Iterator[str]:
    if is_reads(content):
        for exchange in content:
            yield from _exchange(exchange_data(exchange))  # type: ignore[arg-type]
        return
    text = as_bytes(content).decode("utf-8", "backslashreplace")
    yield from map(_shown, text.removesuffix("\n").split("\n")) if text else ["(empty)"]


def _exchange(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"asked     {json.dumps(told['asked'], ensure_ascii=False)}"
    answer, seconds = told["answer"], f"after {told['seconds']:g} s"
    if answer is None:
        yield f"no answer {seconds}: {told['failure']}"
        return
    head = ", ".join([f"HTTP {answer['status']}", *(f"{k}: {v}" for k, v in answer["headers"])])
    yield f"answered  {seconds}: {head}"
    yield f"          {_shown(answer['body'])}"


def _shown(text: str) -> str:
    """Show a message in one line: what cannot be printed is escaped."""
    return escaped(text[:_MOST_SHOWN]) + (
        f"{CUT} ({len(text)} characters)" if len(text) > _MOST_SHOWN else ""
    )


# ------------------------------------------------------------------ of an SDK


def _sdk(workspace: Workspace, clause: Clause) -> Iterator[str]:
    yield _line("rule", clause.why or "")
    every = sdk_cases(workspace).all(protocol.FORMATS[-1])
    cases = [case for case in every if clause.id in case.clauses]
    cases.sort(key=lambda case: case.clauses[0] != clause.id)
    if not cases:
        yield _line("cases", "none of its own: the gate looks for it in all that the SDK does")
        return
    yield from _case(cases[0])
    others = [case.name for case in cases[1:]]
    yield _line("cases", f"{len(cases)}{': also ' if others else ''}{_some(others)}")


def _case(case: SdkCase) -> Iterator[str]:
    session = ", with a session" if case.setting.session else ""
    yield _line("case", f"{case.name} (a machine in {case.setting.zone}{session})")
    for call in case.calls:
        yield _line("call", _call(call))
        answers = [answer[call.format] for answer in call.answers if call.format in answer]
        yield from (_line("answer", answer_in_words(one)) for one in answers)
        if not answers:
            yield _line("answer", "the sandbox's own: the page's sample, or why it refuses")


def _call(call: Call) -> str:
    given = ", ".join(f"{name}={shown(value)}" for name, value in call.params.items())
    signed = f", signed by {call.sign_method}" if call.sign_method else ""
    simplified = ", with simplify" if call.simplify else ""
    return f"{call.format}{signed}{simplified}: {given or 'no parameters'}"
