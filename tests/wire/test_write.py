"""A tree is written as JSON and as XML, and read again as the same tree."""

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topcheck.wire.json_reader import read_json
from topcheck.wire.tree import Kind, Node
from topcheck.wire.write import XML, XSI, write_json, write_xml
from topcheck.wire.xml_reader import read_xml


def string(name, text, **extras):
    return Node(name, Kind.STRING, text, **extras)


def document(*children):
    return Node("", Kind.OBJECT, children=list(children))


def xml(*children):
    """The body of a document as text, without the declaration and the line end."""
    head, body, rest = write_xml(document(*children)).decode().split("\n")
    assert (head, rest) == ('<?xml version="1.0" encoding="utf-8" ?>', "")
    return body


SAMPLE = document(
    Node("a", Kind.OBJECT, children=[
        string("s", '中😀"\\<&>'),
        Node("n", Kind.NUMBER, "100.0"),
        Node("b", Kind.BOOLEAN, "true"),
        Node("z", Kind.NULL, "null"),
        Node("l", Kind.ARRAY, children=[string("l", "1"), string("l", "2")]),
        Node("e", Kind.ARRAY),
        Node("o", Kind.OBJECT),
    ]),
)  # fmt: skip


def test_json_is_compact_and_in_utf_8():
    """JSON has no blanks, plain Chinese, and literals as they are."""
    assert write_json(SAMPLE).decode() == (
        '{"a":{"s":"中😀\\"\\\\<&>","n":100.0,"b":true,"z":null,"l":["1","2"],"e":[],"o":{}}}'
    )


def test_xml_repeats_the_items_of_an_array_and_marks_null():
    """XML has an element for each item and none for an empty array, and xsi:nil for null."""
    assert xml(*SAMPLE.children) == (
        '<a><s>中😀"\\&lt;&amp;&gt;</s><n>100.0</n><b>true</b>'
        f'<z xmlns:xsi="{XSI}" xsi:nil="true"/><l>1</l><l>2</l><o></o></a>'
    )


def test_json_keeps_duplicates_and_odd_literals():
    """Duplicates, NaN and numbers go out as the tree has them."""
    root = document(
        Node("a", Kind.NONFINITE, "NaN"), Node("a", Kind.NUMBER, "-0"), string("a", "1e2")
    )
    assert write_json(root) == b'{"a":NaN,"a":-0,"a":"1e2"}'


def test_json_escapes_what_it_must():
    """Control characters, quotes and backslashes are escaped in values and names."""
    fmt = write_json(document(string('"\n', "\x00\x1f\r\t\\")))
    assert json.loads(fmt) == {'"\n': "\x00\x1f\r\t\\"}


def test_blanks_of_all_kinds_survive_xml():
    """CR, LF, tabs and blanks come back from text and from attributes as they were."""
    blanks = " \r\n\t\r x \n "
    fmt = write_xml(document(string("a", blanks, attributes=(("b", blanks),))))
    for root in (read_xml(fmt).root.children[0], ET.fromstring(fmt)):
        assert root.text == blanks
    assert read_xml(fmt).root.children[0].attributes == (("b", blanks),)
    assert ET.fromstring(fmt).get("b") == blanks


def test_cdata_ends_and_references_are_text():
    """Text that looks like markup stays text."""
    text = "]]> <![CDATA[x]]> &lt; &#13; <!--c--> <?p?>"
    assert ET.fromstring(write_xml(document(string("a", text)))).text == text


def test_attributes_carry_their_namespaces():
    """Attributes of several namespaces, and those of xml itself, can stand in one element."""
    pairs = (
        ("{urn:a}x", "1"), ("{urn:b&\"}x", "<\"'>"), ("{urn:a}y", ""), ("x", "中"),
        (f"{{{XML}}}lang", "zh"), (f"{{{XSI}}}nil", "true"),
    )  # fmt: skip
    fmt = write_xml(document(string("a", "", attributes=pairs)))
    assert read_xml(fmt).root.children[0].attributes == pairs
    assert tuple(ET.fromstring(fmt).items()) == pairs


def test_processing_instructions_are_written():
    """An element gets as many processing instructions as its node counts."""
    fmt = write_xml(document(string("a", "x", instructions=2)))
    root = read_xml(fmt).root.children[0]
    assert (root.text, root.instructions) == ("x", 2)


UNWRITABLE = [
    "\x00",
    "\x08",
    "\x0b",
    "\x0c",
    "\x0e",
    "\x1f",
    "\ud800",
    "\udfff",
    "\ufffe",
    "\uffff",
]


@pytest.mark.parametrize("character", UNWRITABLE, ids=ascii)
def test_characters_that_xml_cannot_carry_are_refused(character):
    """A character outside of XML 1.0 is refused in text, in attributes and in namespaces."""
    for node in (
        string("a", f"x{character}"),
        string("a", "", attributes=(("b", character),)),
        string("a", "", attributes=((f"{{urn:{character}}}b", "1"),)),
    ):
        with pytest.raises(ValueError, match="character"):
            write_xml(document(node))


