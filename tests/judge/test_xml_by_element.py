"""XML judged element by element, from memory: word by word what xmlschema says of the whole."""

import random
from functools import cache
from xml.etree import ElementTree as ET

import pytest

from benchmarks.corpora import CORPORA
from contract_tests import schemas
from tests import hostile, kill_matrix, other_pages, pages
from tests.contract.test_toys import BUILT
from tests.judge import shapes_fuzz as fuzz
from tests.judge.xml_whole import XSI_NIL, WholeBody, forgetting, judge_with
from tests.virtual_wire import VirtualTime, VirtualWire
from tests.workspace import WORKSPACE
from topcheck.gateway.client import RequestOptions
from topcheck.gateway.embedded import Gateway
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.orders import read_orders
from topcheck.gateway.sandbox import Settings
from topcheck.generate import trees
from topcheck.judge.response import ResponseJudge
from topcheck.judge.xml_body import XmlBody
from topcheck.wire.write import write_xml

#: What stands in a leaf, or in an object beside its members.
TEXTS = ("", " ", "x", "5", "007", " 5 ", "-1.50", "true", " true", fuzz.DAY, "2018-02-30 12:00:00",
         "9" * 70, "9" * 401, "x" * 70, "\u3000" "5", "\r")  # fmt: skip
#: Changes of one place; those of its parent take its place in it.
CHANGES = {
    "an element inside": lambda one, _parent, _at: one.insert(0, ET.Element("a")),
    "elements and text inside": lambda one, _parent, _at: one.extend(
        [ET.fromstring("<b>5</b>"), ET.Element("{urn:x}c")]
    ),
    "nil": lambda one, _parent, _at: one.set(XSI_NIL, "true"),
    "nil and empty": lambda one, _parent, _at: (one.clear(), one.set(XSI_NIL, "1")),
    "an attribute": lambda one, _parent, _at: one.set("lang", "zh"),
    "an instruction": lambda one, _parent, _at: one.append(ET.ProcessingInstruction("x", "y")),
    "nothing at all": lambda one, _parent, _at: one.clear(),
    "gone": lambda one, parent, _at: parent.remove(one),
    "twice": lambda one, parent, at: parent.insert(at, one),
    "seventy times": lambda one, parent, _at: parent.extend([one] * 70),
    "last": lambda one, parent, _at: (parent.remove(one), parent.append(one)),
    "a stranger before": lambda _one, parent, at: parent.insert(at, ET.Element("stranger")),
    "a namesake in a namespace": lambda one, parent, at: parent.insert(
        at, ET.Element(f"{{urn:x}}{one.tag}")
    ),
}


TOY = "decimals and maps"
#: Those whose answers are odd.
ODD = ("lists in lists", "lists of every type", "rows at the top", "two objects", "only a map",
       "a name at three levels", "a documented id", "examples of no type")  # fmt: skip
SUBJECTS = (*fuzz.contracts(), TOY, *pages.NAMES, *ODD)


@cache
def subject(name):
    """Return a contract with its rules."""
    if name in fuzz.contracts():
        return fuzz.contracts()[name]
    if name == TOY:
        return BUILT[TOY].contract, ()
    found = pages.workspace_of(name) if name in pages.NAMES else other_pages.workspace(name)
    return found.contract, tuple(found.rules)


@cache
def judges(name):
    """Return the judge of a subject, which remembers, and the oracle."""
    contract, rules = subject(name)
    return ResponseJudge(contract, rules), judge_with(WholeBody, contract, rules)


def said(judge, body, asked="xml"):
    """Return all that a judge says of a body."""
    found = judge.judge(body, asked)
    return found.findings, found.left_out, found.look, found.verdict, found.tried


def differences(name, bodies, judge=None):
    """Yield the bodies of which the judge and the oracle say different things."""
    own, whole = judges(name)
    return (body for body in bodies if said(judge or own, body) != said(whole, body))


def changed(root, place, change):
    """Write a sample with one place changed, the document's order of elements telling which."""
    document = write_xml(trees.document(trees.copied(root)))
    top = ET.Element("top")
    top.append(ET.fromstring(document))
    parent, one = [(up, child) for up in top.iter() for child in up][place]
    if change in CHANGES:
        CHANGES[change](one, parent, list(parent).index(one))
    else:
        one.text = change
    return ET.tostring(top[0] if len(top) else top, "utf-8")


def samples(contract):
    """Return the roots of a contract's samples."""
    return [trees.sample(root).children[0] for root in (contract.response, contract.error)]


def edited(name):
    """Yield the samples of a subject with each place changed in each way."""
    for root in samples(subject(name)[0]):
        count = sum(1 for _ in ET.fromstring(write_xml(trees.document(root))).iter())
        for place in range(count):
            yield from (changed(root, place, change) for change in (*TEXTS, *CHANGES))


def faulty(name):
    """Yield documents of a subject with several faults at once, dressed in what XML can carry."""
    return fuzz.teaching(fuzz.Scene(name, *subject(name), "xml"), random.Random(name), 40)


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_place_changed_in_every_way(name):
    """Texts of each type, elements where none belong, nil, missing, doubled and moved members."""
    assert list(differences(name, edited(name))) == []


@pytest.mark.parametrize("name", SUBJECTS)
def test_documents_with_faults(name):
    """Wrong values, undocumented members, odd lists, entities, sections and comments."""
    assert list(differences(name, faulty(name))) == []


