"""Bytes become text by what names their charset, if all that names it agrees."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topcheck.wire.decode import CHARSETS, LABELS, decode
from topcheck.wire.limits import MAX_BODY_BYTES
from topcheck.wire.tree import MessageError

UTF_8_MARK = b"\xef\xbb\xbf"
LE_MARK, BE_MARK = b"\xff\xfe", b"\xfe\xff"
CHINESE = '{"a":"支付成功"}'


def refused(body, charset=None, *, xml=False):
    """The error of a body that cannot be decoded."""
    with pytest.raises(MessageError) as caught:
        decode(body, charset, xml=xml)
    return caught.value


def declared(charset, text="支付"):
    return f'<?xml version="1.0" encoding="{charset}"?><a>{text}</a>'


# ------------------------------------------------------------------ what is read


@pytest.mark.parametrize(
    ("body", "charset", "encoding", "bom", "recoded"),
    [
        (CHINESE.encode(), None, "utf-8", False, False),
        (CHINESE.encode(), "utf-8", "utf-8", False, False),
        (CHINESE.encode(), " \"UTF8\" ", "utf-8", False, False),
        (UTF_8_MARK + CHINESE.encode(), None, "utf-8", True, False),
        (UTF_8_MARK + CHINESE.encode(), "UTF-8", "utf-8", True, False),
        (CHINESE.encode("gbk"), "gbk", "gbk", False, True),
        (CHINESE.encode("gbk"), "GBK", "gbk", False, True),
        (CHINESE.encode("gbk"), "GB2312", "gb2312", False, True),
        (CHINESE.encode("gb18030"), "gb18030", "gb18030", False, True),
        (CHINESE.encode("big5", "replace"), "big5", "big5", False, True),
        (b'{"a":"ok"}', "gbk", "gbk", False, False),
        (b'{"a":"ok"}', "us-ascii", "us-ascii", False, False),
        (b'{"a":"ok"}', "latin1", "iso-8859-1", False, False),
        (b'{"a":"\xe9"}', "ISO_8859-1", "iso-8859-1", False, True),
        (b'{"a":"\x80"}', "windows-1252", "windows-1252", False, True),
        (CHINESE.encode("utf-16le"), "utf-16", "utf-16le", False, True),
        (CHINESE.encode("utf-16be"), "utf-16", "utf-16be", False, True),
        (CHINESE.encode("utf-16le"), "utf-16le", "utf-16le", False, True),
        (LE_MARK + CHINESE.encode("utf-16le"), None, "utf-16le", True, True),
        (BE_MARK + CHINESE.encode("utf-16be"), None, "utf-16be", True, True),
        (LE_MARK + CHINESE.encode("utf-16le"), "utf-16", "utf-16le", True, True),
        (BE_MARK + CHINESE.encode("utf-16be"), "UTF-16BE", "utf-16be", True, True),
    ],
)  # fmt: skip
def test_a_body_is_decoded_by_its_mark_else_its_header(body, charset, encoding, bom, recoded):
    """A mark decides, then the header, then UTF-8; and other bytes than UTF-8's are reported."""
    found = decode(body, charset)
    assert (found.encoding, found.bom, found.recoded) == (encoding, bom, recoded)
    mark = (3 if encoding == "utf-8" else 2) if bom else 0
    assert found.text == body[mark:].decode(encoding)
    assert not found.text.startswith("\ufeff")


@pytest.mark.parametrize(
    ("body", "charset", "encoding"),
    [
        (declared("utf-8").encode(), None, "utf-8"),
        (declared("UTF-8").encode(), "utf-8", "utf-8"),
        (declared("gbk").encode("gbk"), None, "gbk"),
        (declared("gbk").replace('"', "'").encode("gbk"), None, "gbk"),
        (declared("gbk").encode("gbk"), "GBK", "gbk"),
        (declared("gb2312").encode("gbk"), "gbk", "gbk"),
        (declared("gbk").encode("gbk"), "gb2312", "gb2312"),
        (declared("gb18030").encode("gbk"), "gbk", "gbk"),
        (declared("us-ascii", "x").encode(), "utf-8", "utf-8"),
        (declared("utf-8", "x").encode(), "us-ascii", "us-ascii"),
        (UTF_8_MARK + declared("utf-8").encode(), "utf-8", "utf-8"),
        (declared("utf-16").encode("utf-16le"), None, "utf-16le"),
        (declared("utf-16").encode("utf-16be"), None, "utf-16be"),
        (LE_MARK + declared("utf-16").encode("utf-16le"), "utf-16", "utf-16le"),
        (b"<a/>" + b" " * 5000, None, "utf-8"),
    ],
)
def test_names_that_agree_are_no_matter(body, charset, encoding):
    """A declaration counts after mark and header, and may name a part or more of their charset."""
    found = decode(body, charset, xml=True)
    assert found.encoding == encoding
    assert "<a" in found.text


