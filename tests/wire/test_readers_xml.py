"""The XML reader takes XML 1.0 without a DOCTYPE, and says where every element stands."""

import re
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import bounded
from tests.reading import nodes, refusal
from topcheck.wire.limits import MAX_MEMBERS
from topcheck.wire.tree import Kind
from topcheck.wire.xml_reader import read_xml

MEGABYTE = 1024 * 1024
SYNTAX, LIMITS, DOCTYPE = "wire.body.syntax", "wire.body.limits", "wire.body.doctype"


def document(text):
    return read_xml(text.encode()).root


def read(text):
    (root,) = document(text).children
    return root


def refused(text):
    return refusal(read_xml, text)


# ------------------------------------------------------------------ what is read


def test_the_document_is_a_nameless_object_around_the_root():
    """The root element is the only child of an object without a name."""
    found = document("<a/>")
    assert (found.name, found.kind, len(found.children)) == ("", Kind.OBJECT, 1)
    assert (found.children[0].name, found.children[0].kind) == ("a", Kind.ELEMENT)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_count_lines_and_code_points_from_one(end):
    """An element's place is its line and code point, whichever way lines end."""
    text = end.join(
        ['<?xml version="1.0"?>', " <根>中😀<b", 'x="', '"/><!--', "😀--><c>", "<d/></c></根>"]
    )
    assert [(node.name, node.line, node.column) for node in nodes(read(text))] == [
        ("根", 2, 2), ("b", 2, 7), ("c", 5, 5), ("d", 6, 1),
    ]  # fmt: skip


def test_places_hold_far_into_a_body():
    """Columns are counted in code points over megabytes too."""
    assert read("<a>" + "中" * 700_000 + "<b/></a>").children[0].column == 700_004


def test_places_do_not_count_a_byte_order_mark():
    """A byte order mark takes up no column."""
    message = read_xml(b"\xef\xbb\xbf<a/>")
    assert message.bom
    assert message.root.children[0].column == 1


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<![CDATA[<b>&amp;]]>", "<b>&amp;"),
        ("x<![CDATA[]]>y<![CDATA[z]]>", "xyz"),
        ("<![CDATA[]]]]><![CDATA[>]]>", "]]>"),
        ("<!--c-->1<!-- <b> & -->2<!---->", "12"),
        ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"),
        ("&#20013;&#x4E2d;&#x1F600;&#13;&#9;", "中中😀\r\t"),
        ("&#38;lt;", "&lt;"),
        (" \n\t x ", " \n\t x "),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("1<b>2</b>3<b/>4", "134"),
        ("\n <b/>\n ", "\n \n "),
        ("1<?pi?>2", "12"),
        ("\u0085\u2028\u007f", "\u0085\u2028\u007f"),
        ("", ""),
    ],
)
def test_character_data_is_all_the_text_directly_inside(content, text):
    """Text keeps its blanks, and is the same however it is cut, quoted or mixed."""
    assert read(f"<a>{content}</a>").text == text


def test_comments_may_stand_anywhere():
    """A comment before, inside or after the root changes nothing."""
    root = read(
        "<!--1-->\n<!--2--><a><!--3--><b>x<!--4-->y</b></a><!--host 10.0.0.1-->\n<!--6-->\n"
    )
    assert [(node.name, node.text) for node in nodes(root)] == [("a", ""), ("b", "xy")]


def test_namespaces_are_written_in_clark_notation():
    """Names of a namespace carry it in braces, whatever their prefix, and declarations go."""
    root = read(
        '<a xmlns="urn:one" xmlns:p="urn:two" p:x="1" y="2" xml:lang="zh">'
        '<p:b/><c xmlns=""/><p:d xmlns:p="urn:}three"/></a>'
    )
    assert [node.name for node in nodes(root)] == ["{urn:one}a", "{urn:two}b", "c", "{urn:}three}d"]
    assert root.attributes == (
        ("{urn:two}x", "1"), ("y", "2"), ("{http://www.w3.org/XML/1998/namespace}lang", "zh"),
    )  # fmt: skip


def test_attributes_keep_their_order_and_their_normalised_value():
    """Attributes stand in their order, blanks normalised and references resolved."""
    root = read("<a z='1' b=\" x\ty\r\nz \" a='&lt;&#10;&quot;中'/>")
    assert root.attributes == (("z", "1"), ("b", " x y z "), ("a", '<\n"中'))


