"""What a path holds is told by its content, read to its end, and named where it cannot be."""

import bz2
import errno
import gzip
import io
import json
import lzma
import os
import shutil
import tarfile
from pathlib import Path

import click
import fsspec
import pytest
import zstandard

from tests.audit.archives import (
    BAD,
    DRIFT,
    ENUM,
    GOOD_JSON,
    GOOD_XML,
    KNOWN,
    LINE,
    METHOD,
    ROOT,
    answer,
    audited,
    har,
    obj,
    told,
    without_engine,
    written,
)
from tests.workspace import WORKSPACE
from topcheck.audit import blocks, entries
from topcheck.audit.record_counts import RecordCounts
from topcheck.wire.limits import MAX_BODY_BYTES

LINES = b"\n".join([LINE, BAD, DRIFT, LINE]) + b"\n"
COUNTS = {"conforms": 2, "advisory": 0, "drift": 1, "violates": 1}


def zstd(data):
    return zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize(("name", "content"), [
    ("a.ndjson", LINES),
    ("a.log", LINES),
    ("no-last-newline.jsonl", LINES[:-1]),
    ("crlf.ndjson", LINES.replace(b"\n", b"\r\n")),
    ("bom.ndjson", b"\xef\xbb\xbf" + LINES),
    ("blank-lines.ndjson", LINES.replace(b"\n", b"\n\n  \n")),
    ("a.ndjson.gz", gzip.compress(LINES)),
    ("members.gz", gzip.compress(LINES[:700]) + gzip.compress(LINES[700:]) + b"\0" * 100),
    ("a.zst", zstd(LINES)),
    ("frames.zst", zstd(LINES[:700]) + zstd(LINES[700:])),
    ("objects.ndjson", b"\n".join(obj(x.decode()) for x in (LINE, BAD, DRIFT, LINE))),
    ("mixed.ndjson", b"\n".join([LINE, obj(BAD.decode()), DRIFT, GOOD_XML])),
    ("xml.log", b"\n".join([GOOD_XML, GOOD_XML.replace(b"PROCESSING", b"PAID"),
                            GOOD_XML.replace(b"<result>", b"<result><extra>1</extra>"), GOOD_XML])),
    ("a.har", har(*(x.decode() for x in (LINE, BAD, DRIFT, LINE)))),
    ("own.har", har(*(x.decode() for x in (LINE, BAD, DRIFT, LINE))
                    ).replace(b'"version"', b'"_made": {"by": [1]}, "version"', 1)),
    ("a.har.gz", gzip.compress(har(*(x.decode() for x in (LINE, BAD, DRIFT, LINE))))),
])  # fmt: skip
def test_each_form_is_read(tmp_path, name, content):
    """The same four answers give the same counts, whatever they are kept in."""
    data = audited(written(tmp_path, name, content), code=1)
    assert (data["records"], data["verdicts"]) == (4, COUNTS)
    assert {one["clause"]: one["count"] for one in data["clauses"]} == {ENUM: 1, KNOWN: 1}
    assert [one["first"]["record"] for one in data["clauses"]] == [1, 2]
    assert data["complete"]
    assert not data["unreadable"]


@pytest.mark.parametrize("form", [
    lambda lines: b"\n".join(lines), lambda lines: b"\r\n".join(lines),
    lambda lines: b"\xef\xbb\xbf" + b"\n".join(lines), lambda lines: b"\n \n".join(lines),
])  # fmt: skip
def test_an_offset_is_where_a_record_begins(tmp_path, form):
    """Whatever stands between the records."""
    content = form([LINE, BAD, LINE, BAD])
    data = audited(written(tmp_path, "a.ndjson", content))
    (clause,) = data["clauses"]
    assert [s["offset"] for s in clause["samples"]] == [content.index(BAD), content.rindex(BAD)]
    assert [s["record"] for s in clause["samples"]] == [1, 3]


