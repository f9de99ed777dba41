"""`topcheck vectors`: messages that keep and break every clause, and signatures, as files."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from jsonschema import Draft202012Validator
from xmlschema import XMLSchema10

from topcheck.atomic import write_whole
from topcheck.contract.contract import indented
from topcheck.contract.json_schema import body_schema
from topcheck.contract.model import Clause
from topcheck.contract.xsd import schema_text
from topcheck.gateway.signing import SIGN
from topcheck.gateway.signing_vectors import SigningVector, signing_vectors
from topcheck.generate.breaks import FORM, JSON, XML
from topcheck.generate.cases import Case, Content, Pair
from topcheck.generate.examples import examples
from topcheck.judge.finding import Finding, Judgement
from topcheck.wire.exchange import Exchange, Expectation
from topcheck.workspace import Workspace

INDEX, SCHEMA = "index.json", "index.schema.json"
#: What a message is written in, in the order of the index; a request has no XML, an answer no form.
FORMATS = (JSON, XML, FORM)
_UNASKED = Expectation()


class VectorsError(Exception):
    """The vectors cannot be written: why, in one line."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One message: the clause that it keeps or breaks, in which way, and what is said of it.

    `content` is the file's. `visible` tells whether the published schema of its format and side
    refuses what breaks the clause so, and thus tells the two messages apart.
    """

    clause: str
    case: str
    format: str
    side: str
    schema: str | None
    visible: bool
    verdict: str
    clauses: tuple[str, ...]
    file: str
    content: bytes


def write_vectors(workspace: Workspace, out: Path) -> int:
    """Write the vectors into a new or empty folder; return how many. Raises VectorsError, OSError.

    The same workspace gives the same bytes.
    """
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise VectorsError(f"{out}: it is not empty: give a folder that is new or empty")
    messages, signatures = list(vectors(workspace)), list(signing_vectors(workspace.contract))
    signed = {f"signing/{one.name}.form": _request(one) for one in signatures}
    index = {
        "method": workspace.contract.method,
        "messages": [_row(one) for one in messages],
        "signing": [
            {**asdict(one), "file": file} for one, file in zip(signatures, signed, strict=True)
        ],
    }
    schema = files(__package__).joinpath("vectors.schema.json").read_text("utf-8")
    bodies = {one.file: one.content for one in messages}
    write_whole(out, {**bodies, **signed, SCHEMA: schema, INDEX: indented(index)})
    return len(messages) + len(signatures)


def _row(vector: Vector) -> dict[str, Any]:
    shown = (field.name for field in fields(vector) if field.name != "content")
    return {name: getattr(vector, name) for name in shown}


def _request(vector: SigningVector) -> str:
    return urlencode({**vector.parameters, SIGN: vector.sign})


def vectors(workspace: Workspace) -> Iterator[Vector]:
    """Yield both messages of each case of each clause, in each format that can say it."""
    schemas = _Schemas(workspace)
    for clause in workspace.clauses():
        folder = f"messages/{re.sub(r'[^A-Za-z0-9_.-]', '-', clause.id)}"
        for fmt in FORMATS:
            for number, case in zip(count(1), workspace.cases_of(clause, fmt)):
                pair = pair_of(case, fmt)
                schema = schemas.name(clause, fmt, pair.broken)
                visible = schema is not None and schemas.refuses(schema, pair.broken)
                suffix = "exchanges.json" if is_reads(pair.broken) else fmt
                for side, content in (("kept", pair.kept), ("broken", pair.broken)):
                    found = Judgement(judged(workspace, clause, fmt, content))
                    yield Vector(
                        clause.id, case.name, fmt, side, schema, visible, found.verdict,
                        tuple(sorted(found.clauses)),
                        f"{folder}/{fmt}-{number}-{side}.{suffix}", as_bytes(content),
                    )  # fmt: skip


def pair_of(case: Case, fmt: str) -> Pair:
    """Return the pair of a case that everybody is shown: the plainest one."""
    return examples(case.pairs(fmt), 1)[0]


def is_reads(content: Content) -> bool:
    """Whether a message is made of exchanges."""
    return isinstance(content, tuple) and bool(content) and isinstance(content[0], Exchange)


def judged(workspace: Workspace, clause: Clause, fmt: str, content: Any) -> tuple[Finding, ...]:
    """Return what the judge finds in a message of a clause."""
    judges = workspace.judges
    if is_reads(content):
        return judges.exchanges.judge(content).findings
    if clause.side == "request":
        judge = judges.request
        return (judge.judge_form if fmt == FORM else judge.judge_json)(content).findings
    return judges.response.judge(content, fmt).findings


def as_bytes(content: Content) -> bytes:
    """Write a message as a file has it: exchanges as a list of JSON."""
    if isinstance(content, bytes):
        return content
    if is_reads(content):
        return indented([exchange_data(one) for one in content]).encode()  # type: ignore[arg-type]
    return urlencode(content).encode()  # type: ignore[arg-type]


def exchange_data(exchange: Exchange) -> dict[str, Any]:
    """Write an exchange: what was asked, so far as it is known, and what came back."""
    expected = asdict(exchange.expected)
    asked = {
        name: sorted(value) if isinstance(value, (set, frozenset)) else value
        for name, value in expected.items()
        if value != getattr(_UNASKED, name)
    }
    answer = exchange.response and {
        "status": exchange.response.status,
        "headers": exchange.response.headers,
        **_body(exchange.response.body),
    }
    told = {"asked": asked, "answer": answer, "failure": exchange.failure}
    return {**told, "seconds": exchange.seconds}


def _body(body: bytes) -> Mapping[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


class _Schemas:
    """The published schemas, each by the name of its file, as any reader would use them."""

    def __init__(self, workspace: Workspace) -> None:
        contract = workspace.contract
        self._json = {
            f"{side}.schema.json": Draft202012Validator(body_schema(contract, side))
            for side in contract.trees
        }
        self._xsd = XMLSchema10(schema_text(contract))

    def name(self, clause: Clause, fmt: str, content: Content) -> str | None:
        """Return the file that is about a message, None if none is."""
        if fmt == FORM or is_reads(content):
            return None
        if fmt == XML:
            return "response.xsd"
        side = "response" if clause.side == "wire" else clause.side
        return f"{side}.schema.json"

    def refuses(self, name: str, content: Any) -> bool:
        """Whether a schema refuses a message; what no strict reader can read, it is not asked."""
        try:
            if name in self._json:
                data = json.loads(content.decode(), parse_constant=_no_number)
                return not self._json[name].is_valid(data)
            return not self._xsd.is_valid(ET.fromstring(content))  # noqa: S314 - made here
        except (ValueError, LookupError, SyntaxError, RecursionError):
            return False


def _no_number(text: str) -> float:
    raise ValueError(text)
