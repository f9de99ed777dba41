"""What an SDK makes of XML with a document type: entities that are fetched, expanded, or a bomb."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import topcheck
from topcheck.sdk.case import Expect, Observations, Problem, SdkCase, failed, told
from topcheck.sdk.cases.documents import Documents, body
from topcheck.sdk.cases.errors import CODES, RETRIES
from topcheck.sdk.scripted_gateway import ELSEWHERE
from topcheck.wire.tree import Node
from topcheck.wire.write import DECLARATION, write_xml

CLAUSE = "sdk.wire.entities"
#: What an entity stands for, and what the file of this machine says that another one names.
EXPANDED, IN_FILE = "an-entity-that-was-expanded", "__version__"
#: How often each entity of the bomb stands in the next one, and how many there are.
TIMES, LEVELS = 10, 5
_VALUE = "a-value"
_INTERNAL = f'[<!ENTITY e "{EXPANDED}">]', "&e;"
#: How long after its outcome an SDK may still fetch something, in milliseconds.
AFTER = 200


def entities(docs: Documents) -> Iterator[SdkCase]:
    """Yield every case about document types."""
    sample = docs.patched({docs.free.path: _VALUE})
    error = docs.error({"code": CODES[0], "msg": _VALUE})
    for name, declared, value in _doctypes():
        yield _case(docs, name, sample, declared, value, "response")
    yield _case(docs, "an entity of an error", error, *_INTERNAL, "error_response")


def _case(
    docs: Documents, name: str, document: Node, declared: str, value: str, outcome: str
) -> SdkCase:
    """Serve a document whose text is a value, after what is declared; it may have one outcome."""
    content = write_xml(document).decode().removeprefix(DECLARATION).replace(_VALUE, value)
    typed = f"{DECLARATION}<!DOCTYPE {document.children[0].name} {declared}>{content}"
    expected: dict[str, Expect] = {CLAUSE: partial(_unexpanded, outcome), **RETRIES}
    return docs.case(expected, name, "xml", {"xml": body(typed.encode(), "xml")}, after=AFTER)


def _doctypes() -> Iterator[tuple[str, str, str]]:
    """Yield document types: a name, what is declared, and a value that makes use of it."""
    file = Path(topcheck.__file__).as_uri()
    yield "a document type elsewhere", f'SYSTEM "{ELSEWHERE}"', _VALUE
    yield "a parameter entity elsewhere", f'[<!ENTITY % e SYSTEM "{ELSEWHERE}"> %e;]', _VALUE
    yield "an entity elsewhere", f'[<!ENTITY e SYSTEM "{ELSEWHERE}">]', "&e;"
    yield "an entity in a file", f'[<!ENTITY e SYSTEM "{file}">]', "&e;"
    yield "an entity", *_INTERNAL
    bomb = [f'<!ENTITY e0 "{EXPANDED}">']
    bomb += [f'<!ENTITY e{n} "{f"&e{n - 1};" * TIMES}">' for n in range(1, LEVELS)]
    yield "a bomb", f"[{''.join(bomb)}]", f"&e{LEVELS - 1};"


def _unexpanded(outcome: str, observations: Observations) -> Problem | None:
    """Expect no request elsewhere, and no entity in a value: read without it, or a failure.

    Who hands the text of the answer over has put nothing into it.
    """
    (one,) = observations
    if one.elsewhere:
        return Problem("", "no request for what a document type names", "it was fetched")
    if one.reply.outcome != outcome:
        return failed(observations)
    words = f"{one.reply.body} {one.reply.error}"
    found = one.result.raw is None and (EXPANDED in words or IN_FILE in words)
    return Problem("", "nothing of what an entity stands for", told(one)) if found else None
