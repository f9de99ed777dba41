"""The vectors are judged right by who shares no code with the package."""

import json

import pytest

from tests.others.second import OWN, XSD, by_node, by_xmllint, missing, written

#: Our own page, one with lists of objects, and one with prices, dates, decimals and a map.
PAGES = (OWN, "list_of_objects", "price_date_map")
JUDGES = {"node": by_node, "xmllint": by_xmllint}

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    """The vectors of each page, and its published schemas."""
    return {name: written(name, tmp_path_factory.mktemp(name)) for name in PAGES}


@pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)
@pytest.mark.parametrize("name", PAGES)
def test_others_judge_the_vectors_alike(vectors, name, judge):
    """What keeps a clause is accepted, what breaks a visible one refused, and signatures are so."""
    judged = judge(*vectors[name])
    assert judged.wrong == []
    assert judged.right > 100


@pytest.fixture
def tampered(vectors):
    """Our own vectors, of which a test may change files: they are put back."""
    folder, schemas = vectors[OWN]
    kept = {}

    def tamper(name, change):
        path = folder / name
        kept.setdefault(path, path.read_bytes())
        path.write_bytes(change(path.read_bytes()))
        return folder, schemas

    yield tamper
    for path, body in kept.items():
        path.write_bytes(body)


def of_index(change):
    """Return what changes an index by its data."""

    def changed(body):
        data = json.loads(body)
        change(data)
        return json.dumps(data).encode()

    return changed


def row(folder, schema, side):
    """Return the first row of the index about a schema, on a side, that it can see."""
    rows = json.loads((folder / "index.json").read_text("utf-8"))["messages"]
    return next(r for r in rows if (r["schema"], r["side"], r["visible"]) == (schema, side, True))


@pytest.mark.parametrize("side", ["kept", "broken"])
@pytest.mark.parametrize(
    ("schema", "judge"), [("response.schema.json", by_node), (XSD, by_xmllint)]
)
def test_a_message_that_was_tampered_with_is_caught(vectors, tampered, schema, judge, side):
    """The other side's message in its place is named, and nothing else."""
    folder = vectors[OWN][0]
    file = row(folder, schema, side)["file"]
    other = folder / row(folder, schema, {"kept": "broken", "broken": "kept"}[side])["file"]
    (line,) = judge(*tampered(file, lambda _: other.read_bytes())).wrong
    assert line.startswith(f"{file}: ")


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(sign="0" * 32),
        lambda one: one.update(secret="other"),
        lambda one: one.update(to_sign=one["to_sign"] + " "),
        lambda one: one["parameters"].update(v="3.0"),
    ],
    ids=["sign", "secret", "to_sign", "parameters"],
)
def test_a_signature_that_was_tampered_with_is_caught(tampered, change):
    """Whichever member of it is another one."""
    (line,) = by_node(*tampered("index.json", of_index(lambda d: change(d["signing"][0])))).wrong
    assert "published.md5.form" in line


def test_an_index_that_is_none_is_caught(tampered):
    """It is held to the schema beside it."""
    (line,) = by_node(*tampered("index.json", of_index(lambda d: d.update(more=1)))).wrong
    assert line.startswith("index.json: ")
