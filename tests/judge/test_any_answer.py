"""Whatever stands at any place of an answer, the judge says something and falls over nothing."""

import json
from xml.sax.saxutils import escape

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.workspace import WORKSPACE
from topcheck.contract.protocol import CONTENT_TYPES
from topcheck.generate import trees
from topcheck.generate.values import CHARACTERS, TEXTS
from topcheck.judge.evidence import Judged
from topcheck.wire.exchange import Exchange, Expectation, Request, Response
from topcheck.wire.tree import Kind
from topcheck.wire.write import write_json, write_xml

JUDGES, CONTRACT = WORKSPACE.judges, WORKSPACE.contract
LIMITS = settings(max_examples=400)
PATHS = st.sampled_from(["", *(f.path for f in CONTRACT.response.walk() if f.row)])
TEXT = st.sampled_from(TEXTS) | st.text(CHARACTERS, max_size=8)
NUMBERS = st.integers() | st.floats() | st.integers(10**17, 10**40)
NAMES = st.sampled_from([f.name for f in CONTRACT.response.walk()])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXT, inner, max_size=3),
    max_leaves=6,
)
ELEMENTS = st.recursive(
    st.just("") | TEXT.map(escape),
    lambda inner: st.lists(st.tuples(NAMES, inner), max_size=3).map(
        lambda found: "".join(f"<{name}>{text}</{name}>" for name, text in found)),
    max_leaves=6,
)  # fmt: skip
IDS = st.sampled_from(["788", "9007199254740993", "", " 7 "])
KNOWN = st.sampled_from([{}, {CONTRACT.coded[0].path: "SUCCEEDED"}])


def in_json(path, value):
    """Write the page's sample with any value at a place."""
    document = json.loads(write_json(WORKSPACE.sample))
    if not path:
        return json.dumps({CONTRACT.root: value}).encode()
    *above, last = path.split(".")
    place = document[CONTRACT.root]
    for name in above:
        place = place[name]
    place[last] = value
    return json.dumps(document).encode()


def in_xml(path, value):
    """Write the page's sample with any element at a place, or several, or none."""
    times, inside = value
    document = trees.copied(WORKSPACE.sample)
    spot = trees.spot(document, path)
    spot.node.kind, spot.node.children, spot.node.text = Kind.STRING, [], "@"
    text = write_xml(document).decode()
    element = f"<{spot.node.name}>@</{spot.node.name}>"
    return text.replace(element, element.replace("@", inside) * times).encode()


def reads(bodies, formats, ids, stated):
    """Make reads of one order with these bodies."""
    asked = dict.fromkeys(CONTRACT.request.fields, ids)
    others = dict.fromkeys(asked, "788")
    for number, (body, fmt) in enumerate(zip(bodies, formats, strict=True)):
        alone = dict(list(asked.items())[: number % 2 + 1])
        expected = Expectation(parameters=alone, format=fmt, sign_method="md5", stated=stated,
                               ids=asked, orders=[asked, others], found=True, codings=(),
                               budget=1.0)  # fmt: skip
        response = Response(200, (("Content-Type", CONTENT_TYPES[fmt]),), body)
        yield Exchange(Request("POST"), response, None, 0.1, expected=expected)


def judge(exchanges):
    """Judge reads one by one, together, and as a run; return what was tried and broken."""
    exchanges = list(exchanges)
    evidence = JUDGES.exchanges.judge(exchanges)
    judged = [Judged(one, JUDGES.exchanges.judge_body(one)) for one in exchanges]
    known = [dict.fromkeys(CONTRACT.request.fields, "788")]
    run = JUDGES.run(known).judge([judged, judged[:1]], [judged])
    assert evidence.clauses <= evidence.tried <= run.tried
    assert run.tried <= set(CONTRACT.by_id)


ANY = st.tuples(PATHS, VALUES)
ANY_ELEMENT = st.tuples(PATHS, st.tuples(st.integers(0, 3), ELEMENTS))
LISTED = ("result.model", [{"checkout_id": "788"}])


@LIMITS
@example([LISTED] * 3, "788", {})
@given(st.lists(ANY, min_size=3, max_size=3), IDS, KNOWN)
def test_any_value_in_json(places, ids, stated):
    """Three reads in JSON, each with any value at any place."""
    judge(reads([in_json(*place) for place in places], ["json"] * 3, ids, stated))


@LIMITS
@example([LISTED, LISTED], ("result.model", (2, "")), "788", {})
@given(st.lists(ANY, min_size=2, max_size=2), ANY_ELEMENT, IDS, KNOWN)
def test_any_value_in_either_format(places, element, ids, stated):
    """Reads as JSON, XML and JSON again, each with any value or element at any place."""
    first, last = (in_json(*place) for place in places)
    judge(reads([first, in_xml(*element), last], ["json", "xml", "json"], ids, stated))


@LIMITS
@given(st.lists(ANY_ELEMENT, min_size=3, max_size=3), IDS, KNOWN)
def test_any_element_in_xml(places, ids, stated):
    """Three reads in XML, each with any element, repeated, empty or with children, at any place."""
    judge(reads([in_xml(*place) for place in places], ["xml"] * 3, ids, stated))
