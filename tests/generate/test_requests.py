"""Request generators: nothing is left out, and one seed gives one list."""

import datetime

from hypothesis import Phase, given, seed, settings

from tests.page_builder import page, read, row
from topcheck.contract.page.read import derive_contract
from topcheck.gateway.client import Credentials, prepare
from topcheck.generate import requests
from topcheck.judge.judges import Judges

TOY = derive_contract(
    read(
        page(
            [row("a")],
            [
                row("id", "Number", required="必须", limits=["最小值:1", "最大值:100"]),
                row("kind", text="种类: A(甲), B(乙)"),
                row("since", "Date", example="2018-01-02 12:00:00"),
                row("open", "Boolean"),
                row("word", limits=["最大长度:4"]),
            ],
        )
    )
)


def drawn_list(number):
    """Return what one seed draws."""
    found = []

    @seed(number)
    @settings(max_examples=30, phases=[Phase.generate], database=None, deadline=None)
    @given(requests.drawn(TOY))
    def collect(parameters):
        found.append(dict(parameters.values))

    collect()
    return found


def test_required_parameters_are_in_every_subset():
    """Two to the power of the optional parameters, each with all the required ones."""
    found = [{field.name for field in subset} for subset in requests.subsets(TOY)]
    assert len(found) == len({frozenset(names) for names in found}) == 16
    assert all("id" in names for names in found)


def test_covering_requests_keep_the_page():
    """Every class of values is legal: no covering request breaks a clause."""
    judge = Judges(TOY).request
    for parameters in requests.covering(TOY):
        assert judge.judge_form(parameters.values.items()).findings == (), parameters


def test_classes_respect_the_limits_of_the_page():
    """A limit of the page bounds the values that a class may have."""
    classes = {f.name: requests.classes_of(f) for f in list(requests.subsets(TOY))[-1]}
    assert classes["id"] == {"one": "1", "largest": "100", "smallest": "1"}
    assert set(classes["kind"]) == {"A", "B"}
    assert all(len(text) <= 4 for text in classes["word"].values())


def test_one_request_is_one_list_of_bytes():
    """With a fixed clock the same parameters are the same signed request, byte for byte."""
    clock = lambda: datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)  # noqa: E731
    lists = [
        [prepare(TOY.method, p, Credentials("k", "s"), clock).parameters for p in drawn_list(0)]
        for _ in range(2)
    ]
    assert lists[0] == lists[1]


def test_one_seed_gives_one_list():
    """The same seed draws the same requests, another one others."""
    assert drawn_list(0) == drawn_list(0)
    assert drawn_list(0) != drawn_list(1)