def test_an_offset_in_an_archive_is_where_its_entry_begins(tmp_path):
    content = har(LINE.decode(), BAD.decode())
    for name, packed in (("a.har", content), ("b.har.gz", gzip.compress(content))):
        data = audited(written(tmp_path, name, packed))
        first = data["clauses"][0]["first"]
        assert content[first["offset"] :].startswith(b'{"startedDateTime"')
        assert first["offset"] > content.index(b"entries") + 100
        assert first["record"] == 1


def test_plain_bodies_are_judged_as_by_check(tmp_path):
    """A file of one body is one record, and its suffix says what was asked for."""
    written(tmp_path, "a/one.json", json.dumps(json.loads(GOOD_JSON), indent=2).encode())
    written(tmp_path, "a/two.xml", GOOD_XML)
    written(tmp_path, "b/wrong.xml", GOOD_JSON)
    written(tmp_path, "b/bom.json", b"\xef\xbb\xbf" + GOOD_JSON)
    written(tmp_path, ".hidden/three.json", BAD)
    data = audited(tmp_path, code=1)
    assert data["verdicts"] == {"conforms": 2, "advisory": 0, "drift": 1, "violates": 1}
    found = {one["clause"]: one["first"] for one in data["clauses"]}
    assert found["wire.body.type"]["file"].endswith("b/wrong.xml")
    assert found["response.lexical"]["file"].endswith("b/bom.json")


def test_cassettes_are_read():
    """What the sandbox recorded is judged as it is by the contract tests."""
    data = audited(WORKSPACE.cassettes, code=0)
    assert data["records"] == len(list(WORKSPACE.cassettes.glob("*.yaml")))
    assert data["observed"]["error_response.code"]


def test_globs_and_urls_name_files(tmp_path):
    """A file that is named twice is read once; a URL is fsspec's."""
    for name in ("x/a.ndjson", "x/b.ndjson", "x/c.txt"):
        written(tmp_path, name, LINE)
    found = [f"{tmp_path}/*/*.ndjson", f"{tmp_path}/x/a.ndjson", f"file://{tmp_path}/x/*.txt"]
    assert audited(*found, code=0)["records"] == 3
    with fsspec.open("memory://audit/a.ndjson.gz", "wb") as file:
        file.write(gzip.compress(LINES))
    data = audited("memory://audit", code=1)
    assert data["records"] == 4
    assert data["clauses"][0]["first"]["file"] == "memory:///audit/a.ndjson.gz"


@pytest.mark.parametrize(("path", "words"), [
    ("nowhere", "nowhere: there is no such file"),
    ("*.none", "*.none: there is no file"),
    ("empty-folder", "empty-folder: there is no file"),
    ("s3://bucket/key", "s3://bucket/key: Install s3fs"),
    ("nosuch://x", "nosuch://x: Protocol not known: nosuch"),
])  # fmt: skip
def test_a_path_that_names_nothing_is_refused(tmp_path, monkeypatch, path, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty-folder").mkdir()
    code, said, why = told(path)
    assert (code, said) == (2, "")
    assert why.startswith(f"topcheck: {words}")
    assert why.count("\n") == 1


def test_a_pipe_is_not_waited_for(tmp_path):
    """One that is named is told, as is standard input; one in a folder is no file of it."""
    os.mkfifo(tmp_path / "pipe")
    written(tmp_path, "one.ndjson", LINE)
    code, _, why = told(tmp_path / "pipe", tmp_path / "one.ndjson")
    words = "it is no file; write what comes of it into one"
    assert (code, why) == (2, f"topcheck: {tmp_path / 'pipe'}: {words}\n")
    assert told("-") == (2, "", f"topcheck: -: {words}\n")
    assert audited(tmp_path, code=0)["records"] == 1


def test_a_file_is_judged_once_by_whatever_names(tmp_path, monkeypatch):
    """By its folder, by other spellings, and through links."""
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, "a/one.ndjson", LINE)
    Path("link.ndjson").symlink_to(path)
    Path("a/up").symlink_to("..")
    names = "a", "a/one.ndjson", "./a/one.ndjson", "a/../a/*.ndjson", path, "link.ndjson", "."
    data = audited(*names, findings=tmp_path / "found", code=0)
    assert data["records"] == 1


