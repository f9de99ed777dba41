"""The JSON reader takes RFC 8259 and nothing more, and says where everything stands."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import bounded
from tests.reading import nodes, refusal
from topcheck.wire.json_reader import read_json
from topcheck.wire.limits import MAX_BODY_BYTES, MAX_MEMBERS
from topcheck.wire.tree import Kind, MessageError

MEGABYTE = 1024 * 1024
SYNTAX, LIMITS, ENCODING = "wire.body.syntax", "wire.body.limits", "wire.body.encoding"


def read(text):
    return read_json(text.encode()).root


def refused(text):
    return refusal(read_json, text)


def places(text):
    return [(node.text or node.name, node.line, node.column) for node in nodes(read(text))]


def plain(node):
    """A tree in the shape that `loaded` gives to the same text."""
    if node.kind is Kind.OBJECT:
        return "object", [(child.name, plain(child)) for child in node.children]
    if node.kind is Kind.ARRAY:
        assert all(child.name == node.name for child in node.children)
        return [plain(child) for child in node.children]
    if node.kind in (Kind.NUMBER, Kind.NONFINITE):
        return node.kind.value, node.text
    if node.kind is Kind.STRING:
        return node.text
    return {"true": True, "false": False, "null": None}[node.text]


def loaded(text):
    """A text by the standard library, with duplicates and literals kept."""
    return json.loads(
        text,
        object_pairs_hook=lambda pairs: ("object", pairs),
        parse_int=lambda literal: ("number", literal),
        parse_float=lambda literal: ("number", literal),
        parse_constant=lambda literal: ("nonfinite", literal),
    )


# ------------------------------------------------------------------ what is read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_count_lines_and_code_points_from_one(end):
    """A value's place is its line and its code point in it, whichever way lines end."""
    text = end.join(["", ' {"中😀": "值😀", "b" : 1,', '"c":[true,', "", '  {"d":null}]', "}"])
    assert places(text) == [
        ("", 2, 2), ("值😀", 2, 9), ("1", 2, 21),
        ("c", 3, 5), ("true", 3, 6), ("c", 5, 3), ("null", 5, 8),
    ]  # fmt: skip


def test_places_when_all_line_ends_are_mixed():
    """CR LF is one end of a line, LF CR are two, and U+2028 and U+0085 are none."""
    text = '[1,\r\n2,\n\r3,\r\r\n4,"\u2028\u0085",5]'
    assert places(text)[1:] == [
        ("1", 1, 2), ("2", 2, 1), ("3", 4, 1), ("4", 6, 1), ("\u2028\u0085", 6, 3), ("5", 6, 8),
    ]  # fmt: skip


def test_places_do_not_count_a_byte_order_mark():
    """A byte order mark takes up no column."""
    message = read_json(b"\xef\xbb\xbf[1]")
    assert message.bom
    assert (message.root.column, message.root.children[0].column) == (1, 2)


