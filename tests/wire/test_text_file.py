"""Files that a person writes: a byte order mark is no content, and UTF-16 is one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspace import WORKSPACE
from topcheck.contract.files import rules_text
from topcheck.contract.inferred import RuleError
from topcheck.live.connect import GatewayError, connected
from topcheck.sdk.known_failing import read_known
from topcheck.sdk.manifest import SdkError, read_sdk
from topcheck.wire.text_file import TextFileError, text_of

ROOT = Path(__file__).parents[2]
TEXT = 'sdk = "支付"\n'
READ = {
    "utf-8": TEXT.encode(),
    "with a byte order mark": TEXT.encode("utf-8-sig"),
    "with line ends of Windows": TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
    "with line ends of an old Mac": TEXT.replace("\n", "\r").encode(),
}
REFUSED = {
    "UTF-16 with its mark": (
        TEXT.encode("utf-16"),
        "it is UTF-16, and not UTF-8: save it as UTF-8",
    ),
    "UTF-16, big end first": (b"\xfe\xff" + TEXT.encode("utf-16-be"), "it is UTF-16"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), "it is UTF-16"),
    "UTF-16 without a mark, big end first": (TEXT.encode("utf-16-be"), "it is UTF-16"),
    "UTF-32": (TEXT.encode("utf-32"), "it is UTF-32, and not UTF-8: save it as UTF-8"),
    "GBK": (("#\n" + TEXT).encode("gbk"), "line 2 is not UTF-8: save it as UTF-8"),
    "latin-1": ("\u00e9".encode("latin-1"), "line 1 is not UTF-8"),
}
ORDERS = json.dumps([{"biz_order_id": "900"}])
KNOWN = '[[known]]\nclause = "sdk.wire.empty"\nreason = "x"\nexpires = 2027-12-31\n'
MANIFEST = "\n".join(f'{k} = "x"' for k in ("name", "language", "sdk", "version", "install", "run"))


@pytest.mark.parametrize("name", READ)
def test_what_editors_save(name):
    """UTF-8 is read, whatever stands before it and at its line ends."""
    assert text_of(READ[name]) == TEXT


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_utf_8(name):
    """It is named, with what to do."""
    body, words = REFUSED[name]
    with pytest.raises(TextFileError) as refused:
        text_of(body)
    assert words in str(refused.value)
    assert "save it as UTF-8" in str(refused.value)


def test_a_mark_within_stays():
    """Only what begins a file is no content."""
    assert text_of(b"a\xef\xbb\xbfb") == "a\ufeffb"


# ------------------------------------------------------------------ every file that a person writes


def orders_of(path):
    """Read TOP_ORDERS."""
    environment = {"TOP_APP_KEY": "k", "TOP_APP_SECRET": "s", "TOP_ORDERS": str(path)}
    with connected(WORKSPACE.contract, "http://127.0.0.1:9/", environment) as gateway:
        return gateway.orders.orders


def rules_of(path):
    """Read the rules of a folder."""
    return rules_text(path.parent)


def driver_of(path):
    """Read a driver's folder."""
    return read_sdk(str(path.parent)).name


FILES = {
    "TOP_ORDERS": ("orders.json", ORDERS, orders_of, GatewayError),
    "inferred.toml": ("inferred.toml", "# 规则\n", rules_of, RuleError),
    "driver.toml": ("driver.toml", MANIFEST, driver_of, SdkError),
    "a list of known failures": ("known.toml", KNOWN, read_known, SdkError),
}


@pytest.mark.parametrize("name", FILES)
def test_a_byte_order_mark_is_no_content(name, tmp_path):
    """With it and without, a file says the same."""
    file, text, read, _ = FILES[name]
    path = tmp_path / file
    path.write_text(text, "utf-8")
    plain = read(path)
    path.write_text(text, "utf-8-sig")
    assert plain
    assert str(read(path)) == str(plain)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_utf_16_is_one_line(name, encoding, tmp_path):
    """It says what to do."""
    file, text, read, error = FILES[name]
    path = tmp_path / file
    path.write_text(text, encoding)
    with pytest.raises(error, match="save it as UTF-8") as refused:
        read(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("before", ["\ufeff", " ", "\n", "\ufeff\r\n"])
def test_orders_in_the_environment(before):
    """A list that a file was pasted from is a list."""
    assert orders_of(before + ORDERS + "\n")


@pytest.mark.parametrize(
    ("encoding", "words"), [("utf-8-sig", ""), ("utf-16", "it is UTF-16, and not UTF-8: save it")]
)
def test_serve(encoding, words, tmp_path):
    """The order book of the sandbox is read as TOP_ORDERS is."""
    path = tmp_path / "orders.json"
    path.write_text(ORDERS, encoding)
    code = ("import sys; from topcheck.cli import serve; from topcheck.cli.main import main\n"
            "serve._gateway = lambda *_: sys.exit(7)\nmain()")  # fmt: skip
    found = subprocess.run([sys.executable, "-c", code, "serve", "--orders", path], cwd=ROOT,
                           capture_output=True, text=True, check=False,
                           env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert found.returncode == (2 if words else 7)
    assert words in found.stderr
    assert found.stderr.count("\n") == bool(words)
