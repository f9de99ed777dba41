"""What headers declare, in every spelling: media types, charsets, and codings that are accepted."""

import pytest

from topcheck.wire.declared import accepted_codings, coding_name, declared
from topcheck.wire.decode import charset_name, decode
from topcheck.wire.exchange import Response
from topcheck.wire.tree import MessageError

UTF_8 = ["utf-8", "UTF-8", "utf8", "UTF_8", "u8", "U8", "utf", "cp65001", "CP65001", "utf8mb4",
         "UTF8MB4", "utf8_ucs2", "unicode-1-1-utf-8", " utf-8 ".strip()]  # fmt: skip
NO_CHARSET = ["utf-9", "utf-8-sig", "rot13", "hex", "idna", "x" * 5000, "", "a\0b", "\ud800", "%"]


@pytest.mark.parametrize("name", UTF_8)
def test_a_name_of_utf_8_is_utf_8(name):
    """What Python knows as UTF-8 is, and what MySQL calls so."""
    assert charset_name(name) == "utf-8"
    assert decode("支付".encode(), name).text == "支付"
    xml = f'<?xml version="1.0" encoding="{name}"?><a>支付</a>'.encode()
    assert decode(xml, "utf-8", xml=True).text.endswith("<a>支付</a>")


@pytest.mark.parametrize("name", NO_CHARSET)
def test_what_is_no_name_of_a_charset_is_told(name):
    """A name that is not known is an encoding that cannot be read, whatever it looks like."""
    assert charset_name(name) is None
    with pytest.raises(MessageError, match="names a charset that is not read"):
        decode(b"{}", name)


@pytest.mark.parametrize(
    ("values", "types", "charsets"),
    [
        ([], (), ()),
        ([""], (), ()),
        ([" , ,"], (), ()),
        (["Text/XML"], ("text/xml",), ()),
        (["text/xml;charset=GBK"], ("text/xml",), ("GBK",)),
        (['text/xml ; Charset = "gbk" '], ("text/xml",), ("gbk",)),
        (["text/xml;charset='utf-8'"], ("text/xml",), ("utf-8",)),
        (["text/xml;charset*=utf-8''utf-8"], ("text/xml",), ("utf-8",)),
        (["text/xml;charset="], ("text/xml",), ()),
        (['text/xml;charset=""'], ("text/xml",), ()),
        (['text/xml;charset=" "'], ("text/xml",), ()),
        (["text/xml;charset"], ("text/xml",), ()),
        (["text/xml;charset=a;charset=b"], ("text/xml",), ("a", "b")),
        (["text/xml, text/html"], ("text/xml", "text/html"), ()),
        (["text/xml", "text/html;charset=a"], ("text/xml", "text/html"), ("a",)),
        (['text/xml;charset="a, b"'], ("text/xml",), ("a, b",)),
        (['text/xml;a="x, y";charset=a'], ("text/xml",), ("a",)),
        (['text/xml;a="x, text/html'], ("text/xml", "text/html"), ()),
        ([";charset=a"], (), ("a",)),
        (["text/xml;a=\ud800;charset=a"], ("text/xml",), ("a",)),
        (["text/\ud800;charset=a\ud800"], ("text/?",), ("a?",)),
    ],
)
def test_content_types_are_read(values, types, charsets):
    """Whatever stands in the header, once or more often, in one line or in several."""
    found = declared(values)
    assert (found.types, found.charsets) == (types, charsets)


@pytest.mark.parametrize("hostile", ['"', '\\"', ";", ",", "a=", '";', ";charset", "=?", "''"])
def test_a_long_content_type_is_read_soon(hostile):
    """Whatever fills a mebibyte, no more of it is read than a header may have."""
    found = declared(["text/xml;a=" + hostile * (2**20 // len(hostile))])
    assert len(found.charsets) < 4096


@pytest.mark.parametrize(
    ("values", "charset"),
    [
        (["text/xml;charset=GBK"], "GBK"),
        (["text/xml;charset=utf8", "text/xml;charset=UTF-8"], "utf8"),
        (["text/xml", "text/xml;charset=a"], "a"),
        (["text/xml;charset=a;charset=A"], "a"),
        (["text/xml;charset=a;charset=b"], None),
        (['text/xml;charset="a,b"'], None),
        (["text/xml;charset="], None),
    ],
)
def test_a_charset_is_believed_if_it_is_one(values, charset):
    """Two that differ, and a list, name none."""
    assert Response(200, tuple(("content-type", one) for one in values), b"").charset == charset


@pytest.mark.parametrize(
    ("accepted", "codings"),
    [
        (None, None),
        ("", ()),
        ("identity", ()),
        ("gzip", ("gzip",)),
        ("x-gzip", ("gzip",)),
        ("GZip, Deflate", ("gzip", "deflate")),
        ("gzip;q=0.5, br;q=1", ("gzip", "br")),
        ("gzip;q=0", ()),
        ("gzip; Q = 0.000", ()),
        ("gzip;q=0.001", ("gzip",)),
        ("*", ("gzip", "deflate", "br", "zstd", "compress")),
        ("*;q=0", ()),
        ("*;q=0, gzip", ("gzip",)),
        ("gzip;q=0, *", ("deflate", "br", "zstd", "compress")),
        ("x-gzip;q=0, *;q=0.1", ("deflate", "br", "zstd", "compress")),
        ("identity;q=0, gzip", ("gzip",)),
        (", gzip ,", ("gzip",)),
    ],
)
def test_accept_encoding_is_read(accepted, codings):
    """RFC 9110, section 12.5.3: without the header any is accepted, and none where it is empty."""
    assert accepted_codings(accepted) == codings


@pytest.mark.parametrize("coding", ["x-gzip", "GZIP", " gzip ", "X-GZip", "gzip", "x-GZIP"])
def test_a_coding_has_one_name(coding):
    """RFC 9110, section 8.4.1.3: x-gzip is gzip."""
    assert coding_name(coding) == "gzip"
    assert Response(200, (("Content-Encoding", coding),), b"").coding == "gzip"
