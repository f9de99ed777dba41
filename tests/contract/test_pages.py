"""Pages of every shape, all through: what is read off them, sandbox, live run, faults.

With ALL_PAGES in the environment, as `make pages` sets it, every fault of every page is planted;
without it one of each class.
"""

import json
import os

import pytest

from tests.kill_matrix import CALLER, TIMEOUT, convictions, known_orders
from tests.page_builder import java, page, row
from tests.pages import NAMES, made, workspace_of
from tests.virtual_wire import VirtualTime, VirtualWire
from topcheck.cli.serve import list_faults
from topcheck.contract.clauses import lacking
from topcheck.contract.model import Severity
from topcheck.gateway.client import RequestOptions, prepare
from topcheck.gateway.embedded import CREDENTIALS, Gateway
from topcheck.gateway.faults.auth import auth_faults
from topcheck.gateway.faults.bodies import body_faults
from topcheck.gateway.faults.catalogue import catalogue, left_out
from topcheck.gateway.faults.conditional import conditional_faults
from topcheck.gateway.faults.semantic import semantic_faults
from topcheck.gateway.faults.transport import transport_faults
from topcheck.gateway.orders import OrdersError, read_orders
from topcheck.gateway.sandbox import Sandbox, Settings
from topcheck.generate import requests, trees
from topcheck.generate.examples import examples
from topcheck.generate.reads import read
from topcheck.judge.evidence import Judged
from topcheck.judge.literals import spelled
from topcheck.live.evidence import judge_gateway
from topcheck.live.page_diff import DOCUMENTED, page_diff
from topcheck.live.runner import Bounds
from topcheck.wire.write import write_json, write_xml

STATE = {"example": "NEW", "text": "状态: NEW(新), OLD(旧)"}
INSIDE = [row("query", "Query", row("order_id", "Number", required="必须"), required="必须")]
MANY = [row(f"p{number}", "Number" if number % 2 else "String") for number in range(9)]
TYPED = [
    row("open", "Boolean", required="必须", example="true"),
    row("kind", text="种类: A(甲), B(乙)", example="A"),
    row("since", "Date", example="2018-01-02 12:00:00"),
    row("cost", "Price", example="5.20", limits=["最小值:0.01", "最大值:999.99"]),
    row("rate", "BigDecimal", example="0.5", limits=["最小值:0", "最大值:1"]),
    row("photo", "byte[]", example="eA=="),
]
FLOW = '[[flow]]\npath = "a.b.state"\nstages = [["NEW"], ["OLD"]]\nwhy = "it ends"\n'
RULE_ID = "response.refund.fee.consistent"
RULE = f"""[[rule]]
id = "{RULE_ID}"
then = {{ "refund.fee" = {{ min = 0 }} }}
why = "a sum is not negative"
kept = {{ "refund.fee" = "0.01" }}
broken = {{ "refund.fee" = "-0.01" }}
"""
SAID = '[order]\nids = ["word"]\nflags = ["o.ok"]\n'


def _lists(depth):
    """Return a list of objects that hold a list of objects, so many deep."""
    inner = [_lists(depth - 1)] if depth > 1 else [row("tags", "String []", example="红")]
    return row(f"list{depth}", "ItemDTO []", row("item_id", "Number"), *inner)


#: Pages of odder shapes: text and rules.
ODD = {
    "four lists deep": (page([_lists(4)], [row("owner_id", "Number", required="必须")]), ""),
    "two objects": (page(
        [row("order", "O", row("order_id", "Number"), row("state", **STATE)),
         row("refund", "R", row("order_id", "Number"), row("fee", "Price", text="累计退款"))],
        [row("order_id", "Number", required="必须")]), ""),
    "one list": (page([row("toys", "ToyDTO []", row("success", "Boolean", example="true"))],
                      [row("shop_id", required="必须")]), ""),
    "rows only": (page(
        [row("shelf_id", "Number"), row("name"), row("is_success", "Boolean", example="true")],
        [row("shelf_id", "Number", required="必须"), row("locale")]), ""),
    "an id inside": (page([row("order", "O", row("order_id", "Number"), row("title"))],
                          INSIDE, java=java(INSIDE)), ""),
    "types": (page(
        [row("o", "O", row("open", "Boolean", example="true"), row("cost", "Price"))], TYPED), ""),
    "one name at three levels": (page(
        [row("id", "Number"), row("a", "A", row("id", "Number"), row("n"),
                                  row("b", "B", row("id", "Number"), row("n")))],
        [row("id", "Number", required="必须")]), ""),
    "odd names": (page(
        [row("class", "C", row("type"), row("value", "Number"),
             row("list", "Item []", row("item"))),
         row("code", "Number"), row("msg"), row("request_id"), row("self"), row("order"),
         row("None"), row("true", "Boolean", example="true")],
        [row("class", required="必须"), row("type"), row("value", "Number"), row("Self")]), ""),
    "a flow inside": (page(
        [row("a", "A", row("h", "H", row("no")), row("b", "B", row("state", **STATE),
                                                    row("sum", "BigDecimal", text="累计金额")))],
        [row("no")]), FLOW),
    "codes and no parameter": (page([row("state", **STATE)]), ""),
    "many parameters": (page([row("o", "O", row("n"))], [*MANY, row("must", required="必须")]), ""),
    "said": (page([row("o", "O", row("word"), row("ok", "Boolean", example="true"))],
                  [row("word", required="必须"), row("page_no", "Number")]), SAID),
}  # fmt: skip
ALL = (*NAMES, *ODD)
#: Those of them that are judged live in every run.
ODDEST = ("two objects", "types", "odd names", "a flow inside")


