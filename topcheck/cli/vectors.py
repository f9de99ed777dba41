"""`topcheck vectors`: messages that keep and break every clause, and signatures, as files."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import click
from jsonschema import Draft202012Validator
from xmlschema import XMLSchema10

from topcheck.atomic import write_whole
from topcheck.contract.contract import indented
from topcheck.contract.json_schema import body_schema
from topcheck.contract.model import Clause
from topcheck.contract.xsd import schema_text
from topcheck.gateway.signing import SIGN
from topcheck.gateway.signing_vectors import signing_vectors
from topcheck.generate.breaks import FORM, JSON, XML
from topcheck.generate.cases import Case, Content, Pair
from topcheck.generate.examples import examples
from topcheck.judge.finding import Judgement
from topcheck.wire.exchange import Exchange, Expectation
from topcheck.workspace import Workspace

INDEX, SCHEMA, _XSD = "index.json", "index.schema.json", "response.xsd"
_UNASKED = Expectation()


def write_vectors(workspace: Workspace, out: Path) -> int:
    """Write the vectors into a new or empty folder, and return how many they are.

    The same workspace gives the same bytes. What the members of a row mean is told in the schema.
    Raises ClickException where the folder is not empty, and OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise click.ClickException(f"{out}: it is not empty: give a folder that is new or empty")
    bodies: dict[str, str | bytes] = {}
    messages, signing = [], []
    for row, content in vectors(workspace):
        messages.append(row)
        bodies[row["file"]] = content
    for one in signing_vectors(workspace.contract):
        file = f"signing/{one.name}.form"
        signing.append({**asdict(one), "file": file})
        bodies[file] = urlencode({**one.parameters, SIGN: one.sign})
    index = {"method": workspace.contract.method, "messages": messages, "signing": signing}
    schema = files(__package__).joinpath("vectors.schema.json").read_text("utf-8")
    write_whole(out, {**bodies, SCHEMA: schema, INDEX: indented(index)})
    return len(bodies)


def vectors(workspace: Workspace) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield both messages of each case of each clause, with the row of each, in each format."""
    contract = workspace.contract
    schemas: dict[str | None, Any] = {_XSD: XMLSchema10(schema_text(contract))}
    for root in contract.trees:
        schemas[f"{root}.schema.json"] = Draft202012Validator(body_schema(contract, root))
    for clause in workspace.clauses():
        folder = f"messages/{re.sub(r'[^A-Za-z0-9_.-]', '-', clause.id)}"
        for fmt in (JSON, XML, FORM):
            for number, case in zip(count(1), workspace.cases_of(clause, fmt)):
                pair = pair_of(case, fmt)
                schema = _schema(clause, fmt, pair)
                seen = schema in schemas and _refuses(schemas[schema], pair.broken)
                suffix = "exchanges.json" if is_reads(pair.broken) else fmt
                for side, content in (("kept", pair.kept), ("broken", pair.broken)):
                    found = judged(workspace, clause, fmt, content)
                    yield {
                        "clause": clause.id, "case": case.name, "format": fmt, "side": side,
                        "schema": schema, "visible": seen, "verdict": found.verdict,
                        "clauses": sorted(found.clauses),
                        "file": f"{folder}/{fmt}-{number}-{side}.{suffix}",
                    }, as_bytes(content)  # fmt: skip


def _schema(clause: Clause, fmt: str, pair: Pair) -> str | None:
    """Return the published file that is about the messages of a case, None if none is."""
    if fmt == FORM or is_reads(pair.broken):
        return None
    side = "response" if clause.side == "wire" else clause.side
    return _XSD if fmt == XML else f"{side}.schema.json"


def _refuses(schema: Any, body: Any) -> bool:
    """Whether a schema refuses a body; what no strict reader can read, it is not asked."""
    try:
        if isinstance(schema, XMLSchema10):
            return not schema.is_valid(ET.fromstring(body))  # noqa: S314 - made here
        return not schema.is_valid(json.loads(body.decode(), parse_constant=_no_number))
    except (ValueError, LookupError, SyntaxError):
        return False


def _no_number(text: str) -> float:
    raise ValueError(text)


def pair_of(case: Case, fmt: str) -> Pair:
    """Return the pair of a case that everybody is shown: the plainest one."""
    return examples(case.pairs(fmt), 1)[0]


def is_reads(content: Content) -> bool:
    """Whether a message is made of exchanges."""
    return isinstance(content, tuple) and bool(content) and isinstance(content[0], Exchange)


def judged(workspace: Workspace, clause: Clause, fmt: str, content: Any) -> Judgement:
    """Judge a message of a clause."""
    judges = workspace.judges
    if is_reads(content):
        return Judgement(judges.exchanges.judge(content).findings)
    if clause.side == "request":
        judge = judges.request
        return judge.judge_form(content) if fmt == FORM else judge.judge_json(content)
    return judges.response.judge(content, fmt)


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
        "body": exchange.response.body.decode(),
    }
    told = {"asked": asked, "answer": answer, "failure": exchange.failure}
    return {**told, "seconds": exchange.seconds}
