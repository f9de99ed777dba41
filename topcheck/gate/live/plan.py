"""What a gateway is asked: groups of requests, the most telling first, the same for one seed.

No request writes: the method only reads.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from topcheck.contract import protocol
from topcheck.contract.clauses import coded, optional
from topcheck.contract.field import request_field, response_field
from topcheck.contract.model import Contract
from topcheck.gateway.client import Clock, Credentials, How, prepare, signed
from topcheck.gateway.exchange import Request
from topcheck.gateway.orders import BEYOND_A_DOUBLE, Order, Raw
from topcheck.gateway.signing import METHODS, SIGN
from topcheck.generate.examples import examples
from topcheck.generate.requests import covering, drawn

#: J, X, J, twice: an order may move between two reads, so both outer ones must agree.
POLL = ("json", "xml", "json", "json", "xml", "json")
#: Asked for where no known order is given: many sandboxes and mocks answer any id.
ANY_IDS = ("1", "2", "3", BEYOND_A_DOUBLE)
#: So often the plain call is repeated, to meet what goes wrong only sometimes.
REPEATS = 24
#: So many requests are drawn by the seed of the run.
DRAWN = 20
#: Away from the ten minutes by ten per cent at least, in minutes.
WITHIN, BEYOND = 9, 20
_OTHER = {"method": "taobao.other.get", "v": "1.0", "app_key": "0", SIGN: "0" * 32,
          "timestamp": "yesterday"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Probe:
    """One request, and what it is for.

    `edits` change the platform's parameters, None leaving one out, before it is signed or, with
    `unsigned`, after. `shift` moves the clock, in minutes; with `epoch` the timestamp is in
    milliseconds. `wrong`, `right` and `stated` are as in `judge.read`.
    """

    params: Mapping[str, str]
    how: How = How()  # noqa: RUF009 - frozen
    stated: Mapping[str, str] = field(default_factory=dict)
    wrong: str | None = None
    right: str | None = None
    edits: Mapping[str, str | None] = field(default_factory=dict)
    unsigned: bool = False
    shift: int = 0
    epoch: bool = False

    def request(self, method: str, credentials: Credentials, clock: Clock) -> Request:
        """Build the request."""
        moved = datetime.timedelta(minutes=self.shift)
        request = prepare(method, self.params, credentials, lambda: clock() + moved, self.how)
        edits = dict(self.edits)
        if self.epoch:
            edits["timestamp"] = str(int(clock().timestamp() * 1000))
        edited = request.edited(**edits)
        again = edits and not self.unsigned
        return signed(edited, credentials.app_secret) if again else edited


#: Requests that are judged together, in their order.
Group = Sequence[Probe]


def plan(contract: Contract, orders: Sequence[Order], seed: int = 0) -> Iterator[Group]:
    """Yield what a gateway is asked; `orders` are those that it is known to know."""
    names = request_field(contract).fields
    known = [order.ids for order in orders]
    known = known or [dict.fromkeys(names, number) for number in ANY_IDS]
    states = [states_of(contract, order) for order in orders] or [{} for _ in known]
    plain = known[0]
    for ids, stated in zip(known, states, strict=True):
        yield [_ask(ids, written, stated) for written in POLL]
    for written in protocol.FORMATS:
        yield from ([probe] for probe in _refusals(plain, written))
    yield from ([replace(probe, stated=states[0])] for probe in _acceptances(plain))
    for parameters in covering(contract):
        for written in protocol.FORMATS:
            yield [_ask(parameters.values, written)]
    for number, drawn_ in enumerate(examples(drawn(contract), DRAWN, seed)):
        yield [_ask(drawn_.values, protocol.FORMATS[number % 2])]
    yield from ([probe] for probe in _each_left_out(contract, known, states))
    yield from ([probe] for probe in _invalid(contract, plain))
    yield [_ask(plain, "json", states[0]) for _ in range(REPEATS)]


def _ask(params: Mapping[str, str], written: str, stated: Mapping[str, str] | None = None) -> Probe:
    return Probe(params, How(format=written), stated or {})


def states_of(contract: Contract, order: Order) -> dict[str, str]:
    """Return what a known order is stated to be told as, by path: nothing of one that moves on."""
    told = order.answers[0]
    members = {} if isinstance(told, Raw) or len(order.answers) > 1 else told
    return {f.path: str(members[f.name]) for f in coded(response_field(contract))
            if members.get(f.name) is not None}  # fmt: skip


def _refusals(params: Mapping[str, str], written: str) -> Iterator[Probe]:
    """Yield requests with one thing wrong, signed again unless the signature is the thing."""
    how = How(format=written)
    for name in protocol.REFUSED_PARAMETERS:
        for value in (None, _OTHER[name]):
            yield Probe(params, how, wrong=name, edits={name: value}, unsigned=name == SIGN)
    for shift in (-BEYOND, BEYOND):
        yield Probe(params, how, wrong="timestamp", shift=shift)
    uncovered = {"partner_id": "uncovered"}
    yield Probe(params, how, wrong=SIGN, edits=uncovered, unsigned=True)
    altered = {name: f"{value}0" for name, value in params.items()}
    yield Probe(params, how, wrong=SIGN, edits=altered, unsigned=True)


def _acceptances(params: Mapping[str, str]) -> Iterator[Probe]:
    """Yield requests that are in order, made in each way that the platform documents."""
    for written in protocol.FORMATS:
        how = How(written)
        for method in METHODS:
            clause = f"wire.sign.{method.replace('-', '_')}"
            yield Probe(params, How(written, method), right=clause)
        for transport in ("form", "get", "split", "multipart"):
            clause = f"wire.transport.{transport}"
            yield Probe(params, How(written, transport=transport), right=clause)
        for shift in (-WITHIN, WITHIN):
            yield Probe(params, how, right="wire.timestamp.tolerance", shift=shift)
        yield Probe(params, how, right="wire.timestamp.milliseconds", epoch=True)
    yield Probe(params, How(format=None))
    yield Probe(params, How(simplify=True))


def _each_left_out(
    contract: Contract, known: Sequence[Mapping[str, str]], states: Sequence[Mapping[str, str]]
) -> Iterator[Probe]:
    """Ask for each known order without one of its parameters, in both formats."""
    for ids, stated in zip(known, states, strict=True):
        for name in (parameter.name for parameter in optional(contract)):
            rest = {key: value for key, value in ids.items() if key != name}
            for written in protocol.FORMATS if rest else ():
                yield replace(_ask(rest, written, stated), right=f"exchange.{name}.required")


def _invalid(contract: Contract, params: Mapping[str, str]) -> Iterator[Probe]:
    """Yield parameters that break the page; what a gateway says to them is open, but not how."""
    for name, field_ in request_field(contract).fields.items():
        if field_.family in ("integer", "date", "price"):
            for written in protocol.FORMATS:
                yield _ask({**params, name: "x"}, written)
