"""What no schema can see and the judge does: each row of docs/schemas.md, shown."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from contract_tests import schemas
from topcheck.contract.field import Field
from topcheck.generate import trees
from topcheck.wire.write import write_json, write_xml

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
DEEP = 70


@dataclass(frozen=True)
class Sample:
    """The page's sample in both formats, and the fields of it that the rows edit.

    `number` is the first whole sum that only grows, and `holder` the object it stands in; `flag`
    and `stray` are a flag and a text beside it. None is a field that the page does not have. An
    attribute with `_is` is a member as it stands in JSON.
    """

    json: str
    xml: str
    holder: Field
    number: Field | None
    flag: Field | None
    stray: Field | None

    @property
    def amount(self):
        """The number as the page's example has it."""
        return self.number.row.example

    @property
    def number_is(self):
        """The number's name in JSON, up to its value."""
        return f'"{self.number.name}":'

    @property
    def holder_is(self):
        """The holder's name in JSON, up to its first member."""
        return f'"{self.holder.name}":{{'


@pytest.fixture(scope="session")
def sample(workspace):
    """The sample of this workspace."""
    contract, holder = workspace.contract, workspace.contract.model
    root = contract.response
    sums = (trees.field_at(root, path) for path in contract.accumulated)
    number = next((field for field in sums if field.family == "integer"), None)
    if number:
        holder = trees.field_at(root, number.path.rpartition(".")[0])
    beside = [f for f in contract.plain_leaves if f.name not in holder.fields]
    return Sample(
        write_json(workspace.sample).decode(),
        write_xml(workspace.sample).decode(),
        holder,
        number,
        next((field for field in root.walk() if field.family == "boolean"), None),
        next((field for field in beside if field.family == "string"), None),
    )


#: What the fields are that the rows edit, to who reads that a page has none.
WHAT = {
    "number": "whole number that only grows: no number is there to be written in another way",
    "flag": "Boolean: none is there to be written in another way",
    "stray": "text beside the object that tells of an order: none is there to be misplaced",
}


def _in_json(literal):
    """Spell the number in JSON in another way: `#` stands for it as it is."""

    def edit(at):
        spelled = literal.replace("#", at.amount)
        return at.number_is + at.amount, at.number_is + spelled

    return edit


def _in_xml(text):
    """Spell the number in XML in another way: `#` stands for it as it is."""
    return lambda at: (f">{at.amount}<", f">{text.replace('#', at.amount)}<")


def _unknown(at):
    """Put a member that the page does not have into the holder, which may have no other."""
    edited = f'{at.holder_is}"x":1,'
    return (
        (f"{at.holder_is}}}", f"{edited[:-1]}}}")
        if f"{at.holder_is}}}" in at.json
        else (at.holder_is, edited)
    )


def _into(text):
    """Put something into the holder, before its first member."""
    return lambda at: (f"<{at.holder.name}>", f"<{at.holder.name}>{text}")


#: Rows: name, format, edit of the sample, field and fact of the clause. The schema accepts what
#: comes out.
ACCEPTED = [
    ("fraction", "json", _in_json("#.0"), ("number", "lexical")),
    ("exponent", "json", _in_json("#e0"), ("number", "lexical")),
    ("minus-zero", "json", _in_json("-0"), ("number", "lexical")),
    ("member-twice", "json", lambda at: (at.number_is, f'{at.number_is}"x",{at.number_is}'),
     ("number", "unique")),
    ("blanks-number", "xml", _in_xml(" # "), ("number", "lexical")),
    ("blanks-boolean", "xml", lambda at: (f"<{at.flag.name}>", f"<{at.flag.name}> "),
     ("flag", "lexical")),
    ("foreign-blanks", "xml", _in_xml("\u3000#"), ("number", "type")),
    ("instruction", "xml", _into("<?go?>"), ("holder", "known")),
    ("schema-location", "xml",
     lambda at: (f"<{at.holder.name}>", f'<{at.holder.name} {XSI} xsi:schemaLocation="a b">'),
     ("holder", "known")),
    ("inferred", "json", _in_json("-1"), ("number", "consistent")),
    ("inferred", "xml", _in_xml("-1"), ("number", "consistent")),
]  # fmt: skip

#: Rows that never reach a schema, or reach it as something else: name, format, body, clause.
UNASKED = [
    ("nan", "json", lambda at: _nan(at).encode(), "wire.body.syntax"),
    ("both-roots", "json", lambda at: (at.json[:-1] + ',"error_response":{}}').encode(),
     "wire.body.root"),
    ("byte-order-mark", "json", lambda at: b"\xef\xbb\xbf" + at.json.encode(),
     "response.lexical"),
    ("doctype", "xml", lambda at: at.xml.replace("?>", "?><!DOCTYPE r>", 1).encode(),
     "wire.body.doctype"),
    ("other-charset", "xml",
     lambda at: f"{at.xml}<!--支付-->".replace("utf-8", "gbk", 1).encode("gbk"),
     "response.lexical"),
    ("deep", "json", lambda at: _edited(at, "json", lambda at: (
        at.holder_is, at.holder_is + '"x":' + "[" * DEEP + "]" * DEEP + ",")), "wire.body.limits"),
    ("deep", "xml", lambda at: _edited(at, "xml", _into("<x>" * DEEP + "</x>" * DEEP)),
     "wire.body.limits"),
]  # fmt: skip

