"""Bodies that are cut out of their objects many at once are those that a parser reads."""

import inspect
import json
import random
from itertools import islice

import pytest

from benchmarks.corpora import CORPORA, lines
from tests.audit.archives import BAD, audited, written
from tests.workspace import WORKSPACE
from topcheck.audit import objects
from topcheck.audit.objects import bodies_of
from topcheck.audit.records import RecordForm
from topcheck.judge.shapes.match import ENDS
from topcheck.wire.decode import is_utf8

ROOTS = (WORKSPACE.contract.response.name, WORKSPACE.contract.error.name)
FORM = RecordForm(ROOTS)
ESCAPES = CORPORA[-1]
#: What is put into lines: all that frames, ends or escapes.
SPOILS = (
    b'"', b"\\", b'\\"', b'"}', b'"}\n{"body": "<', b"\n", b"\r", b"\t", b"\0", b"\x01", b"\\n",
    b"\\u0000", b"\\u4e2d", b"\\ud800", b"\\\\", b"\\q", b", ", b'"x": 1, ', b"{", b"<", b"}",
    b" ", b"\xff", b"", b'{"body": 5}', b'\\"}\n{"body": "<y"z', "中".encode(),
)  # fmt: skip
#: Blocks of which one passes for good lines unless all is counted: each with what tells it.
WRONG = {
    "a mark that is escaped, and one that is not": b'{"body": "<x\\"}\n{"body": "<y"z"}',
    "a body that does not end, and one that ends twice": b'{"body": "<x\\\\\\"}\n{"body": "<y"z"}',
    "a mark within, and an end that is escaped": b'{"body": "<x"x\\"}\n{"body": "<y"}',
    "a second member": b'{"body": "<x", "format": "xml"}\n{"body": "<y"}',
    "a control": b'{"body": "<x\x01"}\n{"body": "<y"}',
    "a NUL": b'{"body": "<x\x00"}\n{"body": "<y"}',
    "an escaped NUL": b'{"body": "<x\\u0000"}\n{"body": "<y"}',
    "two formats": b'{"body": "<x"}\n{"body": "{}"}',
    "two formats, and an escape": b'{"body": "<x"}\n{"body": "{\\t}"}',
    "no line": b'{"body": "<x"}\n\n{"body": "<y"}',
    "a line that is cut": b'{"body": "<x"}\n{"body": "<y',
    "no end": b'{"body": "<x"}\n{"body": "<y\\"}',
    "an escape that is none": b'{"body": "<x\\q"}\n{"body": "<y"}',
    "an empty body": b'{"body": "<x"}\n{"body": ""}',
    "a body that is no text": b'{"body": "<x"}\n{"body": 5}',
    "something behind": b'{"body": "<x"}\n{"body": "<y"}}',
}


def parsed(block):
    """Return the bodies of a block's lines as a parser reads them, None if one has more."""
    try:
        found = [json.loads(line) for line in block.decode().removesuffix("\n").split("\n")]
    except ValueError:
        return None
    if not all(isinstance(one, dict) and {*one} - {"x"} == {"body"} for one in found):
        return None
    bodies = [one["body"].rstrip("\r\n") if isinstance(one["body"], str) else 5 for one in found]
    if not all(isinstance(body, str) and body[:1] == bodies[0][:1] for body in bodies):
        return None
    fmt = {"<": "xml", "{": "json"}.get(bodies[0][:1])
    found = [body.encode("utf-8", "surrogatepass") for body in bodies]
    return (fmt, found) if fmt and not any(ENDS[fmt] in body for body in found) else None


def cut(block, form=FORM):
    found = bodies_of(block, form)
    return found and (found[0], found[1].split(ENDS[found[0]]))


def archive(fmt, count):
    """Return lines with bodies, some of which have odd escapes."""
    found = islice(lines(ESCAPES, "xml", count), count)
    if fmt == "xml":
        return list(found)
    bodies = (body.decode() for body in lines(ESCAPES, "json", count))
    return [json.dumps({"body": body}, ensure_ascii=False).encode() for body in bodies]


@pytest.mark.parametrize("fmt", ["json", "xml"])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_bodies_are_those_that_a_parser_reads(fmt, end):
    block = b"\n".join(archive(fmt, 300)) + end
    assert cut(block) == parsed(block)
    assert cut(block.replace(b'{"body": "', b'{"body":"')) == parsed(block)
    assert cut(block.replace(b"\n", b"\r\n")) is None  # is read line by line


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_spoiled_lines_are_read_as_a_parser_does_or_not_at_all(fmt):
    """What a parser takes may be left to it, but nothing is taken that it does not take."""
    rng, good = random.Random(fmt), archive(fmt, 40)
    taken = 0
    for _ in range(3000):
        block = b"\n".join(rng.sample(good, rng.randint(1, 4)))
        for _ in range(rng.randint(1, 2)):
            at = rng.choice((rng.randrange(len(block)), rng.randrange(12), len(block) - 2))
            block = block[:at] + rng.choice(SPOILS) + block[at + rng.randint(0, 1) :]
        found, wanted = cut(block), parsed(block)
        if is_utf8(block):
            assert found in (None, wanted), block
        taken += found is not None
    assert taken > 200


