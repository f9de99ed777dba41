"""What must not be shown is not: whole, escaped, or the half of it that was left by a cut."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workspace import WORKSPACE
from topcheck.report.text import in_words
from topcheck.wire.redact import REDACTED, Redactor, without
from topcheck.wire.tree import excerpt

SECRET = 'se&cret/"of-the\\house"'  # noqa: S105 - planted


@pytest.mark.parametrize(
    "spelled",
    [SECRET, 'se&cret/\\"of-the\\\\house\\"', "se&amp;cret/&quot;of-the\\house&quot;",
     "se%26cret%2F%22of-the%5Chouse%22", 'se&amp;cret/"of-the\\house"',
     'se&cret\\/\\"of-the\\\\house\\"', "".join(f"&#{ord(char)};" for char in SECRET),
     json.dumps(json.dumps(SECRET)[1:-1])[1:-1], "".join(f"&#x0{ord(char):X};" for char in SECRET),
     "".join(f"\\u{ord(char):04X}" for char in SECRET), SECRET.upper()],
)  # fmt: skip
def test_a_secret_is_taken_out_however_it_is_written(spelled):
    """As it is, and as JSON, XML and a URL may write it."""
    assert Redactor([SECRET]).redacted(f"<{spelled}>") == f"<{REDACTED}>"


@given(st.text("ab ", max_size=20), st.integers(1, 40))
def test_no_cut_leaves_a_half(before, limit):
    """Wherever a text is shortened, four characters of a secret are never left."""
    shown = Redactor([SECRET]).redacted(excerpt(before + SECRET, limit))
    assert not any(SECRET[:4] in piece for piece in shown.split(REDACTED))


def test_what_is_short_is_no_secret():
    """A word of three letters might stand anywhere."""
    assert Redactor(["abc", ""]).redacted("abcabc…") == "abcabc…"


def test_the_longer_secret_goes_first():
    """A secret that another one begins with leaves nothing of the other."""
    assert Redactor(["token", "token-of-ours"]).redacted("token-of-ours, token") == (
        f"{REDACTED}, {REDACTED}"
    )


def test_the_half_of_a_secret_that_holds_another_goes_whole():
    """What was cut off is taken out before what stands inside of it."""
    redactor = Redactor(["before-12345678-after", "12345678"])
    assert redactor.redacted("x before-12345678-a…") == f"x {REDACTED}…"


def test_what_is_no_character_stays():
    """A text with half of a surrogate pair is no reason to fall over."""
    assert Redactor([SECRET]).redacted("\ud800 \U0001f600") == "\ud800 \U0001f600"


def test_what_will_be_json_is_rid_of_them_before():
    """The half that a cut left is found in names and values, before JSON escapes it again."""
    cut = json.dumps(SECRET)[:12] + "…"
    assert Redactor([SECRET]).redacted_data({SECRET: [cut, 1, None]}) == {
        REDACTED: [f'"{REDACTED}…', 1, None]
    }


#: A text with secrets that nobody knows of but by their names, and what is shown of it.
NAMED = {
    "a=1&session=S3SSION&sign=ABCDEF&b=2": "a=1&session=(secret)&sign=(secret)&b=2",
    "/rest?sign=ABCDEF&amp;b=2": "/rest?sign=(secret)&amp;b=2",
    r'"x":"a=1\u0026session=S3\/SSION\u0026b=2"': r'"x":"a=1\u0026session=(secret)\u0026b=2"',
    "a%3D1%26session%3DS3SSION": "a%3D1%26session%3D(secret)",
    "a%253D1%2526session%253DS3SSION": "a%253D1%2526session%253D(secret)",
    "TOP_SESSION=S3SSION java": "TOP_SESSION=(secret) java",
    '{"Session": "S3S\\"SION","b":1}': '{"Session": "(secret)","b":1}',
    "{'session': 'S3SSION', 'b': 1}": "{'session': '(secret)', 'b': 1}",
    '{"app_key":12345678,"b":1}': '{"app_key":(secret),"b":1}',
    '{"sign":["A","B"],"b":1}': '{"sign":(secret)],"b":1}',
    '{"name":"session","value":"S3SSION"}': '{"name":"session","value":"(secret)"}',
    r'"{\"session\":\"S3SSION\",\"b\":1}"': r'"{\"session\":\"(secret)\",\"b\":1}"',
    "{&quot;session&quot;:&quot;S3SSION&quot;}": "{&quot;session&quot;:&quot;(secret)&quot;}",
    "%7B%22session%22%3A%22S3SSION%22%7D": "%7B%22session%22%3A%22(secret)%22%7D",
    "<session>S3SSION</session><b>1</b>": "<session>(secret)</session><b>1</b>",
    "<a:session><k>S</k><l>T</l></a:session>": "<a:session>(secret)</a:session>",
    "<sign b='1'><![CDATA[ABC]]></sign>": "<sign b='1'>(secret)</sign>",
    "<a sign=\"ABC\" session='S3S' b='1'/>": "<a sign=\"(secret)\" session='(secret)' b='1'/>",
    "&lt;sign&gt;ABC&lt;/sign&gt;": "&lt;sign&gt;(secret)&lt;/sign&gt;",
    "<session>S3SS…": "<session>(secret)",
    'name="session"\r\n\r\nS3SSION\r\n--x': 'name="session"\r\n\r\n(secret)\r\n--x',
    r'name="session"\r\n\r\nS3SSION\r\n--x': r'name="session"\r\n\r\n(secret)\r\n--x',
}


@pytest.mark.parametrize("text", NAMED)
def test_what_stands_behind_the_name_of_a_secret_is_taken_out(text):
    """Of JSON, XML, forms and queries, escaped or not: whose secret it is need not be known."""
    assert without(text, ()) == Redactor([SECRET]).redacted(text) == NAMED[text]


@pytest.mark.parametrize(
    "text",
    ["sign_method=md5&v=2", '"sign_method":"md5"', '"session":null,"b":1', "<session/><b>1</b>",
     "session=$TOP_SESSION", 'session="$TOP_SESSION" \\', '"sign":"(secret)"',
     "sign=(secret)", "session, sign, app_secret", "invalid session: x"],
)  # fmt: skip
def test_what_is_no_secret_stays(text):
    """Another name, nothing, the variable of a script, and words about them."""
    assert without(text, [SECRET]) == Redactor([SECRET]).redacted(text) == text


@pytest.mark.parametrize(
    "body",
    ["a=1&session=S3SSION&sign=ABCDEF", '{"error_response":{"session":S3SSION}}',
     '{"error_response":{"session":"S3SS\x01ION"}}', '{"error_response":{"session":"S3SSION',
     '{"error_response":{"code":"sign=ABCDEF","msg":"x"}}', '{"error_response":{"session=S3SS":1}}',
     "<error_response><code>session=S3SSION</code></error_response>",
     '{"error_response":{"code":15,"msg":"x","session":"S3SSION"}}'],
)  # fmt: skip
def test_no_finding_shows_what_a_body_names_so(body):
    """Wherever the body is cut, and whatever is wrong with it."""
    findings = WORKSPACE.judges.response.judge(body.encode()).findings
    told = "\n".join(map(in_words, findings))
    assert findings
    assert not re.search("S3|ION|ABC", told), told
