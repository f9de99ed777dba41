"""Files that people write are held against published schemas, and told what is wrong in a line."""

import copy
import datetime
import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from tests.pages import NAMES, workspace_of
from tests.workspace import WORKSPACE
from topcheck.cli.config_schema import config_schema
from topcheck.contract.contract import indented
from topcheck.contract.orders_schema import orders_schema
from topcheck.gateway.orders import OrdersError, read_orders
from topcheck.sdk.known_failing import Entry, read_known
from topcheck.sdk.manifest import SdkError, read_sdk
from topcheck.wire.data_file import SCHEMAS, published

ROOT = Path(__file__).parents[2]
METHOD = WORKSPACE.contract
#: Each published schema, with a whole file that it allows.
RAW = {
    "status": 502, "headers": {"A": "b"}, "body_base64": "eA==", "delay_ms": 0, "cut_after": 0,
    "hold_ms": 0, "drip_ms": 0, "reset": False, "lines": ["x"],
}  # fmt: skip
WHOLE = {
    "driver": {
        "name": "a", "language": "b", "sdk": "c", "version": "1", "install": "true", "run": "x",
        "apt": ["a"], "files": ["b"],
    },
    "known-failing": {
        "sdk": "a", "known": [{"clause": "a", "reason": "b", "expires": "2027-12-31"}],
    },
    "orders": [{"answers": [{"raw": RAW}]}],
    "topcheck": {
        name: schema["enum"][0] if "enum" in schema else schema["examples"][0]
        if "examples" in schema else {"boolean": True}.get(schema["type"], 1)
        for name, schema in config_schema()["properties"].items()
    },
}  # fmt: skip
FORMATS = Draft7Validator.FORMAT_CHECKER
#: What no leaf, or hardly one, may be.
ODD = (5.5, "", " ", {}, [], None, True, -1, 0, 199, 600, 2**31 + 1, 10**301, "\x1b[2K",
       "2027-02-30", "?", "--app-secret x", "ftp://h", [""], {"a": {}}, 7)  # fmt: skip


def accepts(schema, data):
    """Tell whether a schema accepts what a file holds."""
    return Draft7Validator(schema, format_checker=FORMATS).is_valid(data)


def subschemas(schema, at=()):
    """Yield each schema within a schema, with the way to it."""
    if isinstance(schema, dict):
        yield at, schema
        for word in ("properties", "patternProperties"):
            for name, inner in schema.get(word, {}).items():
                yield from subschemas(inner, (*at, word, name))
        for word in ("items", "additionalProperties", "then", "else"):
            yield from subschemas(schema.get(word), (*at, word))
        for word in ("allOf",):
            for number, inner in enumerate(schema.get(word, ())):
                yield from subschemas(inner, (*at, word, number))


def places(data, at=()):
    """Yield the way to each place in a file, the whole of it first."""
    yield at
    listed = enumerate(data) if isinstance(data, list) else ()
    for key, inner in data.items() if isinstance(data, dict) else listed:
        yield from places(inner, (*at, key))


def put(data, at, value):
    """Return a file with another value at a place, or without it, where that is `...`."""
    if not at:
        return value
    data = copy.deepcopy(data)
    there = data
    for step in at[:-1]:
        there = there[step]
    if value is ...:
        del there[at[-1]]
    else:
        there[at[-1]] = value
    return data


def wrong_files(whole):
    """Yield files with one thing changed."""
    for at in places(whole):
        yield from (put(whole, at, odd) for odd in ODD)
        if at:
            yield put(whole, at, ...)
            yield put(whole, (*at[:-1], "api_token"), "x") if isinstance(at[-1], str) else whole
            yield put(whole, (*at[:-1], "odd"), "x") if isinstance(at[-1], str) else whole


#: What a schema refuses by; all else in it describes.
REFUSING = {"type", "required", "additionalProperties", "minLength", "pattern", "format", "enum",
            "minimum", "maximum", "exclusiveMinimum", "not", "minItems"}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_published_schema_is_one(name):
    """It is valid, closed where that is told, and says of each thing what it is."""
    schema = published(name)
    Draft7Validator.check_schema(schema)
    assert accepts(schema, WHOLE[name])
    for at, one in subschemas(schema):
        assert one.get("description"), at
        assert one["description"][0].isupper() or "patternProperties" in at
        kind = {name: one[name] for name in REFUSING & one.keys()}
        assert all(accepts(kind, example) for example in one.get("examples", ())), at
    assert schema["title"]


@pytest.mark.parametrize("name", WHOLE)
def test_no_constraint_can_be_deleted_unnoticed(name):
    """Each is what refuses some file, and no other does."""
    schema, alone = published(name), set()
    judge = Draft7Validator(schema, format_checker=FORMATS)
    for data in wrong_files(WHOLE[name]):
        errors = {tuple(error.absolute_schema_path) for error in judge.iter_errors(data)}
        alone |= errors if len(errors) == 1 else set()
    every = {(*at, word) for at, one in subschemas(schema) for word in REFUSING & one.keys()
             if word != "additionalProperties" or one[word] is False}  # fmt: skip
    assert every - alone == set()