#: Rows that a schema refuses without telling them from worse: as the accepted ones, and severity.
BLURRED = [
    ("unknown", "json", _unknown,
     ("holder", "known"), "drift"),
    ("unknown", "xml", _into("<x/>"), ("holder", "known"), "drift"),
    ("misplaced", "json", lambda at: (at.holder_is, f'{at.holder_is}"{at.stray.name}":"0",'),
     ("stray", "place"), "violation"),
    ("misplaced", "xml", lambda at: _into(f"<{at.stray.name}>0</{at.stray.name}>")(at),
     ("stray", "place"), "violation"),
    ("null", "json", _in_json("null"), ("number", "null"), "drift"),
    ("null", "xml",
     lambda at: (f"<{at.number.name}>{at.amount}<", f'<{at.number.name} {XSI} xsi:nil="true"><'),
     ("number", "null"), "drift"),
    ("odd-number", "xml", _in_xml("+#"), ("number", "lexical"), "drift"),
]  # fmt: skip


def _nan(sample):
    if sample.number is None:
        pytest.skip(f"the page's answer has no {WHAT['number']}")
    return sample.json.replace(*_in_json("NaN")(sample), 1)


def _edited(sample, fmt, edit):
    text, (old, new) = getattr(sample, fmt), edit(sample)
    assert old in text
    return text.replace(old, new, 1).encode()


def _clause(contract, sample, name, fact):
    """Return the clause about a fact of one of the sample's fields; skip where there is none."""
    field = getattr(sample, name)
    if field is None:
        pytest.skip(f"the page's answer has no {WHAT[name]}")
    if ("response", field.path, fact) not in contract.located:
        pytest.skip(f"the contract of this page has no clause {field.clause_id(fact)} to be broken")
    return contract.located["response", field.path, fact]


def _ids(rows):
    return [f"{row[0]}-{row[1]}" for row in rows]


@pytest.mark.parametrize(("name", "fmt", "edit", "about"), ACCEPTED, ids=_ids(ACCEPTED))
def test_the_schema_accepts_what_the_judge_reports(workspace, sample, name, fmt, edit, about):
    """A blind spot of the schemas is none of the judge."""
    clause = _clause(workspace.contract, sample, *about)
    body = _edited(sample, fmt, edit)
    assert schemas.accepts(workspace, fmt, "response", body), name
    assert clause.id in workspace.judges.response.judge(body, fmt).clauses


@pytest.mark.parametrize(("name", "fmt", "make", "clause"), UNASKED, ids=_ids(UNASKED))
def test_the_judge_reports_what_no_schema_is_asked(judges, sample, name, fmt, make, clause):
    """What must be settled before a schema can be asked is settled by the judge."""
    assert clause in judges.response.judge(make(sample), fmt).clauses, name


@pytest.mark.parametrize(("name", "fmt", "edit", "about", "severity"), BLURRED, ids=_ids(BLURRED))
def test_the_judge_tells_apart_what_a_schema_blurs(
    workspace, sample, name, fmt, edit, about, severity
):
    """Where a schema only refuses, the judge says what it is and how much it weighs."""
    clause = _clause(workspace.contract, sample, *about)
    body = _edited(sample, fmt, edit)
    assert not schemas.accepts(workspace, fmt, "response", body), name
    judgement = workspace.judges.response.judge(body, fmt)
    told = {f.clause.id: str(f.clause.severity) for f in judgement.findings}
    assert told[clause.id] == severity


DOCS = Path(__file__).parent.parent / "docs" / "schemas.md"


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are not part of an installed package")
def test_the_docs_list_every_row():
    """The table in the docs and the rows here are the same, formats included."""
    listed = re.findall(r"^\| `([a-z-]+)` \| (JSON|XML|both) \|", DOCS.read_text("utf-8"), re.M)
    formats = {"JSON": {"json"}, "XML": {"xml"}, "both": {"json", "xml"}}
    shown: dict[str, set[str]] = {}
    for row in (*ACCEPTED, *UNASKED, *BLURRED):
        shown.setdefault(row[0], set()).add(row[1])
    assert {name: formats[fmt] for name, fmt in listed} == shown


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are not part of an installed package")
def test_the_docs_list_what_a_format_cannot_say(workspace):
    """A clause that a format cannot break is named in the docs, and no other is."""
    if workspace.root.resolve() != DOCS.resolve().parents[1]:
        pytest.skip("the docs are about the package's own method")
    listed = re.findall(
        r"^\| `([a-z_0-9]+\.[a-z_0-9.]+)` \| ([a-z, ]+) \|", DOCS.read_text("utf-8"), re.M
    )
    silent = {}
    for clause in workspace.clauses():
        formats = ("json", "form") if clause.side == "request" else ("json", "xml")
        missing = [fmt for fmt in formats if not workspace.cases_of(clause, fmt)]
        if missing:
            silent[clause.id] = ", ".join(missing)
    assert dict(listed) == silent


def test_a_lenient_parser_hands_nan_on(sample):
    """The row `nan`: Python's parser makes a number of it, and the schema alone would refuse it."""
    assert json.loads(_nan(sample))