def test_a_declaration_is_one_of_xml_only():
    """What looks like an XML declaration says nothing about a JSON body."""
    body = declared("gbk").encode()
    assert decode(body).encoding == "utf-8"
    assert refused(body, xml=True).clause == "wire.body.encoding"


@pytest.mark.parametrize(
    "text", ['<a encoding="gbk">支</a>', '<!--<?xml encoding="gbk"?>--><a>支</a>']
)
def test_only_a_declaration_declares(text):
    """The word encoding elsewhere in the body names nothing."""
    assert decode(text.encode(), xml=True).encoding == "utf-8"


@pytest.mark.parametrize("label", sorted(LABELS))
def test_labels_are_known_in_any_case(label):
    """Each label stands for its charset, with its letters large or small and _ for -."""
    encoding = LABELS[label]
    body = "<a>1</a>".encode("utf-16be" if encoding == "utf-16" else encoding)
    for spelt in (label, label.upper(), label.replace("-", "_")):
        assert decode(body, spelt).text == "<a>1</a>"


@settings(deadline=None)
@given(
    st.text(min_size=1),
    st.sampled_from(["utf-8", "gb18030", "utf-16le", "utf-16be"]),
    st.booleans(),
)
def test_every_text_comes_back(text, encoding, marked):
    """Whatever text stands in a body of a charset that holds it, decoding gives it back."""
    text = f'{{"键":"{text}"}}'
    mark = "\ufeff".encode(encoding) if marked and encoding != "gb18030" else b""
    found = decode(mark + text.encode(encoding), encoding)
    assert (found.text, found.bom) == (text, bool(mark))


def test_a_single_chinese_character_in_gbk_is_not_taken_for_utf_8():
    """Every character of GBK alone is believed to be GBK if the header says so."""
    read = 0
    for first in range(0x81, 0xFF):
        for second in range(0x40, 0xFF):
            try:
                text = bytes([first, second]).decode("gbk")
            except UnicodeDecodeError:
                continue
            assert decode(b'"%c%c"' % (first, second), "gbk").text == f'"{text}"'
            read += 1
    assert read > 20_000


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("body", "charset", "reason"),
    [
        # bytes that are not the charset's
        (CHINESE.encode("gbk"), None, "are not utf-8"),
        (CHINESE.encode("gbk"), "utf-8", "are not utf-8"),
        (b'"\xed\xa0\x80"', None, "are not utf-8"),
        (b'"\xc0\xaf"', None, "are not utf-8"),
        (b'"\xf4\x90\x80\x80"', None, "are not utf-8"),
        (b'"\xe4\xb8', None, "are not utf-8"),
        (b'"\xff"', "gbk", "are not gbk"),
        (b'"\xe9"', "us-ascii", "are not us-ascii"),
        ("龍龘".encode("gbk"), "gb2312", "are not gb2312"),
        (LE_MARK + b'"\0\x00\xd8"\0', None, "are not utf-16le"),
        (LE_MARK + b'"\0"', None, "are not utf-16le"),
        # UTF-8 under another name
        (CHINESE.encode(), "gbk", "the bytes are UTF-8"),
        (CHINESE.encode(), "latin1", "the bytes are UTF-8"),
        (CHINESE.encode(), "us-ascii", "the bytes are UTF-8"),
        (CHINESE.encode(), "utf-16", "the bytes are UTF-8"),
        (b"{}", "utf-16le", "the bytes are UTF-8"),
        # names that disagree
        (UTF_8_MARK + CHINESE.encode(), "gbk", "the header says gbk"),
        (UTF_8_MARK + b"{}", "utf-16", "the header says utf-16"),
        (UTF_8_MARK + CHINESE.encode(), "us-ascii", "the header says us-ascii"),
        (LE_MARK + CHINESE.encode("utf-16le"), "utf-8", "the header says utf-8"),
        (LE_MARK + CHINESE.encode("utf-16le"), "utf-16be", "the header says utf-16be"),
        # charsets that are not read
        (b"\xff\xfe\0\0" + CHINESE.encode("utf-32le"), None, "not read"),
        (b"\0\0\xfe\xff" + CHINESE.encode("utf-32be"), None, "not read"),
        (b"{}", "", "not read"),
    ],
)
def test_bytes_and_names_that_disagree_are_refused(body, charset, reason):
    """Bytes that are not what was declared break the encoding, even if they could be read."""
    error = refused(body, charset)
    assert error.clause == "wire.body.encoding"
    assert reason in error.reason


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (declared("gbk").encode("gbk"), "utf-8"),
        (declared("utf-8").encode("gbk"), "gbk"),
        (declared("utf-8").encode("gbk"), None),
        (declared("gbk").encode(), "utf-8"),
        (declared("gbk").encode(), None),
        (declared("gbk", "x").encode(), "utf-8"),
        (UTF_8_MARK + declared("gbk").encode(), None),
        (declared("gb2312", "龘").encode("gbk"), "gbk"),
        (declared("us-ascii").encode(), "utf-8"),
        (declared("big5", "x").encode(), "gbk"),
        (declared("utf-16", "x").encode(), None),
        (LE_MARK + declared("utf-8").encode("utf-16le"), None),
        (LE_MARK + declared("utf-16be").encode("utf-16le"), None),
        (declared("", "x").encode(), None),
    ],
)
def test_a_declaration_that_disagrees_is_refused(body, charset):
    """A declaration that names another charset than mark, header or bytes breaks the encoding."""
    assert refused(body, charset, xml=True).clause == "wire.body.encoding"