def test_a_link_that_leads_to_itself_is_a_file_that_cannot_be_read(tmp_path):
    """Where it lies among archives, and where something was to be written."""
    path, loop = written(tmp_path, "a/one.ndjson", LINE), tmp_path / "a" / "loop"
    loop.symlink_to("loop")
    data = audited(tmp_path / "a", code=2)
    why = f"it cannot be read: {os.strerror(errno.ELOOP)}"
    assert data["unreadable"] == [{"file": str(loop), "offset": 0, "reason": why}]
    assert data["records"] == 1
    assert audited(path, findings=loop, code=0)["records"] == 1


def test_names_with_odd_signs_are_told_in_one_line(tmp_path):
    for name in ("a b 中文.ndjson", "new\nline.ndjson", "[x].ndjson"):
        _, said, _ = told(written(tmp_path, name, BAD))
        assert [line.split()[0] for line in said.splitlines() if "record 0" in line] == ["first"]
        assert audited(tmp_path / name)["clauses"][0]["first"]["file"] == str(tmp_path / name)


def test_a_folder_without_a_record_is_nothing(tmp_path):
    """A file that is empty is named; nothing was judged."""
    written(tmp_path, "empty.ndjson", b"")
    written(tmp_path, "blank.ndjson", b"\n\n \n")
    data = audited(tmp_path, code=2)
    assert data["records"] == 0
    assert [one["reason"] for one in data["unreadable"]] == ["it is empty"]
    written(tmp_path, "one.ndjson", LINE)
    assert audited(tmp_path, code=0)["records"] == 1


@pytest.mark.parametrize(("name", "data"), [
    ("a.har", b'{"log": {"version": "1.2", "entries": []}}'), ("a.ndjson", b"\n \n"),
    ("b.har", har(GOOD_JSON.decode(), method="taobao.time.get")),
])  # fmt: skip
def test_that_there_was_nothing_to_be_judged_is_said(tmp_path, name, data):
    """On the screen among the counts, and beside what is written for programs."""
    path = written(tmp_path, name, data)
    code, said, why = told(path, output="json")
    assert said["verdicts"].keys() == {"conforms", "advisory", "drift", "violates"}
    words = "topcheck: nothing was judged: no answer of the method was found\n"
    assert (code, why) == (2, words)
    code, said, why = told(path)
    assert (code, why) == (2, "")
    assert said.endswith("0 answers in 1 file: nothing was judged\n")


# ---------------------------------------------------------------- what is damaged


def packed_twice(data):
    return gzip.compress(data) + b"garbage behind"


#: Files that are read up to a place: how many records of 1000 at least, and what is said.
LONG = b"".join(answer(out_biz_id=os.urandom(12).hex()).encode() + b"\n" for _ in range(1000))
DAMAGED = {
    "cut.gz": (gzip.compress(LONG)[:-2000], "it is cut off"),
    "cut.zst": (zstd(LONG)[:-2000], "it is cut off"),
    "flipped.gz": (bytearray(gzip.compress(LONG)), "it is damaged, or no gzip"),
    "flipped.zst": (
        bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(LONG)),
        "it is damaged, or no zstd",
    ),
    "behind.gz": (packed_twice(LONG), "it is damaged, or no gzip"),
    "cut.har": (har(*LONG.decode().splitlines())[:-3000], "it is cut off, or no JSON"),
    "behind.har": (har(*LONG.decode().splitlines()) + b"{}", "it is cut off, or no JSON"),
}
for _name in ("flipped.gz", "flipped.zst"):
    DAMAGED[_name][0][-3000] ^= 0xFF


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_read_up_to_there(tmp_path, name):
    """It is one line with file and offset, and the other files are judged."""
    content, reason = DAMAGED[name]
    path = written(tmp_path, name, bytes(content))
    written(tmp_path, "good.ndjson", LINE)
    data = audited(tmp_path, code=2)
    (unread,) = data["unreadable"]
    assert unread["file"] == str(path)
    assert unread["reason"].startswith(reason)
    assert not data["complete"]
    assert data["records"] > 200


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_small_file_is_read_up_to_its_damage_too(tmp_path, pack):
    """What is seen of it at once is not all that is lost."""
    data = audited(written(tmp_path, "a", pack(LINES) + b"garbage behind"), code=2)
    assert data["records"] == 4
    (unread,) = data["unreadable"]
    assert (unread["offset"], data["complete"]) == (len(LINES), False)


