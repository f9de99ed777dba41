"""The exit codes of all commands follow one rule: what is judged, and what could not be read."""

import gzip

import pytest

from tests.page_builder import REAL
from tests.warm import run_topcheck
from tests.workspace import WORKSPACE
from topcheck.wire.write import write_json

OWN = write_json(WORKSPACE.sample)
BAD = OWN.replace(b'"PROCESSING"', b'"PAID"')
PAGE = REAL.read_bytes()
CURL = "curl 'https://eco.taobao.com/router/rest?app_key=1&method=x&sign=A'"
FILES = {
    "own.json": OWN, "bad.json": BAD, "own.ndjson": OWN + b"\n", "bad.ndjson": BAD + b"\n",
    "cut.gz": gzip.compress(OWN)[:-9],
    "damaged.ndjson": BAD + b'\n{"body":"{}","status":"x"}\n', "wrong.curl": CURL.encode(),
    "page.txt": PAGE, "new.txt": PAGE.replace(b"CANCELED(", b"REFUNDED("),
    "refused.txt": PAGE.replace("响应参数".encode(), b""), "none.curl": b"curl -K x",
}  # fmt: skip
#: What is judged is in order, or it is not: a command, and its code.
JUDGED = {
    "check own.json bad.json": 1,
    "audit own.ndjson bad.ndjson": 1,
    "derive refused.txt --out out": 1,
    "diff page.txt new.txt": 1,
    "diagnose wrong.curl": 1,
    "driver smoke false": 1,
}
#: Something that is named cannot be read, whatever else there is.
UNREAD = [
    "check nothere.json bad.json",
    "audit bad.ndjson cut.gz",
    "audit damaged.ndjson",
    "derive nothere.txt",
    "diff page.txt refused.txt",
    "diff page.txt new.txt --outcome nothere.json",
    "diagnose none.curl",
    "driver smoke ./nothere",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with files of each kind."""
    found = tmp_path_factory.mktemp("codes")
    for name, content in FILES.items():
        (found / name).write_bytes(content)
    return found


def code(folder, words):
    """Run a command there."""
    environment = {"TOP_APP_SECRET": "helloworld"}
    found = run_topcheck(*words.split(), cwd=folder, environment=environment)
    assert "own fault" not in found.stderr
    return found.returncode, found.stdout + found.stderr


@pytest.mark.parametrize("words", JUDGED)
def test_the_code_says_whether_what_is_judged_is_in_order(folder, words):
    """A page that is refused is what `derive` judges."""
    found, said = code(folder, words)
    assert found == JUDGED[words], said


@pytest.mark.parametrize("words", UNREAD)
def test_what_cannot_be_read_outweighs_what_was_found(folder, words):
    """Not all that was named was judged."""
    found, said = code(folder, words)
    assert found == 2, said