def test_duplicates_are_kept_in_their_order():
    """Members of one name all stay, even if their names are spelt with escapes."""
    root = read(r'{"a":1,"b":2,"\u0061":3,"a":1}')
    assert [(child.name, child.text) for child in root.children] == [
        ("a", "1"), ("b", "2"), ("a", "3"), ("a", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_values_that_are_not_finite_are_kept(literal):
    """NaN and the infinities are read as what they are."""
    for text in (literal, f"[{literal}]", f'{{"a":{literal}}}'):
        node = list(nodes(read(text)))[-1]
        assert (node.kind, node.text) == (Kind.NONFINITE, literal)


@pytest.mark.parametrize(
    "literal", ["0", "-0", "100.0", "1e2", "1E+02", "-0.0e-0", "9007199254740993", "0.10"]
)
def test_numbers_keep_their_literal(literal):
    """A number is the text that was written, not what a double makes of it."""
    node = read(f'{{"a": {literal} }}').children[0]
    assert (node.kind, node.text) == (Kind.NUMBER, literal)


def test_every_escape_is_decoded():
    """All escapes of JSON stand for their characters, pairs of surrogates for one."""
    assert read(r'"\"\\\/\b\f\n\r\t\u4e2D\ud83D\ude00\u0000"').text == '"\\/\b\f\n\r\t中😀\0'


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    value=values,
    indent=st.sampled_from([None, 0, 1, "\t"]),
    ascii_only=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_python_writes_is_read_as_python_reads_it(value, indent, ascii_only, end):
    """The tree is what json.loads makes of the same text, and each place shows its value."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).replace("\n", end)
    root = read(text)
    assert plain(root) == loaded(text)
    lines = re.split("\r\n|\r|\n", text)
    starts = {Kind.OBJECT: "{", Kind.ARRAY: "[", Kind.STRING: '"'}
    for node in nodes(root):
        start = starts.get(node.kind, node.text)
        assert lines[node.line - 1][node.column - 1 :].startswith(start)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("text", "line", "column", "path"),
    [
        # unfinished
        ("", 1, 1, ""), (" ", 1, 2, ""), ("[", 1, 2, ""), ("[1", 1, 3, ""), ("[1,", 1, 4, ""),
        ("{", 1, 2, ""), ('{"a"', 1, 5, "a"), ('{"a":', 1, 6, "a"), ('{"a":1', 1, 7, ""),
        ('{"a":1,', 1, 8, ""), ('{"a":{"b":[', 1, 12, "a.b"), ('"a', 1, 1, ""), ("tru", 1, 1, ""),
        ('"\\', 1, 1, ""), ("-", 1, 1, ""), ('{"a":"b', 1, 6, "a"), ('{"a":1,\r\n', 2, 1, ""),
        # commas and brackets
        ("[1,]", 1, 4, ""), ('{"a":1,}', 1, 8, ""), ("[,1]", 1, 2, ""), ("[1,,2]", 1, 4, ""),
        ("{,}", 1, 2, ""), ("[1 2]", 1, 4, ""), ('{"a":1 "b":2}', 1, 8, ""), ('{"a" 1}', 1, 6, "a"),
        ('{"a"::1}', 1, 6, "a"), ("[1}", 1, 3, ""), ('{"a":1]', 1, 7, ""), ('{"a":[}', 1, 7, "a"),
        ("[}1]", 1, 2, ""), ('{]"a":1}', 1, 2, ""), ("[  ,  1]", 1, 4, ""), ("[1  }  ]", 1, 5, ""),
        ('{"a":1,\n "b":[1,\n {"c":x}]}', 3, 7, "b.c"), ("]", 1, 1, ""), ("[1:2]", 1, 3, ""),
        # names
        ("{a:1}", 1, 2, ""), ("{'a':1}", 1, 2, ""), ("{1:1}", 1, 2, ""), ("{null:1}", 1, 2, ""),
        # numbers
        ("[01]", 1, 3, ""), ("[-01]", 1, 4, ""), ("[.5]", 1, 2, ""), ("[1.]", 1, 3, ""),
        ("[1e]", 1, 3, ""), ("[1e+]", 1, 3, ""), ("[+1]", 1, 2, ""), ("[-]", 1, 2, ""),
        ("[0x1]", 1, 3, ""), ("[1_0]", 1, 3, ""), ("[٣]", 1, 2, ""), ("[1٣]", 1, 3, ""),
        ("[-NaN]", 1, 2, ""), ("[+Infinity]", 1, 2, ""), ("[nan]", 1, 2, ""),
        # words
        ("[True]", 1, 2, ""), ("[nil]", 1, 2, ""), ("[truex]", 1, 6, ""), ("[undefined]", 1, 2, ""),
        # strings
        ("['a']", 1, 2, ""), ('["\t"]', 1, 3, ""), ('["a\nb"]', 1, 4, ""), ('"\x00"', 1, 2, ""),
        ('"\x1f"', 1, 2, ""), ('{"a":"b\\q"}', 1, 8, "a"), ('{"a\nb":1}', 1, 4, ""),
        ('["中\r\n"]', 1, 4, ""),
        # comments, blanks and what follows
        ("[1]//", 1, 4, ""), ("/**/1", 1, 1, ""), ("[1,#\n2]", 1, 4, ""), ("1 2", 1, 3, ""),
        ("{}\n{}", 2, 1, ""), ('{"a":1};', 1, 8, ""), ("{}\x00", 1, 3, ""), ("\x0b1", 1, 1, ""),
        ("\u00a01", 1, 1, ""), ("[1\u30002]", 1, 3, ""), ("\ufeff\ufeff1", 1, 1, ""),
    ],
)  # fmt: skip
def test_what_json_does_not_allow_is_refused_at_its_place(text, line, column, path):
    """Whatever RFC 8259 does not allow is refused, where it stands."""
    if text and not text.startswith("\ufeff"):
        with pytest.raises(ValueError):  # noqa: PT011
            json.loads(text)
    assert refused(text) == (SYNTAX, line, column, path)


@pytest.mark.parametrize(
    "escape", ["\\x41", "\\u12", "\\u", "\\u12g4", "\\u+123", "\\u０４１", "\\U"]
)
def test_unknown_escapes_are_refused(escape):
    """An escape is one of nine letters, or u and four hexadecimal digits."""
    assert refused(f'{{"a":"{escape}"}}')[0::3] == (SYNTAX, "a")


@pytest.mark.parametrize(
    "escape", ["\\ud800", "\\udc00", "\\ude00\\ud83d", "\\ud83d中", "\\ud83d\\u0041", "\\uDBFF "]
)
def test_a_surrogate_without_its_partner_is_no_text(escape):
    """A lone surrogate breaks the encoding, in a value and in a name."""
    assert refused(f'{{"a":\n "x{escape}"}}') == (ENCODING, 2, 2, "a")
    assert refused(f'[{{\n"{escape}":1}}]') == (ENCODING, 2, 1, "")


def test_an_error_shows_little_of_what_stands_there():
    """An excerpt is one short line, however long the body goes on."""
    with pytest.raises(MessageError) as caught:
        read("[x" + "y" * 1000 + "]")
    assert caught.value.actual.startswith("xy")
    assert len(caught.value.actual) <= 40


small = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.just(-1.5)
    | st.text('a中😀"\\/\n\x7f', max_size=4),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text('ab😀"', max_size=2), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
edits = st.tuples(
    st.integers(min_value=0),
    st.integers(0, 2),
    st.sampled_from(["", *"{}[],:\"\\012e+-.tnu \n\r\t\0/'x中", "NaN", "Infinity", "null"]),
)


@settings(deadline=None, max_examples=1000)
@given(small, st.booleans(), st.lists(edits, min_size=1, max_size=3))
def test_edited_texts_are_accepted_as_json_loads_accepts_them(value, ascii_only, changes):
    """After random edits the reader accepts what json.loads does, lone surrogates excepted."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    for at, dropped, added in changes:
        at %= len(text) + 1
        text = text[:at] + added + text[at + dropped :]
    try:
        expected = loaded(text)
    except ValueError:
        expected = None, "refused"
    try:
        found = plain(read(text))
    except MessageError as error:
        if error.clause == ENCODING:
            assert re.search(r"\\ud[89a-f]", text)
            return
        if error.clause == LIMITS:
            assert re.search("e[+-]?[0-9]{3}", text)
            return
        found = None, "refused"
    assert found == expected


# ------------------------------------------------------------------ limits


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_sixty_four_levels_are_the_most(opening, closing):
    """A depth of 64 is read, one of 65 is not."""
    for levels, innermost in ((64, "1"), (63, "[]"), (63, "{}")):
        assert read(opening * levels + innermost + closing * levels)
    found = refused(opening * 65 + "1" + closing * 65)
    assert found[:3] == (LIMITS, 1, 64 * len(opening) + 1)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', " [\n"])
def test_deep_nesting_is_a_matter_of_limits(opening):
    """Ten thousand levels are refused for their depth and nothing else happens."""
    assert refused(opening * 10_000)[0] == LIMITS


@pytest.mark.parametrize(
    ("fits", "exceeds"),
    [
        ("1" * 400, "1" * 401), ("-" + "1" * 400, "-" + "1" * 401),
        ("0." + "1" * 399, "0." + "1" * 400), ("1" * 399 + ".1e1", "1" * 400 + ".1e1"),
        ("1" * 400 + "e0", "1" * 401 + "e0"), ("1e400", "1e401"), ("1E-400", "1E-401"),
        ("1e+00400", "1e+00401"), ("1e" + "0" * 5000, "1e" + "9" * 5000),
    ],
)  # fmt: skip
def test_numbers_have_limits(fits, exceeds):
    """A number has at most 400 digits and an exponent of at most 400."""
    assert read(f'{{"a": {fits}}}').children[0].text == fits
    assert refused(f'{{"a": {exceeds}}}') == (LIMITS, 1, 7, "a")
    assert refused(exceeds) == (LIMITS, 1, 1, "")


@pytest.mark.parametrize(("opening", "item", "closing"), [("[", "0", "]"), ("{", '"a":0', "}")])
def test_members_have_a_limit(opening, item, closing):
    """A body has at most as many values as the protocol says, the document included."""
    most = read(opening + ",".join([item] * (MAX_MEMBERS - 1)) + closing)
    assert len(most.children) == MAX_MEMBERS - 1
    assert refused(opening + ",".join([item] * MAX_MEMBERS) + closing)[0] == LIMITS


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b" " * 8 * MEGABYTE + b"1", "read"),
        (b"\n" * (MAX_BODY_BYTES - 1) + b"1", "read"),
        (b"[1" + b" \r\n" * 2 * MEGABYTE + b"]", "read"),
        (b"[1" + b" " * 8 * MEGABYTE + b"2]", SYNTAX),
        (b'{"a"' + b" " * 8 * MEGABYTE + b"1}", SYNTAX),
        (b"1" * 8 * MEGABYTE, LIMITS),
        (b"1." + b"1" * 8 * MEGABYTE, LIMITS),
        (b"1e" + b"1" * 8 * MEGABYTE, LIMITS),
        (b'"' + b"a" * 8 * MEGABYTE + b'"', "read"),
        (b'"' + b"a" * 8 * MEGABYTE, SYNTAX),
        (b'{"' + b"a" * 8 * MEGABYTE, SYNTAX),
        (b'{"' + b"a" * 8 * MEGABYTE + b'":x}', SYNTAX),
        (b'"' + b"\\u0041" * MEGABYTE + b'"', "read"),
        (b'{"a":"' + b'\\"' * 4 * MEGABYTE, SYNTAX),
        (b'{"a":1,' * 2 * MEGABYTE, SYNTAX),
        (b"[" * MAX_BODY_BYTES, LIMITS),
        (b"[" + b"1," * 8 * MEGABYTE, LIMITS),
        (b"1" * (MAX_BODY_BYTES + 1), LIMITS),
    ],
    ids=range(18),
)
def test_megabytes_cost_bounded_memory_and_time(body, outcome):
    """Megabytes of blanks, digits, letters or brackets are read or refused at bounded cost."""
    assert bounded.outcome("json", body[: MAX_BODY_BYTES + 1]) == outcome