def test_the_broken_message_of_every_case():
    """What breaks each clause in the kill matrix."""
    shown = schemas.shown(WORKSPACE, "xml", "response", "error_response", "wire")
    bodies = [one.body for one in shown if isinstance(one.body, bytes)]
    assert len(bodies) > 100
    assert list(differences("querystatus", bodies)) == []


def test_the_answers_of_every_fault():
    """What each gateway of the catalogue of faults answers."""
    contract, orders = WORKSPACE.contract, WORKSPACE.default_orders()
    known = read_orders(kill_matrix.known_orders(orders, contract), contract)
    bodies = set()
    for fault in kill_matrix.FAULTS.values():
        time = VirtualTime()
        faulty = Faulty(fault, contract, orders, Settings(kill_matrix.CALLER), time.now)
        send = VirtualWire(faulty, time).send
        gateway = Gateway(contract, send, known, kill_matrix.CALLER, "", time.now)
        for order in known.orders:
            answer = gateway.call(order.ids, RequestOptions(format="xml")).response
            bodies |= {answer.body} if answer else set()
    assert len(bodies) > len(kill_matrix.FAULTS) / 2
    assert list(differences("querystatus", bodies)) == []


def test_hostile_bodies():
    """Samples with pieces of their syntax dropped, doubled and exchanged; and what grows."""
    rng = random.Random(0)
    bodies = [hostile.bomb(pattern, 900, inside=True) for pattern in hostile.BOMBS]
    for _ in range(2000):
        edits = [(rng.randrange(8), rng.randrange(2**9), rng.choice(hostile.TOKENS))
                 for _ in range(rng.randint(1, 3))]  # fmt: skip
        bodies.append(hostile.mutated(rng.choice(hostile.SAMPLES[1::2]), edits))
    assert list(differences("querystatus", bodies)) == []


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_archives(corpus):
    """What audits are measured on."""
    bodies = (body.encode() for body in corpus.bodies("xml", 200))
    assert list(differences("querystatus", bodies)) == []


def test_more_findings_than_are_told():
    """Which ones are left out hangs on the order in which they are found."""
    root = WORKSPACE.contract.root
    strangers, wrong = "<x/>" * 1200, "<request_id><x/></request_id>"
    bodies = [f"<{root}>{strangers}{wrong}</{root}>", f"<{root}>{wrong}{strangers}</{root}>"]
    assert list(differences("querystatus", [body.encode() for body in bodies])) == []
    items = "<number>x</number><number>99999999999999999999</number>" * 700
    root = subject("lists")[0].root
    body = f"<{root}><toys><toy_d_t_o><sizes>{items}</sizes></toy_d_t_o></toys></{root}>"
    assert said(judges("lists")[0], body.encode())[1] > 0
    assert list(differences("lists", [body.encode()])) == []


#: By what is forgotten: what is remembered by instead.
FORGETFUL = {
    "the place": lambda _path, *rest: rest,
    "the text": lambda path, _text, inside: (path, inside),
    "the length of a text": lambda path, text, inside: (path, text[:8], inside),
    "the members": lambda path, text, inside: (path, text, inside == ("any",)),
    "all but the number of members": lambda path, text, inside: (path, text, len(inside)),
    "that a leaf has elements": lambda path, text, inside: (
        path, text, () if inside == ("any",) else inside
    ),
}  # fmt: skip
KEPT = ("querystatus", "shop")


def convicts(forget):
    """Whether some body tells that a memory forgets something."""
    for name in KEPT:
        judge = judge_with(forgetting(forget), *subject(name))
        try:
            if any(True for _ in differences(name, (*edited(name), *faulty(name)), judge)):
                return True
        except KeyError:  # a clause that there is not
            return True
    return False


@pytest.mark.parametrize("forgotten", FORGETFUL)
def test_a_memory_that_forgets_something_is_convicted(forgotten):
    """Any part of the key that is left out shows in some body."""
    assert convicts(FORGETFUL[forgotten]), f"nothing tells that {forgotten} is forgotten"


def test_a_memory_that_forgets_nothing_is_not_convicted():
    """The double that convicts is as good as the memory itself."""
    assert not convicts(lambda *key: key)


def test_the_memory_is_bounded(monkeypatch):
    """Neither many texts fill it nor long ones; what is kept is not asked about again."""
    asked, ask = [], XmlBody._asked
    monkeypatch.setattr(XmlBody, "_asked", lambda *key: asked.append(key[2:]) or ask(*key))
    judge, root = ResponseJudge(subject("lists")[0]), subject("lists")[0].root

    def asks(text="", items=0):
        asked.clear()
        toys = "<toys>" + "<toy_d_t_o/>" * items + "</toys>"
        body = f"<{root}>{toys}<request_id>{text}</request_id></{root}>"
        assert judge.judge(body.encode(), "xml").side == "response"
        return asked

    empty, outside, long = ("", ()), ("", ("toys", "request_id")), ("x" * 65, ())
    assert asks("a") == [empty, ("a", ()), outside]
    assert asks("a", items=1) == [empty, ("", ("toy_d_t_o",))]
    assert asks("a") == []
    assert asks(long[0]) == [long]
    assert asks(long[0]) == [long]
    for items in (64, 65, 65):
        assert asks("a", items) == [("", ("toy_d_t_o",) * items)]
    assert asks("a", items=64) == []
    for number in range(3000):
        assert asks(number) == [(str(number), ())]
    assert asks("a") == [("a", ())]