def test_zstd_may_begin_with_a_frame_that_is_passed_over(tmp_path):
    """So does what pzstd writes."""
    passed_over = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    packed = passed_over + zstandard.compress(LINES) + passed_over + zstandard.compress(LINES)
    assert audited(written(tmp_path, "a", packed), code=1)["records"] == 8


#: Objects that are read alike whether all lines of a block are looked at together or one by one.
ODD_LINES = {
    "over two lines": obj().replace(b'"body": ', b'"body":\n'),
    "a name with an escape": obj().replace(b"body", b"b\\u006fdy"),
    "a byte order mark": b"\xef\xbb\xbf" + obj(),
    "a name twice": obj().replace(b'{"', b'{"body": "x", "'),
}


@pytest.mark.parametrize("odd", ODD_LINES)
def test_objects_are_read_alike_in_blocks_and_alone(tmp_path, odd):
    content = b"\n".join([obj()] * 3 + [ODD_LINES[odd]] + [obj(BAD.decode())] * 2)
    path = written(tmp_path, "a.ndjson", content)
    data = audited(path, findings=tmp_path / "f")
    assert without_engine(data) == without_engine(audited(path, alone=True))
    assert data["clauses"][0]["first"]["offset"] == content.index(obj(BAD.decode()))
    assert len(data["unreadable"]) == (2 if odd == "over two lines" else 0)
    assert [one["clause"] for one in data["clauses"]] == [ENUM]


@pytest.mark.parametrize("broken", [
    LINE[:200], b"not json", b'{"body": "x', obj(status="x"), obj(headers=7), obj(request="?"),
    obj(request={"url": "http://["}), b"[" * 100000, b"\0" * 300,
])  # fmt: skip
def test_a_damaged_object_is_passed_over(tmp_path, broken):
    """It is counted and named, the records behind it keep their numbers, and nothing is lost."""
    content = b"\n".join([obj(), broken, obj(BAD.decode())])
    data = audited(written(tmp_path, "a.ndjson", content), code=2)
    assert [(one["offset"], one["file"]) for one in data["unreadable"]] == [
        (content.index(broken), str(tmp_path / "a.ndjson"))
    ]
    assert data["clauses"][0]["first"]["record"] == 2
    assert data["records"] == 2
    assert data["complete"]


def test_a_broken_body_among_bodies_is_judged(tmp_path):
    """It is what the gateway sent, as far as anyone can tell, and not a damaged record."""
    data = audited(written(tmp_path, "a.ndjson", b"\n".join([LINE, LINE[:200], LINE])), code=1)
    assert [one["clause"] for one in data["clauses"]] == ["wire.body.syntax"]
    assert data["records"] == 3


def test_a_damaged_entry_is_passed_over(tmp_path):
    archive = json.loads(har(LINE.decode(), LINE.decode(), LINE.decode(), BAD.decode()))
    found = archive["log"]["entries"]
    del found[0]["response"]
    deep = []
    for _ in range(100):
        deep = [deep]
    found[1]["response"]["deep"] = deep
    data = audited(written(tmp_path, "a.har", json.dumps(archive).encode()), code=2)
    assert [one["reason"] for one in data["unreadable"]] == [
        "an exchange without a response", "it is nested too deeply"
    ]  # fmt: skip
    assert (data["records"], data["clauses"][0]["first"]["record"]) == (2, 3)


