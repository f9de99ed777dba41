"""Shapes say what the reference says, in blocks and alone, and one that says more is convicted."""

import json
from collections import Counter

import pytest

from tests.judge import shapes_fuzz as fuzz
from tests.judge.shapes_liars import LIARS, lying
from tests.workspace import WORKSPACE
from topcheck.generate import trees
from topcheck.judge.body_verdict import BodyVerdict, verdict_of
from topcheck.judge.shapes import guard, learn, match
from topcheck.wire.write import write_json, write_xml

#: Bodies a format in this suite, over all subjects; `make shapes` has 200,000.
COUNT = 5000
WRITE = {"json": write_json, "xml": write_xml}


@pytest.mark.parametrize(("name", "fmt"), fuzz.SCENES)
def test_what_a_shape_accepts_the_reference_judges_alike(name, fmt):
    """Whatever is drawn from a shape's pattern, or changed from what taught it, has its verdict."""
    assert list(fuzz.differences(fuzz.scene(name, fmt), "suite", COUNT // 3)) == []


@pytest.mark.parametrize(("name", "fmt"), fuzz.SCENES)
def test_a_stream_is_judged_as_the_reference_judges_each_body(name, fmt):
    """Record by record, whatever the blocks, while shapes are learnt; and counted alike."""
    assert list(fuzz.engine(fuzz.scene(name, fmt), fuzz.seeded(name, fmt), 300)) == []


@pytest.mark.parametrize("liar", LIARS)
def test_a_shape_that_says_too_much_is_convicted(liar):
    """A digit more, a date less exact, a rule forgotten: bodies are found that tell."""
    with lying(liar):
        found = (why for fmt in WRITE for why in fuzz.directed(fuzz.scene("shop", fmt)))
        assert next(found, None), f"nothing tells that {liar}"


def test_what_is_right_is_not_convicted():
    """The bodies that convict liars say nothing of shapes as they are."""
    for fmt in WRITE:
        assert list(fuzz.directed(fuzz.scene("shop", fmt))) == []


def shapes(fmt, **options):
    """Return an engine over querystatus."""
    return fuzz.scene("querystatus", fmt).shapes(**options)


def answers(fmt, count):
    """Return so many different right answers."""
    sample = WRITE[fmt](WORKSPACE.sample)
    return [sample.replace(b"788", b"%d" % (788 + at)) for at in range(count)]


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_text_is_plain_without_the_signs_that_no_text_has(fmt):
    """Each sign, wherever in a block it stands: a run would take any of them."""
    end = match.ENDS[fmt]
    odd = {*range(32), ord("\\")} if fmt == "json" else {*range(32), ord("&")} - {*b"\t\n\r"}
    for sign in sorted({*range(128)} - {*end}):
        for at in (0, 1, 15, 16, 31, 32, 63, 64, 200):
            body = b'"%s%cz"' % (b"-" * at, sign)
            count, texts = match.plain_texts(end.join((b"1", body, b"2", b"")), fmt)
            plain = "" if sign in odd else body.decode()
            assert (count, texts.split(end.decode())[1]) == (3, plain)


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_after_a_few_bodies_the_reference_is_hardly_asked(fmt):
    """A thousand answers of one gateway: a shape is learnt once, and takes the rest."""
    engine = shapes(fmt)
    found = engine.judge_block(match.ENDS[fmt].join(answers(fmt, 1000)))
    assert (found.bodies, found.common, found.others) == (1000, 1000, ())
    assert found.commonest == BodyVerdict("conforms")
    assert engine.known == 1
    assert found.referred < 40
    assert sum(found.told.values()) == 1000


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_deviation_that_always_is_the_same_has_its_shape(fmt):
    """One undocumented member in every body is drift as fast as none of it; a finding a body."""
    tag = {"json": (b'"http', b'"x":"%d","http'), "xml": (b"<http", b"<x>%d</x><http")}[fmt]
    bodies = [body.replace(tag[0], tag[1] % at, 1) for at, body in enumerate(answers(fmt, 500))]
    found = shapes(fmt).judge_block(match.ENDS[fmt].join(bodies))
    assert found.referred < 40
    assert [at for at, _ in found.nonconforming()] == list(range(500))
    assert found.counts() == {BodyVerdict("drift", frozenset({KNOWN})): 500}


KNOWN = ("response.result.known", "result.x")


def test_every_nonconforming_body_is_listed_by_its_index():
    """A fault, a cut body, an empty one and bytes that are no text stand where they stand."""
    bodies = answers("json", 400)
    bodies[7] = bodies[7].replace(b"PROCESSING", b"PAID")
    bodies[99], bodies[250], bodies[399] = bodies[99][:60], b"", bodies[399] + b"\xff"
    bodies[120] = bodies[120].replace(b"900", b"\\u0039")
    for end in (b"\n", b"\r\n"):
        found = shapes("json").judge_block(end.join(bodies) + end)
        listed = [(at, *verdict.clauses) for at, verdict in found.nonconforming()]
        assert listed == [
            (7, "response.result.model.checkout_status.enum"),
            (99, "wire.body.syntax"),
            (250, "wire.body.type"),
            (399, "wire.body.encoding"),
        ]
        assert found.bodies == 400


def test_an_empty_block_has_no_body():
    """Nothing is judged, and nothing is made of it; but an end ends a body, if an empty one."""
    found = shapes("json").judge_block(b"")
    assert (found.bodies, found.common, found.others) == (0, 0, ())
    for fmt, end in match.ENDS.items():
        for count in range(1, 5):
            found = shapes(fmt).judge_block(count * end)
            assert found.counts() == {
                verdict_of(fuzz.scene("shop", fmt).reference.judge(b"")): count
            }


def test_codes_are_counted_though_they_share_a_shape():
    """What a shape takes as one class is told apart, an undocumented code too, wherever it is."""
    codes = ["PROCESSING", "FAILED", "SUCCEEDED", "PAID"] * 100
    bodies = [
        body.replace(b"PROCESSING", code.encode())
        for body, code in zip(answers("json", 400), codes, strict=True)
    ]
    told = shapes("json").judge_block(b"\n".join(bodies)).told
    place = ("response", WORKSPACE.contract.coded[0].path)
    assert told == {(place, code): 100 for code in set(codes)}


def test_a_body_with_line_ends_is_judged_alone():
    """JSON that is written over several lines has a shape as well."""
    body = json.dumps(json.loads(answers("json", 1)[0]), indent=1).encode()
    engine = shapes("json")
    bodies = [body.replace(b"788", b"%d" % at) for at in range(100)]
    assert {engine.judge_one(one) for one in bodies} == {BodyVerdict("conforms")}
    assert engine.referred < 60
    assert engine.judge_one(b"").verdict == "violates"


def test_verdicts_hang_neither_on_blocks_nor_on_order():
    """The same stream in other blocks, and backwards, has the same verdicts."""
    rng = fuzz.seeded("order")
    bodies = [
        b for b in fuzz.teaching(fuzz.scene("querystatus", "json"), rng, 200) if b"\n" not in b
    ]

    def judged(stream, size):
        engine, found = shapes("json"), []
        for at in range(0, len(stream), size):
            block = engine.judge_block(b"\n".join(stream[at : at + size]))
            others = dict(block.others)
            found += [others.get(index, block.commonest) for index in range(block.bodies)]
        return found

    whole = judged(bodies * 3, 600)
    assert judged(bodies * 3, 7) == whole
    assert judged((bodies * 3)[::-1], 50)[::-1] == whole


@pytest.mark.parametrize("asked", [None, "json", "xml"])
def test_what_was_asked_for_is_the_reference_s_affair(asked):
    """XML among JSON is told as the reference tells it, whether that was asked for or not."""
    reference = fuzz.scene("querystatus", "json").reference
    bodies = [*answers("json", 60), b"<html></html>", answers("xml", 1)[0].replace(b"\n", b"")] * 3
    found = shapes("json", asked=asked).judge_block(b"\n".join(bodies))
    others = dict(found.others)
    for at, body in enumerate(bodies):
        said = others.get(at, found.commonest)
        assert said == verdict_of(reference.judge(body, asked))


def test_a_shape_that_disagrees_ends_the_run(monkeypatch):
    """Of what is matched, a thousandth is judged again, beginning with the first: one is enough."""
    monkeypatch.setattr(learn, "_DIGITS", "[1-9][0-9]{0,18}+")
    engine = shapes("json")
    engine.judge_block(b"\n".join(answers("json", 60)))
    body = answers("json", 1)[0].replace(b'_fee":100', b'_fee":9999999999999999999')
    with pytest.raises(guard.ShapeDisagreement, match=r"paid_fee\.range"):
        engine.judge_block(b"\n".join([body] * 30_000))


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_thousandth_is_judged_again(fmt, monkeypatch):
    """Ten of the first, and then ten of each ten thousand: the same ones in every run."""
    engine, asked = shapes(fmt), []
    compare = engine._compare
    monkeypatch.setattr(engine, "_compare", lambda *both: (asked.append(both), compare(*both)))
    block = match.ENDS[fmt].join(answers(fmt, 200) * 5)
    for _ in range(20):
        engine.judge_block(block)
    assert len(asked) == 20


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_what_is_judged_again_has_a_shape(fmt):
    """Of any verdict: those that the reference judges anyway are not among the thousandth."""
    engine, other = shapes(fmt), {b"PROCESSING": b"PAID", b"788": b"x788"}
    bodies = answers(fmt, 900)
    for number, change in enumerate(other.items()):
        bodies[number::5] = [body.replace(*change) for body in bodies[number::5]]
    end, again = match.ENDS[fmt], []
    engine._compare = lambda body, _shape: again.append(body)
    for at in range(0, len(bodies), 9):
        engine.judge_block(end.join(bodies[at : at + 9]))
    assert len(again) == guard._IN_A_ROW
    assert set(again) < set(bodies)
    assert engine.referred < 100


def test_a_full_table_is_learnt_anew_where_it_does_not_fit(monkeypatch):
    """Shapes of yesterday's gateway make room for those of today's."""
    monkeypatch.setattr(guard, "MOST_SHAPES", 3)
    monkeypatch.setattr(guard, "_WINDOW", 256)
    engine, referred = shapes("json"), []
    for name in range(12):
        bodies = [b.replace(b'"http', b'"y%d":1,"http' % name) for b in answers("json", 400)]
        found = engine.judge_block(b"\n".join(bodies))
        assert {verdict.verdict for verdict in found.counts()} == {"drift"}
        assert engine.known <= 3
        referred.append(found.referred)
    learnt = [count < 400 for count in referred]
    assert learnt[0]
    assert sum(learnt) > 3  # anew each time, but each time with more patience
    assert sum(learnt[:6]) > sum(learnt[6:])


def test_what_is_too_deep_for_a_pattern_goes_to_the_reference(monkeypatch):
    """Shapes that part one behind the other nest: where they can't be compiled, verdicts are right.

    In a list each body has one item of another kind, so that each is a shape of its own.
    """
    scene = fuzz.scene("lists", "json")
    sample = write_json(trees.sample(scene.contract.response)).decode()
    lists = [",".join('"x"' if item == at else "5" for item in range(60)) for at in range(60)]
    bodies = [sample.replace("[5]", f"[{items}]").encode() for items in lists]
    compiled, too_deep = match.re.compile, []

    def compiled_unless_deep(pattern):
        if pattern.count("(?:") > 40:
            too_deep.append(pattern)
            raise RecursionError
        return compiled(pattern)

    engine = scene.shapes(asked="json")
    monkeypatch.setattr(match.re, "compile", compiled_unless_deep)
    found = engine.judge_block(b"\n".join(4 * bodies)).counts()
    assert too_deep
    assert found == Counter(4 * [verdict_of(scene.reference.judge(body)) for body in bodies])


def test_members_and_codes_stay_bounded():
    """What no two bodies have in common is forgotten: kinds and shapes have their limits."""
    engine = shapes("json")
    for at in range(0, 1200, 100):
        bodies = [b'{"x%d":1}' % number for number in range(at, at + 100)]
        engine.judge_block(b"\n".join(bodies))
    assert engine.known == 0
    assert len(engine._table.sights) <= guard._MOST_KINDS