def test_processing_instructions_are_counted_where_they_stand():
    """Instructions directly inside an element are counted there, the others in the document."""
    found = document('<?xml version="1.0"?><?p 1?><a><?q?><b><?r?></b><?s?></a><?t?>\n<?u?>')
    root = found.children[0]
    assert [node.instructions for node in (found, root, root.children[0])] == [3, 2, 1]
    assert document("<a/>").instructions == 0


@pytest.mark.parametrize(
    "head",
    [
        "",
        "\n ",
        "<?xml version='1.0'?>",
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
    ],
)
def test_a_declaration_may_be_missing(head):
    """A body reads the same with and without a declaration, which is no instruction."""
    found = document(f"{head}<a>中</a>")
    assert (found.children[0].text, found.instructions) == ("中", 0)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=5)
pieces = st.one_of(
    words.map(escape),
    words.map(lambda text: "<![CDATA[" + text.replace("]]>", "") + "]]>"),
    words.map(lambda text: "<!--" + text.replace("-", "") + "-->"),
    st.sampled_from(["\n", "\r\n", "\r", "&#13;", "&#x1F600;", "<?pi x?>", "  "]),
)
names = st.sampled_from(["a", "b", "中", "p:a", "q:b"])
attributes = st.lists(
    st.tuples(st.sampled_from(["x", "y", "p:x", "q:x", "xmlns"]), words),
    max_size=3,
    unique_by=lambda pair: pair[0],
)


def element(parts):
    name, pairs, content = parts
    shown = "".join(
        f"\n{key}={quoteattr(value) if key != 'xmlns' else quoteattr('urn:d')}"
        for key, value in pairs
    )
    return f"<{name}{shown}>{''.join(content)}</{name}>"


elements = st.recursive(
    st.tuples(names, attributes, st.lists(pieces, max_size=4)).map(element),
    lambda inner: st.tuples(names, attributes, st.lists(pieces | inner, max_size=5)).map(element),
    max_leaves=8,
)


def agree(node, other):
    """Compare an element and all below with ElementTree's."""
    assert node.name == other.tag
    assert node.attributes == tuple(other.items())
    inside = [child for child in other if child.tag is not ET.PI]
    assert node.instructions == len(other) - len(inside)
    assert node.text == (other.text or "") + "".join(child.tail or "" for child in other)
    for child, counterpart in zip(node.children, inside, strict=True):
        agree(child, counterpart)


@settings(deadline=None, max_examples=200)
@given(st.lists(elements, max_size=3))
def test_structure_and_text_are_those_of_element_tree(inner):
    """Names, attributes, instructions and text are what ElementTree finds, at their places."""
    text = f'<?xml version="1.0"?><r xmlns:p="urn:p" xmlns:q="urn:q">{"".join(inner)}</r>'
    root = read(text)
    agree(root, ET.fromstring(text, ET.XMLParser(target=ET.TreeBuilder(insert_pis=True))))
    lines = re.split("\r\n|\r|\n", text)
    for node in nodes(root):
        local = node.name.rpartition("}")[2]
        assert re.match(f"<([pq]:)?{local}\\b", lines[node.line - 1][node.column - 1 :])


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("text", "line", "column", "path"),
    [
        # truncated
        (" ", 1, 2, ""), ("<a>", 1, 4, "a"), ("<a", 1, 1, ""), ("<a><b>x</b>", 1, 12, "a"),
        ("<a>\n<b", 2, 1, "a"), ("<a>\n&lt", 2, 1, "a"), ("<a><!-- x", 1, 4, "a"),
        ("<a/><!-- x", 1, 5, ""), ("<!--x-->", 1, 9, ""), ('<?xml version="1.0"?>', 1, 22, ""),
        # tags
        ("<a></b>", 1, 6, "a"), ("<p><a>中😀</p>", 1, 11, "p.a"), ("<a/><b/>", 1, 5, ""),
        ("<a/>\nx", 2, 1, ""), ("x", 1, 1, ""), ("</a>", 1, 2, ""), ("<a/></a>", 1, 6, ""),
        ("< a/>", 1, 2, ""), ("<1/>", 1, 2, ""), ("{}", 1, 1, ""),
        # attributes and namespaces
        ("<a x=1/>", 1, 6, ""), ("<a x/>", 1, 5, ""), ('<a x="1" x="2"/>', 1, 10, ""),
        ('<a x="<"/>', 1, 7, ""), ("<a>\n<p:b/></a>", 2, 1, "a"), ('<a p:x="1"/>', 1, 1, ""),
        # characters and references
        ("<a>&nope;</a>", 1, 4, "a"), ("<a>&#0;</a>", 1, 4, "a"), ("<a>&#xd800;</a>", 1, 4, "a"),
        ("<a>&</a>", 1, 5, "a"), ("<a>\x01</a>", 1, 4, "a"), ("<a>\x00</a>", 1, 4, "a"),
        ("<a>\ufffe</a>", 1, 4, "a"), ("<a>]]></a>", 1, 6, "a"), ("<a/>\x00", 1, 5, ""),
        # comments, instructions, declarations
        ("<a><!-- -- --></a>", 1, 11, "a"), (' <?xml version="1.0"?><a/>', 1, 2, ""),
        ("<a><?xml version='1.0'?></a>", 1, 4, "a"), ("\ufeff\ufeff<a/>", 1, 1, ""),
        ("<a/><!DOCTYPE a>", 1, 5, ""),
    ],
)  # fmt: skip
def test_what_is_not_well_formed_is_refused_at_its_place(text, line, column, path):
    """Whatever XML does not allow is refused, where it stands or where it is noticed."""
    assert refused(text) == (SYNTAX, line, column, path)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("<!DOCTYPE a><a/>", 1, 1),
        ('<?xml version="1.0"?>\n <!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>', 2, 2),
        ("<!-- <!DOCTYPE b> --><?p\n?>\n<!DOCTYPE\na\n[]><a/>", 3, 1),
        ('<!DOCTYPE a PUBLIC "x" "file:///etc/passwd"><a/>', 1, 1),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 1, 1),
        ('<!DOCTYPE a [<!ENTITY % p SYSTEM "http://example.com/p">%p;]><a/>', 1, 1),
    ],
)
def test_a_doctype_is_refused_at_its_place(text, line, column):
    """A DOCTYPE is refused where it starts, whatever it declares."""
    assert refused(text) == (DOCTYPE, line, column, "")