def test_a_long_line_is_no_body_and_is_not_held(tmp_path):
    """A body beyond the limit is a violation, an object a damaged record; both are passed over."""
    long = LINE[:-1] + b', "x": "' + b"y" * (MAX_BODY_BYTES + 7) + b'"}'
    content = b"\n".join([LINE, long, BAD, LINE])
    data = audited(written(tmp_path, "a.ndjson", content), code=1)
    found = {one["clause"]: one["first"] for one in data["clauses"]}
    assert found["wire.body.limits"]["offset"] == len(LINE) + 1
    assert found[ENUM] == {"file": str(tmp_path / "a.ndjson"), "record": 2,
                           "offset": content.index(BAD)}  # fmt: skip
    content = b"\n".join([obj(), obj(long.decode()), obj(BAD.decode())])
    data = audited(written(tmp_path, "a.ndjson", content), code=2)
    assert [one["reason"] for one in data["unreadable"]] == ["it has more than 16 MiB"]
    assert (data["records"], data["clauses"][0]["first"]["record"]) == (2, 2)


def test_of_a_line_of_100_mb_its_beginning_is_held():
    """So that the judge sees how long it is; the lines around it are whole."""
    pieces = (LINES, *[b"x" * 2**20] * 100, b"\n" + LINES)
    found = list(blocks.line_blocks(iter(pieces), 0, None))
    long = 100 * 2**20 + 1
    assert [len(one.data) for one in found] == [len(LINES), blocks.KEPT, len(LINES)]
    assert [one.length for one in found] == [0, long, 0]
    assert [one.at for one in found] == [0, len(LINES), len(LINES) + long]


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_bomb_is_given_up(tmp_path, monkeypatch, pack):
    """What unpacks to a record without end is one line."""
    monkeypatch.setattr(blocks, "ENDLESS", 32 * 1024 * 1024)
    path = written(tmp_path, "bomb", pack(LINE + b"\n" + b"a" * (64 * 1024 * 1024)))
    assert path.stat().st_size < 100_000
    data = audited(path, code=2)
    assert data["records"] == 1
    (unread,) = data["unreadable"]
    assert unread["offset"] == len(LINE) + 1
    assert unread["reason"] == "a record of more than 32 MiB: no more is read"


def test_a_frame_that_asks_for_much_memory_is_refused(tmp_path):
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = audited(written(tmp_path, "a.zst", packer.compress(LINES) + packer.flush()), code=2)
    assert data["unreadable"][0]["reason"].endswith("it asks for more than 32 MiB of memory")


@pytest.mark.parametrize("entry", ['"x": "' + "y" * 50_000, '"x": [' + "1," * 30_000])
def test_an_entry_without_end_is_given_up(tmp_path, monkeypatch, entry):
    monkeypatch.setattr(entries, "MOST", 20_000)
    content = har(LINE.decode())[:-3] + b", {" + entry.encode()
    data = audited(written(tmp_path, "a.har", content), code=2)
    assert data["records"] == 1
    assert data["unreadable"][0]["reason"].endswith("in one entry: no more is read")