@pytest.mark.parametrize("block", WRONG.values(), ids=WRONG)
def test_lines_of_another_kind_are_left_to_be_read_one_by_one(block):
    assert parsed(block) is None
    assert cut(block) is None


@pytest.mark.parametrize("spoil", [
    (' or not all(map(_MARKS.fullmatch, set(marks)))', ""),
    ('(?:\\\\")*"', '(?:\\\\?")*'),
    ("fmt != _FORMATS[first]", "False"),
], ids=lambda pair: pair[0])  # fmt: skip
def test_each_count_is_needed(spoil):
    """Without it some block passes that is wrong."""
    source = inspect.getsource(objects)
    assert spoil[0] in source
    names = {}
    exec(source.replace(*spoil), names)  # noqa: S102
    wrong = [name for name, block in WRONG.items() if names["bodies_of"](block, FORM)]
    assert wrong


def test_a_body_under_another_name_is_found():
    form = RecordForm(ROOTS, {"body": "answer"})
    block = b'{"answer": "<x a=\\"1\\">"}\n{"answer": "<y>"}'
    assert cut(block, form) == ("xml", [b'<x a="1">', b"<y>"])
    assert cut(block) is None


@pytest.mark.parametrize("name", ["request", "status", "headers", "format", *ROOTS])
def test_a_body_under_a_name_that_says_something_else_is_read_alone(name):
    """It is a status, say, as well: what that comes to is told line by line."""
    assert cut(b'{"%s": "<x>"}' % name.encode(), RecordForm(ROOTS, {"body": name})) is None
    if name not in ROOTS:
        assert cut(b'{"body": "<x>"}', RecordForm(ROOTS, {name: "body"})) is None


def test_a_member_of_no_use_may_stand_beside_the_body():
    block = b'{"at": 1, "body": "<x>"}\n{"body": "<y>", "id": "\\"}"}'
    assert cut(block) == ("xml", [b"<x>", b"<y>"])
    assert cut(b'{"body": "<x>", "%s": 1}' % ROOTS[0].encode()) is None


@pytest.mark.parametrize(("end", "beside"), [
    ("\n", {"stream": "stdout"}), ("\r\n", {"format": "json"}), ("\n\n", {}),
])  # fmt: skip
def test_the_end_of_a_line_behind_a_body_says_nothing(tmp_path, end, beside):
    """So Docker keeps what a program wrote: it is judged as fast as without, and alike."""
    bodies = [body.decode() for body in islice(lines(CORPORA[0], "json", 30), 30)]
    bodies = [*bodies, BAD.decode(), bodies[0][:50], *bodies]
    found = []
    for ends in (end, ""):
        data = [json.dumps({"body": body + ends, **beside}, ensure_ascii=False) for body in bodies]
        path = written(tmp_path, "a.ndjson", "\n".join(data).encode())
        found += [audited(path), audited(path, alone=True)]
    assert found[0]["engine"]["judged_by_reference"] < 30
    told = [(one["verdicts"], [(c["clause"], c["count"], c["first"]["record"],
             c["samples"][0]["actual"]) for c in one["clauses"]]) for one in found]  # fmt: skip
    assert told == [told[0]] * 4
    assert len(told[0][1]) == 2


@pytest.mark.parametrize("bad", [b"\xb2\xe9", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
def test_an_object_that_is_no_utf_8_is_damaged_whatever_its_body_declares(tmp_path, bad):
    """Bytes that a charset named in the body would allow are none of JSON."""
    good = list(islice(lines(CORPORA[0], "xml", 200), 200))
    broken = good[0].replace("查".encode(), bad).replace(b'\\"utf-8\\"', b'\\"GBK\\"')
    assert bad in broken
    path = written(tmp_path, "a.ndjson", b"\n".join([*good[:100], broken, *good[100:]]))
    data = audited(path)
    assert [one["offset"] for one in data["unreadable"]] == [sum(map(len, good[:100])) + 100]
    assert data["verdicts"]["conforms"] == data["records"] == len(good)


def test_an_object_that_is_damaged_has_tried_nothing(tmp_path):
    """What only it has looks like a body that declares another charset: nothing is held by it."""
    empty = b'{"body": "<%s/>"}' % ROOTS[0].encode()
    whole = next(lines(CORPORA[0], "xml", 1)).replace(b'\\"utf-8\\"', b'\\"GBK\\"')
    damaged = whole.decode().encode("gbk")
    path = written(tmp_path, "a.ndjson", b"\n".join([empty] * 50 + [damaged] + [empty] * 50))
    states = []
    for alone in (False, True):
        report = tmp_path / str(alone)
        audited(path, report=report, alone=alone)
        (side,) = json.loads((report / "outcome.json").read_text("utf-8"))["sides"]
        states.append({one["clause"]: one["state"] for one in side["clauses"]})
    assert states[0] == states[1]
    assert states[0]["response.result.model.type"] == "not observed"