@pytest.mark.parametrize("name", ["", "1", "a b", "a>", "-a", 'a="1" b', "a\n", "a/", "p:a", "<"])
def test_names_that_xml_cannot_carry_are_refused(name):
    """A name that would break or forge markup is refused for elements and attributes."""
    for node in (string(name, "x"), string("a", "x", attributes=((name, "1"),))):
        with pytest.raises(ValueError, match="cannot name"):
            write_xml(document(node))


def test_a_declaration_of_a_namespace_is_no_attribute():
    """An attribute named xmlns would change the names below it, so it is refused."""
    with pytest.raises(ValueError, match="cannot name"):
        write_xml(document(string("a", "x", attributes=(("xmlns", "urn:a"),))))


@pytest.mark.parametrize(
    "node", [string("a", "\ud800"), string("\udc00", "a")], ids=["text", "name"]
)
def test_surrogates_cannot_be_written_as_json(node):
    """A lone surrogate is no character that UTF-8 could carry."""
    with pytest.raises(ValueError, match="surrogates"):
        write_json(document(node))


# ------------------------------------------------------------------ round trips

words = st.text(st.characters(codec="utf-8"), max_size=8)
ABSENT = [*(chr(code) for code in range(32) if chr(code) not in "\t\n\r"), "\ufffe", "\uffff"]
xml_words = st.text(st.characters(codec="utf-8", exclude_characters=ABSENT), max_size=8)
xml_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,5}", fullmatch=True)
NUMBERS = ["0", "-0", "100.0", "1e2", "1E-7", "9007199254740993"]


def named(node, name):
    """Name a node, and with an array its items."""
    node.name = name
    if node.kind is Kind.ARRAY:
        for item in node.children:
            named(item, name)
    return node


def trees(names, texts, leaf):
    """Documents of everything that a neutral tree can hold."""
    leaves = st.one_of(
        texts.map(leaf),
        st.sampled_from(NUMBERS).map(lambda text: Node("", Kind.NUMBER, text)),
        st.sampled_from(["true", "false"]).map(lambda text: Node("", Kind.BOOLEAN, text)),
        st.sampled_from(["NaN", "-Infinity"]).map(lambda text: Node("", Kind.NONFINITE, text)),
        st.builds(lambda: Node("", Kind.NULL, "null")),
    )

    def objects(inner):
        members = st.lists(st.tuples(names, inner), max_size=4)
        return members.map(lambda pairs: document(*(named(node, name) for name, node in pairs)))

    def deeper(inner):
        arrays = st.lists(inner, max_size=3).map(
            lambda items: named(Node("", Kind.ARRAY, children=items), "")
        )
        return arrays | objects(inner)

    return objects(st.recursive(leaves, deeper, max_leaves=12))


def shape(node):
    return node.name, node.kind, node.text, [shape(child) for child in node.children]


@settings(deadline=None)
@given(trees(words, words, lambda text: string("", text)))
def test_json_is_read_as_it_was_written(root):
    """What is written as JSON is read as the same tree, and by json as one too."""
    fmt = write_json(root)
    assert shape(read_json(fmt).root) == shape(root)
    assert isinstance(json.loads(fmt), dict)


attributes = st.lists(
    st.tuples(st.sampled_from(["", "{urn:a}", "{urn:b}", f"{{{XML}}}"]), xml_names, xml_words),
    max_size=3,
    unique_by=lambda found: found[:2],
).map(lambda found: tuple((space + name, value) for space, name, value in found if name != "xmlns"))


def elements(node):
    """What a neutral tree is in XML: elements by name, text and attributes, arrays flattened."""
    for child in node.children:
        if child.kind is Kind.ARRAY:
            yield from elements(child)
        elif child.kind is Kind.NULL:
            yield child.name, "", ((f"{{{XSI}}}nil", "true"),), 0, []
        else:
            inside = list(elements(child))
            yield child.name, child.text, child.attributes, child.instructions, inside


def read_elements(node):
    return [
        (one.name, one.text, one.attributes, one.instructions, read_elements(one))
        for one in node.children
    ]


@settings(deadline=None)
@given(st.data())
def test_xml_is_read_as_it_was_written(data):
    """What is written as XML is read as the same elements, arrays as their items."""
    leaf = lambda text: string(  # noqa: E731
        "", text, attributes=data.draw(attributes), instructions=data.draw(st.integers(0, 2))
    )
    root = data.draw(trees(xml_names, xml_words, leaf))
    root.name, outer = "root", document(root)
    assert read_elements(read_xml(write_xml(outer)).root) == list(elements(outer))
