"""What a gateway is asked: groups of requests, the most telling first, the same for one seed.

No request writes: the method only reads.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import RequestOptions
from topcheck.gateway.orders import (
    LONG_ID,
    Members,
    Order,
    OrderBook,
    ScriptedResponse,
    leaves_of,
    telling,
    told,
)
from topcheck.gateway.signing import METHODS, SIGN, SIGN_METHOD
from topcheck.generate.examples import examples
from topcheck.generate.requests import covering, drawn, ids_of
from topcheck.judge.literals import spelled
from topcheck.live.probe import Probe, ask

#: J, X, J and X, J, X: an order may move between two reads, so both outer ones must agree. What
#: fails at every second read, or third, or any other, never fails for one format only.
POLL = ("json", "xml", "json", "xml", "xml", "json")
#: Asked for where no known order is given: many sandboxes and mocks answer any id.
ANY_IDS = ("1", "2", "3", LONG_ID)
#: So often the plain call is repeated, to meet what goes wrong only sometimes.
REPEATS = 24
#: So many requests are drawn by the seed of the run.
DRAWN = 20
#: Away from the ten minutes by ten per cent at least, in minutes.
WITHIN, BEYOND = 9, 20
#: A format that there is not, and a date.
_UNKNOWN_FORMAT, _NO_DAY = "yaml", "2018-02-30 12:00:00"
#: A value for each of the platform's parameters that no gateway takes.
_OTHER = {"method": "taobao.other.get", "v": "1.0", "app_key": "0", "timestamp": "yesterday"}
#: Every way but the plain one in which a request is made.
_WAYS = (
    RequestOptions("xml"),
    *(RequestOptions(sign_method=m) for m in METHODS if m != RequestOptions().sign_method),
    *(RequestOptions(transport=transport) for transport in ("get", "split", "multipart")),
    RequestOptions(format=None),
    RequestOptions(simplify=True),
)

#: Requests that are judged together, in their order.
Probes = Sequence[Probe]


@dataclass(frozen=True, slots=True)
class Target:
    """An order that may be asked for, what it is told as, and in which formats it was found."""

    ids: Mapping[str, str]
    stated: Mapping[str, str] = field(default_factory=dict)
    found: frozenset[str] = frozenset()

    def asked(self, options: RequestOptions = RequestOptions(), **what: Any) -> Probe:
        """Return a probe of this order, made in some way."""
        found = (options.format or protocol.DEFAULT_FORMAT) in self.found
        return ask(self.ids, options, found=found, **what)


class Plan:
    """What one gateway is asked; `orders` are those that it is known to know."""

    def __init__(self, contract: Contract, orders: Sequence[Order], seed: int = 0) -> None:
        self._contract = contract
        self._seed = seed
        self._orders = [order.ids for order in orders]
        self.targets = [Target(order.ids, states_of(contract, order)) for order in orders] or [
            Target(dict(ids))
            for ids in dict.fromkeys(tuple(ids_of(contract, n).items()) for n in ANY_IDS)
        ]

    def note(self, ids: Mapping[str, str], found: frozenset[str]) -> None:
        """Note in which formats an order was found."""
        self.targets = [replace(t, found=found) if t.ids == ids else t for t in self.targets]

    def poll(self, target: Target) -> Probes:
        """Return reads of one order that can be compared."""
        what = {"stated": target.stated, "orders": self._orders}
        reads = (ask(target.ids, RequestOptions(fmt), **what) for fmt in POLL)
        return [replace(read, poll=True, known=bool(self._orders)) for read in reads]

    def rest(self, plain: Target, others: Sequence[Target]) -> Iterator[Probes]:
        """Yield all but the polls that were made already: `plain` is the order that was found.

        What must be refused comes first, then every known order: a run that ends before has shown
        little.
        """
        contract = self._contract
        altered = next((other.ids for other in self.targets if other.ids != plain.ids), {})
        yield from ([_coded(probe)] for probe in _refusals(plain, altered))
        yield from map(self.poll, others)
        yield from ([probe] for probe in _acceptances(plain))
        yield from ([_coded(probe)] for probe in _refusals_otherwise(plain))
        for target in self.targets:
            if target.found or self._orders:
                yield from self._each_left_out(target)
        for parameters in covering(contract):
            for fmt in protocol.FORMATS:
                yield [ask(parameters.values, RequestOptions(fmt))]
        for number, drawn_ in enumerate(examples(drawn(contract), DRAWN, self._seed)):
            yield [ask(drawn_.values, RequestOptions(protocol.FORMATS[number % 2]))]
        yield from ([probe] for probe in _invalid(contract, plain.ids))
        yield [ask(plain.ids, stated=plain.stated)] * REPEATS

    def _each_left_out(self, target: Target) -> Iterator[Probes]:
        """Ask for an order without one of its parameters, in both formats."""
        known = {"stated": target.stated, "ids": target.ids, "orders": self._orders}
        for name in (parameter.name for parameter in self._contract.optional):
            rest = {key: value for key, value in target.ids.items() if key != name}
            accepted = self._contract.exchange_clause(name, "required").id if target.found else None
            if rest:
                yield [ask(rest, RequestOptions(fmt), accepted=accepted, **known,
                           found=bool(self._orders) and fmt in target.found)
                       for fmt in protocol.FORMATS]  # fmt: skip


def _refused(probe: Probe, name: str, **changes: Any) -> Probe:
    """Make a request that must be refused for one parameter, changed in some way."""
    return replace(probe.expecting(refused=name), **changes)


def _coded(probe: Probe) -> Probe:
    """Let the code of a refusal be judged, where nothing else may be what is refused.

    Whether other ways are known to a gateway, or what it says to another `sign_method`, is open.
    """
    plain = replace(probe.options, format=None) == RequestOptions(format=None)
    if not plain or probe.options.format is None or SIGN_METHOD in probe.after:
        return probe
    return probe.expecting(codes=protocol.REFUSAL_CLASSES[str(probe.expected.refused)])


def states_of(contract: Contract, order: Order) -> dict[str, str]:
    """Return what a known order is stated to be told as, by path: nothing of one that moves on."""
    members = order.answers[0]
    if isinstance(members, ScriptedResponse) or len(order.answers) > 1:
        return {}
    states = {f.path: told(members, at) for at, f in leaves_of(contract).items() if f.enum}
    return {path: spelled(state) for path, state in states.items()
            if isinstance(state, (str, int)) and path not in contract.echoes}  # fmt: skip


def known_orders(book: OrderBook, contract: Contract) -> str:
    """Write the orders of a book as TOP_ORDERS takes them: ids, and each state that stays."""
    return json.dumps([_known(order, contract) for order in book.orders])


def _known(order: Order, contract: Contract) -> Members:
    stated: Members = dict(order.ids)
    members, stays = order.answers[0], states_of(contract, order)
    for place, leaf in leaves_of(contract).items():
        if leaf.path in stays and not isinstance(members, ScriptedResponse):
            stated = telling(stated, place, told(members, place))
    return stated


def _refusals(plain: Target, others: Mapping[str, str]) -> Iterator[Probe]:
    """Yield requests with one thing wrong, signed again unless the signature is the thing."""
    known = plain.asked()
    yield from _wrong(known)
    yield from _each_missing(known)
    edits = {"format": _UNKNOWN_FORMAT}
    yield _refused(known.expecting(format=None), "format", edits=edits)
    yield _refused(known, "timestamp", shift=BEYOND)
    yield _refused(known, "timestamp", edits={"timestamp": _NO_DAY})
    yield from (_refused(known, "timestamp", epoch=True, shift=s) for s in (-BEYOND, BEYOND))
    for name, value in plain.ids.items():
        other = others.get(name, value)
        signed_for = {**plain.ids, name: f"{value}0" if other == value else other}
        yield _refused(known.expecting(parameters=signed_for), SIGN, after=plain.ids)
    yield _refused(known, SIGN, after={SIGN_METHOD: "none", SIGN: _zeros("md5")})
    for fmt in reversed(protocol.FORMATS):
        yield _refused(plain.asked(RequestOptions(fmt)), SIGN, shift=-WITHIN, fresh=True)


def _refusals_otherwise(plain: Target) -> Iterator[Probe]:
    """Yield what is most telling of the ways other than the plain one."""
    for options in _WAYS:
        yield from _wrong(plain.asked(options))
    yield from _each_missing(plain.asked(RequestOptions("xml")))
    for options in _WAYS:
        if options.format == RequestOptions().format and not options.simplify:
            yield _unsigned(plain.asked(replace(options, format="xml")))


def _wrong(known: Probe) -> Iterator[Probe]:
    """Yield what no gateway takes, whichever way the request is made."""
    for name, value in _OTHER.items():
        yield _refused(known, name, edits={name: value})
    yield _refused(known, "timestamp", shift=-BEYOND)
    yield _unsigned(known)
    yield _refused(known, SIGN, after={"partner_id": "uncovered"})


def _unsigned(known: Probe) -> Probe:
    return _refused(known, SIGN, after={SIGN: _zeros(known.options.sign_method)})


def _each_missing(known: Probe) -> Iterator[Probe]:
    for name in protocol.REFUSED_PARAMETERS:
        where = "after" if name == SIGN else "edits"
        yield _refused(known, name, **{where: {name: None}})


def _zeros(method: str) -> str:
    """Return what has the form of a signature by this method, and is none."""
    return "0" * len(METHODS[method](b"", b""))


def _acceptances(plain: Target) -> Iterator[Probe]:
    """Yield requests that are in order, made in each way that the platform documents."""
    asked = partial(plain.asked, stated=plain.stated)
    for fmt in protocol.FORMATS:
        for method in METHODS:
            clause = f"wire.sign.{method.replace('-', '_')}"
            yield asked(RequestOptions(fmt, method), accepted=clause)
        for transport in ("form", "get", "split", "multipart"):
            clause = f"wire.transport.{transport}"
            yield asked(RequestOptions(fmt, transport=transport), accepted=clause)
        tolerated = asked(RequestOptions(fmt), accepted="wire.timestamp.tolerance")
        yield from (replace(tolerated, shift=shift) for shift in (-WITHIN, WITHIN))
        counted = asked(RequestOptions(fmt), accepted="wire.timestamp.milliseconds")
        yield replace(counted, epoch=True)
    yield asked(RequestOptions(format=None))
    yield asked(RequestOptions(simplify=True))


def _invalid(contract: Contract, params: Mapping[str, str]) -> Iterator[Probe]:
    """Yield parameters that break the page; what a gateway says to them is open, but not how."""
    for name, field_ in contract.request.fields.items():
        if field_.family != "string" or field_.enum or field_.format:
            for fmt in protocol.FORMATS:
                yield ask({**params, name: "x"}, RequestOptions(fmt))
