"""Every fault of the catalogue is convicted under its clause, in each format that can show it."""

import contextlib
import json
import re
from dataclasses import replace

import pytest

from tests.kill_matrix import FAULTS, PAGE, convictions, convictions_on_the_wire, entry
from tests.warm import run_topcheck
from tests.workspace import WORKSPACE
from topcheck.cli.serve import list_faults
from topcheck.contract.model import Severity
from topcheck.gateway.client import prepare
from topcheck.gateway.embedded import CREDENTIALS
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.orders import read_orders
from topcheck.gateway.sandbox import Settings
from topcheck.gateway.timing import now
from topcheck.live.connect import GatewayError

#: Clauses about exchanges that no fault can be planted for, and why.
UNPLANTED = {
    "wire.transport.form": "who refuses a form refuses every call, and nothing is observed",
}
#: The first fault of each class, and those of a head, over sockets; all of them: `make faults`.
BY_CLASS = {fault.kind: fault for fault in reversed(FAULTS.values())}
OF_A_HEAD = [fault for fault in FAULTS.values() if fault.clause == "wire.http.head"]
ON_THE_WIRE = [*BY_CLASS.values(), *OF_A_HEAD]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.id)
def test_a_fault_is_convicted_under_its_clause(fault):
    """No fault survives, and none is convicted by something else only."""
    found = convictions(fault)
    assert set(fault.formats) <= found.get(fault.clause, set()), found


@pytest.mark.parametrize("fault", ON_THE_WIRE, ids=lambda fault: fault.id)
def test_a_fault_is_convicted_over_sockets(fault):
    """What holds in one process holds over sockets, for each class of faults."""
    found = convictions_on_the_wire(fault)
    assert set(fault.formats) <= found.get(fault.clause, set()), found


@pytest.mark.parametrize(
    "fault",
    [f for f in FAULTS.values() if f.options(WORKSPACE.contract)],
    ids=lambda fault: fault.id,
)
def test_without_its_options_a_fault_fails_no_run(fault):
    """What the list asks for is needed: without it, the fault's own clause fails nothing."""
    without = [(replace(fault, budget=None), Severity.VIOLATION)]
    if fault.budget is not None:  # each of them is needed
        without += [(fault, Severity.VIOLATION), (replace(fault, budget=None), None)]
    for one, level in without:
        with contextlib.suppress(GatewayError):  # undecided: that is no failure either
            assert fault.clause not in convictions(one, level)


@pytest.mark.parametrize(
    ("fault", "options"),
    [("latency.slow", "(with --latency-budget 200 --fail-on advisory)"),
     ("response.result.model.paid_fee.null", "(with --fail-on drift)"),
     ("transport.gzip", "transport     an answer is compressed though nobody asked for it"),
     ("transport.status", "(with --fail-on advisory)"),
     ("transport.half", "transport     the connection ends after half a body")],
)  # fmt: skip
def test_the_list_of_faults_says_with_which_options(fault, options):
    """`serve --list-faults` has them at the end of a line, and none where none are needed."""
    (line,) = [one for one in list_faults(WORKSPACE) if one.split()[0] == fault]
    assert line.endswith(options)


def test_the_sandbox_tells_its_orders_as_the_gate_takes_them():
    """`serve --list-orders`: each order of its book, or of the one that is given."""
    told = run_topcheck("serve", "--list-orders")
    assert (told.returncode, told.stderr) == (0, "")
    given = read_orders(told.stdout, WORKSPACE.contract)
    assert [o.ids for o in given.orders] == [o.ids for o in WORKSPACE.default_orders().orders]
    assert json.loads(told.stdout)[2] == {
        "biz_order_id": "3", "checkout_id": "3", "checkout_status": "SUCCEEDED",
    }  # fmt: skip


def test_the_sandbox_tells_the_orders_that_it_was_given(tmp_path):
    """Of an order its ids and its state, and nothing that a caller need not state."""
    book = tmp_path / "book.json"
    stated = {"checkout_id": "7", "checkout_status": "FAILED"}
    book.write_text(json.dumps([{**stated, "paid_fee": 0}]))
    told = run_topcheck("serve", "--list-orders", f"--orders={book}")
    assert json.loads(told.stdout) == [stated]
    assert run_topcheck("serve", "--list-orders", "--orders=none.json").returncode == 2


def test_every_clause_that_an_answer_can_break_has_its_fault():
    """A clause that no fault shows broken proves nothing about a gateway."""
    clauses = {clause.id for clause in WORKSPACE.contract.clauses if clause.side != "request"}
    assert clauses - {fault.clause for fault in FAULTS.values()} == set(UNPLANTED)


def test_the_docs_list_every_fault():
    """The page of the docs has each fault under its class, with its sentence, its own clause first.

    Where no clause is named that is the clause of its name.
    """
    text = PAGE.read_text("utf-8")
    kinds = re.findall(r"^## (.+)\n\n((?:[- ].*\n)+)", text, re.M)
    found = {}
    for kind, items in kinds:
        for line in re.sub(r"\n +", " ", items).splitlines():
            told = re.fullmatch(r"- `(.+?)`: (.+?)(?:; with `(.+?)`)?(?:; fails (.+))?", line)
            name, sentence, options, clauses = told.groups()
            first = re.match("`(.+?)`", clauses)[1] if clauses else name
            found[name] = kind, sentence, options or "", first
    assert found == {fault.id: (fault.kind, fault.sentence, fault.options(WORKSPACE.contract),
                                fault.clause) for fault in FAULTS.values()}  # fmt: skip


def test_what_convicts_a_fault_is_told_unless_it_is_what_its_name_says():
    """Its own clause is first, and no more than four are named."""
    fault = FAULTS["response.known"]
    assert entry(fault, {"response.known": {"json"}}) == (
        "`response.known`: a success breaks known of body: member; with `--fail-on drift`"
    )
    found = dict.fromkeys(["a", "response.known", "b", "c", "d", "e"])
    assert entry(fault, found).endswith("; fails `response.known`, `a`, `b`, `c` and 2 more")
    renamed = replace(fault, id="another")
    assert entry(renamed, {"response.known": {"json"}}).endswith("; fails `response.known`")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.id)
def test_an_unknown_way_to_sign_is_answered(fault):
    """A fault that signs anew leaves alone what nobody can sign."""
    contract, orders = WORKSPACE.contract, WORKSPACE.default_orders()
    request = prepare(contract.method, {}, CREDENTIALS, now)
    for method in ("none", ""):
        faulty = Faulty(fault, contract, orders, Settings(CREDENTIALS), now)
        assert faulty.answer(request.edited(sign_method=method))