def test_text_that_looks_like_a_doctype_is_none():
    """In a comment, CDATA or an instruction a DOCTYPE is only text."""
    root = read("<!--<!DOCTYPE a>--><?p <!DOCTYPE a>?><a><![CDATA[<!DOCTYPE a>]]></a>")
    assert root.text == "<!DOCTYPE a>"


# ------------------------------------------------------------------ limits


def test_sixty_four_levels_are_the_most():
    """A depth of 64 is read, one of 65 is not."""
    assert read("<a>" * 64 + "</a>" * 64)
    assert refused("<a>" * 65 + "</a>" * 65) == (LIMITS, 1, 64 * 3 + 1, ".".join("a" * 64))
    assert refused("<a>" * 10_000)[0] == LIMITS


def test_elements_have_a_limit():
    """A body has at most as many elements as the protocol says, the root included."""
    most = read("<a>" + "<b/>" * (MAX_MEMBERS - 1) + "</a>")
    assert len(most.children) == MAX_MEMBERS - 1
    assert refused("<a>" + "<b/>" * MAX_MEMBERS + "</a>")[0] == LIMITS


LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 30))
    + b"]><a>&l29;</a>"
)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (LAUGHS, DOCTYPE),
        (b"<a>" + b" " * 8 * MEGABYTE + b"</a>", "read"),
        (b"<a>" + b"\n" * 8 * MEGABYTE + b"</a>", "read"),
        (b"<a>" + b"&lt;" * 2 * MEGABYTE + b"</a>", "read"),
        (b"<a>" + b"<![CDATA[]]>" * MEGABYTE + b"</a>", "read"),
        (b"<a>" + b"<!---->" * MEGABYTE + b"</a>", "read"),
        (b"<!---->" * MEGABYTE + b"<!DOCTYPE a><a/>", DOCTYPE),
        (b'<a x="' + b"y" * 8 * MEGABYTE + b'"/>', "read"),
        (b'<a x="' + b"y" * 8 * MEGABYTE, SYNTAX),
        (b"<" + b"a" * 8 * MEGABYTE, SYNTAX),
        (b"<a>" * 4 * MEGABYTE, LIMITS),
        (b"<a>" + b"<b/>" * 2 * MEGABYTE, LIMITS),
        (b"<a>" * 17 * MEGABYTE, LIMITS),
    ],
    ids=range(13),
)
def test_megabytes_cost_bounded_memory_and_time(body, outcome):
    """Laughs and megabytes of anything are read or refused at bounded cost."""
    assert bounded.outcome("xml", body) == outcome