def test_the_published_schema_of_the_options_is_what_they_give():
    """`make schemas` writes it."""
    assert (SCHEMAS / "topcheck.schema.json").read_text("utf-8") == indented(config_schema())


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_of_the_orders_of_a_page(name):
    """It takes the default orders, names each thing, and refuses what the page does not name."""
    contract = workspace_of(name).contract
    schema = orders_schema(contract)
    Draft7Validator.check_schema(schema)
    orders = [
        {**order.ids, "answers": [{}]} for order in workspace_of(name).default_orders().orders
    ]
    assert accepts(schema, orders)
    assert not accepts(schema, [{**one, "no_such": 1} for one in orders])
    assert accepts(schema, [{}]) == (not contract.request.fields)


@pytest.mark.parametrize("path", sorted((ROOT / "drivers").glob("*/*.toml")), ids=str)
def test_what_the_repository_has_keeps_its_schema(path):
    """Manifests and lists, to the last."""
    data = tomllib.loads(path.read_text("utf-8"))
    for entry in data.get("known", ()):
        entry["expires"] = str(entry["expires"])
    assert accepts(published(path.stem), data)


KNOWN = '[[known]]\nclause = "a"\nreason = "b"\nexpires = {}\n'


@pytest.mark.parametrize("expires", ["2027-12-31", '"2027-12-31"'])
def test_a_date_is_a_date_in_quotes_too(tmp_path, expires):
    """JSON Schema knows dates as texts, and editors write them so."""
    path = tmp_path / "known.toml"
    path.write_text(KNOWN.format(expires))
    assert read_known(path).entries == (Entry("a", "b", datetime.date(2027, 12, 31)),)


DRIVER = {name: value for name, value in WHOLE["driver"].items() if name not in ("apt", "files")}


def toml(**changed):
    """Write a manifest with something changed; None takes a line out."""
    table = {**DRIVER, **changed}
    return "".join(f"{name} = {json.dumps(v)}\n" for name, v in table.items() if v is not None)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("driver", toml(run=None), "`run` is missing: it has name, language, sdk, version"),
        ("driver", toml(version=1), "`version` is a text: the version of the package"),
        ("driver", toml(apt="gcc"), "`apt` is a list of texts"),
        ("driver", toml(files=["a", 1]), "file 2: it is a text"),
        ("driver", "run = ", "not TOML: "),
        ("driver", "a = " + "[" * 5000, "not TOML"),
        ("driver", "a = " + "9" * 5000, "not TOML"),
        ("known", KNOWN.format("2027-12-31T00:00:00"), "known 1: `expires` is a date"),
        ("known", KNOWN.format('"2027-02-30"'), "known 1: `expires` is a date"),
        ("known", KNOWN.format("20271231"), "known 1: `expires` is a date"),
        ("known", KNOWN.format("2027-12-31").replace('"b"', '" "'), "known 1: `reason` is a text"),
        ("known", KNOWN.format("2027-12-31") * 2 + "Reasons = 1\n",
         "known 2: unknown key `Reasons` (did you mean reason?); an entry has clause, reason"),
        ("known", "known = 5", "`known` is a list of tables"),
        ("known", "known = [5]", "known 1: an entry has clause, reason, expires"),
        ("known", 'sdk = ""', "`sdk` is a text"),
        ("known", '"a\\u001b[2K" = 1', r"unknown key `a\x1b[2K`; it holds `sdk` and [[known]]"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(tmp_path, name, text, said):
    """It names the file, the place, what is wrong and what belongs there, and no value."""
    path = tmp_path / f"{name}.toml"
    path.write_text(text)
    with pytest.raises(SdkError) as refused:
        read_sdk(str(tmp_path)) if name == "driver" else read_known(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert said in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ([5], "order 1: an order is an object; known are biz_order_id"),
        ([{"biz_order_id": 1.0}], "order 1: biz_order_id is a text or a whole number"),
        ([{"biz_order_id": "1"}, {"biz_order_id": True}], "order 2: biz_order_id is a text or"),
        ([{"biz_order_id": "\ud800"}], "order 1: biz_order_id is a text or a whole number"),
        ([{"biz_order_id": None}], "order 1: it has none of biz_order_id, checkout_id"),
        ([{"checkout_id": "1", "answers": {}}], "order 1: answers is a list of at least one"),
        ([{"checkout_id": "1", "answers": [{}, 5]}], "order 1: answer 2: an answer is an object"),
        ([{"checkout_id": "1", "answers": [{"raw": {"headers": {"A": []}}}]}],
         "order 1: answer 1: raw: headers: A is a text, a number, true or false"),
        ([{"checkout_id": "1", "answers": [{"raw": {"reset": 1}}]}], "raw: reset is true or false"),
        ([{"checkout_id": "1", "answers": [{"raw": {"body_base64": "eA==\n"}}]}], "body_base64"),
        ([{"checkout_id": "1", "answers": [{"raw": {"status": 200.0}}]}], "status is a whole"),
        ([{"checkout_id": "1", "answers": [{"raw": {"lines": "abc"}}]}], "lines is a list of"),
    ],
)  # fmt: skip
def test_a_mistake_in_orders_is_one_line(orders, said):
    """It names the order, the answer and the member."""
    with pytest.raises(OrdersError) as refused:
        read_orders(json.dumps(orders), METHOD)
    assert said in str(refused.value)