def test_aliases_are_bounded(tmp_path):
    """A cassette of aliases of aliases is refused, and what is too large for one."""
    names = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for one, last in zip("bcdefghi", "abcdefgh", strict=True):
        names.append(f"{one}: &{one} [{', '.join([f'*{last}'] * 9)}]")
    bomb = "interactions:\n- request: {uri: 'http://x/', body: *i}\n  response: {body: *i}\n"
    written(tmp_path, "a.yaml", ("\n".join(names) + "\n" + bomb).encode())
    written(tmp_path, "b.yaml", b"interactions:\n" + b"- x\n" * (MAX_BODY_BYTES // 4))
    data = audited(tmp_path, code=2)
    assert [one["file"][-6:] for one in data["unreadable"]] == ["a.yaml", "b.yaml"]
    assert data["unreadable"][1]["reason"] == "it has more than 16 MiB"


def test_another_encoding_is_told(tmp_path):
    data = audited(written(tmp_path, "a.ndjson", LINES.decode().encode("utf-16")), code=2)
    assert data["unreadable"][0]["reason"] == (
        "it is UTF-16, and not UTF-8: recode it first, by iconv"
    )


# ---------------------------------------------------------------- what is changed


@pytest.mark.parametrize(("change", "reason", "records"), [
    (lambda path: path.write_bytes(LINES + LINES), "it grew while it was read", 4),
    (lambda path: path.write_bytes(LINES[: len(LINE) + 1]), "it changed while it was read", 1),
    (lambda path: path.unlink(), "it is not there any more", 0),
    (lambda path: shutil.copy(path, path.with_suffix(".x")), None, 4),
])  # fmt: skip
def test_a_file_that_changes_is_told(tmp_path, monkeypatch, change, reason, records):
    """What was there at first is judged, once; what came later is not, and is named."""
    path = written(tmp_path, "a.ndjson", LINES[:-1])
    good = written(tmp_path, "b/b.ndjson", LINE)
    from topcheck.cli import audit

    found = audit.find_archives

    def changed(*given):
        archives = found(*given)
        change(path)
        return archives

    monkeypatch.setattr(audit, "find_archives", changed)
    data = audited(path, good)
    assert [one["reason"] for one in data["unreadable"]] == ([reason] if reason else [])
    assert data["records"] == records + 1
    assert data["complete"] == (reason is None)


def test_what_the_audit_writes_is_not_read(tmp_path):
    """Findings and checkpoint may lie among the archives."""
    written(tmp_path, "a.ndjson", LINES)
    options = {"findings": tmp_path / "findings.ndjson", "checkpoint": tmp_path / "checkpoint",
               "report": tmp_path / "report"}  # fmt: skip
    first = audited(tmp_path, **options)
    (tmp_path / "checkpoint").unlink()
    assert without_engine(audited(tmp_path, **options)) == without_engine(first)
    assert first["records"] == 4


@pytest.mark.parametrize("option", ["checkpoint", "findings", "report"])
def test_what_the_audit_would_write_over_archives_is_told(tmp_path, option):
    path = written(tmp_path, "a/a.ndjson", LINE)
    given = path if option == "findings" else tmp_path / "a"
    code, _, why = told(tmp_path / "a", **{option: given})
    words = "what this audit writes would lie over it: name another place"
    assert (code, why) == (2, f"topcheck: {tmp_path / 'a'}: {words}\n")


def test_what_the_audit_writes_has_two_names(tmp_path):
    """Findings over the checkpoint would be the end of it."""
    path = written(tmp_path, "a.ndjson", LINE)
    for other in (tmp_path / "x", tmp_path / "y" / ".." / "x"):
        with pytest.raises(click.UsageError, match="--findings and --checkpoint name one file"):
            told(path, findings=tmp_path / "x", checkpoint=other)


def test_a_member_has_one_name(tmp_path):
    with pytest.raises(click.UsageError, match="each once"):
        told(written(tmp_path, "a.ndjson", LINE), member=("body=a", "body=b"))


@pytest.mark.parametrize("given", ["body", "body=", "text=x", "=x", "", "Body=x", "=", "body.x=y"])
def test_a_member_that_is_no_name_is_told_as_it_was_given(tmp_path, given):
    with pytest.raises(click.UsageError) as refused:
        told(written(tmp_path, "a.ndjson", LINE), member=("status=code", given))
    assert refused.value.message == (
        f"--member {given}: give NAME=NAME; the first is one of "
        "body, format, request, at, status, headers, each once"
    )


def test_a_name_of_a_member_is_text(tmp_path):
    with pytest.raises(click.UsageError, match="give NAME=NAME"):
        told(written(tmp_path, "a.ndjson", LINE), member=("body=\udcff",))


def test_names_of_members(tmp_path):
    """Other names, and what lies within an object."""
    http = {"code": 502, "headers": {"Content-Type": "text/javascript"}}
    asked = {"method": METHOD, "format": "json"}
    line = json.dumps({"payload": BAD.decode(), "rq": asked, "http": http})
    path = written(tmp_path, "a.ndjson", line.encode())
    names = ("body=payload", "request=rq", "status=http.code", "headers=http.headers")
    found = audited(path, member=names, code=1)
    assert {one["clause"] for one in found["clauses"]} == {ENUM, "wire.http.server_error"}
    assert audited(path, code=1)["clauses"][0]["clause"] == "wire.body.root"


def test_a_body_with_a_documented_root_is_no_object(tmp_path):
    line = json.dumps({**json.loads(LINE), "body": "x"}).encode()
    data = audited(written(tmp_path, "a.ndjson", line), code=0)
    assert [one["samples"][0]["actual"] for one in data["clauses"]] == ["beside the root"]
    assert ROOT in json.loads(line)


OTHER_LINES = {
    "a page": b"<html>502 Bad Gateway</html>",
    "XML": GOOD_XML,
    "an object": obj(BAD.decode()),
    "an object with a request": obj(request="method=x"),
    "a blank": b"",
    "blanks": b"  \t",
    "no JSON": b'{"alibaba',
    "JSON without a root": b'{"x": 1}',
    "a root behind a blank": b" " + LINE,
}


@pytest.mark.parametrize("other", OTHER_LINES.values(), ids=OTHER_LINES)
def test_a_line_of_another_kind_is_read_by_itself(tmp_path, other, monkeypatch):
    """Lines around it are judged at once all the same; offsets and numbers are the file's."""
    at_once = []
    block = RecordCounts.block
    monkeypatch.setattr(RecordCounts, "block", lambda counts, part, *rest: (
        at_once.append(part.data.count(LINE[:20])), block(counts, part, *rest)))  # fmt: skip
    rows = [LINE, BAD, LINE, LINE, DRIFT] * 40
    for places in ([100], [1, 2], [60, 199, 200], [201], [0]):
        some = list(rows)
        for place in reversed(places):
            some.insert(place, other)
        for end in (b"", b"\n"):
            path = written(tmp_path, "a.ndjson", b"\n".join(some) + end)
            at_once.clear()
            one, two = tmp_path / "one", tmp_path / "two"
            fast = audited(path, findings=one)
            if places != [0] and b'"body"' not in other:  # these tell that all are read as such
                assert sum(at_once) == 200
            assert without_engine(fast) == without_engine(audited(path, findings=two, alone=True))
            assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("names", [["."], ["*.ndjson"], ["**/*.ndjson"],
                                   ["a.ndjson", "b.ndjson"], ["b.ndjson", "a.ndjson"]])  # fmt: skip
def test_a_link_to_nothing_is_named(tmp_path, monkeypatch, names):
    """However it is come by, by a shell that wrote out what it names too, the rest is judged."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a.ndjson", LINE)
    Path("b.ndjson").symlink_to("nowhere")
    data = audited(*names, code=2)
    assert data["records"] == 1
    assert [one["file"] for one in data["unreadable"]] == ["b.ndjson"]


@pytest.mark.parametrize("name", ["folder", "folder/c.ndjson"])
def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch, name):
    """The rest is judged, in whatever way it is come by."""
    monkeypatch.chdir(tmp_path)
    closed = written(tmp_path, "folder/c.ndjson", LINE).parent
    written(tmp_path, "a.ndjson", LINE)
    refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "folder")

    def refusing(do, barred):
        def done(path, *args, **options):
            if Path(path).absolute() in barred:
                raise refused
            return do(path, *args, **options)

        return done

    monkeypatch.setattr(os, "scandir", refusing(os.scandir, [closed]))
    monkeypatch.setattr(Path, "stat", refusing(Path.stat, [closed / "c.ndjson"]))
    for names in (["a.ndjson", name], [name, "a.ndjson"], ["."]):
        data = audited(*names, code=2)
        assert data["records"] == 1
        (unread,) = data["unreadable"]
        assert unread["file"] in (name, "folder")
        assert unread["reason"].startswith("it cannot be read: ")


def test_only_files_that_were_read_are_counted(tmp_path):
    """As `check` counts them; an empty one was read, and one that was read up to a place."""
    written(tmp_path, "a.ndjson", LINE)
    written(tmp_path, "b.gz", gzip.compress(LINE)[:-9])
    written(tmp_path, "c.ndjson", b"")
    (tmp_path / "d.ndjson").symlink_to("nowhere")
    written(tmp_path, "e.zip", b"PK\x03\x04")
    last = told(tmp_path)[1].splitlines()[-1]
    assert last == "1 answer in 3 files: 1 conforms; 3 not read"


def tar(data):
    """Return an archive of tar with one file."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        found = tarfile.TarInfo("a.ndjson")
        found.size = len(data)
        archive.addfile(found, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize(("content", "name"), [
    (tar(LINES), "tar"), (gzip.compress(tar(LINES)), "tar"), (zstd(tar(LINES)), "tar"),
    (lzma.compress(LINES), "xz"), (bz2.compress(LINES), "bzip2"), (b"PK\x03\x04" + LINES, "zip"),
    (b"\x04\x22M\x18" + LINES, "lz4"), (b"PAR1" + LINES, "Parquet"), (b"Obj\x01" + LINES, "Avro"),
])  # fmt: skip
def test_what_has_to_be_unpacked_first_is_told(tmp_path, content, name):
    """Nothing of it is judged, whatever it is called; other files are."""
    path = written(tmp_path, "a.ndjson", content)
    data = audited(path, written(tmp_path, "b.ndjson", LINE), code=2)
    reason = f"it is {name}, which is not read: unpack it first"
    assert data["unreadable"] == [{"file": str(path), "offset": 0, "reason": reason}]
    assert (data["records"], data["complete"]) == (1, False)


XML_BAD = GOOD_XML.replace(b"PROCESSING", b"PAID")
OF_DOCTYPE = GOOD_XML.replace(b"?>", b"?><!DOCTYPE x>")


@pytest.mark.parametrize(("first", "second", "clause"), [
    (GOOD_XML, OF_DOCTYPE, "wire.body.doctype"),
    (OF_DOCTYPE, GOOD_XML, "wire.body.doctype"),
    (GOOD_XML, OF_DOCTYPE.replace(GOOD_XML[: GOOD_XML.index(b"?>") + 2], b""), "wire.body.doctype"),
    (GOOD_XML[:200], GOOD_XML, "wire.body.syntax"),
    (GOOD_XML, GOOD_XML[:200], "wire.body.syntax"),
    (GOOD_XML[:200], LINE, "wire.body.syntax"),
])  # fmt: skip
def test_lines_of_xml_are_told_by_how_they_begin(tmp_path, first, second, clause):
    """So that an answer that is no good XML hides no other."""
    data = audited(written(tmp_path, "a.log", b"\n".join([first, second, XML_BAD])), code=1)
    assert {one["clause"]: one["count"] for one in data["clauses"]} == {clause: 1, ENUM: 1}
    assert data["verdicts"]["conforms"] == 1


@pytest.mark.parametrize("body", [
    GOOD_XML + b"\n<!--top-->\n", GOOD_XML.replace(b"?><", b"?>\n<"),
    GOOD_XML.replace(b"><", b">\n<"), GOOD_XML.replace(b"?>\n<", b"?><").replace(b"<r", b"\n<r"),
])  # fmt: skip
def test_one_body_of_several_lines_is_one(tmp_path, body):
    data = audited(written(tmp_path, "a.log", body), code=0)
    assert data["verdicts"]["conforms"] == data["records"] == 1
