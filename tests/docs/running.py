"""Runs the commands of a page, and says what is not as the page shows it; or writes it anew."""

import contextlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.docs.commands import console_text, steps, wrong_in
from tests.docs.not_run import reason
from tests.docs.pages import ROOT, blocks, code_of, is_chinese, name_of, pages, twin_of
from tests.docs.session import Session, given_folder
from tests.docs.shown import shown

_RUN = ("console", "sh")


@dataclass(frozen=True)
class Ran:
    """A command of a page that was run: what came of it."""

    step: object
    code: int
    output: str


def is_run(block):
    """Whether a block has commands."""
    return block.language in _RUN


def run_page(text, session):
    """Yield, for each block with commands, the block and what came of each of its commands.

    One that is not run has no output of its own: it is as the page shows it.
    """
    for block in filter(is_run, blocks(text)):
        ran = []
        for step in steps(block):
            if reason(step.command):
                ran.append(Ran(step, step.code, step.output))
            else:
                ran.append(Ran(step, *session.run(step.command)))
        yield block, ran


def faults_of(text, session):
    """Yield what a page tells of its commands that is not so."""
    for block in filter(is_run, blocks(text)):
        for step in steps(block):
            if wrong := wrong_in(step.command):
                yield f"line {step.line}: {step.command}: {wrong}"
    for _, ran in run_page(text, session):
        for one in ran:
            yield from _faults(one, session.folder)


def _faults(ran, folder):
    step = ran.step
    if ran.code != step.code:
        yield f"line {step.line}: {step.command}: exit code {ran.code}\n{ran.output}"
    elif step.output is not None and shown(step.output, folder) != ran.output:
        yield f"line {step.line}: {step.command} prints\n{ran.output}not\n{step.output}"


def renewed(text, session):
    """Return a page with the outputs that its commands have. Raises ValueError for an exit code."""
    for block, ran in reversed(list(run_page(text, session))):
        for one in ran:
            if one.code != one.step.code:
                raise ValueError(f"line {one.step.line}: exit code {one.code}\n{one.output}")
        if block.language == "console":
            new = console_text((one.step.command, one.output) for one in ran)
            text = text[: block.span[0]] + new + text[block.span[1] :]
    return text


def with_blocks_of(text, other):
    """Return a page with the blocks of another one; of one whose code is the same nothing changes.

    So a page keeps the comments of its own language.
    """
    for block, given in reversed(list(zip(blocks(text), blocks(other), strict=True))):
        if code_of(block) == code_of(given):
            continue
        text = text[: block.span[0]] + given.text + text[block.span[1] :]
    return text


@contextlib.contextmanager
def in_session(name):
    """Open the folder of a page's reader, and a session in it."""
    with (
        tempfile.TemporaryDirectory(prefix="docs-") as folder,
        Session(given_folder(Path(folder), name)) as session,
    ):
        yield session


def renew_all():
    """Write the outputs of every page anew, and give the Chinese pages the blocks of the others."""
    for page in pages():
        name = name_of(page)
        text = page.read_text("utf-8")
        if is_chinese(name):
            continue
        try:
            with in_session(name) as session:
                new = renewed(text, session)
        except ValueError as error:
            sys.exit(f"{name}, {error}")
        _write(page, text, new)
        twin = ROOT / twin_of(name)
        if twin.exists():
            _write(twin, twin.read_text("utf-8"), with_blocks_of(twin.read_text("utf-8"), new))


def _write(page, text, new):
    if new != text:
        page.write_text(new, "utf-8")
        print(f"{name_of(page)} is written anew")  # noqa: T201