@pytest.mark.parametrize(
    "label",
    [
        "rot13", "rot_13", "idna", "punycode", "utf-7", "utf7", "unicode_escape", "unicode-escape",
        "raw_unicode_escape", "zip", "zlib", "bz2", "hex", "base64", "uu", "quopri", "undefined",
        "mbcs", "utf-32", "utf-8-sig", "cp037", "nope", "../gbk", "utf-8;x", "x" * 100_000,
    ],
    ids=lambda label: label[:20],
)  # fmt: skip
def test_charsets_that_are_not_on_the_list_are_never_looked_up(label):
    """An unknown or dangerous name is refused, in a header and in a declaration, and not echoed."""
    error = refused(b"{}", label)
    assert (error.clause, "header" in error.reason) == ("wire.body.encoding", True)
    assert len(str(error)) < 200
    if len(label) < 1000:
        error = refused(declared(label, "x").encode(), xml=True)
        assert (error.clause, "XML declaration" in error.reason) == ("wire.body.encoding", True)


@pytest.mark.parametrize(
    ("body", "charset", "line", "column"),
    [
        (b'{"a":"\xff"}', None, 1, 7),
        ('{"中":\r\n"😀\r'.encode() + b' \xe4\xb8"}', None, 3, 2),
        (UTF_8_MARK + b"\n\xff", None, 2, 1),
        ("中\n中".encode("gbk") + b"\xff", "gbk", 2, 2),
        (BE_MARK + "中\n中".encode("utf-16be") + b"\xd8\x00\x00x", None, 2, 2),
    ],
)
def test_undecodable_bytes_are_shown_at_their_place(body, charset, line, column):
    """The place of bytes that are no text is that of the character they should have been."""
    error = refused(body, charset)
    assert (error.line, error.column) == (line, column)
    assert error.actual
    assert bytes.fromhex(error.actual) in body


def test_a_body_has_a_size():
    """A body of 16 MiB is decoded, one more byte is too many, and none at all is no body."""
    assert len(decode(b" " * MAX_BODY_BYTES).text) == MAX_BODY_BYTES
    assert refused(b" " * (MAX_BODY_BYTES + 1)).clause == "wire.body.limits"
    assert refused(b"").clause == "wire.body.syntax"


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=60), st.none() | st.sampled_from(sorted(CHARSETS)), st.booleans())
def test_any_bytes_are_decoded_or_refused(body, charset, xml):
    """Whatever the bytes, the outcome is their text or an error of a clause."""
    found, clause = None, ""
    try:
        found = decode(body, charset, xml=xml)
    except MessageError as error:
        clause = error.clause
    if found is None:
        assert clause in {"wire.body.encoding", "wire.body.syntax"}
    elif found.text:
        mark = (3 if found.encoding == "utf-8" else 2) if found.bom else 0
        assert (found.text.encode() != body[mark:]) is found.recoded