def _workspace(name):
    return made(name, *ODD[name]) if name in ODD else workspace_of(name)


#: What is read off a page: where an order is told, its ids, success flags, and what repeats ids.
READ_OFF = {
    "flat": ("", "shelf_id locale", "", ""),
    "list_of_objects": ("", "buyer_id page_no", "", ""),
    "list_of_objects_in_request": ("", "outer_no", "", "outer_no"),
    "list_of_texts": ("result", "", "result.success", ""),
    "no_parameters": ("", "", "", ""),
    "no_response_rows": ("", "bell_id times", "", ""),
    "object_parameter": ("route", "trace_no", "", "route.trace_no"),
    "price_date_map": ("invoice", "invoice_no", "", "invoice.invoice_no invoice.issued_on"),
    "three_levels": ("result.parcel", "parcel_id waybill_no", "result.is_success",
                     "result.parcel.waybill_no"),
    "four lists deep": ("", "owner_id", "", ""),
    "two objects": ("", "order_id", "", "order.order_id refund.order_id"),
    "one list": ("", "shop_id", "", ""),
    "rows only": ("", "shelf_id locale", "is_success", "shelf_id"),
    "an id inside": ("order", "", "", ""),
    "types": ("o", "photo", "", "o.open o.cost"),
    "one name at three levels": ("", "id", "", "id a.id a.b.id"),
    "odd names": ("", "class type value Self", "", "class.type class.value"),
    "a flow inside": ("a", "no", "", "a.h.no"),
    "codes and no parameter": ("", "", "", ""),
    "many parameters": ("o", " ".join(f"p{n}" for n in range(9)) + " must", "", ""),
    "said": ("o", "word", "o.ok", "o.word"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_what_is_read_off_a_page(name):
    """Which object tells of an order, what names one, and what says that a call succeeded."""
    contract = _workspace(name).contract
    ids = " ".join(field.name for field in contract.ids)
    found = contract.model.path, ids, " ".join(contract.outer_flags), " ".join(contract.echoes)
    assert found == READ_OFF[name]


#: The facts across exchanges that a page has no clause about.
LACKING = {
    "flat": "echo alone accumulates terminal",
    "list_of_objects": "echo exact alone accumulates terminal",
    "list_of_objects_in_request": "required alone accumulates terminal",
    "list_of_texts": "echo exact alone accumulates terminal",
    "no_parameters": "echo exact required alone accumulates terminal",
    "no_response_rows": "echo exact alone parity accumulates terminal",
    "object_parameter": "alone accumulates terminal",
    "price_date_map": "alone accumulates terminal",
    "three_levels": "accumulates terminal",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_page_has_no_clause_about_is_named(name):
    """A method without ids or states loses the clauses that need them, and no others."""
    workspace = _workspace(name)
    assert list(lacking(workspace.contract)) == LACKING[name].split()
    told = "\n".join(list_faults(workspace))
    faults = catalogue(workspace.contract, workspace.cases, workspace.flows)
    for what, need in left_out(workspace.contract, faults).items():
        assert f"{what} " in told
        assert f"left out: it needs {need}" in told


@pytest.mark.parametrize("name", ALL)
def test_the_samples_of_a_page_conform(name):
    """In JSON, in XML and simplified, what the page shows keeps the contract."""
    workspace = _workspace(name)
    judge = workspace.judges.response
    assert judge.judge(write_json(workspace.sample), "json").findings == ()
    assert judge.judge(write_xml(workspace.sample), "xml").findings == ()
    order = workspace.default_orders().orders[0]
    answer = _answer(workspace, order.ids, RequestOptions(simplify=True))
    assert judge.judge(answer.body, "json", simplify=True).findings == ()
    assert workspace.contract.root.encode() not in answer.body


def _answer(workspace, params, options=RequestOptions()):
    """Ask the sandbox of a workspace."""
    time, contract = VirtualTime(), workspace.contract
    settings = Settings(CREDENTIALS)
    sandbox = Sandbox(contract, workspace.default_orders(), settings, time.now)
    return sandbox.answer(prepare(contract.method, params, CREDENTIALS, time.now, options))


def test_a_simplified_answer_has_no_wrapper_at_any_depth():
    """Lists in lists stand as plain arrays."""
    simplified = RequestOptions(simplify=True)
    told = json.loads(_answer(_workspace("four lists deep"), {"owner_id": "1"}, simplified).body)
    del told["request_id"]
    inside = {"tags": ["红"]}
    for depth in range(1, 5):
        inside = {f"list{depth}": [{"item_id": 1, **inside}]}
    assert told == inside


#: Clauses that nothing asked of a page's sandbox tries: of its errors, where nothing breaks a rule.
UNTRIED = {
    f"error_response.{name}.{fact}"
    for name in ("sub_code", "sub_msg")
    for fact in ("type", "null", "unique")
} | {"wire.http.latency"}
#: Pages of which no single parameter can be wrong by itself, or that have none of these members.
ERRORLESS = {"no_parameters", "one list", "codes and no parameter"}


def judged(workspace, known=True):
    """Run the suite against the sandbox in this process."""
    contract, orders, time = workspace.contract, workspace.default_orders(), VirtualTime()
    given = read_orders(known_orders(orders, contract) if known else "[]", contract)
    wire = VirtualWire(Sandbox(contract, orders, Settings(CALLER), time.now), time, TIMEOUT)
    gateway = Gateway(contract, wire.send, given, CALLER, "http://gateway.invalid", time.now)
    return judge_gateway(gateway, workspace.judges, Bounds(), 0, Severity.ADVISORY, time.timing)


@pytest.mark.parametrize("name", ALL if os.environ.get("ALL_PAGES") else (*NAMES, *ODDEST))
def test_the_sandbox_of_a_page_is_judged_clean(name):
    """With its orders known, no clause is broken, and what was not tried is known too."""
    run = judged(_workspace(name))
    assert [(f.clause.id, f.path, f.expected, f.actual) for f in run.evidence.findings] == []
    untried = {clause.id for clause in run.clauses} - run.evidence.tried
    assert untried <= (UNTRIED if name in ERRORLESS or name in ODD else {"wire.http.latency"})


@pytest.mark.parametrize("name", NAMES)
def test_a_sandbox_is_clean_where_no_order_is_known(name):
    """Any ids are asked for then, and something is found."""
    assert judged(_workspace(name), known=False).evidence.findings == ()


def _faults(name):
    """Return all faults of a page, or the last of each class: the first are those of any page."""
    workspace = _workspace(name)
    faults = catalogue(workspace.contract, workspace.cases, workspace.flows).values()
    shown = ("schema", "auth", "semantic", "transport", "conditional")
    by_class = {fault.kind: fault for fault in faults if fault.kind in shown}
    return list(faults if os.environ.get("ALL_PAGES") else by_class.values())


PLANTED = [
    pytest.param(name, fault, id=f"{name}: {fault.id}")
    for name in (ALL if os.environ.get("ALL_PAGES") else NAMES)
    for fault in _faults(name)
]


@pytest.mark.parametrize(("name", "fault"), PLANTED)
def test_a_fault_is_convicted_on_every_page(name, fault):
    """No fault survives, and none is convicted by something else only."""
    found = convictions(fault, workspace=_workspace(name))
    assert set(fault.formats) <= found.get(fault.clause, set()), found


@pytest.mark.parametrize("name", ALL)
def test_no_two_faults_of_a_page_have_one_name(name):
    """A name that stands twice on a page would hide one of its faults behind the other."""
    workspace = _workspace(name)
    contract = workspace.contract
    found = [
        *body_faults(contract, workspace.cases),
        *auth_faults(contract),
        *semantic_faults(contract, workspace.flows),
        *transport_faults(contract),
        *conditional_faults(contract),
    ]
    assert [fault.id for fault in found] == list(
        catalogue(contract, workspace.cases, workspace.flows)
    )


# ------------------------------------------------------------------ orders and parameters


def test_a_member_called_as_the_script_of_an_order_is_a_member():
    """`answers` is a script where it is a list: a page may have a member of that name."""
    text = page([row("shelf_id", "Number"), row("answers")], [row("shelf_id", "Number")])
    contract = made("a member called answers", text).contract
    given = [{"shelf_id": 1, "answers": "yes"}, {"shelf_id": 2, "answers": [{"answers": "no"}]}]
    orders = read_orders(json.dumps(given), contract).orders
    assert [order.answers for order in orders] == [
        [{"shelf_id": 1, "answers": "yes"}],
        [{"answers": "no"}],  # an answer is the whole model
    ]


def test_what_names_no_order_chooses_none():
    """An object parameter is no id: whatever it holds, the order that the ids name is found."""
    contract = _workspace("object_parameter").contract
    order = _workspace("object_parameter").default_orders().orders[0]
    for query in ('{"start_city":"北京"}', '{"start_city": "上海", "max_minutes": 7}'):
        answer = _answer(_workspace("object_parameter"), {**order.ids, "query": query})
        told = json.loads(answer.body)[contract.root]
        assert told["route"]["trace_no"] == order.ids["trace_no"]


@pytest.mark.parametrize(
    ("name", "given", "ids"),
    [("no_parameters", [{}], {}),
     ("object_parameter", [{"query": {"start_city": "杭州"}}], {"query": '{"start_city": "杭州"}'}),
     ("list_of_texts", [{"words": ["好", "坏"]}], {"words": "好,坏"}),
     ("list_of_texts", [{"words": "好", "level_ids": [1, 2]}],
      {"words": "好", "level_ids": "1,2"}),
     ("types", [{"open": False, "cost": "5.20"}], {"open": "false", "cost": "5.20"}),
     ("three_levels", [{"parcel_id": 9007199254740993}], {"parcel_id": "9007199254740993"})],
)  # fmt: skip
def test_an_order_is_given_by_values_of_any_type(name, given, ids):
    """Objects and lists in a list of orders stand as they are in JSON."""
    (order,) = read_orders(json.dumps(given), _workspace(name).contract).orders
    assert order.ids == ids


@pytest.mark.parametrize(
    ("name", "given"),
    [("three_levels", {"parcel_id": True}), ("three_levels", {"parcel_id": [1]}),
     ("three_levels", {"parcel_id": {}}), ("three_levels", {"parcel_id": 1.5}),
     ("types", {"open": 1}), ("three_levels", {"stage": "MOVING"})],
)  # fmt: skip
def test_an_order_of_another_type_is_refused(name, given):
    """What no parameter can be names no order."""
    with pytest.raises(OrdersError, match=r"order 1: "):
        read_orders(json.dumps([given]), _workspace(name).contract)


@pytest.mark.parametrize("name", ALL)
def test_default_orders_keep_the_contract(name):
    """Every answer of every default order is a conforming one that repeats what was asked."""
    workspace = _workspace(name)
    contract, orders = workspace.contract, workspace.default_orders().orders
    assert len({json.dumps(order.ids, sort_keys=True) for order in orders}) == len(orders)
    for order in orders:
        judgement = workspace.judges.response.judge(_answer(workspace, order.ids).body, "json")
        assert judgement.findings == ()
        told = {path: judgement.values[path] for path in contract.echoes}
        assert {path: spelled(value) for path, value in told.items()} == {
            path: order.ids[field.name] for path, field in contract.echoes.items()
        }


@pytest.mark.parametrize("name", ALL)
def test_parameters_of_every_class_keep_the_page(name):
    """Each covering request, and each that is drawn, keeps every clause of the request."""
    workspace = _workspace(name)
    drawn = examples(requests.drawn(workspace.contract), 20)
    for parameters in (*requests.covering(workspace.contract), *drawn):
        judgement = workspace.judges.request.judge_form(parameters.values.items())
        assert judgement.findings == (), parameters.values


def test_many_parameters_are_not_tried_in_every_combination():
    """Nine optional ones have 512 subsets: none, each, all but each, and all are tried."""
    contract = _workspace("many parameters").contract
    sizes = [len(subset) for subset in requests.subsets(contract)]
    assert sorted(sizes) == [1, *[2] * 9, *[9] * 9, 10]


def test_a_list_and_an_object_are_met_in_several_classes():
    """Lists of one item and of several, objects with all members and with the required ones."""
    fields = _workspace("list_of_texts").contract.request.fields
    assert requests.classes_of(fields["level_ids"])["several"].count(",") == 2
    assert [requests.typed(fields["level_ids"], one) for one in ("1", "2")] == [1, 2]
    fields = _workspace("list_of_objects_in_request").contract.request.fields
    found = {kind: json.loads(text) for kind, text in requests.classes_of(fields["lines"]).items()}
    assert found["required-members"] == [{"goods_id": 0}]
    assert found["members"] == [{"goods_id": 0, "amount": 0, "remark": "788"}]
    assert len(found["several"]) == 2


# ------------------------------------------------------------------ amounts


@pytest.mark.parametrize(
    ("params", "broken"),
    [({"cost": "0.01"}, False), ({"cost": "999.99"}, False), ({"cost": "0.00"}, True),
     ({"cost": "1000"}, True), ({"cost": "-5"}, True), ({"rate": "0"}, False),
     ({"rate": "1.000"}, False), ({"rate": "1.0000000000000000000001"}, True),
     ({"rate": "-0.1"}, True), ({"rate": "0.99999999999999999999"}, False)],
)  # fmt: skip
def test_an_amount_is_held_to_its_limits(params, broken):
    """In a form and as text in JSON, to the last digit; a decimal as a number in JSON too."""
    judge = _workspace("types").judges.request
    (name,) = params
    clause = {f"request.{name}.range"} if broken else set()
    given = {"open": "true", **params}
    assert judge.judge_form(given.items()).clauses == clause
    typed = json.dumps({"open": True, **params})
    assert judge.judge_json(typed.encode()).clauses == clause
    if name == "rate":
        bare = typed.replace(f'"{params[name]}"', params[name])
        assert judge.judge_json(bare.encode()).clauses == clause


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [("5", "5.00", False), ("5.00", "5", False), ("4.99", "5", False), ("9.5", "10", False),
     ("10", "9.5", True), ("0.02", "0.01", True)],
)  # fmt: skip
def test_an_amount_that_is_text_accumulates(before, after, broken):
    """A price and a decimal are compared by their values, and never shrink."""
    workspace = _workspace("two objects")
    judge = workspace.judges.exchanges
    reads = [_read(workspace, {"refund": {"order_id": 7, "fee": sum_}}) for sum_ in (before, after)]
    found = {trial.finding.clause.id for trial in judge.course(*reads) if trial.finding}
    assert found == ({"exchange.fee.accumulates"} if broken else set())


def _read(workspace, members, **expected):
    document = trees.document(trees.plain(workspace.contract.root, members))
    exchange = read("json", document, **expected)
    return Judged(exchange, workspace.judges.exchanges.judge_body(exchange))


@pytest.mark.parametrize(
    ("asked", "answered", "broken"),
    [("5.20", "5.2", False), ("5", "5.00", False), ("5.20", "5.21", True), ("5.20", "5", True)],
)
def test_a_price_is_repeated_by_its_value(asked, answered, broken):
    """How many decimals a price is written with says nothing."""
    workspace = _workspace("types")
    one = _read(workspace, {"o": {"cost": answered}}, parameters={"cost": asked})
    clauses = workspace.judges.exchanges.judge_read([one]).clauses
    assert clauses == ({"exchange.cost.echo"} if broken else set())


@pytest.mark.parametrize(
    ("fee", "broken"), [("-0.01", True), ("0", False), ("0.00", False), ("12.50", False)]
)
def test_a_rule_compares_an_amount_that_is_text(fee, broken):
    """The predicates `min` and `max` hold of prices and decimals as of numbers."""
    workspace = made("a rule of a price", ODD["two objects"][0], RULE)
    judgement = _read(workspace, {"refund": {"fee": fee}}).judgement
    assert judgement.clauses == ({"response.refund.fee.consistent"} if broken else set())
    (case,) = workspace.cases.of(workspace.contract.by_id[RULE_ID])
    (pair,) = examples(case.pairs("xml"), 1)
    assert RULE_ID in workspace.judges.response.judge(pair.broken, "xml").clauses
    assert workspace.judges.response.judge(pair.kept, "xml").findings == ()


def test_what_stands_in_a_list_is_compared_with_the_page():
    """A row of the page is about every item of its list: no index tells items apart."""
    workspace = _workspace("list_of_objects")
    right = workspace.judges.response.judge(write_json(workspace.sample), "json")
    assert page_diff(workspace.contract, [right], [right]) == []
    wrong = workspace.judges.response.judge(
        write_json(workspace.sample).replace(b'"goods_id":5001', b'"goods_id":"5001"'), "json"
    )
    (found,) = page_diff(workspace.contract, [right], [wrong])
    assert (found.path, found.recorded) == ("goods.goods_d_t_o.goods_id", DOCUMENTED)
